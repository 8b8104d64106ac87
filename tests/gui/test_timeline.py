"""The timeline: plays in the window as previews, brings back what was there, sets keyframes, and goes on to a film."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("PySide6")

from e3viz import labs
from e3viz.export.animation import AnimationOptions
from e3viz.export.figure import FigureOptions
from e3viz.labs.session import as_json, read
from e3viz.symmetry.element import Element


@pytest.fixture
def harmonics(window: Any, until: Any) -> Any:
    window.show_lab("harmonics")
    until(lambda: window.page.sheet() is not None and not window.worker.busy())
    window.do("timeline")
    assert window.timeline.isVisible()
    return window


def choose(window: Any, kind: str) -> None:
    clip = window.timeline.clip
    clip.choose(next(route for route, _ in clip.titles if route.kind == kind))


def test_it_plays_as_previews_and_brings_back_what_was_there(harmonics: Any, until: Any) -> None:
    window, timeline = harmonics, harmonics.timeline
    before, steps = window.store.session, window.store.undo_text
    choose(window, "turn")
    timeline.clip.seconds = 4.0
    met = set()
    timeline.play()
    until(lambda: met.add(round(window.store.session.g.angle)) or not timeline.playing)
    assert len(met) > 2
    assert window.store.session.g == before.g and window.store.session.state() == before.state()
    assert window.store.undo_text == steps and not window.store.dragging


def test_scrubbing_shows_a_moment_and_closing_brings_back(harmonics: Any) -> None:
    window, timeline = harmonics, harmonics.timeline
    choose(window, "turn")
    timeline._slider.setValue(250)
    assert window.store.session.g.angle == pytest.approx(90.0)
    timeline.shut()
    assert window.store.session.g.is_identity and not timeline.isVisible()


def test_an_orbit_moves_the_camera_and_puts_it_back(harmonics: Any) -> None:
    window, timeline = harmonics, harmonics.timeline
    view = window.page.views()[0]
    start = np.array(view.stage.camera().direction)
    choose(window, "orbit")
    timeline._slider.setValue(500)
    half = np.array(view.stage.camera().direction)
    assert np.abs(half - start).max() > 0.3
    timeline.stop()
    assert np.allclose(view.stage.camera().direction, start, atol=1e-6)


def test_keyframes_are_set_played_moved_and_removed(harmonics: Any) -> None:
    window, timeline, clip = harmonics, harmonics.timeline, harmonics.timeline.clip
    timeline._set_key()
    window.store.set_g(Element((0, 0, 1), 120.0))
    timeline._set_key()
    assert [key.time for key in clip.keys] == [0.0, 2.0] and clip.route.kind == "keys"
    timeline._slider.setValue(500)
    assert window.store.session.g.angle == pytest.approx(60.0)
    timeline._set_key()
    assert [key.time for key in clip.keys] == [0.0, 1.0, 2.0]
    timeline._key_moved(1, 0.25)
    clip.change_key(1, easing="hold")
    assert clip.keys[1].time == pytest.approx(0.5) and clip.keys[1].easing == "hold"
    timeline._length(4.0)
    assert clip.keys[-1].time == pytest.approx(4.0)
    kept = read(as_json(window.store.session))  # a session remembers them, and undo goes through them
    assert kept.keyframes["harmonics"] == clip.keys
    for _ in range(3):
        clip.drop_key(0)
    assert clip.keys == () and clip.route.kind != "keys"
    for _ in range(3):
        window.store.undo()
    assert len(clip.keys) == 3 and clip.route.kind == "keys"


def test_what_a_person_does_meanwhile_stays(harmonics: Any) -> None:
    window, timeline = harmonics, harmonics.timeline
    choose(window, "turn")
    timeline._slider.setValue(250)
    window.store.set_state(replace(window.store.session.state(), l_max=2))
    timeline.stop()
    assert window.store.session.state().l_max == 2


def test_another_lab_has_other_films(harmonics: Any, until: Any) -> None:
    window, clip = harmonics, harmonics.timeline.clip
    names = {title for _, title in clip.titles}
    window.show_lab("groups")
    until(lambda: window.page.sheet() is not None and not window.worker.busy())
    assert {title for _, title in clip.titles} != names
    assert clip.titles[0][0].name in {film.name for film in labs.load("groups").films(window.store.session.state(), window.store.session.g)}


def test_the_film_is_written_in_the_background(harmonics: Any, tmp_path: Path, until: Any) -> None:
    window = harmonics
    choose(window, "turn")
    path = tmp_path / "turn.gif"
    window.opening.film(path, AnimationOptions(FigureOptions(120, 90), fps=5, seconds=0.6))
    until(path.exists, 60.0)
    assert window.worker.wait_idle()


def test_the_dialog_says_what_comes_out_and_refuses_what_cannot_be(
    app: Any, show: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    from e3viz.gui.animation_dialog import AnimationDialog
    from e3viz.gui.settings import Settings

    asked: list[tuple[Path, AnimationOptions]] = []
    dialog = AnimationDialog("a", 2.0, "light", lambda path, options: asked.append((path, options)), settings=Settings())
    show(dialog, 420, 420)
    assert "60 frames" in dialog._note.text()
    dialog._fps.setText("0")
    assert "frames a second" in dialog._note.text()
    dialog.save(tmp_path / "a.mp4")
    assert not asked
    dialog._fps.setText("25")
    dialog.save(tmp_path / "a")
    assert asked[0][0].name == "a.mp4" and asked[0][1].count == 50
    assert Settings().film["numbers"]["Frames a second"] == "25"


def test_an_operation_that_is_chosen_is_played_once(window: Any, until: Any) -> None:
    from e3viz.labs.structures.actions import showing

    store, timeline = window.store, window.timeline
    quartz = showing(store.session.state(), "sample:quartz")
    store.set_state(quartz)
    assert window.worker.wait_idle()
    before = store.session

    def choose(number: int) -> None:
        store.set_state(replace(store.session.state(), operation=number), "operation")
        until(lambda: timeline.playing or store.session.g != before.g)

    choose(3)
    assert not timeline.isVisible()
    until(lambda: 30.0 < store.session.g.angle < 180.0)
    choose(4)  # while the one before is still on its way
    until(lambda: not timeline.playing)
    assert store.session.g == before.g
    assert store.session.state().operation == 4
    choose(5)
    until(lambda: store.session.g.angle > 10.0)
    store.set_state(replace(store.session.state(), selected=(0,)), "select")  # a person goes on meanwhile
    until(lambda: not timeline.playing)
    assert store.session.g == before.g
    assert store.session.state().selected == (0,)
    store.undo()
    store.undo()
    assert store.session.state().operation == 4
    assert store.session.g == before.g

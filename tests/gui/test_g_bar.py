"""The g bar edits the one current element, says what is wrong without losing it, and plays to it without a step of undo."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from e3viz.labs.lab import Check
from e3viz.symmetry.element import IDENTITY, PRESETS, Element


@pytest.fixture
def store(app):
    from e3viz.gui.store import Store

    return Store()


@pytest.fixture
def bar(store, show):
    from e3viz.gui.g_bar import GBar

    return show(GBar(store), 1280, 72)


def typed(field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_fits_a_small_window(bar):
    bar.show_check(Check(0.123, "forces"))
    assert bar.layout().minimumSize().width() <= 1280
    assert all(widget.isVisible() for widget in (bar.matrix, bar.presets, bar.slider, bar.mirror, bar.shift))
    for width in (1100, 960, 800, bar.minimumWidth()):
        bar.resize(width, 72)
        assert bar.layout().minimumSize().width() <= width
        assert bar.axis.isVisible() and bar.angle.isVisible() and bar.badge.isVisible()
    assert not bar.matrix.isVisible()
    bar.resize(1280, 72)
    assert bar.matrix.isVisible()


def test_typed_numbers_become_g_in_one_step_each(bar, store):
    typed(bar.axis, "0.27 0.53 0.8")
    typed(bar.angle, "360/7")
    typed(bar.shift, "1, -2, 0.5")
    assert store.session.g == Element((0.27, 0.53, 0.8), 360 / 7, False, (1.0, -2.0, 0.5))
    store.undo()
    store.undo()
    assert store.session.g == Element((0.27, 0.53, 0.8))
    assert bar.angle.text() == "0°"
    store.undo()
    assert store.session.g == IDENTITY
    assert bar.axis.text() == "0 0 1"


@pytest.mark.parametrize(("part", "text"), [("axis", "0 0 0"), ("axis", "1 2"), ("angle", "half"), ("shift", "1 2 nan"), ("angle", "inf")])
def test_a_mistake_is_said_and_g_stays(bar, store, part, text):
    good = Element((1.0, 1.0, 1.0), 120.0)
    store.set_g(good)
    typed(getattr(bar, part), text)
    assert store.session.g == good
    assert bar.complaint.isVisible()
    assert bar.complaint.text().endswith(".")
    assert bar.complaint.geometry().right() <= bar.width()
    typed(getattr(bar, part), {"axis": "z", "angle": "90", "shift": "0 0 0"}[part])
    assert not bar.complaint.isVisible()


def test_axis_by_name(bar, store):
    typed(bar.axis, "-y")
    assert store.session.g.axis == (0.0, -1.0, 0.0)


def test_slider_previews_and_makes_one_step(bar, store):
    bar.slider.setSliderDown(True)
    for angle in (10, 40, 75):
        bar.slider.setValue(angle)
        assert store.session.g.angle == angle
    assert store.undo_text == ""
    bar.slider.setSliderDown(False)
    assert store.undo_text == "angle of g"
    store.undo()
    assert store.session.g == IDENTITY
    assert bar.slider.value() == 0


@pytest.mark.parametrize("angle", [-170.0, 180.0, 190.0, 359.0, 725.0])
def test_slider_shows_any_angle_within_half_a_turn(bar, store, angle):
    store.set_g(Element((0, 0, 1), angle))
    assert (bar.slider.value() - angle) % 360 == 0
    assert store.session.g.angle == angle


def test_inversion_and_mirror(bar, store):
    bar.inversion.click()
    assert store.session.g.determinant == -1
    assert bar.inversion.text() == "on"
    bar.inversion.click()
    bar.mirror.edited.emit("⟂ y")
    assert np.allclose(store.session.g.linear, np.diag([1, -1, 1]))
    assert bar.mirror.currentText() == "⟂ y"
    typed(bar.axis, "1 1 0")
    assert bar.mirror.currentText() == "⟂ axis"
    bar.mirror.edited.emit("none")
    assert store.session.g.linear.tolist() == np.eye(3).tolist()


@pytest.mark.parametrize("name", PRESETS)
def test_presets(bar, store, name):
    action = next(a for a in bar.presets.menu().actions() if a.text() == name)
    action.trigger()
    assert store.session.g == PRESETS[name]
    assert bar.matrix.rows() == [" ".join(f"{x + 0.0:5.2f}" for x in row) for row in np.round(PRESETS[name].linear, 2)]


def test_random_inverse_and_identity(bar, store):
    actions = {a.text(): a for a in bar.presets.menu().actions()}
    actions["random rotation"].trigger()
    g = store.session.g
    assert not g.is_identity
    actions["inverse of g"].trigger()
    assert np.allclose(store.session.g.linear @ g.linear, np.eye(3))
    actions["back to the identity"].trigger()
    assert store.session.g == IDENTITY


def test_play_runs_from_the_identity_back_to_exactly_g(bar, store, until, monkeypatch):
    from e3viz.gui import g_bar

    monkeypatch.setattr(g_bar, "SECONDS", 0.3)
    g = Element((0.3, -0.2, 0.9), 78.3, True, (1.0, 0.0, 0.2))
    store.set_g(g, "g")
    seen = []
    store.changed.connect(lambda old, new: (seen.append(new.g), bar.frame_shown()))
    bar.play.click()
    assert bar.axis.text() == "0.3 −0.2 0.9"
    until(lambda: store.session.g == g and len(seen) > 4)
    angles = [e.angle for e in seen]
    assert angles == sorted(angles)
    assert angles[0] < 5.0
    assert seen[-1] is g or seen[-1] == g
    assert store.undo_text == "g"
    store.undo()
    assert store.session.g == IDENTITY


def test_an_edit_ends_a_run(bar, store, until):
    store.set_g(Element((0, 0, 1), 90.0), "g")
    bar.play.click()
    bar.frame_shown()
    QTest.qWait(60)
    typed(bar.angle, "30")
    assert store.session.g == Element((0, 0, 1), 30.0)
    QTest.qWait(60)
    assert store.session.g == Element((0, 0, 1), 30.0)
    store.undo()
    assert store.session.g == Element((0, 0, 1), 90.0)


def test_undo_during_a_run_ends_it(bar, store):
    store.set_g(Element((0, 0, 1), 90.0), "g")
    bar.play.click()
    bar.frame_shown()
    QTest.qWait(60)
    store.undo()
    QTest.qWait(60)
    assert store.session.g == IDENTITY
    assert bar.play.text() == "▶ play"


def test_badge_says_it_in_words_and_colour(bar):
    bar.show_check(Check(4.4e-16, "forces"))
    assert (bar.badge.text(), bar.badge.property("tone")) == ("equivariant to 4e-16", "good")
    bar.show_check(Check(0.031, "forces"))
    assert (bar.badge.text(), bar.badge.property("tone")) == ("not equivariant: 3e-2", "bad")
    bar.show_check(Check(0.0, "energy"))
    assert bar.badge.text() == "equivariant to 0"
    bar.show_check(None)
    assert (bar.badge.text(), bar.badge.property("tone")) == ("—", "muted")


def test_every_control_is_named(bar):
    for widget in (bar.axis, bar.slider, bar.angle, bar.play, bar.inversion, bar.mirror, bar.shift, bar.presets):
        assert widget.objectName().startswith("g.")
        assert widget.accessibleName()
        assert widget.toolTip()

"""The window as a person uses it: opening, undoing, sessions, figures, mistakes, closing."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase.build import bulk, molecule
from ase.io import write

from e3viz.errors import UserError
from e3viz.labs.session import Session, as_json
from e3viz.symmetry.element import Element


def idle(window: Any) -> None:
    assert window.worker.wait_idle()


def test_first_picture(window: Any) -> None:
    from e3viz.gui.tour import _varied

    assert window.page.views() and _varied(window.page.views()[0].grab_image())
    assert "C₂H₆O" in window.page.sheet().title
    assert window.store.session.lab == "structures"


def test_the_first_picture_needs_nothing_heavy(tmp_path: Path) -> None:
    home = os.environ | {"E3VIZ_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "e3viz", "--time-to-first-picture"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=home)
    assert json.loads(done.stdout.splitlines()[-1])["heavy"] == []


def test_every_control_can_be_named_reached_and_explained(window: Any) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import (
        QAbstractButton,
        QAbstractItemView,
        QAbstractSlider,
        QComboBox,
        QHeaderView,
        QLineEdit,
        QPlainTextEdit,
        QScrollBar,
    )

    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QPlainTextEdit, QAbstractItemView)
    found = [w for kind in kinds for w in window.findChildren(kind) if not isinstance(w, QScrollBar | QHeaderView)]
    found = [w for w in found if not w.objectName().startswith("qt_") and w.window() is window]  # not the lists that combo boxes drop down
    assert len(found) > 30
    for widget in found:
        name = widget.objectName()
        assert name, f"{widget} has no object name ({widget.accessibleName()})"
        assert widget.accessibleName(), f"{name} has no accessible name"
        assert widget.toolTip(), f"{name} has no tooltip"
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, f"{name} cannot be reached by Tab"


def test_commands_are_unique_and_complete(window: Any) -> None:
    names = [command.name for command in window.commands]
    assert len(names) == len(set(names))
    keys = [s.toString() for command in window.commands for s in command.sequences()[:1]]
    assert len(keys) == len(set(keys)), "two commands share a shortcut"
    for command in window.commands:
        assert command.tip.endswith(".") and command.menu


def test_open_file_with_spaces_and_foreign_letters(window: Any, tmp_path: Path) -> None:
    path = tmp_path / "соль und Wasser 水.xyz"
    write(path, bulk("NaCl", "rocksalt", a=5.64, cubic=True), format="extxyz")
    window.opening.open([path])
    idle(window)
    assert window.page.sheet().title == "NaCl" or "Na" in window.page.sheet().title
    assert window.store.undo_text == f"open {path.name}"
    assert window.settings.recent[0] == path.resolve()
    window.do("undo")
    idle(window)
    assert "C₂H₆O" in window.page.sheet().title


def test_several_files(window: Any, tmp_path: Path) -> None:
    paths = []
    for name in ("H2O", "CH4", "NH3"):
        paths.append(tmp_path / f"{name}.xyz")
        write(paths[-1], molecule(name))
    window.opening.open(paths)
    idle(window)
    titles = [window.page.sheet().title]
    for _ in range(3):
        window.do("next-file")
        idle(window)
        titles.append(window.page.sheet().title)
    assert titles == ["H₂O", "CH₄", "NH₃", "H₂O"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 500, b"3\ncut off\nH 0 0", b"garbage\n" * 40])
def test_a_bad_file_is_a_sentence_and_nothing_is_lost(window: Any, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.xyz"
    path.write_bytes(content)
    before = window.store.session
    window.opening.open([path])
    idle(window)
    assert window.banner.text.endswith(".") and "bad.xyz" in window.banner.text
    assert window.store.session == before and window.watch.open is None
    assert window.opening.files == []


def test_a_folder_is_no_structure(window: Any, tmp_path: Path) -> None:
    window.opening.open([tmp_path])
    idle(window)
    assert "folder" in window.banner.text


def test_a_file_deleted_while_open(window: Any, tmp_path: Path) -> None:
    path = tmp_path / "gone.xyz"
    write(path, [molecule("H2O"), molecule("H2O")])
    window.opening.open([path])
    idle(window)
    path.unlink()
    window.page._wish("frame", 1, False)
    idle(window)
    assert window.watch.open is None
    assert window.page.sheet().title == "H₂O"


def test_undo_says_what_it_undoes(window: Any) -> None:
    window.page._wish("style", "space filling", False)
    idle(window)
    assert window.actions_by_name["undo"].text() == "Undo style space filling"
    window.do("undo")
    idle(window)
    assert window.store.session.state().style == "ball and stick"
    assert window.actions_by_name["redo"].text() == "Redo style space filling"
    window.do("redo")
    idle(window)
    assert window.store.session.state().style == "space filling"


def test_dragging_a_slider_is_one_step(window: Any) -> None:
    for value in (0.6, 0.7, 0.8):
        window.page._wish("arrow_scale", value, True)
    window.page._wish("arrow_scale", 0.9, False)
    idle(window)
    window.do("undo")
    assert window.store.session.state().arrow_scale == 0.5
    assert window.store.undo_text == ""


def test_a_wrong_value_is_said_at_its_field(window: Any) -> None:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLabel, QLineEdit

    field = window.findChild(QLineEdit, "structures.supercell")
    field.setText("2 2")
    QTest.keyClick(field, "\r")
    assert field.property("wrong") == "true"
    assert window.store.session.state().supercell == (1, 1, 1)
    field.setText("2 2 1")
    QTest.keyClick(field, "\r")
    idle(window)
    assert window.store.session.state().supercell == (2, 2, 1)
    said = [label.text() for label in window.page.findChildren(QLabel) if label.isVisible()]
    assert any("no lattice vector" in text for text in (*said, window.banner.text))
    assert "C₂H₆O" in window.page.sheet().title, "the last good picture stays"


def test_session_round_trip(window: Any, make: Callable[..., Any], tmp_path: Path, until: Callable[..., None]) -> None:
    window.page._wish("frame", 12, False)
    window.store.set_g(Element(axis=(1, 1, 0), angle=40.0), "g")
    window.page.views()[0].turn(0.5, 0.2)
    window.page.views()[0]._moved()
    idle(window)
    path = tmp_path / "mine.e3viz.json"
    window.opening.write_session(path)
    window.page._wish("frame", 0, False)
    idle(window)
    other = make()
    other.opening.open([path])
    idle(other)
    assert other.store.session == json_session(path)
    assert other.store.session.state().frame == 12 and other.store.session.g.angle == 40.0
    assert other.store.undo_text == ""


def json_session(path: Path) -> Session:
    from e3viz.labs.session import read

    return read(path.read_text())


def test_a_damaged_session_changes_nothing(window: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.e3viz.json"
    path.write_text('{"e3viz session": 1, "lab": "nowhere"}')
    before = window.store.session
    window.opening.open([path])
    idle(window)
    assert window.store.session == before and "nowhere" in window.banner.text


def test_restore_is_offered_after_a_crash(make: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "home" / "data" / "autosave"
    folder.mkdir(parents=True)
    crashed = Session("structures", Element(angle=33.0))
    (folder / "999999999-1.e3viz.json").write_text(as_json(crashed))
    window = make()
    window.offer_restore()
    assert "did not close properly" in window.banner.text
    from PySide6.QtWidgets import QPushButton

    window.banner.findChild(QPushButton, "banner.restore").click()
    assert window.store.session.g.angle == 33.0
    assert not (folder / "999999999-1.e3viz.json").exists()


def test_autosave_is_written_and_removed(window: Any) -> None:
    window.page._wish("frame", 5, False)
    window.autosave.write()
    path = window.autosave._path
    assert json.loads(path.read_text())["states"]["structures"]["frame"] == 5
    window.close()
    assert not path.exists()


def test_palette_finds_and_does(window: Any) -> None:
    from e3viz.gui.palette import Palette

    palette = Palette(window._palette_entries(), window)
    palette._field.setText("darkth")
    assert palette.titles()[0] == "View: Dark theme"
    palette._do()
    assert window.theme.choice == "dark"
    palette.deleteLater()


def test_theme_is_remembered(window: Any, make: Callable[..., Any]) -> None:
    window.do("theme-dark")
    window.settings.save()
    from e3viz.gui.settings import Settings

    assert Settings().theme == "dark"
    window.do("theme-light")


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".glb"])
def test_a_figure_comes_out_of_the_window(window: Any, tmp_path: Path, suffix: str) -> None:
    from e3viz.export.figure import FigureOptions

    path = tmp_path / f"figure{suffix}"
    window.opening.export(path, FigureOptions(400, 300))
    idle(window)
    assert path.stat().st_size > 1000, window.banner.text
    assert path.name in window.banner.text


def test_an_export_that_fails_is_a_sentence(window: Any, tmp_path: Path) -> None:
    from e3viz.export.figure import FigureOptions

    window.opening.export(tmp_path / "nowhere" / "figure.png", FigureOptions(400, 300))
    idle(window)
    assert "could not be written" in window.banner.text


def test_samples_and_saving(window: Any, tmp_path: Path) -> None:
    from ase.io import read

    window.opening.show_sample("rocksalt")
    idle(window)
    assert window.page.sheet().title == "Na₄Cl₄"
    window.page._wish("supercell", (2, 1, 1), False)
    idle(window)
    window.opening.save_file(tmp_path / "double.cif")
    idle(window)
    assert "Saved" in window.banner.text and len(read(tmp_path / "double.cif")) == 16
    window.opening.save_file(tmp_path / "double.nonsense")
    idle(window)
    assert "nonsense" in window.banner.text and window.watch.open is None


def test_copy_as_python(window: Any) -> None:
    from PySide6.QtWidgets import QApplication

    window.do("copy-python")
    idle(window)
    assert "import pyvista" in QApplication.clipboard().text()


def test_g_moves_the_structure(window: Any) -> None:
    from e3viz.pictures.scene import Spheres

    def centres() -> np.ndarray:
        actor = window.page.sheet().panel("structure").picture.actors["atoms"]
        assert isinstance(actor, Spheres)
        return actor.centres

    before = centres().copy()
    g = Element(axis=(0, 0, 1), angle=90.0, translation=(1.0, 0.0, 0.0))
    window.store.set_g(g, "turn")
    idle(window)
    np.testing.assert_allclose(centres(), g.act(before))
    assert window.page.check is not None and window.page.check.passed


def test_a_new_frame_makes_no_new_actor(window: Any) -> None:
    stage = window.page.views()[0].stage
    made = stage.made
    for frame in (1, 2, 3):
        window.page._wish("frame", frame, False)
        idle(window)
    assert stage.made == made


def test_clicking_an_atom_selects_it(window: Any, until: Callable[..., None]) -> None:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    view = window.page.views()[0]
    actor = view.stage.scene.actors["atoms"]
    x, y, _ = (
        view.stage.world_to_display(actor.centres)[np.argmin(view.stage.world_to_display(actor.centres)[:, 2])] / view.devicePixelRatioF()
    )
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    idle(window)
    assert len(window.store.session.state().selected) == 1


def test_closing_while_loading(make: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "large.xyz"
    write(path, bulk("Cu", cubic=True) * (25, 25, 25), format="extxyz")
    window = make(wait=False)
    window.opening.open([path])
    window.close()


def test_a_defect_is_a_report_and_the_window_goes_on(window: Any, capsys: pytest.CaptureFixture[str]) -> None:
    window.worker.run("broken", lambda: 1 / 0, lambda _: None)
    idle(window)
    assert window.watch.open is not None and "ZeroDivisionError" in window.watch.open.text
    window.watch.open.close()
    window.worker.run("mistake", lambda: (_ for _ in ()).throw(UserError("This is wrong.", "Do that.")), lambda _: None)
    idle(window)
    assert window.banner.text == "This is wrong. Do that."


def test_opening_and_closing_structures_leaves_nothing(window: Any, tmp_path: Path) -> None:
    from vtkmodules.vtkCommonCore import vtkObjectBase

    paths = []
    for number, name in enumerate(("H2O", "CH4", "C6H6", "CH3CH2OH", "SiH4")):
        paths.append(tmp_path / f"{number}.xyz")
        write(paths[-1], molecule(name))

    def count() -> int:
        gc.collect()
        return sum(issubclass(type(o), vtkObjectBase) for o in gc.get_objects())

    def visit() -> None:
        for path in paths:
            window.opening.open([path])
            idle(window)

    visit()
    before = count()
    for _ in range(10):
        visit()
    assert count() <= before


def test_own_looks_are_kept_put_on_and_forgotten(window: Any, until: Callable[..., None]) -> None:
    from dataclasses import replace

    from e3viz.gui.main_window import MainWindow

    def begun() -> Any:
        other = MainWindow(window.settings, window.theme, waiting=True)
        state = other.store.session.state("structures")
        other.shut()
        other.close()
        other.deleteLater()
        return state

    first = window.store.session.state()
    assert not window.actions_by_name["my-looks"].isEnabled()
    mine = replace(first, style="space filling", parallel=True, depth_cue=True, colour_by="forces")
    window.store.set_state(mine)
    window.do("keep-looks")
    assert window.actions_by_name["my-looks"].isEnabled()
    assert begun() == replace(mine, colour_by="element"), "what is drawn is no look"
    window.store.undo()
    window.do("my-looks")
    assert window.store.session.state().style == "space filling"
    window.store.undo()
    assert window.store.session.state() == first
    window.settings._store.setValue("looks/structures", json.dumps({"style": "no such style", "axes": False, "gone": 1}))
    assert begun() == replace(first, axes=False), "looks of another version"
    window.do("forget-looks")
    assert begun() == first
    assert not window.actions_by_name["my-looks"].isEnabled()

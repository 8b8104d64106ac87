"""The shell of the window: starting with a file, dropped and rewritten files, keys, themes, labs that break, dialogs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ase.build import molecule
from ase.io import write

from e3viz import labs
from e3viz.symmetry.element import Element


def idle(window: Any) -> None:
    assert window.worker.wait_idle()


@pytest.fixture
def water(tmp_path: Path) -> Path:
    path = tmp_path / "water.xyz"
    write(path, molecule("H2O"))
    return path


def close_later(app: Any, name: str, look: Callable[[Any], None]) -> None:
    """Look at the dialog of that name as soon as it is open, and close it."""
    from PySide6.QtCore import QTimer

    def find() -> None:
        dialog = next((w for w in app.topLevelWidgets() if w.objectName() == name and w.isVisible()), None)
        if dialog is None:
            QTimer.singleShot(10, find)
            return
        try:
            look(dialog)
        finally:
            dialog.close()

    QTimer.singleShot(0, find)


# ---- files --------------------------------------------------------------------------------------------------------------------------


def test_starting_with_a_file_makes_one_picture(make: Callable[..., Any], water: Path, until: Callable[..., None]) -> None:
    window = make(wait=False, waiting=True)
    shown: list[str] = []
    window.drawn.connect(lambda: shown.append(window.page.sheet().title))
    window.opening.open([water], first=True)
    until(lambda: bool(shown) and not window.worker.busy())
    assert set(shown) == {"H₂O"}
    assert window.store.undo_text == "" and window.windowTitle().startswith("water.xyz")


def test_starting_with_a_bad_file_shows_the_sample(make: Callable[..., Any], tmp_path: Path, until: Callable[..., None]) -> None:
    window = make(wait=False, waiting=True)
    window.opening.open([tmp_path / "missing.xyz"], first=True)
    until(lambda: window.page.sheet() is not None and not window.worker.busy())
    assert "C₂H₆O" in window.page.sheet().title and "missing.xyz" in window.banner.text


def test_dropped_files_open(window: Any, app: Any, water: Path, tmp_path: Path, until: Callable[..., None]) -> None:
    from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    other = tmp_path / "methane.xyz"
    write(other, molecule("CH4"))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(p)) for p in (water, other)])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, data, buttons, keys)
    app.sendEvent(window, enter)
    sheet = window.findChild(object, "drop-sheet")
    assert enter.isAccepted() and sheet.isVisible() and sheet.text() == "Open 2 files"
    app.sendEvent(window, QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, buttons, keys))
    assert not sheet.isVisible()
    until(lambda: len(window.opening.files) == 2 and not window.worker.busy())
    assert window.page.sheet().title == "H₂O" and window.opening.files == [water, other]
    text = QMimeData()
    text.setText("no file")
    refused = QDragEnterEvent(QPoint(50, 50), Qt.DropAction.CopyAction, text, buttons, keys)
    app.sendEvent(window, refused)
    assert not sheet.isVisible()


def test_a_rewritten_file_is_offered_again(window: Any, water: Path, until: Callable[..., None]) -> None:
    from PySide6.QtWidgets import QPushButton

    window.opening.open([water])
    idle(window)
    write(water, molecule("CH4"))
    until(lambda: "has changed on disk" in window.banner.text)
    assert window.page.sheet().title == "H₂O", "not before somebody says so"
    window.banner.findChild(QPushButton, "banner.reload").click()
    idle(window)
    assert window.page.sheet().title == "CH₄"
    new = water.with_name("new.xyz")
    write(new, molecule("NH3"))
    new.replace(water)  # as programs that write carefully do
    until(lambda: "has changed on disk" in window.banner.text)


def test_recent_and_opened_files_in_the_menu(window: Any, water: Path) -> None:
    from PySide6.QtWidgets import QMenu

    window.opening.open([water])
    idle(window)
    for name in ("menu.recent", "menu.opened"):
        menu = window.menus.findChild(QMenu, name)
        menu.aboutToShow.emit()
        assert menu.actions()[0].text() == "water.xyz"
    window.do("close-file")
    idle(window)
    assert window.opening.files == [] and "C₂H₆O" in window.page.sheet().title


def test_opening_a_session_brings_its_cameras(window: Any, tmp_path: Path, until: Callable[..., None]) -> None:
    window.page.views()[0].turn(0.6, 0.3)
    window.page.views()[0]._moved()
    seen = window.page.views()[0].camera()
    path = tmp_path / "turned.e3viz.json"
    window.opening.write_session(path)
    window.page.views()[0].turn(0.9, -0.4)
    window.page.views()[0]._moved()
    window.opening.open_session(path)
    idle(window)
    until(lambda: window.page.views()[0].camera().direction == pytest.approx(seen.direction, abs=1e-6))


def test_going_on_with_the_last_session(make: Callable[..., Any]) -> None:
    first = make()
    first.store.set_g(Element(angle=25.0), "turn")
    idle(first)
    first.close()
    second = make()
    assert second.store.session.g.angle == 0.0
    second.do("last-session")
    assert second.store.session.g.angle == 25.0
    idle(second)


# ---- pictures and code --------------------------------------------------------------------------------------------------------------


def test_copy_picture_is_what_is_seen(window: Any, app: Any) -> None:
    from e3viz.gui.tour import _varied

    window.do("copy-picture")
    image = app.clipboard().image()
    assert _varied(image) and image.width() > 300
    assert "Copied" in window.banner.text


def test_saving_the_script(window: Any, app: Any, tmp_path: Path) -> None:
    window.do("copy-python")
    idle(window)
    script = next(w for w in app.topLevelWidgets() if w.objectName() == "script")
    script.save(tmp_path / "script.py")
    compile((tmp_path / "script.py").read_text(), "script.py", "exec")
    script.save(tmp_path / "nowhere" / "script.py")
    assert "could not be written" in window.banner.text
    script.close()


def test_export_dialog_sketches_and_remembers(window: Any, app: Any, tmp_path: Path, until: Callable[..., None]) -> None:
    from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit

    said: list[str] = []

    def first(dialog: Any) -> None:
        until(lambda: not dialog._sketch.pixmap().isNull())
        dialog.findChild(QComboBox, "export.preset").setCurrentText("Single column, 86 × 65 mm")
        said.append(dialog._note.text())
        field = dialog.findChild(QLineEdit, "export.width")
        field.setText("-5")
        assert "positive" in dialog._note.text()
        dialog.save(tmp_path / "never.png")
        assert dialog.isVisible() and not (tmp_path / "never.png").exists()
        field.setText("43")
        field.textEdited.emit("43")
        assert dialog.findChild(QComboBox, "export.preset").currentText() == "Own size"
        assert all(label.text() for label in dialog.findChildren(QLabel) if label is not dialog._sketch)
        dialog.save(tmp_path / "small")

    close_later(app, "export", first)
    window.do("export-figure")
    assert said == ["2,031 × 1,535 pixels"]
    assert window.worker.busy("export")
    idle(window)
    from PIL import Image

    with Image.open(tmp_path / "small.png") as image:
        assert image.size == (1016, 1535)

    def again(dialog: Any) -> None:
        assert dialog.findChild(QLineEdit, "export.width").text() == "43"
        assert window.settings.figure_folder == tmp_path

    close_later(app, "export", again)
    window.do("export-figure")


# ---- keys and controls --------------------------------------------------------------------------------------------------------------


def test_every_control_of_the_dialogs_is_named_reached_and_explained(window: Any, app: Any) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QComboBox, QLineEdit, QPlainTextEdit, QScrollBar

    def look(dialog: Any) -> None:
        kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSlider, QPlainTextEdit)
        found = [w for kind in kinds for w in dialog.findChildren(kind) if not isinstance(w, QScrollBar) and w.window() is dialog]
        assert found
        for widget in found:
            assert widget.objectName() and widget.accessibleName() and widget.toolTip().endswith("."), (dialog.objectName(), widget)
            assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.objectName()

    close_later(app, "export", look)
    window.do("export-figure")
    window.do("copy-python")
    idle(window)
    window.watch.show(ValueError("x"))
    window.do("palette")
    for name in ("script", "report", "palette"):
        dialog = next(w for w in app.topLevelWidgets() if w.objectName() == name)
        look(dialog)
        dialog.close()


def test_undo_belongs_to_the_program_where_a_field_has_nothing_to_undo(window: Any, until: Callable[..., None]) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    window.activateWindow()
    until(window.isActiveWindow)
    field = window.g_bar.findChild(QLineEdit)
    window.store.set_g(Element(angle=30.0), "turn")
    field.setFocus()
    until(field.hasFocus)
    QTest.keyClick(field, "z", Qt.KeyboardModifier.ControlModifier)
    assert window.store.session.g.angle == 0.0
    QTest.keyClicks(field, "7")
    typed = field.text()
    QTest.keyClick(field, "z", Qt.KeyboardModifier.ControlModifier)
    assert field.text() != typed and window.store.redo_text == "turn"
    idle(window)


def test_f6_goes_round_the_parts(window: Any, app: Any, until: Callable[..., None]) -> None:
    window.activateWindow()
    until(window.isActiveWindow)
    window.rail.findChild(object, "rail.structures").setFocus()
    visited = []
    for _ in range(4):
        window.do("next-part")
        parts = {"top": window.top_bar, "rail": window.rail, "page": window.page, "g": window.g_bar}
        visited.append(next(name for name, part in parts.items() if part.isAncestorOf(app.focusWidget())))
    assert visited == ["page", "g", "top", "rail"]
    window.do("previous-part")
    assert window.top_bar.isAncestorOf(app.focusWidget())


def test_every_command_can_be_triggered(window: Any, app: Any) -> None:
    from PySide6.QtCore import QTimer

    seen: set[str] = set()

    def close_modal() -> None:
        dialog = app.activeModalWidget()
        if dialog is not None:
            seen.add(type(dialog).__name__)
            dialog.close()

    closer = QTimer(window)
    closer.timeout.connect(close_modal)
    closer.start(30)
    for command in window.commands:
        if command.name != "quit":
            window.do(command.name)
            idle(window)
    closer.stop()
    assert window.watch.open is None and {"QFileDialog", "ExportDialog", "QMessageBox"} <= seen
    for dialog in app.topLevelWidgets():
        if dialog.objectName() in ("palette", "script", "shortcuts"):
            dialog.close()
    if window.isFullScreen():
        window.toggle_full_screen()


def test_shortcut_sheet_lists_what_the_menus_say(window: Any, app: Any) -> None:
    from PySide6.QtWidgets import QLabel

    window.do("shortcuts")
    sheet = next(w for w in app.topLevelWidgets() if w.objectName() == "shortcuts")
    words = {label.text() for label in sheet.findChildren(QLabel)}
    for command in window.commands:
        if command.keys_text():
            assert {command.title, command.keys_text()} <= words
    sheet.close()


def test_palette_by_keys(window: Any, app: Any) -> None:
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLineEdit

    window.show_palette()
    palette = next(w for w in app.topLevelWidgets() if w.objectName() == "palette")
    field = palette.findChild(QLineEdit)
    assert len(palette.titles()) > 20
    QTest.keyClicks(field, "no such thing whatever")
    assert palette.titles() == []
    field.clear()
    QTest.keyClicks(field, "theme")
    found = palette.titles()
    assert {"View: Light theme", "View: Dark theme"} <= set(found)
    for _ in range(found.index("View: Dark theme")):
        QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.theme.choice == "dark"
    window.do("theme-light")


@pytest.mark.parametrize(
    ("query", "first"),
    [("exf", "Export figure…"), ("undo", "Undo"), ("save s", "Save session"), ("cap", "Copy as Python"), ("full", "Full screen")],
)
def test_palette_puts_the_meant_one_first(query: str, first: str) -> None:
    from e3viz.gui.palette import Entry, fit

    titles = ("Open…", "Save session", "Save session as…", "Save structure as…", "Export figure…", "Copy picture", "Copy as Python", "Undo",
              "Redo", "Full screen", "Fit", "Look along x", "Shortcuts")  # fmt: skip
    rated = {t: fit(query, Entry("Edit", t, "", lambda: None)) for t in titles}
    assert max((r, t) for t, r in rated.items() if r is not None)[1] == first


# ---- the system ---------------------------------------------------------------------------------------------------------------------


def test_the_theme_follows_the_system_unless_told_otherwise(window: Any, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtCore import Qt

    from e3viz.gui import theme as themes

    class System:  # without a desktop the style hints never change by themselves
        scheme = Qt.ColorScheme.Light

        def colorScheme(self) -> Qt.ColorScheme:  # noqa: N802
            return self.scheme

        def setColorScheme(self, scheme: Qt.ColorScheme) -> None:  # noqa: N802
            pass

        @staticmethod
        def styleHints() -> System:  # noqa: N802
            return system

    system = System()
    monkeypatch.setattr(themes, "QGuiApplication", system)
    heard: list[str] = []
    window.theme.changed.connect(lambda theme: heard.append(theme.name))
    window.do("theme-system")
    system.scheme = Qt.ColorScheme.Dark
    app.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert heard == ["light", "dark"] and window.theme.theme.name == "dark"
    assert app.palette().window().color().name() == themes.DARK.page
    window.do("theme-light")
    app.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert heard == ["light", "dark", "light"] and window.theme.theme.name == "light"
    idle(window)


def test_a_lab_that_breaks_leaves_the_window_whole(make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def broken(name: str) -> Any:
        raise ImportError("this lab is broken")

    monkeypatch.setattr(labs, "load", broken)
    window = make()
    assert window.watch.open is not None and "this lab is broken" in window.watch.open.text
    assert window.page.sheet().title == "Structures"
    window.watch.open.close()
    capsys.readouterr()


def test_a_stopped_picture_can_be_asked_for_again(window: Any, monkeypatch: pytest.MonkeyPatch, until: Callable[..., None]) -> None:
    from dataclasses import replace

    from PySide6.QtWidgets import QPushButton

    from e3viz import task

    lab = window.page.lab

    def slow(state: Any, g: Any) -> Any:
        while True:
            task.report(1, 2, "drawing slowly")
            time.sleep(0.001)

    window.page.lab = replace(lab, pictures=slow)
    window.store.set_g(Element(angle=20.0), "turn")
    stop = window.findChild(QPushButton, "status.cancel")
    until(stop.isVisible)
    stop.click()
    assert "Stopped drawing" in window.banner.text
    window.page.lab = lab
    window.banner.findChild(QPushButton, "banner.draw-again").click()
    idle(window)
    assert window.page.check is not None and window.banner.text == ""


def test_windows_come_and_go(make: Callable[..., Any], water: Path) -> None:
    for _ in range(3):
        window = make(wait=False)
        window.opening.open([water])
        window.close()


RUN = """
import sys
from e3viz.gui.app import main
from PySide6.QtCore import QTimer
from e3viz.gui import app
made = app.make_window
def make(*a, **k):
    window = made(*a, **k)
    window.drawn.connect(lambda: print("drawn", flush=True))
    window.store.set_g(__import__("e3viz.symmetry.element", fromlist=["Element"]).Element(angle=5.0), "turn")
    window.autosave.write()
    return window
app.make_window = make
sys.exit(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_window_properly(app: Any, tmp_path: Path, name: signal.Signals) -> None:
    home = tmp_path / "home"
    with subprocess.Popen(
        [sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True, env={**os.environ, "E3VIZ_HOME": str(home)}
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == "drawn\n"
        run.send_signal(name)
        assert run.wait(20) == 0
    assert list((home / "data" / "autosave").glob("*")) == [] and (home / "data" / "last.e3viz.json").exists()


def test_the_tour_draws_every_lab_in_both_themes(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from PIL import Image

    from e3viz.gui import tour as touring
    from e3viz.gui.settings import Settings

    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    every = touring._stops
    monkeypatch.setattr(touring, "_stops", lambda: (stop for stop in every() if stop[1] == 1))  # the rest is drawn by the labs' own tests
    assert touring.tour(tmp_path / "out") == 0, capsys.readouterr().out
    for entry in labs.LABS:
        means = []
        for theme in ("light", "dark"):
            with Image.open(tmp_path / "out" / f"{entry.name}-{theme}.png") as image:
                assert image.size == (1440, 900)
                means.append(image.convert("L").resize((1, 1)).getpixel((0, 0)))
        assert means[0] > 180 and means[1] < 80
    assert Settings().theme == "system", "the tour changes no settings"


def test_the_tour_says_when_nothing_was_drawn(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from PySide6.QtGui import QImage

    from e3viz.gui import tour as touring

    def black(widget: Any) -> QImage:
        image = QImage(100, 100, QImage.Format.Format_RGB32)
        image.fill(0)
        return image

    monkeypatch.setattr(touring, "grab", black)
    monkeypatch.setattr(touring, "_stops", lambda: [("groups", 1, None)])
    assert touring.tour(tmp_path / "out") == 1
    assert "nothing was drawn" in capsys.readouterr().out


def test_shortcuts_of_a_labs_actions_work_while_it_is_on_view(
    make: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, until: Any
) -> None:
    from dataclasses import replace

    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QLabel

    from e3viz.labs.lab import Action

    lab = labs.load("structures")
    longer = Action("longer", "Longer arrows", "Twice as long.", lambda state: replace(state, arrow_scale=2 * state.arrow_scale), "Ctrl+J")
    monkeypatch.setattr(labs, "load", lambda name: replace(lab, actions=(longer,)))
    window = make()
    window.activateWindow()
    until(window.isActiveWindow)
    before = window.store.session.state().arrow_scale
    QTest.keyClick(window, "j", Qt.KeyboardModifier.ControlModifier)
    idle(window)
    assert window.store.session.state().arrow_scale == 2 * before and window.store.undo_text == "longer arrows"
    window.do("shortcuts")
    sheet = window.findChild(object, "shortcuts")
    assert {"Longer arrows", "Ctrl+J"} <= {label.text() for label in sheet.findChildren(QLabel)}
    sheet.close()

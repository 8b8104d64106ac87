"""Files in and out of the window: structures, sessions, figures, code."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout

from e3viz import labs
from e3viz.errors import UserError
from e3viz.files import replacing
from e3viz.gui import sessions
from e3viz.labs.session import load

if TYPE_CHECKING:
    from e3viz.export.figure import FigureOptions
    from e3viz.gui.main_window import MainWindow


class Opening(QObject):
    """files: what was opened, in order; the one on view is what the lab's state says."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.files: list[Path] = []
        self._session_path: Path | None = None

    # ---- structures -------------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for files and open them."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Open structure files", self._start())
        if names:
            self.open([Path(name) for name in names])

    def open(self, paths: Sequence[Path]) -> None:
        """Open files in the background; the first comes on view. A session file is opened as one."""
        chosen = [path for path in paths if path not in self.files]
        self.files += [path for path in chosen if not path.name.endswith(sessions.SUFFIX)]
        if paths:
            self._show(paths[0])

    def step(self, by: int) -> None:
        """Show the next or previous of the opened files."""
        if self.files:
            self._show(self.files[(self._number() + by) % len(self.files)])

    def close_current(self) -> None:
        """Take the file on view off the list and show the one after it."""
        number = self._number()
        if self.files:
            del self.files[number]
        if self.files:
            self._show(self.files[number % len(self.files)])
        else:
            name = self._lab_for_files()
            self._window.store.set_state(labs.load(name).State(), "close file", name)

    def _number(self) -> int:
        file = getattr(self._window.store.session.state(self._lab_for_files()), "file", "")
        return next((i for i, path in enumerate(self.files) if str(path) == file), 0)

    def _lab_for_files(self) -> str:
        lab = self._window.page.lab
        return lab.name if lab.open_file is not None else "structures"

    def _show(self, path: Path) -> None:
        if path.name.endswith(sessions.SUFFIX):
            self.open_session(path)
            return
        window, name = self._window, self._lab_for_files()
        lab, state = labs.load(name), window.store.session.state(name)
        open_file = lab.open_file
        assert open_file is not None

        def opened(wanted: object) -> None:
            window.store.show_lab(name)
            window.store.set_state(wanted, f"open {path.name}", name)
            window.settings.remember(path)
            window.banner.hide()

        def failed(error: BaseException) -> None:
            self.files = [other for other in self.files if other != path]
            window.show_error(error)

        window.worker.run("open", lambda: open_file(state, path), opened, failed, f"opening {path.name}")

    def _start(self) -> str:
        recent = self._window.settings.recent
        return str(recent[0].parent) if recent else str(Path.home())

    # ---- sessions ---------------------------------------------------------------------------------------------------------------

    def ask_session(self) -> None:
        """Ask for a session file and open it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open session", self._start(), f"Sessions (*{sessions.SUFFIX})")
        if name:
            self.open_session(Path(name))

    def open_session(self, path: Path) -> None:
        """Go on with a saved session."""
        try:
            session = load(path)
        except UserError as error:
            self._window.show_error(error)
            return
        self._session_path = path
        self._window.store.replace_all(session)
        self._window.settings.remember(path)

    def save_session(self) -> None:
        """Save to the session's file, or ask for one."""
        if self._session_path is None:
            self.save_session_as()
        else:
            self.write_session(self._session_path)

    def save_session_as(self) -> None:
        """Ask for a name and save."""
        start = str(self._session_path or Path(self._start()) / f"session{sessions.SUFFIX}")
        name, _ = QFileDialog.getSaveFileName(self._window, "Save session", start, f"Sessions (*{sessions.SUFFIX})")
        if name:
            self.write_session(Path(name if name.endswith(sessions.SUFFIX) else name + sessions.SUFFIX))

    def write_session(self, path: Path) -> None:
        """Save the session to a file."""
        try:
            sessions.save(self._window.store.session, path)
        except UserError as error:
            self._window.show_error(error)
            return
        self._session_path = path
        self._window.settings.remember(path)
        self._window.banner.say(f"Saved the session as {path.name}.", "good")

    # ---- figures and code -------------------------------------------------------------------------------------------------------

    def ask_export(self) -> None:
        """Ask how and where, and export."""
        from e3viz.gui.export_dialog import ExportDialog

        sheet = self._window.page.sheet()
        if sheet is None:
            self._window.banner.say("There is no picture to export yet.", "note")
            return
        name = self._window.page.lab.name
        ExportDialog(sheet, name, self._window.theme.theme.name, self.export, self._window).exec()

    def export(self, path: Path, options: FigureOptions) -> None:
        """Write a figure of what is on view, in the background."""
        from e3viz.export.apart import export_apart

        sheet = self._window.page.sheet()
        if sheet is None:
            return
        self._window.worker.run(
            "export",
            lambda: export_apart(sheet, path, options),
            lambda _: self._window.banner.say(f"Exported {path.name}.", "good"),
            text=f"exporting {path.name}",
        )

    def copy_picture(self) -> None:
        """Put the picture on the clipboard, as it is on the screen."""
        views = self._window.page.views()
        image = views[0].grab_image() if views else self._window.page.grab().toImage()
        QGuiApplication.clipboard().setImage(image)
        self._window.banner.say("Copied the picture.", "good")

    def copy_python(self) -> None:
        """Put a script that makes what is on view on the clipboard, and show it."""
        window = self._window
        lab, session = window.page.lab, window.store.session
        state = session.state()
        window.worker.run("code", lambda: lab.code(state, session.g), self._show_code, text="writing the script")

    def _show_code(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        Script(text, self._window).show()


class Script(QDialog):
    """Shows a script that was copied, and saves it."""

    def __init__(self, text: str, window: MainWindow) -> None:
        super().__init__(window)
        self.setObjectName("script")
        self.setWindowTitle("Copied as Python")
        self.resize(760, 520)
        self._text, self._window = text, window
        shown = QPlainTextEdit(text)
        shown.setReadOnly(True)
        shown.setProperty("look", "code")
        shown.setObjectName("script.text")
        shown.setAccessibleName("Script")
        shown.setToolTip("The script; it is on the clipboard.")
        row = QHBoxLayout()
        row.addStretch(1)
        for title, do, tip in (
            ("Save…", self._save, "Save the script."),
            ("Close", self.close, "Close; the script stays on the clipboard."),
        ):
            button = QPushButton(title)
            button.setObjectName(f"script.{title.rstrip('…').lower()}")
            button.setAccessibleName(title)
            button.setToolTip(tip)
            button.clicked.connect(do)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(shown)
        column.addLayout(row)

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save script", "e3viz_script.py", "Python (*.py)")
        if not name:
            return
        try:
            with replacing(Path(name)) as part:
                part.write_text(self._text, encoding="utf-8")
        except UserError as error:
            self._window.show_error(error)

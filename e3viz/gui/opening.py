"""Files in and out of the window: structures, sessions, figures, code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFileDialog

from e3viz import labs
from e3viz.errors import UserError
from e3viz.gui import sessions
from e3viz.labs.fields import change
from e3viz.labs.lab import Elsewhere
from e3viz.labs.session import Session, load
from e3viz.pictures.scene import Scene
from e3viz.potentials.opening import READERS
from e3viz.potentials.trusted import UntrustedError

PAGE = "figures"

if TYPE_CHECKING:
    from e3viz.export.animation import AnimationOptions
    from e3viz.export.figure import FigureOptions
    from e3viz.gui.main_window import MainWindow


class Opening(QObject):
    """files: what was opened, in order; the one on view is what the lab's state says."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.files: list[Path] = []
        self._waiting: Path | None = None
        self._session_path: Path | None = None

    # ---- structures -------------------------------------------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for files and open them."""
        names, _ = QFileDialog.getOpenFileNames(self._window, "Open structures or a session", self._start())
        if names:
            self.open([Path(name) for name in names])

    def open(self, paths: Sequence[Path], *, first: bool = False) -> None:
        """Open files in the background; the first comes on view. A session file is opened as one. first: the window has drawn nothing
        yet and waits for this, so it is no step of undo."""
        chosen = [path for path in paths if path not in self.files]
        self.files += [path for path in chosen if not path.name.endswith(sessions.SUFFIX)]
        if paths:
            self._show(paths[0], first=first)

    def resume(self, path: Path) -> None:
        """Go on with what had to wait for a person's word about a file: opening it, or drawing what shows it."""
        self._window.banner.dismiss()
        if self._waiting == path:
            self._show(path)
        else:
            self._window.page.refresh(force=True)

    def step(self, by: int) -> None:
        """Show the next or previous of the opened files."""
        if self.files:
            self._show(self.files[(self._number() + by) % len(self.files)])

    def go(self, where: Elsewhere) -> None:
        """Go to a lab with a file, fields or g, as a click or an action in the one on view asks for."""
        if where.path is not None:
            if where.path not in self.files:
                self.files.append(where.path)
            self._show(where.path, lab=where.lab, fields=where.fields)
        else:
            self._go_to(where)

    def _go_to(self, where: Elsewhere) -> None:
        store = self._window.store
        try:
            wanted = change(store.session.state(where.lab), **where.fields)
        except UserError as error:
            self._window.show_error(error)
            return
        store.show_lab(where.lab)
        session = store.session.with_state(wanted)
        store.apply(session if where.g is None else replace(session, g=where.g), f"go to {labs.entry(where.lab).title}")

    def close_current(self) -> None:
        """Take the file on view off the list and show the one after it."""
        number = self._number()
        if self.files:
            del self.files[number]
        if self.files:
            self._show(self.files[number % len(self.files)])
        else:
            name = self._lab_for_files()
            self._window.store.set_state(self._window.own_looks.first_state(name), "close file", name)

    def show_sample(self, name: str) -> None:
        """Show one of the structures that come with the program."""
        self._window.show_lab("structures")
        page = self._window.page
        page.act(next(action for action in page.lab.actions if action.name == f"sample-{name}"))

    def can_save(self) -> bool:
        """Whether the lab on view writes what it shows."""
        return self._window.page.lab.save_file is not None

    def save_file_as(self) -> None:
        """Ask for a name and write what is on view."""
        lab = self._window.page.lab
        start = str((self.current or Path(self._start()) / self._stem()).with_suffix(lab.suffix))
        name, _ = QFileDialog.getSaveFileName(self._window, f"Save {lab.saves}", start)
        if name:
            self.save_file(Path(name))

    def save_file(self, path: Path) -> None:
        """Write what is on view, as it is shown, in the background."""
        window = self._window
        lab, g = window.page.lab, window.store.session.g
        save, state = lab.save_file, lab.keep_views(window.store.session.state(), window.store.session.seen_in(lab.name))
        if save is not None:
            window.worker.run(
                "save", lambda: save(state, g, path), lambda _: window.banner.say(f"Saved {path.name}.", "good"), text=f"saving {path.name}"
            )

    @property
    def current(self) -> Path | None:
        """The file on view, None if it is none of those opened."""
        file = getattr(self._window.store.session.states.get(self._lab_for_files()), "file", "")
        return next((path for path in self.files if str(path) == file), None)

    def _number(self) -> int:
        current = self.current
        return self.files.index(current) if current is not None else 0

    def _lab_for_files(self) -> str:
        lab = self._window.page.lab
        return lab.name if lab.open_file is not None else "structures"

    def _show(self, path: Path, *, first: bool = False, lab: str = "", fields: Mapping[str, object] = MappingProxyType({})) -> None:
        if path.name.endswith(sessions.SUFFIX):
            self.open_session(path)
            return
        window, name = self._window, lab or ("features" if path.suffix.lower() in READERS else self._lab_for_files())
        window.store.fill(name, window.own_looks.first_state(name))
        open_file, state = labs.load(name).open_file, window.store.session.state(name)
        assert open_file is not None

        def opened(wanted: object) -> None:
            if first:
                window.store.replace_all(window.store.session.with_state(wanted, name))
                window.page.refresh()
            else:
                window.store.show_lab(name)
                window.store.set_state(wanted, f"open {path.name}", name)
            window.settings.remember(path)
            window.banner.settle()
            self._waiting = None

        def failed(error: BaseException) -> None:
            self._waiting = path if isinstance(error, UntrustedError) and error.path == path else None
            self.files = [other for other in self.files if other != path]
            window.show_error(error)
            if first:
                window.page.refresh()

        window.worker.run("open", lambda: change(open_file(state, path), **fields), opened, failed, f"opening {path.name}")

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
        session = self._loaded(path)
        if session is not None:
            self._session_path = path
            self._window.go_on_with(session)
            self._window.settings.remember(path)

    def open_last_session(self) -> None:
        """Go on where the last window was closed."""
        path = sessions.last_session()
        session = self._loaded(path) if path is not None else None
        if session is not None:
            self._window.go_on_with(session)

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

    def _loaded(self, path: Path) -> Session | None:
        try:
            return load(path)
        except UserError as error:
            self._window.show_error(error)
            return None

    # ---- the figure page --------------------------------------------------------------------------------------------------------

    def add_to_page(self) -> None:
        """Put what is on view on the figure page, as it is seen."""
        from e3viz.labs.figures.state import piece_of, with_piece

        window, session = self._window, self._window.store.session
        sheet = window.page.sheet()
        if sheet is None or session.lab == PAGE:
            window.banner.say("Go to another lab first: what it shows is added to the figure page.", "note")
            return
        seen = {panel.name: panel.picture.camera for panel in sheet.panels if isinstance(panel.picture, Scene)}
        state = with_piece(session.state(PAGE), piece_of(session.lab, session.state(), session.g, seen))
        window.store.apply(session.with_state(state, PAGE), f"add {window.page.lab.title} to the figure page")
        count = len(state.pieces)
        show = lambda: window.show_lab(PAGE)  # noqa: E731
        window.banner.say(f"Added to the figure page, which has {count} part{'s' * (count != 1)} now.", "good", (("Show page", show),))

    # ---- figures and code -------------------------------------------------------------------------------------------------------

    def ask_export(self) -> None:
        """Ask how and where, and export."""
        from e3viz.gui.export_dialog import ExportDialog

        window = self._window
        sheet = window.page.sheet()
        if sheet is None:
            window.banner.say("There is no picture to export yet.", "note")
            return
        dialog = ExportDialog(sheet, self._stem(), window.theme.theme.name, self.export, settings=window.settings, parent=window)
        dialog.exec()
        dialog.deleteLater()

    def export(self, path: Path, options: FigureOptions) -> None:
        """Write a figure of what is on view, in the background."""
        from e3viz.export.apart import export_apart

        sheet = self._window.page.sheet()
        if sheet is None:
            return
        self._window.worker.run(
            "export", lambda: export_apart(sheet, path, options), lambda _: self._exported(path), text=f"exporting {path.name}"
        )

    def ask_film(self) -> None:
        """Ask how and where, and film what the timeline shows."""
        from e3viz.gui.animation_dialog import AnimationDialog

        window, clip = self._window, self._window.timeline.clip
        if not window.timeline.isVisible():
            window.timeline.open()
        clip.look_around()
        dialog = AnimationDialog(self._stem(), clip.seconds, window.theme.theme.name, self.film, settings=window.settings, parent=window)
        dialog.exec()
        dialog.deleteLater()

    def film(self, path: Path, options: AnimationOptions) -> None:
        """Write the animation of the timeline, in a process of its own."""
        from e3viz.export.apart import film_apart

        take = self._window.timeline.clip.take()
        self._window.worker.run(
            "film", lambda: film_apart(take, path, options), lambda _: self._exported(path), text=f"filming {path.name}"
        )

    def _exported(self, path: Path) -> None:
        show = lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))  # noqa: E731
        self._window.banner.say(f"Exported {path.name}.", "good", (("Show folder", show),))

    def copy_picture(self) -> None:
        """Put the picture on the clipboard, as it is on the screen."""
        from e3viz.gui.grabbing import grab
        from e3viz.gui.panels import Canvas

        canvas = self._window.page.findChild(Canvas)
        if canvas is not None:
            QGuiApplication.clipboard().setImage(grab(canvas))
            self._window.banner.say("Copied the picture.", "good")

    def copy_python(self) -> None:
        """Put a script that makes what is on view on the clipboard, and show it."""
        window = self._window
        lab, session = window.page.lab, window.store.session
        state = session.state()
        window.worker.run("code", lambda: lab.code(state, session.g), self._show_code, text="writing the script")

    def _show_code(self, text: str) -> None:
        if not text:
            self._window.banner.say("This lab has no script for what is on view.", "note")
            return
        from e3viz.gui.script import Script

        QGuiApplication.clipboard().setText(text)
        Script(text, f"{self._stem()}.py", self._window.show_error, self._window).show()

    def _stem(self) -> str:
        current = self.current
        return current.name.partition(".")[0] if current is not None else self._window.page.lab.name

"""The window: it puts the parts together and wires them; what they do is their own business."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from e3viz import labs
from e3viz.errors import UserError
from e3viz.gui import commands as commanding
from e3viz.gui.banner import Banner
from e3viz.gui.clip import Clip
from e3viz.gui.drop import DropSheet, dropped
from e3viz.gui.g_bar import GBar
from e3viz.gui.keys import FieldKeys, go_round
from e3viz.gui.menus import fill_menus, lab_keys, palette_entries, window_commands
from e3viz.gui.opening import Opening
from e3viz.gui.own_looks import OwnLooks
from e3viz.gui.page import Page
from e3viz.gui.palette import Entry, Palette
from e3viz.gui.rail import Rail
from e3viz.gui.reports import Watch
from e3viz.gui.runs import Runs
from e3viz.gui.sessions import Autosave, remove
from e3viz.gui.settings import Settings
from e3viz.gui.status import StatusBar
from e3viz.gui.store import Store
from e3viz.gui.theme import ThemeState
from e3viz.gui.timeline import Timeline
from e3viz.gui.top_bar import TopBar
from e3viz.gui.view3d import AXIS_VIEWS
from e3viz.gui.watching import FileWatch
from e3viz.gui.work import Job, Worker
from e3viz.labs.session import Session
from e3viz.potentials.trusted import UntrustedError, trust
from e3viz.symmetry.element import IDENTITY


class MainWindow(QMainWindow):
    """Rail, page, g bar and status bar around one store. drawn: the lab on view has reached the screen for the newest state.

    waiting: draw nothing until a file was opened (`Opening.open(…, first=True)`), so that only one picture is made at the start.
    """

    drawn = Signal()

    def __init__(self, settings: Settings, theme: ThemeState, session: Session | None = None, *, waiting: bool = False) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.resize(1440, 900)
        self.settings, self.theme = settings, theme
        self.store = Store(session, self)
        self.worker = Worker(self)
        self.watch = Watch(self)
        self.autosave = Autosave(self.store, self)
        self.opening, self.own_looks = Opening(self), OwnLooks(self)
        self.files = FileWatch(self)
        self.pages: dict[str, Page] = {}
        self._lab_keys: list[QShortcut] = []
        self._keys_of: Page | None = None
        self._open = True
        self.commands = window_commands(self)
        self.actions_by_name: dict[str, QAction] = {command.name: command.action(self) for command in self.commands}
        self.addActions(list(self.actions_by_name.values()))
        self.menus = QMenuBar()
        self.menus.setObjectName("menus")
        fill_menus(self, self.menus)
        self._assemble()
        self._connect()
        self._put_on_view(self.store.session)
        if not waiting:
            self.page.refresh()

    # ---- what is on view --------------------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page on view."""
        return self.pages[self.store.session.lab]

    def show_lab(self, name: str) -> None:
        """Put a lab on view; its page is built the first time."""
        self.store.show_lab(name)

    def go_on_with(self, session: Session) -> None:
        """Start afresh from another session; pages are built anew, so that cameras are as they were saved."""
        for name in list(self.pages):
            self._drop_page(name)
        self.store.replace_all(session)
        self._put_on_view(session)  # also where the session is equal to the one before
        self.page.refresh()

    def _session_changed(self, old: Session, new: Session) -> None:
        self._put_on_view(new)
        if old.lab != new.lab or old.states.get(new.lab) is not new.states.get(new.lab):
            self.page.refresh()
        if old.lab == new.lab and not self.store.dragging and not self.timeline.clip.moving:
            film = self.page.lab.plays(old.state(), new.state())
            if film:
                QTimer.singleShot(0, self, lambda: self.timeline.play_film(film))

    def _put_on_view(self, session: Session) -> None:
        if session.lab not in self.pages:
            self._build_page(session.lab)
        page = self.page
        self.rail.show_lab(session.lab)
        if self._keys_of is not page:
            for keys in self._lab_keys:
                keys.deleteLater()
            self._lab_keys, self._keys_of = lab_keys(self), page
        if self._stack.currentWidget() is not page:
            self._stack.setCurrentWidget(page)
            self.timeline.lab_changed()
        self.g_bar.show_check(page.check)
        self.files.follow(self.opening.current)
        current = self.opening.current
        self.setWindowTitle(f"{current.name} – {page.lab.title} – e3viz" if current is not None else f"{page.lab.title} – e3viz")
        self._refresh_commands()

    def _build_page(self, name: str) -> None:
        try:
            if labs.load(name).looks:
                self.store.fill(name, self.own_looks.first_state(name))
            page = Page(labs.load(name), self.store, self.worker, self.theme)
        except Exception as error:  # one broken lab must not stop the others
            from e3viz.gui.broken import Nothing, stand_in

            self.watch.show(error)
            self.store.fill(name, Nothing())
            page = Page(stand_in(name), self.store, self.worker, self.theme)
        page.drawn.connect(lambda: self.drawn.emit() if self.pages.get(self.store.session.lab) is page else None)
        page.drawn.connect(self.g_bar.frame_shown)
        page.failed.connect(self.show_error)
        page.leads.connect(self.opening.go)
        page.status_text.connect(lambda text: self.status.say(text) if self.page is page else None)
        page.checked.connect(lambda check: self.g_bar.show_check(check) if self.page is page else None)
        self.pages[name] = page
        self._stack.addWidget(page)

    def _drop_page(self, name: str) -> None:
        self.worker.forget(name)
        page = self.pages.pop(name)
        self._keys_of = None
        page.close_views()
        self._stack.removeWidget(page)
        page.deleteLater()

    # ---- messages ---------------------------------------------------------------------------------------------------------------

    def show_error(self, error: BaseException) -> None:
        """A person's mistake as a sentence, a defect as a report."""
        if isinstance(error, UntrustedError):
            self.banner.say(str(error), "bad", (("Trust it", lambda: self._trust(error)),))
        elif isinstance(error, UserError):
            self.banner.say(str(error))
        else:
            self.watch.show(error)

    def _trust(self, error: UntrustedError) -> None:
        """A person has said yes to a model of another package: go on with what it stopped."""
        try:
            trust(error.files)
        except UserError as trouble:
            self.show_error(trouble)
        else:
            self.opening.resume(error.path)

    def _stopped(self, job: Job) -> None:
        """A picture that was stopped is older than the state: say so, and how to get the newest one."""
        if job.key.startswith("pictures."):
            again = lambda: self.page.refresh(force=True)  # noqa: E731
            self.banner.say("Stopped drawing; the picture on view is the last one that was finished.", "note", (("Draw again", again),))
        elif job.key == "open":
            self.page.refresh()  # where the window still waits for its first picture

    def _rewritten(self, path: Path) -> None:
        reload = lambda: self.page.refresh(force=True)  # noqa: E731
        self.banner.say(f"{path.name} has changed on disk.", "note", (("Reload", reload),))

    # ---- commands ---------------------------------------------------------------------------------------------------------------

    def do(self, name: str) -> None:
        """Do a command by name."""
        self.actions_by_name[name].trigger()

    def show_palette(self) -> None:
        """Everything there is to do, to be found by typing."""
        palette = Palette(self._palette_entries(), self)
        palette.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self.mapToGlobal(self.rect().topLeft())
        palette.move(corner.x() + (self.width() - palette.sizeHint().width()) // 2, corner.y() + 90)
        palette.show()

    def _palette_entries(self) -> list[Entry]:
        return palette_entries(self)

    def g_bar_reset(self) -> None:
        """Make g the identity."""
        self.store.set_g(IDENTITY, "reset g")

    def fit(self) -> None:
        """Show all of every scene on view."""
        self.page.fit()

    def look_along(self, axis: str) -> None:
        """See every scene on view along an axis."""
        for view in self.page.views():
            view.look_from(AXIS_VIEWS[axis])

    def toggle_full_screen(self) -> None:
        """Use the whole screen, or stop doing so."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self._refresh_commands()

    def toggle_timeline(self) -> None:
        """Show the timeline, or put it away."""
        if self.timeline.isVisible():
            self.timeline.shut()
        else:
            self.timeline.open()
        self._refresh_commands()

    def timeline_open(self) -> bool:
        """Whether the timeline is on view."""
        return self.timeline.isVisible()

    def next_part(self, by: int = 1) -> None:
        """Take the keys to the next part of the window: bar, labs, page, g."""
        go_round([part for part in (self.top_bar, self.rail, self._stack, self.timeline, self.g_bar) if part.isVisible()], by)

    def _refresh_commands(self) -> None:
        if self.store.session.lab not in self.pages:
            return  # in between two sessions
        undo, redo = self.store.undo_text, self.store.redo_text
        self.actions_by_name["undo"].setText(f"Undo {undo}" if undo else "Undo")
        self.actions_by_name["redo"].setText(f"Redo {redo}" if redo else "Redo")
        for name in ("undo", "redo"):
            self.actions_by_name[name].setToolTip(self.actions_by_name[name].text() + ".")
        commanding.refresh(self.actions_by_name, self.commands)

    # ---- opening and closing ----------------------------------------------------------------------------------------------------

    def offer_restore(self) -> None:
        """After a crash: ask whether to go on where it happened."""
        left = self.autosave.left_by_crash()
        if left is None:
            return
        path, session = left

        def restore() -> None:
            self.go_on_with(session)
            remove(path)

        self.banner.say(
            "e3viz did not close properly last time. What was on view then can be restored.", "note",
            (("Restore", restore), ("Discard", lambda: remove(path))),
        )  # fmt: skip

    def shut(self) -> None:
        """Stop all work and let go of everything, once."""
        if not self._open:
            return
        self._open = False
        self.settings.geometry = self.saveGeometry()
        self.autosave.close()
        self.files.follow(None)
        self.runs.close()
        self.timeline.stop()
        self.g_bar.stop()
        for page in self.pages.values():
            page.close_views()
        self.worker.close()
        self.watch.close()
        self.settings.save()

    def _assemble(self) -> None:
        self.top_bar = TopBar(self.actions_by_name, self.menus, self.theme.theme)
        self.rail = Rail(self.theme.theme)
        self.banner = Banner(self.theme)
        self.g_bar = GBar(self.store)
        self.status = StatusBar(self.worker)
        self.runs = Runs(self.store, self.worker, self)
        self.timeline = Timeline(Clip(self.store, lambda: self.page.lab, lambda: {view.panel: view for view in self.page.views()}, self))
        self._stack = QStackedWidget()
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for widget in (self.rail, _line("upright")):
            row.addWidget(widget)
        row.addWidget(self._stack, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        parts: tuple[QWidget, ...] = (self.top_bar, _line("level"), self.banner)
        for part in parts:
            column.addWidget(part)
        column.addWidget(middle, 1)
        for part in (_line("level"), self.timeline, self.g_bar, _line("level"), self.status):
            column.addWidget(part)
        self.setCentralWidget(whole)
        self._drop_sheet = DropSheet(self._stack)

    def _connect(self) -> None:
        self.store.changed.connect(self._session_changed)
        self.store.history_changed.connect(self._refresh_commands)
        self.store.history_changed.connect(self.banner.forgive)
        self.worker.problem.connect(self.show_error)
        self.worker.stopped.connect(self._stopped)
        self.files.rewritten.connect(self._rewritten)
        self.rail.chosen.connect(self.show_lab)
        self.drawn.connect(self.timeline.picture_drawn)
        self.timeline.failed.connect(self.show_error)
        self.timeline.export_asked.connect(lambda: self.do("export-animation"))
        self.theme.changed.connect(self._retheme)
        FieldKeys(self)

    def _retheme(self) -> None:
        self.rail.set_theme(self.theme.theme)
        self.top_bar.set_theme(self.theme.theme)
        self.g_bar.show_theme(self.theme.theme)
        self.settings.theme = self.theme.choice
        self._refresh_commands()

    # ---- Qt ---------------------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped."""
        paths = dropped(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self._drop_sheet.offer(paths)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They were taken elsewhere."""
        self._drop_sheet.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        self._drop_sheet.hide()
        paths = dropped(event.mimeData())
        event.acceptProposedAction()
        QTimer.singleShot(0, self, lambda: self.opening.open(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where the window stood, then let go."""
        self.shut()
        super().closeEvent(event)


def _line(look: str) -> QFrame:
    line = QFrame()
    line.setProperty("look", look)
    return line

"""The window: it puts the parts together and wires them; what they do is their own business."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from e3viz import labs
from e3viz.errors import UserError
from e3viz.gui import commands as commanding
from e3viz.gui.banner import Banner
from e3viz.gui.g_bar import GBar
from e3viz.gui.menus import fill_menus, window_commands
from e3viz.gui.opening import Opening
from e3viz.gui.page import Page
from e3viz.gui.palette import Entry, Palette
from e3viz.gui.rail import Rail
from e3viz.gui.reports import Watch
from e3viz.gui.sessions import Autosave
from e3viz.gui.settings import Settings
from e3viz.gui.status import StatusBar
from e3viz.gui.store import Store
from e3viz.gui.theme import ThemeState
from e3viz.gui.top_bar import TopBar
from e3viz.gui.view3d import AXIS_VIEWS
from e3viz.gui.work import Worker
from e3viz.labs.lab import Action
from e3viz.labs.session import Session
from e3viz.symmetry.element import IDENTITY


class MainWindow(QMainWindow):
    """Rail, page, g bar and status bar around one store. drawn: the lab on view has reached the screen for the newest state."""

    drawn = Signal()

    def __init__(self, settings: Settings, theme: ThemeState, session: Session | None = None) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAcceptDrops(True)
        self.resize(1440, 900)
        self.settings, self.theme = settings, theme
        self.store = Store(session, self)
        self.worker = Worker(self)
        self.watch = Watch(self)
        self.autosave = Autosave(self.store, self)
        self.opening = Opening(self)
        self.pages: dict[str, Page] = {}
        self.commands = window_commands(self)
        self.actions_by_name: dict[str, QAction] = {command.name: command.action(self) for command in self.commands}
        self.addActions(list(self.actions_by_name.values()))
        self.menus = QMenuBar()
        self.menus.setObjectName("menus")
        fill_menus(self, self.menus)
        self._assemble()
        self._connect()
        self._session_changed(None, self.store.session)

    # ---- what is on view --------------------------------------------------------------------------------------------------------

    @property
    def page(self) -> Page:
        """The page on view."""
        return self.pages[self.store.session.lab]

    def show_lab(self, name: str) -> None:
        """Put a lab on view; its page is built the first time."""
        self.store.show_lab(name)

    def _session_changed(self, old: Session | None, new: Session) -> None:
        if new.lab not in self.pages:
            try:
                self._build_page(new.lab)
            except Exception as error:  # one broken lab must not stop the others
                self.watch.show(error)
                if old is not None and old.lab in self.pages:
                    self.store.show_lab(old.lab)
                return
        self.rail.show_lab(new.lab)
        self._stack.setCurrentWidget(self.page)
        if (old is not None and (old.lab != new.lab or old.states.get(new.lab) is not new.states.get(new.lab))) or old is None:
            self.page.refresh()
        self.g_bar.show_check(self.page.check)
        self.setWindowTitle(f"{self.page.lab.title} – e3viz")
        self._refresh_commands()

    def _build_page(self, name: str) -> None:
        page = Page(labs.load(name), self.store, self.worker, self.theme)
        page.drawn.connect(lambda: self.drawn.emit() if self.page is page else None)
        page.drawn.connect(self.g_bar.frame_shown)
        page.failed.connect(self.show_error)
        page.status_text.connect(lambda text: self.status.say(text) if self.page is page else None)
        page.checked.connect(lambda check: self.g_bar.show_check(check) if self.page is page else None)
        self.pages[name] = page
        self._stack.addWidget(page)

    def show_error(self, error: BaseException) -> None:
        """A person's mistake as a sentence, a defect as a report."""
        if isinstance(error, UserError):
            self.banner.say(str(error))
        else:
            self.watch.show(error)

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
        entries = []
        for command in self.commands:
            action = self.actions_by_name[command.name]
            if action.isEnabled() and command.name != "palette":
                entries.append(Entry(command.menu, action.text().replace("&", ""), command.keys_text(), action.trigger))
        for action in self.page.lab.actions:
            entries.append(Entry(self.page.lab.title, action.title, action.shortcut, lambda action=action: self.page.act(action)))
        for path in self.settings.recent:
            entries.append(Entry("Recent", path.name, "", lambda path=path: self.opening.open([path])))
        return entries

    def act(self, action: Action) -> None:
        """Do an action of the lab on view."""
        self.page.act(action)

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

    def _refresh_commands(self) -> None:
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
            self.store.replace_all(session)
            path.unlink(missing_ok=True)

        self.banner.say(
            "e3viz did not close properly last time. What was on view then can be restored.", "note",
            (("Restore", restore), ("Discard", lambda: path.unlink(missing_ok=True))),
        )  # fmt: skip

    def shut(self) -> None:
        """Stop all work and let go of everything, once."""
        self.autosave.close()
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
        for part in (_line("level"), self.g_bar, _line("level"), self.status):
            column.addWidget(part)
        self.setCentralWidget(whole)

    def _connect(self) -> None:
        self.store.changed.connect(self._session_changed)
        self.store.history_changed.connect(self._refresh_commands)
        self.worker.problem.connect(self.show_error)
        self.rail.chosen.connect(self.show_lab)
        self.theme.changed.connect(self._retheme)

    def _retheme(self) -> None:
        self.rail.set_theme(self.theme.theme)
        self.top_bar.set_theme(self.theme.theme)
        self.g_bar.show_theme(self.theme.theme)
        self.settings.theme = self.theme.choice
        self._refresh_commands()

    # ---- Qt ---------------------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        QTimer.singleShot(0, lambda: self.opening.open(paths))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember where the window stood, then let go."""
        self.settings.geometry = self.saveGeometry()
        self.shut()
        super().closeEvent(event)


def _line(look: str) -> QFrame:
    line = QFrame()
    line.setProperty("look", look)
    return line

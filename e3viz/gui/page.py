"""The page of a lab: header, pictures, player and inspector, for every lab alike.

A page asks for what its lab shows with every change of state or g, off the GUI thread; the newest request wins and the last good
picture stays meanwhile. What a person does in it becomes a Hit or a wish, the lab says which state follows, and the store keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolTip, QVBoxLayout, QWidget

from e3viz.errors import UserError
from e3viz.gui.controls import ElidedLabel
from e3viz.gui.inspector import Inspector
from e3viz.gui.panels import Canvas
from e3viz.gui.player import Player
from e3viz.gui.store import Store
from e3viz.gui.theme import ThemeState
from e3viz.gui.work import Worker
from e3viz.labs.fields import change, knobs
from e3viz.labs.lab import Action, Check, Fact, Hit, Lab, Table
from e3viz.labs.session import Session
from e3viz.pictures.chart import Chart, Curve
from e3viz.pictures.scene import Scene
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element


@dataclass(frozen=True, eq=False)
class View:
    """What a lab answered for one state and g."""

    state: Any
    g: Element
    sheet: Sheet
    facts: list[Fact | Table]
    check: Check | None


class Page(QWidget):
    """One lab on the screen. drawn: the newest state has reached the screen; failed(error): it could not be shown; status_text(str);
    checked(Check or None): the equivariance error of what is on view."""

    drawn = Signal()
    failed = Signal(object)
    status_text = Signal(str)
    checked = Signal(object)

    def __init__(self, lab: Lab, store: Store, worker: Worker, theme: ThemeState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lab, self._store, self._worker, self._theme = lab, store, worker, theme
        self.setObjectName(f"page.{lab.name}")
        self._view: View | None = None
        self._asked: tuple[Any, Element] | None = None
        self._wished = ""
        self._title = QLabel(lab.title)
        self._title.setProperty("look", "title")
        self._subtitle = ElidedLabel("")
        self._subtitle.setProperty("tone", "muted")
        self._canvas = Canvas()
        self._playable = next((name for name, knob in knobs(lab.State).items() if knob.playable), "")
        label = knobs(lab.State)[self._playable].label if self._playable else ""
        self._player = Player(lab.name, self._playable, label) if self._playable else None
        self._player_chart: Any = None
        self._inspector = Inspector(lab, lab.State(), theme.theme)
        self._lay_out()
        self._connect()

    # ---- asking and showing -----------------------------------------------------------------------------------------------------

    def refresh(self, *, force: bool = False) -> None:
        """Ask for the pictures of the current state, unless that was done."""
        session = self._store.session
        state, g = session.state(self.lab.name), session.g
        if self._asked == (state, g) and not force:
            return
        self._asked = (state, g)
        self._worker.run(
            f"pictures.{self.lab.name}", lambda: self._ask(state, g), self._show, self._fail, f"drawing {self.lab.title.lower()}"
        )

    def _ask(self, state: Any, g: Element) -> View:
        lab = self.lab
        return View(state, g, lab.pictures(state, g), lab.facts(state, g), lab.check(state, g))

    def _show(self, view: View) -> None:
        self._view = view
        self._title.setText(view.sheet.title or self.lab.title)
        self._subtitle.setText(view.sheet.subtitle)
        self._inspector.show_state(view.state)  # not before: what a field may be can depend on a file, which is read by now
        self._inspector.mark(self._wished, "")
        self._inspector.show_facts(view.facts)
        prefix = f"{self.lab.name}/"
        cameras = {name.removeprefix(prefix): c for name, c in self._store.session.cameras.items() if name.startswith(prefix)}
        self._canvas.show_sheet(view.sheet, self._theme.theme, cameras)
        shown = [f"{fact.label} {fact.value}" for fact in view.facts if isinstance(fact, Fact) and fact.status]
        self.status_text.emit(" · ".join(shown))
        self.checked.emit(view.check)

    def _settle(self) -> None:
        """After drawing: let the lab do what it left for later, and draw again if there is more to see."""
        self.drawn.emit()
        if self._player is not None:
            self._player.frame_shown()
        if self._view is None:
            return
        self._show_player(self._view)
        if self._worker.busy(f"settle.{self.lab.name}"):
            return
        state = self._view.state
        self._worker.run(
            f"settle.{self.lab.name}",
            lambda: self.lab.settle(state),
            lambda more: self.refresh(force=True) if more else None,
            text=f"reading on for {self.lab.title.lower()}",
        )

    def _fail(self, error: BaseException) -> None:
        if isinstance(error, UserError) and self._wished:
            self._inspector.mark(self._wished, str(error))
        self.failed.emit(error)

    def _show_player(self, view: View) -> None:
        """The player shows the range of its field, and under it the chart that is a control rather than a figure."""
        if self._player is None:
            return
        low, high = knobs(view.state)[self._playable].limits(view.state)
        self._player.setVisible(high is not None and low is not None and high > low)
        self._player.show_range(int(low or 0), int(high or 0))
        self._player.show_value(getattr(view.state, self._playable))
        panel = next((p for p in view.sheet.panels if not p.figure and isinstance(p.picture, Chart)), None)
        if panel is None or not isinstance(panel.picture, Chart):
            return
        if self._player_chart is None:
            from e3viz.gui.chart_view import ChartView  # pyqtgraph is slow to import; the first picture is on the screen by now

            self._player_chart = ChartView(panel.name)
            self._player_chart.set_small()
            self._player_chart.picked.connect(self._pick)
            self._player_chart.rule_moved.connect(lambda hit, finished: self._pick(hit, not finished))
        self._player_chart.show_chart(replace(panel.picture, legend=False), self._theme.theme)
        colours = [
            (plot.label, self._theme.theme.colour(plot.colour)) for plot in panel.picture.plots if isinstance(plot, Curve) and plot.label
        ]
        self._player.set_chart(self._player_chart, colours)

    # ---- what a person does -----------------------------------------------------------------------------------------------------

    def _wish(self, name: str, value: Any, preview: bool) -> None:
        state = self._store.session.state(self.lab.name)
        try:
            wanted = change(state, **{name: value})
        except UserError as error:
            self._inspector.mark(name, str(error))
            return
        self._inspector.mark(name, "")
        self._wished = name
        self._store.set_state(wanted, lab=self.lab.name, preview=preview)

    def _pick(self, hit: Hit, preview: bool = False) -> None:
        state = self._store.session.state(self.lab.name)
        wanted = self._guarded(lambda: self.lab.pick(state, hit))
        if wanted is not None:
            self._store.set_state(wanted, lab=self.lab.name, preview=preview)

    def _hover(self, hit: Hit | None) -> None:
        text = "" if hit is None else self._guarded(lambda: self.lab.hover(self._store.session.state(self.lab.name), hit)) or ""
        if text:
            QToolTip.showText(QCursor.pos(), text, self._canvas)
        else:
            QToolTip.hideText()

    def act(self, action: Action) -> None:
        """Do one of the lab's actions, as one step of undo."""
        state = self._store.session.state(self.lab.name)
        self._worker.run(
            f"action.{self.lab.name}",
            lambda: action.apply(state),
            lambda wanted: self._store.set_state(wanted, action.title[:1].lower() + action.title[1:], self.lab.name),
            text=action.title,
        )

    def _guarded(self, ask: Any) -> Any:
        try:
            return ask()
        except UserError as error:
            self.failed.emit(error)
            return None

    # ---- for the window ---------------------------------------------------------------------------------------------------------

    def sheet(self) -> Sheet | None:
        """The last good sheet, its scenes seen from where they are seen on the screen; None before the first."""
        if self._view is None:
            return None
        return replace(self._view.sheet, panels=tuple(map(self._as_seen, self._view.sheet.panels)))

    def _as_seen(self, panel: Panel) -> Panel:
        box = self._canvas.boxes.get(panel.name)
        if not isinstance(panel.picture, Scene) or box is None:
            return panel
        return replace(panel, picture=replace(panel.picture, camera=box.view.camera()))

    @property
    def check(self) -> Check | None:
        """The equivariance error of what is on view."""
        return self._view.check if self._view is not None else None

    def views(self) -> list[Any]:
        """The 3D views on this page."""
        return [box.view for box in self._canvas.boxes.values() if box.kind is Scene]

    def fit(self) -> None:
        """Show all of every scene."""
        for view in self.views():
            view.fit()

    def show_tab(self, tab: str) -> None:
        """Bring a tab of the inspector on view."""
        self._inspector.show_tab(tab)

    def close_views(self) -> None:
        """Stop playing and let go of VTK; the page is of no use afterwards."""
        if self._player is not None:
            self._player.stop()
        self._canvas.close_views()

    def _session_changed(self, old: Session, new: Session) -> None:
        if self.isVisible() or new.lab == self.lab.name:
            self.refresh()

    def _retheme(self) -> None:
        self._inspector.explanation.set_theme(self._theme.theme)
        if self._view is not None:
            self._show(self._view)

    def _connect(self) -> None:
        self._store.changed.connect(self._session_changed)
        self._theme.changed.connect(self._retheme)
        self._canvas.picked.connect(self._pick)
        self._canvas.dragged.connect(self._pick)
        self._canvas.hovered.connect(self._hover)
        self._canvas.drawn.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self._canvas.camera_moved.connect(self._store.set_camera)
        if self._player is not None:
            self._player.asked.connect(lambda value, preview: self._wish(self._playable, value, preview))
        self._inspector.asked.connect(self._wish)
        self._inspector.hit.connect(self._pick)
        self._inspector.acted.connect(self.act)

    def _lay_out(self) -> None:
        middle = QFrame()
        middle.setProperty("look", "page")
        column = QVBoxLayout(middle)
        column.setContentsMargins(22, 14, 22, 14)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)
        column.addSpacing(6)
        column.addWidget(self._canvas, 1)
        if self._player is not None:
            self._player.hide()
            column.addWidget(self._player)
        line = QFrame()
        line.setProperty("look", "upright")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(middle, 1)
        row.addWidget(line)
        row.addWidget(self._inspector)

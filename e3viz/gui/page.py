"""The page of a lab: title, pictures, player and inspector, for every lab alike.

A page asks for what its lab shows with every change of state or g, off the GUI thread; the last good picture stays meanwhile. What a
person does in it becomes a Hit or a wish, the lab says which state follows, and the store keeps it. Pictures come first: facts and
the equivariance error are asked for when the picture is on the screen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolTip, QVBoxLayout, QWidget

from e3viz.errors import UserError
from e3viz.gui.asking import Newest
from e3viz.gui.inspector import Inspector
from e3viz.gui.live import Live
from e3viz.gui.panels import Canvas
from e3viz.gui.play_strip import PlayStrip
from e3viz.gui.questions import answered
from e3viz.gui.store import Store
from e3viz.gui.theme import ThemeState
from e3viz.gui.work import Worker
from e3viz.labs.fields import change, knobs
from e3viz.labs.lab import Action, Check, Elsewhere, Fact, Hit, Lab, Told
from e3viz.labs.session import Session
from e3viz.pictures.diagram import Diagram, Formula
from e3viz.pictures.scene import Scene
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element

GLANCE = 0.25
"""Seconds; while something moves, fields and facts follow no faster than a person reads."""


@dataclass(frozen=True, eq=False)
class Shown:
    """The pictures of one state and g."""

    state: Any
    g: Element
    sheet: Sheet


class Page(QWidget):
    """One lab on the screen. drawn: the newest state has reached the screen; failed(error): it could not be shown; status_text(str);
    checked(Check or None): the equivariance error of what is on view; leads(Elsewhere): a click leads to another lab."""

    drawn = Signal()
    failed = Signal(object)
    status_text = Signal(str)
    checked = Signal(object)
    leads = Signal(object)
    _stands = Signal()

    def __init__(self, lab: Lab, store: Store, worker: Worker, theme: ThemeState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lab, self._store, self._worker, self._theme = lab, store, worker, theme
        self.setObjectName(f"page.{lab.name}")
        title = lab.title.lower()
        self._pictures = Newest(worker, f"pictures.{lab.name}", f"drawing {title}", self._show, self._fail)
        self._facts = Newest(worker, f"facts.{lab.name}", f"measuring {title}", self._tell, self._fail)
        self._shown: Shown | None = None
        self._asked: tuple[Any, Element] | None = None
        self._wished: tuple[str, Any] = ("", None)
        self._check: Check | None = None
        self._closed = False
        self._told_at = 0.0
        self._places = [name for name, knob in knobs(lab.State).items() if knob.kind in ("file", "folder") or name == "file"]
        self._canvas = Canvas(lab.title)
        self._strip = PlayStrip.of(lab)
        self._inspector = Inspector(lab, worker, theme.theme)
        self._live = Live(lab, worker, lambda: self._state, self) if lab.watch is not None else None
        self._lay_out()
        self._connect()

    # ---- asking and showing -----------------------------------------------------------------------------------------------------

    @property
    def _state(self) -> Any:
        """The state to be shown."""
        return self._store.session.state(self.lab.name)

    def refresh(self, *, force: bool = False) -> None:
        """Ask for the pictures of the current state, unless that was done."""
        if self._closed:
            return
        state, g = self._state, self._store.session.g
        if self._asked == (state, g) and not force:
            return
        self._asked = (state, g)
        self._pictures.ask(lambda: Shown(state, g, _ready(self.lab.pictures(state, g))), patient=self._store.dragging)

    def _show(self, shown: Shown) -> None:
        before, self._shown = self._shown, shown
        fresh = before is not None and any(getattr(before.state, name) != getattr(shown.state, name) for name in self._places)
        if self._wished[1] == shown.state:
            self._inspector.mark(self._wished[0], "")
        self._draw(fresh=fresh)

    def _draw(self, *, fresh: bool = False) -> None:
        """Put the pictures on the canvas; `_settle` follows when they are on the screen."""
        assert self._shown is not None
        cameras = self._store.session.seen_in(self.lab.name)
        if self._strip is not None:
            self._strip.show_sheet(self._shown.state, self._shown.sheet, self._theme.theme)
        self._canvas.show_sheet(self._shown.sheet, self._theme.theme, {} if fresh else cameras, fresh=fresh)

    def _settle(self) -> None:
        """The picture stands: what a person does comes first, then all that could wait."""
        self.drawn.emit()
        self._stands.emit()

    def _afterwards(self) -> None:
        """After drawing: player, fields, facts, and what the lab left for later."""
        shown = self._shown
        if shown is None or self._closed:
            return
        if self._strip is not None:
            self._strip.picture_drawn()
        now, lab, state, g = time.monotonic(), self.lab, shown.state, shown.g
        if self._store.dragging and now - self._told_at < GLANCE:
            return
        self._told_at = now
        if state == self._state:  # otherwise a newer one is on its way, and fields must not go back to what they were
            self._inspector.show_state(state)
        self._facts.ask(lambda: (lab.facts(state, g), lab.check(state, g)), patient=True)
        if self._store.dragging or self._worker.busy(f"settle.{lab.name}"):
            return
        self._worker.run(
            f"settle.{lab.name}",
            lambda: lab.settle(state),
            lambda more: self.refresh(force=True) if more else None,
            text=f"reading on for {lab.title.lower()}",
        )

    def _tell(self, told: tuple[Sequence[Told], Check | None]) -> None:
        facts, self._check = told
        self._inspector.show_facts(facts)
        self.status_text.emit(" · ".join(f"{fact.label} {fact.value}" for fact in facts if isinstance(fact, Fact) and fact.status))
        self.checked.emit(self._check)

    def _fail(self, error: BaseException) -> None:
        name, state = self._wished
        if isinstance(error, UserError) and name and state == self._state and self._inspector.mark(name, str(error), error.span):
            return
        self.failed.emit(error)

    # ---- what a person does -----------------------------------------------------------------------------------------------------

    def _wish(self, name: str, value: Any, preview: bool) -> None:
        state, open_file = self._state, self.lab.open_file
        if name == "file" and open_file is not None:
            return self._act(lambda: open_file(state, Path(value)), f"open {Path(value).name}")
        try:
            wanted = change(state, **{name: value})
        except UserError as error:
            self._inspector.mark(name, str(error))
            return None
        self._inspector.mark(name, "")
        self._wished = (name, wanted)
        return self._store.set_state(wanted, lab=self.lab.name, preview=preview)

    def _pick(self, hit: Hit, preview: bool = False) -> None:
        state, g = self._state, self._shown.g if self._shown is not None else hit.g
        wanted = self._guarded(lambda: self.lab.pick(state, replace(hit, g=g)))
        if wanted is not None:
            self._follow(wanted, preview=preview)
        elif hit.end is not None:
            self._canvas.spring_back(hit)

    def _hover(self, hit: Hit | None, tip: str) -> None:
        state = self._state
        text = tip if hit is None else self._guarded(lambda: self.lab.hover(state, hit)) or tip
        if text:
            QToolTip.showText(QCursor.pos(), text, self._canvas)
        else:
            QToolTip.hideText()

    def act(self, action: Action) -> None:
        """Do one of the lab's actions, as one step of undo; first it may ask something."""
        self._inspector.decide()
        text = action.title[:1].lower() + action.title[1:].rstrip("…")
        answered(action, self, lambda apply: self._act(lambda state=self._state: apply(state), text))

    def _act(self, make: Any, text: str) -> None:
        self._worker.run(f"action.{self.lab.name}", make, lambda wanted: self._follow(wanted, text), self.failed.emit, text=text)

    def _follow(self, wanted: Any, text: str = "", *, preview: bool = False) -> None:
        """Show the state that a click or an action leads to, or go to the lab that it leads to."""
        if isinstance(wanted, Elsewhere):
            self.leads.emit(wanted)
        else:
            self._store.set_state(wanted, text, self.lab.name, preview=preview)

    def _project(self, panel: str, parallel: bool) -> None:
        """Another projection: of the state, if it knows of one, else of this view alone."""
        if "parallel" in knobs(self.lab.State):
            self._wish("parallel", parallel, False)
        else:
            self._canvas.boxes[panel].view.set_parallel(parallel)

    def _guarded(self, ask: Any) -> Any:
        try:
            return ask()
        except UserError as error:
            self.failed.emit(error)
            return None

    # ---- for the window ---------------------------------------------------------------------------------------------------------

    def sheet(self) -> Sheet | None:
        """The last good sheet, its scenes seen from where they are seen on the screen; None before the first."""
        if self._shown is None:
            return None
        return replace(self._shown.sheet, panels=tuple(map(self._as_seen, self._shown.sheet.panels)))

    def _as_seen(self, panel: Panel) -> Panel:
        box = self._canvas.boxes.get(panel.name)
        if not isinstance(panel.picture, Scene) or box is None:
            return panel
        return replace(panel, picture=replace(panel.picture, camera=box.view.camera()))

    @property
    def check(self) -> Check | None:
        """The equivariance error of what is on view."""
        return self._check

    def views(self) -> list[Any]:
        """The 3D views on this page."""
        return [box.view for box in self._canvas.boxes.values() if box.kind is Scene]

    def fit(self) -> None:
        """Show all of every picture."""
        for box in self._canvas.boxes.values():
            box.view.fit()

    def show_tab(self, tab: str) -> None:
        """Bring a tab of the inspector on view."""
        self._inspector.show_tab(tab)

    def close_views(self) -> None:
        """Stop playing, hear of nothing any more and let go of VTK; the page is of no use afterwards."""
        if self._closed:
            return
        self._closed = True
        if self._live is not None:
            self._live.stop()
        self._store.changed.disconnect(self._session_changed)
        self._theme.changed.disconnect(self._retheme)
        self._pictures.forget()
        self._facts.forget()
        if self._strip is not None:
            self._strip.stop()
        self._canvas.close_views()

    def _session_changed(self, old: Session, new: Session) -> None:
        if self.isVisible() or new.lab == self.lab.name:
            self.refresh()

    def _retheme(self) -> None:
        self._inspector.set_theme(self._theme.theme)
        if self._shown is not None:
            self._draw()

    def _connect(self) -> None:
        self._store.changed.connect(self._session_changed)
        self._theme.changed.connect(self._retheme)
        self._canvas.picked.connect(self._pick)
        self._canvas.dragged.connect(self._pick)
        self._canvas.hovered.connect(self._hover)
        self._canvas.drawn.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self._stands.connect(self._afterwards, Qt.ConnectionType.QueuedConnection)
        self._canvas.camera_moved.connect(self._store.set_camera)
        self._canvas.parallel_wanted.connect(self._project)
        if self._live is not None:
            self._live.moved.connect(lambda: self.refresh(force=True))
        if self._strip is not None:
            self._strip.asked.connect(self._wish)
            self._strip.picked.connect(self._pick)
        self._inspector.asked.connect(self._wish)
        self._inspector.hit.connect(self._pick)
        self._inspector.acted.connect(self.act)

    def _lay_out(self) -> None:
        middle = QFrame()
        middle.setProperty("look", "page")
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._canvas, 1)
        if self._strip is not None:
            column.addWidget(self._strip)
        line = QFrame()
        line.setProperty("look", "upright")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(middle, 1)
        row.addWidget(line)
        row.addWidget(self._inspector)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What no view has use for is for the player."""
        if self._strip is None or not self._strip.key_pressed(event):
            super().keyPressEvent(event)


def _ready(sheet: Sheet) -> Sheet:
    """The same sheet, its formulas outlined by now, so that painting does not wait for them."""
    if any(isinstance(panel.picture, Diagram) for panel in sheet.panels):
        from e3viz.pictures import formulas

        for panel in sheet.panels:
            for shape in panel.picture.shapes if isinstance(panel.picture, Diagram) else ():
                if isinstance(shape, Formula):
                    try:
                        formulas.outline(shape.latex, shape.size)
                    except UserError:
                        continue  # it is painted as it was written
    return sheet

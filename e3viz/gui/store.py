"""The one place where the window keeps its state: the current session, and the past and future of it.

Widgets never talk to each other. They hear `changed`, and they call `apply` (or `preview` while something is being dragged).
Undo is a list of sessions with the words of what was done; camera moves are kept in the session but are no steps of undo.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from e3viz.labs.fields import describe
from e3viz.labs.session import Session
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import Element

MOST_STEPS = 500


@dataclass(frozen=True)
class Step:
    """A session as it was before something was done, and what that was, in words."""

    session: Session
    text: str


class Store(QObject):
    """Holds the session. changed(old, new) follows every change; history_changed() whenever undo or redo text may differ."""

    changed = Signal(object, object)
    history_changed = Signal()

    def __init__(self, session: Session | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session or Session()
        self._past: list[Step] = []
        self._future: list[Step] = []
        self._before_drag: Session | None = None

    @property
    def session(self) -> Session:
        """What is on view now."""
        return self._session

    @property
    def dragging(self) -> bool:
        """Whether what is on view is a preview, of something that is not decided yet."""
        return self._before_drag is not None

    @property
    def undo_text(self) -> str:
        """What undo would take back, "" if nothing."""
        return self._past[-1].text if self._past else ""

    @property
    def redo_text(self) -> str:
        """What redo would do again, "" if nothing."""
        return self._future[-1].text if self._future else ""

    def apply(self, session: Session, text: str) -> None:
        """Make `session` the current one, as one step of undo called `text`. Nothing happens if it equals the current one."""
        before = self._before_drag or self._session
        self._before_drag = None
        if session != before:
            self._past.append(Step(before, text))
            del self._past[:-MOST_STEPS]
            self._future.clear()
        self._become(session)
        self.history_changed.emit()

    def preview(self, session: Session) -> None:
        """Show `session` while a slider or a 3D handle is being dragged; the `apply` that ends the drag makes one step of it all."""
        if self._before_drag is None:
            self._before_drag = self._session
        self._become(session)

    def set_state(self, state: Any, text: str = "", lab: str = "", *, preview: bool = False) -> None:
        """Replace the state of a lab (the one on view by default), in words found from what changed if `text` is empty."""
        name = lab or self._session.lab
        session = self._session.with_state(state, name)
        if preview:
            self.preview(session)
            return
        before = (self._before_drag or self._session).state(name)
        self.apply(session, text or describe(before, state) or "change")

    def set_g(self, g: Element, text: str = "g", *, preview: bool = False) -> None:
        """Replace the current element of E(3)."""
        session = replace(self._session, g=g)
        if preview:
            self.preview(session)
        else:
            self.apply(session, text)

    def set_camera(self, panel: str, camera: Camera) -> None:
        """Remember where a panel is looked at from; no step of undo, and no `changed`."""
        self._session = self._session.with_camera(panel, camera)

    def show_lab(self, name: str) -> None:
        """Put another lab on view; no step of undo."""
        if name != self._session.lab:
            self._become(replace(self._session, lab=name))
            self.history_changed.emit()

    def fill(self, name: str, state: Any) -> None:
        """Give a lab a state if it has none; no step of undo, and no `changed`."""
        if name not in self._session.states:
            self._session = self._session.with_state(state, name)

    def amend(self, session: Session) -> None:
        """Show `session` instead of the current one as if it had been so all along: no step of undo."""
        self._become(session)

    def undo(self) -> None:
        """Go back one step; the lab that changed comes on view."""
        if self._past:
            step = self._past.pop()
            self._future.append(Step(self._session, step.text))
            self._before_drag = None
            self._go_to(step.session)

    def redo(self) -> None:
        """Go forward one step."""
        if self._future:
            step = self._future.pop()
            self._past.append(Step(self._session, step.text))
            self._before_drag = None
            self._go_to(step.session)

    def replace_all(self, session: Session) -> None:
        """Start afresh from `session` (an opened session file): history is forgotten."""
        self._past.clear()
        self._future.clear()
        self._before_drag = None
        self._become(session)
        self.history_changed.emit()

    def _go_to(self, session: Session) -> None:
        self._become(replace(session, cameras=self._session.cameras))  # nobody expects undo to turn the picture
        self.history_changed.emit()

    def _become(self, session: Session) -> None:
        old, self._session = self._session, session
        if old != session:
            self.changed.emit(old, session)

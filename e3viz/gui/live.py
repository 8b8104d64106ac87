"""Follows what goes on by itself: a lab is asked a few times a second, off the GUI thread, whether it would now show something else."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from e3viz.gui.work import Worker
from e3viz.labs.lab import Lab

PERIOD = 250
"""Milliseconds between two questions; pictures are drawn anew no more often, whatever arrives."""


class Live(QObject):
    """Asks `lab.watch` while its page is on view. moved: the answer is another one than before."""

    moved = Signal()

    def __init__(self, lab: Lab, worker: Worker, state: Callable[[], Any], page: QWidget) -> None:
        super().__init__(page)
        self._lab, self._worker, self._state, self._page = lab, worker, state, page
        self._known: tuple[Any, Hashable] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD)
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    def stop(self) -> None:
        """Ask nothing any more."""
        self._timer.stop()
        self._worker.cancel(self._key)

    @property
    def _key(self) -> str:
        return f"watch.{self._lab.name}"

    def _ask(self) -> None:
        watch = self._lab.watch
        if watch is None or not self._page.isVisible() or self._worker.busy(self._key):
            return
        state = self._state()
        self._worker.run(self._key, lambda: (state, watch(state)), self._hear, text=f"following {self._lab.title.lower()}")

    def _hear(self, answer: tuple[Any, Hashable]) -> None:
        before, self._known = self._known, answer
        if before is None or before[1] != answer[1]:  # something may have moved between the first picture and the first answer
            self.moved.emit()

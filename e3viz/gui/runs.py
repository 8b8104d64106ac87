"""Keeps the queue of runs going while a window is open. Runs themselves are processes of their own, and do not need it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from e3viz.gui.store import Store
from e3viz.gui.work import Worker

PERIOD = 2000


class Runs(QObject):
    """Starts runs that wait as there is room, off the GUI thread."""

    def __init__(self, store: Store, worker: Worker, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._worker = store, worker
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def close(self) -> None:
        """Start no more."""
        self._timer.stop()

    def _look(self) -> None:
        if not self._worker.busy("queue"):
            chosen = getattr(self._store.session.states.get("training"), "folder", "")
            self._worker.run("queue", lambda: _tick(chosen), lambda _: None, text="starting runs")


def _tick(chosen: str) -> None:
    from e3viz.training.places import folders

    for folder in folders(chosen):
        if folder.is_dir():  # nothing is imported for somebody who trains nothing
            from e3viz.training.queue import tick

            tick(folder)

"""Asking a lab what it shows, off the GUI thread, so that a stream of changes gives a stream of pictures.

While something is being dragged, an answer that is on its way is waited for, and of all that was asked meanwhile only the newest is
asked next: the picture follows as fast as it can be made, and never starves. What a person has decided on does not wait behind an
old answer that takes long: that one is cancelled.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from e3viz.gui.work import Worker

YOUNG = 0.12
"""Seconds; an answer on its way that was asked for more recently is waited for even so."""


class Newest:
    """Runs one function at a time under a key and delivers what it returns; keeps the newest of those that wait."""

    def __init__(self, worker: Worker, key: str, text: str, done: Callable[[Any], None], failed: Callable[[BaseException], None]) -> None:
        self._worker, self._key, self._text, self._done, self._failed = worker, key, text, done, failed
        self._next: Callable[[], Any] | None = None
        self._began = 0.0

    def ask(self, make: Callable[[], Any], *, patient: bool) -> None:
        """Deliver `make()`. patient: after the answer that is on its way."""
        if self._worker.busy(self._key) and (patient or time.monotonic() - self._began < YOUNG):
            self._next = make
        else:
            self._run(make)

    def forget(self) -> None:
        """Deliver nothing of what was asked."""
        self._next = None
        self._worker.cancel(self._key)

    def _run(self, make: Callable[[], Any]) -> None:
        self._next, self._began = None, time.monotonic()
        self._worker.run(self._key, make, self._deliver, self._fail, self._text)

    def _go_on(self) -> bool:
        waiting = self._next
        if waiting is not None:
            self._run(waiting)
        return waiting is not None

    def _deliver(self, answer: Any) -> None:
        self._go_on()
        self._done(answer)

    def _fail(self, error: BaseException) -> None:
        if not self._go_on():  # a mistake of a moment ago, while more was typed or dragged, is no news
            self._failed(error)

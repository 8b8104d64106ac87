"""Progress and cancelling, for work that may take long and does not know who asked for it.

A worker runs its function inside `running(...)`; anything below calls `report(...)` now and then. With nobody listening
`report` costs nothing. Cancelling raises `Cancelled` at the next report, so whoever holds resources closes them as for any exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class Cancelled(Exception):  # noqa: N818  not an error: a person asked for it
    """The person who started the work has asked it to stop."""


@dataclass(frozen=True)
class Listener:
    """Who hears of the progress: `heard(fraction, text)` with fraction in [0, 1] or None if unknown; `cancelled()` is asked each time."""

    heard: Callable[[float | None, str], None]
    cancelled: Callable[[], bool]


_listener: ContextVar[Listener | None] = ContextVar("e3viz_task_listener", default=None)


@contextmanager
def running(heard: Callable[[float | None, str], None], cancelled: Callable[[], bool]) -> Iterator[None]:
    """Within this block `report` reaches `heard`, and raises `Cancelled` as soon as `cancelled()` is true."""
    token = _listener.set(Listener(heard, cancelled))
    try:
        yield
    finally:
        _listener.reset(token)


def report(done: float | None, total: float = 1.0, text: str = "") -> None:
    """Say how far the work is: `done` of `total` (None: unknown), doing `text`. Raises `Cancelled` if it is to stop."""
    listener = _listener.get()
    if listener is None:
        return
    if listener.cancelled():
        raise Cancelled
    listener.heard(None if done is None or total <= 0 else min(1.0, max(0.0, done / total)), text)

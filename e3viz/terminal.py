"""What slow work looks like on a terminal: one line that says how far it is, and is gone at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from e3viz import task

_CLEAR = "\r\x1b[K"


@contextmanager
def progress(cancelled: Callable[[], bool] = lambda: False) -> Iterator[None]:
    """Within this block slow work is told of on stderr, if that is a terminal; in a pipe or file nothing is written. cancelled: whether the
    work is to end, which raises `task.Cancelled`."""
    spoken = sys.stderr.isatty()

    def heard(fraction: float | None, doing: str) -> None:
        share = "" if fraction is None else f"{100 * fraction:3.0f} % "
        print(f"{_CLEAR}{share}{doing}", end="", file=sys.stderr, flush=True)

    try:
        with task.running(heard if spoken else lambda fraction, doing: None, cancelled):
            yield
    finally:
        if spoken:
            print(_CLEAR, end="", file=sys.stderr, flush=True)

"""What slow work looks like on a terminal: one line that says how far it is, and is gone at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from e3viz import task

_CLEAR = "\r\x1b[K"


@contextmanager
def progress() -> Iterator[None]:
    """Within this block slow work is told of on stderr, if that is a terminal; in a pipe or file nothing is written."""
    if not sys.stderr.isatty():
        yield
        return

    def heard(fraction: float | None, doing: str) -> None:
        share = "" if fraction is None else f"{100 * fraction:3.0f} % "
        print(f"{_CLEAR}{share}{doing}", end="", file=sys.stderr, flush=True)

    try:
        with task.running(heard, lambda: False):
            yield
    finally:
        print(_CLEAR, end="", file=sys.stderr, flush=True)

"""The event stream of a run: `events.jsonl`, one JSON object per line, only ever appended to.

Every event has `event` (its kind) and `time` (seconds since 1970). A process that is killed may leave half a line: readers skip it, and
whoever goes on writing ends it first. Work that was lost with a process is done again, so an epoch may stand there twice: the later counts.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from e3viz.errors import FileError

Event = dict[str, Any]
_AT_ONCE = 2000


class EventWriter:
    """Appends events. One per run: the process that holds its lock. end: bytes written so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._end_broken_line()
            self._stream = path.open("ab", buffering=0)
            self.end = path.stat().st_size
        except OSError as error:
            raise _full(path, error) from error

    def write(self, kind: str, **facts: Any) -> Event:
        """One line, at once in the hands of the system. Raises FileError."""
        event = {"event": kind, "time": round(time.time(), 3), **facts}
        line = (json.dumps(_finite(event), ensure_ascii=False, separators=(",", ":")) + "\n").encode()
        try:
            done = self._stream.write(line)
        except OSError as error:
            raise _full(self.path, error) from error
        if done != len(line):
            raise _full(self.path, OSError("the disk is full"))
        self.end += len(line)
        return event

    def close(self) -> None:
        """No more events."""
        self._stream.close()

    def _end_broken_line(self) -> None:
        if self.path.exists() and self.path.stat().st_size:
            with self.path.open("rb+") as stream:
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")


class EventReader:
    """Reads what was appended since it was last asked. Holds no file open, so that folders can be moved and deleted meanwhile.

    restarted: whether the last `new()` began again because the file was replaced by another or a shorter one; whoever folds events
    forgets what it had. A file that is gone gives no events. at: bytes that were read or passed over.
    """

    def __init__(self, path: Path, at: int = 0) -> None:
        self.path = path
        self.restarted = False
        self.at = at
        self._file: tuple[int, int] | None = None

    def new(self) -> list[Event]:
        """The events whose lines are complete and were not given before."""
        self.restarted = False
        try:
            with self.path.open("rb") as stream:
                status = os.fstat(stream.fileno())
                file = (status.st_dev, status.st_ino)
                if (self._file not in (None, file)) or status.st_size < self.at:
                    self.at, self.restarted = 0, True
                self._file = file
                stream.seek(self.at)
                text = stream.read()
        except OSError:
            return []
        whole = text.rfind(b"\n") + 1
        self.at += whole
        return parse_events(text[:whole])


def read_events(path: Path) -> list[Event]:
    """All events of a file."""
    return EventReader(path).new()


def parse_events(text: bytes) -> list[Event]:
    """The events in complete lines; lines that are no JSON objects are left out."""
    lines = [line for line in text.split(b"\n") if line]
    found: list[Any] = []
    for start in range(0, len(lines), _AT_ONCE):
        some = lines[start : start + _AT_ONCE]
        try:  # in one go: three times faster than line by line; not all of them, because no other thread runs meanwhile
            found += json.loads(b"[" + b",".join(some) + b"]")
        except ValueError:
            found += [_parsed(line) for line in some]
    return [event for event in found if isinstance(event, dict) and "event" in event]


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _finite(facts: Mapping[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN and no infinity: they become null."""
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _finite(value)
    if isinstance(value, float) and not abs(value) < float("inf"):
        return None
    return value


def _full(path: Path, error: OSError) -> FileError:
    return FileError(f"{path.name} could not be written: {error.strerror or error}.", "Everything up to the last checkpoint is safe.")

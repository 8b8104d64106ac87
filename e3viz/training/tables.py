"""The epochs of a run as tables, beside their events: `metrics.csv` for people's own tools, and `curves.bin`, rows of float64 under the names
in `curves.json`, because a hundred thousand events take seconds to parse and so many rows a moment to read.

The last column of `curves.bin` says how far into the events the last row reaches; who reads goes on from there. Both are made anew from
the events when a process begins, so they never lack an epoch and never have one twice.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.errors import FileError
from e3viz.files import replacing
from e3viz.training.events import Event, parse_events

END = "end of events"


class Tables:
    """Writes them, in a run's folder. last: the epoch that the run goes on from; later ones will be done again."""

    def __init__(self, folder: Path, last: int | None = None) -> None:
        self.folder = folder
        self._columns: list[str] = []
        self._last = last
        self._rewrite()
        self._last = None

    def append(self, row: Mapping[str, Any], end: int) -> None:
        """One epoch, whose event ends at `end`. Raises FileError."""
        if not set(row) <= set(self._columns):
            self._rewrite()
            return
        try:
            with (self.folder / "metrics.csv").open("a", newline="", encoding="utf-8") as stream:
                csv.DictWriter(stream, self._columns, restval="").writerow(row)
            with (self.folder / "curves.bin").open("ab") as binary:
                binary.write(self._numbers(row, end).tobytes())
        except OSError as error:
            raise FileError(f"The tables of the run could not be written: {error.strerror or error}.") from error

    def _rewrite(self) -> None:
        rows = self._rows()
        self._columns = list(dict.fromkeys(name for row, _ in rows for name in ("epoch", *row)))
        with replacing(self.folder / "metrics.csv") as beside, beside.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, self._columns, restval="")
            writer.writeheader()
            writer.writerows(row for row, _ in rows)
        (self.folder / "curves.json").unlink(missing_ok=True)  # names and numbers of different tables must not meet
        with replacing(self.folder / "curves.bin") as beside:
            beside.write_bytes(b"".join(self._numbers(row, end).tobytes() for row, end in rows))
        with replacing(self.folder / "curves.json") as beside:
            beside.write_text(json.dumps([*self._columns, END]), encoding="utf-8")

    def _rows(self) -> list[tuple[Event, int]]:
        """Every epoch up to `last`, and where its event ends."""
        path = self.folder / "events.jsonl"
        found: list[tuple[Event, int]] = []
        end = 0
        for line in path.read_bytes().splitlines(keepends=True) if path.exists() else []:
            end += len(line)
            for event in parse_events(line) if line.endswith(b"\n") else []:
                if event["event"] == "epoch" and (self._last is None or event["epoch"] <= self._last):
                    while found and found[-1][0]["epoch"] >= event["epoch"]:
                        found.pop()
                    found.append(({name: value for name, value in event.items() if name != "event"}, end))
        return found

    def _numbers(self, row: Mapping[str, Any], end: int) -> FloatArray:
        numbers = (row.get(name) for name in self._columns)
        return np.array([*(number if isinstance(number, int | float) else None for number in numbers), end], dtype="<f8")


def read_table(folder: Path) -> tuple[list[str], FloatArray, int]:
    """Names, rows (epochs, names), and how far into the events they reach; nothing where there is no table."""
    try:
        names = [str(name) for name in json.loads((folder / "curves.json").read_text(encoding="utf-8"))]
        raw = np.fromfile(folder / "curves.bin", dtype="<f8")
    except (OSError, ValueError, TypeError):
        return [], np.zeros((0, 0)), 0
    rows = raw[: len(raw) // len(names) * len(names)].reshape(-1, len(names)) if names else np.zeros((0, 0))
    if not len(rows) or names[-1] != END:
        return [], np.zeros((0, 0)), 0
    return names[:-1], rows[:, :-1], int(rows[-1, -1])


def epochs_of(events: list[Event]) -> list[Event]:
    """The events of epochs, each epoch once, ascending: of one that was done again the later counts, and what lay after it is gone."""
    found: list[Event] = []
    for event in events:
        if event["event"] == "epoch":
            while found and found[-1]["epoch"] >= event["epoch"]:
                found.pop()
            found.append(event)
    return found

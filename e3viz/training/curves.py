"""Curves of a run: its epochs as one array per quantity, as they come in.

What is there at first comes from the run's table of numbers, what follows from its events. An epoch that was lost with a process and done
again stands in the events twice: the later counts, and what lay after it is gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.training.events import Event, EventReader, parse_events
from e3viz.training.tables import read_table


class Curves:
    """Follows a run's `events.jsonl`. `update()` reads what is new and says whether anything is.

    others: events that are no epochs (started, resumed, paused, note, result, ended, …), in order.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.others: list[Event] = []
        self._names: list[str] = []
        self._table: FloatArray = np.zeros((0, 0))
        self._new: list[Event] = []
        self._columns: dict[str, FloatArray] = {}
        self._reader: EventReader | None = None

    def update(self) -> bool:
        """Read what was appended."""
        if self._reader is None:
            self._open()
        assert self._reader is not None
        new = self._reader.new()
        if self._reader.restarted:
            self.others, self._names, self._table, self._new = [], [], np.zeros((0, 0)), []
        for event in new:
            if event["event"] == "epoch":
                self._add(event)
            else:
                self.others.append(event)
        changed = bool(new) or self._reader.restarted
        if changed:
            self._columns = {}
        return changed

    def __len__(self) -> int:
        return len(self._table) + len(self._new)

    def names(self) -> list[str]:
        """The quantities that are numbers, in the order in which they first came."""
        few = [*self._new[:50], *self._new[-50:]]
        found = dict.fromkeys(self._names)
        found |= dict.fromkeys(name for event in few for name, value in event.items() if isinstance(value, int | float))
        return [name for name in found if name != "best"]

    def column(self, name: str) -> FloatArray:
        """One number per epoch (epochs,), NaN where it was not measured. `step` counts batches; `best` is 1 where a new best was found."""
        if name not in self._columns:
            asked = "epoch" if name == "step" else name
            old = self._table[:, self._names.index(asked)] if asked in self._names else np.full(len(self._table), np.nan)
            new = _numbers([event.get(asked) for event in self._new])
            scale = float(self.steps_per_epoch) if name == "step" else 1.0
            self._columns[name] = np.concatenate([old, new]) * scale
        return self._columns[name]

    def epoch(self, row: int) -> dict[str, float]:
        """All numbers of one epoch, by its place."""
        found = {name: float(self.column(name)[row]) for name in [*self.names(), "best"]}
        return {name: value for name, value in found.items() if np.isfinite(value)}

    @property
    def last(self) -> Mapping[str, float]:
        """All numbers of the newest epoch."""
        return self.epoch(len(self) - 1)

    @property
    def best(self) -> Mapping[str, float] | None:
        """All numbers of the epoch with the best model, None before there is one."""
        row = self.best_row
        return None if row is None else self.epoch(row)

    @property
    def best_row(self) -> int | None:
        """Its place, counted from 0."""
        found = np.flatnonzero(self.column("best") == 1.0)
        return int(found[-1]) if len(found) else None

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return next((int(event["steps_per_epoch"]) for event in reversed(self.others) if "steps_per_epoch" in event), 1)

    def _open(self) -> None:
        """With the table, and the events up to its end that are no epochs."""
        path = self.path
        self._names, self._table, end = read_table(path.parent)
        try:
            with path.open("rb") as stream:
                text = stream.read(end) if end else b""
        except OSError:
            text = b""
        if len(text) < end:  # the events are not those that the table was made of
            self._names, self._table, end, text = [], np.zeros((0, 0)), 0, b""
        lines = [line for line in text.split(b"\n") if line and not line.startswith(b'{"event":"epoch"')]
        self.others = [event for event in parse_events(b"\n".join(lines)) if event["event"] != "epoch"]
        self._reader = EventReader(path, end)

    def _add(self, event: Event) -> None:
        while self._new and self._new[-1]["epoch"] >= event["epoch"]:
            self._new.pop()
        if not self._new and len(self._table):
            epochs = self._table[:, self._names.index("epoch")]
            self._table = self._table[: int(np.searchsorted(epochs, event["epoch"]))]
        self._new.append(event)


def _numbers(values: list[object]) -> FloatArray:
    """NaN for what is no number."""
    try:
        return np.array(values, dtype=float)
    except (TypeError, ValueError):
        return np.array([float(value) if isinstance(value, int | float) else np.nan for value in values])

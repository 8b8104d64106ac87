"""Curves of a run: its events folded into one array per quantity, against epoch, as they come in.

An epoch that was lost with a process and done again stands in the events twice; the later one counts, and what lay after it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.training.events import Event, EventReader


class Curves:
    """Follows the events of a run. `update()` reads what is new and says whether anything is."""

    def __init__(self, path: Path) -> None:
        self._reader = EventReader(path)
        self.epochs: list[Event] = []
        self.others: list[Event] = []
        self._columns: dict[str, FloatArray] = {}

    def update(self) -> bool:
        """Read what was appended."""
        new = self._reader.new()
        if self._reader.restarted:
            self._forget()
        for event in new:
            if event["event"] != "epoch":
                self.others.append(event)
                continue
            while self.epochs and self.epochs[-1]["epoch"] >= event["epoch"]:
                self.epochs.pop()
            self.epochs.append(event)
        if new:
            self._columns = {}
        return bool(new) or self._reader.restarted

    def __len__(self) -> int:
        return len(self.epochs)

    def names(self) -> list[str]:
        """The quantities that are numbers, in the order in which they first came."""
        few = [*self.epochs[:50], *self.epochs[-50:]]
        found = dict.fromkeys(name for event in few for name, value in event.items() if isinstance(value, int | float))
        return [name for name in found if name not in ("best",)]

    def column(self, name: str) -> FloatArray:
        """One number per epoch (epochs,), NaN where it was not measured. `step` counts batches."""
        if name not in self._columns:
            steps = float(self.steps_per_epoch)
            numbers = [event.get("epoch" if name == "step" else name) for event in self.epochs]
            self._columns[name] = np.array(numbers, dtype=float) * (steps if name == "step" else 1.0)
        return self._columns[name]

    @property
    def steps_per_epoch(self) -> int:
        """Batches in an epoch."""
        return next((int(event["steps_per_epoch"]) for event in reversed(self.others) if "steps_per_epoch" in event), 1)

    @property
    def best(self) -> Event | None:
        """The epoch of the best model."""
        return next((event for event in reversed(self.epochs) if event.get("best")), None)

    def _forget(self) -> None:
        self.epochs, self.others, self._columns = [], [], {}


def epochs_of(events: Iterable[Event]) -> Sequence[Event]:
    """The events of epochs, each epoch once, ascending."""
    found: list[Event] = []
    for event in events:
        if event["event"] == "epoch":
            while found and found[-1]["epoch"] >= event["epoch"]:
                found.pop()
            found.append(event)
    return found

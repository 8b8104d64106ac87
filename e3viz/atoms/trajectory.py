"""A file of structures, read a frame at a time.

`load(path)` is the one door through which labs reach structure files. It keeps what it opened, keyed by path and time of change,
so a lab may call it with every new state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError, nearest


class Trajectory(ABC):
    """Frames of one file. Subclasses decide how much of it is in memory.

    path: the file; format: what it was read as, in ASE's spelling (`extxyz`, `vasp`, …); stamp: time of change (ns) and size of the
    file when it was opened; notes: sentences on what was odd about the file, for a person.
    """

    path: Path
    format: str
    stamp: tuple[int, int] = (0, 0)
    notes: tuple[str, ...] = ()

    @abstractmethod
    def __len__(self) -> int:
        """How many frames there are; while `complete` is false, how many are known so far."""

    @abstractmethod
    def __getitem__(self, frame: int) -> Structure:
        """Frame 0 ≤ frame < len; raises FileError if it cannot be read (any more)."""

    @abstractmethod
    def column(self, name: str) -> FloatArray:
        """A per-structure number against frame, (len,), NaN where a frame lacks it: `energy`, `max_force` or another value's name."""

    @abstractmethod
    def columns(self) -> list[str]:
        """The names that `column` knows, `energy` and `max_force` first where there are any."""

    @property
    def complete(self) -> bool:
        """Whether all frames of the file have been found; a long file is shown before they are."""
        return True

    def wait(self) -> None:  # noqa: B027  most are complete from the start
        """Returns when all frames have been found, reporting progress."""

    def __iter__(self) -> Iterator[Structure]:
        frame = 0
        while frame < len(self) or not self.complete:
            if frame >= len(self):
                self.wait()
                continue
            yield self[frame]
            frame += 1


def number(structure: Structure, name: str) -> float:
    """A structure's entry in the column `name`: its value of that name, or the largest force; NaN where it has none."""
    if name == "max_force":
        forces = structure.arrays.get("forces")
        return float("nan") if forces is None or not len(forces) else float(np.sqrt((forces**2).sum(1).max()))
    value = structure.values.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return float("nan")
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return float("nan")


def number_names(structure: Structure) -> list[str]:
    """The names of columns to which one structure contributes, `energy` and `max_force` first."""
    names = [name for name in structure.values if not np.isnan(number(structure, name))]
    if "forces" in structure.arrays:
        names.append("max_force")
    return sorted(names, key=lambda name: (name != "energy", name != "max_force", name))


class Frames(Trajectory):
    """Frames that are all in memory: what short files and structures made by hand are."""

    def __init__(self, path: Path, format: str, frames: Sequence[Structure], notes: tuple[str, ...] = ()) -> None:
        self.path, self.format, self.notes = path, format, notes
        self._frames = tuple(frames)
        self._columns: dict[str, FloatArray] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, frame: int) -> Structure:
        check_frame(self, frame)
        return self._frames[frame]

    def column(self, name: str) -> FloatArray:
        """See Trajectory."""
        check_column(self, name)
        if name not in self._columns:
            self._columns[name] = frozen(np.array([number(structure, name) for structure in self._frames], dtype=float))
        return self._columns[name]

    def columns(self) -> list[str]:
        """See Trajectory."""
        names = {name for structure in self._frames for name in number_names(structure)}
        return sorted(names, key=lambda name: (name != "energy", name != "max_force", name))


def frozen(values: FloatArray) -> FloatArray:
    """The same array, made read-only because it is shared."""
    values.flags.writeable = False
    return values


def check_frame(trajectory: Trajectory, frame: int) -> None:
    """Raises UserError unless 0 ≤ frame < len."""
    if not 0 <= frame < len(trajectory):
        last = len(trajectory) - 1
        raise UserError(
            f"{trajectory.path.name} has no frame {frame}.", f"Its frames are 0 to {last}." if last else "It has one frame, number 0."
        )


def check_column(trajectory: Trajectory, name: str) -> None:
    """Raises UserError unless `name` is one of the trajectory's columns."""
    if name not in trajectory.columns():
        raise UserError(f"{trajectory.path.name} has no number called “{name}” in its frames.", nearest(name, trajectory.columns()))

"""A file of structures, read a frame at a time.

`load(path)` is the one door through which labs reach structure files. It keeps what it opened, keyed by path and time of change,
so a lab may call it with every new state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from e3viz.atoms.structure import FloatArray, Structure


class Trajectory(ABC):
    """Frames of one file. Subclasses decide how much of it is in memory.

    path: the file; format: what it was read as, in ASE's spelling (`extxyz`, `vasp`, …).
    """

    path: Path
    format: str

    @abstractmethod
    def __len__(self) -> int:
        """How many frames there are."""

    @abstractmethod
    def __getitem__(self, frame: int) -> Structure:
        """Frame 0 ≤ frame < len; raises FileError if it cannot be read (any more)."""

    @abstractmethod
    def column(self, name: str) -> FloatArray:
        """A per-structure number against frame, (len,), NaN where a frame lacks it: `energy`, `max_force` or another value's name."""

    @abstractmethod
    def columns(self) -> list[str]:
        """The names that `column` knows, `energy` and `max_force` first where there are any."""

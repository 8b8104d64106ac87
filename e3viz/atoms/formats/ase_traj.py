"""ASE's binary trajectory, a frame at a time. The container (ULM) is JSON and raw arrays; nothing in it can run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from e3viz import task
from e3viz.atoms.ase_atoms import from_ase
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source, Text
from e3viz.atoms.formats.through_ase import said
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.trajectory import Trajectory, check_column, check_frame, frozen, number, number_names
from e3viz.errors import FileError, UserError


def read_traj(source: Source) -> TrajTrajectory:
    """Opens a trajectory."""
    return TrajTrajectory(source)


class TrajTrajectory(Trajectory):
    """Frames of a .traj file; the file is open only while one is read."""

    format = "traj"

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self._text: Text = source.text  # keeps an unpacked copy alive
        self._columns: dict[str, FloatArray] = {}
        with self._opened() as reader:
            self._count = len(reader)
        if not 0 < self._count <= source.size // 16:
            raise source.error("is a trajectory without frames.", "It may be cut off.")
        self[0]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, frame: int) -> Structure:
        check_frame(self, frame)
        with self._opened() as reader:
            return sound(from_ase(reader[frame]), f"Frame {frame} of {self.path.name}")

    def columns(self) -> list[str]:
        """See Trajectory. Judged by the first and the last frame."""
        names = {*number_names(self[0]), *number_names(self[self._count - 1])}
        return sorted(names, key=lambda name: (name != "energy", name != "max_force", name))

    def column(self, name: str) -> FloatArray:
        """See Trajectory."""
        check_column(self, name)
        if name not in self._columns:
            entries = []
            with self._opened() as reader:
                for frame in range(self._count):
                    entries.append(number(from_ase(reader[frame]), name))
                    task.report(frame, self._count, f"Reading {name} of {self.path.name}")
            self._columns[name] = frozen(np.array(entries))
        return self._columns[name]

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        from ase.io.trajectory import TrajectoryReader

        try:
            with TrajectoryReader(str(self._text.file)) as reader:
                yield reader
        except (UserError, task.Cancelled):
            raise
        except MemoryError:
            raise FileError(f"{self.path.name} announces more data than fits into memory.", "It may be damaged.") from None
        except Exception as error:
            raise FileError(f"{self.path.name} is a damaged trajectory{said(error)}.", "It may be cut off.") from error

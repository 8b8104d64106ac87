"""From the `file` of a state to its frames: a path, or `sample:NAME` for what comes with the program."""

from __future__ import annotations

from pathlib import Path

from e3viz.atoms.reading import load
from e3viz.atoms.samples import sample
from e3viz.atoms.trajectory import Trajectory

PREFIX = "sample:"
QUICK_FRAMES = 200
PLOTTED = ("energy", "max_force")
_settled: set[tuple[str, tuple[int, int]]] = set()


def path_of(file: str) -> Path:
    """The path behind a state's `file`."""
    if file.startswith(PREFIX):
        return sample(file.removeprefix(PREFIX)).path
    return Path(file).expanduser()


def trajectory(file: str) -> Trajectory:
    """The frames behind a state's `file`; raises FileError."""
    return load(path_of(file))


def plotted(frames: Trajectory) -> list[str]:
    """The columns that are drawn against frame now: none of a long file before `settle` has read it through."""
    if not frames.complete or (len(frames) > QUICK_FRAMES and (str(frames.path), frames.stamp) not in _settled):
        return []
    return [name for name in PLOTTED if name in frames.columns()]


def settle(file: str) -> bool:
    """Reads a long file through; True if its curves can be drawn now and could not before."""
    frames = trajectory(file)
    if (frames.complete and len(frames) <= QUICK_FRAMES) or (str(frames.path), frames.stamp) in _settled:
        return False
    frames.wait()
    for name in PLOTTED:
        if name in frames.columns():
            frames.column(name)
    _settled.add((str(frames.path), frames.stamp))
    return True

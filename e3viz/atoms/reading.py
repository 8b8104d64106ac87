"""The one door to structure files: `load(path)`.

It reads every format of `formats/`, and whatever else ASE reads. What was opened stays open, keyed by path, time of change and size, for
the few files used last, so that asking again costs nothing.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from e3viz import task
from e3viz.atoms.formats.recognise import recognise
from e3viz.atoms.formats.source import Source, open_source, stamp
from e3viz.atoms.trajectory import Trajectory
from e3viz.errors import UserError

KEPT_FILES = 12

_Key = tuple[Path, int, int]
_kept: OrderedDict[_Key, Trajectory] = OrderedDict()
_door = threading.Lock()
_opening: dict[_Key, threading.Lock] = {}


def load(path: str | Path) -> Trajectory:
    """The frames of a file. Raises FileError with one sentence where there are none to be had.

    Slow files report to `task` and can be cancelled. A very long one is given back with its first frames while the rest is still being
    looked through: see `Trajectory.complete`.
    """
    asked = Path(path).expanduser()
    key = _key(asked)
    with _door:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
        lock = _opening.setdefault(key, threading.Lock())
    with lock:
        with _door:
            if key in _kept:
                return _kept[key]
        try:
            trajectory = _read(asked)
            trajectory.stamp = key[1:]
        finally:
            with _door:
                _opening.pop(key, None)
        _keep(key, trajectory)
    return trajectory


def changed_on_disk(trajectory: Trajectory) -> bool:
    """Whether the file has been rewritten since it was opened; a file that is gone has not been."""
    try:
        return stamp(trajectory.path) != trajectory.stamp
    except OSError:
        return False


def clear_cache() -> None:
    """Forgets every opened file."""
    with _door:
        _kept.clear()


def _key(path: Path) -> _Key:
    try:
        return (path.resolve(), *stamp(path))
    except (OSError, ValueError):
        return (path, 0, 0)  # `open_source` says what is wrong with it


def _keep(key: _Key, trajectory: Trajectory) -> None:
    with _door:
        for old in [other for other in _kept if other[0] == key[0]]:
            del _kept[old]
        _kept[key] = trajectory
        while len(_kept) > KEPT_FILES:
            _kept.popitem(last=False)


def _read(path: Path) -> Trajectory:
    source = open_source(path)
    format = recognise(source)
    try:
        return _reader(format)(source)
    except (UserError, task.Cancelled):
        raise
    except MemoryError:
        raise source.error("announces more data than fits into memory.", "It may be damaged.") from None
    except OSError as error:
        raise source.error(f"cannot be read: {error.strerror or error}.") from error


_READERS: dict[str, tuple[str, str]] = {
    "extxyz": ("xyz", "read_xyz"),
    "xyz": ("xyz", "read_xyz"),
    "lammps-dump-text": ("lammps_dump", "read_lammps_dump"),
    "cube": ("cube", "read_cube"),
    "npz": ("md17", "read_npz"),
    "mlearn": ("mlearn", "read_mlearn"),
    "db": ("ase_db", "read_db"),
    "traj": ("ase_traj", "read_traj"),
    "vasp-xdatcar": ("xdatcar", "read_xdatcar"),
    "orca-output": ("orca", "read_orca"),
    "proteindatabank": ("pdb", "read_pdb"),
}
"""Module of `formats` and function for each format with a reader of its own."""


def _reader(format: str) -> Callable[[Source], Trajectory]:
    """The function that reads a format; its module is imported only now."""
    if format in _READERS:
        module, function = _READERS[format]
        found: Callable[[Source], Trajectory] = getattr(import_module(f"e3viz.atoms.formats.{module}"), function)
        return found
    from e3viz.atoms.formats.through_ase import read_through_ase

    return lambda source: read_through_ase(source, format)

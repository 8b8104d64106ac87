"""Opening a potential of any format by its file's suffix. `READERS` is the one list: a new format is one line in it.

No reader executes anything from a file; a `.toml` names a calculator of another program, which runs only where the person says so, elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from e3viz.errors import FileError, UserError, nearest
from e3viz.potentials.contract import Potential

READERS: dict[str, tuple[str, str]] = {
    ".e3p": ("e3viz.potentials.saving", "read"),
    ".snapcoeff": ("e3viz.potentials.lammps_snap", "read_snap"),
    ".snapparam": ("e3viz.potentials.lammps_snap", "read_snap"),
    ".mtp": ("e3viz.potentials.mlip", "read_mtp"),
    ".almtp": ("e3viz.potentials.mlip", "read_mtp"),
    ".toml": ("e3viz.potentials.external", "read_external"),
}
"""Suffix → module and function that reads it."""


def open_potential(path: Path) -> Potential:
    """The potential in a file. Raises FileError for a file that is none, UserError for a suffix that no reader knows."""
    if path.suffix.lower() not in READERS:
        raise UserError(f"{path.name} is no potential that e3viz reads.", nearest(path.suffix.lower(), READERS))
    if not path.is_file():
        raise FileError(f"There is no file “{path}”.")
    module, name = READERS[path.suffix.lower()]
    reader: Callable[[Path], Potential] = getattr(import_module(module), name)
    return reader(path)

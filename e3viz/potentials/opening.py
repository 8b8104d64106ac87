"""Opening a potential of any format by its file's suffix. `READERS` is the one list: a new format is one line in it.

No reader executes anything from a file here; models of other packages run where a person has said yes to them, in a process of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from e3viz.errors import FileError, UserError, nearest
from e3viz.potentials.contract import Potential
from e3viz.potentials.trusted import UntrustedError, trust

READERS: dict[str, tuple[str, str]] = {
    ".e3p": ("e3viz.potentials.saving", "read"),
    ".snapcoeff": ("e3viz.potentials.lammps_snap", "read_snap"),
    ".snapparam": ("e3viz.potentials.lammps_snap", "read_snap"),
    ".mtp": ("e3viz.potentials.mlip", "read_mtp"),
    ".almtp": ("e3viz.potentials.mlip", "read_mtp"),
    ".toml": ("e3viz.potentials.external", "read_external"),
    **dict.fromkeys((".model", ".zip", ".ckpt", ".pth", ".pt2"), ("e3viz.potentials.external", "read_model")),
}
"""Suffix → module and function that reads it."""


def open_potential(path: Path, *, trusting: bool = False) -> Potential:
    """The potential in a file. trusting: a person has just said yes to what it may execute elsewhere. Raises FileError for a file that is
    none, UserError for a suffix that no reader knows, UntrustedError for a model that nobody has said yes to."""
    if path.suffix.lower() not in READERS:
        raise UserError(f"{path.name} is no potential that e3viz reads.", nearest(path.suffix.lower(), READERS))
    if not path.is_file():
        raise FileError(f"There is no file “{path}”.")
    module, name = READERS[path.suffix.lower()]
    reader: Callable[[Path], Potential] = getattr(import_module(module), name)
    try:
        return reader(path)
    except UntrustedError as error:
        if not trusting:
            raise
        trust(error.files)
        return reader(path)

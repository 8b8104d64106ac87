"""Structures into files, in any format that ASE writes. A file that was there before stays whole until the new one is complete."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from e3viz import task
from e3viz.atoms.ase_atoms import to_ase
from e3viz.atoms.formats.recognise import format_of_name
from e3viz.atoms.formats.through_ase import said
from e3viz.atoms.structure import Grid, Structure
from e3viz.errors import FileError, nearest
from e3viz.files import replacing

_NEVER = {
    "py",
    "html",
    "eps",
    "png",
    "gif",
    "mp4",
    "pov",
    "x3d",
    "bundletrajectory",
    "mysql",
    "postgresql",
    "vti",
    "vtu",
    "mustem",
    "prismatic",
    "netcdftrajectory",
}
_PACKED = (".gz", ".bz2", ".xz")


def save(structures: Structure | Iterable[Structure], path: str | Path, format: str = "") -> None:
    """Writes one or many structures; the format follows from the name (`x.cif`, `POSCAR`, …) unless `format` names it as ASE does."""
    path = Path(path).expanduser()
    frames: Sequence[Structure] = [structures] if isinstance(structures, Structure) else list(structures)
    if not frames:
        raise FileError(f"{path.name} was not written: there are no structures to write.", "Choose at least one.")
    name = path.name[: -len(path.suffix)] if path.suffix.lower() in _PACKED else path.name
    kind = _kind(format or format_of_name(name), path)
    if kind.single and len(frames) > 1:
        raise FileError(f"{path.name} can hold one structure, and there are {len(frames)}.", "Formats for many are .extxyz and .traj.")
    images = []
    for index, structure in enumerate(frames):
        task.report(index, len(frames), f"Writing {path.name}")
        images.append(to_ase(structure))
    with replacing(path) as part:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                _write(part, kind, images, frames[0])
        except (OSError, FileError):
            raise
        except Exception as error:
            raise FileError(f"{path.name} could not be written as {kind.name}{said(error)}.", "Try another format.") from error


def writable_formats() -> dict[str, str]:
    """ASE's names of the formats that `save` writes, each with what ASE says it is."""
    from ase.io.formats import ioformats

    return {name: kind.description for name, kind in sorted(ioformats.items()) if kind.can_write and name not in _NEVER}


def _kind(format: str, path: Path) -> Any:
    from ase.io.formats import ioformats

    formats = writable_formats()
    if format not in formats:
        known = sorted({extension for name in formats for extension in ioformats[name].extensions} - {""})
        hint = nearest(format or path.suffix.lstrip("."), known if not format else formats)
        raise FileError(f"{path.name} names no format that can be written.", hint or "Right would be for example .extxyz or .cif.")
    return ioformats[format]


def _write(part: Path, kind: Any, images: list[Any], first: Structure) -> None:
    from ase.io import write

    if kind.name == "db":
        part.unlink()  # ASE adds rows to a file that is there
        write(str(part), images, format="db")
    elif kind.name == "cube":
        grid = next((value for value in first.values.values() if isinstance(value, Grid)), None)
        options = {} if grid is None else {"data": grid.values, "origin": grid.origin}
        write(str(part), images[0], format="cube", **options)
    elif kind.name == "lammps-data":  # whose types mean elements only through their masses
        write(str(part), images[0], format="lammps-data", masses=True)
    elif kind.name == "espresso-in":  # which names a file for each element
        names = {symbol: f"{symbol}.UPF" for symbol in set(images[0].get_chemical_symbols())}
        write(str(part), images[0], format="espresso-in", pseudopotentials=names)
    else:
        write(str(part), images[0] if kind.single else images, format=kind.name)

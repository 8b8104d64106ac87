"""A data set: labelled structures from any files that `reading.load` reads, each frame with a name that stays.

A source is written as a person writes it: a file, `file@10:200:2` (a slice of frames, as Python has it), `file@7` (one frame), a folder (all
structure files in it, by name), `ethanol` for the bundled set, or a public set by its name (`public`). Labels are eV, eV/Å and eV/Å³ under
their canonical names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.duplicates import duplicate_classes
from e3viz.atoms.reading import load
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import FileError, UserError
from e3viz.resources import SAMPLE

BUNDLED = "ethanol"
HELD_OUT_FRAMES = 297
"""So many last frames of the bundled set are its fixed test part, which nothing may be fitted to."""
_SLICE = re.compile(r"(.+)@(-?\d*)(?::(-?\d*)(?::(-?\d*))?)?")


@dataclass(frozen=True)
class Origin:
    """Where a frame stands. file: as it was named; frame: its number there, from 0."""

    file: str
    frame: int

    def __str__(self) -> str:
        return f"frame {self.frame} of {Path(self.file).name}"

    @property
    def capital(self) -> str:
        """The same at the beginning of a sentence."""
        return f"F{str(self)[1:]}"


@dataclass(frozen=True, eq=False)
class DataSet:
    """Labelled structures with their origins. sources: what a person named."""

    sources: tuple[str, ...]
    structures: tuple[Structure, ...]
    origins: tuple[Origin, ...]

    def __len__(self) -> int:
        return len(self.structures)

    def part(self, frames: Sequence[int] | NDArray[np.int64]) -> list[Structure]:
        """The structures of these frames."""
        return [self.structures[int(frame)] for frame in frames]

    @cached_property
    def digests(self) -> tuple[str, ...]:
        """One per frame: equal where atoms, cell and labels are equal to the last bit."""
        return tuple(digest(structure) for structure in self.structures)

    @cached_property
    def hash(self) -> str:
        """Of all frames in their order: what says whether data have changed, wherever their files now lie."""
        return "sha256:" + hashlib.sha256("".join(self.digests).encode()).hexdigest()

    @cached_property
    def held_out(self) -> NDArray[np.bool_]:
        """Whether each frame belongs to the fixed test part of the bundled set, under whatever name it was read (n,)."""
        known = held_out_geometries()
        return np.array([geometry(structure) in known for structure in self.structures], dtype=bool)

    @cached_property
    def first_alike(self) -> NDArray[np.int64]:
        """For each frame the first frame that is the same structure, itself where there is none before it (n,)."""
        return duplicate_classes(self.structures)

    @cached_property
    def energies(self) -> FloatArray:
        """Labels, eV (n,); NaN where a frame has none."""
        return np.array([energy(structure) for structure in self.structures])


def load_data(sources: Sequence[str | Path], *, folder: Path | None = None) -> DataSet:
    """The frames that `sources` name, in order. folder: to which relative names belong. Raises UserError."""
    if not sources:
        raise UserError("There are no data.", "Name a file that carries energies and forces.")
    structures: list[Structure] = []
    origins: list[Origin] = []
    for source in sources:
        for name, path, chosen in _files(str(source), folder):
            frames = load(path)
            frames.wait()
            numbers = range(len(frames))[chosen]
            for done, frame in enumerate(numbers):
                if done % 50 == 0:
                    task.report(done, len(numbers), f"Reading {path.name}")
                structures.append(frames[frame])
                origins.append(Origin(name, frame))
    if not structures:
        raise UserError(f"{sources[0]} names no frames.", "A slice such as @0:100 counts frames from 0.")
    return DataSet(tuple(str(source) for source in sources), tuple(structures), tuple(origins))


def joined(sets: Sequence[DataSet]) -> DataSet:
    """One after the other."""
    return DataSet(
        tuple(source for one in sets for source in one.sources),
        tuple(structure for one in sets for structure in one.structures),
        tuple(origin for one in sets for origin in one.origins),
    )


def path_of(name: str) -> Path:
    """The file behind an origin's name. Raises FileError if it is gone."""
    return next(path for _, path, _ in _files(name, None))


def located(source: str, folder: Path) -> str:
    """A source written in (a file in) `folder`, as it would be named from anywhere."""
    name = source.partition("@")[0]
    if not _path(name, folder).exists() and name in named_sets():
        return source
    return str(_path(source, folder.absolute()))


def named_sets() -> tuple[str, ...]:
    """Data sets that a name stands for, wherever they lie: the bundled one and the public ones."""
    from e3viz.atoms.public import PUBLIC

    return (BUNDLED, *(one.name for one in PUBLIC))


def energy(structure: Structure) -> float:
    """The label, eV, or NaN."""
    value = structure.values.get("energy")
    return float(value) if isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool) else float("nan")


def forces(structure: Structure) -> FloatArray | None:
    """The labels, eV/Å (n, 3), or None."""
    found = structure.arrays.get("forces")
    return None if found is None or found.shape != (len(structure), 3) else np.asarray(found, dtype=float)


def stress(structure: Structure) -> FloatArray | None:
    """The label, eV/Å³ (3, 3), or None."""
    found = structure.values.get("stress")
    return np.asarray(found, dtype=float) if isinstance(found, np.ndarray) and found.shape == (3, 3) else None


def digest(structure: Structure) -> str:
    """Of everything that a fit sees."""
    made = hashlib.sha256()
    atoms = np.concatenate([structure.positions.ravel(), structure.cell.ravel(), [energy(structure)]]).astype("<f8")
    made.update(structure.numbers.astype("<i8").tobytes() + bytes(structure.pbc) + atoms.tobytes())
    for label in (forces(structure), stress(structure)):
        made.update(b"-" if label is None else label.astype("<f8").tobytes())
    return made.hexdigest()


def geometry(structure: Structure) -> str:
    """Of atoms and positions to 1e-6 Å, labels aside."""
    rounded = np.round(structure.positions * 1e6).astype(np.int64)
    return hashlib.sha256(structure.numbers.astype(np.int64).tobytes() + rounded.tobytes()).hexdigest()


@cache
def held_out_geometries() -> frozenset[str]:
    """`geometry` of each frame of the bundled set's test part."""
    frames = load(SAMPLE)
    frames.wait()
    return frozenset(geometry(frames[frame]) for frame in range(len(frames) - HELD_OUT_FRAMES, len(frames)))


def _files(source: str, folder: Path | None) -> list[tuple[str, Path, slice]]:
    """Name, path and slice of every file that a source names."""
    name, chosen = source, slice(None)
    found = _SLICE.fullmatch(source)
    if found and not _path(source, folder).exists():
        name, chosen = found[1], _slice(source, found)
    if name == BUNDLED and not _path(name, folder).exists():
        return [(name, SAMPLE, chosen)]
    path = _path(name, folder)
    if not path.exists() and (kept := _public(name)) is not None:
        path = kept
    if not path.is_dir():
        return [(name, path, chosen)]
    inside = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith(".") and one.suffix not in (".md", ".txt"))
    if not inside:
        raise FileError(f"The folder {path.name} holds no files.", "Name one with structure files in it.")
    return [(str(Path(name) / one.name), one, chosen) for one in inside]


def _public(name: str) -> Path | None:
    """The folder of a public data set, if `name` is one. Raises FileError if it is not on this machine."""
    from e3viz.atoms.public import PUBLIC, here, place

    one = next((one for one in PUBLIC if one.name == name), None)
    if one is None:
        return None
    if not here(one):
        raise FileError(f"The public data set {name} is not on this machine.", f"Get it with: e3viz get {name}.")
    return place(one)


def _path(name: str, folder: Path | None) -> Path:
    path = Path(name).expanduser()
    return path if folder is None or path.is_absolute() else folder / path


def _slice(source: str, found: re.Match[str]) -> slice:
    ends = [int(word) if word not in (None, "", "-") else None for word in found.groups()[1:]]
    if ":" not in source.rpartition("@")[2]:
        if ends[0] is None:
            raise UserError(f"“{source}” names no frames.", "Write for example file.xyz@0:100.")
        return slice(ends[0], ends[0] + 1 if ends[0] != -1 else None)
    if ends[2] == 0:
        raise UserError(f"The slice of “{source}” has a step of 0.", "Write for example file.xyz@0:100:2.")
    return slice(*ends)

"""Every format that has no reader of its own: ASE reads it, guarded.

Some of ASE's readers wait for a line that a damaged file never brings. They get a stream that gives up when it has been asked for more
after its end a few hundred times, and that reports progress. No reader is called that would run or unpickle what a file holds.
"""

from __future__ import annotations

import io
import re
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from e3viz import task
from e3viz.atoms.ase_atoms import from_ase
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source, shown
from e3viz.atoms.structure import Structure
from e3viz.atoms.trajectory import Frames
from e3viz.errors import FileError, nearest

_NO_NUMBER = re.compile(r"(?:could not convert string to float|invalid literal for int\(\) with base 10): b?'(.*)'")
_PYTHON = re.compile(
    r"unpack|broadcast|inhomogeneous|reshape|object|argument|generator|sequence|dimension|shape|index|codec|None|attribute"
)
_ORIENTATIONS = (b"Standard orientation:", b"Forces (Hartrees/Bohr)", b"Input orientation:", b"Z-Matrix orientation:")
_TURNED = "Its forces were left out: they belong to an input orientation that it does not show."
PATIENCE = 500  # reads beyond the end
_COUNTS: dict[str, re.Pattern[bytes]] = {
    "vasp": re.compile(rb"\A(?:[^\n]*\n){5}(?:[^\n\d]*\n)?([\d \t]+)$", re.MULTILINE),
    "vasp-out": re.compile(rb"(?:ions per type =|NIONS =|NKPTS =)[ \t]*(\d[\d \t]*)"),
    "vasp-xml": re.compile(rb"<atoms>\s*(\d+)|<rc><c>\s*(\d+)\s*</c><c>"),
    "gen": re.compile(rb"\A\s*(\d+)"),
    "xsf": re.compile(rb"PRIMCOORD[^\n]*\n\s*(\d+)"),
    "cfg": re.compile(rb"Number of particles\s*=\s*(\d+)"),
    "lammps-data": re.compile(rb"^\s*(\d+)\s+(?:atoms|bonds|angles|dihedrals|impropers|\w+ types)", re.MULTILINE),
    "gromacs": re.compile(rb"\A[^\n]*\n\s*(\d+)"),
}
"""Where formats announce how much they hold: ASE allocates for it before it looks."""
REFUSED = {"mysql", "postgresql", "bundletrajectory", "gpw", "json-nomad"}


class EndlessReadError(Exception):
    """A reader goes on asking for lines after the last."""


class GuardedStream(io.TextIOWrapper):
    """Text that reports how far it has been read and does not let a reader loop at its end."""

    def __init__(self, raw: io.BufferedReader, name: str, size: int) -> None:
        super().__init__(raw, encoding="utf-8-sig", errors="replace")
        self._shown, self._size, self._beyond, self._told, self._lines, self._done = name, size, 0, 0.0, 0, 0

    def _count(self, piece: str) -> str:
        if not piece:
            self._beyond += 1
            if self._beyond > PATIENCE:
                raise EndlessReadError
        self._lines += 1
        self._done += len(piece)
        if self._lines % 512 == 0 and (now := time.monotonic()) - self._told > 0.05:
            self._told = now
            task.report(self._done, self._size, f"Reading {self._shown}")
        return piece

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]
        """A line, as ever."""
        return self._count(super().readline(size))

    def read(self, size: int | None = -1, /) -> str:
        """Characters, as ever."""
        return self._count(super().read(size))

    def __next__(self) -> str:  # type: ignore[override]
        line = self.readline()
        if not line:
            raise StopIteration
        return line


def read_through_ase(source: Source, format: str) -> Frames:
    """All frames of a file that ASE knows how to read."""
    from ase.io.formats import ioformats

    kind = ioformats.get(format)
    if kind is None or not kind.can_read or format in REFUSED:
        raise source.error(f"is in the format “{format}”, which cannot be read.", nearest(format, ioformats))
    _check_counts(source, format)
    frames: list[Structure] = []
    turned = _is_turned(source, format)
    notes: tuple[str, ...] = (_TURNED,) if turned else ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for structure in _structures(source, kind):
                frames.append(sound(structure, source.path.name, len(frames) or None))
                task.report(None, text=f"Reading {source.path.name}: {len(frames)} frames")
        except FileError as error:
            if not frames:
                raise
            notes += (f"From frame {len(frames)} on it was left out: {error.message}",)
    if not frames:
        raise source.error(f"holds no structure that could be read as {format}.", "It may be cut off.")
    if turned:
        frames = [replace(frame, arrays={name: array for name, array in frame.arrays.items() if name != "forces"}) for frame in frames]
    return Frames(source.path, format, frames, notes)


def _is_turned(source: Source, format: str) -> bool:
    """Whether a log of Gaussian gives its atoms in the standard orientation alone: its forces always are in the input orientation."""
    if format != "gaussian-out":
        return False
    found = {name for block in source.text.blocks(0, source.size) for name in _ORIENTATIONS if name in block}
    return b"Standard orientation:" in found and b"Forces (Hartrees/Bohr)" in found and len(found) == 2


def _check_counts(source: Source, format: str) -> None:
    if format not in _COUNTS:
        return
    for found in _COUNTS[format].finditer(source.text.read(0, 4 << 20)):
        words = b" ".join(group for group in found.groups() if group).split()
        if any(len(word) > 12 or int(word) > source.size for word in words):
            raise source.error(f"announces {words[0].decode()[:24]} atoms but is far too short for them.", "It may be cut off or damaged.")


def _structures(source: Source, kind: Any) -> Iterator[Structure]:
    index = {} if kind.single else {"index": slice(None)}
    try:
        if kind.acceptsfd and not kind.isbinary:
            with source.file.open("rb") as raw:
                yield from _converted(kind.read(GuardedStream(raw, source.path.name, source.size), **index))
        else:
            yield from _converted(kind.read(str(source.file), **index))
    except (task.Cancelled, FileError, GeneratorExit):
        raise
    except EndlessReadError:
        raise source.error(f"ends in the middle of its contents, read as {kind.name}.", "It may be cut off.") from None
    except MemoryError:
        raise source.error("announces more data than fits into memory.", "It may be damaged.") from None
    except Exception as error:
        raise source.error(f"could not be read as {kind.name}{said(error)}.", "It may be damaged or of another kind.") from error


def _converted(found: Any) -> Iterator[Structure]:
    return (from_ase(atoms) for atoms in ([found] if hasattr(found, "positions") else found))


def said(error: BaseException) -> str:
    """What a reader's exception says, for the end of a sentence: a colon and a few words, or nothing where they would be Python's."""
    number = _NO_NUMBER.match(str(error))
    if number:
        return f": “{shown(number.group(1).encode(), 40)}” stands where a number should"
    if not isinstance(error, ValueError | OSError | RuntimeError) and type(error).__name__ not in ("ParseError", "InvalidULMFileError"):
        return ""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines or _PYTHON.search(lines[0]):
        return ""
    return ": " + (lines[0] if len(lines[0]) <= 120 else lines[0][:117] + "…").rstrip(".")

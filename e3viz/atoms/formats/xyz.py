"""XYZ and extended XYZ. Convention: https://github.com/libAtoms/extxyz, as ASE reads it.

Without `Properties` the columns are species and position, and further ones are left out; a Lattice without `pbc` is periodic in all
directions. Units are eV, Å and eV/Å; ASE's `momenta` (√(u eV)) become velocities in Å/fs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.formats.comment import parse_comment
from e3viz.atoms.formats.indexed import IndexedTrajectory
from e3viz.atoms.formats.names import canonical
from e3viz.atoms.formats.rows import Column, Lines, read_rows
from e3viz.atoms.formats.sound import check_count, known_or_zero
from e3viz.atoms.formats.source import BLOCK, BOM, PIECE, Source, Text, shown
from e3viz.atoms.structure import Structure
from e3viz.atoms.trajectory import number
from e3viz.errors import FileError

_NUMBER = rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
DEFAULT = "species:S:1:pos:R:3"
_CUT_OFF = "Its last frame is cut off and was left out."
MANY = 10_000  # atoms of a first frame that is looked through only once, by parsing it
BEGINNING = 1 << 18  # bytes read for a frame's first two lines, and all of most frames

Read = Callable[[int, int], bytes]


def read_xyz(source: Source) -> XyzTrajectory:
    """Opens an XYZ file of any kind."""
    return XyzTrajectory(source)


class XyzTrajectory(IndexedTrajectory):
    """Frames of an XYZ file."""

    def __init__(self, source: Source) -> None:
        super().__init__(source, "extxyz" if b"=" in b"".join(source.head.split(b"\n", 2)[1:2]) else "xyz")

    def _spans(self, text: Text) -> Iterator[tuple[int, int]]:
        at = 0
        first = text.read(0, 24).removeprefix(BOM).split(b"\n")[0].strip()
        if first.isdigit() and int(first) >= MANY and self._count(first, text.size, first=True):
            at = self._first_read_on(0)
            yield 0, at
        while at < text.size:
            window = text.read(at, at + BLOCK)
            whole = at + len(window) >= text.size
            ends = np.flatnonzero(np.frombuffer(window, np.uint8) == 10).tolist()
            if whole and not window.endswith(b"\n"):
                ends.append(len(window))
            used, line, atoms = 0, 0, 0
            while line < len(ends):
                head = window[used : ends[line]]
                if not head.strip():
                    used, line = ends[line] + 1, line + 1
                    continue
                counted = self._count(head, text.size - at - ends[line], first=at + used == 0 or not self._stops)
                if counted is None:
                    return
                atoms = counted
                if line + 1 + atoms >= len(ends):
                    break
                yield at + used, min(at + ends[line + 1 + atoms] + 1, text.size)
                used, line = ends[line + 1 + atoms] + 1, line + 2 + atoms
            if used == 0 and not whole:
                stop = self._stop_beyond(text, at, len(window), ends[line:], atoms)
                if stop is None:
                    return
                yield at, stop
                used = stop - at
            elif whole:
                if line < len(ends):
                    self._note(_CUT_OFF)
                return
            at += used

    def _stop_beyond(self, text: Text, at: int, seen: int, ends: list[int], atoms: int) -> int | None:
        """Where a frame of `atoms` at `at` stops of which `seen` bytes with their ends of lines are not all; None, with a note."""
        if not ends:
            self._damage("has a line without end", first=not self._stops)
            return None
        stop = _guess(text, at, ends, atoms) or _skip(text, at + seen, atoms + 2 - len(ends))
        if stop is None:
            self._note(_CUT_OFF)
        return stop

    def _count(self, head: bytes, bytes_left: int, first: bool) -> int | None:
        """The number of atoms in a frame's first line; None, with a note, where it is none."""
        words = head[:64].removeprefix(BOM).split()
        try:
            count = int(words[0])
            check_count(count, bytes_left, self.path.name)
        except ValueError:
            self._damage(f"should give the number of atoms of frame {len(self._stops)} where it says “{shown(head, 24)}”", first)
            return None
        except FileError as error:
            if first:
                raise
            self._note(f"From frame {len(self._stops)} on it was left out: {error.message}")
            return None
        return count

    def _damage(self, what: str, first: bool = True) -> None:
        if first:
            raise FileError(f"{self.path.name} {what}.", "An XYZ file begins each frame with that number.")
        self._note(f"It {what}; what follows was left out.")

    def _parse(self, read: Read, start: int, stop: int, where: str) -> Structure:
        return self._parse_to_its_end(read, start, stop, where)[0]

    def _parse_to_its_end(self, read: Read, start: int, stop: int, where: str) -> tuple[Structure, int]:
        begin = read(start, min(stop, start + BEGINNING))
        head, comment, rows = (*begin.split(b"\n", 2), b"", b"")[:3]
        text = comment.decode("utf-8", "replace").strip()
        info: dict[str, Any] = parse_comment(text) if "=" in text else {"comment": text} if text else {}
        columns = _columns(info.pop("Properties", DEFAULT), where)
        more = (read(at, min(at + PIECE, stop)) for at in range(start + len(begin), stop, PIECE))
        lines = Lines(chain((rows,), more))
        table = read_rows(lines, int(head.removeprefix(BOM).split()[0]), columns, where)
        return _structure(info, table, where), start + len(begin) - len(rows) + lines.taken

    def _number(self, read: Read, name: str, frame: int) -> float:
        if name == "max_force":
            return super()._number(read, name, frame)
        start, stop = self._starts[frame], self._stops[frame]
        length = 4096
        while (lines := read(start, min(stop, start + length)).split(b"\n", 2)) and len(lines) < 3 and start + length < stop:
            length *= 8
        comment = lines[1] if len(lines) > 1 else b""
        # One search is ten times faster than parsing the line. It must not find what is part of a text in quotes.
        found = re.search(rb"(?:\A|\s)%b=(%b)(?=\s|\Z)" % (re.escape(name.encode()), _NUMBER), comment)
        if found and comment.count(name.encode()) == 1 and not any(comment.count(q, 0, found.start()) % 2 for q in (b'"', b"'")):
            return float(found.group(1))
        values, _ = canonical(parse_comment(comment.decode("utf-8", "replace").strip()), {}, None)
        return number(Structure(np.zeros(0, np.int32), np.zeros((0, 3)), values=values), name)


def _guess(text: Text, at: int, ends: list[int], count: int) -> int | None:
    """Where a long frame stops if all its lines are as long as the many that have been seen; None unless a frame or the end follows.

    No line of an atom is a single whole number, so what follows cannot be taken for the next frame by mistake.
    """
    lengths = np.diff(ends[1:])
    if not len(lengths) or (lengths != lengths[0]).any():
        return None
    stop = at + ends[1] + 1 + count * int(lengths[0])
    if stop > text.size or text.read(stop - 1, stop) != b"\n":
        return None
    following = text.read(stop, stop + 64)
    return stop if not following.strip() or following.split(b"\n")[0].strip().isdigit() else None


def _skip(text: Text, at: int, lines: int) -> int | None:
    """The position after `lines` more lines; None if there are fewer."""
    for block in text.blocks(at, text.size):
        ends = np.frombuffer(block, np.uint8) == 10
        here = int(np.count_nonzero(ends))
        if here >= lines:
            return at + int(np.flatnonzero(ends)[lines - 1]) + 1
        lines -= here
        at += len(block)
    return at if lines == 1 and text.read(at - 1, at) != b"\n" else None


def _columns(properties: Any, where: str) -> list[Column]:
    """The entries of `Properties`."""
    words = str(properties).split(":")
    entries = list(zip(words[::3], words[1::3], words[2::3], strict=False))
    if len(words) % 3 or any(k not in tuple("RISL") or not w.isdecimal() or not 0 < int(w[:5]) < 1000 for _, k, w in entries):
        raise FileError(f"{where} describes its columns as “{str(properties)[:60]}”.", f"Right would be for example {DEFAULT}:forces:R:3.")
    columns = [Column(name, kind, int(width)) for name, kind, width in entries]
    if Column("pos", "R", 3) not in columns or not {Column("species", "S"), Column("Z", "I")} & set(columns):
        raise FileError(f"{where} has no columns for species and position.", f"Right would be for example Properties={DEFAULT}.")
    if len({name for name, _, _ in entries}) < len(entries):
        raise FileError(f"{where} gives two columns the same name.", f"Right would be for example Properties={DEFAULT}:forces:R:3.")
    return [Column("species", "E") if column == Column("species", "S") else column for column in columns]


def _structure(info: dict[str, Any], table: dict[str, NDArray[Any]], where: str) -> Structure:
    lattice = info.pop("Lattice", None)
    if lattice is not None and (not isinstance(lattice, np.ndarray) or lattice.shape != (3, 3)):
        raise FileError(f"{where} has a Lattice that is not nine numbers.", "They are the three lattice vectors in Å, one after the other.")
    cell = np.zeros((3, 3)) if lattice is None else np.ascontiguousarray(lattice.T)
    pbc = info.pop("pbc", lattice is not None)
    flags = [bool(p) for p in pbc] if isinstance(pbc, np.ndarray) and pbc.shape == (3,) else [bool(np.all(pbc))] * 3
    species, numbers = table.pop("species", None), table.pop("Z", None)
    z = species if species is not None else known_or_zero(numbers)  # type: ignore[arg-type]
    positions = np.ascontiguousarray(table.pop("pos"))
    values, arrays = canonical(info, {name: _legible(array) for name, array in table.items()}, z)
    return Structure(z, positions, cell, (flags[0], flags[1], flags[2]), arrays, values)


def _legible(array: NDArray[Any]) -> NDArray[Any]:
    return np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else np.ascontiguousarray(array)

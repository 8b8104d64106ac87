"""LAMMPS text dumps. Convention: https://docs.lammps.org/dump.html

Atoms are put in order of their id. Elements come from the column `element`, else from `mass`, else the type is taken for the atomic
number, as in ASE. Positions are counted from the corner of the box, because a Structure's cell begins at the origin; the corner is
kept as the value `origin`. Without an ITEM: UNITS the units are LAMMPS' `metal`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.formats.indexed import IndexedTrajectory
from e3viz.atoms.formats.rows import Column, Lines, read_rows
from e3viz.atoms.formats.sound import check_count, known_or_zero
from e3viz.atoms.formats.source import PIECE, Source, Text, shown
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.units import BOHR, HARTREE, KCAL_PER_MOL
from e3viz.errors import FileError

MARK = b"ITEM: TIMESTEP"
LONG = 1 << 19  # bytes of a file whose first frame is looked through only once, by parsing it
BEGINNING = 1 << 16  # bytes that hold the header of a frame
_UNITS: dict[str, tuple[float, float, float]] = {
    # length in Å, velocity in Å/fs, force in eV/Å; other styles have no such meaning or are never used for atoms
    "metal": (1.0, 1e-3, 1.0),
    "real": (1.0, 1.0, KCAL_PER_MOL),
    "electron": (BOHR, BOHR / 1.03275, HARTREE / BOHR),
}
_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_TEXT = {"typelabel", "mol_name"}
_INTEGERS = {"id", "type", "mol", "proc", "ix", "iy", "iz"}
_POSITIONS = {f"positions{suffix}": (f"x{suffix}", f"y{suffix}", f"z{suffix}") for suffix in ("", "s", "u", "su")}
_VECTORS = _POSITIONS | {
    "velocities": ("vx", "vy", "vz"),
    "forces": ("fx", "fy", "fz"),
    "dipoles": ("mux", "muy", "muz"),
    "angular_velocities": ("omegax", "omegay", "omegaz"),
    "torques": ("tqx", "tqy", "tqz"),
}


def read_lammps_dump(source: Source) -> LammpsDump:
    """Opens a text dump."""
    return LammpsDump(source, "lammps-dump-text")


class LammpsDump(IndexedTrajectory):
    """Frames of a dump, each from one ITEM: TIMESTEP to the next. LAMMPS writes units once, and a time before each mark."""

    def __init__(self, source: Source, format: str) -> None:
        units = re.match(rb"\s*ITEM: UNITS\s*(\w+)", source.head)
        self._units = units.group(1).decode() if units else "metal"
        super().__init__(source, format)

    def _spans(self, text: Text) -> Iterator[tuple[int, int]]:
        start, at, tail = -1, 0, b""
        begin = text.read(0, BEGINNING).find(MARK) if text.size > LONG else -1
        if begin >= 0:
            at = self._first_read_on(begin)
            yield begin, at
        for block in text.blocks(at, text.size):
            joined = tail + block
            base = at - len(tail)
            found = joined.find(MARK)
            while found >= 0:
                if start >= 0:
                    yield start, base + found
                start = base + found
                found = joined.find(MARK, found + len(MARK))
            at += len(block)
            tail = joined[-len(MARK) + 1 :]
        if start >= 0 and self._whole(text, start):
            yield start, text.size

    def _whole(self, text: Text, start: int) -> bool:
        """Whether the last frame has all its lines. The first is not judged here: parsing it says what is wrong."""
        if not start:
            return True
        try:
            header = _Header(text.read(start, start + BEGINNING), self.path.name, text.size - start)
        except FileError:
            header = None
        lines = sum(block.count(b"\n") for block in text.blocks(start + header.length, text.size)) if header else -1
        unfinished = bool(header) and text.read(text.size - 1, text.size) != b"\n"
        if header is None or lines + unfinished < header.count:
            self._note("Its last frame is cut off and was left out.")
            return False
        return True

    def _parse(self, read: Callable[[int, int], bytes], start: int, stop: int, where: str) -> Structure:
        return self._parse_to_its_end(read, start, stop, where)[0]

    def _parse_to_its_end(self, read: Callable[[int, int], bytes], start: int, stop: int, where: str) -> tuple[Structure, int]:
        begin = read(start, min(stop, start + BEGINNING))
        header = _Header(begin, where, stop - start)
        more = (read(at, min(at + PIECE, stop)) for at in range(start + len(begin), stop, PIECE))
        lines = Lines(chain((begin[header.length :],), more))
        table = read_rows(lines, header.count, _columns(header.columns), where)
        time = re.search(rb"ITEM: TIME\s+(\S+)\s*\Z", read(max(0, start - 80), start)) if start else None
        if time and _NUMBER.fullmatch(time.group(1)):
            header.values["time"] = float(time.group(1))
        return _structure(header, self._units, _ordered(table), where), start + header.length + lines.taken


def _columns(names: list[str]) -> list[Column]:
    """The columns of the atoms; the three of a vector, where they stand together in order, are one."""
    columns, at = [], 0
    while at < len(names):
        vector = next((name for name, parts in _VECTORS.items() if tuple(names[at : at + 3]) == parts), None)
        kind = "E" if names[at] == "element" else "S" if names[at] in _TEXT else "I" if names[at] in _INTEGERS else "R"
        columns.append(Column(vector, "R", 3) if vector else Column(names[at], kind))
        at += 3 if vector else 1
    return columns


class _Header:
    """Everything before the atoms of a frame. length: its bytes; columns: names of the atoms' columns; origin, cell: in Å."""

    def __init__(self, begin: bytes, where: str, size: int) -> None:
        self.where, self.values = where, dict[str, Any]()
        self.count, self.columns = -1, list[str]()
        self.origin, self.cell, self.pbc = np.zeros(3), np.zeros((3, 3)), (False, False, False)
        lines = iter(begin.splitlines(keepends=True))
        self.length = 0
        for line in lines:
            self.length += len(line)
            if line.startswith(b"ITEM: ATOMS"):
                self.columns = line.decode("ascii", "replace").split()[2:]
                break
            self._item(line.strip(), lines)
        if not self.columns or self.count < 0:
            raise FileError(f"{where} has no count of atoms or no columns for them.", "A dump has ITEM: NUMBER OF ATOMS and ITEM: ATOMS.")
        check_count(self.count, size, where)
        if len(set(self.columns)) < len(self.columns):
            raise FileError(f"{where} gives two columns of atoms the same name.")

    def _next(self, lines: Iterator[bytes]) -> bytes:
        line = next(lines, b"")
        self.length += len(line)
        return line.strip()

    def _item(self, line: bytes, lines: Iterator[bytes]) -> None:
        try:
            if line.startswith(b"ITEM: TIMESTEP"):
                self.values["timestep"] = int(self._next(lines))
            elif line.startswith(b"ITEM: NUMBER OF ATOMS"):
                self.count = int(self._next(lines))
            elif line.startswith(b"ITEM: BOX BOUNDS"):
                bounds = np.array([[float(word) for word in self._next(lines).split()] for _ in range(3)])
                self._box(line.decode("ascii", "replace").split()[3:], bounds)
        except (ValueError, IndexError):
            raise FileError(f"{self.where} is damaged below “{shown(line, 40)}”.", "A number was expected there.") from None

    def _box(self, words: list[str], bounds: FloatArray) -> None:
        """Orthogonal, triclinic (bounds of the bounding box and tilts xy, xz, yz) or general triclinic (vectors and origin)."""
        if words and words[0] == "abc":
            self.cell, self.origin = bounds[:, :3], bounds[:, 3]
        elif bounds.shape[1] == 3:
            xy, xz, yz = bounds[:, 2]
            low = bounds[:, 0] - [min(0, xy, xz, xy + xz), min(0, yz), 0]
            high = bounds[:, 1] - [max(0, xy, xz, xy + xz), max(0, yz), 0]
            lx, ly, lz = high - low
            self.cell, self.origin = np.array([[lx, 0, 0], [xy, ly, 0], [xz, yz, lz]]), low
        else:
            self.cell, self.origin = np.diag(bounds[:, 1] - bounds[:, 0]), bounds[:, 0]
        flags = [word.startswith("p") for word in words if len(word) == 2 and set(word) <= set("pfsm")]
        self.pbc = (flags[0], flags[1], flags[2]) if len(flags) == 3 else (True, True, True)


def _ordered(table: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    ids = table.get("id")
    if ids is None or not len(ids) or bool((ids[1:] >= ids[:-1]).all()):
        return table
    order = np.argsort(ids, kind="stable")
    return {name: array[order] for name, array in table.items()}


def _structure(header: _Header, units: str, table: dict[str, NDArray[Any]], where: str) -> Structure:
    length, speed, force = _UNITS.get(units, (1.0, 1.0, 1.0))
    cell, origin = header.cell * length, header.origin * length
    numbers = _elements(table, where)
    positions = _positions(table, cell, origin, length, where)
    arrays: dict[str, NDArray[Any]] = {}
    scales = {"velocities": speed, "forces": force}
    for name in _VECTORS.keys() - _POSITIONS.keys():
        vectors = _vectors(table, name)
        if vectors is not None:
            arrays[name] = vectors * scales[name] if scales.get(name, 1.0) != 1.0 else vectors
    renamed = {"q": "charges", "mass": "masses"}
    for name, array in table.items():
        if name not in ("element", "ix", "iy", "iz"):
            arrays[renamed.get(name, name)] = np.char.decode(array, "utf-8", "replace") if array.dtype.kind == "S" else array
    values = header.values | ({"origin": origin} if origin.any() else {}) | ({} if units == "metal" else {"units": units})
    return Structure(numbers, positions, cell, header.pbc, arrays, values)


def _elements(table: dict[str, NDArray[Any]], where: str) -> NDArray[np.int32]:
    if "element" in table:
        return table["element"]
    if "mass" in table:
        from ase.data import atomic_masses

        masses, places = np.unique(table["mass"], return_inverse=True)
        nearest: Any = np.array([np.argmin(np.abs(atomic_masses - mass)) for mass in masses], dtype=np.int32)
        return np.asarray(nearest[places], dtype=np.int32)
    if "type" in table:
        return known_or_zero(table["type"])
    raise FileError(f"{where} does not say of what kind its atoms are.", "Dump the column element, or at least type.")


def _positions(table: dict[str, NDArray[Any]], cell: FloatArray, origin: FloatArray, length: float, where: str) -> FloatArray:
    found: FloatArray | None = None
    for name in _POSITIONS:
        coordinates = _vectors(table, name)
        if coordinates is None or found is not None:
            continue
        if name.startswith("positionss"):
            found = coordinates @ cell
        else:
            found = coordinates * length - origin if length != 1 or origin.any() else coordinates
    if found is not None:
        return found
    raise FileError(f"{where} does not say where its atoms are.", "Dump x y z, xs ys zs, xu yu zu or xsu ysu zsu.")


def _vectors(table: dict[str, NDArray[Any]], name: str) -> FloatArray | None:
    """(n, 3) of a vector or of its three columns, which leave the table; None where it has none."""
    if name in table:
        return table.pop(name)
    if not all(part in table for part in _VECTORS[name]):
        return None
    return np.stack([table.pop(part) for part in _VECTORS[name]], axis=1)

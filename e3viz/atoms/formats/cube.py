"""Gaussian cube files: a molecule or a cell, and scalar fields on a grid. Convention: https://paulbourke.net/dataformats/cube/

Lengths are in bohr, unless a number of points is negative, which says ångström. Values keep the file's unit (densities: e/bohr³). A grid
that begins at the origin spans a cell and is periodic, as ASE takes it; one that begins elsewhere is a box around a molecule.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from e3viz import task
from e3viz.atoms.formats.rows import Column, read_rows
from e3viz.atoms.formats.sound import check_count, known_or_zero, sound, written
from e3viz.atoms.formats.source import Source
from e3viz.atoms.structure import FloatArray, Grid, Structure
from e3viz.atoms.trajectory import Frames
from e3viz.atoms.units import BOHR
from e3viz.errors import FileError

LARGEST = 1 << 30  # bytes of a cube file, which is read whole
BLOCK = 8 << 20


def read_cube(source: Source) -> Frames:
    """Reads the atoms, and every field as the value `volume:<name>`."""
    if source.size > LARGEST:
        raise source.error(
            f"is a grid of {source.size >> 20} MB, more than the {LARGEST >> 20} MB that can be shown.", "Make a coarser one."
        )
    where = source.path.name
    lines = source.text.read(0, 1 << 16).split(b"\n", 6)
    if len(lines) < 7:
        raise source.error("is too short for a cube file.", "It may be cut off.")
    try:
        words = lines[2].split()
        count, origin = int(words[0]), np.array([float(word) for word in words[1:4]])
        fields = int(words[4]) if len(words) > 4 else 1
        grid = [[float(word) for word in line.split()[:4]] for line in lines[3:6]]
        points, axes = np.array([int(row[0]) for row in grid]), np.array([row[1:] for row in grid])
        if axes.shape != (3, 3) or origin.shape != (3,) or fields < 1 or not points.all():
            raise ValueError
    except (ValueError, IndexError, OverflowError):
        raise source.error(
            "has no grid in its first six lines.", "Line 3 is the number of atoms and the origin, lines 4 to 6 the grid."
        ) from None
    scale = 1.0 if (points < 0).any() else BOHR
    shape = tuple(int(n) for n in np.abs(points))
    total = shape[0] * shape[1] * shape[2] * fields
    if total * 2 > source.size or total > 1 << 28:
        raise source.error(f"announces {written(total)} values but is far too short for them.", "It may be cut off or damaged.")
    start = sum(len(line) + 1 for line in lines[:6])
    numbers, positions, start, names = _atoms(source, abs(count), start, labelled=count < 0)
    fields = max(fields, len(names))
    values = _numbers(source, start, shape[0] * shape[1] * shape[2] * fields).reshape(*shape, fields)
    names = names or ([""] if fields == 1 else [str(index) for index in range(fields)])
    title = b" ".join(lines[:2]).decode("utf-8", "replace").strip()
    volumes: dict[str, Any] = {"comment": title} if title else {}
    for index, name in enumerate(names[:fields]):
        volumes[f"volume:{name or 'field'}"] = Grid(origin * scale, axes * scale, np.ascontiguousarray(values[..., index]))
    atoms_at_origin = not origin.any()
    cell = axes * np.array(shape)[:, None] * scale if atoms_at_origin else np.zeros((3, 3))
    structure = Structure(numbers, positions * scale, cell, (atoms_at_origin,) * 3, {}, volumes)
    return Frames(source.path, "cube", [sound(structure, where)])


def _atoms(source: Source, count: int, start: int, labelled: bool) -> tuple[Any, FloatArray, int, list[str]]:
    """Numbers, positions in the file's unit, where the values begin, and the numbers of the orbitals if it lists them."""
    check_count(count, source.size, source.path.name, bytes_per_atom=8)
    text = source.text.read(start, min(source.size, start + 256 * count + (1 << 16)))
    rows = text.split(b"\n", count)
    if len(rows) <= count:
        raise source.error(f"ends before its {count} atoms.", "It may be cut off.")
    columns = [Column("number", "I"), Column("charge", "R"), Column("position", "R", 3)]
    table = read_rows([b"\n".join(rows[:count]) + b"\n"], count, columns, source.path.name)
    start += sum(len(row) + 1 for row in rows[:count])
    names: list[str] = []
    if labelled:
        listed, lines = 0, rows[count].split(b"\n")
        for line in lines:
            start += len(line) + 1
            words = line.split()
            listed = listed or (int(words[0]) + 1 if words and words[0].isdigit() and len(words[0]) < 5 else 1)
            names += [word.decode("ascii", "replace") for word in words]
            if len(names) >= listed:
                break
        names = [f"orbital {name}" for name in names[1:listed]]
    return known_or_zero(table["number"]), table["position"], start, names


def _numbers(source: Source, start: int, count: int) -> FloatArray:
    """The values, however many stand on a line."""
    values, done, rest = np.empty(count), 0, b""
    for block in [*source.text.blocks(start, source.size, BLOCK), b"\n"]:
        joined = rest + block
        cut = max(joined.rfind(b"\n"), joined.rfind(b" ")) + 1
        rest = joined[cut:]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                piece = np.fromstring(joined[:cut].replace(b"D", b"E").decode("ascii"), sep=" ")
            except (ValueError, DeprecationWarning):
                raise _damaged(source, done) from None
        used = min(len(piece), count - done)
        values[done : done + used] = piece[:used]
        done += used
        task.report(done, count, f"Reading the grid of {source.path.name}")
    if done < count:
        raise source.error(f"ends after {done} of {count} values.", "It may be cut off.")
    if not np.isfinite(values).all():
        raise _damaged(source, int(np.argmin(np.isfinite(values))))
    return values


def _damaged(source: Source, done: int) -> FileError:
    return source.error(f"has something that is no finite number among its values, after value {done}.", "It may be damaged.")

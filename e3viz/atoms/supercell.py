"""The cell in pictures: repeating it, its edges, wrapping atoms into it, and the images of atoms that lie on its faces.

Lattice vectors are the rows of `cell`; fractional coordinates f give positions f · cell.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.neighbours import search_cell
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError

MOST_ATOMS = 20_000_000


@dataclass(frozen=True, eq=False)
class Copies:
    """Atoms drawn once more elsewhere: copy k is atom `atoms[k]` moved by `shifts[k]` · cell. atoms: (c,); shifts: (c, 3)."""

    atoms: NDArray[np.int64]
    shifts: NDArray[np.int64]

    def positions(self, structure: Structure) -> FloatArray:
        """Where the copies are, Å (c, 3)."""
        moved: FloatArray = structure.positions[self.atoms] + self.shifts @ structure.cell
        return moved


def repeat(structure: Structure, repeats: tuple[int, int, int]) -> Structure:
    """The supercell of `repeats` cells along each lattice vector, copies in ASE's order (the last direction runs fastest).

    Per-atom arrays are tiled. Of the per-structure values only those that do not grow with the size are kept (stress and text):
    an energy or dipole of the supercell was never computed, so none is claimed.
    """
    if any(n < 1 for n in repeats):
        raise UserError("A supercell repeats the cell at least once along each direction.", "Write for example 2, 2, 1.")
    if tuple(repeats) == (1, 1, 1):
        return structure
    for axis, n in enumerate(repeats):
        if n > 1 and not np.linalg.norm(structure.cell[axis]) > 1e-6:
            raise UserError(f"There is no lattice vector {'abc'[axis]} to repeat along.", "Repeat only along the vectors of the cell.")
    many = int(np.prod([int(n) for n in repeats]))
    if many * len(structure) > MOST_ATOMS:
        raise UserError(f"This supercell would have {many * len(structure):,} atoms.", f"Stay below {MOST_ATOMS:,}.")
    shifts = np.array(list(itertools.product(*(range(n) for n in repeats))))
    positions = (structure.positions[None] + (shifts @ structure.cell)[:, None]).reshape(-1, 3)
    return replace(
        structure,
        numbers=np.tile(structure.numbers, many),
        positions=positions,
        cell=structure.cell * np.array(repeats)[:, None],
        arrays={name: np.tile(a, (many, *[1] * (a.ndim - 1))) for name, a in structure.arrays.items()},
        values=intensive(structure.values),
    )


def intensive(values: Any) -> dict[str, Any]:
    """The per-structure values that hold for any number of cells: stress and text."""
    return {name: value for name, value in values.items() if name == "stress" or isinstance(value, str)}


def cell_edges(structure: Structure, repeats: tuple[int, int, int] = (1, 1, 1)) -> tuple[FloatArray, FloatArray]:
    """Start and end points (k, 3), Å, of the lines that bound every one of `repeats` cells; each line is as long as the supercell,
    so shared edges are there once. Nothing where there is no cell."""
    axes = [axis for axis in range(3) if np.linalg.norm(structure.cell[axis]) > 1e-9]
    starts, ends = [np.zeros((0, 3))], [np.zeros((0, 3))]
    for axis in axes:
        others = [other for other in axes if other != axis]
        corners = list(itertools.product(*(range(repeats[other] + 1) for other in others)))
        start = np.array(corners, dtype=float).reshape(len(corners), len(others)) @ structure.cell[others]
        starts.append(start)
        ends.append(start + repeats[axis] * structure.cell[axis])
    return np.concatenate(starts), np.concatenate(ends)


def fractional(structure: Structure) -> FloatArray:
    """Fractional coordinates (n, 3); along missing lattice vectors the coordinate is in Å."""
    fractions: FloatArray = structure.positions @ np.linalg.inv(search_cell(structure))
    return fractions


def wrap(structure: Structure) -> Structure:
    """Atoms moved by lattice vectors into the cell, 0 ≤ f < 1, along its periodic directions; those within 1e-7 below 1 go to 0."""
    if not structure.periodic or not len(structure):
        return structure
    periodic = np.array(structure.pbc)
    shifts = np.where(periodic, np.floor(fractional(structure) + 1e-7), 0.0)
    return replace(structure, positions=structure.positions - shifts @ search_cell(structure))


def image_atoms(structure: Structure, tolerance: float = 0.05) -> Copies:
    """The copies that make a drawn cell complete: atoms within `tolerance` (Å) of a face appear on the opposite face as well, those on
    an edge four times, at a corner eight times. Atoms outside the cell have none."""
    if not structure.periodic or not len(structure):
        return Copies(np.zeros(0, np.int64), np.zeros((0, 3), np.int64))
    inverse = np.linalg.inv(search_cell(structure))
    near = tolerance * np.linalg.norm(inverse, axis=0)  # 1/height of the cell along each lattice vector
    fractions = structure.positions @ inverse
    periodic = np.array(structure.pbc)
    inside = ((fractions > -near) & (fractions < 1.0 + near) | ~periodic).all(axis=1)
    up = (np.abs(fractions) < near) & periodic & inside[:, None]
    down = (np.abs(fractions - 1.0) < near) & periodic & inside[:, None]
    shift = up.astype(np.int64) - down.astype(np.int64)
    atoms, shifts = [np.zeros(0, np.int64)], [np.zeros((0, 3), np.int64)]
    for chosen in list(itertools.product((0, 1), repeat=3))[1:]:
        mask = np.array(chosen)
        hit = np.flatnonzero((shift[:, mask == 1] != 0).all(axis=1))
        atoms.append(hit)
        shifts.append(shift[hit] * mask)
    return Copies(np.concatenate(atoms), np.concatenate(shifts))


def minimum_image(structure: Structure, vectors: NDArray[Any]) -> tuple[FloatArray, NDArray[np.int64]]:
    """The shortest of all images of vectors (…, 3), Å, and the cell shifts S (…, 3) with shortest = vector + S · cell.

    Rounding fractional coordinates is not enough in skew cells. The lattice is reduced first, after which the shortest image is
    among the neighbours of the rounded one.
    """
    v = np.asarray(vectors, dtype=float)
    if not structure.periodic:
        return v.copy(), np.zeros(v.shape, np.int64)
    axes = np.flatnonzero(structure.pbc)
    search_cell(structure)  # raises for a cell without volume
    change = _reduction(structure.cell[axes])
    lattice = change @ structure.cell[axes]
    rounded = -np.rint(v @ np.linalg.pinv(lattice))
    tries = np.array(list(itertools.product((-1, 0, 1), repeat=len(axes))))
    candidates = rounded[..., None, :] + tries
    images = v[..., None, :] + candidates @ lattice
    best = np.argmin((images**2).sum(axis=-1) + 1e-9 * (tries != 0).any(axis=1), axis=-1)[..., None, None]
    shifts = np.zeros(v.shape, np.int64)
    shifts[..., axes] = np.rint(np.take_along_axis(candidates, best, axis=-2)[..., 0, :] @ change).astype(np.int64)
    return v + shifts @ structure.cell, shifts


def _reduction(lattice: FloatArray) -> NDArray[np.int64]:
    """The unimodular matrix U (k, k) that makes U · lattice short and nearly orthogonal: pairwise (Selling-like) reduction."""
    change = np.eye(len(lattice), dtype=np.int64)
    for _ in range(200):
        reduced = change @ lattice
        done = True
        for a, b in itertools.permutations(range(len(lattice)), 2):
            step = int(np.rint(reduced[a] @ reduced[b] / (reduced[b] @ reduced[b])))
            if step and abs(reduced[a] @ reduced[b]) > (0.5 + 1e-9) * (reduced[b] @ reduced[b]):
                change[a] -= step * change[b]
                reduced = change @ lattice
                done = False
        if done:
            break
    return change

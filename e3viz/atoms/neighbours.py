"""Neighbour lists: which atoms lie within a cutoff of which, through periodic boundaries.

The vector of a pair is r_j − r_i + S · cell, with S the integer shift of j's cell (rows of `cell` are lattice vectors). The search
is vesin's (https://github.com/Luthaf/vesin); positions need not lie inside the cell, and the cutoff may exceed it.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError

MOST_PAIRS = 60_000_000
"""Above this many pairs a list is refused: it would take more than some gigabytes."""
_MOST_CELLS = 1e5


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Pairs (i, j) with |r_j − r_i + S · cell| < cutoff, m of them.

    i, j: atoms (m,); shifts: S (m, 3); distances: Å (m,); vectors: from i to j, Å (m, 3).
    """

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    shifts: NDArray[np.int32]
    distances: FloatArray
    vectors: FloatArray

    def __len__(self) -> int:
        return len(self.i)


def neighbours(structure: Structure, cutoff: float, *, full: bool = True) -> Neighbours:
    """All pairs nearer than `cutoff` (Å), sorted by i; each pair twice (i→j and j→i), or once if not `full`.

    Raises UserError for a cell without volume along its periodic directions, positions that are not finite, and more pairs than
    fit into memory.
    """
    if not math.isfinite(cutoff) or cutoff <= 0:
        raise UserError(f"A cutoff of {cutoff:g} Å has no neighbours.", "Choose one above zero.")
    if not np.isfinite(structure.positions).all():
        raise UserError("Some positions are not finite numbers.", "Remove or mend those atoms first.")
    box = search_cell(structure)
    if len(structure) == 0:
        return Neighbours(*_EMPTY)
    points = np.ascontiguousarray(structure.positions, dtype=np.float64)
    if not structure.periodic:
        box, points = np.eye(3), _closed_up(points, 2.0 * cutoff)
    _refuse_absurd(points, box, np.array(structure.pbc, dtype=bool), cutoff)
    search = _vesin().NeighborList(cutoff=cutoff, full_list=full, sorted=True, n_threads=1)
    i, j, shifts, distances, vectors = search.compute(points, box, np.array(structure.pbc, dtype=bool), "ijSdD")
    return Neighbours(i.astype(np.int64), j.astype(np.int64), shifts, distances, vectors)


def search_cell(structure: Structure) -> FloatArray:
    """The cell with every direction filled, Å (3, 3): what is missing along directions that do not repeat becomes a unit vector
    perpendicular to the rest. Raises UserError if the periodic directions span no volume."""
    cell = np.array(structure.cell, dtype=np.float64)
    periodic = np.array(structure.pbc, dtype=bool)
    if not np.isfinite(cell).all():
        raise UserError("The cell holds numbers that are not finite.", "Give three lattice vectors in Å, or none.")
    if periodic.any() and _flat(cell[periodic]):
        raise UserError(
            "The cell has no volume along its periodic directions.", "Give lattice vectors that are not parallel, or make it a molecule."
        )
    kept: list[int] = [axis for axis in range(3) if periodic[axis]]
    for axis in range(3):
        if axis not in kept and not _flat(cell[[*kept, axis]]):
            kept.append(axis)
    for axis in sorted({0, 1, 2} - set(kept)):
        _, _, directions = np.linalg.svd(cell[kept]) if kept else (0, 0, np.eye(3))
        cell[axis] = directions[len(kept)]
        kept.append(axis)
    return cell


def cell_volume(structure: Structure) -> float | None:
    """Å³, or None unless it repeats along all three directions."""
    return abs(float(np.linalg.det(structure.cell))) if all(structure.pbc) else None


def _flat(vectors: FloatArray) -> bool:
    """Whether some lattice vectors are shorter than 1e-3 Å or dependent (to 1e-6 of their lengths)."""
    lengths = np.linalg.norm(vectors, axis=1)
    if (lengths < 1e-3).any():
        return True
    directions = vectors / lengths[:, None]
    return bool(np.linalg.svd(directions, compute_uv=False)[-1] < 1e-6)


def _closed_up(points: FloatArray, gap: float) -> FloatArray:
    """Points (n, 3) with every empty stretch along an axis shortened to `gap`, if they are spread out very far. Neighbours stay as
    they are; vesin, which divides space into cells, would need too many of them."""
    if (np.ptp(points, axis=0) < _MOST_CELLS * gap / 4.0).all():
        return points
    order = np.argsort(points, axis=0)
    steps = np.minimum(np.diff(np.take_along_axis(points, order, axis=0), axis=0), gap)
    closed = np.zeros_like(points)
    np.put_along_axis(closed, order, np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)]), axis=0)
    return closed


def _refuse_absurd(points: FloatArray, box: FloatArray, periodic: NDArray[np.bool_], cutoff: float) -> None:
    """Counts atoms in bins about as wide as the cutoff and expects, from the squares of these counts, how many pairs there are.

    Also refuses what overflows vesin's integers (it then ends the process): atoms or cells far larger than the cutoff.
    """
    inverse = np.linalg.inv(box)
    heights = 1.0 / np.linalg.norm(inverse, axis=0)
    fractions = points @ inverse
    low = np.where(periodic, 0.0, fractions.min(axis=0))
    span = np.where(periodic, 1.0, np.maximum(np.ptp(fractions, axis=0), 1e-9))
    if (span * heights > _MOST_CELLS * cutoff).any() or (np.abs(fractions[:, periodic]) > _MOST_CELLS).any():
        raise UserError("The atoms are scattered too far to look for neighbours.", "Check the positions and the cell; both are in Å.")
    bins = np.maximum(span * heights / cutoff, 1.0).astype(np.int64)
    place = (fractions - low) / span
    place[:, periodic] %= 1.0
    cells = np.minimum((place * bins).astype(np.int64), bins - 1)
    _, counts = np.unique((cells[:, 0] * bins[1] + cells[:, 1]) * bins[2] + cells[:, 2], return_counts=True)
    reach = 2.0 * cutoff * bins / (span * heights)
    reach = np.where(periodic, reach, np.minimum(reach, 1.0 + (bins > 1)))
    sphere_in_cube = 0.52
    if float((counts.astype(float) ** 2).sum()) * float(np.prod(reach)) * sphere_in_cube > MOST_PAIRS:
        raise UserError(f"Within {cutoff:g} Å there are too many pairs of atoms to list.", "Choose a shorter cutoff.")


@cache
def _vesin() -> Any:
    """vesin, loaded without torch: it imports torch wherever that is installed, which would cost the window two seconds at its
    start although our arrays are NumPy's. A None in sys.modules makes `import torch` fail for as long as vesin is being loaded."""
    absent = "torch" not in sys.modules
    if absent:
        sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        import vesin
    finally:
        if absent:
            del sys.modules["torch"]
    return vesin


_EMPTY = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.int32), np.zeros(0), np.zeros((0, 3)))

"""Which frames of a data set are the same structure: equal elements in equal order, and equal shape to a tolerance.

Shape is what a rigid motion or a mirror leaves alone: all distances between atoms, and in a cell the lengths and angles of the lattice
vectors and the positions along them. Candidates are found by one number that such equality leaves equal, so that n frames take
n log n; atoms that changed places are not looked for.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.structure import FloatArray, Structure

TOLERANCE = 1e-4
"""Å: two frames whose distances differ by no more are one."""


def duplicate_classes(structures: Sequence[Structure]) -> NDArray[np.int64]:
    """For each frame the first frame that is the same structure (n,); its own number where there is none before it."""
    first = np.arange(len(structures))
    kinds: dict[bytes, list[int]] = {}
    for frame, structure in enumerate(structures):
        kinds.setdefault(structure.numbers.astype(np.int64).tobytes() + bytes(structure.pbc), []).append(frame)
    done = 0
    for frames in kinds.values():
        _join(structures, frames, first, done)
        done += len(frames)
    for frame in range(len(first)):
        first[frame] = first[first[frame]]
    return first


def _join(structures: Sequence[Structure], frames: list[int], first: NDArray[np.int64], done: int) -> None:
    """Set `first` within frames of the same atoms."""
    marks = np.array([_mark(structures[frame]) for frame in frames])
    reach = 4.0 * TOLERANCE * len(structures[frames[0]]) * (1.0 + np.abs(marks).max(initial=0.0)) ** 0.5
    order = np.argsort(marks, kind="stable")
    for place, at in enumerate(order):
        if place % 500 == 0:
            task.report(done + place, len(structures), "Looking for duplicates")
        for other in order[place + 1 :]:
            if not marks[other] - marks[at] <= reach:
                break
            low, high = sorted((frames[at], frames[other]))
            if first[low] != first[high] and same(structures[low], structures[high]):
                root = min(first[low], first[high])
                for frame in frames:
                    if first[frame] in (first[low], first[high]) and frame != root:
                        first[frame] = root


def same(one: Structure, other: Structure) -> bool:
    """Whether two structures of the same atoms have the same shape."""
    if not (np.isfinite(one.positions).all() and np.isfinite(other.positions).all()):
        return False
    if not one.periodic:
        return _distances_equal(one.positions, other.positions)
    a, b = one.cell @ one.cell.T, other.cell @ other.cell.T
    if np.abs(a - b).max() > TOLERANCE * np.sqrt(max(1.0, np.abs(a).max())):
        return False
    difference = _inside(one) - _inside(other)
    pbc = np.array(one.pbc)
    difference[:, pbc] -= np.round(difference[:, pbc])
    return bool(np.abs(difference @ one.cell).max() <= TOLERANCE)


def _distances_equal(a: FloatArray, b: FloatArray) -> bool:
    for atom in range(len(a) - 1):
        difference = np.linalg.norm(a[atom + 1 :] - a[atom], axis=1) - np.linalg.norm(b[atom + 1 :] - b[atom], axis=1)
        if np.abs(difference).max() > TOLERANCE:
            return False
    return True


def _inside(structure: Structure) -> FloatArray:
    """Positions along the lattice vectors, from the first atom (n, 3)."""
    cell = structure.cell.copy()
    empty = ~cell.any(axis=1)
    cell[empty] = np.eye(3)[empty]
    along: FloatArray = (structure.positions - structure.positions[0]) @ np.linalg.pinv(cell)
    return along


def _mark(structure: Structure) -> float:
    """A number that equal shapes have in common and others hardly do; a small change of shape changes it little."""
    if not len(structure) or not np.isfinite(structure.positions).all():
        return float("nan")
    weights = 0.5 + np.modf(np.arange(1, len(structure) + 1) * 0.6180339887)[0]
    if not structure.periodic:
        centred = structure.positions - structure.positions.mean(axis=0)
        return float(weights @ np.sqrt((centred**2).sum(axis=1)))
    pbc = np.array(structure.pbc)
    along = _inside(structure)[:, pbc]
    return float(np.sqrt((structure.cell**2).sum()) + weights @ np.cos(2.0 * np.pi * along) @ np.array([1.0, 1.7, 2.3])[: pbc.sum()])

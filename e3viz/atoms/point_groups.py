"""The point group of a molecule: every rotation and reflection that takes its atoms onto atoms of the same element.

A pair of atoms that does not lie on a line with the centre fixes an operation up to a mirror: it must go to a pair with the same radii and
distance. Each such candidate is matched to the atoms, fitted to the matching (Kabsch, Acta Cryst. A 1976, 32, 922) and kept
with its deviation, the farthest that an atom lands from its partner. The group at a tolerance is the largest set of operations with
deviations up to it that is closed, judged by permutations of atoms, which multiply exactly where noisy matrices do not.

(MolSym, pymsym, pointgroup and posym were tried first: they miss icosahedral groups of slightly uneven coordinates or take seconds.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.symmetry.point_groups import schoenflies
from e3viz.task import report

MOST_ATOMS = 5000
_MOST_WORK = 6e8  # multiplications, about a second: rings of hundreds of like atoms are refused
_FARTHEST = 1e6  # Å
_STEPS = 6  # a square each: from 0.3 to less than the last digit
_BLOCK = 4_000_000  # distances held at once
Key = tuple[bytes, bool]  # of a permutation and whether the operation is improper


@dataclass(frozen=True, eq=False)
class PointGroup:
    """A finite group of operations about a centre.

    name: Schoenflies, in plain letters (C2v, D6h, Ih, D∞h, Kh); centre: Å (3,); matrices: (h, 3, 3), the identity first; permutations:
    atom a goes to permutations[k, a], (h, n); deviations: Å (h,). Linear molecules and atoms list a few representatives of their
    infinitely many operations.
    """

    name: str
    centre: FloatArray
    matrices: FloatArray
    permutations: NDArray[np.int64]
    deviations: FloatArray

    def __len__(self) -> int:
        return len(self.matrices)


def point_groups(structure: Structure, tolerances: tuple[float, ...]) -> list[PointGroup]:
    """The group at each tolerance (Å), from one search. Raises UserError for too many atoms or positions that are not finite."""
    if not 0 < len(structure) <= MOST_ATOMS:
        raise UserError(f"Point groups are found for 1 to {MOST_ATOMS:,} atoms, not {len(structure):,}.", "Choose a smaller structure.")
    if not np.isfinite(structure.positions).all() or np.abs(structure.positions).max() > _FARTHEST:
        raise UserError("Some positions are not finite numbers, or absurdly far away.", "Remove or mend those atoms first.")
    if len({0.0, *tolerances}) != len(tolerances) + 1 or min(tolerances) < 0:
        raise UserError("A tolerance must be above zero.", "Choose for example 0.01 Å.")
    centre = structure.positions.mean(axis=0)
    points = structure.positions - centre
    groups: list[PointGroup | None] = [None] * len(tolerances)
    general = None
    for k, tolerance in enumerate(tolerances):
        if np.linalg.norm(points, axis=1).max() <= tolerance:
            groups[k] = _spherical(centre, len(points))
        elif _off_axis(points) <= tolerance:
            groups[k] = _linear(structure.numbers, points, centre, tolerance)
        else:
            if general is None:
                general = _search(structure.numbers, points, max(tolerances))
            groups[k] = _closed(centre, general, tolerance)
    return [group for group in groups if group is not None]


@dataclass(frozen=True, eq=False)
class _Found:
    """All operations found: matrices (k, 3, 3), permutations (k, n), deviations (k,), sorted by deviation, the identity first; closed:
    whether they are a group."""

    matrices: FloatArray
    permutations: NDArray[np.int64]
    deviations: FloatArray
    closed: bool


def _off_axis(points: FloatArray) -> float:
    """How far atoms lie off the line of best fit at most, Å."""
    axis = np.linalg.svd(points, full_matrices=False)[2][0]
    return float(np.linalg.norm(points - np.outer(points @ axis, axis), axis=1).max())


def _search(numbers: NDArray[np.int32], points: FloatArray, tolerance: float) -> _Found:
    """Every operation with a deviation of at most `tolerance`."""
    candidates = _candidates(numbers, points, tolerance)
    kinds = [np.flatnonzero(numbers == z) for z in np.unique(numbers)]
    identity: Key = (np.arange(len(points)).tobytes(), False)
    best: dict[Key, tuple[float, FloatArray, NDArray[np.int64]]] = {identity: (0.0, np.eye(3), np.arange(len(points)))}
    step = max(1, _BLOCK // max(len(kind) ** 2 for kind in kinds))
    for start in range(0, len(candidates), step):
        report(start, len(candidates), "looking for symmetry")
        matrices, moves, deviations = _refined(kinds, points, candidates[start : start + step], tolerance)
        for k in np.flatnonzero(deviations <= tolerance):
            key = (moves[k].tobytes(), bool(np.linalg.det(matrices[k]) < 0))
            if key not in best or deviations[k] < best[key][0]:
                best[key] = (float(deviations[k]), matrices[k], moves[k])
    found = sorted(best.values(), key=lambda f: f[0])
    matrices, moves, deviations = (np.array([f[k] for f in found]) for k in (1, 2, 0))
    if len(moves) ** 2 * len(points) > _MOST_WORK / 6:
        raise _too_alike()
    return _Found(matrices, moves, deviations, _is_closed(moves, np.linalg.det(matrices) < 0))


def _too_alike() -> UserError:
    return UserError("Too many atoms are alike to find the point group at this tolerance.", "Choose a smaller tolerance.")


def _candidates(numbers: NDArray[np.int32], points: FloatArray, tolerance: float) -> FloatArray:
    """Matrices (k, 3, 3) that take a rare pair of atoms (a, b) to pairs like it, each proper and improper."""
    radii = np.linalg.norm(points, axis=1)
    slack = 2.0 * tolerance
    alike = (numbers[:, None] == numbers) & (np.abs(radii[:, None] - radii) <= slack)
    far = radii >= 0.3 * radii.max()
    a = int(np.where(far, alike.sum(axis=1), len(points) + 1).argmin())
    heights = np.linalg.norm(np.cross(points, points[a] / radii[a]), axis=1)
    off = heights >= min(0.9 * heights.max(), 0.3 * radii.max())
    gaps = np.linalg.norm(points - points[a], axis=1)
    b = int(np.where(off, (alike & (np.abs(gaps[:, None] - gaps) <= slack)).sum(axis=1), len(points) + 1).argmin())
    like_a, like_b = np.flatnonzero(alike[a]), np.flatnonzero(alike[b])
    between = np.linalg.norm(points[like_a][:, None] - points[like_b][None], axis=-1)
    first, second = np.nonzero(np.abs(between - gaps[b]) <= slack)
    if 2 * len(first) * len(points) * max(np.count_nonzero(numbers == z) for z in np.unique(numbers)) > _MOST_WORK:
        raise _too_alike()
    source = _frames(points[[a]], points[[b]])[0]
    target = _frames(points[like_a[first]], points[like_b[second]])
    proper = np.swapaxes(target, 1, 2) @ source
    mirrored = target * np.array([1.0, 1.0, -1.0])[:, None]
    return np.concatenate([proper, np.swapaxes(mirrored, 1, 2) @ source])


def _frames(u: FloatArray, v: FloatArray) -> FloatArray:
    """Right-handed orthonormal frames as rows (k, 3, 3): along u, towards v, along u × v."""
    x = u / np.linalg.norm(u, axis=1, keepdims=True)
    z = np.cross(u, v)
    lengths = np.linalg.norm(z, axis=1, keepdims=True)
    z = np.where(lengths > 1e-9, z / np.maximum(lengths, 1e-9), np.cross(x, np.roll(x, 1, axis=1) * [1, -1, 1]))
    z /= np.maximum(np.linalg.norm(z, axis=1, keepdims=True), 1e-12)
    return np.stack([x, np.cross(z, x), z], axis=1)


def _refined(
    kinds: list[NDArray[np.int64]], points: FloatArray, matrices: FloatArray, tolerance: float
) -> tuple[FloatArray, NDArray[np.int64], FloatArray]:
    """Candidates matched to the nearest atoms and fitted to them, the promising ones twice. Only those whose matching is one to one
    come back: matrices (k, 3, 3), permutations (k, n), deviations (k,)."""
    for slack in (4.0 * tolerance, tolerance):
        moves = np.zeros((len(matrices), len(points)), np.int64)
        moved = points @ np.swapaxes(matrices, 1, 2)
        for kind in kinds:
            # |x − y|² less |x|², which does not change which y is the nearest
            score = (points[kind] ** 2).sum(axis=1) - 2.0 * moved[:, kind] @ points[kind].T
            moves[:, kind] = kind[score.argmin(axis=2)]
        u, _, vt = np.linalg.svd(np.swapaxes(points[moves], 1, 2) @ points)
        sign = np.ones((len(matrices), 3))
        sign[:, 2] = np.sign(np.linalg.det(matrices)) * np.sign(np.linalg.det(u @ vt))
        matrices = (u * sign[:, None]) @ vt
        deviations = np.linalg.norm(points @ np.swapaxes(matrices, 1, 2) - points[moves], axis=2).max(axis=1)
        near = deviations <= slack
        matrices, moves, deviations = matrices[near], moves[near], deviations[near]
    one_to_one = (np.sort(moves, axis=1) == np.arange(len(points))).all(axis=1)
    return matrices[one_to_one], moves[one_to_one], deviations[one_to_one]


def _closed(centre: FloatArray, found: _Found, tolerance: float) -> PointGroup:
    """The largest closed set of the operations that deviate least."""
    improper = np.linalg.det(found.matrices) < 0
    bounds = np.unique(np.ceil(found.deviations[found.deviations <= tolerance] * 1e6) / 1e6)[::-1]
    counts = [int(np.count_nonzero(found.deviations <= bound)) for bound in bounds]
    if found.closed:  # then only divisors of its order can be (Lagrange), which saves nearly all checks
        counts = [k for k in counts if len(found.deviations) % k == 0]
    count = next((k for k in counts if _is_closed(found.permutations[:k], improper[:k])), 1)
    matrices = _exact(found.matrices[:count], found.permutations[:count])
    return PointGroup(schoenflies(matrices), centre, matrices, found.permutations[:count], found.deviations[:count])


def _is_closed(permutations: NDArray[np.int64], improper: NDArray[np.bool_]) -> bool:
    """Whether the products of any two operations are among them, told by random sums over permutations and by handedness."""
    codes, products = _codes(permutations, improper)
    return bool(np.isin(products, codes).all())


def _exact(matrices: FloatArray, permutations: NDArray[np.int64]) -> FloatArray:
    """The orthogonal matrices nearest to fitted ones (h, 3, 3) that multiply exactly as the operations do.

    Each becomes the mean of the products M_a M_b that should equal it, made orthogonal again; the error is squared at each step.
    """
    codes, products = _codes(permutations, np.linalg.det(matrices) < 0)
    order = np.argsort(codes)
    target = order[np.searchsorted(codes[order], products)]  # operation a, then b
    for _ in range(_STEPS):
        total = np.zeros_like(matrices)
        for first, reached in zip(matrices, target.T, strict=True):
            total[reached] += matrices @ first
        u, _, vt = np.linalg.svd(total)
        matrices = u @ vt
    return matrices


def _codes(permutations: NDArray[np.int64], improper: NDArray[np.bool_]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """A number for each operation (h,), and those of the products (h, h): of row b after column a. They are random sums over the
    permutation, and its handedness."""
    weights = np.random.default_rng(0).integers(1, 2**62, size=permutations.shape[1], dtype=np.uint64) | np.uint64(1)
    codes = (permutations.astype(np.uint64) * weights).sum(axis=1) * np.uint64(2) + improper
    products = np.stack([(second[permutations].astype(np.uint64) * weights).sum(axis=1) for second in permutations])
    return codes, products * np.uint64(2) + (improper[:, None] ^ improper)


def _spherical(centre: FloatArray, n: int) -> PointGroup:
    """One atom: K_h, every rotation and reflection."""
    still = np.tile(np.arange(n), (2, 1))
    return PointGroup("Kh", centre, np.stack([np.eye(3), -np.eye(3)]), still, np.zeros(2))


def _linear(numbers: NDArray[np.int32], points: FloatArray, centre: FloatArray, tolerance: float) -> PointGroup:
    """Atoms on a line: C∞v, or D∞h if its two ends are alike. Listed: E, C2 and σv along the line, and if alike i, C2 and σh across."""
    along, side, _ = np.linalg.svd(np.vstack([points, np.zeros((3, 3))]), full_matrices=False)[2]
    turn = 2.0 * np.outer(along, along) - np.eye(3)
    mirror = np.eye(3) - 2.0 * np.outer(side, side)
    still = np.arange(len(points))
    matrices, moves = [np.eye(3), turn, mirror], [still, still, still]
    places = points @ along
    order = np.lexsort((places,))
    alike = (numbers[order] == numbers[order[::-1]]).all() and np.abs(places[order] + places[order[::-1]]).max() <= tolerance
    if alike:
        swapped = np.empty_like(still)
        swapped[order] = order[::-1]
        matrices += [-np.eye(3), -turn, -mirror]
        moves += [swapped, swapped, swapped]
    stack, permutations = np.array(matrices), np.array(moves)
    moved = points @ np.swapaxes(stack, 1, 2)
    deviations = np.linalg.norm(moved - points[permutations], axis=2).max(axis=1)
    return PointGroup("D∞h" if alike else "C∞v", centre, stack, permutations, deviations)

"""Representations of finite groups: a matrix for each element, so that products of elements become products of matrices.

Convention: D(g) acts on columns, D(g₁ g₂) = D(g₁) D(g₂); all are real and orthogonal. The projector onto an irrep of dimension d with the
characters χ is P = d/h Σ_g χ(g)* D(g). Reference: J.-P. Serre, Linear Representations of Finite Groups (1977), chapter 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.characters import CharacterTable, character_table
from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.irreps import Irrep, Irreps, as_irreps
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
LARGEST_DIMENSION = 400


@dataclass(frozen=True, eq=False)
class Representation:
    """matrices: (h, d, d); basis: what each component is called; title: what the representation is."""

    group: FiniteGroup
    title: str
    matrices: Real
    basis: tuple[str, ...]

    @property
    def dim(self) -> int:
        """The number of components."""
        return int(self.matrices.shape[1])

    @cached_property
    def characters(self) -> Real:
        """The traces, (h,)."""
        traces: Real = np.trace(self.matrices, axis1=1, axis2=2)
        return traces

    @cached_property
    def homomorphism_error(self) -> float:
        """max |D(g₁ g₂) − D(g₁) D(g₂)| over all pairs."""
        worst = 0.0
        for g, row in zip(self.matrices, self.group.table, strict=True):
            worst = max(worst, float(np.abs(g @ self.matrices - self.matrices[row]).max(initial=0.0)))
        return worst

    @property
    def is_faithful(self) -> bool:
        """Whether different elements have different matrices."""
        return int(np.count_nonzero(np.abs(self.characters - self.dim) < 1e-9)) == 1

    @property
    def table(self) -> CharacterTable:
        """The character table of the group."""
        return character_table(self.group)

    @cached_property
    def multiplicities(self) -> tuple[int, ...]:
        """How often each irrep over the real numbers occurs, in the order of `table.real_irreps`."""
        counts = self.table.multiplicities(self.characters)
        return tuple(int(counts[rows[0]]) for rows in self.table.real_irreps)

    def decomposition_text(self) -> str:
        """A₁ + 2E; the part of a complex pair is written E."""
        words = [
            f"{count if count > 1 else ''}{name}" for count, name in zip(self.multiplicities, self.table.real_names, strict=True) if count
        ]
        return " + ".join(words) or "0"

    def projector(self, irrep: int) -> Real:
        """The projector (d, d) onto all copies of an irrep over the real numbers, by its number in `table.real_irreps`."""
        rows = list(self.table.real_irreps[irrep])
        weights = (self.table.dims[rows, None] * self.table.of_elements[rows].conj()).sum(axis=0).real / len(self.group)
        found: Real = np.einsum("g,gij->ij", weights, self.matrices)
        return np.where(np.abs(found) < 1e-14, 0.0, found)

    @cached_property
    def adapted(self) -> AdaptedBasis:
        """An orthonormal basis in which all matrices fall into blocks, one for each irrep; copies of an irrep get the same blocks."""
        rows, blocks = [], []
        for irrep, count in enumerate(self.multiplicities):
            for copy in _copies(self, irrep, count):
                blocks.append((irrep, len(copy)))
                rows.append(copy)
        return AdaptedBasis(np.concatenate(rows) if rows else np.zeros((0, 0)), tuple(blocks))


@dataclass(frozen=True, eq=False)
class AdaptedBasis:
    """rows: the new basis (d, d), orthonormal; blocks: (number of the real irrep, dimension) in order along the diagonal."""

    rows: Real
    blocks: tuple[tuple[int, int], ...]

    def matrices(self, representation: Representation) -> Real:
        """The representation in this basis, (h, d, d), block diagonal."""
        turned = self.rows @ representation.matrices @ self.rows.T
        return np.where(np.abs(turned) < 1e-12, 0.0, turned)


def _copies(rep: Representation, irrep: int, count: int) -> list[Real]:
    """Bases of the copies of one irrep, each (dimension, d), on which the group acts by the same matrices."""
    if not count:
        return []
    left = rep.projector(irrep)
    size = round(float(np.trace(left))) // count
    found: list[Real] = []
    for _ in range(count):
        basis = _one_copy(rep, left, size)
        if found:
            basis = _averaged_between(rep, found[0], basis).T @ basis
        found.append(basis)
        left = left - basis.T @ basis
    return found


def _one_copy(rep: Representation, projector: Real, size: int) -> Real:
    """A basis (size, d) of an irreducible subspace of a projector's image: an eigenspace of a positive matrix that commutes with the group.

    A diagonal seed gives the plainest bases; where its average has eigenvalues that happen to be equal, another seed is tried.
    """
    rng = np.random.default_rng(rep.dim)
    seeds = [np.diag(np.cos(np.arange(rep.dim)) + 2.0), *(m @ m.T + np.eye(rep.dim) for m in rng.normal(size=(8, rep.dim, rep.dim)))]
    for seed in seeds:
        mean = np.einsum("gij,jk,glk->il", rep.matrices, seed, rep.matrices, optimize=True) / len(rep.group)
        _, vectors = np.linalg.eigh(projector @ mean @ projector)
        basis = _tidied(vectors[:, -size:])
        moved = basis @ rep.matrices
        if np.abs(moved - (moved @ basis.T) @ basis).max() < 1e-9:
            return basis
    raise AssertionError("a random matrix tells the copies of an irrep apart")


def _averaged_between(rep: Representation, first: Real, second: Real) -> Real:
    """The orthogonal map from the components in one copy's basis to those in another's that commutes with the group."""
    a, b = first @ rep.matrices @ first.T, second @ rep.matrices @ second.T
    for k in range(a.shape[1] ** 2):
        seed = np.zeros((b.shape[1], a.shape[1]))
        seed.flat[k] = 1.0
        link: Real = np.einsum("gij,jk,glk->il", b, seed, a) / len(rep.group)
        length = np.linalg.norm(link)
        if length > 1e-6:
            link *= np.sqrt(len(link)) / length
            return link
    raise AssertionError("copies of one irrep are always linked")


def _tidied(columns: Real) -> Real:
    """An orthonormal basis (k, d) of the span of orthonormal columns (d, k) with as many zeros as come easily, signs fixed."""
    projector = columns @ columns.T
    rows: list[Real] = []
    while len(rows) < columns.shape[1]:
        pivot = int(np.argmax(np.round(np.diag(projector), 9)))
        row = projector[pivot] / np.sqrt(projector[pivot, pivot])
        rows.append(row)
        projector = projector - np.outer(row, row)
    return np.array(rows)


def coordinates(group: FiniteGroup) -> Representation:
    """The coordinates of a point, or a polar vector (1o): x̂ = g x."""
    return Representation(group, "coordinates", group.matrices, ("x", "y", "z"))


def plane_coordinates(group: FiniteGroup) -> Representation:
    """The coordinates x, y of a point in the plane, for a group that keeps the plane z = 0; raises ValueError for any other."""
    if np.abs(group.matrices[:, 2, :2]).max() > 1e-9 or np.abs(group.matrices[:, :2, 2]).max() > 1e-9:
        raise ValueError(f"{group.name} mixes z with x and y")
    return Representation(group, "coordinates", group.matrices[:, :2, :2], ("x", "y"))


def restricted(group: FiniteGroup, irreps: Irreps | Irrep | str) -> Representation:
    """Irreps of O(3) restricted to the group. Raises UserError if they are too many to show."""
    typed = as_irreps(irreps)
    _check_size(typed.dim)
    names: list[str] = []
    for _, irrep in typed.blocks():
        orders = ("x", "y", "z") if irrep.l == 1 else tuple(f"{m}".replace("-", "−") for m in range(-irrep.l, irrep.l + 1))
        names += [f"{irrep} {m}" if irrep.l else f"{irrep}" for m in orders]
    matrices = D(typed, group.matrices)
    return Representation(group, str(typed) or "nothing", np.where(np.abs(matrices) < 1e-15, 0.0, matrices), tuple(names))


def permutation(group: FiniteGroup, points: NDArray[Any], labels: Sequence[str], kinds: Sequence[object] = ()) -> Representation:
    """How the group permutes points: D(g) takes the unit vector of point a to that of the point where g takes a."""
    moves = group.permutations(points, kinds=kinds)
    matrices = np.zeros((len(group), len(labels), len(labels)))
    element, before = np.indices(moves.shape)
    matrices[element, moves, before] = 1.0
    return Representation(group, "permutation of vertices", matrices, tuple(labels))


def regular(group: FiniteGroup) -> Representation:
    """The group acting on itself from the left: D(g) e_k = e_{gk}. Each irrep occurs as often as its dimension."""
    matrices = np.zeros((len(group),) * 3)
    element, before = np.indices(group.table.shape)
    matrices[element, group.table, before] = 1.0
    return Representation(group, "regular", matrices, group.names)


def direct_sum(first: Representation, second: Representation) -> Representation:
    """Both, one below the other."""
    n, m = first.dim, second.dim
    _check_size(n + m)
    matrices = np.zeros((len(first.group), n + m, n + m))
    matrices[:, :n, :n], matrices[:, n:, n:] = first.matrices, second.matrices
    return Representation(first.group, f"{first.title} ⊕ {second.title}", matrices, first.basis + second.basis)


def tensor_product(first: Representation, second: Representation) -> Representation:
    """The Kronecker product; components are pairs, the second index running fastest."""
    _check_size(first.dim * second.dim)
    matrices = np.einsum("gij,gkl->gikjl", first.matrices, second.matrices).reshape(len(first.group), first.dim * second.dim, -1)
    basis = tuple(f"{a}⊗{b}" for a in first.basis for b in second.basis)
    return Representation(first.group, f"{first.title} ⊗ {second.title}", matrices, basis)


def symmetric_square(rep: Representation) -> Representation:
    """The symmetric part of rep ⊗ rep, in the orthonormal basis eᵢeᵢ and (eᵢeⱼ + eⱼeᵢ)/√2."""
    return _square(rep, 1.0)


def antisymmetric_square(rep: Representation) -> Representation:
    """The antisymmetric part of rep ⊗ rep, in the orthonormal basis (eᵢeⱼ − eⱼeᵢ)/√2."""
    return _square(rep, -1.0)


def _square(rep: Representation, sign: float) -> Representation:
    d = rep.dim
    _check_size(d * d)
    pairs = [(i, j) for i in range(d) for j in range(i, d) if sign > 0 or i < j]
    basis = np.zeros((len(pairs), d, d))
    for k, (i, j) in enumerate(pairs):
        if i == j:
            basis[k, i, i] = 1.0
        else:
            basis[k, i, j], basis[k, j, i] = np.sqrt(0.5), sign * np.sqrt(0.5)
    matrices = np.einsum("aij,gik,gjl,bkl->gab", basis, rep.matrices, rep.matrices, basis, optimize=True)
    joint = "·" if sign > 0 else "∧"
    title = f"{'symmetric' if sign > 0 else 'antisymmetric'} square of {rep.title}"
    return Representation(rep.group, title, matrices, tuple(f"{rep.basis[i]}{joint}{rep.basis[j]}" for i, j in pairs))


def _check_size(dim: int) -> None:
    if dim > LARGEST_DIMENSION:
        raise UserError(
            f"This representation has {dim} components.", f"Choose one with at most {LARGEST_DIMENSION}, so that its matrices can be seen."
        )

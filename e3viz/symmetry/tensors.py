"""Cartesian tensors and irreps: the orthogonal change of basis Q between them, for any symmetry of the indices.

A tensor with n indices, each turning as a vector (1o by default), and a formula such as `ij=ji` or `ijkl=jikl=klij` (`ij=-ji` for an
antisymmetric one) is a direct sum of irreps. Q has shape (dim, 3, …, 3), its rows orthonormal:

    irreps = Q · tensor,    tensor = Qᵀ · irreps,    D(g) Q = Q (R ⊗ … ⊗ R)

which is what e3nn's `ReducedTensorProducts` finds numerically; here it is exact. Indices are coupled in pairs by Clebsch–Gordan tensors,
which gives a basis of all tensors. The sum over permutations of the indices commutes with rotations, so on the copies of one irrep it is a
small matrix of numbers, whose image is the answer. Where an irrep occurs more than once, any orthonormal mixture of its copies would do;
Gram–Schmidt on the couplings keeps the entries plain square roots. A 3×3 matrix splits into trace (0e), antisymmetric (1e, the vector
of the cross product) and traceless symmetric part (2e).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.exact import ExactMatrix, exact_matrix
from e3viz.symmetry.index_formula import IndexFormula, parse_formula
from e3viz.symmetry.irreps import Irrep, Irreps

Real = NDArray[np.float64]
MOST_INDICES = 6
VECTOR = Irrep(1, -1)


@dataclass(frozen=True, eq=False)
class TensorBasis:
    """formula: the symmetry of the indices; irreps: what the tensor is made of, sorted; Q: (dim, 3, …, 3), orthonormal rows, read-only.
    couplings: for each copy of an irrep how it was made, in words."""

    formula: IndexFormula
    irreps: Irreps
    Q: Real
    couplings: tuple[str, ...]

    @property
    def rank(self) -> int:
        """The number of indices."""
        return len(self.formula.indices)

    @property
    def dim(self) -> int:
        """The number of independent components."""
        return len(self.Q)

    @cached_property
    def flat(self) -> Real:
        """Q as a matrix (dim, 3ⁿ)."""
        return self.Q.reshape(len(self.Q), 3**self.rank)

    @cached_property
    def exact(self) -> ExactMatrix | None:
        """The entries of `flat` as (p/q) √n, None if some have no such form."""
        return exact_matrix(self.flat)

    def to_irreps(self, tensor: NDArray[Any]) -> Real:
        """Irreps components (…, dim) of tensors (…, 3, …, 3); what does not have the symmetry of the indices is left out."""
        array = self._checked(tensor)
        components: Real = array.reshape(*array.shape[: array.ndim - self.rank], -1) @ self.flat.T
        return components

    def to_tensor(self, components: NDArray[Any]) -> Real:
        """The tensors (…, 3, …, 3) with the given irreps components (…, dim)."""
        values = np.asarray(components, dtype=float)
        if not values.ndim or values.shape[-1] != self.dim:
            raise UserError(f"{self.formula.text} has {self.dim} irreps components.", f"Give {self.dim} numbers.")
        tensor: Real = (values @ self.flat).reshape(values.shape[:-1] + (3,) * self.rank)
        return tensor

    def symmetrised(self, tensor: NDArray[Any]) -> Real:
        """The part of a tensor that has the symmetry of the indices."""
        return self.to_tensor(self.to_irreps(tensor))

    def parts(self, tensor: NDArray[Any]) -> tuple[tuple[Irrep, Real], ...]:
        """Each irrep's part of a tensor as a tensor; they add up to the symmetrised one."""
        components = self.to_irreps(tensor)
        found = []
        for first, irrep in self.irreps.blocks():
            only = np.zeros_like(components)
            only[..., first : first + irrep.dim] = components[..., first : first + irrep.dim]
            found.append((irrep, self.to_tensor(only)))
        return tuple(found)

    def turned(self, tensor: NDArray[Any], matrix: NDArray[Any]) -> Real:
        """The tensor after an orthogonal matrix (3, 3) acted on every index."""
        array = self._checked(tensor)
        for axis in range(-self.rank, 0):
            array = np.moveaxis(np.tensordot(array, np.asarray(matrix, dtype=float), axes=(axis, 1)), -1, axis)
        if self.formula.vector.parity == 1:
            array = array * float(np.sign(np.linalg.det(matrix))) ** self.rank
        return array

    def _checked(self, tensor: NDArray[Any]) -> Real:
        array = np.asarray(tensor, dtype=float)
        if array.shape[max(0, array.ndim - self.rank) :] != (3,) * self.rank:
            size = " × ".join(["3"] * self.rank)
            raise UserError(f"A tensor {self.formula.text} has {size} components.", "Each index runs over x, y, z.")
        if not np.isfinite(array).all():
            raise UserError("A tensor needs finite numbers.", "Replace nan or inf by a number.")
        return array


def reduce_tensor(formula: str, vector: Irrep = VECTOR) -> TensorBasis:
    """The change of basis for an index formula; raises UserError that says what is wrong with it.

    vector: how each index turns: 1o like a position, or 1e like a spin.
    """
    if vector.l != 1:
        raise UserError(f"An index with values x, y, z turns as 1o or 1e, not as {vector}.", "Choose 1o for polar vectors.")
    return _reduced(parse_formula(formula, vector, most=MOST_INDICES))


@lru_cache(maxsize=64)
def _reduced(formula: IndexFormula) -> TensorBasis:
    rank = len(formula.indices)
    parity = formula.vector.parity**rank
    found: list[tuple[Irrep, Real, str]] = []
    orders = {order for order, _ in formula.permutations}
    last_pair = (0, 2, 1) in orders and (1, 0, 2) not in orders
    coupled = _couplings(rank, 1 if last_pair else (rank + 1) // 2)
    for l in sorted({c.l for c in coupled}):
        ways = [c for c in coupled if c.l == l]
        for mixture in _independent(_permuted(formula, ways)):
            rows = np.tensordot(mixture, np.array([w.rows for w in ways]), axes=1)
            main = ways[int(np.argmax(np.abs(mixture)))].text
            found.append((Irrep(l, parity), rows, main))
    irreps = Irreps(tuple((1, irrep) for irrep, _, _ in found)).simplify()
    q = np.concatenate([rows for _, rows, _ in found]) if found else np.zeros((0, 3**rank))
    q = np.where(np.abs(q) < 1e-14, 0.0, q).reshape(-1, *(3,) * rank)
    q.setflags(write=False)
    return TensorBasis(formula, irreps, q, tuple(text for _, _, text in found))


@dataclass(frozen=True, eq=False)
class _Coupling:
    """One way to couple some indices to degree l: rows (2l+1, 3ⁿ), orthonormal."""

    l: int
    rows: Real
    text: str


@lru_cache(maxsize=16)
def _couplings(rank: int, first: int) -> tuple[_Coupling, ...]:
    """All ways to couple so many vectors: the `first` ones, then the others, then both."""
    if rank == 0:
        return (_Coupling(0, np.ones((1, 1)), "number"),)
    if rank == 1:
        return (_Coupling(1, np.eye(3), "1"),)
    rest = rank - first
    return tuple(_joined(_couplings(first, (first + 1) // 2), _couplings(rest, (rest + 1) // 2)))


def _joined(left: Sequence[_Coupling], right: Sequence[_Coupling]) -> Iterator[_Coupling]:
    for a in left:
        for b in right:
            for l in range(abs(a.l - b.l), a.l + b.l + 1):
                # the tensor has norm 1 in all, so each of its 2l + 1 parts 1/√(2l+1)
                mixed = np.sqrt(2 * l + 1) * clebsch_gordan(a.l, b.l, l)
                rows = np.einsum("abk,ai,bj->kij", mixed, a.rows, b.rows, optimize=True).reshape(2 * l + 1, -1)
                yield _Coupling(l, rows, f"({a.text} ⊗ {b.text} → {l})")


def _permuted(formula: IndexFormula, ways: Sequence[_Coupling]) -> Real:
    """The mean over the index permutations, with their signs, between couplings to the same degree: a small symmetric projector."""
    rank = len(formula.indices)
    first = np.array([w.rows[0] for w in ways])
    mean = np.zeros_like(first)
    for order, sign in formula.permutations:
        mean += sign * first.reshape(-1, *(3,) * rank).transpose(0, *(1 + k for k in order)).reshape(len(ways), -1)
    small: Real = mean @ first.T / len(formula.permutations)
    return (small + small.T) / 2.0


def _independent(projector: Real) -> list[Real]:
    """An orthonormal basis of a projector's image by Gram–Schmidt on its columns, in order, signs fixed."""
    rows: list[Real] = []
    left = projector.copy()
    for k in range(len(left)):
        if left[k, k] > 1e-9:
            row = left[k] / np.sqrt(left[k, k])
            rows.append(np.where(np.abs(row) < 1e-13, 0.0, row))
            left = left - np.outer(row, row)
    return rows


@dataclass(frozen=True, eq=False)
class MatrixParts:
    """A 3×3 matrix as trace part (1/3 tr M · 1), antisymmetric part and traceless symmetric part, each (3, 3); they add up to M."""

    trace: Real
    antisymmetric: Real
    traceless: Real


def split_matrix(matrix: NDArray[Any]) -> MatrixParts:
    """The irreducible parts 0e, 1e and 2e of a 3×3 matrix."""
    m = np.asarray(matrix, dtype=float)
    if m.shape != (3, 3) or not np.isfinite(m).all():
        raise UserError("A rank-2 tensor is a matrix of 3 × 3 finite numbers.", "Write nine numbers, row by row.")
    trace = np.trace(m) / 3.0 * np.eye(3)
    return MatrixParts(trace, (m - m.T) / 2.0, (m + m.T) / 2.0 - trace)


@dataclass(frozen=True)
class Preset:
    """A tensor people know. title; formula of its indices; unit; text: what it is, in a sentence."""

    title: str
    formula: str
    unit: str
    text: str


PRESETS: dict[str, Preset] = {
    "matrix": Preset("any 3 × 3 matrix", "ij", "", "A general rank-2 tensor: nine numbers without any symmetry."),
    "stress": Preset("stress", "ij=ji", "GPa", "Force per area on a face of a small cube; symmetric, since nothing spins up by itself."),
    "polarizability": Preset("polarizability", "ij=ji", "Å³", "The dipole that an electric field induces, per field; a second derivative, so symmetric."),
    "born-charge": Preset("Born effective charge", "ij", "e", "The change of polarization with the displacement of an atom; it need not be symmetric."),
    "moment-of-spin": Preset("antisymmetric tensor", "ij=-ji", "", "Three numbers that turn as an axial vector: angular momentum, magnetic field."),
    "piezoelectric": Preset("piezoelectric tensor", "ijk=ikj", "C/m²", "The polarization that strain makes; zero wherever there is an inversion centre."),
    "hyperpolarizability": Preset("hyperpolarizability", "ijk=jik=ikj", "a.u.", "The dipole's second-order response to a field; symmetric in all indices."),
    "elastic": Preset("elastic tensor", "ijkl=jikl=klij", "GPa", "Stress per strain: 21 numbers, two pressures, two deviators and one tensor of degree 4."),
}  # fmt: skip

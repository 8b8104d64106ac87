"""Bispectrum components of the neighbours of each atom, with their derivatives (Thompson et al., J. Comput. Phys. 2015, 285, 316).

A neighbour at distance r is a point (cos θ₀, sin θ₀ r̂) of the 3-sphere, θ₀ = rfac0 π (r − rmin0)/(r_cut − rmin0), and the density of
neighbours, each weighted with its element and a smooth cutoff, is expanded in the matrices u_j, j = 0 … 2J in half steps. Then

    B(j₁, j₂, j) = Σ conj(u_j) (C u_{j₁} ⊗ u_{j₂} C)_j,   C: Clebsch–Gordan coefficients of SU(2),

with all conventions of LAMMPS (`sna/atom`), whose components come in the same order: j₁ ≥ j₂, j ≥ j₁.

What makes it quick: neighbours are expanded in hyperspherical harmonics R_jl(r) Y_lm(r̂), which are real and need no recursion per pair;
only the sums per atom are taken to matrices (`cubic_invariants`). The gradient of every B by the expansion of its atom then meets the
derivatives of the pairs in one matrix product per atom and degree, for the B that this degree enters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.neighbours import Neighbours, neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.cubic_invariants import cubic_invariants
from e3viz.potentials.sphere import Expansion, Sphere, buffer, sphere

_ATOMS_AT_ONCE = 16
"""So many that what belongs to them stays in the cache."""


@dataclass(frozen=True)
class Bispectrum:
    """What is expanded and how, in the words of LAMMPS.

    elements: atomic numbers; radii: (elements,), two atoms see each other within (R_i + R_j) rcutfac Å; weights: (elements,) of
    neighbours; twojmax: 2J; rfac0, rmin0 (Å): of the angle θ₀; switch: whether neighbours fade out at the cutoff; bzero: whether
    the components of an atom alone are taken off; bnorm: whether components are divided by j + 1.
    """

    elements: tuple[int, ...]
    radii: tuple[float, ...]
    weights: tuple[float, ...]
    rcutfac: float
    twojmax: int
    rfac0: float = 0.99363
    rmin0: float = 0.0
    switch: bool = True
    bzero: bool = True
    bnorm: bool = False

    @cached_property
    def r_max(self) -> float:
        """The longest cutoff, Å."""
        return 2.0 * max(self.radii) * self.rcutfac

    @property
    def size(self) -> int:
        """How many components there are."""
        return len(sphere(self.twojmax).triples)

    def of(self, structure: Structure) -> Components:
        """Components of every atom and their derivatives. Raises UserError for an element that is not among `elements`."""
        return self.components(*self.pairs(structure))

    def components(self, near: Neighbours, species: NDArray[np.int64]) -> Components:
        """The same where `pairs` are known."""
        values, derivatives = np.empty((len(species), self.size)), np.empty((len(near), 3, self.size))
        invariants = cubic_invariants(self.twojmax)
        for part in self._parts(near, species):
            values[part.atoms] = part.values
            n, p = part.pairs.shape
            blocks = buffer("blocks", (invariants.rows, n, 3 * p))
            for j, (rows, gradients) in enumerate(zip(invariants.blocks, part.gradients, strict=True)):
                np.matmul(gradients, part.expansion.derivatives(j).transpose(1, 0, 2), out=blocks[rows].transpose(1, 0, 2))
            turned = invariants.gathered(blocks.reshape(invariants.rows, -1)).reshape(self.size, n, p, 3).transpose(1, 2, 3, 0)
            for first, count, own in zip(part.pairs[:, 0] if p else (), part.there.sum(axis=1), turned, strict=False):
                derivatives[first : first + count] = own[:count]
        if self.bnorm:
            derivatives *= self._norms
        return Components(self._normed(values), derivatives, near, species)

    def weighted(self, structure: Structure, weigh: Callable[[FloatArray, NDArray[np.int64]], FloatArray]) -> tuple[FloatArray, Components]:
        """Σ of weighted components, as a potential needs it: much quicker than all derivatives by themselves.

        weigh: weights (n, k) of components (n, k) of atoms of elements (n,). Returns components (n, k) and the derivatives of the sum in
        place of those of the components, (pairs, 3, 1).
        """
        near, species = self.pairs(structure)
        values, derivatives = np.empty((len(structure), self.size)), np.empty((len(near), 3))
        invariants = cubic_invariants(self.twojmax)
        for part in self._parts(near, species):
            values[part.atoms] = self._normed(part.values)
            weights = weigh(values[part.atoms], species[part.atoms]) * self._norms
            slopes = part.expansion.along(invariants.summed(weights, part.gradients))
            derivatives[part.pairs[part.there]] = slopes[part.there]
        return values, Components(values, derivatives[..., None], near, species)

    def _parts(self, near: Neighbours, species: NDArray[np.int64]) -> Iterator[_Part]:
        """A few atoms at a time, of about as many neighbours; what it yields is overwritten by the next."""
        basis, starts = sphere(self.twojmax), np.searchsorted(near.i, np.arange(len(species) + 1))
        radial, slopes = self._radial(near, species, basis)
        counts = np.diff(starts)
        order = np.argsort(counts, kind="stable")
        for first in range(0, len(species), _ATOMS_AT_ONCE):
            atoms = order[first : first + _ATOMS_AT_ONCE]
            there = np.arange(counts[atoms].max()) < counts[atoms, None]
            pairs = np.where(there, starts[atoms, None] + np.arange(there.shape[1]), 0)
            own = (curves.take(pairs.ravel(), axis=1).reshape(len(curves), *pairs.shape) * there for curves in (radial, slopes))
            expansion = basis.expand(near.vectors[pairs], near.distances[pairs], *own)
            yield _Part(atoms, pairs, there, *cubic_invariants(self.twojmax).of(expansion.totals()), expansion)

    @cached_property
    def _norms(self) -> FloatArray:
        return np.array([1.0 / (j + 1.0) if self.bnorm else 1.0 for _, _, j in sphere(self.twojmax).triples])

    def _normed(self, values: FloatArray) -> FloatArray:
        """Raw components (n, k) with what `bzero` and `bnorm` ask for."""
        alone = np.array([j + 1.0 for _, _, j in sphere(self.twojmax).triples])
        made: FloatArray = (values - alone if self.bzero else values) * self._norms
        return made

    def pairs(self, structure: Structure) -> tuple[Neighbours, NDArray[np.int64]]:
        """Pairs within their own cutoffs, and the place of each atom's element (n,). Raises UserError for an element that is not there."""
        order = np.argsort(self.elements)
        known = np.asarray(self.elements)[order]
        place = np.minimum(np.searchsorted(known, structure.numbers), len(known) - 1)
        strange = known[place] != structure.numbers
        if strange.any():
            raise UserError(
                f"These bispectrum components do not know {SYMBOLS[int(structure.numbers[strange][0])]}.",
                f"They are made for {', '.join(SYMBOLS[z] for z in self.elements)}.",
            )
        species = order[place]
        near = neighbours(structure, self.r_max)
        if len(set(self.radii)) > 1:
            radii = np.asarray(self.radii)
            inside = near.distances < (radii[species[near.i]] + radii[species[near.j]]) * self.rcutfac
            near = Neighbours(*(part[inside] for part in (near.i, near.j, near.shifts, near.distances, near.vectors)))
        return near, species

    def _radial(self, near: Neighbours, species: NDArray[np.int64], basis: Sphere) -> tuple[FloatArray, FloatArray]:
        """Weight, cutoff and R_jl of each pair with their slopes by r, 1/Å (radials, pairs)."""
        radii, weights = np.asarray(self.radii), np.asarray(self.weights)
        r = near.distances
        span = (radii[species[near.i]] + radii[species[near.j]]) * self.rcutfac - self.rmin0
        turn = self.rfac0 * np.pi / span
        values, slopes = basis.radial((r - self.rmin0) * turn)
        slopes *= turn
        weight = weights[species[near.j]]
        if not self.switch:
            return values * weight, slopes * weight
        phase = np.clip((r - self.rmin0) / span, 0.0, 1.0) * np.pi
        fade = 0.5 * weight * (np.cos(phase) + 1.0)
        fading = -0.5 * weight * np.sin(phase) * np.pi / span
        slopes *= fade
        slopes += values * fading
        values *= fade
        return values, slopes


@dataclass(frozen=True, eq=False)
class _Part:
    """Some atoms. atoms: which (n,); pairs: the pairs of each, and what fills the rows (n, p); there: which of these are pairs; values: raw
    components (n, k); gradients: of these by the coefficients of each degree (n, members, (j+1)²); expansion: of their neighbours."""

    atoms: NDArray[np.int64]
    pairs: NDArray[np.int64]
    there: NDArray[np.bool_]
    values: FloatArray
    gradients: list[FloatArray]
    expansion: Expansion


@dataclass(frozen=True, eq=False)
class Components:
    """Bispectrum components B of a structure.

    values: (n, k); derivatives: of the B of atom i by the vector from i to j, one per pair, 1/Å (pairs, 3, k); near: the pairs,
    sorted by i; species: place of each atom's element in `Bispectrum.elements` (n,).
    """

    values: FloatArray
    derivatives: FloatArray
    near: Neighbours
    species: NDArray[np.int64]

    def forces(self, derivatives: FloatArray) -> FloatArray:
        """What a sum over atoms with these derivatives per pair (pairs, 3, k) means for the force on each atom (n, 3, k)."""
        from scipy.sparse import csr_array

        n, m = len(self.values), len(self.near)
        both = np.concatenate([self.near.i, self.near.j])
        signs = np.concatenate([np.ones(m), -np.ones(m)])
        gather = csr_array((signs, (both, np.tile(np.arange(m), 2))), shape=(n, m))
        made: FloatArray = (gather @ derivatives.reshape(m, 3 * derivatives.shape[2])).reshape(n, 3, -1)
        return made

    def strain(self, derivatives: FloatArray) -> FloatArray:
        """The derivative of that sum by a strain of space (3, 3, k), which is symmetric."""
        made: FloatArray = np.tensordot(self.near.vectors.T, derivatives, axes=1)
        return made

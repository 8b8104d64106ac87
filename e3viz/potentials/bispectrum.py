"""Bispectrum components of the neighbours of each atom, with their derivatives (Thompson et al., J. Comput. Phys. 2015, 285, 316).

A neighbour at distance r is a point (cos θ₀, sin θ₀ r̂) of the 3-sphere, θ₀ = rfac0 π (r − rmin0)/(r_cut − rmin0), and the density of
neighbours, each weighted with its element and a smooth cutoff, is expanded in the matrices u_j, j = 0 … 2J in half steps. Then

    B(j₁, j₂, j) = Σ conj(u_j) (C u_{j₁} ⊗ u_{j₂} C)_j,   C: Clebsch–Gordan coefficients of SU(2),

with all conventions of LAMMPS (`sna/atom`), whose components come in the same order: j₁ ≥ j₂, j ≥ j₁.

What makes it quick: neighbours are expanded in hyperspherical harmonics R_jl(r) Y_lm(r̂), which are real and need no recursion per pair;
only the sums per atom are taken to matrices, where the Clebsch–Gordan coefficients are sparse. The gradient of every B by the
expansion of its atom (`sphere.CubicInvariants`) then meets the derivatives of the pairs in one matrix product per atom.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.neighbours import Neighbours, neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.sphere import Sphere, sphere

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
        near, species = self._pairs(structure)
        values = np.empty((len(structure), self.size))
        derivatives = np.empty((3 * len(near), self.size))
        for part in self._parts(near, species):
            values[part.atoms] = part.values
            for gradient, (low, high) in zip(part.gradients, pairwise(3 * part.ends), strict=True):
                into = derivatives[3 * part.first + low : 3 * part.first + high]
                np.matmul(part.moved[:, low:high].T, gradient.T, out=into)
        if self.bnorm:
            derivatives *= self._norms
        return Components(self._normed(values), derivatives.reshape(-1, 3, self.size), near, species)

    def weighted(self, structure: Structure, weigh: Callable[[FloatArray, NDArray[np.int64]], FloatArray]) -> tuple[FloatArray, Components]:
        """Σ of weighted components, as a potential needs it: much quicker than all derivatives by themselves.

        weigh: weights (n, k) of components (n, k) of atoms of elements (n,). Returns components (n, k) and the derivatives of the sum in
        place of those of the components, (pairs, 3, 1).
        """
        near, species = self._pairs(structure)
        values = np.empty((len(structure), self.size))
        derivatives = np.empty(3 * len(near))
        for part in self._parts(near, species):
            values[part.atoms] = self._normed(part.values)
            weights = weigh(values[part.atoms], species[part.atoms])
            slopes = np.matmul((weights * self._norms)[:, None, :], part.gradients)[:, 0]
            for slope, (low, high) in zip(slopes, pairwise(3 * part.ends), strict=True):
                derivatives[3 * part.first + low : 3 * part.first + high] = slope @ part.moved[:, low:high]
        return values, Components(values, derivatives.reshape(-1, 3, 1), near, species)

    def _parts(self, near: Neighbours, species: NDArray[np.int64]) -> Iterator[_Part]:
        """A few atoms at a time; what it yields is overwritten by the next."""
        basis, n = sphere(self.twojmax), len(species)
        starts = np.searchsorted(near.i, np.arange(n + 1))
        radial, slopes = self._radial(near, species, basis)
        for first in range(0, n, _ATOMS_AT_ONCE):
            atoms = slice(first, min(first + _ATOMS_AT_ONCE, n))
            ends = starts[first : atoms.stop + 1]
            pairs = slice(ends[0], ends[-1])
            within = ends - ends[0]
            totals, moved = basis.expand(near.vectors[pairs], near.distances[pairs], radial[:, pairs], slopes[:, pairs], within)
            yield _Part(atoms, int(ends[0]), within, *basis.products.of(totals), moved)

    @cached_property
    def _norms(self) -> FloatArray:
        return np.array([1.0 / (j + 1.0) if self.bnorm else 1.0 for _, _, j in sphere(self.twojmax).triples])

    def _normed(self, values: FloatArray) -> FloatArray:
        """Raw components (n, k) with what `bzero` and `bnorm` ask for."""
        alone = np.array([j + 1.0 for _, _, j in sphere(self.twojmax).triples])
        made: FloatArray = (values - alone if self.bzero else values) * self._norms
        return made

    def _pairs(self, structure: Structure) -> tuple[Neighbours, NDArray[np.int64]]:
        """Pairs within their own cutoffs, and the place of each atom's element (n,)."""
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
    """Some atoms. atoms: which; first: their first pair; ends: where the pairs of each begin and end, counted from there; values: raw
    components (n, k); gradients: of these by coefficients (n, k, size); moved: derivatives of the harmonics by each pair (size, 3 m)."""

    atoms: slice
    first: int
    ends: NDArray[np.int64]
    values: FloatArray
    gradients: FloatArray
    moved: FloatArray


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

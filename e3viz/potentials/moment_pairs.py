"""From pairs of atoms to the basic moments of a moment tensor potential, and back from derivatives to forces.

    f_μ(r) = s Σ_β c_μβ T_β(ξ) (r_max − r)²,   ξ = (2r − r_min − r_max)/(r_max − r_min),   M_(μ,xyz) = Σ_j f_μ(r_j) x̂^x ŷ^y ẑ^z

with T Chebyshev polynomials, s a constant, and c a number for each pair of elements (Novikov et al. 2021). Moments are linear in c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.neighbours import neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.potentials.moments import Exponents


@dataclass(frozen=True)
class RadialBasis:
    """size: how many Chebyshev polynomials; r_min, r_max: Å; scaling: s."""

    size: int
    r_min: float
    r_max: float
    scaling: float = 0.01

    def at(self, r: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Functions s T_β(ξ) (r_max − r)² and their slopes, 1/Å: (size, m) each."""
        step = 2.0 / (self.r_max - self.r_min)
        x = step * (r - 0.5 * (self.r_min + self.r_max))
        values, slopes = [np.ones_like(x), x], [np.zeros_like(x), np.full_like(x, step)]
        for _ in range(2, self.size):
            slopes.append(2.0 * (step * values[-1] + x * slopes[-1]) - slopes[-2])
            values.append(2.0 * x * values[-1] - values[-2])
        left = np.maximum(self.r_max - r, 0.0)
        fade, fading = self.scaling * left**2, -2.0 * self.scaling * left
        curves, rises = np.array(values[: self.size]), np.array(slopes[: self.size])
        return curves * fade, rises * fade + curves * fading


@dataclass(frozen=True, eq=False)
class Cloud:
    """Atoms of some structures with their neighbours, m pairs sorted by i.

    sizes: atoms of each structure; species: of each atom (n,); i, j: (m,); others: species of the atoms j (m,); vectors: Å (m, 3); shapes:
    exponents of the basic moments that differ; radial: what distances are expanded in.
    """

    sizes: NDArray[np.int64]
    species: NDArray[np.int64]
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    others: NDArray[np.int64]
    vectors: FloatArray
    shapes: tuple[Exponents, ...]
    radial: RadialBasis

    @classmethod
    def of(cls, structures: Sequence[Structure], elements: Sequence[int], shapes: tuple[Exponents, ...], radial: RadialBasis) -> Cloud:
        """Atoms of these structures, whose elements must all be known."""
        found = [neighbours(structure, radial.r_max) for structure in structures]
        sizes = np.array([len(structure) for structure in structures], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        numbers = np.concatenate([structure.numbers for structure in structures])
        i = np.concatenate([near.i + start for near, start in zip(found, starts, strict=True)])
        j = np.concatenate([near.j + start for near, start in zip(found, starts, strict=True)])
        vectors = np.concatenate([near.vectors for near in found])
        species = np.searchsorted(elements, numbers)
        return cls(sizes, species, i, j, species[j], vectors, shapes, radial)

    def some(self, first: int, count: int) -> Cloud:
        """Some atoms with their pairs, whose j still count in the whole; they pass for one structure."""
        last = min(first + count, len(self.species))
        pairs = slice(int(self.starts[first]), int(self.starts[last]))
        parts = self.i[pairs] - first, self.j[pairs], self.others[pairs], self.vectors[pairs]
        return Cloud(np.array([last - first]), self.species[first:last], *parts, self.shapes, self.radial)

    @property
    def structure(self) -> NDArray[np.int64]:
        """Which structure each atom belongs to (n,)."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """Where the pairs of each atom begin, and the end (n + 1,)."""
        return np.searchsorted(self.i, np.arange(len(self.species) + 1))

    @cached_property
    def pair_kind(self) -> NDArray[np.int64]:
        """Elements of i and j as two indices (2, m)."""
        return np.stack([self.species[self.i], self.others])

    @cached_property
    def curves(self) -> tuple[FloatArray, FloatArray]:
        """Radial functions of each pair and their slopes (size, m)."""
        return self.radial.at(np.linalg.norm(self.vectors, axis=1))

    @cached_property
    def angular(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Directions (m, 3); x̂^x ŷ^y ẑ^z (shapes, m) and their derivatives by the vectors, 1/Å (shapes, m, 3)."""
        lengths = np.linalg.norm(self.vectors, axis=1)
        units = self.vectors / lengths[:, None]
        top = max(max(shape) for shape in self.shapes)
        powers = np.ones((top + 1, 3, len(units)))
        for n in range(top):
            powers[n + 1] = powers[n] * units.T
        x, y, z = np.array(self.shapes).T
        values = powers[x, 0] * powers[y, 1] * powers[z, 2]
        slopes = np.empty((*values.shape, 3))
        for axis, (own, other, third) in enumerate((((x, 0), (y, 1), (z, 2)), ((y, 1), (x, 0), (z, 2)), ((z, 2), (x, 0), (y, 1)))):
            lower = own[0][:, None] * powers[np.maximum(own[0] - 1, 0), own[1]]
            slopes[..., axis] = lower * powers[other] * powers[third] - (x + y + z)[:, None] * values * units[:, axis]
        slopes /= lengths[:, None]
        return units, values, slopes

    def functions(self, coefficients: FloatArray) -> tuple[FloatArray, FloatArray]:
        """f_μ of each pair and its slope (μ, m), from c (elements, elements, μ, size)."""
        chosen = coefficients[self.pair_kind[0], self.pair_kind[1]]
        values, slopes = (np.einsum("mub,bm->um", chosen, curve) for curve in self.curves)
        return values, slopes

    def sums(self, per_pair: FloatArray) -> FloatArray:
        """Σ over the neighbours of each atom (…, m) → (…, n)."""
        made = np.zeros((*per_pair.shape[:-1], len(self.species)))
        full = np.flatnonzero(np.diff(self.starts))
        if len(full):
            made[..., full] = np.add.reduceat(per_pair, self.starts[:-1][full], axis=-1)
        return made

    def forces(self, slopes: FloatArray) -> FloatArray:
        """Forces on atoms (n, 3, k) of sums whose derivatives by the vectors of pairs are `slopes` (m, 3, k)."""
        from scipy.sparse import csr_array

        n, m = len(self.species), len(self.i)
        signs = np.concatenate([np.ones(m), -np.ones(m)])
        gather = csr_array((signs, (np.concatenate([self.i, self.j]), np.tile(np.arange(m), 2))), shape=(n, m))
        made: FloatArray = (gather @ slopes.reshape(m, 3 * slopes.shape[2])).reshape(n, 3, -1)
        return made

    def strains(self, slopes: FloatArray) -> FloatArray:
        """Derivatives of these sums by a strain of each structure (structures, 3, 3, k)."""
        owner = self.structure[self.i]
        made = np.zeros((len(self.sizes), 3, 3, slopes.shape[2]))
        for n in range(len(self.sizes)):
            own = slice(*np.searchsorted(owner, [n, n + 1]))
            made[n] = np.tensordot(self.vectors[own].T, slopes[own], axes=1)
        return made

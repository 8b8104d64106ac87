"""Functions on the 3-sphere: hyperspherical harmonics and the matrices u_j of SU(2).

A point is (cos θ, sin θ n). Real harmonics of degree j are R_jl(θ) Y_lm(n), l = 0 … j, with R_jl = N_jl sin^l θ C^(l+1)_{j−l}(cos θ)
(C: Gegenbauer polynomials); they span the same (j + 1)² functions as the elements of the matrix u_j(a, b) of SU(2) with
a = cos θ − i n_z sin θ, b = (n_y − i n_x) sin θ, in the layout of LAMMPS (rows m_b, columns m_a, each from 0 to j). Because of
u_j[j − m_b, j − m_a] = (−1)^(m_a − m_b) conj(u_j[m_b, m_a]) the
first half of the elements says all (for odd (j + 1)² with the middle one, which is real); they are listed as pairs (re, im).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from math import factorial, prod, sqrt
from threading import local

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray


@cache
def sphere(twojmax: int) -> Sphere:
    """The functions up to degree `twojmax`, made once."""
    return Sphere(twojmax)


@dataclass(frozen=True)
class Sphere:
    """All harmonics up to degree 2J: ordered by j, then l, then m."""

    twojmax: int

    @property
    def size(self) -> int:
        """How many harmonics there are."""
        return sum((j + 1) ** 2 for j in range(self.twojmax + 1))

    @cached_property
    def triples(self) -> list[tuple[int, int, int]]:
        """(j₁, j₂, j) of every invariant, in the order of LAMMPS."""
        top = self.twojmax
        return [(j1, j2, j) for j1 in range(top + 1) for j2 in range(j1 + 1) for j in range(j1 - j2, min(top, j1 + j2) + 1, 2) if j >= j1]

    def radial(self, angle: FloatArray) -> tuple[FloatArray, FloatArray]:
        """R_jl at angles θ (m,) and its slopes by θ: ((2J+1)(2J+2)/2, m) each, ordered by j, then l."""
        cosine, sine = np.cos(angle), np.sin(angle)
        powers = [np.ones_like(sine)]
        for _ in range(self.twojmax):
            powers.append(powers[-1] * sine)
        curves = [_gegenbauer(self.twojmax - l, l + 1.0, cosine) for l in range(self.twojmax + 1)]
        values = np.empty((len(self._pairs), len(angle)))
        slopes = np.empty_like(values)
        for row, (j, l) in enumerate(self._pairs):
            norm = 2.0**l * factorial(l) * sqrt((j + 1.0) * factorial(j - l) / factorial(j + l + 1))
            curve = curves[l][j - l] * norm
            np.multiply(powers[l], curve, out=values[row])
            slope = slopes[row]
            slope[:] = 0.0
            if l:
                np.multiply(powers[l - 1], curve, out=slope)
                slope *= l
                slope *= cosine
            if j > l:  # C' of one λ is 2 λ times the C of the next
                slope -= (2.0 * (l + 1) * norm) * powers[l + 1] * curves[l + 1][j - l - 1]
        return values, slopes

    def expand(self, vectors: FloatArray, lengths: FloatArray, radial: FloatArray, slopes: FloatArray) -> Expansion:
        """The harmonics of vectors (n, p, 3), Å, of p neighbours of each of n atoms, whose radial parts have been changed to `radial` with
        `slopes` by length (radials, n, p); where both are 0 there is no neighbour."""
        flat = vectors.reshape(-1, 3)
        angular, turned = _angular(self.twojmax, flat)
        return Expansion(self, radial, slopes, angular, turned, flat / lengths.reshape(-1, 1))

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return [(j, l) for j in range(self.twojmax + 1) for l in range(j + 1)]

    @cached_property
    def kept(self) -> NDArray[np.int64]:
        """Places of the products R_jl Y_lm with equal l among all."""
        count = (self.twojmax + 1) ** 2
        return np.concatenate([row * count + np.arange(l * l, (l + 1) ** 2) for row, (_, l) in enumerate(self._pairs)])

    def matrices(self, j: int) -> FloatArray:
        """W: half of the elements of u_j as (re, im) pairs are W times the harmonics of degree j (2 half, (j+1)²).

        Both span the same functions, so the map follows from their values at enough points.
        """
        random = np.random.default_rng(0)
        points = random.normal(size=(3 * (j + 1) ** 2, 4))
        points /= np.linalg.norm(points, axis=1)[:, None]
        sines = np.linalg.norm(points[:, 1:], axis=1)
        radial, _ = self.radial(np.arctan2(sines, points[:, 0]))
        angular, _ = _angular(self.twojmax, points[:, 1:])
        first = j * (j + 1) // 2
        known = np.concatenate([radial[first + l] * angular[l * l : (l + 1) ** 2] for l in range(j + 1)])
        wanted = _elements(j, points[:, 0] - 1j * points[:, 3], points[:, 2] - 1j * points[:, 1])[: ((j + 1) ** 2 + 1) // 2]
        stacked = np.stack([wanted.real, wanted.imag], axis=1).reshape(-1, len(points))
        made: FloatArray = np.linalg.lstsq(known.T, stacked.T, rcond=None)[0].T
        made[np.abs(made) < 1e-12] = 0.0
        return made


@dataclass(frozen=True, eq=False)
class Expansion:
    """Harmonics of p neighbours of each of n atoms. radial, slopes: (radials, n, p); angular: Y_lm (count, n p); turned: their derivatives
    by the vectors, pair by pair (count, 3 n p); units: directions (n p, 3). All but units lie in memory that the next one of this thread
    uses again."""

    sphere: Sphere
    radial: FloatArray
    slopes: FloatArray
    angular: FloatArray
    turned: FloatArray
    units: FloatArray

    def totals(self) -> FloatArray:
        """Σ over the neighbours of each atom of R_jl Y_lm (n, size)."""
        _, n, p = self.radial.shape
        every = np.matmul(self.radial.transpose(1, 0, 2), self.angular.reshape(len(self.angular), n, p).transpose(1, 2, 0))
        made: FloatArray = every.reshape(n, -1)[:, self.sphere.kept]
        return made

    def derivatives(self, j: int) -> FloatArray:
        """Of the harmonics of degree j by the vector of each neighbour ((j+1)², n, 3 p), in memory that the next call uses again."""
        (_, n, p), size, width = self.radial.shape, (j + 1) ** 2, self.turned.shape[1]
        made, spare = buffer("moved", (size, width)), buffer("spare", (2 * j + 1, width))
        first = j * (j + 1) // 2
        radial, slopes, outward = self._thrice
        for l in range(j + 1):
            rows, rest = slice(l * l, (l + 1) ** 2), spare[: 2 * l + 1]
            np.multiply(outward[rows], slopes[first + l], out=made[rows])
            np.multiply(self.turned[rows], radial[first + l], out=rest)
            made[rows] += rest
        shaped: FloatArray = made.reshape(size, n, 3 * p)
        return shaped

    def along(self, weights: FloatArray) -> FloatArray:
        """Derivatives of Σ weights (n, size) · harmonics of each atom by the vector of each neighbour (n, p, 3)."""
        top, (_, n, p) = self.sphere.twojmax, self.radial.shape
        by_value, by_slope = np.empty((2, len(self.angular), n, p))
        starts = np.cumsum([0, *((j + 1) ** 2 for j in range(top))])
        for l in range(top + 1):
            degrees = np.arange(l, top + 1)
            rows, own = slice(l * l, (l + 1) ** 2), np.arange(l * l, (l + 1) ** 2)
            chosen = weights[:, starts[degrees][None, :] + own[:, None]]
            places = degrees * (degrees + 1) // 2 + l
            for into, curves in ((by_value, self.radial), (by_slope, self.slopes)):
                np.matmul(chosen, curves[places].transpose(1, 0, 2), out=into[rows].transpose(1, 0, 2))
        outward = np.einsum("lm,lm->m", by_slope.reshape(self.angular.shape), self.angular)
        made = np.einsum("lm,lmc->mc", by_value.reshape(self.angular.shape), self.turned.reshape(*self.angular.shape, 3))
        made += outward[:, None] * self.units
        shaped: FloatArray = made.reshape(n, p, 3)
        return shaped

    @cached_property
    def _thrice(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Radial parts, their slopes, and angular parts times directions, for x, y and z of each pair (…, 3 n p)."""
        width = self.turned.shape[1]
        made = []
        for name, given in (("radial", self.radial), ("slopes", self.slopes), ("outward", self.angular)):
            wide = buffer(f"{name} thrice", (len(given), width))
            wide.reshape(len(given), width // 3, 3)[:] = given.reshape(len(given), width // 3, 1)
            made.append(wide)
        made[2] *= self.units.ravel()
        return made[0], made[1], made[2]


def _elements(j: int, a: NDArray[np.complex128], b: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """u_j(a, b), flattened ((j+1)², m), by the recursion from j − 1 to j (Varshalovich et al. 1988, 4.8.2)."""
    before = np.ones((1, 1, len(a)), dtype=np.complex128)
    for degree in range(1, j + 1):
        now = np.zeros((degree + 1, degree + 1, len(a)), dtype=np.complex128)
        m = np.arange(degree)
        for row in range(degree):
            now[row, m] += np.sqrt((degree - m) / (degree - row))[:, None] * a.conj() * before[row]
            now[row, m + 1] -= np.sqrt((m + 1) / (degree - row))[:, None] * b.conj() * before[row]
        now[degree] = (1.0 - 2.0 * ((np.arange(degree + 1) + degree) % 2))[:, None] * now[0, ::-1].conj()
        before = now
    return before.reshape(-1, len(a))


def _angular(top: int, vectors: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Real harmonics Y_lm of the directions and their derivatives by the vectors: ((top+1)², m), ((top+1)², 3 m), pair by pair.

    They stand along y, z, x, so that the buffer of derivatives has x, y, z in order; which way they stand cancels in `matrices`.
    """
    from e3viz.symmetry.harmonics import spherical_harmonics_with_gradients

    count = (top + 1) ** 2
    values, gradients = buffer("angular", (len(vectors), count)), buffer("angular slopes", (len(vectors), 3, count))
    spherical_harmonics_with_gradients(top, vectors[:, [1, 2, 0]], out=(values, gradients))
    turned = buffer("turned", (count, 3 * len(vectors)))
    turned[:] = gradients.reshape(-1, count).T
    return np.ascontiguousarray(values.T), turned


def _gegenbauer(top: int, order: float, x: FloatArray) -> list[FloatArray]:
    """C^(order)_n(x), n = 0 … top."""
    found = [np.ones_like(x), 2.0 * order * x]
    for n in range(2, top + 1):
        found.append((2.0 * (n + order - 1.0) * x * found[-1] - (n + 2.0 * order - 2.0) * found[-2]) / n)
    return found[: top + 1]


_kept_memory = local()


def buffer(name: str, shape: tuple[int, ...]) -> FloatArray:
    """An array of this thread to write into, the same memory each time: to touch fresh pages costs more than the arithmetic."""
    size = prod(shape)
    held: FloatArray | None = getattr(_kept_memory, name, None)
    if held is None or len(held) < size:
        held = np.zeros(size)
        setattr(_kept_memory, name, held)
    return held[:size].reshape(shape)

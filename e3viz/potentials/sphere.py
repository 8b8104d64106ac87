"""Functions on the 3-sphere: hyperspherical harmonics, the matrices u_j of SU(2), and cubic invariants of their coefficients.

A point is (cos θ, sin θ n). Real harmonics of degree j are R_jl(θ) Y_lm(n), l = 0 … j, with R_jl = N_jl sin^l θ C^(l+1)_{j−l}(cos θ)
(C: Gegenbauer polynomials); they span the same (j + 1)² functions as the elements of the matrix u_j(a, b) of SU(2) with
a = cos θ − i n_z sin θ, b = (n_y − i n_x) sin θ, in the layout of LAMMPS (rows m_b, columns m_a, each from 0 to j). Because of
u_j[j − m_b, j − m_a] = (−1)^(m_a − m_b) conj(u_j[m_b, m_a]) the
first half of the elements says all (for odd (j + 1)² with the middle one, which is real); they are listed as pairs (re, im).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from math import factorial, sqrt
from threading import local
from typing import Any

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

    @cached_property
    def products(self) -> CubicInvariants:
        """What makes invariants of coefficients."""
        return CubicInvariants(self)

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

    def expand(
        self, vectors: FloatArray, lengths: FloatArray, radial: FloatArray, slopes: FloatArray, ends: NDArray[np.int64]
    ) -> tuple[FloatArray, FloatArray]:
        """Sums of harmonics of vectors (m, 3), Å, whose radial parts have been changed to `radial` with `slopes` by length, and the
        derivatives of each by its vector: (n, size) and (size, 3 m), pair by pair. Sum i is of the vectors ends[i] to ends[i + 1].

        The derivatives lie in memory that the next call of this thread uses again.
        """
        top = self.twojmax
        angular, turned = _angular(top, vectors)
        totals = self._totals(angular, radial, ends)
        outward = np.repeat(angular, 3, axis=1)
        outward *= (vectors / lengths[:, None]).ravel()
        thrice, slopes = np.repeat(radial, 3, axis=1), np.repeat(slopes, 3, axis=1)
        moved, spare = _buffer("moved", (self.size, turned.shape[1])), _buffer("spare", (2 * top + 1, turned.shape[1]))
        row = pair = 0
        for j in range(top + 1):
            for l in range(j + 1):
                some, rows, rest = slice(l * l, (l + 1) ** 2), slice(row, row + 2 * l + 1), spare[: 2 * l + 1]
                np.multiply(outward[some], slopes[pair], out=moved[rows])
                np.multiply(turned[some], thrice[pair], out=rest)
                moved[rows] += rest
                row, pair = row + 2 * l + 1, pair + 1
        return totals, moved

    def _totals(self, angular: FloatArray, radial: FloatArray, ends: NDArray[np.int64]) -> FloatArray:
        """Σ over the vectors of each atom of R_jl Y_lm (n, size)."""
        every = np.empty((len(ends) - 1, len(radial), len(angular)))
        for atom, (low, high) in enumerate(pairwise(ends)):
            np.matmul(radial[:, low:high], angular[:, low:high].T, out=every[atom])
        return every.reshape(len(every), -1)[:, self._kept]

    @property
    def _pairs(self) -> list[tuple[int, int]]:
        return [(j, l) for j in range(self.twojmax + 1) for l in range(j + 1)]

    @cached_property
    def _kept(self) -> NDArray[np.int64]:
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


class CubicInvariants:
    """B(j₁, j₂, j) of coefficients per atom, and their gradients, by way of matrices u_j and sparse Clebsch–Gordan coefficients.

    The gradients by u_t of all B that u_t enters are one sparse matrix times products of two elements of two u.
    """

    def __init__(self, sphere: Sphere) -> None:
        degrees = range(sphere.twojmax + 1)
        self.count = len(sphere.triples)
        self.maps = [sphere.matrices(j) for j in degrees]
        ends = np.cumsum([(j + 1) ** 2 for j in degrees])
        self.slices = [slice(int(end) - (j + 1) ** 2, int(end)) for j, end in enumerate(ends)]
        self.members = [np.array([n for n, triple in enumerate(sphere.triples) if j in triple]) for j in degrees]
        terms = np.array([term for j in degrees for n in self.members[j] for term in _terms(j, sphere.triples[n])])
        rows = np.cumsum(np.diff(terms[:, 0], prepend=0.0) != 0.0)
        products, columns = np.unique(terms[:, 1:3].astype(np.int64), axis=0, return_inverse=True)
        self.first, self.second = np.ascontiguousarray(products.T)
        from scipy.sparse import coo_array

        self.matrix: Any = coo_array((terms[:, 3], (rows, columns)), shape=(int(rows[-1]) + 1, len(products))).tocsr()

    def of(self, totals: FloatArray) -> tuple[FloatArray, FloatArray]:
        """B (n, k) at coefficients of harmonics (n, size), to which the atom itself, at θ = 0, is added, and their gradients (n, k, size),
        which lie in memory that the next call of this thread uses again."""
        n, size = totals.shape
        gradients = _buffer(f"gradients {size}", (n, self.count, size))  # 0 where nothing is ever written
        full = np.empty((size, n), dtype=np.complex128)
        for j, (part, w) in enumerate(zip(self.slices, self.maps, strict=True)):
            _complete(j, (totals[:, part] @ w.T).view(np.complex128).T, full[part])
        pairs, second = (_buffer(name, (len(self.first), 2 * n)).view(np.complex128) for name in ("pairs", "second"))
        full.take(self.first, axis=0, out=pairs, mode="clip")
        full.take(self.second, axis=0, out=second, mode="clip")
        pairs *= second
        slopes = (self.matrix @ pairs.view(np.float64)).view(np.complex128)
        values = np.zeros((n, self.count))
        row = 0
        for j, (members, part) in enumerate(zip(self.members, self.slices, strict=True)):
            halves = ((j + 1) ** 2 + 1) // 2
            some = slopes[row : row + halves * len(members)]
            row += len(some)
            flat = some.T.copy().view(np.float64).reshape(n, len(members), -1)
            own = full[part][:halves].T.copy().view(np.float64)
            values[:, members] += np.matmul(flat, own[:, :, None])[..., 0] / 3.0  # Euler: B is cubic
            made = (flat.reshape(n * len(members), -1) @ self.maps[j]).reshape(n, len(members), -1)
            for place, member in enumerate(members):
                gradients[:, member, part] = made[:, place]
        return values, gradients


def _terms(t: int, triple: tuple[int, int, int]) -> list[tuple[int, int, int, float]]:
    """The gradient of B(triple) by half of the elements of u_t: for each of them (a number that grows from one to the next, the places of
    two elements among those of all u, coefficient)."""
    j1, j2, j = triple
    others = list(triple)
    others.remove(t)
    b, a = sorted(others)
    coupling = clebsch_gordan(a, b, t)
    factor = (j + 1.0) / (t + 1.0) * triple.count(t)
    first_a, first_b = (sum((k + 1) ** 2 for k in range(degree)) for degree in (a, b))
    found = []
    for place in range(((t + 1) ** 2 + 1) // 2):
        m_b, m_a = divmod(place, t + 1)
        twice = 1.0 if 2 * place == (t + 1) ** 2 - 1 else 2.0
        number = ((t * 100 + j1) * 100 + j2) * 10000 + j * 100 + place
        for b1, b2, c_b in coupling[m_b]:
            for a1, a2, c_a in coupling[m_a]:
                one, two = first_a + b1 * (a + 1) + a1, first_b + b2 * (b + 1) + a2
                found.append((number, max(one, two), min(one, two), twice * factor * c_b * c_a))
    return found


@cache
def clebsch_gordan(j1: int, j2: int, j: int) -> list[list[tuple[int, int, float]]]:
    """⟨j₁ m₁ j₂ m₂|j m⟩ with all degrees doubled: for each m = 0 … j the (m₁, m₂, coefficient) that are not zero; indices count from
    the lowest m."""
    f = factorial
    delta = f((j1 + j2 - j) // 2) * f((j1 - j2 + j) // 2) * f((-j1 + j2 + j) // 2) / f((j1 + j2 + j) // 2 + 1)
    found: list[list[tuple[int, int, float]]] = []
    for m in range(j + 1):
        terms = []
        for m1 in range(j1 + 1):
            m2 = (2 * m - j - (2 * m1 - j1) + j2) // 2
            if not 0 <= m2 <= j2:
                continue
            low = max(0, (j2 - j - (2 * m1 - j1)) // 2, (j1 - j + (2 * m2 - j2)) // 2)
            high = min((j1 + j2 - j) // 2, j1 - m1, m2)
            total = sum(
                (-1) ** z
                / (f(z) * f((j1 + j2 - j) // 2 - z) * f(j1 - m1 - z) * f(m2 - z))
                / (f((j - j2 + 2 * m1 - j1) // 2 + z) * f((j - j1 - 2 * m2 + j2) // 2 + z))
                for z in range(low, high + 1)
            )
            root = sqrt((j + 1.0) * delta * f(m1) * f(j1 - m1) * f(m2) * f(j2 - m2) * f(m) * f(j - m))
            if abs(total * root) > 1e-14:
                terms.append((m1, m2, total * root))
        found.append(terms)
    return found


def _complete(j: int, halved: NDArray[np.complex128], out: NDArray[np.complex128]) -> None:
    """All elements of u_j ((j+1)², n) from half of them, with the unit matrix added: the atom itself."""
    count = (j + 1) ** 2
    out[: len(halved)] = halved
    rest = np.arange(len(halved), count)
    m_b, m_a = np.divmod(rest, j + 1)
    out[rest] = (1.0 - 2.0 * ((m_a + m_b) % 2))[:, None] * out[count - 1 - rest].conj()
    out[:: j + 2] += 1.0


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
    values, gradients = _buffer("angular", (len(vectors), count)), _buffer("angular slopes", (len(vectors), 3, count))
    spherical_harmonics_with_gradients(top, vectors[:, [1, 2, 0]], out=(values, gradients))
    turned = _buffer("turned", (count, 3 * len(vectors)))
    turned[:] = gradients.reshape(-1, count).T
    return np.ascontiguousarray(values.T), turned


def _gegenbauer(top: int, order: float, x: FloatArray) -> list[FloatArray]:
    """C^(order)_n(x), n = 0 … top."""
    found = [np.ones_like(x), 2.0 * order * x]
    for n in range(2, top + 1):
        found.append((2.0 * (n + order - 1.0) * x * found[-1] - (n + 2.0 * order - 2.0) * found[-2]) / n)
    return found[: top + 1]


_buffers = local()


def _buffer(name: str, shape: tuple[int, ...]) -> FloatArray:
    """An array of this thread to write into, the same memory each time: to touch fresh pages costs more than the arithmetic."""
    size = int(np.prod(shape))
    held: FloatArray | None = getattr(_buffers, name, None)
    if held is None or len(held) < size:
        held = np.zeros(size)
        setattr(_buffers, name, held)
    return held[:size].reshape(shape)

"""Invariants of the third degree in coefficients of hyperspherical harmonics: B(j₁, j₂, j) = Σ conj(u_j) (C u_{j₁} ⊗ u_{j₂} C)_j.

Coefficients of real harmonics are taken to matrices u_j (`sphere`), where the Clebsch–Gordan coefficients C are sparse. The gradient of
every B by one of its u is then one sparse matrix times products of two elements of the two others, and B itself follows from Euler's
theorem: it is a third of the sum of coefficients times gradient.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import factorial, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray
from e3viz.potentials.sphere import Sphere, buffer, sphere

_AT_ONCE = 512
"""So many products that they stay in the cache."""


@cache
def cubic_invariants(twojmax: int) -> CubicInvariants:
    """Those of degrees up to `twojmax`, made once."""
    return CubicInvariants(sphere(twojmax))


class CubicInvariants:
    """members: for each degree the invariants that it enters (places among `Sphere.triples`); parts: for each degree its places among all
    coefficients; blocks: for each degree its rows where the gradients of its members stand one degree after the other."""

    def __init__(self, sphere: Sphere) -> None:
        from scipy.sparse import coo_array

        degrees = range(sphere.twojmax + 1)
        self.count = len(sphere.triples)
        self.members = [np.array([n for n, triple in enumerate(sphere.triples) if j in triple]) for j in degrees]
        self.parts = _slices([(j + 1) ** 2 for j in degrees])
        self.blocks = _slices([len(members) for members in self.members])
        self._maps = [sphere.matrices(j) for j in degrees]
        self._rest, self._mirrors, self._signs, self._diagonal = _symmetry(self.parts)
        terms = np.array([term for j in degrees for n in self.members[j] for term in _terms(j, sphere.triples[n])])
        rows = np.cumsum(np.diff(terms[:, 0], prepend=0.0) != 0.0).astype(np.int32)
        products, columns = np.unique(terms[:, 1:3].astype(np.int64), axis=0, return_inverse=True)
        self._first, self._second = np.ascontiguousarray(products.T)
        self._couple: Any = coo_array((terms[:, 3], (rows, columns.astype(np.int32))), shape=(int(rows[-1]) + 1, len(products))).tocsr()
        every = np.concatenate(self.members)
        self._gather: Any = coo_array((np.ones(len(every)), (every, np.arange(len(every)))), shape=(self.count, len(every))).tocsr()

    @property
    def rows(self) -> int:
        """How many gradients by a degree there are, of all invariants together."""
        return sum(map(len, self.members))

    def of(self, totals: FloatArray) -> tuple[FloatArray, list[FloatArray]]:
        """B (n, k) at coefficients of harmonics (n, size), to which the atom itself, at θ = 0, is added, and for each degree the gradients of
        its members (n, members, (j+1)²), which lie in memory that the next call of this thread uses again."""
        n, size = totals.shape
        full = buffer("full", (size, 2 * n)).view(np.complex128)
        for part, w in zip(self.parts, self._maps, strict=True):
            full[part.start : part.start + len(w) // 2] = (totals[:, part] @ w.T).view(np.complex128).T
        full[self._rest] = self._signs * full[self._mirrors].conj()
        full[self._diagonal] += 1.0
        slopes = self._slopes(full)
        values, gradients, row = np.zeros((n, self.count)), [], 0
        for j, (members, part, w) in enumerate(zip(self.members, self.parts, self._maps, strict=True)):
            halves = len(w) // 2
            some = slopes[row : row + halves * len(members)]
            row += len(some)
            flat = some.T.copy().view(np.float64).reshape(-1, len(w))
            made = buffer(f"gradients {j}", (len(flat), w.shape[1]))
            np.matmul(flat, w, out=made)
            gradients.append(made.reshape(n, len(members), -1))
            own = full[part][:halves].T.copy().view(np.float64)
            values[:, members] += np.matmul(flat.reshape(n, len(members), -1), own[:, :, None])[..., 0]
        return values / 3.0, gradients

    def gathered(self, blocks: FloatArray) -> FloatArray:
        """Σ over degrees of what belongs to the same invariant: (rows, m) → (k, m)."""
        made: FloatArray = self._gather @ blocks
        return made

    def summed(self, weights: FloatArray, gradients: list[FloatArray]) -> FloatArray:
        """The gradient (n, size) of Σ weights (n, k) · B."""
        made = np.empty((len(weights), self.parts[-1].stop))
        for members, part, gradient in zip(self.members, self.parts, gradients, strict=True):
            np.matmul(weights[:, None, members], gradient, out=made[:, None, part])
        return made

    def _slopes(self, full: NDArray[np.complex128]) -> NDArray[np.complex128]:
        """Gradients by half of the elements of every u, from all elements (size, n)."""
        n, count = full.shape[1], len(self._first)
        pairs = buffer("pairs", (count, 2 * n)).view(np.complex128)
        second = buffer("second", (_AT_ONCE, 2 * n)).view(np.complex128)
        for low in range(0, count, _AT_ONCE):
            some, other = pairs[low : low + _AT_ONCE], second[: min(_AT_ONCE, count - low)]
            full.take(self._first[low : low + _AT_ONCE], axis=0, out=some, mode="clip")
            full.take(self._second[low : low + _AT_ONCE], axis=0, out=other, mode="clip")
            some *= other
        made: NDArray[np.complex128] = (self._couple @ pairs.view(np.float64)).view(np.complex128)
        return made


def _symmetry(parts: list[slice]) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray, NDArray[np.int64]]:
    """The second halves of all u among all elements, which elements say them, with which signs (…, 1), and the diagonals."""
    rest, mirrors, signs, diagonal = [], [], [], []
    for j, part in enumerate(parts):
        count = (j + 1) ** 2
        places = np.arange((count + 1) // 2, count)
        m_b, m_a = np.divmod(places, j + 1)
        rest.append(part.start + places)
        mirrors.append(part.start + count - 1 - places)
        signs.append(1.0 - 2.0 * ((m_a + m_b) % 2))
        diagonal.append(np.arange(part.start, part.stop, j + 2))
    return np.concatenate(rest), np.concatenate(mirrors), np.concatenate(signs)[:, None], np.concatenate(diagonal)


def _slices(sizes: list[int]) -> list[slice]:
    return [slice(low, high) for low, high in pairwise([0, *np.cumsum(sizes).tolist()])]


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

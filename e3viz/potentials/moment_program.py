"""Scalars of a moment tensor potential for many atoms at once, with all derivatives that a fit of it asks for.

Quantities form a vector v per atom: basic moments first, then what the steps v_c += m v_a v_b make (`moments.MomentBasis`). Steps whose
operands are known are done together: one product of gathered rows, then one sparse matrix. Arrays are (quantities, atoms).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray
from e3viz.potentials.moments import MomentBasis

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Stage:
    """Steps that may be done together. a, b: operands (s,); made: what they make (t,); add: (t, s) with the factors; to_a, to_b: where
    adjoints go, (quantities, s) with the factors."""

    a: Places
    b: Places
    made: Places
    add: Any
    to_a: Any
    to_b: Any
    rows: Places


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Derivatives by basic moments that one stage adds: d[made] = add @ (d[d] · v[v])."""

    d: Places
    v: Places
    low: int
    high: int
    add: Any


class MomentProgram:
    """The steps of a basis, ready to run."""

    def __init__(self, basis: MomentBasis) -> None:
        self.basis = basis
        self.basics = len(basis.basic)
        depth = np.zeros(basis.count, dtype=np.int64)
        for a, b, _, c in basis.times:
            depth[c] = max(depth[c], depth[a] + 1, depth[b] + 1)
        level = depth[basis.times[:, 3]]
        self._by_stage = [basis.times[level == n].astype(np.int64) for n in range(1, int(depth.max(initial=0)) + 1)]
        self.stages = [self._stage(times) for times in self._by_stage]
        self._found = np.zeros((0, 0))  # always 0 in the same places

    def values(self, moments: FloatArray) -> FloatArray:
        """All quantities (count, n) from basic moments (basics, n)."""
        v = np.empty((self.basis.count, moments.shape[1]))
        v[: self.basics] = moments
        for stage in self.stages:
            v[stage.made] = stage.add @ (v[stage.a] * v[stage.b])
        return v

    def adjoint(self, v: FloatArray, weights: FloatArray) -> FloatArray:
        """Σ of weighted scalars (k,): its derivatives by all quantities (count, n), the basic moments first."""
        adjoint = np.zeros_like(v)
        np.add.at(adjoint, self.basis.scalars, weights[:, None])
        for stage in reversed(self.stages):
            up = adjoint[stage.rows]
            adjoint += stage.to_a @ (up * v[stage.b])
            adjoint += stage.to_b @ (up * v[stage.a])
        return adjoint

    def gradient(self, v: FloatArray, weights: FloatArray) -> FloatArray:
        """The same by the basic moments alone (basics, n)."""
        return self.adjoint(v, weights)[: self.basics]

    def curved(self, v: FloatArray, adjoint: FloatArray, moved: FloatArray) -> FloatArray:
        """How the gradient changes when the basic moments go along each of d directions `moved` (basics, n, d)."""
        shape = moved.shape[1:]
        along, back = np.empty((len(v), *shape)), np.zeros((len(v), *shape))
        along[: self.basics] = moved
        flat, back_flat = along.reshape(len(v), -1), back.reshape(len(v), -1)
        wide = v[:, :, None]
        for stage in self.stages:
            step = along[stage.a] * wide[stage.b]
            step += wide[stage.a] * along[stage.b]
            flat[stage.made] = stage.add @ step.reshape(len(step), -1)
        for stage in reversed(self.stages):
            up, held = back[stage.rows], adjoint[stage.rows][:, :, None]
            for other, to in ((stage.b, stage.to_a), (stage.a, stage.to_b)):
                step = up * wide[other]
                step += held * along[other]
                back_flat += to @ step.reshape(len(step), -1)
        return back[: self.basics]

    def jacobian(self, v: FloatArray) -> FloatArray:
        """Derivatives of every scalar by the basic moments (n, k, basics), in memory that the next call uses again."""
        slopes, places, targets, size = self._slopes
        d = np.empty((size, v.shape[1]))
        d[0] = 1.0
        for stage in slopes:
            d[stage.low : stage.high] = stage.add @ (d[stage.d] * v[stage.v])
        n = v.shape[1]
        if n > len(self._found):
            self._found = np.zeros((n, len(self.basis.scalars) * self.basics))
        self._found[:n, targets] = d[places].T
        return self._found[:n].reshape(n, -1, self.basics)

    def _stage(self, times: Places) -> _Stage:
        from scipy.sparse import csr_array

        a, b, factor, c = times.T
        made, rows = np.unique(c, return_inverse=True)
        s, weights = np.arange(len(a)), factor.astype(float)
        count = self.basis.count
        return _Stage(
            a,
            b,
            made,
            csr_array((weights, (rows, s)), shape=(len(made), len(a))),
            csr_array((weights, (a, s)), shape=(count, len(a))),
            csr_array((weights, (b, s)), shape=(count, len(a))),
            c,
        )

    @cached_property
    def _slopes(self) -> tuple[list[_Slopes], Places, Places, int]:
        """The steps of all derivatives that are not zero; which of them belong to scalars, and where these go in (k · basics)."""
        from scipy.sparse import csr_array

        known: dict[int, dict[int, int]] = {n: {n: 0} for n in range(self.basics)}
        size, slopes = 1, []
        for times in self._by_stage:
            entries: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
            for a, b, factor, c in times.tolist():
                for one, other in ((a, b), (b, a)):
                    for basic, place in known[one].items():
                        entries.setdefault((c, basic), []).append((place, other, factor))
            rows = [row for row, terms in enumerate(entries.values()) for _ in terms]
            d, v, factors = np.array([term for terms in entries.values() for term in terms], dtype=np.int64).T
            add = csr_array((factors.astype(float), (rows, np.arange(len(rows)))), shape=(len(entries), len(rows)))
            slopes.append(_Slopes(d, v, size, size + len(entries), add))
            for row, (c, basic) in enumerate(entries):
                known.setdefault(c, {})[basic] = size + row
            size += len(entries)
        wanted = [
            (place, n * self.basics + basic)
            for n, scalar in enumerate(self.basis.scalars.tolist())
            for basic, place in known[scalar].items()
        ]
        places, targets = np.array(wanted, dtype=np.int64).T
        return slopes, places, targets, size

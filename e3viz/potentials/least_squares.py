"""Weighted ridge least squares whose rows come bit by bit and are forgotten: what is kept is the triangle R of a QR decomposition.

Rows [A | b] that were added so far and R have the same normal equations, so any later solution needs R alone; new rows join it by
another QR decomposition (G. Golub and C. Van Loan, Matrix Computations, 5.2 and 6.5). Unlike with sums of AᵀA no digits are lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from e3viz.atoms.structure import FloatArray


class Triangle:
    """All rows so far, as one triangle. columns: of [A | b]; total: sum of the weights of the rows."""

    def __init__(self, columns: int) -> None:
        self.columns, self.total = columns, 0.0
        self._r = np.zeros((0, columns))
        self._waiting: list[FloatArray] = []

    def add(self, rows: FloatArray, weight: float = 1.0) -> None:
        """Add rows of [A | b] (m, columns)."""
        self._waiting.append(rows * np.sqrt(weight))
        self.total += weight * len(rows)
        if sum(map(len, self._waiting)) > 3 * self.columns + 500:
            self._fold()

    @property
    def r(self) -> FloatArray:
        """R (columns, columns), or fewer rows where fewer were added."""
        self._fold()
        return self._r

    @classmethod
    def of(cls, r: FloatArray, total: float) -> Triangle:
        """The one that had this R and total."""
        made = cls(r.shape[1])
        made._r, made.total = np.array(r), float(total)
        return made

    def _fold(self) -> None:
        if self._waiting:
            r: Any = np.linalg.qr(np.concatenate([self._r, *self._waiting]), mode="r")
            self._r = r
            self._waiting = []


def solve(triangles: Sequence[Triangle], weights: Sequence[float], ridge: float, free: int = 0) -> FloatArray:
    """x that minimises Σ weight · mean (A x − b)² + ridge Σ (s x)², s: root mean square of each column, so that the unit of a column does
    not matter. The first `free` columns are not held down by the ridge."""
    parts = [np.sqrt(w / t.total) * t.r for t, w in zip(triangles, weights, strict=True) if w > 0.0 and t.total > 0.0]
    columns = triangles[0].columns
    if not parts:
        return np.zeros(columns - 1)
    r = np.concatenate(parts)
    scale = np.linalg.norm(r[:, :-1], axis=0)
    scale[scale < 1e-14 * scale.max(initial=1e-300)] = np.inf
    a = np.concatenate([r[:, :-1] / scale, np.sqrt(ridge) * np.eye(columns - 1)[free:]])
    b = np.concatenate([r[:, -1], np.zeros(columns - 1 - free)])
    found: FloatArray = np.linalg.lstsq(a, b, rcond=1e-13)[0] / scale
    return found


def squares(triangle: Triangle, x: FloatArray) -> float:
    """The weighted mean of (A x − b)² over all rows that were added."""
    left = triangle.r @ np.append(x, -1.0)
    return float(left @ left) / triangle.total if triangle.total else 0.0

"""Matrices of numbers as exact fractions and square roots, for people to read: √2/2 rather than 0.7071.

Entries are recognised, not computed, so this is for matrices of which theory says that they have such entries (changes of basis between
Cartesian tensors and irreps, representations of point groups). A number with no such form near by makes the whole matrix None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.symmetry.surd import Surd

Entries = tuple[tuple[Surd, ...], ...]


@dataclass(frozen=True)
class ExactMatrix:
    """rows of entries, all exact."""

    entries: Entries

    def texts(self) -> tuple[tuple[str, ...], ...]:
        """Each entry in Unicode: −√6/6."""
        return tuple(tuple(entry.text() for entry in row) for row in self.entries)

    def latex(self) -> str:
        r"""Rows joined by \\ and entries by &, for a matrix environment; mathtext has none, so use `texts` for pictures."""
        return r" \\ ".join(" & ".join(entry.latex() for entry in row) for row in self.entries)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[np.float64]:
        return np.array([[float(entry) for entry in row] for row in self.entries], dtype=dtype or float)


def exact_matrix(numbers: NDArray[Any], *, most: int = 20_000, tolerance: float = 1e-11) -> ExactMatrix | None:
    """The matrix (n, m) with every entry as (p/q) √n whose square has a denominator up to `most`; None if one has no such form."""
    values = np.asarray(numbers, dtype=float)
    known: dict[float, Surd | None] = {}
    rows: list[tuple[Surd, ...]] = []
    for row in values:
        entries = []
        for value in row:
            key = round(float(value), 13) + 0.0
            if key not in known:
                known[key] = Surd.near(float(value), most=most, tolerance=tolerance)
            entry = known[key]
            if entry is None:
                return None
            entries.append(entry)
        rows.append(tuple(entries))
    return ExactMatrix(tuple(rows))

"""Learning curves: errors against the number of training structures, their power law, and the data needed for an error.

Fitted is log error = log a − b log N by least squares over all seeds; the interval of b is Student's at 95 %. A power law is a description of
the sizes that were run, no promise beyond them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.training.study_table import Row

FAR = 100.0
"""Times the largest size: a power law that goes on longer than that says nothing any more."""


@dataclass(frozen=True, eq=False)
class LearningCurve:
    """One potential. sizes (k,), ascending; means, low, high: over seeds (k,), NaN for a hole; x, y: every run (r,); rows: the runs."""

    name: str
    title: str
    sizes: FloatArray
    means: FloatArray
    low: FloatArray
    high: FloatArray
    x: FloatArray
    y: FloatArray
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class PowerLaw:
    """error = factor · N^(−exponent). margin: half the width of the 95 % interval of the exponent, NaN for fewer than three runs."""

    factor: float
    exponent: float
    margin: float

    def at(self, size: float) -> float:
        """The error at a size."""
        return float(self.factor * size ** (-self.exponent))


@dataclass(frozen=True)
class Needed:
    """How many structures an error takes. size: inf where the curve does not fall to it within `FAR` times its largest size; beyond:
    outside the sizes that were run."""

    size: float
    beyond: bool


def learning_curves(rows: Sequence[Row], quantity: str, against: str = "n_train") -> list[LearningCurve]:
    """One per potential, in the order of the table. quantity: a column of errors; against: n_train, cpu_seconds or parameters."""
    found = []
    for name in dict.fromkeys(row.potential for row in rows):
        own = [row for row in rows if row.potential == name and math.isfinite(getattr(row, quantity))]
        if not own:
            continue
        sizes = sorted({row.n_train for row in own})
        groups = [[row for row in own if row.n_train == size] for size in sizes]
        values = [np.array([getattr(row, quantity) for row in group], dtype=float) for group in groups]
        x = [float(np.mean([getattr(row, against) for row in group])) for group in groups]
        found.append(
            LearningCurve(
                name, own[0].title, np.array(x), np.array([v.mean() for v in values]), np.array([v.min() for v in values]),
                np.array([v.max() for v in values]), np.array([float(getattr(row, against)) for row in own]),
                np.array([float(getattr(row, quantity)) for row in own]), tuple(own),
            )
        )  # fmt: skip
    return found


def power_law(x: FloatArray, y: FloatArray) -> PowerLaw | None:
    """Fitted to runs; None for fewer than two sizes."""
    known = (x > 0) & (y > 0) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(np.unique(x)) < 2:
        return None
    u, v = np.log(x), np.log(y)
    centred = u - u.mean()
    slope = float(centred @ v / (centred @ centred))
    level = float(v.mean() - slope * u.mean())
    margin = math.nan
    if len(x) > 2:
        from scipy.stats import t

        away = v - level - slope * u
        margin = float(t.ppf(0.975, len(x) - 2) * math.sqrt(float(away @ away) / (len(x) - 2) / float(centred @ centred)))
    return PowerLaw(math.exp(level), -slope, margin)


def needed(curve: LearningCurve, error: float) -> Needed:
    """Structures for an error: read off the line through the means, or off the power law of its last three sizes beyond them."""
    x, y = np.log(curve.sizes), np.log(curve.means)
    for k in range(len(x)):
        if curve.means[k] <= error:
            if k == 0:
                break
            share = (y[k - 1] - math.log(error)) / (y[k - 1] - y[k])
            return Needed(float(np.exp(x[k - 1] + share * (x[k] - x[k - 1]))), False)
    if len(x) and curve.means[0] <= error:
        return Needed(float(curve.sizes[0]), True)
    law = power_law(curve.sizes[-3:], curve.means[-3:])
    if law is None or law.exponent <= 0.02:
        return Needed(math.inf, True)
    size = math.log(law.factor / error) / law.exponent
    return Needed(math.exp(size) if size <= math.log(FAR * float(curve.sizes[-1])) else math.inf, True)


def comparison(curves: Sequence[LearningCurve], error: float) -> list[str]:
    """Sentences on how much data each takes beside the one that takes the least."""
    found = sorted(((needed(curve, error), curve) for curve in curves), key=lambda pair: pair[0].size)
    if len(found) < 2 or not math.isfinite(found[0][0].size):
        return []
    best, first = found[0]
    said = []
    for other, curve in found[1:]:
        if not math.isfinite(other.size):
            said.append(f"{curve.title} does not get there, even with {FAR:g} times the data that were run.")
            continue
        if other.size == best.size:
            said.append(f"{curve.title} is there as early as {first.title}.")
            continue
        sign = "some " if other.beyond or best.beyond else ""
        said.append(f"{first.title} needs {sign}{other.size / best.size:.2g} times less data than {curve.title}.")
    return said

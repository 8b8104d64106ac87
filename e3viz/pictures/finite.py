"""Points that are not finite cannot be drawn: what stands in for them, and which they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def finite(points: Array) -> tuple[NDArray[np.float32], Array]:
    """Points (n, 3) as float32 with those that are not finite put onto the first that is, and which are."""
    points = np.asarray(points)
    good: Array = all_finite(points)
    if good.all():
        return points.astype(np.float32, copy=False), good
    spare = points[good][0] if good.any() else np.zeros(3)
    return np.where(good[:, None], points, spare).astype(np.float32), good


def all_finite(points: Array) -> Array:
    """Which of points (n, 3) are finite."""
    known = np.isfinite(points)
    good: Array = np.ones(len(known), dtype=bool) if known.all() else np.asarray(known.all(axis=1))  # row by row is ten times slower
    return good

"""The scale bar of a scene: a bar of a round length, as both the stage and vector figures draw it.

Convention: the length is that of things at the focal point, which in parallel projection is the length of everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from e3viz.pictures.axes import CORNER, scale
from e3viz.pictures.ticks import plain
from e3viz.pictures.view import View

LONGEST, EDGE, FOOT, THICK, WORDS = 110.0, 18.0, 18.0, 3.0, 12.0
"""Points: longest bar, its distance from the left edge and from the foot, its thickness, and the size of its text."""


@dataclass(frozen=True)
class Ruler:
    """left, right, foot: where it lies, in pixels from the lower left corner; text: its length with unit."""

    left: float
    right: float
    foot: float
    text: str


def round_length(most: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above `most`."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (5.0, 2.0, 1.0) if step * power <= most * (1.0 + 1e-9))


def ruler(view: View, unit: str, pixels: float, *, beside_axes: bool) -> Ruler:
    """The bar in a view; unit: of the scene's lengths; pixels: device pixels per point; beside_axes: the axes cross has the corner."""
    per_length = view.size[1] / view.height
    length = round_length(min(LONGEST * pixels, view.size[0] / 4.0) / per_length)
    left = 2.0 * CORNER * scale(view, pixels) if beside_axes else EDGE * pixels
    return Ruler(left, left + length * per_length, FOOT * pixels, f"{plain(length)} {unit}")

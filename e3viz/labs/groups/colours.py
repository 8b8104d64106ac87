"""Colours of group elements and corners: hues around a circle of equal lightness, so that none stands out.

Rotations run through blue and green, improper elements through red and yellow; the identity is grey. So the table of a group with
mirrors falls into four blocks at a glance. Powers of one rotation are neighbours.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.colourmaps import from_lab
from e3viz.symmetry.groups import FiniteGroup

Bytes = NDArray[np.uint8]
PROPER, IMPROPER = (290.0, 140.0), (5.0, 100.0)
"""Where the hues of rotations and of improper elements begin and end, in degrees of CIELAB."""


def _hues(lightness: NDArray[np.float64], chroma: float, hue: NDArray[np.float64]) -> Bytes:
    angle = np.radians(hue)
    lab = np.column_stack([np.broadcast_to(lightness, hue.shape), chroma * np.cos(angle), chroma * np.sin(angle)])
    colours: Bytes = np.rint(from_lab(lab)).astype(np.uint8)
    return colours


@lru_cache(maxsize=64)
def wheel(count: int) -> Bytes:
    """(count, 3): all round the circle, strong enough for white text."""
    return _hues(np.array(54.0), 46.0, 280.0 + 360.0 * np.arange(count) / max(count, 1))


@lru_cache(maxsize=64)
def element_colours(group: FiniteGroup) -> Bytes:
    """(h, 3): pale enough for dark text."""
    improper = np.array([op.kind in ("i", "σ", "S") for op in group.operations])
    colours = np.zeros((len(group), 3), np.uint8)
    for which, (start, stop) in ((~improper, PROPER), (improper, IMPROPER)):
        count = int(which.sum())
        place: NDArray[np.float64] = np.arange(count, dtype=float) / max(count - 1, 1)
        lightness: NDArray[np.float64] = 80.0 + 6.0 * (np.arange(count, dtype=float) % 2.0)
        colours[which] = _hues(lightness, 27.0, start + (stop - start) * place)
    colours[0] = (221, 225, 233)
    return colours


def hexed(colour: NDArray[np.uint8]) -> str:
    """#rrggbb."""
    return "#{:02x}{:02x}{:02x}".format(*(int(v) for v in colour))

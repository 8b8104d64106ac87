"""Colours of numbers: one diverging map (blue, white, red; centred on zero) and one sequential map (dark to light).

Both run through a few chosen colours at an even pace in CIELAB (CIE 1976, D65), so that equal differences of a number look equally
large, and lightness alone orders the sequential map. Blue and red stay apart for every common kind of colour blindness; the two
arms of the diverging map have the same lightness, so neither sign stands out. NaN is grey.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
_RED = ((96.5, 0.0, 0.0), (83.0, 16.0, 15.0), (67.0, 38.0, 32.0), (51.0, 52.0, 38.0), (37.0, 47.0, 27.0), (25.0, 37.0, 14.0))
_BLUE = ((96.5, 0.0, 0.0), (83.0, -3.0, -18.0), (67.0, 3.0, -38.0), (51.0, 11.0, -51.0), (37.0, 17.0, -49.0), (25.0, 16.0, -41.0))
_STEPS = ((22.0, 14.0, -30.0), (36.0, 8.0, -38.0), (50.0, -14.0, -25.0), (63.0, -30.0, -3.0), (76.0, -27.0, 27.0), (92.0, -6.0, 42.0))
_XYZ = np.array([[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]])
_WHITE = np.array([0.95047, 1.0, 1.08883])
UNKNOWN = np.array([152, 158, 170], dtype=np.uint8)


def from_lab(lab: NDArray[Any]) -> NDArray[np.float64]:
    """sRGB, 0 to 255, of CIELAB colours (n, 3); what lies outside is cut off."""
    fy = (lab[:, 0] + 16.0) / 116.0
    f = np.stack([fy + lab[:, 1] / 500.0, fy, fy - lab[:, 2] / 200.0], axis=1)
    xyz = np.where(f > 6.0 / 29.0, f**3, 3.0 * (6.0 / 29.0) ** 2 * (f - 4.0 / 29.0)) * _WHITE
    linear = np.clip(xyz @ _XYZ.T, 0.0, 1.0)
    srgb: NDArray[np.float64] = 255.0 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return srgb


def _even(paths: tuple[NDArray[Any], ...], count: int) -> list[NDArray[np.float64]]:
    """`count` colours along each of some smooth paths through anchors (k, 3) in CIELAB, evenly spaced by their mean distance."""
    knots = np.arange(len(paths[0]))
    fine = np.linspace(0, len(knots) - 1, 4001)
    smooth = [np.stack([_smooth(knots, anchors[:, k], fine) for k in range(3)], axis=1) for anchors in paths]
    steps = sum(np.linalg.norm(np.diff(path, axis=0), axis=1) for path in smooth)
    run = np.concatenate([[0.0], np.cumsum(steps)])
    place = np.interp(np.linspace(0.0, run[-1], count), run, fine)
    return [np.stack([np.interp(place, fine, path[:, k]) for k in range(3)], axis=1) for path in smooth]


def _smooth(knots: NDArray[Any], values: NDArray[Any], at: NDArray[Any]) -> NDArray[np.float64]:
    """Cubic interpolation with slopes from the neighbours (Catmull–Rom)."""
    slopes = np.gradient(values.astype(float))
    i = np.minimum(at.astype(int), len(knots) - 2)
    t = at - i
    smooth: NDArray[np.float64] = (
        (2 * t**3 - 3 * t**2 + 1) * values[i] + (t**3 - 2 * t**2 + t) * slopes[i]
        + (3 * t**2 - 2 * t**3) * values[i + 1] + (t**3 - t**2) * slopes[i + 1]
    )  # fmt: skip
    return smooth


def _table(lab: NDArray[np.float64]) -> Bytes:
    table: Bytes = np.rint(from_lab(lab)).astype(np.uint8)
    table.setflags(write=False)
    return table


_below, _above = _even((np.array(_BLUE), np.array(_RED)), 128)
DIVERGING: Bytes = _table(np.concatenate([_below[::-1], _above]))
SEQUENTIAL: Bytes = _table(_even((np.array(_STEPS),), 256)[0])


def diverging(values: NDArray[Any], limit: float) -> Bytes:
    """Colours (…, 3) of values: −limit deep blue, 0 white, +limit deep red. A limit of 0 gives white."""
    scaled = np.asarray(values, dtype=float) / limit if limit > 0 else np.zeros(np.shape(values))
    return _looked_up(DIVERGING, (scaled + 1.0) / 2.0)


def sequential(values: NDArray[Any], low: float, high: float) -> Bytes:
    """Colours (…, 3) of values: low dark, high light; everything in the middle if low is not below high."""
    if high > low:
        return _looked_up(SEQUENTIAL, (np.asarray(values, dtype=float) - low) / (high - low))
    return _looked_up(SEQUENTIAL, np.where(np.isnan(np.asarray(values, dtype=float)), np.nan, 0.5))


def _looked_up(table: Bytes, fraction: NDArray[Any]) -> Bytes:
    known = ~np.isnan(fraction)
    place = np.rint(np.clip(np.where(known, fraction, 0.5), 0.0, 1.0) * 255.0).astype(int)
    colours: Bytes = np.where(known[..., None], table[place], UNKNOWN).astype(np.uint8)
    return colours

"""Real spherical harmonics Yˡₘ in e3nn's convention, values and gradients, computed by sphericart.

e3nn's polar axis is y, and its Yˡₘ(x, y, z) is sphericart's at (z, x, y); no signs differ. Columns are ordered l = 0 … l_max, and
m = −l … l within each l: column l² + l + m. Normalisations, with Y from each on the unit sphere:

    integral    ∫ Y² dΩ = 1                  sphericart's own: nothing to multiply
    component   Σₘ Y² = 2l + 1               integral × √(4π)
    norm        Σₘ Y² = 1                    integral × √(4π / (2l + 1))

Without `normalize` Yˡ is the homogeneous polynomial of degree l. With it, points are divided by max(|x|, 1e-12) first, as e3nn does,
so that at the origin Y⁰ keeps its value and all others are 0. Reference: F. Bigi et al., J. Chem. Phys. 159, 064802 (2023).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.wigner import check_degree

Normalization = Literal["integral", "component", "norm"]
Floats = NDArray[np.floating[Any]]
_SHORTEST = 1e-12


@lru_cache(maxsize=64)
def _calculator(l_max: int, on_sphere: bool) -> Any:
    import sphericart

    return sphericart.SphericalHarmonics(l_max) if on_sphere else sphericart.SolidHarmonics(l_max)


@lru_cache(maxsize=64)
def scale_factors(l_max: int, normalization: Normalization) -> NDArray[np.float64]:
    """((l_max + 1)²,): what multiplies each `integral` harmonic to give it another normalisation."""
    l = np.repeat(np.arange(l_max + 1), 2 * np.arange(l_max + 1) + 1)
    if normalization == "integral":
        factors = np.ones(len(l))
    elif normalization == "component":
        factors = np.full(len(l), np.sqrt(4.0 * np.pi))
    elif normalization == "norm":
        factors = np.sqrt(4.0 * np.pi / (2.0 * l + 1.0))
    else:
        raise UserError(f"“{normalization}” is no normalisation of harmonics.", "Choose integral, component or norm.")
    factors.setflags(write=False)
    return factors


def spherical_harmonics(
    l_max: int, points: NDArray[Any], *, normalization: Normalization = "integral", normalize: bool = True, out: Floats | None = None
) -> Floats:
    """All Yˡₘ up to l_max at points (…, 3): values (…, (l_max + 1)²), in the points' precision (float32 stays, all else is float64).

    out: an array of that shape to write into; give it again and again to save the allocation.
    """
    turned, shape = _turned(points)
    count = (check_degree(l_max) + 1) ** 2
    values = _output(out, (*shape, count), turned.dtype)
    flat = values.reshape(len(turned), count)
    if len(turned):
        _compute(_calculator(l_max, normalize), turned, flat, None)
        if normalize:
            _mend_origin(l_max, turned, flat, None)
    _scale(flat, l_max, normalization)
    return values


def spherical_harmonics_with_gradients(
    l_max: int,
    points: NDArray[Any],
    *,
    normalization: Normalization = "integral",
    normalize: bool = True,
    out: tuple[Floats, Floats] | None = None,
) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Values (…, (l_max + 1)²) and their derivatives by x, y and z, each of the same shape.

    The derivatives are views of one buffer (…, 3, (l_max + 1)²) whose axes stand in sphericart's order z, x, y, hence a tuple. out: the
    two buffers to write into. With `normalize` the derivative at the origin does not exist and is given as 0.
    """
    turned, shape = _turned(points)
    count = (check_degree(l_max) + 1) ** 2
    values = _output(None if out is None else out[0], (*shape, count), turned.dtype)
    gradients = _output(None if out is None else out[1], (*shape, 3, count), turned.dtype)
    flat, slopes = values.reshape(len(turned), count), gradients.reshape(len(turned), 3, count)
    if len(turned):
        _compute(_calculator(l_max, normalize), turned, flat, slopes)
        if normalize:
            _mend_origin(l_max, turned, flat, slopes)
    _scale(flat, l_max, normalization)
    _scale(slopes, l_max, normalization)
    return values, (gradients[..., 1, :], gradients[..., 2, :], gradients[..., 0, :])


def _turned(points: NDArray[Any]) -> tuple[Floats, tuple[int, ...]]:
    """Points as (n, 3) in sphericart's axes (z, x, y), contiguous, and their leading shape."""
    given = np.asarray(points)
    if given.ndim == 0 or given.shape[-1] != 3:
        raise UserError("Points in space have three coordinates.", "Give an array of shape (…, 3).")
    dtype = np.float32 if given.dtype == np.float32 else np.float64
    flat = given.reshape(-1, 3)
    turned = np.empty(flat.shape, dtype=dtype)
    turned[:, 0], turned[:, 1], turned[:, 2] = flat[:, 2], flat[:, 0], flat[:, 1]  # a third of the time of indexing by a list
    return turned, given.shape[:-1]


def _output(out: Floats | None, shape: tuple[int, ...], dtype: Any) -> Floats:
    if out is None:
        return np.empty(shape, dtype=dtype)
    if out.shape != shape or out.dtype != dtype or not out.flags.c_contiguous:
        raise ValueError(f"out must be a contiguous array of shape {shape} and type {np.dtype(dtype)}")
    return out


def _compute(calculator: Any, turned: Floats, values: Floats, gradients: Floats | None) -> None:
    """Into the given buffers. sphericart's public calls allocate their results each time, which above 20 MB costs more than the
    arithmetic; its one step that fills buffers is used where the installed version has it."""
    fill = getattr(calculator, "_compute_numpy", None)
    if fill is not None:
        fill(turned, values, gradients, None)
    elif gradients is None:
        values[...] = calculator.compute(turned)
    else:
        values[...], gradients[...] = calculator.compute_with_gradients(turned)


def _mend_origin(l_max: int, turned: Floats, values: Floats, gradients: Floats | None) -> None:
    """Overwrite the rows of points shorter than 1e-12, where dividing by the length fails."""
    if np.abs(turned[:, 0]).min() >= _SHORTEST:  # one coordinate suffices to clear almost every set of points, cheaply
        return
    short = np.flatnonzero(np.abs(turned).max(axis=1) < _SHORTEST)
    short = short[np.linalg.norm(turned[short].astype(float), axis=1) < _SHORTEST]
    if len(short):
        inside = np.ascontiguousarray(turned[short] / np.asarray(_SHORTEST, dtype=turned.dtype))
        values[short] = _calculator(l_max, False).compute(inside)
        if gradients is not None:
            gradients[short] = 0.0


def _scale(array: Floats, l_max: int, normalization: Normalization) -> None:
    if normalization == "component":
        array *= array.dtype.type(np.sqrt(4.0 * np.pi))
    elif normalization != "integral":
        array *= scale_factors(l_max, normalization).astype(array.dtype)

"""A translator between the conventions in which people write spherical harmonics.

A convention is described here by what sets it apart from one plain real basis R (axes x, y, z with z polar, orders m = −l … l, no
phases, ∫ R² dΩ = 1; Wikipedia's real harmonics): which coordinates it takes for the textbook's x, y, z, whether it is complex, whether it
carries the Condon–Shortley phase (−1)ᵐ for m > 0, the order of m, and the normalisation. `change_matrix` gives M with
Y_to(p) = M Y_from(p) for values; coefficients of one and the same function change by the inverse transpose of M.

The trap that costs people most: e3nn's polar axis is y. At the same point all orders mix; only if the axes are renamed too,
(x, y, z) → (z, x, y), do orders keep their names. Both are offered.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.symmetry.harmonics import Normalization, scale_factors, spherical_harmonics
from e3viz.symmetry.wigner import check_degree, real_from_complex, wigner_D

Matrix = NDArray[np.float64] | NDArray[np.complex128]
Axes = Literal["same point", "renamed"]
_E3NN_AXES = "zxy"


@dataclass(frozen=True)
class Convention:
    """One way to write Yˡₘ.

    axes: the coordinates that stand for the textbook's x, y, z: its last letter is the polar axis, its first the azimuth's origin.
    m_order: ascending (−l … l), descending (l … −l) or zero first (0, 1, −1, 2, −2, …). phase: the Condon–Shortley factor (−1)ᵐ for m > 0.
    code: a Python function of the degree l and points (n, 3) that returns (n, 2l + 1).
    """

    name: str
    title: str
    axes: str = "xyz"
    is_complex: bool = False
    phase: bool = False
    m_order: Literal["ascending", "descending", "zero first"] = "ascending"
    normalization: Normalization = "integral"
    formula: str = ""
    code: str = ""

    def __post_init__(self) -> None:
        if sorted(self.axes) != ["x", "y", "z"]:
            raise UserError(f"“{self.axes}” does not name three axes.", "Write each of x, y and z once, for example zxy.")

    @property
    def polar_axis(self) -> str:
        """The axis about which order m turns by e^{imφ}."""
        return self.axes[2]

    def orders(self, l: int) -> tuple[int, ...]:
        """The orders m of degree l in the order in which this convention lists them."""
        if self.m_order == "zero first":
            return (0, *(sign * m for m in range(1, l + 1) for sign in (1, -1)))
        upwards = tuple(range(-l, l + 1))
        return upwards if self.m_order == "ascending" else upwards[::-1]

    def facts(self) -> tuple[tuple[str, str], ...]:
        """What sets it apart, as lines of a table."""
        order = {"ascending": "−l … l", "descending": "l … −l", "zero first": "0, 1, −1, 2, −2 …"}[self.m_order]
        size = {"integral": "∫ |Y|² dΩ = 1", "component": "Σₘ |Y|² = 2l + 1", "norm": "Σₘ |Y|² = 1"}[self.normalization]
        return (
            ("values", "complex" if self.is_complex else "real"),
            ("polar axis", self.polar_axis),
            ("azimuth from", f"{self.axes[0]} towards {self.axes[1]}"),
            ("phase (−1)ᵐ for m > 0", "yes (Condon–Shortley)" if self.phase else "no"),
            ("order of m", order),
            ("normalisation", f"{self.normalization}: {size}"),
        )


_E3NN_CODE = """\
def harmonics(l, points):
    import torch
    from e3nn import o3
    return o3.spherical_harmonics(l, torch.as_tensor(points), normalize=True, normalization="component").numpy()
"""
_SPHERICART_CODE = """\
def harmonics(l, points):
    import sphericart
    return sphericart.SphericalHarmonics(l).compute(points)[:, l * l : (l + 1) ** 2]
"""
_SCIPY_CODE = """\
def harmonics(l, points):
    import numpy as np
    from scipy.special import sph_harm_y
    x, y, z = points.T
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    return np.stack([sph_harm_y(l, m, polar, azimuth) for m in range(-l, l + 1)], axis=-1)
"""
_PHYSICS_CODE = """\
def harmonics(l, points):
    import math
    import numpy as np
    from scipy.special import assoc_legendre_p
    x, y, z = points.T / np.linalg.norm(points, axis=1)
    columns = []
    for m in range(-l, l + 1):
        k = abs(m)
        size = math.sqrt((2 * l + 1) / (4 * math.pi) * math.factorial(l - k) / math.factorial(l + k))
        value = size * assoc_legendre_p(l, k, z)[0] * np.exp(1j * k * np.arctan2(y, x))
        columns.append(value if m >= 0 else (-1) ** k * value.conj())
    return np.stack(columns, axis=-1)
"""
_WIKIPEDIA_CODE = """\
def harmonics(l, points):
    import numpy as np
    from scipy.special import sph_harm_y
    x, y, z = points.T
    polar, azimuth = np.arctan2(np.hypot(x, y), z), np.arctan2(y, x)
    columns = []
    for m in range(-l, l + 1):
        value = sph_harm_y(l, abs(m), polar, azimuth)
        columns.append(value.real if m == 0 else np.sqrt(2) * (-1) ** m * (value.real if m > 0 else value.imag))
    return np.stack(columns, axis=-1)
"""
_COMPLEX_FORMULA = r"Y_{lm} = (-1)^m \sqrt{\frac{2l+1}{4\pi}\frac{(l-m)!}{(l+m)!}}\; P_l^m(\cos\theta)\, e^{im\varphi}"
_REAL_FORMULA = r"Y_{l,\pm m} = \sqrt{2}\,(-1)^m\,\{\mathrm{Re},\mathrm{Im}\}\,Y_l^m"

CONVENTIONS: dict[str, Convention] = {
    c.name: c
    for c in (
        Convention(
            "e3nn",
            "e3nn, component normalisation",
            axes=_E3NN_AXES,
            normalization="component",
            formula=r"Y^{e3nn}_{lm}(x, y, z) = \sqrt{4\pi}\; Y^{real}_{lm}(z, x, y)",
            code=_E3NN_CODE,
        ),
        Convention(
            "physics", "physics: complex, Condon–Shortley", is_complex=True, phase=True, formula=_COMPLEX_FORMULA, code=_PHYSICS_CODE
        ),
        Convention("scipy", "SciPy: sph_harm_y", is_complex=True, phase=True, formula=_COMPLEX_FORMULA, code=_SCIPY_CODE),
        Convention("wikipedia", "Wikipedia, real", formula=_REAL_FORMULA, code=_WIKIPEDIA_CODE),
        Convention("sphericart", "sphericart", formula=_REAL_FORMULA, code=_SPHERICART_CODE),
    )
}


def convention(name: str) -> Convention:
    """The convention of a name; raises UserError with the nearest one."""
    if name not in CONVENTIONS:
        raise UserError(f"No convention is called “{name}”.", nearest(name, CONVENTIONS))
    return CONVENTIONS[name]


@lru_cache(maxsize=512)
def change_matrix(source: Convention, target: Convention, l: int, axes: Axes = "same point") -> Matrix:
    """M (2l+1, 2l+1), read-only, with Y_target(p) = M Y_source(p); complex only if one of the two is.

    axes: both taken at the same point of space, or `renamed`: each at the point that has the same textbook coordinates.
    """
    own, others = _from_plain(target, check_degree(l)), _from_plain(source, l)
    turn = np.eye(2 * l + 1)
    if axes == "same point" and source.axes != target.axes:
        turn = _of_axes(target.axes, l) @ _of_axes(source.axes, l).T
    elif axes not in ("same point", "renamed"):
        raise UserError(f"“{axes}” does not say how axes are compared.", "Choose “same point” or “renamed”.")
    matrix = own @ turn @ np.linalg.inv(others)
    matrix = np.where(np.abs(matrix.real) < 1e-14, 0.0, matrix.real) + 1j * np.where(np.abs(matrix.imag) < 1e-14, 0.0, matrix.imag)
    result: Matrix = matrix if source.is_complex != target.is_complex or matrix.imag.any() else matrix.real
    result.setflags(write=False)
    return result


def harmonics_in(target: Convention, l: int, points: NDArray[Any]) -> Matrix:
    """Yˡₘ of a convention at points (…, 3), (…, 2l + 1), from sphericart: e3nn's numbers, translated."""
    values = spherical_harmonics(l, points, normalization="component")[..., l * l :].astype(float)
    result: Matrix = values @ change_matrix(CONVENTIONS["e3nn"], target, l).T
    return result


def _from_plain(to: Convention, l: int) -> NDArray[np.complex128]:
    """(2l+1, 2l+1): a convention's harmonics from the plain real ones, axes alike."""
    matrix: NDArray[np.complex128] = np.eye(2 * l + 1, dtype=complex)
    if to.is_complex:
        matrix = real_from_complex(l).conj().T.copy()  # with the Condon–Shortley phase
    if to.phase != to.is_complex:
        matrix[l + 1 :] *= np.array([(-1.0) ** m for m in range(1, l + 1)])[:, None]
    matrix *= scale_factors(l, to.normalization)[l * l :, None]
    return matrix[[l + m for m in to.orders(l)]]


def _of_axes(axes: str, l: int) -> NDArray[np.float64]:
    """(2l+1, 2l+1): R of the coordinates `axes` of a point from R of its x, y, z."""
    place = np.eye(3)[["xyz".index(a) for a in axes]]
    e3nn = np.eye(3)[["xyz".index(a) for a in _E3NN_AXES]]
    return wigner_D(l, e3nn.T @ place @ e3nn)  # D in e3nn's basis of the same turn, seen with e3nn's axes

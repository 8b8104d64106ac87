"""Wigner D matrices of O(3) in e3nn's real basis: Yˡ(g x) = Dˡ(g) Yˡ(x), and D(g) of whole irreps.

A rotation is written R = R_y(α) R_x(β) R_y(γ). About the polar axis y, order m only mixes with −m, by the phase e^{imα}. About x the
matrix is a trigonometric polynomial of degree l in β whose coefficients are the projectors of the generator, exp(β G) = Σ e^{imβ} P_m;
they are found once per l. So D costs one small matrix product and a few elementwise ones, for all degrees and all rotations at
once, and no angle is ever formed: phases are powers of the complex numbers cos + i sin that stand in the matrix of R, and powers of
exact 0 and ±1 stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import DEGREE_LIMIT, Irrep, Irreps, as_irreps

Real = NDArray[np.float64]
Complex = NDArray[np.complex128]
MATRIX_LIMIT = 4096
"""The largest dimension for which `D` builds a dense matrix (4096² numbers are 128 MiB)."""


@lru_cache(maxsize=128)
def real_from_complex(l: int) -> Complex:
    """W with R = W Y: real harmonics (m = −l … l, all signs plain) from the complex ones with the Condon–Shortley phase."""
    w = np.zeros((2 * l + 1, 2 * l + 1), dtype=complex)
    w[l, l] = 1.0
    for m in range(1, l + 1):
        sign = (-1) ** m
        w[l + m, l + m], w[l + m, l - m] = sign * np.sqrt(0.5), np.sqrt(0.5)
        w[l - m, l + m], w[l - m, l - m] = -1j * sign * np.sqrt(0.5), 1j * np.sqrt(0.5)
    w.setflags(write=False)
    return w


@lru_cache(maxsize=128)
def generators(l: int) -> Real:
    """G_x, G_y, G_z, (3, 2l+1, 2l+1), antisymmetric: D(rotation by θ about n) = exp(θ n·G)."""
    m = np.arange(-l, l)
    raising = np.diag(np.sqrt(l * (l + 1.0) - m * (m + 1.0)), -1).astype(complex)
    j = np.stack([(raising + raising.T) / 2, (raising - raising.T) / 2j, np.diag(np.arange(-l, l + 1)).astype(complex)])
    w = real_from_complex(l)
    about: Real = (w.conj() @ (-1j * j) @ w.T).real
    return about[[1, 2, 0]]  # e3nn's (x, y, z) are the (y, z, x) of the angular momentum's textbook


@lru_cache(maxsize=128)
def _turn_about_x(l: int) -> Real:
    """(2l+1, 2l+1, 2l+1): coefficients of 1, cos β … cos lβ, sin β … sin lβ in exp(β G_x)."""
    _, vectors = np.linalg.eigh(-1j * generators(l)[0])
    projectors = np.einsum("im,jm->mij", vectors, vectors.conj())  # eigenvalues come sorted: m = −l … l
    upper = projectors[l + 1 :]
    series = np.concatenate([projectors[l : l + 1].real, 2.0 * upper.real, -2.0 * upper.imag])
    exact = np.round(series * 64.0) / 64.0  # 0, ½, ¼ … come out of the eigenvectors with rounding noise, which people would see
    return np.where(np.abs(series - exact) < 2e-15, exact, series)


@dataclass(frozen=True, eq=False)
class _Plan:
    """What D of some degrees needs, all entries (l, row m, column m′) laid out in one line.

    series: (2L+1, entries) as in `_turn_about_x`; row, column: m + L and m′ + L; mirrored_row: where (l, −m, m′) stands,
    mirrored_column: where (l, m, −m′) stands; starts: the first entry of each degree.
    """

    l_max: int
    series: Real
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    mirrored_row: NDArray[np.intp]
    mirrored_column: NDArray[np.intp]
    starts: tuple[int, ...]


@lru_cache(maxsize=64)
def _plan(degrees: tuple[int, ...]) -> _Plan:
    top = max(degrees)
    sizes = [(2 * l + 1) ** 2 for l in degrees]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    series = np.zeros((2 * top + 1, int(starts[-1])))
    rows, columns, mirrored_rows, mirrored_columns = [], [], [], []
    for l, start, size in zip(degrees, starts, sizes, strict=False):
        own = _turn_about_x(l).reshape(2 * l + 1, size)
        series[: l + 1, start : start + size] = own[: l + 1]
        series[top + 1 : top + 1 + l, start : start + size] = own[l + 1 :]
        places = np.arange(size).reshape(2 * l + 1, 2 * l + 1)
        row, column = np.divmod(places, 2 * l + 1)
        rows.append((row - l + top).ravel())
        columns.append((column - l + top).ravel())
        mirrored_rows.append(start + places[::-1].ravel())
        mirrored_columns.append(start + places[:, ::-1].ravel())
    row_of, column_of, row_mirror, column_mirror = (
        np.concatenate(part).astype(np.intp) for part in (rows, columns, mirrored_rows, mirrored_columns)
    )
    return _Plan(top, series, row_of, column_of, row_mirror, column_mirror, tuple(int(s) for s in starts))


def _phases(z: Complex, l_max: int) -> Complex:
    """(n, l_max + 1): the powers 0 … l_max of unit complex numbers (n,)."""
    powers = np.empty((len(z), l_max + 1), dtype=complex)
    powers[:, 0] = 1.0
    powers[:, 1:] = z[:, None]
    return np.cumprod(powers, axis=1, out=powers)


def _euler_phases(r: Real) -> tuple[Complex, Complex, Complex]:
    """e^{iα}, e^{iβ}, e^{iγ} of rotations (n, 3, 3) = R_y(α) R_x(β) R_y(γ), with no loss of accuracy near β = 0 and π."""
    sine = np.hypot(r[:, 0, 1], r[:, 2, 1])
    tilted = sine > 0.0
    safe = np.where(tilted, sine, 1.0)
    cos_a, sin_a = np.where(tilted, r[:, 2, 1] / safe, 1.0), np.where(tilted, r[:, 0, 1] / safe, 0.0)
    cos_g, sin_g = cos_a * r[:, 0, 0] - sin_a * r[:, 2, 0], cos_a * r[:, 0, 2] - sin_a * r[:, 2, 2]
    return _unit(cos_a, sin_a), _unit(r[:, 1, 1], sine), _unit(cos_g, sin_g)


def _unit(cosine: Real, sine: Real) -> Complex:
    """cos + i sin as complex numbers of length 1 to the last digit."""
    z = cosine + 1j * sine
    z /= np.hypot(cosine, sine)
    return z


def _entries(plan: _Plan, rotations: Real) -> Real:
    """(n, entries): the matrices of all degrees of the plan for proper rotations (n, 3, 3)."""
    top = plan.l_max
    alpha, beta, gamma = (_phases(z, top) for z in _euler_phases(rotations))
    turn = np.concatenate([beta.real, beta.imag[:, 1:]], axis=1) @ plan.series
    cos_a = np.concatenate([alpha.real[:, :0:-1], alpha.real], axis=1)[:, plan.row]
    sin_a = np.concatenate([-alpha.imag[:, :0:-1], alpha.imag], axis=1)[:, plan.row]
    turn = cos_a * turn - sin_a * turn[:, plan.mirrored_row]
    cos_g = np.concatenate([gamma.real[:, :0:-1], gamma.real], axis=1)[:, plan.column]
    sin_g = np.concatenate([-gamma.imag[:, :0:-1], gamma.imag], axis=1)[:, plan.column]
    result: Real = cos_g * turn + sin_g * turn[:, plan.mirrored_column]
    return result


def _split(g: NDArray[Any] | Element) -> tuple[Real, Real, tuple[int, ...]]:
    """Proper rotations (n, 3, 3), determinants (n,) and the leading shape of g."""
    matrices = np.asarray(g.linear if isinstance(g, Element) else g, dtype=float)
    if matrices.shape[-2:] != (3, 3):
        raise UserError("A rotation is a matrix of 3 × 3 numbers.", "Give an array of shape (…, 3, 3).")
    flat = matrices.reshape(-1, 3, 3)
    if not np.abs(flat @ flat.transpose(0, 2, 1) - np.eye(3)).max(initial=0.0) < 1e-6:
        raise UserError(
            "This matrix is not orthogonal, so it is no rotation or reflection.", "Its rows must be perpendicular unit vectors."
        )
    signs = np.sign(np.linalg.det(flat))
    return flat * signs[:, None, None], signs, matrices.shape[:-2]


def check_degree(l: int) -> int:
    """l itself; raises UserError if it is negative or above the limit."""
    if not 0 <= l <= DEGREE_LIMIT:
        raise UserError(f"The degree {l} is out of range.", f"Choose l from 0 to {DEGREE_LIMIT}.")
    return int(l)


def wigner_D(l: int, g: NDArray[Any] | Element, parity: int | None = None) -> Real:  # noqa: N802  its name in the field
    """Dˡ(g), (…, 2l+1, 2l+1), for an Element (its translation plays no part) or orthogonal matrices (…, 3, 3).

    parity: how the inversion acts; None means (−1)ˡ, that of the spherical harmonics, so that Yˡ(g x) = Dˡ(g) Yˡ(x) for improper g too.
    """
    plan = _plan((check_degree(l),))
    rotations, signs, shape = _split(g)
    matrices = _entries(plan, rotations).reshape(-1, 2 * l + 1, 2 * l + 1)
    if ((-1) ** l if parity is None else parity) == -1:
        matrices *= signs[:, None, None]
    return matrices.reshape(*shape, 2 * l + 1, 2 * l + 1)


def wigner_D_up_to(l_max: int, g: NDArray[Any] | Element) -> tuple[Real, ...]:  # noqa: N802
    """Dˡ(g) with the parity of the harmonics for l = 0 … l_max, each (…, 2l+1, 2l+1); far quicker than one by one."""
    plan = _plan(tuple(range(check_degree(l_max) + 1)))
    rotations, signs, shape = _split(g)
    entries = _entries(plan, rotations)
    found = []
    for l, (start, stop) in enumerate(zip(plan.starts[:-1], plan.starts[1:], strict=True)):
        matrices = entries[:, start:stop] * signs[:, None] if l % 2 else entries[:, start:stop]
        found.append(matrices.reshape(*shape, 2 * l + 1, 2 * l + 1))
    return tuple(found)


@lru_cache(maxsize=64)
def _block_places(irreps: Irreps) -> tuple[_Plan, NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]:
    """The plan of the degrees that occur; for each number in the blocks of D its place in the flat matrix, the entry of the plan
    that belongs there, and whether the parity of its irrep is odd."""
    degrees = tuple(sorted({check_degree(irrep.l) for count, irrep in irreps if count}))
    plan = _plan(degrees)
    starts = dict(zip(degrees, plan.starts, strict=False))
    places, sources, odd = [], [], []
    for first, irrep in irreps.blocks():
        component = first + np.arange(irrep.dim)
        places.append((component[:, None] * irreps.dim + component).ravel())
        sources.append(starts[irrep.l] + np.arange(irrep.dim**2))
        odd.append(np.full(irrep.dim**2, irrep.parity == -1))
    return plan, np.concatenate(places).astype(np.intp), np.concatenate(sources).astype(np.intp), np.concatenate(odd)


def D(irreps: Irreps | Irrep | str, g: NDArray[Any] | Element) -> Real:  # noqa: N802
    """D(g), block diagonal, (…, dim, dim), of a direct sum of irreps. Raises UserError if that matrix would be too large."""
    typed = as_irreps(irreps)
    dim = typed.dim
    if dim > MATRIX_LIMIT:
        raise UserError(f"The matrix D(g) of these irreps would have {dim} rows.", f"Use irreps with at most {MATRIX_LIMIT} components.")
    rotations, signs, shape = _split(g)
    matrix = np.zeros((len(rotations), dim * dim))
    if dim:
        plan, places, sources, odd = _block_places(typed)
        blocks = _entries(plan, rotations)[:, sources]
        if signs.size and signs.min() < 0:
            blocks *= np.where(odd, signs[:, None], 1.0)
        matrix[:, places] = blocks
    return matrix.reshape(*shape, dim, dim)

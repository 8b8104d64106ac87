"""Signals on the sphere as triangle meshes: lobes, balloons, coloured spheres, the pyramid of all Yˡₘ, and node lines.

The mesh is a subdivided icosahedron: no seam, no crowded poles, so that a turned surface looks as good as the first. The harmonics at
its points are computed once and kept in float32; a new surface is then a matrix product and one multiplication per coordinate. That,
not the harmonics, is what a slider repeats. Normals are exact and cost no look at the faces: a surface r(n) n has the normal r n − ∇r
(∇ along the sphere), which is linear in the coefficients too.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import scale_factors, spherical_harmonics, spherical_harmonics_with_gradients
from e3viz.symmetry.sphere import degree_of
from e3viz.symmetry.wigner import check_degree, wigner_D_up_to

Single = NDArray[np.float32]
Mode = Literal["lobes", "balloon", "sphere"]
POINTS = 5000


@dataclass(frozen=True, eq=False)
class SphereMesh:
    """points (n, 3) float32 of length 1, faces (m, 3) int32 turned outwards. Read-only."""

    points: Single
    faces: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class PyramidArrays:
    """points (count · n, 3), values (count · n,) and unit normals (count · n, 3) of all harmonics, one after the other."""

    points: Single
    values: Single
    normals: Single


@dataclass(frozen=True, eq=False)
class SignalSurface:
    """points (n, 3), the signal's values (n,) at them, unit normals (n, 3), faces (m, 3): the same array each time."""

    points: Single
    values: Single
    normals: Single
    faces: NDArray[np.int32]


def sphere_mesh(about: int = POINTS) -> SphereMesh:
    """The icosahedron with each edge cut into k pieces, 10 k² + 2 points, as near to the wished number as can be; made once."""
    return _mesh(_pieces(about))


def _pieces(about: int) -> int:
    return max(1, round(math.sqrt(max(about - 2, 0) / 10.0)))


@lru_cache(maxsize=8)
def _mesh(k: int) -> SphereMesh:
    corners, triangles = _icosahedron()
    steps = [(i, j) for i in range(k + 1) for j in range(k + 1 - i)]
    number = {step: n for n, step in enumerate(steps)}
    share = np.array([[k - i - j, i, j] for i, j in steps]) / k
    points = np.einsum("sc,tcx->tsx", share, corners[triangles]).reshape(-1, 3)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    upright = [[number[i, j], number[i + 1, j], number[i, j + 1]] for i in range(k) for j in range(k - i)]
    inverted = [[number[i + 1, j], number[i + 1, j + 1], number[i, j + 1]] for i in range(k) for j in range(k - i - 1)]
    faces = (np.array(upright + inverted)[None] + len(steps) * np.arange(len(triangles))[:, None, None]).reshape(-1, 3)
    _, first, merged = np.unique(np.round(points, 9) + 0.0, axis=0, return_index=True, return_inverse=True)
    mesh = SphereMesh(points[first].astype(np.float32), merged.reshape(-1)[faces].astype(np.int32))
    mesh.points.setflags(write=False)
    mesh.faces.setflags(write=False)
    return mesh


def _icosahedron() -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Its 12 corners (12, 3) and 20 triangles (20, 3), turned outwards."""
    golden = (1.0 + math.sqrt(5.0)) / 2.0
    base = [(0.0, a, b * golden) for a, b in itertools.product((1.0, -1.0), repeat=2)]
    corners = np.array([point[-turn:] + point[:-turn] for turn in range(3) for point in base])
    near = np.isclose(np.linalg.norm(corners[:, None] - corners[None], axis=-1), 2.0)
    triangles = [t for t in itertools.combinations(range(12), 3) if near[t[0], t[1]] and near[t[1], t[2]] and near[t[0], t[2]]]
    outward = [t if np.linalg.det(corners[list(t)]) > 0 else t[::-1] for t in triangles]
    return corners, np.array(outward)


def mesh_basis(l_max: int, about: int = POINTS) -> Single:
    """((l_max + 1)², n): all harmonics (`integral`) at the points of the mesh, made once. Read-only."""
    return _basis(check_degree(l_max), _pieces(about))


@lru_cache(maxsize=4)
def _basis(l_max: int, k: int) -> Single:
    values = spherical_harmonics(l_max, _mesh(k).points.astype(float))
    basis = np.ascontiguousarray(values.T.astype(np.float32))
    basis.setflags(write=False)
    return basis


@lru_cache(maxsize=4)
def _normal_basis(l_max: int, k: int) -> Single:
    """((l_max + 1)², n · 3): Y n − ∇Y of each harmonic, what its |Y| lobes have as a normal, up to sign and length."""
    directions = _mesh(k).points.astype(float)
    values, slopes = spherical_harmonics_with_gradients(l_max, directions)
    basis = np.empty((values.shape[1], len(directions), 3), dtype=np.float32)
    for axis in range(3):
        basis[:, :, axis] = (values * directions[:, axis, None] - slopes[axis]).T
    basis.setflags(write=False)
    return basis.reshape(len(basis), -1)


def lobe_normals(coefficients: Single, values: Single, about: int = POINTS) -> Single:
    """Unit normals (…, n, 3) of the lobes |f| of signals (…, (l_max + 1)²) whose values at the mesh's points are (…, n)."""
    basis = _normal_basis(check_degree(math.isqrt(coefficients.shape[-1]) - 1), _pieces(about))
    normals: Single = (coefficients @ basis).reshape(*values.shape, 3)
    _to_unit_length(normals, values)
    return normals


def _to_unit_length(vectors: Single, signs: Single | None) -> None:
    """Divide vectors (…, 3) by their lengths, in place, turned over where signs (…) are negative."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    factor = x * x
    factor += y * y
    factor += z * z
    np.sqrt(factor, out=factor)
    np.maximum(factor, np.float32(1e-20), out=factor)
    np.reciprocal(factor, out=factor)
    if signs is not None:
        np.copysign(factor, signs, out=factor)
    for axis in range(3):
        vectors[..., axis] *= factor


def signal_surface(coefficients: NDArray[Any], mode: Mode = "lobes", *, size: float | None = None, about: int = POINTS) -> SignalSurface:
    """A signal Σ c Yˡₘ as a surface.

    lobes: radius |f|. balloon: radius 1 + f/2, so that the largest value stands out by half. sphere: radius 1; only the values tell.
    size: the |f| that is drawn with radius 1 (in balloons 1.5); None takes the largest, so that the surface always fills its place.
    """
    if mode not in ("lobes", "balloon", "sphere"):
        raise UserError(f"“{mode}” is no way to draw a signal.", "Choose lobes, balloon or sphere.")
    mesh, l_max = sphere_mesh(about), degree_of(coefficients)
    single = np.asarray(coefficients, dtype=np.float32)
    values = single @ mesh_basis(l_max, about)
    top = np.float32(np.abs(values).max() if size is None else size)
    scaled = values / top if top > 0.0 else values
    radius = np.abs(scaled) if mode == "lobes" else 1.0 + 0.5 * scaled if mode == "balloon" else np.ones_like(values)
    points = np.empty((len(values), 3), dtype=np.float32)
    for axis in range(3):
        np.multiply(np.maximum(radius, 0.0), mesh.points[:, axis], out=points[:, axis])
    normals = np.array(mesh.points)
    if mode != "sphere" and top > 0.0:
        outwards = (single @ _normal_basis(l_max, _pieces(about))).reshape(-1, 3)
        normals = outwards if mode == "lobes" else normals + outwards * (np.float32(0.5) / top)
        _to_unit_length(normals, values if mode == "lobes" else None)
    return SignalSurface(points, values, normals, mesh.faces)


def node_lines(coefficients: NDArray[Any], about: int = POINTS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where a signal is zero: starts and ends (k, 3) of short lines on the unit sphere."""
    mesh = sphere_mesh(about)
    values = np.asarray(coefficients, dtype=float) @ mesh_basis(degree_of(coefficients), about)
    top = float(np.abs(values).max())
    values[np.abs(values) < 1e-6 * top] = 0.0
    if top == 0.0:
        return np.zeros((0, 3)), np.zeros((0, 3))
    positive = values[mesh.faces] >= 0.0  # zeros count as positive, so that every triangle is crossed along two edges or none
    crossed = mesh.faces[positive.any(axis=1) & ~positive.all(axis=1)]
    sign = values[crossed] >= 0.0
    lonely = np.where(sign.sum(axis=1) == 1, sign.argmax(axis=1), (~sign).argmax(axis=1))
    rows = np.arange(len(crossed))
    corner, ends = crossed[rows, lonely], []
    for step in (1, 2):
        other = crossed[rows, (lonely + step) % 3]
        share = (values[corner] / (values[corner] - values[other]))[:, None]
        point = (1.0 - share) * mesh.points[corner] + share * mesh.points[other]
        ends.append(point / np.linalg.norm(point, axis=1, keepdims=True))
    return ends[0], ends[1]


class Pyramid:
    """All Yˡₘ to l_max as lobes of one mesh, drawn each about its own centre; harmonic after harmonic, in column order.

    faces: (count · m, 3) for all of them together, made once. radius: of the largest lobe of each Yˡ₀; values are scaled like the radii.
    """

    def __init__(self, l_max: int, centres: NDArray[Any], *, radius: float = 1.0, about: int = POINTS) -> None:
        self.l_max = check_degree(l_max)
        self.count = (l_max + 1) ** 2
        self.mesh = sphere_mesh(about)
        self._each = len(self.mesh.points)
        self._basis = mesh_basis(l_max, about) * (radius * scale_factors(l_max, "norm").astype(np.float32))[:, None]
        outwards = _normal_basis(l_max, _pieces(about)).reshape(self.count, self._each, 3)
        self._outwards = np.ascontiguousarray(outwards.transpose(0, 2, 1)).reshape(self.count, -1)  # x, y and z apart: quicker to scale
        self._directions = np.ascontiguousarray(self.mesh.points.T)
        self._centres = np.asarray(centres, dtype=np.float32).reshape(self.count, 3)
        shift = (self._each * np.arange(self.count, dtype=np.int32))[:, None, None]
        self.faces = (self.mesh.faces[None] + shift).reshape(-1, 3)

    def buffers(self) -> PyramidArrays:
        """Arrays of the shapes that `surfaces` fills."""
        n = self.count * self._each
        return PyramidArrays(*(np.empty(shape, dtype=np.float32) for shape in ((n, 3), (n,), (n, 3))))

    def surfaces(
        self, g: Element | NDArray[Any] | None = None, weights: NDArray[Any] | None = None, out: PyramidArrays | None = None
    ) -> PyramidArrays:
        """All harmonics, each turned by g (through D(g), its translation apart) and times its weight (count,).

        New arrays each time, or `out` filled anew: give two sets in turn where whoever draws compares arrays by identity.
        """
        arrays = self.buffers() if out is None else out
        values = arrays.values.reshape(self.count, self._each)
        shape = (self.count, self._each, 3)
        normals, placed = arrays.normals.reshape(shape), arrays.points.reshape(shape)
        sizes = np.ones((self.count, 1), np.float32) if weights is None else np.asarray(weights, dtype=np.float32).reshape(-1, 1)
        turns = None if g is None else wigner_D_up_to(self.l_max, g)
        for l in range(self.l_max + 1):  # degree by degree, what is worked on stays in the processor's cache
            rows = slice(l * l, (l + 1) ** 2)
            if turns is None:
                values[rows], outwards = self._basis[rows], self._outwards[rows]
            else:
                turn = turns[l].T.astype(np.float32)
                np.matmul(turn, self._basis[rows], out=values[rows])
                outwards = turn @ self._outwards[rows]
            _scaled_to_unit_length(outwards.reshape(2 * l + 1, 3, -1), values[rows], normals[rows])
            values[rows] *= sizes[rows]
            radius = np.abs(values[rows])
            for axis in range(3):
                np.multiply(radius, self._directions[axis], out=placed[rows, :, axis])
                placed[rows, :, axis] += self._centres[rows, axis, None]
        return arrays


def _scaled_to_unit_length(planes: Single, signs: Single, out: Single) -> None:
    """Vectors whose x, y and z stand apart, (…, 3, n), as unit vectors (…, n, 3), turned over where signs (…, n) are negative."""
    factor = planes[:, 0] * planes[:, 0]
    for axis in (1, 2):
        factor += planes[:, axis] * planes[:, axis]
    np.sqrt(factor, out=factor)
    np.maximum(factor, np.float32(1e-20), out=factor)
    np.reciprocal(factor, out=factor)
    np.copysign(factor, signs, out=factor)
    for axis in range(3):
        np.multiply(planes[:, axis], factor, out=out[..., axis])

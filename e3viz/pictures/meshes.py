"""Triangles of arrows, cylinders and balls, normals of meshes and dashes of lines: arrays in, arrays out, no loop over items."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.scene import Surface
from e3viz.pictures.view import HEAD_LENGTH, HEAD_RADIUS

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Mesh:
    """points and normals (n, 3) float32; faces (m, 3); colours (n, 3) uint8."""

    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    faces: NDArray[np.int32]
    colours: NDArray[np.uint8]


def perpendicular(directions: Array) -> tuple[Array, Array]:
    """Two unit vectors (n, 3) each, perpendicular to unit vectors (n, 3) and to one another, right-handed."""
    least = np.argmin(np.abs(directions), axis=1)
    first = np.cross(directions, np.eye(3)[least])
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    return first, np.cross(directions, first)


def _turned(profile: Array, origins: Array, vectors: Array, colours: Array, sides: int) -> Mesh:
    """n solids of revolution about origins + vectors. profile (n, rings, 4): along the axis, radius, normal outwards, normal along;
    rings come in pairs, each pair a band of the surface."""
    length = np.linalg.norm(vectors, axis=1)
    axis = np.where(length[:, None] > 0, vectors / np.where(length > 0, length, 1.0)[:, None], [0.0, 0.0, 1.0])
    first, second = perpendicular(axis)
    angle = np.arange(sides) * (2 * math.pi / sides)
    spoke = first[:, None] * np.cos(angle)[:, None] + second[:, None] * np.sin(angle)[:, None]
    along, radius, outwards, forwards = (profile[:, :, k, None, None] for k in range(4))
    points = origins[:, None, None] + along * axis[:, None, None] + radius * spoke[:, None]
    normals = outwards * spoke[:, None] + forwards * axis[:, None, None]
    n, rings = profile.shape[:2]
    low = np.arange(0, rings, 2)[:, None] * sides + np.arange(sides)
    turn = np.arange(0, rings, 2)[:, None] * sides + (np.arange(sides) + 1) % sides
    band = np.concatenate([np.stack([low, turn, turn + sides], -1), np.stack([low, turn + sides, low + sides], -1)]).reshape(-1, 3)
    faces = band[None] + (np.arange(n) * rings * sides)[:, None, None]
    return Mesh(
        points.reshape(-1, 3).astype(np.float32),
        normals.reshape(-1, 3).astype(np.float32),
        faces.reshape(-1, 3).astype(np.int32),
        np.repeat(colours, rings * sides, axis=0),
    )


def arrow_sizes(lengths: Array, radius: float) -> tuple[Array, Array, Array]:
    """Radius of the shaft, length and radius of the head of arrows of lengths (n,): an arrow shorter than its head shrinks whole."""
    factor = np.minimum(1.0, lengths / (HEAD_LENGTH * radius)) if radius > 0 else np.zeros_like(lengths)
    return radius * factor, HEAD_LENGTH * radius * factor, HEAD_RADIUS * radius * factor


def arrows(origins: Array, vectors: Array, radius: float, colours: Array, sides: int = 0) -> Mesh:
    """Arrows as one mesh: a capped shaft and a cone."""
    good = np.isfinite(origins).all(axis=1) & np.isfinite(vectors).all(axis=1)
    origins, vectors, colours = origins[good].astype(float), vectors[good].astype(float), colours[good]
    sides = sides or (20 if len(origins) <= 2000 else 10)
    length = np.linalg.norm(vectors, axis=1)
    shaft, head, wide = arrow_sizes(length, radius)
    slant = math.hypot(HEAD_LENGTH, HEAD_RADIUS)
    cone = (HEAD_LENGTH / slant, HEAD_RADIUS / slant)
    nothing, one = np.zeros_like(length), np.ones_like(length)
    rings = [
        (nothing, nothing, nothing, -one), (nothing, shaft, nothing, -one),
        (nothing, shaft, one, nothing), (length - head, shaft, one, nothing),
        (length - head, shaft, nothing, -one), (length - head, wide, nothing, -one),
        (length - head, wide, cone[0] * one, cone[1] * one), (length, nothing, cone[0] * one, cone[1] * one),
    ]  # fmt: skip
    return _turned(np.array(rings).transpose(2, 0, 1), origins, vectors, colours, sides)


def cylinders(starts: Array, ends: Array, radius: float, colours: Array, sides: int = 16) -> Mesh:
    """Capped cylinders as one mesh."""
    good = np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1)
    starts, vectors, colours = starts[good].astype(float), (ends - starts)[good].astype(float), colours[good]
    length = np.linalg.norm(vectors, axis=1)
    nothing, one = np.zeros_like(length), np.ones_like(length)
    wide = np.full_like(length, radius)
    rings = [
        (nothing, nothing, nothing, -one), (nothing, wide, nothing, -one),
        (nothing, wide, one, nothing), (length, wide, one, nothing),
        (length, wide, nothing, one), (length, nothing, nothing, one),
    ]  # fmt: skip
    return _turned(np.array(rings).transpose(2, 0, 1), starts, vectors, colours, sides)


def ball(times: int) -> tuple[Array, Array]:
    """Points (n, 3) on the unit sphere and faces (m, 3): an icosahedron whose faces are cut in four, `times` times over."""
    golden = (1 + math.sqrt(5)) / 2
    corners = [(s, t * golden, 0.0) for s in (-1, 1) for t in (-1, 1)]
    points = np.array([c[k:] + c[:k] for k in (0, 1, 2) for c in corners])
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    near = np.isclose(apart, 2.0)
    faces = np.array([(i, j, k) for i in range(12) for j in range(i) for k in range(j) if near[i, j] and near[j, k] and near[i, k]])
    for _ in range(times):
        ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
        edges, which = np.unique(ends, axis=0, return_inverse=True)
        a, b, c = (which.reshape(3, -1) + len(points))[:]
        points = np.concatenate([points, points[edges].mean(axis=1)])
        i, j, k = faces.T
        faces = np.concatenate([np.column_stack(f) for f in ((i, a, c), (a, j, b), (c, b, k), (a, b, c))])
        points /= np.linalg.norm(points, axis=1, keepdims=True)
    points = points / np.linalg.norm(points, axis=1, keepdims=True)
    inwards = (
        np.einsum(
            "ij,ij->i", np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]), points[faces[:, 0]]
        )
        < 0
    )
    faces[inwards] = faces[inwards][:, ::-1]
    return points, faces


def normals(points: Array, faces: Array) -> NDArray[np.float32]:
    """Unit normals (n, 3) at points (n, 3) of a mesh: the mean of the normals of the faces around, by area."""
    a, b, c = (points[faces[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    corners = faces.T.ravel()
    total = np.stack([np.bincount(corners, np.tile(cross[:, k], 3), minlength=len(points)) for k in range(3)], axis=1)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    upright = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    unit: NDArray[np.float32] = np.divide(total, length, out=upright, where=length > 0).astype(np.float32)
    return unit


def surface_normals(actor: Surface) -> NDArray[np.float32]:
    """Unit normals at the points of a surface: its own, or computed from the faces."""
    if actor.normals is not None:
        return np.asarray(actor.normals, dtype=np.float32)
    return normals(np.asarray(actor.points), np.asarray(actor.faces))


def dashes(starts: Array, ends: Array) -> tuple[Array, Array]:
    """Lines cut into dashes, about 60 along the longest; each begins and ends with one. Starts and ends (k, 3)."""
    vectors = np.asarray(ends, dtype=float) - starts
    length = np.linalg.norm(vectors, axis=1)
    longest = length.max(initial=0.0)
    if not longest > 0:
        return np.asarray(starts, dtype=float), np.asarray(ends, dtype=float)
    count = np.maximum(2, np.round(30 * length / longest)).astype(int)
    which = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    span = count[which] - 0.4
    begin, end = place / span, (place + 0.6) / span
    return starts[which] + begin[:, None] * vectors[which], starts[which] + end[:, None] * vectors[which]

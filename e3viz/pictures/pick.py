"""What a pixel looks at: a ray against spheres, capped-off cylinders and triangles, with NumPy (exact, no graphics card asked)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.scene import Scene, Spheres, Sticks, Surface
from e3viz.pictures.view import View

Array = NDArray[Any]
Hit = tuple[str, int, tuple[float, float, float]]


def nearest(scene: Scene, view: View, x: float, y: float) -> Hit | None:
    """Name, index and place of the nearest item of a pickable actor under the pixel (x, y); for a surface the index of the point
    nearest to the place."""
    origin, along = view.ray(x, y)
    least = -np.inf if view.parallel else 0.0
    found: Hit | None = None
    best = np.inf
    for name, actor in scene.actors.items():
        if not actor.pickable or actor.opacity <= 0.0:
            continue
        if isinstance(actor, Spheres):
            distance = spheres(origin, along, np.asarray(actor.centres), np.asarray(actor.radii), least)
        elif isinstance(actor, Sticks):
            distance = sticks(origin, along, (np.asarray(actor.starts), np.asarray(actor.ends)), actor.radius, least)
        elif isinstance(actor, Surface):
            distance = triangles(origin, along, np.asarray(actor.points), np.asarray(actor.faces), least)
        else:
            continue
        if not len(distance):
            continue
        index = int(np.argmin(distance))
        if distance[index] < best:
            best = float(distance[index])
            place = origin + best * along
            if isinstance(actor, Surface):
                corners = np.asarray(actor.faces)[index]
                index = int(corners[np.argmin(np.linalg.norm(np.asarray(actor.points)[corners] - place, axis=1))])
            found = name, index, (float(place[0]), float(place[1]), float(place[2]))
    return found


def spheres(origin: Array, along: Array, centres: Array, radii: Array, least: float) -> Array:
    """Distance along the ray at which it enters each sphere, (n,); inf where it misses."""
    off = centres - origin
    middle = off @ along
    square = np.asarray(radii, dtype=float) ** 2 - (np.einsum("ij,ij->i", off, off) - middle**2)
    with np.errstate(invalid="ignore"):
        distance = middle - np.sqrt(square)
    return np.where((square >= 0.0) & (distance > least), distance, np.inf)


def sticks(origin: Array, along: Array, starts_ends: tuple[Array, Array], radius: float, least: float) -> Array:
    """The same for cylinders, their flat ends left out."""
    starts, ends = starts_ends
    axis = np.asarray(ends, dtype=float) - starts
    length = np.linalg.norm(axis, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        axis = axis / length[:, None]
        off = origin - starts
        along_axis, off_axis = axis @ along, np.einsum("ij,ij->i", off, axis)
        across, aside = along - along_axis[:, None] * axis, off - off_axis[:, None] * axis
        a, b = np.einsum("ij,ij->i", across, across), np.einsum("ij,ij->i", across, aside)
        square = b**2 - a * (np.einsum("ij,ij->i", aside, aside) - radius**2)
        distance = (-b - np.sqrt(square)) / a
        place = off_axis + distance * along_axis
        good = (square >= 0.0) & (place >= 0.0) & (place <= length) & (distance > least)
    return np.where(good, distance, np.inf)


def triangles(origin: Array, along: Array, points: Array, faces: Array, least: float) -> Array:
    """The same for triangles, seen from either side (Möller and Trumbore, J. Graphics Tools 2, 21, 1997)."""
    a = points[faces[:, 0]]
    first, second = points[faces[:, 1]] - a, points[faces[:, 2]] - a
    across = np.cross(along, second)
    volume = np.einsum("ij,ij->i", first, across)
    with np.errstate(invalid="ignore", divide="ignore"):
        off = origin - a
        u = np.einsum("ij,ij->i", off, across) / volume
        turned = np.cross(off, first)
        v = turned @ along / volume
        distance = np.einsum("ij,ij->i", second, turned) / volume
        good = (u >= 0.0) & (v >= 0.0) & (u + v <= 1.0) & (distance > least)
    return np.where(good, distance, np.inf)

"""The one camera of e3viz, as plain numbers: where a point of a scene lies in the picture, and what a pixel looks at.

Convention: `axes` are the rows right, up, back (towards the eye) of an orthonormal frame; pixels go right and down from the top
left corner; the depth of a point is its distance from the eye along the view. In perspective the upright view angle is 30°.
The window, stills and vector figures all use this, so a figure shows exactly what the window showed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.finite import all_finite, is_finite
from e3viz.pictures.scene import Actor, Arrows, Camera, Labels, Scene, Segments, Spheres, Sticks, Surface

ANGLE = math.radians(30.0)
SLOPE = math.tan(ANGLE / 2.0)
MARGIN = 0.05
HEAD_RADIUS, HEAD_LENGTH = 2.2, 5.0
"""Radius and length of an arrow's head in units of its shaft's radius."""

Floats = NDArray[np.float64]
Extent = tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class View:
    """A camera that knows its focal point, its height and its picture. focal (3,); axes (3, 3); height: scene units of the plane
    through the focal point that fill the picture; size: width and height in pixels."""

    focal: Floats
    axes: Floats
    height: float
    parallel: bool
    size: tuple[int, int]

    @property
    def distance(self) -> float:
        """From the eye to the focal point; in parallel projection only the clipping depends on it."""
        return self.height / 2.0 / SLOPE

    @property
    def eye(self) -> Floats:
        """The eye, (3,)."""
        place: Floats = self.focal + self.axes[2] * self.distance
        return place

    @property
    def camera(self) -> Camera:
        """The same as a Camera, with nothing left open."""
        return Camera(triple(self.axes[2]), triple(self.axes[1]), triple(self.focal), float(self.height), self.parallel)

    def project(self, points: NDArray[Any]) -> Floats:
        """(n, 3): x, y in pixels and depth of points (n, 3). In perspective x and y are NaN for what is not in front of the eye."""
        local = (np.asarray(points, dtype=float).reshape(-1, 3) - self.eye) @ self.axes.T
        depth = -local[:, 2]
        scale = self.scale(depth)
        width, height = self.size
        return np.column_stack([width / 2.0 + local[:, 0] * scale, height / 2.0 - local[:, 1] * scale, depth])

    def scale(self, depth: NDArray[Any]) -> Floats:
        """Pixels per scene unit at depths; NaN behind the eye in perspective."""
        if self.parallel:
            return np.full(np.shape(depth), self.size[1] / self.height)
        return self.size[1] / (2.0 * SLOPE * np.where(depth > 1e-12, depth, np.nan))

    def discs(self, centres: NDArray[Any], radii: NDArray[Any]) -> Floats:
        """(n, 4): x, y and radius in pixels, and depth of the outlines of spheres.

        In perspective the outline is an ellipse, whose long half-axis points away from the middle of the picture; it is given as
        the disc of the same area about the ellipse's own centre (Perspective images of spheres: the cone touching the sphere)."""
        radii = np.asarray(radii, dtype=float)
        if self.parallel:
            flat = self.project(centres)
            return np.column_stack([flat[:, :2], radii * self.size[1] / self.height, flat[:, 2]])
        local = (np.asarray(centres, dtype=float).reshape(-1, 3) - self.eye) @ self.axes.T
        depth, square = -local[:, 2], (local**2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            apart = np.where(depth > radii, depth**2 - radii**2, np.nan)
            unit = self.size[1] / (2.0 * SLOPE)
            short = unit * radii / np.sqrt(apart)
            long = unit * radii * np.sqrt(square - radii**2) / apart
            middle = unit * local[:, :2] * (depth / apart)[:, None]
        width, height = self.size
        return np.column_stack([width / 2.0 + middle[:, 0], height / 2.0 - middle[:, 1], np.sqrt(short * long), depth])

    def ray(self, x: float, y: float) -> tuple[Floats, Floats]:
        """Origin and unit direction of what the pixel (x, y) looks along."""
        width, height = self.size
        unit = self.height / height
        across = (x - width / 2.0) * unit * self.axes[0] + (height / 2.0 - y) * unit * self.axes[1]
        if self.parallel:
            return self.eye + across, -self.axes[2]
        along = self.focal + across - self.eye
        return self.eye, along / np.linalg.norm(along)


def triple(vector: NDArray[Any]) -> tuple[float, float, float]:
    """(3,) as plain floats."""
    return float(vector[0]), float(vector[1]), float(vector[2])


def frame(direction: tuple[float, ...], up: tuple[float, ...]) -> Floats:
    """Rows right, up, back of a camera, (3, 3); any up will do that is not along the direction."""
    back = np.asarray(direction, dtype=float)
    length = np.linalg.norm(back)
    back = back / length if np.isfinite(length) and length > 0 else np.array([0.0, 0.0, 1.0])
    for candidate in (up, (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)):
        right = np.cross(np.asarray(candidate, dtype=float), back)
        length = np.linalg.norm(right)
        if np.isfinite(length) and length > 1e-6:
            right = right / length
            return np.array([right, np.cross(back, right), back])
    raise AssertionError("z and y cannot both be along the direction")


def extent(actor: Actor) -> Extent:
    """Spheres that hold an actor: centres (k, 3) and radii (k,), without those that are not finite."""
    if isinstance(actor, Spheres):
        points, radii = np.asarray(actor.centres, dtype=float), np.asarray(actor.radii, dtype=float)
    elif isinstance(actor, Sticks):
        points = np.concatenate([actor.starts, actor.ends]).astype(float)
        radii = np.full(len(points), float(actor.radius))
    elif isinstance(actor, Arrows):
        origins = np.asarray(actor.origins, dtype=float)
        points = np.concatenate([origins, origins + actor.vectors])
        radii = np.full(len(points), float(actor.radius) * HEAD_RADIUS)
    else:
        points = _points(actor)  # single precision stays: a copy of a large mesh costs more than all else here
        points = points if points.dtype.kind == "f" else points.astype(float)
        radii = np.zeros(len(points))
        if is_finite(points):
            return points, radii
    if is_finite(points) and is_finite(radii):  # as nearly always, and ten times quicker to find out than row by row
        return points, radii
    good = all_finite(points) & np.isfinite(radii)
    return points[good], radii[good]


def _points(actor: Actor) -> NDArray[Any]:
    if isinstance(actor, Segments):
        return np.concatenate([actor.starts, actor.ends])
    assert isinstance(actor, Surface | Labels)
    return np.asarray(actor.points).reshape(-1, 3)


FOLD = 64


def scene_extent(scene: Scene, names: Iterable[str] = ()) -> Extent:
    """`extent` of the named actors of a scene, of all of them if none are named; a unit sphere for an empty scene."""
    wanted = [scene.actors[name] for name in names if name in scene.actors] or list(scene.actors.values())
    parts = [extent(actor) for actor in wanted]
    if len(parts) == 1 and len(parts[0][0]):
        return parts[0]
    points = np.concatenate([p for p, _ in parts]) if parts else np.zeros((0, 3))
    if not len(points):
        return np.zeros((1, 3)), np.ones(1)
    return points, np.concatenate([r for _, r in parts])


def enclosing(held: Extent) -> tuple[Floats, float]:
    """Middle of the box around spheres, and the radius about it that holds them all."""
    points, radii = held
    many = len(points) // FOLD * FOLD
    folded = points[:many].reshape(-1, 3 * FOLD)  # numpy is slow along an axis of length 3, and quick across rows of many numbers
    ends = [points[many:]]
    if many:
        ends += [np.min(folded, axis=0).reshape(FOLD, 3), np.max(folded, axis=0).reshape(FOLD, 3)]
    box = np.concatenate(ends)
    middle = (box.min(axis=0).astype(float) + box.max(axis=0)) / 2.0
    squares = np.zeros(len(points), dtype=points.dtype)
    for column, centre in zip(points.T, middle.astype(points.dtype), strict=True):
        apart = column - centre
        apart *= apart
        squares += apart
    far = (np.sqrt(squares) + radii).max() if radii.any() else np.sqrt(squares.max())
    return middle, float(far)


def look(camera: Camera, size: tuple[int, int], held: Extent, insets: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)) -> View:
    """The view of a camera in a picture of a size; what the camera leaves open is chosen so that the spheres `held` just fill it.

    insets: pixels at the left, top, right and bottom that are to stay free (for a title, a legend)."""
    axes = frame(camera.direction, camera.up)
    points, radii = held
    size = (max(1, int(size[0])), max(1, int(size[1])))
    focal = None if camera.focal is None else np.asarray(camera.focal, dtype=float)
    if focal is not None and camera.height is not None:
        return View(focal, axes, max(float(camera.height), 1e-9), camera.parallel, size)
    base = points.mean(axis=0, dtype=float) if focal is None else focal
    local = (points - base) @ axes.T
    left, right = _free(insets[0], insets[2], size[0], size[1])
    top, bottom = _free(insets[1], insets[3], size[1], size[1])
    fit = _fit_parallel if camera.parallel else _fit_perspective
    eye_x, eye_y, focal_z, height = fit(local, radii, (left, top, right, bottom), centred=focal is None)
    if focal is None:
        focal = base + np.array([eye_x, eye_y, focal_z]) @ axes
    return View(focal, axes, height if camera.height is None else max(float(camera.height), 1e-9), camera.parallel, size)


def _free(first: float, last: float, side: float, height: float) -> tuple[float, float]:
    """How far the free part of the picture reaches from its middle to either side, in half-heights of the picture; at least a tenth
    of the side is taken to be free."""
    reach = [(side / 2.0 - inset - MARGIN * side) / (height / 2.0) for inset in (first, last)]
    lacking = max(0.0, 0.2 * side / height - sum(reach))
    return reach[0] + lacking / 2.0, reach[1] + lacking / 2.0


Sides = tuple[float, float, float, float]


def _fit_perspective(local: Floats, radii: Floats, sides: Sides, *, centred: bool) -> tuple[float, float, float, float]:
    """Where the eye stands (x, y), where the focal plane lies and its height. Each side of the frustum is a plane that every sphere
    must clear: x + r √(1 + t²) ≤ eye_x + t (eye_z − z); the eye is as near as two opposite planes allow."""
    left, top, right, bottom = (SLOPE * s for s in sides)
    x, y, z = local.T
    reach = [
        (+x + radii * math.hypot(1, right) + right * z).max(),
        (-x + radii * math.hypot(1, left) + left * z).max(),
        (+y + radii * math.hypot(1, top) + top * z).max(),
        (-y + radii * math.hypot(1, bottom) + bottom * z).max(),
    ]
    nearest = (z + radii).max()
    if centred:
        eye_z = max((reach[0] + reach[1]) / (right + left), (reach[2] + reach[3]) / (top + bottom), nearest + 1e-6)
        eye_x = _amid(x, eye_z - z, radii, (left, right), (reach[0] - reach[1] + (left - right) * eye_z) / 2.0)
        eye_y = _amid(y, eye_z - z, radii, (bottom, top), (reach[2] - reach[3] + (bottom - top) * eye_z) / 2.0)
        focal_z = (nearest + (z - radii).min()) / 2.0
    else:
        slopes = [max(0.05 * SLOPE, s) for s in (right, left, top, bottom)]
        eye_z = max(*(r / s for r, s in zip(reach, slopes, strict=True)), nearest + 1e-6)
        eye_x = eye_y = focal_z = 0.0
    return eye_x, eye_y, focal_z, max(2.0 * SLOPE * (eye_z - focal_z), 1e-6)


def _amid(along: Floats, depth: Floats, radii: Floats, sides: tuple[float, float], eye: float) -> float:
    """Where the eye stands along one side of the picture so that as much stays free at either end, starting from a guess."""
    for _ in range(6):
        off = along - eye
        middle, half = np.arctan2(off, depth), np.arcsin(np.clip(radii / np.hypot(off, depth), 0.0, 1.0))
        first, last = int(np.argmin(middle - half)), int(np.argmax(middle + half))
        low, high = math.tan(max(-1.5, (middle - half)[first])), math.tan(min(1.5, (middle + half)[last]))
        shift = (low + high + sides[0] - sides[1]) / (1.0 / depth[first] + 1.0 / depth[last])
        eye += float(shift)
        if abs(shift) < 1e-4 * float(depth.min()):
            break
    return eye


def _fit_parallel(local: Floats, radii: Floats, sides: Sides, *, centred: bool) -> tuple[float, float, float, float]:
    """The same in parallel projection, where only the height counts."""
    left, top, right, bottom = sides
    x, y, z = local.T
    reach = [(+x + radii).max(), (-x + radii).max(), (+y + radii).max(), (-y + radii).max()]
    if not centred:
        half = max(r / max(0.05, s) for r, s in zip(reach, (right, left, top, bottom), strict=True))
        return 0.0, 0.0, 0.0, max(2.0 * half, 1e-6)
    half = max((reach[0] + reach[1]) / (right + left), (reach[2] + reach[3]) / (top + bottom), 1e-6)
    eye_x = (reach[0] - reach[1] + (left - right) * half) / 2.0
    eye_y = (reach[2] - reach[3] + (bottom - top) * half) / 2.0
    return eye_x, eye_y, ((z + radii).max() + (z - radii).min()) / 2.0, 2.0 * half

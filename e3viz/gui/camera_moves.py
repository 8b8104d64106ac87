"""How a person's gestures move a camera, as pure functions from camera to camera.

Turning is that of a turntable: sideways about the scene's own upright direction, up and down about the view's level axis. So the
scene never rolls by itself, however the pointer wanders; where the eye has gone over the top, sideways is the other way round, so
that things still follow the pointer. Rolling on purpose makes the new upright of the view that of the turntable.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.scene import Camera
from e3viz.pictures.view import View, triple
from e3viz.symmetry.element import Element

Vector = tuple[float, float, float]
Axes = NDArray[np.float64]

AXIS_VIEWS: dict[str, Camera] = {
    "x": Camera((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "y": Camera((0.0, -1.0, 0.0), (0.0, 0.0, 1.0)),
    "z": Camera((0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    "-x": Camera((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    "-y": Camera((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "-z": Camera((0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
}
"""The views along the axes; y from its negative side, so that x points to the right and z up."""


def _about(axis: Any, angle: float) -> Axes:
    """Rotation matrix (3, 3) about an axis of length 1 by an angle in radians."""
    cross = np.array([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    matrix: Axes = np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * cross @ cross
    return matrix


def turned(view: View, upright: Vector, right: float, down: float) -> Camera:
    """The scene turned to the right and down by angles in radians, on a turntable with that upright direction."""
    axis = np.asarray(upright, dtype=float)
    axis = axis / np.linalg.norm(axis)
    side = 1.0 if view.axes[1] @ axis >= 0.0 else -1.0
    rotation = _about(axis, -right * side) @ _about(view.axes[0], -down)
    return replace(view.camera, direction=triple(rotation @ view.axes[2]), up=triple(rotation @ view.axes[1]))


def rolled(view: View, angle: float) -> Camera:
    """The picture turned counter-clockwise by an angle in radians."""
    return replace(view.camera, up=triple(_about(view.axes[2], -angle) @ view.axes[1]))


def shifted(view: View, dx: float, dy: float) -> Camera:
    """The scene moved by pixels of the view, right and down."""
    focal = view.focal - (dx * view.axes[0] - dy * view.axes[1]) * view.height / view.size[1]
    return replace(view.camera, focal=triple(focal))


def zoomed(view: View, factor: float, x: float, y: float) -> Camera:
    """The scene larger by a factor, what lies in the focal plane under the pixel (x, y) staying there."""
    unit = view.height / view.size[1]
    aside = (x - view.size[0] / 2.0) * view.axes[0] + (view.size[1] / 2.0 - y) * view.axes[1]
    focal = view.focal + aside * unit * (1.0 - 1.0 / factor)
    return replace(view.camera, focal=triple(focal), height=view.height / factor)


def upright_of(view: View, wanted: Vector) -> Vector:
    """The turntable's axis for a view: the direction the scene calls up if the view holds it upright, else the view's own."""
    axis = np.asarray(wanted, dtype=float)
    length = float(np.linalg.norm(axis))
    if length > 0.0 and abs(view.axes[0] @ axis) < 1e-3 * length and view.axes[1] @ axis > 1e-6 * length:
        return triple(axis / length)
    return triple(view.axes[1])


def between(start: View, end: View, t: float) -> Camera:
    """A fraction t of the way from one view to another: the shortest turn, a straight walk, an even zoom."""
    turn = Element.from_matrix(end.axes.T @ start.axes).part(t).rotation
    focal = (1.0 - t) * start.focal + t * end.focal
    height = start.height ** (1.0 - t) * end.height**t
    return Camera(triple(turn @ start.axes[2]), triple(turn @ start.axes[1]), triple(focal), float(height), end.parallel)


def strays(now: View, fitted: View) -> bool:
    """Whether a view has come to differ so much from the one that would fit that a person would want to fit again."""
    aside = (fitted.focal - now.focal) @ now.axes[:2].T
    return bool(not 0.68 < fitted.height / now.height < 1.12 or np.abs(aside).max() > 0.15 * now.height)

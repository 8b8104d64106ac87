"""Where a scene is looked at from, by name: along the axes, along the lattice vectors, or from any direction.

Convention: x and z look against that axis (the eye is on its positive side); y looks along it, so that x points right and z up. a, b
and c look against that lattice vector. A minus sign looks from the other side.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import Vector
from e3viz.symmetry.notation import parse_vector

_X, _Z = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
AXIS_VIEWS: dict[str, Camera] = {
    "x": Camera(_X, _Z),
    "y": Camera((0.0, -1.0, 0.0), _Z),
    "z": Camera(_Z, (0.0, 1.0, 0.0)),
    "-x": Camera((-1.0, 0.0, 0.0), _Z),
    "-y": Camera((0.0, 1.0, 0.0), _Z),
    "-z": Camera((0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
}
LATTICE_VIEWS = ("a", "b", "c", "-a", "-b", "-c")


def camera_from(view: str, cell: NDArray[Any]) -> Camera:
    """The camera of a view: a name of AXIS_VIEWS or LATTICE_VIEWS, or a direction towards the eye (three numbers); all actors are in
    view. cell: lattice vectors as rows (3, 3), zeros where there are none. Raises UserError with the nearest name."""
    name = view.strip().lower().replace("−", "-")
    if name in AXIS_VIEWS:
        return AXIS_VIEWS[name]
    if name in LATTICE_VIEWS:
        row = np.asarray(cell, dtype=float)["abc".index(name[-1])]
        if not row.any():
            raise UserError(
                f"There is no lattice vector {name[-1]} to look along.", "Look along x, y or z, or from a direction such as 1,1,0."
            )
        return looking_from(-row if name.startswith("-") else row)
    if not any(character.isdigit() for character in name):
        raise UserError(
            f"There is no view called “{view}”.", f"{nearest(name, [*AXIS_VIEWS, *LATTICE_VIEWS])} Or give a direction such as 1,1,0."
        )
    direction = parse_vector(name, "A view")
    if not any(direction) or not np.isfinite(direction).all():
        raise UserError("A view needs a direction.", "Give one such as 1,1,0.")
    return looking_from(np.array(direction))


def looking_from(direction: NDArray[Any]) -> Camera:
    """The camera with its eye in a direction (3,), with z upwards, or y where the direction is nearly that of z."""
    x, y, z = (float(v) for v in direction / np.linalg.norm(direction))
    up: Vector = (0.0, 1.0, 0.0) if abs(z) > 0.99 else _Z
    return Camera((x, y, z), up)

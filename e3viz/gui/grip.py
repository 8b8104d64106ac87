"""Something in a 3D view held with the mouse: where the pointer takes it, in the plane through it that faces the viewer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e3viz.labs.lab import Hit
from e3viz.pictures.view import View, triple


class Grip:
    """Holds what a press has hit. All pixels are device pixels."""

    def __init__(self, hit: Hit, view: View) -> None:
        self._hit = hit
        self._point, self._normal = np.asarray(hit.position), view.axes[2]

    def carry(self, view: View, x: float, y: float, keys: frozenset[str]) -> Hit:
        """A step of the drag, from where the last one ended to the pixel (x, y)."""
        origin, along = view.ray(x, y)
        upright = float(along @ self._normal)
        step = self._hit
        if abs(upright) > 1e-9:
            place = triple(origin + along * (float((self._point - origin) @ self._normal) / upright))
            step = replace(self._hit, keys=keys, end=Hit(self._hit.panel, position=place, keys=keys))
            self._hit = replace(self._hit, position=place)
        return step

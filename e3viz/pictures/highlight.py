"""How things that are pointed out are marked: in the accent colour, round them or over them."""

from __future__ import annotations

from typing import Any

import numpy as np

from e3viz.pictures.scene import Spheres, Sticks, Surface
from e3viz.pictures.style import Theme, rgb

RING = 1.16
"""Radius of the ring around a highlighted atom in units of the atom's radius."""


def marked(actor: Any, indices: np.ndarray[Any, Any], theme: Theme, reach: float) -> Spheres | Sticks | None:
    """Rings around atoms, sleeves over sticks or dots on points of a surface, in the accent colour; None where nothing can be marked."""
    colour = np.array(rgb(theme.accent), dtype=np.uint8)
    if isinstance(actor, Spheres):
        indices = indices[(indices >= 0) & (indices < len(actor.centres))]
        radii = np.asarray(actor.radii)[indices] * RING
        return Spheres(np.asarray(actor.centres)[indices], radii, np.tile(colour, (len(indices), 1))) if len(indices) else None
    if isinstance(actor, Sticks):
        indices = indices[(indices >= 0) & (indices < len(actor.starts))]
        colours = np.tile(colour, (len(indices), 1))
        return (
            Sticks(np.asarray(actor.starts)[indices], np.asarray(actor.ends)[indices], actor.radius * 1.25, colours)
            if len(indices)
            else None
        )
    if isinstance(actor, Surface):
        indices = indices[(indices >= 0) & (indices < len(actor.points))]
        radii = np.full(len(indices), reach * 0.015)
        return Spheres(np.asarray(actor.points)[indices], radii, np.tile(colour, (len(indices), 1))) if len(indices) else None
    return None

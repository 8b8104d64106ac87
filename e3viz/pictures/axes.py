"""The axes cross in the corner of a scene, as both the stage and vector figures draw it."""

from __future__ import annotations

from e3viz.pictures.view import View, triple

AXES = (("x", "#d1503b"), ("y", "#2f9e77"), ("z", "#3f74d1"))
ARM, CORNER = 30.0, 54.0
"""Length of the arms of the axes cross, and how far its middle is from the left and lower edge, in points."""


def arms(view: View) -> list[tuple[str, str, float, float, float]]:
    """The axes as arms of the cross, the farthest first: name, colour, and its components right, up and towards the viewer."""
    parts = [(name, colour, *triple(view.axes[:, k])) for k, (name, colour) in enumerate(AXES)]
    return sorted(parts, key=lambda arm: arm[4])


def scale(view: View, pixels: float) -> float:
    """Pixels per point of the cross: smaller in small pictures. pixels: device pixels per point otherwise."""
    return pixels * min(1.0, max(0.5, min(view.size) / (420.0 * pixels)))

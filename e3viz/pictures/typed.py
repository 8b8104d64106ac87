"""Typed data as things in space: each copy of an irrep as what it describes.

Scalars are points, sized by their number and coloured by its sign; 1o are arrows; 1e are arrows with a ring that shows their sense of
turning; higher degrees are signed surfaces |Σ c Yˡₘ|. A dashed ring marks what gets another sign under inversion than the harmonics of its
degree would: pseudoscalars, 2o, 3e, … Seen as in Harmonics: y upwards, z to the right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.scene import Actor, Arrows, Camera, Segments, Spheres, Surface
from e3viz.pictures.style import NEGATIVE, POSITIVE, degree_hue, rgb
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.surfaces import signal_surface, sphere_mesh

Real = NDArray[np.float64]
CAMERA = Camera(direction=(-1.0, 0.45, 0.35), up=(0.0, 1.0, 0.0), parallel=True)
SIDES = 36


@dataclass(frozen=True)
class Block:
    """One copy of an irrep: its number, where its components start, and what it is called."""

    number: int
    start: int
    irrep: Irrep
    name: str = ""

    @property
    def part(self) -> slice:
        """Its components."""
        return slice(self.start, self.start + self.irrep.dim)


def plane() -> tuple[Real, Real, Real]:
    """Right, up and towards the viewer of CAMERA, unit vectors."""
    back = np.asarray(CAMERA.direction) / np.linalg.norm(CAMERA.direction)
    right = np.cross(CAMERA.up, back)
    right /= np.linalg.norm(right)
    return right, np.cross(back, right), back


def unnatural(block: Block) -> bool:
    """Whether its parity is not that of the harmonics of its degree (axial vectors have a picture of their own)."""
    return not block.irrep.is_natural and str(block.irrep) != "1e"


def typed_objects(shown: list[Block], values: Real, size: Real, where: Real, opacity: float = 1.0) -> dict[str, Actor]:
    """Actors of copies with these values, drawn at sizes (n,) and places (n, 3) by their numbers."""
    scalars = [b for b in shown if b.irrep.l == 0]
    vectors = [b for b in shown if b.irrep.l == 1]
    higher = [b for b in shown if b.irrep.l > 1]
    made: dict[str, Actor] = {}
    if scalars:
        made["points"] = _points(scalars, values, size, where, opacity)
    if vectors:
        made.update(_arrows(vectors, values, size, where, opacity))
    if higher:
        made["surfaces"] = _surfaces(higher, values, size, where, opacity)
    odd = [b for b in shown if unnatural(b)]
    if odd and opacity == 1.0:
        right, up, _ = plane()
        rings = [_circle(where[b.number], right, up, 0.62 if b.irrep.l == 0 else 1.05) for b in odd]
        made["pseudo"] = Segments(
            np.concatenate([ring[:-1:2] for ring in rings]), np.concatenate([ring[1::2] for ring in rings]), "muted", 1.5
        )
    return made


def _points(some: list[Block], values: Real, size: Real, where: Real, opacity: float) -> Spheres:
    numbers = np.array([values[b.start] for b in some])
    colours = np.array([rgb(POSITIVE if x >= 0 else NEGATIVE) for x in numbers], dtype=np.uint8)
    radii = np.array([0.45 * size[b.number] for b in some])
    return Spheres(np.array([where[b.number] for b in some]), radii, colours, opacity=opacity, pickable=opacity == 1.0)


def _arrows(some: list[Block], values: Real, size: Real, where: Real, opacity: float) -> dict[str, Actor]:
    hue = np.array(rgb(degree_hue(1)), dtype=np.uint8)
    places_, arrows, ring_starts, ring_ends, tips, ways = [], [], [], [], [], []
    for block in some:
        vector = values[block.part]
        length = float(np.linalg.norm(vector))
        direction = vector / length if length > 0.0 else np.zeros(3)
        centre, reach = where[block.number], size[block.number]
        places_.append(centre - direction * reach)
        arrows.append(2.0 * reach * direction)
        if block.irrep.parity == 1 and length > 0.0:
            first = np.cross(direction, np.eye(3)[int(np.argmin(np.abs(direction)))])
            first /= np.linalg.norm(first)
            second = np.cross(direction, first)
            ring = _circle(centre, first, second, 0.5 * reach)
            ring_starts.append(ring[:-1])
            ring_ends.append(ring[1:])
            for angle in (0.0, np.pi):
                spoke, way = np.cos(angle) * first + np.sin(angle) * second, np.cos(angle) * second - np.sin(angle) * first
                tips.append(centre + 0.5 * reach * spoke - 0.16 * way)
                ways.append(0.3 * way)
    colours = np.tile(hue, (len(arrows), 1))
    made: dict[str, Actor] = {
        "arrows": Arrows(np.array(places_), np.array(arrows), 0.055, colours, opacity=opacity, pickable=opacity == 1.0)
    }
    if tips:
        made["rings"] = Segments(np.concatenate(ring_starts), np.concatenate(ring_ends), degree_hue(1), 3.0, opacity=opacity)
        made["ring tips"] = Arrows(np.array(tips), np.array(ways), 0.038, np.tile(hue, (len(tips), 1)), opacity=opacity)
    return made


def _circle(centre: Real, first: Real, second: Real, radius: float) -> Real:
    angle = np.linspace(0.0, 2.0 * np.pi, SIDES + 1)[:, None]
    ring: Real = centre + radius * (np.cos(angle) * first + np.sin(angle) * second)
    return ring


def surface_points(count: int) -> int:
    """How many points each of a number of surfaces gets."""
    return 4_000 if count <= 6 else 1_500 if count <= 20 else 700


def _surfaces(some: list[Block], values: Real, size: Real, where: Real, opacity: float) -> Surface:
    about = surface_points(len(some))
    points, colours, normals = [], [], []
    for block in some:
        l = block.irrep.l
        row = np.zeros((l + 1) ** 2)
        row[l * l :] = values[block.part]
        length = float(np.linalg.norm(row)) or 1.0
        surface = signal_surface(row / length, "lobes", about=about)
        points.append(surface.points * np.float32(size[block.number]) + where[block.number].astype(np.float32))
        colours.append(diverging(surface.values, float(np.abs(surface.values).max())))
        normals.append(surface.normals)
    mesh = sphere_mesh(about)
    faces = np.concatenate([mesh.faces + k * len(mesh.points) for k in range(len(some))])
    return Surface(
        np.concatenate(points), faces, np.concatenate(colours), normals=np.concatenate(normals), opacity=opacity, pickable=opacity == 1.0
    )  # fmt: skip

"""The Transformations lab in space: each irrep as the thing it describes, moved by its own D(g), with the original as a ghost.

Scalars are points, sized by their number and coloured by its sign; 1o are arrows; 1e are arrows with a ring that shows their sense of
turning; higher degrees are signed surfaces |Σ c Yˡₘ|. A dashed ring marks what gets another sign under inversion than the harmonics of its
degree would: pseudoscalars, 2o, 3e, … Seen as in Harmonics: y upwards, z to the right.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.transformations.state import Block, State, blocks, data, parsed
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.scene import Actor, Arrows, Camera, Key, Labels, Scene, Segments, Spheres, Surface
from e3viz.pictures.style import NEGATIVE, POSITIVE, degree_hue, rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.surfaces import signal_surface, sphere_mesh
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
CAMERA = Camera(direction=(-1.0, 0.45, 0.35), up=(0.0, 1.0, 0.0), parallel=True)
MOST_OBJECTS = 60
SPACE = 2.5
GHOST = 0.18
SIDES = 36


def plane() -> tuple[Real, Real, Real]:
    """Right, up and towards the viewer, unit vectors."""
    back = np.asarray(CAMERA.direction) / np.linalg.norm(CAMERA.direction)
    right = np.cross(CAMERA.up, back)
    right /= np.linalg.norm(right)
    return right, np.cross(back, right), back


def places(count: int) -> Real:
    """(count, 3): rows of objects in the plane that faces the viewer."""
    columns = max(1, math.isqrt(3 * count // 4))  # the panel is taller than wide
    right, up, _ = plane()
    numbers = np.arange(count)
    found: Real = SPACE * (np.outer(numbers % columns, right) - np.outer(numbers // columns, up))
    return found


def sizes(state: State, values: Real) -> Real:
    """How large each object is drawn, 0 to 1: by the root mean square of its components, against the largest."""
    strength = np.array([np.sqrt(np.mean(values[b.part] ** 2)) for b in blocks(state)])
    top = strength.max(initial=0.0)
    found: Real = np.where(strength > 0.0, 0.5 + 0.5 * strength / (top or 1.0), 0.0)
    return found


def scene(state: State, g: Element) -> Scene:
    """All objects after g, and before as ghosts."""
    shown = blocks(state)[:MOST_OBJECTS]
    before = data(state)
    size = sizes(state, before)
    where = places(len(shown))
    actors: dict[str, Actor] = {}
    if state.ghost and not np.array_equal(g.linear, np.eye(3)):
        for name, actor in _objects(shown, before, size, where, GHOST).items():
            actors[f"ghost {name}"] = actor
    actors.update(_objects(shown, D(parsed(state.irreps), g) @ before, size, where, 1.0))
    if state.labels:
        _, up, _ = plane()
        for l in sorted({block.irrep.l for block in shown}):
            of_degree = [block for block in shown if block.irrep.l == l]
            points = np.array([where[block.number] - 1.16 * up for block in of_degree])
            texts = tuple(f"{b.name} ({b.irrep})" if b.name else str(b.irrep) for b in of_degree)
            actors[f"labels {l}"] = Labels(points, texts, colour=degree_hue(l), size=13.0)
    return Scene(actors, CAMERA, _legend(shown), axes=state.axes)


def _legend(shown: list[Block]) -> tuple[Key, ...]:
    kinds = {str(block.irrep) for block in shown}
    keys = [Key("dot", POSITIVE, "positive"), Key("dot", NEGATIVE, "negative")]
    if "1o" in kinds:
        keys.append(Key("arrow", degree_hue(1), "1o: vector"))
    if "1e" in kinds:
        keys.append(Key("ring", degree_hue(1), "1e: axial vector, its sense of turning"))
    if any(_unnatural(block) for block in shown):
        keys.append(Key("dash", "muted", "pseudo: the other sign under inversion"))
    return tuple(keys)


def _unnatural(block: Block) -> bool:
    return not block.irrep.is_natural and str(block.irrep) != "1e"


def _objects(shown: list[Block], values: Real, size: Real, where: Real, opacity: float) -> dict[str, Actor]:
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
    odd = [b for b in shown if _unnatural(b)]
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


def block_at(state: State, item: str, index: int) -> Block | None:
    """The irrep that an item of an actor belongs to."""
    shown = blocks(state)[:MOST_OBJECTS]
    degree = {"points": lambda l: l == 0, "arrows": lambda l: l == 1, "surfaces": lambda l: l > 1}.get(item)
    if degree is None or index < 0:
        return None
    some = [block for block in shown if degree(block.irrep.l)]
    number = index // len(sphere_mesh(surface_points(len(some))).points) if item == "surfaces" else index
    return some[number] if number < len(some) else None

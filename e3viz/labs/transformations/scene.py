"""The Transformations lab in space: each irrep as the thing it describes, moved by its own D(g), with the original as a ghost.

What stands for what is said in `pictures.typed`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.transformations.state import State, blocks, data, parsed
from e3viz.pictures.scene import Actor, Key, Labels, Scene
from e3viz.pictures.style import NEGATIVE, POSITIVE, degree_hue
from e3viz.pictures.typed import CAMERA, Block, plane, surface_points, typed_objects, unnatural
from e3viz.symmetry.element import Element
from e3viz.symmetry.surfaces import sphere_mesh
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
MOST_OBJECTS = 60
SPACE = 2.5
GHOST = 0.18


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
        for name, actor in typed_objects(shown, before, size, where, GHOST).items():
            actors[f"ghost {name}"] = actor
    actors.update(typed_objects(shown, D(parsed(state.irreps), g) @ before, size, where, 1.0))
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
    if any(unnatural(block) for block in shown):
        keys.append(Key("dash", "muted", "pseudo: the other sign under inversion"))
    return tuple(keys)


def block_at(state: State, item: str, index: int) -> Block | None:
    """The irrep that an item of an actor belongs to."""
    shown = blocks(state)[:MOST_OBJECTS]
    degree = {"points": lambda l: l == 0, "arrows": lambda l: l == 1, "surfaces": lambda l: l > 1}.get(item)
    if degree is None or index < 0:
        return None
    some = [block for block in shown if degree(block.irrep.l)]
    number = index // len(sphere_mesh(surface_points(len(some))).points) if item == "surfaces" else index
    return some[number] if number < len(some) else None

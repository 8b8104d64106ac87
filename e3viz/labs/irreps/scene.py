"""Each irrep of the tensor in space, as the signed surface |Σ c Yˡₘ| of its components, after g and as a ghost before.

Seen as in Harmonics: y upwards, z to the right. Surfaces share one scale for l > 0 and l = 0 alike: the largest has radius 1.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.irreps.state import State, basis, tensor
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.scene import Actor, Camera, Labels, Scene, Surface
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.surfaces import signal_surface, sphere_mesh
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
CAMERA = Camera(direction=(-1.0, 0.45, 0.35), up=(0.0, 1.0, 0.0), parallel=True)
MOST_OBJECTS = 24
SPACE = 2.5
TALL, WIDE = 3.0, 1.6
GHOST = 0.18
ABOUT = 3_000


def scene(state: State, g: Element) -> Scene:
    """All irreps, the first ones if there are many."""
    known = basis(state)
    before = known.to_irreps(tensor(state))
    after = D(known.irreps, g) @ before
    shown = list(known.irreps.blocks())[:MOST_OBJECTS]
    where, up, scale = _places(len(shown))
    actors: dict[str, Actor] = {}
    if shown and state.ghost and not np.array_equal(g.linear, np.eye(3)):
        actors["ghost"] = _surfaces(shown, before, where, scale, opacity=GHOST)
    if shown:
        actors["surfaces"] = _surfaces(shown, after, where, scale, opacity=1.0)
    for l in sorted({irrep.l for _, irrep in shown}):
        some = [(k, irrep) for k, (_, irrep) in enumerate(shown) if irrep.l == l]
        points = np.array([where[k] - 1.16 * scale * up for k, _ in some])
        actors[f"labels {l}"] = Labels(points, tuple(str(irrep) for _, irrep in some), colour=degree_hue(l), size=13.0)
    return Scene(actors, CAMERA, (), axes=state.axes)


def _places(count: int) -> tuple[Real, Real, float]:
    """Centres, the upward direction and the scale: whatever their number, they fill the same frame, so the camera need not move."""
    back = np.asarray(CAMERA.direction) / np.linalg.norm(CAMERA.direction)
    right = np.cross(CAMERA.up, back)
    right /= np.linalg.norm(right)
    up = np.cross(back, right)
    columns = 1 if count <= 3 else max(2, math.isqrt(count))
    rows = max(1, math.ceil(count / columns))
    scale = min(1.0, TALL / rows, WIDE / columns)
    numbers = np.arange(count)
    across, down = numbers % columns - (columns - 1) / 2, numbers // columns - (rows - 1) / 2
    return SPACE * scale * (np.outer(across, right) - np.outer(down, up)), up, scale


def _surfaces(shown: list[tuple[int, Irrep]], values: Real, where: Real, scale: float, *, opacity: float) -> Surface:
    strength = [float(np.linalg.norm(values[first : first + irrep.dim])) for first, irrep in shown]
    top = max(strength) or 1.0
    points, colours, normals = [], [], []
    for k, (first, irrep) in enumerate(shown):
        row = np.zeros((irrep.l + 1) ** 2)
        row[irrep.l**2 :] = values[first : first + irrep.dim] / (strength[k] or 1.0)
        surface = signal_surface(row, "lobes", about=ABOUT)
        # the square root keeps small parts visible; a part that is zero up to rounding has no surface
        size = scale * math.sqrt(strength[k] / top) if strength[k] > 1e-12 * top else 0.0
        points.append(surface.points * np.float32(size) + where[k].astype(np.float32))
        colours.append(diverging(surface.values, float(np.abs(surface.values).max()) or 1.0))
        normals.append(surface.normals)
    mesh = sphere_mesh(ABOUT)
    faces = np.concatenate([mesh.faces + k * len(mesh.points) for k in range(len(shown))])
    return Surface(
        np.concatenate(points), faces, np.concatenate(colours), normals=np.concatenate(normals), opacity=opacity, pickable=opacity == 1.0
    )  # fmt: skip


def block_at(index: int) -> int:
    """The number of the irrep that a point of the surfaces belongs to."""
    return index // len(sphere_mesh(ABOUT).points)

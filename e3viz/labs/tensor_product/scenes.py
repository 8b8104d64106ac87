"""Inputs and outputs of the Tensor product lab in space: each irrep as the signal Σ c Yˡₘ that its components are the coefficients of.

Seen as e3nn means them, y upwards. The radius is the root of the largest |f|, 1 where components have the size of random ones with variance
1: what grows is seen to grow, and what is weak is still seen. Irreps of degree 1 are arrows, too, where there is room.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.tensor_product.state import State, main_path, path_amounts, product_of
from e3viz.labs.tensor_product.values import Real, inputs, is_small, output, path_inputs, path_irreps
from e3viz.pictures.colourmaps import DIVERGING
from e3viz.pictures.scene import Actor, Arrows, Camera, Key, Labels, Scene, Spheres, Surface
from e3viz.pictures.style import DARK, LIGHT, NEGATIVE, POSITIVE, rgb
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.surfaces import signal_surface, sphere_mesh
from e3viz.symmetry.wigner import wigner_D

Bytes = NDArray[np.uint8]
FLAT = Camera(direction=(-1.0, 0.0, 0.0), up=(0.0, 1.0, 0.0), parallel=True)
FRONT = Camera(direction=(-1.0, 0.22, 0.0), up=(0.0, 1.0, 0.0), parallel=True)
LEGEND = (Key("dot", POSITIVE, "positive"), Key("dot", NEGATIVE, "negative"))
SMALL, LARGE, DOTS = 640, 4_000, 252
MOST_ROWS = 8
COLUMN, ROW, GRID = 2.8, 2.9, 2.35
LARGEST = 1.15
GHOST = 0.14


def shades(values: NDArray[np.float32], limit: float) -> Bytes:
    """Colours (n, 3) of values, −limit blue to +limit red."""
    place = values * np.float32(127.5 / limit if limit > 0.0 else 0.0) + np.float32(128.0)
    colours: Bytes = DIVERGING.take(place.astype(np.uint8), axis=0, mode="clip")
    return colours


def usual_size(l: int) -> float:
    """The largest |f| that components with variance 1 can be expected to make."""
    return (2 * l + 1) / float(np.sqrt(4.0 * np.pi))


def _signal(components: Real) -> Real:
    l = len(components) // 2
    row = np.zeros((l + 1) ** 2)
    row[l * l :] = components
    return row


def irrep_surface(components: Real, about: int) -> tuple[NDArray[np.float32], Bytes, NDArray[np.float32]]:
    """Points about the origin, colours and normals of one irrep."""
    l = len(components) // 2
    usual = usual_size(l)
    made = signal_surface(_signal(components), about=about)
    largest = float(np.abs(made.values).max())
    radius = min(math.sqrt(largest / usual), LARGEST)
    return made.points * np.float32(radius), shades(made.values, largest), made.normals


def surfaces(parts: Sequence[tuple[Real, Real]], about: int, *, opacity: float = 1.0) -> Surface:
    """Many irreps, each (components, centre), as one mesh."""
    made = [irrep_surface(components, about) for components, _ in parts]
    points = np.concatenate([p + centre.astype(np.float32) for (p, _, _), (_, centre) in zip(made, parts, strict=True)])
    colours, normals = np.concatenate([c for _, c, _ in made]), np.concatenate([n for _, _, n in made])
    return Surface(points, _faces(len(parts), about), colours, normals=normals, opacity=opacity)


@lru_cache(maxsize=64)
def _faces(count: int, about: int) -> NDArray[np.int32]:
    mesh = sphere_mesh(about)
    shift = (len(mesh.points) * np.arange(count, dtype=np.int32))[:, None, None]
    return (mesh.faces[None] + shift).reshape(-1, 3)


def _place(column: float, row: float) -> Real:
    """Columns to the right (z), rows downwards (−y)."""
    return np.array([0.0, -2.75 * row, COLUMN * column])


def _cell(column: float, row: float) -> Real:
    """The same in the grid of small surfaces."""
    return np.array([0.0, -ROW * row, GRID * column])


def _firsts(irreps: Irreps, values: Real) -> list[tuple[Irrep, Real]]:
    """The first copy of each term."""
    found = []
    for (count, irrep), part in zip(irreps, irreps.slices(), strict=True):
        if count:
            found.append((irrep, values[part][: irrep.dim]))
    return found[:MOST_ROWS]


def objects_scene(state: State, g: Element) -> Scene:
    """x, y and the output: the first copy of every term, in three columns, all turned by g."""
    product = product_of(state)
    if not is_small(product):
        return Scene({"note": Labels(np.zeros((1, 3)), ("too large to be computed here",), colour="muted")}, FRONT)
    x, y = inputs(state, g)
    z = output(state, x, y)
    actors: dict[str, Actor] = {}
    places, texts = [], []
    columns = (("x", product.irreps1, x), ("y", product.irreps2, y), ("output", product.irreps_out, z))
    longest = max(len(_firsts(irreps, values)) for _, irreps, values in columns)
    for number, (title, irreps, values) in enumerate(columns):
        parts = _firsts(irreps, values)
        centres = [_cell(number, (longest - len(parts)) / 2 + k) for k in range(len(parts))]
        if parts:
            actors[title] = surfaces([(c, centre) for (_, c), centre in zip(parts, centres, strict=True)], SMALL)
        places += [centre + np.array([0.0, -1.36, 0.0]) for centre in centres]
        texts += [str(irrep) for irrep, _ in parts]
        places.append(_cell(number, -0.75))
        texts.append(title)
    corners = [_cell(-0.42, -0.85), _cell(2.42, longest - 0.35)]
    actors["names"] = Labels(np.array([*places, *corners]), (*texts, " ", " "), colour="muted", size=11.0)
    return Scene(actors, FLAT, frame_of=("names",))


def path_scene(state: State, g: Element) -> Scene:
    """x, y and C(x, y) of one path, turned by g; dots: what came out before, turned by D(g)."""
    first, second, out = path_irreps(state)
    x, y = path_inputs(state)
    gain = _gain(state)
    before = gain * np.einsum("ijk,i,j->k", clebsch_gordan(first.l, second.l, out.l), x, y)
    x_now = x if state.turned == "y alone" else wigner_D(first.l, g, first.parity) @ x
    y_now = y if state.turned == "x alone" else wigner_D(second.l, g, second.parity) @ y
    now = gain * np.einsum("ijk,i,j->k", clebsch_gordan(first.l, second.l, out.l), x_now, y_now)
    centres = [_place(0.0, 0.0), _place(0.9, 0.0), _place(1.9, 0.0)]
    trio = ((first, x, x_now), (second, y, y_now), (out, before, now))
    actors: dict[str, Actor] = {
        "surfaces": surfaces([(values, centre) for (_, _, values), centre in zip(trio, centres, strict=True)], LARGE)
    }
    moved = g.inversion or g.angle % 360.0 != 0.0
    if moved:
        actors["before"] = surfaces([(values, centre) for (_, values, _), centre in zip(trio, centres, strict=True)], SMALL, opacity=GHOST)
        actors["turned"] = _dots(wigner_D(out.l, g, out.parity) @ before, centres[2])
    arrows = [(centre, values, irrep) for (irrep, _, values), centre in zip(trio, centres, strict=True) if irrep.l == 1]
    if arrows:
        actors["arrows"] = _arrows(arrows)
    names = (f"x: {first}", f"y: {second}", f"output: {out}", "⊗", "→")
    below = [centre + np.array([0.0, -1.65, 0.0]) for centre in centres]
    between = [(centres[k] + centres[k + 1]) / 2 for k in range(2)]
    corners = [_place(-0.45, -0.62), _place(2.35, 0.8)]
    actors["names"] = Labels(np.array([*below, *between, *corners]), (*names, " ", " "), colour="muted", size=13.0)
    legend = (*LEGEND, Key("dot", LIGHT.ink, "D(g) times the output before")) if moved else LEGEND
    return Scene(actors, FRONT, legend, axes=True, frame_of=("names",))


def _gain(state: State) -> float:
    """Coefficient of the path as if it were alone, times its weight, so that the slider is seen."""
    product = product_of(state)
    path = product.instructions[main_path(state)]
    (_, first), (_, second), (_, out) = product.terms(path)
    alone = {"component": out.dim, "norm": first.dim * second.dim}.get(product.irrep_normalization, 1)
    return float(np.sqrt(alone)) * float(path_amounts(state)[main_path(state)])


def _dots(components: Real, centre: Real) -> Spheres:
    points, _, _ = irrep_surface(components, DOTS)
    far = np.linalg.norm(points, axis=1) > 0.08
    centres = points[far].astype(float) * 1.01 + centre
    return Spheres(centres, np.full(len(centres), 0.02), np.tile(np.array(rgb(LIGHT.ink), dtype=np.uint8), (len(centres), 1)))


def _arrows(parts: Sequence[tuple[Real, Real, Irrep]]) -> Arrows:
    """Vectors as what they are: e3nn's components of an l = 1 irrep are x, y, z."""
    origins = np.array([centre for centre, _, _ in parts])
    vectors = np.array([_limited(values) for _, values, _ in parts])
    colours = np.tile(np.array(rgb(DARK.accent), dtype=np.uint8), (len(parts), 1))
    return Arrows(origins, vectors, 0.045, colours)


def _limited(values: Real) -> Real:
    """An arrow that sticks out of its surface by half."""
    length = float(np.linalg.norm(values))
    wanted = 1.5 * min(math.sqrt(length / math.sqrt(3.0)), LARGEST)
    return values * (wanted / length) if length > 1e-9 else np.zeros(3)


def power_scene(components: Real, g: Element) -> Scene:
    """One component of a power of x as a surface of its own, filling its place; nothing where it vanishes."""
    if not np.abs(components).max() > 0.0:
        return Scene({"zero": Labels(np.zeros((1, 3)), ("0",), colour="muted", size=44.0)}, FRONT)
    l = len(components) // 2
    made = signal_surface(_signal(wigner_D(l, g) @ components), about=LARGE)
    top = float(np.abs(made.values).max())
    surface = Surface(made.points, made.faces, shades(made.values, top), normals=made.normals)
    return Scene({"surface": surface}, FRONT, axes=True, frame_of=("surface",))

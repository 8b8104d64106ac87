"""The Harmonics lab in space: the pyramid of all Yˡₘ as one mesh, and a single signal with its ghost and turned points.

Seen as e3nn means them: y, the polar axis, upwards, z to the right, x away from the viewer. Every surface fills its place: its radius is
|Y| over the largest |Y|. The pyramid is one actor; when g moves, its arrays are made anew and the drawing takes them over in place.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.harmonics.signal import neighbour_vectors, signal, turned
from e3viz.labs.harmonics.state import DRAWN, State
from e3viz.pictures.colourmaps import DIVERGING
from e3viz.pictures.scene import Actor, Arrows, Camera, Key, Labels, Scene, Segments, Spheres, Surface
from e3viz.pictures.style import LIGHT, NEGATIVE, POSITIVE, rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import scale_factors
from e3viz.symmetry.surfaces import Mode, Pyramid, mesh_basis, node_lines, signal_surface, sphere_mesh
from e3viz.symmetry.wigner import wigner_D_up_to

Bytes = NDArray[np.uint8]
FRONT = Camera(direction=(-1.0, 0.42, 0.0), up=(0.0, 1.0, 0.0), parallel=True)
ASIDE = Camera(direction=(-1.0, 0.45, 0.35), up=(0.0, 1.0, 0.0), parallel=True)
LEGEND = (Key("dot", POSITIVE, "positive"), Key("dot", NEGATIVE, "negative"))
COLUMN, ROW = 2.33, 2.26
MOST_POINTS = 720_000
LARGE = 16_000
GHOST = 0.16


def mode(state: State) -> Mode:
    """How surfaces are drawn."""
    return DRAWN.get(state.draw, "lobes")  # type: ignore[return-value]


def shades(values: NDArray[np.float32], limit: float = 1.0) -> Bytes:
    """Colours (n, 3) of values, −limit blue to +limit red: `colourmaps.diverging` for finite values in a fifth of the time."""
    place = values * np.float32(127.5 / limit if limit > 0.0 else 0.0)
    place += np.float32(128.0)
    colours: Bytes = DIVERGING.take(place.astype(np.uint8), axis=0, mode="clip")
    return colours


def points_each(l_max: int) -> int:
    """How many points each surface of a pyramid gets."""
    return int(np.clip(MOST_POINTS / (l_max + 1) ** 2, 1_500, 5_292)) if l_max > 4 else 10_000


def centres(l_max: int) -> NDArray[np.float64]:
    """((l_max + 1)², 3): degrees as rows, orders as columns, in the plane that faces the viewer."""
    back = np.asarray(FRONT.direction) / np.linalg.norm(FRONT.direction)
    up = np.array(FRONT.up) - (np.asarray(FRONT.up) @ back) * back
    up /= np.linalg.norm(up)
    right = np.cross(up, back)
    return np.array([m * COLUMN * right - l * ROW * up for l in range(l_max + 1) for m in range(-l, l + 1)])


@lru_cache(maxsize=3)
def _pyramid(l_max: int) -> tuple[Pyramid, NDArray[np.float32]]:
    about = points_each(l_max)
    made = Pyramid(l_max, centres(l_max), about=about)
    largest = np.abs(mesh_basis(l_max, about)).max(axis=1) * scale_factors(l_max, "norm").astype(np.float32)
    return made, np.float32(1.0) / largest


def pyramid_scene(state: State, g: Element) -> Scene:
    """All harmonics up to l_max, each turned by g about its own centre."""
    l_max = state.l_max
    made, weights = _pyramid(l_max)
    if mode(state) == "lobes":
        arrays = made.surfaces(None if _stays(g) else g, weights)
        surface = Surface(arrays.points, made.faces, shades(arrays.values), normals=arrays.normals, pickable=True)
    else:
        surface = _one_by_one(state, g, made)
    actors: dict[str, Actor] = {"harmonics": surface}
    if state.nodes:
        actors["nodes"] = _all_nodes(state, g)
    if state.names:
        actors.update(_names(l_max))
    return Scene(actors, FRONT, LEGEND, frame_of=("harmonics",))


def _stays(g: Element) -> bool:
    return not g.inversion and g.angle % 360.0 == 0.0


def _coefficients(l_max: int, g: Element) -> list[NDArray[np.float64]]:
    """For each harmonic its coefficients turned by g, each a row of all degrees, so that one basis serves them all."""
    rows = []
    for l, block in enumerate(wigner_D_up_to(l_max, g)):
        for column in block.T:
            row = np.zeros((l_max + 1) ** 2)
            row[l * l : (l + 1) ** 2] = column
            rows.append(row)
    return rows


def _one_by_one(state: State, g: Element, made: Pyramid) -> Surface:
    about, places = points_each(state.l_max), centres(state.l_max).astype(np.float32)
    small = np.float32(2.0 / 3.0 if mode(state) == "balloon" else 0.95)
    parts = [signal_surface(row, mode(state), about=about) for row in _coefficients(state.l_max, g)]
    points = np.concatenate([part.points * small + place for part, place in zip(parts, places, strict=True)])
    colours = np.concatenate([shades(part.values, float(np.abs(part.values).max())) for part in parts])
    return Surface(points, made.faces, colours, normals=np.concatenate([part.normals for part in parts]), pickable=True)


def _all_nodes(state: State, g: Element) -> Segments:
    rows, places = _coefficients(state.l_max, g), centres(state.l_max)
    radius = 2.0 / 3.0 if mode(state) == "balloon" else 0.96
    lines = [node_lines(row, 1_500) for row in rows]
    starts = np.concatenate([radius * line[0] + place for line, place in zip(lines, places, strict=True)])
    ends = np.concatenate([radius * line[1] + place for line, place in zip(lines, places, strict=True)])
    return Segments(starts, ends, colour="ink", width=1.0)


def _names(l_max: int) -> dict[str, Actor]:
    places = centres(l_max)
    left = np.array([places[l * l] - COLUMN * 0.75 * np.array([0.0, 0.0, 1.0]) for l in range(l_max + 1)])
    last = places[l_max * l_max :]
    below = last + (places[-1] - centres(l_max + 1)[-2]) * -0.75
    return {
        "degrees": Labels(left, tuple(f"l = {l}" for l in range(l_max + 1)), colour="muted"),
        "order names": Labels(below, tuple(f"m = {m}".replace("-", "−") for m in range(-l_max, l_max + 1)), colour="muted"),
    }


def of_point(state: State, index: int) -> tuple[int, int] | None:
    """Which (l, m) the point of a number in the pyramid's mesh belongs to."""
    made, _ = _pyramid(state.l_max)
    number = index // len(made.mesh.points)
    if index < 0 or number >= made.count:
        return None
    l = int(np.sqrt(number))
    return l, number - l * l - l


def one_coefficients(state: State) -> NDArray[np.float64]:
    """The coefficients of the harmonic that is shown large."""
    row = np.zeros((state.l + 1) ** 2)
    row[state.l * state.l + state.l + state.order] = 1.0
    return row


def single_scene(state: State, g: Element, coefficients: NDArray[np.float64], *, plain: bool = False) -> Scene:
    """One signal with coefficients D(g) c; over it points of the first surface, turned by g; where it was as a ghost."""
    how = mode(state)
    top = float(np.abs(coefficients @ mesh_basis(int(np.sqrt(len(coefficients))) - 1, LARGE)).max())
    surface = signal_surface(turned(coefficients, g), how, size=top, about=LARGE)
    actors: dict[str, Actor] = {
        "surface": Surface(surface.points, surface.faces, shades(surface.values, top), normals=surface.normals, pickable=True)
    }
    moved = not _stays(g)
    if moved and state.ghost and not plain and how != "sphere":  # two spheres of one size would be drawn through each other
        first = signal_surface(coefficients, how, size=top)
        actors["ghost"] = Surface(first.points, first.faces, shades(first.values, top), normals=first.normals, opacity=GHOST)
    if moved and state.dots and not plain:
        actors["turned points"] = _dots(coefficients, g, how, top)
    if state.nodes:
        starts, ends = node_lines(turned(coefficients, g), LARGE)
        actors["nodes"] = Segments(1.004 * starts, 1.004 * ends, colour="ink", width=1.5)
    return Scene(actors, ASIDE, () if plain else _legend(actors), axes=not plain, frame_of=("surface",))


def _legend(actors: dict[str, Actor]) -> tuple[Key, ...]:
    extra = (Key("dot", LIGHT.ink, "the first surface, turned by g"),) if "turned points" in actors else ()
    return (*LEGEND, *extra)


def _dots(coefficients: NDArray[np.float64], g: Element, how: Mode, top: float) -> Spheres:
    surface = signal_surface(coefficients, how, size=top, about=642)
    centres = surface.points.astype(float) @ g.linear.T
    far = np.linalg.norm(centres, axis=1) > 0.08
    count = int(far.sum())
    return Spheres(centres[far], np.full(count, 0.011), np.tile(np.array(rgb(LIGHT.ink), dtype=np.uint8), (count, 1)))


def signal_scene(state: State, g: Element, *, plain: bool = False) -> Scene:
    """The composed or projected signal, with arrows to what it was projected from."""
    scene = single_scene(state, g, signal(state), plain=plain)
    if state.source not in ("neighbours of an atom", "a direction"):
        return scene
    vectors = neighbour_vectors(state) if state.source == "neighbours of an atom" else np.array([state.direction])
    vectors = 1.35 * vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    colours = np.tile(np.array(rgb(LIGHT.accent), dtype=np.uint8), (len(vectors), 1))
    arrows = Arrows(np.zeros_like(vectors), vectors @ g.linear.T, 0.02, colours)
    key = Key("arrow", LIGHT.accent, "neighbours" if state.source.startswith("neigh") else "direction")
    legend = scene.legend if plain else (*scene.legend, key)
    return Scene({**scene.actors, "arrows": arrows}, ASIDE, legend, axes=not plain, frame_of=("surface", "arrows"))


def complex_surface(values: NDArray[np.complex128] | NDArray[np.float64], centre: NDArray[np.float64], about: int) -> Surface:
    """|Y| as radius about a centre, coloured by its real part. values (n,) at the points of the mesh."""
    mesh = sphere_mesh(about)
    size = np.abs(values)
    top = float(size.max()) or 1.0
    points = (size / top)[:, None] * mesh.points + centre
    return Surface(points.astype(np.float32), mesh.faces, shades(np.real(values).astype(np.float32), top))

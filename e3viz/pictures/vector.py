"""Scenes as vector figures: every ball, stick, arrow, line and triangle as a flat shape, the farthest drawn first.

The projection is the stage's own (`view`), the shading its own light (`light`). Sticks are cut where they leave the balls at their
ends, so that sorting by the depth of the middle puts them right. What is too much for a vector file (large meshes, very many
atoms) becomes one embedded picture; labels and the axes stay text and lines.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures import light, meshes, solids
from e3viz.pictures.axes import ARM, CORNER, arms, scale
from e3viz.pictures.diagram import Diagram, Disc, Line, Pen, Picture, Shape, Text
from e3viz.pictures.ruler import THICK, WORDS, ruler
from e3viz.pictures.scene import Actor, Arrows, Labels, Scene, Segments, Spheres, Sticks, Surface
from e3viz.pictures.solids import Brush, Item
from e3viz.pictures.style import Theme, rgb
from e3viz.pictures.view import View, look, scene_extent

MOST_TRIANGLES, MOST_ITEMS = 20_000, 40_000
CUTS = 32
PIXELS_PER_POINT = 2.5


def flatten(
    scene: Scene, theme: Theme, size: tuple[float, float], *, embed: bool | None = None, fineness: float = PIXELS_PER_POINT
) -> Diagram:
    """The scene through its own camera as a diagram of a size in points. embed: as one picture of `fineness` pixels per point, rather
    than shape by shape; None: where it is too much for shapes."""
    width, height = size
    view = look(scene.camera, (round(width), round(height)), scene_extent(scene, scene.frame_of))
    pictured = weight(scene) if embed is None else embed
    shapes = _embedded(scene, theme, view, size, fineness) if pictured else _drawn(scene, theme, view)
    for actor in scene.actors.values():
        if isinstance(actor, Labels) and actor.opacity > 0.0:
            shapes += _labels(actor, theme, view)
    if scene.axes:
        shapes += _axes(view, theme)
    if scene.scale_bar:
        shapes += _scale_bar(scene, view)
    return Diagram(width, height, tuple(shapes))


def weight(scene: Scene) -> bool:
    """Whether the scene is too much to be drawn shape by shape."""
    triangles = sum(len(a.faces) for a in scene.actors.values() if isinstance(a, Surface))
    items = sum(len(_first(a)) for a in scene.actors.values() if not isinstance(a, Surface))
    return triangles > MOST_TRIANGLES or items > MOST_ITEMS


def _first(actor: Actor) -> Any:
    if isinstance(actor, Spheres):
        return actor.centres
    if isinstance(actor, Sticks | Segments):
        return actor.starts
    return actor.origins if isinstance(actor, Arrows) else ()


def _embedded(scene: Scene, theme: Theme, view: View, size: tuple[float, float], fineness: float) -> list[Shape]:
    from e3viz.pictures.offscreen import render_scene

    solid = {name: actor for name, actor in scene.actors.items() if not isinstance(actor, Labels)}
    bare = replace(scene, actors=solid, camera=view.camera, axes=False, scale_bar="")
    pixels = render_scene(bare, theme, (round(size[0] * fineness), round(size[1] * fineness)), transparent=True, scale=fineness)
    return [Picture(0.0, 0.0, size[0], size[1], pixels)]


def _drawn(scene: Scene, theme: Theme, view: View) -> list[Shape]:
    points, radii = scene_extent(scene)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    reach = float((np.linalg.norm(points - middle, axis=1) + radii).max()) * 1.02 + 1e-6
    depth = float((view.eye - middle) @ view.axes[2])
    brush = Brush(view, rgb(theme.page), depth - reach, depth + reach, scene.depth_cue)
    balls = [
        (np.asarray(a.centres, dtype=float), np.asarray(a.radii, dtype=float))
        for a in scene.actors.values()
        if isinstance(a, Spheres) and a.opacity >= 1.0
    ]
    centres = np.concatenate([c for c, _ in balls]) if balls else np.zeros((0, 3))
    sizes = np.concatenate([r for _, r in balls]) if balls else np.zeros(0)
    items: list[Item] = []
    for name, actor in scene.actors.items():
        if actor.opacity <= 0.0:
            continue
        if isinstance(actor, Spheres):
            items += _spheres(name, actor, brush)
        elif isinstance(actor, Sticks):
            own = balls_of(actor, scene) if actor.opacity < 1.0 else (centres, sizes)
            items += solids.sticks(name, actor, brush, own)
        elif isinstance(actor, Arrows):
            items += solids.arrows(name, actor, brush, (centres, sizes))
        elif isinstance(actor, Segments):
            items += _segments(actor, theme, brush, (centres, sizes), _widest(scene))
        elif isinstance(actor, Surface):
            items += _triangles(actor, brush)
    items.sort(key=lambda item: -item[0])
    return [shape for _, shape in items]


def balls_of(actor: Actor, scene: Scene) -> tuple[NDArray[Any], NDArray[Any]]:
    """Centres and radii of the balls as translucent as a ghost's sticks: the ghost's own."""
    own = [a for a in scene.actors.values() if isinstance(a, Spheres) and a.opacity == actor.opacity]
    if not own:
        return np.zeros((0, 3)), np.zeros(0)
    return np.concatenate([np.asarray(a.centres, dtype=float) for a in own]), np.concatenate(
        [np.asarray(a.radii, dtype=float) for a in own]
    )


def _spheres(name: str, actor: Spheres, brush: Brush) -> list[Item]:
    flat = brush.view.discs(actor.centres, actor.radii)
    colours = brush.faded(np.asarray(actor.colours), flat[:, 3])
    label = name if actor.pickable else ""
    return [
        (float(depth), Disc(float(x), float(y), float(r), solids.hexed(c), shine=True, opacity=actor.opacity, name=label))
        for (x, y, r, depth), c in zip(flat, colours, strict=True)
        if np.isfinite([x, y, r, depth]).all() and r > 0 and depth > 0
    ]


def _widest(scene: Scene) -> float:
    return max((a.radius for a in scene.actors.values() if isinstance(a, Sticks | Arrows)), default=0.0)


def _segments(actor: Segments, theme: Theme, brush: Brush, balls: solids.Balls, back: float) -> list[Item]:
    """Lines in pieces, without those inside balls; sorted as if a little farther back, so that a stick about a line hides it."""
    starts, ends = np.asarray(actor.starts, dtype=float), np.asarray(actor.ends, dtype=float)
    good = np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1)
    starts, ends = starts[good], ends[good]
    if actor.dashed:
        starts, ends = meshes.dashes(starts, ends)
    else:
        cuts = CUTS if len(starts) * CUTS <= MOST_ITEMS else 1
        vectors, steps = ends - starts, np.arange(cuts) / cuts
        starts, ends = ((starts[:, None] + (steps + k / cuts)[:, None] * vectors[:, None]).reshape(-1, 3) for k in (0.0, 1.0))
    middle = (starts + ends) / 2.0
    out = solids.buried(middle, middle + np.eye(3)[0], balls, 0.0) == 0.0
    starts, ends = starts[out], ends[out]
    first, last = brush.view.project(starts), brush.view.project(ends)
    depth = (first[:, 2] + last[:, 2]) / 2.0
    colour = np.tile(rgb(theme.colour(actor.colour)), (len(starts), 1))
    colours = brush.faded(colour, depth)
    return [
        (
            float(d) + back,
            Line(((float(a[0]), float(a[1])), (float(b[0]), float(b[1]))), Pen(solids.hexed(c), actor.width), opacity=actor.opacity),
        )
        for a, b, d, c in zip(first, last, depth, colours, strict=True)
        if np.isfinite(a).all() and np.isfinite(b).all() and d > 0
    ]


def _triangles(actor: Surface, brush: Brush) -> list[Item]:
    points, faces = np.asarray(actor.points, dtype=float), np.asarray(actor.faces)
    flat = brush.view.project(points)
    colours = np.asarray(actor.colours, dtype=float)[faces].mean(axis=1)
    if actor.lit:
        if actor.smooth:
            normals = meshes.surface_normals(actor)[faces].mean(axis=1)
        else:
            normals = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
        normals = normals @ brush.view.axes.T
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = np.divide(normals, length, out=np.tile([0.0, 0.0, 1.0], (len(faces), 1)), where=length > 0)
        colours = light.shade(np.where(normals[:, 2:] < 0, -normals, normals), colours)
    depth = flat[:, 2][faces].mean(axis=1)
    colours = brush.faded(colours, depth, 4096.0)
    good = np.isfinite(flat[faces]).all(axis=(1, 2)) & (depth > 0)
    items: list[Item] = []
    for face, colour, d in zip(faces[good], colours[good], depth[good], strict=True):
        fill = solids.hexed(colour)
        corners = tuple((float(x), float(y)) for x, y in flat[face, :2])
        pen = Pen("muted", 0.5) if actor.edges else Pen(fill, 0.4) if actor.opacity >= 1.0 else Pen()
        items.append((float(d), Line((*corners, corners[0]), pen, fill, opacity=actor.opacity)))
    return items


def _labels(actor: Labels, theme: Theme, view: View) -> list[Shape]:
    flat = view.project(actor.points)
    seen = np.flatnonzero((flat[:, 2] > 0) & np.isfinite(flat).all(axis=1))
    order = seen[np.argsort(-flat[seen, 2], kind="stable")]
    down = 0.36 * actor.size
    return [
        Text(
            float(flat[i, 0]),
            float(flat[i, 1]) + down,
            actor.texts[i],
            actor.size,
            actor.colour,
            "middle",
            opacity=actor.opacity,
            halo=theme.page,
        )
        for i in order
    ]


def _axes(view: View, theme: Theme) -> list[Shape]:
    shapes: list[Shape] = []
    unit = scale(view, 1.0)
    middle = np.array([CORNER * unit, view.size[1] - CORNER * unit])
    for name, colour, right, up, _ in arms(view):
        along = np.array([right, -up])
        length = float(np.linalg.norm(along))
        way = along / length if length > 1e-9 else np.array([1.0, 0.0])
        aside = np.array([-way[1], way[0]])
        tip, neck = middle + along * ARM * unit, middle + (along * ARM - way * min(7.0, ARM * length)) * unit
        shapes.append(Line((solids.spot(middle), solids.spot(neck)), Pen(colour, 1.8)))
        shapes.append(
            Line(
                tuple(solids.spot(p) for p in (neck + 3.4 * unit * aside, tip, neck - 3.4 * unit * aside, neck + 3.4 * unit * aside)),
                Pen(),
                colour,
            )
        )
        x, y = middle + along * ARM * unit + way * 9.0 * min(1.0, 4.0 * length)
        shapes.append(Text(float(x), float(y) + 4.3, name, 12.0, colour, "middle", halo=theme.page))
    return shapes


def _scale_bar(scene: Scene, view: View) -> list[Shape]:
    bar = ruler(view, scene.scale_bar, 1.0, beside_axes=scene.axes)
    y = view.size[1] - bar.foot
    return [
        Line(((bar.left, y), (bar.right, y)), Pen("ink", THICK)),
        Text((bar.left + bar.right) / 2.0, y - 6.0, bar.text, WORDS, "ink", "middle"),
    ]

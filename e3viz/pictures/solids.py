"""Sticks and arrows as flat shapes: their outlines in the picture and the gradients that make them look round.

The outline of a cylinder is two straight sides and, at either end, the half of the end circle's ellipse that bulges outwards. A
cone's is the hull of its base ellipse and its tip.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures import light
from e3viz.pictures.diagram import Gradient, Line, Pen, Point, Shape
from e3viz.pictures.meshes import arrow_sizes
from e3viz.pictures.scene import Arrows, Sticks
from e3viz.pictures.view import HEAD_LENGTH, HEAD_RADIUS, View

Array = NDArray[Any]
Item = tuple[float, Shape]
Balls = tuple[Array, Array]
HALF = np.linspace(0.0, np.pi, 9)
FEW = 400


@dataclass(frozen=True, eq=False)
class Brush:
    """What turns places and colours into shapes: the view, the page's colour and how things fade into it with depth."""

    view: View
    page: tuple[int, int, int]
    front: float
    back: float
    cue: float

    def faded(self, colours: Array, depth: Array, steps: float = 24.0) -> NDArray[np.float64]:
        """Colours (n, 3) of things at depths (n,); in few steps, so that figures hold few different gradients."""
        share = np.round(light.fade(depth, self.front, self.back, self.cue) * steps)[:, None] / steps
        faded: NDArray[np.float64] = (1.0 - share) * colours + share * np.array(self.page)
        return faded


def hexed(colour: Array | tuple[int, int, int]) -> str:
    """#rrggbb."""
    return "#" + "".join(f"{min(255, max(0, round(float(c)))):02x}" for c in colour)


def spot(point: Array) -> Point:
    """A place in the picture as plain numbers."""
    return float(point[0]), float(point[1])


def sticks(name: str, actor: Sticks, brush: Brush, balls: Balls) -> list[Item]:
    """Sticks, cut where they leave balls that hold their ends."""
    starts, ends = np.asarray(actor.starts, dtype=float), np.asarray(actor.ends, dtype=float)
    good = np.isfinite(starts).all(axis=1) & np.isfinite(ends).all(axis=1)
    starts, ends, colours = starts[good], ends[good], np.asarray(actor.colours)[good]
    from_ball, to_ball = buried(starts, ends, balls, actor.radius), buried(ends, starts, balls, actor.radius)
    solid = actor.opacity >= 1.0  # the ends of a ghost's half bonds would show through
    items: list[Item] = []
    for start, end, colour, gone, cut in zip(starts, ends, colours, from_ball, to_ball, strict=True):
        vector = end - start
        length = float(np.linalg.norm(vector))
        if length <= gone + cut or length == 0.0:
            continue
        axis = vector / length
        first, last = start + gone * axis, end - cut * axis
        for tube in _pieces(
            brush,
            (first, last),
            actor.radius,
            colour,
            (solid and gone == 0.0, solid and cut == 0.0),
            few=len(starts) <= FEW and actor.opacity >= 1.0,
        ):
            items.append((tube[0], _with(tube[1], actor.opacity, name if actor.pickable else "")))
    return items


def arrows(name: str, actor: Arrows, brush: Brush, balls: Balls) -> list[Item]:
    """Arrows: a shaft that leaves the ball at its origin, and a cone."""
    origins, vectors = np.asarray(actor.origins, dtype=float), np.asarray(actor.vectors, dtype=float)
    good = np.isfinite(origins).all(axis=1) & np.isfinite(vectors).all(axis=1)
    origins, vectors, colours = origins[good], vectors[good], np.asarray(actor.colours)[good]
    lengths = np.linalg.norm(vectors, axis=1)
    shafts, heads, wides = arrow_sizes(lengths, actor.radius)
    gone = buried(origins, origins + vectors, balls, actor.radius)
    items: list[Item] = []
    for k in np.flatnonzero(lengths > gone):
        axis = vectors[k] / lengths[k]
        neck, tip = origins[k] + (lengths[k] - heads[k]) * axis, origins[k] + vectors[k]
        parts: list[Item] = []
        if gone[k] < lengths[k] - heads[k]:
            stem = origins[k] + gone[k] * axis, neck
            parts += _pieces(brush, stem, shafts[k], colours[k], (gone[k] == 0.0, False), few=len(origins) <= FEW and actor.opacity >= 1.0)
        cut = max(0.0, gone[k] - (lengths[k] - heads[k]))
        parts += _cone(brush, neck + cut * axis, tip, wides[k] * (1.0 - cut / heads[k]), colours[k])
        items += [(depth, _with(shape, actor.opacity, name if actor.pickable else "")) for depth, shape in parts]
    return items


def buried(starts: Array, ends: Array, balls: Balls, radius: float) -> NDArray[np.float64]:
    """How far from its start each stick is inside a ball about that start, (n,): up to where its surface comes out of it."""
    centres, sizes = balls
    gone = np.zeros(len(starts))
    if not len(centres) or not len(starts):
        return gone
    order = np.argsort(centres[:, 0], kind="stable")
    centres, sizes = centres[order], sizes[order]
    widest = float(sizes.max())
    low = np.searchsorted(centres[:, 0], starts[:, 0] - widest)
    high = np.searchsorted(centres[:, 0], starts[:, 0] + widest, side="right")
    for k, (a, b) in enumerate(zip(low, high, strict=True)):
        off = starts[k] - centres[a:b]
        near = np.flatnonzero((off**2).sum(axis=1) < sizes[a:b] ** 2)
        length = float(np.linalg.norm(ends[k] - starts[k]))
        for i in near if length > 0 else ():
            along = float(off[i] @ (ends[k] - starts[k])) / length
            aside = float(off[i] @ off[i]) - along**2
            room = sizes[a + i] ** 2 - aside - min(radius, 0.98 * sizes[a + i]) ** 2
            if room > 0:
                gone[k] = max(gone[k], np.sqrt(room) - along)
    return gone


def _with(shape: Shape, opacity: float, name: str) -> Shape:
    return replace(shape, opacity=opacity, name=name) if opacity < 1.0 or name else shape


def _ring(brush: Brush, middle: Array, axis: Array, radius: float) -> tuple[Array, Array, Array, float] | None:
    """The ellipse of a circle about `middle`: its middle in the picture, its half-axes across and along the axis's image, its depth."""
    place = brush.view.project(middle[None])[0]
    if not np.isfinite(place).all() or place[2] <= 0:
        return None
    scale = float(brush.view.scale(place[2:3])[0])
    local = brush.view.axes @ axis
    towards = (
        local[2]
        if brush.view.parallel
        else float(axis @ (brush.view.eye - middle)) / max(float(np.linalg.norm(brush.view.eye - middle)), 1e-12)
    )
    side = light.aside(local)
    across = np.array([side[0], -side[1]]) * radius * scale
    forwards = np.array([across[1], -across[0]]) * abs(towards)
    return place[:2], across, forwards, float(place[2])


def _pieces(
    brush: Brush, ends: tuple[Array, Array], radius: float, colour: Array, open_ends: tuple[bool, bool], *, few: bool
) -> list[Item]:
    """A cylinder in pieces a few radii long, each with its own depth, so that what crosses it lies before one end and behind the
    other; in one piece where there are very many."""
    start, end = ends
    length = float(np.linalg.norm(end - start))
    count = min(6, max(1, round(length / (3.0 * radius)))) if few and radius > 0 else 1
    overlap = 0.05 / count
    items: list[Item] = []
    for k in range(count):
        low, high = (max(0.0, k / count - overlap), min(1.0, (k + 1) / count + overlap)) if count > 1 else (0.0, 1.0)
        part = start + low * (end - start), start + high * (end - start)
        items += _tube(brush, part, radius, colour, (open_ends[0] and k == 0, open_ends[1] and k == count - 1))
    return items


def _tube(brush: Brush, ends: tuple[Array, Array], radius: float, colour: Array, open_ends: tuple[bool, bool]) -> list[Item]:
    """A cylinder between two points; open_ends: whether its ends are in nobody's way, so that the one that faces the viewer is seen."""
    start, end = ends
    axis = (end - start) / np.linalg.norm(end - start)
    first, last = _ring(brush, start, axis, radius), _ring(brush, end, axis, radius)
    if first is None or last is None:
        return []
    (a, wide_a, on_a, depth_a), (b, wide_b, on_b, depth_b) = first, last
    if np.linalg.norm(b - a) > 1e-6 and (b - a) @ on_b < 0:
        on_a, on_b = -on_a, -on_b
    tail = [a + np.cos(t) * wide_a - np.sin(t) * on_a for t in HALF]
    tip = [b - np.cos(t) * wide_b + np.sin(t) * on_b for t in HALF]
    depth = (depth_a + depth_b) / 2.0
    base = brush.faded(np.asarray(colour, dtype=float)[None], np.array([depth]))[0]
    local = brush.view.axes @ axis
    stops = tuple((at, hexed(c)) for at, c in light.tube_stops(local, base))
    middle, wide = (a + b) / 2.0, (wide_a + wide_b) / 2.0
    across = Gradient(*spot(middle - wide), *spot(middle + wide), stops)
    outline = tuple(spot(p) for p in (*tail, *tip, tail[0]))
    items: list[Item] = [(depth, Line(outline, Pen(), hexed(base), gradient=across))]
    near_start = depth_a < depth_b
    if open_ends[0 if near_start else 1]:
        place, wide_n, on_n, near = first if near_start else last
        cap = _ellipse(place, wide_n, on_n)
        normal = -local if near_start else local
        normal = normal if normal[2] >= 0 else -normal
        shade = light.shade(normal[None], base[None])[0]
        items.append((min(near, depth) - 1e-6 * abs(depth), Line(cap, Pen(), hexed(shade))))
    return items


def _cone(brush: Brush, neck: Array, tip: Array, radius: float, colour: Array) -> list[Item]:
    axis = (tip - neck) / np.linalg.norm(tip - neck)
    ring, point = _ring(brush, neck, axis, radius), brush.view.project(tip[None])[0]
    if ring is None or not np.isfinite(point).all() or point[2] <= 0:
        return []
    middle, wide, on, depth = ring
    middepth = (2.0 * depth + float(point[2])) / 3.0
    base = brush.faded(np.asarray(colour, dtype=float)[None], np.array([middepth]))[0]
    local = brush.view.axes @ axis
    slant = float(np.hypot(HEAD_LENGTH, HEAD_RADIUS))
    stops = tuple((at, hexed(c)) for at, c in light.tube_stops(local, base, lean=HEAD_RADIUS / slant))
    across = Gradient(*spot(middle - wide), *spot(middle + wide), stops)
    ellipse = np.array([middle + np.cos(t) * wide + np.sin(t) * on for t in np.linspace(0.0, 2.0 * np.pi, 33)[:-1]])
    hull = _hull(np.concatenate([ellipse, point[None, :2]]))
    items: list[Item] = [(middepth, Line(tuple(spot(p) for p in (*hull, hull[0])), Pen(), hexed(base), gradient=across))]
    away = float(axis @ (brush.view.eye - neck)) < 0 if not brush.view.parallel else local[2] < 0
    if away:
        shade = light.shade((-local if local[2] < 0 else local)[None], base[None])[0]
        items.append((middepth - 1e-6 * abs(middepth), Line(_ellipse(middle, wide, on), Pen(), hexed(shade))))
    return items


def _ellipse(middle: Array, wide: Array, on: Array) -> tuple[Point, ...]:
    return tuple(spot(middle + np.cos(t) * wide + np.sin(t) * on) for t in np.linspace(0.0, 2.0 * np.pi, 25))


def _hull(points: Array) -> list[Array]:
    """The convex hull of points in the plane, in order (Andrew's monotone chain)."""
    order = points[np.lexsort((points[:, 1], points[:, 0]))]

    def chain(run: Array) -> list[Array]:
        kept: list[Array] = []
        for p in run:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], p) <= 0:
                kept.pop()
            kept.append(p)
        return kept[:-1]

    return chain(order) + chain(order[::-1])


def _turn(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))

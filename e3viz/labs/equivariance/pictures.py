"""The commuting square: x, g x, f(x), and at its fourth corner f(g x) and D(g) f(x) over each other; errors over the group beside it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.equivariance.state import NETWORK, State, learned, shown
from e3viz.pictures.chart import Axis, Chart, Curve, Points, Rule
from e3viz.pictures.diagram import Diagram, Formula, Line, Pen, Shape
from e3viz.pictures.scene import Actor, Camera, Labels, Scene
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import degree_hue
from e3viz.pictures.typed import CAMERA, Block, plane, typed_objects
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.maps import TypedMap, plain
from e3viz.symmetry.sphere import orthogonal_quadrature
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
SPACE, MOST = 2.5, 12
GHOST = 0.3
SQUARE, ARROW = 0.68, 0.11


def sample(state: State, f: TypedMap) -> Real:
    """The input on view, (dim,)."""
    return np.random.default_rng([state.seed, 11]).normal(size=f.inputs.dim)


def corners(state: State, g: Element) -> tuple[Real, Real, Real, Real, Real]:
    """x, g x, f(x), f(g x), D(g) f(x), computed in the state's precision."""
    f = shown(state)
    x = sample(state, f)
    moved = D(f.inputs, g) @ x
    dtype = np.dtype(state.precision)
    values = np.asarray(f(np.stack([x, moved]).astype(dtype)), dtype=float)
    return x, moved, values[0], values[1], D(f.outputs, g) @ values[0]


def pictures(state: State, g: Element) -> Sheet:
    """Square on the left, numbers over the group on the right."""
    f = shown(state)
    x, moved, fx, fgx, dfx = corners(state, g)
    side = (SQUARE - ARROW) / 2.0
    size = _size(f.outputs, (fx, fgx, dfx))
    panels = [
        Panel(
            "fgx",
            _both(f.outputs, fgx, dfx, size),
            side + ARROW,
            0.5 + ARROW / 2,
            side,
            0.5 - ARROW / 2,
            "f(g x) and, pale, D(g) f(x)",
            card=True,
        ),
        Panel("x", _scene(f.inputs, x), 0.0, 0.0, side, 0.5 - ARROW / 2, f"x: {plain(f.inputs)}", card=True),
        Panel("fx", _scene(f.outputs, fx, size), side + ARROW, 0.0, side, 0.5 - ARROW / 2, f"f(x): {plain(f.outputs)}", card=True),
        Panel("gx", _scene(f.inputs, moved), 0.0, 0.5 + ARROW / 2, side, 0.5 - ARROW / 2, "g x", card=True),
        Panel("f above", _arrow("f", right=True), side, 0.1, ARROW, 0.22),
        Panel("f below", _arrow("f", right=True), side, 0.66, ARROW, 0.22),
        Panel("g left", _arrow("D_{in}(g)", right=False), side / 2 - 0.08, 0.5 - ARROW / 2, 0.16, ARROW),
        Panel("g right", _arrow("D_{out}(g)", right=False), side + ARROW + side / 2 - 0.08, 0.5 - ARROW / 2, 0.16, ARROW),
        Panel("group", group_chart(state, g), SQUARE + 0.02, 0.0, 0.98 - SQUARE, 0.5, "Error over the group", card=True),
        _right_below(state, f, fgx - dfx, size),
    ]
    apart = float(np.abs(fgx - dfx).max(initial=0.0))
    word = "the square commutes" if apart <= 1e-9 * max(1.0, float(np.abs(fx).max(initial=0.0))) else f"the two ways differ by {apart:.2g}"
    return Sheet(
        tuple(panels),
        "The commuting square",
        f"{f.text if len(f.text) < 60 else f.text[:58] + '…'} : {plain(f.inputs)} → {plain(f.outputs)}; at this g {word}.",
    )


def _right_below(state: State, f: TypedMap, difference: Real, size: float) -> Panel:
    place: dict[str, Any] = {"x": SQUARE + 0.02, "y": 0.5, "width": 0.98 - SQUARE, "height": 0.5, "card": True}
    if state.source == NETWORK and not state.repaired:
        return Panel("learning", learning_chart(state), title="Loss, and error of equivariance", **place)
    return Panel("difference", _scene(f.outputs, difference, size), title="The difference f(g x) − D(g) f(x)", **place)


def _blocks(irreps: Irreps) -> list[Block]:
    return [Block(n, start, irrep) for n, (start, irrep) in enumerate(irreps.blocks())][:MOST]


def _size(irreps: Irreps, several: tuple[Real, ...]) -> float:
    """The largest root mean square of a block in several vectors: what sizes are told against."""
    return max((float(np.sqrt(np.mean(v[b.part] ** 2))) for v in several for b in _blocks(irreps)), default=1.0) or 1.0


def _objects(irreps: Irreps, values: Real, largest: float, opacity: float) -> dict[str, Actor]:
    blocks = _blocks(irreps)
    strength = np.array([np.sqrt(np.mean(values[b.part] ** 2)) for b in blocks])
    seen = np.where(strength > 1e-9 * largest, np.clip(strength / largest, 0.04, 1.0), 0.0)
    return typed_objects([b for b in blocks if seen[b.number] > 0.0], values, seen, _places(len(blocks)), opacity) if seen.any() else {}


def _places(count: int) -> Real:
    right, up, _ = plane()
    columns = int(np.ceil(np.sqrt(count)))
    numbers = np.arange(count)
    return SPACE * (np.outer(numbers % columns, right) - np.outer(numbers // columns, up))


def _scene(irreps: Irreps, values: Real, largest: float = 0.0) -> Scene:
    actors = _objects(irreps, values, largest or _size(irreps, (values,)), 1.0)
    return Scene({**actors, **_names(irreps)}, _camera(irreps))


def _camera(irreps: Irreps) -> Camera:
    """One that shows every place, however much stands there."""
    where = _places(len(_blocks(irreps)))
    middle = (where.min(axis=0) + where.max(axis=0)) / 2.0
    across = int(np.ceil(np.sqrt(len(where))))
    x, y, z = (float(v) for v in middle)
    return replace(CAMERA, focal=(x, y, z), height=SPACE * across + 0.5)


def _both(irreps: Irreps, one: Real, other: Real, largest: float) -> Scene:
    actors = {f"other {name}": actor for name, actor in _objects(irreps, other, largest, GHOST).items()}
    actors.update(_objects(irreps, one, largest, 1.0))
    return Scene({**actors, **_names(irreps)}, _camera(irreps))


def _names(irreps: Irreps) -> dict[str, Actor]:
    _, up, _ = plane()
    blocks = _blocks(irreps)
    where = _places(len(blocks)) - 1.2 * up
    return {
        f"names {l}": Labels(
            where[[b.number for b in blocks if b.irrep.l == l]], tuple(str(b.irrep) for b in blocks if b.irrep.l == l), degree_hue(l), 12.0
        )
        for l in sorted({b.irrep.l for b in blocks})
    }


def _arrow(label: str, *, right: bool) -> Diagram:
    """An arrow with its name, to the right or downwards."""
    pen = Pen("muted", 1.8)
    shapes: tuple[Shape, ...]
    if right:
        shapes = (
            Line(((3.0, 30.0), (33.0, 30.0)), pen),
            Line(((26.0, 25.0), (33.0, 30.0), (26.0, 35.0)), pen),
            Formula(18.0, 18.0, label, 15.0, "ink", "middle"),
        )
        return Diagram(36.0, 60.0, shapes)
    shapes = (
        Line(((30.0, 1.0), (30.0, 23.0)), pen),
        Line(((25.0, 16.0), (30.0, 23.0), (35.0, 16.0)), pen),
        Formula(40.0, 16.0, label, 12.0),
    )
    return Diagram(84.0, 25.0, shapes)


@lru_cache(maxsize=16)
def over_the_group(f: TypedMap, x: tuple[float, ...], precision: str) -> tuple[NDArray[Any], Real]:
    """All nodes of a quadrature of O(3) (k, 3, 3), and the error of f at x there, relative to |f(x)|."""
    nodes = orthogonal_quadrature(min(2 * f.degree + 1, 9)).nodes
    start = np.array(x)
    moved = np.einsum("nij,j->ni", D(f.inputs, nodes), start)
    said = np.asarray(f(moved.astype(precision)), dtype=float)
    here = np.asarray(f(start[None].astype(precision)), dtype=float)[0]
    away = np.abs(said - np.einsum("nij,j->ni", D(f.outputs, nodes), here)).max(axis=1)
    return nodes, away / (float(np.abs(here).max(initial=0.0)) or 1.0)


def group_chart(state: State, g: Element) -> Chart:
    """The error against the angle of each rotation, for rotations and for those with the inversion."""
    f = shown(state)
    nodes, errors = over_the_group(f, tuple(sample(state, f)), state.precision)
    half = len(nodes) // 2
    angles = np.degrees(np.arccos(np.clip((np.trace(nodes[:half], axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
    floor = 1e-17
    plots: list[Points | Rule] = [
        Points(angles, np.maximum(errors[:half], floor), degree_hue(1), size=8.0, label="det +1", name="proper"),
        Points(angles, np.maximum(errors[half:], floor), degree_hue(2), size=4.0, mark="square", label="det −1", name="improper"),
    ]
    here = np.degrees(np.arccos(np.clip((np.trace(g.rotation) - 1.0) / 2.0, -1.0, 1.0)))
    plots.append(Rule(x=float(here), dashed=True, text="g", name="here"))
    return Chart(tuple(plots), Axis("angle, °", low=0.0, high=180.0), Axis("relative error", log=True, low=1e-17, high=1e2))


def learning_chart(state: State) -> Chart:
    """Loss and equivariance error of the network against its steps."""
    found = learned(state)
    x = np.maximum(found.steps, 0.5)
    curves = (
        Curve(x, np.maximum(found.losses, 1e-17), "accent", 2.0, label="loss", name="loss"),
        Curve(x, np.maximum(found.errors, 1e-17), degree_hue(2), 2.0, label="error", name="error"),
    )
    below = max(1e-17, min(float(curve.y.min()) for curve in curves) / 30.0)  # room for the legend under the curves
    return Chart(curves, Axis("step", log=True), Axis("", log=True, low=below))

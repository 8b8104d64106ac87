"""The Groups lab in space: the figure with its numbered corners, its axes and mirrors, and the motion of the element on view.

Everything is turned by g, the element of E(3) at the foot of the window: the figure, and with it its group, whose elements s become
g s g⁻¹. Where corners were before an element moved them is written outside the figure, pale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import COLOURS, COVALENT_RADII, SYMBOLS
from e3viz.labs.groups.colours import wheel
from e3viz.labs.groups.state import WHOLE, Real, State, Subject, chosen, chosen_before, chosen_corner, subject
from e3viz.pictures.scene import Actor, Arrows, Camera, Labels, Scene, Segments, Spheres, Sticks, Surface
from e3viz.pictures.style import rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.groups import FiniteGroup

FLAT = Camera(direction=(0.0, 0.0, 1.0), up=(0.0, 1.0, 0.0), parallel=True)
SOLID = Camera(direction=(0.9, -0.42, 0.4), up=(0.0, 0.0, 1.0))
REACH, ROOM = 1.33, 1.48
"""How far axes and mirrors reach, where the farthest corner lies at 1; ROOM: the radius that the camera shows."""
FACE, EDGE, ACCENT = (146, 170, 234), (112, 124, 148), (74, 107, 226)
MOST_NUMBERED = 24
PATH = 16
_F = np.array(
    [[-0.16, -0.27], [-0.04, -0.27], [-0.04, 0.27], [-0.16, 0.27], [-0.04, 0.16], [0.19, 0.16], [0.19, 0.27], [-0.04, -0.06], [0.12, -0.06],
     [0.12, 0.05], [-0.04, 0.05]]
)  # fmt: skip
_F_FACES = np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 2], [7, 8, 9], [7, 9, 10]])


@dataclass(frozen=True, eq=False)
class Motion:
    """matrix: from the figure's own coordinates to where it is now (3, 3), g included; acting: the element that moves it, by number;
    frame: the linear part of g (3, 3); shift: its translation (3,), in units of the figure."""

    matrix: Real
    acting: int
    frame: Real
    shift: Real

    def place(self, points: Real) -> Real:
        """Where points of the figure are now."""
        moved: Real = points @ self.matrix.T + self.shift
        return moved

    def still(self, points: Real) -> Real:
        """Where g alone takes points: the axes and mirrors do not move with the element."""
        moved: Real = points @ self.frame.T + self.shift
        return moved


def motion(state: State, g: Element) -> Motion:
    """How far the elements have moved the figure."""
    shown = subject(state)
    elements, first = shown.group.elements, chosen_before(state)
    done = state.progress / WHOLE
    if first is None:
        acting, inner = chosen(state), elements[chosen(state)].seen_at(done)
    elif done < 0.5:
        acting, inner = first, elements[first].seen_at(2.0 * done)
    else:
        acting, inner = chosen(state), elements[chosen(state)].seen_at(2.0 * done - 1.0) @ shown.group.matrices[first]
    return Motion(g.linear @ inner, acting, g.linear, np.asarray(g.translation) / shown.scale)


def scene(state: State, g: Element) -> Scene:
    """The figure as it is now."""
    shown = subject(state)
    now = motion(state, g)
    room = np.array([np.zeros(3), now.shift]) if now.shift.any() else np.zeros((1, 3))
    # never drawn: what the camera fits, whatever moves or is switched on
    actors: dict[str, Actor] = {"room": Spheres(room, np.full(len(room), ROOM), np.zeros((len(room), 3), np.uint8), opacity=0.0)}
    if state.symmetry:
        actors.update(_elements(shown, now))
    actors.update(_body(shown, now, chosen_corner(state)))
    actors.update(_highlight(shown, now))
    if state.ghost:
        actors.update(_ghost(state, shown, now, g))
    if state.labels and (len(shown.points) <= MOST_NUMBERED or not shown.symbols):
        actors.update(_numbers(state, shown, now))
    return Scene(actors, FLAT if shown.flat else SOLID, axes=state.axes, frame_of=("room",))


def corner_colours(shown: Subject) -> NDArray[np.uint8]:
    """A colour for each corner, (n, 3): that of its element in a molecule, else its own."""
    if shown.symbols:
        return COLOURS[[SYMBOLS.index(s) for s in shown.symbols]]
    return wheel(len(shown.points))


def corner_radii(shown: Subject) -> Real:
    """The radius of each corner's ball, (n,)."""
    if shown.symbols:
        radii: Real = 0.42 * COVALENT_RADII[[SYMBOLS.index(s) for s in shown.symbols]] / shown.scale
        return np.maximum(radii, 0.05)
    return np.full(len(shown.points), 0.125 if len(shown.points) <= 8 else 0.1 if len(shown.points) <= 14 else 0.075)


def _body(shown: Subject, now: Motion, corner: int) -> dict[str, Actor]:
    made: dict[str, Actor] = {}
    places = now.place(shown.points)
    if shown.mesh is not None:
        points, faces = shown.mesh
        made["faces"] = _surface(now.place(points), faces, FACE, lit=not shown.flat, opacity=0.34 if shown.flat else 0.5)
    if shown.flat:
        made["letter"] = _surface(now.place(np.column_stack([_F, np.full(len(_F), 0.002)])), _F_FACES, (74, 92, 142), lit=False)
    starts, ends = places[shown.edges[:, 0]], places[shown.edges[:, 1]]
    colours = np.tile(np.array(EDGE, np.uint8), (len(starts), 1))
    made["edges"] = Sticks(starts, ends, 0.03 if shown.symbols else 0.022, colours)
    radii = corner_radii(shown).copy()
    if not shown.symbols:
        radii[corner] *= 1.25
    made["corners"] = Spheres(places, radii, corner_colours(shown), pickable=True)
    return made


def _surface(points: Real, faces: NDArray[np.intp], colour: tuple[int, int, int], *, lit: bool, opacity: float = 1.0) -> Surface:
    return Surface(points, faces, np.tile(np.array(colour, np.uint8), (len(points), 1)), smooth=False, lit=lit, opacity=opacity)


def _numbers(state: State, shown: Subject, now: Motion) -> dict[str, Actor]:
    """On each corner its number; of a molecule the atoms' names beside them."""
    places = now.place(shown.points)
    if shown.symbols:
        away = places - now.shift
        return {
            "numbers": Labels(places + 0.14 * away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 0.3), shown.labels, size=12.0)
        }
    many = len(shown.points) > MOST_NUMBERED
    wanted = [chosen_corner(state)] if many else list(range(len(shown.points)))
    size = 14.0 if len(shown.points) <= 8 else 11.5
    return {"numbers": Labels(places[wanted], tuple(shown.labels[k] for k in wanted), "ink", size)}


def _ghost(state: State, shown: Subject, now: Motion, g: Element) -> dict[str, Actor]:
    """Where the corners were: balls that are seen while something moves, the old numbers, and the way of the corner on view."""
    made: dict[str, Actor] = {}
    before = now.still(shown.points)
    if 0 < state.progress < WHOLE:
        made["ghost corners"] = Spheres(before, corner_radii(shown), corner_colours(shown), opacity=0.25)
        made["ghost edges"] = Segments(before[shown.edges[:, 0]], before[shown.edges[:, 1]], "faint", 1.0, dashed=True)
    if shown.flat:
        beside = Element((0.0, 0.0, 1.0), 11.0).linear  # away from mirror lines through corners
        made["old numbers"] = Labels(now.still(1.23 * shown.points @ beside.T), shown.labels, "faint", 12.0)
    made.update(_way(state, now.shift, g))
    return made


def _way(state: State, shift: Real, g: Element) -> dict[str, Actor]:
    """The path of the corner on view until now, with an arrow's head at its end."""
    shown, corner = subject(state), chosen_corner(state)
    steps = np.unique(np.linspace(0, state.progress, 2 * PATH + 1).round().astype(int))
    spots = np.array([motion(replace(state, progress=int(p)), g).matrix @ shown.points[corner] for p in steps]) + shift
    lengths = np.linalg.norm(np.diff(spots, axis=0), axis=1)
    if lengths.sum() < 3.0 * corner_radii(shown)[corner]:
        return {}
    left = lengths[::-1].cumsum()[::-1]  # from each spot on to the end
    inset = 1.25 * float(corner_radii(shown)[corner]) + 0.1
    kept = max(1, int((left > inset).sum()))
    made: dict[str, Actor] = {"way": Segments(spots[:kept], spots[1 : kept + 1], "accent", 2.0)}
    head = spots[-1] - spots[kept]
    size = float(np.linalg.norm(head))
    if size > 1e-6:
        made["way tip"] = Arrows(spots[[kept]], (0.14 * head / size)[None], 0.026, np.array([ACCENT], np.uint8))
    return made


def circle(normal: Real, radius: float, start: float = 0.0, stop: float = 360.0, height: float = 0.0) -> Real:
    """Points (k, 3) of an arc about an axis, from one angle in degrees to another, right-handed."""
    n = normal / np.linalg.norm(normal)
    across = np.cross(n, np.eye(3)[int(np.argmin(np.abs(n)))])
    across /= np.linalg.norm(across)
    if abs(n[2]) > 0.999:
        across = np.array([1.0, 0.0, 0.0])
    angles = np.radians(np.linspace(start, stop, max(3, int(abs(stop - start) / 5.0) + 1)))[:, None]
    arc: Real = radius * (np.cos(angles) * across + np.sin(angles) * np.cross(n, across)) + height * n
    return arc


def mirror_lines(group: FiniteGroup) -> dict[int, Real]:
    """For each mirror of a polygon its direction in the plane."""
    return {k: np.cross([0.0, 0.0, 1.0], op.axis) for k, op in enumerate(group.operations) if op.kind == "σ" and abs(op.axis[2]) < 0.5}


def rotation_axes(group: FiniteGroup) -> list[tuple[Real, int]]:
    """The axes of the group's rotations and how many-fold each is."""
    found: dict[tuple[float, ...], tuple[Real, int]] = {}
    for op in group.operations:
        if op.kind == "C":
            key = tuple(abs(round(v, 6)) if k == 2 and abs(op.axis[2]) > 1 - 1e-9 else round(v, 6) + 0.0 for k, v in enumerate(op.axis))
            axis, fold = found.get(key, (np.asarray(op.axis), 1))
            found[key] = (axis, max(fold, op.turn.denominator))
    return list(found.values())


FOLD_COLOURS = {2: "#8a93a3", 3: "#2f9e77", 4: "#e08a2e", 5: "#8b5fd0", 6: "#c2457f"}


def fold_colour(fold: int) -> str:
    """The colour of axes of an order."""
    return FOLD_COLOURS.get(fold, "#4aa3b5")


def _elements(shown: Subject, now: Motion) -> dict[str, Actor]:
    """Axes as lines and mirrors as circles; of a polygon its mirror lines with their names."""
    group = shown.group
    if shown.flat:
        lines = list(mirror_lines(group).items())
        if not lines:
            return {}
        ways = np.array([way for _, way in lines])
        made: dict[str, Actor] = {"mirror lines": Segments(now.still(-REACH * ways), now.still(REACH * ways), "faint", 1.2, dashed=True)}
        made["mirror names"] = Labels(now.still((REACH + 0.09) * ways), tuple(group.names[k] for k, _ in lines), "muted", 12.0)
        return made
    made = {}
    axes = rotation_axes(group)
    for fold in sorted({n for _, n in axes}):
        ways = np.array([axis for axis, n in axes if n == fold])
        both = np.concatenate([ways, -ways])
        starts = _exits(shown, both)[:, None] * both
        made[f"axes {fold}"] = Segments(now.still(starts), now.still(REACH * both), fold_colour(fold), 1.8)
        if len(axes) <= 13:
            made[f"axis names {fold}"] = Labels(now.still((REACH + 0.08) * ways), (str(fold),) * len(ways), fold_colour(fold), 11.0)
    rings = [circle(np.asarray(op.axis), 1.2) for op in group.operations if op.kind == "σ"]
    if rings:
        starts, ends = np.concatenate([r[:-1] for r in rings]), np.concatenate([r[1:] for r in rings])
        made["mirrors"] = Segments(now.still(starts), now.still(ends), "faint", 1.0, opacity=0.75)
    return made


def _exits(shown: Subject, ways: Real) -> Real:
    """How far from the middle rays leave the solid, so that axes are drawn outside of it only; 0 for a molecule."""
    if shown.mesh is None:
        return np.zeros(len(ways))
    a, b, c = (shown.mesh[0][shown.mesh[1][:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    slope = ways @ normals.T
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(slope > 1e-9, (normals * a).sum(axis=1) / slope, np.inf)
    leaving: Real = np.clip(reach.min(axis=1), 0.0, 1.0)
    return leaving


def _highlight(shown: Subject, now: Motion) -> dict[str, Actor]:
    """The axis, mirror or centre of the element that acts, and the arc by which it turns."""
    op = shown.group.operations[now.acting]
    axis, made = np.asarray(op.axis, dtype=float), dict[str, Actor]()
    if op.kind != "E" and not shown.flat:
        spot = 1.32 * circle(axis, 1.0)[0] if op.kind == "σ" else 1.22 * REACH * axis
        made["acting"] = Labels(now.still(spot[None]), (shown.group.names[now.acting],), "accent", 13.0)
    if op.kind in ("C", "S"):
        if not shown.flat:
            made["axis"] = Segments(now.still(-1.08 * REACH * axis[None]), now.still(1.08 * REACH * axis[None]), "accent", 3.0)
        radius, height = (0.52, 0.004) if shown.flat else (0.3, 1.12)
        arc = circle(axis, radius, 0.0, float(op.turn * 360) - (9.0 if shown.flat else 14.0), height)
        made["arc"] = Segments(now.still(arc[:-1]), now.still(arc[1:]), "accent", 2.6)
        tip = np.cross(axis, arc[-1] - height * axis) / radius
        made["arc tip"] = Arrows(now.still(arc[[-1]] - 0.02 * tip), 0.16 * (tip @ now.frame.T)[None], 0.022, np.array([ACCENT], np.uint8))
    if op.kind in ("σ", "S"):
        if shown.flat:
            way = np.cross([0.0, 0.0, 1.0], axis)
            made["line"] = Segments(now.still(-REACH * way[None]), now.still(REACH * way[None]), "accent", 3.0)
        else:
            ring = circle(axis, 1.2)
            made["plane"] = _surface(
                now.still(np.concatenate([[np.zeros(3)], ring])), np.array([[0, k + 1, k + 2] for k in range(len(ring) - 1)]), ACCENT,
                lit=False, opacity=0.2,
            )  # fmt: skip
            made["plane rim"] = Segments(now.still(ring[:-1]), now.still(ring[1:]), "accent", 2.2)
    if op.kind == "i":
        made["centre"] = Spheres(now.still(np.zeros((1, 3))), np.array([0.07]), np.array([rgb("#4a6be2")], np.uint8))
    return made

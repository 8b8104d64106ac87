"""The Structures lab's pictures: the atoms in space, moved by g with a ghost of where they were, and the plot under the player."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import COLOURS, SYMBOLS, formula_unicode
from e3viz.atoms.structure import Structure
from e3viz.atoms.trajectory import Trajectory
from e3viz.labs.structures.describe import site_name, subtitle
from e3viz.labs.structures.prepare import STICK_RADIUS, UNITS, WIRE_RADIUS, Prepared, Shades, prepare, radii, shades
from e3viz.labs.structures.source import plotted, trajectory
from e3viz.labs.structures.state import State
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Rule
from e3viz.pictures.colourmaps import DIVERGING, SEQUENTIAL
from e3viz.pictures.scene import Actor, Arrows, Camera, ColourBar, Key, Labels, Scene, Segments, Spheres, Sticks
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import LIGHT, rgb
from e3viz.symmetry.element import IDENTITY, Element

MOST_LABELS = 2_000
GHOST = 0.16
ARROW_RADIUS = 0.07


def pictures(state: State, g: Element) -> Sheet:
    """The structure, and, if there are several frames, their energies and largest forces."""
    ready = prepare(state)
    frames = trajectory(state.file)
    panels = [Panel("structure", scene(state, g, ready))]
    if len(frames) > 1:
        panels = [
            replace(panels[0], height=0.82),
            Panel("frames", frames_chart(frames, state.frame), y=0.82, height=0.18, card=True, figure=False),
        ]
    return Sheet(tuple(panels), formula_unicode(ready.one.numbers), subtitle(state, ready))


def scene(state: State, g: Element, ready: Prepared) -> Scene:
    """The structure moved by g, as named actors."""
    shade = shades(state, ready)
    actors: dict[str, Actor] = {}
    if not g.is_identity and state.ghost:
        for name, actor in _body(state, IDENTITY, ready, shade).items():
            actors[f"ghost {name}"] = replace(actor, opacity=GHOST, pickable=False)
    actors.update(_body(state, g, ready, shade))
    actors.update(_arrows(state, g, ready.structure))
    if state.cell and len(ready.edges[0]):
        actors["cell"] = Segments(g.act(ready.edges[0]), g.act(ready.edges[1]), colour="muted", width=1.5)
    actors.update(_marks(state, g, ready.structure))
    return Scene(
        actors,
        camera=viewpoint(state),
        legend=_legend(state, ready.structure, shade),
        colour_bar=_colour_bar(shade),
        axes=state.axes,
        depth_cue=0.7 if state.depth_cue else 0.0,
    )


def viewpoint(state: State) -> Camera:
    """A first look: at a crystal from the front and a little above, at a molecule so that its atoms hide each other least.

    It follows from the first frame, so that the view of a trajectory does not jump.
    """
    frames = trajectory(state.file)
    return _viewpoint(state.file, frames.stamp, state.parallel)


@lru_cache(maxsize=16)
def _viewpoint(file: str, changed: object, parallel: bool) -> Camera:
    first = trajectory(file)[0]
    if first.periodic or len(first) < 3:
        return Camera(parallel=parallel)
    spread = first.positions - first.positions.mean(axis=0)
    _, axes = np.linalg.eigh(spread.T @ spread)
    thin, middle, long = (column * (1.0 if column[np.argmax(np.abs(column))] > 0 else -1.0) for column in axes.T)
    x, y, z = (float(c) for c in thin + 0.35 * middle + 0.25 * long)
    up = (float(middle[0]), float(middle[1]), float(middle[2]))
    return Camera((x, y, z), up, parallel=parallel)


def _body(state: State, g: Element, ready: Prepared, shade: Shades) -> dict[str, Actor]:
    body: dict[str, Actor] = {}
    if len(ready.places):
        sizes = radii(state, ready.structure.numbers[ready.owner])
        body["atoms"] = Spheres(g.act(ready.places), sizes, shade.colours, pickable=True)
    pieces = ready.pieces
    if state.style != "space filling" and len(pieces):
        radius = WIRE_RADIUS if state.style == "wireframe" else STICK_RADIUS * min(1.0, state.atom_scale / 0.15)
        body["bonds"] = Sticks(g.act(pieces.starts), g.act(pieces.ends), radius, _stick_colours(state, shade, pieces.atoms))
    return body


def _stick_colours(state: State, shade: Shades, owner: NDArray[np.int64]) -> NDArray[np.uint8]:
    if state.style == "wireframe" or state.colour_by != "element":
        return shade.colours[owner]
    return plain_sticks(len(owner))


@lru_cache(maxsize=8)
def plain_sticks(count: int) -> NDArray[np.uint8]:
    """The quiet grey of bonds, (n, 3)."""
    return np.tile(np.array([176, 180, 188], dtype=np.uint8), (count, 1))


def _arrows(state: State, g: Element, structure: Structure) -> dict[str, Actor]:
    vectors = structure.arrays.get(state.arrows)
    if vectors is None or vectors.ndim != 2 or vectors.shape[1] != 3:
        return {}
    known = np.all(np.isfinite(vectors), axis=1)
    moved = g.act_on_vectors(vectors[known], axial=state.arrows in AXIAL) * state.arrow_scale
    colours = np.broadcast_to(np.array(rgb(LIGHT.accent), dtype=np.uint8), (len(moved), 3))
    return {"arrows": Arrows(g.act(structure.positions[known]), moved, ARROW_RADIUS, colours)}


AXIAL = frozenset({"magmoms", "initial_magmoms"})


def _marks(state: State, g: Element, structure: Structure) -> dict[str, Actor]:
    marks: dict[str, Actor] = {}
    chosen = [i for i in state.selected if i < len(structure)]
    if chosen:
        where = g.act(structure.positions[chosen])
        size = radii(state, structure.numbers)[chosen] + 0.08
        accent = np.broadcast_to(np.array(rgb(LIGHT.accent), dtype=np.uint8), (len(chosen), 3))
        marks["selected"] = Spheres(where, size, accent, opacity=0.35)
    if state.labels != "none" and len(structure) <= MOST_LABELS:
        marks["labels"] = Labels(g.act(structure.positions), tuple(label_texts(state.labels, structure)))
    elif chosen:
        marks["selected names"] = Labels(where, tuple(site_name(structure, i) for i in chosen))
    return marks


def label_texts(labels: str, structure: Structure) -> list[str]:
    """What is written at each atom."""
    if labels == "symbol":
        return [SYMBOLS[z] for z in structure.numbers]
    if labels == "index":
        return [str(i) for i in range(len(structure))]
    if labels == "symbol and index":
        return [site_name(structure, i) for i in range(len(structure))]
    array = structure.arrays.get(labels)
    if array is None:
        return []
    return [f"{v:.3g}" if array.dtype.kind == "f" else str(v) for v in array]


def _legend(state: State, structure: Structure, shade: Shades) -> tuple[Key, ...]:
    keys = []
    if shade.scale is None:
        for z in sorted(set(structure.numbers.tolist())):
            keys.append(Key("dot", "#{:02x}{:02x}{:02x}".format(*COLOURS[z]), SYMBOLS[z]))
    if state.arrows in structure.arrays and structure.arrays[state.arrows].ndim == 2:
        unit = UNITS.get(state.arrows, "unit")
        keys.append(Key("arrow", LIGHT.accent, state.arrows))
        keys.append(Key("none", "faint", f"{state.arrow_scale:g} Å = 1 {unit}"))
    return tuple(keys)


def _colour_bar(shade: Shades) -> ColourBar | None:
    if shade.scale is None:
        return None
    low, high, label = shade.scale
    return ColourBar(DIVERGING if low < 0 else SEQUENTIAL, low, high, label)


def frames_chart(frames: Trajectory, frame: int) -> Chart:
    """Energy (left) and largest force (right) against frame, with a movable rule at the frame on view."""
    plots: list[Plot] = []
    names = plotted(frames)
    x = np.arange(len(frames))
    if "energy" in names:
        plots.append(Curve(x, frames.column("energy"), colour="accent", width=1.0, label="energy", name="energy"))
    if "max_force" in names:
        right = "energy" in names
        force = frames.column("max_force")
        plots.append(Curve(x, force, colour="#e08a2e", width=1.0, label="largest force", name="max_force", right=right))
    plots.append(Rule(x=frame, colour="ink", movable=True, name="frame"))
    left = Axis("energy, eV") if "energy" in names else Axis("largest force, eV/Å" if names else "")
    return Chart(tuple(plots), Axis("frame", low=0, high=len(frames) - 1), left, Axis("largest force, eV/Å") if len(names) == 2 else None)

"""The Structures lab in space: atoms, bonds, cell, arrows and marks as named actors, moved by g, with a ghost of where they were."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import COLOURS, SYMBOLS
from e3viz.atoms.measure import atom_name
from e3viz.atoms.structure import Structure
from e3viz.labs.structures import extras
from e3viz.labs.structures.looks import UNITS, Shades, plain_sticks, radii, shades, stick_radius
from e3viz.labs.structures.prepare import Prepared, selection
from e3viz.labs.structures.source import trajectory
from e3viz.labs.structures.state import PLAIN_LABELS, State
from e3viz.pictures.colourmaps import DIVERGING, SEQUENTIAL
from e3viz.pictures.scene import Actor, Arrows, Camera, ColourBar, Key, Labels, Scene, Segments, Spheres, Sticks
from e3viz.pictures.style import LIGHT, rgb
from e3viz.symmetry.element import IDENTITY, Element

MOST_LABELS = 2_000
MOST_NAMES = 12
GHOST = 0.16
ARROW_RADIUS = 0.07
KERNEL = 0.4
"""Radius of atoms inside ellipsoids, in units of what it would be without."""
SECOND = "#e08a2e"
AXIAL = frozenset({"magmoms", "initial_magmoms"})


def scene(state: State, g: Element, ready: Prepared) -> Scene:
    """The structure moved by g, as named actors."""
    shade = shades(state, ready)
    chosen = selection(state, ready.structure)
    actors: dict[str, Actor] = {}
    if not g.is_identity and state.ghost:
        for name, actor in _body(state, IDENTITY, ready, shade).items():
            actors[f"ghost {name}"] = replace(actor, opacity=GHOST, pickable=False)
    actors.update(_body(state, g, ready, shade))
    actors.update(_arrows(state, g, ready))
    if state.cell and len(ready.edges[0]):
        actors["cell"] = Segments(g.act(ready.edges[0]), g.act(ready.edges[1]), colour="muted", width=1.5)
    actors.update(extras.actors(state, g, ready, shade))
    actors.update(_marks(state, g, ready, chosen))
    return Scene(
        actors,
        camera=viewpoint(state),
        legend=_legend(state, ready.structure, shade),
        colour_bar=_colour_bar(shade),
        axes=state.axes,
        scale_bar="Å" if state.scale_bar else "",
        depth_cue=0.7 if state.depth_cue else 0.0,
        occlusion=state.occlusion,
    )


def viewpoint(state: State) -> Camera:
    """A first look: at a crystal from the front and a little above, at a molecule so that its atoms hide each other least.

    It follows from the first frame, so that the view of a trajectory does not jump.
    """
    return _viewpoint(state.file, trajectory(state.file).stamp, state.parallel)


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
        if state.ellipsoids in ready.structure.arrays:
            sizes = KERNEL * sizes
        body["atoms"] = Spheres(g.act(ready.places), sizes, shade.drawn, pickable=True)
    pieces = ready.pieces
    if state.style != "space filling" and len(pieces):
        plain = state.style != "wireframe" and state.colour_by == "element"
        colours = plain_sticks(len(pieces)) if plain else shade.atoms[pieces.atoms]
        body["bonds"] = Sticks(g.act(pieces.starts), g.act(pieces.ends), stick_radius(state), colours)
    return body


def _arrows(state: State, g: Element, ready: Prepared) -> dict[str, Actor]:
    made: dict[str, Actor] = {}
    for actor, array, colour in (("arrows", state.arrows, LIGHT.accent), ("arrows too", state.arrows_too, SECOND)):
        vectors = ready.structure.arrays.get(array)
        if vectors is None or vectors.ndim != 2 or vectors.shape[1] != 3 or (actor == "arrows too" and array == state.arrows):
            continue
        vectors = vectors[ready.owner]
        known = np.all(np.isfinite(vectors), axis=1)
        moved = g.act_on_vectors(vectors[known], axial=array in AXIAL) * state.arrow_scale
        colours = np.broadcast_to(np.array(rgb(colour), dtype=np.uint8), (len(moved), 3))
        made[actor] = Arrows(g.act(ready.places[known]), moved, ARROW_RADIUS * (1.0 if actor == "arrows" else 0.8), colours)
    return made


def _marks(state: State, g: Element, ready: Prepared, chosen: NDArray[np.bool_]) -> dict[str, Actor]:
    structure = ready.structure
    marks: dict[str, Actor] = {}
    if chosen.any():
        drawn = np.flatnonzero(chosen[ready.owner])
        sizes = radii(state, structure.numbers[ready.owner])[drawn] + 0.08
        accent = np.tile(np.array(rgb(LIGHT.accent), dtype=np.uint8), (len(drawn), 1))
        marks["selected"] = Spheres(g.act(ready.places[drawn]), sizes, accent, opacity=0.35)
    if state.labels != "none" and len(ready.owner) <= MOST_LABELS:
        texts = label_texts(state.labels, structure)
        if texts:
            marks["labels"] = Labels(g.act(ready.places), tuple(texts[i] for i in ready.owner))
    elif 0 < len(state.selected) <= MOST_NAMES:
        named = [i for i in state.selected if i < len(structure)]
        marks["selected names"] = Labels(g.act(structure.positions[named]), tuple(atom_name(structure, i) for i in named))
    return marks


def label_texts(labels: str, structure: Structure) -> list[str]:
    """What is written at each atom; nothing for an array that the structure lacks."""
    if labels == "symbol":
        return [SYMBOLS[z] for z in structure.numbers]
    if labels == "index":
        return [str(i) for i in range(len(structure))]
    if labels in PLAIN_LABELS:
        return [atom_name(structure, i) for i in range(len(structure))]
    array = structure.arrays.get(labels)
    if array is None:
        return []
    return [f"{v:.3g}".replace("-", "−") if array.dtype.kind == "f" else str(v) for v in array]


def _legend(state: State, structure: Structure, shade: Shades) -> tuple[Key, ...]:
    keys = []
    if shade.scale is None:
        for z in sorted(set(structure.numbers.tolist())):
            keys.append(Key("dot", "#{:02x}{:02x}{:02x}".format(*COLOURS[z]), SYMBOLS[z]))
    shown = [(name, colour) for name, colour in ((state.arrows, LIGHT.accent), (state.arrows_too, SECOND)) if _is_vector(structure, name)]
    keys += [Key("arrow", colour, name) for name, colour in shown]
    if shown:
        keys.append(Key("none", "faint", f"{state.arrow_scale:g} Å = 1 {UNITS.get(shown[0][0], 'unit')}"))
    return tuple(keys)


def _is_vector(structure: Structure, name: str) -> bool:
    array = structure.arrays.get(name)
    return array is not None and array.ndim == 2 and array.shape[1] == 3


def _colour_bar(shade: Shades) -> ColourBar | None:
    if shade.scale is None:
        return None
    low, high, label = shade.scale
    return ColourBar(DIVERGING if low == -high else SEQUENTIAL, low, high, label)

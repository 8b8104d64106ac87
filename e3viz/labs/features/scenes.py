"""Features in space: a signed surface about each atom, bonds between them, forces as arrows; and one atom through all layers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.bonds import bond_pieces, find_bonds
from e3viz.atoms.edit import act
from e3viz.atoms.elements import COLOURS, SYMBOLS, VDW_RADII
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import cell_edges
from e3viz.labs.features import colouring
from e3viz.labs.features.source import Seen, blocks, handed_out, layer, messages, seen, signal
from e3viz.labs.features.state import ALL, ELEMENT, OTHER, State
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.scene import Actor, Arrows, Camera, Key, Labels, Scene, Segments, Spheres, Sticks, Surface
from e3viz.pictures.style import LIGHT, NEGATIVE, POSITIVE, rgb
from e3viz.potentials.contract import LayerFeatures
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.many_surfaces import many_surfaces

if TYPE_CHECKING:
    from e3viz.potentials.anatomy import Messages

GHOST = 0.14
STICK, DOT = 0.06, 0.11
REFERENCE = "#e08a2e"
LEGEND = (Key("dot", POSITIVE, "positive"), Key("dot", NEGATIVE, "negative"))
APART = 2.6


def wanted(state: State, one: LayerFeatures) -> set[Irrep]:
    """Which irreps of a layer are drawn."""
    there = set(blocks(one))
    if state.irrep == OTHER:
        return {irrep for irrep in there if not irrep.is_natural}
    if state.irrep == ALL:
        return {irrep for irrep in there if irrep.is_natural}
    return {irrep for irrep in there if str(irrep) == state.irrep}


def scene(state: State, g: Element) -> Scene:
    """The atoms of the frame, moved by g, each with its features: what the network says of the moved structure itself."""
    now, chosen = seen(state, g), layer(state)
    actors: dict[str, Actor] = {}
    if not g.is_identity and state.ghost:
        before = seen(state)
        actors["ghost bonds"] = replace(_bonds(before.structure), opacity=GHOST)
        actors["ghost features"] = replace(_surfaces(state, before, chosen), opacity=GHOST, pickable=False)
    actors["bonds"] = _bonds(now.structure)
    actors["atoms"] = _dots(now.structure)
    sent = messages(state, g) if state.messages and state.layer > 0 else None
    actors["features"] = _surfaces(state, now, chosen) if sent is None else _sent(state, now, sent, chosen)
    if sent is not None:
        here = now.structure.positions[min(state.atom, len(now.structure) - 1)]
        actors["edges"] = Segments(np.tile(here, (len(sent.vectors), 1)), here + sent.vectors, colour="faint")
    actors.update(_forces(state, now))
    edges = cell_edges(now.structure)
    if now.structure.periodic and len(edges[0]):
        actors["cell"] = Segments(*edges, colour="muted")
    if state.names:
        texts = tuple(f"{SYMBOLS[z]}{k}" for k, z in enumerate(now.structure.numbers))
        actors["names"] = Labels(now.structure.positions, texts)
    if state.atom < len(now.structure):
        actors["chosen"] = Spheres(now.structure.positions[state.atom][None], np.array([0.2]), _one_colour(LIGHT.accent, 1), opacity=0.35)
    legend = (*LEGEND, *_force_keys(state))
    return Scene(
        actors,
        camera=_viewpoint(seen(replace(state, frame=0, moved=())).structure),
        legend=legend,
        frame_of=("features", "bonds", "atoms"),
        axes=True,
    )


def plain_scene(state: State, g: Element) -> Scene:
    """The frame on view, moved by g: with features, or with balls where colours tell something or the model hands out no features."""
    return scene(state, g) if state.colour == ELEMENT and handed_out(state) else bare_scene(state, g)


def bare_scene(state: State, g: Element) -> Scene:
    """The frame on view, moved by g, with forces and without features."""
    now = seen(state, g)
    one = now.structure
    colours, bar = colouring.colours(state, g)
    balls = Spheres(one.positions, 0.25 * VDW_RADII[one.numbers], colours, pickable=True)
    actors: dict[str, Actor] = {"bonds": _bonds(one), "atoms": balls, **_forces(state, now)}
    if state.atom < len(one):
        actors["chosen"] = Spheres(one.positions[state.atom][None], np.array([0.6]), _one_colour(LIGHT.accent, 1), opacity=0.35)
    edges = cell_edges(one)
    if one.periodic and len(edges[0]):
        actors["cell"] = Segments(*edges, colour="muted")
    return Scene(
        actors, camera=_viewpoint(seen(replace(state, frame=0, moved=())).structure), legend=_force_keys(state), colour_bar=bar, axes=True
    )


def held_scene(state: State, g: Element) -> Scene:
    """The structure with forces and, where the model has them, features; a drag carries its atoms. Without a ghost, to be quick."""
    found = plain_scene(replace(state, ghost=False), g)
    actors = {name: replace(actor, slides=actor.pickable) for name, actor in found.actors.items()}
    return replace(found, actors=actors)


def moving_scene(state: State, g: Element) -> Scene:
    """The structure at the moment on view, moved by g."""
    from e3viz.labs.features.moving import structure as at_moment

    first = seen(replace(state, frame=0, moved=())).structure
    now = at_moment(state)
    now = now if g.is_identity else act(now, g)
    balls = Spheres(now.positions, 0.25 * VDW_RADII[now.numbers], COLOURS[now.numbers], pickable=True)
    actors: dict[str, Actor] = {"bonds": _bonds(now), "atoms": balls}
    edges = cell_edges(now)
    if now.periodic and len(edges[0]):
        actors["cell"] = Segments(*edges, colour="muted")
    if state.names:
        actors["names"] = Labels(now.positions, tuple(f"{SYMBOLS[z]}{k}" for k, z in enumerate(now.numbers)))
    return Scene(actors, camera=_viewpoint(first), axes=True)


def through_layers(state: State, g: Element) -> Scene:
    """The chosen atom after every layer, side by side, each to its own scale."""
    found = seen(state, g).layers
    atom = min(state.atom, len(seen(state, g).structure) - 1)
    actors: dict[str, Actor] = {}
    places, texts = [], []
    for number, one in enumerate(found):
        place = np.array([number * APART, 0.0, 0.0])
        irreps = wanted(state, one) or {irrep for irrep in blocks(one) if irrep.is_natural}
        made = many_surfaces(signal(one, state.channel, irreps)[atom][None], place[None], size=1.0, about=1500)
        actors[f"layer {number}"] = Surface(made.points, made.faces, _shades(made.values), normals=made.normals, pickable=True)
        places.append(place - np.array([0.0, 0.0, 1.35]))
        texts.append(one.layer)
    actors["names"] = Labels(np.array(places), tuple(texts), colour="muted", size=11.0)
    return Scene(actors, camera=Camera((0.0, -1.0, 0.12), parallel=True))


def _surfaces(state: State, now: Seen, chosen: LayerFeatures) -> Surface:
    one = now.layers[min(state.layer, len(now.layers) - 1)]
    irreps = wanted(state, chosen)
    coefficients = signal(one, state.channel, irreps)
    made = many_surfaces(coefficients, now.structure.positions, size=state.size, largest=_largest(one, irreps) if state.locked else None)
    return Surface(made.points, made.faces, _shades(made.values), normals=made.normals, pickable=True)


def _sent(state: State, now: Seen, sent: Messages, chosen: LayerFeatures) -> Surface:
    """What arrives at the chosen atom, half-way along each edge."""
    here = now.structure.positions[min(state.atom, len(now.structure) - 1)]
    coefficients = signal(sent.features, state.channel, wanted(state, chosen))
    made = many_surfaces(coefficients, here + 0.5 * sent.vectors, size=0.7 * state.size)
    return Surface(made.points, made.faces, _shades(made.values), normals=made.normals, pickable=False)


def _largest(one: LayerFeatures, irreps: set[Irrep]) -> float:
    """The largest |f| of any channel and atom of a layer."""
    from e3viz.symmetry.surfaces import mesh_basis

    every = signal(one, None, irreps)
    l_max = int(np.sqrt(every.shape[-1])) - 1
    return float(np.abs(every.reshape(-1, every.shape[-1]) @ mesh_basis(l_max, 162)).max(initial=0.0)) or 1.0


def _shades(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return diverging(values, float(np.abs(values).max(initial=0.0)) or 1.0)


def _bonds(structure: Structure) -> Sticks:
    pieces = bond_pieces(structure, find_bonds(structure))
    return Sticks(pieces.starts, pieces.ends, STICK, _one_colour("#a9b0bd", len(pieces.starts)))


def _dots(structure: Structure) -> Spheres:
    return Spheres(structure.positions, np.full(len(structure), DOT), COLOURS[structure.numbers], pickable=True)


def _forces(state: State, now: Seen) -> dict[str, Actor]:
    sets = force_sets(state, now)
    return {
        f"forces {name}": Arrows(now.structure.positions, vectors * state.arrow_scale, 0.05, _one_colour(colour, len(vectors)))
        for name, (vectors, colour) in sets.items()
    }


def force_sets(state: State, now: Seen) -> dict[str, tuple[FloatArray, str]]:
    """The forces drawn, with their colours: predicted, reference, or their difference."""
    known = now.structure.arrays.get("forces")
    sets = {}
    if state.arrows in ("predicted", "predicted and reference"):
        sets["predicted"] = (now.prediction.forces, LIGHT.accent)
    if known is not None and state.arrows in ("reference", "predicted and reference"):
        sets["reference"] = (np.asarray(known, dtype=float), REFERENCE)
    if known is not None and state.arrows == "difference":
        sets["difference"] = (now.prediction.forces - known, "#c2452f")
    return sets


def _force_keys(state: State) -> tuple[Key, ...]:
    colours = {"predicted": LIGHT.accent, "reference": REFERENCE, "difference": "#c2452f"}
    return tuple(Key("arrow", colour, f"{name} force") for name, colour in colours.items() if name in state.arrows)


def _one_colour(colour: str, count: int) -> NDArray[np.uint8]:
    return np.tile(np.array(rgb(colour), dtype=np.uint8), (count, 1))


def _viewpoint(first: Structure) -> Camera:
    """A molecule so that its atoms hide each other least; a crystal from the front. It follows from the first frame alone."""
    if first.periodic or len(first) < 3:
        return Camera()
    spread = first.positions - first.positions.mean(axis=0)
    _, axes = np.linalg.eigh(spread.T @ spread)
    thin, middle, long = (column * (1.0 if column[np.argmax(np.abs(column))] > 0 else -1.0) for column in axes.T)
    x, y, z = (float(c) for c in thin + 0.3 * middle + 0.2 * long)
    return Camera((x, y, z), (float(middle[0]), float(middle[1]), float(middle[2])))

"""Radial filters of a layer as curves, and the filter of one path in space, R(r) Yˡₘ, as a pair of isosurfaces."""

from __future__ import annotations

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.labs.features.dissected import anatomy
from e3viz.labs.features.network import chosen_layer, chosen_path
from e3viz.labs.features.source import model_key, opened, seen
from e3viz.labs.features.state import State
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Rule
from e3viz.pictures.isosurface import isosurface
from e3viz.pictures.scene import Actor, Camera, Key, Scene, Spheres, Surface
from e3viz.pictures.style import LIGHT, NEGATIVE, POSITIVE, degree_hue, rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import spherical_harmonics

NEAR, POINTS, GRID = 0.5, 160, 64
LEVEL = 0.25
"""Of the largest |R Y| at distances that occur: where the surfaces lie."""


def _distances(state: State) -> FloatArray:
    return np.linspace(NEAR, opened(model_key(state)).card.r_max, POINTS)


def _radial(state: State, layer: int, distances: FloatArray) -> FloatArray:
    """R(r) of every path and channel of a layer, (k, paths, channels)."""
    from e3viz.potentials.anatomy import radial_filters  # with torch, which the window has no need of until now

    return radial_filters(opened(model_key(state)), layer, distances)


def _pairs(state: State) -> tuple[FloatArray, FloatArray]:
    """Atoms of all pairs within the cutoff (2, m), and their distances, Å (m,)."""
    from e3viz.potentials.graphs import graph

    card = opened(model_key(state)).card
    made = graph(seen(state).structure, card.elements, card.r_max)
    return np.stack([made.i.numpy(), made.j.numpy()]), np.linalg.norm(made.vectors.numpy(), axis=1)


def strengths(state: State, layer: int) -> FloatArray:
    """Root mean square of each path's filter over the pairs of the frame and all channels, relative to the strongest, (paths,)."""
    found = np.sqrt((_radial(state, layer, _pairs(state)[1]) ** 2).mean(axis=(0, 2)))
    strongest = float(found.max(initial=0.0)) or 1.0
    scaled: FloatArray = found / strongest
    return scaled


def chart(state: State, g: Element) -> Chart:
    """R(r) of the channel on view for every path of the layer, the chosen one thick; the neighbours of the chosen atom as lines."""
    number, path = chosen_layer(state), chosen_path(state)
    r = _distances(state)
    values = _radial(state, number, r)
    channel = min(state.channel, values.shape[2] - 1)
    plots: list[Plot] = []
    for one in anatomy(state)[number - 1].paths:
        here = one.place == path.place
        plots.append(
            Curve(
                r,
                values[:, one.place, channel],
                degree_hue(one.harmonic),
                3.0 if here else 1.4,
                label=one.label,
                pale=not here,
                name=f"path {one.place}",
            )
        )
    for distance in _neighbours(state):
        plots.append(Rule(x=float(distance), dashed=True))
    plots.append(Rule(y=0.0))
    return Chart(tuple(plots), Axis("distance, Å", low=NEAR), Axis(f"R(r), channel {channel}"))


def _neighbours(state: State) -> FloatArray:
    """Distances of the chosen atom to its neighbours, each once within 0.1 Å."""
    atoms, distances = _pairs(state)
    near = distances[(atoms == state.atom).any(axis=0)]
    kept: list[float] = []
    for distance in np.sort(near):
        if not kept or distance - kept[-1] > 0.1:
            kept.append(float(distance))
    return np.array(kept)


def scene(state: State, g: Element) -> Scene:
    """The chosen path's filter about an atom, moved by g: where a neighbour counts, and with which sign."""
    number, path = chosen_layer(state), chosen_path(state)
    reach = opened(model_key(state)).card.r_max
    ticks = np.linspace(-reach, reach, GRID)
    points = np.stack(np.meshgrid(ticks, ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 3)
    distance = np.linalg.norm(points, axis=1)
    inside = (distance > NEAR) & (distance < reach)
    l, m = path.harmonic, int(np.clip(state.order, -path.harmonic, path.harmonic))
    r = _distances(state)
    filters = _radial(state, number, r)
    channel = min(state.channel, filters.shape[2] - 1)
    radial = np.where(inside, np.interp(distance, r, filters[:, path.place, channel]), 0.0)
    turned = points[inside] @ g.linear / distance[inside, None]
    values = np.zeros(len(points))
    values[inside] = radial[inside] * spherical_harmonics(l, turned)[:, l * l + l + m]
    grid = values.reshape(GRID, GRID, GRID)
    top = float(np.abs(grid).max(initial=0.0))
    step = np.eye(3) * (ticks[1] - ticks[0])
    actors: dict[str, Actor] = {"atom": Spheres(np.zeros((1, 3)), np.array([0.2]), np.tile(np.array(rgb(LIGHT.muted), np.uint8), (1, 1)))}
    for sign, name, colour in ((1.0, "positive", POSITIVE), (-1.0, "negative", NEGATIVE)):
        spots, faces = (
            isosurface(sign * grid, LEVEL * top, np.full(3, -reach), step) if top > 0.0 else (np.zeros((0, 3)), np.zeros((0, 3), np.int64))
        )
        if len(spots):
            actors[name] = Surface(spots, faces, np.tile(np.array(rgb(colour), np.uint8), (len(spots), 1)), opacity=0.75)
    legend = (Key("dot", POSITIVE, "R Y > 0"), Key("dot", NEGATIVE, "R Y < 0"))
    return Scene(actors, camera=Camera((0.5, -1.0, 0.5)), legend=legend, axes=True, scale_bar="Å")

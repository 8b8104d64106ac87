"""Watch it learn: one structure with what the run said of it at the epoch on view: forces beside the reference, and features as surfaces."""

from __future__ import annotations

import numpy as np

from e3viz.atoms.bonds import bond_pieces, find_bonds
from e3viz.atoms.elements import COLOURS as ELEMENT_COLOURS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.labs.training.source import close_look, record_at, recording
from e3viz.labs.training.state import State
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.scene import Actor, Arrows, Camera, Key, Scene, Spheres, Sticks, Surface
from e3viz.pictures.style import LIGHT, rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.many_surfaces import many_surfaces

REFERENCE = "#e08a2e"


def probe_scene(state: State, g: Element) -> Scene:
    """The probe structure, moved by g, with what the run said of it at the epoch on view."""
    run = close_look(state)
    about, arrays = recording(run, "probe") if run is not None else ({}, {})
    if "forces" not in arrays or not len(arrays["forces"]):
        return Scene()
    at = record_at(state, np.asarray(arrays["epoch"]))
    a, b, c = (bool(p) for p in about["pbc"])
    one = Structure(np.array(about["numbers"], dtype=np.int32), np.array(about["positions"]), np.array(about["cell"]), (a, b, c))
    places = g.act(one.positions)
    pieces = bond_pieces(one, find_bonds(one))
    actors: dict[str, Actor] = {
        "bonds": Sticks(
            g.act(pieces.starts), g.act(pieces.ends), 0.06, np.tile(np.array(rgb("#a9b0bd"), dtype=np.uint8), (len(pieces), 1))
        ),
        "atoms": Spheres(places, np.full(len(one), 0.16), ELEMENT_COLOURS[one.numbers]),
    }
    legend = []
    if state.features and about.get("layers"):
        layers = [Irreps.parse(layer["irreps"]) for layer in about["layers"]]
        chosen = max((n for n, irreps in enumerate(layers) if irreps.l_max > 0), default=len(layers) - 1)
        values = np.asarray(arrays[f"features_{chosen}"][at], dtype=float)
        actors["features"] = _features(layers[chosen], values, places, state.channel, g)
    if state.arrows:
        sets = [("predicted", np.asarray(arrays["forces"][at], dtype=float), LIGHT.accent)]
        if about["labels"].get("forces") is not None:
            sets.append(("reference", np.array(about["labels"]["forces"], dtype=float), REFERENCE))
        for name, vectors, colour in sets:
            moved = g.act_on_vectors(vectors) * 0.3
            actors[f"{name} forces"] = Arrows(places, moved, 0.045, np.tile(np.array(rgb(colour), dtype=np.uint8), (len(moved), 1)))
            legend.append(Key("arrow", colour, name))
    label = about["labels"].get("energy")
    if label is not None and "energy" in arrays:
        away = 1e3 * (float(arrays["energy"][at]) - float(label))
        legend.append(Key("none", "muted", f"ΔE {away:+,.3g} meV".replace("-", "−")))
    spread = one.positions - one.positions.mean(axis=0)
    _, axes = np.linalg.eigh(spread.T @ spread)
    x, y, z = (float(v) for v in axes[:, 0])
    return Scene(
        actors,
        Camera((x, y, z), (float(axes[0, 1]), float(axes[1, 1]), float(axes[2, 1]))),
        tuple(legend),
        frame_of=("atoms", "bonds", "features"),
    )


def _features(irreps: Irreps, values: FloatArray, places: FloatArray, channel: int, g: Element) -> Surface:
    """One channel of a layer's features about their atoms, turned by D(g)."""
    from e3viz.symmetry.wigner import D

    values = values @ D(irreps, g).T
    whole = np.zeros((len(places), (irreps.l_max + 1) ** 2))
    for (copies, irrep), place in zip(irreps, irreps.slices(), strict=True):
        if irrep.is_natural:
            part = values[:, place].reshape(len(places), copies, irrep.dim)
            whole[:, irrep.l**2 : (irrep.l + 1) ** 2] += part[:, channel % copies]
    made = many_surfaces(whole, places, size=0.6 if irreps.l_max else 0.4)
    return Surface(made.points, made.faces, diverging(made.values, float(np.abs(made.values).max()) or 1.0), normals=made.normals)

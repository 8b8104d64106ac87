"""Curves of all runs, parity of one, and the probe that it learns from epoch to epoch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.bonds import bond_pieces, find_bonds
from e3viz.atoms.elements import COLOURS as ELEMENT_COLOURS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.labs.training.source import MOST_DRAWN, Seen, close_look, curves, record_at, recording, seen_runs
from e3viz.labs.training.state import AGAINST, QUANTITIES, State
from e3viz.pictures.chart import Axis, Chart, Curve, Points, Rule
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Diagram, Text
from e3viz.pictures.scene import Actor, Arrows, Camera, Key, Scene, Spheres, Sticks, Surface
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import LIGHT, rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.many_surfaces import many_surfaces

MOST_POINTS = 10_000
"""Points of a curve that are drawn; more would not be seen."""
REFERENCE = "#e08a2e"


def pictures(state: State, g: Element) -> Sheet:
    """All of it."""
    runs = seen_runs(state)
    quantity = f"{state.quantity} on validation structures" if QUANTITIES[state.quantity][2] else state.quantity
    said = f"{quantity[:1].upper()}{quantity[1:]}, {QUANTITIES[state.quantity][1]}.".replace(", .", ".")
    if not runs:
        return Sheet((Panel("curves", _nothing()),), "Training", "No runs yet.")
    below = close_look(state)
    panels = [Panel("curves", curve_chart(state, runs), 0.0, 0.0, 1.0, 0.58)]
    if below is not None:
        epoch = _epoch_text(state)
        panels.append(Panel("parity", parity_chart(state), 0.0, 0.58, 0.5, 0.42, f"Forces of {below.name}{epoch}", card=True))
        panels.append(Panel("probe", probe_scene(state, g), 0.5, 0.58, 0.5, 0.42, f"Watch it learn{epoch}", card=True))
    return Sheet(tuple(panels), "Training", f"{said} Dashed: training structures. Pale: unsmoothed.")


def curve_chart(state: State, runs: list[Seen]) -> Chart:
    """One curve per run that is shown, with its training curve, raw values and best epoch."""
    column, unit, parts = QUANTITIES[state.quantity]
    across, label, divided = AGAINST[state.against]
    factor = 1e3 if unit.startswith("meV") else 1.0
    plots: list[Curve | Points | Rule] = []
    absent: list[Curve] = []
    for one in runs:
        if not one.shown:
            absent.append(Curve(np.zeros(0), np.zeros(0), one.colour, 2.0, label=one.run.name, name=one.key))
            continue
        found = curves(one.run)
        if not len(found):
            continue
        x = found.column(across) / divided
        y = factor * found.column(f"valid_{column}" if parts else column)
        if parts and not np.isfinite(y).any():
            y = factor * found.column(f"train_{column}")
        plots += _curves(state, one, x, y)
        if parts:
            plots += _training_curve(state, one, x, factor * found.column(f"train_{column}"))
        places = np.flatnonzero(found.column("best") == 1.0)
        if len(places) and parts:
            place = int(places[-1])
            plots.append(Points(x[place : place + 1], y[place : place + 1], one.colour, size=9.0, mark="dot", name=f"best {one.key}"))
    if state.target > 0.0 and state.quantity == "force MAE":
        plots.append(Rule(y=state.target, text="target", dashed=True, movable=True, name="target"))
    y_axis = Axis(f"{state.quantity}{f', {unit}' if unit else ''}", log=state.log_y)
    return Chart(tuple(plots), Axis(label, log=state.log_x), y_axis, switches=True, absent=tuple(absent[:MOST_DRAWN]))


def _curves(state: State, one: Seen, x: FloatArray, y: FloatArray) -> list[Curve | Points | Rule]:
    known = np.isfinite(y) & (y > 0.0 if state.log_y else True) & (x > 0.0 if state.log_x else True)
    x, y = x[known], y[known]
    if not len(x):
        return []
    keep = thinned(len(x))
    smooth = smoothed(y, state.smoothing)
    made: list[Curve | Points | Rule] = []
    if state.smoothing > 0.0:
        made.append(Curve(x[keep], y[keep], one.colour, 1.0, pale=True))
    made.append(Curve(x[keep], smooth[keep], one.colour, 2.0, label=one.run.name, name=one.key))
    return made


def _training_curve(state: State, one: Seen, x: FloatArray, y: FloatArray) -> list[Curve | Points | Rule]:
    known = np.isfinite(y) & (y > 0.0 if state.log_y else True) & (x > 0.0 if state.log_x else True)
    x, y = x[known], smoothed(y[known], state.smoothing)
    keep = thinned(len(x))
    return [Curve(x[keep], y[keep], one.colour, 1.3, dashed=True)] if len(x) else []


def smoothed(y: FloatArray, weight: float) -> FloatArray:
    """An exponential average that forgets nothing at the start: each value counts `weight` times as much as the next one."""
    if weight <= 0.0 or len(y) < 2:
        return y
    from scipy.signal import lfilter

    top = lfilter([1.0], [1.0, -weight], y)
    bottom = lfilter([1.0], [1.0, -weight], np.ones(len(y)))
    return np.asarray(top / bottom)


def thinned(count: int) -> NDArray[np.int64]:
    """Which of so many points are drawn."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).astype(np.int64)) if count else np.zeros(0, dtype=np.int64)


def parity_chart(state: State) -> Chart:
    """Predicted against reference force components of validation structures, at the epoch on view."""
    run = close_look(state)
    about, arrays = recording(run, "parity") if run is not None else ({}, {})
    axes = Axis("reference, eV/Å"), Axis("predicted, eV/Å")
    if "forces" not in arrays or not len(arrays["forces"]):
        return Chart((), *axes)
    reference = np.array(about["forces"], dtype=float)
    predicted = np.asarray(arrays["forces"][record_at(state, np.asarray(arrays["epoch"]))], dtype=float)
    reach = float(np.abs(reference).max()) * 1.05 or 1.0
    ends = np.array([-reach, reach])
    line = Curve(ends, ends, "faint", 1.0)
    x, y = (Axis(axis.label, low=-reach, high=reach) for axis in axes)
    return Chart((line, Points(reference, predicted, "accent", size=3.0, name="components")), x, y, equal=True)


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
            legend.append(Key("arrow", colour, f"{name} force"))
    spread = one.positions - one.positions.mean(axis=0)
    _, axes = np.linalg.eigh(spread.T @ spread)
    x, y, z = (float(v) for v in axes[:, 0])
    return Scene(
        actors, Camera((x, y, z), (float(axes[0, 1]), float(axes[1, 1]), float(axes[2, 1]))), tuple(legend), frame_of=("atoms", "bonds")
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
    made = many_surfaces(whole, places, size=0.7)
    return Surface(made.points, made.faces, diverging(made.values, float(np.abs(made.values).max()) or 1.0), normals=made.normals)


def _epoch_text(state: State) -> str:
    from e3viz.labs.training.source import records

    found = records(state)
    if not len(found):
        return ""
    return f", epoch {found[state.record if 0 <= state.record < len(found) else -1]:,}"


def _nothing() -> Diagram:
    words = ("No runs yet.", "Choose potential and data under “New run” and press Start,", "or run e3viz train in a terminal.")
    texts = tuple(
        Text(300.0, 150.0 + 26.0 * n, word, 16.0 if n == 0 else 13.0, "ink" if n == 0 else "muted", anchor="middle")
        for n, word in enumerate(words)
    )
    return Diagram(600.0, 360.0, texts)

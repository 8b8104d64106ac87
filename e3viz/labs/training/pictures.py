"""Curves of all runs, parity of one, and the probe that it learns from epoch to epoch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray
from e3viz.labs.training.probe import probe_scene
from e3viz.labs.training.source import MOST_DRAWN, Seen, close_look, curves, key_of, record_at, recording, records, seen_runs, values_of
from e3viz.labs.training.state import AGAINST, QUANTITIES, State
from e3viz.pictures.chart import Axis, Chart, Curve, Points, Rule
from e3viz.pictures.diagram import Diagram, Text
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element

MOST_POINTS = 10_000
"""Points of a curve that are drawn; more would not be seen."""
REFERENCE = "#e08a2e"


def pictures(state: State, g: Element) -> Sheet:
    """All of it."""
    runs = seen_runs(state)
    quantity = f"{state.quantity} on validation structures" if QUANTITIES[state.quantity][2] else state.quantity
    said = f"{quantity[:1].upper()}{quantity[1:]}."
    said += " Dashed: training." if QUANTITIES[state.quantity][2] else ""
    said += " Pale: unsmoothed." if state.smoothing > 0.0 else ""
    if not runs:
        return Sheet((Panel("curves", _nothing()),), "Training", "No runs yet.")
    below = close_look(state)
    panels = [Panel("curves", curve_chart(state, runs), 0.0, 0.0, 1.0, 0.56)]
    if below is not None:
        colour = next((one.colour for one in runs if one.run.folder == below.folder), "accent")
        top, height = 0.56, 0.44
        said = f"{said} Below: {below.name}{_epoch_text(state)}."
        panels += [
            Panel("forces", parity_chart(state, "forces", colour), 0.0, top, 0.29, height, "Forces, eV/Å", card=True),
            Panel("energies", parity_chart(state, "energy", colour), 0.29, top, 0.29, height, "Energies, meV/atom", card=True),
            Panel("probe", probe_scene(state, g), 0.58, top, 0.42, height, "Watch it learn", card=True),
        ]
    return Sheet(tuple(panels), "Training", said)


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
        y, training = (factor * values for values in values_of(one.run, column, parts=parts))
        if not np.isfinite(y).any():
            y = training
        plots += _curves(state, one, x, y)
        if parts:
            plots += _training_curve(state, one, x, training)
        places = np.flatnonzero(found.column("best") == 1.0)
        if len(places) and parts:
            place = int(places[-1])
            plots.append(Points(x[place : place + 1], y[place : place + 1], one.colour, size=9.0, mark="dot", name=f"best {one.key}"))
    if state.target > 0.0 and state.quantity == "force MAE":
        plots.append(Rule(y=state.target, text="target", dashed=True, movable=True, name="target"))
    plots += _epoch_rule(state)
    y_axis = Axis(f"{state.quantity}{f', {unit}' if unit else ''}", log=state.log_y)
    return Chart(
        tuple(plots),
        Axis(label, log=state.log_x, low=None if state.log_x else 0.0, whole=label == "epoch"),
        y_axis,
        switches=True,
        absent=tuple(absent[:MOST_DRAWN]),
    )


def _epoch_rule(state: State) -> list[Rule]:
    """Where the epoch below stands, to be dragged."""
    run, epochs = close_look(state), records(state)
    if run is None or not len(epochs) or key_of(state, run) in state.hidden:
        return []
    across, _, divided = AGAINST[state.against]
    found = curves(run)
    places = np.flatnonzero(found.column("epoch") == epochs[record_at(state, epochs)])
    if not len(places):
        return []
    return [Rule(x=float(found.column(across)[places[0]]) / divided, colour="faint", movable=True, name="epoch")]


def _curves(state: State, one: Seen, x: FloatArray, y: FloatArray) -> list[Curve | Points | Rule]:
    known = np.isfinite(y) & (y > 0.0 if state.log_y else True) & (x > 0.0 if state.log_x else True)
    x, y = x[known], y[known]
    if not len(x):
        return []
    keep = thinned(len(x))
    smooth = smoothed(y, state.smoothing)
    made: list[Curve | Points | Rule] = []
    if state.smoothing > 0.0:
        made.append(Curve(x[keep], y[keep], one.colour, 1.0, pale=True, name=f"raw {one.key}"))
    made.append(Curve(x[keep], smooth[keep], one.colour, 2.0, label=one.run.name, name=one.key))
    return made


def _training_curve(state: State, one: Seen, x: FloatArray, y: FloatArray) -> list[Curve | Points | Rule]:
    known = np.isfinite(y) & (y > 0.0 if state.log_y else True) & (x > 0.0 if state.log_x else True)
    x, y = x[known], smoothed(y[known], state.smoothing)
    keep = thinned(len(x))
    return [Curve(x[keep], y[keep], one.colour, 1.3, dashed=True, name=f"training {one.key}")] if len(x) else []


def smoothed(y: FloatArray, weight: float) -> FloatArray:
    """An exponential average that forgets nothing at the start: each value counts `weight` times as much as the next one."""
    if weight <= 0.0 or len(y) < 2:
        return y
    return _remembered(y, weight) / _remembered(np.ones(len(y)), weight)


def _remembered(y: FloatArray, weight: float) -> FloatArray:
    """sum_k weight^k y(t − k) for every t, by doubling the number of terms: importing a filter would take longer than all curves."""
    total, factor, terms = y.astype(float), weight, 1
    while terms < len(y) and factor > 1e-17:
        total[terms:] = total[terms:] + factor * total[:-terms]
        factor, terms = factor * factor, 2 * terms
    return total


def thinned(count: int) -> NDArray[np.int64]:
    """Which of so many points are drawn."""
    return np.unique(np.linspace(0, count - 1, min(count, MOST_POINTS)).astype(np.int64)) if count else np.zeros(0, dtype=np.int64)


def parity_chart(state: State, of: str, colour: str) -> Chart:
    """Predictions against labels of validation structures at the epoch on view: force components, or energies per atom about their mean."""
    run = close_look(state)
    about, arrays = recording(run, "parity") if run is not None else ({}, {})
    factor = 1.0 if of == "forces" else 1e3
    axes = Axis("reference"), Axis("predicted")
    if of not in arrays or not arrays[of].size:
        return Chart((), *axes, legend=False)
    at = record_at(state, np.asarray(arrays["epoch"]))
    reference, predicted = np.array(about[of], dtype=float), np.asarray(arrays[of][at], dtype=float)
    middle = 0.0 if of == "forces" else float(reference.mean())
    x, y = factor * (reference - middle), factor * (predicted - middle)
    reach = float(np.abs(x).max()) * 1.08 or 1.0
    ends = np.array([-reach, reach])
    x_axis, y_axis = (Axis(axis.label, low=-reach, high=reach) for axis in axes)
    marks = Points(x, y, colour, size=3.0 if of == "forces" else 4.5, name=of)
    return Chart((Curve(ends, ends, "faint", 1.0), marks), x_axis, y_axis, legend=False, equal=True)


def _epoch_text(state: State) -> str:
    found = records(state)
    return f", epoch {found[record_at(state, found)]:,}" if len(found) else ""


def _nothing() -> Diagram:
    words = ("No runs yet.", "Choose potential and data under “New run” and press Start,", "or run e3viz train in a terminal.")
    texts = tuple(
        Text(300.0, 150.0 + 26.0 * n, word, 16.0 if n == 0 else 13.0, "ink" if n == 0 else "muted", anchor="middle")
        for n, word in enumerate(words)
    )
    return Diagram(600.0, 360.0, texts)

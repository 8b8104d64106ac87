"""Errors of many frames as charts: parity, by frame, of the energy, their distribution. A click on a point leads to its frame and atom."""

from __future__ import annotations

import numpy as np

from e3viz.atoms.elements import COLOURS
from e3viz.labs.features import committee, errors
from e3viz.labs.features.distance import chart as by_distance
from e3viz.labs.features.errors import Predicted
from e3viz.labs.features.source import name_of
from e3viz.labs.features.state import ALSO, CALIBRATION, DISTANCE, ENERGIES, HISTOGRAM, STRESSES, State
from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Plot, Points, Rule
from e3viz.pictures.colourmaps import sequential
from e3viz.pictures.style import LIGHT, SERIES

FEWEST, BINS = 1e-3, 48
DENSE = 9_000
"""Components beyond which a parity plot shows how dense they are."""


def parity(state: State) -> Chart:
    """Every force component; where they are many one in each cell, coloured by how many there are; the chosen atom's on top."""
    found = errors.predicted(state)
    x, y = found.known.ravel(), found.forces.ravel()
    ends = float(np.abs(found.known).max(initial=0.1))
    here = errors.chosen(state, found)
    shown, counts = _shown(found)
    colours = np.repeat(COLOURS[found.numbers], 3, axis=0)[shown]
    if len(x) > DENSE:
        colours = sequential(np.log10(counts), -0.6, float(np.log10(counts).max()))
    plots: list[Plot] = [
        Points(x[shown], y[shown], colours=colours, size=3.5, name="components"),
        Points(
            found.known[here].ravel(), found.forces[here].ravel(), "accent", size=9.0, mark="ring", label="the chosen atom", name="chosen"
        ),
    ]
    axes = Axis("reference force component, eV/Å", low=-ends, high=ends), Axis("predicted, eV/Å", low=-ends, high=ends)
    return Chart(tuple(plots), *axes, equal=True, above=True)


def _shown(found: Predicted) -> tuple[np.ndarray, np.ndarray]:
    """Which components are drawn, and for how many each stands."""
    count = found.known.size
    if count <= DENSE:
        return np.arange(count), np.ones(count, dtype=np.int64)
    return errors.dense(found.known.ravel(), found.forces.ravel())


def by_frame(state: State) -> Chart:
    """The force error of every frame, on a logarithmic axis, of every model; the frame on view as a line."""
    models = committee.members(state)
    several = len(models) > 1
    plots: list[Plot] = []
    for number in range(len(models) - 1, -1, -1):
        said = committee.each(state)[number]
        colour, label = SERIES[number % len(SERIES)] if number else "accent", name_of(models[number]) if several else ""
        size, name = (5.0, "frames") if not number else (4.0, f"frames of {number}")
        plots.append(
            Points(said.frames.astype(float), np.maximum(1e3 * said.by_frame(), FEWEST), colour, size=size, label=label, name=name)
        )
    mean = 1e3 * errors.predicted(state).by_frame().mean()
    plots += [Rule(y=float(mean), dashed=True, text=f"mean {mean:.1f}"), Rule(x=float(state.frame), colour="muted")]
    return Chart(tuple(plots), Axis("frame", whole=True), Axis("F MAE, meV/Å", log=True))


def energies(state: State) -> Chart:
    """Errors of the energy against the reference energy, per atom."""
    found = errors.predicted(state)
    known, wrong = found.energies_known / found.sizes(), 1e3 * found.energy_errors()
    fine = np.isfinite(known)
    middle = float(np.median(known[fine])) if fine.any() else 0.0
    plots: list[Plot] = [Points((known - middle)[fine] * 1e3, wrong[fine], LIGHT.accent, size=5.0, name="energies"), Rule(y=0.0)]
    return Chart(tuple(plots), Axis("reference, from its median, meV/atom"), Axis("ΔE, meV/atom"))


def stresses(state: State) -> Chart:
    """Every component of the stress that file and model have."""
    found = errors.predicted(state)
    known, said = (1e3 * a.reshape(len(a), 9)[:, [0, 4, 8, 5, 2, 1]] for a in (found.stress_known, found.stress))
    fine = np.isfinite(known) & np.isfinite(said)
    ends = float(np.abs(known[fine]).max(initial=0.0)) or 1.0
    line = np.array([-ends, ends])
    plots: list[Plot] = [
        Curve(line, line, "muted", 1.0, name="line"),
        Points(known[fine], said[fine], LIGHT.accent, size=4.0, name="stresses"),
    ]
    return Chart(tuple(plots), Axis("reference stress, meV/Å³"), Axis("predicted, meV/Å³"))


def histogram(state: State) -> Chart:
    """How many atoms have a force that is wrong by how much, of every model."""
    plots: list[Plot] = []
    every = [np.log10(np.maximum(said.force_errors(), 1e-5)) for said in committee.each(state)]
    edges = np.linspace(min(e.min() for e in every), max(e.max() for e in every) + 1e-9, BINS + 1)
    for number, (model, said) in enumerate(zip(committee.members(state), every, strict=True)):
        counts, _ = np.histogram(said, edges)
        label = name_of(model) if len(every) > 1 else ""
        if number:
            colour = SERIES[number % len(SERIES)]
            plots.append(Curve((edges[:-1] + edges[1:]) / 2, counts.astype(float), colour, 2.0, label=label, name=f"histogram {number}"))
        else:
            wide = 0.94 * (edges[1] - edges[0])
            plots.append(Bars((edges[:-1] + edges[1:]) / 2, counts.astype(float), wide, "accent", label=label, name="histogram"))
    first, last = int(np.ceil(edges[0])), int(np.floor(edges[-1]))
    ticks = tuple((float(k), f"{10.0**k:g}") for k in range(first, last + 1))
    middle = float(np.median(every[0]))
    rule = Rule(x=middle, dashed=True, text=f"median {1e3 * 10**middle:.1f} meV/Å")
    return Chart((*plots, rule), Axis("|ΔF|, eV/Å", ticks=ticks), Axis("atoms", low=0.0, whole=True))


CHARTS = {
    ENERGIES: ("energies", "Energy error", energies),
    HISTOGRAM: ("histogram", "Distribution of force errors", histogram),
    DISTANCE: ("distance", "Error by distance to training data; line: RMS of tenths", by_distance),
    CALIBRATION: ("calibration", "Does the spread tell the error? Dashed: calibrated", committee.calibration),
    STRESSES: ("stresses", "Stress: predicted against reference", stresses),
}
assert tuple(CHARTS) == ALSO


def at(state: State, item: str, index: int) -> tuple[int, int] | None:
    """The frame and atom behind a point, None for none."""
    found = errors.predicted(state)
    if item == "components":
        return _atom(found, int(_shown(found)[0][index]) // 3)
    if item == "atoms":
        return _atom(found, int(errors.sampled(len(found.owner))[index]))
    if item.startswith("frames"):
        return _worst(found, index)
    if item == "energies":
        return _worst(found, int(np.flatnonzero(np.isfinite(found.energies_known))[index]))
    if item == "stresses":
        fine = np.isfinite(found.stress_known[:, 0, 0]) & np.isfinite(found.stress[:, 0, 0])
        return _worst(found, int(np.flatnonzero(fine)[index // 6]))
    return None


def _atom(found: Predicted, place: int) -> tuple[int, int]:
    return int(found.frames[found.owner[place]]), int(found.atom[place])


def _worst(found: Predicted, frame: int) -> tuple[int, int]:
    """A frame, and its atom with the largest error."""
    own = found.owner == frame
    return int(found.frames[frame]), int(found.atom[own][np.argmax(found.force_errors()[own])])

"""The Structures lab's curves: numbers against frame, and histograms of distances."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from e3viz.atoms import distributions
from e3viz.atoms.distributions import Distribution
from e3viz.atoms.trajectory import Trajectory
from e3viz.labs.structures.prepare import prepare
from e3viz.labs.structures.source import plotted, trajectory
from e3viz.labs.structures.state import State
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Rule
from e3viz.pictures.style import SERIES

MOST_FRAMES = 400
"""Frames that a histogram of a file is averaged over, evenly spread."""
NAMES = {"energy": "energy, eV", "max_force": "largest force, eV/Å"}


def frames_chart(frames: Trajectory, state: State) -> Chart:
    """Energy (left) and largest force (right) against frame, or the number that was chosen, with a movable rule at the frame on view."""
    names = plotted(frames)
    if state.plot in frames.columns() and frames.complete:
        names = [state.plot]
    x = np.arange(len(frames))
    plots: list[Plot] = []
    for number, name in enumerate(names[:2]):
        label = "largest force" if name == "max_force" else name
        colour = "accent" if number == 0 else "#e08a2e"
        plots.append(Curve(x, frames.column(name), colour=colour, width=1.0, label=label, name=name, right=number == 1))
    plots.append(Rule(x=state.frame, colour="ink", movable=True, name="frame"))
    left = Axis(NAMES.get(names[0], names[0])) if names else Axis()
    right = Axis(NAMES.get(names[1], names[1])) if len(names) > 1 else None
    return Chart(tuple(plots), Axis("frame", low=0, high=len(frames) - 1, whole=True), left, right)


def distribution_chart(state: State) -> Chart | None:
    """The histogram that the state asks for."""
    if state.distribution == "none":
        return None
    found = _found(state)
    plots = tuple(
        Curve(one.centres, one.values, colour=SERIES[number % len(SERIES)], label=one.pair if one.pair != "all" else "", name=one.pair)
        for number, one in enumerate(found)
    )
    quantity = found[0].quantity if found else ""
    return Chart(plots, Axis("distance, Å"), Axis(quantity, low=0.0 if not found else None))


def _found(state: State) -> list[Distribution]:
    if state.distribution.endswith("frame"):
        structure = prepare(state).structure
        if state.distribution.startswith("g(r)"):
            return [distributions.radial_distribution(structure, state.r_max)]
        return distributions.bond_lengths(structure)
    return _of_file(state.file, trajectory(state.file).stamp, state.distribution, state.r_max)


@lru_cache(maxsize=8)
def _of_file(file: str, changed: object, which: str, r_max: float) -> list[Distribution]:
    frames = trajectory(file)
    chosen = np.unique(np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).astype(int))
    some = [frames[int(number)] for number in chosen]
    if which.startswith("g(r)"):
        return [distributions.radial_distribution(some, r_max)]
    return distributions.bond_lengths(some)

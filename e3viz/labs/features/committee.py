"""Several models side by side: what they say on average, how far apart they are, and whether that tells how wrong they are.

The spread of a force is the standard deviation of its vector over the k members, √(Σ|F_k − F̄|² / (k − 1)); of two it is |F₁ − F₂| / √2.
A spread is calibrated where the root mean square error of atoms of one spread equals it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.features import errors
from e3viz.labs.features.errors import Predicted
from e3viz.labs.features.source import model_path, name_of, potential, seen
from e3viz.labs.features.state import CALIBRATION, NONE, SAVED, State
from e3viz.labs.lab import Action, Card
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Points
from e3viz.pictures.style import SERIES
from e3viz.symmetry.element import IDENTITY, Element

LEAST = 1e-4
TENTHS = 10


def members(state: State) -> tuple[str, ...]:
    """All models that are compared, the one on view first."""
    named = (state.model, *([state.second] if state.second != NONE else []), *state.committee)
    return tuple(dict.fromkeys(named))


def each(state: State) -> list[Predicted]:
    """What every member says of the same frames; switches concern the first alone."""
    return [errors.predicted(_of(state, model)) for model in members(state)]


def joint(state: State) -> Predicted:
    """What the members say on average."""
    said = each(state)
    energies = np.mean([one.energies for one in said], axis=0)
    return replace(said[0], forces=np.mean([one.forces for one in said], axis=0), energies=energies)


def spread(state: State) -> np.ndarray:
    """How far the members disagree on the force of each atom of all frames, eV/Å (a,)."""
    return deviation([one.forces for one in each(state)])


def spread_here(state: State, g: Element = IDENTITY) -> np.ndarray:
    """The same of the atoms on view (n,)."""
    return deviation([seen(_of(state, model), g).prediction.forces for model in members(state)])


def deviation(forces: Sequence[np.ndarray]) -> np.ndarray:
    """Standard deviation of vectors (k, n, 3) over k members (n,); zero for one."""
    stack = np.asarray(forces)
    if len(stack) < 2:
        return np.zeros(stack.shape[1])
    square = ((stack - stack.mean(axis=0)) ** 2).sum(axis=(0, 2)) / (len(stack) - 1)
    return np.asarray(np.sqrt(square))


def _of(state: State, model: str) -> State:
    return state if model == state.model else replace(state, model=model, epoch=SAVED, off=())


def calibration(state: State) -> Chart:
    """Spread of the members on an atom's force against how wrong their mean is; calibrated, it lies on the line on average."""
    found, apart = joint(state), spread(state)
    wrong = found.force_errors()
    shown = errors.sampled(len(wrong))
    x, y = by_tenths(apart, wrong)
    ends = np.array([max(LEAST, float(min(x.min(), y.min()))), float(max(x.max(), y.max(), 2.0 * LEAST))])
    chosen = errors.chosen(state, found)
    plots: list[Plot] = [
        Points(np.maximum(apart, LEAST)[shown], np.maximum(wrong, LEAST)[shown], "muted", size=2.5, name="atoms"),
        Curve(x, y, "accent", 2.2, name="calibration"),
        Curve(ends, ends, "ink", 1.0, dashed=True, name="line"),
        Points(np.maximum(apart[chosen], LEAST), np.maximum(wrong[chosen], LEAST), "accent", size=9.0, mark="ring", name="chosen"),
    ]
    return Chart(tuple(plots), Axis(f"spread of {len(members(state))} models, eV/Å", log=True), Axis("|ΔF| of mean, eV/Å", log=True))


def by_tenths(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Root mean squares of x and y over tenths of all points in the order of x."""
    order = np.argsort(x, kind="stable")
    parts = [part for part in np.array_split(order, TENTHS) if len(part)]
    return np.array([np.sqrt((x[part] ** 2).mean()) for part in parts]), np.array([np.sqrt((y[part] ** 2).mean()) for part in parts])


def cards(state: State, tab: str) -> list[Card]:
    """Every member with its errors, and a way to leave it out."""
    found = []
    for number, (model, said) in enumerate(zip(members(state), each(state), strict=True)):
        text = f"F MAE {1e3 * np.abs(said.forces - said.known).mean():.1f} meV/Å"
        leave = Action("leave-out", "Leave out", "Compare without this model.", lambda s, model=model: without(s, model), sign="more")
        found.append(
            Card(f"member {number}", name_of(model), "", text, colour=SERIES[number % len(SERIES)], tab=tab, section="Models",
                 tip=str(model_path(model)), actions=(leave,) if number else ())
        )  # fmt: skip
    return found


def joined(state: State, paths: Sequence[Path]) -> State:
    """The state with more members. Raises FileError or UserError for a file that is no model for these structures."""
    new = [str(path) for path in paths]
    for model in new:
        said = potential(replace(state, model=model, epoch=SAVED, off=())).card.elements
        missing = set(seen(state).structure.numbers.tolist()) - set(said)
        if said and missing:
            raise UserError(f"{Path(model).name} does not know all elements on view.", "Choose models that were trained on them.")
    return replace(state, committee=tuple(dict.fromkeys((*state.committee, *new))), view="errors", also=CALIBRATION)


def without(state: State, model: str) -> State:
    """The state without a member."""
    return replace(state, second=NONE if state.second == model else state.second, committee=tuple(m for m in state.committee if m != model))

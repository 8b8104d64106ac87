"""What a model says of many frames beside the reference: parity, errors by frame and against the distance to what it learned from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from e3viz import task
from e3viz.atoms.elements import COLOURS, SYMBOLS
from e3viz.atoms.reading import load
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.labs.features.source import data_path, model_key, model_path, partly, trajectory
from e3viz.labs.features.state import NONE, State
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Points, Rule
from e3viz.pictures.style import LIGHT

Stamp = tuple[Path, tuple[int, int]]
AT_ONCE, MOST_POINTS = 25, 12_000
SECOND = "#e08a2e"


@dataclass(frozen=True, eq=False)
class Predicted:
    """frames (k,): their numbers; numbers: elements of all atoms, one frame after the other (a,); owner (a,): place among the frames; atom
    (a,): number in its frame; forces and known: eV/Å (a, 3); energies and energies_known: eV (k,), NaN where unknown; sizes (k,)."""

    frames: FloatArray
    numbers: FloatArray
    owner: FloatArray
    atom: FloatArray
    forces: FloatArray
    known: FloatArray
    energies: FloatArray
    energies_known: FloatArray
    groups: tuple[str, ...]

    def force_errors(self) -> FloatArray:
        """|F − F_known| of every atom, eV/Å (a,)."""
        found: FloatArray = np.linalg.norm(self.forces - self.known, axis=1)
        return found

    def by_frame(self) -> FloatArray:
        """Mean absolute error of force components, eV/Å (k,)."""
        away = np.abs(self.forces - self.known).mean(axis=1)
        found: FloatArray = np.bincount(self.owner, away, len(self.frames)) / np.bincount(self.owner, minlength=len(self.frames))
        return found


def predicted(state: State) -> Predicted:
    """What the model says of so many frames, evenly spread. Raises UserError where the file has no forces to compare with."""
    return _predicted(model_key(state), state.off, (data_path(state), trajectory(state).stamp), state.many)


def by_second(state: State) -> Predicted | None:
    """What the second model says of the same frames, None if there is none."""
    if state.second == NONE:
        return None
    return predicted(replace(state, model=state.second, off=()))


def spread(state: State) -> FloatArray:
    """How far the two models disagree on the force of each atom: the standard deviation of two, |F₁ − F₂| / √2, eV/Å (a,)."""
    one, other = predicted(state), by_second(state)
    assert other is not None
    found: FloatArray = np.linalg.norm(one.forces - other.forces, axis=1) / np.sqrt(2.0)
    return found


@lru_cache(maxsize=8)
def _predicted(model: Stamp, off: tuple[str, ...], data: tuple[Path, tuple[int, int]], many: int) -> Predicted:
    potential, every = partly(model, off), load(data[0])
    chosen = np.unique(np.linspace(0, len(every) - 1, min(many, len(every))).round().astype(int))
    kept: list[int] = []
    ones: list[Structure] = []
    said = []
    for start in range(0, len(chosen), AT_ONCE):
        part = [(int(k), every[int(k)]) for k in chosen[start : start + AT_ONCE]]
        with_forces = [(k, one) for k, one in part if "forces" in one.arrays]
        task.report(start, len(chosen), f"predicting {len(chosen)} frames")
        said += potential.predict([one for _, one in with_forces]) if with_forces else []
        kept += [k for k, _ in with_forces]
        ones += [one for _, one in with_forces]
    if not ones:
        raise UserError("This file has no reference forces to compare with.", "Open labelled frames, or choose another view.")
    energies = np.array([float(one.values["energy"]) if isinstance(one.values.get("energy"), float | int) else np.nan for one in ones])
    groups = tuple(str(one.values.get("config_type", one.values.get("group", ""))) for one in ones)
    return Predicted(
        np.array(kept), np.concatenate([one.numbers for one in ones]), np.repeat(np.arange(len(ones)), [len(one) for one in ones]),
        np.concatenate([np.arange(len(one)) for one in ones]), np.concatenate([one.forces for one in said]),
        np.concatenate([one.arrays["forces"] for one in ones]), np.array([one.energy for one in said]), energies, groups,
    )  # fmt: skip


def parity(state: State) -> Chart:
    """Every force component; the chosen atom's, in the frame on view, on top."""
    found = predicted(state)
    step = max(1, 3 * len(found.forces) // MOST_POINTS)
    x, y = found.known.ravel()[::step], found.forces.ravel()[::step]
    colours = np.repeat(COLOURS[found.numbers], 3, axis=0)[::step]
    chosen = (found.frames[found.owner] == state.frame) & (found.atom == state.atom)
    ends = float(np.abs(found.known).max(initial=0.1))
    plots: list[Plot] = [
        Points(x, y, colours=colours, size=3.5, name=f"components {step}"),
        Points(
            found.known[chosen].ravel(),
            found.forces[chosen].ravel(),
            "accent",
            size=9.0,
            mark="ring",
            label="the chosen atom",
            name="chosen",
        ),
    ]
    return Chart(
        tuple(plots),
        Axis("reference force component, eV/Å", low=-ends, high=ends),
        Axis("predicted, eV/Å", low=-ends, high=ends),
        equal=True,
    )


def by_frame(state: State) -> Chart:
    """The force error of every frame, on a logarithmic axis; the frame on view as a line."""
    found = predicted(state)
    errors, other = 1e3 * found.by_frame(), by_second(state)
    plots: list[Plot] = []
    if other is not None:
        beside = 1e3 * other.by_frame()
        plots.append(
            Points(other.frames.astype(float), np.maximum(beside, 1e-3), SECOND, size=5.0, label=name_of(state.second), name="frames ")
        )
    label = name_of(state.model) if other is not None else ""
    plots += [
        Points(found.frames.astype(float), np.maximum(errors, 1e-3), "accent", size=5.0, label=label, name="frames"),
        Rule(y=float(errors.mean()), dashed=True, text=f"mean {errors.mean():.1f}"),
        Rule(x=float(state.frame), colour="muted"),
    ]
    return Chart(tuple(plots), Axis("frame"), Axis("force MAE, meV/Å", log=True))


def energies(state: State) -> Chart:
    """Errors of the energy against the reference energy, per atom."""
    found = predicted(state)
    sizes = np.bincount(found.owner, minlength=len(found.frames))
    known = found.energies_known / sizes
    errors = 1e3 * (found.energies - found.energies_known) / sizes
    fine = np.isfinite(known)
    middle = float(np.median(known[fine])) if fine.any() else 0.0
    plots: list[Plot] = [
        Points((known - middle)[fine] * 1e3, errors[fine], LIGHT.accent, size=5.0, name="energies"),
        Rule(y=0.0),
    ]
    return Chart(tuple(plots), Axis("reference energy per atom, from the median, meV"), Axis("error per atom, meV"))


def calibration(state: State) -> Chart:
    """How far both models disagree on an atom's force against how wrong the first one is; a calibrated spread lies on the line on average."""
    found, apart = predicted(state), spread(state)
    wrong = found.force_errors()
    step = max(1, len(wrong) // MOST_POINTS)
    low = 1e-4
    edges = np.quantile(apart, np.linspace(0.0, 1.0, 11))
    places = np.clip(np.searchsorted(edges, apart, side="right") - 1, 0, 9)
    bins = [places == k for k in range(10) if (places == k).any()]
    x = np.array([np.sqrt((apart[own] ** 2).mean()) for own in bins])
    y = np.array([np.sqrt((wrong[own] ** 2).mean()) for own in bins])
    ends = np.array([max(low, float(min(x.min(), y.min()))), float(max(x.max(), y.max()))])
    chosen = (found.frames[found.owner] == state.frame) & (found.atom == state.atom)
    plots: list[Plot] = [
        Points(np.maximum(apart, low)[::step], np.maximum(wrong, low)[::step], "muted", size=2.5, name=f"atoms {step}"),
        Curve(x, y, "accent", 2.2, label="root mean square of a tenth", name="calibration"),
        Curve(ends, ends, "ink", 1.0, dashed=True, label="calibrated", name="line"),
        Points(np.maximum(apart[chosen], low), np.maximum(wrong[chosen], low), "accent", size=9.0, mark="ring", name="chosen"),
    ]
    return Chart(tuple(plots), Axis("disagreement of the two, eV/Å", log=True), Axis("true error of the force, eV/Å", log=True))


def name_of(model: str) -> str:
    """A model's name for people."""
    return model_path(model).stem


def at(state: State, item: str, index: int) -> tuple[int, int] | None:
    """The frame and atom behind a point, None for none."""
    found = predicted(state)
    word, _, digits = item.partition(" ")
    if word == "components":
        place = index * int(digits) // 3
        return (int(found.frames[found.owner[place]]), int(found.atom[place])) if place < len(found.owner) else None
    if word == "atoms":
        place = index * int(digits)
        return (int(found.frames[found.owner[place]]), int(found.atom[place])) if place < len(found.owner) else None
    if word in ("frames", "energies") and index < len(found.frames):
        if word == "energies":
            index = int(np.flatnonzero(np.isfinite(found.energies_known))[index])
        own = found.owner == index
        return int(found.frames[index]), int(found.atom[own][np.argmax(found.force_errors()[own])])
    return None


def worst_frames(state: State, most: int = 20) -> list[tuple[int, float, float]]:
    """(frame, force MAE in meV/Å, energy error in meV), worst first."""
    found = predicted(state)
    errors = 1e3 * found.by_frame()
    order = np.argsort(-errors)[:most]
    return [(int(found.frames[k]), float(errors[k]), 1e3 * float(found.energies[k] - found.energies_known[k])) for k in order]


def by_element(state: State) -> list[tuple[str, int, float, float]]:
    """(element, atoms, force MAE, force RMSE), meV/Å."""
    found = predicted(state)
    rows = []
    for z in np.unique(found.numbers):
        away = 1e3 * (found.forces - found.known)[found.numbers == z]
        rows.append((SYMBOLS[int(z)], len(away), float(np.abs(away).mean()), float(np.sqrt((away**2).mean()))))
    return rows


def by_group(state: State) -> list[tuple[str, int, float]]:
    """(group, frames, force MAE in meV/Å), worst first; nothing where frames have no groups."""
    found = predicted(state)
    errors = 1e3 * found.by_frame()
    names = sorted(set(found.groups) - {""})
    rows = [(name, np.array([g == name for g in found.groups])) for name in names]
    return sorted(((name, int(own.sum()), float(errors[own].mean())) for name, own in rows), key=lambda row: -row[2])

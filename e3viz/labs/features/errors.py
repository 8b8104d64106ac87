"""What a model says of many frames beside the reference: predicted once, and its errors by frame, element and group."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.datasets import stress
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.reading import load
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.labs.features.source import ModelKey, Stamp, data_path, model_key, partly, trajectory
from e3viz.labs.features.state import State

AT_ONCE, MOST_POINTS = 25, 12_000
CELLS = 150
"""Of a density along each axis."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """frames (k,): their numbers; numbers: elements of all atoms, one frame after the other (a,); owner (a,): place among the frames; atom
    (a,): number in its frame; forces and known: eV/Å (a, 3); shares: energies of atoms, eV (a,); energies and energies_known: eV (k,), NaN
    where unknown; stress and stress_known: eV/Å³ (k, 3, 3), NaN where unknown; groups: of each frame, "" for none."""

    frames: FloatArray
    numbers: FloatArray
    owner: FloatArray
    atom: FloatArray
    forces: FloatArray
    known: FloatArray
    shares: FloatArray
    energies: FloatArray
    energies_known: FloatArray
    stress: FloatArray
    stress_known: FloatArray
    groups: tuple[str, ...]

    def force_errors(self) -> FloatArray:
        """|F − F_known| of every atom, eV/Å (a,)."""
        found: FloatArray = np.linalg.norm(self.forces - self.known, axis=1)
        return found

    def by_frame(self) -> FloatArray:
        """Mean absolute error of force components, eV/Å (k,)."""
        away = np.abs(self.forces - self.known).mean(axis=1)
        found: FloatArray = np.bincount(self.owner, away, len(self.frames)) / self.sizes()
        return found

    def sizes(self) -> NDArray[np.int64]:
        """Atoms of each frame (k,)."""
        return np.bincount(self.owner, minlength=len(self.frames))

    def energy_errors(self) -> FloatArray:
        """Predicted less known energy per atom, eV (k,), NaN where unknown."""
        found: FloatArray = (self.energies - self.energies_known) / self.sizes()
        return found


def predicted(state: State) -> Predicted:
    """What the model says of the frames that are asked for. Raises UserError where the file has no forces to compare with."""
    every = trajectory(state)
    asked = state.frames.strip() or f"={state.many}"
    return _predicted(model_key(state), state.off, (data_path(state), every.stamp), asked)


def chosen_frames(asked: str, count: int) -> NDArray[np.int64]:
    """Frames by a slice as Python has it, such as 0:100:5, by numbers, such as 3 7 20, or "=k" for k evenly spread ones. Raises UserError."""
    if asked.startswith("="):
        return np.unique(np.linspace(0, count - 1, min(int(asked[1:]), count)).round().astype(np.int64))
    if re.fullmatch(r"-?\d*:-?\d*(:-?\d*)?", asked) and not asked.endswith(":0"):
        found = np.arange(count)[slice(*(int(end) if end else None for end in asked.split(":")))]
    elif all(word.isdigit() for word in asked.replace(",", " ").split()):
        found = np.array(sorted({int(word) for word in asked.replace(",", " ").split()}), dtype=np.int64)
        found = found[found < count]
    else:
        raise UserError(f"“{asked}” names no frames.", "Write a slice such as 0:100:5, or numbers such as 3 7 20.")
    if not len(found):
        raise UserError(f"“{asked}” names no frame of this file.", f"It has frames 0 to {count - 1}.")
    return found


@lru_cache(maxsize=12)
def _predicted(model: ModelKey, off: tuple[str, ...], data: Stamp, asked: str) -> Predicted:
    potential, every = partly(model, off), load(data[0])
    chosen = chosen_frames(asked, len(every))
    kept: list[int] = []
    ones: list[Structure] = []
    said = []
    for start in range(0, len(chosen), AT_ONCE):
        part = [(int(k), every[int(k)]) for k in chosen[start : start + AT_ONCE]]
        with_forces = [(k, one) for k, one in part if "forces" in one.arrays]
        task.report(start, len(chosen), f"predicting {len(chosen):,} frames")
        said += potential.predict([one for _, one in with_forces]) if with_forces else []
        kept += [k for k, _ in with_forces]
        ones += [one for _, one in with_forces]
    if not ones:
        raise UserError("This file has no reference forces to compare with.", "Open labelled frames, or choose another view.")
    energies = np.array([float(one.values["energy"]) if isinstance(one.values.get("energy"), float | int) else np.nan for one in ones])
    nothing = np.full((3, 3), np.nan)
    groups = tuple(str(one.values.get("config_type", one.values.get("group", ""))) for one in ones)
    return Predicted(
        np.array(kept), np.concatenate([one.numbers for one in ones]), np.repeat(np.arange(len(ones)), [len(one) for one in ones]),
        np.concatenate([np.arange(len(one)) for one in ones]), np.concatenate([one.forces for one in said]),
        np.concatenate([one.arrays["forces"] for one in ones]), np.concatenate([one.energies for one in said]),
        np.array([one.energy for one in said]), energies,
        np.array([nothing if one.stress is None else one.stress for one in said]),
        np.array([known if (known := stress(one)) is not None else nothing for one in ones]), groups,
    )  # fmt: skip


def sampled(count: int) -> NDArray[np.int64]:
    """Which of so many points are drawn: all, or evenly spread ones."""
    return np.arange(0, count, max(1, -(-count // MOST_POINTS)))


def dense(x: FloatArray, y: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of points that are too many to be drawn, one in each cell of a fine grid, and how many are in its cell."""
    place = np.zeros(len(x), dtype=np.int64)
    for values in (x, y):
        low, high = float(values.min()), float(values.max())
        place = place * CELLS + np.clip(((values - low) / max(high - low, 1e-30) * CELLS).astype(np.int64), 0, CELLS - 1)
    _, first, counts = np.unique(place, return_index=True, return_counts=True)
    order = np.argsort(counts, kind="stable")
    return first[order], counts[order]


def chosen(state: State, found: Predicted) -> NDArray[np.bool_]:
    """Where the chosen atom of the frame on view is among all atoms (a,)."""
    return np.asarray((found.frames[found.owner] == state.frame) & (found.atom == state.atom))


def worst_frames(state: State, most: int = 20) -> list[tuple[int, float, float]]:
    """(frame, force MAE in meV/Å, energy error in meV per atom), worst first."""
    found = predicted(state)
    wrong, energy = 1e3 * found.by_frame(), 1e3 * found.energy_errors()
    return [(int(found.frames[k]), float(wrong[k]), float(energy[k])) for k in np.argsort(-wrong)[:most]]


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

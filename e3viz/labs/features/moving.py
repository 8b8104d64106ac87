"""The structure in motion under the model: relaxed, in molecular dynamics, or scanned; one moment of it, and its energies."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.labs.features.source import FrameKey, ModelKey, frame_key, model_key, partly, trajectory
from e3viz.labs.features.source import structure as at_start
from e3viz.labs.features.state import SCAN, State
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Points, Rule

if TYPE_CHECKING:
    from e3viz.potentials.dynamics import Motion

MOST_REFERENCES = 400


def motion(state: State) -> Motion:
    """All of it, from the frame on view. Raises UserError where it cannot be."""
    return _motion(
        (model_key(state), state.off), frame_key(state),
        (state.motion, state.steps, state.timestep, state.temperature, state.fmax), scanned_atoms(state),
    )  # fmt: skip


def scanned_atoms(state: State) -> tuple[int, ...]:
    """The atoms of a scan. Raises UserError for what are no numbers."""
    if state.motion != SCAN:
        return ()
    words = state.along.replace(",", " ").split()
    if not all(word.isdigit() for word in words):
        raise UserError(f"“{state.along}” does not name atoms.", "Write two to four numbers, such as 0 1 2 3.")
    return tuple(map(int, words))


@lru_cache(maxsize=16)
def _motion(
    model: tuple[ModelKey, tuple[str, ...]],
    frame: FrameKey,
    how: tuple[str, int, float, float, float],
    atoms: tuple[int, ...],
) -> Motion:
    from e3viz.potentials import dynamics

    potential, start = partly(*model), frame.structure()
    kind, steps, timestep, temperature, fmax = how
    if kind == SCAN:
        ends = (0.85, 1.25) if len(atoms) == 2 else (-180.0, 180.0) if len(atoms) == 4 else (0.8, 1.2)
        here = dynamics.measured(start, atoms) if len(atoms) in (2, 3) else 1.0
        return dynamics.scanned(potential, start, atoms, np.linspace(*ends, 49) * (here if len(atoms) != 4 else 1.0))
    if kind in dynamics.DYNAMICS:
        every = max(1, steps // 400)
        return dynamics.dynamics(potential, start, kind, steps=steps, timestep=timestep, temperature=temperature, every=every)
    return dynamics.relaxed(potential, start, kind.removeprefix("relax, "), steps, fmax)


def moment(state: State) -> int:
    """Which frame of the motion is on view."""
    return int(np.clip(state.moment, 0, len(motion(state)) - 1))


def structure(state: State) -> Structure:
    """The structure at the moment on view."""
    from e3viz.potentials.dynamics import frames

    return list(frames(at_start(state), motion(state)))[moment(state)]


def energy_chart(state: State) -> Chart:
    """Potential energy; in dynamics the total too; in a scan the reference frames beside it."""
    found = motion(state)
    zero = float(found.energies.min())
    plots: list[Plot] = [Curve(found.x, found.energies - zero, "accent", 2.0, label="potential energy", name="energy")]
    if found.kinetic.any():
        plots.append(Curve(found.x, found.energies + found.kinetic - zero, "#2f9e77", 2.0, label="total energy", name="total"))
    if state.motion == SCAN:
        x, y = references(state)
        plots.append(Points(x, y - zero, "#e08a2e", size=4.0, label="reference frames", name="references"))
    plots.append(Rule(x=float(found.x[moment(state)]), movable=True, name="moment", text="now"))
    return Chart(tuple(plots), Axis(found.along), Axis("energy, eV"))


def second_chart(state: State) -> Chart:
    """Temperature in dynamics, the largest force otherwise."""
    found = motion(state)
    if found.kinetic.any():
        plots: tuple[Plot, ...] = (
            Curve(found.x, found.temperature(), "#c2452f", 1.8, name="temperature"),
            Rule(y=state.temperature, dashed=True),
        )
        return Chart(plots, Axis(found.along), Axis("temperature, K"))
    curve = Curve(found.x, np.maximum(found.forces, 1e-6), "accent", 1.8, name="force")
    plots = (curve,) if state.motion == SCAN else (curve, Rule(y=state.fmax, dashed=True, text="wanted"))
    return Chart(plots, Axis(found.along), Axis("largest force, eV/Å", log=True))


def references(state: State) -> tuple[np.ndarray, np.ndarray]:
    """Of frames of the file: the scanned bond, angle or dihedral, and the reference energy, eV."""
    from e3viz.potentials.dynamics import measured

    every, atoms = trajectory(state), scanned_atoms(state)
    x, y = [], []
    for k in range(0, len(every), max(1, len(every) // MOST_REFERENCES)):
        one = every[k]
        energy = one.values.get("energy")
        if isinstance(energy, float | int) and max(atoms, default=0) < len(one):
            x.append(measured(one, atoms))
            y.append(float(energy))
    return np.array(x), np.array(y)


def at(state: State, x: float) -> int:
    """The moment nearest to a place on the charts."""
    return int(np.argmin(np.abs(motion(state).x - x)))

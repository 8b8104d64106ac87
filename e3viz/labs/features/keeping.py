"""What the Features lab writes to a file: a motion as a trajectory, or frames with what the model says beside their references."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from e3viz.atoms.structure import Structure
from e3viz.atoms.writing import save as write
from e3viz.labs.features import committee, errors, moving
from e3viz.labs.features.source import potential, seen, structure, trajectory
from e3viz.labs.features.state import State
from e3viz.potentials.contract import Prediction
from e3viz.symmetry.element import Element


def save(state: State, g: Element, path: Path) -> None:
    """A motion; in the view of errors all frames predicted; otherwise the structure on view. References stay: what the model says is called
    predicted_forces and predicted_energy."""
    if state.view == "motion":
        from e3viz.potentials.dynamics import frames

        write(list(frames(structure(state), moving.motion(state))), path)
        return
    write(_frames(state) if state.view == "errors" else [_with(structure(state), seen(state).prediction)], path)


def _frames(state: State) -> list[Structure]:
    """All frames that were predicted; with the spread of several models, where there are several."""
    every, model = trajectory(state), potential(state)
    ones = [every[int(k)] for k in errors.predicted(state).frames]
    apart = np.split(committee.spread(state), np.cumsum([len(one) for one in ones])[:-1])
    found = [_with(one, said) for one, said in zip(ones, model.predict(ones), strict=True)]
    if len(committee.members(state)) < 2:
        return found
    return [replace(one, arrays={**one.arrays, "forces_spread": own}) for one, own in zip(found, apart, strict=True)]


def _with(one: Structure, said: Prediction) -> Structure:
    return replace(
        one,
        arrays={**one.arrays, "predicted_forces": said.forces, "predicted_energies": said.energies},
        values={**one.values, "predicted_energy": float(said.energy)},
    )

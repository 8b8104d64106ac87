"""What the Features lab writes to a file: a motion as a trajectory, or frames with what the model says beside their references."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from e3viz.atoms.writing import save as write
from e3viz.labs.features import errors, moving
from e3viz.labs.features.source import potential, seen, structure, trajectory
from e3viz.labs.features.state import State
from e3viz.symmetry.element import Element


def save(state: State, g: Element, path: Path) -> None:
    """A motion; in the view of errors all frames predicted; otherwise the structure on view. References stay: what the model says is called
    predicted_forces and predicted_energy."""
    if state.view == "motion":
        from e3viz.potentials.dynamics import frames

        write(list(frames(structure(state), moving.motion(state))), path)
        return
    if state.view == "errors":
        every = trajectory(state)
        ones = [every[int(k)] for k in errors.predicted(state).frames]
        said = potential(state).predict(ones)
    else:
        ones, said = [structure(state)], [seen(state).prediction]
    write(
        [
            replace(
                one,
                arrays={**one.arrays, "predicted_forces": p.forces, "predicted_energies": p.energies},
                values={**one.values, "predicted_energy": float(p.energy)},
            )
            for one, p in zip(ones, said, strict=True)
        ],
        path,
    )

"""Models from files, ours or another program's, and what they say of structures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from e3viz import task
from e3viz.atoms.structure import Structure
from e3viz.errors import FileError
from e3viz.potentials.contract import Potential, Prediction
from e3viz.potentials.opening import open_potential
from e3viz.potentials.saving import SUFFIX

_AT_ONCE = 20


def open_model(path: Path, *, trusting: bool = False) -> Potential:
    """A potential from any file that `potentials.opening` reads, or the best one of a run from its folder. trusting: see there.
    Raises FileError, UserError."""
    if path.is_dir():
        path = path / f"best{SUFFIX}"
        if not path.exists():
            raise FileError(f"The folder {path.parent.name} holds no model.", "A run has one after its first validation.")
    return open_potential(path, trusting=trusting)


def predict(potential: Potential, structures: Sequence[Structure]) -> list[Prediction]:
    """One prediction per structure, some at once, reporting progress."""
    found: list[Prediction] = []
    for start in range(0, len(structures), _AT_ONCE):
        task.report(start, len(structures), "Predicting")
        found += potential.predict(structures[start : start + _AT_ONCE])
    return found


def with_predictions(structure: Structure, said: Prediction) -> Structure:
    """The structure with what was predicted under names of its own: `predicted_energy`, `predicted_energies`, `predicted_forces` and
    `predicted_stress`. Labels stay."""
    arrays = {**structure.arrays, "predicted_forces": said.forces, "predicted_energies": said.energies}
    values = {**structure.values, "predicted_energy": said.energy}
    if said.stress is not None:
        values["predicted_stress"] = said.stress
    return replace(structure, arrays=arrays, values=values)

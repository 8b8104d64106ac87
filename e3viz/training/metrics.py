"""Errors of predictions, computed in this one place and used by training, evaluation, studies and the window.

Names and units: `energy_mae`, `energy_rmse` eV per structure; the same with `_per_atom` eV/atom, each structure counted once; `forces_mae`,
`forces_rmse` eV/Å over all components of all atoms; `stress_mae`, `stress_rmse` eV/Å³ over all nine components. A name is missing where
nothing is labelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from e3viz.atoms.datasets import energy, forces, stress
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.potentials.contract import Prediction

TITLES: Mapping[str, tuple[str, str]] = {
    "energy_mae_per_atom": ("energy MAE", "meV/atom"),
    "energy_rmse_per_atom": ("energy RMSE", "meV/atom"),
    "energy_mae": ("energy MAE", "meV"),
    "energy_rmse": ("energy RMSE", "meV"),
    "forces_mae": ("force MAE", "meV/Å"),
    "forces_rmse": ("force RMSE", "meV/Å"),
    "stress_mae": ("stress MAE", "meV/Å³"),
    "stress_rmse": ("stress RMSE", "meV/Å³"),
}
"""What people call each error, and the unit in which it is shown (a thousandth of the one in which it is kept)."""


@dataclass(frozen=True, eq=False)
class Parity:
    """Labels beside predictions. energy: rows of label and prediction per atom, eV (2, m); energy_frames: which structure each is of (m,);
    forces: components, eV/Å (2, k); forces_frames, forces_atoms (k,): the structure and atom that each is of; stress: eV/Å³ (2, l)."""

    energy: FloatArray
    energy_frames: FloatArray
    forces: FloatArray
    forces_frames: FloatArray
    forces_atoms: FloatArray
    stress: FloatArray


def errors(structures: Sequence[Structure], predictions: Sequence[Prediction]) -> dict[str, float]:
    """Errors by name; predictions in the order of the structures."""
    compared = parity(structures, predictions)
    sizes = np.array([len(structures[int(n)]) for n in compared.energy_frames], dtype=float)
    per_atom = compared.energy[1] - compared.energy[0]
    found = {
        "energy_mae_per_atom": _mae(per_atom),
        "energy_rmse_per_atom": _rmse(per_atom),
        "energy_mae": _mae(per_atom * sizes),
        "energy_rmse": _rmse(per_atom * sizes),
        "forces_mae": _mae(compared.forces[1] - compared.forces[0]),
        "forces_rmse": _rmse(compared.forces[1] - compared.forces[0]),
        "stress_mae": _mae(compared.stress[1] - compared.stress[0]),
        "stress_rmse": _rmse(compared.stress[1] - compared.stress[0]),
    }
    return {name: value for name, value in found.items() if value is not None}


def parity(structures: Sequence[Structure], predictions: Sequence[Prediction]) -> Parity:
    """Labels that are there, beside what was predicted."""
    energies: list[tuple[float, float, int]] = []
    parts: list[FloatArray] = []
    owners: list[FloatArray] = []
    atoms: list[FloatArray] = []
    stresses: list[FloatArray] = []
    for n, (structure, said) in enumerate(zip(structures, predictions, strict=True)):
        label = energy(structure)
        if np.isfinite(label) and len(structure):
            energies.append((label / len(structure), said.energy / len(structure), n))
        labels = forces(structure)
        if labels is not None:
            keep = np.isfinite(labels.ravel())
            parts.append(np.stack([labels.ravel()[keep], said.forces.ravel()[keep]]))
            owners.append(np.full(int(keep.sum()), float(n)))
            atoms.append(np.repeat(np.arange(len(structure), dtype=float), 3)[keep])
        strained = stress(structure)
        if strained is not None and said.stress is not None:
            stresses.append(np.stack([strained.ravel(), said.stress.ravel()]))
    energy_table = np.array(energies, dtype=float).reshape(-1, 3).T
    return Parity(
        energy_table[:2],
        energy_table[2],
        np.concatenate(parts, axis=1) if parts else np.zeros((2, 0)),
        np.concatenate(owners) if owners else np.zeros(0),
        np.concatenate(atoms) if atoms else np.zeros(0),
        np.concatenate(stresses, axis=1) if stresses else np.zeros((2, 0)),
    )


def lines(found: Mapping[str, float]) -> list[str]:
    """The errors in aligned lines for a terminal, in thousandths."""
    return [f"{TITLES[name][0]:<14}{1000.0 * value:12.4f} {TITLES[name][1]}" for name, value in found.items() if name in TITLES]


def _mae(difference: FloatArray) -> float | None:
    return float(np.mean(np.abs(difference))) if difference.size else None


def _rmse(difference: FloatArray) -> float | None:
    return float(np.sqrt(np.mean(difference**2))) if difference.size else None

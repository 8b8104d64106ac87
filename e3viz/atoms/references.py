"""Reference energies: one number per element that is taken off the total energies before a fit.

Either the energies of isolated atoms, found in the data as frames of a single atom, or what least squares makes of energies and
compositions (the smallest such numbers where the compositions do not decide, as when all frames have one formula).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from e3viz.atoms.datasets import energy
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError


def isolated_atoms(structures: Sequence[Structure]) -> dict[int, float]:
    """Energy of each element that stands alone, without a cell that repeats, in some frame, eV."""
    found: dict[int, float] = {}
    for structure in structures:
        if len(structure) == 1 and not _crowded(structure) and np.isfinite(energy(structure)):
            found.setdefault(int(structure.numbers[0]), energy(structure))
    return found


def from_isolated_atoms(alone: Sequence[Structure], fitted: Sequence[Structure]) -> dict[int, float]:
    """One for every element of `fitted`. Raises UserError that names those that stand alone nowhere."""
    found = isolated_atoms(alone)
    elements = elements_of(fitted)
    missing = [SYMBOLS[z] for z in elements if z not in found]
    if missing:
        raise UserError(
            f"No frame holds an isolated atom of {', '.join(missing)}.",
            "Add a file with them, or take reference energies from least squares.",
        )
    return {z: found[z] for z in elements}


def from_least_squares(fitted: Sequence[Structure]) -> dict[int, float]:
    """Σ over atoms of one number per element, nearest to the energies. Frames without energy are left out."""
    elements = elements_of(fitted)
    known = [structure for structure in fitted if np.isfinite(energy(structure))]
    if not known:
        return dict.fromkeys(elements, 0.0)
    counts = compositions(known, elements)
    solution, *_ = np.linalg.lstsq(counts, np.array([energy(structure) for structure in known]), rcond=1e-8)
    return {z: float(value) for z, value in zip(elements, solution, strict=True)}


def elements_of(structures: Sequence[Structure]) -> tuple[int, ...]:
    """Atomic numbers, ascending."""
    return tuple(sorted({int(z) for structure in structures for z in np.unique(structure.numbers)}))


def compositions(structures: Sequence[Structure], elements: Sequence[int]) -> FloatArray:
    """How many atoms of each element each structure has (n, elements)."""
    return np.array([[np.count_nonzero(structure.numbers == z) for z in elements] for structure in structures], dtype=float)


def reference_energy(structure: Structure, references: Mapping[int, float]) -> float:
    """Σ of the references of its atoms, eV."""
    return float(sum(references.get(int(z), 0.0) for z in structure.numbers))


def _crowded(structure: Structure) -> bool:
    """Whether the atom's images are nearer than 6 Å."""
    lengths = np.linalg.norm(structure.cell, axis=1)[np.array(structure.pbc)]
    return bool((lengths < 6.0).any())

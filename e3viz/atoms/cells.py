"""Other cells for the same crystal, and ideal positions: symmetrise, primitive and conventional cell.

A structure is symmetrised by averaging each atom over the images that the group's operations give it, x_a = 1/|G| Σ_g g⁻¹ x_g(a); nothing
is turned or renumbered. Cells come from spglib in its standard setting, so per-atom arrays are kept only where atoms can be followed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.edit import without_results
from e3viz.atoms.groups import TOLERANCE
from e3viz.atoms.operations import nearest_alike
from e3viz.atoms.point_groups import point_groups
from e3viz.atoms.space_groups import cell_for_spglib, checked, dataset, spglib_errors
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.task import report

_ROUNDS = 4


def symmetrise(structure: Structure, tolerance: float = TOLERANCE) -> Structure:
    """Atoms moved onto the exact positions of the group that holds to within `tolerance` (Å), the cell made to fit it."""
    moved = _ideal_crystal(structure, tolerance) if structure.periodic else _ideal_molecule(structure, tolerance)
    return without_results(moved)


def primitive_cell(structure: Structure, tolerance: float = TOLERANCE) -> Structure:
    """The smallest cell, in spglib's standard orientation."""
    return _standard(structure, tolerance, primitive=True)


def conventional_cell(structure: Structure, tolerance: float = TOLERANCE) -> Structure:
    """The conventional cell, which shows the crystal system, in spglib's standard orientation."""
    return _standard(structure, tolerance, primitive=False)


def _standard(structure: Structure, tolerance: float, *, primitive: bool) -> Structure:
    if not all(structure.pbc):
        raise UserError("Only a structure that repeats along three directions has standard cells.", "Open a crystal.")
    cell, _ = cell_for_spglib(structure)
    with spglib_errors():
        import spglib

        data = spglib.standardize_cell(cell, to_primitive=primitive, no_idealize=False, symprec=tolerance)
    lattice, fractions, numbers = checked(data)
    found = np.asarray(fractions) % 1.0
    found[found > 1.0 - 1e-9] = 0.0
    kept = {name: value for name, value in structure.values.items() if isinstance(value, str)}
    return Structure(
        np.asarray(numbers, dtype=np.int32), found @ lattice, np.asarray(lattice, dtype=float), (True, True, True), values=kept
    )


def _ideal_molecule(structure: Structure, tolerance: float) -> Structure:
    """Repeated, because the fitted operations are only as exact as the positions they were fitted to."""
    for _ in range(_ROUNDS):
        (group,) = point_groups(structure, (tolerance,))
        points = structure.positions - group.centre
        back = np.einsum("gji,gaj->gai", group.matrices, points[group.permutations])
        ideal = back.mean(axis=0) + group.centre
        step = float(np.abs(ideal - structure.positions).max())
        structure = replace(structure, positions=ideal)
        if step < 1e-12:
            break
    return structure


def _ideal_crystal(structure: Structure, tolerance: float) -> Structure:
    found, cell = dataset(structure, tolerance)
    lattice = _ideal_lattice(cell, np.asarray(found.rotations))
    fractions = structure.positions @ np.linalg.inv(cell)
    periodic = np.array(structure.pbc)
    fitted = replace(structure, positions=fractions @ lattice, cell=np.where(periodic[:, None], lattice, structure.cell))
    inverse = np.linalg.inv(lattice)
    total = np.zeros_like(fractions)
    for done, (rotation, translation) in enumerate(zip(found.rotations, found.translations, strict=True)):
        report(done, len(found.rotations), "symmetrising")
        _, step = nearest_alike(fitted, (fractions @ rotation.T + translation) @ lattice)
        total += step @ inverse @ np.linalg.inv(rotation).T  # what this operation asks of each atom, taken back by W⁻¹
    return replace(fitted, positions=(fractions + total / len(found.rotations)) @ lattice)


def _ideal_lattice(lattice: FloatArray, rotations: NDArray[Any]) -> FloatArray:
    """The lattice whose metric all rotations keep: the average of Wᵀ G W, with the least turn of the lattice vectors."""
    metric = lattice @ lattice.T
    ideal = np.mean([w.T @ metric @ w for w in rotations], axis=0)
    # rows of L: ideal = L Lᵀ; the symmetric square root of the change keeps the orientation
    values, vectors = np.linalg.eigh(np.linalg.inv(lattice) @ ideal @ np.linalg.inv(lattice).T)
    stretched: FloatArray = lattice @ (vectors * np.sqrt(values)) @ vectors.T
    return stretched

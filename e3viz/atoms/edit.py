"""Small edits of a structure: pure functions from structure to structure.

Per-atom arrays that belong to atoms (charges, labels, velocities …) follow them. What a calculation found for the old positions is
dropped, because it no longer holds: energies, forces, stress, dipole, and arrays that look like them by name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import atomic_number
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import repeat as repeated
from e3viz.atoms.supercell import wrap as wrapped
from e3viz.errors import UserError
from e3viz.symmetry.element import Element

_RESULTS = ("energ", "force", "stress", "virial", "dipole", "hessian", "free_energy")
_OF_ELEMENTS = ("masses", "magmoms", "charges", "symbols", "species", "type")
Atoms = Sequence[int] | NDArray[Any]
"""Atoms by index, or a boolean mask (n,)."""


def without_results(structure: Structure) -> Structure:
    """Without energies, forces and whatever else a calculation found."""
    arrays = {name: a for name, a in structure.arrays.items() if not _is_result(name)}
    values = {name: v for name, v in structure.values.items() if not _is_result(name)}
    return replace(structure, arrays=arrays, values=values)


def move(structure: Structure, atoms: Atoms, by: Sequence[float]) -> Structure:
    """Atoms moved by a vector in Å."""
    shift = _vector(by, "A shift")
    positions = structure.positions.copy()
    positions[_chosen(structure, atoms)] += shift
    return without_results(replace(structure, positions=positions))


def place(structure: Structure, atom: int, at: Sequence[float]) -> Structure:
    """One atom put at a point in Å."""
    positions = structure.positions.copy()
    positions[_chosen(structure, [atom])] = _vector(at, "A position")
    return without_results(replace(structure, positions=positions))


def act(structure: Structure, element: Element, atoms: Atoms | None = None) -> Structure:
    """Atoms (all, and then the cell too, if none are named) moved by an element of E(3); vectors turn with them, results included if all
    atoms move, because energy and forces follow."""
    if atoms is None:
        vectors = {name: element.act_on_vectors(structure.arrays[name], axial=name == "magmoms") for name in structure.vectors()}
        values = {name: v for name, v in structure.values.items() if name not in ("stress", "dipole")}
        if "stress" in structure.values:
            values["stress"] = element.linear @ np.asarray(structure.values["stress"]) @ element.linear.T
        if "dipole" in structure.values:
            values["dipole"] = element.act_on_vectors(np.asarray(structure.values["dipole"]))
        cell = element.act_on_vectors(structure.cell)
        return replace(
            structure, positions=element.act(structure.positions), cell=cell, arrays={**structure.arrays, **vectors}, values=values
        )
    positions = structure.positions.copy()
    chosen = _chosen(structure, atoms)
    positions[chosen] = element.act(positions[chosen])
    return without_results(replace(structure, positions=positions))


def delete(structure: Structure, atoms: Atoms) -> Structure:
    """Without some atoms."""
    kept = np.ones(len(structure), dtype=bool)
    kept[_chosen(structure, atoms)] = False
    if not kept.any():
        raise UserError("These are all the atoms there are.", "Leave at least one.")
    plain = without_results(structure)
    arrays = {name: a[kept] for name, a in plain.arrays.items()}
    return replace(plain, numbers=plain.numbers[kept], positions=plain.positions[kept], arrays=arrays)


def add(structure: Structure, element: str, at: Sequence[float]) -> Structure:
    """One more atom at a point in Å, last in order. Its other per-atom numbers are nan, or 0 for whole numbers."""
    plain = without_results(structure)
    arrays = {name: np.concatenate([a, _blank(a)]) for name, a in plain.arrays.items()}
    numbers = np.append(plain.numbers, np.int32(atomic_number(element))).astype(np.int32)
    return replace(plain, numbers=numbers, positions=np.vstack([plain.positions, _vector(at, "A position")]), arrays=arrays)


def change_element(structure: Structure, atoms: Atoms, element: str) -> Structure:
    """Atoms turned into another element; arrays that describe elements (masses, charges …) are dropped."""
    numbers = structure.numbers.copy()
    numbers[_chosen(structure, atoms)] = atomic_number(element)
    plain = without_results(structure)
    arrays = {name: a for name, a in plain.arrays.items() if name not in _OF_ELEMENTS}
    return replace(plain, numbers=numbers, arrays=arrays)


def wrap(structure: Structure) -> Structure:
    """Atoms moved by lattice vectors into the cell. Nothing a calculation found changes."""
    if not structure.periodic:
        raise UserError("Only a periodic structure has a cell to wrap atoms into.", "Open a crystal, a slab or a periodic box.")
    return wrapped(structure)


def centre(structure: Structure, atoms: Atoms | None = None) -> Structure:
    """Moved as a whole, so that the middle of the atoms (all, or some) lies in the middle of the cell, or at the origin without one.
    Nothing a calculation found changes."""
    chosen = np.arange(len(structure)) if atoms is None else _chosen(structure, atoms)
    if not len(chosen):
        raise UserError("There are no atoms to centre.", "Select at least one.")
    points = structure.positions[chosen]
    middle = (points.min(axis=0) + points.max(axis=0)) / 2.0
    return replace(structure, positions=structure.positions - middle + structure.cell.sum(axis=0) / 2.0)


def repeat(structure: Structure, repeats: tuple[int, int, int]) -> Structure:
    """The supercell; per-atom arrays are tiled, forces among them, because copies feel the same."""
    return repeated(structure, repeats)


def strain(structure: Structure, strains: Sequence[float]) -> Structure:
    """Cell and atoms stretched by the engineering strains xx, yy, zz, yz, xz, xy (0.01 is one per cent; shears are twice the tensor's)."""
    values = np.asarray(strains, dtype=float)
    if values.shape != (6,) or not np.isfinite(values).all():
        raise UserError("A strain has six components: xx, yy, zz, yz, xz, xy.", "Write for example 0.01, 0, 0, 0, 0, 0.")
    xx, yy, zz, yz, xz, xy = values
    tensor = np.array([[xx, xy / 2, xz / 2], [xy / 2, yy, yz / 2], [xz / 2, yz / 2, zz]])
    change = np.eye(3) + tensor
    if np.linalg.eigvalsh(change).min() < 0.05:
        raise UserError("This strain presses the cell flat.", "Keep every component well above −1.")
    return without_results(replace(structure, positions=structure.positions @ change, cell=structure.cell @ change))


def rattle(structure: Structure, amplitude: float, seed: int = 0, atoms: Atoms | None = None) -> Structure:
    """Atoms moved at random, each coordinate by a normal distribution of width `amplitude` (Å); the same seed gives the same moves."""
    if not (math.isfinite(amplitude) and amplitude >= 0):
        raise UserError("The amplitude must not be below zero.", "Choose for example 0.05 Å.")
    chosen = np.arange(len(structure)) if atoms is None else _chosen(structure, atoms)
    positions = structure.positions.copy()
    positions[chosen] += np.random.default_rng(seed).normal(0.0, amplitude, (len(chosen), 3))
    return without_results(replace(structure, positions=positions))


def _is_result(name: str) -> bool:
    return any(word in name.lower() for word in _RESULTS)


def _chosen(structure: Structure, atoms: Atoms) -> NDArray[np.int64]:
    given = np.asarray(atoms)
    if given.dtype == bool:
        if given.shape != (len(structure),):
            raise UserError("This selection belongs to another structure.", "Select the atoms again.")
        return np.flatnonzero(given)
    found = given.astype(np.int64).reshape(-1)
    if len(found) and not (found.min() >= 0 and found.max() < len(structure)):
        raise UserError(
            f"There is no atom {found.max() if found.min() >= 0 else found.min()}.", f"Atoms are numbered 0 to {len(structure) - 1}."
        )
    return np.unique(found)


def _vector(numbers: Sequence[float], what: str) -> FloatArray:
    found = np.asarray(numbers, dtype=float)
    if found.shape != (3,) or not np.isfinite(found).all():
        raise UserError(f"{what} has three components in Å.", "Write for example 0, 0, 1.")
    return found


def _blank(array: NDArray[Any]) -> NDArray[Any]:
    blank = np.zeros((1, *array.shape[1:]), dtype=array.dtype)
    if array.dtype.kind == "f":
        blank[...] = np.nan
    return blank

"""Between `Structure` and ASE's `Atoms`, with names, units and signs put right in both directions.

ASE counts time in Å √(u/eV); velocities here are Å/fs. Stress keeps ASE's sign (positive when stretched) and is a full matrix here.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from e3viz.atoms.formats.names import canonical, full_stress
from e3viz.atoms.structure import Structure
from e3viz.atoms.units import ASE_TIME

_RESULT_ARRAYS = {"forces": "forces", "magmoms": "magmoms", "charges": "charges", "energies": "energies"}
_RESULT_VALUES = ("energy", "free_energy", "dipole", "magmom")


def from_ase(atoms: Any) -> Structure:
    """The structure that ASE's Atoms describe, with the results of its calculator where those belong to these positions."""
    table = {name: np.array(array) for name, array in atoms.arrays.items() if name not in ("numbers", "positions")}
    info = {str(key): value for key, value in atoms.info.items() if _plain(value)}
    _take_results(atoms, table, info)
    fixed = _fixed(atoms)
    if fixed is not None:
        table["fixed"] = fixed
    numbers = np.array(atoms.numbers, dtype=np.int32)
    values, arrays = canonical(info, table, np.clip(numbers, 0, 118))
    positions = np.ascontiguousarray(atoms.positions, dtype=float)
    first, second, third = (bool(p) for p in atoms.pbc)
    return Structure(numbers, positions, np.array(atoms.cell[:], dtype=float), (first, second, third), arrays, values)


def to_ase(structure: Structure) -> Any:
    """ASE's Atoms with the same contents; energy, forces, stress, charges and moments become results of a calculator."""
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.constraints import FixAtoms

    atoms = Atoms(structure.numbers, structure.positions, cell=structure.cell, pbc=structure.pbc)
    results: dict[str, Any] = {}
    for name, array in structure.arrays.items():
        if name in _RESULT_ARRAYS:
            results[name] = array
        elif name == "masses":
            atoms.set_masses(array)
        elif name not in ("velocities", "fixed"):
            atoms.set_array(name, np.array(array))
    if "velocities" in structure.arrays:
        atoms.set_velocities(structure.arrays["velocities"] * ASE_TIME)
    if "fixed" in structure.arrays:  # after the velocities, which it would set to nothing
        atoms.set_constraint(FixAtoms(mask=structure.arrays["fixed"]))
    for name, value in structure.values.items():
        if name in _RESULT_VALUES:
            results[name] = value
        elif name == "stress":
            xx, yy, zz = np.diagonal(value)
            results["stress"] = np.array([xx, yy, zz, value[1, 2], value[0, 2], value[0, 1]])
        elif _plain(value):
            atoms.info[name] = value
    if results:
        atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def _take_results(atoms: Any, table: dict[str, Any], info: dict[str, Any]) -> None:
    results = getattr(atoms.calc, "results", None) or {}
    for name in _RESULT_VALUES:
        if results.get(name) is not None:
            value = np.asarray(results[name], dtype=float)
            info[name] = float(value) if value.ndim == 0 else value
    if results.get("stress") is not None:
        info["stress"] = full_stress(np.asarray(results["stress"], dtype=float))
    for name in _RESULT_ARRAYS:
        if results.get(name) is not None:
            array = np.array(results[name], dtype=float)
            if array.ndim and len(array) == len(atoms):
                table[name] = array
    if "magmoms" in table:  # a result says more than the guess it started from
        table.pop("initial_magmoms", None)
    if "charges" in table:
        table.pop("initial_charges", None)


def _fixed(atoms: Any) -> Any:
    """(n,) which atoms cannot move, or None where all can."""
    mask = np.zeros(len(atoms), dtype=bool)
    for constraint in atoms.constraints:
        if type(constraint).__name__ == "FixAtoms":
            mask[constraint.index] = True
    return mask if mask.any() else None


def _plain(value: Any) -> bool:
    """Whether a value is a number, text, or a small array of them."""
    return isinstance(value, str | bool | int | float | np.number) or (isinstance(value, np.ndarray) and value.dtype.kind in "biufU")

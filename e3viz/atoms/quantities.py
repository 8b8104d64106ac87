"""Numbers that each atom has, by the names under which people select, colour and label by them.

Geometric ones are index, x, y, z (Å), a, b, c (fractional coordinates), number (atomic number), mass (u) and neighbours (how many bonds).
Every per-atom array counts as well, under its own name or a short one (force for forces); of a vector the length or a component.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from e3viz.atoms.bonds import find_bonds
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import fractional

_SHORT = {"force": "forces", "velocity": "velocities", "speed": "velocities", "charge": "charges", "magmom": "magmoms"}


def quantities(structure: Structure) -> list[str]:
    """The names known for this structure: what a field offers for completion."""
    vectors = [f"{name}.{axis}" for name in structure.vectors() for axis in "xyz"]
    return [*_GEOMETRIC, *structure.scalars(), *structure.vectors(), *vectors]


def quantity(structure: Structure, name: str, axis: str = "") -> FloatArray | None:
    """One number per atom (n,), or None if there is no such quantity. `axis` is a component, x, y or z, of a vector."""
    word = name.lower()
    array = structure.arrays.get(name, structure.arrays.get(_SHORT.get(word, word)))
    if array is not None and array.dtype.kind in "fiub":
        if array.ndim == 2 and array.shape[1] == 3:
            return array[:, "xyz".index(axis)].astype(float) if axis else np.linalg.norm(array, axis=1)
        return array.astype(float) if array.ndim == 1 and not axis else None
    geometric = _GEOMETRIC.get(word)
    return None if geometric is None or axis else geometric(structure)


def _mass(structure: Structure) -> FloatArray:
    from ase.data import atomic_masses

    return np.asarray(atomic_masses[np.clip(structure.numbers, 0, len(SYMBOLS) - 1)], dtype=float)


def _neighbours(structure: Structure) -> FloatArray:
    bonds = find_bonds(structure)
    return np.bincount(np.concatenate([bonds.i, bonds.j]), minlength=len(structure)).astype(float)


_GEOMETRIC: dict[str, Callable[[Structure], FloatArray]] = {
    "index": lambda s: np.arange(len(s), dtype=float),
    "x": lambda s: s.positions[:, 0],
    "y": lambda s: s.positions[:, 1],
    "z": lambda s: s.positions[:, 2],
    "a": lambda s: fractional(s)[:, 0],
    "b": lambda s: fractional(s)[:, 1],
    "c": lambda s: fractional(s)[:, 2],
    "number": lambda s: s.numbers.astype(float),
    "mass": _mass,
    "neighbours": _neighbours,
}

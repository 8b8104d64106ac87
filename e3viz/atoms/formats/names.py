"""From the names and units that files use to the canonical ones of `Structure`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.units import ASE_TIME

_ARRAYS = {"force": "forces", "Forces": "forces", "initial_charges": "charges", "initial_magmoms": "magmoms", "mass": "masses"}
_VALUES = {"Energy": "energy", "Dipole": "dipole", "Stress": "stress"}


def canonical(
    info: dict[str, Any], table: dict[str, NDArray[Any]], numbers: NDArray[np.int32] | None
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Per-structure values and per-atom arrays under canonical names. What a file gives twice is taken under its own name first."""
    values = dict(info)
    for old, new in _VALUES.items():
        if old in values and new not in values:
            values[new] = values.pop(old)
    if isinstance(values.get("stress"), np.ndarray):
        values["stress"] = full_stress(values["stress"])
    arrays = dict(table)
    for old, new in _ARRAYS.items():
        if old in arrays and new not in arrays:
            arrays[new] = arrays.pop(old)
    if "momenta" in arrays and numbers is not None:
        masses = arrays.get("masses")
        if masses is None:
            masses = standard_masses(numbers)
        arrays["velocities"] = arrays.pop("momenta") / masses[:, None] / ASE_TIME
    return values, arrays


def full_stress(stress: NDArray[Any]) -> NDArray[np.float64]:
    """(3, 3) from a matrix or from Voigt's order xx, yy, zz, yz, xz, xy."""
    if stress.shape == (6,):
        xx, yy, zz, yz, xz, xy = stress
        return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]], dtype=float)
    return np.asarray(stress, dtype=float)


def standard_masses(numbers: NDArray[np.int32]) -> NDArray[np.float64]:
    """Masses (n,) u of the elements, as IUPAC lists them; 1 for an unknown one, as in ASE."""
    from ase.data import atomic_masses

    masses: NDArray[np.float64] = atomic_masses[numbers]
    return masses

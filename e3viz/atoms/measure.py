"""Position, distance, angle and dihedral of one to four atoms, by the nearest periodic images along the chain of atoms.

The dihedral of a–b–c–d is IUPAC's: positive if, looking from b to c, the front bond a–b turns clockwise onto the rear one c–d;
−180° < φ ≤ 180°. (ASE counts the same angle from 0° to 360°.)
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import fractional, minimum_image
from e3viz.errors import UserError

MOST_MEASURED = 4


def atom_name(structure: Structure, atom: int) -> str:
    """Symbol and index of an atom: O2."""
    z = int(structure.numbers[atom])
    return f"{SYMBOLS[z] if 0 <= z < len(SYMBOLS) else 'X'}{atom}"


def steps(structure: Structure, atoms: Sequence[int]) -> FloatArray:
    """The vectors (k − 1, 3), Å, from each atom to the nearest image of the next."""
    _check(structure, atoms)
    between, _ = minimum_image(structure, np.diff(structure.positions[list(atoms)], axis=0))
    return between


def chain(structure: Structure, atoms: Sequence[int]) -> FloatArray:
    """Where to draw a measurement, Å (k, 3): the first atom where it is, each next one at its image nearest to the one before."""
    start = structure.positions[[atoms[0]]]
    return np.concatenate([start, start + np.cumsum(steps(structure, atoms), axis=0)])


def distance(structure: Structure, a: int, b: int) -> float:
    """Å, to the nearest image."""
    return float(np.linalg.norm(steps(structure, (a, b))))


def angle(structure: Structure, a: int, b: int, c: int) -> float:
    """a–b–c in degrees, 0 to 180; nan if two of them coincide."""
    first, second = steps(structure, (a, b, c))
    return _between(-first, second)


def dihedral(structure: Structure, a: int, b: int, c: int, d: int) -> float:
    """a–b–c–d in degrees, −180 to 180; nan if three of them lie on a line."""
    first, middle, last = steps(structure, (a, b, c, d))
    front, rear = np.cross(first, middle), np.cross(middle, last)
    if min(np.linalg.norm(front), np.linalg.norm(rear)) < 1e-9:
        return math.nan
    axis = middle / np.linalg.norm(middle)
    turned = math.degrees(math.atan2(float(np.cross(front, rear) @ axis), float(front @ rear)))
    return 180.0 if turned <= -180.0 + 1e-9 else turned


def measure(structure: Structure, atoms: Sequence[int]) -> list[tuple[str, str]]:
    """What there is to say of one to four atoms in the order they were picked, as (what, value with unit): the position of one, the
    distance of the first two, the angle of the first three, the dihedral of four. More than four: their number and extent."""
    _check(structure, atoms)
    names = [atom_name(structure, a) for a in atoms]
    if len(atoms) > MOST_MEASURED:
        extent = np.ptp(structure.positions[list(atoms)], axis=0)
        return [("atoms selected", f"{len(atoms):,}"), ("extent", _text(extent, 2) + " Å")]
    found: list[tuple[str, str]] = []
    if len(atoms) == 1:
        found.append((f"position {names[0]}", _text(structure.positions[atoms[0]], 3) + " Å"))
        if structure.periodic:
            found.append((f"fractional {names[0]}", _text(fractional(structure)[atoms[0]], 4)))
    if len(atoms) >= 2:
        found.append((f"distance {' – '.join(names[:2])}", f"{distance(structure, *atoms[:2]):.3f} Å"))
    if len(atoms) >= 3:
        found.append((f"angle {' – '.join(names[:3])}", _degrees(angle(structure, *atoms[:3]))))
    if len(atoms) == 4:
        found.append((f"dihedral {' – '.join(names)}", _degrees(dihedral(structure, *atoms))))
    return found


def _between(u: FloatArray, v: FloatArray) -> float:
    """The angle between two vectors in degrees, accurate near 0 and 180 too (where the arc cosine is not)."""
    lengths = float(np.linalg.norm(u)), float(np.linalg.norm(v))
    if min(lengths) < 1e-9:
        return math.nan
    return math.degrees(math.atan2(float(np.linalg.norm(np.cross(u, v))), float(u @ v)))


def _text(numbers: NDArray[np.float64], digits: int) -> str:
    return "  ".join(f"{x + 0.0:.{digits}f}" for x in np.round(numbers, digits)).replace("-", "−")


def _degrees(value: float) -> str:
    return "not defined" if math.isnan(value) else f"{round(value, 1) + 0.0:.1f}°".replace("-", "−")


def _check(structure: Structure, atoms: Sequence[int]) -> None:
    if not atoms or not all(0 <= a < len(structure) for a in atoms):
        raise UserError(
            f"There are no such atoms as {', '.join(map(str, atoms)) or 'none'}.", f"Atoms are numbered 0 to {len(structure) - 1}."
        )

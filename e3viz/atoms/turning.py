"""Which atoms move when a molecule turns about one of its bonds, bends at an atom, or stretches.

A structure is cut at a bond; what hangs together on the far side moves as one. Bonds of rings cannot be cut so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from e3viz.atoms.bonds import find_bonds
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError


@dataclass(frozen=True)
class Side:
    """What turns about the bond from atom `near` to atom `far`: `moving`, the atoms that hang on `near`."""

    near: int
    far: int
    moving: tuple[int, ...]


def neighbours_of(structure: Structure) -> dict[int, set[int]]:
    """Atom → the atoms that it is bonded to."""
    bonds = find_bonds(structure)
    near: dict[int, set[int]] = {}
    for i, j in zip(bonds.i.tolist(), bonds.j.tolist(), strict=True):
        near.setdefault(i, set()).add(j)
        near.setdefault(j, set()).add(i)
    return near


def far_side(structure: Structure, atoms: tuple[int, ...]) -> list[int]:
    """Atoms that hang on the last one of a bond (two), an angle (three) or a dihedral (four) when the bond before it (of a dihedral the
    middle one) is cut. Raises UserError if the atoms are no chain of bonds, or part of a ring."""
    near = neighbours_of(structure)
    for one, other in pairwise(atoms):
        if other not in near.get(one, ()):
            raise UserError(f"Atoms {one} and {other} are not bonded.", "Name atoms along a chain of bonds.")
    start, barred = (atoms[2], atoms[1]) if len(atoms) == 4 else (atoms[-1], atoms[-2])
    found = _hanging(near, start, barred)
    if found is None or (len(atoms) == 4 and atoms[0] in found):
        raise UserError("These atoms are part of a ring: nothing can turn by itself there.", "Choose a bond that is in no ring.")
    return sorted(found | {atoms[-1]})


def side_of(structure: Structure, atom: int) -> Side:
    """The fewest atoms that turn together with `atom` about a bond that has more on both of its ends. Raises UserError if there are none."""
    near = neighbours_of(structure)
    found = []
    for b in near.get(atom, ()):
        for c in near[b] - {atom}:
            side = _hanging(near, b, c)
            if len(near[c]) > 1 and side is not None:
                found.append(Side(b, c, tuple(sorted(side - {b}))))
    if not found:
        raise UserError("No bond can turn with this atom.", "Take an atom at the second place from a bond that is in no ring.")
    return min(found, key=lambda side: (len(side.moving), side.near, side.far))


def turned(structure: Structure, side: Side, start: FloatArray, end: FloatArray) -> FloatArray:
    """Positions of the moving atoms when a point at `start` is carried to `end`, Å, about the bond; as far about it as `end` lies."""
    origin = structure.positions[side.near]
    axis = structure.positions[side.far] - origin
    axis = axis / np.linalg.norm(axis)
    one, other = (v - (v @ axis) * axis for v in (start - origin, end - origin))
    angle = np.arctan2(np.cross(one, other) @ axis, one @ other)
    held = structure.positions[list(side.moving)] - origin
    along = (held @ axis)[:, None] * axis
    across = held - along
    found: FloatArray = origin + along + np.cos(angle) * across + np.sin(angle) * np.cross(axis, across)
    return found


def _hanging(near: dict[int, set[int]], start: int, barred: int) -> set[int] | None:
    """Atoms that are reached from `start` when its bond to `barred` is cut; None if `barred` is among them."""
    found, waiting = {start}, [start]
    while waiting:
        atom = waiting.pop()
        for other in near.get(atom, ()):
            if (atom, other) != (start, barred) and other not in found:
                found.add(other)
                waiting.append(other)
    return None if barred in found else found

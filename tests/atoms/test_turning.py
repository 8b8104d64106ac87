"""What hangs on a bond turns as one: distances and angles on either side stay, and ASE's dihedral agrees with the angle turned by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from e3viz.atoms.ase_atoms import to_ase
from e3viz.atoms.reading import load
from e3viz.atoms.samples import sample
from e3viz.atoms.turning import far_side, side_of, turned
from e3viz.errors import UserError
from e3viz.resources import FOLDER

ETHANOL = load(FOLDER / "ethanol_pbe.extxyz")[0]  # C0 C1 O2 H3(O) H4 H5(C1) H6 H7 H8(C0)


@pytest.mark.parametrize(
    ("atom", "bond", "moving"),
    [(3, (2, 1), (3,)), (6, (0, 1), (6, 7, 8)), (4, (1, 0), (2, 3, 4, 5)), (2, (1, 0), (2, 3, 4, 5))],
)
def test_the_lighter_side_of_a_bond_with_two_ends_turns(atom, bond, moving) -> None:
    side = side_of(ETHANOL, atom)
    assert ((side.near, side.far), side.moving) == (bond, moving)


def test_turning_changes_the_dihedral_and_nothing_else() -> None:
    side = side_of(ETHANOL, 8)
    origin, axis = ETHANOL.positions[0], ETHANOL.positions[1] - ETHANOL.positions[0]
    axis = axis / np.linalg.norm(axis)
    start = ETHANOL.positions[8]
    first = start - origin
    first -= (first @ axis) * axis
    for degrees in (37.0, -120.0):
        t = np.radians(degrees)
        end = origin + 2.5 * (np.cos(t) * first + np.sin(t) * np.cross(axis, first)) + 0.7 * axis  # farther out and along: no matter
        positions = ETHANOL.positions.copy()
        positions[list(side.moving)] = turned(ETHANOL, side, start, end)
        before, after = to_ase(ETHANOL), to_ase(replace(ETHANOL, positions=positions))
        change = after.get_dihedral(8, 0, 1, 2) - before.get_dihedral(8, 0, 1, 2)
        assert np.cos(np.radians(change)) == pytest.approx(np.cos(t))
        assert abs(np.sin(np.radians(change))) == pytest.approx(abs(np.sin(t)))
        still = [0, 1, 2, 3, 4, 5]
        assert np.array_equal(after.positions[still], before.positions[still])
        group = [0, 1, 6, 7, 8]
        assert np.allclose(after[group].get_all_distances(), before[group].get_all_distances())


def test_rings_and_lone_atoms_cannot_turn() -> None:
    benzene = load(sample("benzene").path)[0]
    with pytest.raises(UserError, match="No bond can turn"):
        side_of(benzene, 0)
    with pytest.raises(UserError, match="part of a ring"):
        far_side(benzene, (0, 1))
    with pytest.raises(UserError, match="are not bonded"):
        far_side(ETHANOL, (3, 8))

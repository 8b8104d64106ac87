from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms

from e3viz.atoms.measure import angle, atom_name, chain, dihedral, distance, measure
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError


def _crystal(seed: int) -> tuple[Structure, Atoms]:
    rng = np.random.default_rng(seed)
    cell = np.diag(rng.uniform(3.0, 6.0, 3)) + rng.uniform(-0.8, 0.8, (3, 3))
    positions = rng.normal(size=(12, 3)) * 7.0
    numbers = np.array([1, 6, 8] * 4, np.int32)
    return Structure(numbers, positions, cell, (True, True, True)), Atoms(numbers, positions, cell=cell, pbc=True)


@pytest.mark.parametrize("seed", range(8))
def test_the_same_geometry_as_ase_through_boundaries(seed: int) -> None:
    ours, theirs = _crystal(seed)
    a, b, c, d = (int(x) for x in np.random.default_rng(seed).permutation(12)[:4])
    assert distance(ours, a, b) == pytest.approx(theirs.get_distance(a, b, mic=True), abs=1e-9)
    assert angle(ours, a, b, c) == pytest.approx(theirs.get_angle(a, b, c, mic=True), abs=1e-6)
    assert dihedral(ours, a, b, c, d) % 360.0 == pytest.approx(theirs.get_dihedral(a, b, c, d, mic=True), abs=1e-6)


def test_rigid_motions_keep_and_mirrors_turn_the_sign_of_a_dihedral() -> None:
    rng = np.random.default_rng(0)
    positions = rng.normal(size=(4, 3))
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    plain = Structure(np.ones(4, np.int32), positions)
    moved = Structure(plain.numbers, positions @ turn.T + 5.0)
    mirrored = Structure(plain.numbers, positions * [1.0, 1.0, -1.0])
    value = dihedral(plain, 0, 1, 2, 3)
    assert dihedral(moved, 0, 1, 2, 3) == pytest.approx(value)
    assert dihedral(mirrored, 0, 1, 2, 3) == pytest.approx(-value)
    assert angle(mirrored, 0, 1, 2) == pytest.approx(angle(moved, 0, 1, 2))


def test_the_sign_of_the_dihedral_is_iupacs() -> None:
    # Looking along b → c (here down the negative z axis towards −z), the front bond points up and the rear one to the right.
    positions = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, -1.0]])
    assert dihedral(Structure(np.ones(4, np.int32), positions), 0, 1, 2, 3) == pytest.approx(90.0)


def test_words_for_one_to_four_atoms_and_more() -> None:
    positions = np.array([[0.0, 0, 0], [1.0, 0, 0], [1.0, 1.0, 0], [0.0, 1.0, 0], [3.0, 0, -0.0001]])
    structure = Structure(np.array([8, 1, 6, 7, 0], np.int32), positions)
    assert measure(structure, [4]) == [("position X4", "3.000  0.000  0.000 Å")]
    assert measure(structure, [0, 1, 2, 3]) == [
        ("distance O0 – H1", "1.000 Å"),
        ("angle O0 – H1 – C2", "90.0°"),
        ("dihedral O0 – H1 – C2 – N3", "0.0°"),
    ]
    assert measure(structure, [0, 1, 4])[1] == ("angle O0 – H1 – X4", "180.0°")
    on_a_line = Structure(np.ones(4, np.int32), np.array([[0.0, 0, 0], [1.0, 0, 0], [2.0, 0, 0], [2.0, 1.0, 0]]))
    assert measure(on_a_line, [0, 1, 2, 3])[2] == ("dihedral H0 – H1 – H2 – H3", "not defined")
    assert measure(structure, list(range(5)))[0] == ("atoms selected", "5")
    boxed = Structure(structure.numbers, positions, np.eye(3) * 2.0, (True, True, True))
    assert measure(boxed, [2])[1] == ("fractional C2", "0.5000  0.5000  0.0000")
    assert atom_name(structure, 0) == "O0"
    for wrong in ([], [9], [-1, 0]):
        with pytest.raises(UserError, match="no such atoms"):
            measure(structure, wrong)


def test_points_that_coincide_have_no_angle() -> None:
    structure = Structure(np.ones(4, np.int32), np.zeros((4, 3)))
    assert np.isnan(angle(structure, 0, 1, 2))
    assert np.isnan(dihedral(structure, 0, 1, 2, 3))


def test_the_chain_follows_the_nearest_images() -> None:
    structure = Structure(np.ones(2, np.int32), np.array([[0.5, 0, 0], [9.5, 0, 0]]), np.eye(3) * 10.0, (True, True, True))
    np.testing.assert_allclose(chain(structure, [0, 1]), [[0.5, 0, 0], [-0.5, 0, 0]])
    assert distance(structure, 0, 1) == pytest.approx(1.0)

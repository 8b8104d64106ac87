from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, graphene, molecule
from ase.spacegroup import crystal
from atoms.known_molecules import ALL

from e3viz.atoms.cells import conventional_cell, primitive_cell, symmetrise
from e3viz.atoms.groups import describe
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError


def of(atoms: Atoms) -> Structure:
    return Structure(atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc))


@pytest.mark.parametrize("name", ["C60", "C6H6", "CH4", "CO2", "H2O", "staggered ferrocene", "S4", "Th"])
def test_a_shaken_molecule_becomes_exactly_symmetric(name: str) -> None:
    atoms, group = ALL[name]
    structure = of(atoms)
    shaken = Structure(structure.numbers, structure.positions + np.random.default_rng(0).normal(0, 0.02, (len(atoms), 3)))
    info = describe(shaken, tolerance=0.3)
    assert info.point_group == group
    ideal = symmetrise(shaken, tolerance=0.3)
    assert describe(ideal, tolerance=1e-8).point_group == group
    assert np.abs(ideal.positions - shaken.positions).max() < 0.2
    again = symmetrise(ideal, tolerance=0.3)
    np.testing.assert_allclose(again.positions, ideal.positions, atol=1e-10)


QUARTZ = crystal(["Si", "O"], [(0.4697, 0, 2 / 3), (0.4135, 0.2669, 0.7858)], spacegroup=154, cellpar=[4.916, 4.916, 5.4054, 90, 90, 120])


@pytest.mark.parametrize("name", ["salt", "quartz", "zinc", "graphene"])
def test_a_shaken_and_strained_crystal_becomes_exactly_symmetric(name: str) -> None:
    atoms = {"salt": bulk("NaCl", "rocksalt", 5.64, cubic=True), "quartz": QUARTZ, "zinc": bulk("Zn"), "graphene": graphene(vacuum=5.0)}[
        name
    ]
    group = describe(of(atoms)).space_group
    shaken = atoms.copy()
    rng = np.random.default_rng(3)
    shaken.set_cell(shaken.cell[:] @ (np.eye(3) + rng.normal(0, 0.001, (3, 3))), scale_atoms=True)
    shaken.positions += rng.normal(0, 0.01, shaken.positions.shape)
    assert describe(of(shaken), tolerance=1e-3).space_group != group
    ideal = symmetrise(of(shaken), tolerance=0.15)
    assert describe(ideal, tolerance=1e-6).space_group == group
    assert np.abs(ideal.positions - shaken.positions).max() < 0.1


def test_primitive_and_conventional_cells() -> None:
    salt = of(bulk("NaCl", "rocksalt", 5.64, cubic=True).repeat((2, 1, 1)))
    small, large = primitive_cell(salt), conventional_cell(salt)
    assert (len(small), len(large)) == (2, 8)
    np.testing.assert_allclose(large.cell, np.eye(3) * 5.64, atol=1e-9)
    np.testing.assert_allclose(abs(np.linalg.det(small.cell)), 5.64**3 / 4)
    assert describe(small).number == describe(large).number == 225
    with pytest.raises(UserError, match="three directions"):
        primitive_cell(of(molecule("H2O")))


def test_what_was_calculated_is_dropped() -> None:
    water = of(molecule("H2O"))
    known = Structure(water.numbers, water.positions, arrays={"forces": np.zeros((3, 3)), "tag": np.arange(3)}, values={"energy": 1.0})
    ideal = symmetrise(known)
    assert set(ideal.arrays) == {"tag"}
    assert not ideal.values

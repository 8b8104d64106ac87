from __future__ import annotations

import time

import numpy as np
import pytest
from ase.build import bulk, molecule

from e3viz.atoms.bonds import bond_pieces, find_bonds, longest_bonds, pair_name
from e3viz.atoms.structure import Structure
from e3viz.atoms.supercell import image_atoms, repeat
from e3viz.errors import UserError


def of(atoms: object) -> Structure:
    return Structure(atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc))


BONDS = {
    "H2": 1, "F2": 1, "F2O": 2, "O3": 2, "H2O2": 3, "CH4": 4, "C2H6": 7, "C6H6": 12, "CH3CH2OH": 8, "NH3": 3, "PF3": 3, "SiF4": 4,
    "LiH": 1, "BCl3": 3, "isobutane": 13, "CO2": 2, "HCN": 2, "SO2": 2, "C2Cl4": 5, "Si2H6": 7, "NaCl": 1, "ClF3": 3, "cyclobutane": 12,
}  # fmt: skip


@pytest.mark.parametrize(("name", "many"), BONDS.items())
def test_molecules_have_the_bonds_a_chemist_draws(name: str, many: int) -> None:
    assert len(find_bonds(of(molecule(name)))) == many


CRYSTALS = [
    ("Li", {}, 8), ("Fe", {}, 8), ("W", {}, 8), ("Na", {}, 8), ("K", {}, 8), ("Cu", {}, 12), ("Al", {}, 12), ("Au", {}, 12), ("Ti", {}, 12),
    ("Si", {}, 4), ("C", {}, 4), ("NaCl", {"crystalstructure": "rocksalt", "a": 5.64}, 6),
    ("KBr", {"crystalstructure": "rocksalt", "a": 6.6}, 6),
    ("CsCl", {"crystalstructure": "cesiumchloride", "a": 4.123}, 8), ("ZnS", {"crystalstructure": "zincblende", "a": 5.41}, 4),
    ("CaF2", {"crystalstructure": "fluorite", "a": 5.463}, None), ("Ar", {"crystalstructure": "fcc", "a": 5.26}, 0),
]  # fmt: skip


@pytest.mark.parametrize(("name", "how", "neighbours"), CRYSTALS)
def test_crystals_have_their_coordination_numbers(name: str, how: dict[str, object], neighbours: int | None) -> None:
    structure = of(bulk(name, **how))
    bonds = find_bonds(structure)
    degree = np.bincount(bonds.i, minlength=len(structure)) + np.bincount(bonds.j, minlength=len(structure))
    if neighbours is None:
        assert degree.tolist() == [8, 4, 4]
    else:
        assert (degree == neighbours).all()


def test_every_bond_once_with_its_shift() -> None:
    structure = of(bulk("NaCl", "rocksalt", 5.64))
    bonds = find_bonds(structure)
    np.testing.assert_allclose(bonds.lengths(structure), 2.82)
    keys = {(int(i), int(j), *map(int, s)) for i, j, s in zip(bonds.i, bonds.j, bonds.shifts, strict=True)}
    assert len(keys) == len(bonds) == 6


def test_a_person_edits_cutoffs() -> None:
    ethanol = of(molecule("CH3CH2OH"))
    assert longest_bonds(ethanol, find_bonds(ethanol)) == {"O-H": 1.115, "C-H": 1.23, "C-C": 1.748, "C-O": 1.633}
    assert len(find_bonds(ethanol, cutoffs={"H-C": 0.0})) == 3
    assert len(find_bonds(ethanol, cutoffs={"C-O": 3.0})) == 9
    assert len(find_bonds(ethanol, cutoffs={"Fe-O": 3.0})) == 8
    iron = of(bulk("Fe"))
    assert len(find_bonds(iron, cutoffs={"Fe-Fe": 3.0})) == 7
    for wrong in ({"C": 1.0}, {"C-Qq": 1.0}, {"C-C": -1.0}, {"C-C": float("nan")}):
        with pytest.raises(UserError):
            find_bonds(ethanol, cutoffs=wrong)


def test_pair_names() -> None:
    assert [pair_name(*p) for p in ((1, 6), (8, 6), (17, 11), (8, 1), (1, 1))] == ["C-H", "C-O", "Na-Cl", "O-H", "H-H"]


def test_single_bonds_added_and_removed() -> None:
    water = of(molecule("H2O"))
    more = find_bonds(water, added=[(2, 1)])
    assert (more.i.tolist()[-1], more.j.tolist()[-1], len(more)) == (1, 2, 3)
    assert len(find_bonds(water, added=[(0, 1)])) == 2
    assert len(find_bonds(water, removed=[(1, 0)])) == 1
    copper = of(bulk("Cu"))
    assert len(find_bonds(copper, removed=[(0, 0, 0, 0, -1)])) == 5
    with pytest.raises(UserError, match="no pair"):
        find_bonds(water, added=[(0, 9)])
    with pytest.raises(UserError, match="two atoms"):
        find_bonds(water, added=[(0, 1, 2)])


def test_a_bond_through_the_boundary_is_drawn_as_two_halves() -> None:
    cell = np.diag([10.0, 10.0, 10.0])
    pair = Structure(np.array([6, 8], np.int32), np.array([[0.5, 5, 5], [9.5, 5, 5]]), cell, (True, True, True))
    pieces = bond_pieces(pair, find_bonds(pair))
    assert pieces.atoms.tolist() == [0, 1]
    np.testing.assert_allclose(pieces.ends[:, 0], [0.0, 10.0])
    assert len(bond_pieces(pair, find_bonds(pair), stubs=False)) == 0


def test_a_bond_inside_meets_in_the_middle() -> None:
    water = of(molecule("H2O"))
    pieces = bond_pieces(water, find_bonds(water))
    np.testing.assert_allclose(pieces.ends[:2], pieces.ends[2:])
    np.testing.assert_allclose(pieces.starts, water.positions[pieces.atoms])


def test_images_complete_the_bonds_of_a_drawn_cell() -> None:
    salt = of(bulk("NaCl", "rocksalt", 5.64, cubic=True))
    copies = image_atoms(salt)
    pieces = bond_pieces(salt, find_bonds(salt), copies, stubs=False)
    drawn = np.concatenate([salt.positions, copies.positions(salt)])
    ends = 2 * pieces.ends - pieces.starts
    for point in ends:
        assert np.linalg.norm(drawn - point, axis=1).min() < 1e-9
    apart = np.linalg.norm(drawn[:, None] - drawn[None], axis=-1)
    assert len(pieces) == np.count_nonzero((apart > 0.1) & (apart < 2.9)) == 2 * 54


def test_disorder_and_a_hundred_thousand_atoms() -> None:
    copper = repeat(of(bulk("Cu", cubic=True)), (29, 29, 30))
    shaken = Structure(
        copper.numbers, copper.positions + np.random.default_rng(0).normal(0, 0.03, copper.positions.shape), copper.cell, copper.pbc
    )
    find_bonds(of(bulk("Cu")))
    began = time.perf_counter()
    bonds = find_bonds(shaken)
    took = time.perf_counter() - began
    assert len(bonds) == 6 * len(shaken)
    assert took < 3.0  # 0.25 s on an idle core


def test_nothing() -> None:
    assert len(find_bonds(Structure(np.zeros(0, np.int32), np.zeros((0, 3))))) == 0
    assert len(bond_pieces(of(molecule("H")), find_bonds(of(molecule("H"))))) == 0

from __future__ import annotations

import itertools

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111
from ase.geometry import find_mic

from e3viz.atoms.structure import Structure
from e3viz.atoms.supercell import cell_edges, fractional, image_atoms, minimum_image, repeat, wrap
from e3viz.errors import UserError


def of(atoms: Atoms, **more: object) -> Structure:
    return Structure(
        atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc), **more
    )


def test_a_supercell_equals_ases_and_claims_no_energy() -> None:
    quartzlike = bulk("ZnS", "wurtzite", 3.82)
    forces = np.arange(12.0).reshape(4, 3)
    values = {"energy": -3.0, "stress": np.eye(3), "dipole": np.ones(3), "comment": "made"}
    big = repeat(of(quartzlike, arrays={"forces": forces}, values=values), (2, 1, 3))
    expected = quartzlike.repeat((2, 1, 3))
    np.testing.assert_allclose(big.positions, expected.positions)
    np.testing.assert_allclose(big.cell, expected.cell[:])
    np.testing.assert_array_equal(big.numbers, expected.numbers)
    np.testing.assert_array_equal(big.arrays["forces"], np.tile(forces, (6, 1)))
    assert sorted(big.values) == ["comment", "stress"]


def test_repeating_what_has_no_cell() -> None:
    water = of(Atoms("OH2", positions=np.eye(3)))
    assert repeat(water, (1, 1, 1)) is water
    with pytest.raises(UserError, match="lattice vector b"):
        repeat(water, (1, 2, 1))
    with pytest.raises(UserError, match="at least once"):
        repeat(water, (0, 1, 1))
    with pytest.raises(UserError, match="would have"):
        repeat(of(bulk("Cu")), (1000, 1000, 1000))


def test_edges_of_cells_are_lines_shared_by_neighbours() -> None:
    copper = of(bulk("Cu"))
    starts, ends = cell_edges(copper)
    assert len(starts) == 12
    lengths = np.linalg.norm(ends - starts, axis=1)
    np.testing.assert_allclose(np.sort(lengths), np.sort(np.repeat(np.linalg.norm(copper.cell, axis=1), 4)))
    starts, ends = cell_edges(copper, (2, 3, 1))
    assert len(starts) == 4 * 2 + 3 * 2 + 3 * 4
    assert len(cell_edges(of(Atoms("H")))[0]) == 0
    slab = of(fcc111("Cu", (1, 1, 2)))
    assert len(cell_edges(slab)[0]) == (12 if np.any(slab.cell[2]) else 4)


@pytest.mark.parametrize("pbc", list(itertools.product((False, True), repeat=3)))
def test_the_minimum_image_is_the_shortest_of_all_even_in_very_skew_cells(pbc: tuple[bool, bool, bool]) -> None:
    rng = np.random.default_rng(3)
    reach = [range(-most, most + 1) if periodic else (0,) for periodic, most in zip(pbc, (40, 10, 4), strict=True)]
    all_shifts = np.array(list(itertools.product(*reach)))
    for cell in ([[3.0, 0, 0], [7.9, 1.1, 0], [-5.0, 4.0, 2.0]], [[4, 0, 0], [2, 3.4, 0], [2, 1.1, 3.2]], np.diag([2.0, 5.0, 9.0])):
        structure = Structure(np.ones(1, np.int32), np.zeros((1, 3)), np.array(cell, dtype=float), pbc)
        vectors = rng.normal(size=(25, 3)) * 2
        ours, shifts = minimum_image(structure, vectors)
        every = np.linalg.norm(vectors[:, None] + all_shifts @ structure.cell, axis=-1).min(axis=1)
        np.testing.assert_allclose(np.linalg.norm(ours, axis=1), every, atol=1e-9)
        np.testing.assert_allclose(vectors + shifts @ structure.cell, ours, atol=1e-9)
        if all(pbc):
            np.testing.assert_allclose(np.linalg.norm(ours, axis=1), find_mic(vectors, structure.cell, pbc)[1], atol=1e-9)


def test_wrapping_goes_only_along_periodic_directions() -> None:
    cell = np.array([[4.0, 0, 0], [1.0, 3.0, 0], [0, 0, 5.0]])
    positions = np.array([[9.0, 1.0, 12.0], [-0.5, -0.5, -0.5], [4.0, 0.0, 0.0]])
    wrapped = wrap(Structure(np.ones(3, np.int32), positions, cell, (True, True, False)))
    fractions = fractional(wrapped)
    assert (fractions[:, :2] > -1e-9).all()
    assert (fractions[:, :2] < 1.0).all()
    np.testing.assert_allclose(wrapped.positions[:, 2], positions[:, 2])
    np.testing.assert_allclose(wrapped.positions[2], 0.0, atol=1e-9)
    back = Atoms("H3", positions=positions, cell=cell, pbc=(True, True, False))
    back.wrap(eps=1e-7)
    np.testing.assert_allclose(wrapped.positions, back.positions, atol=1e-9)


def test_images_of_atoms_at_corner_edge_face_and_inside() -> None:
    positions = np.array([[0.0, 0, 0], [2.0, 0, 0], [2.0, 2.0, 0.0], [2.0, 2.0, 2.0], [4.0, 2.0, 2.0]])
    crystal = Structure(np.arange(1, 6, dtype=np.int32), positions, np.eye(3) * 4.0, (True, True, True))
    copies = image_atoms(crystal)
    assert np.bincount(copies.atoms, minlength=5).tolist() == [7, 3, 1, 0, 1]
    np.testing.assert_allclose(copies.positions(crystal)[copies.atoms == 4], [[0.0, 2.0, 2.0]])
    slab = Structure(crystal.numbers, positions, crystal.cell, (True, True, False))
    assert np.bincount(image_atoms(slab).atoms, minlength=5).tolist() == [3, 1, 0, 0, 1]
    assert len(image_atoms(of(Atoms("H"))).atoms) == 0

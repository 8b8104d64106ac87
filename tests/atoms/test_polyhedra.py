from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.spacegroup import crystal

from e3viz.atoms.polyhedra import Polyhedra, polyhedra
from e3viz.atoms.structure import Structure
from e3viz.atoms.supercell import image_atoms
from e3viz.errors import UserError


def of(atoms: Atoms) -> Structure:
    return Structure(atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc))


def _volume(mesh: Polyhedra, about: np.ndarray) -> float:
    a, b, c = (mesh.points[mesh.faces[:, k]] - about for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


PEROVSKITE = of(crystal(["Sr", "Ti", "O"], [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)], spacegroup=221, cellpar=[3.905] * 3 + [90] * 3))


def test_the_octahedron_of_a_perovskite() -> None:
    mesh = polyhedra(PEROVSKITE)
    titanium = int(np.flatnonzero(PEROVSKITE.numbers == 22)[0])
    assert mesh.coordination == {titanium: 6}
    assert (len(mesh.points), len(mesh.faces), len(mesh.edges)) == (6, 8, 12)
    assert _volume(mesh, PEROVSKITE.positions[titanium]) == pytest.approx(4.0 / 3.0 * (3.905 / 2.0) ** 3)
    assert set(mesh.centres.tolist()) == {titanium}


def test_the_cuboctahedron_has_no_diagonals() -> None:
    mesh = polyhedra(PEROVSKITE, ["Sr"])
    assert list(mesh.coordination.values()) == [12]
    assert len(mesh.edges) == 24
    assert len(mesh.faces) == 8 + 2 * 6


def test_the_tetrahedron_of_quartz_and_the_cube_of_caesium_chloride() -> None:
    quartz = of(
        crystal(["Si", "O"], [(0.4697, 0, 2 / 3), (0.4135, 0.2669, 0.7858)], spacegroup=154, cellpar=[4.916, 4.916, 5.4054, 90, 90, 120])
    )
    mesh = polyhedra(quartz)
    assert set(mesh.coordination.values()) == {4}
    assert len(mesh.faces) == 3 * 4
    cube = polyhedra(of(bulk("CsCl", "cesiumchloride", 4.123)), ["Cs"])
    assert (len(cube.edges), len(cube.faces)) == (12, 12)
    assert _volume(cube, np.zeros(3)) == pytest.approx(4.123**3)


def test_copies_of_centres_are_drawn_as_well() -> None:
    salt = of(bulk("NaCl", "rocksalt", 5.64, cubic=True))
    plain = polyhedra(salt, ["Na"])
    whole = polyhedra(salt, ["Na"], copies=image_atoms(salt))
    assert len(plain.faces) == 8 * 4
    assert len(whole.faces) == 8 * 14


def test_where_there_is_no_polyhedron() -> None:
    assert len(polyhedra(of(molecule("BF3")), ["B"]).faces) == 0
    assert len(polyhedra(of(molecule("C6H6"))).faces) == 0
    assert len(polyhedra(of(molecule("CH4")), ["C"]).faces) == 4
    flat = Atoms("PtF4", [[0, 0, 0], [1.9, 0, 0], [-1.9, 0, 0], [0, 1.9, 0], [0, -1.9, 0]])
    assert len(polyhedra(of(flat)).faces) == 0
    only = polyhedra(PEROVSKITE, np.zeros(5, dtype=bool))
    assert only.points.shape == (0, 3)
    for wrong in (["Qq"], np.zeros(3, dtype=bool)):
        with pytest.raises(UserError):
            polyhedra(PEROVSKITE, wrong)

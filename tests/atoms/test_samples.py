from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.io import read

from e3viz.atoms.bonds import find_bonds
from e3viz.atoms.elements import formula
from e3viz.atoms.groups import describe
from e3viz.atoms.samples import SAMPLES, Sample, sample
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "make_samples.py"
EXPECTED = {
    "ethanol": ("C2H6O", "C1"), "water": ("H2O", "C2v"), "methane": ("CH4", "Td"), "benzene": ("C6H6", "D6h"), "c60": ("C60", "Ih"),
    "peptide": ("C30H52N10O11", "C1"), "diamond": ("C8", "Fd-3m"), "rocksalt": ("Na4Cl4", "Fm-3m"), "quartz": ("Si3O6", "P3_221"),
    "perovskite": ("SrTiO3", "Pm-3m"), "ice": ("H144O72", "P1"), "polyethylene": ("C4H8", "Pnma"), "surface": ("Pt36CO", "p3m1"),
}  # fmt: skip


def _structure(atoms: Atoms) -> Structure:
    return Structure(atoms.numbers.astype(np.int32), atoms.positions, np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc))


@pytest.mark.parametrize("known", SAMPLES, ids=lambda s: s.name)
def test_every_sample_is_what_it_says(known: Sample) -> None:
    atoms = read(known.path, index=0)
    structure = _structure(atoms)
    info = describe(structure)
    assert (formula(structure.numbers), info.space_group or info.point_group) == EXPECTED[known.name]
    assert known.path.stat().st_size < 2_000_000
    assert known.title
    assert known.source
    apart = atoms.get_all_distances(mic=True) + 9.0 * np.eye(len(atoms))
    assert apart.min() > 0.9
    if known.name != "ethanol":
        assert atoms.info["source"] == known.source


def test_bonds_of_the_samples_are_those_of_chemistry() -> None:
    degrees = {
        "ice": {1: 1, 8: 2},
        "peptide": {1: 1},
        "polyethylene": {1: 1, 6: 4},
        "quartz": {8: 2, 14: 4},
        "c60": {6: 3},
        "diamond": {6: 4},
    }
    for name, by_element in degrees.items():
        structure = _structure(read(sample(name).path))
        bonds = find_bonds(structure)
        degree = np.bincount(np.concatenate([bonds.i, bonds.j]), minlength=len(structure))
        for z, many in by_element.items():
            assert (degree[structure.numbers == z] == many).all(), name


def test_the_amino_acids_are_left_handed() -> None:
    atoms = read(sample("peptide").path)
    for n in np.flatnonzero(atoms.numbers == 7):
        alpha, carbonyl, beta = atoms.positions[n + 1], atoms.positions[n + 2], atoms.positions[n + 3]
        assert np.dot(atoms.positions[n] - alpha, np.cross(carbonyl - alpha, beta - alpha)) > 2.0


def test_names() -> None:
    assert sample("c60").path.name == "c60.extxyz"
    with pytest.raises(UserError, match="benzene"):
        sample("bensene")


def test_the_script_makes_the_same_files(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_samples", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    for known in SAMPLES[1:]:
        new, bundled = read(tmp_path / known.path.name), read(known.path)
        np.testing.assert_allclose(new.positions, bundled.positions, atol=1e-6)
        np.testing.assert_array_equal(new.numbers, bundled.numbers)

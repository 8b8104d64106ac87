"""Saving: any format, many frames, and never half a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from atoms.made_files import crystal, water

from e3viz.atoms.ase_atoms import from_ase
from e3viz.atoms.reading import load
from e3viz.atoms.structure import Grid, Structure
from e3viz.atoms.writing import save, writable_formats
from e3viz.errors import FileError

NAMES = [
    "x.xyz",
    "x.extxyz",
    "x.cif",
    "POSCAR",
    "XDATCAR",
    "x.pdb",
    "x.traj",
    "x.db",
    "x.lmp",
    "x.cube",
    "x.gen",
    "x.xsf",
    "x.pwi",
    "x.xyz.gz",
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_saved_is_read_again(odd_folder: Path, name: str) -> None:
    structure = from_ase(crystal())
    save(structure, odd_folder / name)
    again = load(odd_folder / name)[0]
    assert again.numbers.tolist() == structure.numbers.tolist()
    # In fractional coordinates, because some formats turn the cell.
    apart = again.positions @ np.linalg.inv(again.cell) - structure.positions @ np.linalg.inv(structure.cell)
    np.testing.assert_allclose(apart - np.round(apart), 0, atol=2e-4)
    assert list(odd_folder.iterdir()) == [odd_folder / name]


def test_frames_keep_what_they_carry(tmp_path: Path) -> None:
    frames = [from_ase(water(seed)) for seed in range(4)]
    for name in ("x.extxyz", "x.traj", "x.db"):
        save(frames, tmp_path / name)
        save(frames, tmp_path / name)  # replaces, never appends
        again = load(tmp_path / name)
        assert len(again) == 4
        np.testing.assert_allclose(again.column("energy"), [f.values["energy"] for f in frames])
        np.testing.assert_allclose(again[2].arrays["forces"], frames[2].arrays["forces"], atol=1e-8)
        np.testing.assert_allclose(again[2].values["dipole"], frames[2].values["dipole"], atol=1e-8)


def test_a_field_survives_a_cube(tmp_path: Path) -> None:
    field = np.random.default_rng(0).normal(size=(3, 4, 5))
    source = from_ase(crystal())
    grid = Grid(np.zeros(3), source.cell / np.array([[3], [4], [5]]), field)
    save(Structure(source.numbers, source.positions, source.cell, source.pbc, values={"volume:a": grid}), tmp_path / "x.cube")
    np.testing.assert_allclose(load(tmp_path / "x.cube")[0].values["volume:field"].values, field, rtol=1e-5)


def test_mistakes_are_sentences_and_leave_the_old_file(tmp_path: Path) -> None:
    two = [from_ase(crystal(seed)) for seed in range(2)]
    save(two[0], tmp_path / "x.gen")
    before = (tmp_path / "x.gen").read_bytes()
    with pytest.raises(FileError, match="can hold one structure, and there are 2"):
        save(two, tmp_path / "x.gen")
    with pytest.raises(FileError, match="no format"):
        save(two, tmp_path / "x.nonsense")
    with pytest.raises(FileError, match="no structures"):
        save([], tmp_path / "x.xyz")
    with pytest.raises(FileError, match="could not be written"):
        save(two[0], tmp_path / "missing" / "x.xyz")
    with pytest.raises(FileError, match="could not be written as vasp"):
        save(from_ase(water()), tmp_path / "POSCAR")
    assert (tmp_path / "x.gen").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["x.gen"]


def test_the_list_of_formats_is_long_and_named() -> None:
    formats = writable_formats()
    assert {"extxyz", "cif", "vasp", "proteindatabank", "traj", "db", "lammps-data"} <= set(formats)
    assert not {"py", "png", "html"} & set(formats)

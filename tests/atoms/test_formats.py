"""Every format against ASE: written with ASE, read by both, the same atoms, cells, energies, forces and stresses."""

from __future__ import annotations

import gzip
import warnings
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms

from e3viz.atoms.ase_atoms import from_ase, to_ase
from e3viz.atoms.reading import load
from e3viz.atoms.structure import Structure


def crystal(seed: int = 0) -> Atoms:
    random = np.random.default_rng(seed)
    atoms = bulk("NaCl", "rocksalt", a=5.64).repeat((2, 1, 1))
    atoms.set_cell(atoms.cell[:] @ (np.eye(3) + 0.02 * random.normal(size=(3, 3))), scale_atoms=True)
    atoms.rattle(0.1, seed=seed)
    return atoms


def labelled(atoms: Atoms, seed: int = 0) -> Atoms:
    random = np.random.default_rng(seed)
    stress = random.normal(size=6) * 1e-3 if atoms.pbc.all() else None
    results = {"energy": -3.5 - seed, "forces": random.normal(size=(len(atoms), 3)), "stress": stress}
    atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def same(ours: Structure, theirs: Atoms, tolerance: float = 1e-12) -> None:
    assert ours.numbers.tolist() == theirs.numbers.tolist()
    np.testing.assert_allclose(ours.positions, theirs.positions, atol=tolerance)
    np.testing.assert_allclose(ours.cell, theirs.cell[:], atol=tolerance)
    assert list(ours.pbc) == theirs.pbc.tolist()
    results: dict[str, Any] = getattr(theirs.calc, "results", None) or {}
    if results.get("energy") is not None:
        assert ours.values["energy"] == pytest.approx(results["energy"], rel=1e-14)
    if results.get("forces") is not None:
        np.testing.assert_allclose(ours.arrays["forces"], results["forces"], atol=1e-12)
    if results.get("stress") is not None:
        np.testing.assert_allclose(ours.values["stress"], theirs.get_stress(voigt=False), atol=1e-15)


PERIODIC = [
    "extxyz",
    "cif",
    "vasp",
    "vasp-xdatcar",
    "proteindatabank",
    "traj",
    "db",
    "json",
    "lammps-data",
    "cube",
    "xsf",
    "gen",
    "res",
    "cfg",
    "espresso-in",
]
NAMES = {
    "vasp": "POSCAR",
    "vasp-xdatcar": "XDATCAR",
    "proteindatabank": "x.pdb",
    "lammps-data": "x.lmp",
    "espresso-in": "x.pwi",
    "extxyz": "x.xyz",
}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("kind", PERIODIC)
def test_a_crystal_reads_as_ase_reads_it(tmp_path: Path, kind: str, packed: bool) -> None:
    path = tmp_path / NAMES.get(kind, f"x.{kind}")
    atoms = labelled(crystal()) if kind in ("extxyz", "traj", "db", "json") else crystal()
    options = {"pseudopotentials": {"Na": "na.upf", "Cl": "cl.upf"}} if kind == "espresso-in" else {}
    ase.io.write(path, atoms, format=kind, **options)
    theirs = ase.io.read(path, format=kind)
    if packed:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_name(path.name + ".gz")
    trajectory = load(path)
    assert trajectory.format == kind
    assert len(trajectory) == 1
    same(trajectory[0], theirs)


@pytest.mark.parametrize("kind", ["extxyz", "traj", "db", "vasp-xdatcar", "proteindatabank", "xsf"])
def test_many_frames(tmp_path: Path, kind: str) -> None:
    frames = [crystal(seed) if kind in ("vasp-xdatcar", "proteindatabank") else labelled(crystal(seed), seed) for seed in range(5)]
    if kind in ("vasp-xdatcar", "proteindatabank"):
        for atoms in frames:
            atoms.set_cell(frames[0].cell, scale_atoms=True)
    path = tmp_path / NAMES.get(kind, f"x.{kind}")
    if kind == "db":
        from ase.db import connect

        with connect(path) as database:
            for atoms in frames:
                database.write(atoms, colour="red", rank=2.5)
    else:
        ase.io.write(path, frames, format=kind)
    trajectory, theirs = load(path), ase.io.read(path, ":", format=kind)
    assert len(trajectory) == 5
    for ours, other in zip(trajectory, theirs, strict=True):
        same(ours, other)
    if kind in ("extxyz", "traj", "db"):
        np.testing.assert_allclose(trajectory.column("energy"), [-3.5, -4.5, -5.5, -6.5, -7.5])
        largest = [np.linalg.norm(atoms.get_forces(), axis=1).max() for atoms in theirs]
        np.testing.assert_allclose(trajectory.column("max_force"), largest)
    if kind == "db":
        assert trajectory[3].values["colour"] == "red"
        assert trajectory.column("rank").tolist() == [2.5] * 5


def test_extended_xyz_keeps_every_kind_of_column_and_value(tmp_path: Path) -> None:
    atoms = molecule("CH3CH2OH")
    count = len(atoms)
    atoms.set_array("flag", np.arange(count) % 2 == 0)
    atoms.set_array("chain", np.array([f"a rather long name {i}".replace(" ", "_") for i in range(count)]))
    atoms.set_array("index", np.arange(count) * 10**8)
    atoms.set_array("tensor", np.random.default_rng(1).normal(size=(count, 9)))
    atoms.set_initial_charges(np.linspace(-1, 1, count))
    atoms.set_velocities(np.random.default_rng(2).normal(size=(count, 3)) * 0.01)
    atoms.info.update(text="two words", number=3, fine=True, three=np.array([1.5, 2.5, 3.5]), nested={"a": [1, 2]}, quote='say "so"')
    path = tmp_path / "all.xyz"
    ase.io.write(path, atoms, format="extxyz")
    ours, theirs = load(path)[0], ase.io.read(path)
    same(ours, theirs)
    for name in ("flag", "index", "tensor", "chain"):
        assert ours.arrays[name].tolist() == theirs.arrays[name].tolist()
    np.testing.assert_allclose(ours.arrays["charges"], theirs.get_initial_charges())
    np.testing.assert_allclose(ours.arrays["velocities"], theirs.get_velocities() * ase.units.fs, rtol=1e-6)
    assert ours.values["text"] == "two words"
    assert ours.values["number"] == 3
    assert ours.values["fine"] is True
    assert ours.values["quote"] == 'say "so"'
    assert ours.values["three"].tolist() == [1.5, 2.5, 3.5]


def test_plain_xyz_takes_any_comment_and_any_spelling(tmp_path: Path) -> None:
    path = tmp_path / "plain.xyz"
    path.write_bytes(b"  3  \r\nit's a {test} = yes \"no\r\n8 0 0 1.0D-1 9 9\r\nh 0.9 0 0\r\nD1 0 0.9 0\r\n\r\n\r\n")
    structure = load(path)[0]
    assert structure.numbers.tolist() == [8, 1, 1]
    assert structure.positions[0, 2] == 0.1
    path = tmp_path / "words.xyz"
    path.write_text("1\nwater from a tap\nX 0 0 0")
    assert load(path)[0].values == {"comment": "water from a tap"}
    assert load(path)[0].numbers.tolist() == [0]


DUMP = """ITEM: UNITS
{units}
ITEM: TIMESTEP
{step}
ITEM: NUMBER OF ATOMS
3
ITEM: BOX BOUNDS {tilt}pp pp ff
{box}
ITEM: ATOMS id type {columns}
2 1 {second}
1 8 {first}
3 1 {third}
"""


@pytest.mark.parametrize("scaled", ["", "s"])
@pytest.mark.parametrize("tilted", [False, True])
def test_lammps_dump_reads_as_ase_reads_it(tmp_path: Path, scaled: str, tilted: bool) -> None:
    box = "0 10.5 1.2\n0 9 0.4\n0 8 -0.3" if tilted else "0 10\n0 9\n0 8"
    text = DUMP.removeprefix("ITEM: UNITS\n{units}\n").format(
        step=7,
        tilt="xy xz yz " if tilted else "",
        box=box,
        columns=f"x{scaled} y{scaled} z{scaled} vx vy vz fx fy fz q c_pe",
        first="0.1 0.2 0.3 1 2 3 0.1 0.2 0.3 -1 5.5",
        second="0.4 0.5 0.6 4 5 6 0.4 0.5 0.6 0.5 6.5",
        third="0.7 0.8 0.9 7 8 9 0.7 0.8 0.9 0.5 7.5",
    )
    path = tmp_path / "x.dump"
    path.write_text(text + text.replace("\n7\n", "\n8\n"))
    trajectory, theirs = load(path), ase.io.read(path, ":", format="lammps-dump-text")
    assert len(trajectory) == len(theirs) == 2
    ours, other = trajectory[1], theirs[1]
    corner = 0 if scaled else other.get_celldisp().ravel()  # ASE leaves scaled positions at the origin, as they are here
    np.testing.assert_allclose(ours.positions, other.positions - corner, atol=1e-12)
    np.testing.assert_allclose(ours.cell, other.cell[:], atol=1e-12)
    assert ours.numbers.tolist() == other.numbers.tolist()
    assert list(ours.pbc) == other.pbc.tolist()
    np.testing.assert_allclose(ours.arrays["forces"], other.get_forces())
    np.testing.assert_allclose(ours.arrays["velocities"], other.get_velocities() * ase.units.fs, rtol=1e-6)
    np.testing.assert_allclose(ours.arrays["charges"], other.get_initial_charges())
    assert ours.arrays["c_pe"].tolist() == [5.5, 6.5, 7.5]
    assert trajectory.column("timestep").tolist() == [7, 8]


def test_lammps_dump_in_real_units_and_off_the_origin(tmp_path: Path) -> None:
    path = tmp_path / "x.dump"
    path.write_text(
        DUMP.format(
            units="real", step=0, tilt="", box="-5 5\n-1 8\n0 8", columns="element x y z fx fy fz", first="O -5 -1 0 23.0605 0 0",
            second="H 0 0 0 0 0 0", third="H 1 1 1 0 0 0",
        )
    )  # fmt: skip
    structure = load(path)[0]
    assert structure.numbers.tolist() == [8, 1, 1]
    np.testing.assert_allclose(structure.positions[0], 0)
    np.testing.assert_allclose(structure.arrays["forces"][0, 0], 1.0, rtol=1e-4)
    assert structure.values["origin"].tolist() == [-5, -1, 0]
    path.write_text(path.read_text().replace("ITEM: TIMESTEP", "ITEM: TIME\n0.125\nITEM: TIMESTEP") * 2)
    assert load(path).column("time").tolist() == [0.125, 0.125]


def test_cube_keeps_its_field(tmp_path: Path) -> None:
    from ase.io.cube import read_cube as ase_read_cube
    from ase.io.cube import write_cube

    atoms, field = crystal(), np.random.default_rng(0).normal(size=(4, 5, 7))
    path = tmp_path / "x.cube"
    with path.open("w") as stream:
        write_cube(stream, atoms, field, comment="a density")
    structure = load(path)[0]
    grid = structure.values["volume:field"]
    with path.open() as stream:
        theirs = ase_read_cube(stream, read_data=True)
    np.testing.assert_allclose(grid.values, theirs["data"])
    np.testing.assert_allclose(grid.axes * np.array([[4], [5], [7]]), atoms.cell[:], rtol=1e-5, atol=1e-5)
    assert grid.origin.tolist() == [0, 0, 0]


def test_cube_of_orbitals_off_the_origin(tmp_path: Path) -> None:
    path = tmp_path / "orbitals.cub"
    values = np.arange(2 * 2 * 3 * 2)
    lines = "\n".join(" ".join(f"{v:.5E}" for v in values[i : i + 5]) for i in range(0, len(values), 5))
    path.write_text(f"title\ncomment\n-1 -1.0 -1.0 -1.0\n2 1.0 0 0\n2 0 1.0 0\n3 0 0 1.0\n1 0.0 0.5 0.5 0.5\n2 6 7\n{lines}\n")
    structure = load(path)[0]
    grid = structure.values["volume:orbital 7"]
    assert grid.values.shape == (2, 2, 3)
    assert grid.values[1, 0, 2] == values.reshape(2, 2, 3, 2)[1, 0, 2, 1]
    np.testing.assert_allclose(grid.origin, -ase.units.Bohr)
    assert not structure.periodic


@pytest.mark.parametrize("name", ["rmd17_ethanol_test_01.npz", "rmd17_aspirin_train_01.npz"])
def test_revised_md17(shared_data: Path, name: str) -> None:
    trajectory = load(shared_data / "rmd17" / name)
    with np.load(shared_data / "rmd17" / name) as data:
        frame = len(data["energies"]) // 2
        np.testing.assert_allclose(trajectory.column("energy"), data["energies"] * ase.units.kcal / ase.units.mol)
        np.testing.assert_allclose(trajectory[frame].arrays["forces"], data["forces"][frame] * ase.units.kcal / ase.units.mol)
        np.testing.assert_allclose(trajectory[frame].positions, data["coords"][frame])
        largest = np.linalg.norm(trajectory[frame].arrays["forces"], axis=1).max()
    assert trajectory.column("max_force")[frame] == pytest.approx(largest)


def test_pickled_archives_are_refused(tmp_path: Path) -> None:
    from e3viz.errors import FileError

    np.savez(tmp_path / "x.npz", z=np.array([1, {"a": 1}], dtype=object), R=np.zeros((1, 2, 3)))
    with pytest.raises(FileError, match="never read"):
        load(tmp_path / "x.npz")


def test_the_stress_of_mlearn_is_the_slope_of_its_energies(shared_data: Path) -> None:
    """V σ:ε between strained cells with the same fractional coordinates is their difference in energy."""
    strained = [s for s in load(shared_data / "mlearn" / "Si" / "training.json") if s.values["group"] == "Elastic"]
    expected, found = [], []
    for i, one in enumerate(strained):
        for other in strained[i + 1 :]:
            if len(one) != len(other):
                continue
            apart = one.positions @ np.linalg.inv(one.cell) - other.positions @ np.linalg.inv(other.cell)
            change = np.linalg.solve(one.cell, other.cell) - np.eye(3)
            if np.abs(apart - np.round(apart)).max() > 2e-3 or np.abs(change).max() > 0.05:
                continue
            volume = (abs(np.linalg.det(one.cell)) + abs(np.linalg.det(other.cell))) / 2
            expected.append(volume * ((one.values["stress"] + other.values["stress"]) / 2 * (change + change.T) / 2).sum())
            found.append(other.values["energy"] - one.values["energy"])
    assert len(found) > 100
    assert np.corrcoef(expected, found)[0, 1] > 0.99
    assert np.polyfit(expected, found, 1)[0] == pytest.approx(1.0, abs=0.05)


def test_frames_survive_the_way_to_ase_and_back() -> None:
    atoms = labelled(crystal())
    atoms.set_velocities(np.ones((len(atoms), 3)))
    atoms.set_constraint(FixAtoms([1]))
    atoms.info["name"] = "salt"
    ours = from_ase(atoms)
    back = from_ase(to_ase(ours))
    assert sorted(back.arrays) == sorted(ours.arrays)
    for name, array in ours.arrays.items():
        np.testing.assert_allclose(back.arrays[name], array, rtol=1e-12)
    assert back.values.keys() == ours.values.keys()
    np.testing.assert_allclose(back.values["stress"], ours.values["stress"])


def test_reading_warns_of_nothing(tmp_path: Path) -> None:
    ase.io.write(tmp_path / "x.cif", crystal())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(tmp_path / "x.cif")

"""Outputs of programs: every frame with its energy, forces, stress and dipole in eV and Å; what is cut off is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.units import Bohr, Hartree
from atoms.made_files import crystal, gaussian, lammps_dump, mlearn, orca, outcar, vasprun, water

from e3viz.atoms.reading import load

PROGRAMS = [
    ("OUTCAR", outcar, crystal, "vasp-out"),
    ("vasprun.xml", vasprun, crystal, "vasp-xml"),
    ("optimise.out", orca, water, "orca-output"),
    ("optimise.log", gaussian, water, "gaussian-out"),
    ("frames.lammpstrj", lammps_dump, crystal, "lammps-dump-text"),
    ("data.json", mlearn, crystal, "mlearn"),
]
Maker, Make = Callable[[Sequence[Atoms]], str], Callable[[int], Atoms]


@pytest.mark.parametrize(("name", "maker", "make", "kind"), PROGRAMS, ids=[p[3] for p in PROGRAMS])
def test_every_frame_with_its_results(tmp_path: Path, name: str, maker: Maker, make: Make, kind: str) -> None:
    frames = [make(seed) for seed in range(3)]
    (tmp_path / name).write_text(maker(frames))
    trajectory = load(tmp_path / name)
    assert trajectory.format == kind
    assert len(trajectory) == 3
    for ours, theirs in zip(trajectory, frames, strict=True):
        assert ours.numbers.tolist() == theirs.numbers.tolist()
        np.testing.assert_allclose(ours.positions, theirs.positions, atol=2e-6)
        np.testing.assert_allclose(ours.arrays["forces"], theirs.get_forces(), atol=1e-6)
        if kind == "lammps-dump-text":
            continue
        assert ours.values["energy"] == pytest.approx(theirs.get_potential_energy(), abs=1e-6)
        if "stress" in theirs.calc.results:
            np.testing.assert_allclose(ours.values["stress"], theirs.get_stress(voigt=False), atol=1e-8)
        if kind == "orca-output":
            np.testing.assert_allclose(ours.values["dipole"], theirs.get_dipole_moment(), atol=1e-6)


def test_orca_reads_as_ase_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "run.out"
    path.write_text(orca([water(0)]))
    ours, theirs = load(path)[0], ase.io.read(path, format="orca-output")
    np.testing.assert_allclose(ours.positions, theirs.positions)
    np.testing.assert_allclose(ours.arrays["forces"], theirs.get_forces(), rtol=1e-12)
    assert ours.values["energy"] == pytest.approx(theirs.get_potential_energy(), rel=1e-14)


@pytest.mark.parametrize(("name", "maker", "make", "kind"), PROGRAMS[:5], ids=[p[3] for p in PROGRAMS[:5]])
def test_a_run_that_goes_on_shows_what_it_has(tmp_path: Path, name: str, maker: Maker, make: Make, kind: str) -> None:
    whole = maker([make(seed) for seed in range(4)])
    (tmp_path / name).write_text(whole[: int(len(whole) * 0.6)])
    assert 2 <= len(load(tmp_path / name)) <= 3


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("CARTESIAN GRADIENT (NUMERICAL)\n------------------------------\n", "{n:4d}   {s:<2}:   {x:14.9f} {y:14.9f} {z:14.9f}\n"),
        ("The cartesian gradient:\n", "{n:4d}   {s:<2} :   {x:14.9f} {y:14.9f} {z:14.9f}\n"),
        ("The final MP2 gradient\n", "{m:3d}:   {x:.8f}  {y:.8f}  {z:.8f}\n"),
    ],
)
def test_gradients_of_orca_under_all_its_headings(tmp_path: Path, heading: str, row: str) -> None:
    atoms = water(0)
    before, _, after = orca([atoms]).partition("CARTESIAN GRADIENT\n")
    rows = zip(atoms.get_chemical_symbols(), -atoms.get_forces() / Hartree * Bohr, strict=True)
    table = "".join(row.format(n=k + 1, m=k, s=s, x=x, y=y, z=z) for k, (s, (x, y, z)) in enumerate(rows))
    (tmp_path / "run.out").write_text(f"{before}{heading}{table}\n")
    assert after
    np.testing.assert_allclose(load(tmp_path / "run.out")[0].arrays["forces"], atoms.get_forces(), atol=1e-6)


def test_an_outcar_of_any_name(tmp_path: Path) -> None:
    (tmp_path / "relaxed.log").write_text(outcar([crystal(0)]))
    assert load(tmp_path / "relaxed.log").format == "vasp-out"


def test_forces_of_gaussian_in_another_orientation_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "sp.log"
    log = gaussian([water(0)])
    path.write_text(log.replace("Input orientation:", "Standard orientation:"))
    trajectory = load(path)
    assert "forces" not in trajectory[0].arrays and "energy" in trajectory[0].values
    assert "input orientation" in trajectory.notes[0]
    start, stop = log.index("   Input orientation:"), log.index(" SCF Done")
    path.write_text(log[:stop] + log[start:stop].replace("Input", "Standard") + log[stop:])
    assert "forces" in load(path)[0].arrays and not load(path).notes

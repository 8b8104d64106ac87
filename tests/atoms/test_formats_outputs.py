"""Outputs of programs: every frame with its energy, forces, stress and dipole in eV and Å; what is cut off is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import Atoms
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

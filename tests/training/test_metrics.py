"""Errors against what they are by definition."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.atoms.structure import Structure
from e3viz.potentials.contract import Prediction
from e3viz.training.metrics import errors, lines, parity


def pair(random: np.random.Generator, n: int, labels: str) -> tuple[Structure, Prediction]:
    force, stress = random.normal(size=(n, 3)), random.normal(size=(3, 3))
    values = {"energy": float(random.normal())} if "e" in labels else {}
    values |= {"stress": stress} if "s" in labels else {}
    arrays = {"forces": force} if "f" in labels else {}
    structure = Structure(np.ones(n, dtype=np.int32), random.normal(size=(n, 3)), arrays=arrays, values=values)
    said = Prediction(float(random.normal()), random.normal(size=n), random.normal(size=(n, 3)), random.normal(size=(3, 3)))
    return structure, said


def test_errors_are_what_they_are_by_definition() -> None:
    random = np.random.default_rng(0)
    structures, said = zip(*[pair(random, n, labels) for n, labels in ((2, "efs"), (7, "ef"), (4, "e"), (5, "fs"))], strict=True)
    found = errors(structures, said)
    energy = [(one.energy - s.values["energy"], len(s)) for s, one in zip(structures, said, strict=True) if "energy" in s.values]
    per_atom = np.array([off / n for off, n in energy])
    force = np.concatenate(
        [(one.forces - s.arrays["forces"]).ravel() for s, one in zip(structures, said, strict=True) if "forces" in s.arrays]
    )
    stress = np.concatenate(
        [(one.stress - s.values["stress"]).ravel() for s, one in zip(structures, said, strict=True) if "stress" in s.values]
    )
    assert found["energy_mae_per_atom"] == pytest.approx(np.abs(per_atom).mean())
    assert found["energy_rmse"] == pytest.approx(np.sqrt(np.mean([off**2 for off, _ in energy])))
    assert found["forces_mae"] == pytest.approx(np.abs(force).mean())
    assert found["forces_rmse"] == pytest.approx(np.sqrt((force**2).mean()))
    assert found["stress_mae"] == pytest.approx(np.abs(stress).mean())
    assert len(lines(found)) == 8
    table = parity(structures, said)
    assert table.forces_frames.tolist() == [0.0] * 6 + [1.0] * 21 + [3.0] * 15 and table.energy_frames.tolist() == [0, 1, 2]


def test_what_is_not_labelled_has_no_error() -> None:
    random = np.random.default_rng(1)
    assert set(errors(*zip(*[pair(random, 3, "f")], strict=True))) == {"forces_mae", "forces_rmse"}
    assert errors(*zip(*[pair(random, 3, "")], strict=True)) == {}

"""Estimates of a run's time and memory: counted, by earlier runs, and measured in a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from e3viz.atoms.data_summary import data_summary
from e3viz.atoms.datasets import load_data
from e3viz.errors import UserError
from e3viz.training.config import Config, config_of
from e3viz.training.estimates import counted, from_runs, measured, paths
from e3viz.training.loop import train
from e3viz.training.run import create


def config(potential: str = "snap", **settings: Any) -> Config:
    data = {"files": ["ethanol@0:60"], "train": 40, "valid": 4, "test": -1}
    return config_of({"potential": potential, "settings": settings, "data": data, "stop": {"seconds": 60.0}})


@pytest.fixture(scope="module")
def summary() -> dict[str, Any]:
    return data_summary(load_data(["ethanol@0:60"]))


def test_paths_are_those_of_the_tensor_product() -> None:
    from e3viz.symmetry.irreps import Irrep

    for l_max in range(4):
        sums = [Irrep(a, (-1) ** a) * Irrep(b, (-1) ** b) for a in range(l_max + 1) for b in range(l_max + 1)]
        natural = sum(ir.l <= l_max and ir.is_natural for both in sums for ir in both)
        assert paths(l_max) == natural


def test_counts_grow_with_what_is_counted(summary: dict[str, Any]) -> None:
    small, large = (counted(config("nequip", l_max=l), summary, 40) for l in (1, 2))
    assert 0.01 < small.epoch < large.epoch < 5.0 and 200.0 < small.memory < large.memory
    assert counted(config("nequip"), summary, 80).epoch > 1.8 * small.epoch
    assert small.seconds == 60.0 and small.epochs == round(60.0 / small.epoch)
    assert counted(config("nequip", epochs=3), summary, 40).seconds == pytest.approx(3 * small.epoch)


def test_an_earlier_run_of_the_same_settings_is_the_measure(tmp_path: Path) -> None:
    one = config("nequip", channels=4, layers=1, radial_width=4, epochs=4)
    assert from_runs(one, 40, tmp_path) is None
    run = create(tmp_path / "run", one)
    train(run.folder)
    found = from_runs(one, 80, tmp_path)
    assert found is not None and found.how == "earlier run" and found.source == "run"
    assert found.epoch == pytest.approx(2.0 * run.status().seconds / 4, rel=0.9)
    assert from_runs(config("nequip", channels=8), 40, tmp_path) is None


def test_measured_in_a_process_of_its_own() -> None:
    found = measured(config(twojmax=2), 40)
    assert found.how == "measured" and 0.0 < found.epoch < 10.0 and 20.0 < found.memory < 2000.0
    with pytest.raises(UserError, match="frames"):
        measured(config_of({"potential": "snap", "data": {"files": ["ethanol@0:10"], "train": 40}}), 40)

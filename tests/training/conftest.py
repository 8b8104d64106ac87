"""What tests of training share: a tiny potential in the table, runs of it, and processes that know it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from training import tiny

from e3viz import potentials
from e3viz.training.config import Config, config_of
from e3viz.training.run import Run, create

TESTS = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _tiny(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setattr(potentials, "POTENTIALS", potentials.POTENTIALS)
    tiny.register()


def tiny_config(**changes: Any) -> Config:
    """Twelve training and six validation frames of ethanol; changes by dotted name, with two underscores for the dot."""
    table = {"potential": "tiny", "data": {"files": ["ethanol@0:40"], "train": 12, "valid": 6, "test": 4}}
    return config_of(table).changed({name.replace("__", "."): value for name, value in changes.items()})


@pytest.fixture
def new_run(tmp_path: Path) -> Callable[..., Run]:
    """A run that is not started."""

    def made(name: str = "run", **changes: Any) -> Run:
        return create(tmp_path / name, tiny_config(**changes))

    return made


@pytest.fixture
def process() -> Iterator[Callable[[Run], subprocess.Popen[bytes]]]:
    """Starts the process of a run; none is left behind."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(run: Run) -> subprocess.Popen[bytes]:
        environment = os.environ | {"PYTHONPATH": str(TESTS), "OMP_NUM_THREADS": "1"}
        with run.path("log.txt").open("ab") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, "-m", "training.tiny", str(run.folder)],
                    stdout=log,
                    stderr=log,
                    env=environment,
                    start_new_session=True,
                )
            )
        return started[-1]

    yield begin
    for one in started:
        one.kill()
        one.wait()

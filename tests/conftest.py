"""What every test may use, and what keeps tests apart from the person who runs them.

Settings, sessions and recent files go to a folder of this run, never to the person's own. `scripts/test` provides a display for the
tests of the window; everything else needs none.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# Before anything of e3viz or Qt is imported, and in the environment, so that child processes keep to it too.
_HOME = Path(tempfile.mkdtemp(prefix="e3viz-tests-"))
for _name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = str(_HOME / _name.lower())
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile(
    "e3viz", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("e3viz")


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def checkout() -> Path:
    """The folder that holds `pyproject.toml`."""
    return ROOT


@pytest.fixture(scope="session")
def sample() -> Path:
    """The bundled frames of ethanol with their DFT energies and forces."""
    from e3viz.resources import SAMPLE

    return SAMPLE


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public reference data that are no part of the project; the test is skipped where they are absent."""
    named = os.environ.get("E3VIZ_SHARED_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the reference data are not on this machine (set E3VIZ_SHARED_DATA to their folder)")
    return folder


@pytest.fixture
def odd_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder whose name has spaces and letters beyond Latin."""
    folder = tmp_path / "a folder with spaces Ångström 构型"
    folder.mkdir()
    yield folder

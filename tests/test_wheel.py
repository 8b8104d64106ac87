"""The built wheel stands on its own: in a fresh environment outside the checkout it opens what is bundled with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import numpy
import pytest


@pytest.fixture(scope="module")
def wheel(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(folder),
        str(checkout),
    ]
    subprocess.run(command, check=True, capture_output=True, text=True)
    (built,) = folder.glob("e3viz-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that holds the wheel, and sees the dependencies (not the checkout) of this one."""
    home = tmp_path_factory.mktemp("a fresh environment")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    site = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True, check=True
        ).stdout.strip()
    )
    # A line in a .pth file extends the path but is not itself searched for .pth files, so the editable checkout stays unseen.
    (site / "dependencies.pth").write_text(str(Path(numpy.__file__).parents[1]) + "\n")
    install = [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True, text=True)
    return python


def run(python: Path, *words: str, folder: Path) -> str:
    bare = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run([python, *words], cwd=folder, env=bare, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_holds_every_module_and_resource_and_nothing_else(wheel: Path, checkout: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "e3viz"], cwd=checkout, capture_output=True, text=True, check=False)
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert "e3viz/resources/ethanol_pbe.extxyz" in names
    assert all(name.startswith("e3viz/") for name in names)
    if listed.returncode == 0:
        assert set(listed.stdout.split("\n")[:-1]) <= names


def test_it_opens_a_bundled_structure_outside_the_checkout(installed: Path, checkout: Path, tmp_path: Path) -> None:
    where = "import e3viz; from e3viz.resources import SAMPLE; print(e3viz.__file__); print(SAMPLE)"
    package, sample = run(installed, "-c", where, folder=tmp_path).splitlines()
    assert checkout not in Path(package).parents and checkout not in Path(sample).parents
    facts = json.loads(run(installed, "-m", "e3viz", "info", sample, "--json", folder=tmp_path))
    assert facts["formula"] == "C2H6O" and facts["frames"] == 1197
    opened = """if True:
        from e3viz import labs
        from e3viz.symmetry.element import IDENTITY

        lab = labs.load("structures")
        print(len(lab.pictures(lab.State(), IDENTITY).panels))
    """
    assert int(run(installed, "-c", opened, folder=tmp_path)) >= 1


def test_it_brings_the_command(installed: Path, tmp_path: Path) -> None:
    from e3viz import __version__

    command = installed.parent / "e3viz"
    said = subprocess.run([command, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert said.strip() == f"e3viz {__version__}"

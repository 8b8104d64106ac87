"""Set-up and delivery: the scripts work from any folder and after an interruption, and what is delivered agrees with itself.

Set-up itself is run on a copy of the scripts in a folder with spaces, with a stand-in for pip that notes what it is asked for: the real
installation takes minutes and a network, and is what `scripts/test` did before this test could run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from e3viz import __version__

PIP = """#!/usr/bin/env bash
# Stands in for .venv/bin/python: notes what pip is asked to install, fails when told to, and is Python for everything else.
if [ "$1 $2" = "-m pip" ]; then
    printf '%s\\n' "$*" >>"{log}"
    if [ -e "{folder}/kill" ]; then rm "{folder}/kill"; kill -KILL $PPID; exit 1; fi
    [ ! -e "{folder}/fail" ]
    exit
fi
if [ "$1 $2" = "-m e3viz" ]; then shift 2; printf 'e3viz<%s>\\n' "$@" "$DISPLAY"; exit 0; fi
exec "{python}" "$@"
"""


class Copy:
    """A copy of the scripts in a folder of their own, whose environment is a stand-in."""

    def __init__(self, folder: Path, checkout: Path) -> None:
        self.root = folder / "check out"
        (self.root / "scripts").mkdir(parents=True)
        for name in ("setup.sh", "run", "test"):
            shutil.copy(checkout / "scripts" / name, self.root / "scripts" / name)
        for name in ("pyproject.toml", "requirements.lock"):
            shutil.copy(checkout / name, self.root / name)
        self.log = self.root / "pip.log"
        text = PIP.format(log=self.log, folder=self.root, python=sys.executable)
        bin_folder = folder / "bin"
        bin_folder.mkdir()
        stand_in = self.root / "python"
        stand_in.write_text(text)
        stand_in.chmod(0o755)
        # What `python -m venv FOLDER` leaves: an interpreter in FOLDER/bin.
        (bin_folder / "python3").write_text(
            f'#!/usr/bin/env bash\nif [ "$2" = venv ]; then mkdir -p "$3/bin" && cp "{stand_in}" "$3/bin/python"; else exec "{sys.executable}" "$@"; fi\n'
        )
        (bin_folder / "python3").chmod(0o755)
        self.path = f"{bin_folder}:{os.environ['PATH']}"

    def run(self, script: str, *words: str, cwd: Path, display: str = ":9999") -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k != "WAYLAND_DISPLAY"} | {"PATH": self.path, "DISPLAY": display}
        return subprocess.run(
            [self.root / "scripts" / script, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def asked(self) -> list[str]:
        """What pip was asked for since the last call."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return lines


@pytest.fixture
def copy(odd_folder: Path, checkout: Path) -> Copy:
    return Copy(odd_folder, checkout)


def test_the_first_start_installs_and_the_second_does_not(copy: Copy, tmp_path: Path) -> None:
    first = copy.run("run", "info", "a file.xyz", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert first.stdout == "e3viz<info>\ne3viz<a file.xyz>\ne3viz<:9999>\n"
    torch, rest = copy.asked()
    lock = f"-c {copy.root}/requirements.lock"
    assert torch.endswith(f"{lock} torch==2.13.0") and rest.endswith(f"{lock} -e {copy.root}")
    second = copy.run("run", "labs", cwd=tmp_path)
    assert (second.returncode, second.stderr, copy.asked()) == (0, "", [])


def test_a_second_start_costs_little(copy: Copy, tmp_path: Path) -> None:
    copy.run("run", "labs", cwd=tmp_path)

    def start() -> float:
        begin = time.perf_counter()
        copy.run("run", "labs", cwd=tmp_path)
        return time.perf_counter() - begin

    assert min(start() for _ in range(5)) < 0.2


def test_what_is_installed_follows_the_lock_and_the_project(copy: Copy, tmp_path: Path) -> None:
    copy.run("run", "labs", cwd=tmp_path)
    copy.asked()
    with (copy.root / "requirements.lock").open("a") as lock:
        lock.write("another==1.0\n")
    copy.run("run", "labs", cwd=tmp_path)
    assert len(copy.asked()) == 2
    copy.run("run", "labs", cwd=tmp_path)
    assert copy.asked() == []


def test_a_set_up_that_was_killed_starts_afresh(copy: Copy, tmp_path: Path) -> None:
    (copy.root / "kill").touch()
    assert copy.run("run", "labs", cwd=tmp_path).returncode != 0
    copy.asked()
    (copy.root / ".venv" / "half a package").touch()
    again = copy.run("run", "labs", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert len(copy.asked()) == 2
    assert not (copy.root / ".venv" / "half a package").exists()


def test_a_set_up_that_failed_says_so_and_goes_on_from_there(copy: Copy, tmp_path: Path) -> None:
    (copy.root / "fail").touch()
    failed = copy.run("run", "labs", cwd=tmp_path)
    assert failed.returncode == 1 and "could not be installed" in failed.stderr and failed.stdout == ""
    (copy.root / "fail").unlink()
    (copy.root / ".venv" / "already here").touch()
    assert copy.run("run", "labs", cwd=tmp_path).returncode == 0
    assert (copy.root / ".venv" / "already here").exists()


def test_a_broken_environment_is_made_anew(copy: Copy, tmp_path: Path) -> None:
    copy.run("run", "labs", cwd=tmp_path)
    (copy.root / ".venv" / "bin" / "python").unlink()
    copy.asked()
    assert copy.run("run", "labs", cwd=tmp_path).returncode == 0
    assert len(copy.asked()) == 2


def test_without_a_display_the_tour_is_taken_on_a_virtual_one(copy: Copy, tmp_path: Path) -> None:
    copy.run("run", "labs", cwd=tmp_path)
    done = copy.run("run", cwd=tmp_path, display="")
    assert done.returncode == 0, done.stderr
    assert "there is no display" in done.stderr and str(tmp_path / "e3viz-tour") in done.stderr
    *words, display = re.findall(r"e3viz<(.*)>", done.stdout)
    assert words == ["tour", "--out", "e3viz-tour"]
    assert re.fullmatch(r":\d+", display)
    structure = tmp_path / "a file.xyz"
    structure.touch()
    with_file = re.findall(r"e3viz<(.*)>", copy.run("run", str(structure), cwd=tmp_path, display="").stdout)
    assert with_file[:-1] == ["tour", "--out", "e3viz-tour", str(structure)]
    plain = copy.run("run", "labs", cwd=tmp_path, display="")
    assert (plain.stdout, plain.stderr) == ("e3viz<labs>\ne3viz<>\n", "")


def test_without_a_suitable_python_there_is_one_sentence(copy: Copy, tmp_path: Path) -> None:
    for name in ("python3", "python3.14", "python3.13", "python3.12", "python3.11"):
        old = Path(copy.path.split(":")[0]) / name
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
    done = copy.run("run", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("e3viz: Python 3.11 to 3.14")


def test_the_scripts_are_sound(checkout: Path) -> None:
    for name in ("scripts/setup.sh", "scripts/run", "scripts/test", "scripts/lock", ".ci/run"):
        subprocess.run(["bash", "-n", checkout / name], check=True)
        assert name.endswith(".sh") or os.access(checkout / name, os.X_OK), f"{name} cannot be executed"


# ---- what is delivered ------------------------------------------------------------------------------------------------------------


def test_the_lock_holds_every_dependency_and_no_address(checkout: Path) -> None:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = [line for line in (checkout / "requirements.lock").read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    locked = {canonicalize_name(name): version for name, version in (line.split("==") for line in lines)}
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    for text in [*project["dependencies"], *project["optional-dependencies"]["test"], *project["optional-dependencies"]["bench"]]:
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate():
            assert wanted.specifier.contains(locked[canonicalize_name(wanted.name)]), text


def test_broken_versions_of_qt_are_excluded(checkout: Path) -> None:
    from packaging.requirements import Requirement

    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    ranges = [Requirement(text) for text in project["dependencies"] if text.startswith("PySide6")]
    for python, version, works in (
        ("3.11", "6.11.3", True),
        ("3.11", "6.12.0", False),
        ("3.12", "6.12.0", True),
        ("3.12", "6.11.1", False),
        ("3.12", "6.9.0", False),
    ):
        (fitting,) = [one for one in ranges if one.marker is None or one.marker.evaluate({"python_version": python})]
        assert fitting.specifier.contains(version) is works, f"PySide6 {version} on Python {python}"


def test_version_and_credit_agree_everywhere(checkout: Path) -> None:
    citation = (checkout / "CITATION.cff").read_text()
    assert f"version: {__version__}\n" in citation
    poster = "Demystifying E(3)-equivariant Neural Networks"
    assert poster in citation and "Sheriff" in citation and "Cao" in citation
    assert poster in (checkout / "README.md").read_text()
    assert "e3viz contributors" in (checkout / "LICENSE").read_text()


def test_every_benchmark_is_called_the_same_way(checkout: Path) -> None:
    scripts = sorted((checkout / "scripts").glob("bench_*.py"))
    assert len(scripts) > 1
    for script in scripts:
        if script.name != "bench_common.py":
            told = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
            assert "--quick" in told and "--json" in told, script.name

"""Everything below `gui` works in an interpreter where Qt cannot be imported, and the lowest layers without VTK as well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_layers import QT, VTK, modules

FORBID = """
import sys

class Forbidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {forbidden!r}:
            raise ModuleNotFoundError(f"{{name}} is forbidden here", name=name)

sys.meta_path.insert(0, Forbidden())
"""


def python(code: str, forbidden: set[str], *arguments: str, **more: str) -> str:
    """What a fresh interpreter prints that runs `code` where some libraries cannot be imported."""
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")} | more
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORBID.format(forbidden=sorted(forbidden)) + code, *arguments],
        capture_output=True,
        text=True,
        env=bare,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def below(checkout: Path, *layers: str) -> list[str]:
    """The modules of some layers; of all layers below the window if none is named."""
    named = {module: module.split(".")[1] if "." in module else "" for module in modules(checkout / "e3viz")}
    return [m for m, layer in named.items() if (layer in layers if layers else layer not in ("gui", "__main__"))]


def test_the_interpreter_really_has_no_qt() -> None:
    says = python("try:\n import PySide6.QtCore\nexcept ImportError as e:\n print(e)", QT)
    assert "forbidden" in says


def test_every_module_below_the_window_imports_without_qt(checkout: Path) -> None:
    names = below(checkout)
    assert len(names) > 30
    python(f"import importlib\nfor name in {names!r}: importlib.import_module(name)", QT)


def test_symmetry_and_atoms_and_what_learns_import_without_vtk(checkout: Path) -> None:
    names = below(checkout, "errors", "task", "files", "resources", "symmetry", "atoms", "potentials", "training")
    python(f"import importlib\nfor name in {names!r}: importlib.import_module(name)", QT | VTK)


RENDER = """
import json, sys
import numpy as np
from PIL import Image
from e3viz.cli import main
from e3viz.labs import LABS

spread = {}
for entry in LABS:
    path = f"{sys.argv[1]}/{entry.name}.png"
    assert main(["render", entry.name, "--size", "480x360", "-o", path]) == 0
    spread[entry.name] = float(np.asarray(Image.open(path).convert("L"), dtype=float).std())
assert not any(name.split(".")[0] in ("PySide6", "pyvistaqt") for name in sys.modules)
print(json.dumps(spread))
"""


def test_every_lab_renders_its_default_without_qt_and_without_a_display(tmp_path: Path) -> None:
    from e3viz.labs import LABS

    spread = json.loads(python(RENDER, QT, str(tmp_path)).splitlines()[-1])
    assert set(spread) == {entry.name for entry in LABS}
    assert all(value > 2.0 for value in spread.values()), f"a picture is blank: {spread}"


def test_the_tests_of_the_labs_pass_without_qt(checkout: Path) -> None:
    run = f"import pytest\nsys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-m', 'not slow', {str(checkout / 'tests' / 'labs')!r}]))"
    assert " passed" in python(run, QT)


@pytest.mark.parametrize(
    "what", ["import e3viz.cli", "from e3viz.cli import main; main(['--version'])", "from e3viz.cli import main; main(['labs'])"]
)
def test_the_command_line_imports_nothing_heavy(what: str) -> None:
    heavy = {"numpy", "scipy", "ase", "matplotlib", *QT, *VTK, "torch", "e3nn"}
    python(what, heavy)


def test_a_version_is_told_in_a_tenth_of_a_second() -> None:
    """The modules of ours and what they alone pull in, by Python's own account, in the best of three starts."""
    best = min(_cost() for _ in range(3))
    assert best < 0.1


def _cost() -> float:
    done = subprocess.run([sys.executable, "-X", "importtime", "-m", "e3viz", "--version"], capture_output=True, text=True, check=True)
    lines = [line.split("|") for line in done.stderr.splitlines() if line.startswith("import time:") and "e3viz" in line]
    top = [int(cumulative) for _, cumulative, name in lines if name.rstrip() in (" e3viz", " e3viz.cli")]
    assert top
    return sum(top) / 1e6

"""Imports point downwards only: the table of the architecture, read from the syntax trees of all modules.

`BELOW` says for every layer which layers it may import; `FOREIGN` which layers may import which libraries. What a module imports
inside a function counts as well. A separate check follows the imports that happen when the window starts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

BASE = {"errors", "task", "files", "home", "toml", "arguments", "terminal", "resources", "e3viz"}
BELOW: dict[str, set[str]] = {
    "base": set(),
    "symmetry": {"base"},
    "atoms": {"base", "symmetry"},
    "potentials": {"base", "symmetry", "atoms"},
    "training": {"base", "symmetry", "atoms", "potentials"},
    "pictures": {"base", "symmetry", "atoms"},
    "labs": {"base", "symmetry", "atoms", "potentials", "training", "pictures"},
    "export": {"base", "symmetry", "atoms", "potentials", "training", "pictures", "labs"},
    "gui": {"base", "symmetry", "atoms", "potentials", "training", "pictures", "labs", "export"},
    "cli": {"base", "symmetry", "atoms", "potentials", "training", "pictures", "labs", "export", "gui"},
}
QT = {"PySide6", "shiboken6", "qtpy", "pyvistaqt", "pyqtgraph", "superqt", "qtawesome"}
VTK = {"vtk", "vtkmodules", "pyvista"}
SLOW = {"torch", "e3nn", "matplotlib", "cmcrameri", "sympy"}
FOREIGN: dict[str, set[str]] = {
    **{library: {"gui"} for library in QT},
    **{library: {"pictures", "labs", "export", "gui"} for library in VTK},
}


@dataclass(frozen=True)
class Import:
    """One module that another imports. early: when it is imported itself, not later inside a function."""

    name: str
    early: bool
    line: int


def modules(package: Path) -> dict[str, Path]:
    """Dotted name → file of every module of a package."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = [package.name, *path.relative_to(package).with_suffix("").parts]
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(path: Path) -> list[Import]:
    """Everything that a file imports; the types-only imports count for the layers, but not as early ones."""
    return list(_imports(ast.parse(path.read_text(encoding="utf-8")), early=True))


def _imports(tree: ast.AST, *, early: bool) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, early, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, "imports are written out in full"
            yield Import(node.module, early, node.lineno)
            yield from (Import(f"{node.module}.{alias.name}", early, node.lineno) for alias in node.names)
        else:
            late = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _for_types_only(node)
            yield from _imports(node, early=early and not late)


def _for_types_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def layer(module: str) -> str:
    """The layer of a module of ours."""
    parts = module.split(".")
    if len(parts) == 1 or parts[1] in BASE:
        return "base"
    return "cli" if parts[1] in ("cli", "__main__") else parts[1]


def lab_of(module: str, labs: set[str]) -> str:
    """The lab that a module belongs to, "" if to none."""
    parts = module.split(".")
    return parts[2] if len(parts) > 2 and parts[1] == "labs" and parts[2] in labs else ""


def violations(package: Path, labs: set[str]) -> list[str]:
    """Each forbidden import as a sentence."""
    found = []
    known = modules(package)
    for module, path in known.items():
        here = layer(module)
        for one in imports(path):
            top = one.name.split(".")[0]
            where = f"{module} (line {one.line})"
            if top == package.name and one.name in known:
                there = layer(one.name)
                if there != here and there not in BELOW[here]:
                    found.append(f"{where} imports {one.name}: {here} lies below {there}")
                mine, other = lab_of(module, labs), lab_of(one.name, labs)
                if mine and other and mine != other:
                    found.append(f"{where} imports {one.name}: labs never import each other")
            elif here not in FOREIGN.get(top, {here}):
                found.append(f"{where} imports {top}: only {', '.join(sorted(FOREIGN[top]))} may")
    return sorted(set(found))


def slow_at_start(package: Path, roots: list[str]) -> list[str]:
    """Each chain of early imports that leads from a root to a library which is slow to import."""
    known = modules(package)
    reached = {root: root for root in roots if root in known}
    waiting = list(reached)
    found = []
    while waiting:
        module = waiting.pop()
        for one in (one for one in imports(known[module]) if one.early):
            if one.name.split(".")[0] in SLOW:
                found.append(f"{reached[module]} → {one.name.split('.')[0]}")
            names = [".".join(one.name.split(".")[:n]) for n in range(1, one.name.count(".") + 2)]
            for name in names:  # importing a.b.c runs a and a.b too
                if name in known and name not in reached:
                    reached[name] = f"{reached[module]} → {name}"
                    waiting.append(name)
    return sorted(set(found))


def our_labs() -> set[str]:
    from e3viz.labs import LABS

    return {entry.name.replace("-", "_") for entry in LABS}


def test_every_module_belongs_to_a_layer(checkout: Path) -> None:
    strangers = [module for module in modules(checkout / "e3viz") if layer(module) not in BELOW]
    assert not strangers


def test_imports_point_downwards_only(checkout: Path) -> None:
    assert violations(checkout / "e3viz", our_labs()) == []


def test_nothing_slow_is_imported_when_the_window_starts(checkout: Path) -> None:
    roots = ["e3viz.__main__", "e3viz.cli", "e3viz.gui.app", "e3viz.gui.main_window", *(f"e3viz.labs.{lab}" for lab in our_labs())]
    assert slow_at_start(checkout / "e3viz", roots) == []


@pytest.mark.parametrize(
    ("module", "line", "says"),
    [
        ("symmetry/a.py", "from e3viz.atoms import b", "symmetry lies below atoms"),
        ("pictures/a.py", "def f():\n    import e3viz.potentials.b", "pictures lies below potentials"),
        ("labs/one.py", "from e3viz.labs.two import x", "labs never import each other"),
        ("labs/one/inner.py", "from e3viz.labs import two", "labs never import each other"),
        ("export/a.py", "from PySide6.QtCore import Qt", "imports PySide6: only gui may"),
        ("atoms/a.py", "import vtkmodules.vtkCommonCore", "imports vtkmodules"),
        ("labs/one.py", "from e3viz import cli", "labs lies below cli"),
        ("errors.py", "from e3viz.symmetry import b", "base lies below symmetry"),
    ],
)
def test_a_planted_violation_is_found(tmp_path: Path, module: str, line: str, says: str) -> None:
    package = tmp_path / "e3viz"
    for name in ("__init__", "cli", "atoms/b", "potentials/b", "symmetry/b", "labs/two"):
        path = package / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    assert violations(package, {"one", "two"}) == []
    planted = package / module
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(line + "\n")
    found = violations(package, {"one", "two"})
    assert len(found) == 1 and says in found[0]


def test_a_slow_import_is_found_along_the_chain_and_a_late_one_is_not(tmp_path: Path) -> None:
    package = tmp_path / "e3viz"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "cli.py").write_text("from e3viz.b import f\n")
    (package / "b.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import e3nn\ndef f():\n    import torch\n")
    assert slow_at_start(package, ["e3viz.cli"]) == []
    (package / "b.py").write_text("try:\n    import torch\nexcept ImportError:\n    torch = None\n")
    assert slow_at_start(package, ["e3viz.cli"]) == ["e3viz.cli → e3viz.b → torch"]

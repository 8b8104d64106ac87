"""The Structures lab in words and numbers: subtitle, facts, what is under the pointer, and the check of invariance under g."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.groups import describe
from e3viz.atoms.measure import measure
from e3viz.atoms.structure import Structure
from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.labs.structures.prepare import UNITS, Prepared, frame_of, prepare
from e3viz.labs.structures.source import path_of, trajectory
from e3viz.labs.structures.state import State
from e3viz.symmetry.element import Element

MOST_ATOMS_FOR_GROUP = 400
MOST_ATOMS_CHECKED = 400


def site_name(structure: Structure, index: int) -> str:
    """Symbol and index of an atom: O2."""
    return f"{SYMBOLS[int(structure.numbers[index])]}{index}"


def subtitle(state: State, ready: Prepared) -> str:
    """File, number of atoms, and the group."""
    count = len(ready.structure)
    parts = [path_of(state.file).name, f"{count:,} atom{'s' if count != 1 else ''}"]
    group = group_text(state.file, trajectory(state.file).stamp, state.frame)
    return " · ".join([*parts, group] if group else parts)


@lru_cache(maxsize=64)
def group_text(file: str, changed: object, frame: int) -> str:
    """Space group of a crystal or point group of a molecule, "" for what is too large to ask each time."""
    structure = trajectory(file)[frame]
    return describe(structure).text if 0 < len(structure) <= MOST_ATOMS_FOR_GROUP else ""


def facts(state: State, g: Element) -> list[Fact | Table]:
    """Energy and largest force, the cell, and what was selected."""
    ready = prepare(state)
    structure = frame_of(state)
    return [*_values(structure), *_cell(structure), *_selected(state, ready.structure, g)]


def _values(structure: Structure) -> list[Fact | Table]:
    found: list[Fact | Table] = []
    energy = structure.values.get("energy")
    if isinstance(energy, int | float | np.number):
        found.append(Fact("Energy", f"{float(energy):.3f} eV".replace("-", "−"), "Total energy in the file.", section="Frame", status=True))
    forces = structure.arrays.get("forces")
    if forces is not None and len(forces):
        largest = float(np.nanmax(np.linalg.norm(forces, axis=1)))
        found.append(Fact("Largest force", f"{largest:.2f} eV/Å", "Length of the longest force vector.", section="Frame", status=True))
    return found


def _cell(structure: Structure) -> list[Fact | Table]:
    if not np.any(structure.cell):
        return []
    lengths = np.linalg.norm(structure.cell, axis=1)
    volume = abs(float(np.linalg.det(structure.cell)))
    return [
        Fact("Cell a, b, c", " ".join(f"{x:.3f}" for x in lengths) + " Å", "Lengths of the lattice vectors.", section="Cell"),
        Fact("Volume", f"{volume:.2f} Å³", "Volume of the unit cell.", section="Cell"),
        Fact("Periodic", " ".join("yes" if p else "no" for p in structure.pbc), "Periodic along a, b and c.", section="Cell"),
    ]


def _selected(state: State, structure: Structure, g: Element) -> list[Fact | Table]:
    chosen = [i for i in state.selected if i < len(structure)]
    if not chosen:
        return []
    names = " – ".join(site_name(structure, i) for i in chosen)
    found: list[Fact | Table] = []
    for label, value in measure(structure, chosen):
        found.append(Fact(label, value, "Nearest periodic images are used.", section=f"Selected: {names}"))
    if len(chosen) == 1:
        i = chosen[0]
        for name in structure.vectors():
            x, y, z = g.act_on_vectors(structure.arrays[name][i])
            unit = UNITS.get(name, "")
            found.append(Fact(name, f"{x:.3f} {y:.3f} {z:.3f} {unit}".strip(), "As moved by g.", section=f"Selected: {names}"))
    return found


def hover(state: State, hit: Hit) -> str:
    """What the atom under the pointer is."""
    if hit.item != "atoms":
        return ""
    ready = prepare(state)
    structure = ready.structure
    index = int(ready.owner[hit.index]) if hit.item == "atoms" and 0 <= hit.index < len(ready.owner) else -1
    if index < 0:
        return ""
    x, y, z = structure.positions[index]
    lines = [f"{site_name(structure, index)}   {x:.3f}, {y:.3f}, {z:.3f} Å"]
    forces = structure.arrays.get("forces")
    if forces is not None:
        lines.append(f"force {np.linalg.norm(forces[index]):.3f} eV/Å")
    return "\n".join(lines).replace("-", "−")


def pick(state: State, hit: Hit) -> State | None:
    """A click selects an atom, with Shift or Ctrl adds it (up to four, for a dihedral); a click on nothing deselects; in the plot it
    goes to a frame."""
    if hit.panel == "frames" and hit.position:
        last = len(trajectory(state.file)) - 1
        return replace(state, frame=int(min(max(round(hit.position[0]), 0), last)))
    if hit.item != "atoms":
        return replace(state, selected=()) if state.selected and not hit.item else None
    atom = int(prepare(state).owner[hit.index])
    if not hit.keys & {"shift", "ctrl"}:
        return replace(state, selected=() if state.selected == (atom,) else (atom,))
    kept = tuple(i for i in state.selected if i != atom)
    return replace(state, selected=kept if atom in state.selected else (*kept, atom)[-4:])


def check(state: State, g: Element) -> Check | None:
    """How much distances between atoms, and the components of vectors along them, change when g moves the structure (they must not)."""
    structure = prepare(state).structure
    if len(structure) < 2:
        return None
    chosen = np.linspace(0, len(structure) - 1, min(len(structure), MOST_ATOMS_CHECKED)).astype(int)
    before = structure.positions[chosen]
    after = g.act(before)
    pairs = before[:, None] - before[None], after[:, None] - after[None]
    distances = [np.linalg.norm(p, axis=-1) for p in pairs]
    error = float(np.abs(distances[0] - distances[1]).max() / max(distances[0].max(), 1e-300))
    forces = structure.arrays.get("forces")
    if forces is not None and np.all(np.isfinite(forces[chosen])):
        along = [np.einsum("ijk,ik->ij", p, f) for p, f in zip(pairs, (forces[chosen], g.act_on_vectors(forces[chosen])), strict=True)]
        error = max(error, float(np.abs(along[0] - along[1]).max() / max(np.abs(along[0]).max(), 1e-300)))
    return Check(error, "distances, and forces along them, before and after g", tolerance=1e-10)

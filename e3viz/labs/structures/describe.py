"""The Structures lab in words and numbers: subtitle, facts, tables, what is under the pointer, and the check of invariance under g."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e3viz.atoms.elements import SYMBOLS, formula_unicode
from e3viz.atoms.measure import atom_name, measure
from e3viz.atoms.structure import Structure
from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.labs.structures import symmetry
from e3viz.labs.structures.charts import distribution_chart, frames_chart
from e3viz.labs.structures.looks import UNITS
from e3viz.labs.structures.prepare import Prepared, frame_of, prepare, selection
from e3viz.labs.structures.scene import scene
from e3viz.labs.structures.source import path_of, trajectory
from e3viz.labs.structures.state import State
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element

MOST_ROWS = 2_000
MOST_ATOMS_CHECKED = 400
SHORT = {"forces": "|F|", "charges": "q", "magmoms": "μ"}


def pictures(state: State, g: Element) -> Sheet:
    """The structure, beside it a histogram if one is wanted, and under the player the numbers against frame."""
    ready = prepare(state)
    frames = trajectory(state.file)
    beside = distribution_chart(state)
    width, height = 0.62 if beside is not None else 1.0, 0.82 if len(frames) > 1 else 1.0
    panels = [Panel("structure", scene(state, g, ready), width=width, height=height)]
    if beside is not None:
        panels.append(Panel("distribution", beside, x=width, width=1.0 - width, height=height, title=state.distribution, card=True))
    if len(frames) > 1:
        panels.append(Panel("frames", frames_chart(frames, state), y=height, height=1.0 - height, card=True, figure=False))
    return Sheet(tuple(panels), formula_unicode(ready.one.numbers), subtitle(state, ready))


def subtitle(state: State, ready: Prepared) -> str:
    """File, number of atoms, group, and what was left out or changed."""
    count = len(ready.structure)
    parts = [path_of(state.file).name, f"{count:,} atom{'s' if count != 1 else ''}"]
    info = symmetry.symmetry_of(state)
    if info is not None:
        parts.append(info.text)
    if ready.hidden.any():
        parts.append(f"{int(ready.hidden.sum()):,} hidden")
    if state.edits.strip():
        parts.append("edited")
    return " · ".join(parts)


def facts(state: State, g: Element) -> list[Fact | Table]:
    """Energy and largest force, the cell, what was selected, the atoms, and the symmetry."""
    ready = prepare(state)
    one = frame_of(state)
    found: list[Fact | Table] = [*_values(one), *_cell(one)]
    if len(ready.bonds):
        found.append(Fact("Bonds", f"{len(ready.bonds):,}", "How many bonds are drawn.", section="Frame"))
    found += [*_selected(state, ready.structure, g), _atoms(state, ready), *symmetry.facts(state)]
    return found


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
    periodic = "".join(name for name, p in zip("abc", structure.pbc, strict=True) if p)
    return [
        Fact("a, b, c", " ".join(f"{x:.3f}" for x in lengths) + " Å", "Lengths of the lattice vectors.", section="Cell"),
        Fact("Volume", f"{volume:.2f} Å³", "Volume of the unit cell.", section="Cell"),
        Fact("Periodic along", " ".join(periodic) or "nothing", "Lattice vectors along which it repeats.", section="Cell"),
    ]


def _selected(state: State, structure: Structure, g: Element) -> list[Fact | Table]:
    chosen = [i for i in state.selected if i < len(structure)]
    found: list[Fact | Table] = []
    if state.select.strip() or (state.around and chosen):
        count = int(selection(state, structure).sum())
        found.append(Fact("Selected", f"{count:,} of {len(structure):,}", "Atoms that were clicked or asked for.", "Atoms"))
    if not chosen:
        return found
    section = "Selected: " + " – ".join(atom_name(structure, i) for i in chosen)
    measured = measure(structure, chosen)
    for number, (label, value) in enumerate(measured, start=1):
        found.append(Fact(label, value, "By the nearest periodic images.", "Atoms", section, status=number == len(measured)))
    if len(chosen) == 1:
        for name in structure.vectors():
            x, y, z = g.act_on_vectors(structure.arrays[name][chosen[0]])
            text = f"{x:.3f} {y:.3f} {z:.3f} {UNITS.get(name, '')}".strip().replace("-", "−")
            found.append(Fact(name, text, "As g has turned it.", "Atoms", section))
    return found


def _atoms(state: State, ready: Prepared) -> Table:
    structure = ready.structure
    extra = [name for name in ("forces", "charges", "magmoms") if name in structure.arrays and structure.arrays[name].ndim <= 2][:1]
    columns = ("atom", "x, Å", "y", "z", *(SHORT.get(n, n) for n in extra))
    rows = []
    for i in range(min(len(structure), MOST_ROWS)):
        numbers = [f"{v:.3f}".replace("-", "−") for v in structure.positions[i]]
        for name in extra:
            numbers.append(f"{float(np.linalg.norm(structure.arrays[name][i])):.3f}")
        rows.append((f"{SYMBOLS[int(structure.numbers[i])]}{i}", *numbers))
    title = f"{len(structure):,} atoms" if len(structure) <= MOST_ROWS else f"The first {MOST_ROWS:,} of {len(structure):,} atoms"
    selected = np.flatnonzero(selection(state, structure)[:MOST_ROWS])
    return Table("atoms", title, columns, tuple(rows), "Atoms", tuple(int(i) for i in selected))


def hover(state: State, hit: Hit) -> str:
    """What the atom under the pointer is."""
    ready = prepare(state)
    if hit.item != "atoms" or not 0 <= hit.index < len(ready.owner):
        return ""
    structure, index = ready.structure, int(ready.owner[hit.index])
    x, y, z = structure.positions[index]
    lines = [f"{atom_name(structure, index)}   {x:.3f}, {y:.3f}, {z:.3f} Å"]
    forces = structure.arrays.get("forces")
    if forces is not None:
        lines.append(f"force {np.linalg.norm(forces[index]):.3f} eV/Å")
    array = structure.arrays.get(state.colour_by)
    if array is not None and array.ndim == 1:
        lines.append(f"{state.colour_by} {array[index]:.4g} {UNITS.get(state.colour_by, '')}".strip())
    return "\n".join(lines).replace("-", "−")


def pick(state: State, hit: Hit) -> State | None:
    """A click selects an atom, with Shift or Ctrl adds it (up to four, for a dihedral); a click on nothing deselects; in the plot it
    goes to a frame; in the list of operations it chooses one."""
    if hit.panel == "frames":
        last = len(trajectory(state.file)) - 1
        return replace(state, frame=int(min(max(round(hit.position[0]), 0), last))) if hit.position else None
    if hit.panel == "table:operations":
        return replace(state, operation=-1 if state.operation == hit.index else hit.index)
    if hit.panel == "table:atoms":
        return _selecting(state, hit.index, more=bool(hit.keys))
    if hit.panel != "structure":
        return None
    if hit.item != "atoms":
        return replace(state, selected=()) if state.selected and not hit.item else None
    owner = prepare(state).owner
    return _selecting(state, int(owner[hit.index]), more=bool(hit.keys & {"shift", "ctrl"})) if hit.index < len(owner) else None


def _selecting(state: State, atom: int, *, more: bool) -> State:
    if not more:
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

"""What a person does to a structure with one click: samples, measures, bonds, edits, looks. Each is a function from state to state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from e3viz.atoms.samples import SAMPLES
from e3viz.errors import UserError
from e3viz.labs.lab import Action
from e3viz.labs.structures.prepare import frame_of, selection
from e3viz.labs.structures.source import PREFIX, trajectory
from e3viz.labs.structures.state import PLAIN_LABELS, State


def open_file(state: State, path: Path) -> State:
    """The state that shows a file from its first frame, with its forces if it has any; looks are kept."""
    return showing(state, str(path))


def showing(state: State, file: str) -> State:
    """The state that shows a file or sample."""
    vectors = trajectory(file)[0].vectors()
    return replace(
        state, file=file, frame=0, selected=(), kept=(), supercell=(1, 1, 1), arrows="forces" if "forces" in vectors else "none",
        arrows_too="none", colour_by="element", colour_range=(), labels=state.labels if state.labels in PLAIN_LABELS else "none", ellipsoids="none",
        volume="none", cutoffs=(), select="", around=0.0, hide="", edits="", plot=State().plot, distribution="none", cell_choice=State().cell_choice,
        operation=-1, bonds_added=(), bonds_removed=(),
    )  # fmt: skip


def _two(state: State) -> tuple[int, int]:
    if len(state.selected) != 2:
        raise UserError("Two atoms make a bond.", "Click one, then another with Shift.")
    return state.selected[0], state.selected[1]


def add_bond(state: State) -> State:
    """Bond the two selected atoms."""
    pair = _two(state)
    kept = tuple(b for b in state.bonds_removed if sorted(b) != sorted(pair))
    return replace(state, bonds=True, bonds_removed=kept, bonds_added=(*state.bonds_added, pair))


def remove_bond(state: State) -> State:
    """Draw no bond between the two selected atoms."""
    pair = _two(state)
    kept = tuple(b for b in state.bonds_added if sorted(b) != sorted(pair))
    return replace(state, bonds_added=kept, bonds_removed=(*state.bonds_removed, pair))


def keep_measure(state: State) -> State:
    """Keep the distance, angle or dihedral of the selected atoms as a label."""
    if len(state.selected) < 2:
        raise UserError("Two to four atoms are measured.", "Click one, then others with Shift.")
    return replace(state, kept=(*(k for k in state.kept if k != state.selected), state.selected))


def _chosen(state: State, count: int = 0) -> str:
    """What is selected, as edits and expressions write it. count: of atoms, of which those that were clicked may be copies in a supercell."""
    atoms = dict.fromkeys(atom % count for atom in state.selected) if count else state.selected
    clicked = ",".join(map(str, atoms))
    if not clicked and not state.select.strip():
        raise UserError("No atom is selected.", "Click an atom, or write an expression at Select.")
    if clicked and not state.select.strip() and not state.around:
        return clicked
    parts = [f"({state.select.strip()})" if state.select.strip() else "", f"index in {clicked}" if clicked else ""]
    chosen = " or ".join(part for part in parts if part)
    return f"(within {state.around:g} of ({chosen}))" if state.around else f"({chosen})"


def hide_selected(state: State) -> State:
    """Leave the selected atoms out."""
    chosen = _chosen(state)
    wanted = chosen if chosen.startswith("(") else f"index in {chosen}"
    return replace(state, hide=f"{state.hide} or {wanted}" if state.hide.strip() else wanted, selected=(), select="", around=0.0)


def _edited(state: State, line: str) -> State:
    """The state after one more edit; raises UserError where it cannot be done, so that it is not written down."""
    after = replace(state, edits=f"{state.edits.rstrip()}\n{line}".strip())
    frame_of(after)
    return after


def delete_selected(state: State) -> State:
    """Delete the selected atoms. Kept measures and bonds follow the atoms that stay, which get other numbers."""
    structure = frame_of(state)
    here = replace(state, selected=tuple(atom % len(structure) for atom in state.selected))
    gone = selection(here, structure)
    number = np.cumsum(~gone) - 1

    def renumbered(groups: tuple[tuple[int, ...], ...]) -> tuple[Any, ...]:
        whole = [group for group in groups if max(group) < len(gone) and not gone[list(group)].any()]
        return tuple(tuple(int(number[atom]) for atom in group) for group in whole)

    return replace(
        _edited(state, f"delete {_chosen(state, len(structure))}"), selected=(), select="", around=0.0, kept=renumbered(state.kept),
        bonds_added=renumbered(state.bonds_added), bonds_removed=renumbered(state.bonds_removed),
    )  # fmt: skip


def publication(state: State) -> State:
    """A clean look for print."""
    return replace(
        state, style="ball and stick", axes=False, ghost=False, depth_cue=False, occlusion=False, parallel=True, selected=(), labels="none"
    )


def first_looks(state: State) -> State:
    """Every look as the program comes, of the same atoms."""
    return replace(showing(State(), state.file), frame=state.frame, edits=state.edits, cell_choice=state.cell_choice)


def samples() -> tuple[Action, ...]:
    """One action for each structure that comes with the program."""
    return tuple(
        Action(
            f"sample-{sample.name}", f"Sample: {sample.title}", f"Show {sample.title}.",
            lambda state, name=sample.name: showing(state, PREFIX + name),
        )
        for sample in SAMPLES
    )  # fmt: skip


# fmt: off
ACTIONS: tuple[Action, ...] = (
    Action(
        "keep-measure",
        "Keep as label",
        "Keep the distance, angle or dihedral of the selected atoms in the picture.",
        keep_measure,
        tab="Atoms",
    ),
    Action("forget-measures", "Remove labels", "Remove the kept measures.", lambda s: replace(s, kept=()), tab="Atoms"),
    Action("hide-selected", "Hide selected", "Leave the selected atoms out of the picture.", hide_selected, tab="Atoms"),
    Action("show-all", "Show all", "Show hidden atoms again.", lambda s: replace(s, hide=""), tab="Atoms"),
    Action("add-bond", "Add bond", "Bond the two selected atoms.", add_bond, tab="Atoms"),
    Action("remove-bond", "Remove bond", "Draw no bond between the two selected atoms.", remove_bond, tab="Atoms"),
    Action("delete-selected", "Delete selected", "Delete the selected atoms.", delete_selected, tab="Edit"),
    Action(
        "move-selected", "Move…", "Move the selected atoms.", lambda s, by: _edited(s, f"move {_chosen(s, len(frame_of(s)))} {by}"), tab="Edit",
        asks="Along x, y and z, in Å", given="0 0 0.5",
    ),
    Action(
        "change-element", "Change element…", "Make another element of the selected atoms.",
        lambda s, symbol: _edited(s, f"element {_chosen(s, len(frame_of(s)))} {symbol}"), tab="Edit", asks="Symbol of the element", given="N",
    ),
    Action(
        "add-atom", "Add atom…", "Add one atom.", lambda s, atom: _edited(s, f"add {atom}"), tab="Edit",
        asks="Symbol, then x, y and z in Å", given="H 0 0 0",
    ),
    Action("wrap", "Wrap", "Move every atom into the cell.", lambda s: _edited(s, "wrap"), tab="Edit"),
    Action(
        "centre",
        "Centre",
        "Move the atoms to the middle of the cell, or of the origin without one.",
        lambda s: _edited(s, "centre"),
        tab="Edit",
    ),
    Action(
        "repeat-cell", "Repeat…", "Make a larger cell of copies.", lambda s, times: _edited(s, f"repeat {times}"), tab="Edit",
        asks="How often along a, b and c", given="2 2 2",
    ),
    Action(
        "rattle", "Rattle…", "Displace every atom at random.", lambda s, size: _edited(s, f"rattle {size}"), tab="Edit",
        asks="Standard deviation in Å, and a seed if you like", given="0.05 7",
    ),
    Action(
        "strain", "Strain…", "Stretch or shear the cell with its atoms.", lambda s, strain: _edited(s, f"strain {strain}"), tab="Edit",
        asks="Strain in all directions; or xx yy zz; or xx yy zz yz xz xy", given="0.01",
    ),
    Action("undo-edits", "Drop all edits", "Show the structure as it is in the file.", lambda s: replace(s, edits=""), tab="Edit"),
    Action("publication", "Look for print", "A clean look for a figure in print: parallel, no axes, no ghost.", publication),
    Action("first-looks", "Default look", "Every setting of the look as the program comes.", first_looks),
    *samples(),
)
# fmt: on

"""What a state draws, before g: atoms, bonds and cell, computed once per file, frame and setting.

Turning g, picking an atom or switching labels must not search for bonds again, and an array that did not change must stay the
same object (then it is not uploaded again). Hence the small caches here; their keys hold everything their value depends on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.bonds import BondPieces, Bonds, bond_pieces, find_bonds, longest_bonds
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import Copies, cell_edges, image_atoms, repeat
from e3viz.errors import UserError
from e3viz.labs.structures.edits import apply_edits
from e3viz.labs.structures.source import path_of, trajectory
from e3viz.labs.structures.state import State

NO_BONDS = Bonds(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.int64))


@dataclass(frozen=True, eq=False)
class Prepared:
    """A frame ready to be drawn, before g.

    one: the frame after edits and choice of cell; structure: with the supercell; places: where atoms are drawn, (d, 3), the
    structure's own first and then their periodic images; owner: which atom is drawn there, (d,); hidden: atoms that are left out
    (n,); bonds: of the structure; copies: the images; pieces: halves of bonds; edges: starts and ends of the cell's edges.
    """

    one: Structure
    structure: Structure
    places: FloatArray
    owner: NDArray[np.int64]
    hidden: NDArray[np.bool_]
    bonds: Bonds
    copies: Copies | None
    pieces: BondPieces
    edges: tuple[FloatArray, FloatArray]


def prepare(state: State) -> Prepared:
    """Atoms, bonds and cell of a state; raises FileError or UserError."""
    return _prepare(_matters(state), trajectory(state.file).stamp)


def _matters(state: State) -> State:
    """The state with everything else at its default: what the atoms and bonds depend on."""
    names = ("file", "frame", "supercell", "images", "bonds", "cutoffs", "hide", "cell_choice", "edits", "bonds_added", "bonds_removed")
    kept = {name: getattr(state, name) for name in names}
    if state.cell_choice != "as in the file":
        kept["tolerance"] = state.tolerance
    return replace(State(), **kept)


@lru_cache(maxsize=8)
def _prepare(what: State, changed: object) -> Prepared:
    one = frame_of(what)
    whole = repeat(one, what.supercell)
    hidden = hidden_atoms(what, whole)
    copies = image_atoms(whole) if what.images else None
    places, owner = whole.positions, np.arange(len(whole))
    if copies is not None and len(copies.atoms):
        places, owner = np.concatenate([places, copies.positions(whole)]), np.concatenate([owner, copies.atoms])
    if hidden.any():
        shown = ~hidden[owner]
        places, owner = places[shown], owner[shown]
    found = _bonds(what, whole, hidden)
    return Prepared(
        one, whole, places, owner, hidden, found, copies, _pieces(whole, found, copies, hidden), cell_edges(one, what.supercell)
    )


def _bonds(what: State, whole: Structure, hidden: NDArray[np.bool_]) -> Bonds:
    if not what.bonds:
        return NO_BONDS
    found = find_bonds(whole, cutoffs=dict(what.cutoffs), added=what.bonds_added, removed=what.bonds_removed)
    if not hidden.any():
        return found
    shown = ~(hidden[found.i] | hidden[found.j])
    return Bonds(found.i[shown], found.j[shown], found.shifts[shown])


def _pieces(whole: Structure, found: Bonds, copies: Copies | None, hidden: NDArray[np.bool_]) -> BondPieces:
    if copies is not None and hidden.any():
        shown = ~hidden[copies.atoms]
        copies = Copies(copies.atoms[shown], copies.shifts[shown])
    return bond_pieces(whole, found, copies, stubs=copies is None)


def hidden_atoms(what: State, structure: Structure) -> NDArray[np.bool_]:
    """The atoms that the state hides, (n,)."""
    if not what.hide.strip():
        return np.zeros(len(structure), dtype=bool)
    from e3viz.atoms.select import select

    return select(structure, what.hide)


def frame_of(state: State) -> Structure:
    """The frame on view, edited, in the cell that was chosen; raises FileError, or UserError where there is no such frame."""
    frames = trajectory(state.file)
    if not 0 <= state.frame < len(frames):
        raise UserError(f"There is no frame {state.frame} in {path_of(state.file).name}.", f"It has frames 0 to {len(frames) - 1}.")
    structure = frames[state.frame]
    if state.edits.strip():
        structure = apply_edits(structure, state.edits)
    if state.cell_choice == "as in the file":
        return structure
    from e3viz.atoms import cells

    change = {"primitive": cells.primitive_cell, "conventional": cells.conventional_cell, "symmetrised": cells.symmetrise}[
        state.cell_choice
    ]
    return change(structure, state.tolerance)


def bond_limits(state: State) -> dict[str, float]:
    """The longest bond in Å for every pair of elements that has one, "C-H" → 1.25."""
    return longest_bonds(prepare(state).structure, prepare(state).bonds, cutoffs=dict(state.cutoffs))


def selection(state: State, structure: Structure) -> NDArray[np.bool_]:
    """The atoms that were clicked, or for which the state's expression holds, and those around them, (n,)."""
    clicked = np.zeros(len(structure), dtype=bool)
    clicked[[i for i in state.selected if i < len(structure)]] = True
    if not state.select.strip() and not (state.around and clicked.any()):
        return clicked
    from e3viz.atoms.select import select

    chosen = clicked | select(structure, state.select, clicked) if state.select.strip() else clicked
    return chosen | select(structure, f"within {state.around} of selection", chosen) if state.around else chosen

"""The symmetry of the frame on view: its group, the list of operations, which atom goes where, and the film of an operation."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from e3viz.atoms.groups import SymmetryInfo, describe
from e3viz.atoms.measure import atom_name
from e3viz.atoms.operations import Operation, cycles, permutation
from e3viz.atoms.space_groups import typeset
from e3viz.errors import UserError
from e3viz.labs.lab import Fact, Film, Table
from e3viz.labs.structures.prepare import frame_of
from e3viz.labs.structures.source import trajectory
from e3viz.labs.structures.state import State
from e3viz.symmetry.element import Element
from e3viz.symmetry.point_groups import pretty

MOST_ATOMS = 400
TAB = "Symmetry"
MOST_CYCLES = 40


def symmetry_of(state: State) -> SymmetryInfo | None:
    """The symmetry of the frame, or None for one that is too large to ask about each time, or has none to speak of."""
    what = replace(State(), file=state.file, frame=state.frame, edits=state.edits, cell_choice=state.cell_choice, tolerance=state.tolerance)
    return _symmetry(what, trajectory(state.file).stamp)


@lru_cache(maxsize=32)
def _symmetry(what: State, changed: object) -> SymmetryInfo | None:
    structure = frame_of(what)
    if not 0 < len(structure) <= MOST_ATOMS:
        return None
    try:
        return describe(structure, what.tolerance)
    except UserError:
        return None


def operation_of(state: State) -> Operation | None:
    """The operation that was chosen in the list, None for none."""
    if state.operation < 0:
        return None
    info = symmetry_of(state)
    return info.operations[state.operation] if info is not None and state.operation < len(info.operations) else None


def facts(state: State) -> list[Fact | Table]:
    """Group, sites and operations."""
    info = symmetry_of(state)
    if info is None:
        return [Fact("Group", f"not asked for more than {MOST_ATOMS} atoms", tab=TAB)]
    found: list[Fact | Table] = [Fact("Point group", pretty(info.point_group), "Schoenflies symbol.", TAB)]
    if info.space_group:
        found.append(Fact("Space group", f"{typeset(info.space_group)} ({info.number})", "International symbol and number.", TAB))
        found.append(Fact("Hall", info.hall.replace("-", "−"), "Hall symbol, which fixes the origin too.", TAB))
    named = pretty if info.kind == "molecule" else typeset
    if info.higher:
        found.append(
            Fact(
                "Nearly", f"{named(info.higher)} within {info.higher_within:g} Å", "The next higher group and the tolerance it needs.", TAB
            )
        )
    chosen = operation_of(state)
    if chosen is not None:
        found.append(Fact("Operation", chosen.text, "What the chosen operation does.", TAB, "Chosen"))
        found.append(Fact("Atoms go", where_atoms_go(state, chosen.element), "Which atom goes where, as cycles.", TAB, "Chosen"))
    # the label says already what kind it is, and the column is narrow
    rows = tuple((op.label, op.text.removeprefix("rotation by ").removeprefix("mirror plane with ")) for op in info.operations)
    selected = (state.operation,) if chosen is not None else ()
    found.append(Table("operations", f"{len(rows)} operation{'s' if len(rows) != 1 else ''}", ("", "what it does"), rows, TAB, selected))
    found.append(_sites(state, info))
    return found


def _sites(state: State, info: SymmetryInfo) -> Table:
    structure = frame_of(state)
    rows = []
    for first in dict.fromkeys(info.equivalent.tolist()):
        members = int((info.equivalent == first).sum())
        wyckoff = f"{members}{info.wyckoffs[first]}" if info.wyckoffs else str(members)
        rows.append((atom_name(structure, first), wyckoff, (typeset if info.wyckoffs else pretty)(info.site_symmetries[first])))
    return Table("sites", "Sites", ("atom", "Wyckoff" if info.wyckoffs else "alike", "site symmetry"), tuple(rows), TAB)


def where_atoms_go(state: State, element: Element) -> str:
    """Cycles of atoms: (C0 C1) (H3 H4 H5)."""
    structure = frame_of(state)
    try:
        moves = cycles(permutation(structure, element))
    except UserError as error:
        return error.message
    moved = [cycle for cycle in moves if len(cycle) > 1]
    texts = ["(" + " ".join(atom_name(structure, i) for i in cycle) + ")" for cycle in moved[:MOST_CYCLES]]
    return " ".join(texts) + (" …" if len(moved) > MOST_CYCLES else "") if texts else "every atom stays"


def films(state: State) -> list[Film]:
    """The chosen operation, from the identity to its end; without one, every operation of the group in turn."""
    info = symmetry_of(state)
    if info is None or not info.operations:
        return []
    chosen = operation_of(state)
    if chosen is not None:
        return [Film("operation", f"Symmetry operation {chosen.label}", lambda t, op=chosen: (state, op.element.part(t)))]  # type: ignore[misc]
    moving = [op for op in info.operations if op.kind != "identity"][:12]
    if not moving:
        return []

    def at(t: float) -> tuple[State, Element]:
        number = min(int(t * len(moving)), len(moving) - 1)
        return state, moving[number].element.part(t * len(moving) - number)

    return [Film("operations", "The symmetry operations one after another", at, 2.0 * len(moving))]


def plays(before: State, after: State) -> str:
    """The film of an operation that has just been chosen."""
    chosen = after.operation >= 0 and (before.file, before.operation) != (after.file, after.operation)
    operation = operation_of(after) if chosen else None
    return "operation" if operation is not None and operation.kind != "identity" else ""

"""The Groups lab as a sheet, in numbers and words, under the pointer, and the check that turning the figure turns its group with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from e3viz.labs.groups.brackets import action_diagram, number_text
from e3viz.labs.groups.character_grid import character_diagram
from e3viz.labs.groups.figure import scene
from e3viz.labs.groups.lattice import lattice_diagram, subgroup_names
from e3viz.labs.groups.matrices import matrix_diagram
from e3viz.labs.groups.state import (
    BESIDE,
    WHOLE,
    State,
    chosen,
    chosen_before,
    chosen_irrep,
    chosen_subgroup,
    product,
    representation,
    subject,
    words,
)
from e3viz.labs.groups.table import place_at, table_diagram
from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element
from e3viz.symmetry.group_tables import table_of
from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.point_groups import CRYSTAL_SYSTEMS, hermann_mauguin, pretty

MOST_LISTED = 16


def pictures(state: State, g: Element) -> Sheet:
    """The figure, the numbers of the motion under it, and beside it what the state asks for."""
    beside = {
        BESIDE[0]: ("table", table_diagram),
        BESIDE[1]: ("matrices", matrix_diagram),
        BESIDE[2]: ("characters", character_diagram),
        BESIDE[3]: ("lattice", lattice_diagram),
    }
    name, draw = beside[state.beside]
    panels = (
        Panel("figure", scene(state, g), 0.0, 0.0, 0.5, 0.74),
        Panel("action", action_diagram(state, g), 0.0, 0.74, 0.5, 0.26, card=True),
        Panel(name, draw(state), 0.5, 0.0, 0.5, 1.0, card=True),
    )
    return Sheet(panels, _title(state), _subtitle(state))


def _title(state: State) -> str:
    group = subject(state).group
    first = chosen_before(state)
    name, title = group.names[chosen(state)], subject(state).title
    acting = name if first is None else f"{name} ∘ {group.names[first]} = {group.names[product(state)]}"
    return f"{title[:1].upper()}{title[1:]}: {acting}"


def _subtitle(state: State) -> str:
    order, first = len(subject(state).group), chosen_before(state)
    text = words(state, chosen(state)) if first is None else f"{words(state, first)}; then {words(state, chosen(state))}"
    return f"{group_name(state)}, {order} element{'s' * (order > 1)} · {text}"


def group_name(state: State) -> str:
    """Its name, of a polygon with what it is in space: D₄ (in space C₄ᵥ)."""
    shown = subject(state)
    name = pretty(shown.group.name)
    if not shown.flat:
        return name
    spatial = shown.group.name.replace("D", "C") + "v" if state.mirrors else shown.group.name
    return name if spatial == shown.group.name else f"{name} (in space {pretty({'C1v': 'Cs'}.get(spatial, spatial))})"


def facts(state: State, g: Element) -> list[Fact | Table]:
    """The group, the element, its subgroups, and the representation."""
    return [*_group_facts(state), *_element_facts(state), _elements(state), *_table_facts(state), *_representation_facts(state)]


def _group_facts(state: State) -> list[Fact | Table]:
    shown, section = subject(state), "Group"
    group = shown.group
    found: list[Fact | Table] = [
        Fact("Group", group_name(state), "Schoenflies symbol; of a polygon the dihedral or cyclic group.", "Group", section, status=True),
        Fact("Order", str(len(group)), "How many elements it has.", "Group", section, status=True),
        Fact("Commutative", "yes" if group.is_abelian else "no", "Whether the order of two elements never matters.", "Group", section),
    ]
    if not shown.flat:
        found.insert(1, Fact("International", hermann_mauguin(group.name), "Hermann–Mauguin symbol.", "Group", section))
        system = CRYSTAL_SYSTEMS.get(group.name)
        found.append(
            Fact("Crystals", system or "none has it", "The crystal system it belongs to, if crystals can have it.", "Group", section)
        )
        found.append(Fact("Chiral", "yes" if group.is_chiral else "no", "Whether all elements are rotations.", "Group", section))
    return found


def _element_facts(state: State) -> list[Fact | Table]:
    group, section = subject(state).group, "Element"
    k = product(state)
    matrix = group.matrices[k]
    rows = "\n".join(" ".join(f"{number_text(v):>6}" for v in row) for row in matrix)
    members = group.classes[int(group.class_of[k])]
    return [
        Fact("Name", group.names[k], words(state, k), "Group", section),
        Fact("Order", str(int(group.orders[k])), "How often it must act until all is as before.", "Group", section),
        Fact("Inverse", group.names[int(group.inverses[k])], "The element that undoes it.", "Group", section),
        Fact(
            "Determinant",
            f"{round(float(np.linalg.det(matrix)))}".replace("-", "−"),
            "1 for rotations, −1 with a mirror.",
            "Group",
            section,
        ),
        Fact("Class", _listed(group, members), "The elements that are the same motion seen from another side.", "Group", section),
        Fact("Matrix", rows, "What it does to x, y and z, before g turns the figure.", "Group", section),
    ]


def _elements(state: State) -> Table:
    group = subject(state).group
    rows = tuple((name, words(state, k), str(int(group.orders[k]))) for k, name in enumerate(group.names))
    return Table("elements", f"{len(group)} elements", ("", "what it does", "order"), rows, "Group", (chosen(state),))


def _listed(group: FiniteGroup, members: tuple[int, ...]) -> str:
    return ", ".join(group.names[m] for m in members[:MOST_LISTED]) + (f" … ({len(members)})" if len(members) > MOST_LISTED else "")


def _table_facts(state: State) -> list[Fact | Table]:
    shown = subject(state)
    group, first = shown.group, chosen_before(state)
    found: list[Fact | Table] = []
    if first is not None:
        a, b = group.names[chosen(state)], group.names[first]
        there, back = group.names[product(state)], group.names[group.product(first, chosen(state))]
        found.append(Fact(f"{a} ∘ {b}", there, f"First {b}, then {a}.", "Table", "Product"))
        found.append(Fact(f"{b} ∘ {a}", back, f"First {a}, then {b}.", "Table", "Product"))
        found.append(Fact("They", "commute" if there == back else "do not commute", "Whether the order matters.", "Table", "Product"))
    found += [
        Fact(
            "Generators",
            _listed(group, group.generators) or "none",
            "A smallest set whose products are all elements.",
            "Table",
            "Structure",
        ),
        Fact("Centre", _listed(group, group.centre), "The elements that commute with all others.", "Table", "Structure"),
        Fact("Classes", "; ".join(group.class_names), "Elements that are the same motion seen from another side.", "Table", "Structure"),
    ]
    marked = chosen_subgroup(state)
    if marked is not None:
        found.append(Fact("Marked", _listed(group, marked.members), "The elements of the subgroup.", "Table", "Structure"))
    names = subgroup_names(group, flat=shown.flat)
    rows = tuple(
        (name, str(len(part.members)), "normal" if part.is_normal else f"{part.count} conjugate")
        for name, part in zip(names, group.subgroups, strict=True)
    )
    selected = () if marked is None else (group.subgroups.index(marked),)
    found.append(Table("subgroups", f"{len(group.all_subgroups)} subgroups", ("", "order", ""), rows, "Table", selected))
    return found


def _representation_facts(state: State) -> list[Fact | Table]:
    rep = representation(state)
    section, tab = "Representation", "Representations"
    table, irrep = rep.table, chosen_irrep(state)
    found: list[Fact | Table] = [
        Fact("Components", str(rep.dim), "The size of its matrices.", tab, section),
        Fact("Is made of", rep.decomposition_text(), "Its irreps with their multiplicities.", tab, section),
        Fact(
            "D(g₁g₂) = D(g₁)D(g₂)",
            f"{rep.homomorphism_error:.1e}" if rep.homomorphism_error else "0",
            "The largest difference over all pairs of elements.",
            tab,
            section,
        ),
        Fact("Faithful", "yes" if rep.is_faithful else "no", "Whether different elements have different matrices.", tab, section),
    ]
    rows = tuple(
        (name, str(int(table.dims[list(irreps)].sum())), str(count))
        for name, irreps, count in zip(table.real_names, table.real_irreps, rep.multiplicities, strict=True)
    )
    found.append(Table("irreps", "Irreps: click for the projector", ("", "dim", "times"), rows, tab, () if irrep is None else (irrep,)))
    return found


def check(state: State, g: Element) -> Check:
    """g (s x) = (g s g⁻¹)(g x) for every element s and corner x, the turned elements have the same table, and D is a representation."""
    shown = subject(state)
    group, turn = shown.group, g.linear
    turned = turn @ group.matrices @ turn.T
    corners = shown.points @ turn.T
    there = np.einsum("ij,gjk,ak->gai", turn, group.matrices, shown.points)
    moved = np.einsum("gij,aj->gai", turned, corners)
    landed = corners[group.permutations(shown.points, kinds=shown.symbols)]
    error = max(float(np.abs(there - moved).max()), float(np.abs(moved - landed).max()), representation(state).homomorphism_error)
    if not np.array_equal(table_of(turned), group.table):
        error = 1.0
    return Check(error, "Every element, turned by g, still takes corners to corners and has the same table; D(g₁g₂) = D(g₁)D(g₂).")


def pick(state: State, hit: Hit) -> State | None:
    """A click on a corner, a cell or heading of the table, a class, an irrep, a matrix, a subgroup, or a row of the inspector's tables."""
    if hit.panel == "figure":
        return replace(state, corner=hit.index) if hit.item == "corners" and hit.index >= 0 else None
    if hit.panel == "table":
        place = place_at(state, hit.item, hit.position)
        return None if place is None else _acting(state, *place)
    word, _, digits = hit.item.partition(" ")
    if hit.panel.startswith("table:"):
        word, number = hit.panel.removeprefix("table:").removesuffix("s"), hit.index
    else:
        number = int(digits) if digits.isdigit() else -1
    wanted: dict[str, Callable[[], State]] = {
        "element": lambda: _acting(state, number, -1),
        "class": lambda: _acting(state, subject(state).group.classes[number][0], -1),
        "subgroup": lambda: _beside(replace(state, subgroup=-1 if state.subgroup == number else number), BESIDE[0], BESIDE[3]),
        "irrep": lambda: _beside(replace(state, irrep=-1 if state.irrep == number else number), BESIDE[1], BESIDE[2]),
    }
    return wanted[word]() if word in wanted and number >= 0 else None


def _beside(state: State, *useful: str) -> State:
    """The same, showing the first of what is useful beside the figure unless one of it is there."""
    return state if state.beside in useful else replace(state, beside=useful[0])


def _acting(state: State, row: int, column: int) -> State:
    """One element, or the product of two; the motion stands at its end."""
    if row < 0 or column < 0:
        return replace(state, element=max(row, column), before=-1, progress=WHOLE)
    return replace(state, element=row, before=column, progress=WHOLE)


def hover(state: State, hit: Hit) -> str:
    """What is under the pointer."""
    shown = subject(state)
    if hit.panel == "figure" and hit.item == "corners" and 0 <= hit.index < len(shown.points):
        place = shown.points[hit.index] * shown.scale
        unit = " Å" if shown.symbols else ""
        return f"{shown.corner_word} {shown.labels[hit.index]}: {', '.join(number_text(v) for v in place)}{unit}"
    if hit.panel == "table" and hit.item == "cells":
        place_ = place_at(state, hit.item, hit.position)
        if place_ is not None and min(place_) >= 0:
            names = shown.group.names
            return f"{names[place_[0]]} ∘ {names[place_[1]]} = {names[int(shown.group.table[place_])]}"
    return ""


def plays(before: State, after: State) -> str:
    """The film of the element, or of the two elements, that a person has just chosen."""
    same = all(getattr(before, name) == getattr(after, name) for name in ("shape", "sides", "mirrors", "group", "molecule", "variant"))
    chosen_now = same and (before.element, before.before) != (after.element, after.before)
    moves = chosen(after) != 0 or chosen_before(after) is not None
    return "motion" if chosen_now and moves and after.progress == WHOLE else ""


def film_order(state: State) -> list[int]:
    """The elements that are shown one after the other, without the identity."""
    return list(range(1, len(subject(state).group)))[:MOST_LISTED]

"""The Groups lab: a figure and its finite group, the elements, their table, subgroups, representations and characters.

state.py says what is shown and on what the group acts; figure.py draws it in space; table.py, brackets.py, matrices.py, character_grid.py and
lattice.py draw what stands beside it; describe.py puts it into words and numbers, code.py into a script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from e3viz.labs.groups.code import code
from e3viz.labs.groups.describe import check, facts, film_order, hover, pick, pictures, plays
from e3viz.labs.groups.state import BESIDE, WHOLE, State, chosen, chosen_before, subject
from e3viz.labs.lab import Action, Film, Lab
from e3viz.symmetry.element import Element

EXPLAIN = """
## What makes a group

A **symmetry** of a figure is a motion after which it looks as before. Do two of them one after the other and you have done a third:
that is all it takes to multiply. With $a \\circ b$ we mean *first b, then a*, so that matrices multiply in the same order:

$$\\hat{x} = \\hat{a}\\,(\\hat{b}\\,x) = (\\hat{a}\\hat{b})\\,x$$

The symmetries of a figure form a **group**: products are symmetries again, one element $e$ does nothing, every element has an inverse,
and brackets do not matter. The order of factors may: after D and then H the square lies otherwise than after H and then D. Click
two cells on either side of the diagonal.

## The square

It has four rotations, E, R₉₀, R₁₈₀ and R₂₇₀, and four mirrors: H in the level line, V in the upright one, D in the diagonal that rises to the
right and D′ in the one that falls. The mirror $S_\\varphi$ in the line at the angle $\\varphi$ does this:

$$\\hat{x} = x\\,\\cos 2\\varphi + y\\,\\sin 2\\varphi$$

$$\\hat{y} = x\\,\\sin 2\\varphi - y\\,\\cos 2\\varphi$$

At 45° it swaps x and y: that is D, and no other. The angle is that of the mirror line, not the $2\\varphi$ that stands in the matrix; mixing
up the two gives one mirror two names.

## Representations

A **representation** gives every element a matrix so that $D(ab) = D(a)\\,D(b)$. Coordinates are one, the permutations of the corners another,
and so is every irrep $l$ of O(3): what a network stores as 1o or 2e is a representation of every point group at once. Its **character** is
the trace $\\chi(g) = \\mathrm{tr}\\,D(g)$, the same for all elements of a class. How often an irrep of the group is in it is a scalar product,

$$n_i = \\frac{1}{h} \\sum_g \\chi_i(g)^{*}\\, \\chi(g)$$

$$P_i = \\frac{d_i}{h} \\sum_g \\chi_i(g)^{*}\\, D(g)$$

where $h$ is the number of elements and $d_i$ the dimension; $P_i$ projects onto that part. Only what belongs to the trivial irrep (A, A₁, A₁g)
may differ from zero in a molecule with this symmetry, whatever a model has learned.

*K. Sheriff and Y. Cao, poster on E(3)-equivariant neural networks (2022); M. S. Dresselhaus et al., Group Theory: Application to the Physics
of Condensed Matter (Springer 2008).*
"""

_Make = Callable[[State], State]


def _fields(**values: Any) -> _Make:
    return lambda state: replace(state, element=1, before=-1, corner=0, subgroup=-1, irrep=-1, progress=WHOLE, **values)


def _beside(which: int) -> _Make:
    return lambda state: replace(state, beside=BESIDE[which])


ACTIONS = (
    Action("square", "The square", "The square and its eight symmetries.", _fields(shape="polygon", sides=4, mirrors=True), tab="Group"),
    Action("ammonia", "Ammonia", "A molecule with a three-fold axis and three mirrors.", _fields(shape="molecule", molecule="ammonia"), tab="Group"),
    Action("cube", "The cube", "The cube and its 48 symmetries.", _fields(shape="solid", group="Oh", variant=0), tab="Group"),
    Action("icosahedron", "Icosahedron", "The icosahedron and its 120 symmetries.", _fields(shape="solid", group="Ih", variant=0), tab="Group"),
    Action("another", "Another solid", "The next solid with the same symmetry, where there are several.",
           lambda state: replace(state, shape="solid", variant=(state.variant + 1) % 3, corner=0), tab="Group"),
    Action("one", "One element", "Leave out the element that acts first.", lambda state: replace(state, before=-1, progress=WHOLE), tab="Table"),
    Action("swap", "Swap the two", "Let the two elements act in the other order.",
           lambda state: replace(state, element=chosen_before(state) or 0, before=chosen(state), progress=WHOLE), tab="Table"),
    Action("show-table", "Show the table", "The multiplication table beside the figure.", _beside(0), tab="Table"),
    Action("show-subgroups", "Show the subgroups", "The lattice of subgroups beside the figure.", _beside(3), tab="Table"),
    Action("show-matrices", "Show the matrices", "The matrices of the representation beside the figure.", _beside(1), tab="Representations"),
    Action("show-characters", "Show the characters", "The character table beside the figure.", _beside(2), tab="Representations"),
)  # fmt: skip


def films(state: State, g: Element) -> list[Film]:
    """The motion on view, and all elements one after the other."""
    last = film_order(state)
    first = chosen_before(state)
    name = subject(state).group.names[chosen(state)]
    title = f"{name} acting" if first is None else f"{subject(state).group.names[first]}, then {name}"
    made = [Film("motion", title, lambda t: (replace(state, progress=round(WHOLE * t)), g), 2.0 if first is None else 4.0)]

    def at(t: float) -> tuple[State, Element]:
        number = min(int(t * len(last)), len(last) - 1)
        part = min(1.0, 1.25 * (t * len(last) - number))  # a rest at the end of each
        return replace(state, element=last[number], before=-1, progress=round(WHOLE * part)), g

    if last:
        made.append(Film("elements", "All elements one after the other", at, 1.6 * len(last)))
    return made


LAB = Lab(
    name="groups",
    title="Groups",
    section="learn",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=("Group", "Table", "Representations"),
    pick=pick,
    hover=hover,
    actions=ACTIONS,
    films=films,
    plays=plays,
    tour=(
        State(),
        State(element=5, before=4),
        State(beside="subgroups", subgroup=2),
        State(shape="molecule", molecule="ammonia", element=3, beside="character table", representation="motions of the corners"),
        State(shape="solid", group="Oh", element=10, beside="representation", representation="irreps of O(3)", irreps="2e", adapted=True),
        State(shape="solid", group="Ih", element=1),
    ),
)

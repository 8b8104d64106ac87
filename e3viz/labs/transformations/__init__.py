"""The Transformations lab: data of a type written as irreps, the matrix D(g) that acts on them, and the same objects in space.

state.py reads the type and the numbers, matrix.py and scene.py draw them, describe.py checks the laws and writes the script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from e3viz.labs.lab import Action, Film, Lab
from e3viz.labs.transformations.describe import check, code, facts, hover, pick, pictures
from e3viz.labs.transformations.state import EVERY_KIND, State
from e3viz.symmetry.element import Element

EXPLAIN = """
## Numbers with a type

Numbers alone do not say what happens to them when the world is turned. Their **type** does: a list of irreps, each with a degree $l$ and
a parity, even (e) or odd (o). An element $g$ acts on the whole list $x$ by one matrix with a block for each irrep:

$$x \\mapsto D(g)\\,x, \\qquad D(g_1 g_2) = D(g_1)\\,D(g_2)$$

An irrep of degree $l$ has $2l + 1$ components, and its block depends on nothing but $l$, the parity and $g$. The parity is what the
inversion does: even parts stay, odd parts flip. A velocity (1o) flips; a spin or a torque (1e) does not, because it is a cross product of
two vectors that both flip. Switch the inversion on at the foot of the window and compare the two arrows.

## Why the type must be right

A **position** is one vector, $1o$, not three scalars: $3 \\times 0e$ would say that x, y and z stay when the molecule turns. (A position also
moves with the translation; differences of positions do not, and they are what networks use.) A general **tensor of rank 2** is

$$1o \\otimes 1o = 0e + 1e + 2e$$

its trace, its antisymmetric part (which is an *axial* vector) and its traceless symmetric part. All three are even, since two signs
cancel. If it is typed $0e + 1o + 2o$ instead, a network still gets every rotation right, and every mirror image wrong: it
predicts the wrong sign for the mirror image of each molecule, and no amount of data that it can fit will show why.

*M. Geiger and T. Smidt, e3nn: Euclidean Neural Networks, arXiv 2207.09453 (2022).*
"""


def _typed(irreps: str, names: str) -> Callable[[State], State]:
    return lambda state: replace(state, irreps=irreps, names=names, values="", chosen=-1)


ACTIONS = (
    Action("random", "Random values", "Draw other numbers of this type.", lambda s: replace(s, seed=(s.seed * 31 + 17) % 1_000_000, values=""), tab="Show"),
    Action("every-kind", "One of each kind", "Scalars, vectors and tensors of both parities.", _typed(EVERY_KIND, ""), tab="Show"),
    Action(
        "particle", "Particle", "A particle with position, velocity and spin.", _typed("1o + 1o + 1e", "position, velocity, spin"), tab="Show"
    ),
    Action(
        "stress", "Stress tensor", "Symmetric: the pressure and the traceless part.", _typed("0e + 2e", "pressure, shear stress"), tab="Show"
    ),
    Action(
        "rank-2", "Rank-2 tensor", "Any 3×3 tensor: trace, antisymmetric and traceless symmetric part.",
        _typed("0e + 1e + 2e", "trace, antisymmetric, symmetric"), tab="Show",
    ),
    Action(
        "wrong-position", "Position typed wrongly", "Three scalars do not turn: the type is wrong for a position.",
        _typed("3x0e + 1o", "x?, y?, z?, position"), tab="Show",
    ),
    Action("features", "Features of a network", "Many irreps, as inside a network.", _typed("8x0e + 4x1o + 2x2e + 1x3o", ""), tab="Show"),
)  # fmt: skip


def films(state: State, g: Element) -> list[Film]:
    """The data turning with D(g), and the inversion."""
    turn = g if g.angle % 360.0 else Element((1.0, 1.0, 0.5), 360.0)
    inverted = replace(g, inversion=not g.inversion)
    return [
        Film("turn", "D(g) and the data turning", lambda t: (state, turn.part(t)), 6.0),
        Film("inversion", "With and without the inversion", lambda t: (state, inverted if 0.25 <= t < 0.75 else g), 3.0),
    ]


LAB = Lab(
    name="transformations",
    title="Transformations",
    section="learn",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=("Show",),
    pick=pick,
    hover=hover,
    actions=ACTIONS,
    films=films,
    tour=(State(), ACTIONS[2].apply(State()), ACTIONS[6].apply(State())),
)

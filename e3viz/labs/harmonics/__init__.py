"""The Harmonics lab: all Yˡₘ at once, one with its polynomial, signals made of them, and a translator between conventions.

state.py says what is shown, signal.py computes coefficients, scenes.py and panels.py draw, describe.py puts it in words and numbers,
code.py writes it as a script for e3nn.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from e3viz.labs.harmonics.code import code
from e3viz.labs.harmonics.describe import check, facts, hover, pick, pictures
from e3viz.labs.harmonics.state import COMPOSED, State
from e3viz.labs.lab import Action, Film, Lab
from e3viz.symmetry.element import Element

EXPLAIN = """
## Functions on the sphere that turn among themselves

Take the polynomials in x, y, z that are **homogeneous** (every term has the degree $l$) and **harmonic** (their Laplacian vanishes):

$$Y(s\\,\\mathbf{r}) = s^{l}\\,Y(\\mathbf{r}), \\qquad \\nabla^2 Y = 0$$

There are $2l + 1$ independent ones of each degree, the spherical harmonics $Y^l_m$ with $-l \\leq m \\leq l$. A rotation keeps both
properties, so a turned harmonic is a sum of harmonics of the *same* degree:

$$Y^l(g\\,\\mathbf{r}) = D^l(g)\\,Y^l(\\mathbf{r})$$

Degrees never mix: that is why networks sort their features by $l$. Any function on the sphere is a signal

$$f(\\mathbf{r}) = \\sum_{l,m} c_{lm}\\,Y^l_m(\\mathbf{r})$$

and turning the picture of $f$ is the same as turning its coefficients by $D(g)$. The dots in the view "signal" are points of the first
surface, turned as points; the surface under them is drawn from turned coefficients. They agree; the number beside g says how
well. The inversion gives the sign $(-1)^l$. The power $\\sum_m c_{lm}^2$ of each degree does not change at all.

## Why numbers from two programs differ

Everybody agrees on the functions up to a basis. e3nn has its polar axis along y and real harmonics; physics has z and complex ones with
the Condon–Shortley phase $(-1)^m$; and three normalisations are common: $\\int Y^2 = 1$, $\\sum_m Y^2 = 1$ and
$\\sum_m Y^2 = 2l + 1$. The tab *Conventions* gives the matrix between any two.

*M. Geiger and T. Smidt, e3nn: Euclidean Neural Networks, arXiv 2207.09453 (2022); F. Bigi et al., J. Chem. Phys. 159, 064802 (2023).*
"""


def open_file(state: State, path: Path) -> State:
    """The state that shows the neighbours of a file's first atom, or a picture on the sphere."""
    if path.suffix.lower() in (".png", ".jpg", ".jpeg"):
        return replace(state, view="signal", source="a picture", picture=str(path), orders=(), l_max=max(state.l_max, 10))
    return replace(state, view="signal", source="neighbours of an atom", file=str(path), atom=0, orders=())


def _random(state: State) -> State:
    return replace(state, source="composed", seed=(state.seed * 31 + 17) % 1_000_000, orders=(), view=_with_signal(state))


def _with_signal(state: State) -> str:
    return state.view if state.view == "pyramid" and state.beside else "signal"


ACTIONS = (
    Action("random", "Random signal", "Give each degree another random pattern.", _random, tab="Show"),
    Action(
        "reset", "Reset the signal", "Put all sliders back.", lambda s: replace(s, amounts=COMPOSED, orders=()), tab="Show"
    ),
    Action("pyramid", "All harmonics", "Show the pyramid of all harmonics.", lambda s: replace(s, view="pyramid"), tab="Show"),
    Action(
        "translate", "Show the translation", "Show both conventions and the matrix between them.",
        lambda s: replace(s, view="conventions", l=min(s.l, 11)), tab="Conventions",
    ),
)  # fmt: skip


def films(state: State, g: Element) -> list[Film]:
    """What is on view turning with its coefficients, and a harmonic for each order."""
    turn = g if g.angle % 360.0 else Element((1.0, 1.0, 0.5), 360.0)
    made = [Film("turn", "Turning with the coefficients", lambda t: (state, turn.part(t)), 6.0)]
    if state.view == "one harmonic":
        made.append(
            Film("orders", "All orders of this degree", lambda t: (replace(state, m=round(-state.l + t * 2 * state.l)), g), 1.0 + state.l)
        )
    return made


LAB = Lab(
    name="harmonics",
    title="Harmonics",
    section="learn",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=("Show", "Conventions"),
    pick=pick,
    hover=hover,
    open_file=open_file,
    actions=ACTIONS,
    films=films,
    tour=(
        State(),
        State(view="one harmonic", l=4, m=2),
        State(view="signal", source="neighbours of an atom", l_max=6, l=3),
        State(view="conventions", l=2),
        State(l_max=11, beside=False),
    ),
)

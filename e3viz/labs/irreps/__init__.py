"""The Irreps lab: Cartesian tensors as irreps and back, with the change of basis between them.

state.py finds the tensor, split.py and scene.py draw it, describe.py checks both ways of turning it and writes the script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from e3viz.labs.irreps.describe import check, code, facts, hover, pick, pictures
from e3viz.labs.irreps.state import ENTRIES, FIRST, State
from e3viz.labs.lab import Action, Film, Lab
from e3viz.symmetry.element import Element
from e3viz.symmetry.tensors import PRESETS

EXPLAIN = """
## A matrix in three parts

When space is turned by $R$, a rank-2 tensor becomes $R\\,T\\,R^T$: nine numbers that all mix. They mix in three closed companies:

$$T = \\frac{1}{3}\\,(\\mathrm{tr}\\,T)\\,1 \\;+\\; \\frac{1}{2}\\,(T - T^T) \\;+\\; S$$

The **trace** is one number and never changes (0e). The **antisymmetric** part has three numbers and turns as an axial vector (1e). The
**symmetric traceless** part $S$ has five, and turns as the harmonics of degree 2 do (2e). So $9 = 1 + 3 + 5$.

## The change of basis

An orthogonal matrix $Q$ takes the components to irreps and its transpose takes them back. It does not matter which of them is turned:

$$Q\\,(R \\otimes R) = D(R)\\,Q$$

In space each irrep is a surface, red where $\\sum_m c_m Y^l_m$ is positive and blue where it is negative. Its radius goes as the square root
of the length of its components, and the longest has radius 1: so a part with a quarter of the length is drawn half as large.

Turn $g$ at the foot of the window: the surfaces turn with $D(g)$, the matrices with $R$, $T' = R\\,T\\,R^T$ beside $Q^T D(g)\\,Q\\,T$,
and the difference is rounding error.

## More indices, more symmetry

If indices may be exchanged, some irreps cannot occur. A stress ($ij=ji$) has no antisymmetric part: $0e + 2e$. An elastic tensor
($ijkl=jikl=klij$) has 81 components of which 21 are free, $2 \\times 0e + 2 \\times 2e + 4e$. A tensor with an odd number of polar indices is
odd, so it vanishes in a crystal with an inversion centre: that is why such a crystal is never piezoelectric.

*M. Geiger and T. Smidt, e3nn: Euclidean Neural Networks, arXiv 2207.09453 (2022).*
"""


def _preset(name: str) -> Callable[[State], State]:
    formula = PRESETS[name].formula
    source = "sliders" if formula.count("=") == 0 or len(formula.split("=")[0]) == 2 else "random"
    return lambda state: replace(state, formula=formula, source=source, entries=ENTRIES, chosen=-1)


ACTIONS = tuple(Action(name, p.title[0].upper() + p.title[1:], p.text, _preset(name), tab="Show") for name, p in PRESETS.items())


def open_file(state: State, path: Path) -> State:
    """The tensors of a structure file."""
    return replace(state, source="file", file=str(path), frame=0, array=FIRST, atom=0, chosen=-1)


def films(state: State, g: Element) -> list[Film]:
    """The tensor and its irreps turning together."""
    turn = g if g.angle % 360.0 else Element((1.0, 1.0, 0.5), 360.0)
    return [Film("turn", "The tensor and its irreps turning", lambda t: (state, turn.part(t)), 6.0)]


LAB = Lab(
    name="irreps",
    title="Irreps",
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
    open_file=open_file,
    actions=ACTIONS,
    films=films,
    tour=(State(), _preset("stress")(State()), _preset("piezoelectric")(State()), _preset("elastic")(State())),
)

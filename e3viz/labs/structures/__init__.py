"""The Structures lab: atoms, bonds, cells, forces and trajectories of a structure file.

state.py says what is shown, source.py where it comes from, prepare.py computes what g does not change, scene.py draws it,
describe.py puts it in words and numbers, code.py writes it as a script.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from e3viz.labs.lab import Lab
from e3viz.labs.structures import source
from e3viz.labs.structures.code import code
from e3viz.labs.structures.describe import check, facts, hover, pick
from e3viz.labs.structures.scene import pictures
from e3viz.labs.structures.source import trajectory
from e3viz.labs.structures.state import State

EXPLAIN = """
## What g does to a structure

A structure is typed data. Positions are points: an element $g = (R, t)$ of E(3) takes them to

$$x \\mapsto R\\,x + t$$

Forces and velocities are polar vectors (irrep **1o**): they turn and flip with $R$ but do not move with $t$. Magnetic moments are
axial vectors (irrep **1e**): the inversion leaves them as they are. The energy is a scalar (**0e**): it does not change at all.

A model of atoms that respects this needs to see a structure in one orientation only; one that does not has to learn every
orientation from examples. Turn g at the foot of the window: the distances stay, and the arrows turn with the atoms. The number
beside g says by how much they do not.

*N. Thomas et al., Tensor field networks, arXiv 1802.08219 (2018); S. Batzner et al., Nature Communications 13, 2453 (2022).*
"""


def open_file(state: State, path: Path) -> State:
    """The state that shows a file from its first frame, with its forces if it has any; looks are kept."""
    frames = trajectory(str(path))
    vectors = frames[0].vectors()
    return replace(
        state,
        file=str(path),
        frame=0,
        selected=(),
        supercell=(1, 1, 1),
        arrows="forces" if "forces" in vectors else "none",
        colour_by="element",
        labels=state.labels if state.labels in ("none", "symbol", "index", "symbol and index") else "none",
    )


def settle(state: State) -> bool:
    """Reads a long file through, for its curves against frame."""
    return source.settle(state.file)


LAB = Lab(
    name="structures",
    title="Structures",
    section="work",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=("Look",),
    pick=pick,
    hover=hover,
    open_file=open_file,
    settle=settle,
)

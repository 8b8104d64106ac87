"""The Structures lab: atoms, bonds, cells, forces and trajectories of a structure file.

state.py says what is shown, source.py where it comes from, edits.py how it is changed; prepare.py computes what g does not change,
looks.py sizes and colours; scene.py, extras.py and charts.py draw it, describe.py and symmetry.py put it in words and numbers,
actions.py is what a person does with one click, code.py writes it all as a script.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from e3viz.atoms.writing import save
from e3viz.labs.lab import Film, Lab
from e3viz.labs.structures import source, symmetry
from e3viz.labs.structures.actions import ACTIONS, open_file
from e3viz.labs.structures.code import code
from e3viz.labs.structures.describe import check, facts, hover, pick, pictures
from e3viz.labs.structures.prepare import frame_of, prepare
from e3viz.labs.structures.source import trajectory
from e3viz.labs.structures.state import State
from e3viz.symmetry.element import Element

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


def settle(state: State) -> bool:
    """Reads a long file through, for its curves against frame."""
    return source.settle(state.file)


def save_file(state: State, g: Element, path: Path) -> None:
    """Writes the structure on view: every frame with its edits, or, once g or a supercell changed it, this frame as it is shown."""
    if g.is_identity and state.supercell == (1, 1, 1):
        frames = trajectory(state.file)
        save((frame_of(replace(state, frame=number)) for number in range(len(frames))), path)
        return
    from e3viz.atoms.edit import act

    save(act(prepare(state).structure, g), path)


def films(state: State, g: Element) -> list[Film]:
    """The trajectory, and the symmetry operations."""
    made: list[Film] = []
    last = len(trajectory(state.file)) - 1
    if last > 0:
        made.append(Film("trajectory", "The trajectory", lambda t: (replace(state, frame=round(t * last)), g), min(20.0, last / 25.0)))
    return made + symmetry.films(state)


LOOKS = (
    "style", "atom_scale", "arrow_scale", "labels", "bonds", "cell", "images", "axes", "scale_bar", "ghost", "depth_cue", "occlusion", "parallel",
)  # fmt: skip

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
    tabs=("Look", "Atoms", "Symmetry", "Edit"),
    pick=pick,
    hover=hover,
    open_file=open_file,
    save_file=save_file,
    settle=settle,
    actions=ACTIONS,
    films=films,
    plays=symmetry.plays,
    looks=LOOKS,
)

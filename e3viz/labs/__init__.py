"""The labs. `LABS` is the one list of them: adding a lab is one file here and one line below.

A lab's module is imported when it is first asked for, so that listing the labs costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from e3viz.errors import UserError, nearest

if TYPE_CHECKING:
    from e3viz.labs.lab import Lab


@dataclass(frozen=True)
class Entry:
    """What the rail and `e3viz labs` show of a lab that is not loaded yet."""

    name: str
    title: str
    section: str
    summary: str


LABS: tuple[Entry, ...] = (
    Entry("groups", "Groups", "learn", "finite groups: their elements, tables, subgroups, representations and characters"),
    Entry("transformations", "Transformations", "learn", "typed data: irreps, the matrix D(g), and the objects it turns"),
    Entry("irreps", "Irreps", "learn", "Cartesian tensors as irreps and back, with the change of basis between them"),
    Entry("harmonics", "Harmonics", "learn", "spherical harmonics, signals made of them, and their conventions"),
    Entry("tensor-product", "Tensor product", "learn", "paths between irreps, their weights and modes, learning them, powers of a vector"),
    Entry("equivariance", "Equivariance", "learn", "the commuting square of any map, what is built by +, ∘ and ⊗, networks that learn it"),
    Entry("structures", "Structures", "work", "atoms, bonds, cells, forces and trajectories of a structure file"),
    Entry(
        "features", "Features", "work", "what a trained network carries on the atoms, and what it is made of; its errors, motion, and audit"
    ),
    Entry("training", "Training", "work", "runs of potentials, live: curves, parity, a probe watched as it is learned"),
    Entry("data-efficiency", "Data efficiency", "work", "errors against training structures, with seeds, exponents and published values"),
    Entry("figures", "Figures", "work", "a page for a paper or a slide, of pictures from any labs, in mm and points"),
)


def entry(name: str) -> Entry:
    """The entry of that name; raises UserError with the nearest one."""
    for known in LABS:
        if known.name == name:
            return known
    raise UserError(f"There is no lab called “{name}”.", nearest(name, [known.name for known in LABS]))


def load(name: str) -> Lab:
    """The lab of that name; raises UserError with the nearest name. (Not called `lab`: importing `labs.lab` would hide it.)"""
    module = import_module("e3viz.labs." + entry(name).name.replace("-", "_"))
    loaded: Lab = module.LAB
    return loaded

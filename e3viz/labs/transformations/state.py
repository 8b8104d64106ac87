"""What the Transformations lab shows: irreps, and the numbers of that type."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.labs.fields import knob
from e3viz.pictures.typed import Block
from e3viz.symmetry.irreps import Irreps

EVERY_KIND = "0e + 0o + 1o + 1e + 2e + 3o"
MOST_COMPONENTS = 300
MOST_DEGREE = 11


@dataclass(frozen=True)
class State:
    """Irreps as text; values drawn by a seed, or typed; names of the objects, if they have any. chosen: the block that was clicked.

    Raises UserError for text that is not irreps or that is too large to draw, so that the field says so and the picture stays.
    """

    irreps: str = knob(EVERY_KIND, "Irreps", "The type of the data: multiplicity x degree, then e (even) or o (odd).", kind="irreps")
    seed: int = knob(3, "Seed", "Which random numbers the data are.", low=0, high=999_999, when=lambda state: not state.values.strip())
    values: str = knob("", "Values", "The numbers themselves, separated by spaces, as many as there are components; random if empty.")
    names: str = knob("", "Names", "What the irreps are, separated by commas, for example position, velocity, spin.")
    numbers: bool = knob(True, "numbers", "Write the entries of D(g) into its cells, where there is room.")
    ghost: bool = knob(True, "ghost", "Show the data as they were before g acted.")
    labels: bool = knob(True, "labels", "Write at each object what it is.")
    axes: bool = knob(False, "axes", "Draw a small cross of the x, y and z axes in the corner.")
    chosen: int = knob(-1, "Chosen", "The irrep that was clicked, counted from 0.", kind="hidden", low=-1)

    def __post_init__(self) -> None:
        parsed(self.irreps)


@lru_cache(maxsize=64)
def parsed(text: str) -> Irreps:
    """The irreps; raises UserError where they are wrong, or too large to draw."""
    irreps = Irreps.parse(text)
    if irreps.dim > MOST_COMPONENTS:
        raise UserError(f"These irreps have {irreps.dim:,} components.", f"Up to {MOST_COMPONENTS} can be drawn.")
    if irreps.l_max > MOST_DEGREE:
        raise UserError(f"The degree {irreps.l_max} is too high to be drawn.", f"Use degrees up to {MOST_DEGREE}.")
    return irreps


def data(state: State) -> NDArray[np.float64]:
    """(dim,): the numbers on view before g acts; raises UserError if those typed do not fit."""
    dim = parsed(state.irreps).dim
    if not state.values.strip():
        return np.random.default_rng(state.seed).normal(size=dim)
    found = []
    for word in re.split(r"[\s,;]+", state.values.replace("−", "-").strip()):
        try:
            found.append(float(word))
        except ValueError:
            raise UserError(f"“{word}” is no number.", "Write for example 1 0 0.5.") from None
    if len(found) != dim:
        raise UserError(f"There are {len(found)} values, but these irreps have {dim} components.", f"Write {dim} numbers, or none.")
    if not all(math.isfinite(x) for x in found):
        raise UserError("A value is not a finite number.", "Replace nan or inf by a number.")
    return np.array(found)


def blocks(state: Any) -> list[Block]:
    """All copies in memory order."""
    names = [word.strip() for word in state.names.split(",")]
    return [
        Block(number, start, irrep, names[number] if number < len(names) else "")
        for number, (start, irrep) in enumerate(parsed(state.irreps).blocks())
    ]

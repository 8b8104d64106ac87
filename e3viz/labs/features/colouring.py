"""What the colour of an atom may tell beside its element: a force, how wrong it is, its energy, how far a committee disagrees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import COLOURS
from e3viz.errors import UserError
from e3viz.labs.features import committee, errors
from e3viz.labs.features.source import seen
from e3viz.labs.features.state import ELEMENT, ENERGY, FORCE, FORCE_ERROR, KNOWN_FORCE, SPREAD, State
from e3viz.pictures.colourmaps import DIVERGING, SEQUENTIAL, diverging, sequential
from e3viz.pictures.scene import ColourBar
from e3viz.symmetry.element import Element

LABELS = {
    FORCE: "|F| predicted, eV/Å",
    KNOWN_FORCE: "|F| reference, eV/Å",
    FORCE_ERROR: "|ΔF|, eV/Å",
    ENERGY: "energy from its element's mean, eV",
    SPREAD: "spread of |F|, eV/Å",
}


def numbers(state: State, g: Element) -> NDArray[np.float64]:
    """What the atoms on view are coloured by (n,). Raises UserError where it is not known."""
    now = seen(state, g)
    known = now.structure.arrays.get("forces")
    if state.colour in (KNOWN_FORCE, FORCE_ERROR) and known is None:
        raise UserError("This structure has no reference forces to colour by.", "Colour by something else, or put moved atoms back.")
    if state.colour == SPREAD:
        if len(committee.members(state)) < 2:
            raise UserError("One model alone disagrees with nobody.", "Choose a second model under “Beside”, or add models.")
        return committee.spread_here(state, g)
    if state.colour == ENERGY:
        return from_means(now.prediction.energies, now.structure.numbers)
    forces = now.prediction.forces
    vectors = forces if state.colour == FORCE or known is None else known if state.colour == KNOWN_FORCE else forces - known
    return np.asarray(np.linalg.norm(vectors, axis=1))


def from_means(energies: NDArray[np.float64], elements: NDArray[Any]) -> NDArray[np.float64]:
    """Energies of atoms less the mean of those of the same element: what differs between atoms of one kind."""
    found = energies.copy()
    for z in np.unique(elements):
        found[elements == z] -= energies[elements == z].mean()
    return found


def colours(state: State, g: Element) -> tuple[NDArray[np.uint8], ColourBar | None]:
    """A colour for every atom on view (n, 3), and what colours mean."""
    if state.colour == ELEMENT:
        return COLOURS[seen(state, g).structure.numbers], None
    values = numbers(state, g)
    low, high = _range(state, values)
    if state.colour == ENERGY:
        return diverging(values, high), ColourBar(DIVERGING, -high, high, LABELS[state.colour])
    return sequential(values, low, high), ColourBar(SEQUENTIAL, low, high, LABELS[state.colour])


def _range(state: State, values: NDArray[np.float64]) -> tuple[float, float]:
    """From nothing to the largest number on view, or, if one scale is wanted, of all frames that are predicted."""
    if not state.one_scale:
        return 0.0, float(np.abs(values).max(initial=0.0)) or 1.0
    every = _everywhere(state)
    return 0.0, float(np.abs(every).max(initial=0.0)) or 1.0


def _everywhere(state: State) -> NDArray[np.float64]:
    """The same of the atoms of all frames that are predicted (a,)."""
    found = errors.predicted(state)
    if state.colour == SPREAD:
        return committee.spread(state)
    if state.colour == ENERGY:
        return from_means(found.shares, found.numbers)
    if state.colour == FORCE_ERROR:
        return found.force_errors()
    return np.asarray(np.linalg.norm(found.forces if state.colour == FORCE else found.known, axis=1))

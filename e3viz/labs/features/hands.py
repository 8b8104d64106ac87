"""Atoms moved by hand: where a drag in the picture puts them, and what the model says of it at once.

A drag comes as small steps in the space of the picture, where g has moved everything; each is taken back to the frame's own space.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.turning import side_of, turned
from e3viz.labs.features.source import seen, structure
from e3viz.labs.features.state import MOVES_IT, TURNS_BOND, State
from e3viz.labs.lab import Fact, Hit, Told
from e3viz.pictures.chart import Axis, Bars, Chart, Rule
from e3viz.pictures.style import LIGHT
from e3viz.symmetry.element import Element

MOST_BARS = 60


def dragged(state: State, atom: int, hit: Hit) -> State | None:
    """The state after a step of a drag that holds an atom. Raises UserError where nothing can turn."""
    if hit.end is None or not hit.position or not hit.end.position:
        return None
    back = hit.g.inverse()
    start, end = (back.act(np.asarray(place)[None])[0] for place in (hit.position, hit.end.position))
    one = structure(state)
    if state.hand == MOVES_IT:
        return _put(state, (atom,), (one.positions[atom] + end - start)[None], atom)
    if state.hand == TURNS_BOND:
        side = side_of(structure(replace(state, moved=())), atom)
        return _put(state, side.moving, turned(one, side, start, end), atom)
    return _put(state, tuple(range(len(one))), _rolled(one, start, end), atom)


def _put(state: State, atoms: tuple[int, ...], places: FloatArray, held: int) -> State:
    """The state with atoms at other places, Å, in the frame on view."""
    there = {entry[0]: entry for entry in state.moved} if state.moved_in == state.frame else {}
    there.update({a: (a, *(round(float(x), 6) for x in place)) for a, place in zip(atoms, places, strict=True)})  # type: ignore[misc]
    return replace(state, moved=tuple(sorted(there.values())), moved_in=state.frame, atom=held)


def _rolled(one: Structure, start: FloatArray, end: FloatArray) -> FloatArray:
    """All positions, turned about their middle so that the direction of `start` becomes that of `end`."""
    middle = one.positions.mean(axis=0)
    a, b = start - middle, end - middle
    axis = np.cross(a, b)
    if np.linalg.norm(axis) < 1e-9:
        return one.positions
    turn = Element(tuple(axis), float(np.degrees(np.arctan2(np.linalg.norm(axis), a @ b))))
    found: FloatArray = middle + (one.positions - middle) @ turn.linear.T
    return found


def put_back(state: State) -> State:
    """Every atom where the file has it."""
    return replace(state, moved=())


def is_moved(state: State) -> bool:
    """Whether atoms of the frame on view are not where the file has them."""
    return bool(state.moved) and state.moved_in == state.frame


def change_chart(state: State, g: Element) -> Chart:
    """How each atom's energy differs from what the model says of the frame as the file has it."""
    before, now = seen(replace(state, moved=())).prediction, seen(state, g).prediction
    change = 1e3 * (now.energies - before.energies)
    shown, axis = _atoms_axis(state, np.abs(change))
    ends = max(10.0, 1.1 * float(np.abs(change).max(initial=0.0)))
    bars = Bars(np.arange(len(shown), dtype=float), change[shown], 0.8, "accent", name="changes")
    return Chart((bars, Rule(y=0.0)), axis, Axis("change, meV", low=-ends, high=ends))


def force_chart(state: State, g: Element) -> Chart:
    """The length of the force on each atom, beside that in the frame as the file has it."""
    before, now = (np.linalg.norm(said.prediction.forces, axis=1) for said in (seen(replace(state, moved=())), seen(state, g)))
    shown, axis = _atoms_axis(state, now)
    x = np.arange(len(shown), dtype=float)
    return Chart(
        (Bars(x - 0.2, before[shown], 0.38, "faint", name="before"), Bars(x + 0.2, now[shown], 0.38, LIGHT.accent, name="now")),
        axis,
        Axis("|F|, eV/Å", low=0.0),
    )


def _atoms_axis(state: State, size: FloatArray) -> tuple[NDArray[np.int64], Axis]:
    """Which atoms have a bar, all or those with the largest, and the axis that names them."""
    shown = np.arange(len(size)) if len(size) <= MOST_BARS else np.sort(np.argsort(-size)[:MOST_BARS])
    numbers = structure(state).numbers[shown]
    ticks = tuple((float(k), f"{SYMBOLS[z]}{a}") for k, (a, z) in enumerate(zip(shown, numbers, strict=True)))
    return shown, Axis("", low=-0.7, high=len(shown) - 0.3, ticks=ticks[:: max(1, len(ticks) // 12)])


def facts(state: State, g: Element, tab: str) -> list[Told]:
    """Energy, its change since the frame, and the largest force."""
    before, now = seen(replace(state, moved=())).prediction, seen(state, g).prediction
    largest = float(np.linalg.norm(now.forces, axis=1).max(initial=0.0))
    section = "Now"
    found: list[Told] = [
        Fact(
            "Energy",
            f"{now.energy:.6f} eV".replace("-", "−"),
            "Of what is on view. Turning the molecule leaves every digit as it is.",
            tab,
            section,
            status=True,
        ),
        Fact(
            "Change",
            f"{1e3 * (now.energy - before.energy):+.3f} meV".replace("-", "−"),
            "From the frame as the file has it.",
            tab,
            section,
            status=True,
        ),
        Fact("Largest force", f"{largest:.4f} eV/Å", "Turning the molecule turns the forces and leaves their lengths.", tab, section),
    ]
    if is_moved(state):
        count = len(state.moved)
        found.append(Fact("Moved", f"{count} atom{'s' * (count != 1)}", "“Put back” undoes all of it.", tab, section))
    return found

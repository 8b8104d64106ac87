"""The Training lab: runs of a folder, live: curves, parity, a probe that is watched as it is learned, and the form of a new run.

A run is a process and a folder that this lab only reads; what is done with one is a small file in it, so a run that was started in a
terminal is seen here, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from e3viz.atoms.datasets import path_of
from e3viz.labs.lab import Action, Elsewhere, Film, Hit, Lab
from e3viz.labs.training import doing
from e3viz.labs.training.cards import QUEUE
from e3viz.labs.training.describe import check, code, facts
from e3viz.labs.training.explain import EXPLAIN
from e3viz.labs.training.form import data_of, known_summary, measure, measurements, settle, with_setting
from e3viz.labs.training.pictures import pictures
from e3viz.labs.training.source import close_look, curves, recording, records, seen_runs, stamp
from e3viz.labs.training.state import AGAINST, DATA, NEW, RUNS, VIEW, State
from e3viz.symmetry.element import Element


def pick(state: State, hit: Hit) -> State | Elsewhere | None:
    """A click on a card or a name in the legend hides or shows its curves (with Ctrl: looks at it closely), on a curve looks at its run and
    the nearest recorded epoch, on a point of a parity plot opens its frame; the lines of target and epoch are dragged."""
    if hit.panel == "curves":
        return _in_curves(state, hit)
    answer = _PICKS.get(hit.panel)
    return None if answer is None else answer(state, hit)


def _in_curves(state: State, hit: Hit) -> State | None:
    if hit.item == "target" and len(hit.position) > 1:
        return replace(state, target=float(max(0.0, hit.position[1])))
    return _at(state, replace(hit, item="") if hit.item == "epoch" else hit) if hit.position else None


def _clicked(state: State, hit: Hit) -> State | None:
    if hit.item == QUEUE:
        return None
    if "ctrl" in hit.keys:
        return replace(state, run=hit.item, record=-1)
    shown = next((one.shown for one in seen_runs(state) if one.key == hit.item), False)
    hidden, brought = (tuple(name for name in names if name != hit.item) for names in (state.hidden, state.brought))
    return (
        replace(state, hidden=(*hidden, hit.item), brought=brought)
        if shown
        else replace(state, hidden=hidden, brought=(*brought, hit.item))
    )


def _odd(state: State, hit: Hit) -> Elsewhere | None:
    """A frame in which something is odd, in Structures."""
    known = known_summary(state)
    if known is None:
        return None
    origin = data_of(state).origins[known["findings"][hit.index]["frame"]]
    return Elsewhere("structures", path_of(origin.file), {"frame": origin.frame})


def watch(state: State) -> tuple[object, ...]:
    """What the pictures and facts depend on beside the state."""
    return (*stamp(state), measurements())


def _at(state: State, hit: Hit) -> State | None:
    chosen = replace(state, run=hit.item.removeprefix("best ").removeprefix("raw ").removeprefix("training ")) if hit.item else state
    run = close_look(chosen)
    epochs = records(chosen)
    if run is None or not len(epochs):
        return chosen if hit.item else None
    column, _, divided = AGAINST[state.against]
    found = curves(run)
    x = found.column(column) / divided
    at = found.column("epoch")
    epoch = at[int(np.abs(x - hit.position[0]).argmin())] if len(at) else 0
    return replace(chosen, record=int(np.abs(epochs - epoch).argmin()))


def hover(state: State, hit: Hit) -> str:
    """Which validation structure a point of a parity plot belongs to."""
    found = _behind(state, hit)
    if found is None:
        return ""
    file, frame, atom = found
    return f"{Path(file).name}, frame {frame}{'' if atom < 0 else f', atom {atom}'}: click to open it"


def _behind(state: State, hit: Hit) -> tuple[str, int, int] | None:
    """File, frame and atom (−1 for none) behind a point of a parity plot."""
    run = close_look(state)
    if hit.panel not in ("forces", "energies") or hit.index < 0 or not hit.item or run is None:
        return None
    about, _ = recording(run, "parity")
    frames, atoms, origins = (about.get(name, []) for name in (f"{hit.item}_frames", f"{hit.item}_atoms", "origins"))
    if hit.index >= len(frames) or frames[hit.index] >= len(origins):
        return None
    file, frame = origins[frames[hit.index]]
    return file, int(frame), int(atoms[hit.index]) if hit.index < len(atoms) else -1


def _opened(state: State, hit: Hit) -> Elsewhere | None:
    """The frame behind a point in Structures, its atom selected."""
    found = _behind(state, hit)
    if found is None:
        return None
    file, frame, atom = found
    return Elsewhere("structures", path_of(file), {"frame": frame, "selected": (atom,) if atom >= 0 else ()})


_PICKS: dict[str, Callable[[State, Hit], State | Elsewhere | None]] = {
    "card": _clicked,
    "legend:curves": _clicked,
    "forces": _opened,
    "energies": _opened,
    "table:settings": lambda state, hit: replace(state, settings=with_setting(state, hit.index)),
    "table:odd": _odd,
}


def films(state: State, g: Element) -> list[Film]:
    """A network learning: its probe from the first epoch to the last; and the probe turning."""
    turn = g if g.angle % 360.0 else Element((0.2, 0.3, 1.0), 360.0)
    made = [Film("turn", "What was learned turning with g", lambda t: (state, turn.part(t)), 6.0)]
    last = len(records(state)) - 1
    if last > 0:
        made.insert(
            0, Film("learning", "A network learning", lambda t: (replace(state, record=round(t * last)), g), min(20.0, 2.0 + last / 20.0))
        )
    return made


def _all_shown(state: State) -> State:
    return replace(state, hidden=(), brought=tuple(one.key for one in seen_runs(state)))


def _none_shown(state: State) -> State:
    return replace(state, hidden=tuple(one.key for one in seen_runs(state)), brought=())


ACTIONS = (
    Action("start", "Start", "Begin this run, at once or when there is room.", doing.start, "Ctrl+Return", NEW, lasting=True),
    Action("measure", "Measure", "Measure its time and memory on a few structures, in a process of its own.", measure, "", NEW),
    Action("more", "One more run at once", "Let one more run work at the same time.", doing.more_at_once(1), lasting=True),
    Action("fewer", "One fewer run at once", "Let one run fewer work at the same time.", doing.more_at_once(-1), lasting=True),
    Action("hold", "Pause all while I work, or go on", "Pause every run and start no new one; again, to go on.", doing.hold, lasting=True),
    Action("show-all", "Show all curves", "Draw the curves of all runs.", _all_shown),
    Action("show-none", "Hide all curves", "Draw the curves of no run.", _none_shown),
)

LAB = Lab(
    name="training",
    title="Training",
    section="work",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=(RUNS, NEW, DATA, VIEW),
    pick=pick,
    hover=hover,
    actions=ACTIONS,
    films=films,
    watch=watch,
    settle=settle,
)

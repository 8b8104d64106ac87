"""The Data efficiency lab: errors on held-out structures against training structures, time or parameters, as the runs of a study come in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from e3viz.errors import FileError
from e3viz.labs.data_efficiency import doing
from e3viz.labs.data_efficiency.describe import code, curves_of, facts, pictures, shown
from e3viz.labs.data_efficiency.explain import EXPLAIN
from e3viz.labs.data_efficiency.live import RUN
from e3viz.labs.data_efficiency.report import save
from e3viz.labs.data_efficiency.source import path_of, rows_of, stamp
from e3viz.labs.data_efficiency.state import CURVES, PRESETS, QUANTITIES, REFERENCES, STUDY, State
from e3viz.labs.lab import Action, Elsewhere, Film, Hit, Lab
from e3viz.symmetry.element import Element
from e3viz.training.study_table import Row


def _row_at(state: State, hit: Hit) -> Row | None:
    if not hit.item.startswith("runs ") or hit.index < 0:
        return None
    curve = next((one for one in shown(state) if one.name == hit.item.removeprefix("runs ")), None)
    return curve.rows[hit.index] if curve is not None and hit.index < len(curve.rows) else None


def pick(state: State, hit: Hit) -> State | Elsewhere | None:
    """A click on a card hides or shows a curve, on that of a run opens it, on a point tells of its run; the target line is dragged."""
    if hit.panel == "card" and hit.item.startswith(RUN):
        return Elsewhere("training", fields={"folder": str(path_of(state) / "runs"), "run": hit.item.removeprefix(RUN)})
    if hit.panel == "card":
        hidden = tuple(name for name in state.hidden if name != hit.item) if hit.item in state.hidden else (*state.hidden, hit.item)
        return replace(state, hidden=hidden)
    if hit.item == "target" and len(hit.position) > 1:
        return replace(state, target=float(max(0.0, hit.position[1])))
    row = _row_at(state, hit)
    return None if row is None else replace(state, run=row.run or f"{row.potential}-{row.n_train}-{row.seed}")


def hover(state: State, hit: Hit) -> str:
    """Which run a point is."""
    row = _row_at(state, hit)
    column, unit, _ = QUANTITIES[state.quantity]
    return "" if row is None else f"{row.title}, N = {row.n_train}, seed {row.seed}: {getattr(row, column):.1f} {unit}"


def open_file(state: State, path: Path) -> State:
    """A table of results, or the study.toml of a study's folder."""
    wanted = replace(state, study=str(path.parent if path.name == "study.toml" else path), hidden=(), run="")
    if path.suffix not in (".csv", ".toml") and not path.is_dir():
        raise FileError(f"{path.name} is no study.", "Open a table of results (.csv) or the study.toml of a study's folder.")
    rows_of(wanted)
    return wanted


def films(state: State, g: Element) -> list[Film]:
    """The learning curves, one after the other."""
    names = [curve.name for curve in curves_of(state)]

    def at(t: float) -> tuple[State, Element]:
        count = min(len(names), int(t * (len(names) + 1)))
        return replace(state, hidden=tuple(names[count:]) if count < len(names) else ()), g

    return [Film("curves", "The learning curves, one after the other", at, 1.5 * (len(names) + 1))]


def _preset(name: str) -> Callable[[State], State]:
    return lambda state: replace(doing.preset(name), workers=state.workers)


ACTIONS = (
    *(Action(name, title, asks, _preset(name), "", STUDY) for name, (title, asks) in PRESETS.items()),
    Action("start", "Start or go on", "Run what is missing of this study, in processes that outlive the window.", doing.start, "", STUDY, lasting=True),
    Action("stop", "Stop", "Start no more runs; those under way go on next time from where they stand.", doing.stop, "", STUDY, lasting=True),
    Action("show-all", "Show all", "Draw every potential.", lambda s: replace(s, hidden=()), "", CURVES),
    Action("open-run", "Open the chosen run", "Its curves, parity and structures, in the Training lab.", doing.open_run, "", CURVES),
)  # fmt: skip

LAB = Lab(
    name="data-efficiency",
    title="Data efficiency",
    section="work",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    explain=EXPLAIN,
    tabs=(CURVES, STUDY, REFERENCES),
    pick=pick,
    hover=hover,
    open_file=open_file,
    save_file=save,
    saves="report",
    suffix=".html",
    actions=ACTIONS,
    films=films,
    watch=stamp,
    tour=(State(), State(quantity="energy MAE", fits=True), State(against="CPU time")),
)

"""What is done with studies: begun from a preset or a plan, gone on with, stopped. Each changes what lies on disk, beside the state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from e3viz.errors import UserError
from e3viz.labs.data_efficiency.source import chosen_row, path_of, plan_file, run_folder
from e3viz.labs.data_efficiency.state import PRESETS, State
from e3viz.labs.lab import Elsewhere
from e3viz.training.places import studies_folder
from e3viz.training.pursuing import ask_to_stop, begin
from e3viz.training.study import open_study, read_study


def start(state: State) -> State:
    """Run what is missing; a preset gets a folder of its own among the person's studies."""
    if state.study in PRESETS:
        study = open_study(plan_file(state.study), studies_folder() / state.study)
    elif path_of(state).is_dir():
        study = read_study(path_of(state))
    else:
        raise UserError("A table of results cannot be gone on with.", "Open the folder of a study, or choose one of the presets.")
    begin(study, state.workers)
    return replace(state, study=str(study.folder), hidden=(), run="")


def stop(state: State) -> State:
    """Start no more runs; those under way go on next time."""
    ask_to_stop(path_of(state))
    return state


def open_run(state: State) -> Elsewhere:
    """The chosen run in the Training lab: its curves, its parity, and from there its structures."""
    row = chosen_row(state)
    if row is None:
        raise UserError("No run is chosen.", "Click a point of a curve first.")
    folder = run_folder(state, row)
    if folder is None:
        raise UserError(
            f"The run {row.title}, N = {row.n_train}, seed {row.seed}, is not on this machine.",
            "Of a table only the numbers are there; start the study to have runs of your own.",
        )
    return Elsewhere("training", fields={"folder": str(folder.parent), "run": folder.name})


def preset(name: str) -> State:
    """A study that comes with the program: the person's own runs of it where there are any, otherwise the table that ships."""
    own = studies_folder() / name
    return State(study=str(own) if (own / "study.toml").exists() and name not in _shipped() else name)


def _shipped() -> list[str]:
    return [name for name in PRESETS if Path(plan_file(name)).with_suffix(".csv").exists()]

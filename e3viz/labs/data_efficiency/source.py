"""Rows of a study from where they lie: the table that comes with the program, a CSV file, or the runs of a study's folder."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e3viz.errors import FileError, UserError
from e3viz.labs.data_efficiency.state import PRESETS, State
from e3viz.resources import FOLDER
from e3viz.training import study_table
from e3viz.training.study import Plan, Study, read_plan, read_study
from e3viz.training.study_table import Row

COLOURS = {
    "nequip": "#2f55d4", "schnet": "#e08a2e", "mtp": "#2f9e77", "snap": "#8a93a3", "qsnap": "#8b5fd0",
    "cartesian": "#8a93a3", "augmented": "#8b5fd0", "l0": "#8a93a3", "l1": "#3f74d1", "l2": "#e08a2e", "l3": "#2f9e77",
}  # fmt: skip
MORE = ("#c2452f", "#3aa0b8", "#a0722a", "#6f7d3c", "#b0559a")


def path_of(state: State) -> Path:
    """The table or folder that a state names."""
    return plan_file(state.study).with_suffix(".csv") if state.study in PRESETS else Path(state.study).expanduser()


def plan_file(name: str) -> Path:
    """The plan of a study that comes with the program."""
    return FOLDER / "studies" / f"{name}.toml"


def study_of(state: State) -> Study | None:
    """The study's folder, None for a table."""
    path = path_of(state)
    return read_study(path) if path.is_dir() else None


def plan_of(state: State) -> Plan | None:
    """What the study planned: of a folder, and of the tables that come with the program."""
    study = study_of(state)
    if study is not None:
        return study.plan
    return read_plan(plan_file(state.study)) if state.study in PRESETS else None


def rule_said(plan: Plan) -> str:
    """The rule in words."""
    rule = plan.rule
    if rule.rule == "equal compute":
        return f"equal compute, {rule.seconds:g} s of CPU time for each run"
    return f"converged, each run until {rule.patience} validations brought no smaller error (at most {rule.seconds:g} s of CPU time)"


def notes(state: State) -> list[str]:
    """What a table says of itself: where, when and how it was run."""
    path = path_of(state)
    if not path.is_file():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [line.lstrip("# ") for line in lines if line.startswith("#") and not line.startswith("# units")]


def rows_of(state: State) -> list[Row]:
    """Every run that has ended. Raises FileError."""
    path = path_of(state)
    if path.is_dir():
        return study_table.rows(read_study(path))
    if not path.exists() and state.study in PRESETS:
        return []
    if not path.exists():
        raise FileError(f"There is no study “{state.study}”.", "Open a folder with a study.toml, or a table of results.")
    return study_table.read(path)


def chosen_row(state: State) -> Row | None:
    """The run that was clicked."""
    names = [(row, (row.run, f"{row.potential}-{row.n_train}-{row.seed}")) for row in rows_of(state)] if state.run else []
    return next((row for row, known in names if state.run in known), None)


def run_folder(state: State, row: Row) -> Path | None:
    """Where the run of a row lies, None where it does not."""
    study = study_of(state)
    folder = study.folder / "runs" / f"{row.potential}-n{row.n_train:05d}-s{row.seed}" if study is not None else None
    return folder if folder is not None and folder.is_dir() else None


def colour_of(name: str, names: list[str]) -> str:
    """The colour of a potential: the same in every study for those that ship."""
    if name in COLOURS:
        return COLOURS[name]
    others = [one for one in names if one not in COLOURS]
    return MORE[others.index(name) % len(MORE)]


def stamp(state: State) -> tuple[Any, ...]:
    """What the pictures depend on beside the state."""
    path = path_of(state)
    found: list[Any] = []
    places = [path] if path.is_file() else [*path.glob("runs/*/status.json"), *path.glob("runs/*/result.json")]
    for place in sorted(places):
        try:
            found.append((place.parent.name, place.name, place.stat().st_mtime_ns))
        except OSError:
            continue
    return tuple(found)


@dataclass(frozen=True)
class Reference:
    """One published value. error in the unit of the quantity; source: the first lines of its table."""

    method: str
    size: int
    error: float
    source: str


def published_name(state: State) -> str:
    """What published tables call the data of the study: a molecule of revised MD17 where its files are of that set, "" for other data. Of a
    table whose plan is not known the person says so (`State.data`)."""
    plan = plan_of(state)
    if plan is None:
        return state.data
    names = [Path(file).name.lower() for file in plan.files]
    if not all(name.startswith("rmd17") for name in names):
        return ""
    words = {word for name in names for word in re.split(r"[^a-z]+", name)}
    known = (FOLDER / "published" / "rmd17_mae.csv").read_text(encoding="utf-8").splitlines()
    molecules = {one["molecule"] for one in _rows(known)}
    return next(iter(sorted(words & molecules)), "")


def references(state: State, what: str) -> list[Reference]:
    """Published values of the study's data set and quantity. Raises FileError for a table of a person's own that is none."""
    if not what:
        return []
    data = published_name(state)
    found = [one for path in sorted((FOLDER / "published").glob("*.csv")) if data for one in _read(path, data, what)]
    if state.table:
        found += _read(Path(state.table).expanduser(), state.data or data, what)
    return found


def _rows(lines: list[str]) -> list[dict[str, str]]:
    return list(csv.DictReader(line for line in lines if line and not line.startswith("#")))


def _read(path: Path, data: str, what: str) -> list[Reference]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise FileError(f"{path.name} cannot be read.", "References are a CSV file.") from None
    source = " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))
    table = _rows(lines)
    if not table or not {"molecule", "quantity", "N"} <= set(table[0]):
        if str(path).startswith(str(FOLDER)):
            return []
        raise UserError(f"{path.name} is no table of published errors.", "Its columns are molecule, quantity, N and one for each method.")
    found = []
    for row in table:
        if row["molecule"] != data or row["quantity"] != what:
            continue
        for method, value in row.items():
            if method not in ("molecule", "quantity", "N") and value:
                found.append(Reference(method, int(row["N"]), float(value), source))
    return found

"""Runs as they lie on disk now: cached by what changes, so that a picture is a function of the state and of the folder."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray
from e3viz.errors import UserError
from e3viz.labs.training.state import State
from e3viz.training.config import Config, read_config
from e3viz.training.curves import Curves
from e3viz.training.places import folders
from e3viz.training.recording import read_recording
from e3viz.training.run import Run, Status, find_runs

COLOURS = ("accent", "#e08a2e", "#2f9e77", "#8b5fd0", "#c2452f", "#3aa0b8", "#a0722a", "#7a869a")
MOST_DRAWN = 8
_followed: dict[Path, Curves] = {}
_lock = threading.Lock()


def folder_of(state: State) -> Path:
    """The folder of runs."""
    return folders_of(state)[0]


@dataclass(frozen=True, eq=False)
class Seen:
    """A run with its status and colour. key: under which a state knows it."""

    run: Run
    key: str
    status: Status
    colour: str
    shown: bool


def runs_of(state: State) -> list[Run]:
    """The runs of the folder, the newest last; where nobody chose one, also those that were begun from a terminal elsewhere."""
    found = find_runs(folder_of(state))
    if state.folder:
        return found
    others = [run for folder in folders_of(state)[1:] for run in find_runs(folder)]
    known = {run.folder for run in found}
    return sorted([*found, *(run for run in others if run.folder not in known)], key=_made) if others else found


def folders_of(state: State) -> list[Path]:
    """All folders whose runs are shown, the one for new runs first."""
    return folders(state.folder)


def key_of(state: State, run: Run) -> str:
    """The name under which a state knows a run: its place in the folder of runs, or its whole path."""
    folder = folder_of(state)
    return str(run.folder.relative_to(folder).as_posix() if run.folder.is_relative_to(folder) else run.folder)


def _made(run: Run) -> float:
    try:
        return run.path("config.toml").stat().st_mtime
    except OSError:
        return 0.0


def seen_runs(state: State) -> list[Seen]:
    """The runs of the folder, newest first; of the first few the curves are drawn, unless they are hidden."""
    found = runs_of(state)[::-1]
    colours = {run.folder: COLOURS[(len(found) - 1 - n) % len(COLOURS)] for n, run in enumerate(found)}
    keys = [key_of(state, run) for run in found]
    return [
        Seen(run, key, run.status(), colours[run.folder], _shown(state, key, n))
        for n, (key, run) in enumerate(zip(keys, found, strict=True))
    ]


def _shown(state: State, key: str, place: int) -> bool:
    return key in state.brought or (place < MOST_DRAWN and key not in state.hidden)


def run_names(state: State) -> list[str]:
    """The names of all runs, newest first."""
    return [key_of(state, run) for run in runs_of(state)[::-1]]


def config_of_run(run: Run) -> Config:
    """What a run is. Raises UserError if its config cannot be read, or is of a newer version."""
    path = run.path("config.toml")
    try:
        status = path.stat()
    except OSError:
        return run.config()
    return _config(path, (status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=1024)
def _config(path: Path, stamp: tuple[int, int]) -> Config:
    return read_config(path)


def curves(run: Run) -> Curves:
    """The curves of a run, as far as they have been written."""
    with _lock:
        known = _followed.get(run.folder)
        if known is None:
            known = _followed[run.folder] = Curves(run.path("events.jsonl"))
        known.update()
        return known


def values_of(run: Run, column: str, *, parts: bool) -> tuple[FloatArray, FloatArray]:
    """A quantity at every epoch (epochs,): on validation structures, and on training structures; twice the same where it has no parts.

    The loss of validation structures is the weighted sum of their mean squared errors, as the fit's own is of the training structures."""
    found = curves(run)
    if not parts:
        return found.column(column), found.column(column)
    if column != "loss":
        return found.column(f"valid_{column}"), found.column(f"train_{column}")
    try:
        settings = config_of_run(run).settings
    except UserError:
        settings = {}
    squares = [float(settings.get(f"{name}_weight", np.nan)) * found.column(f"valid_{rmse}") ** 2 for name, rmse in _SQUARES.items()]
    known = np.isfinite(squares).any(axis=0)
    return np.where(known, np.nansum(squares, axis=0), np.nan), found.column(column)


_SQUARES = {"energy": "energy_rmse_per_atom", "forces": "forces_rmse"}


def close_look(state: State) -> Run | None:
    """The run whose parity and probe are shown: the chosen one as soon as it has any, otherwise the newest that works, or the newest."""
    told = [run for run in runs_of(state) if run.path("probe.bin").exists() or run.path("parity.bin").exists()]
    chosen = next((run for run in told if key_of(state, run) == state.run), None)
    if chosen is not None:
        return chosen
    working = next((run for run in reversed(told) if run.alive()), None)
    return working or (told[-1] if told else None)


Recorded = tuple[dict[str, Any], dict[str, NDArray[Any]]]


def recording(run: Run, name: str) -> Recorded:
    """What a run recorded per epoch: `probe` or `parity`."""
    path = run.path(f"{name}.bin")
    try:
        stamp = (path.stat().st_mtime_ns, path.stat().st_size)
    except OSError:
        return {}, {}
    return _recording(run.folder / name, stamp)


@lru_cache(maxsize=8)
def _recording(stem: Path, stamp: tuple[int, int]) -> Recorded:
    return read_recording(stem)


def records(state: State) -> NDArray[np.int64]:
    """The epochs that the run on close look recorded."""
    run = close_look(state)
    if run is None:
        return np.zeros(0, dtype=np.int64)
    epochs = recording(run, "probe")[1].get("epoch")
    return np.zeros(0, dtype=np.int64) if epochs is None else np.asarray(epochs)


def record_at(state: State, epochs: NDArray[np.int64]) -> int:
    """Which record of one with these epochs belongs to the epoch that the state shows."""
    shown = records(state)
    if state.record < 0 or not len(shown) or state.record >= len(shown) - 1:
        return len(epochs) - 1
    return int(np.abs(epochs - shown[state.record]).argmin())


def stamp(state: State) -> tuple[Any, ...]:
    """What the pictures depend on beside the state, as a cheap value."""
    found = []
    for run in runs_of(state):
        for name in ("status.json", "events.jsonl", "heartbeat.json", "about.json", "queued"):
            try:
                there = run.path(name).stat()
                found.append(
                    (
                        str(run.folder),
                        name,
                        there.st_mtime_ns if name != "heartbeat.json" else there.st_mtime_ns // 2_000_000_000,
                        there.st_size,
                    )
                )
            except OSError:
                continue
    for name in ("queue.json",):
        try:
            found.append((name, "", folder_of(state).joinpath(name).stat().st_mtime_ns, 0))
        except OSError:
            continue
    return tuple(found)

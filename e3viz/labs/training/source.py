"""Runs as they lie on disk now: cached by what changes, so that a picture is a function of the state and of the folder."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.training.state import State
from e3viz.training.config import Config, read_config
from e3viz.training.curves import Curves
from e3viz.training.places import runs_folder
from e3viz.training.recording import read_recording
from e3viz.training.run import Run, Status, find_runs

COLOURS = ("accent", "#e08a2e", "#2f9e77", "#8b5fd0", "#c2452f", "#3aa0b8", "#a0722a", "#7a869a")
MOST_DRAWN = 8
_followed: dict[Path, Curves] = {}
_lock = threading.Lock()


def folder_of(state: State) -> Path:
    """The folder of runs."""
    return Path(state.folder).expanduser() if state.folder else runs_folder()


@dataclass(frozen=True, eq=False)
class Seen:
    """A run with its status and colour."""

    run: Run
    status: Status
    colour: str
    shown: bool

    @property
    def key(self) -> str:
        """Its folder's name, under which a state knows it."""
        return self.run.folder.name


def seen_runs(state: State) -> list[Seen]:
    """The runs of the folder, newest first; of the first few the curves are drawn, unless they are hidden."""
    found = find_runs(folder_of(state))[::-1]
    colours = {run.folder: COLOURS[(len(found) - 1 - n) % len(COLOURS)] for n, run in enumerate(found)}
    return [Seen(run, run.status(), colours[run.folder], _shown(state, run.folder.name, n)) for n, run in enumerate(found)]


def _shown(state: State, key: str, place: int) -> bool:
    return key in state.brought or (place < MOST_DRAWN and key not in state.hidden)


def run_names(state: State) -> list[str]:
    """The names of all runs, newest first."""
    return [run.folder.name for run in find_runs(folder_of(state))[::-1]]


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


def close_look(state: State) -> Run | None:
    """The run whose parity and probe are shown: the chosen one as soon as it has any, otherwise the newest that works, or the newest."""
    told = [run for run in find_runs(folder_of(state)) if run.path("probe.bin").exists() or run.path("parity.bin").exists()]
    chosen = next((run for run in told if run.folder.name == state.run), None)
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
    for run in find_runs(folder_of(state)):
        for name in ("status.json", "events.jsonl", "heartbeat.json", "about.json", "queued"):
            try:
                there = run.path(name).stat()
                found.append(
                    (
                        run.folder.name,
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

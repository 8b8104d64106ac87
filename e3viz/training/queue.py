"""A queue of runs in a folder: those that wait have a file `queued`, and start in its order as others end.

Whoever is there (a window, a terminal) calls `tick` now and then; a lock keeps two of them from starting the same run. Runs outlive whoever
started them; those that still wait when nobody is there start when somebody is there again.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from e3viz.errors import FileError, UserError
from e3viz.training.launching import launch
from e3viz.training.lock import Lock
from e3viz.training.run import Run, find_runs, write_json

MARK, BEGUN = "queued", "begun"
PATIENCE = 30.0
"""Seconds that a process is given to take hold of its run."""
_children: list[subprocess.Popen[bytes]] = []
"""Processes that were started here: they outlive this one, and are kept so that the ended ones are buried."""


@dataclass(frozen=True)
class Rules:
    """How runs share a machine. at_once: how many work at the same time; held: nothing new starts."""

    at_once: int = max(1, (os.cpu_count() or 2) // 2)
    held: bool = False


def rules(folder: Path) -> Rules:
    """Those of a folder of runs."""
    try:
        said = json.loads((folder / "queue.json").read_text(encoding="utf-8"))
        return Rules(max(1, int(said["at_once"])), bool(said["held"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Rules()


def set_rules(folder: Path, wanted: Rules) -> None:
    """Other rules. Raises UserError for fewer than one run at once."""
    if wanted.at_once < 1:
        raise UserError("At least one run works at a time.", "To start none for a while, hold the queue.")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(asdict(wanted), folder / "queue.json")


def enqueue(run: Run) -> None:
    """Let it start, or go on, when there is room. Raises FileError."""
    try:
        run.path(MARK).touch()
    except OSError as error:
        raise FileError(f"{run.folder.name} cannot be put into the queue: {error.strerror or error}.") from error


def leave(run: Run) -> None:
    """Take it off the queue."""
    run.path(MARK).unlink(missing_ok=True)


def waiting(folder: Path) -> list[Run]:
    """Those that wait, first come first."""
    marked = []
    for run in find_runs(folder):
        try:
            marked.append((run.path(MARK).stat().st_mtime_ns, run.folder.name, run))
        except OSError:
            continue
    return [run for _, _, run in sorted(marked, key=lambda entry: entry[:2])]


def _beginning(run: Run) -> bool:
    """Whether its process was started and has not had the time to say so: it counts as one that works."""
    try:
        age = time.time() - run.path(BEGUN).stat().st_mtime
    except OSError:
        return False
    return 0.0 <= age < PATIENCE and run.status().changed < time.time() - age


def _room(folder: Path) -> int:
    now = rules(folder)
    return 0 if now.held else now.at_once - sum(run.alive() or _beginning(run) for run in find_runs(folder))


def tick(folder: Path) -> list[Run]:
    """Start those for which there is room; the ones that were started."""
    if not folder.is_dir():
        return []
    if not waiting(folder) or _room(folder) <= 0:
        return []
    lock = Lock(folder / "queue.lock")
    try:
        lock.take()
    except (UserError, OSError):
        return []  # somebody else is starting them, or nobody can
    try:
        started = []
        for run in waiting(folder)[: max(0, _room(folder))]:  # again: another window may have started some meanwhile
            leave(run)
            if not run.alive():
                run.path(BEGUN).touch()
                _children.append(launch(run))
                started.append(run)
        _children[:] = [child for child in _children if child.poll() is None]
        return started
    finally:
        lock.release()

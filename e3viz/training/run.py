"""A run is a folder. Whoever watches reads it, whoever steers puts a small file into it; only its own process writes the rest.

config.toml          the whole truth (`config`)
status.json          state, process, epoch, best epoch, a sentence; replaced at every change
heartbeat.json       how far the epoch is; replaced about once a second
events.jsonl         the event stream (`events`)
metrics.csv          the same epochs as a table
split.json           which frames are in which part
best.e3p last.e3p    the potential of the best epoch, and of the last
result.json          what came out, written at the end
checkpoints/         last, best, start (of a fork), epoch-000100, …: `.safetensors`
probe.* parity.*     arrays per epoch (`recording`)
about.json           title, tags and note that a person gave
control/             pause, stop, cancel: files that ask the process to do so
lock log.txt         held by the process; what it printed
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from e3viz.errors import FileError, UserError, nearest
from e3viz.files import replacing
from e3viz.training import lock
from e3viz.training.config import Config, read_config
from e3viz.training.events import EventReader

ASKS = ("pause", "stop", "cancel")
ENDED = ("finished", "stopped", "cancelled", "interrupted", "failed", "cut off")
_SILENT = 30.0


@dataclass(frozen=True)
class Status:
    """state: waiting, preparing, running, paused, finished (by a rule of its own), stopped (by a person, the best kept), cancelled,
    interrupted (by a signal), failed, or cut off (the process is gone without a word). sentence: why it ended; epoch: how many are done;
    epochs: the most there can be, 0 if unknown; seconds: of training so far, cpu_seconds: of all cores; best_epoch, best_score, monitor."""

    state: str = "waiting"
    sentence: str = ""
    pid: int = 0
    host: str = ""
    epoch: int = 0
    epochs: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    best_epoch: int = 0
    best_score: float | None = None
    monitor: str = ""
    changed: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether no process works on it now."""
        return self.state in ENDED


@dataclass(frozen=True)
class About:
    """What a person says of a run."""

    title: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""


class Run:
    """A run's folder, seen from outside. Nothing is kept open and nothing cached: every answer is what lies on disk now."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @property
    def name(self) -> str:
        """The title that a person gave, or the folder's name."""
        return self.about().title or self.folder.name

    def path(self, name: str) -> Path:
        """A file of the run."""
        return self.folder / name

    def config(self) -> Config:
        """Raises FileError or UserError if it cannot be read."""
        return read_config(self.path("config.toml"))

    def status(self) -> Status:
        """Where it stands. A run whose process is gone without a word is `cut off`."""
        said = _read_json(self.path("status.json"))
        known = {one.name for one in fields(Status)}
        try:
            status = Status(**{name: value for name, value in said.items() if name in known})
        except TypeError:
            status = Status()
        if status.state in ("preparing", "running", "paused") and not self.alive(status):
            again = _read_json(self.path("status.json"))  # it may have ended between the two looks
            if again.get("state") == status.state and again.get("pid") == status.pid:
                return replace(status, state="cut off", sentence="Its process ended without a word; it can go on from the last epoch.")
            return self.status()
        return status

    def alive(self, status: Status | None = None) -> bool:
        """Whether a process works on it: it holds the lock, or on another machine its heart beats."""
        if lock.held(self.path("lock")):
            return True
        host = (status or Status(**{"host": _read_json(self.path("status.json")).get("host", "")})).host
        return bool(host) and host != socket.gethostname() and self.silent_for() < _SILENT

    def silent_for(self) -> float:
        """Seconds since the last heartbeat; infinite if there was none."""
        try:
            return max(0.0, time.time() - self.path("heartbeat.json").stat().st_mtime)
        except OSError:
            return float("inf")

    def heartbeat(self) -> dict[str, Any]:
        """How far the work at hand is: `fraction` (0 to 1 or None), `text`, `epoch`."""
        return _read_json(self.path("heartbeat.json"))

    def events(self) -> EventReader:
        """A reader that follows its events from the first."""
        return EventReader(self.path("events.jsonl"))

    def split(self) -> dict[str, Any]:
        """`train`, `valid`, `test`: lists of [file, frame]; empty until the data have been read."""
        return _read_json(self.path("split.json"))

    def result(self) -> dict[str, Any]:
        """What came out; empty until the run has ended in order."""
        return _read_json(self.path("result.json"))

    def checkpoints(self) -> list[str]:
        """Names of those from which it can be forked: `best`, `last`, `epoch-000100`, …"""
        found = sorted(path.stem for path in self.path("checkpoints").glob("*.safetensors") if not path.name.startswith("."))
        return sorted(found, key=lambda name: ({"best": 0, "last": 1, "start": 2}.get(name, 3), name))

    def about(self) -> About:
        """What a person said of it."""
        said = _read_json(self.path("about.json"))
        tags = said.get("tags", [])
        return About(
            str(said.get("title", "")), tuple(str(tag) for tag in tags) if isinstance(tags, list) else (), str(said.get("note", ""))
        )

    def describe(self, about: About) -> None:
        """Say it anew."""
        write_json(asdict(about), self.path("about.json"))

    def ask(self, what: str) -> None:
        """`pause`, `resume` (the end of a pause), `stop` (and keep the best) or `cancel`. Raises UserError if nobody is there to do it."""
        if what not in (*ASKS, "resume"):
            raise UserError(f"A run cannot be asked to “{what}”.", nearest(what, (*ASKS, "resume")))
        if not self.alive():
            raise UserError(f"No process works on the run {self.folder.name}.", f"It is {self.status().state}.")
        control = self.path("control")
        try:
            control.mkdir(exist_ok=True)
            if what == "resume":
                (control / "pause").unlink(missing_ok=True)
            else:
                (control / what).touch()
        except OSError as error:
            raise FileError(f"{self.folder.name} cannot be asked to {what}: {error.strerror or error}.") from error

    def asked(self) -> str:
        """The strongest of what it is asked for: `cancel`, `stop`, `pause` or nothing."""
        return next((what for what in reversed(ASKS) if self.path("control").joinpath(what).exists()), "")


def create(folder: Path, config: Config) -> Run:
    """A new run, not started. Raises FileError if the folder is there and holds anything."""
    folder = folder.expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileError(f"“{folder.name}” is there already.", "Give another folder, or go on with its run: e3viz runs --continue.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The folder {folder.name} cannot be made: {error.strerror or error}.") from error
    run = Run(folder)
    config.save(run.path("config.toml"))
    write_json(asdict(Status(changed=time.time())), run.path("status.json"))
    return run


def fork(run: Run, checkpoint: str, folder: Path, changes: Mapping[str, Any]) -> Run:
    """A new run, not started, that goes on from a checkpoint of another with changed settings. Raises UserError."""
    names = run.checkpoints()
    if checkpoint not in names:
        raise UserError(f"The run {run.folder.name} has no checkpoint “{checkpoint}”.", nearest(checkpoint, names) or "It has none yet.")
    from e3viz.training.checkpoints import read_checkpoint

    config = run.config()
    source = run.path(f"checkpoints/{checkpoint}.safetensors")
    parent = {"run": str(run.folder.resolve()), "checkpoint": checkpoint, "epoch": read_checkpoint(source).epoch}
    changed = replace(config.changed(changes), parent=parent, versions={})
    if changed.data != config.data:
        changed = replace(changed, data=replace(changed.data, hash=""))
    made = create(folder, changed.located(run.folder))
    made.path("checkpoints").mkdir()
    shutil.copyfile(source, made.path("checkpoints/start.safetensors"))
    return made


def find_runs(folder: Path) -> list[Run]:
    """The runs in a folder and below it, four levels down, the newest last."""
    found: list[Path] = []
    _collect(folder, 4, found)
    return [Run(path) for path in sorted(found, key=_made)]


def _collect(folder: Path, depth: int, found: list[Path]) -> None:
    if (folder / "config.toml").is_file():
        found.append(folder)
        return
    if depth:
        inside: Iterable[Path]
        try:
            inside = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
        except OSError:
            return
        for path in inside:
            _collect(path, depth - 1, found)


def _made(folder: Path) -> float:
    try:
        return (folder / "config.toml").stat().st_mtime
    except OSError:
        return 0.0


def write_json(facts: Mapping[str, Any], path: Path) -> None:
    """Whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(json.dumps(facts, indent=1, ensure_ascii=False), encoding="utf-8")


def write_quickly(facts: Mapping[str, Any], path: Path) -> None:
    """Whole or not at all, but not yet surely on disk; without a word if it cannot be written."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(json.dumps(facts, ensure_ascii=False), encoding="utf-8")
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)


def _read_json(path: Path) -> dict[str, Any]:
    """What it says; empty if it is not there or half-written."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}

"""What is done with runs: started, paused, forked, renamed, thrown away. Each is a function of the state that changes what lies on disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from e3viz.atoms.datasets import located
from e3viz.errors import FileError, UserError
from e3viz.labs.training.source import folder_of
from e3viz.labs.training.state import State
from e3viz.potentials import settings_type
from e3viz.potentials.settings import read
from e3viz.training.config import Config, DataConfig, StopConfig
from e3viz.training.queue import Rules, enqueue, leave, rules, set_rules, tick
from e3viz.training.run import Run, create, find_runs, fork

Done = Callable[[State], State]


def config_of(state: State) -> Config:
    """The run that the form describes. Raises UserError."""
    settings = _settings(state.settings)
    config = Config(
        state.potential, state.seed, state.threads, settings,
        DataConfig(files=(located(state.data.strip() or "ethanol", Path.cwd()),), train=state.train, valid=state.valid),
        StopConfig(seconds=60.0 * state.minutes, patience=state.patience),
    )  # fmt: skip
    read(settings_type(state.potential), settings, state.potential)
    return config


def _settings(text: str) -> dict[str, Any]:
    """Lines `name = value` as TOML reads them; a bare word is a text."""
    import tomllib

    found: dict[str, Any] = {}
    for line in text.replace(";", "\n").splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise UserError(f"“{line.strip()}” sets nothing.", "Write a line such as l_max = 2.")
        try:
            found[name.strip()] = tomllib.loads(f"x = {value.strip()}")["x"]
        except tomllib.TOMLDecodeError:
            found[name.strip()] = value.strip()
    return found


def start(state: State) -> State:
    """A new run, which starts at once if there is room, and otherwise waits."""
    config = config_of(state)
    _refuse_missing(config)
    folder = folder_of(state)
    name = f"{config.potential}-{config.data.train}"
    number = 1
    while (folder / f"{name}-{number}").exists():
        number += 1
    run = create(folder / f"{name}-{number}", config)
    enqueue(run)
    tick(folder)
    return replace(state, run="", record=-1)


def _refuse_missing(config: Config) -> None:
    from e3viz.atoms.datasets import BUNDLED

    for source in config.data.files:
        word = source.partition("@")[0]
        if word != BUNDLED and not Path(word).exists():
            raise FileError(f"There is no file “{word}” to train on.", "Name a file with energies and forces, or “ethanol”.")


def starting(run: Run) -> Done:
    """Begin or go on, when there is room."""

    def do(state: State) -> State:
        enqueue(run)
        tick(folder_of(state))
        return state

    return do


def asking(run: Run, what: str) -> Done:
    """Pause, resume, stop or cancel."""

    def do(state: State) -> State:
        leave(run)
        run.ask(what)
        return state

    return do


def renaming(run: Run) -> Callable[[State, str], State]:
    """Another title."""
    return _describing(run, lambda about, text: replace(about, title=text.strip()))


def tagging(run: Run) -> Callable[[State, str], State]:
    """Other tags."""
    return _describing(run, lambda about, text: replace(about, tags=tuple(t.strip() for t in text.split(",") if t.strip())))


def noting(run: Run) -> Callable[[State, str], State]:
    """Another note."""
    return _describing(run, lambda about, text: replace(about, note=text.strip()))


def _describing(run: Run, change: Callable[[Any, str], Any]) -> Callable[[State, str], State]:
    def do(state: State, text: str) -> State:
        run.describe(change(run.about(), text))
        return state

    return do


def forking(run: Run) -> Callable[[State, str], State]:
    """A new run from the best checkpoint, with changed settings."""

    def do(state: State, text: str) -> State:
        changes = _settings("\n".join(text.split()))
        wanted = run.config().changed(changes)
        read(settings_type(wanted.potential), wanted.settings, wanted.potential)
        number = 1
        while (run.folder.parent / f"{run.folder.name}-fork{number}").exists():
            number += 1
        made = fork(run, "best", run.folder.parent / f"{run.folder.name}-fork{number}", changes)
        enqueue(made)
        tick(folder_of(state))
        return replace(state, run=made.folder.name, record=-1)

    return do


def deleting(run: Run) -> Done:
    """Into a folder `.trash` beside the runs, from which it can be taken back."""

    def do(state: State) -> State:
        if run.alive():
            raise UserError(f"A process works on {run.name}.", "Stop it first.")
        trash = run.folder.parent / ".trash"
        trash.mkdir(exist_ok=True)
        try:
            shutil.move(run.folder, trash / f"{run.folder.name}-{time.strftime('%Y%m%d-%H%M%S')}")
        except OSError as error:
            raise FileError(f"{run.folder.name} could not be moved: {error.strerror or error}.", "It is still where it was.") from error
        return replace(
            state, run="" if state.run == run.folder.name else state.run, hidden=tuple(h for h in state.hidden if h != run.folder.name)
        )

    return do


def more_at_once(by: int) -> Done:
    """Let more or fewer runs work at a time."""

    def do(state: State) -> State:
        folder = folder_of(state)
        now = rules(folder)
        set_rules(folder, replace(now, at_once=max(1, now.at_once + by)))
        tick(folder)
        return state

    return do


def hold(state: State) -> State:
    """Start nothing new for a while, and pause what runs; or go on with all of it."""
    folder = folder_of(state)
    now: Rules = rules(folder)
    set_rules(folder, replace(now, held=not now.held))
    for run in find_runs(folder):
        status = run.status()
        if status.state == ("paused" if now.held else "running"):
            run.ask("resume" if now.held else "pause")
    tick(folder)
    return state


def queue_text(state: State) -> str:
    """How runs share the machine now."""
    now = rules(folder_of(state))
    return f"{now.at_once} at once{', held' if now.held else ''}"


def estimate(config: Config) -> str:
    """How long an epoch takes, from the last run of the same potential and settings that was measured here; "" where there is none."""
    from e3viz.training.curves import Curves
    from e3viz.training.places import runs_folder

    wanted = dict(config.settings)
    for run in reversed(find_runs(runs_folder())):
        try:
            other = run.config()
        except UserError:
            continue
        if other.potential != config.potential or any(other.settings.get(name) != value for name, value in wanted.items()):
            continue
        curves = Curves(run.path("events.jsonl"))
        curves.update()
        if len(curves) < 2 or not other.data.train:
            continue
        per_epoch = float(curves.column("seconds")[-1]) / len(curves) * config.data.train / other.data.train
        epochs = 60.0 * config.stop.seconds / 60.0 / per_epoch if config.stop.seconds else 0.0
        return f"about {per_epoch:.2g} s an epoch" + (f", some {epochs:,.0f} epochs in all" if epochs else "")
    return ""

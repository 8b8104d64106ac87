"""What is done with runs: started, paused, forked, renamed, thrown away. Each is a function of the state that changes what lies on disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from e3viz.errors import FileError, UserError
from e3viz.labs.training.form import config_of, settings_in
from e3viz.labs.training.source import folder_of, folders_of, key_of, runs_of
from e3viz.labs.training.state import NEWEST, State
from e3viz.potentials import settings_type
from e3viz.potentials.settings import read
from e3viz.toml import toml_text
from e3viz.training.queue import Rules, enqueue, leave, rules, set_rules, tick
from e3viz.training.run import Run, create, fork

Done = Callable[[State], State]


def start(state: State) -> State:
    """A new run, which starts at once if there is room, and otherwise waits."""
    config = config_of(state)
    folder = folder_of(state)
    name = f"{config.potential}-{config.data.train}"
    number = 1
    while (folder / f"{name}-{number}").exists():
        number += 1
    run = create(folder / f"{name}-{number}", config)
    enqueue(run)
    _tick(state)
    return replace(state, run=NEWEST, record=-1)


def _tick(state: State) -> None:
    for folder in folders_of(state):
        tick(folder)


def starting(run: Run) -> Done:
    """Begin or go on, when there is room."""

    def do(state: State) -> State:
        enqueue(run)
        _tick(state)
        return state

    return do


def asking(run: Run, what: str) -> Done:
    """Pause, resume, stop or cancel."""

    def do(state: State) -> State:
        leave(run)
        run.ask(what)
        return state

    return do


def leaving(run: Run) -> Done:
    """Off the queue."""

    def do(state: State) -> State:
        leave(run)
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


def changeable(run: Run) -> str:
    """The settings of a run that a fork may change, a line each."""
    config = run.config()
    plain = {"learning_rate": config.settings.get("learning_rate"), **config.settings, "seed": config.seed, "threads": config.threads}
    lines = toml_text({name: value for name, value in plain.items() if value is not None})
    stop = {"stop.seconds": config.stop.seconds, "stop.epochs": config.stop.epochs, "stop.patience": config.stop.patience}
    data = {"data.train": config.data.train, "data.valid": config.data.valid}
    return lines + "".join(f"{name} = {value!r}\n" for name, value in {**stop, **data}.items())


def forking(run: Run, checkpoint: str) -> Callable[[State, str], State]:
    """A new run from a checkpoint, with changed settings."""

    def do(state: State, text: str) -> State:
        was, wanted = settings_in(changeable(run)), settings_in(text)
        changes = {name: value for name, value in wanted.items() if name not in was or was[name] != value}
        config = run.config().changed(changes)
        read(settings_type(config.potential), config.settings, config.potential)
        number = 1
        while (run.folder.parent / f"{run.folder.name}-fork{number}").exists():
            number += 1
        made = fork(run, checkpoint, run.folder.parent / f"{run.folder.name}-fork{number}", changes)
        enqueue(made)
        _tick(state)
        return replace(state, run=key_of(state, made), record=-1)

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
        return replace(state, run=NEWEST if state.run == key_of(state, run) else state.run)

    return do


def more_at_once(by: int) -> Done:
    """Let more or fewer runs work at a time."""

    def do(state: State) -> State:
        folder = folder_of(state)
        now = rules(folder)
        set_rules(folder, replace(now, at_once=max(1, now.at_once + by)))
        _tick(state)
        return state

    return do


def hold(state: State) -> State:
    """Start nothing new for a while, and pause what runs; or go on with all of it."""
    folder = folder_of(state)
    now: Rules = rules(folder)
    set_rules(folder, replace(now, held=not now.held))
    for run in runs_of(state):
        status = run.status()
        if status.state == ("paused" if now.held else "running"):
            run.ask("resume" if now.held else "pause")
    _tick(state)
    return state

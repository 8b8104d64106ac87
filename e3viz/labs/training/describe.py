"""What the Training lab says: a card per run with what can be done with it, and what a new run would be."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.lab import Action, Card, Check, Fact, Told
from e3viz.labs.training import doing
from e3viz.labs.training.source import Seen, close_look, curves, recording, seen_runs
from e3viz.labs.training.state import NEW, RUNS, State
from e3viz.symmetry.element import Element
from e3viz.training.queue import MARK
from e3viz.training.run import Run

WORKING = ("preparing", "running", "paused")
FLAT = 40
"""Validations without a fall after which a curve is called flat."""


def facts(state: State, g: Element) -> list[Told]:
    """Everything the inspector says."""
    runs = seen_runs(state)
    found: list[Told] = [card(state, one) for one in runs]
    working = sum(one.status.state in WORKING for one in runs)
    if runs:
        found.append(Fact("Runs", f"{len(runs)}, {working} under way", "In the folder of runs.", RUNS, status=True))
    else:
        found.append(Fact("No runs yet", "Start one under “New run”.", tab=RUNS))
    return [*found, *_new_run(state)]


def card(state: State, one: Seen) -> Card:
    """A run's card."""
    status, run = one.status, one.run
    value = "" if status.best_score is None else f"{1e3 * status.best_score:.3g} {'meV/atom' if 'energy' in status.monitor else 'meV/Å'}"
    about = run.about()
    fraction = progress(run, one)
    tip = "\n".join(part for part in (status.sentence, ", ".join(about.tags), about.note) if part)
    return Card(
        one.key, run.name, value, what_it_does(state, one), 1.0 if status.state == "finished" else fraction, one.colour,
        tuple(_actions(one)), tip or "Click to hide or show its curves.", RUNS, selected=one.shown,
    )  # fmt: skip


def progress(run: Run, one: Seen) -> float:
    """How far it is, 0 to 1, by what will end it first."""
    status = one.status
    try:
        stop = run.config().stop
    except UserError:
        return 0.0
    parts = [status.epoch / stop.epochs if stop.epochs else 0.0, status.epoch / status.epochs if status.epochs else 0.0]
    spent = status.cpu_seconds if stop.clock == "cpu" else status.seconds
    parts.append(spent / stop.seconds if stop.seconds else 0.0)
    return min(1.0, max(parts))


def what_it_does(state: State, one: Seen) -> str:
    """A line: how it stands, how long still, when it reaches the target, whether its curve is flat."""
    status, run = one.status, one.run
    if status.state == "waiting":
        return "queued" if run.path(MARK).exists() else "not started"
    if status.state == "preparing":
        return str(run.heartbeat().get("text") or "preparing")
    if status.state not in WORKING:
        return f"{status.state} in {clock(status.seconds)}, {status.epoch:,} epochs"
    said = ["paused" if status.state == "paused" else f"epoch {status.epoch:,}"]
    done = progress(run, one)
    if status.state == "running" and done > 0.01:
        said.append(f"{clock(status.seconds * (1.0 - done) / done)} left")
    flat = epochs_without_a_fall(run)
    if flat >= FLAT:
        said.append(f"flat for {flat} epochs")
    elif state.target > 0.0:
        until = seconds_to(run, state.target * 1e-3)
        if until is not None:
            said.append(f"{state.target:g} meV/Å in about {clock(until)}" if until > 0 else f"{state.target:g} meV/Å reached")
    return " · ".join(said)


def epochs_without_a_fall(run: Run) -> int:
    """Since the best epoch."""
    found = curves(run)
    places = np.flatnonzero(found.column("best") == 1.0)
    return len(found) - 1 - int(places[-1]) if len(places) else 0


def seconds_to(run: Run, error: float) -> float | None:
    """Until the validation error of forces reaches a value, if it goes on falling as in its second half: a line in log–log. None if it
    does not fall."""
    found = curves(run)
    y, x = found.column("valid_forces_mae"), found.column("seconds")
    known = np.isfinite(y) & np.isfinite(x) & (x > 0)
    x, y = x[known], y[known]
    if len(x) and y.min() <= error:
        return 0.0
    x, y = x[len(x) // 2 :], y[len(y) // 2 :]
    if len(x) < 5:
        return None
    slope, level = np.polyfit(np.log(x), np.log(y), 1)
    if slope > -0.02:
        return None
    at = math.exp(min(60.0, (math.log(error) - level) / slope))
    return max(0.0, at - float(x[-1]))


def _actions(one: Seen) -> list[Action]:
    run, status = one.run, one.status
    made = []
    if status.state == "paused":
        made.append(Action("resume", "Resume", "Go on.", doing.asking(run, "resume"), sign="play"))
    elif status.state in WORKING:
        made.append(Action("pause", "Pause", "Let it rest, at once.", doing.asking(run, "pause"), sign="pause"))
    elif status.state in ("waiting", "cut off", "interrupted", "failed", "cancelled", "stopped"):
        made.append(Action("go-on", "Start or go on", "Begin, or go on from the last epoch.", doing.starting(run), sign="play"))
    if status.state in WORKING:
        made.append(Action("stop", "Stop, keep the best", "End it in order, with its best model.", doing.asking(run, "stop"), sign="stop"))
    more = [
        Action("look", "Close look", "Show its parity and probe.", lambda s, key=one.key: replace(s, run=key, record=-1)),
        Action("rename", "Rename…", "Another title.", doing.renaming(run), asks="Title", given=run.name),
        Action("tag", "Tags…", "Words to find it by.", doing.tagging(run), asks="Tags, with commas", given=", ".join(run.about().tags)),
        Action("note", "Note…", "A sentence about it.", doing.noting(run), asks="Note", given=run.about().note),
        Action("fork", "Fork from the best…", "A new run from its best epoch, with changed settings.", doing.forking(run),
               asks="Changed settings, such as learning_rate=0.001 stop.patience=50"),
    ]  # fmt: skip
    if status.state in WORKING:
        more.append(
            Action(
                "cancel",
                "Cancel…",
                "End it at once.",
                doing.asking(run, "cancel"),
                careful=f"Cancel {run.name}? Its last checkpoint stays.",
            )
        )
    else:
        more.append(
            Action("delete", "Delete…", "Put its folder into the trash.", doing.deleting(run), careful=f"Put {run.name} into the trash?")
        )
    return made + [replace(action, sign="more") for action in more]


def _new_run(state: State) -> list[Told]:
    try:
        config = doing.config_of(state)
        text = config.text()
    except UserError as error:
        return [Fact("Cannot be started", str(error), tab=NEW)]
    found: list[Told] = [Fact("Queue", doing.queue_text(state), "How many runs work at once; more wait.", NEW)]
    estimate = doing.estimate(config)
    if estimate:
        found.append(Fact("Estimate", estimate, "From runs of this potential on this machine, or from its size.", NEW))
    found.append(Fact("As TOML", text, "For e3viz train CONFIG.toml.", NEW, "The same as a file"))
    return found


def check(state: State, g: Element) -> Check | None:
    """The equivariance error of the probe's forces, as the run on close look measured it last."""
    run = close_look(state)
    if run is None:
        return None
    found = curves(run).column("equivariance_error") if len(curves(run)) else np.zeros(0)
    found = found[np.isfinite(found)]
    if not len(found):
        return None
    forces = recording(run, "probe")[1].get("forces")
    size = float(np.abs(forces[-1]).max()) if forces is not None and len(forces) else 1.0
    return Check(float(found[-1]) / (size or 1.0), "Forces of the probe under a rotation with inversion, as the run measured them.", 1e-5)


def code(state: State, g: Element) -> str:
    """The run that would be begun, as a script."""
    config = doing.config_of(state)
    return f'''"""Train {config.potential} as the Training lab would, and follow its validation error."""

from pathlib import Path

from e3viz.training.config import config_of
from e3viz.training.curves import Curves
from e3viz.training.loop import train
from e3viz.training.run import create

config = config_of({config.table()!r})
run = create(Path("{config.potential}-{config.data.train}"), config)
status = train(run.folder)
curves = Curves(run.path("events.jsonl"))
curves.update()
print(status.state, status.sentence)
print("validation force MAE, eV/Å:", curves.column("valid_forces_mae"))
'''


def clock(seconds: float) -> str:
    """3:10, or 1:02:07."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

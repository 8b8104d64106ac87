"""Cards of runs: how each stands, when it ends or reaches the target, whether it still learns, and what can be done with it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from e3viz.atoms.datasets import path_of
from e3viz.errors import UserError
from e3viz.labs.lab import Action, Card, Elsewhere
from e3viz.labs.training import doing
from e3viz.labs.training.source import Seen, config_of_run, curves, folder_of
from e3viz.labs.training.state import RUNS, State
from e3viz.training.following import time_left
from e3viz.training.queue import MARK, Rules, rules, waiting
from e3viz.training.run import Run

WORKING = ("preparing", "running", "paused")
QUEUE = ":queue"
"""The name of the queue's card; no folder is called so."""
FLAT, FALL = 40, 0.01
"""A curve is called flat when its best has fallen by less than this share for so many validations, and for a fifth of all."""


def queue_card(state: State) -> Card:
    """How many runs work at once, how many wait, and whether all of them rest while a person works."""
    folder = folder_of(state)
    now: Rules = rules(folder)
    waits = len(waiting(folder))
    text = "all rest while you work" if now.held else f"{waits} {'waits' if waits == 1 else 'wait'}" if waits else "nothing waits"
    actions = [
        Action("hold", "Go on with all", "Let all runs go on.", doing.hold, sign="play")
        if now.held
        else Action("hold", "Pause all while I work", "Pause every run and start no new one.", doing.hold, sign="pause"),
        Action("more", "One more at once", "Let one more run work at the same time.", doing.more_at_once(1), sign="more"),
    ]
    if now.at_once > 1:
        actions.append(
            Action("fewer", "One fewer at once", "Let one run fewer work at the same time.", doing.more_at_once(-1), sign="more")
        )
    tip = "Runs that wait start as others end. More at once share the cores of this machine."
    return Card(QUEUE, "Queue", f"{now.at_once} at once", text, actions=tuple(actions), tip=tip, tab=RUNS)


def card(state: State, one: Seen) -> Card:
    """A run's card."""
    status, run = one.status, one.run
    value = "" if status.best_score is None else f"{1e3 * status.best_score:.3g} {'meV/atom' if 'energy' in status.monitor else 'meV/Å'}"
    about = run.about()
    text, warning = what_it_does(state, one)
    tip = "\n".join(part for part in (status.sentence, ", ".join(about.tags), about.note) if part)
    return Card(
        one.key, run.name, value, text, 1.0 if status.state == "finished" else progress(one), one.colour, tuple(_actions(one)),
        tip or "Click to hide or show its curves; with Ctrl, to look at it closely.", RUNS, selected=one.shown, warning=warning,
    )  # fmt: skip


def progress(one: Seen) -> float:
    """How far it is, 0 to 1, by what will end it first."""
    status = one.status
    try:
        stop = config_of_run(one.run).stop
    except UserError:
        return 0.0
    parts = [status.epoch / stop.epochs if stop.epochs else 0.0, status.epoch / status.epochs if status.epochs else 0.0]
    spent = status.cpu_seconds if stop.clock == "cpu" else status.seconds
    parts.append(spent / stop.seconds if stop.seconds else 0.0)
    return min(1.0, max(parts))


def what_it_does(state: State, one: Seen) -> tuple[str, bool]:
    """A line: how it stands, how long still, when it reaches the target, whether its curve is flat; and whether that is a warning."""
    status, run = one.status, one.run
    try:
        stop = config_of_run(run).stop
    except UserError as error:
        return error.message, True
    if status.state == "waiting":
        return ("queued" if run.path(MARK).exists() else "not started"), False
    if status.state == "preparing":
        return str(run.heartbeat().get("text") or "preparing"), False
    if status.state not in WORKING:
        return f"{status.state} in {clock(status.seconds)}, {status.epoch:,} epoch{'s' * (status.epoch != 1)}", status.state in (
            "failed",
            "cut off",
        )
    flat, said = epochs_flat(run), []
    if status.state == "paused":
        said.append("paused")
    elif flat:
        said.append(f"flat for {flat:,} epochs")
    left = time_left(curves(run), status, stop.seconds if stop.clock == "wall" else 0.0)
    if (not flat and state.target <= 0.0) or left is None:
        said.append(f"epoch {status.epoch:,}")
    if left is not None and status.epoch:
        said.append(f"{clock(left)} left")
    if state.target > 0.0 and not flat:
        until = seconds_to(run, state.target * 1e-3)
        if until is not None:
            said.append(f"{state.target:g} meV/Å in about {clock(until)}" if until > 0 else f"{state.target:g} meV/Å reached")
    return " · ".join(said), bool(flat)


def epochs_flat(run: Run) -> int:
    """For how many epochs its best score has fallen by less than a hundredth; 0 while that is not long."""
    found = curves(run)
    score, epochs = found.column("score"), found.column("epoch")
    known = np.isfinite(score)
    if not known.any():
        return 0
    best = np.minimum.accumulate(score[known])
    since = int(np.argmax(best <= best[-1] * (1.0 + FALL)))
    validations = len(best) - 1 - since
    if validations < FLAT or validations < len(best) / 5:
        return 0
    return int(epochs[known][-1] - epochs[known][since])


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
    try:
        given = doing.changeable(run)
    except UserError:  # it cannot be read: all that can be done is to put it away
        return [_away(run)]
    made = []
    if status.state == "paused":
        made.append(Action("resume", "Resume", "Go on.", doing.asking(run, "resume"), sign="play"))
    elif status.state in WORKING:
        made.append(Action("pause", "Pause", "Let it rest, at once.", doing.asking(run, "pause"), sign="pause"))
    elif run.path(MARK).exists():
        made.append(Action("wait", "Take off the queue", "Do not start it by itself.", doing.leaving(run), sign="stop"))
    elif status.state != "finished":
        made.append(Action("go-on", "Start or go on", "Begin, or go on from the last epoch.", doing.starting(run), sign="play"))
    if status.state in WORKING:
        made.append(Action("stop", "Stop, keep the best", "End it in order, with its best model.", doing.asking(run, "stop"), sign="stop"))
    about = run.about()
    more = [
        Action("look", "Close look", "Show its parity and probe.", lambda s, key=one.key: replace(s, run=key, record=-1)),
        *([_inspected(run)] if run.path("best.e3p").is_file() else []),
        Action("rename", "Rename…", "Another title.", doing.renaming(run), asks="Title", given=run.name),
        Action("tag", "Tags…", "Words to find it by.", doing.tagging(run), asks="Tags, with commas", given=", ".join(about.tags)),
        Action("note", "Note…", "A sentence about it.", doing.noting(run), asks="Note", given=about.note),
    ]
    asks = "Goes on from there as a new run. Change any of these settings:"
    for name in _forks(run):
        words = f"Fork from {f'the {name}' if name in ('best', 'last') else f'epoch {int(name[6:]):,}'}…"
        tip = "A new run from this checkpoint, with changed settings."
        more.append(Action(f"fork-{name}", words, tip, doing.forking(run, name), asks=asks, given=given, long=True))
    if status.state in WORKING:
        question = f"Cancel {run.name}? Its last checkpoint stays, and it can go on from there."
        more.append(Action("cancel", "Cancel…", "End it at once.", doing.asking(run, "cancel"), careful=question))
    else:
        more.append(_away(run))
    return made + [replace(action, sign="more") for action in more]


def _inspected(run: Run) -> Action:
    """The Features lab with its best model, on the data that it was validated with."""

    def opened(state: State) -> Elsewhere:
        parts = run.split()
        origins = [*parts.get("valid", []), *parts.get("train", [])]
        fields = {"file": str(path_of(origins[0][0])), "frame": int(origins[0][1])} if origins else {}
        return Elsewhere("features", run.path("best.e3p"), fields)

    return Action("inspect", "Look inside", "Open its best model in the Features lab.", opened)


def _away(run: Run) -> Action:
    question = f"Put {run.name} into the trash? It can be taken back from the folder .trash beside it."
    return Action("delete", "Delete…", "Put its folder into the trash.", doing.deleting(run), careful=question, sign="more")


def _forks(run: Run) -> list[str]:
    """The checkpoints that are offered: best, last, and the newest of those that were kept."""
    names = [name for name in run.checkpoints() if name != "start"]
    return [*(n for n in names if n in ("best", "last")), *[n for n in names if n.startswith("epoch-")][-3:]]


def clock(seconds: float) -> str:
    """3:10, or 1:02:07."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"

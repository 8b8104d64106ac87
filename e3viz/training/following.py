"""A run as it is followed in a terminal: one line that moves while it works, and what came out at the end."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from e3viz.training import metrics
from e3viz.training.curves import Curves
from e3viz.training.run import Run, Status

_LOOK, _START = 0.2, 5.0
_CLEAR = "\r\x1b[K"
_WIDTH = 20


def follow(run: Run, process: subprocess.Popen[bytes] | None = None, stream: TextIO | None = None) -> Status:
    """Until it ends; returns how. process: the one that was started for it, waited for. In a pipe or file only new bests are told of."""
    out = stream or sys.stderr
    curves = Curves(run.path("events.jsonl"))
    told, patience = 0, time.monotonic() + _START
    stop = run.config().stop
    seconds = stop.seconds if stop.clock == "wall" else 0.0
    while True:
        over = (
            process.poll() is not None if process else not run.alive() and (run.status().state != "waiting" or time.monotonic() > patience)
        )
        curves.update()
        if out.isatty():
            room = shutil.get_terminal_size().columns - 1  # a line that wraps could not be written over
            print(f"{_CLEAR}{line(run, curves, seconds)[:room]}", end="", file=out, flush=True)
        elif curves.best and curves.best["epoch"] >= max(2 * told, told + 1):  # at 1, 2, 4, 8, …: logs stay short
            told = int(curves.best["epoch"])
            print(line(run, curves, seconds), file=out, flush=True)
        if over:
            break
        try:
            time.sleep(_LOOK)
        except KeyboardInterrupt:
            if process is None:
                break  # only whoever follows has had enough
            process.wait()
    if out.isatty():
        print(_CLEAR, end="", file=out, flush=True)
    return run.status()


def line(run: Run, curves: Curves, seconds: float = 0.0) -> str:
    """Where it stands, in a line. seconds: that it may take, 0 for any number."""
    status, beat = run.status(), run.heartbeat()
    if not len(curves):
        return f"{status.state} {beat.get('text', '')}".strip()
    last = curves.last
    words = [f"epoch {last['epoch']:.0f}{f'/{status.epochs}' if status.epochs else ''}"]
    shares = [last["epoch"] / status.epochs if status.epochs else 0.0, last["seconds"] / seconds if seconds else 0.0]
    if any(shares):
        words[0] += f" {'█' * round(_WIDTH * min(1.0, max(shares))):░<{_WIDTH}}"
    if "loss" in last:
        words.append(f"loss {last['loss']:.4g}")
    words += shown(last, "valid_") or shown(last, "train_")
    if curves.best:
        words.append(f"best {curves.best['epoch']:.0f}")
    words.append(clock(last["seconds"]))
    left = time_left(curves, status, seconds)
    if left is not None and status.state == "running":
        words.append(f"{clock(left)} left")
    if status.state != "running":
        words.append(status.state)
    return ", ".join(words)


def clock(seconds: float) -> str:
    """A duration in at most two units."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"


def shown(event: Mapping[str, float], part: str) -> list[str]:
    """The two errors that say most."""
    found = []
    for name, sign in (("energy_mae_per_atom", "E"), ("forces_mae", "F")):
        value = event.get(part + name)
        if value is not None:
            found.append(f"{sign} {1000.0 * value:.4g} {metrics.TITLES[name][1]}")
    return found


def time_left(curves: Curves, status: Status, seconds: float = 0.0) -> float | None:
    """Seconds to the last epoch there can be, at the pace of the last twenty, or to the end of `seconds`; None if neither is known."""
    spent, epochs = curves.column("seconds"), curves.column("epoch")
    if not len(epochs):
        return None
    few = slice(-21, None)
    done = max(1.0, float(epochs[few][-1] - epochs[few][0]))
    pace = float(spent[few][-1] - spent[few][0]) / done if len(epochs) > 1 else float(spent[-1])
    ends = [pace * max(0.0, status.epochs - float(epochs[-1]))] if status.epochs else []
    ends += [max(0.0, seconds - float(spent[-1]))] if seconds else []
    return min(ends, default=None)


def outcome(run: Run) -> list[str]:
    """What came out, in lines."""
    status, result = run.status(), run.result()
    lines = [f"{status.state}: {status.sentence}"]
    for part, found in result.get("errors", {}).items():
        lines.append(f"best epoch {result['best_epoch']}, {result['frames'][part]} {'test' if part == 'test' else 'validation'} frames:")
        lines += [f"  {one}" for one in metrics.lines(found)]
    if run.path("best.e3p").exists():
        lines.append(f"model: {run.path('best.e3p')}")
    return lines

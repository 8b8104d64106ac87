"""A run as it is followed in a terminal: one line that moves while it works, and what came out at the end."""

from __future__ import annotations

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
    while True:
        over = (
            process.poll() is not None if process else not run.alive() and (run.status().state != "waiting" or time.monotonic() > patience)
        )
        curves.update()
        if out.isatty():
            print(f"{_CLEAR}{line(run, curves)}", end="", file=out, flush=True)
        elif curves.best and curves.best["epoch"] >= max(2 * told, told + 1):  # at 1, 2, 4, 8, …: logs stay short
            told = int(curves.best["epoch"])
            print(line(run, curves), file=out, flush=True)
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


def line(run: Run, curves: Curves) -> str:
    """Where it stands, in a line."""
    status, beat = run.status(), run.heartbeat()
    if not len(curves):
        return f"{status.state} {beat.get('text', '')}".strip()
    last = curves.last
    words = [f"epoch {last['epoch']:.0f}"]
    if status.epochs:
        share = min(1.0, last["epoch"] / status.epochs)
        words[0] += f"/{status.epochs} {'█' * round(_WIDTH * share):░<{_WIDTH}}"
    if "loss" in last:
        words.append(f"loss {last['loss']:.4g}")
    words += shown(last, "valid_") or shown(last, "train_")
    if curves.best:
        words.append(f"best {curves.best['epoch']:.0f}")
    words.append(f"{last['seconds']:.0f} s")
    if status.epochs and last["epoch"] < status.epochs and status.state == "running":
        words.append(f"{time_left(curves, status):.0f} s left")
    if status.state != "running":
        words.append(status.state)
    return ", ".join(words)


def shown(event: Mapping[str, float], part: str) -> list[str]:
    """The two errors that say most."""
    found = []
    for name, sign in (("energy_mae_per_atom", "E"), ("forces_mae", "F")):
        value = event.get(part + name)
        if value is not None:
            found.append(f"{sign} {1000.0 * value:.4g} {metrics.TITLES[name][1]}")
    return found


def time_left(curves: Curves, status: Status) -> float:
    """Seconds to the last epoch there can be, at the pace of the last twenty."""
    seconds, epochs = curves.column("seconds"), curves.column("epoch")
    few = slice(-21, None)
    done = max(1.0, float(epochs[few][-1] - epochs[few][0]))
    pace = float(seconds[few][-1] - seconds[few][0]) / done if len(epochs) > 1 else float(seconds[-1])
    return pace * max(0.0, status.epochs - float(epochs[-1]))


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

#!/usr/bin/env python3
"""Kills a run, the window that watches it, and both, at random moments, and sees whether every run ends as if nobody had touched it.

Runs are tiny and of one config; the first is left alone. What is killed (kill −9) is started again as a person would: the window by its
command, the run by putting it back into the queue, from which the window starts it. When a run has ended, its numbers of every epoch
(clocks apart), its errors on the test part, the weights of its models, what was recorded of its probe and its parity, and its
tables must be those of the first one to the last bit, and nothing half-written may lie about. Exit status 0 if all of that holds.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bench_common as bench

CLOCKS = ("time", "seconds", "cpu_seconds")
PATIENCE = 90.0


def wait(what: Callable[[], bool], words: str) -> None:
    """Until it holds; the end of this script if it never does."""
    until = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > until:
            sys.exit(f"kill: waited {PATIENCE:g} s in vain until {words}.")
        time.sleep(0.02)


def new_run(folder: Path) -> Any:
    """One that takes some seconds."""
    from e3viz.training.config import config_of
    from e3viz.training.run import create

    settings = {"channels": 4, "layers": 2, "radial_width": 8, "epochs": 150}
    table = {"potential": "nequip", "settings": settings, "data": {"files": ["ethanol"], "train": 20, "valid": 10, "test": 10}}
    return create(folder, config_of({**table, "record": {"keep_every": 10}}))


def outcome(run: Any) -> dict[str, Any]:
    """All that must be the same."""
    from e3viz.potentials.saving import read
    from e3viz.training.curves import Curves
    from e3viz.training.events import read_events
    from e3viz.training.recording import read_recording
    from e3viz.training.tables import epochs_of

    curves = Curves(run.path("events.jsonl"))
    curves.update()
    epochs = [{k: v for k, v in event.items() if k not in CLOCKS} for event in epochs_of(read_events(run.path("events.jsonl")))]
    models = {
        f"{name} {key}": array.tobytes() for name in ("best", "last") for key, array in read(run.path(f"{name}.e3p")).arrays().items()
    }
    records = {f"{name} {key}": array.tobytes() for name in ("probe", "parity") for key, array in read_recording(run.path(name))[1].items()}
    rows = [line.split(",") for line in run.path("metrics.csv").read_text().splitlines()]
    kept = [n for n, name in enumerate(rows[0]) if name not in CLOCKS]
    found: dict[str, Any] = {"state": run.status().state, "epochs": epochs, "errors": run.result()["errors"]}
    found |= {"metrics.csv": [[row[n] for n in kept] for row in rows], "curves.bin": curves.column("valid_forces_mae").tobytes()}
    found |= {"checkpoints": run.checkpoints(), "left": sorted(str(path.name) for path in run.folder.rglob(".*") if path.is_file())}
    return {**found, **models, **records}


class Stage:
    """A window and the run that it works on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = (folder.parent / "window.txt").open("ab")
        self.window = self._open()
        self.number = 0
        self.run: Any = None

    def next_run(self) -> None:
        """Put a new one into the queue."""
        from e3viz.training.queue import enqueue

        self.number += 1
        self.run = new_run(self.folder / f"run-{self.number:02d}")
        enqueue(self.run)

    def kill(self, victim: str) -> None:
        """The run, the window, or both at once; and begin again."""
        pids = [self.window.pid] if victim != "run" else []
        status = self.run.status()
        if victim != "window" and status.state in ("preparing", "running"):
            pids.append(status.pid)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        if victim != "run":
            self.window.wait()
            self.window = self._open()

    def works(self) -> bool:
        """Whether somebody works on the run; one that was cut off is put back into the queue. It may also have ended."""
        self._go_on()
        return bool(self.run.alive()) or self.run.status().state == "finished"

    def _go_on(self) -> None:
        """Put the run back into the queue if it is nowhere."""
        from e3viz.training.queue import MARK, enqueue

        if self.run.status().state == "cut off" and not self.run.path(MARK).exists():
            enqueue(self.run)

    def finish(self) -> dict[str, Any]:
        """What has become of the run."""
        from e3viz.training.run import ENDED

        def over() -> bool:
            self._go_on()
            return self.run.status().state in ENDED and self.run.status().state != "cut off"

        wait(over, f"{self.run.folder.name} ends")
        wait(lambda: not self.run.alive(), "its process is gone")
        return outcome(self.run)

    def close(self) -> None:
        """No more."""
        self.window.kill()
        self.window.wait()
        self.log.close()

    def _open(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "e3viz", "--lab", "training"], stdout=self.log, stderr=self.log)


def different(found: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """Names of what is not the same."""
    return [name for name in wanted | found if found.get(name) != wanted.get(name)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=50, help="how many kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments")
    asked = parser.parse_args()
    bench.set_up()
    chance = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as home, bench.display():
        os.environ |= {"E3VIZ_HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_STATE_HOME": home, "OMP_NUM_THREADS": "1"}
        stage = Stage(Path(home) / "runs")
        try:
            stage.next_run()
            wanted, wrong, ended = stage.finish(), [], 1
            bench.say(f"left alone: {wanted['state']} after {len(wanted['epochs'])} epochs, files left: {wanted['left']}")
            stage.next_run()
            kills = 0
            while kills < asked.times:
                victim = ("run", "window", "both")[kills % 3]
                wait(stage.works, f"{stage.run.folder.name} begins")
                time.sleep(chance.uniform(0.0, 4.0))
                status = stage.run.status()
                if status.state in ("preparing", "running"):
                    stage.kill(victim)
                    kills += 1
                    words = f"while {stage.run.folder.name} was {status.state}, epoch {status.epoch}"
                    bench.say(f"kill {kills} of {asked.times}: {victim}, {words}")
                if stage.run.status().state == "finished" or kills == asked.times:
                    wrong += [f"{stage.run.folder.name}: {name}" for name in different(stage.finish(), wanted)]
                    ended += 1
                    stage.next_run()
        finally:
            stage.close()
            for run in stage.folder.glob("run-*"):
                (run / "control").mkdir(exist_ok=True)
                (run / "control" / "cancel").touch()
            time.sleep(2.0)
    print(f"{asked.times} kills, {ended} runs ended: " + ("all as if undisturbed" if not wrong else f"different: {', '.join(wrong)}"))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

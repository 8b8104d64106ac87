#!/usr/bin/env python3
"""How smooth the window stays while runs train, how soon a run shows its first point, and how fast a long run opens.

The window and its runs are held on two cores together (where the system can do that), on a virtual display of their own, with a folder of
runs of their own. Blocked is the longest time in which the window's event loop did not come round, less the time that was spent
drawing in it (paint events with their flush to the screen, and VTK). A structure is turned as the mouse turns it: each picture is asked
for when the one before stands. `peer` is the same without any run. Start is pressed in the Training lab; the time runs until the
first point of the curve has reached the screen, after one such run that does not count. A long run is opened in a fresh process: its curves
are read and its chart made and laid out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import bench_common as bench

EPOCHS, BLOCKED, KEPT, FIRST, OPEN = 100_000, 50.0, 0.75, 6.0, 0.5
RUNS = 2


# ---- in a process of its own ------------------------------------------------------------------------------------------------------


class Loop:
    """Watches the event loop of the window: `worst(seconds)` lets it run and says how long it was blocked at most, in ms."""

    def __init__(self) -> None:
        from PySide6.QtCore import QEvent, QTimer
        from PySide6.QtWidgets import QApplication

        from e3viz.gui import app

        self.drawn = 0.0
        self._depth = 0
        drawing = {QEvent.Type.Paint, QEvent.Type.UpdateRequest, QEvent.Type.Expose, QEvent.Type.UpdateLater, QEvent.Type.Resize}
        loop = self

        class Application(QApplication):
            def notify(self, receiver: Any, event: Any) -> bool:
                if event.type() not in drawing:
                    return bool(super().notify(receiver, event))
                with loop.drawing():
                    return bool(super().notify(receiver, event))

        app.QApplication = Application
        self.application = app.application()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._last: tuple[float, float] | None = None
        self._gaps: list[float] = []

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """What happens inside counts as drawing."""
        self._depth += 1
        began = time.perf_counter()
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth:
                self.drawn += time.perf_counter() - began

    def worst(self, seconds: float) -> list[float]:
        """The longest gaps between two rounds in so many seconds, drawing taken off, ms."""
        self._gaps, self._last = [], None
        self._timer.start(1)
        self.run(seconds)
        self._timer.stop()
        return sorted(self._gaps)[-5:]

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> float:
        """Let the loop run for so long, or until something holds; how long it was."""
        from PySide6.QtCore import QEventLoop

        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds and not until():
            self.application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        return passed

    def _tick(self) -> None:
        now = time.perf_counter(), self.drawn
        if self._last is not None:
            self._gaps.append(1e3 * (now[0] - self._last[0] - (now[1] - self._last[1])))
        self._last = now


def window_inside(seconds: float) -> dict[str, Any]:
    """All that is measured in the window."""
    loop = Loop()
    from PySide6.QtCore import QTimer

    from e3viz.gui.app import make_window
    from e3viz.labs.session import Session
    from e3viz.training.places import runs_folder
    from e3viz.training.queue import Rules, set_rules

    set_rules(runs_folder(), Rules(at_once=RUNS))
    window = make_window(session=Session(lab="training"))
    window.resize(1440, 900)
    window.show()
    wake = QTimer()  # so that waiting for something is never longer than this
    wake.start(10)
    loop.run(30.0, lambda: not window.worker.busy() and window.page.sheet() is not None)
    found: dict[str, Any] = {"first": [first_point(loop, window) for _ in range(RUNS)]}
    loop.run(3.0)
    found["blocked"] = loop.worst(seconds)
    found["turning"], found["alone"] = turning_inside(loop, window, seconds / 4)
    wake.stop()
    window.close()
    return found


def first_point(loop: Loop, window: Any) -> float:
    """Seconds from Start to the moment at which the curve's first point is on the screen."""
    from e3viz.training.places import runs_folder
    from e3viz.training.run import find_runs

    lab, known = window.page.lab, {run.folder for run in find_runs(runs_folder())}
    window.store.set_state(lab.State(minutes=30.0))
    start = next(action for action in lab.actions if action.name == "start")
    painted: list[bool] = []

    def drawn() -> None:
        names = {run.folder.name for run in find_runs(runs_folder()) if run.folder not in known}
        sheet = window.page.sheet()
        plots = getattr(sheet.panels[0].picture, "plots", ()) if sheet is not None else ()
        if any(plot.name in names and len(plot.x) for plot in plots if plot.label):
            painted.append(True)

    window.page.drawn.connect(drawn)
    window.page.act(start)
    took = loop.run(60.0, lambda: bool(painted))
    window.page.drawn.disconnect(drawn)
    return took


def turning_inside(loop: Loop, window: Any, seconds: float) -> tuple[float, float]:
    """Pictures per second of a structure being turned, while runs work and while they rest; they are ended then."""
    from e3viz import labs
    from e3viz.resources import SAMPLE
    from e3viz.training.places import runs_folder
    from e3viz.training.run import find_runs

    structures = labs.load("structures")
    assert structures.open_file is not None
    window.show_lab("structures")
    window.store.set_state(structures.open_file(structures.State(), SAMPLE), "open", "structures")
    loop.run(20.0, lambda: not window.worker.busy() and bool(window.page.views()))
    loop.run(1.0)
    runs = [run for run in find_runs(runs_folder()) if run.alive()]
    assert len(runs) == RUNS, "both runs should still work"
    busy, quiet = [], []
    for _ in range(3):
        for ask, state, rates in (("resume", "running", busy), ("pause", "paused", quiet)):
            for run in runs:
                run.ask(ask)
            loop.run(20.0, lambda state=state: all(run.status().state == state for run in runs))
            rates.append(turned(loop, window, seconds))
    for run in runs:
        run.ask("cancel")
    loop.run(30.0, lambda: not any(run.alive() for run in runs))
    return statistics.median(busy), statistics.median(quiet)


def turned(loop: Loop, window: Any, seconds: float) -> float:
    """Pictures per second of a structure that the mouse turns for so long."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    view = window.page.views()[0]
    count = 0

    def send(kind: QEvent.Type, x: float, pressed: bool) -> None:
        place, left, none = QPointF(x, view.height() / 2), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind == QEvent.Type.MouseMove else left
        keys = Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(view, QMouseEvent(kind, place, view.mapToGlobal(place), button, left if pressed else none, keys))

    def shown() -> None:
        nonlocal count
        count += 1

    view.frame_drawn.connect(shown)
    middle = view.width() / 2
    send(QEvent.Type.MouseButtonPress, middle, True)
    began = time.perf_counter()
    step = 0
    while time.perf_counter() - began < seconds:
        before, step = count, step + 1
        send(QEvent.Type.MouseMove, middle + 3.0 * (step % 100), True)
        loop.run(1.0, lambda before=before: count > before)
    passed = time.perf_counter() - began
    send(QEvent.Type.MouseButtonRelease, middle, False)
    view.frame_drawn.disconnect(shown)
    return count / passed


def opening_inside(folder: Path) -> dict[str, float]:
    """Seconds from the folder of a long run to its curves, read, smoothed and laid out as shapes."""
    from e3viz import labs
    from e3viz.pictures import paper
    from e3viz.pictures.style import LIGHT
    from e3viz.symmetry.element import IDENTITY

    lab = labs.load("training")
    state = lab.State(folder=str(folder))
    labs.load("training").pictures(lab.State(folder=str(folder / "none")), IDENTITY)  # everything is imported
    began = time.perf_counter()
    sheet = lab.pictures(state, IDENTITY)
    paper.draw(sheet.panels[0].picture, LIGHT, (760.0, 400.0))
    passed = time.perf_counter() - began
    points = max(len(plot.x) for plot in sheet.panels[0].picture.plots if hasattr(plot, "x") and hasattr(plot.x, "__len__"))
    assert points > 1000
    return {"seconds": passed}


# ---- from outside -----------------------------------------------------------------------------------------------------------------


def long_run(folder: Path, *, table: bool) -> None:
    """A run as it stands after many epochs. table: with the numbers that runs write beside their events."""
    import numpy as np

    from e3viz.training.config import Config, DataConfig
    from e3viz.training.run import create
    from e3viz.training.tables import Tables

    run = create(folder / "long", Config("nequip", data=DataConfig(files=("ethanol",))))
    noise = np.random.default_rng(0).random((EPOCHS, 8))
    names = ("loss", "learning_rate", "gradient_norm", "valid_forces_mae", "valid_energy_mae_per_atom", "train_forces_mae", "score")
    with run.path("events.jsonl").open("w", encoding="utf-8") as stream:
        for epoch in range(1, EPOCHS + 1):
            facts = {name: round(float(v) / epoch**0.5, 9) for name, v in zip(names, noise[epoch - 1], strict=False)}
            event = {"event": "epoch", "time": 1.7e9 + epoch, "epoch": epoch, "seconds": epoch * 0.4, "best": epoch % 977 == 0, **facts}
            stream.write(json.dumps(event, separators=(",", ":")) + "\n")
    if table:
        Tables(run.folder)


def inside(*words: str, cores: bool = True) -> dict[str, Any]:
    """What this script finds in a process of its own, on two cores where that can be had."""
    if cores and hasattr(os, "sched_setaffinity"):
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, sorted(before)[:2])
    else:
        before = None
    try:
        found = subprocess.run([sys.executable, __file__, *words], stdout=subprocess.PIPE, text=True, check=False, timeout=900)
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)
    if found.returncode:
        sys.exit(f"bench: {' '.join(words)} failed.")
    answer: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return answer


def opening(times: int) -> list[bench.Result]:
    """100,000 events."""
    results = []
    for title, table in (("with its table", True), ("from the events alone", False)):
        with tempfile.TemporaryDirectory() as name:
            long_run(Path(name), table=table)
            took = statistics.median(inside("--opening", name)["seconds"] for _ in range(times))
        result = bench.Result.below(f"{EPOCHS:,} events of a run to curves, {title} (s)", took, OPEN)
        results.append(result)
    return results


def window(seconds: float) -> list[bench.Result]:
    """Two runs."""
    with tempfile.TemporaryDirectory() as home, bench.display():
        os.environ |= {"E3VIZ_HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "XDG_STATE_HOME": home}
        found = inside("--window", str(seconds))
    bench.say(f"longest blocks: {', '.join(f'{v:.1f}' for v in found['blocked'])} ms; first points: {found['first']}")
    return [
        bench.Result.below("event loop blocked outside drawing while two runs train (ms)", found["blocked"][-1], BLOCKED),
        turning(found["turning"], found["alone"]),
        bench.Result.below("from Start to the first point, ethanol, warm (s)", found["first"][-1], FIRST),
    ]


def turning(busy: float, alone: float) -> bench.Result:
    """Frame rate kept."""
    ratio = busy / alone
    return bench.Result("turning a structure beside two runs (frames/s)", busy, alone, ratio, f"ratio ≥ {KEPT:g}", ratio >= KEPT)


def main() -> int:
    words = sys.argv[1:]
    if words[:1] in (["--opening"], ["--window"]):
        print(json.dumps(opening_inside(Path(words[1])) if words[0] == "--opening" else window_inside(float(words[1]))), flush=True)
        return 0
    asked = bench.arguments(__doc__ or "")
    bench.set_up()
    with suppress(ValueError):
        results = [*opening(1 if asked.quick else 5), *window(8.0 if asked.quick else 30.0)]
    return bench.write(results, as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())

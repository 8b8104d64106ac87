#!/usr/bin/env python3
"""An atom of ethanol dragged with the mouse in the real window: prediction, features and picture per step.

Mouse events come a hundred times a second, as from a hand; the time is that between two pictures that have reached the screen, with new
energies, forces and features of the bundled NequIP. The window is on a virtual display of its own, drawn in software. There is no peer: no
other program answers with features. `worst` is the longest time in which the event loop did not come round.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, astuple, dataclass
from itertools import pairwise
from typing import Any

import bench_common as bench

SIDE = "--side"
EVENTS, EVERY, WAY = 150, 10, (90, -70)


@dataclass
class Drag:
    """ms between pictures that reached the screen (median); ms that the event loop was away at most."""

    picture: float
    worst: float


class Window:
    """The Features lab with atoms under a person's hand."""

    def __init__(self) -> None:
        from e3viz.gui.app import make_window
        from e3viz.labs.features.state import State
        from e3viz.labs.session import Session

        self.window = make_window(session=Session(lab="features"))
        self.window.resize(1440, 900)
        self.window.show()
        self.window.store.set_state(State(view="by hand", arrows="predicted"), lab="features")
        self.pictures: list[float] = []
        self.window.page.drawn.connect(lambda: self.pictures.append(time.perf_counter()))
        self.rest(4.0)

    @property
    def view(self) -> Any:
        """The 3D view."""
        return next(view for view in self.window.page.views() if view.panel == "features")

    def rest(self, seconds: float) -> None:
        """Let the window work."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def drag(self, atom: int, back: bool) -> Drag:
        """Drag an atom along a way, or back."""
        from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        view = self.view
        at = view.stage.world_to_display(self.window.page.sheet().panel("features").picture.actors["atoms"].centres[atom][None])[0]
        start, way = QPointF(at[0], at[1]), QPointF(*WAY) * (-1.0 if back else 1.0)

        def event(kind: QEvent.Type, place: QPointF) -> None:
            left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
            pressed = none if kind == QEvent.Type.MouseButtonRelease else left
            button = none if kind == QEvent.Type.MouseMove else left
            QApplication.sendEvent(view, QMouseEvent(kind, place, view.mapToGlobal(place), button, pressed, Qt.KeyboardModifier.NoModifier))

        event(QEvent.Type.MouseButtonPress, start)
        self.pictures.clear()
        rounds: list[float] = []
        loop, hand, clock = QEventLoop(), QTimer(), QTimer()

        def move() -> None:
            move.done += 1
            event(QEvent.Type.MouseMove, start + way * (move.done / EVENTS))
            if move.done == EVENTS:
                loop.quit()

        move.done = 0
        hand.timeout.connect(move)
        clock.timeout.connect(lambda: rounds.append(time.perf_counter()))
        hand.start(EVERY)
        clock.start(1)
        loop.exec()
        hand.stop()
        clock.stop()
        event(QEvent.Type.MouseButtonRelease, start + way)
        gaps = [b - a for a, b in pairwise(self.pictures)]
        found = Drag(1e3 * statistics.median(gaps), 1e3 * max(b - a for a, b in pairwise(rounds)))
        self.rest(1.0)
        return found


def measured(times: int) -> list[Drag]:
    """An atom dragged to and fro, after once that does not count."""
    window = Window()
    drags = [window.drag(8, bool(turn % 2)) for turn in range(times + 2)][2:]
    window.window.close()
    return drags


def main() -> int:
    if SIDE in sys.argv:
        print(json.dumps([asdict(drag) for drag in measured(int(sys.argv[-1]))]))
        return 0
    asked = bench.arguments(__doc__ or "")
    bench.set_up()
    with bench.display():
        call = [sys.executable, __file__, SIDE, "2" if asked.quick else "8"]
        done = subprocess.run(call, stdout=subprocess.PIPE, text=True, check=True, timeout=300)
    drags = [Drag(**drag) for drag in json.loads(done.stdout.splitlines()[-1])]
    picture, worst = (statistics.median(numbers) for numbers in zip(*(astuple(drag) for drag in drags), strict=True))
    return bench.write(
        [
            bench.Result.below("an atom of ethanol dragged: from picture to picture, ms", picture, 50.0),
            bench.Result("longest time in which the event loop did not come round, drawing included, ms", worst, None, None, "", None),
        ],
        as_json=asked.json,
    )


if __name__ == "__main__":
    sys.exit(main())

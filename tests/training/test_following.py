"""A run as a terminal shows it."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from e3viz.training.curves import Curves
from e3viz.training.following import clock, follow, line, outcome, time_left
from e3viz.training.loop import train
from e3viz.training.run import Run, Status

NewRun = Callable[..., Run]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_line_says_where_it_stands(new_run: NewRun) -> None:
    run = new_run(settings__epochs=40, stop__epochs=10)
    assert line(run, Curves(run.path("events.jsonl"))) == "waiting"
    train(run.folder)
    curves = Curves(run.path("events.jsonl"))
    curves.update()
    text = line(run, curves)
    error = 1000 * curves.column("valid_forces_mae")[-1]
    assert text.startswith(f"epoch 10/10 {'█' * 20}, loss ") and f"F {error:.4g} meV/Å" in text and text.endswith("finished")


def test_time_left_is_to_the_nearest_end(new_run: NewRun) -> None:
    run = new_run(settings__epochs=4)
    train(run.folder)
    curves = Curves(run.path("events.jsonl"))
    assert time_left(curves, Status(epochs=8)) is None
    curves.update()
    seconds = curves.column("seconds")
    pace = (seconds[-1] - seconds[0]) / 3
    assert time_left(curves, Status(epochs=8)) == pytest.approx(4 * pace)
    assert time_left(curves, Status(epochs=10**9), seconds[-1] + 5.0) == pytest.approx(5.0)
    assert time_left(curves, Status()) is None


def test_a_terminal_gets_one_line_and_a_file_few(new_run: NewRun) -> None:
    run = new_run(settings__epochs=3)
    train(run.folder)
    terminal, file = Terminal(), io.StringIO()
    assert follow(run, stream=terminal) == follow(run, stream=file) == run.status()
    assert "\n" not in terminal.getvalue() and terminal.getvalue().endswith("\r\x1b[K")
    assert file.getvalue().count("\n") == 1
    assert outcome(run)[0] == "finished: Done after 3 epochs." and "best.e3p" in outcome(run)[-1]


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (99.2, "99 s"), (130, "2 min 10 s"), (7260, "2 h 1 min")])
def test_durations(seconds: float, text: str) -> None:
    assert clock(seconds) == text

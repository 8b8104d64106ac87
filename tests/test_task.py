"""Progress and cancelling reach whoever listens, and cost nothing when nobody does."""

from __future__ import annotations

import threading

import pytest

from e3viz import task


def test_nobody_listening() -> None:
    task.report(1, 2, "alone")


def test_progress_is_a_share_between_zero_and_one() -> None:
    heard: list[tuple[float | None, str]] = []
    with task.running(lambda share, text: heard.append((share, text)), lambda: False):
        task.report(1, 4, "a quarter")
        task.report(9, 4, "too much")
        task.report(-1, 4, "too little")
        task.report(None, text="unknown")
        task.report(3, 0, "of nothing")
    assert heard == [(0.25, "a quarter"), (1.0, "too much"), (0.0, "too little"), (None, "unknown"), (None, "of nothing")]


def test_cancelling_ends_the_work_at_the_next_report_and_closes_what_was_open() -> None:
    done: list[int] = []
    closed = False
    with pytest.raises(task.Cancelled), task.running(lambda share, text: None, lambda: len(done) == 3):
        try:
            for step in range(10):
                task.report(step, 10)
                done.append(step)
        finally:
            closed = True
    assert done == [0, 1, 2]
    assert closed
    task.report(1)  # the listener is gone with its block


def test_listeners_nest_and_do_not_hear_other_threads() -> None:
    outer: list[str] = []
    inner: list[str] = []
    with task.running(lambda share, text: outer.append(text), lambda: False):
        with task.running(lambda share, text: inner.append(text), lambda: False):
            task.report(1, text="inner")
        other = threading.Thread(target=task.report, args=(1, 1, "elsewhere"))
        other.start()
        other.join()
        task.report(1, text="outer")
    assert (inner, outer) == (["inner"], ["outer"])

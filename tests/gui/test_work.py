"""Work off the GUI thread: the newest wins, cancelling, errors, closing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from e3viz import task


@pytest.fixture
def worker(app: Any) -> Iterator[Any]:
    from e3viz.gui.work import Worker

    made = Worker()
    yield made
    made.close()
    made.deleteLater()


def test_results_arrive_on_the_gui_thread(worker: Any) -> None:
    where: list[threading.Thread] = []
    got: list[int] = []

    def done(value: int) -> None:
        got.append(value)
        where.append(threading.current_thread())

    worker.run("a", lambda: (where.append(threading.current_thread()), 7)[1], done)
    assert worker.busy() and worker.busy("a") and not worker.busy("b")
    assert worker.wait_idle()
    assert got == [7] and not worker.busy()
    assert where[0] is not threading.main_thread() and where[1] is threading.main_thread()


def test_the_newest_wins_and_older_ones_are_stopped(worker: Any) -> None:
    got: list[int] = []
    stopped = threading.Event()

    def slow() -> int:
        try:
            while True:
                task.report(None)
                time.sleep(0.001)
        except task.Cancelled:
            stopped.set()
            raise

    worker.run("a", slow, got.append)
    time.sleep(0.02)
    for number in range(5):
        worker.run("a", lambda number=number: number, got.append)
    assert worker.wait_idle()
    assert got == [4] and stopped.wait(2.0)


def test_keys_do_not_disturb_each_other(worker: Any) -> None:
    got: list[str] = []
    for key in "abc":
        worker.run(key, lambda key=key: key, got.append)
    assert worker.wait_idle()
    assert sorted(got) == ["a", "b", "c"]


def test_errors_go_to_who_asked_or_to_problem(worker: Any) -> None:
    failed: list[BaseException] = []
    problems: list[BaseException] = []
    worker.problem.connect(problems.append)
    worker.run("a", lambda: 1 / 0, lambda _: None, failed.append)
    worker.run("b", lambda: int("x"), lambda _: None)
    assert worker.wait_idle()
    assert [type(e) for e in failed] == [ZeroDivisionError] and [type(e) for e in problems] == [ValueError]


def test_progress_shows_after_a_while_and_a_person_can_stop(worker: Any, until: Callable[..., None]) -> None:
    got: list[Any] = []
    stopped: list[str] = []
    worker.stopped.connect(lambda job: stopped.append(job.key))

    def slow() -> None:
        while True:
            task.report(1, 4, "counting")
            time.sleep(0.001)

    worker.run("a", slow, got.append, got.append, "waiting")
    time.sleep(0.05)
    assert not worker.visible()
    until(lambda: bool(worker.visible()))
    job = worker.visible()[0]
    assert (job.fraction, job.detail, job.text) == (0.25, "counting", "waiting")
    worker.stop("a")
    assert stopped == ["a"] and not worker.busy()
    assert worker.wait_idle() and got == []


def test_status_bar_shows_the_job_and_stops_it(worker: Any, show: Callable[..., Any], until: Callable[..., None]) -> None:
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QProgressBar, QPushButton

    from e3viz.gui.status import StatusBar

    bar = show(StatusBar(worker), 600, 30)
    progress, stop = bar.findChild(QProgressBar), bar.findChild(QPushButton, "status.cancel")
    assert not progress.isVisible()

    def slow() -> None:
        while True:
            task.report(3, 4, "reading frames")
            time.sleep(0.001)

    worker.run("a", slow, lambda _: None)
    until(progress.isVisible)
    assert progress.value() == 750
    QTest.keyClick(stop, " ")
    assert not worker.busy()
    until(lambda: not progress.isVisible())


def test_closing_delivers_nothing_and_ends_the_threads(app: Any) -> None:
    from e3viz.gui.work import Worker

    worker, got = Worker(), []

    def slow() -> int:
        for step in range(10_000):
            task.report(step, 10_000)
            time.sleep(0.001)
        return 1

    for key in "abcdef":
        worker.run(key, slow, got.append, got.append)
    time.sleep(0.02)
    began = time.monotonic()
    worker.close()
    assert time.monotonic() - began < 2.0
    app.processEvents()
    assert got == [] and not any(t.name.startswith("e3viz-worker") for t in threading.enumerate())
    worker.run("late", lambda: 1, got.append)
    assert not worker.busy()
    worker.deleteLater()


def test_jobs_of_a_lab_are_forgotten_together(worker: Any) -> None:
    got: list[str] = []
    for key in ("pictures.groups", "settle.groups", "pictures.irreps"):
        worker.run(key, lambda key=key: key, got.append)
    worker.forget("groups")
    assert worker.wait_idle()
    assert got == ["pictures.irreps"]

"""Work off the GUI thread: one newest task per key, progress, cancelling, and results back on the GUI thread.

A page asks for its pictures under one key with every change of state. Only the newest request matters: one that waits is replaced, and
one that runs is asked to stop at its next `task.report` and its result is thrown away.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from e3viz import task

SHOW_AFTER = 0.3
"""Seconds before work shows up in the status bar."""


@dataclass(eq=False)
class Job:
    """One piece of work. started: when it began to run, None while it waits; fraction: None if unknown."""

    key: str
    text: str
    function: Callable[[], Any]
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None] | None
    stop: threading.Event = field(default_factory=threading.Event)
    started: float | None = None
    fraction: float | None = None
    detail: str = ""


class Worker(QObject):
    """Runs functions in a few threads. problem(error): something failed that nobody else handles; changed: a job began, moved or ended;
    stopped(Job): a person has stopped it, so nothing more comes of it."""

    problem = Signal(object)
    changed = Signal()
    stopped = Signal(object)
    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None, threads: int = 4) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="e3viz-worker")
        self._jobs: dict[str, Job] = {}
        self._left: set[Job] = set()
        self._closed = False
        self._ended.connect(self._finish, Qt.ConnectionType.QueuedConnection)
        self._ticker = QTimer(self)
        self._ticker.setInterval(100)
        self._ticker.timeout.connect(self._tick)

    def run(
        self,
        key: str,
        function: Callable[[], Any],
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None] | None = None,
        text: str = "",
    ) -> None:
        """Call `function()` in a thread, then `done(result)` or `failed(error)` here; without `failed` errors go to `problem`.

        An earlier job of the same key is cancelled and reports nothing any more.
        """
        if self._closed:
            return
        self.cancel(key)
        job = Job(key, text, function, done, failed)
        self._jobs[key] = job
        self._left.add(job)
        self._pool.submit(self._work, job)
        self._ticker.start()

    def cancel(self, key: str) -> None:
        """Ask the job of that key to stop; it reports nothing any more."""
        job = self._jobs.pop(key, None)
        if job is not None:
            job.stop.set()
            self.changed.emit()

    def stop(self, key: str) -> None:
        """Cancel the job of that key because a person wants so."""
        job = self._jobs.get(key)
        self.cancel(key)
        if job is not None:
            self.stopped.emit(job)

    def forget(self, lab: str) -> None:
        """Cancel all jobs of a lab, whose keys end with its name."""
        for key in [key for key in self._jobs if key.endswith(f".{lab}")]:
            self.cancel(key)

    def visible(self) -> list[Job]:
        """Jobs that have been running long enough to be worth showing, oldest first."""
        now = time.monotonic()
        shown = [job for job in self._jobs.values() if job.started is not None and now - job.started > SHOW_AFTER]
        return sorted(shown, key=lambda job: job.started or 0.0)

    def job(self, key: str) -> Job | None:
        """The job of that key, until it has delivered."""
        return self._jobs.get(key)

    def busy(self, key: str = "") -> bool:
        """Whether a job (of that key) has not delivered yet."""
        return key in self._jobs if key else bool(self._jobs)

    def wait_idle(self, seconds: float = 30.0) -> bool:
        """Process events until nothing is left to do; False if that takes longer."""
        end = time.monotonic() + seconds
        quiet = 0
        while quiet < 3 and time.monotonic() < end:  # what a result leads to may ask for more
            QCoreApplication.processEvents()
            quiet = 0 if self._jobs else quiet + 1
            time.sleep(0.002)
        return not self._jobs

    def close(self) -> None:
        """Stop everything and wait for the threads; nothing is delivered after this."""
        self._closed = True
        self._ticker.stop()
        for job in self._left:
            job.stop.set()
        self._jobs.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall)

    def _work(self, job: Job) -> None:
        if job.stop.is_set():
            self._ended.emit(job, None, task.Cancelled())
            return
        job.started = time.monotonic()

        def heard(fraction: float | None, text: str) -> None:
            job.fraction, job.detail = fraction, text or job.detail

        try:
            with task.running(heard, job.stop.is_set):
                result = job.function()
        except BaseException as error:
            self._ended.emit(job, None, error)
        else:
            self._ended.emit(job, result, None)

    def _finish(self, job: Job, result: object, error: BaseException | None) -> None:
        self._left.discard(job)
        if self._closed or job.stop.is_set() or self._jobs.get(job.key) is not job:
            return
        del self._jobs[job.key]
        self.changed.emit()
        if error is None:
            job.done(result)
        elif isinstance(error, task.Cancelled):
            return
        elif job.failed is not None:
            job.failed(error)
        else:
            self.problem.emit(error)

    def _tick(self) -> None:
        if self._jobs:
            self.changed.emit()
        else:
            self._ticker.stop()

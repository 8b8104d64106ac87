"""The process of a run, as the loop sees it: lock, signals, status, heartbeat, clock, and what it is asked to do."""

from __future__ import annotations

import math
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any

from e3viz import task
from e3viz.errors import FileError
from e3viz.training.events import EventWriter
from e3viz.training.lock import Lock
from e3viz.training.run import ASKS, Run, Status, write_json, write_quickly

_BEAT, _LOOK, _TRIES = 1.0, 0.1, 4
_RESERVE = 1 << 16
"""Bytes set aside, so that a run can still say why it ended when the disk is full."""


class Process:
    """Within its block the run is this process's. signalled: whether a signal has asked it to end."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.signalled = False
        self._lock = Lock(run.path("lock"))
        self._status = Status()
        self._doing: dict[str, Any] = {"text": "Starting", "fraction": None, "epoch": 0}
        self._ended = threading.Event()
        self._limit, self._clock = math.inf, 0
        self._before = (0.0, 0.0)
        self._began = self._clocks()
        self._paused = (0.0, 0.0)
        self._looked = 0.0

    def __enter__(self) -> Process:
        self._lock.take()
        for what in ASKS:  # asked of an earlier process
            (self.run.path("control") / what).unlink(missing_ok=True)
        for folder in (self.run.folder, self.run.path("checkpoints")):  # half-written by one that was killed
            for path in folder.glob(".*"):
                if path.is_file() and not path.name.startswith(".about"):
                    path.unlink(missing_ok=True)
        self._signals = self._catch_signals()
        self._status = replace(self.run.status(), state="preparing", sentence="", pid=os.getpid(), host=socket.gethostname())
        self.status()
        self.run.path("reserve").write_bytes(bytes(_RESERVE))
        self.events = EventWriter(self.run.path("events.jsonl"))
        self._heart = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._heart.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.end("failed", f"A defect of e3viz ended it: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
        self._ended.set()
        self._heart.join()
        self.events.close()
        for one, handler in self._signals.items():
            signal.signal(one, handler)
        self.run.path("reserve").unlink(missing_ok=True)
        self.run.path("heartbeat.json").unlink(missing_ok=True)
        self._lock.release()

    # ---- what it says of itself -----------------------------------------------------------------------------------------------------

    def status(self, *, surely: bool = True, **changes: Any) -> None:
        """Change some of it; not `surely`, it need not survive a failure of power. Raises FileError."""
        self._status = replace(self._status, **changes, changed=time.time())
        if not surely:
            return write_quickly(asdict(self._status), self.run.path("status.json"))
        for tries in range(_TRIES):
            try:
                return write_json(asdict(self._status), self.run.path("status.json"))
            except FileError:  # on Windows a file that somebody reads cannot be replaced for that moment
                if tries == _TRIES - 1:
                    raise
                time.sleep(0.02)
        return None

    def end(self, state: str, sentence: str) -> Status:
        """Say that and why it has ended, also where the disk is full."""
        try:
            self.status(state=state, sentence=sentence)
            self.events.write("ended", state=state, sentence=sentence, epoch=self._status.epoch)
        except FileError:
            self.make_room()
            write_quickly(asdict(self._status), self.run.path("status.json"))
        return self._status

    def make_room(self) -> None:
        """Give back what was set aside."""
        self.run.path("reserve").unlink(missing_ok=True)

    def interrupt(self) -> None:
        """End at the next chance."""
        self.signalled = True

    # ---- clock ----------------------------------------------------------------------------------------------------------------------

    def spent(self) -> tuple[float, float]:
        """Seconds of this run so far, by the clock on the wall and of all cores; pauses do not count."""
        now = self._clocks()
        wall, cpu = (
            before + (n - began) - paused for before, n, began, paused in zip(self._before, now, self._began, self._paused, strict=True)
        )
        return wall, cpu

    def spent_before(self, seconds: float, cpu_seconds: float) -> None:
        """What earlier processes of this run have spent. The clock of this one starts now."""
        self._before, self._began, self._paused = (seconds, cpu_seconds), self._clocks(), (0.0, 0.0)

    def _clocks(self) -> tuple[float, float]:
        return time.monotonic(), time.process_time()

    # ---- what it is asked -----------------------------------------------------------------------------------------------------------

    def asked(self) -> str:
        """`stop`, `cancel`, `pause` or nothing."""
        return self.run.asked()

    @contextmanager
    def listening(self, text: str, limit: float = math.inf, clock: str = "wall", *, within_budget: bool = True) -> Iterator[None]:
        """Within this block work that reports is paused, and cut short (`Cancelled`) when asked, when a signal comes, or when the seconds
        of the run reach `limit` by its `clock`. A block that is not `within_budget` heeds signals and `cancel` only."""
        self._doing = {"text": text, "fraction": None, "epoch": self._status.epoch}
        self._limit, self._clock = limit, int(clock == "cpu")

        def heard(fraction: float | None, doing: str) -> None:
            self._doing = {"text": doing or text, "fraction": fraction, "epoch": self._status.epoch}

        with task.running(heard, self._to_stop if within_budget else self._to_cancel):
            yield
            self._looked = 0.0
            task.report(1.0)

    def _to_cancel(self) -> bool:
        return self.signalled or (self._look() and self.asked() == "cancel")

    def _to_stop(self) -> bool:
        if self.signalled:
            return True
        if not self._look():
            return False
        asked = self.asked()
        if asked == "pause":
            asked = self._pause()
        return self.signalled or asked in ("stop", "cancel") or self._over()

    def _over(self) -> bool:
        return self._limit < math.inf and self.spent()[self._clock] >= self._limit

    def _look(self) -> bool:
        now = time.monotonic()
        if now - self._looked < _LOOK:
            return False
        self._looked = now
        return True

    def _pause(self) -> str:
        """Wait until the pause is over; what else it is asked then."""
        before, began = self._status.state, self._clocks()
        self.status(state="paused")
        self.events.write("paused", epoch=self._status.epoch)
        while (asked := self.asked()) == "pause" and not self.signalled:
            time.sleep(_LOOK)
        now = self._clocks()
        self._paused = (self._paused[0] + now[0] - began[0], self._paused[1] + now[1] - began[1])
        self.status(state=before)
        self.events.write("continued", epoch=self._status.epoch)
        return asked

    def _beat(self) -> None:
        while True:
            write_quickly({"time": time.time(), **self._doing}, self.run.path("heartbeat.json"))
            if self._ended.wait(_BEAT):
                return

    def _catch_signals(self) -> dict[int, Any]:
        if threading.current_thread() is not threading.main_thread():
            return {}
        caught = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
        return {one: signal.signal(one, lambda *_: self.interrupt()) for one in caught}

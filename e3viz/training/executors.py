"""Who works off the runs of a study: processes of this machine, or the workers of a Dask scheduler.

Each run is a folder and a process of its own (`launching`), so whoever dies, the run is there and goes on elsewhere from its last epoch.
With Dask the folder of the study lies on a file system that all workers see.
"""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from e3viz import task
from e3viz.errors import UserError
from e3viz.training.choosing import choose, trials
from e3viz.training.launching import launch
from e3viz.training.run import Run, Status
from e3viz.training.study import Cell, Study

POLL = 0.2
TRIES = 3
"""How often a run whose process vanishes is begun again before it counts as failed."""


class Executor(Protocol):
    """Works off runs."""

    def work(self, runs: Sequence[Run]) -> Iterator[Run]:
        """Start and follow all, yielding each as it ends."""


class Local:
    """Some processes at once on this machine."""

    def __init__(self, workers: int) -> None:
        if workers < 1:
            raise UserError("A study needs at least one worker.", "Write for example --workers 2.")
        self.workers = workers

    def work(self, runs: Sequence[Run]) -> Iterator[Run]:
        """See Executor. When the caller stops listening, or is cancelled, runs under way are asked to pause their lives: they are
        interrupted and go on next time."""
        waiting, busy = list(runs), dict[int, tuple[Run, subprocess.Popen[bytes] | None]]()
        number = 0
        try:
            while waiting or busy:
                while waiting and len(busy) < self.workers:
                    run = waiting.pop(0)
                    busy[number] = (run, None if run.alive() else launch(run, detached=True))  # one that outlived its study is followed
                    number += 1
                time.sleep(POLL)
                task.report(None, text=f"{len(busy)} runs under way, {len(waiting)} to come")
                for key, (run, process) in list(busy.items()):
                    if process.poll() is not None if process is not None else not run.alive():
                        del busy[key]
                        yield run
        finally:
            started = [process for _, process in busy.values() if process is not None]
            for process in started:
                process.terminate()
            for process in started:
                try:
                    process.wait(10.0)
                except subprocess.TimeoutExpired:
                    process.kill()


class Dask:
    """The workers of a scheduler, such as those that dask-jobqueue starts on a cluster."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._client().close()  # an address of nobody is told at once

    def _client(self) -> Any:
        try:
            from distributed import Client
        except ImportError as error:
            raise UserError("Dask is not installed.", "Install it with: pip install e3viz[study]") from error
        try:
            return Client(self.address, timeout="15s")
        except (OSError, ValueError) as error:
            raise UserError(f"There is no Dask scheduler at “{self.address}”.", "Write its address, such as tcp://host:8786.") from error

    def work(self, runs: Sequence[Run]) -> Iterator[Run]:
        """See Executor. Dask itself gives the run of a lost worker to another one."""
        from distributed import as_completed
        from distributed.scheduler import KilledWorker

        client = self._client()
        futures = {client.submit(work_on, str(run.folder), pure=False, retries=TRIES): run for run in runs}
        try:
            for future in as_completed(futures):
                task.report(None, text="following the workers")
                with contextlib.suppress(KilledWorker):  # its folder says how far it came
                    future.result()
                yield futures[future]
        finally:
            client.cancel(list(futures))
            client.close()


def work_on(folder: str) -> str:
    """What a worker does: the process of one run, to its end. Its last state."""
    run = Run(Path(folder))
    if run.result():
        return "finished"
    while run.alive():  # the process of a worker that was lost may still work on it
        time.sleep(POLL)
    if run.result():
        return "finished"
    process = launch(run, detached=False)
    try:
        process.wait()
    except BaseException:
        process.terminate()
        raise
    return run.status().state


Ended = Callable[[Cell, Status], None]


def _unheard(cell: Cell, status: Status) -> None:
    """Nobody is told."""


def pursue(study: Study, executor: Executor, ended: Ended = _unheard, tried: Ended = _unheard) -> None:
    """Choose settings where the plan leaves them open (`tried`: a candidate has ended), then run what is missing; a run that vanished is
    tried again, one that failed leaves a hole and the rest goes on."""
    candidates = trials(study)
    if candidates is not None:
        work_off(candidates, executor, tried)
        study = choose(study, candidates)
    work_off(study, executor, ended)


def work_off(study: Study, executor: Executor, ended: Ended = _unheard) -> None:
    """Run what is missing of a study whose settings are known."""
    by_folder = {study.run(cell).folder: cell for cell in study.plan.cells()}
    begun: dict[Path, int] = {}
    while True:
        missing = [cell for cell in study.missing() if begun.get(study.run(cell).folder, 0) < TRIES]
        if not missing:
            return
        for run in executor.work([study.prepared(cell) for cell in missing]):
            begun[run.folder] = begun.get(run.folder, 0) + 1
            ended(by_folder[run.folder], run.status())

"""Runs as real processes: killed, paused, stopped, started twice."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.potentials.saving import read
from e3viz.training.events import read_events
from e3viz.training.loop import train
from e3viz.training.recording import read_recording
from e3viz.training.run import Run
from e3viz.training.tables import epochs_of

NewRun = Callable[..., Run]
Begin = Callable[[Run], subprocess.Popen[bytes]]
CLOCKS = {"time", "seconds", "cpu_seconds"}


def wait_for(what: Callable[[], bool], seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


def numbers(run: Run) -> list[dict[str, object]]:
    events = epochs_of(read_events(run.path("events.jsonl")))
    return [{name: value for name, value in event.items() if name not in CLOCKS} for event in events]


def test_killed_at_random_moments_it_ends_with_the_very_same_numbers(new_run: NewRun, process: Begin) -> None:
    """Six kills at random moments, from the reading of the data to the writing of files, in one run of thirty epochs."""
    whole = new_run("whole", settings__epochs=30)
    train(whole.folder)
    run = new_run("killed", settings__epochs=30, settings__pause=0.005)
    random = np.random.default_rng(7)
    for kill in range(6):
        one = process(run)
        if kill:  # the first comes while modules are imported and data are read
            wait_for(lambda one=one: run.status().state == "running" and run.status().pid == one.pid)
        time.sleep(random.uniform(0.0, 0.15))
        one.send_signal(signal.SIGKILL)
        one.wait()
        assert run.status().state in ("cut off", "waiting")
    assert 0 < run.status().epoch < 30, "the kills should fall into the run"
    assert process(run).wait(60) == 0
    assert run.status().state == "finished"
    assert numbers(run) == numbers(whole)
    assert run.result()["errors"] == whole.result()["errors"]
    for name in ("best.e3p", "last.e3p"):
        a, b = (read(one.path(name)).arrays()["weights"] for one in (run, whole))
        assert np.array_equal(a, b)
    for name in ("probe", "parity"):
        a, b = (read_recording(one.path(name))[1] for one in (run, whole))
        assert a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a)
    assert run.path("metrics.csv").read_text().count("\n") == 31
    assert not [path for path in run.folder.rglob(".*") if path.is_file()], "nothing half-written stays"


def test_it_pauses_goes_on_and_stops(new_run: NewRun, process: Begin) -> None:
    run = new_run(settings__epochs=10_000, settings__pause=0.003)
    one = process(run)
    wait_for(lambda: run.status().epoch >= 2)
    assert run.alive() and run.heartbeat()["text"]
    run.ask("pause")
    wait_for(lambda: run.status().state == "paused")
    epoch = run.status().epoch
    time.sleep(0.3)
    assert run.status().epoch == epoch
    run.ask("resume")
    wait_for(lambda: run.status().epoch > epoch)
    run.ask("stop")
    assert one.wait(20) == 0
    status = run.status()
    assert status.state == "stopped" and f"the best is epoch {status.best_epoch}" in status.sentence
    assert run.result()["errors"]["test"] and read(run.path("best.e3p"))
    kinds = [event["event"] for event in read_events(run.path("events.jsonl"))]
    assert kinds.index("paused") < kinds.index("continued") < kinds.index("ended")
    with pytest.raises(UserError, match="No process works"):
        run.ask("stop")


def test_a_cancelled_run_can_go_on(new_run: NewRun, process: Begin) -> None:
    run = new_run(settings__epochs=12, settings__pause=0.02)
    one = process(run)
    wait_for(lambda: run.status().epoch >= 2)
    run.ask("cancel")
    assert one.wait(20) == 0 and run.status().state == "cancelled" and not run.result()
    assert process(run).wait(30) == 0
    assert run.status().state == "finished" and [event["epoch"] for event in numbers(run)] == list(range(1, 13))


def test_a_signal_ends_it_in_order(new_run: NewRun, process: Begin) -> None:
    run = new_run(settings__epochs=10_000, settings__pause=0.003)
    one = process(run)
    wait_for(lambda: run.status().epoch >= 1)
    one.terminate()
    assert one.wait(20) == 130
    assert run.status().state == "interrupted" and "can go on" in run.status().sentence


def test_two_processes_never_work_on_one_run(new_run: NewRun, process: Begin) -> None:
    run = new_run(settings__epochs=10_000, settings__pause=0.003)
    first = process(run)
    wait_for(lambda: run.status().state == "running")
    second = process(run)
    assert second.wait(20) == 2
    assert "another process" in run.path("log.txt").read_text()
    assert first.poll() is None and run.status().pid == first.pid


def test_a_full_file_system(new_run: NewRun, process: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file may grow beyond some kilobytes: the event stream is the first that does."""
    resource = pytest.importorskip("resource")
    run = new_run(settings__epochs=10_000)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    one = process(run)
    resource.prlimit(one.pid, resource.RLIMIT_FSIZE, (100_000, old[1]))
    assert one.wait(60) == 1
    status = run.status()
    assert status.state == "failed" and "could not be written" in status.sentence, status
    assert run.path("checkpoints/last.safetensors").exists()
    assert process(run).poll() is None
    wait_for(lambda: run.status().epoch > status.epoch)


def test_a_folder_that_is_deleted_under_a_run(new_run: NewRun, process: Begin) -> None:
    run = new_run(settings__epochs=10_000, settings__pause=0.003)
    one = process(run)
    wait_for(lambda: run.status().epoch >= 2)
    moved = run.folder.rename(run.folder.with_name("moved"))
    assert one.wait(20) == 1
    assert "Traceback" not in (moved / "log.txt").read_text()
    here = Run(moved)
    assert here.status().state == "cut off" and not run.folder.exists()
    epoch = here.status().epoch
    process(here)
    wait_for(lambda: here.status().epoch > epoch)


def test_a_run_gives_way_after_its_first_epoch_if_it_was_asked_to(new_run: NewRun, process: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    if not hasattr(os, "getpriority"):
        pytest.skip("no niceness here")
    for name, asked in (("plain", ""), ("asked", "1")):
        monkeypatch.setenv("E3VIZ_GIVES_WAY", asked)
        run = new_run(name, settings__epochs=10_000, settings__pause=0.003)
        one = process(run)
        wait_for(lambda run=run: run.status().epoch >= 3)
        assert (os.getpriority(os.PRIO_PROCESS, one.pid) >= 10) == bool(asked)
        one.kill()


def test_a_machine_that_sleeps(new_run: NewRun, process: Begin) -> None:
    """A process that is stopped and goes on later, as all do when a machine sleeps: its run is not called cut off, and loses nothing."""
    if not hasattr(signal, "SIGSTOP"):
        pytest.skip("processes cannot be stopped here")
    run = new_run(settings__epochs=40, settings__pause=0.005)
    one = process(run)
    wait_for(lambda: run.status().epoch >= 3)
    one.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    status = run.status()
    assert status.state == "running" and run.alive()
    one.send_signal(signal.SIGCONT)
    assert one.wait(30) == 0 and run.status().state == "finished"
    assert [event["epoch"] for event in numbers(run)] == list(range(1, 41))

"""Studies: a plan becomes runs, runs become a table; what was cut off goes on, what is done is never done again, holes are shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz.atoms.structure import Structure
from e3viz.atoms.writing import save
from e3viz.cli import main
from e3viz.errors import FileError, UserError
from e3viz.training import study_table
from e3viz.training.choosing import choices, choose, trials
from e3viz.training.executors import Dask, Local, pursue
from e3viz.training.run import write_json
from e3viz.training.study import Cell, Study, open_study, plan_of, read_plan, read_study

PLAN = """
title = "Small"
files = ["data.extxyz@0:30"]
test_files = ["data.extxyz@30:40"]
valid = 4
sizes = [4, 8]
seeds = [0, 1]
[rule]
rule = "equal compute"
seconds = 1.0
[learners.schnet]
title = "SchNet"
potential = "schnet"
channels = 8
layers = 1
gaussians = 8
"""


def write_data(path: Path, shift: float = 0.0) -> None:
    random = np.random.default_rng(1)
    frames = []
    for _ in range(40):
        positions = np.array([[0.0, 0, 0], [1.1, 0, 0], [0.2, 1.2, 0.3]]) + 0.08 * random.normal(size=(3, 3)) + shift
        forces = random.normal(size=(3, 3))
        frames.append(
            Structure(np.array([6, 8, 1], dtype=np.int32), positions, arrays={"forces": forces}, values={"energy": float(random.normal())})
        )
    save(iter(frames), path)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    write_data(tmp_path / "data.extxyz")
    path = tmp_path / "small.toml"
    path.write_text(PLAN)
    return path


def test_a_plan_is_read_checked_and_written_again(plan: Path) -> None:
    read = read_plan(plan)
    assert [cell.name for cell in read.cells()][:2] == ["schnet-n00004-s0", "schnet-n00004-s1"] and len(list(read.cells())) == 4
    assert plan_of(read.table(), plan.parent) == read
    config = read.config(next(read.cells()))
    assert config.stop.clock == "cpu" and config.stop.seconds == 1.0 and config.data.train == 4 and config.stop.patience == 0
    assert config.record.validate_every == 250, "as many steps between validations whatever the size"
    converged = replace(read, rule=replace(read.rule, rule="converged"))
    assert converged.config(next(converged.cells())).stop.patience == converged.rule.patience * 250


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("sizes = [4, 8]", "sizes = []", "sizes"),
        ("sizes", "size", "no entry “size”"),
        ('potential = "schnet"', 'potential = "schmet"', "schmet"),
        ("channels = 8", "chanels = 8", "chanels"),
        ('"equal compute"', '"fair"', "rule"),
        ('files = ["data.extxyz@0:30"]', "files = 3", "files"),
        ("valid = 4", "valid = -4", "valid"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_in_a_sentence(plan: Path, old: str, new: str, says: str) -> None:
    plan.write_text(PLAN.replace(old, new))
    with pytest.raises(UserError) as refused:
        read_plan(plan)
    assert says in str(refused.value)


def test_subsets_are_nested_and_alike_for_every_learner(plan: Path) -> None:
    from e3viz.training.parts import prepare

    study = open_study(plan)
    small, large = (prepare(study.plan.config(cell)) for cell in study.plan.cells() if cell.seed == 1)
    assert small.split.train == large.split.train[:4] and small.split.valid == large.split.valid
    assert small.split.test == large.split.test and len(small.split.test) == 10


def test_the_command_runs_everything_once_and_writes_the_table(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", str(plan), "--workers", "3", "--table", str(plan.parent / "out.parquet")]) == 0
    study = read_study(plan.with_suffix(""))
    rows = study_table.read(study.folder / "results.csv")
    assert len(rows) == 4 and {row.n_test for row in rows} == {10}
    assert all(row.force_mae > 0.0 and row.energy_mae > 0.0 and 0.9 < row.cpu_seconds < 10.0 for row in rows)
    assert len({row.data_hash for row in rows}) == 1
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(plan.parent / "out.parquet").num_rows == 4
    stamps = {path: path.stat().st_mtime_ns for path in study.folder.rglob("result.json")}
    capsys.readouterr()
    assert main(["study", str(plan)]) == 0
    assert {path: path.stat().st_mtime_ns for path in study.folder.rglob("result.json")} == stamps, "nothing is done twice"
    assert "4 done" in capsys.readouterr().out
    write_data(plan.parent / "data.extxyz", shift=0.5)
    assert main(["study", str(plan)]) == 2
    assert "hash has changed" in capsys.readouterr().err


def small(study: Study, count: int = 1) -> Study:
    """The study with its first few cells alone."""
    return Study(study.folder, replace(study.plan, sizes=study.plan.sizes[:1], seeds=study.plan.seeds[:count]))


def test_a_run_that_is_killed_goes_on(plan: Path) -> None:
    study = small(open_study(plan))
    study = Study(study.folder, replace(study.plan, rule=replace(study.plan.rule, seconds=3.0)))
    cell = next(study.plan.cells())
    seen: list[int] = []
    killed: list[bool] = []

    class Killer(Local):
        def work(self, runs: Any) -> Any:
            for run in super().work(runs):
                seen.append(run.status().epoch)
                yield run

    import threading

    def kill() -> None:
        end = time.monotonic() + 30.0
        while time.monotonic() < end:
            status = study.run(cell).status()
            if status.state == "running" and status.epoch > 20:
                os.kill(status.pid, signal.SIGKILL)
                killed.append(True)
                return
            time.sleep(0.02)

    thread = threading.Thread(target=kill)
    thread.start()
    pursue(study, Killer(1))
    thread.join()
    assert killed and len(seen) == 2 and seen[1] > seen[0] > 0
    assert study.run(cell).result() and study.missing() == []


def test_a_study_that_is_killed_goes_on_and_does_nothing_twice(plan: Path) -> None:
    plan.write_text(PLAN.replace("sizes = [4, 8]", "sizes = [4]").replace("seconds = 1.0", "seconds = 2.0"))
    process = subprocess.Popen([sys.executable, "-m", "e3viz", "study", str(plan), "--workers", "1"], stdout=subprocess.DEVNULL)
    study, end = open_study(plan), time.monotonic() + 60.0
    first, second = study.plan.cells()
    while not study.run(first).result() or study.run(second).status().epoch < 5:
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    done, before = study.run(first).path("result.json").stat().st_mtime_ns, study.run(second).status()
    assert main(["study", str(plan), "--workers", "1"]) == 0
    assert study.missing() == [] and len(study_table.read(study.folder / "results.csv")) == 2
    assert study.run(first).path("result.json").stat().st_mtime_ns == done
    assert study.run(second).status().pid == before.pid, "the run outlived whoever began it and was followed"


def test_a_failure_leaves_a_hole_and_the_rest_goes_on(plan: Path) -> None:
    plan.write_text(PLAN.replace("sizes = [4, 8]", "sizes = [4, 28]").replace("seeds = [0, 1]", "seeds = [0]"))
    study = open_study(plan)  # 28 and 4 for validation are more than there are
    pursue(study, Local(2))
    assert [row.n_train for row in study_table.rows(study)] == [4]
    assert [cell.size for cell, sentence in study.failed() if sentence] == [28]


def test_two_processes_do_not_work_on_one_study(plan: Path) -> None:
    from e3viz.training.lock import Lock

    study = open_study(plan)
    mine = Lock(study.folder / "lock")
    mine.take()
    try:
        assert main(["study", str(plan)]) == 2
    finally:
        mine.release()


def test_dask_workers_share_the_runs_and_one_of_them_is_lost(plan: Path) -> None:
    from distributed import LocalCluster

    study = open_study(plan)
    study = Study(study.folder, replace(study.plan, rule=replace(study.plan.rule, seconds=2.0)))
    with LocalCluster(n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50) as cluster:
        lost = [next(iter(cluster.workers.values())).pid]
        done: list[str] = []

        def ended(cell: Cell, status: Any) -> None:
            done.append(cell.name)
            if lost:
                os.kill(lost.pop(), signal.SIGKILL)

        pursue(study, Dask(cluster.scheduler_address), ended)
    assert not lost and study.missing() == [] and len(study_table.rows(study)) == 4
    assert set(done) == {cell.name for cell in study.plan.cells()}


def test_an_address_of_nobody_and_no_workers_are_sentences() -> None:
    with pytest.raises(UserError, match="no Dask scheduler"):
        Dask("nonsense://nowhere")
    with pytest.raises(UserError, match="at least one worker"):
        Local(0)


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    row = study_table.Row("a", "A", 25, 0, 1.5, 2.5, 3.0, 4.0, 0.1, 0.2, 10.0, 9.0, 5, 100, 10, "hash", "numpy 2", "a-n25")
    study_table.write([row], tmp_path / "one.csv", ["made by hand"])
    assert study_table.read(tmp_path / "one.csv") == [row]
    assert (tmp_path / "one.csv").read_text().startswith("# made by hand\n# units")
    (tmp_path / "bad.csv").write_text("potential,n_train\na,many\n")
    with pytest.raises(FileError, match="Row 2"):
        study_table.read(tmp_path / "bad.csv")


CHOICE = PLAN.replace("seeds = [0, 1]", "seeds = [0]").replace("sizes = [4, 8]", "sizes = [4]") + "[learners.schnet.choose]\n"


def test_settings_are_chosen_on_validation_data_and_the_choice_is_recorded(plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(CHOICE + "learning_rate = [1e-8, 0.005]\n")
    assert main(["study", str(plan), "--workers", "2"]) == 0
    said = capsys.readouterr().out
    assert said.count("[choosing]") == 2 and "[1/1]" in said
    study = read_study(plan.with_suffix(""))
    found = choices(study.folder)
    assert [one.settings["learning_rate"] for one in found] == [1e-8, 0.005] and found[0].error != found[1].error
    best = min(found, key=lambda one: one.error)
    assert [one.chosen for one in found] == [one is best for one in found]
    tried = trials(study)
    assert tried is not None and {cell.size for cell in tried.plan.cells()} == {4}
    for cell, one in zip(tried.plan.cells(), found, strict=True):
        result = tried.run(cell).result()
        assert result is not None and result["errors"]["valid"]["forces_mae"] == one.error
    assert all(study.run(cell).config().settings["learning_rate"] == best.settings["learning_rate"] for cell in study.plan.cells())
    assert read_plan(study.folder / "study.toml") == study.plan and study.plan.learners[0].choose == {"learning_rate": (1e-8, 0.005)}
    before = (tried.folder / "runs" / next(tried.plan.cells()).name / "result.json").stat().st_mtime_ns
    assert main(["study", str(plan)]) == 0
    assert (tried.folder / "runs" / next(tried.plan.cells()).name / "result.json").stat().st_mtime_ns == before, "nothing is tried twice"
    (study.folder / "choices.json").write_text("{")
    with pytest.raises(FileError, match="cannot be read"):
        choices(study.folder)


def test_the_choice_never_sees_test_errors_and_passes_failures_by(plan: Path) -> None:
    plan.write_text(CHOICE + "learning_rate = [0.001, 0.002, 0.003]\n")
    study = open_study(plan)
    tried = trials(study)
    assert tried is not None
    for cell, valid, test in zip(tried.plan.cells(), (0.3, 0.2, None), (0.1, 0.9, 0.0), strict=True):
        run = tried.prepared(cell)
        errors = {"valid": {"forces_mae": valid}, "test": {"forces_mae": test}}
        write_json({"state": "finished", "errors": errors}, run.path("result.json"))
    assert choose(study, tried).plan.learners[0].settings["learning_rate"] == 0.002


@pytest.mark.parametrize(
    ("line", "says"),
    [("learning_rate = 0.1\n", "lists of values"), ("learning_rate = []\n", "lists of values"), ("colour = [1]\n", "no setting"),
     ("learning_rate = [0.01, 7.0]\n", "learning_rate")],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_a_sentence(plan: Path, line: str, says: str) -> None:
    plan.write_text(CHOICE + line)
    with pytest.raises(UserError, match=says):
        read_plan(plan)


def test_the_converged_rule_ends_each_run_when_its_validation_error_has_stopped_falling(
    plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("e3viz.training.study.STEPS", 40)
    text = PLAN.replace('rule = "equal compute"\nseconds = 1.0', 'rule = "converged"\nseconds = 30.0\npatience = 2')
    plan.write_text(text.replace("seeds = [0, 1]", "seeds = [0]") + "learning_rate = 0.02\naverage = 0.0\n")
    study = open_study(plan)
    pursue(study, Local(2))
    for cell in study.plan.cells():
        run = study.run(cell)
        result, config = run.result(), run.config()
        assert result is not None and result["cpu_seconds"] < 30.0, "not by the clock"
        assert result["epoch"] - result["best_epoch"] == config.stop.patience == 2 * config.record.validate_every
        assert config.record.validate_every == round(40 * 5 / cell.size), "as many steps between validations for every size"


def test_a_full_disk_costs_no_run_and_no_table(plan: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    plan.write_text(PLAN.replace("seeds = [0, 1]", "seeds = [0]"))
    table, really = plan.with_suffix("") / "results.csv", Path.replace

    def full(path: Path, target: Path) -> Path:
        if target == table:
            raise OSError(28, "No space left on device")
        return really(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        assert main(["study", str(plan), "--workers", "2"]) == 1
    said = capsys.readouterr().err
    assert "results.csv could not be written: No space left on device" in said and "Traceback" not in said
    assert not table.exists() and not list(table.parent.glob(".results*")), "half a table is no table"
    done = [path.stat().st_mtime_ns for path in table.parent.rglob("result.json")]
    assert done
    assert main(["study", str(plan), "--workers", "2"]) == 0, "with room again it goes on"
    assert len(study_table.read(table)) == 2
    assert set(done) <= {path.stat().st_mtime_ns for path in table.parent.rglob("result.json")}

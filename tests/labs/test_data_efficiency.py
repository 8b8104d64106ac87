"""The Data efficiency lab on the study that comes with the program, and on tables and folders of one's own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz import labs
from e3viz.errors import UserError
from e3viz.labs.data_efficiency.describe import curves_of
from e3viz.labs.data_efficiency.source import notes, plan_of, references, rows_of
from e3viz.labs.data_efficiency.state import PRESETS, State
from e3viz.labs.lab import Card, Elsewhere, Fact, Hit
from e3viz.pictures.chart import Chart, Curve, Points
from e3viz.symmetry.element import IDENTITY
from e3viz.training.lock import Lock
from e3viz.training.pursuing import ask_to_stop, begin, under_way
from e3viz.training.run import write_json
from e3viz.training.study import open_study, read_study

LAB = labs.load("data-efficiency")
STATE = LAB.State()


def chart(state) -> Chart:
    picture = LAB.pictures(state, IDENTITY).panel("curves").picture
    assert isinstance(picture, Chart)
    return picture


def test_the_bundled_study_is_whole_and_the_equivariant_network_leads_at_every_size() -> None:
    rows = rows_of(STATE)
    assert len(rows) == 90 and {row.n_test for row in rows} == {297} and len({row.data_hash for row in rows}) == 1
    means = {curve.name: dict(zip(curve.sizes, curve.means, strict=True)) for curve in curves_of(STATE)}
    assert set(means) == {"nequip", "schnet", "mtp", "snap", "qsnap"}
    for size in (25, 50, 100, 200, 400, 800):
        assert min(means, key=lambda name: means[name][size]) == "nequip"


@pytest.mark.parametrize("name", list(PRESETS))
def test_every_study_that_comes_with_the_program_ships_its_table_as_run(name: str) -> None:
    state = State(study=name)
    plan, rows = plan_of(state), rows_of(state)
    assert plan is not None and {row.potential for row in rows} == {learner.name for learner in plan.learners}
    assert {row.n_train for row in rows} == set(plan.sizes) and {row.seed for row in rows} == set(plan.seeds)
    assert len({row.data_hash for row in rows}) == 1 and all(row.cpu_seconds < plan.rule.seconds + 5.0 for row in rows)
    assert len(notes(state)) == 2 and LAB.pictures(state, IDENTITY).panel("curves")


@pytest.mark.parametrize("quantity", ["force MAE", "force RMSE", "energy MAE", "energy RMSE"])
@pytest.mark.parametrize("against", ["training structures", "CPU time", "parameters"])
def test_every_error_against_every_axis(quantity: str, against: str) -> None:
    drawn = chart(replace(STATE, quantity=quantity, against=against, fits=True))
    assert sum(isinstance(plot, Curve) and bool(plot.label) for plot in drawn.plots) == 5


def test_cards_hide_curves_and_points_are_runs() -> None:
    cards = [fact for fact in LAB.facts(STATE, IDENTITY) if isinstance(fact, Card)]
    assert len(cards) == 5 and all(card.fraction == 1.0 for card in cards)
    hidden = LAB.pick(STATE, Hit("card", "snap"))
    assert not any(plot.name == "snap" for plot in chart(hidden).plots)
    picked = LAB.pick(STATE, Hit("curves", "runs nequip", 0))
    assert any(
        fact.section.startswith("NequIP") and fact.label == "Epochs" for fact in LAB.facts(picked, IDENTITY) if isinstance(fact, Fact)
    )
    ring = next(plot for plot in chart(picked).plots if isinstance(plot, Points) and plot.name == "chosen")
    row = next(row for row in rows_of(STATE) if row.potential == "nequip")
    assert (list(ring.x), list(ring.y), ring.mark) == ([row.n_train], [row.force_mae], "ring")
    assert "seed" in LAB.hover(STATE, Hit("curves", "runs mtp", 4))
    assert LAB.pick(STATE, Hit("curves", "target", position=(1.0, 30.0))).target == 30.0


def test_published_values_are_drawn_for_the_same_data_alone(tmp_path: Path) -> None:
    assert references(STATE, "forces") == references(replace(STATE, data="ethanol"), "forces") == [], (
        "the same molecule is not the same data"
    )
    table = '# e3viz\nsizes = [50]\nseeds = [0]\n[learners.snap]\npotential = "snap"\n'
    folder = tmp_path / "mine"
    (folder / "runs").mkdir(parents=True)
    for name, count in (("rmd17_ethanol_train_01.npz", 3), ("rmd17_water.npz", 0), ("ethanol.npz", 0)):
        (folder / "study.toml").write_text(f'files = ["{name}"]\n{table}')
        found = references(State(study=str(folder)), "forces")
        assert len([one for one in found if one.size == 50]) == count and references(State(study=str(folder)), "") == []
    (folder / "study.toml").write_text(f'files = ["rmd17_ethanol_train_01.npz"]\n{table}')
    found = references(State(study=str(folder)), "forces")
    assert any(one.method == "NequIP" and one.size == 50 and one.error == 40.2 for one in found)
    assert all("2206.07697" in one.source for one in found)
    study = read_study(folder)
    cell = next(study.plan.cells())
    study.run(cell).folder.mkdir()
    write_json({"state": "finished", "errors": {"test": {"forces_mae": 0.19, "energy_mae": 0.04}}}, study.run(cell).path("result.json"))
    crosses = next(plot for plot in chart(State(study=str(folder))).plots if isinstance(plot, Points) and plot.name == "published")
    assert len(crosses.x) == len(found)
    own = tmp_path / "own.csv"
    own.write_text("# mine\nmolecule,quantity,N,Mine\nethanol,forces,100,12.5\n")
    assert [one.method for one in references(replace(STATE, data="ethanol", table=str(own)), "forces")] == ["Mine"]
    assert "Mine" in {one.method for one in references(State(study=str(folder), table=str(own)), "forces")}
    own.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no table of published"):
        references(replace(STATE, data="ethanol", table=str(own)), "forces")


def test_a_study_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no study"):
        LAB.pictures(replace(STATE, study=str(tmp_path / "none")), IDENTITY)
    wrong = tmp_path / "a.txt"
    wrong.write_text("x")
    with pytest.raises(UserError, match="is no study"):
        LAB.open_file(STATE, wrong)


def test_a_folder_without_results_says_so(tmp_path: Path) -> None:
    from e3viz.training.study import open_study

    plan = tmp_path / "small.toml"
    plan.write_text('files = ["ethanol"]\nsizes = [25]\nseeds = [0]\n[learners.snap]\npotential = "snap"\n')
    study = open_study(plan)
    state = LAB.open_file(STATE, study.folder / "study.toml")
    assert "No run" in LAB.pictures(state, IDENTITY).panels[0].picture.shapes[0].text
    assert any(fact.label == "Runs" and fact.value == "0 of 1" for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Fact))
    before = LAB.watch(state)
    study.prepared(next(study.plan.cells()))
    assert LAB.watch(state) != before


def test_the_script_fits_the_same_exponents(tmp_path: Path) -> None:
    path = tmp_path / "fit.py"
    path.write_text(LAB.code(STATE, IDENTITY))
    done = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=True).stdout
    for fact in LAB.facts(STATE, IDENTITY):
        if isinstance(fact, Fact) and fact.section == "Fitted exponent" and fact.label == "SchNet":
            number = fact.value.split(" ± ")[0].replace("−", "-")
            line = next(line for line in done.splitlines() if line.startswith("schnet"))
            assert np.isclose(float(line.split("exponent ")[1].split(" ")[0]), float(number), atol=0.006)
            return
    raise AssertionError("no exponent of SchNet is told")


def test_a_report_holds_figures_tables_and_the_plan(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert LAB.save_file is not None
    LAB.save_file(State(), IDENTITY, path)
    text = path.read_text(encoding="utf-8")
    assert text.count("<svg") == 4 and "[learners.nequip]" in text and "equal compute, 120 s" in text
    rows = rows_of(State())
    assert f"{rows[0].force_mae:.2f}" in text and rows[0].data_hash in text
    mean = np.mean([row.force_mae for row in rows if row.potential == "nequip" and row.n_train == 25])
    assert f"{mean:.1f} (" in text
    with pytest.raises(UserError, match="not written as"):
        LAB.save_file(State(), IDENTITY, tmp_path / "report.xyz")
    with pytest.raises(UserError, match="nothing to report"):
        LAB.save_file(State(study=str(begun(tmp_path))), IDENTITY, path)


def begun(folder: Path) -> Path:
    """A study that plans one run and has none."""
    plan = folder / "small.toml"
    plan.write_text('files = ["ethanol@0:60"]\nvalid = 10\nsizes = [10]\nseeds = [0]\n[learners.snap]\npotential = "snap"\ntwojmax = 2\n')
    return open_study(plan, folder / "study").folder


def test_a_study_is_started_stopped_and_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    actions = {action.name: action for action in LAB.actions}
    state = State(study=str(begun(tmp_path)))
    with pytest.raises(UserError, match="Nobody works"):
        actions["stop"].apply(state)
    before = LAB.watch(state) if LAB.watch is not None else None
    state = actions["start"].apply(state)
    until = time.monotonic() + 90.0
    while not rows_of(state) and time.monotonic() < until:
        time.sleep(0.1)
    row = rows_of(state)[0]
    assert row.potential == "snap" and row.n_train == 10 and LAB.watch is not None and LAB.watch(state) != before
    there = actions["open-run"].apply(replace(state, run="snap-10-0"))
    assert isinstance(there, Elsewhere) and there.lab == "training" and there.fields["run"] == "snap-n00010-s0"
    with pytest.raises(UserError, match="not on this machine"):
        actions["open-run"].apply(State(run="nequip-25-0"))
    with pytest.raises(UserError, match="table of results"):
        actions["start"].apply(State(study=str(tmp_path / "table.csv")))


def test_a_study_that_is_asked_to_stop_ends_and_goes_on(tmp_path: Path) -> None:
    folder = begun(tmp_path)
    study = read_study(folder)
    begin(study, 1)
    until = time.monotonic() + 60.0
    while not under_way(folder) and not study.run(next(study.plan.cells())).result() and time.monotonic() < until:
        time.sleep(0.05)
    with contextlib.suppress(UserError):  # it may have ended by itself
        ask_to_stop(folder)
    while under_way(folder) and time.monotonic() < until:
        time.sleep(0.05)
    assert not under_way(folder)


def test_runs_under_way_are_cards_that_lead_to_them_and_failures_are_gaps(tmp_path: Path) -> None:
    plan = tmp_path / "three.toml"
    plan.write_text(
        'title = "Three"\nfiles = ["ethanol"]\nsizes = [10, 20, 40, 80]\nseeds = [0]\n[learners.schnet]\npotential = "schnet"\n'
    )
    study = open_study(plan)
    states = ("finished", "failed", "finished", "running")
    for cell, name in zip(study.plan.cells(), states, strict=True):
        run = study.prepared(cell)
        told = {"state": name, "sentence": "as the test wants", "pid": 0, "epoch": 7, "cpu_seconds": 60.0, "seconds": 90.0}
        write_json({**told, "best_score": 0.0421, "monitor": "forces_mae"}, run.path("status.json"))
        if name == "finished":
            errors = {"forces_mae": 1.0 / cell.size, "energy_mae": 0.1}
            write_json({"state": name, "errors": {"test": errors}, "seconds": 1.0, "cpu_seconds": 1.0}, run.path("result.json"))
    state = State(study=str(study.folder))
    drawn = next(plot for plot in chart(state).plots if isinstance(plot, Curve) and plot.name == "schnet")
    assert list(drawn.x) == [10.0, 20.0, 40.0] and np.isnan(drawn.y[1]) and np.isfinite(drawn.y[[0, 2]]).all()
    facts = LAB.facts(state, IDENTITY)
    assert any(fact.section.startswith("Failed") and fact.value == "as the test wants" for fact in facts if isinstance(fact, Fact))
    lock = Lock(study.run(list(study.plan.cells())[3]).path("lock"))
    lock.take()
    cards = [fact for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Card) and fact.section == "Under way"]
    lock.release()
    assert [(card.title, card.value, card.fraction) for card in cards] == [("SchNet · 80 · seed 0", "42.1 meV/Å", 0.25)]
    assert "epoch 7 · 4:30 left" in cards[0].text
    there = LAB.pick(state, Hit("card", cards[0].name))
    assert isinstance(there, Elsewhere) and there.fields == {"folder": str(study.folder / "runs"), "run": "schnet-n00080-s0"}


def test_a_table_tells_how_it_was_run() -> None:
    facts = [fact for fact in LAB.facts(STATE, IDENTITY) if isinstance(fact, Fact)]
    said = " ".join(fact.value for fact in facts if fact.label == "As run")
    assert "4 shared cores of an Intel Xeon" in said and "2026-11-23" in said
    assert any(fact.label == "Rule" and fact.value.startswith("equal compute, 120 s") for fact in facts)
    assert LAB.pictures(STATE, IDENTITY).subtitle.startswith("Data efficiency on ethanol.")

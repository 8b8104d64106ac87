"""The Training lab on real runs: curves, cards, parity and probe from what lies on disk; what a person does becomes a file or a process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz import labs
from e3viz.atoms.datasets import energy, load_data
from e3viz.errors import UserError
from e3viz.labs.lab import Card, Elsewhere, Fact, Hit, Table
from e3viz.labs.training import doing, source
from e3viz.labs.training.cards import QUEUE, clock, epochs_flat, seconds_to
from e3viz.labs.training.form import config_of, parts, suggested, summary
from e3viz.labs.training.pictures import smoothed, thinned
from e3viz.pictures.chart import Chart, Curve, Points, Rule
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.scene import Scene
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.training.loop import train
from e3viz.training.queue import Rules, enqueue, rules, set_rules, tick, waiting
from e3viz.training.run import Run, create

LAB = labs.load("training")
QUICK = "channels = 4\nlayers = 1\nepochs = 6"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished NequIP run and one that was never started."""
    folder = tmp_path_factory.mktemp("home") / "runs"
    state = LAB.State(train=10, valid=5, settings="channels = 4\nlayers = 2\nepochs = 8\nradial_width = 8", minutes=0.0)
    run = create(folder / "nequip-10-1", config_of(state))
    assert train(run.folder).state == "finished"
    create(folder / "schnet-20-1", config_of(replace(state, potential="schnet", train=20, settings=QUICK)))
    return folder


@pytest.fixture
def state(runs: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("E3VIZ_HOME", str(runs.parent))
    return LAB.State()


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A folder of runs of one's own; what still works at the end is cancelled."""
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path))
    yield LAB.State(potential="schnet", train=6, valid=4, settings=QUICK, minutes=1.0)
    for run in source.find_runs(tmp_path / "runs"):
        if run.alive():
            run.ask("cancel")
            until(lambda run=run: not run.alive())


def until(condition: Any, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def chart(state: Any, name: str = "curves") -> Chart:
    picture = LAB.pictures(state, IDENTITY).panel(name).picture
    assert isinstance(picture, Chart)
    return picture


def cards(state: Any) -> dict[str, Card]:
    return {fact.name: fact for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Card) and fact.name != QUEUE}


def test_curves_are_what_the_run_wrote(state: Any, runs: Path) -> None:
    import csv

    with (runs / "nequip-10-1" / "metrics.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    wanted = 1e3 * np.array([float(row["valid_forces_mae"]) for row in rows])
    plots = chart(replace(state, smoothing=0.0)).plots
    curve = next(plot for plot in plots if isinstance(plot, Curve) and plot.label)
    assert np.allclose(curve.y, wanted) and np.allclose(curve.x, np.arange(1, len(rows) + 1))
    best = next(plot for plot in plots if isinstance(plot, Points))
    assert best.y[0] == pytest.approx(wanted.min())
    dashed = next(plot for plot in plots if isinstance(plot, Curve) and plot.dashed)
    assert np.allclose(dashed.y, 1e3 * np.array([float(row["train_forces_mae"]) for row in rows]))


@pytest.mark.parametrize("quantity", ["force RMSE", "energy MAE", "loss", "learning rate", "gradient norm", "equivariance error"])
@pytest.mark.parametrize("against", ["epoch", "step", "time"])
def test_every_quantity_against_every_axis(state: Any, quantity: str, against: str) -> None:
    drawn = chart(replace(state, quantity=quantity, against=against, log_x=True))
    assert any(isinstance(plot, Curve) and len(plot.x) > 3 for plot in drawn.plots)
    assert drawn.x.log and drawn.y.log


def test_smoothing_keeps_the_mean_of_a_constant_and_lies_between(state: Any) -> None:
    assert np.allclose(smoothed(np.full(20, 3.0), 0.9), 3.0)
    y = np.random.default_rng(0).random(50)
    soft = smoothed(y, 0.8)
    by_hand = [np.average(y[: k + 1], weights=0.8 ** np.arange(k, -1, -1)) for k in range(50)]
    assert np.allclose(soft, by_hand, rtol=1e-13)
    assert soft[0] == y[0] and soft.min() >= y.min() and soft.max() <= y.max() and np.std(soft[10:]) < np.std(y[10:])
    assert len(thinned(100_000)) <= 10_000 and thinned(100_000)[-1] == 99_999


def test_parity_and_probe_follow_the_recorded_epoch(state: Any) -> None:
    first, last = chart(replace(state, record=0), "forces"), chart(state, "forces")
    spread = [np.abs(p.plots[1].x - p.plots[1].y).mean() for p in (first, last)]
    assert spread[1] < spread[0], "it has learned something"
    sheet = LAB.pictures(replace(state, record=0), IDENTITY)
    assert "epoch 1." in sheet.subtitle and "epoch 8." in LAB.pictures(state, IDENTITY).subtitle
    scene = sheet.panel("probe").picture
    assert isinstance(scene, Scene) and {"features", "predicted forces", "reference forces"} <= set(scene.actors)
    told = [key.text for key in scene.legend if key.text.startswith("ΔE")]
    about, arrays = source.recording(source.close_look(state), "probe")
    assert told == [f"ΔE {1e3 * (arrays['energy'][0] - about['labels']['energy']):+,.3g} meV".replace("-", "−")]
    g = Element((0.0, 0.0, 1.0), 90.0)
    turned = LAB.pictures(replace(state, record=0), g).panel("probe").picture
    assert isinstance(turned, Scene)
    assert np.allclose(turned.actors["predicted forces"].vectors, scene.actors["predicted forces"].vectors @ g.linear.T, atol=1e-9)
    reach = [np.ptp(one.actors["features"].points, axis=0) for one in (scene, turned)]
    assert np.allclose(reach[1], reach[0][[1, 0, 2]], atol=0.05), "the surfaces turn with D(g)"
    check = LAB.check(state, IDENTITY)
    assert check is not None and check.passed


def test_cards_say_how_runs_stand(state: Any) -> None:
    found = cards(state)
    done, not_begun = found["nequip-10-1"], found["schnet-20-1"]
    assert done.fraction == 1.0 and "meV/Å" in done.value and "finished" in done.text
    assert not_begun.text == "not started" and not_begun.actions[0].sign == "play"
    hidden = LAB.pick(state, Hit("card", "nequip-10-1"))
    assert hidden.hidden == ("nequip-10-1",) and not cards(hidden)["nequip-10-1"].selected
    assert not any(isinstance(plot, Curve) for plot in chart(hidden).plots)
    assert LAB.pick(hidden, Hit("card", "nequip-10-1")).hidden == ()


def test_a_click_on_a_curve_goes_to_the_nearest_recorded_epoch(state: Any) -> None:
    picked = LAB.pick(state, Hit("curves", "nequip-10-1", position=(3.2, 100.0)))
    assert picked.run == "nequip-10-1" and source.records(picked)[picked.record] == 3
    assert LAB.pick(state, Hit("curves", "training nequip-10-1", position=(3.2, 100.0))) == picked
    assert LAB.pick(state, Hit("curves", "target", position=(1.0, 42.0))).target == 42.0
    dragged = LAB.pick(state, Hit("curves", "epoch", position=(2.1, 0.0)))
    assert source.records(dragged)[dragged.record] == 2
    rule = next(plot for plot in chart(dragged).plots if isinstance(plot, Rule) and plot.name == "epoch")
    assert rule.movable and rule.x == 2.0


def test_a_point_of_a_parity_plot_opens_its_frame_and_atom(state: Any, runs: Path) -> None:
    import json

    split = json.loads((runs / "nequip-10-1" / "split.json").read_text())
    for panel, item in (("forces", "forces"), ("energies", "energy")):
        points = next(plot for plot in chart(state, panel).plots if isinstance(plot, Points))
        index = len(points.x) - 1
        hit = Hit(panel, points.name, index)
        assert points.name == item and "click to open" in LAB.hover(state, hit)
        where = LAB.pick(state, hit)
        assert isinstance(where, Elsewhere) and where.lab == "structures" and where.path.name == "ethanol_pbe.extxyz"
        frames = load_data(["ethanol"]).structures
        chosen = frames[where.fields["frame"]]
        assert where.fields["frame"] == split["valid"][-1][1]
        if item == "energy":
            label = 1e3 * energy(chosen) / len(chosen)
            mean = 1e3 * np.mean([energy(frames[n]) / len(frames[n]) for _, n in split["valid"]])
            assert where.fields["selected"] == () and points.x[index] == pytest.approx(label - mean, abs=1e-6)
        else:
            (atom,) = where.fields["selected"]
            assert points.x[index] in chosen.arrays["forces"][atom]


def test_an_empty_folder_says_what_to_do(own: Any) -> None:
    picture = LAB.pictures(own, IDENTITY).panels[0].picture
    assert isinstance(picture, Diagram)
    assert any(fact.label == "No runs yet" for fact in LAB.facts(own, IDENTITY) if isinstance(fact, Fact))


def test_a_form_that_cannot_be_run_says_why(own: Any) -> None:
    wrong = replace(own, settings="chanels = 4")
    LAB.settle(own)
    said = [fact.value for fact in LAB.facts(wrong, IDENTITY) if isinstance(fact, Fact) and fact.label == "Cannot be started"]
    assert said and "chanels" in said[0]
    with pytest.raises(UserError, match="does not exist"):
        doing.start(replace(own, data="nowhere.xyz"))
    with pytest.raises(UserError, match="sets nothing"):
        config_of(replace(own, settings="l_max"))


def test_started_watched_paused_resumed_and_stopped(own: Any) -> None:
    long = replace(own, settings="channels = 4\nlayers = 1\nepochs = 100000")
    doing.start(long)
    run = source.find_runs(source.folder_of(own))[0]
    before = LAB.watch(own)
    until(lambda: run.status().epoch > 2)
    assert LAB.watch(own) != before, "the window hears of it"
    doing.asking(run, "pause")(own)
    until(lambda: run.status().state == "paused")
    resume = cards(own)[run.folder.name].actions[0]
    assert resume.sign == "play"
    resume.apply(own)
    until(lambda: run.status().state == "running")
    doing.asking(run, "stop")(own)
    until(lambda: run.status().ended)
    assert run.status().state == "stopped" and run.path("best.e3p").exists()


def test_the_queue_starts_as_many_as_there_is_room_for(own: Any) -> None:
    folder = source.folder_of(own)
    set_rules(folder, Rules(at_once=1))
    long = replace(own, settings="channels = 4\nlayers = 1\nepochs = 100000")
    doing.start(long)
    doing.start(own)
    first, second = source.find_runs(folder)
    assert tick(folder) == [], "a run that is just beginning takes its place already"
    assert [run.folder for run in waiting(folder)] == [second.folder] and cards(own)[second.folder.name].text == "queued"
    until(lambda: first.status().epoch > 0)
    doing.asking(first, "cancel")(own)
    until(lambda: not first.alive())
    assert [run.folder for run in tick(folder)] == [second.folder] and waiting(folder) == []
    until(lambda: second.status().state == "finished")
    set_rules(folder, Rules(at_once=1, held=True))
    enqueue(first)
    assert tick(folder) == [] and rules(folder).held


def test_renamed_tagged_forked_and_thrown_away(own: Any, runs: Path) -> None:
    import shutil

    folder = source.folder_of(own)
    shutil.copytree(runs / "nequip-10-1", folder / "nequip-10-1")
    set_rules(folder, Rules(at_once=1, held=True))
    run = Run(folder / "nequip-10-1")
    doing.renaming(run)(own, "  my run ")
    doing.tagging(run)(own, "a, b")
    doing.noting(run)(own, "good")
    assert run.name == "my run" and run.about().tags == ("a", "b") and run.about().note == "good"
    assert cards(own)["nequip-10-1"].title == "my run"
    forked = doing.forking(run, "best")(own, doing.changeable(run).replace("learning_rate = 0.01", "learning_rate = 0.0005"))
    made = Run(folder / forked.run)
    assert made.config().settings["learning_rate"] == 0.0005 and made.config().parent["checkpoint"] == "best"
    with pytest.raises(UserError, match="learnin_rate"):
        doing.forking(run, "best")(own, "learnin_rate=0.1")
    doing.deleting(run)(own)
    assert not run.folder.exists() and len(list((folder / ".trash").iterdir())) == 1
    assert "nequip-10-1" not in source.run_names(own)


def test_time_to_a_target_is_read_off_a_power_law(tmp_path: Path) -> None:
    import json

    path = tmp_path / "events.jsonl"
    lines = [{"event": "epoch", "time": t, "epoch": t, "seconds": float(t), "valid_forces_mae": 1.0 / t**0.5} for t in range(1, 101)]
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    assert seconds_to(Run(tmp_path), 0.05) == pytest.approx(300.0, rel=0.02)
    assert seconds_to(Run(tmp_path), 0.5) == 0.0
    assert clock(190.0) == "3:10" and clock(3727.0) == "1:02:07"


def test_a_film_of_a_network_learning(state: Any) -> None:
    films = {film.name: film for film in LAB.films(state, IDENTITY)}
    shown, _ = films["learning"].at(1.0)
    assert shown.record == len(source.records(state)) - 1 and films["learning"].at(0.0)[0].record == 0


def test_the_window_needs_no_torch_to_show_runs_and_the_form(state: Any) -> None:
    import subprocess
    import sys

    program = """
import sys
from e3viz import labs
from e3viz.symmetry.element import IDENTITY
lab = labs.load("training")
state = lab.State(settings="l_max = 2")
lab.pictures(state, IDENTITY), lab.facts(state, IDENTITY), lab.check(state, IDENTITY), lab.code(state, IDENTITY)
sys.exit(any(name in sys.modules for name in ("torch", "e3nn", "scipy.signal")))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def facts_of(state: Any, tab: str) -> dict[str, str]:
    return {fact.label: fact.value for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Fact) and fact.tab == tab}


def test_the_form_fills_in_what_suits_the_data(own: Any, tmp_path: Path) -> None:
    import tomllib

    state = replace(LAB.State(), settings="l_max = 2")
    LAB.settle(state)
    said = facts_of(state, "New run")
    assert said["Structures"] == "200 + 50 of 900"
    table = tomllib.loads(said["Run as TOML"])
    assert table["settings"] == {"l_max": 2} and table["data"]["train"] == 200 and table["stop"] == {"seconds": 600.0}
    assert "s/epoch" in said["Time"] and said["Estimated by"] == "counted" and said["Memory"].endswith("MiB")
    assert facts_of(state, "Data")["Structures"] == "1,197, of 9 atoms" and facts_of(state, "Data")["Held out"] == "297"
    few = tmp_path / "crystal.extxyz"
    lattice = 'Lattice="4.05 0 0 0 4.05 0 0 0 4.05" Properties=species:S:1:pos:R:3:forces:R:3 energy=-1.{0} pbc="T T T"'
    atoms = ["Al 0 0 0.0{0} 0 0 0", "Al 2.025 2.025 0 0 0 0", "Al 2.025 0 2.025 0 0 0", "Al 0 2.025 2.025 0 0 0"]
    few.write_text("".join("\n".join(["4", lattice, *atoms]).format(n) + "\n" for n in range(8)))
    crystal = replace(LAB.State(), data=str(few))
    known = summary(crystal)
    assert parts(crystal, known) == (6, 1) and suggested("nequip", known) == {"r_max": 5.0} and suggested("snap", known) == {}
    assert config_of(crystal).settings == {"r_max": 5.0} and config_of(replace(crystal, settings="r_max = 4.5")).settings == {"r_max": 4.5}
    assert LAB.settle(crystal) is False, "it is known by now"


def test_a_click_on_a_setting_writes_its_line_and_on_an_odd_frame_opens_it(own: Any, tmp_path: Path) -> None:
    state = replace(LAB.State(), settings="channels = 8")
    LAB.settle(state)
    table = next(fact for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Table) and fact.name == "settings")
    rows = [row[0] for row in table.rows]
    assert dict(zip(rows, (row[1] for row in table.rows), strict=True))["channels"] == "8" and table.selected == (rows.index("channels"),)
    clicked = LAB.pick(state, Hit("table:settings", "settings", rows.index("l_max")))
    assert clicked.settings == "channels = 8\nl_max = 1" and LAB.pick(clicked, Hit("table:settings", "", rows.index("l_max"))) == clicked
    data = tmp_path / "odd.extxyz"
    frame = "Properties=species:S:1:pos:R:3:forces:R:3 energy=-{0}.5\nH 0 0 0 0 0 {1}\nH 0 0 0.8{0} 0 0 0\n"
    data.write_text("".join("2\n" + frame.format(n, 90 if n == 2 else 0.5) for n in range(4)))
    odd = replace(own, data=str(data))
    LAB.settle(odd)
    where = LAB.pick(odd, Hit("table:odd", "odd", 0))
    assert isinstance(where, Elsewhere) and where.path == data and where.fields == {"frame": 2}


def test_the_queue_is_a_card(own: Any) -> None:
    def queue() -> Card:
        return next(fact for fact in LAB.facts(own, IDENTITY) if isinstance(fact, Card) and fact.name == QUEUE)

    set_rules(source.folder_of(own), Rules(at_once=1))
    assert queue().value == "1 at once" and [action.name for action in queue().actions] == ["hold", "more"]
    queue().actions[1].apply(own)
    assert queue().value == "2 at once"
    before = LAB.watch(own)
    queue().actions[0].apply(own)
    assert queue().actions[0].sign == "play" and "rest" in queue().text and LAB.watch(own) != before
    doing.start(own)
    (card,) = cards(own).values()
    assert card.text == "queued" and card.actions[0].name == "wait"
    card.actions[0].apply(own)
    assert waiting(source.folder_of(own)) == []
    assert LAB.pick(own, Hit("card", QUEUE)) is None


def test_a_curve_that_has_stopped_falling_is_called_flat(tmp_path: Path) -> None:
    import json

    def written(scores: Any) -> Run:
        run = Run(tmp_path / str(len(list(tmp_path.iterdir()))))
        run.folder.mkdir()
        lines = [{"event": "epoch", "time": n, "epoch": n, "score": float(score)} for n, score in enumerate(scores, 1)]
        run.path("events.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
        return run

    fall = 1.0 / np.arange(1, 101)
    assert epochs_flat(written(fall)) == 0
    assert epochs_flat(written([*fall, *np.full(60, fall[-1] * 0.995)])) == 60
    assert epochs_flat(written([*fall, *np.full(20, 1.0)])) == 0, "not for long enough"


def test_older_runs_are_brought_back_by_a_click(state: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MOST_DRAWN", 1)
    assert [one.shown for one in source.seen_runs(state)] == [True, False]
    shown = LAB.pick(state, Hit("legend:curves", "nequip-10-1"))
    assert shown.brought == ("nequip-10-1",) and [one.shown for one in source.seen_runs(shown)] == [True, True]
    assert LAB.pick(shown, Hit("card", "nequip-10-1")).brought == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [("config.toml", ""), ("config.toml", "potential = ["), ("config.toml", 'potential = "nequip"\nfrom_the_future = 3\n')],
)
def test_a_folder_that_cannot_be_read_is_a_card_with_a_sentence(own: Any, name: str, text: str) -> None:
    folder = source.folder_of(own) / "strange"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    (folder / "events.jsonl").write_bytes(b'{"event":"epoch","time":1,"epoch":1,"valid_forces_mae":0.1}\n{"event":"epo')
    (folder / "probe.json").write_text('{"fields": [')
    (folder / "probe.bin").write_bytes(b"\0" * 13)
    (folder / "status.json").write_text('{"state": "runni')
    card = cards(own)["strange"]
    assert card.warning and card.text.endswith(".") and [action.name for action in card.actions] == ["delete"]
    assert LAB.pictures(own, IDENTITY).panels and not LAB.films(own, IDENTITY)[1:]
    card.actions[0].apply(own)
    assert not folder.exists()


def test_runs_begun_in_a_terminal_elsewhere_are_shown_and_steered(own: Any, runs: Path, tmp_path: Path) -> None:
    import shutil

    from e3viz.training import places

    elsewhere = tmp_path / "project" / "runs"
    shutil.copytree(runs / "nequip-10-1", elsewhere / "nequip-10-1")
    shutil.copytree(runs / "nequip-10-1", tmp_path / "runs" / "nequip-10-1")
    assert len(cards(own)) == 1
    places.remember(elsewhere)
    places.remember(tmp_path / "runs")
    places.remember(elsewhere)
    assert places.remembered() == [elsewhere]
    assert set(cards(own)) == {"nequip-10-1", str(elsewhere / "nequip-10-1")}
    hidden = LAB.pick(own, Hit("card", str(elsewhere / "nequip-10-1")))
    assert [one.shown for one in source.seen_runs(hidden)].count(False) == 1
    assert set(cards(replace(own, folder=str(elsewhere)))) == {"nequip-10-1"}
    shutil.rmtree(tmp_path / "project")
    assert places.remembered() == [] and set(cards(own)) == {"nequip-10-1"}


def test_the_loss_is_drawn_for_training_and_validation(state: Any, runs: Path) -> None:
    plots = [plot for plot in chart(replace(state, quantity="loss", smoothing=0.0)).plots if isinstance(plot, Curve)]
    solid, dashed = next(p for p in plots if not p.dashed), next(p for p in plots if p.dashed)
    found = source.curves(Run(runs / "nequip-10-1"))
    squares = found.column("valid_energy_rmse_per_atom") ** 2 + found.column("valid_forces_rmse") ** 2
    assert np.allclose(solid.y, squares) and np.allclose(dashed.y, found.column("loss"))


def test_a_clock_that_jumps_back_does_not_hold_the_queue(own: Any) -> None:
    import os

    from e3viz.training.queue import BEGUN

    folder = source.folder_of(own)
    set_rules(folder, Rules(at_once=1, held=True))
    doing.start(own)
    doing.start(own)
    first, second = source.find_runs(folder)
    first.path(BEGUN).touch()
    tomorrow = time.time() + 86_400.0
    os.utime(first.path(BEGUN), (tomorrow, tomorrow))
    first.path("queued").unlink()
    set_rules(folder, Rules(at_once=1))
    assert [run.folder for run in tick(folder)] == [second.folder]


def test_two_windows_start_no_more_than_there_is_room_for(own: Any) -> None:
    from concurrent.futures import ThreadPoolExecutor

    folder = source.folder_of(own)
    set_rules(folder, Rules(at_once=1, held=True))
    for _ in range(3):
        doing.start(replace(own, settings=f"{QUICK}000"))
    set_rules(folder, Rules(at_once=1))
    with ThreadPoolExecutor(4) as windows:
        started = [run.folder for runs in windows.map(tick, [folder] * 4) for run in runs]
    assert len(started) == 1 and len(waiting(folder)) == 2

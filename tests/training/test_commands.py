"""The commands: train, runs, predict, evaluate, data, get; with real processes and NequIP's smallest network."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from e3viz.atoms.datasets import load_data
from e3viz.cli import main
from e3viz.training.run import Run

SMALL = ["--set", "channels=4", "layers=1", "radial_width=8", "dtype=float64"]
DATA = ["--data", "ethanol@0:60", "--train", "10", "--valid", "5"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first"
    assert main(["train", "--potential", "nequip", *DATA, "--max-epochs", "3", "--out", str(folder), *SMALL]) == 0
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    status = main(words)
    captured = capsys.readouterr()
    assert status == 0, captured.err
    return captured.out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    status = main(words)
    return status, capsys.readouterr().err


def test_train_says_what_came_out(trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = Run(trained)
    assert run.status().state == "finished" and run.config().data.files == ("ethanol@0:60",)
    out = said(capsys, "train", str(trained))  # there is nothing left to do
    assert "finished: Done after 3 epochs" in out and "force MAE" in out and str(trained / "best.e3p") in out
    copy = tmp_path / "copy.toml"
    shutil.copyfile(trained / "config.toml", copy)
    said(capsys, "train", str(copy), "--out", str(tmp_path / "again"))
    assert Run(tmp_path / "again").result()["errors"] == run.result()["errors"]


def test_runs_are_listed_and_forked(trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "finished" in said(capsys, "runs", str(trained.parent))
    (row,) = json.loads(said(capsys, "runs", str(trained), "--json"))
    assert (row["potential"], row["train"], row["epoch"], row["state"]) == ("nequip", 10, 3, "finished")
    forked = tmp_path / "fork"
    out = said(capsys, "runs", str(trained), "--fork", "best", "--out", str(forked), "--set", "stop.epochs=5", "--follow")
    assert str(forked) in out and Run(forked).status().epoch == 5
    assert "There are no runs here" in said(capsys, "runs", str(tmp_path / "fork" / "checkpoints"))


def test_evaluate_and_predict_agree(trained: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = json.loads(said(capsys, "evaluate", str(trained), "ethanol@100:104", "--json"))
    out = tmp_path / "out.extxyz"
    said(capsys, "predict", str(trained / "best.e3p"), "ethanol@100:104", "-o", str(out))
    written, given = load_data([out]).structures, load_data(["ethanol@100:104"]).structures
    off = np.concatenate([(one.arrays["predicted_forces"] - one.arrays["forces"]).ravel() for one in written])
    assert found["forces_mae"] == pytest.approx(np.abs(off).mean(), rel=1e-6)
    energy = [one.values["predicted_energy"] - one.values["energy"] for one in written]
    assert found["energy_rmse"] == pytest.approx(np.sqrt(np.mean(np.square(energy))), rel=1e-5)
    assert [one.values["energy"] for one in written] == [one.values["energy"] for one in given]
    assert f"{1000 * found['forces_mae']:.4f} meV/Å" in said(capsys, "evaluate", str(trained), "ethanol@100:104")


def test_data_and_get(capsys: pytest.CaptureFixture[str]) -> None:
    facts = json.loads(said(capsys, "data", "ethanol@890:910", "--json"))
    assert facts["held_out"] == 10 and facts["hash"] == load_data(["ethanol@890:910"]).hash
    assert "energy of 20, forces of 20" in said(capsys, "data", "ethanol@890:910")
    assert "rmd17-ethanol" in said(capsys, "get")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["train"], (2, "needs a potential and data")),
        (["train", "--potential", "nequp", "--data", "ethanol"], (2, "“nequip”")),
        (["train", "--potential", "nequip"], (2, "Training needs data")),
        (["train", "--potential", "nequip", "--data", "nowhere.xyz"], (1, "no file")),
        (["train", "--potential", "nequip", "--data", "ethanol", "--train", "0"], (2, "at least one")),
        (["train", "--potential", "nequip", "--data", "ethanol", "--set", "stp.epochs=3"], (2, "“stop”")),
        (["train", "--potential", "nequip", *DATA, "--out", "bad", "--set", "l_maxx=3"], (2, "“l_max”")),
        (["train", "--potential", "nequip", "--data", "ethanol@1000:", "--out", "bad"], (2, "0")),
        (["train", "missing.toml"], (1, "missing.toml")),
        (["runs", "nowhere"], (1, "no folder")),
        (["runs", ".", "--stop"], (2, "is no run")),
        (["runs", ".", "--stop", "--pause"], (2, "at once")),
        (["evaluate", "model.e3p", "ethanol"], (1, "no file")),
        (["predict", "model.e3p", "ethanol", "-o", "x.png"], (2, "x.png")),
        (["get", "acca"], (2, "“acac”")),
        (["data", "nowhere.xyz"], (1, "nowhere.xyz")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], expected: tuple[int, str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found, sentence = refused(capsys, *words)
    assert (found, expected[1] in sentence) == (expected[0], True), sentence
    assert sentence.count("\n") == 1 and not list(tmp_path.iterdir())


def test_steering_from_another_terminal_and_interrupting(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "run"
    words = ["train", "--potential", "schnet", *DATA, "--max-epochs", "100000", "--out", str(folder), "--set", "channels=4", "layers=1"]
    terminal = subprocess.Popen(
        [sys.executable, "-m", "e3viz", *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        run = Run(folder)
        until = time.monotonic() + 40
        while run.status().epoch < 2 and time.monotonic() < until:
            time.sleep(0.05)
        said(capsys, "runs", str(folder), "--pause")
        while run.status().state != "paused" and time.monotonic() < until:
            time.sleep(0.05)
        assert "paused" in said(capsys, "runs", str(folder))
        said(capsys, "runs", str(folder), "--resume")
        os.killpg(terminal.pid, signal.SIGINT)  # what Ctrl-C sends
        out, _ = terminal.communicate(timeout=30)
        assert terminal.returncode == 130 and b"interrupted: Interrupted after" in out
        assert run.status().state == "interrupted" and not run.alive()
        said(capsys, "runs", str(folder), "--resume")
        while not run.alive() and time.monotonic() < until:
            time.sleep(0.05)
        said(capsys, "runs", str(folder), "--stop")
        assert "stopped" in said(capsys, "runs", str(folder), "--follow")
    finally:
        terminal.kill()
        terminal.wait()
        if Run(folder).alive():
            os.kill(Run(folder).status().pid, signal.SIGKILL)


def test_a_published_snap_has_its_published_errors(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (shared_data / "published" / "mlearn_recomputed.csv").open(newline="") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        (published,) = [row for row in rows if (row["element"], row["potential"]) == ("Si", "SNAP")]
    silicon = shared_data / "mlearn" / "Si"
    found = json.loads(said(capsys, "evaluate", str(silicon / "snap" / "SNAPotential.snapcoeff"), str(silicon / "test.json"), "--json"))
    assert 1000 * found["energy_mae_per_atom"] == pytest.approx(float(published["energy_MAE"]), abs=0.005)
    assert 1000 * found["energy_rmse_per_atom"] == pytest.approx(float(published["energy_RMSE"]), abs=0.005)
    assert found["forces_mae"] == pytest.approx(float(published["force_MAE"]), abs=5e-5)
    assert found["forces_rmse"] == pytest.approx(float(published["force_RMSE"]), abs=5e-5)

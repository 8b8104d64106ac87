"""Runs in this process: what they leave in their folder, why they end, and that a fork is another run."""

from __future__ import annotations

import csv
import dataclasses
import errno
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from training.conftest import tiny_config

from e3viz.errors import FileError, UserError
from e3viz.potentials.saving import read
from e3viz.training import metrics
from e3viz.training.checkpoints import read_checkpoint
from e3viz.training.curves import Curves
from e3viz.training.evaluation import predict
from e3viz.training.events import read_events
from e3viz.training.loop import train
from e3viz.training.parts import prepare
from e3viz.training.recording import read_recording
from e3viz.training.run import Run, create, fork
from e3viz.training.tables import epochs_of

NewRun = Callable[..., Run]


def test_a_run_leaves_everything_in_its_folder(new_run: NewRun) -> None:
    run = new_run(settings__epochs=5, record__keep_every=2)
    status = train(run.folder)
    assert (status.state, status.epoch, status.epochs) == ("finished", 5, 5)
    assert run.status() == status and not run.alive()
    events = read_events(run.path("events.jsonl"))
    assert [event["event"] for event in events] == ["started", *["epoch"] * 5, "result", "ended"]
    with run.path("metrics.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [float(row["valid_forces_mae"]) for row in table] == [event["valid_forces_mae"] for event in epochs_of(events)]
    assert run.checkpoints() == ["best", "last", "epoch-000002", "epoch-000004"]
    assert not list(run.folder.glob(".*")) and not run.path("reserve").exists()
    split = run.split()
    frames = [tuple(one) for part in ("train", "valid", "test") for one in split[part]]
    assert [len(split[part]) for part in ("train", "valid", "test")] == [12, 6, 4] and len(set(frames)) == len(frames)


def test_the_config_becomes_the_whole_truth(new_run: NewRun) -> None:
    run = new_run(settings__epochs=1)
    assert "functions" not in run.config().settings
    train(run.folder)
    config = run.config()
    assert config.settings["functions"] == 12 and config.data.hash.startswith("sha256:") and config.versions["numpy"]
    again = create(run.folder.parent / "again", config)
    train(again.folder)
    assert again.result()["errors"] == run.result()["errors"]


def test_the_result_is_what_the_best_model_says_of_the_parts(new_run: NewRun) -> None:
    run = new_run(settings__epochs=6)
    train(run.folder)
    best, parts = read(run.path("best.e3p")), prepare(run.config())
    result = run.result()
    assert result["errors"]["test"] == metrics.errors(parts.test, predict(best, parts.test))
    curves = Curves(run.path("events.jsonl"))
    curves.update()
    scores = curves.column("valid_forces_mae")
    assert result["best_epoch"] == int(curves.column("epoch")[scores.argmin()])
    assert result["errors"]["valid"]["forces_mae"] == pytest.approx(scores.min(), rel=1e-12)
    assert best.card.metrics["test_forces_mae"] == result["errors"]["test"]["forces_mae"]
    assert best.card.data["hash"] == run.config().data.hash


def test_early_stopping_keeps_the_best(new_run: NewRun) -> None:
    run = new_run(settings__epochs=500, settings__learning_rate=0.0, stop__patience=3)
    status = train(run.folder)
    assert (status.state, status.best_epoch, status.epoch) == ("finished", 1, 4)
    assert "has not fallen for 3 epochs" in status.sentence
    assert read(run.path("best.e3p")).card.data["epoch"] == 1


@pytest.mark.parametrize(
    ("change", "says"),
    [({"stop__epochs": 2}, "as asked"), ({"stop__target": 50.0}, "50 was asked for"), ({"stop__seconds": 1e-3}, "seconds are spent")],
)
def test_other_reasons_to_end(new_run: NewRun, change: dict[str, float], says: str) -> None:
    status = train(new_run(settings__epochs=500, **change).folder)
    assert status.state == "finished" and says in status.sentence and status.epoch < 5


def test_seconds_cut_an_epoch_short_and_the_best_stays(new_run: NewRun) -> None:
    run = new_run(settings__epochs=500, settings__pause=0.15, settings__batch=1, stop__seconds=2.4, data__train=6, record__train_errors=0)
    status = train(run.folder)
    assert status.state == "finished" and status.epoch in (1, 2)
    assert status.seconds < 2.4 and run.result()["errors"]["test"]


def test_a_loss_that_is_no_number_ends_the_run_and_the_last_checkpoint_is_good(new_run: NewRun) -> None:
    run = new_run(settings__epochs=400, settings__learning_rate=40.0)
    status = train(run.folder)
    assert status.state == "failed" and "stopped being" in status.sentence and "learning rate" in status.sentence
    assert status.epoch > 2
    checkpoint = read_checkpoint(run.path("checkpoints/last.safetensors"))
    assert checkpoint.epoch == status.epoch and np.isfinite(checkpoint.state["weights"]).all()
    assert np.isfinite(read(run.path("best.e3p")).predict(prepare(run.config()).valid)[0].energy)


def test_a_full_disk_ends_the_run_with_a_sentence(new_run: NewRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = new_run(settings__epochs=50)
    from e3viz.training import checkpoints

    real = checkpoints.replacing
    count = 0

    def full(path: Path):
        nonlocal count
        count += 1
        if count == 4:
            raise FileError(f"{path.name} could not be written: {OSError(errno.ENOSPC, 'No space left on device').strerror}.")
        return real(path)

    monkeypatch.setattr(checkpoints, "replacing", full)
    status = train(run.folder)
    assert status.state == "failed" and "No space left" in status.sentence and status.epoch == 3
    assert read_checkpoint(run.path("checkpoints/last.safetensors")).epoch == 3
    monkeypatch.setattr(checkpoints, "replacing", real)
    assert train(run.folder).state == "finished"
    assert [event["epoch"] for event in epochs_of(read_events(run.path("events.jsonl")))] == list(range(1, 51))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"data__train": 5000}, "there are 40"),
        ({"data__files": ["nowhere.xyz"]}, "nowhere.xyz"),
        ({"settings__functons": 3}, "“functions”"),
        ({"data__split": "group", "data__group": "trajectry"}, "“trajectory”"),
        ({"data__split": "hand", "data__train_frames": "0:4", "data__valid_frames": "3:5"}, "in the training part already"),
        ({"data__split": "hand", "data__train_frames": "0:4", "data__files": ["ethanol@1100:"]}, "fixed test part"),
        ({"data__references": "isolated atoms"}, "isolated atom of H, C, O"),
    ],
)
def test_bad_data_and_settings_end_it_with_a_sentence(new_run: NewRun, change: dict[str, object], says: str) -> None:
    status = train(new_run(**change).folder)
    assert status.state == "failed" and says in status.sentence, status.sentence


def test_parts_by_hand_and_copies_that_are_left_out(new_run: NewRun) -> None:
    by_hand = {"data__split": "hand", "data__train_frames": "0:5", "data__valid_frames": "5:8", "data__test": 0, "settings__epochs": 1}
    run = new_run("hand", data__files=["ethanol@880:910"], **by_hand)
    assert train(run.folder).state == "finished"
    assert [one[1] for one in run.split()["train"]] == [880, 881, 882, 883, 884]
    assert [one[1] for one in run.split()["test"]] == list(range(900, 910))
    twice = new_run("twice", data__files=["ethanol@0:20", "ethanol@0:20"], data__test=0, settings__epochs=1)
    train(twice.folder)
    (note,) = [event["text"] for event in read_events(twice.path("events.jsonl")) if event["event"] == "note"]
    assert note.startswith("20 frames are copies")
    test = new_run("test", data__files=["ethanol@0:24"], data__test_files=["ethanol@5:10"], data__test=0, settings__epochs=1)
    train(test.folder)
    parts = test.split()
    assert len(parts["test"]) == 5 and not {tuple(one) for one in parts["test"]} & {tuple(one) for one in parts["train"] + parts["valid"]}


def test_labels_that_are_no_numbers_name_their_frame(new_run: NewRun, tmp_path: Path) -> None:
    from e3viz.atoms.datasets import load_data
    from e3viz.atoms.writing import save

    frames = load_data(["ethanol@0:8"]).structures
    bad = dataclasses.replace(frames[5], values={**frames[5].values, "energy": float("nan")})
    save([*frames[:5], bad, *frames[6:]], tmp_path / "bad.extxyz")
    status = train(new_run(data__files=[str(tmp_path / "bad.extxyz")], data__train=8, data__valid=0, data__test=0).folder)
    assert status.state == "failed" and "Frame 5 of bad.extxyz" in status.sentence


def test_data_that_changed_are_refused(new_run: NewRun, tmp_path: Path) -> None:
    from e3viz.atoms.datasets import load_data
    from e3viz.atoms.writing import save

    frames = load_data(["ethanol@0:20"]).structures
    save(frames, tmp_path / "data.extxyz")
    run = new_run(data__files=[str(tmp_path / "data.extxyz")], data__test=0, settings__epochs=1)
    train(run.folder)
    save([*frames[:-1], frames[0]], tmp_path / "data.extxyz")
    status = train(run.folder)
    assert status.state == "failed" and "hash has changed" in status.sentence


def test_a_fork_goes_on_from_a_checkpoint_with_other_settings(new_run: NewRun, tmp_path: Path) -> None:
    run = new_run(settings__epochs=6, record__keep_every=3)
    train(run.folder)
    other = fork(run, "epoch-000003", tmp_path / "fork", {"learning_rate": 0.005, "stop.epochs": 5})
    assert other.config().parent["epoch"] == 3
    train(other.folder)
    before, after = (epochs_of(read_events(one.path("events.jsonl"))) for one in (run, other))
    assert [event["epoch"] for event in after] == [4, 5]
    assert after[0]["learning_rate"] == 0.005 and before[3]["learning_rate"] != 0.005
    same = fork(run, "epoch-000003", tmp_path / "same", {})
    train(same.folder)
    again = epochs_of(read_events(same.path("events.jsonl")))
    assert [event["valid_forces_mae"] for event in again] == [event["valid_forces_mae"] for event in before[3:]]
    with pytest.raises(UserError, match="epoch-000003"):
        fork(run, "epoch-00003", tmp_path / "never", {})


def test_the_probe_and_the_parity_plot_are_recorded(new_run: NewRun) -> None:
    run = new_run(settings__epochs=3, record__parity=4)
    train(run.folder)
    about, probe = read_recording(run.path("probe"))
    assert probe["epoch"].tolist() == [1, 2, 3] and probe["forces"].shape == (3, 9, 3)
    valid = prepare(run.config()).valid
    assert about["numbers"] == valid[0].numbers.tolist()
    last = read(run.path("last.e3p"))
    assert np.array_equal(probe["forces"][-1], last.predict(valid[:1])[0].forces)
    about, parity = read_recording(run.path("parity"))
    assert len(about["origins"]) == 4 and about["origins"] == run.split()["valid"][:4]
    assert parity["energy"].shape == (3, 4) and parity["forces"].shape == (3, 4 * 27)
    said = np.concatenate([one.forces.ravel() for one in last.predict(valid[:4])])
    assert np.abs(parity["forces"][-1] - said).max() < 1e-5
    assert max(event["equivariance_error"] for event in epochs_of(read_events(run.path("events.jsonl")))) < 1e-10


def test_tensorboard_reads_the_same_numbers(new_run: NewRun) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    run = new_run(settings__epochs=3, record__tensorboard=True)
    train(run.folder)
    (file,) = run.path("tensorboard").iterdir()
    found = {event.step: event for event in EventFileLoader(str(file)).Load() if event.HasField("summary")}
    for event in epochs_of(read_events(run.path("events.jsonl"))):
        values = {value.tag: value.tensor.float_val[0] for value in found[event["epoch"]].summary.value}
        assert values["valid/forces_mae"] == pytest.approx(event["valid_forces_mae"], rel=1e-6)


def test_without_validation_the_training_errors_choose(new_run: NewRun) -> None:
    run = new_run(settings__epochs=3, data__valid=0)
    status = train(run.folder)
    events = epochs_of(read_events(run.path("events.jsonl")))
    assert status.best_score == min(event["train_forces_mae"] for event in events)


def test_a_run_of_a_newer_version_says_so(new_run: NewRun) -> None:
    run = new_run()
    with run.path("config.toml").open("a") as stream:
        stream.write("\n[hologram]\nangle = 3\n")
    with pytest.raises(UserError, match="no entry “hologram”"):
        train(run.folder)
    run.path("status.json").write_text(json.dumps({"state": "finished", "new_field": 1, "epoch": 7}))
    assert run.status().epoch == 7
    assert tiny_config().potential == "tiny"

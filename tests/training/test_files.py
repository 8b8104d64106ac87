"""The files of a run: config and TOML, events and their curves, recordings, status."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training.conftest import tiny_config

from e3viz.errors import FileError, UserError
from e3viz.toml import read_toml, toml_text, value_of
from e3viz.training.config import config_of, read_config
from e3viz.training.curves import Curves
from e3viz.training.events import EventReader, EventWriter, read_events
from e3viz.training.recording import Recording, read_recording, stays
from e3viz.training.run import About, Run, create, find_runs
from e3viz.training.tables import Tables, read_table

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.one_of(st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=False), WORDS, st.lists(st.integers(), max_size=3))
TABLES = st.recursive(
    st.dictionaries(WORDS, VALUES, max_size=4), lambda inner: st.dictionaries(WORDS, VALUES | inner, max_size=4), max_leaves=12
)


@given(TABLES)
def test_toml_is_read_back_as_it_was(table: dict[str, object]) -> None:
    assert tomllib.loads(toml_text(table)) == table


@pytest.mark.parametrize(("word", "value"), [("3", 3), ("1e-3", 1e-3), ("true", True), ("on", True), ("[1, 2]", [1, 2]), ("wall", "wall")])
def test_values_as_they_are_typed(word: str, value: object) -> None:
    assert value_of(word) == value and type(value_of(word)) is type(value)


def test_a_config_is_read_back_as_it_was(tmp_path: Path) -> None:
    config = tiny_config(settings__learning_rate=0.1, stop__patience=7, record__probe="none", seed=4)
    config.save(tmp_path / "c.toml")
    assert read_config(tmp_path / "c.toml").table() == config.table()


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"potential": "tiny", "seeed": 1}, "“seed”"),
        ({"potential": "tiny", "patience": 1}, r"\[stop\]"),
        ({"potential": "tiny", "stop": {"patiens": 1}}, "“patience”"),
        ({"potential": "tiny", "stop": {"clock": "sun"}}, "not a choice"),
        ({"potential": "tiny", "data": {"train": "many"}}, "not a whole number"),
        ({"potential": "tiny", "data": {"files": [1]}}, "list of names"),
        ({"potential": "tiny", "data": {"files": "one.xyz"}}, "not a list"),
        ({"potential": "tiny", "data": 3}, "no table"),
        ({"potential": "tiny", "seed": -1}, "seed of at least 0"),
        ({"potential": "tiny", "seed": True}, "seed = True"),
        ({"potential": "nequp"}, "“nequip”"),
        ({}, "names no potential"),
    ],
)
def test_a_mistake_in_a_config_is_one_sentence(table: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=says):
        config_of(table)


def test_what_is_no_toml(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("potential = nequip")
    with pytest.raises(FileError, match="not valid TOML"):
        read_toml(tmp_path / "c.toml")


def test_names_of_files_are_those_beside_the_config(tmp_path: Path) -> None:
    config = tiny_config(data__files=["one.xyz@0:5", "ethanol"], record__probe="p.xyz").located(tmp_path)
    assert config.data.files == (str(tmp_path / "one.xyz@0:5"), "ethanol") and config.record.probe == str(tmp_path / "p.xyz")
    assert config.located(Path("/elsewhere")) == config


# ---- events -----------------------------------------------------------------------------------------------------------------------


def test_a_reader_gives_each_event_once_and_waits_for_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert reader.new() == []
    writer = EventWriter(path)
    writer.write("epoch", epoch=1, loss=float("nan"))
    (first,) = reader.new()
    assert first["epoch"] == 1 and first["loss"] is None and abs(first["time"] - time.time()) < 5
    with path.open("ab") as stream:
        stream.write(b'{"event":"epoch","epo')
    assert reader.new() == []
    writer.close()
    again = EventWriter(path)  # a killed process left half a line
    again.write("epoch", epoch=2)
    again.close()
    assert [event["epoch"] for event in reader.new()] == [2] and not reader.restarted
    assert [event["epoch"] for event in read_events(path)] == [1, 2]


def test_a_reader_begins_again_with_another_file(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"event":"a","x":1}\n{"event":"b"}\nnull\n[1]\n"c"\n')
    reader = EventReader(path)
    assert [event["event"] for event in reader.new()] == ["a", "b"]
    path.write_text('{"event":"z"}\n')
    assert [event["event"] for event in reader.new()] == ["z"] and reader.restarted
    path.unlink()
    assert reader.new() == []


def test_an_epoch_done_again_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    curves = Curves(path)
    writer = EventWriter(path)
    writer.write("started", steps_per_epoch=4)
    for epoch in (1, 2, 3):
        writer.write("epoch", epoch=epoch, loss=float(epoch), best=epoch == 3)
    assert curves.update() and curves.column("loss").tolist() == [1, 2, 3]
    for epoch in (3, 4):
        writer.write("epoch", epoch=epoch, loss=10.0 * epoch, valid_forces_mae=0.5, best=False)
    assert curves.update() and not curves.update()
    assert curves.column("loss").tolist() == [1, 2, 30, 40] and curves.column("step").tolist() == [4, 8, 12, 16]
    assert np.isnan(curves.column("valid_forces_mae")[:2]).all() and "valid_forces_mae" in curves.names()
    assert curves.best is None and len(curves) == 4
    writer.close()


def test_tables_open_at_once_and_events_go_on_from_there(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    tables = Tables(tmp_path)

    def epoch(n: int, **facts: object) -> None:
        event = writer.write("epoch", epoch=n, **facts)
        tables.append({name: value for name, value in event.items() if name != "event"}, writer.end)

    writer.write("started", steps_per_epoch=3)
    epoch(1, loss=1.0, best=True, score=None)
    epoch(2, loss=2.0, best=False, score=0.5, valid_forces_mae=0.25)  # a new quantity
    writer.write("paused")
    epoch(3, loss=None, best=True, score=0.25, valid_forces_mae=0.125)
    writer.write("epoch", epoch=4, loss=4.0, best=False)  # killed before the table had it
    writer.write("ended")
    quick = Curves(tmp_path / "events.jsonl")
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "events.jsonl").write_bytes((tmp_path / "events.jsonl").read_bytes())
    slow = Curves(tmp_path / "alone" / "events.jsonl")
    assert read_table(tmp_path)[1].shape[0] == 3
    for curves in (quick, slow):
        curves.update()
        assert [event["event"] for event in curves.others] == ["started", "paused", "ended"]
        assert curves.best is not None and curves.best["epoch"] == 3 and curves.last["loss"] == 4.0
    assert set(quick.names()) == set(slow.names())
    for name in (*slow.names(), "step", "best"):
        assert np.array_equal(quick.column(name), slow.column(name), equal_nan=True), name
    writer.write("epoch", epoch=2, loss=7.0, best=False)  # done again: what lay after it is gone
    writer.close()
    assert quick.update() and quick.column("loss").tolist() == [1.0, 7.0] and quick.best_row == 0
    assert read_table(Tables(tmp_path, 1).folder)[1].shape[0] == 1


@pytest.mark.parametrize("spoil", ["curves.json", "curves.bin", "events.jsonl"])
def test_damaged_tables_are_no_loss(tmp_path: Path, spoil: str) -> None:
    writer = EventWriter(tmp_path / "events.jsonl")
    for epoch in (1, 2, 3):
        writer.write("epoch", epoch=epoch, loss=1.0 * epoch)
    Tables(tmp_path)
    writer.close()
    text = (tmp_path / spoil).read_bytes()
    (tmp_path / spoil).write_bytes(text[: len(text) // 2])
    curves = Curves(tmp_path / "events.jsonl")
    curves.update()
    assert curves.column("loss").tolist() == ([1.0] if spoil == "events.jsonl" else [1.0, 2.0, 3.0])


def test_many_epochs_open_quickly(tmp_path: Path) -> None:
    names = [f"valid_number_{n}" for n in range(12)]
    line = {"event": "epoch", "time": 1.7e9, "epoch": 0, **dict.fromkeys(names, 0.123456789012345)}
    with (tmp_path / "events.jsonl").open("w") as stream:
        for epoch in range(20_000):
            stream.write(json.dumps({**line, "epoch": epoch}, separators=(",", ":")) + "\n")
    Tables(tmp_path)
    curves = Curves(tmp_path / "events.jsonl")
    began = time.perf_counter()
    curves.update()
    assert len(curves.column(names[3])) == 20_000 and curves.column("epoch")[-1] == 19_999
    assert time.perf_counter() - began < 0.5


# ---- recordings -------------------------------------------------------------------------------------------------------------------


def test_a_recording_thins_out_and_ends_with_the_newest(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "probe", {"name": "x"})
    for epoch in range(1, 1001):
        recording.write(epoch, {"forces": np.full((2, 3), epoch, dtype=float), "energy": np.float64(epoch)})
        if epoch in (5, 777):
            assert read_recording(tmp_path / "probe")[1]["epoch"][-1] == epoch
    about, found = read_recording(tmp_path / "probe")
    epochs = found["epoch"]
    assert about == {"name": "x"} and epochs[-1] == 1000 and (np.diff(epochs) > 0).all()
    assert epochs[:64].tolist() == list(range(1, 65)) and 300 < len(epochs) < 400
    assert all(stays(int(epoch)) for epoch in epochs[:-1])
    assert (found["forces"] == epochs[:, None, None]).all() and (found["energy"] == epochs).all()


def test_a_recording_survives_half_a_record(tmp_path: Path) -> None:
    for epoch in (1, 2, 3):
        Recording(tmp_path / "probe", {}).write(epoch, {"x": np.arange(4.0) * epoch})
    path = tmp_path / "probe.bin"
    path.write_bytes(path.read_bytes()[:-9])
    assert read_recording(tmp_path / "probe")[1]["epoch"].tolist() == [1, 2]
    again = Recording(tmp_path / "probe", {})
    again.write(2, {"x": np.arange(4.0) * 20})  # done again
    again.write(3, {"x": np.arange(4.0) * 30})
    found = read_recording(tmp_path / "probe")[1]
    assert found["epoch"].tolist() == [1, 2, 3] and found["x"][:, 1].tolist() == [1, 20, 30]
    assert read_recording(tmp_path / "none") == ({}, {})


# ---- folders ----------------------------------------------------------------------------------------------------------------------


def test_runs_are_found_named_and_never_overwritten(tmp_path: Path) -> None:
    for name in ("a", "deep/er/b"):
        create(tmp_path / "runs" / name, tiny_config())
    runs = find_runs(tmp_path)
    assert [run.folder.name for run in runs] == ["a", "b"] and [run.status().state for run in runs] == ["waiting"] * 2
    runs[0].describe(About("A title", ("one", "two"), "note"))
    assert runs[0].name == "A title" and runs[0].about().tags == ("one", "two") and runs[1].name == "b"
    with pytest.raises(FileError, match="is there already"):
        create(runs[0].folder, tiny_config())


@pytest.mark.parametrize("text", ["", "{", "[]", '{"state": 3', '{"epoch": "x", "state": "running", "pid": 1}'])
def test_a_status_that_is_damaged_or_abandoned(tmp_path: Path, text: str) -> None:
    run = Run(tmp_path)
    run.path("status.json").write_text(text)
    assert run.status().state in ("waiting", "cut off") and not run.alive() and run.checkpoints() == []
    with pytest.raises(UserError, match="No process works"):
        run.ask("stop")

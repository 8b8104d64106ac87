"""The session as a value and as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e3viz import labs
from e3viz.errors import FileError, UserError
from e3viz.labs.fields import change
from e3viz.labs.keyframes import Keyframe
from e3viz.labs.session import Session, as_json, load, read
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import Element


def test_round_trip() -> None:
    state = change(labs.load("structures").State(), frame=7, style="space filling", supercell=(1, 1, 1))
    session = Session("structures", Element((1, 1, 0), 33.0, True, (0.5, 0, 0))).with_state(state)
    session = session.with_camera("structure", Camera(direction=(1.0, 0.0, 0.0), height=12.5, focal=(0.0, 1.0, 2.0), parallel=True))
    session = session.with_keyframes((Keyframe(0.5, state, Element((0, 0, 1), 10.0), (("structure", Camera()),), "hold"),), "structures")
    assert read(as_json(session)) == session


def test_default_state_is_made_when_asked() -> None:
    assert Session().state() == labs.load("structures").State()


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "not json", '{"e3viz session": 99}', '{"e3viz session": 1, "lab": "cooking"}', '{"e3viz session": 1, "g": []}',
        '{"e3viz session": 1, "states": {"structures": {"frame": "x"}}}', '{"e3viz session": 1, "states": {"structures": 3}}',
        '{"e3viz session": 1, "g": {"axis": [0, 0, 0]}}', '{"e3viz session": 1, "keyframes": {"groups": 3}}',
        '{"e3viz session": 1, "keyframes": {"groups": [{"time": 0}]}}',
        '{"e3viz session": 1, "keyframes": {"groups": [{"time": "x", "state": {}, "g": {}, "cameras": {}, "easing": "even"}]}}',
    ],
)  # fmt: skip
def test_damaged_sessions_are_refused_in_words(text: str) -> None:
    with pytest.raises(UserError) as caught:
        read(text)
    assert caught.value.message.endswith(".")


def test_files(tmp_path: Path) -> None:
    path = tmp_path / "my session.json"
    path.write_text(as_json(Session()), encoding="utf-8")
    assert load(path) == Session()
    with pytest.raises(FileError):
        load(tmp_path / "gone.json")
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(UserError):
        load(path)
    assert json.loads(as_json(Session()))["e3viz session"] == 1

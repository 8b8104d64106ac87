"""The state of the whole program as one value, and as a file.

A session is: which lab is on view, the current g, the state of every lab that was opened, and where each 3D view is looked at from.
Undo is a list of sessions. A session file is JSON and nothing in it is ever executed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from e3viz import labs
from e3viz.errors import FileError, UserError
from e3viz.labs.fields import from_json, to_json
from e3viz.labs.keyframes import Keyframe, keyframe_as_json, keyframe_from_json
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import IDENTITY, Element

VERSION = 1


@dataclass(frozen=True)
class Session:
    """lab: the one on view; g: the current element; states: lab name → its state; cameras: "lab/panel" → camera; keyframes: lab name →
    what its animation passes through."""

    lab: str = "structures"
    g: Element = IDENTITY
    states: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    cameras: Mapping[str, Camera] = field(default_factory=lambda: MappingProxyType({}))
    keyframes: Mapping[str, tuple[Keyframe, ...]] = field(default_factory=lambda: MappingProxyType({}))

    def state(self, name: str = "") -> Any:
        """The state of a lab (of the one on view by default), its default if it was not opened yet."""
        name = name or self.lab
        return self.states[name] if name in self.states else labs.load(name).State()

    def with_state(self, state: Any, name: str = "") -> Session:
        """The session with another state of a lab."""
        return replace(self, states=MappingProxyType({**self.states, name or self.lab: state}))

    def seen_in(self, lab: str) -> dict[str, Camera]:
        """Panel → camera of a lab."""
        return {name.removeprefix(f"{lab}/"): camera for name, camera in self.cameras.items() if name.startswith(f"{lab}/")}

    def with_camera(self, panel: str, camera: Camera) -> Session:
        """The session with a panel of the lab on view seen from elsewhere."""
        return replace(self, cameras=MappingProxyType({**self.cameras, f"{self.lab}/{panel}": camera}))

    def with_keyframes(self, keys: tuple[Keyframe, ...], lab: str) -> Session:
        """The session with other keyframes of a lab."""
        others = {name: kept for name, kept in self.keyframes.items() if name != lab}
        return replace(self, keyframes=MappingProxyType(others | ({lab: keys} if keys else {})))


def as_json(session: Session) -> str:
    """The session as text."""
    return json.dumps(
        {
            "e3viz session": VERSION,
            "lab": session.lab,
            "g": to_json(session.g),
            "states": {name: to_json(state) for name, state in session.states.items()},
            "cameras": {name: to_json(camera) for name, camera in session.cameras.items()},
            "keyframes": {name: [keyframe_as_json(key) for key in keys] for name, keys in session.keyframes.items()},
        },
        indent=1,
        ensure_ascii=False,
    )


def read(text: str) -> Session:
    """The session written by `as_json`; raises UserError for anything else."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UserError("This is not a session file.", f"It is not JSON ({error}).") from None
    if not isinstance(data, dict) or "e3viz session" not in data:
        raise UserError("This is not a session file.", "A session is written by “Save session”.")
    if data["e3viz session"] != VERSION:
        raise UserError(
            f"This session was written by another version of e3viz (format {data['e3viz session']}).", f"This one reads format {VERSION}."
        )
    made = from_json(_Plain, {k: data[k] for k in ("lab",) if k in data})
    labs.entry(made.lab)
    states = {name: from_json(labs.load(name).State, values) for name, values in _table(data, "states").items()}
    cameras = {name: from_json(Camera, values) for name, values in _table(data, "cameras").items()}
    keyframes = {name: _keyframes(name, values) for name, values in _table(data, "keyframes").items()}
    g = from_json(Element, _table(data, "g"))
    return Session(made.lab, g, MappingProxyType(states), MappingProxyType(cameras), MappingProxyType(keyframes))


def _keyframes(lab: str, values: Any) -> tuple[Keyframe, ...]:
    if not isinstance(values, list):
        raise UserError("This session file is damaged: the keyframes in it are no list.")
    state_type = labs.load(lab).State
    return tuple(keyframe_from_json(state_type, key) for key in values)


@dataclass(frozen=True)
class _Plain:
    lab: str = "structures"


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise UserError(f"This session file is damaged: “{key}” is not a table.")
    return table


def load(path: Path) -> Session:
    """Read a session file; raises FileError if it cannot be read and UserError if it is none."""
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"The session {path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path.name} is not a session file.", "It is not text.") from None

"""From what a person asks for in words (a lab, a file, settings, g, a view) to the sheet that the window would show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from e3viz import labs
from e3viz.errors import FileError, UserError
from e3viz.labs import session
from e3viz.labs.fields import change
from e3viz.labs.keyframes import Keyframe
from e3viz.labs.lab import Lab
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.sheet import Picture, Sheet
from e3viz.pictures.viewpoints import camera_from
from e3viz.symmetry.element import IDENTITY, Element


@dataclass(frozen=True)
class Request:
    """lab: its name; file: shown by the lab; state: a file with the lab's state or a whole session; settings: field → text, applied
    last; g: the current element, None for that of the session; view: a name or direction as `camera_from` takes it."""

    lab: str
    file: Path | None = None
    state: Path | None = None
    settings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    g: Element | None = None
    view: str = ""


@dataclass(frozen=True, eq=False)
class Asked:
    """What a request comes to: a lab with its state, g, cameras of panels, of which `view` is one for all, and the session's keyframes."""

    lab: Lab
    state: Any
    g: Element
    cameras: Mapping[str, Camera]
    view: Camera | None
    keyframes: tuple[Keyframe, ...] = ()

    def sheet(self) -> Sheet:
        """What the window would show; raises UserError or FileError."""
        return self.seen(self.lab.pictures(self.state, self.g))

    def seen(self, sheet: Sheet) -> Sheet:
        """A sheet of the lab, seen as asked."""
        sheet = _seen_from(sheet, self.cameras)
        return sheet if self.view is None else _seen_from(sheet, {panel.name: self.view for panel in sheet.panels})


def asked(request: Request) -> Asked:
    """What a request comes to; raises UserError or FileError."""
    lab = labs.load(request.lab)
    state, g, cameras, keyframes = _start(request, lab)
    if request.file is not None:
        if lab.open_file is None:
            raise UserError(f"The lab {lab.name} shows no files.", f"Leave {request.file.name} out, or use the lab structures.")
        state = lab.open_file(state, request.file)
    if request.settings:
        state = change(state, **request.settings)
    own = {name.partition("/")[2]: camera for name, camera in cameras.items() if name.startswith(f"{lab.name}/")}
    return Asked(lab, state, g, own, camera_from(request.view, _cell(state)) if request.view else None, keyframes)


def _start(request: Request, lab: Lab) -> tuple[Any, Element, Mapping[str, Camera], tuple[Keyframe, ...]]:
    """The state, g, cameras and keyframes that a state file or session holds, or the defaults."""
    g = request.g or IDENTITY
    if request.state is None:
        return lab.State(), g, {}, ()
    try:
        text = request.state.read_text(encoding="utf-8")
        values = json.loads(text)
    except OSError as error:
        raise FileError(f"The state {request.state.name} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise FileError(f"{request.state.name} holds no state.", 'A state is JSON such as {"frame": 3}, or a saved session.') from None
    if isinstance(values, dict) and "e3viz session" in values:
        saved = session.read(text)
        return saved.state(lab.name), request.g or saved.g, saved.cameras, saved.keyframes.get(lab.name, ())
    if not isinstance(values, dict):
        raise FileError(f"{request.state.name} holds no state.", 'A state is JSON such as {"frame": 3}, or a saved session.')
    return change(lab.State(), **values), g, {}, ()


def _seen_from(sheet: Sheet, cameras: Mapping[str, Camera]) -> Sheet:
    """The sheet with some of its scenes seen from elsewhere."""
    return replace(sheet, panels=tuple(replace(p, picture=_turned(p.picture, cameras.get(p.name))) for p in sheet.panels))


def _turned(picture: Picture, camera: Camera | None) -> Picture:
    if camera is None or not isinstance(picture, Scene):
        return picture
    return replace(picture, camera=replace(camera, parallel=picture.camera.parallel))


def _cell(state: Any) -> np.ndarray[Any, Any]:
    """The lattice vectors (3, 3) of the structure that a state names, zeros where it names none."""
    from e3viz.labs.structures.source import trajectory

    if not hasattr(state, "file"):
        return np.zeros((3, 3))
    return trajectory(state.file)[min(getattr(state, "frame", 0), len(trajectory(state.file)) - 1)].cell

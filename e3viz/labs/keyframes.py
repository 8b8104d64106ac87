"""Keyframes: what an animation passes through at given times, as part of a session and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from e3viz.errors import UserError
from e3viz.labs.fields import coerce, from_json, to_json
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import IDENTITY, Element

EASINGS = ("even", "smooth", "hold")


@dataclass(frozen=True)
class Keyframe:
    """time: seconds from the beginning; easing: how it is left: even, smooth (slow at both ends) or hold (no way between)."""

    time: float
    state: Any
    g: Element = IDENTITY
    cameras: tuple[tuple[str, Camera], ...] = ()
    easing: str = "smooth"


def keyframe_as_json(key: Keyframe) -> dict[str, Any]:
    """The keyframe as JSON values."""
    cameras = {name: to_json(camera) for name, camera in key.cameras}
    return {"time": key.time, "state": to_json(key.state), "g": to_json(key.g), "cameras": cameras, "easing": key.easing}


def keyframe_from_json(state_type: type, values: Any) -> Keyframe:
    """The keyframe written by `keyframe_as_json`; raises UserError for anything else."""
    table = values if isinstance(values, Mapping) else {}
    state, g, cameras = (table.get(name) for name in ("state", "g", "cameras"))
    if not (isinstance(state, Mapping) and isinstance(g, Mapping) and isinstance(cameras, Mapping) and table.get("easing") in EASINGS):
        raise UserError("This session file is damaged: a keyframe in it cannot be understood.")
    seen = tuple((name, from_json(Camera, camera)) for name, camera in cameras.items())
    time = coerce(table.get("time"), float, "The time of a keyframe")
    return Keyframe(time, from_json(state_type, state), from_json(Element, g), seen, table["easing"])

"""Animations as data: a path through states, g and cameras that can be written down, sent to another process and kept in a session.

A path is one of: a film that the lab offers by name; g from the identity; a whole turn about an axis; every element of a point
group in turn; a field of the state from one number to another (or all its values); the camera's orbit; or keyframes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from e3viz import labs
from e3viz.errors import UserError, nearest
from e3viz.labs.fields import Knob, change, knobs
from e3viz.labs.keyframes import Keyframe
from e3viz.labs.lab import Lab
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.sheet import Sheet
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.notation import parse_vector

NO_CAMERAS: Mapping[str, Camera] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Moment:
    """What one frame shows. cameras: panel → where it is seen from, for those that do not choose by themselves; orbit: degrees by
    which every scene is turned about its upright axis."""

    state: Any
    g: Element = IDENTITY
    cameras: Mapping[str, Camera] = field(default_factory=lambda: NO_CAMERAS)
    orbit: float = 0.0


@dataclass(frozen=True)
class Route:
    """kind: film, g, turn, group, field, orbit or keys; name: of the film, group or field; axis: of a turn; first, last: numbers of a
    field; keys: keyframes in order of time. seconds: how long it lasts unless somebody wishes otherwise."""

    kind: str
    name: str = ""
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    first: float = 0.0
    last: float = 0.0
    keys: tuple[Keyframe, ...] = ()
    seconds: float = 6.0


@dataclass(frozen=True, eq=False)
class Take:
    """All that an animation needs, as plain data: a lab by name, its state, g and cameras at the start, and the route from there."""

    lab: str
    state: Any
    g: Element
    route: Route
    cameras: Mapping[str, Camera] = field(default_factory=dict)

    def opened(self) -> tuple[Lab, Callable[[float], Moment]]:
        """The lab, its scenes seen from where the take sees them, and the moment at t."""
        lab = labs.load(self.lab)
        at = along(self.route, lab, self.state, self.g)
        return replace(lab, pictures=lambda state, g: seen(lab.pictures(state, g), Moment(state, g), self.cameras)), at


def offered(lab: Lab, state: Any, g: Element, keys: tuple[Keyframe, ...] = ()) -> list[tuple[Route, str]]:
    """The paths that make sense for what is on view, each with its title: the lab's own films first. keys: the keyframes there are."""
    routes = [(Route("film", film.name, seconds=film.seconds), film.title) for film in lab.films(state, g)]
    if not g.is_identity:
        routes.append((Route("g", seconds=3.0), "g, from the identity"))
    routes.append((Route("turn"), "One turn of g about an axis"))
    for name, spec in knobs(state).items():
        low, high = spec.limits(state)
        if _numeric(spec, getattr(state, name)) and low is not None and high is not None and low < high and _on_view(spec, state):
            routes.append((Route("field", name, first=low, last=high), f"{spec.label}, from {low:g} to {high:g}"))
    routes.append((Route("orbit"), "The camera once around"))
    if len(keys) > 1:
        routes.append((through(keys), "Keyframes"))
    return routes


def through(keys: tuple[Keyframe, ...]) -> Route:
    """The path through two or more keyframes in order of time."""
    return Route("keys", "keyframes", keys=keys, seconds=keys[-1].time - keys[0].time)


def parse(text: str, lab: Lab, state: Any, g: Element, keys: tuple[Keyframe, ...] = ()) -> Route:
    """A path as it is written on the command line: `turn`, `turn:1,1,1`, `g`, `group:D4`, `orbit`, a field `l` or `l:0..6`, `keyframes`, or
    the name of one of the lab's films. Raises UserError with the nearest."""
    word, _, rest = text.strip().partition(":")
    films = {film.name: film for film in lab.films(state, g)}
    if word == "film" or (word in films and not rest):
        name = rest if word == "film" else word
        if name not in films:
            raise UserError(f"The lab {lab.name} has no film called “{name}” here.", nearest(name, films))
        return Route("film", name, seconds=films[name].seconds)
    if word in ("g", "orbit"):
        return Route(word, seconds=3.0 if word == "g" else 6.0)
    if word == "keyframes":
        if len(keys) < 2:
            raise UserError(
                "There are no two keyframes to go through.", "Set them in the window's timeline, save the session, and give it as --state."
            )
        return through(keys)
    if word == "turn":
        axis = parse_vector(rest, "The axis") if rest else (0.0, 0.0, 1.0)
        if not any(axis):
            raise UserError("An axis of length zero has no direction.", "Write for example turn:0,0,1.")
        return Route("turn", axis=axis)
    if word == "group":
        from e3viz.symmetry.point_groups import point_group, standard_name

        name = standard_name(rest)
        return Route("group", name, seconds=1.5 * len(point_group(name)))
    if word in knobs(state):
        return _field(word, rest, state)
    choices = [*films, "g", "turn:0,0,1", "group:D4", "orbit", *(n for n, s in knobs(state).items() if _numeric(s, getattr(state, n)))]
    raise UserError(f"There is nothing called “{text}” to animate here.", nearest(word, choices))


def _field(name: str, rest: str, state: Any) -> Route:
    spec = knobs(state)[name]
    if not _numeric(spec, getattr(state, name)):
        raise UserError(f"{spec.label} ({name}) is no number, so there is no way from one value to another.", "Choose a number.")
    low, high = spec.limits(state)
    if not rest:
        if low is None or high is None:
            raise UserError(f"{spec.label} ({name}) has no ends of its own.", f"Write for example {name}:0..1.")
        return Route("field", name, first=low, last=high)
    first, dots, last = rest.partition("..")
    try:
        ends = float(first), float(last)
    except ValueError:
        dots = ""
    if not dots:
        raise UserError(f"“{rest}” is no range.", f"Write for example {name}:0..1.")
    for number in ends:
        change(state, **{name: _as_is(number, getattr(state, name))})
    return Route("field", name, first=ends[0], last=ends[1])


def along(route: Route, lab: Lab, state: Any, g: Element) -> Callable[[float], Moment]:
    """The moment at t from 0 to 1 of a path that begins at a state and g. Raises UserError for what the lab does not have (any more)."""
    makers: dict[str, Callable[[], Callable[[float], Moment]]] = {
        "film": lambda: _through_film(route, lab, state, g),
        "g": lambda: lambda t: Moment(state, g.part(smooth(t))),
        "turn": lambda: lambda t: Moment(state, Element(route.axis, 360.0 * t) @ g),
        "group": lambda: _through_group(route, state),
        "field": lambda: lambda t: Moment(_with(state, route.name, route.first + t * (route.last - route.first)), g),
        "orbit": lambda: lambda t: Moment(state, g, orbit=360.0 * t),
        "keys": lambda: _through_keys(route.keys),
    }
    if route.kind not in makers or (route.kind == "keys" and not route.keys):
        raise UserError("There is nothing to animate.", "Choose a film, or set keyframes.")
    return makers[route.kind]()


def _through_film(route: Route, lab: Lab, state: Any, g: Element) -> Callable[[float], Moment]:
    films = {film.name: film for film in lab.films(state, g)}
    if route.name not in films:
        raise UserError(f"The lab {lab.name} has no film called “{route.name}” here.", nearest(route.name, films))
    return lambda t: Moment(*films[route.name].at(t))


def _through_group(route: Route, state: Any) -> Callable[[float], Moment]:
    from e3viz.symmetry.point_groups import point_group

    elements = point_group(route.name).elements

    def at(t: float) -> Moment:
        number = min(int(t * len(elements)), len(elements) - 1)
        part = min(1.0, 1.25 * (t * len(elements) - number))  # a rest at the end of each
        return Moment(state, elements[number].part(smooth(part)))

    return at


def _through_keys(keys: tuple[Keyframe, ...]) -> Callable[[float], Moment]:
    first, total = keys[0].time, keys[-1].time - keys[0].time

    def at(t: float) -> Moment:
        now = first + t * total
        later = next((k for k, key in enumerate(keys) if key.time > now), len(keys) - 1)
        start, end = keys[max(0, later - 1)], keys[later]
        span = end.time - start.time
        way = 1.0 if span <= 0 else min(1.0, max(0.0, (now - start.time) / span))
        way = EASINGS[start.easing](way)
        cameras = {name: _between_cameras(camera, dict(end.cameras).get(name, camera), way) for name, camera in start.cameras}
        return Moment(between(start.state, end.state, way), start.g.towards(end.g, way), cameras)

    return at


def smooth(t: float) -> float:
    """From 0 to 1, slow at both ends."""
    return t * t * (3.0 - 2.0 * t)


EASINGS: dict[str, Callable[[float], float]] = {
    "smooth": smooth,
    "even": lambda t: t,
    "hold": lambda t: 0.0 if t < 1.0 else 1.0,
}


def between(start: Any, end: Any, t: float) -> Any:
    """The state a fraction t of the way from one to another: numbers go evenly, everything else changes half way."""
    if type(start) is not type(end):
        return start if t < 0.5 else end
    return replace(start, **{name: _mixed(getattr(start, name), getattr(end, name), t) for name in start.__dataclass_fields__})


def _mixed(a: Any, b: Any, t: float) -> Any:
    if a == b or isinstance(a, bool):
        return a if a == b or t < 0.5 else b
    if isinstance(a, int) and isinstance(b, int):
        return round(a + t * (b - a))
    if isinstance(a, float) and isinstance(b, float):
        return a + t * (b - a)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(_mixed(x, y, t) for x, y in zip(a, b, strict=True))
    return a if t < 0.5 else b


def _between_cameras(a: Camera, b: Camera, t: float) -> Camera:
    turned = Element.turning(a.direction, b.direction).part(t)
    direction, up = (turned.rotation @ np.asarray(v, dtype=float) for v in (a.direction, a.up))
    towards = (1.0 - t) * up + t * np.asarray(b.up)
    focal = None if a.focal is None or b.focal is None else _triple((1.0 - t) * np.asarray(a.focal) + t * np.asarray(b.focal))
    height = None if a.height is None or b.height is None else math.exp((1.0 - t) * math.log(a.height) + t * math.log(b.height))
    return Camera(_triple(direction), _triple(towards), focal, height, a.parallel if t < 0.5 else b.parallel)


def seen(sheet: Sheet, moment: Moment, held: Mapping[str, Camera]) -> Sheet:
    """The sheet of a moment with its cameras: those of the moment, else those held for the whole animation, turned by its orbit."""
    panels = []
    for panel in sheet.panels:
        if not isinstance(panel.picture, Scene):
            panels.append(panel)
            continue
        camera = moment.cameras.get(panel.name) or held.get(panel.name) or panel.picture.camera
        panels.append(replace(panel, picture=replace(panel.picture, camera=orbited(camera, moment.orbit))))
    return replace(sheet, panels=tuple(panels))


def orbited(camera: Camera, degrees: float) -> Camera:
    """The camera moved around its focal point, about the upright axis."""
    if degrees % 360.0 == 0.0:
        return camera
    turn = Element(camera.up, degrees).rotation
    return replace(camera, direction=_triple(turn @ np.asarray(camera.direction, dtype=float)))


def _with(state: Any, name: str, number: float) -> Any:
    return replace(state, **{name: _as_is(number, getattr(state, name))})


def _as_is(number: float, like: Any) -> float | int:
    return round(number) if isinstance(like, int) else float(number)


def _numeric(spec: Knob, value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and (spec.kind in ("number", "slider") or spec.playable)


def _on_view(spec: Knob, state: Any) -> bool:
    return spec.when is None or bool(spec.when(state))


def _triple(vector: Any) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in vector)
    return x, y, z

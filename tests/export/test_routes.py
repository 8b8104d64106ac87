"""Paths of animations: each as it is written, each from its beginning to its end, and keyframes with what lies between."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz import labs
from e3viz.errors import UserError
from e3viz.export.request import Request, asked
from e3viz.export.routes import Route, Take, along, between, offered, orbited, parse, seen
from e3viz.labs.keyframes import Keyframe
from e3viz.labs.lab import Lab
from e3viz.labs.session import Session, as_json
from e3viz.pictures.scene import Camera, Scene
from e3viz.symmetry.element import IDENTITY, Element

NAMES = [entry.name for entry in labs.LABS]
TURN = Element((0.0, 0.0, 1.0), 90.0)


@pytest.fixture
def harmonics() -> Lab:
    return labs.load("harmonics")


@pytest.mark.parametrize("name", NAMES)
def test_every_lab_offers_a_film_and_every_route_it_offers_can_be_taken(name: str) -> None:
    lab = labs.load(name)
    state = lab.State()
    routes = offered(lab, state, TURN)
    assert routes[0][0].kind == "film", "the first one is worth showing in a lecture"
    for route, title in routes:
        at = along(route, lab, state, TURN)
        assert title and type(at(0.0).state) is type(at(1.0).state) is lab.State


def test_routes_as_they_are_written(harmonics: Lab) -> None:
    state = harmonics.State()
    assert parse("turn:1,1,0", harmonics, state, TURN).axis == (1.0, 1.0, 0.0)
    assert parse("g", harmonics, state, TURN).kind == "g"
    assert parse("group:D4", harmonics, state, TURN).name == "D4"
    field = parse("l_max:1..3", harmonics, state, TURN)
    assert (field.first, field.last) == (1.0, 3.0)
    assert [along(field, harmonics, state, TURN)(t).state.l_max for t in (0.0, 0.5, 1.0)] == [1, 2, 3]


@pytest.mark.parametrize("text", ["tirn", "l_max:1", "l_max:0..99", "view", "group:Q9", "turn:0,0,0", "turn:a", "film:none"])
def test_a_route_that_cannot_be_is_refused_in_a_sentence(harmonics: Lab, text: str) -> None:
    with pytest.raises(UserError) as refused:
        parse(text, harmonics, harmonics.State(), TURN)
    assert refused.value.message.endswith(".")


def test_a_turn_ends_where_it_began_and_g_goes_from_the_identity(harmonics: Lab) -> None:
    state = harmonics.State()
    turn = along(Route("turn", axis=(1.0, 2.0, 3.0)), harmonics, state, TURN)
    assert np.allclose(turn(1.0).g.linear, TURN.linear, atol=1e-12)
    g = along(Route("g"), harmonics, state, TURN)
    assert g(0.0).g.is_identity and np.allclose(g(1.0).g.linear, TURN.linear)
    group = along(Route("group", "D4"), harmonics, state, IDENTITY)
    met = {tuple(np.rint(group((k + 0.9) / 8).g.linear).astype(int).ravel()) for k in range(8)}
    assert len(met) == 8


def test_keyframes_meet_their_states_and_go_between(harmonics: Lab) -> None:
    state = harmonics.State()
    keys = (
        Keyframe(0.0, replace(state, l_max=2), IDENTITY, (("pyramid", Camera((1, 0, 0), focal=(0, 0, 0), height=1.0)),), "even"),
        Keyframe(2.0, replace(state, l_max=4), TURN, (("pyramid", Camera((0, 1, 0), focal=(0, 0, 2), height=4.0)),), "hold"),
        Keyframe(3.0, replace(state, l_max=0), IDENTITY),
    )
    at = along(Route("keys", keys=keys), harmonics, state, IDENTITY)
    assert [at(t).state.l_max for t in (0.0, 1 / 3, 2 / 3, 0.9, 1.0)] == [2, 3, 4, 4, 0]
    middle = at(1 / 3)
    assert middle.g.angle == pytest.approx(45.0)
    camera = middle.cameras["pyramid"]
    assert camera.height == pytest.approx(2.0) and np.allclose(camera.focal, (0, 0, 1))
    assert np.allclose(camera.direction, np.array([1, 1, 0]) / np.sqrt(2), atol=1e-9)


def test_between_two_states_numbers_go_evenly_and_words_change_half_way(harmonics: Lab) -> None:
    start = harmonics.State()
    end = replace(start, l_max=0, view="signal")
    assert between(start, end, 0.25).view == start.view and between(start, end, 0.75).view == "signal"
    assert between(start, end, 0.5).l_max == start.l_max // 2


def test_an_orbit_keeps_distance_and_comes_back() -> None:
    camera = Camera((1.0, 0.2, 0.3), focal=(1.0, 2.0, 3.0), height=2.0)
    half = orbited(camera, 180.0)
    assert half.height == 2.0 and half.direction[2] == pytest.approx(0.3) and half.direction[0] == pytest.approx(-1.0)
    assert np.allclose(orbited(half, 180.0).direction, camera.direction)


def test_a_take_travels_to_another_process_and_sees_what_it_saw(harmonics: Lab) -> None:
    camera = Camera((0.0, 0.0, 1.0), (0.0, 1.0, 0.0), (0.0, 0.0, 0.0), 3.0)
    take = Take("harmonics", harmonics.State(), TURN, Route("turn"), {"pyramid": camera})
    lab, at = pickle.loads(pickle.dumps(take)).opened()
    moment = at(0.25)
    picture = seen(lab.pictures(moment.state, moment.g), moment, {}).panel("pyramid").picture
    assert isinstance(picture, Scene) and picture.camera == camera


def test_a_sessions_keyframes_are_a_path(tmp_path: Path) -> None:
    state = labs.load("groups").State()
    keys = (Keyframe(0.0, state, IDENTITY), Keyframe(1.5, state, TURN))
    path = tmp_path / "a.e3viz.json"
    path.write_text(as_json(Session("groups").with_keyframes(keys, "groups")), encoding="utf-8")
    found = asked(Request("groups", state=path))
    route = parse("keyframes", found.lab, found.state, found.g, found.keyframes)
    assert route.keys == keys and route.seconds == 1.5
    assert (route, "Keyframes") in offered(found.lab, found.state, found.g, found.keyframes)
    with pytest.raises(UserError, match="no two keyframes"):
        parse("keyframes", found.lab, found.state, found.g)

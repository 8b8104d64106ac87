"""Gestures move cameras as a person expects: nothing rolls by itself, what is under the pointer stays there, flights arrive."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

pytest.importorskip("PySide6")

from e3viz.gui import camera_moves
from e3viz.pictures.scene import Camera
from e3viz.pictures.view import View, look

HELD = np.zeros((1, 3)), np.ones(1)
angles = some.floats(-3.0, 3.0)
pixels = some.floats(0.0, 600.0)
cameras = some.builds(
    lambda a, b, parallel: Camera((math.cos(a) * math.cos(b), math.sin(a) * math.cos(b), math.sin(b)), parallel=parallel),
    angles,
    some.floats(-1.4, 1.4),
    some.booleans(),
)


def view(camera: Camera) -> View:
    return look(camera, (800, 600), HELD)


@given(cameras, some.lists(some.tuples(angles, angles), max_size=6))
def test_turning_never_rolls(camera, drags):
    now = view(camera)
    for right, down in drags:
        now = view(camera_moves.turned(now, (0.0, 0.0, 1.0), right, down))
        assert abs(now.axes[0] @ (0.0, 0.0, 1.0)) < 1e-9  # the level axis stays level


@pytest.mark.parametrize("start", [Camera((1, 0, 0)), Camera((1, 0, 0), up=(0, 0, -1))])
def test_the_near_side_follows_the_pointer(start):
    now = view(start)
    upright = camera_moves.upright_of(now, (0.0, 0.0, 1.0))
    front = now.eye / np.linalg.norm(now.eye)
    x, y, _ = now.project(front)[0]
    across = view(camera_moves.turned(now, upright, 0.2, 0.0)).project(front)[0]
    along = view(camera_moves.turned(now, upright, 0.0, 0.2)).project(front)[0]
    assert across[0] > x + 10
    assert along[1] > y + 10


def test_over_the_top_things_still_follow_the_pointer():
    now = view(Camera((1, 0, 0)))
    upside = view(camera_moves.turned(now, (0.0, 0.0, 1.0), 0.0, math.pi))
    assert upside.axes[1][2] < -0.99
    front = upside.eye / np.linalg.norm(upside.eye)
    moved = view(camera_moves.turned(upside, (0.0, 0.0, 1.0), 0.2, 0.0)).project(front)[0]
    assert moved[0] > upside.project(front)[0][0] + 10


@given(cameras, pixels, pixels, some.floats(0.2, 5.0))
def test_zoom_keeps_what_is_under_the_pointer(camera, x, y, factor):
    now = view(camera)
    origin, along = now.ray(x, y)
    place = origin + along * ((now.focal - origin) @ -now.axes[2]) / (along @ -now.axes[2])
    after = view(camera_moves.zoomed(now, factor, x, y))
    assert after.height == pytest.approx(now.height / factor)
    assert after.project(place)[0][:2] == pytest.approx([x, y], abs=1e-6)


@given(cameras, angles, angles)
def test_shifting_moves_the_focal_plane_by_pixels(camera, dx, dy):
    now = view(camera)
    after = view(camera_moves.shifted(now, 100 * dx, 100 * dy))
    assert after.project(now.focal)[0][:2] == pytest.approx([400 + 100 * dx, 300 + 100 * dy], abs=1e-6)


def test_rolling_turns_the_picture_and_the_upright_follows():
    now = view(Camera((0, -1, 0)))
    after = view(camera_moves.rolled(now, math.pi / 2))
    above, beside = now.project([[0, 0, 1], [1, 0, 0]])[:, :2], after.project([[0, 0, 1], [1, 0, 0]])[:, :2]
    assert above[0][1] < 299 and beside[0][0] < 399  # what was above is now on the left
    assert camera_moves.upright_of(after, (0.0, 0.0, 1.0)) == pytest.approx(tuple(after.axes[1]))


@given(cameras, cameras, some.floats(0.0, 1.0))
def test_flights_begin_and_arrive_and_keep_a_proper_frame(first, second, t):
    start, end = view(first), view(camera_moves.zoomed(view(second), 3.0, 100, 200))
    for at, goal in ((0.0, start), (1.0, end)):
        there = view(camera_moves.between(start, end, at))
        assert np.allclose(there.axes, goal.axes, atol=1e-6)
        assert np.allclose(there.focal, goal.focal)
        assert there.height == pytest.approx(goal.height)
    there = view(camera_moves.between(start, end, t))
    assert np.allclose(there.axes @ there.axes.T, np.eye(3), atol=1e-9)
    assert min(start.height, end.height) - 1e-9 <= there.height <= max(start.height, end.height) + 1e-9


def test_small_moves_of_atoms_are_not_followed_but_growth_is():
    now = view(Camera())
    for factor, wanted in ((1.0, False), (1.1, False), (0.7, False), (1.5, True), (0.65, True), (0.4, True)):
        assert camera_moves.strays(now, look(Camera(), (800, 600), (np.zeros((1, 3)), np.full(1, factor)))) is wanted
    assert camera_moves.strays(now, look(Camera(), (800, 600), (np.full((1, 3), 3.0), np.ones(1))))

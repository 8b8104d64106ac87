from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e3viz.pictures.scene import Camera, Scene, Spheres
from e3viz.pictures.view import FOLD, MARGIN, View, enclosing, frame, look, scene_extent

SIZE = (640, 400)


def spheres(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)) * rng.uniform(0.1, 5, 3) + rng.normal(size=3) * 10, rng.uniform(0.01, 1.0, n)


def outlines(view: View, centres: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest pixel of many points on the spheres' surfaces."""
    rng = np.random.default_rng(1)
    way = rng.normal(size=(4000, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    flat = view.project((centres[:, None] + radii[:, None, None] * way).reshape(-1, 3))[:, :2]
    return flat.min(axis=0), flat.max(axis=0)


@given(st.integers(0, 10_000), st.integers(1, 30), st.booleans())
def test_a_fitted_scene_fills_the_picture_but_for_the_margin(seed: int, n: int, parallel: bool) -> None:
    centres, radii = spheres(seed, n)
    view = look(Camera((0.3, -0.8, 0.4), parallel=parallel), SIZE, (centres, radii))
    low, high = outlines(view, centres, radii)
    free = np.concatenate([low, np.array(SIZE) - high])
    edge = MARGIN * np.tile(SIZE, 2)
    assert (free > edge - 1.0).all()
    assert (free - edge < 3.0).reshape(2, 2).all(axis=0).any(), "it could be larger"
    assert (np.abs(free[:2] - free[2:]) < 4.0).all(), "it is in the middle"


@given(st.integers(0, 1000), st.booleans())
def test_insets_stay_free(seed: int, parallel: bool) -> None:
    centres, radii = spheres(seed, 8)
    insets = (340.0, 90.0, 10.0, 220.0)
    view = look(Camera(parallel=parallel), SIZE, (centres, radii), insets)
    low, high = outlines(view, centres, radii)
    assert (low > np.array(insets[:2]) - 1).all()
    assert (high < np.array(SIZE) - insets[2:] + 1).all()


def test_a_camera_with_nothing_open_is_kept() -> None:
    camera = Camera((0.0, -1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 2.0, 3.0), 7.0)
    view = look(camera, SIZE, spheres(0, 5))
    assert view.camera == camera
    assert np.allclose(view.project(np.array([[1.0, 2.0, 3.0]]))[0, :2], [320, 200])
    top = view.project(np.array([[1.0, 2.0, 3.0 + 3.5]]))[0]
    assert np.allclose(top[:2], [320, 0]), "the height fills the picture"


@pytest.mark.parametrize("parallel", [False, True])
def test_a_ray_passes_through_what_its_pixel_shows(parallel: bool) -> None:
    view = look(Camera((0.3, -0.8, 0.4), parallel=parallel), SIZE, spheres(3, 10))
    points = np.random.default_rng(0).normal(size=(20, 3)) + view.focal
    for point, (x, y, _) in zip(points, view.project(points), strict=True):
        origin, along = view.ray(x, y)
        assert np.linalg.norm(np.cross(point - origin, along)) < 1e-9


def test_the_disc_of_a_sphere_off_axis_has_the_area_of_its_outline() -> None:
    view = View(np.zeros(3), np.eye(3), 10.0, False, (1000, 1000))
    centre, radius = np.array([[3.0, 2.5, 1.0]]), np.array([1.4])
    low, high = outlines(view, centre, radius)
    x, y, r, _ = view.discs(centre, radius)[0]
    grid = np.stack(np.meshgrid(np.arange(low[0] - 2, high[0] + 2), np.arange(low[1] - 2, high[1] + 2)), -1).reshape(-1, 2)
    rays = [view.ray(*p) for p in grid]
    off = centre[0] - np.array([o for o, _ in rays])
    inside = (np.cross(off, np.array([a for _, a in rays])) ** 2).sum(axis=1) < radius[0] ** 2
    assert abs(inside.sum() / (np.pi * r**2) - 1) < 0.01
    assert np.allclose(grid[inside].mean(axis=0), [x, y], atol=0.5)


@given(st.tuples(*[st.floats(-2, 2)] * 3), st.tuples(*[st.floats(-2, 2)] * 3))
def test_any_direction_and_up_give_a_frame(direction: tuple[float, ...], up: tuple[float, ...]) -> None:
    axes = frame(direction, up)
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) > 0.99


def test_empty_scenes_and_numbers_that_are_not_finite_have_an_extent() -> None:
    points, radii = scene_extent(Scene())
    assert points.shape == (1, 3) and radii[0] == 1.0
    bad = Spheres(np.array([[np.nan, 0, 0], [1.0, 2, 3]]), np.array([1.0, 0.5]), np.zeros((2, 3), np.uint8))
    points, _ = scene_extent(Scene({"atoms": bad}))
    assert points.tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("count", [1, FOLD - 1, FOLD, 10 * FOLD + 7])
def test_the_sphere_about_a_scene_holds_all_of_it_and_touches_it(count: int, kind: type) -> None:
    rng = np.random.default_rng(count)
    points = rng.normal(size=(count, 3)).astype(kind)
    for radii in (np.zeros(count), rng.random(count)):
        middle, reach = enclosing((points, radii))
        assert np.allclose(middle, (points.min(axis=0) + points.max(axis=0)) / 2.0, atol=1e-6)
        assert reach == pytest.approx(float((np.linalg.norm(points - middle, axis=1) + radii).max()), rel=1e-5)

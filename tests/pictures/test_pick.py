from __future__ import annotations

import time

import numpy as np
import pytest
from pictures.scenes import colours, molecule

from e3viz.pictures import pick
from e3viz.pictures.meshes import ball, cylinders
from e3viz.pictures.scene import Camera, Scene, Spheres, Sticks, Surface
from e3viz.pictures.view import look, scene_extent

SIZE = (400, 300)


@pytest.mark.parametrize("parallel", [False, True])
def test_every_seen_atom_is_found_where_it_is_seen(parallel: bool) -> None:
    scene = molecule(30)
    atoms = scene.actors["atoms"]
    assert isinstance(atoms, Spheres)
    alone = Scene({"atoms": atoms})
    view = look(Camera(parallel=parallel), SIZE, scene_extent(alone))
    flat = view.project(atoms.centres)
    for i, (x, y, depth) in enumerate(flat):
        found = pick.nearest(alone, view, x, y)
        assert found is not None and found[0] == "atoms"
        place = view.project(np.array([found[2]]))[0]
        assert np.allclose(place[:2], [x, y], atol=1e-6) and place[2] < depth
        assert abs(np.linalg.norm(np.array(found[2]) - atoms.centres[found[1]]) - atoms.radii[found[1]]) < 1e-9
        if found[1] != i:
            assert flat[found[1], 2] < depth + atoms.radii[i], "only something in front can be found instead"


def test_sticks_are_found_like_their_triangles() -> None:
    rng = np.random.default_rng(0)
    starts, ends = rng.uniform(-2, 2, (2, 15, 3))
    mesh = cylinders(starts, ends, 0.2, colours(15), sides=64)
    view = look(Camera(), SIZE, (starts, np.ones(15)))
    same = 0
    for x, y in rng.uniform(0, 1, (300, 2)) * SIZE:
        origin, along = view.ray(x, y)
        side = pick.sticks(origin, along, (starts, ends), 0.2, 0.0).min()
        true = pick.triangles(origin, along, mesh.points.astype(float), mesh.faces, 0.0).min()
        if np.isfinite(side):
            assert np.isfinite(true) and true < side + 0.02
            same += abs(true - side) < 0.02
    assert same > 25


def test_on_a_surface_the_nearest_point_is_told() -> None:
    points, faces = ball(3)
    scene = Scene({"ball": Surface(points, faces, colours(len(points)), pickable=True)})
    view = look(Camera((0, 0, 1), (0, 1, 0)), SIZE, scene_extent(scene))
    found = pick.nearest(scene, view, 230, 140)
    assert found is not None
    place = np.array(found[2])
    assert abs(np.linalg.norm(place) - 1) < 0.01 and place[2] > 0
    assert found[1] == np.argmin(np.linalg.norm(points - place, axis=1))
    assert pick.nearest(scene, view, 5, 5) is None


def test_only_pickable_and_visible_things_are_found() -> None:
    place, size = np.array([[0.0, 0, 0]]), np.ones(1)
    view = look(Camera(), SIZE, (place, size))
    for pickable, opacity, found in ((True, 1.0, True), (False, 1.0, False), (True, 0.0, False), (True, 0.3, True)):
        scene = Scene({"atoms": Spheres(place, size, colours(1), pickable=pickable, opacity=opacity)})
        assert (pick.nearest(scene, view, 200, 150) is not None) == found


def test_a_hundred_thousand_atoms_are_searched_quickly() -> None:
    centres = np.random.default_rng(0).uniform(0, 100, (100_000, 3))
    scene = Scene({"atoms": Spheres(centres, np.full(100_000, 0.5), colours(100_000), pickable=True)})
    view = look(Camera(), SIZE, scene_extent(scene))
    pick.nearest(scene, view, 200, 150)
    start = time.perf_counter()
    assert pick.nearest(scene, view, 200, 150) is not None
    assert time.perf_counter() - start < 0.2


def test_places_that_are_not_finite_are_never_found() -> None:
    bad = np.full((3, 3), np.nan)
    scene = Scene({"a": Spheres(bad, np.ones(3), colours(3), pickable=True), "b": Sticks(bad, bad, 0.1, colours(3), pickable=True)})
    assert pick.nearest(scene, look(Camera(), SIZE, scene_extent(scene)), 200, 150) is None

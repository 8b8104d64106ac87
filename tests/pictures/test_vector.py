from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pictures.scenes import colours, molecule

from e3viz.pictures import raster
from e3viz.pictures.diagram import Disc, Line, Picture, Text
from e3viz.pictures.meshes import ball
from e3viz.pictures.offscreen import _window, render_scene
from e3viz.pictures.scene import Camera, Scene, Spheres, Sticks, Surface
from e3viz.pictures.stage import Stage
from e3viz.pictures.style import DARK, LIGHT
from e3viz.pictures.vector import MOST_TRIANGLES, flatten

SIZE = (420, 300)


@pytest.mark.parametrize("parallel", [False, True])
def test_vectors_and_stage_agree_where_an_atom_is(parallel: bool) -> None:
    scene = replace(molecule(), camera=Camera((0.4, -0.7, 0.2), parallel=parallel))
    window = _window(*SIZE)
    stage = Stage(window)
    stage.show(scene, LIGHT)
    stage.set_camera(scene.camera)
    atoms = scene.actors["atoms"]
    assert isinstance(atoms, Spheres)
    view = stage.view()
    expected = view.discs(atoms.centres, atoms.radii)
    stage.close()
    window.Finalize()
    discs = [s for s in flatten(scene, LIGHT, SIZE).shapes if isinstance(s, Disc) and s.name == "atoms"]
    assert len(discs) == len(atoms.centres)
    for x, y, r, _ in expected:
        assert min(np.hypot(d.x - x, d.y - y) + abs(d.r - r) for d in discs) < 0.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda t: t.name)
@pytest.mark.parametrize("parallel", [False, True])
def test_a_vector_figure_looks_like_the_pixels(theme: object, parallel: bool) -> None:
    scene = molecule(8, seed=2)
    plain = {k: a for k, a in scene.actors.items() if k != "ghost"}
    scene = replace(scene, actors=plain, camera=Camera(parallel=parallel), depth_cue=0.4)
    flat = raster.draw(flatten(scene, theme, SIZE), theme, SIZE, "page")[..., :3].astype(int)  # type: ignore[arg-type]
    solid = render_scene(scene, theme, SIZE)[..., :3].astype(int)  # type: ignore[arg-type]
    unlike = np.abs(flat - solid).max(axis=2)
    assert (solid != solid[0, 0]).any(axis=2).mean() > 0.05
    assert unlike.mean() < 4.0 and (unlike > 60).mean() < 0.03


def test_the_farthest_is_drawn_first_and_bonds_start_at_the_surface() -> None:
    centres = np.array([[0.0, 0, 0], [3.0, 0, 0], [1.5, 0, -4]])
    atoms = Spheres(centres, np.array([1.0, 1.0, 1.0]), colours(3))
    bond = Sticks(centres[:1], centres[1:2], 0.2, colours(1))
    camera = Camera((0, 0, 1), (0, 1, 0), (1.5, 0.0, 0.0), 6.0, True)
    shapes = flatten(Scene({"atoms": atoms, "bonds": bond}, camera), LIGHT, (600, 600)).shapes
    assert isinstance(shapes[0], Disc) and shapes[0].x == pytest.approx(300), "the far ball"
    ends = [x for s in shapes if isinstance(s, Line) for x, _ in s.points]
    assert min(ends) == pytest.approx(150 + 100 * np.sqrt(1 - 0.2**2), abs=0.5)
    assert max(ends) == pytest.approx(450 - 100 * np.sqrt(1 - 0.2**2), abs=0.5)


def test_large_meshes_become_one_picture_under_the_text() -> None:
    points, faces = ball(6)
    assert len(faces) > MOST_TRIANGLES
    scene = molecule()
    scene = replace(scene, actors={**scene.actors, "big": Surface(points, faces, colours(len(points)))})
    shapes = flatten(scene, LIGHT, (200, 150)).shapes
    assert isinstance(shapes[0], Picture) and not any(isinstance(s, Disc) for s in shapes)
    assert {s.text for s in shapes if isinstance(s, Text)} >= {"H₂", "x", "y", "z"}
    assert shapes[0].pixels[..., 3].max() == 255 and shapes[0].pixels[0, 0, 3] == 0


def test_what_is_not_finite_or_behind_the_eye_is_left_out() -> None:
    centres = np.array([[0.0, 0, 0], [np.nan, 0, 0], [0.0, 0, 50.0]])
    scene = Scene({"atoms": Spheres(centres, np.ones(3), colours(3))}, Camera((0, 0, 1), (0, 1, 0), (0.0, 0.0, 0.0), 6.0))
    shapes = flatten(scene, LIGHT, SIZE).shapes
    assert len(shapes) == 1
    assert flatten(Scene(axes=True), LIGHT, SIZE).shapes

from __future__ import annotations

import gc
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pictures.scenes import colours, molecule, one_sphere
from vtkmodules.vtkCommonCore import vtkObjectBase

from e3viz.pictures.meshes import cylinders
from e3viz.pictures.offscreen import _averaged, _shot, _window
from e3viz.pictures.scene import Arrows, Camera, Scene, Segments, Spheres, Sticks, Surface
from e3viz.pictures.stage import MANY, Stage
from e3viz.pictures.style import DARK, LIGHT, rgb


@pytest.fixture
def stage() -> Iterator[Stage]:
    window = _window(300, 200)
    made = Stage(window, smooth=False)
    yield made
    made.close()
    window.Finalize()


def pixels(stage: Stage) -> np.ndarray:
    return _shot(stage._window)


def test_a_new_frame_uploads_positions_and_makes_nothing(stage: Stage) -> None:
    scene = molecule()
    stage.show(scene, LIGHT)
    stage.set_camera(Camera())
    before = pixels(stage)
    made, uploads = stage.made, stage.uploads
    assert made == len(scene.actors)
    stage.show(scene, LIGHT)
    assert (stage.made, stage.uploads) == (made, uploads), "identical arrays are not uploaded again"
    atoms = scene.actors["atoms"]
    assert isinstance(atoms, Spheres)
    moved = replace(atoms, centres=atoms.centres + 0.5)
    stage.show(replace(scene, actors={**scene.actors, "atoms": moved}), LIGHT)
    assert (stage.made, stage.uploads) == (made, uploads + 1)
    assert (pixels(stage) != before).any()


def test_other_counts_of_atoms_keep_the_actor(stage: Stage) -> None:
    for n in (12, 5, 40):
        stage.show(molecule(n), LIGHT)
        assert stage.made == 8
        assert (pixels(stage) != 255).any()


def test_uploading_in_place_leaves_the_scene_its_arrays(stage: Stage) -> None:
    first, second = one_sphere((0, 0, 0), 1.0), one_sphere((5, 0, 0), 1.0)
    blue = np.uint8([[0, 0, 255]])
    stage.show(first, LIGHT)
    atoms = second.actors["atoms"]
    assert isinstance(atoms, Spheres)
    stage.show(Scene({"atoms": replace(atoms, colours=blue)}), LIGHT)
    kept = first.actors["atoms"]
    assert isinstance(kept, Spheres)
    assert kept.centres.tolist() == [[0, 0, 0]] and kept.colours.tolist() == [[200, 30, 30]]


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("centre", [(0.0, 0.0, 0.0), (2.4, 1.3, 1.0)])
def test_spheres_cover_the_pixels_they_should(stage: Stage, parallel: bool, centre: tuple[float, float, float]) -> None:
    scene = one_sphere(centre, 1.2)
    stage.show(scene, LIGHT)
    stage.set_camera(Camera((0, 0, 1), (0, 1, 0), (0.0, 0.0, 0.0), 7.0, parallel))
    rows, columns = np.nonzero((pixels(stage) != 255).any(axis=2))
    x, y, r, _ = stage.view().discs(np.array([centre]), np.array([1.2]))[0]
    assert abs(columns.mean() + 0.5 - x) < 0.3 and abs(rows.mean() + 0.5 - y) < 0.3
    assert abs(len(rows) / (np.pi * r**2) - 1) < 0.02


@pytest.mark.parametrize("parallel", [False, True])
def test_sticks_look_like_cylinders_ends_and_all(parallel: bool) -> None:
    rng = np.random.default_rng(4)
    starts, ends = rng.uniform(-2, 2, (25, 3)), rng.uniform(-2, 2, (25, 3))
    paint = rng.integers(40, 220, (25, 3), dtype=np.uint8)
    mesh = cylinders(starts, ends, 0.3, paint, sides=96)
    solid = Surface(mesh.points, mesh.faces, mesh.colours, normals=mesh.normals)
    shots = []
    for actor in (Sticks(starts, ends, 0.3, paint), solid):
        window = _window(2000, 1400)
        one = Stage(window, smooth=False)
        one.show(Scene({"it": actor}), LIGHT)
        one.set_camera(Camera((0.2, -0.3, 1.0), parallel=parallel), Scene({"it": Sticks(starts, ends, 0.3, paint)}))
        shots.append(_shot(window).astype(int))
        one.close()
        window.Finalize()
    unlike = np.abs(shots[0] - shots[1]).max(axis=2)
    assert (shots[0] != 255).any(axis=2).mean() > 0.1
    assert (unlike > 24).mean() < 2e-3, "only edges may differ"
    assert unlike[(unlike < 24)].mean() < 1.0


def test_far_things_fade_into_the_page(stage: Stage) -> None:
    near_and_far = Spheres(np.array([[-1.0, 0, 4], [1.0, 0, -4]]), np.full(2, 0.6), colours(2, (200, 0, 0)), pickable=True)
    for cue in (0.0, 0.8):
        stage.show(Scene({"atoms": near_and_far}, depth_cue=cue), DARK)
        stage.set_camera(Camera((0, 0, 1), (0, 1, 0), parallel=True))
        image = pixels(stage).astype(int)
        page = np.array(rgb(DARK.page))
        near, far = (np.abs(image[100, x] - page).sum() for x in np.round(stage.world_to_display(near_and_far.centres)[:, 0]).astype(int))
        assert (far < 0.6 * near) if cue else abs(far - near) < 6


def test_ghosts_show_only_their_nearest_layer_and_hide_nothing(stage: Stage) -> None:
    centres = np.array([[0.0, 0, 0], [0.0, 0, -3], [0.0, 0, -6]])
    solid = Spheres(centres[1:2], np.ones(1), colours(1, (255, 0, 0)))
    page = Scene({"solid": solid, "ghost": Spheres(centres[[0, 2]], np.ones(2), colours(2, (0, 0, 255)), opacity=0.5)})
    alone = Scene({"ghost": Spheres(centres[[0]], np.ones(1), colours(1, (0, 0, 255)), opacity=0.5)})
    camera = Camera((0, 0, 1), (0, 1, 0), (0.0, 0.0, -3.0), 6.0, True)
    two = Scene({"ghost": Spheres(centres[[0, 2]], np.ones(2), colours(2, (0, 0, 255)), opacity=0.5)})
    middles = []
    for scene in (page, alone, two):
        stage.show(scene, LIGHT)
        stage.set_camera(camera)
        middles.append(pixels(stage)[100, 150].astype(int))
    assert middles[0][0] > middles[0][1] + 40, "the red ball shines through"
    assert np.abs(middles[1] - middles[2]).max() <= 1, "a ghost behind a ghost is not seen"
    assert middles[1][2] > 200 > middles[1][0] > 80


def test_what_is_not_finite_or_not_there_is_survived(stage: Stage) -> None:
    nothing = np.zeros((0, 3))
    none = np.zeros((0, 3), np.uint8)
    empty = Scene(
        {
            "atoms": Spheres(nothing, np.zeros(0), none),
            "bonds": Sticks(nothing, nothing, 0.1, none),
            "forces": Arrows(nothing, nothing, 0.1, none),
            "cell": Segments(nothing, nothing, dashed=True),
            "mesh": Surface(nothing, np.zeros((0, 3), int), none),
        },
        axes=True,
    )
    for scene in (Scene(), empty):
        stage.show(scene, LIGHT)
        stage.set_camera(Camera())
        pixels(stage)
    bad = molecule()
    atoms, bonds = bad.actors["atoms"], bad.actors["bonds"]
    assert isinstance(atoms, Spheres) and isinstance(bonds, Sticks)
    centres = atoms.centres.copy()
    centres[3] = np.nan
    actors = {"atoms": replace(atoms, centres=centres), "bonds": replace(bonds, starts=centres[:-1], ends=centres[1:])}
    stage.show(Scene({**bad.actors, **actors}), LIGHT)
    stage.set_camera(Camera())
    assert 0.02 < (pixels(stage) != 255).any(axis=2).mean() < 0.9
    all_bad = Spheres(np.full((2, 3), np.nan), np.ones(2), colours(2))
    stage.show(Scene({"atoms": all_bad}), LIGHT)
    stage.set_camera(Camera())
    assert (pixels(stage) == 255).all()


def test_the_camera_comes_back_as_it_was_set(stage: Stage) -> None:
    camera = Camera((0.6, 0.0, 0.8), (0.0, 1.0, 0.0), (1.0, 2.0, 3.0), 5.0)
    for wanted in (camera, replace(camera, parallel=True)):
        stage.set_camera(wanted)
        got = stage.camera()
        assert got.parallel == wanted.parallel and got.height == pytest.approx(5.0)
        assert (
            np.allclose(got.direction, wanted.direction)
            and np.allclose(got.up, wanted.up)
            and np.allclose(got.focal or 0, wanted.focal or 1)
        )


def test_places_on_the_screen_agree_with_vtk(stage: Stage) -> None:
    scene = molecule()
    stage.show(scene, LIGHT)
    for parallel in (False, True):
        stage.set_camera(Camera((0.3, -0.5, 0.7), parallel=parallel))
        pixels(stage)
        points = np.random.default_rng(0).uniform(-3, 3, (30, 3))
        ours = stage.world_to_display(points)
        for point, (x, y, _) in zip(points, ours, strict=True):
            stage.renderer.SetWorldPoint(*point, 1.0)
            stage.renderer.WorldToDisplay()
            theirs = stage.renderer.GetDisplayPoint()
            assert theirs[0] == pytest.approx(x, abs=0.01) and 200 - theirs[1] == pytest.approx(y, abs=0.01)


def test_marks_follow_what_they_mark(stage: Stage) -> None:
    scene = one_sphere((0, 0, 0), 1.0)
    stage.show(scene, LIGHT)
    stage.set_camera(Camera((0, 0, 1), (0, 1, 0), (0.0, 0.0, 0.0), 8.0))
    accent = np.array(rgb(LIGHT.accent))

    def ring() -> np.ndarray:
        return np.argwhere((np.abs(pixels(stage).astype(int) - accent) < 3).all(axis=2))

    assert not len(ring())
    stage.highlight("atoms", [0, 7])
    first = ring()
    assert len(first) > 30
    assert (pixels(stage)[100, 150] != accent).any(), "the ball itself keeps its colour"
    stage.show(one_sphere((1.5, 0, 0), 1.0), LIGHT)
    assert ring()[:, 1].mean() > first[:, 1].mean() + 20
    stage.highlight("atoms", [])
    assert not len(ring())


def test_in_a_hurry_very_many_balls_are_sprites_and_few_stay_impostors(stage: Stage) -> None:
    def shot(n: int, seed: int) -> np.ndarray:
        centres = np.random.default_rng(seed).uniform(-5, 5, (n, 3))
        stage.show(Scene({"atoms": Spheres(centres, np.full(n, 0.8), colours(n, (200, 30, 30)))}), LIGHT)
        stage.set_camera(Camera((0, 0, 1), (0, 1, 0), (0.0, 0.0, 0.0), 16.0))
        return pixels(stage)

    few, many = shot(50, 0), shot(MANY + 1, 0)
    assert stage.sprites == []
    stage.hurry(True)
    assert (shot(50, 0) == few).all()
    assert stage.sprites == []
    quick = shot(MANY + 1, 0)
    assert stage.sprites == ["atoms"]
    assert np.abs(quick.astype(int) - many).mean() < 12.0, "large ones are a little flat in perspective"
    assert (shot(MANY + 1, 1) != quick).any(), "they move"
    stage.hurry(False)
    assert (shot(MANY + 1, 0) == many).all()


@pytest.mark.parametrize("parallel", [True, False])
@pytest.mark.parametrize("height", [70.0, 150.0, 600.0])
def test_small_balls_are_sprites_that_are_as_near_the_truth_as_impostors(
    monkeypatch: pytest.MonkeyPatch, parallel: bool, height: float
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)  # so many windows one after another are too much for some X servers
    rng = np.random.default_rng(3)
    centres = rng.uniform(-25, 25, (4000, 3)) + np.array([3000.0, 0.0, 0.0])
    balls = Spheres(centres, rng.choice([0.5, 0.9, 1.4], 4000), rng.integers(40, 230, (4000, 3), dtype=np.uint8))
    bar = Sticks(np.array([[2970.0, 0, 0]]), np.array([[3030.0, 9, 9]]), 2.0, colours(1))
    scene = Scene({"atoms": balls, "bar": bar}, depth_cue=0.5)
    far = Camera((1, 2, 0.5), (0, 0, 1), (3000.0, 0.0, 0.0), height, parallel)
    near = replace(far, height=8.0)
    windows = []

    def shot(camera: Camera, fine: int, sprites: bool) -> np.ndarray:
        """What a stage that has drawn nothing else draws."""
        windows.append(_window(300 * fine, 200 * fine))
        other = Stage(windows[-1], smooth=False, sprites=sprites)
        other.show(scene, LIGHT)
        other.set_camera(camera)
        picture = _averaged(_shot(windows[-1]), fine)
        assert other.sprites == (["atoms"] if sprites and camera is far else [])
        other.close()
        return picture

    truth, impostors, sprites, close = shot(far, 5, False), shot(far, 1, False), shot(far, 1, True), shot(near, 1, True)
    if height < 300:  # pixels of a ball
        assert (np.abs(sprites - impostors).max(axis=2) > 24).mean() < 0.01
    assert np.abs(sprites - truth).mean() < 1.08 * np.abs(impostors - truth).mean()
    windows.append(_window(300, 200))
    stage = Stage(windows[-1], smooth=False)
    for camera, expected in ((far, sprites), (near, close), (far, sprites), (near, close)):  # to and fro on one stage
        stage.show(scene, LIGHT)
        stage.set_camera(camera)
        assert (pixels(stage) == expected).mean() > 0.999
    stage.close()
    for window in windows:
        window.Finalize()


def test_very_many_balls_keep_their_own_size_and_colour_in_whatever_order_they_are_drawn(stage: Stage) -> None:
    rng = np.random.default_rng(7)
    n = MANY + 1
    centres, radii, hues = rng.uniform(-20, 20, (n, 3)), rng.uniform(0.1, 0.6, n), rng.integers(0, 255, (n, 3), dtype=np.uint8)
    scene = Scene({"atoms": Spheres(centres, radii, hues)})

    def drawn() -> list[np.ndarray]:
        return [stage._drawn["atoms"]._buffers[name][0] for name in ("points", "radii", "colours")]  # type: ignore[union-attr]

    def together() -> set[tuple[float, ...]]:
        return {tuple(row) for row in np.column_stack([one.reshape(n, -1) for one in drawn()]).tolist()}

    stage.show(scene, LIGHT)
    expected = np.column_stack([centres.astype(np.float32), radii.astype(np.float32), hues])
    assert together() == {tuple(row) for row in expected.tolist()}
    stage.show(replace(scene, actors={"atoms": Spheres(centres + 1.0, radii, hues[::-1].copy())}), LIGHT)
    expected = np.column_stack([(centres + 1.0).astype(np.float32), radii.astype(np.float32), hues[::-1]])
    assert together() == {tuple(row) for row in expected.tolist()}
    steps = np.linalg.norm(np.diff(drawn()[0], axis=0), axis=1)
    assert np.median(steps) < 3.0, "neighbours follow each other"


def test_gaps_are_shaded_again_after_a_hurry(stage: Stage) -> None:
    scene = molecule(40, occlusion=True)
    stage.show(scene, LIGHT)
    stage.set_camera(Camera())
    careful = pixels(stage)
    stage.hurry(True)
    assert (pixels(stage) != careful).any()
    stage.show(molecule(41, occlusion=True), LIGHT)
    stage.show(scene, LIGHT)
    stage.hurry(False)
    assert (pixels(stage) == careful).mean() > 0.999


def test_labels_and_axes_are_drawn_over_everything(stage: Stage) -> None:
    scene = molecule()
    bare = replace(scene, actors={k: a for k, a in scene.actors.items() if k != "names"}, axes=False)
    shots = []
    for one in (bare, replace(bare, axes=True), replace(scene, axes=False)):
        stage.show(one, LIGHT)
        stage.set_camera(Camera((0.3, -0.8, 0.4), focal=(0.0, 0.0, 0.0), height=12.0))
        shots.append(pixels(stage).astype(int))
    axes = np.argwhere(np.abs(shots[1] - shots[0]).max(axis=2) > 40)
    assert len(axes) > 60 and axes[:, 0].min() > 90 and axes[:, 1].max() < 110
    spots = stage.world_to_display(scene.actors["names"].points[:2])  # type: ignore[attr-defined]
    for x, y, _ in spots:
        near = np.abs(shots[2] - shots[0])[int(y) - 8 : int(y) + 8, int(x) - 12 : int(x) + 12]
        assert near.max() > 60


def test_closing_leaves_no_vtk_object_behind() -> None:
    def once() -> None:
        window = _window(60, 40)
        stage = Stage(window)
        stage.show(molecule(occlusion=True), LIGHT)
        stage.set_camera(Camera())
        stage.highlight("atoms", [1])
        _shot(window)
        stage.close()
        stage.close()
        window.Finalize()

    def living() -> int:
        gc.collect()
        return sum(issubclass(type(o), vtkObjectBase) for o in gc.get_objects())

    once()
    before = living()
    for _ in range(5):
        once()
    assert living() <= before

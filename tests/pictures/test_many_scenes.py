"""Opening one structure after another leaves no VTK object behind, whether the stage stays or goes."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import numpy as np
import pytest
from vtkmodules.vtkCommonCore import vtkObjectBase

from e3viz.pictures import offscreen
from e3viz.pictures.scene import Camera, Scene, Segments, Spheres, Sticks
from e3viz.pictures.stage import Stage
from e3viz.pictures.style import LIGHT

STRUCTURES = 200


@pytest.fixture
def stage() -> Iterator[Stage]:
    window = offscreen._window(60, 40)
    made = Stage(window)
    yield made
    made.close()
    window.Finalize()


def structure(number: int) -> Scene:
    """Another number of atoms each time, now so many that they are sprites, and now bonds, a cell or ghosts, now none."""
    rng = np.random.default_rng(number)
    count = 2_100 if number % 15 == 7 else 5 + number % 17
    places = rng.uniform(-3, 3, (count, 3))
    colours = rng.integers(0, 255, (count, 3)).astype(np.uint8)
    actors = {"atoms": Spheres(places, np.full(count, 0.5), colours, opacity=0.5 if number % 5 == 0 else 1.0)}
    if number % 2:
        actors["bonds"] = Sticks(places[:-1], places[1:], 0.1, colours[1:])
    if number % 3:
        actors["cell"] = Segments(places[:-1], places[1:])
    return Scene(actors, camera=Camera())


def vtk_objects() -> int:
    gc.collect()
    return sum(issubclass(type(thing), vtkObjectBase) for thing in gc.get_objects())


def test_two_hundred_structures_on_one_stage(stage: Stage) -> None:
    def open_one(number: int) -> None:
        stage.show(structure(number), LIGHT)
        stage.set_camera(Camera())
        stage.highlight("atoms", [number % 5])
        stage._window.Render()

    for number in range(30):
        open_one(number)
        assert (stage.sprites == ["atoms"]) == (number % 15 == 7)
    before = vtk_objects()
    for number in range(30, 30 + STRUCTURES + 10):  # ends on a scene of the same kinds: 239 and 29 leave the same rest modulo 30
        open_one(number)
    assert 0 < vtk_objects() <= before
    assert stage.renderer.GetViewProps().GetNumberOfItems() < 12


def test_stages_that_are_closed_leave_nothing() -> None:
    def open_and_close(number: int) -> None:
        offscreen.render_scene(structure(number), LIGHT, (30, 20))

    open_and_close(0)
    before = vtk_objects()
    for number in range(20):
        open_and_close(number)
    assert vtk_objects() <= before

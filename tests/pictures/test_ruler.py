"""The scale bar: a round length, as long on the screen and on paper as it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from e3viz.pictures.diagram import Line, Text
from e3viz.pictures.offscreen import render_scene
from e3viz.pictures.ruler import round_length, ruler
from e3viz.pictures.scene import Camera, Scene, Spheres
from e3viz.pictures.style import LIGHT
from e3viz.pictures.vector import flatten
from e3viz.pictures.view import look, scene_extent

ENDS = Spheres(np.array([[-4.0, 0.0, 0.0], [4.0, 0.0, 0.0]]), np.full(2, 0.1), np.full((2, 3), 0.5))
SCENE = Scene({"ends": ENDS}, Camera(direction=(0.0, 0.0, 1.0), up=(0.0, 1.0, 0.0), parallel=True), scale_bar="Å")


@pytest.mark.parametrize(("most", "length"), [(7.3, 5.0), (5.0, 5.0), (1.99, 1.0), (0.03, 0.02), (1234.0, 1000.0)])
def test_round_lengths(most: float, length: float) -> None:
    assert round_length(most) == pytest.approx(length)


@pytest.mark.parametrize("size", [(400, 300), (1200, 300), (90, 700)])
def test_it_is_as_long_as_it_says(size: tuple[int, int]) -> None:
    view = look(SCENE.camera, size, scene_extent(SCENE))
    found = ruler(view, "Å", 1.0, beside_axes=True)
    ends = view.project(ENDS.centres)
    assert (found.right - found.left) / (ends[1, 0] - ends[0, 0]) == pytest.approx(float(found.text.split()[0]) / 8.0)
    assert 0.0 < found.left < found.right < size[0]


def test_it_is_drawn_alike_in_pixels_and_as_vectors() -> None:
    flat = flatten(SCENE, LIGHT, (400.0, 300.0))
    bar = next(s for s in flat.shapes if isinstance(s, Line) and s.pen.width == 3.0)
    (x0, y), (x1, _) = bar.points
    image = render_scene(SCENE, LIGHT, (400, 300))
    without = render_scene(replace(SCENE, scale_bar=""), LIGHT, (400, 300))
    rows, columns = np.nonzero((image != without).any(axis=2))
    dark = columns[np.abs(rows - y) <= 1]
    assert abs(dark.min() - x0) <= 2 and abs(dark.max() - x1) <= 2
    assert any(isinstance(s, Text) and s.text.endswith(" Å") for s in flat.shapes)

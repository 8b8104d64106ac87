"""The legend lists what a scene explains, and is as large as that needs."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6")

from e3viz.pictures.colourmaps import DIVERGING
from e3viz.pictures.scene import ColourBar, Key, Scene
from e3viz.pictures.style import DARK, LIGHT


@pytest.fixture
def legend(show):
    from e3viz.gui.legend import Legend

    return show(Legend(), 200, 200)


def keys(count: int) -> tuple[Key, ...]:
    return tuple(Key("dot", "#d1503b", f"element {k}") for k in range(count))


def test_nothing_to_list(legend):
    legend.show_scene(Scene(), LIGHT)
    assert not legend.wanted


def test_grows_with_its_lines_and_folds_many(legend):
    heights = []
    for count in (1, 3, 14, 60):
        legend.show_scene(Scene(legend=keys(count)), LIGHT)
        heights.append(legend.sizeHint().height())
    assert heights[0] < heights[1] < heights[2] == heights[3]
    assert legend.accessibleDescription().endswith("and 47 more")


def test_draws_marks_and_colour_bar_in_the_theme(legend, app):
    bar = ColourBar(DIVERGING, -1.0, 1.0, "charge, e")
    for theme in (LIGHT, DARK):
        legend.show_scene(Scene(legend=(Key("arrow", "accent", "force"), Key("ring", "#2f9e77", "^{2}P")), colour_bar=bar), theme)
        legend.resize(legend.sizeHint())
        image = legend.grab().toImage()
        colours = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        assert theme.accent in colours
        assert len(colours) > 150  # a smooth bar

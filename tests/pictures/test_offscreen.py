from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures.scenes import molecule, one_sphere

from e3viz.pictures.offscreen import render_scene
from e3viz.pictures.scene import Scene
from e3viz.pictures.style import DARK, LIGHT, THEMES, rgb


@pytest.mark.parametrize("name", THEMES)
def test_a_scene_becomes_pixels_on_the_colour_of_the_page(name: str) -> None:
    image = render_scene(molecule(), THEMES[name], (320, 200))
    assert image.shape == (200, 320, 4) and image.dtype == np.uint8
    assert image[0, 0].tolist() == [*rgb(THEMES[name].page), 255]
    assert 0.05 < (image[..., :3] != image[0, 0, :3]).any(axis=2).mean() < 0.9


def test_an_empty_scene_is_an_empty_page() -> None:
    assert (render_scene(Scene(), LIGHT, (50, 40))[..., :3] == 255).all()


@pytest.mark.parametrize("occlusion", [False, True])
def test_what_shines_through_laid_over_the_page_is_the_opaque_picture(occlusion: bool) -> None:
    scene = molecule(occlusion=occlusion)
    opaque = render_scene(scene, DARK, (240, 160)).astype(float)
    clear = render_scene(scene, DARK, (240, 160), transparent=True).astype(float)
    assert clear[0, 0, 3] == 0 and clear[..., 3].max() == 255
    part = clear[..., 3:] / 255
    over = clear[..., :3] * part + np.array(rgb(DARK.page)) * (1 - part)
    unlike = np.abs(over - opaque[..., :3])
    assert np.quantile(unlike, 0.995) <= 3 and unlike.mean() < 0.3


def test_the_sizes_of_lines_and_words_grow_with_the_scale() -> None:
    small = render_scene(molecule(), LIGHT, (200, 150)).astype(float)
    large = render_scene(molecule(), LIGHT, (400, 300), scale=2.0).astype(float)
    halved = large.reshape(150, 2, 200, 2, 4).mean(axis=(1, 3))
    assert np.abs(halved - small).mean() < 1.5


def test_very_large_pictures_are_drawn_without_refinement() -> None:
    image = render_scene(one_sphere((0, 0, 0), 1.0), LIGHT, (4200, 40))
    assert image.shape == (40, 4200, 4) and (image[..., :3] != 255).any()


def test_it_needs_no_display_and_says_nothing() -> None:
    code = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from pictures.scenes import molecule\n"
        "from e3viz.pictures.offscreen import render_scene\n"
        "from e3viz.pictures.style import LIGHT\n"
        "assert (render_scene(molecule(), LIGHT, (80, 60))[..., :3] != 255).any()\n"
        "assert not {'PySide6', 'pyvista', 'matplotlib', 'torch', 'scipy'} & set(sys.modules)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parents[1])],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_hundred_pictures_do_not_fill_the_memory() -> None:
    scene = molecule()

    def size() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

    if not Path("/proc/self/statm").exists():
        pytest.skip("no /proc here")
    for _ in range(10):
        render_scene(scene, LIGHT, (60, 40))
    before = size()
    for _ in range(100):
        render_scene(scene, LIGHT, (60, 40))
    assert size() - before < 25.0

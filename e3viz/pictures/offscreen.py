"""Scenes to pixels with no display: one off-screen window per picture, drawn at twice the size and averaged down.

A transparent background is worked out from two pictures, on black and on white: what differs between them is what shines
through. That is exact for whatever VTK blends, ghosts and labels included, where the alpha it writes itself is not.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures.scene import Scene
from e3viz.pictures.style import Theme

FINENESS = 2
LARGEST = 8000
"""Longest side in pixels that is drawn at FINENESS; beyond it graphics memory would run out, and edges are fine enough anyhow."""


def render_scene(scene: Scene, theme: Theme, size: tuple[int, int], *, transparent: bool = False, scale: float = 1.0) -> NDArray[np.uint8]:
    """Pixels (h, w, 4), straight alpha, of a scene through its own camera. size: width and height in pixels; scale: how many of these
    make one point, for the widths of lines and the sizes of labels."""
    width, height = max(1, int(size[0])), max(1, int(size[1]))
    fine = FINENESS if max(width, height) * FINENESS <= LARGEST else 1
    window = _window(width * fine, height * fine)
    from e3viz.pictures.stage import Stage

    stage = Stage(window, pixels=scale * fine, smooth=fine == 1)
    try:
        stage.show(scene, theme)
        stage.set_camera(scene.camera, scene)
        if not transparent:
            opaque = np.full((height, width, 4), 255, dtype=np.uint8)
            opaque[..., :3] = np.rint(_averaged(_shot(window), fine))
            return opaque
        shots = []
        for level in (0.0, 1.0):
            stage.renderer.SetBackground(level, level, level)
            shots.append(_averaged(_shot(window), fine))
        return _unmixed(*shots)
    finally:
        stage.close()
        window.Finalize()


def _window(width: int, height: int) -> Any:
    from vtkmodules import vtkRenderingOpenGL2 as opengl  # noqa: N813
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    # VTK finds out by itself that there is no display, but complains on stderr on its way to the same window
    headless = sys.platform == "linux" and not os.environ.get("DISPLAY") and hasattr(opengl, "vtkEGLRenderWindow")
    window = opengl.vtkEGLRenderWindow() if headless else vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(width, height)
    return window


def _shot(window: Any) -> NDArray[np.uint8]:
    """What the window draws, (h, w, 3), first row on top."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    window.Render()
    width, height = window.GetSize()
    array = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, width - 1, height - 1, 0, array, 0)
    pixels: NDArray[np.uint8] = vtk_to_numpy(array).reshape(height, width, 3)[::-1].copy()
    return pixels


def _averaged(pixels: NDArray[np.uint8], fine: int) -> NDArray[np.float32]:
    total = sum(pixels[i::fine, k::fine].astype(np.uint16) for i in range(fine) for k in range(fine))
    mean: NDArray[np.float32] = (np.asarray(total, dtype=np.float32) / (fine * fine)).astype(np.float32)
    return mean


def _unmixed(on_black: NDArray[np.float32], on_white: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colour and straight alpha from the two pictures: black = a c, white = a c + (1 − a) 255."""
    alpha = np.clip(255.0 - (on_white - on_black).mean(axis=2), 0.0, 255.0)
    alpha[alpha < 0.5] = 0.0
    colour = np.divide(on_black * 255.0, alpha[..., None], out=np.zeros_like(on_black), where=alpha[..., None] > 0)
    pixels = np.dstack([np.clip(colour, 0.0, 255.0), alpha])
    whole: NDArray[np.uint8] = np.rint(pixels).astype(np.uint8)
    return whole

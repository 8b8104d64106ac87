"""Scenes to pixels with no display: an off-screen window, drawn at twice the size and averaged down.

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


class Offscreen:
    """A stage with no display, for one picture or for one after another: what stays is kept, as in the window.

    size: width and height in pixels; scale: how many of these make one point, for the widths of lines and the sizes of labels;
    fineness: drawn so many times larger and averaged down; 1 softens the edges of the finished picture instead."""

    def __init__(self, size: tuple[int, int], scale: float = 1.0, fineness: int = FINENESS) -> None:
        self.size = max(1, int(size[0])), max(1, int(size[1]))
        self._fine = fineness if max(self.size) * fineness <= LARGEST else 1
        self._window = _window(self.size[0] * self._fine, self.size[1] * self._fine)
        from e3viz.pictures.stage import Stage

        self._stage = Stage(self._window, pixels=scale * self._fine, smooth=self._fine == 1, sprites=False)

    def draw(self, scene: Scene, theme: Theme, *, transparent: bool = False) -> NDArray[np.uint8]:
        """Pixels (h, w, 4), straight alpha, of a scene through its own camera."""
        self._stage.show(scene, theme)
        self._stage.set_camera(scene.camera, scene)
        if not transparent:
            opaque = np.full((self.size[1], self.size[0], 4), 255, dtype=np.uint8)
            shot = _shot(self._window)
            opaque[..., :3] = shot if self._fine == 1 else np.rint(_averaged(shot, self._fine))
            return opaque
        shots = []
        for level in (0.0, 1.0):
            self._stage.renderer.SetBackground(level, level, level)
            shots.append(_averaged(_shot(self._window), self._fine))
        return _unmixed(*shots)

    def close(self) -> None:
        """Let go of everything; it draws no more."""
        self._stage.close()
        self._window.Finalize()


def render_scene(scene: Scene, theme: Theme, size: tuple[int, int], *, transparent: bool = False, scale: float = 1.0) -> NDArray[np.uint8]:
    """One picture of one scene; see `Offscreen`."""
    offscreen = Offscreen(size, scale)
    try:
        return offscreen.draw(scene, theme, transparent=transparent)
    finally:
        offscreen.close()


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

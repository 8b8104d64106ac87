"""What faces the viewer on a stage and lies over everything: labels and the axes cross."""

from __future__ import annotations

from typing import Any

from vtkmodules.vtkRenderingCore import vtkActor2D

from e3viz.pictures.style import Theme
from e3viz.pictures.view import View


class DrawnLabels:
    """All labels of an actor."""

    def __init__(self, renderer: Any) -> None:
        self.vtk = vtkActor2D()
        self.uploads = 0

    def show(self, actor: Any, theme: Theme, pixels: float) -> None:
        """Take over what is new."""

    def place(self, view: View) -> None:
        """Follow the camera."""


class AxesCross:
    """The axes in the corner."""

    def __init__(self, renderer: Any) -> None:
        self.renderer = renderer

    def show(self, on: bool, theme: Theme, pixels: float) -> None:
        """Switch on or off."""

    def place(self, view: View) -> None:
        """Follow the camera."""

    def close(self) -> None:
        """Let go of everything."""

"""Marks at the foot of a stage: the axes cross in the corner, and the scale bar beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor2D, vtkPolyDataMapper2D

from e3viz.pictures.axes import ARM, AXES, CORNER, arms, scale
from e3viz.pictures.overlay_actors import Cards
from e3viz.pictures.ruler import THICK, WORDS, ruler
from e3viz.pictures.scene import Scene
from e3viz.pictures.style import Theme, rgb
from e3viz.pictures.view import View


class Flats:
    """Triangles on the screen."""

    def __init__(self) -> None:
        self.vtk = vtkActor2D()
        self._data, self._points = vtkPolyData(), vtkPoints()
        self._data.SetPoints(self._points)
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self.vtk.SetMapper(mapper)

    def draw(self, corners: NDArray[np.float64], colours: NDArray[np.uint8], faces: NDArray[np.int64]) -> None:
        """corners (n, 2) in pixels, y upwards; colours (n, 3); faces (k, 3)."""
        flat = np.column_stack([corners, np.zeros(len(corners))]).astype(np.float32)
        self._points.SetData(numpy_to_vtk(flat, deep=True))
        self._data.GetPointData().SetScalars(numpy_to_vtk(colours, deep=True))
        cells = vtkCellArray()
        cells.SetData(3, numpy_to_vtk(faces.ravel().astype(np.int64), deep=True, array_type=cells.GetConnectivityArray().GetDataType()))
        self._data.SetPolys(cells)
        self._data.Modified()


class AxesCross:
    """Three arrows x, y, z in the lower left corner that turn with the camera."""

    def __init__(self) -> None:
        self._cards, self._arrows = Cards(), Flats()
        self._pixels = 0.0
        self._page = ""
        self.props = [self._arrows.vtk, self._cards.vtk]
        for prop in self.props:
            prop.SetVisibility(False)

    def show(self, scene: Scene, theme: Theme, pixels: float) -> None:
        """Switch it on or off."""
        if scene.axes and (pixels, theme.page) != (self._pixels, self._page):
            self._cards.write(tuple(n for n, _ in AXES), 12.0 * pixels, tuple(c for _, c in AXES), theme.page)
            self._pixels, self._page = pixels, theme.page
        for prop in self.props:
            prop.SetVisibility(scene.axes)

    def place(self, view: View) -> None:
        """Follow the camera."""
        if not self._arrows.vtk.GetVisibility():
            return
        unit = scale(view, self._pixels)
        middle = np.array([CORNER, CORNER]) * unit
        corners, colours, ends = [], [], {}
        for name, colour, right, up, _ in arms(view):
            along = np.array([right, up])
            length = float(np.linalg.norm(along))
            way = along / length if length > 1e-9 else np.array([1.0, 0.0])
            aside = np.array([-way[1], way[0]])
            tip, neck = along * ARM, along * ARM - way * min(7.0, ARM * length)
            shape = [0.9 * aside, neck + 0.9 * aside, neck - 0.9 * aside, -0.9 * aside, neck + 3.4 * aside, tip, neck - 3.4 * aside]
            corners += [middle + p * unit for p in shape]
            colours += [rgb(colour)] * 7
            ends[name] = middle + along * ARM * unit + way * 9.0 * min(1.0, 4.0 * length) * self._pixels
        faces = np.concatenate([np.array([[0, 1, 2], [0, 2, 3], [4, 5, 6]]) + 7 * k for k in range(len(corners) // 7)])
        self._arrows.draw(np.array(corners), np.array(colours, dtype=np.uint8), faces)
        order = [[n for n, _ in AXES].index(arm[0]) for arm in arms(view)]
        self._cards.place(np.array([ends[n] for n, _ in AXES]), np.array(order))


class ScaleBar:
    """A bar of a round length at the foot, with that length over it."""

    def __init__(self) -> None:
        self._card, self._bar = Cards(), Flats()
        self._unit = ""
        self._axes = False
        self._theme: Theme | None = None
        self._pixels = 1.0
        self._written: tuple[str, float, str] = ("", 0.0, "")
        self.props = [self._bar.vtk, self._card.vtk]
        for prop in self.props:
            prop.SetVisibility(False)

    def show(self, scene: Scene, theme: Theme, pixels: float) -> None:
        """Switch it on or off."""
        self._unit, self._axes, self._theme, self._pixels = scene.scale_bar, scene.axes, theme, pixels
        for prop in self.props:
            prop.SetVisibility(bool(scene.scale_bar))

    def place(self, view: View) -> None:
        """Follow the camera."""
        if not self._unit or self._theme is None:
            return
        found = ruler(view, self._unit, self._pixels, beside_axes=self._axes)
        half = THICK * self._pixels / 2.0
        x0, x1, y0, y1 = found.left, found.right, found.foot - half, found.foot + half
        colour = np.tile(np.array(rgb(self._theme.ink), dtype=np.uint8), (4, 1))
        self._bar.draw(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), colour, np.array([[0, 1, 2], [0, 2, 3]]))
        wanted = (found.text, self._pixels, self._theme.name)
        if wanted != self._written:
            self._card.write((found.text,), WORDS * self._pixels, (self._theme.ink,), self._theme.page)
            self._written = wanted
        self._card.place(np.array([[(x0 + x1) / 2.0, y1 + 9.0 * self._pixels]]), np.array([0]))

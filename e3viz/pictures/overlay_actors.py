"""Text that faces the viewer on a stage and lies over everything.

Text is drawn by Pillow from the bundled fonts into one picture per set of labels (VTK's own text knows no second font for a sign
that the first lacks) and put on the screen as one set of textured rectangles that follow the camera.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkPolyDataMapper2D, vtkTexture, vtkTexturedActor2D

from e3viz.pictures import fonts
from e3viz.pictures.scene import Labels
from e3viz.pictures.style import Theme, rgb
from e3viz.pictures.view import View

HALO = 1.6
ATLAS_WIDTH = 2048


class Cards:
    """Textured rectangles on the screen: `write` sets their texts, `place` where their middles are."""

    def __init__(self) -> None:
        self.vtk = vtkTexturedActor2D()
        self._data, self._points, self._texture = vtkPolyData(), vtkPoints(), vtkTexture()
        self._points.SetDataTypeToFloat()
        self._data.SetPoints(self._points)
        mapper = vtkPolyDataMapper2D()
        mapper.SetInputData(self._data)
        self.vtk.SetMapper(mapper)
        self._texture.SetInterpolate(True)
        self.vtk.SetTexture(self._texture)
        self._corners = np.zeros((0, 4, 2))
        self._keep: list[Any] = []

    def write(self, texts: tuple[str, ...], size: float, colours: tuple[str, ...], page: str) -> None:
        """Draw each text in its colour (one for all if there is one), in pixels of a size, with a halo of the page's colour."""
        colours = colours * len(texts) if len(colours) == 1 else colours
        images = {key: drawn_text(key[0], round(size, 2), key[1], page) for key in zip(texts, colours, strict=True)}
        atlas, places = _packed(images)
        order = [places[key] for key in zip(texts, colours, strict=True)]
        box = np.array(order, dtype=float).reshape(-1, 4)
        height, width = atlas.shape[:2]
        half = np.round(box[:, 2:] / 2.0)
        self._corners = np.stack(
            [
                -half,
                np.column_stack([box[:, 2] - half[:, 0], -half[:, 1]]),
                box[:, 2:] - half,
                np.column_stack([-half[:, 0], box[:, 3] - half[:, 1]]),
            ],
            axis=1,
        )
        low, high = box[:, :2] / [width, height], (box[:, :2] + box[:, 2:]) / [width, height]
        uv = np.stack([low, np.column_stack([high[:, 0], low[:, 1]]), high, np.column_stack([low[:, 0], high[:, 1]])], axis=1)
        image = vtkImageData()
        image.SetDimensions(width, height, 1)
        pixels = numpy_to_vtk(np.ascontiguousarray(atlas.reshape(-1, 4)), deep=True)
        image.GetPointData().SetScalars(pixels)
        self._texture.SetInputData(image)
        coordinates = numpy_to_vtk(uv.reshape(-1, 2).astype(np.float32), deep=True)
        coordinates.SetName("uv")
        self._data.GetPointData().SetTCoords(coordinates)

    def place(self, middles: NDArray[Any], order: NDArray[Any]) -> None:
        """Put the middles at pixels (n, 2), y upwards; draw only those in `order`, the last on top."""
        corners = np.zeros((len(self._corners), 4, 3), dtype=np.float32)
        corners[..., :2] = np.round(np.nan_to_num(middles))[:, None] + self._corners
        self._points.SetData(numpy_to_vtk(corners.reshape(-1, 3), deep=True))
        cells = vtkCellArray()
        members = numpy_to_vtk(
            (order[:, None] * 4 + np.arange(4)).ravel().astype(np.int64), deep=True, array_type=cells.GetConnectivityArray().GetDataType()
        )
        cells.SetData(4, members)
        self._data.SetPolys(cells)
        self._data.Modified()


class DrawnLabels:
    """All labels of an actor."""

    def __init__(self) -> None:
        self.uploads = 0
        self._cards = Cards()
        self.vtk = self._cards.vtk
        self.props = [self.vtk]
        self._points: Any = np.zeros((0, 3))
        self._written: tuple[Any, ...] = ()

    def show(self, actor: Labels, theme: Theme, pixels: float) -> None:
        """Take over what is new in `actor`."""
        wanted = (actor.texts, actor.size * pixels, theme.colour(actor.colour), theme.page)
        self.vtk.SetVisibility(len(actor.texts) > 0 and actor.opacity > 0.0)
        self.vtk.GetProperty().SetOpacity(actor.opacity)
        if wanted != self._written and actor.texts:
            self._cards.write(actor.texts, actor.size * pixels, (theme.colour(actor.colour),), theme.page)
            self._written = wanted
            self.uploads += 1
        if self._points is not actor.points:
            self._points = actor.points
            self.uploads += 1

    def place(self, view: View) -> None:
        """Follow the camera."""
        if not self.vtk.GetVisibility():
            return
        flat = view.project(self._points)
        seen = np.flatnonzero((flat[:, 2] > 0) & np.isfinite(flat).all(axis=1))
        order = seen[np.argsort(-flat[seen, 2], kind="stable")]
        self._cards.place(np.column_stack([flat[:, 0], view.size[1] - flat[:, 1]]), order)


@lru_cache(maxsize=4096)
def drawn_text(text: str, size: float, colour: str, page: str) -> NDArray[np.uint8]:
    """Pixels (h, w, 4), straight alpha, first row at the bottom, of a text of a size in pixels with a halo of the page's colour."""
    from PIL import Image, ImageDraw, ImageFont

    edge = HALO * size / 12.0
    pad = int(np.ceil(edge)) + 1
    pieces = [
        (piece, ImageFont.truetype(str(fonts.FILES[piece.face]), piece.size, layout_engine=ImageFont.Layout.BASIC))
        for piece in fonts.layout(text, size)
    ]
    # hinted letters stand on whole pixels, so that a long text may be wider than its font says
    hinted = max((piece.x + font.getlength(piece.text) for piece, font in pieces), default=0.0)
    width = int(np.ceil(max(fonts.text_width(text, size), hinted))) + 2 * pad
    ascent, descent = int(np.ceil(size * 0.95)) + pad, int(np.ceil(size * 0.3)) + pad
    masks = []
    for stroke in (0.0, edge):
        mask = Image.new("L", (width, ascent + descent), 0)
        pen = ImageDraw.Draw(mask)
        for piece, font in pieces:
            pen.text((pad + piece.x, ascent - piece.rise), piece.text, font=font, fill=255, anchor="ls", stroke_width=stroke)
        masks.append(np.asarray(mask, dtype=float) / 255.0)
    ink, halo = masks[0], np.maximum(masks[1] * 0.75, masks[0])
    share = np.divide(ink, halo, out=np.zeros_like(ink), where=halo > 0)[..., None]
    mixed = share * np.array(rgb(colour)) + (1.0 - share) * np.array(rgb(page))
    pixels: NDArray[np.uint8] = np.dstack([mixed, halo * 255.0]).round().astype(np.uint8)[::-1]
    return pixels


def _packed(images: dict[Any, NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], dict[Any, tuple[int, int, int, int]]]:
    """One picture that holds all of them in rows, and where each is: x, y, width, height."""
    places: dict[Any, tuple[int, int, int, int]] = {}
    x = y = tall = wide = 0
    for key, image in images.items():
        height, width = image.shape[:2]
        if x and x + width > ATLAS_WIDTH:
            x, y, tall = 0, y + tall + 1, 0
        places[key] = (x, y, width, height)
        x, tall = x + width + 1, max(tall, height)
        wide = max(wide, x)
    atlas = np.zeros((max(1, y + tall), max(1, wide), 4), dtype=np.uint8)
    for key, (left, low, width, height) in places.items():
        atlas[low : low + height, left : left + width] = images[key]
    return atlas, places

"""Diagrams as PDF: vectors, text as text in the bundled fonts (only the letters used are embedded), balls as radial shadings.

A PDF point is 4/3 of a diagram's point (1/96 inch), and y goes up. Gradients are kept once each, in a unit frame, and stretched.
"""

from __future__ import annotations

import io
import math
from functools import cache
from typing import Any

import numpy as np
from reportlab.lib.colors import Color
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFAxialShading, PDFRadialShading
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas, _buildColorFunction, _gradientExtendStr

from e3viz.pictures import fonts, formulas, light
from e3viz.pictures.diagram import Box, Diagram, Disc, Formula, Group, Line, Pen, Picture, Shape, Text
from e3viz.pictures.style import Theme, rgb

POINT = 72.0 / 96.0
KAPPA = 0.5522847498


def write(diagram: Diagram, theme: Theme, background: str = "", title: str = "", *, scale: float = 1.0) -> bytes:
    """The PDF file. background: colour of the page, "" for none; title: what a reader shows; scale: of the figure's size on paper."""
    stream = io.BytesIO()
    point = POINT * scale
    size = (max(1.0, diagram.width) * point, max(1.0, diagram.height) * point)
    canvas = _Canvas(stream, pagesize=size, pageCompression=1, invariant=1)
    canvas.setTitle(title or "figure")
    canvas.setCreator("e3viz")
    canvas.scale(point, -point)
    canvas.translate(0.0, -max(1.0, diagram.height))
    pen = _Pen(canvas, theme)
    if background:
        pen.draw(Box(0.0, 0.0, diagram.width, diagram.height, background))
    for shape in diagram.shapes:
        pen.draw(shape)
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


class _Canvas(Canvas):  # type: ignore[misc]
    """A canvas that can paint one shading many times."""

    def name_shading(self, shading: Any) -> str:
        name: str = self._doc.addShading(shading)
        return name

    def paint_shading(self, name: str) -> None:
        self._shadingUsed[name] = name
        self._code.append(f"/{name} sh")


@cache
def _register() -> dict[str, str]:
    names = {}
    for face, path in fonts.FILES.items():
        names[face] = f"e3viz-{face}"
        pdfmetrics.registerFont(TTFont(names[face], str(path)))
    return names


def _colour(text: str) -> Color:
    r, g, b = rgb(text)
    return Color(r / 255.0, g / 255.0, b / 255.0)


class _Pen:
    def __init__(self, canvas: _Canvas, theme: Theme) -> None:
        self.canvas, self.theme = canvas, theme
        self.shadings: dict[Any, str] = {}

    def draw(self, shape: Shape) -> None:
        draw = {
            Disc: self.disc,
            Box: self.box,
            Line: self.line,
            Text: self.words,
            Formula: self.formula,
            Picture: self.picture,
            Group: self.group,
        }
        self.canvas.saveState()
        if shape.opacity < 1.0:
            self.canvas.setFillAlpha(shape.opacity)
            self.canvas.setStrokeAlpha(shape.opacity)
        draw[type(shape)](shape)  # type: ignore[operator]
        self.canvas.restoreState()

    def group(self, shape: Group) -> None:
        path = self.canvas.beginPath()
        path.rect(shape.x, shape.y, shape.width, shape.height)
        self.canvas.clipPath(path, stroke=0, fill=0)
        for inner in shape.shapes:
            self.draw(inner)

    def disc(self, shape: Disc) -> None:
        if not shape.r > 0:
            return
        if shape.shine and shape.fill:
            self.canvas.saveState()
            self.canvas.translate(shape.x, shape.y)
            self.canvas.scale(shape.r, shape.r)
            path = self.canvas.beginPath()
            path.circle(0.0, 0.0, 1.0)
            self.canvas.clipPath(path, stroke=0, fill=0)
            self.canvas.paint_shading(self.ball(self.theme.colour(shape.fill)))
            self.canvas.restoreState()
        stroke = self.pen(shape.pen)
        if (shape.fill and not shape.shine) or stroke:
            flat = bool(shape.fill) and not shape.shine
            if flat:
                self.canvas.setFillColor(_colour(self.theme.colour(shape.fill)), alpha=shape.opacity)
            self.canvas.circle(shape.x, shape.y, shape.r, stroke=stroke, fill=int(flat))

    def box(self, shape: Box) -> None:
        stroke, fill = self.pen(shape.pen), self.fill(shape.fill, shape.opacity)
        if shape.corner:
            corner = min(shape.corner, shape.width / 2.0, shape.height / 2.0)
            self.canvas.roundRect(shape.x, shape.y, shape.width, shape.height, corner, stroke=stroke, fill=fill)
        else:
            self.canvas.rect(shape.x, shape.y, shape.width, shape.height, stroke=stroke, fill=fill)

    def line(self, shape: Line) -> None:
        path = self.canvas.beginPath()
        path.moveTo(*shape.points[0])
        if shape.curve:
            for k in range(1, len(shape.points) - 2, 3):
                path.curveTo(*(v for p in shape.points[k : k + 3] for v in p))
        else:
            for point in shape.points[1:]:
                path.lineTo(*point)
        if shape.fill or shape.gradient is not None:
            path.close()
        if shape.gradient is not None:
            self.shaded(shape, path)
            fill = 0
        else:
            fill = self.fill(shape.fill, shape.opacity)
        stroke = self.pen(shape.pen)
        if stroke or fill:
            self.canvas.drawPath(path, stroke=stroke, fill=fill)

    def shaded(self, shape: Line, path: Any) -> None:
        gradient = shape.gradient
        assert gradient is not None
        dx, dy = gradient.x1 - gradient.x0, gradient.y1 - gradient.y0
        if math.hypot(dx, dy) < 1e-9:
            return
        self.canvas.saveState()
        self.canvas.clipPath(path, stroke=0, fill=0)
        self.canvas.transform(dx, dy, -dy, dx, gradient.x0, gradient.y0)
        self.canvas.paint_shading(self.tube(gradient.stops))
        self.canvas.restoreState()

    def words(self, shape: Text) -> None:
        pieces = fonts.layout(shape.text, shape.size, fonts.face_of(bold=shape.bold, mono=shape.mono))
        width = max((p.x + p.width for p in pieces), default=0.0)
        self.canvas.translate(shape.x, shape.y)
        self.canvas.rotate(-shape.angle)
        self.canvas.scale(1.0, -1.0)
        start = formulas.left(shape.anchor, 0.0, width)
        if shape.halo:
            self.canvas.setStrokeColor(_colour(self.theme.colour(shape.halo)), alpha=shape.opacity)
            self.canvas.setLineWidth(shape.size * 0.22)
            self.canvas.setLineJoin(1)
            self.write(pieces, start, 1)
        self.canvas.setFillColor(_colour(self.theme.colour(shape.colour)), alpha=shape.opacity)
        self.write(pieces, start, 0)

    def write(self, pieces: tuple[fonts.Piece, ...], start: float, mode: int) -> None:
        """mode 0 fills the letters, 1 draws their outlines; it outlives a text object, so it is undone."""
        self.canvas.saveState()
        for piece in pieces:
            text = self.canvas.beginText(start + piece.x, piece.rise)
            text.setFont(_register()[piece.face], piece.size)
            text.setTextRenderMode(mode)
            text.textOut(piece.text)
            self.canvas.drawText(text)
        self.canvas.restoreState()

    def formula(self, shape: Formula) -> None:
        made = formulas.outline(shape.latex, shape.size)
        self.canvas.translate(formulas.left(shape.anchor, shape.x, made.width), shape.y)
        self.canvas.setFillColor(_colour(self.theme.colour(shape.colour)), alpha=shape.opacity)
        path = self.canvas.beginPath()
        x = y = 0.0
        for code, v in made.steps:
            if code == "M":
                path.moveTo(*v)
            elif code == "L":
                path.lineTo(*v)
            elif code == "C":
                path.curveTo(*v)
            elif code == "Q":
                path.curveTo(
                    x + (v[0] - x) * 2 / 3, y + (v[1] - y) * 2 / 3, v[2] + (v[0] - v[2]) * 2 / 3, v[3] + (v[1] - v[3]) * 2 / 3, v[2], v[3]
                )
            else:
                path.close()
            if v:
                x, y = v[-2:]
        self.canvas.drawPath(path, stroke=0, fill=1, fillMode=1)

    def picture(self, shape: Picture) -> None:
        from PIL import Image

        pixels = np.ascontiguousarray(shape.pixels, dtype=np.uint8)
        if not shape.smooth:
            times = max(1, min(32, 2048 // max(pixels.shape[:2])))
            pixels = pixels.repeat(times, axis=0).repeat(times, axis=1)
        self.canvas.translate(shape.x, shape.y + shape.height)
        self.canvas.scale(1.0, -1.0)
        self.canvas.drawImage(ImageReader(Image.fromarray(pixels)), 0.0, 0.0, shape.width, shape.height, mask="auto")

    def fill(self, colour: str, opacity: float) -> int:
        if colour:
            self.canvas.setFillColor(_colour(self.theme.colour(colour)), alpha=opacity)
        return int(bool(colour))

    def pen(self, pen: Pen) -> int:
        if not pen.colour or not pen.width > 0:
            return 0
        r, g, b = rgb(self.theme.colour(pen.colour))
        self.canvas.setStrokeColorRGB(r / 255.0, g / 255.0, b / 255.0)
        self.canvas.setLineWidth(pen.width)
        self.canvas.setLineJoin(1)
        self.canvas.setLineCap(0 if pen.dash else 1)
        self.canvas.setDash(list(pen.dash))
        return 1

    def ball(self, colour: str) -> str:
        if colour not in self.shadings:
            stops = light.ball_stops(rgb(colour))
            x, y = light.FOCUS
            self.shadings[colour] = self.shading(PDFRadialShading, (x, y, 0.0, 0.0, 0.0, 1.0), stops)
        return self.shadings[colour]

    def tube(self, stops: tuple[tuple[float, str], ...]) -> str:
        if stops not in self.shadings:
            self.shadings[stops] = self.shading(PDFAxialShading, (0.0, 0.0, 1.0, 0.0), [(t, rgb(c)) for t, c in stops])
        return self.shadings[stops]

    def shading(self, kind: Any, place: tuple[float, ...], stops: list[tuple[float, tuple[int, int, int]]]) -> str:
        colours = [[c / 255.0 for c in colour] for _, colour in stops]
        function = _buildColorFunction(colours, [t for t, _ in stops])
        return self.canvas.name_shading(kind(*place, Function=function, ColorSpace="DeviceRGB", Extend=_gradientExtendStr(True)))

"""Diagrams painted by Qt: every shape becomes a path, a brush and a pen once, and is then painted as often as the window asks.

What is drawn is what the vector files show: the same fonts and widths of text, the same outlines of formulas, the same light on balls.
Coordinates are the diagram's own (points, y down); the painter brings its own scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QRadialGradient,
    QRawFont,
    QTransform,
)

from e3viz.errors import UserError
from e3viz.pictures import fonts, formulas, light
from e3viz.pictures.diagram import Box, Diagram, Disc, Formula, Line, Pen, Picture, Shape, Text
from e3viz.pictures.style import Theme, rgb

NEAR = 4.0
"""How far from a thin line, in points of the screen, the pointer still means it."""


@dataclass(eq=False)
class Painted:
    """One shape, ready to be painted and pointed at. path: its outline; halo: colour and width of a rim; picture: pixels instead."""

    shape: Shape
    path: QPainterPath
    bounds: QRectF
    brush: QBrush
    pen: QPen
    halo: QPen | None = None
    picture: QImage | None = None
    smooth: bool = True

    def paint(self, painter: QPainter, least: float = 0.0) -> None:
        """Paint the shape, at least so opaque."""
        painter.setOpacity(max(self.shape.opacity, least))
        if self.picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
            painter.drawImage(self.bounds, self.picture)
            return
        if self.halo is not None:
            painter.strokePath(self.path, self.halo)
        painter.setPen(self.pen)
        painter.setBrush(self.brush)
        painter.drawPath(self.path)

    def covers(self, place: QPointF, near: float) -> bool:
        """Whether the shape lies at a place, thin lines being as wide as `near` allows."""
        if not self.bounds.adjusted(-near, -near, near, near).contains(place):
            return False
        if self.picture is not None or isinstance(self.shape, Text | Formula):
            return self.bounds.contains(place)
        if self.brush.style() != Qt.BrushStyle.NoBrush and self.path.contains(place):
            return True
        if isinstance(self.shape, Box) and self.path.contains(place):
            return True
        stroker = QPainterPathStroker()
        stroker.setWidth(max(2.0 * near, self.pen.widthF()))
        return stroker.createStroke(self.path).contains(place)


def prepare(diagram: Diagram, theme: Theme, known: list[Painted] | None = None) -> list[Painted]:
    """The shapes of a diagram, in drawing order; where the same shape stands in `known` (of the same theme), that object."""
    if known is None or len(known) != len(diagram.shapes):
        return [_MAKERS[type(shape)](shape, theme) for shape in diagram.shapes]
    pairs = zip(diagram.shapes, known, strict=True)
    return [old if old.shape == shape else _MAKERS[type(shape)](shape, theme) for shape, old in pairs]


def at(shapes: list[Painted], place: QPointF, near: float, *, named: bool = True) -> Painted | None:
    """The topmost shape at a place that has a name (or, if `named` is false, a tip)."""
    for painted in reversed(shapes):
        if (painted.shape.name if named else painted.shape.tip) and painted.covers(place, near):
            return painted
    return None


def _brush(colour: str, theme: Theme) -> QBrush:
    return QBrush(QColor(theme.colour(colour))) if colour else QBrush(Qt.BrushStyle.NoBrush)


def _pen(pen: Pen, theme: Theme) -> QPen:
    if not pen.colour or pen.width <= 0.0:
        return QPen(Qt.PenStyle.NoPen)
    made = QPen(QColor(theme.colour(pen.colour)), pen.width)
    made.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    made.setCapStyle(Qt.PenCapStyle.FlatCap if pen.dash else Qt.PenCapStyle.RoundCap)
    if pen.dash:
        made.setDashPattern([length / pen.width for length in (pen.dash * 2 if len(pen.dash) % 2 else pen.dash)])
    return made


def _done(shape: Shape, path: QPainterPath, brush: QBrush, pen: QPen) -> Painted:
    rim = pen.widthF() / 2.0 if pen.style() != Qt.PenStyle.NoPen else 0.0
    return Painted(shape, path, path.boundingRect().adjusted(-rim, -rim, rim, rim), brush, pen)


def _disc(shape: Disc, theme: Theme) -> Painted:
    path = QPainterPath()
    path.addEllipse(QPointF(shape.x, shape.y), shape.r, shape.r)
    brush = _brush(shape.fill, theme)
    if shape.shine and shape.fill and shape.r > 0:
        focus = QPointF(shape.x + light.FOCUS[0] * shape.r, shape.y + light.FOCUS[1] * shape.r)
        ball = QRadialGradient(QPointF(shape.x, shape.y), shape.r, focus)
        for place, colour in light.ball_stops(rgb(theme.colour(shape.fill))):
            ball.setColorAt(min(1.0, max(0.0, place)), QColor(*colour))
        brush = QBrush(ball)
    return _done(shape, path, brush, _pen(shape.pen, theme))


def _box(shape: Box, theme: Theme) -> Painted:
    path = QPainterPath()
    corner = min(shape.corner, shape.width / 2.0, shape.height / 2.0)
    path.addRoundedRect(QRectF(shape.x, shape.y, shape.width, shape.height), corner, corner)
    return _done(shape, path, _brush(shape.fill, theme), _pen(shape.pen, theme))


def _line(shape: Line, theme: Theme) -> Painted:
    spots = [QPointF(x, y) for x, y in shape.points]
    path = QPainterPath(spots[0]) if spots else QPainterPath()
    if shape.curve:
        for k in range(1, len(spots) - 2, 3):
            path.cubicTo(*spots[k : k + 3])
    else:
        for spot in spots[1:]:
            path.lineTo(spot)
    brush = _brush(shape.fill, theme)
    if shape.gradient is not None:
        along = QLinearGradient(shape.gradient.x0, shape.gradient.y0, shape.gradient.x1, shape.gradient.y1)
        for place, colour in shape.gradient.stops:
            along.setColorAt(min(1.0, max(0.0, place)), QColor(colour))
        brush = QBrush(along)
    if brush.style() != Qt.BrushStyle.NoBrush:
        path.closeSubpath()
    return _done(shape, path, brush, _pen(shape.pen, theme))


@cache
def _font(face: str) -> QRawFont:
    return QRawFont(str(fonts.FILES[face]), 64.0)


@cache
def letter(face: str, sign: str) -> QPainterPath:
    """The outline of one character of a bundled font, 64 points high."""
    font = _font(face)
    glyphs = font.glyphIndexesForString(sign)
    return font.pathForGlyph(glyphs[0]) if glyphs else QPainterPath()


def text_path(text: str, size: float, *, bold: bool = False, mono: bool = False) -> QPainterPath:
    """A line of text with `^{}` and `_{}` as outlines, beginning at 0 on the baseline 0."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for piece in fonts.layout(text, size, fonts.face_of(bold=bold, mono=mono)):
        x, scale = piece.x, piece.size / 64.0
        for sign in piece.text:
            place = QTransform.fromTranslate(x, -piece.rise).scale(scale, scale)
            path.addPath(place.map(letter(piece.face, sign)))
            x += fonts.plain_width(sign, piece.face, piece.size)
    return path


def formula_path(made: formulas.Outline) -> QPainterPath:
    """The outlines of a formula, beginning at 0 on the baseline 0."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.WindingFill)
    for code, n in made.steps:
        if code == "M":
            path.moveTo(n[0], n[1])
        elif code == "L":
            path.lineTo(n[0], n[1])
        elif code == "Q":
            path.quadTo(n[0], n[1], n[2], n[3])
        elif code == "C":
            path.cubicTo(n[0], n[1], n[2], n[3], n[4], n[5])
        else:
            path.closeSubpath()
    return path


def _text(shape: Text, theme: Theme) -> Painted:
    path = text_path(shape.text, shape.size, bold=shape.bold, mono=shape.mono)
    width = fonts.text_width(shape.text, shape.size, bold=shape.bold, mono=shape.mono)
    start = formulas.left(shape.anchor, 0.0, width)
    place = QTransform.fromTranslate(shape.x, shape.y).rotate(-shape.angle)
    placed = place.map(QTransform.fromTranslate(start, 0.0).map(path))
    placed.setFillRule(Qt.FillRule.WindingFill)
    painted = _done(shape, placed, QBrush(QColor(theme.colour(shape.colour))), QPen(Qt.PenStyle.NoPen))
    painted.bounds = place.mapRect(QRectF(start, -0.8 * shape.size, width, 1.05 * shape.size))
    if shape.halo:
        painted.halo = QPen(QColor(theme.colour(shape.halo)), shape.size * 0.22)
        painted.halo.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return painted


def _formula(shape: Formula, theme: Theme) -> Painted:
    try:
        made = formulas.outline(shape.latex, shape.size)
    except UserError:
        return _text(Text(shape.x, shape.y, shape.latex, shape.size, "bad", shape.anchor, mono=True, name=shape.name, tip=shape.tip), theme)
    place = QTransform.fromTranslate(formulas.left(shape.anchor, shape.x, made.width), shape.y)
    placed = place.map(formula_path(made))
    placed.setFillRule(Qt.FillRule.WindingFill)
    painted = _done(shape, placed, QBrush(QColor(theme.colour(shape.colour))), QPen(Qt.PenStyle.NoPen))
    painted.bounds = place.mapRect(QRectF(0.0, -made.ascent, made.width, made.ascent + made.descent))
    return painted


def image(pixels: Any) -> QImage:
    """Pixels (h, w, 3 or 4) uint8 as an image of its own."""
    whole = np.ascontiguousarray(pixels, dtype=np.uint8)
    height, width, channels = whole.shape
    kind = QImage.Format.Format_RGBA8888 if channels == 4 else QImage.Format.Format_RGB888
    return QImage(whole.data, width, height, width * channels, kind).copy()


def _picture(shape: Picture, theme: Theme) -> Painted:
    bounds = QRectF(shape.x, shape.y, shape.width, shape.height)
    path = QPainterPath()
    path.addRect(bounds)
    none = QPen(Qt.PenStyle.NoPen)
    return Painted(shape, path, bounds, QBrush(Qt.BrushStyle.NoBrush), none, picture=image(shape.pixels), smooth=shape.smooth)


_MAKERS: dict[type, Callable[..., Painted]] = {
    Disc: _disc, Box: _box, Line: _line, Text: _text, Formula: _formula, Picture: _picture,
}  # fmt: skip

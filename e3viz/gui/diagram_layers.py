"""The shapes of a diagram as one pixmap, painted anew only where they changed.

While something is dragged a few neighbouring shapes change from picture to picture and all others stay: what lies below and what lies
above them is kept as a pixmap each, so that a hundred strands cost no more than the one that moves.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QTransform

from e3viz.gui.diagram_paint import Painted

Place = tuple[QTransform, QSize, float]


class Layers:
    """Keeps shapes and the pixmaps of those that do not change. span: from which shape to before which they do."""

    def __init__(self) -> None:
        self._shapes: list[Painted] = []
        self._span = (0, 0)
        self._kept: tuple[QPixmap, QPixmap] | None = None
        self._place: Place | None = None

    def show(self, shapes: list[Painted]) -> None:
        """Show other shapes; those that are the same objects as before are not painted again."""
        before, self._shapes = self._shapes, shapes
        count = len(shapes)
        if len(before) != count:
            self._span, self._kept = (0, count), None
            return
        changed = [k for k, (old, new) in enumerate(zip(before, shapes, strict=True)) if old is not new]
        if not changed:
            return
        first, last = self._span
        if first <= changed[0] and changed[-1] < last and last - first <= count // 2:
            return
        self._span, self._kept = (changed[0], changed[-1] + 1), None

    def draw(self, place: Place) -> QPixmap:
        """All shapes on a transparent ground, placed by a transformation in a pixmap of a size and pixel ratio."""
        if self._place != place:
            self._place, self._kept = place, None
        first, last = self._span
        if last - first > len(self._shapes) // 2:
            return _painted(self._shapes, place)
        if self._kept is None:
            self._kept = _painted(self._shapes[:first], place), _painted(self._shapes[last:], place)
        below, above = self._kept
        whole = QPixmap(below)
        painter = QPainter(whole)
        _paint(painter, self._shapes[first:last], place)
        painter.resetTransform()
        painter.setOpacity(1.0)
        painter.drawPixmap(0, 0, above)
        painter.end()
        return whole


def _painted(shapes: list[Painted], place: Place) -> QPixmap:
    _, size, ratio = place
    pixmap = QPixmap(max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    _paint(painter, shapes, place)
    painter.end()
    return pixmap


def _paint(painter: QPainter, shapes: list[Painted], place: Place) -> None:
    placing, size, _ = place
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setTransform(placing)
    window = placing.inverted()[0].mapRect(QRectF(0.0, 0.0, size.width(), size.height()))
    for shape in shapes:
        if window.intersects(shape.bounds):
            shape.paint(painter)

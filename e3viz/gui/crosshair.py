"""The crosshair of a chart: lines through the pointer, and beside it what every curve says there."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from e3viz.gui import chart_reading as reading
from e3viz.gui.diagram_paint import text_path
from e3viz.pictures import fonts
from e3viz.pictures.chart import Chart
from e3viz.pictures.paper import Frame
from e3viz.pictures.style import Theme

LINE, LETTERS = 16.0, 11.5
MOST = 8


def crosshair(painter: QPainter, chart: Chart, frame: Frame, theme: Theme, at: QPointF) -> None:
    """An upright line where a curve has its nearest point, a level one at the pointer, and a card with names and values."""
    said = reading.told(chart, frame, at.x())
    if said is None:
        return
    value, curves = said
    left, top, right, bottom = frame.box
    x = float(frame.x(value))
    painter.setPen(QPen(QColor(theme.faint), 1.0, Qt.PenStyle.DotLine))
    painter.drawLine(QPointF(x, top), QPointF(x, bottom))
    painter.drawLine(QPointF(left, at.y()), QPointF(right, at.y()))
    level = reading.written(reading.number_at(frame.y, at.y()))
    _write(painter, level, left + 5.0, at.y() - 4.0 if at.y() > top + LINE else at.y() + LINE, theme.muted)
    name = chart.x.label.partition(",")[0]
    lines = [(f"{name} {reading.written(value)}".strip(), theme.muted)]
    lines += [(text, theme.colour(getattr(plot, "colour", "ink"))) for plot, text in curves[:MOST]]
    width = max(fonts.text_width(text, LETTERS) for text, _ in lines) + 16.0
    box = QRectF(x + 10.0 if x + 10.0 + width < right else x - 10.0 - width, top + 6.0, width, LINE * len(lines) + 8.0)
    painter.setPen(QPen(QColor(theme.line), 1.0))
    painter.setBrush(QColor(theme.raised))
    painter.drawRoundedRect(box, 5.0, 5.0)
    for k, (text, colour) in enumerate(lines):
        _write(painter, text, box.x() + 8.0, box.y() + 4.0 + LINE * (k + 0.5) + 0.36 * LETTERS, colour)


def _write(painter: QPainter, text: str, x: float, y: float, colour: str) -> None:
    path = text_path(text, LETTERS)
    path.translate(x, y)
    painter.fillPath(path, QColor(colour))

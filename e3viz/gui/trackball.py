"""A small ball to turn g by hand: drag it, and what is shown turns as if it were held."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QRadialGradient
from PySide6.QtWidgets import QSizePolicy, QWidget

from e3viz.symmetry.element import IDENTITY, Element, Vector

SIDE, EDGE = 148, 10.0
AXES = (("x", "#c2452f"), ("y", "#2f9e77"), ("z", "#3f74d1"))
_VIEW = Element.from_matrix(np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])) @ Element((0, 0, 1), -25.0)
TILT = (Element((1, 0, 0), 20.0) @ _VIEW).rotation
"""From the axes of space to right, up and towards the viewer: z upwards, seen a little from above."""


class Trackball(QWidget):
    """turned(Element, finished): a rotation, from where g was when the ball was taken hold of."""

    turned = Signal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("g.ball")
        self.setAccessibleName("Trackball")
        self.setToolTip("Drag the ball to turn g; at its rim it rolls about the line of sight.")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self._g = IDENTITY
        self._held: Vector | None = None

    def show_element(self, g: Element) -> None:
        """Show how another element turns the axes."""
        self._g = g
        self.update()

    def sizeHint(self) -> QSize:
        """A square."""
        return QSize(SIDE, SIDE)

    def _on_ball(self, place: QPointF) -> Vector:
        """The point of the ball under a pixel, in space; beyond the rim, the nearest one on it."""
        radius = SIDE / 2.0 - EDGE
        x, y = (place.x() - SIDE / 2.0) / radius, (SIDE / 2.0 - place.y()) / radius
        size = math.hypot(x, y)
        seen = np.array([x, y, math.sqrt(1.0 - size**2)] if size < 1.0 else [x / size, y / size, 0.0])
        a, b, c = (float(v) for v in TILT.T @ seen)
        return a, b, c

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = self._on_ball(event.position())
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn."""
        if self._held is not None:
            self.turned.emit(Element.turning(self._held, self._on_ball(event.position())), False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._held is not None:
            turn = Element.turning(self._held, self._on_ball(event.position()))
            self._held = None
            self.setCursor(Qt.CursorShape.OpenHandCursor)
            self.turned.emit(turn, True)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ball, and the axes as g turns them; those that point away are pale."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre, radius = QPointF(SIDE / 2.0, SIDE / 2.0), SIDE / 2.0 - EDGE
        base, line = self.palette().color(QPalette.ColorRole.Base), self.palette().color(QPalette.ColorRole.Mid)
        shade = QRadialGradient(centre - QPointF(radius * 0.3, radius * 0.35), radius * 1.5)
        shade.setColorAt(0.0, base)
        shade.setColorAt(1.0, line)
        painter.setBrush(shade)
        painter.setPen(QPen(line, 1.0))
        painter.drawEllipse(centre, radius, radius)
        ends = TILT @ self._g.linear
        order = sorted(range(3), key=lambda k: ends[2, k])
        font = QFont(self.font())
        font.setPixelSize(11)
        painter.setFont(font)
        for k in order:
            name, colour = AXES[k]
            ink = QColor(colour)
            ink.setAlphaF(1.0 if ends[2, k] >= 0.0 else 0.4)
            end = centre + QPointF(ends[0, k], -ends[1, k]) * (radius * 0.82)
            painter.setPen(QPen(ink, 2.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(centre, end)
            painter.setPen(ink)
            off = QPointF(ends[0, k], -ends[1, k]) * (radius * 0.95)
            painter.drawText(QRectF(centre.x() + off.x() - 8, centre.y() + off.y() - 8, 16, 16), Qt.AlignmentFlag.AlignCenter, name)
        painter.end()

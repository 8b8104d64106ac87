"""Keyframes as diamonds under a slider."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QWidget

from e3viz.labs.keyframes import Keyframe

MARK = 5.0


class KeyMarks(QWidget):
    """Diamonds where keyframes are. chosen(number): one was clicked; moved(number, part): one was dragged to a part of the length."""

    chosen = Signal(int)
    moved = Signal(int, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline.marks")
        self.setAccessibleName("Keyframes")
        self.setToolTip("Keyframes: click one to choose it, drag it to another time.")
        self.setFixedHeight(14)
        self._parts: list[float] = []
        self._held = -1
        self.at = -1

    def show_keys(self, keys: tuple[Keyframe, ...]) -> None:
        """Show where these are."""
        first, last = (keys[0].time, keys[-1].time) if keys else (0.0, 1.0)
        self._parts = [(key.time - first) / (last - first) if last > first else 0.0 for key in keys]
        self.at = min(self.at, len(keys) - 1)
        self.setVisible(bool(keys))
        self.update()

    def _place(self, part: float) -> float:
        return 8.0 + part * (self.width() - 16.0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """One diamond each, the chosen one filled."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        painter.setPen(accent)
        for number, part in enumerate(self._parts):
            x, y = self._place(part), self.height() / 2.0
            painter.setBrush(accent if number == self.at else self.palette().color(QPalette.ColorRole.Base))
            painter.drawPolygon(QPolygonF([QPointF(x, y - MARK), QPointF(x + MARK, y), QPointF(x, y + MARK), QPointF(x - MARK, y)]))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest."""
        near = [(abs(self._place(part) - event.position().x()), k) for k, part in enumerate(self._parts)]
        distance, number = min(near, default=(99.0, -1))
        self._held = number if distance < 3 * MARK else -1
        if self._held >= 0:
            self.at = self._held
            self.chosen.emit(self._held)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """It was dragged, if it is elsewhere now; the first and the last are the ends."""
        part = (event.position().x() - 8.0) / max(1.0, self.width() - 16.0)
        if 0 < self._held < len(self._parts) - 1 and abs(part - self._parts[self._held]) > 0.01:
            self.moved.emit(self._held, min(0.99, max(0.01, part)))
        self._held = -1

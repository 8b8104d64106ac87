"""Buttons with a small drawn sign (play, pause, …), in the colour of the text, sharp at any density."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPolygonF
from PySide6.QtWidgets import QToolButton, QWidget

Spots = tuple[tuple[float, float], ...]
RIGHT: Spots = ((0.0, 0.0), (0.0, 1.0), (0.85, 0.5))
LEFT: Spots = ((1.0, 0.0), (1.0, 1.0), (0.15, 0.5))


def _bar(x: float, width: float = 0.2) -> Spots:
    return ((x, 0.0), (x + width, 0.0), (x + width, 1.0), (x, 1.0))


def _moved(spots: Spots, x: float, scale: float) -> Spots:
    return tuple((a * scale + x, b) for a, b in spots)


SIGNS: dict[str, tuple[Spots, ...]] = {
    "play": (_moved(RIGHT, 0.1, 1.05),),
    "pause": (_bar(0.1, 0.28), _bar(0.62, 0.28)),
    "first": (_bar(0.02, 0.16), _moved(LEFT, 0.1, 0.9)),
    "last": (_moved(RIGHT, 0.0, 0.9), _bar(0.82, 0.16)),
    "previous": (_moved(LEFT, 0.0, 0.9),),
    "next": (_moved(RIGHT, 0.1, 0.9),),
    "stop": (((0.08, 0.08), (0.92, 0.08), (0.92, 0.92), (0.08, 0.92)),),
    "more": tuple(((0.05, y), (0.95, y), (0.95, y + 0.14), (0.05, y + 0.14)) for y in (0.08, 0.43, 0.78)),
}


class SignButton(QToolButton):
    """A button that shows one of SIGNS, with words for those who hear it and a tooltip."""

    def __init__(self, sign: str, name: str, words: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = sign
        self.setObjectName(name)
        self.setFixedSize(QSize(34, 28))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.say(sign, words, tip)

    def say(self, sign: str, words: str, tip: str) -> None:
        """Show another sign."""
        self._sign = sign
        self.setAccessibleName(words)
        self.setToolTip(tip)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button of the style, and the sign in its middle."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        side = 11.0
        box = QRectF((self.width() - side) / 2.0, (self.height() - side) / 2.0, side, side)
        path = QPainterPath()
        for spots in SIGNS[self._sign]:
            path.addPolygon(QPolygonF([QPointF(box.x() + x * side, box.y() + y * side) for x, y in spots]))
            path.closeSubpath()
        painter.fillPath(path, self.palette().color(group, QPalette.ColorRole.ButtonText))
        painter.end()

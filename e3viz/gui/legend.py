"""What the colours and marks of a scene mean: a small card over its upper right corner."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from e3viz.gui.diagram_paint import text_path
from e3viz.gui.theme import SANS
from e3viz.pictures.fonts import text_width
from e3viz.pictures.scene import ColourBar, Key, Scene
from e3viz.pictures.style import LIGHT, Theme

LINE, PAD, MARK, SIZE = 20.0, 11.0, 18.0, 12.0
BAR_WIDTH, BAR_HEIGHT = 120.0, 10.0
MOST_KEYS = 14
"""More lines than this are folded into one that says how many there are."""


class Legend(QFrame):
    """Lists the keys of a scene and its colour bar. wanted: whether there is anything to list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "overlay")
        self.setObjectName("legend")
        self.setAccessibleName("Legend")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._keys: tuple[Key, ...] = ()
        self._bar: ColourBar | None = None
        self._theme = LIGHT
        self._font = QFont(SANS)
        self._font.setPixelSize(int(SIZE))

    @property
    def wanted(self) -> bool:
        """Whether there is anything to list."""
        return bool(self._keys) or self._bar is not None

    def show_scene(self, scene: Scene, theme: Theme) -> None:
        """List what this scene explains."""
        keys = scene.legend
        if len(keys) > MOST_KEYS:
            keys = (*keys[: MOST_KEYS - 1], Key("none", "faint", f"and {len(keys) - MOST_KEYS + 1} more"))
        if (keys, scene.colour_bar, theme) != (self._keys, self._bar, self._theme):
            self._keys, self._bar, self._theme = keys, scene.colour_bar, theme
            words = [key.text for key in keys] + ([self._bar.label, *self._ends()] if self._bar else [])
            self.setAccessibleDescription(", ".join(words))
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As large as its lines."""
        width = max((self._width_of(key.text) + (MARK if key.mark != "none" else 0.0) for key in self._keys), default=0.0)
        height = LINE * len(self._keys)
        if self._bar is not None:
            width = max(width, BAR_WIDTH, self._width_of(self._bar.label))
            height += LINE + BAR_HEIGHT + LINE + (6.0 if self._keys else 0.0)
        return QSize(round(width + 2 * PAD + 2), round(height + 2 * PAD - 6))

    def _ends(self) -> list[str]:
        assert self._bar is not None
        return [f"{value:.3g}".replace("-", "−") for value in (self._bar.low, self._bar.high)]

    def _width_of(self, text: str) -> float:
        return max(QFontMetricsF(self._font).horizontalAdvance(text) if "{" not in text else 0.0, text_width(text, SIZE))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The card and its lines."""
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        y = PAD - 3.0
        for key in self._keys:
            self._paint_key(painter, key, y)
            y += LINE
        if self._bar is not None:
            self._paint_bar(painter, self._bar, y + (6.0 if self._keys else 0.0))
        painter.end()

    def _paint_key(self, painter: QPainter, key: Key, y: float) -> None:
        colour = QColor(self._theme.colour(key.colour))
        middle, x = y + LINE / 2.0, PAD
        painter.setPen(QPen(colour, 1.8, Qt.PenStyle.DashLine if key.mark == "dash" else Qt.PenStyle.SolidLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if key.mark == "dot":
            painter.setBrush(colour)
            painter.setPen(QPen(QColor(self._theme.line).darker(108), 1.0))
            painter.drawEllipse(QPointF(x + 5.0, middle), 5.0, 5.0)
        elif key.mark == "ring":
            painter.drawEllipse(QPointF(x + 5.0, middle), 4.4, 4.4)
        elif key.mark in ("line", "dash"):
            painter.drawLine(QPointF(x, middle), QPointF(x + 11.0, middle))
        elif key.mark == "arrow":
            painter.drawLine(QPointF(x, middle), QPointF(x + 7.0, middle))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF([QPointF(x + 6.0, middle - 3.6), QPointF(x + 12.0, middle), QPointF(x + 6.0, middle + 3.6)]))
        else:
            return self._write(painter, key.text, x, y, self._theme.faint if key.colour == "faint" else self._theme.muted)
        return self._write(painter, key.text, x + MARK, y, self._theme.ink)

    def _paint_bar(self, painter: QPainter, bar: ColourBar, y: float) -> None:
        width = self.width() - 2 * PAD
        self._write(painter, bar.label, PAD, y, self._theme.muted)
        place = QRectF(PAD, y + LINE + 1.0, width, BAR_HEIGHT)
        shade = QLinearGradient(place.topLeft(), place.topRight())
        for k, colour in enumerate(bar.colours):
            shade.setColorAt(k / max(1, len(bar.colours) - 1), QColor(*(int(c) for c in colour[:3])))
        painter.setPen(QPen(QColor(self._theme.line), 1.0))
        painter.setBrush(shade)
        painter.drawRoundedRect(place, 3.0, 3.0)
        low, high = self._ends()
        self._write(painter, low, PAD, y + LINE + BAR_HEIGHT, self._theme.ink)
        self._write(painter, high, PAD + width - self._width_of(high), y + LINE + BAR_HEIGHT, self._theme.ink)
        if bar.low < 0.0 < bar.high:
            zero = PAD + width * -bar.low / (bar.high - bar.low)
            self._write(painter, "0", zero - self._width_of("0") / 2.0, y + LINE + BAR_HEIGHT, self._theme.ink)

    def _write(self, painter: QPainter, text: str, x: float, y: float, colour: str) -> None:
        if "{" in text:
            path = text_path(text, SIZE)
            path.translate(x, y + LINE / 2.0 + 0.36 * SIZE)
            painter.fillPath(path, QColor(colour))
            return
        painter.setPen(QColor(colour))
        painter.drawText(QRectF(x, y, self.width(), LINE), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)

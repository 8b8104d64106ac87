"""The 3×3 matrix of an element of E(3) between two bars, its determinant and order beside it, and the rest in words as a tooltip."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from e3viz.gui.theme import mono_font
from e3viz.pictures.style import LIGHT, Theme
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.notation import format_element

LINE, PAD, BESIDE = 15.0, 7.0, 8.0


class Matrix(QWidget):
    """Shows s R of an element."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("g.matrix")
        self.setFont(mono_font(11))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._g, self._order, self._ink = IDENTITY, IDENTITY.order(), QColor(LIGHT.muted)
        self.show_element(IDENTITY)

    def show_element(self, g: Element) -> None:
        """Show another element."""
        self._g, self._order = g, g.order()
        self.setAccessibleName("; ".join(("Matrix of g: " + "; ".join(self.rows()), *self._beside())))
        self.setToolTip("")
        self.update()

    def show_theme(self, theme: Theme) -> None:
        """Be drawn in other colours."""
        self._ink = QColor(theme.muted)
        self.update()

    def rows(self) -> list[str]:
        """The rows as text."""
        return [" ".join(f"{round(x, 2) + 0.0:5.2f}" for x in row) for row in self._g.linear]

    def sizeHint(self) -> QSize:
        """Three rows of three numbers."""
        return QSize(round(self._bars() + BESIDE + self._width("order 999")), round(3 * LINE + 2))

    def _width(self, text: str) -> float:
        return QFontMetricsF(self.font()).horizontalAdvance(text)

    def _bars(self) -> float:
        """Width of the matrix with its bars."""
        return self._width("0" * 17) + 2 * PAD

    def _beside(self) -> tuple[str, str]:
        """Determinant and order."""
        return f"det {'+1' if self._g.determinant > 0 else '−1'}", f"order {self._order or '∞'}"

    def _words(self) -> str:
        g, order = self._g, self._order
        kind = "proper: keeps handedness" if g.determinant > 0 else "improper: changes handedness"
        times = f"order {order}: gⁿ = e first at n = {order}" if order else "of no finite order"
        return f"{format_element(g)}\ndeterminant {'+1' if g.determinant > 0 else '−1'}, {kind}\n{times}"

    def event(self, event: QEvent) -> bool:
        """Work out the tooltip when it is asked for."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self.setToolTip(self._words())
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The numbers between two bars."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._ink)
        for k, row in enumerate(self.rows()):
            painter.drawText(QRectF(PAD, 1.0 + k * LINE, self._bars(), LINE), Qt.AlignmentFlag.AlignVCenter, row)
        for k, text in enumerate(self._beside()):
            place = QRectF(self._bars() + BESIDE, 1.0 + (k + 0.5) * LINE, self.width(), LINE)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(QPen(self._ink, 1.0))
        for x in (0.5, self._bars() - 1.5):
            painter.drawLine(QPointF(x, 0.0), QPointF(x, float(self.height())))
        painter.end()

"""A label that gives way to others: it shows as much of its text as fits."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QLabel, QWidget

MORE = 24
"""Pixels that are always shown of a text."""


class ElidedLabel(QLabel):
    """A label that shows as much of its text as fits, and the rest as a tooltip."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight, tip: str = ""
    ) -> None:
        super().__init__(parent)
        self._whole, self._mode, self._tip = text, mode, tip
        self.setText(text)

    def setText(self, text: str) -> None:
        """Keep the whole text, show what fits."""
        if text != self._whole or not self.text():
            self._whole = text
            self.updateGeometry()
            self._elide()

    def whole_text(self) -> str:
        """The text, whole."""
        return self._whole

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(MORE, self.contentsRect().width()))
        if shown != self.text():
            super().setText(shown)
        self.setToolTip(self._tip or (self._whole if shown != self._whole else ""))

    def sizeHint(self) -> QSize:
        """As wide as the whole text."""
        frame = self.width() - self.contentsRect().width()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + frame + 1, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(self.width() - self.contentsRect().width() + MORE, super().sizeHint().height())

    def resizeEvent(self, event: Any) -> None:
        """Elide again."""
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Elide again in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._elide()

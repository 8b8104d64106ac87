"""A field that says where one is among how many, and takes the number of another place."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class Place(QLineEdit):
    """“frame 412 of 1,000”: while a person is in it, only the number, to be typed over."""

    decided = Signal(int)

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label, self._value, self._count = label[:1].lower() + label[1:], 0, 1
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.returnPressed.connect(self._decide)

    def show_place(self, value: int, low: int, high: int) -> None:
        """Show where among how many."""
        self._value, self._count = value, high - low + 1
        widest = f"{self._label} {high:,} of {self._count:,}"
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(widest) + 30)
        if not self.hasFocus():
            self.setText(self._words())

    def _words(self) -> str:
        return f"{self._label} {self._value:,} of {self._count:,}"

    def _decide(self) -> None:
        digits = "".join(sign for sign in self.text().split(" of ")[0] if sign.isdigit())
        if digits:
            self.decided.emit(int(digits[:9]))
        self.clearFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Leave only the number."""
        super().focusInEvent(event)
        self.setText(str(self._value))
        QTimer.singleShot(0, self, self.selectAll)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show all of it again."""
        super().focusOutEvent(event)
        self.setText(self._words())

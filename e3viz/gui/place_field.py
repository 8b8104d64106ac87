"""A field that says where one is among how many, and takes the number of another place."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class Place(QLineEdit):
    """“frame 412 of 1,000”: while a person is in it, only the number, to be typed over."""

    decided = Signal(int)

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label, self._value, self._count = label[:1].lower() + label[1:], 0, 1
        self._names: Sequence[int] = ()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.returnPressed.connect(self._decide)

    def show_place(self, value: int, low: int, high: int, names: Sequence[int] = ()) -> None:
        """Show where among how many; names: what people call the values from 0 on, and then the last name is how many there are."""
        self._value, self._names = value, names
        self._count = names[-1] if names else high - low + 1
        widest = f"{self._label} {names[-1] if names else high:,} of {self._count:,}"
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(widest) + 30)
        if not self.hasFocus():
            self.setText(self._words())

    @property
    def _name(self) -> int:
        return self._names[self._value] if 0 <= self._value < len(self._names) else self._value

    def _words(self) -> str:
        return f"{self._label} {self._name:,} of {self._count:,}"

    def _decide(self) -> None:
        digits = "".join(sign for sign in self.text().split(" of ")[0] if sign.isdigit())
        if digits:
            wanted = int(digits[:9])
            near = min(range(len(self._names)), key=lambda k: abs(self._names[k] - wanted)) if self._names else wanted
            self.decided.emit(near)
        self.clearFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Leave only the number."""
        super().focusInEvent(event)
        self.setText(str(self._name))
        QTimer.singleShot(0, self, self.selectAll)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show all of it again."""
        super().focusOutEvent(event)
        self.setText(self._words())

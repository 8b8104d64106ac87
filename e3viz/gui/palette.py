"""The command palette (Ctrl+K): everything a person can do, found by typing part of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

WIDTH, ROWS = 560, 12


@dataclass(frozen=True)
class Entry:
    """One thing to do: where it belongs, its name, its keys."""

    place: str
    title: str
    keys: str
    do: Callable[[], Any]

    @property
    def text(self) -> str:
        """What is searched and shown."""
        return f"{self.place}: {self.title}" if self.place else self.title


def score(query: str, text: str) -> float | None:
    """How well `query` fits `text`, larger is better; None if its letters do not occur in order.

    Letters that follow each other and that begin words count most, so that “exf” finds “Export figure”.
    """
    text, query = text.lower(), query.lower().replace(" ", "")
    if not query:
        return 0.0
    total, at, run = 0.0, -1, 0
    for letter in query:
        start = text.find(letter, at + 1)
        word = next((i for i in range(at + 1, len(text)) if text[i] == letter and (i == 0 or not text[i - 1].isalnum())), -1)
        if start < 0:
            return None
        if start == at + 1 and at >= 0:
            run, total = run + 1, total + 2.0 + run
        elif word >= 0:
            start, run, total = word, 0, total + 2.5
        else:
            run, total = 0, total + 0.5 - 0.02 * (start - at)
        at = start
    return total - 0.01 * len(text)


class Palette(QDialog):
    """A list that narrows as one types; Return does what is chosen."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self.setFixedWidth(WIDTH)
        self._entries = entries
        self._field = QLineEdit()
        self._field.setObjectName("palette.field")
        self._field.setPlaceholderText("Type what you want to do")
        self._field.setAccessibleName("Command")
        self._field.setToolTip("Part of a command's name.")
        self._list = QListWidget()
        self._list.setObjectName("palette.list")
        self._list.setAccessibleName("Commands")
        self._list.setToolTip("Commands that fit.")
        self._list.setUniformItemSizes(True)
        frame = QFrame()
        frame.setProperty("look", "card")
        inside = QVBoxLayout(frame)
        inside.addWidget(self._field)
        inside.addWidget(self._list)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        self._field.installEventFilter(self)
        self._field.textChanged.connect(self._narrow)
        self._field.returnPressed.connect(self._do)
        self._list.itemClicked.connect(lambda _: self._do())
        self._narrow("")
        self._field.setFocus()

    def titles(self) -> list[str]:
        """What is offered now, best first."""
        return [self._list.item(i).data(Qt.ItemDataRole.UserRole).text for i in range(self._list.count())]

    def _narrow(self, query: str) -> None:
        rated = [(score(query, entry.text), -number, entry) for number, entry in enumerate(self._entries)]
        fitting = sorted(((s, n, e) for s, n, e in rated if s is not None), key=lambda row: row[:2], reverse=True)
        self._list.clear()
        for _, _, entry in fitting[:80]:
            item = QListWidgetItem(self._list)
            item.setData(Qt.ItemDataRole.UserRole, entry)
            row = QWidget()
            line = QHBoxLayout(row)
            line.setContentsMargins(10, 5, 10, 5)
            place = QLabel(entry.place)
            place.setProperty("tone", "faint")
            place.setFixedWidth(96)
            keys = QLabel(entry.keys)
            keys.setProperty("look", "key")
            keys.setVisible(bool(entry.keys))
            for widget in (place, QLabel(entry.title)):
                line.addWidget(widget)
            line.addStretch(1)
            line.addWidget(keys)
            item.setSizeHint(row.sizeHint())
            self._list.setItemWidget(item, row)
        self._list.setCurrentRow(0)
        height = self._list.sizeHintForRow(0) if self._list.count() else 30
        self._list.setFixedHeight(max(1, min(ROWS, self._list.count())) * height + 6)
        self.adjustSize()

    def _do(self) -> None:
        item = self._list.currentItem()
        self.close()
        if item is not None:
            item.data(Qt.ItemDataRole.UserRole).do()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows move through the list while the field keeps the focus."""
        if watched is self._field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: ROWS, Qt.Key.Key_PageUp: -ROWS}.get(Qt.Key(event.key()))
            if step is not None and self._list.count():
                self._list.setCurrentRow(min(max(self._list.currentRow() + step, 0), self._list.count() - 1))
                return True
        return super().eventFilter(watched, event)

"""The command palette (Ctrl+K): everything a person can do, found by typing part of its name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPalette
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from e3viz.gui.theme import mono_font

WIDTH, ROWS, ROW, PLACE = 580, 12, 32, 104
NOTHING = "Nothing by that name. Try fewer letters."


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


def fit(query: str, entry: Entry) -> float | None:
    """How well an entry fits: by its title first, by its place and title together otherwise."""
    by_title, by_all = score(query, entry.title), score(query, entry.text)
    if by_title is None:
        return by_all
    return max(by_title + 1.0, by_all if by_all is not None else by_title)


class Row(QStyledItemDelegate):
    """Draws one entry in one line: where it belongs, its name, and its keys at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Draw it, on the accent's pale tone where it is chosen."""
        entry: Entry = index.data(Qt.ItemDataRole.UserRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = option.palette
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 6, 6)
            name = side = colours.color(QPalette.ColorRole.HighlightedText)
        else:
            name, side = colours.color(QPalette.ColorRole.Text), colours.color(QPalette.ColorRole.PlaceholderText)
        inside: QRect = option.rect.adjusted(14, 0, -14, 0)
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        painter.setFont(option.font)
        metrics = option.fontMetrics
        painter.setPen(side)
        painter.drawText(inside, middle, metrics.elidedText(entry.place, Qt.TextElideMode.ElideRight, PLACE - 12))
        painter.setFont(mono_font(11))
        painter.drawText(inside, middle | right, entry.keys)
        room = inside.width() - PLACE - painter.fontMetrics().horizontalAdvance(entry.keys) - 12
        painter.setFont(option.font)
        painter.setPen(name)
        painter.drawText(inside.adjusted(PLACE, 0, 0, 0), middle, metrics.elidedText(entry.title, Qt.TextElideMode.ElideMiddle, room))
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """All rows are equally high."""
        return QSize(WIDTH - 40, ROW)


class Palette(QDialog):
    """A list that narrows as one types; Return does what is chosen."""

    def __init__(self, entries: Sequence[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAccessibleName("Command palette")
        self._entries = entries
        self._field = QLineEdit()
        self._field.setObjectName("palette.field")
        self._field.setProperty("look", "search")
        self._field.setPlaceholderText("Type what you want to do")
        self._field.setAccessibleName("Command")
        self._field.setToolTip("Part of a command's name, or its first letters.")
        self._list = QListWidget()
        self._list.setObjectName("palette.list")
        self._list.setProperty("look", "bare")
        self._list.setAccessibleName("Commands")
        self._list.setToolTip("Commands that fit.")
        self._list.setUniformItemSizes(True)
        self._list.setItemDelegate(Row(self._list))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._nothing = QLabel(NOTHING)
        self._nothing.setProperty("tone", "muted")
        self._nothing.setContentsMargins(12, 6, 12, 8)
        frame = QFrame()
        frame.setProperty("look", "popup")
        frame.setFixedWidth(WIDTH)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.setSpacing(6)
        for widget in (self._field, self._list, self._nothing):
            inside.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(frame)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
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
        rated = [(fit(query, entry), -number, entry) for number, entry in enumerate(self._entries)]
        fitting = sorted(((s, n, e) for s, n, e in rated if s is not None), key=lambda row: row[:2], reverse=True)
        self._list.clear()
        for _, _, entry in fitting:
            item = QListWidgetItem(entry.text, self._list)
            item.setData(Qt.ItemDataRole.UserRole, entry)
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(fitting))
        self._nothing.setVisible(not fitting)
        self._list.setFixedHeight(min(ROWS, max(1, len(fitting))) * ROW + 2)

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

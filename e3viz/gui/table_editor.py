"""A small table that a person edits: one row for each entry of a field, and an empty one at the end to begin another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from e3viz.errors import UserError

ROW_HEIGHT, MOST_ROWS = 26, 8


class TableEditor(QWidget):
    """edited(rows): what a person has made of the table, as the field's own value; Delete takes out the rows that are selected."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, columns: Sequence[str], read: Callable[[Sequence[Sequence[str]]], Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._value: Any = None
        self.table = _Table(0, max(1, len(columns)))
        self.table.setHorizontalHeaderLabels(list(columns))
        self.table.horizontalHeader().setVisible(bool(columns))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setTabKeyNavigation(False)
        self.table.itemChanged.connect(lambda _: self._decide())
        self.table.unwanted.connect(self._take_out)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        self.setFocusProxy(self.table)

    def name_parts(self, name: str, label: str, tip: str) -> None:
        """Name the table."""
        self.table.setObjectName(f"{name}.table")
        self.table.setAccessibleName(label)
        self.table.setToolTip(tip + " Delete takes out the selected rows.")

    def show_value(self, value: Any) -> None:
        """Show the rows of a value."""
        if value == self._value:
            return
        self._value = value
        with QSignalBlocker(self.table):
            self.table.setRowCount(len(value) + 1)
            for r in range(self.table.rowCount()):
                for c in range(self.table.columnCount()):
                    entry = value[r][c] if r < len(value) and c < len(value[r]) else ""
                    self.table.setItem(r, c, QTableWidgetItem(f"{entry:.6g}" if isinstance(entry, float) else str(entry)))
        header = self.table.horizontalHeader().sizeHint().height() if self.table.horizontalHeader().isVisibleTo(self) else 0
        self.table.setFixedHeight(min(self.table.rowCount(), MOST_ROWS) * ROW_HEIGHT + header + 4)
        self.problem.emit("")

    def rows(self) -> list[list[str]]:
        """What stands in the rows that are not empty."""
        found = []
        for r in range(self.table.rowCount()):
            items = [self.table.item(r, c) for c in range(self.table.columnCount())]
            entries = [item.text().strip() if item is not None else "" for item in items]
            if any(entries):
                found.append(entries)
        return found

    def _decide(self) -> None:
        rows = self.rows()
        if any("" in row for row in rows):
            return  # a row that is still being filled in
        try:
            value = self._read(rows)
        except UserError as error:
            self.problem.emit(str(error))
            return
        self.problem.emit("")
        if value != self._value:
            self.show_value(value)
            self.edited.emit(value)

    def _take_out(self) -> None:
        for row in sorted({index.row() for index in self.table.selectedIndexes()}, reverse=True):
            if row < self.table.rowCount() - 1:
                self.table.removeRow(row)
        self._decide()


class _Table(QTableWidget):
    unwanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete takes out rows."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.unwanted.emit()
        else:
            super().keyPressEvent(event)

"""Tables of what a lab knows, in the inspector: click a row to point at what it is about."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QTableView, QVBoxLayout, QWidget

from e3viz.gui.pointing import keys_of
from e3viz.labs.lab import Table

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT, MOST_ROWS = 24, 14
NUMBER = re.compile(r"[-−+]?\.?\d[\d.,/]*(e[-−+]?\d+)?([\s%°].*)?$")
"""What stands to the right: 0.5, −3.0e−07, 1/3, 12 Å; not 1o⊗1o→0e."""
MOST_MARKED = 1000
"""Rows beyond this are not marked as selected: it would take longer than anybody looks."""


class RowsModel(QAbstractTableModel):
    """The rows of a Table, asked for only where they are on view."""

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = table

    def show(self, table: Table) -> None:
        """Show another table; one of the same shape without losing the place."""
        if (len(table.rows), table.columns) == (len(self.table.rows), self.table.columns) and table.rows:
            self.table = table
            self.dataChanged.emit(self.index(0, 0), self.index(len(table.rows) - 1, len(table.columns) - 1))
            return
        self.beginResetModel()
        self.table = table
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """How many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.table.rows)

    def columnCount(self, parent: Index | None = None) -> int:
        """How many columns there are."""
        return 0 if parent is not None and parent.isValid() else len(self.table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The text of a cell, to the right if it is a number."""
        text = self.table.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        if role == Qt.ItemDataRole.ToolTipRole and len(text) > 24:
            return text
        return None

    def _side(self, column: int) -> int:
        """Columns of numbers stand to the right."""
        text = self.table.rows[0][column] if self.table.rows else ""
        side = Qt.AlignmentFlag.AlignRight if NUMBER.match(text) else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The heading of a column."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.table.columns[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation == Qt.Orientation.Horizontal:
            return self._side(section)
        return None


class Rows(QTableView):
    """The rows on the screen; Ctrl+C copies what is selected, a tab between the columns."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy."""
        model = self.model()
        if event.matches(QKeySequence.StandardKey.Copy) and isinstance(model, RowsModel):
            rows = sorted({index.row() for index in self.selectedIndexes()}) or range(len(model.table.rows))
            lines = [model.table.columns, *(model.table.rows[row] for row in rows)]
            QGuiApplication.clipboard().setText("\n".join("\t".join(line) for line in lines))
        else:
            super().keyPressEvent(event)


class TableCard(QWidget):
    """A titled table. clicked(row, keys): with which of shift, ctrl and alt held."""

    clicked = Signal(int, object)

    def __init__(self, lab: str, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(5)
        self._title = QLabel(table.title)
        self._title.setProperty("look", "heading")
        self._title.setWordWrap(True)
        self._model = RowsModel(table, self)
        self._view = Rows()
        self._view.setObjectName(f"{lab}.table.{table.name}")
        self._view.setAccessibleName(table.title)
        self._view.setToolTip(table.title)
        self._view.setModel(self._model)
        self._view.verticalHeader().hide()
        self._view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self._view.horizontalHeader().setMinimumSectionSize(20)
        self._view.horizontalHeader().setHighlightSections(False)
        self._view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._view.setMinimumWidth(60)
        self._view.setTabKeyNavigation(False)
        self._view.setShowGrid(False)
        self._view.setWordWrap(False)
        self._view.clicked.connect(lambda index: self.clicked.emit(index.row(), keys_of(QGuiApplication.keyboardModifiers())))
        self._view.activated.connect(lambda index: self.clicked.emit(index.row(), frozenset()))
        column.addWidget(self._title)
        column.addWidget(self._view)
        self.show_table(table)

    def show_table(self, table: Table) -> None:
        """Show other rows, or another selection of the same."""
        self._title.setText(table.title)
        self._title.setVisible(bool(table.title))
        if (table.rows, table.columns) != (self._model.table.rows, self._model.table.columns):
            self._model.show(table)
        self._fit()
        self._mark(table.selected)

    def _fit(self) -> None:
        """Columns as wide as what stands in them, the last one to the edge; as high as the rows, and the bar where columns are too wide."""
        header, rows = self._view.horizontalHeader(), len(self._model.table.rows)
        room = self.width() - 2 - (self._view.verticalScrollBar().sizeHint().width() if rows > MOST_ROWS else 0)
        # Qt's own stretching of the last column keeps a width from before the inspector's scroll bar came, and cuts numbers off
        widths = [max(self._view.sizeHintForColumn(c), header.sectionSizeHint(c)) for c in range(header.count())]
        wanted = sum(widths)
        if widths:
            widths[-1] += max(0, room - wanted)
        for column, width in enumerate(widths):
            header.resizeSection(column, width)
        bar = self._view.horizontalScrollBar().sizeHint().height() if wanted > room else 0
        height = max(1, min(rows, MOST_ROWS)) * ROW_HEIGHT + header.sizeHint().height() + bar + 4
        if height != self._view.height():
            self._view.setFixedHeight(height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width may need a bar."""
        super().resizeEvent(event)
        self._fit()

    def _mark(self, rows: tuple[int, ...]) -> None:
        selection = self._view.selectionModel()
        wanted = [row for row in rows[:MOST_MARKED] if 0 <= row < len(self._model.table.rows)]
        if sorted({index.row() for index in selection.selectedRows()}) == sorted(wanted):
            return
        selection.clearSelection()
        for row in wanted:
            selection.select(self._model.index(row, 0), QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows)
        if wanted:
            self._view.scrollTo(self._model.index(wanted[-1], 0))

"""Rows: several sliders with a name each, and tables of what a lab knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from e3viz.gui.controls import Slider
from e3viz.labs.fields import Row, coerce
from e3viz.labs.lab import Table

Index = QModelIndex | QPersistentModelIndex
ROW_HEIGHT = 24


class RowsEditor(QWidget):
    """One slider for each Row. edited, moved: (name, number)."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sliders: dict[str, Slider] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; sliders of rows that stay are kept."""
        if list(self._sliders) != [row.name for row in rows]:
            self._rebuild(rows)
        for row in rows:
            slider = self._sliders[row.name]
            slider.set_limits(row.low, row.high)
            slider.show_value(row.value)

    def _rebuild(self, rows: Sequence[Row]) -> None:
        while item := self._column.takeAt(0):
            if widget := item.widget():
                widget.deleteLater()
        self._sliders = {}
        for row in rows:
            box = QWidget()
            line = QHBoxLayout(box)
            line.setContentsMargins(0, 0, 0, 0)
            label = QLabel(row.label)
            label.setMinimumWidth(64)
            if row.colour:
                label.setStyleSheet(f"color: {row.colour}; font-weight: 600;")
            slider = Slider(lambda text, row=row: coerce(text, float, row.label), row.low, row.high)
            for widget, kind in ((slider.slider, "slider"), (slider.number, "number")):
                widget.setObjectName(f"{self.objectName()}.{row.name}.{kind}")
                widget.setAccessibleName(row.label)
                widget.setToolTip(row.tip or self.toolTip())
            slider.edited.connect(lambda value, name=row.name: self.edited.emit((name, float(value))))
            slider.moved.connect(lambda value, name=row.name: self.moved.emit((name, float(value))))
            slider.problem.connect(self.problem)
            line.addWidget(label)
            line.addWidget(slider, 1)
            self._column.addWidget(box)
            self._sliders[row.name] = slider


class RowsModel(QAbstractTableModel):
    """The rows of a Table, asked for only where they are on view."""

    def __init__(self, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = table

    def show(self, table: Table) -> None:
        """Show another table."""
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
        if role == Qt.ItemDataRole.TextAlignmentRole and text[:1] in "0123456789-−+.":
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The heading of a column."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.table.columns[section]
        return None


class TableCard(QWidget):
    """A titled table. clicked(row, with_shift_or_ctrl)."""

    clicked = Signal(int, bool)

    def __init__(self, lab: str, table: Table, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        self._title = QLabel(table.title)
        self._title.setProperty("look", "heading")
        self._model = RowsModel(table, self)
        self._view = QTableView()
        self._view.setObjectName(f"{lab}.table.{table.name}")
        self._view.setAccessibleName(table.title)
        self._view.setToolTip(table.title)
        self._view.setModel(self._model)
        self._view.verticalHeader().hide()
        for header in (self._view.verticalHeader(), self._view.horizontalHeader()):
            header.setObjectName(f"{lab}.table.{table.name}.{header.orientation().name.lower()}")
            header.setAccessibleName(f"Headings of {table.title}")
            header.setToolTip(table.title)
        self._view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self._view.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._view.horizontalHeader().setStretchLastSection(True)
        self._view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._view.setShowGrid(False)
        self._view.setWordWrap(False)
        self._view.clicked.connect(self._click)
        self._view.activated.connect(lambda index: self.clicked.emit(index.row(), False))
        column.addWidget(self._title)
        column.addWidget(self._view)
        self.show_table(table)

    def show_table(self, table: Table) -> None:
        """Show other rows, or another selection of the same."""
        self._title.setText(table.title)
        self._title.setVisible(bool(table.title))
        if (table.rows, table.columns) != (self._model.table.rows, self._model.table.columns):
            self._model.show(table)
        self._view.setFixedHeight(min(len(table.rows), 14) * ROW_HEIGHT + 34)
        selection = self._view.selectionModel()
        if sorted({index.row() for index in selection.selectedRows()}) != sorted(table.selected):
            selection.clearSelection()
            flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
            for row in table.selected[:1000]:
                selection.select(self._model.index(row, 0), flags)
            if table.selected:
                self._view.scrollTo(self._model.index(table.selected[-1], 0))

    def _click(self, index: QModelIndex) -> None:
        from PySide6.QtGui import QGuiApplication

        modifiers = QGuiApplication.keyboardModifiers()
        more = modifiers & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier)
        self.clicked.emit(index.row(), bool(more))

"""Several sliders with a name each, as one editor."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from e3viz.gui.sliders import Slider
from e3viz.labs.fields import Row, coerce

LABEL_WIDTH = 64


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
                widget.hide()  # it goes later, and would be seen until then
                widget.deleteLater()
        self._sliders = {}
        for row in rows:
            box = QWidget()
            line = QHBoxLayout(box)
            line.setContentsMargins(0, 0, 0, 0)
            label = QLabel(row.label)
            label.setMinimumWidth(LABEL_WIDTH)
            label.setProperty("tone", "muted")
            if row.colour:
                label.setStyleSheet(f"color: {row.colour}; font-weight: 600;")
            slider = Slider(lambda text, row=row: coerce(text, float, row.label), row.low, row.high, colour=row.colour)
            slider.name_parts(f"{self.objectName()}.{row.name}", row.label, row.tip or self.toolTip())
            slider.edited.connect(lambda value, name=row.name: self.edited.emit((name, float(value))))
            slider.moved.connect(lambda value, name=row.name: self.moved.emit((name, float(value))))
            slider.problem.connect(self.problem)
            line.addWidget(label)
            line.addWidget(slider, 1)
            self._column.addWidget(box)
            self._sliders[row.name] = slider

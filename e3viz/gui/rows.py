"""One row of a form: a label, the editor that suits the knob's kind, and under them what is wrong with what was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from e3viz.gui.completing import IrrepsField
from e3viz.gui.controls import Chip, Choice, Field, LongText, Number
from e3viz.gui.data_field import DataField
from e3viz.gui.labels import ElidedLabel
from e3viz.gui.paths import PathField
from e3viz.gui.row_sliders import RowsEditor
from e3viz.gui.sliders import Slider
from e3viz.gui.table_editor import TableEditor
from e3viz.labs.fields import Knob, change, coerce, hints, with_row

LABEL_WIDTH, VECTOR_WIDTH = 98, 132
WIDE = ("long", "table", "sliders")
"""Kinds whose label stands above, not beside."""
STRETCHED = ("slider", "text", "irreps", "formula", "data", "file", "folder")


class Row(QWidget):
    """Edits one field of a state. asked(name, value, preview): a person wants another value."""

    asked = Signal(str, object, bool)

    def __init__(self, lab: str, name: str, knob: Knob, state: Any, *, headed: bool = False) -> None:
        """headed: the heading of the section names it already."""
        super().__init__()
        self.name, self.knob, self._state, self._headed = name, knob, state, headed
        self._wanted = hints(type(state))[name]
        self.editor: Any = EDITORS.get(knob.kind, _text)(self)
        self._dress(lab)
        self._complaint = QLabel()
        self._complaint.setProperty("tone", "bad")
        self._complaint.setWordWrap(True)
        self._complaint.hide()
        self._lay_out()
        self.editor.edited.connect(lambda value: self._ask(value, False))
        self.editor.moved.connect(lambda value: self._ask(value, True))
        self.editor.problem.connect(self.say)

    def show_state(self, state: Any) -> None:
        """Show the field of this state."""
        self._state = state
        applies = self.knob.when is None or bool(self.knob.when(state))
        if applies == self.isHidden():
            self.setVisible(applies)
        if not applies:
            return
        editor, value = self.editor, getattr(state, self.name)
        if isinstance(editor, RowsEditor):
            editor.show_rows(self.knob.rows(state) if self.knob.rows else ())
            return
        options = self.knob.options(state)
        if isinstance(editor, Choice) and options is not None:
            editor.set_options(options)
        if isinstance(editor, Slider):
            editor.set_limits(*self._limits())
        editor.show_value(value)

    def say(self, sentence: str, span: tuple[int, int] | None = None) -> None:
        """Show a complaint and the letters that it is about, or take it back."""
        if isinstance(self.editor, LongText):
            self.editor.underline(span)
        if sentence != self._complaint.text():
            self._complaint.setText(sentence)
            self._complaint.setVisible(bool(sentence))

    def _limits(self) -> tuple[float, float]:
        low, high = self.knob.limits(self._state)
        return (low if low is not None else 0.0, high if high is not None else 1.0)

    def _ask(self, value: Any, preview: bool) -> None:
        if isinstance(self.editor, RowsEditor):
            value = with_row(getattr(self._state, self.name), *value)
        self.asked.emit(self.name, value, preview)

    def _read(self, text: str) -> Any:
        return getattr(change(self._state, **{self.name: text}), self.name)

    def _read_rows(self, rows: Any) -> Any:
        return coerce(rows, self._wanted, self.knob.label)

    def _dress(self, lab: str) -> None:
        tip = self.knob.tip + (f" In {self.knob.unit}." if self.knob.unit and self.knob.unit not in self.knob.tip else "")
        self.editor.setObjectName(f"{lab}.{self.name}")
        self.editor.setAccessibleName(self.knob.label)
        self.editor.setToolTip(tip)
        if isinstance(self.editor, DataField | Slider | PathField | TableEditor):
            self.editor.name_parts(f"{lab}.{self.name}", self.knob.label, tip)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        label = self._label()
        if self.knob.kind in WIDE:
            if not self._headed:
                column.addWidget(label)
            column.addWidget(self.editor)
        else:
            row = QHBoxLayout()
            row.setSpacing(10)
            row.addWidget(label)
            if self.knob.kind not in STRETCHED:
                row.addStretch(1)
            row.addWidget(self.editor, 1 if self.knob.kind in STRETCHED else 0)
            column.addLayout(row)
        column.addWidget(self._complaint)

    def _label(self) -> QLabel:
        label = ElidedLabel(self.knob.label + (f", {self.knob.unit}" if self.knob.unit else ""), tip=self.editor.toolTip())
        label.setBuddy(self.editor)
        label.setProperty("tone", "muted")
        if self.knob.colour:
            label.setStyleSheet(f"color: {self.knob.colour};")
        if self.knob.kind in STRETCHED:
            label.setFixedWidth(LABEL_WIDTH)
        else:
            label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        return label


class ChipRow(Row):
    """A switch, which is its own label."""

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.editor)


def _slider(row: Row) -> QWidget:
    low, high = row._limits()
    return Slider(row._read, low, high, whole=row._wanted is int, step=row.knob.step or 0.0, colour=row.knob.colour)


def _number(row: Row) -> QWidget:
    zero = row.knob.zero
    read = (lambda text: row._read("0" if text.strip() == zero else text)) if zero else row._read
    shown = (lambda value: write(value) if value else zero) if zero else write
    return Number(read, row.knob.step or (1 if row._wanted is int else 0.1), shown, width=92 if zero else 76)


def _vector(row: Row) -> QWidget:
    field = Field(row._read, write)
    field.setFixedWidth(VECTOR_WIDTH)
    field.setPlaceholderText("automatic")  # only lists of no fixed length can be empty
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    return field


def _text(row: Row) -> QWidget:
    return Field(row._read, write, live=row.knob.kind == "formula")


EDITORS: dict[str, Callable[[Row], QWidget]] = {
    "switch": lambda row: Chip(row.knob.label),
    "choice": lambda row: Choice(),
    "slider": _slider,
    "number": _number,
    "vector": _vector,
    "sliders": lambda row: RowsEditor(),
    "long": lambda row: LongText(row._read),
    "table": lambda row: TableEditor(row.knob.columns, row._read_rows),
    "irreps": lambda row: IrrepsField(row._read, write),
    "data": lambda row: DataField(row._read, write),
    "file": lambda row: PathField(row._read),
    "folder": lambda row: PathField(row._read, folder=True),
}
"""Which editor suits which kind; a line of text any other."""


def write(value: Any) -> str:
    """A value as a person types it."""
    if isinstance(value, tuple):
        return "  ".join(write(v) for v in value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    return f"{value:.6g}"

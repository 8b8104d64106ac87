"""The form of a state: one row for each knob of one tab, made from its description alone.

A form shows a state and says what a person wants instead: `asked(field, value, preview)`. It never decides.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from superqt import QFlowLayout

from e3viz.errors import UserError
from e3viz.gui.controls import Chip, Choice, Field, LongText, Number, Slider, stacked
from e3viz.gui.tables import RowsEditor
from e3viz.labs.fields import Knob, change, coerce, hints, knobs, with_row

LABEL_WIDTH = 108


class Form(QWidget):
    """The knobs of one tab of a lab. asked(name, value, preview): a person wants field `name` to be `value`."""

    asked = Signal(str, object, bool)

    def __init__(self, lab_name: str, state: Any, tab: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab, self._tab, self._state = lab_name, tab, state
        self._rows: dict[str, Row] = {}
        self._sections: dict[str, tuple[QWidget, list[str]]] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(7)
        chosen = {name: knob for name, knob in knobs(state).items() if knob.tab == tab and knob.kind != "hidden" and not knob.playable}
        for section in dict.fromkeys(knob.section for knob in chosen.values()):
            self._add_section(section, {name: knob for name, knob in chosen.items() if knob.section == section})
        self.show_state(state)

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._rows

    def show_state(self, state: Any) -> None:
        """Show another state; rows that do not apply to it are hidden."""
        self._state = state
        for row in self._rows.values():
            row.show_state(state)
        for heading, names in self._sections.values():
            heading.setVisible(any(not self._rows[name].isHidden() for name in names))

    def mark(self, name: str, sentence: str) -> None:
        """Say under a field what is wrong with it ("" for nothing)."""
        if name in self._rows:
            self._rows[name].say(sentence)

    def _add_section(self, section: str, specs: dict[str, Knob]) -> None:
        if section:
            heading = QLabel(section)
            heading.setProperty("look", "heading")
            heading.setContentsMargins(0, 8, 0, 0)
            self._column.addWidget(heading)
            self._sections[section] = heading, list(specs)
        chips = {name: knob for name, knob in specs.items() if knob.kind == "switch"}
        for name, knob in specs.items():
            if name not in chips:
                self._add(name, Row(self._lab, name, knob, self._state))
        if chips:
            box = QWidget()
            flow = QFlowLayout(box)
            flow.setContentsMargins(0, 2, 0, 2)
            flow.setHorizontalSpacing(6)
            flow.setVerticalSpacing(6)
            self._column.addWidget(box)
            for name, knob in chips.items():
                self._add(name, ChipRow(self._lab, name, knob, self._state), flow)

    def _add(self, name: str, row: Row, layout: Any = None) -> None:
        self._rows[name] = row
        (layout if layout is not None else self._column).addWidget(row)
        row.asked.connect(self.asked)


class Row(QWidget):
    """Label, editor and, when needed, a sentence about what is wrong."""

    asked = Signal(str, object, bool)

    def __init__(self, lab: str, name: str, knob: Knob, state: Any) -> None:
        super().__init__()
        self.name, self.knob, self._state = name, knob, state
        self._wanted = hints(type(state))[name]
        self.editor = self._make_editor()
        self._name_editor(lab)
        self._complaint = QLabel()
        self._complaint.setProperty("tone", "bad")
        self._complaint.setWordWrap(True)
        self._complaint.hide()
        self._lay_out()
        if hasattr(self.editor, "edited"):
            self.editor.edited.connect(lambda value: self._ask(value, False))
            self.editor.moved.connect(lambda value: self._ask(value, True))
            self.editor.problem.connect(self.say)

    def show_state(self, state: Any) -> None:
        """Show the field of this state."""
        self._state = state
        applies = self.knob.when is None or self.knob.when(state)
        self.setVisible(applies)
        if not applies:
            return
        options = self.knob.options(state)
        if isinstance(self.editor, Choice) and options is not None:
            self.editor.set_options(options)
        if isinstance(self.editor, Slider) and self.knob.kind == "slider":
            low, high = self.knob.limits(state)
            self.editor.set_limits(low if low is not None else 0.0, high if high is not None else 1.0)
        if isinstance(self.editor, RowsEditor):
            self.editor.show_rows(self.knob.rows(state) if self.knob.rows else ())
        else:
            self.editor.show_value(getattr(state, self.name))

    def say(self, sentence: str) -> None:
        """Show or clear the complaint."""
        self._complaint.setText(sentence)
        self._complaint.setVisible(bool(sentence))

    def _ask(self, value: Any, preview: bool) -> None:
        if isinstance(self.editor, RowsEditor):
            value = with_row(getattr(self._state, self.name), *value)
        self.asked.emit(self.name, value, preview)

    def _read(self, text: str) -> Any:
        return getattr(change(self._state, **{self.name: text}), self.name)

    def _write(self, value: Any) -> str:
        if isinstance(value, tuple):
            return "  ".join(_number(v) for v in value)
        return "" if value is None else _number(value) if isinstance(value, int | float) else str(value)

    def _make_editor(self) -> Any:
        makers: dict[str, Callable[[], QWidget]] = {
            "switch": lambda: Chip(self.knob.label),
            "choice": Choice,
            "slider": self._make_slider,
            "number": lambda: Number(self._read, self.knob.step or (1 if self._wanted is int else 0.1), self._write),
            "sliders": RowsEditor,
            "long": lambda: LongText(self._read),
            "table": lambda: LongText(self._read_lines),
        }
        live = self.knob.kind in ("irreps", "formula")
        return makers.get(self.knob.kind, lambda: Field(self._read, self._write, live=live))()

    def _make_slider(self) -> Slider:
        low, high = self.knob.limits(self._state)
        return Slider(self._read, low or 0.0, 1.0 if high is None else high, whole=self._wanted is int, step=self.knob.step or 0.0)

    def _read_lines(self, text: str) -> Any:
        rows = [line.split() for line in text.splitlines() if line.strip()]
        return coerce(rows, self._wanted, self.knob.label)

    def _name_editor(self, lab: str) -> None:
        unit = f" Unit: {self.knob.unit}." if self.knob.unit else ""
        self.editor.setObjectName(f"{lab}.{self.name}")
        self.editor.setAccessibleName(self.knob.label)
        self.editor.setToolTip(self.knob.tip + unit)
        for child in (getattr(self.editor, "slider", None), getattr(self.editor, "number", None)):
            if child is not None:
                child.setObjectName(f"{lab}.{self.name}.{type(child).__name__.lower()}")
                child.setAccessibleName(self.knob.label)
                child.setToolTip(self.knob.tip + unit)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        wide = self.knob.kind in ("long", "table", "sliders")
        label = QLabel(self.knob.label + (f", {self.knob.unit}" if self.knob.unit else ""))
        label.setBuddy(self.editor)
        label.setToolTip(self.editor.toolTip())
        if self.knob.colour:
            label.setStyleSheet(f"color: {self.knob.colour};")
        if wide:
            column.addWidget(label)
            column.addWidget(self.editor)
        else:
            row = QHBoxLayout()
            row.setSpacing(10)
            label.setProperty("tone", "muted")
            slides = self.knob.kind == "slider"
            label.setMinimumWidth(LABEL_WIDTH if slides else 0)
            row.addWidget(label)
            if not slides and self.knob.kind not in ("irreps", "formula", "text", "vector"):
                row.addStretch(1)
            row.addWidget(self._with_browse() if self.knob.kind in ("file", "folder") else self.editor, 1 if slides else 0)
            column.addLayout(row)
        column.addWidget(self._complaint)

    def _with_browse(self) -> QWidget:
        button = QPushButton("Browse…")
        button.setObjectName(self.editor.objectName() + ".browse")
        button.setAccessibleName(f"Browse for {self.knob.label.lower()}")
        button.setToolTip(self.knob.tip)
        button.clicked.connect(self._browse)
        return stacked(self.editor, button)

    def _browse(self) -> None:
        ask: Callable[..., Any] = QFileDialog.getExistingDirectory if self.knob.kind == "folder" else QFileDialog.getOpenFileName
        found = ask(self, self.knob.label)
        path = found if isinstance(found, str) else found[0]
        if path:
            try:
                self._ask(self._read(path), False)
            except UserError as error:
                self.say(str(error))


class ChipRow(Row):
    """A switch, which is its own label."""

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.editor)


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:.6g}"

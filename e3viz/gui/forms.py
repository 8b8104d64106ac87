"""The form of a state: one row for each knob of one tab, made from its description alone.

A form shows a state and says what a person wants instead: `asked(field, value, preview)`. It never decides.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QVBoxLayout, QWidget

from e3viz.gui.flow import FlowLayout
from e3viz.gui.rows import WIDE, ChipRow, Row
from e3viz.labs.fields import Knob, knobs


class Form(QWidget):
    """The knobs of one tab of a lab. asked(name, value, preview): a person wants field `name` to be `value`."""

    asked = Signal(str, object, bool)

    def __init__(self, lab_name: str, state: Any, tab: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lab, self._state = lab_name, state
        self._rows: dict[str, Row] = {}
        self._sections: list[tuple[QWidget, list[str]]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(7)
        chosen = {name: knob for name, knob in knobs(state).items() if knob.tab == tab and knob.kind != "hidden" and not knob.playable}
        for section in dict.fromkeys(knob.section for knob in chosen.values()):
            self._add_section(section, {name: knob for name, knob in chosen.items() if knob.section == section})

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._rows

    def show_state(self, state: Any) -> None:
        """Show another state; rows that do not apply to it are hidden, and so are headings of nothing."""
        self._state = state
        for row in self._rows.values():
            row.show_state(state)
        for part, names in self._sections:
            wanted = any(not self._rows[name].isHidden() for name in names)
            if wanted == part.isHidden():
                part.setVisible(wanted)

    def mark(self, name: str, sentence: str, span: tuple[int, int] | None = None) -> bool:
        """Say under a field what is wrong with it, and at which letters ("" for nothing); False if it is not in this form."""
        if name not in self._rows:
            return False
        row = self._rows[name]
        if sentence or row.editor.property("wrong") != "true":  # a picture may come after its field has been spoilt
            row.say(sentence, span)
        return True

    def _add_section(self, section: str, specs: dict[str, Knob]) -> None:
        chips = {name: knob for name, knob in specs.items() if knob.kind == "switch"}
        others = {name: knob for name, knob in specs.items() if name not in chips}
        first = next(iter(others), "")
        headed = bool(section) and bool(first) and others[first].kind in WIDE
        if section:
            heading = _heading(section, others[first].label if headed else "")
            self._column.addWidget(heading)
            self._sections.append((heading, list(specs)))
        for name, knob in others.items():
            self._add(name, Row(self._lab, name, knob, self._state, headed=headed and name == first), self._column)
        if chips:
            box = QWidget()
            flow = FlowLayout(box)
            flow.setContentsMargins(0, 2, 0, 2)
            self._column.addWidget(box)
            self._sections.append((box, list(chips)))
            for name, knob in chips.items():
                self._add(name, ChipRow(self._lab, name, knob, self._state), flow)

    def _add(self, name: str, row: Row, layout: QLayout) -> None:
        self._rows[name] = row
        layout.addWidget(row)
        row.asked.connect(self.asked)


def _heading(text: str, more: str) -> QWidget:
    """The heading of a section, and in a quieter tone what its first row is."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 8, 0, 0)
    row.setSpacing(6)
    for words, look, value in ((text, "look", "heading"), (more, "tone", "faint")):
        if words:
            label = QLabel(words)
            label.setProperty(look, value)
            row.addWidget(label)
    row.addStretch(1)
    return box

"""What the dialogs that export share: numbers with an answer, rows of a form, a note under it, and the two buttons at the foot."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QPushButton, QWidget

from e3viz.gui.controls import Field
from e3viz.labs.fields import coerce


def number_field(label: str) -> Field:
    """A field for a number, which an error calls `label`."""
    field = Field(lambda text: coerce(text, float, label), lambda v: f"{v:g}")
    field.setFixedWidth(84)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    return field


def form_layout() -> QFormLayout:
    """An empty form."""
    form = QFormLayout()
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    form.setHorizontalSpacing(18)
    form.setVerticalSpacing(10)
    return form


def row_of(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side, to the left."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def say(note: QLabel, text: str, tone: str) -> None:
    """Write a note in a tone: muted, or bad."""
    note.setText(text)
    if note.property("tone") != tone:
        note.setProperty("tone", tone)
        note.style().unpolish(note)
        note.style().polish(note)


def cancel_and_save(dialog: str, cancel: Callable[[], object], save: Callable[[], object], tips: tuple[str, str]) -> QHBoxLayout:
    """The two buttons, named after their dialog; tips: of cancel and of save."""
    buttons = QHBoxLayout()
    buttons.addStretch(1)
    for text, do, tip in (("Cancel", cancel, tips[0]), ("Save…", save, tips[1])):
        button = QPushButton(text)
        button.setObjectName(f"{dialog}.{text.rstrip('…').lower()}")
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.clicked.connect(do)
        buttons.addWidget(button)
        if do is save:
            button.setProperty("look", "primary")
            button.setDefault(True)
    return buttons

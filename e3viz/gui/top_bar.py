"""The bar at the head of the window: open, undo and redo on the left; code and figures on the right."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

LEFT = (("open", "Open…"), ("undo", "↶"), ("redo", "↷"))
RIGHT = (("copy-python", "Copy as Python"), ("export-figure", "Export figure…"), ("palette", "Ctrl K"))


class TopBar(QFrame):
    """Buttons for the commands used most."""

    def __init__(self, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self.setFixedHeight(47)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        name = QLabel("e3viz")
        name.setProperty("look", "name")
        row.addWidget(name)
        row.addSpacing(14)
        for command, text in LEFT:
            row.addWidget(_button(actions[command], text))
        row.addStretch(1)
        for command, text in RIGHT:
            row.addWidget(_button(actions[command], text))


def _button(action: QAction, text: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(f"top.{action.objectName().removeprefix('command.')}")
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        keys = action.shortcut().toString()
        button.setToolTip(action.toolTip() + (f" ({keys})" if keys else ""))
        button.setAccessibleName(action.text().replace("&", ""))

    action.changed.connect(follow)
    follow()
    return button

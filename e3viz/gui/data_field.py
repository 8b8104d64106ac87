"""A field for a data set: a file, a slice of one, or the name of a set that comes with the program, with a button that looks for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from e3viz.gui.controls import Field


class DataField(QWidget):
    """Shows a data set by its name. edited(text): another was typed or chosen."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, read: Callable[[str], Any], write: Callable[[Any], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = Field(read, write)
        self.button = QPushButton("…")
        self.button.setProperty("look", "icon")
        self.button.setFixedWidth(30)
        self.button.clicked.connect(self._offer)
        self.field.edited.connect(self.edited)
        self.field.moved.connect(self.moved)
        self.field.problem.connect(self.problem)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.field)

    def name_parts(self, name: str, label: str, tip: str) -> None:
        """Name what is inside."""
        self.field.setObjectName(f"{name}.text")
        self.field.setAccessibleName(label)
        self.field.setToolTip(tip)
        self.button.setObjectName(f"{name}.browse")
        self.button.setAccessibleName(f"Choose {label.lower()}")
        self.button.setToolTip("Choose a file, a folder, the bundled ethanol or a public data set.")

    def show_value(self, value: str) -> None:
        """Show a data set; of a long path the end, which says more."""
        self.field.show_value(value)
        if not self.field.hasFocus():
            self.field.end(False)

    def take(self, text: str) -> None:
        """Choose one."""
        if text:
            self.field.setText(text)
            self.field.editingFinished.emit()

    def _offer(self) -> None:
        menu = QMenu(self)
        menu.setObjectName(f"{self.objectName()}.menu")
        menu.addAction("A file…", lambda: self.take(QFileDialog.getOpenFileName(self, "Data with energies and forces")[0]))
        menu.addAction("A folder…", lambda: self.take(QFileDialog.getExistingDirectory(self, "Data with energies and forces")))
        menu.addAction("Ethanol, bundled", lambda: self.take("ethanol"))
        public = self.window().findChild(QAction, "command.public-data")
        if isinstance(public, QAction):
            menu.addSeparator()
            menu.addAction(public)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

"""A field for a file or folder: its name, cut in the middle where it is long, and a button to look for another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from e3viz.errors import UserError
from e3viz.gui.labels import ElidedLabel


class PathField(QWidget):
    """Shows a path by its name. edited(path): another was chosen or dropped."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, read: Callable[[str], Any], *, folder: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read, self._folder, self._value = read, folder, ""
        self.setAcceptDrops(True)
        self._name = ElidedLabel("", mode=Qt.TextElideMode.ElideMiddle)
        self._name.setProperty("look", "value")
        self.button = QPushButton("…")
        self.button.setProperty("look", "icon")
        self.button.setFixedWidth(30)
        self.button.clicked.connect(self._browse)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._name, 1)
        row.addWidget(self.button)
        self.setFocusProxy(self.button)

    def name_parts(self, name: str, label: str, tip: str) -> None:
        """Name what is inside."""
        self.button.setObjectName(f"{name}.browse")
        self.button.setAccessibleName(f"Choose {label.lower()}")
        self.button.setToolTip(tip)

    def show_value(self, value: str) -> None:
        """Show a path."""
        self._value = value
        self._name.setText(Path(value).name if value else "none")
        self._name.setToolTip(value)

    def take(self, path: str) -> None:
        """Choose a path, if it will do."""
        try:
            value = self._read(path)
        except UserError as error:
            self.problem.emit(str(error))
            return
        self.problem.emit("")
        if value != self._value:
            self.show_value(value)
            self.edited.emit(value)

    def _browse(self) -> None:
        start = str(Path(self._value).parent) if self._value else ""
        if self._folder:
            path = QFileDialog.getExistingDirectory(self, self.accessibleName(), start)
        else:
            path, _ = QFileDialog.getOpenFileName(self, self.accessibleName(), start)
        if path:
            self.take(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One file or folder may be dropped."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Choose what was dropped."""
        event.acceptProposedAction()
        self.take(next(url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()))

"""“Copied as Python”: shows the script that was put on the clipboard, and saves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from e3viz.errors import UserError
from e3viz.files import replacing


class Script(QDialog):
    """Shows a script. failed(error): it could not be saved."""

    def __init__(self, text: str, name: str, failed: Callable[[BaseException], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("script")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Copied as Python")
        self.resize(780, 560)
        self._text, self._name, self._failed = text, name, failed
        said = QLabel("This script is on the clipboard. It runs as it is, with public libraries.")
        said.setProperty("tone", "muted")
        shown = QPlainTextEdit(text)
        shown.setReadOnly(True)
        shown.setTabChangesFocus(True)
        shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        shown.setProperty("look", "code")
        shown.setObjectName("script.text")
        shown.setAccessibleName("Script")
        shown.setToolTip("The script; it is on the clipboard.")
        row = QHBoxLayout()
        row.addStretch(1)
        for title, do, tip in (
            ("Save…", self._ask, "Save the script."),
            ("Close", self.close, "Close; the script stays on the clipboard."),
        ):
            button = QPushButton(title)
            button.setObjectName(f"script.{title.rstrip('…').lower()}")
            button.setAccessibleName(title)
            button.setToolTip(tip)
            button.clicked.connect(do)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(said)
        column.addWidget(shown)
        column.addLayout(row)

    def save(self, path: Path) -> None:
        """Write the script to a file."""
        try:
            with replacing(path) as part:
                part.write_text(self._text, encoding="utf-8")
        except UserError as error:
            self._failed(error)

    def _ask(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save script", str(Path.home() / self._name), "Python (*.py)")
        if name:
            self.save(Path(name if Path(name).suffix else name + ".py"))

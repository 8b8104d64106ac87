"""Files held over the window: what was taken hold of, and the sheet that says what letting go will do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QLabel, QWidget

INSET = 12


def dropped(data: QMimeData) -> list[Path]:
    """The files in what is dragged."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


class DropSheet(QLabel):
    """Lies over its parent while files are held over it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("drop-sheet")
        self.setProperty("look", "drop")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def offer(self, paths: list[Path]) -> None:
        """Say what letting go will do."""
        self.setText(f"Open {paths[0].name}" if len(paths) == 1 else f"Open {len(paths)} files")
        self.setGeometry(self.parentWidget().rect().adjusted(INSET, INSET, -INSET, -INSET))
        self.raise_()
        self.show()

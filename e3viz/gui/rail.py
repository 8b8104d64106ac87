"""The rail of labs on the left: what to learn with, what to work with."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from e3viz.gui.icons import SIDE, icon
from e3viz.labs import LABS
from e3viz.pictures.style import Theme

WIDTH = 186
SECTIONS = {"learn": "LEARN", "work": "WORK"}


class Rail(QFrame):
    """A button for each lab, by section. chosen(name)."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "panel")
        self.setFixedWidth(WIDTH)
        self._buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 18, 10, 10)
        column.setSpacing(1)
        for section, heading in SECTIONS.items():
            entries = [entry for entry in LABS if entry.section == section]
            if not entries:
                continue
            label = QLabel(heading)
            label.setProperty("look", "section")
            label.setContentsMargins(8, 8, 0, 4)
            column.addWidget(label)
            for entry in entries:
                button = QPushButton(entry.title)
                button.setCheckable(True)
                button.setProperty("look", "rail")
                button.setObjectName(f"rail.{entry.name}")
                button.setAccessibleName(f"Lab: {entry.title}")
                number = LABS.index(entry) + 1
                shortcut = f" (Ctrl+{number % 10})" if number <= 10 else ""
                button.setToolTip(f"{entry.summary[:1].upper()}{entry.summary[1:]}.{shortcut}")
                button.setIconSize(QSize(SIDE, SIDE))
                button.clicked.connect(lambda _=False, name=entry.name: self.chosen.emit(name))
                group.addButton(button)
                column.addWidget(button)
                self._buttons[entry.name] = button
        column.addStretch(1)
        self.set_theme(theme)

    def show_lab(self, name: str) -> None:
        """Mark the lab on view."""
        self._buttons[name].setChecked(True)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's ink."""
        for name, button in self._buttons.items():
            button.setIcon(icon(name, theme))

"""The rail of labs on the left: what to learn with, what to work with."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QButtonGroup, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from e3viz.labs import LABS
from e3viz.pictures.style import Theme
from e3viz.resources import FOLDER

WIDTH = 186
SECTIONS = {"learn": "LEARN", "work": "WORK"}
ICON = 18


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
                button.setIconSize(QSize(ICON, ICON))
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
            button.setIcon(lab_icon(name, theme))


def lab_icon(name: str, theme: Theme) -> QIcon:
    """The icon of a lab: muted, and in the accent colour where it is chosen."""
    icon = QIcon()
    path = FOLDER / "icons" / f"{name}.svg"
    if not path.exists():
        return icon
    source = path.read_text(encoding="utf-8")
    for state, colour in ((QIcon.State.Off, theme.muted), (QIcon.State.On, theme.accent)):
        renderer = QSvgRenderer(source.replace("currentColor", colour).encode())
        pixmap = QPixmap(ICON * 3, ICON * 3)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        icon.addPixmap(pixmap, QIcon.Mode.Normal, state)
    return icon

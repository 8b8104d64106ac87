"""The bar at the head of the window: name, menus, open, undo and redo on the left; code and figures on the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenuBar, QPushButton, QSizePolicy, QWidget

from e3viz.gui.icons import SIDE, icon
from e3viz.pictures.style import Theme

LEFT = (("open", "Open…"), ("undo", ""), ("redo", ""))
RIGHT = (
    ("copy-python", "Copy as Python"),
    ("export-figure", "Export figure…"),
    ("export-animation", "Export animation…"),
    ("palette", "Ctrl K"),
)


class TopBar(QFrame):
    """The menus, and buttons for the commands used most."""

    def __init__(self, actions: dict[str, QAction], menus: QMenuBar, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self.setFixedHeight(47)
        self._drawn: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        name = QLabel("e3viz")
        name.setProperty("look", "name")
        row.addWidget(name)
        row.addSpacing(6)
        menus.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(menus, alignment=Qt.AlignmentFlag.AlignVCenter)
        row.addSpacing(8)
        for command, text in LEFT:
            row.addWidget(self._button(actions[command], command, text))
        row.addStretch(1)
        for command, text in RIGHT:
            row.addWidget(self._button(actions[command], command, text))
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Draw the icons in the theme's colours."""
        for name, button in self._drawn.items():
            button.setIcon(icon(name, theme))

    def _button(self, action: QAction, command: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"top.{command}")
        button.clicked.connect(action.trigger)
        if not text:
            button.setIconSize(QSize(SIDE, SIDE))
            button.setProperty("look", "icon")
            self._drawn[command] = button
        elif command == "palette":
            button.setProperty("look", "key")

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            keys = action.shortcut().toString()
            button.setToolTip(action.toolTip() + (f" ({keys})" if keys else ""))
            button.setAccessibleName(action.text().replace("&", ""))

        action.changed.connect(follow)
        follow()
        return button

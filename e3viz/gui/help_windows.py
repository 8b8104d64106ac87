"""Small windows that only tell: the shortcuts, and what this program is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QMessageBox, QScrollArea, QVBoxLayout, QWidget

from e3viz import __version__

if TYPE_CHECKING:
    from e3viz.gui.main_window import MainWindow

MOUSE = (
    ("Turn", "drag"), ("Roll", "Ctrl drag"), ("Move", "Shift drag, middle drag"), ("Zoom", "wheel, right drag"), ("Fit", "double click, F"),
    ("Select", "click"), ("Add to the selection", "Shift click"), ("Turn by steps", "← → ↑ ↓"), ("Zoom by steps", "+ −"),
    ("Look along an axis", "X Y Z"), ("From its other side", "Shift X Y Z"),
)  # fmt: skip
PLAYER = (("Play or pause", "Space"), ("Step", "← →"), ("First, last", "Home End"))
ABOUT = """<h3>e3viz {version}</h3>
<p>See, build, train and question E(3)-equivariant neural networks.</p>
<p>It grew out of the poster and interactive blog “Demystifying E(3)-equivariant Neural Networks”<br>
by Killian Sheriff and Yifan Cao, MIT 2022. MIT licence.</p>"""


def show_shortcuts(window: MainWindow) -> QDialog:
    """All shortcuts in one sheet."""
    dialog = QDialog(window)
    dialog.setObjectName("shortcuts")
    dialog.setWindowTitle("Shortcuts")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.resize(760, 560)
    menus = dict.fromkeys(command.menu for command in window.commands if command.menu)
    groups = [(menu, [(c.title, c.keys_text()) for c in window.commands if c.menu == menu and c.keys_text()]) for menu in menus]
    actions = [(action.title, action.shortcut) for action in window.page.lab.actions if action.shortcut]
    groups += [(window.page.lab.title, actions)] if actions else []
    groups += [("In a 3D picture", list(MOUSE)), ("In a player", list(PLAYER))]
    inside = QWidget()
    grid = QGridLayout(inside)
    grid.setHorizontalSpacing(40)
    columns = [groups[::2], groups[1::2]]
    for number, column in enumerate(columns):
        box = QVBoxLayout()
        for title, rows in column:
            box.addWidget(_group(title, rows))
        box.addStretch(1)
        grid.addLayout(box, 0, number)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(inside)
    QVBoxLayout(dialog).addWidget(area)
    dialog.show()
    return dialog


def _group(title: str, rows: list[tuple[str, str]]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 12)
    grid.setColumnStretch(0, 1)
    heading = QLabel(title)
    heading.setProperty("look", "heading")
    grid.addWidget(heading, 0, 0)
    for number, (name, keys) in enumerate(rows, start=1):
        grid.addWidget(QLabel(name), number, 0)
        label = QLabel(keys)
        label.setProperty("look", "key")
        grid.addWidget(label, number, 1, Qt.AlignmentFlag.AlignRight)
    return box


def show_about(window: MainWindow) -> None:
    """What this program is."""
    QMessageBox.about(window, "About e3viz", ABOUT.format(version=__version__))

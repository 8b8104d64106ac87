"""Views of a scene by name: what a right click offers, and what keys do."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu

from e3viz.gui.camera_moves import AXIS_VIEWS

if TYPE_CHECKING:
    from e3viz.gui.view3d import View3D

KEY_TURN, KEY_ZOOM = math.radians(7.5), 1.15


def views_menu(view: View3D) -> QMenu:
    """What a right click offers."""
    menu = QMenu(view)
    menu.setObjectName(f"view3d.{view.panel}.menu")
    menu.addAction("Fit\tF", view.fit)
    menu.addSeparator()
    for name in AXIS_VIEWS:
        key = f"Shift+{name[1:].upper()}" if name.startswith("-") else name.upper()
        menu.addAction(f"Look along {name.replace('-', '−')}\t{key}", lambda name=name: view.look_along(name))
    menu.addSeparator()
    parallel = menu.addAction("Parallel projection\tP", lambda: view.parallel_wanted.emit(not view.camera().parallel))
    parallel.setCheckable(True)
    parallel.setChecked(view.camera().parallel)
    return menu


def key_pressed(view: View3D, event: QKeyEvent) -> bool:
    """Do what a key means here, False if it means nothing."""
    modifiers = Qt.KeyboardModifier
    if event.modifiers() & (modifiers.ControlModifier | modifiers.AltModifier | modifiers.MetaModifier):
        return False
    key, step = event.key(), KEY_TURN
    turns = {Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0), Qt.Key.Key_Up: (0.0, -step), Qt.Key.Key_Down: (0.0, step)}
    names = {Qt.Key.Key_X: "x", Qt.Key.Key_Y: "y", Qt.Key.Key_Z: "z"}
    if key in turns:
        view.turn(*turns[Qt.Key(key)])
    elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        view.zoom(KEY_ZOOM)
    elif key == Qt.Key.Key_Minus:
        view.zoom(1 / KEY_ZOOM)
    elif key == Qt.Key.Key_F:
        view.fit()
    elif key == Qt.Key.Key_P:
        view.parallel_wanted.emit(not view.camera().parallel)
    elif key in names:
        view.look_along(("-" if event.modifiers() & modifiers.ShiftModifier else "") + names[Qt.Key(key)])
    else:
        return False
    return True

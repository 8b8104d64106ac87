"""A 3D view: a Stage in a Qt widget, and what the mouse and keys do to its camera.

The only file that knows VTK's close order. Dragging turns the scene about its middle as if it were a ball under the pointer, the
middle button or Shift moves it, the wheel zooms to the pointer, a double click fits; a click without a drag reports what lies there.
Nothing is rendered unless something changed.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from e3viz.gui.interactor import QVTKRenderWindowInteractor
from e3viz.labs.lab import Hit
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.stage import Stage
from e3viz.pictures.style import LIGHT, Theme

CLICK = 4.0
"""Pixels that the pointer may move between press and release of a click."""
TURN_PER_WIDTH = 1.25 * math.pi
AXIS_VIEWS = {
    "x": Camera((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), "y": Camera((0.0, -1.0, 0.0), (0.0, 0.0, 1.0)), "z": Camera((0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    "-x": Camera((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)), "-y": Camera((0.0, 1.0, 0.0), (0.0, 0.0, 1.0)), "-z": Camera((0.0, 0.0, -1.0), (0.0, 1.0, 0.0)),
}  # fmt: skip


class View3D(QVTKRenderWindowInteractor):  # type: ignore[misc]
    """Shows a Scene. picked(Hit), hovered(Hit or None); camera_moved(Camera) when a person has turned, moved or zoomed;
    frame_drawn() after each frame that reached the screen."""

    picked = Signal(object)
    hovered = Signal(object)
    camera_moved = Signal(object)
    frame_drawn = Signal()

    def __init__(self, panel: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._Iren.Enable()  # without it VTK's interactor swallows every Render, and the view stays black
        self._Iren.SetInteractorStyle(None)
        self.panel = panel
        self.setObjectName(f"view3d.{panel}")
        self.setAccessibleName(f"3D picture: {panel}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(120, 100))
        self._theme = LIGHT
        self._stage: Stage | None = None
        self._scene: Scene | None = None
        self._start: Camera | None = None
        self._fitted = True
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._dragged = False
        self._insets = (0.0, 0.0, 0.0, 0.0)
        self._pointer: QPointF | None = None
        self._hover = QTimer(self)
        self._hover.setSingleShot(True)
        self._hover.setInterval(40)
        self._hover.timeout.connect(self._report_hover)

    # ---- what is shown ----------------------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """The stage in this widget; made when it is first needed."""
        if self._stage is None:
            self._stage = Stage(self.GetRenderWindow(), pixels=self.devicePixelRatioF())
        return self._stage

    def show_scene(self, scene: Scene, theme: Theme, camera: Camera | None = None) -> None:
        """Draw a scene. The camera stays, except at first, or when the scene asks for another first camera while nobody moved it."""
        first = self._scene is None
        changed = first or (self._scene is not None and self._scene.camera != scene.camera)
        self._scene, self._theme = scene, theme
        self.stage.show(scene, theme)
        if first and camera is not None:
            self._fitted = False
            self.stage.set_camera(camera)
        elif changed:
            moved = None if self._fitted else self.stage.camera()
            if moved is not None and self._start is not None and replace(self._start, parallel=scene.camera.parallel) == scene.camera:
                self.stage.set_camera(replace(moved, parallel=scene.camera.parallel))
            else:
                self.fit(scene.camera)
        self._start = scene.camera
        self.update()

    def camera(self) -> Camera:
        """Where the scene is seen from now; what is fitted to the view is left open, so that a figure of another shape fits it too."""
        camera = self.stage.camera()
        return replace(camera, focal=None, height=None) if self._fitted else camera

    def set_insets(self, left: float, top: float, right: float, bottom: float) -> None:
        """Pixels at the edges that a fitted scene leaves free, for what lies over the view."""
        if (left, top, right, bottom) != self._insets:
            self._insets = (left, top, right, bottom)
            if self._fitted and self._scene is not None:
                self.fit(self.stage.camera())

    def fit(self, camera: Camera | None = None) -> None:
        """Show all of the scene, from `camera` or from where it is seen now."""
        if self._scene is None:
            return
        camera = camera or self.stage.camera()
        ratio = self.devicePixelRatioF()
        left, top, right, bottom = (inset * ratio for inset in self._insets)
        self.stage.set_camera(replace(camera, focal=None, height=None), self._scene, (left, top, right, bottom))
        self._fitted = True
        self.update()

    def look_from(self, camera: Camera) -> None:
        """Turn to a direction, keeping the projection, and fit."""
        self.fit(replace(camera, parallel=self.stage.camera().parallel))
        self._moved()

    def set_parallel(self, parallel: bool) -> None:
        """Parallel or perspective projection, at the same size."""
        self.stage.set_camera(replace(self.stage.camera(), parallel=parallel))
        self.update()

    def grab_image(self) -> QImage:
        """The picture as it is on the screen."""
        return self.grabFramebuffer()

    def close_view(self) -> None:
        """Let go of VTK, in the order that does not crash: stage, then render window. The widget is of no use afterwards."""
        self._hover.stop()
        if self._stage is not None:
            self._stage.close()
            self._stage = None
        self._scene = None
        self.close()

    # ---- moving the camera ------------------------------------------------------------------------------------------------------

    def turn(self, right: float, up: float, roll: float = 0.0) -> None:
        """Turn the scene by angles in radians: about the view's upright axis, its level axis, and the line of sight."""
        camera, axes = self.stage.camera(), self.stage.view().axes
        rotation = _rotation(axes[1], -right) @ _rotation(axes[0], -up) @ _rotation(axes[2], -roll)
        back, upright = rotation @ axes[2], rotation @ axes[1]
        self.stage.set_camera(replace(camera, direction=_triple(back), up=_triple(upright)))
        self.update()

    def shift(self, dx: float, dy: float) -> None:
        """Move the scene by pixels of the widget."""
        camera, view = self.stage.camera(), self.stage.view()
        unit = view.height / view.size[1] * self.devicePixelRatioF()
        focal = view.focal - (dx * view.axes[0] - dy * view.axes[1]) * unit
        self.stage.set_camera(replace(camera, focal=_triple(focal)))
        self._fitted = False
        self.update()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Make the scene larger by a factor, keeping what lies under `at` (the middle by default) in place."""
        camera, view = self.stage.camera(), self.stage.view()
        focal = view.focal
        if at is not None:
            ratio = self.devicePixelRatioF()
            unit = view.height / view.size[1]
            x, y = at.x() * ratio - view.size[0] / 2, view.size[1] / 2 - at.y() * ratio
            focal = focal + (x * view.axes[0] + y * view.axes[1]) * unit * (1 - 1 / factor)
        self.stage.set_camera(replace(camera, focal=_triple(focal), height=view.height / factor))
        self._fitted = False
        self.update()

    def _moved(self) -> None:
        self.camera_moved.emit(self.camera())

    def _hit(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> Hit:
        ratio = self.devicePixelRatioF()
        found = self.stage.pick(at.x() * ratio, at.y() * ratio)
        if found is None:
            return Hit(self.panel, keys=keys_of(modifiers))
        item, index, place = found
        return Hit(self.panel, item, index, place, keys_of(modifiers))

    def _report_hover(self) -> None:
        if self._scene is not None and self._pointer is not None and self._pressed is None:
            hit = self._hit(self._pointer, Qt.KeyboardModifier.NoModifier)
            self.hovered.emit(hit if hit.item else None)

    # ---- Qt ---------------------------------------------------------------------------------------------------------------------

    def paintGL(self) -> None:
        """Draw, and say so."""
        super().paintGL()
        if self._scene is not None:
            self.frame_drawn.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted scene fitted."""
        super().resizeEvent(event)
        if self._fitted and self._scene is not None:
            self.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed, self._last, self._dragged = event.position(), event.position(), False
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Turn (left), move (middle, or left with Shift), zoom (right), or notice what lies under the pointer."""
        at = event.position()
        if self._pressed is None or self._scene is None:
            self._pointer = at
            if not self._hover.isActive():
                self._hover.start()
            return
        step = at - self._last
        if not self._dragged and (at - self._pressed).manhattanLength() < CLICK:
            return
        self._dragged, self._last = True, at
        buttons, modifiers = event.buttons(), event.modifiers()
        if buttons & Qt.MouseButton.MiddleButton or modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.shift(step.x(), step.y())
        elif buttons & Qt.MouseButton.RightButton:
            self.zoom(math.exp(-step.y() / 150.0))
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self.turn(0.0, 0.0, step.x() / max(1, self.width()) * TURN_PER_WIDTH)
        else:
            scale = TURN_PER_WIDTH / max(1, min(self.width(), self.height()))
            self.turn(step.x() * scale, step.y() * scale)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or report a click."""
        if self._pressed is None or self._scene is None:
            return
        dragged, self._pressed = self._dragged, None
        if dragged:
            self._moved()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._hit(event.position(), event.modifiers()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        self.fit()
        self._moved()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer."""
        if self._scene is not None and event.angleDelta().y():
            self.zoom(1.0015 ** event.angleDelta().y(), event.position())
            self._moved()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._pointer = None
        self.hovered.emit(None)

    def enterEvent(self, event: QEvent) -> None:
        """VTK's own interaction is not used."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows turn, + and − zoom, F fits, X, Y and Z look along an axis (with Shift from the other side)."""
        if self._scene is None or not self._key(event):
            event.ignore()
            return
        event.accept()
        self._moved()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """VTK's own interaction is not used."""
        event.ignore()

    def _key(self, event: QKeyEvent) -> bool:
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier):
            return False
        key, step = event.key(), math.radians(7.5)
        turns = {Qt.Key.Key_Left: (-step, 0.0), Qt.Key.Key_Right: (step, 0.0), Qt.Key.Key_Up: (0.0, -step), Qt.Key.Key_Down: (0.0, step)}
        names = {Qt.Key.Key_X: "x", Qt.Key.Key_Y: "y", Qt.Key.Key_Z: "z"}
        if key in turns:
            self.turn(*turns[Qt.Key(key)])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.15)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / 1.15)
        elif key == Qt.Key.Key_F:
            self.fit()
        elif key in names:
            sign = "-" if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else ""
            self.look_from(AXIS_VIEWS[sign + names[Qt.Key(key)]])
        else:
            return False
        return True


def keys_of(modifiers: Qt.KeyboardModifier) -> frozenset[str]:
    """The modifier keys of an event by name."""
    names = {
        Qt.KeyboardModifier.ShiftModifier: "shift",
        Qt.KeyboardModifier.ControlModifier: "ctrl",
        Qt.KeyboardModifier.AltModifier: "alt",
    }
    return frozenset(name for flag, name in names.items() if modifiers & flag)


def _rotation(axis: np.ndarray, angle: float) -> np.ndarray:
    cross = np.array([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    return np.eye(3) + math.sin(angle) * cross + (1.0 - math.cos(angle)) * cross @ cross


def _triple(v: np.ndarray) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])

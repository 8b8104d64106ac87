"""A 3D view: a Stage in a Qt widget, and what the mouse and keys do to its eye.

The only file that knows VTK's close order. Nothing is rendered unless something changed. Left drag turns, the middle button or Shift
moves, Ctrl rolls, right drag and wheel zoom, a double click fits, a click without a drag reports what lies there, a right click
offers views; what a scene lets slide is carried by a left drag. On a machine that draws slowly, what moves is drawn with less care until it rests.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QNativeGestureEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from e3viz.gui.camera_moves import AXIS_VIEWS
from e3viz.gui.eye import Eye, Insets
from e3viz.gui.grip import Grip
from e3viz.gui.interactor import QVTKRenderWindowInteractor
from e3viz.gui.pointing import CLICK, keys_of
from e3viz.gui.view_menu import key_pressed, views_menu
from e3viz.labs.lab import Hit
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.stage import Stage
from e3viz.pictures.style import LIGHT, Theme

TURN_PER_WIDTH = 1.25 * math.pi
SLOW = 0.04
"""Seconds; a view whose frames take longer hurries while it is being moved."""
PAUSE = 250
"""Milliseconds without a move after which a hurried picture is drawn again with care."""


class View3D(QVTKRenderWindowInteractor):  # type: ignore[misc]
    """Shows a Scene. picked(Hit), hovered(Hit or None); slid(Hit, finished): a step of a drag of what slides, from where the last step
    ended to hit.end; camera_moved(Camera) when a person has turned, moved or zoomed;
    parallel_wanted(bool): another projection is asked for; frame_drawn() after each frame that reached the screen."""

    picked = Signal(object)
    hovered = Signal(object)
    slid = Signal(object, bool)
    camera_moved = Signal(object)
    parallel_wanted = Signal(bool)
    frame_drawn = Signal()

    def __init__(self, panel: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._Iren.Enable()  # without it VTK's interactor swallows every Render, and the view stays black
        self._Iren.SetInteractorStyle(None)
        self.panel = panel
        self.tip = ""
        self.setObjectName(f"view3d.{panel}")
        self.setAccessibleName(f"3D picture: {panel}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(40, 30))
        self._theme = LIGHT
        self._stage: Stage | None = None
        self._scene: Scene | None = None
        self._eye: Eye | None = None
        self._pressed: QPointF | None = None
        self._grip: Grip | None = None
        self._last = QPointF()
        self._dragged = False
        self._pointer: QPointF | None = None
        self._frame_cost = 0.0
        self._hover = self._timer(30, self._report_hover)
        self._rest = self._timer(PAUSE, self._draw_with_care)

    def _timer(self, milliseconds: int, do: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(do)
        return timer

    # ---- what is shown ----------------------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """The stage in this widget; made when it is first needed."""
        if self._stage is None:
            self._stage = Stage(self.GetRenderWindow(), pixels=self.devicePixelRatioF())
        return self._stage

    @property
    def eye(self) -> Eye:
        """Where the stage is looked at from."""
        if self._eye is None:
            self._eye = Eye(self.stage, self)
            self._eye.moved.connect(self._hurry)
        return self._eye

    def show_scene(self, scene: Scene, theme: Theme, camera: Camera | None = None, *, fresh: bool = False) -> None:
        """Draw a scene. The camera stays unless the scene asks for another first one, or is of something new (`fresh`).

        camera: where a person last looked from, for the first scene of this view."""
        self._scene, self._theme = scene, theme
        self.stage.show(scene, theme)
        self.eye.follow(scene, camera, fresh=fresh, held=self._pressed is not None)
        self.update()

    def camera(self) -> Camera:
        """Where the scene is seen from now; what is fitted to the view is left open, so that a figure of another shape fits it too."""
        camera = self.eye.goal
        return replace(camera, focal=None, height=None) if self.eye.fitted else camera

    def set_insets(self, insets: Insets, corner: tuple[float, float] = (0.0, 0.0)) -> None:
        """Points at the left, top, right and bottom that a fitted scene leaves free, for what lies over the view.

        corner: width and height of what lies in the upper right corner, which hides nothing either."""
        ratio = self.devicePixelRatioF()
        left, top, right, bottom = (inset * ratio for inset in insets)
        self.eye.leave_free((left, top, right, bottom), (corner[0] * ratio, corner[1] * ratio))

    def fit(self) -> None:
        """Show all of the scene, in a short flight."""
        self.eye.fit(flying=self.isVisible())
        self._moved()

    def look_from(self, camera: Camera) -> None:
        """Fly to a direction, keeping the projection, and fit."""
        self.eye.look_from(camera, flying=self.isVisible())
        self._moved()

    def look_along(self, name: str) -> None:
        """Fly to the view along x, y or z, or along -x, -y or -z."""
        self.look_from(AXIS_VIEWS[name])

    def set_parallel(self, parallel: bool) -> None:
        """Parallel or perspective projection, at the same size."""
        self.eye.set_parallel(parallel)
        self._moved()

    def turn(self, right: float, down: float) -> None:
        """Turn the scene by angles in radians."""
        self.eye.turn(right, down)

    def shift(self, dx: float, dy: float) -> None:
        """Move the scene by pixels of the widget."""
        ratio = self.devicePixelRatioF()
        self.eye.shift(dx * ratio, dy * ratio)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Make the scene larger by a factor, keeping what lies under `at` (the middle by default) in place."""
        at = at if at is not None else QPointF(self.width() / 2.0, self.height() / 2.0)
        ratio = self.devicePixelRatioF()
        self.eye.zoom(factor, at.x() * ratio, at.y() * ratio)

    def grab_image(self) -> QImage:
        """The picture as it is on the screen."""
        return self.grabFramebuffer()

    def close_view(self) -> None:
        """Let go of VTK, in the order that does not crash: stage, then render window. The widget is of no use afterwards."""
        self._hover.stop()
        self._rest.stop()
        if self._eye is not None:
            self._eye.close()
        if self._stage is not None:
            self._stage.close()
            self._stage = None
        self._scene = None
        self.close()

    # ---- drawing ----------------------------------------------------------------------------------------------------------------

    def _hurry(self) -> None:
        """Ask for a frame in the middle of a move; on a slow machine one drawn with less care."""
        if self._frame_cost > SLOW:
            self.stage.hurry(True)
            self._rest.start()
        self.update()

    def _draw_with_care(self) -> None:
        if self._stage is None or not self._stage.hurried:
            return
        if self._pressed is not None or self.eye.flying:
            self._rest.start()
            return
        self._stage.hurry(False)
        self.update()

    def _moved(self) -> None:
        self.camera_moved.emit(self.camera())

    # ---- pointing ---------------------------------------------------------------------------------------------------------------

    def _hit(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> Hit:
        ratio = self.devicePixelRatioF()
        found = self.stage.pick(at.x() * ratio, at.y() * ratio)
        if found is None:
            return Hit(self.panel, keys=keys_of(modifiers))
        item, index, place = found
        return Hit(self.panel, item, index, place, keys_of(modifiers))

    def _report_hover(self) -> None:
        if self._scene is not None and self._pointer is not None and self._pressed is None:
            began = time.monotonic()
            hit = self._hit(self._pointer, Qt.KeyboardModifier.NoModifier)
            self._hover.setInterval(max(30, round(4000.0 * (time.monotonic() - began))))  # very many atoms: ask less often
            self.setCursor(Qt.CursorShape.OpenHandCursor if self._slides(hit.item) else Qt.CursorShape.ArrowCursor)
            self.hovered.emit(hit if hit.item else None)

    def _slides(self, *items: str) -> bool:
        """Whether any of these actors can be carried by a drag."""
        actors = self._scene.actors if self._scene is not None else {}
        return any(actors[item].slides for item in items if item in actors)

    def _take_hold(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Hold what a press has hit, if it can be carried."""
        if self._scene is not None and not modifiers and self._slides(*self._scene.actors):
            hit = self._hit(at, modifiers)
            if self._slides(hit.item):
                self._grip = Grip(hit, self.stage.view())
                self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def _carry(self, at: QPointF, modifiers: Qt.KeyboardModifier, *, finished: bool) -> None:
        if self._grip is not None:
            ratio = self.devicePixelRatioF()
            self.slid.emit(self._grip.carry(self.stage.view(), at.x() * ratio, at.y() * ratio, keys_of(modifiers)), finished)

    def _offer(self, at: QPoint) -> None:
        menu = views_menu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    # ---- Qt ---------------------------------------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Pinching zooms; another screen has other pixels."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            if self._scene is not None:
                self.zoom(math.exp(event.value()), event.position())
                self._moved()
            return True
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._stage is not None and self._scene is not None:
            self._stage.pixels = self.devicePixelRatioF()
            self._stage.show(self._scene, self._theme)
        return bool(super().event(event))

    def paintGL(self) -> None:
        """Draw, and say so."""
        began = time.monotonic()
        super().paintGL()
        if self._scene is not None:
            if not self.stage.hurried:
                self._frame_cost = time.monotonic() - began
            self.frame_drawn.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted scene fitted."""
        super().resizeEvent(event)
        if self._scene is not None:
            self.eye.refit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed, self._last, self._dragged, self._grip = event.position(), event.position(), False, None
        if event.button() == Qt.MouseButton.LeftButton:
            self._take_hold(event.position(), event.modifiers())
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
        if not self._dragged:
            self.hovered.emit(None)
        self._dragged, self._last = True, at
        buttons, modifiers = event.buttons(), event.modifiers()
        scale = TURN_PER_WIDTH / max(1, min(self.width(), self.height()))
        if self._grip is not None:
            self._carry(at, modifiers, finished=False)
        elif buttons & Qt.MouseButton.MiddleButton or modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.shift(step.x(), step.y())
        elif buttons & Qt.MouseButton.RightButton:
            self.zoom(math.exp(-step.y() / 150.0))
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            self.eye.roll(-step.x() * scale)
        else:
            self.turn(step.x() * scale, step.y() * scale)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, report a click, or offer views."""
        if self._pressed is None or self._scene is None:
            return
        dragged, self._pressed = self._dragged, None
        if self._grip is not None:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        if dragged and self._grip is not None:
            self._carry(event.position(), event.modifiers(), finished=True)
        elif dragged:
            self._moved()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._hit(event.position(), event.modifiers()))
        elif event.button() == Qt.MouseButton.RightButton:
            self._offer(event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        if event.button() == Qt.MouseButton.LeftButton and self._scene is not None:
            self.fit()

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
        """Arrows turn, + and − zoom, F fits, X, Y and Z look along an axis (with Shift from the other side), P changes the projection."""
        if self._scene is None or not key_pressed(self, event):
            event.ignore()
            return
        event.accept()
        self._moved()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """VTK's own interaction is not used."""
        event.ignore()

"""A Diagram on the screen, scaled to fit; the wheel zooms to the pointer, dragging the ground moves it, a double click fits it again.

Shapes with a name can be clicked, dragged from one to another, and reached with the keyboard: the arrow keys go from shape to
shape, Return clicks. What is pointed at gets a rim in the accent colour, or, where it has parts that belong to it (`lifts`), stands out
with them while all else fades. A drag that leads to nothing springs back.
"""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QLineF, QPointF, Qt, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from e3viz.gui import diagram_paint
from e3viz.gui.diagram_layers import Layers
from e3viz.gui.diagram_paint import NEAR, Painted
from e3viz.gui.pointing import CLICK, keys_of
from e3viz.labs.lab import Hit
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.style import LIGHT, Theme

LEAST_ZOOM, MOST_ZOOM = 0.2, 40.0
LARGEST = 1.6
"""How much larger than its own size a small diagram is drawn to fill its view."""
SHADOW, RAISED = 0.22, 0.9
"""How opaque what fades is while something is lifted, and at least what is lifted."""
SPRING = 260
"""Milliseconds in which a drag springs back."""


class DiagramView(QWidget):
    """Shows a Diagram. picked(Hit): a click, or with `end` a drag from shape to shape; hovered(Hit or None): what is pointed at, with
    `end` while a drag is over a shape; slid(Hit, finished): a step of a drag on a shape that slides, from where the last step ended to
    `end`; frame_drawn()."""

    picked = Signal(object)
    hovered = Signal(object)
    slid = Signal(object, bool)
    frame_drawn = Signal()

    def __init__(self, panel: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self.tip = ""
        self.setObjectName(f"diagram.{panel}")
        self.setAccessibleName(f"Diagram: {panel}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 60)
        self._diagram = Diagram(1.0, 1.0)
        self._theme = LIGHT
        self._shapes: list[Painted] = []
        self._shown = False
        self._zoom, self._shift = 1.0, QPointF()
        self._layers = Layers()
        self._still: QPixmap | None = None
        self._lit: Painted | None = None
        self._pressed: QPointF | None = None
        self._held: Painted | None = None
        self._last = QPointF()
        self._dragged = False
        self._pointer: QPointF | None = None
        self._hover = QTimer(self)
        self._hover.setSingleShot(True)
        self._hover.setInterval(30)
        self._hover.timeout.connect(self._point)
        self._line: QLineF | None = None
        self._spring = QVariantAnimation(self)
        self._spring.setDuration(SPRING)
        self._spring.setEasingCurve(QEasingCurve.Type.OutBack)
        self._spring.setStartValue(1.0)
        self._spring.setEndValue(0.0)
        self._spring.valueChanged.connect(lambda _: self.update())
        self._spring.finished.connect(self._sprung)

    def show_diagram(self, diagram: Diagram, theme: Theme) -> None:
        """Draw a diagram; the zoom stays."""
        lit = self._lit.shape.name if self._lit is not None else ""
        known = self._shapes if theme is self._theme else None
        self._diagram, self._theme, self._shown = diagram, theme, True
        self._shapes = diagram_paint.prepare(diagram, theme, known)
        self._layers.show(self._shapes)
        self._lit = next((s for s in self._shapes if lit and s.shape.name == lit), None)
        self._redraw()

    def fit(self) -> None:
        """Show all of it."""
        self._zoom, self._shift = 1.0, QPointF()
        self._redraw()

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Make it larger by a factor, keeping what lies at `about` (the middle by default) in place."""
        about = about if about is not None else QPointF(self.width() / 2.0, self.height() / 2.0)
        factor = min(max(self._zoom * factor, LEAST_ZOOM), MOST_ZOOM) / self._zoom
        middle = QPointF(self.width() / 2.0, self.height() / 2.0) + self._shift
        self._shift += (middle - about) * (factor - 1.0)
        self._zoom *= factor
        self._redraw()

    def place_of(self, name: str) -> QPointF:
        """Where in the widget the middle of a named shape lies; raises KeyError."""
        for painted in reversed(self._shapes):
            if painted.shape.name == name:
                return self._placing().map(painted.bounds.center())
        raise KeyError(name)

    def spring_back(self, hit: Hit) -> None:
        """Let the line of a drag that led to nothing go back to where it began."""
        start = next((s.bounds.center() for s in self._shapes if hit.item and s.shape.name == hit.item), None)
        if start is not None and hit.end is not None and len(hit.end.position) >= 2:
            placing = self._placing()
            self._line = QLineF(placing.map(start), placing.map(QPointF(*hit.end.position[:2])))
            self._spring.start()

    def _sprung(self) -> None:
        self._line = None
        self.update()

    def grab_image(self) -> QImage:
        """The picture as it is on the screen."""
        return self.grab().toImage()

    def close_view(self) -> None:
        """Nothing more will be reported."""
        self._hover.stop()
        self._spring.stop()
        self._shapes, self._lit, self._held = [], None, None
        self._layers.show([])

    def _scale(self) -> float:
        fit = min(self.width() / max(self._diagram.width, 1e-9), self.height() / max(self._diagram.height, 1e-9))
        return max(min(fit, LARGEST), 1e-6) * self._zoom

    def _placing(self) -> QTransform:
        """From the diagram's points to the widget's."""
        scale = self._scale()
        left = (self.width() - self._diagram.width * scale) / 2.0 + self._shift.x()
        top = (self.height() - self._diagram.height * scale) / 2.0 + self._shift.y()
        return QTransform(scale, 0.0, 0.0, scale, left, top)

    def _under(self, at: QPointF, *, named: bool = True) -> Painted | None:
        back, _ = self._placing().inverted()
        return diagram_paint.at(self._shapes, back.map(at), NEAR / self._scale(), named=named)

    def _hit(self, at: QPointF, shape: Painted | None, keys: Qt.KeyboardModifier, end: Hit | None = None) -> Hit:
        back, _ = self._placing().inverted()
        place = back.map(at)
        return Hit(self.panel, shape.shape.name if shape else "", position=(place.x(), place.y()), keys=keys_of(keys), end=end)

    def _light(self, shape: Painted | None) -> None:
        if shape is not self._lit:
            self._lit = shape
            self.setCursor(Qt.CursorShape.SizeVerCursor if shape is not None and shape.shape.slides else Qt.CursorShape.ArrowCursor)
            self.update()

    def _point(self) -> None:
        if self._pointer is None or not self._shown:
            return
        shape, tipped = self._under(self._pointer), self._under(self._pointer, named=False)
        self.tip = tipped.shape.tip if tipped is not None else ""
        self.setCursor(Qt.CursorShape.PointingHandCursor if shape else Qt.CursorShape.ArrowCursor)
        self._light(shape)
        self.hovered.emit(self._hit(self._pointer, shape, Qt.KeyboardModifier.NoModifier) if shape or self.tip else None)

    def _redraw(self) -> None:
        self._still = None
        self.update()

    def _step(self, steps: int) -> None:
        names = list(dict.fromkeys(s.shape.name for s in self._shapes if s.shape.name))
        if names:
            now = names.index(self._lit.shape.name) if self._lit is not None and self._lit.shape.name in names else -1 if steps > 0 else 0
            name = names[(now + steps) % len(names)]
            self._light(next(s for s in reversed(self._shapes) if s.shape.name == name))

    def _picture(self) -> QPixmap:
        """The shapes on a transparent ground, painted anew only when they or the zoom have changed."""
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.devicePixelRatio() != ratio:
            self._still = self._layers.draw((self._placing(), self.size(), ratio))
        return self._still

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shapes, the rim around what is pointed at, and the line of a drag."""
        painter = QPainter(self)
        lifted = frozenset(self._lit.shape.lifts) if self._lit is not None and not self._dragged else frozenset()
        painter.setOpacity(SHADOW if lifted else 1.0)
        painter.drawPixmap(0, 0, self._picture())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if lifted:
            painter.setTransform(self._placing())
            for shape in self._shapes:
                if shape.shape.name in lifted:
                    shape.paint(painter, RAISED)
            painter.resetTransform()
            painter.setOpacity(1.0)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        accent = QColor(self._theme.accent)
        if self._lit is not None and not (lifted and isinstance(self._lit.shape, diagram_paint.Line | diagram_paint.Text)):
            painter.setTransform(self._placing())
            painter.setPen(QPen(accent, 2.0 / self._scale()))
            if isinstance(self._lit.shape, diagram_paint.Text | diagram_paint.Formula):
                painter.drawRoundedRect(self._lit.bounds.adjusted(-3, -3, 3, 3), 4, 4)
            else:
                painter.drawPath(self._lit.path)
            painter.resetTransform()
        if self._held is not None and self._dragged and not self._held.shape.slides:
            painter.setPen(QPen(accent, 2.0, Qt.PenStyle.DashLine))
            painter.drawLine(self._placing().map(self._held.bounds.center()), self._last)
        if self._line is not None:
            painter.setPen(QPen(QColor(self._theme.bad), 2.0, Qt.PenStyle.DashLine))
            painter.drawLine(self._line.p1(), self._line.pointAt(float(self._spring.currentValue())))
        painter.end()
        if self._shown:
            self.frame_drawn.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale to the new size."""
        super().resizeEvent(event)
        self._still = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a drag from a shape, or a move of all."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = self._last = event.position()
        self._dragged = False
        self._held = self._under(event.position()) if event.button() == Qt.MouseButton.LeftButton else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point, pull a line from a shape, or move all."""
        at = event.position()
        if self._pressed is None:
            self._pointer = at
            if not self._hover.isActive():
                self._hover.start()
            return
        if not self._dragged and (at - self._pressed).manhattanLength() < CLICK:
            return
        if self._held is None:
            self._shift += at - (self._last if self._dragged else self._pressed)
            self._redraw()
        elif self._held.shape.slides:
            self._slide(self._held, self._last, at, event.modifiers(), finished=False)
        else:
            self._aim(at)
        self._dragged, self._last = True, at
        self.update()

    def _slide(self, held: Painted, start: QPointF, at: QPointF, keys: Qt.KeyboardModifier, *, finished: bool) -> None:
        self.slid.emit(self._hit(start, held, keys, self._hit(at, None, keys)), finished)

    def _aim(self, at: QPointF) -> None:
        """Say what a drag would end at, whenever that changes."""
        under = self._under(at)
        if under is self._lit and self._dragged:
            return
        self._light(under)
        if under is None or self._pressed is None or under.shape.name == (self._held.shape.name if self._held else ""):
            self.hovered.emit(None)
            return
        none = Qt.KeyboardModifier.NoModifier
        self.hovered.emit(self._hit(self._pressed, self._held, none, self._hit(at, under, none)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Report a click, or a drag from one shape to another place."""
        start, held, dragged = self._pressed, self._held, self._dragged
        self._pressed, self._held, self._dragged = None, None, False
        self.update()
        if start is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if not dragged:
            self.picked.emit(self._hit(start, held, event.modifiers()))
        elif held is not None and held.shape.slides:
            self._slide(held, self._last, event.position(), event.modifiers(), finished=True)
        elif held is not None:
            self.hovered.emit(None)
            end = self._hit(event.position(), self._under(event.position()), event.modifiers())
            self.picked.emit(self._hit(start, held, event.modifiers(), end))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show all of it, if the ground was meant; a quick second click on a shape is another click."""
        if self._under(event.position()) is None:
            self.fit()
        else:
            self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer."""
        if event.angleDelta().y():
            self.zoom(1.0015 ** event.angleDelta().y(), event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._pointer, self.tip = None, ""
        self._light(None)
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys go from shape to shape, Return clicks, + − zoom, F fits."""
        key = event.key()
        steps = {Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1}
        if key in steps:
            self._step(steps[Qt.Key(key)])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._lit is not None:
            self.picked.emit(self._hit(self._placing().map(self._lit.bounds.center()), self._lit, event.modifiers()))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.2)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / 1.2)
        elif key == Qt.Key.Key_F:
            self.fit()
        else:
            event.ignore()

"""A Chart on the screen, drawn from the very shapes that go on paper, so that a figure is what the window showed.

The wheel zooms to the pointer (over an axis, that axis alone), dragging the ground moves, a double click fits. The pointer's upright
line says what the curves are there. What stays is painted once; rules that can be dragged, and the line, are painted over it.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from e3viz.gui import chart_reading as reading
from e3viz.gui.chart_reading import Limits
from e3viz.gui.crosshair import crosshair
from e3viz.gui.diagram_paint import prepare
from e3viz.gui.pointing import CLICK, keys_of
from e3viz.labs.lab import Hit
from e3viz.pictures import legends, marks, paper
from e3viz.pictures.chart import Axis, Chart, Rule
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.paper import Frame, Scale
from e3viz.pictures.style import LIGHT, Theme

EDGE = 3.0
PAN, ZOOM = 40.0, 1.25


class ChartView(QWidget):
    """Shows a Chart. picked(Hit): a click, at its numbers; hovered(Hit or None); rule_moved(Hit, finished): a movable rule is dragged;
    frame_drawn(). tip: words on what is under the pointer."""

    picked = Signal(object)
    hovered = Signal(object)
    rule_moved = Signal(object, bool)
    frame_drawn = Signal()

    def __init__(self, panel: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self.tip = ""
        self.setObjectName(f"chart.{panel}")
        self.setAccessibleName(f"Chart: {panel}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(80, 50)
        self._chart = Chart()
        self._theme = LIGHT
        self._shown = self._small = False
        self._limits = Limits()
        self._frame: Frame | None = None
        self._still: QPixmap | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._dragged = False
        self._held: Rule | None = None
        self._pointer: QPointF | None = None
        self._hover = QTimer(self)
        self._hover.setSingleShot(True)
        self._hover.setInterval(30)
        self._hover.timeout.connect(self._report_hover)

    # ---- what is shown ----------------------------------------------------------------------------------------------------------

    def set_small(self) -> None:
        """For a strip under a player: no axes, only the curves, and a press anywhere takes hold of the rule."""
        self._small = True
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_chart(self, chart: Chart, theme: Theme) -> None:
        """Draw a chart; what a person has zoomed to stays while the axes mean the same."""
        old, before = self._chart, self._theme
        if not (self._shown and theme == before and reading.same_but_rules(old, chart)):
            self._still = self._frame = None
        if _meaning(old) != _meaning(chart):
            self._limits = Limits()
        self._chart, self._theme, self._shown = chart, theme, True
        self.setAccessibleDescription(", ".join(plot.label for plot in chart.plots if plot.label))
        self.update()

    def fit(self) -> None:
        """Show everything."""
        self._zoom_to(Limits())

    def grab_image(self) -> QImage:
        """The picture as it is on the screen."""
        return self.grab().toImage()

    def close_view(self) -> None:
        """Nothing more will be reported."""
        self._hover.stop()
        self._shown = False

    @property
    def frame(self) -> Frame:
        """Where the axes lie."""
        if self._frame is None:
            seen, size = self._limits.of(self._chart), (float(self.width()), float(self.height()))
            if self._small:
                ends = {name: paper.span(seen, name) for name in ("x", "y", "right")}
                upright = max(2 * EDGE, size[1] - EDGE)
                right = Scale(*ends["right"], upright, EDGE, seen.right.log) if seen.right is not None else None
                across = Scale(*ends["x"], EDGE, max(2 * EDGE, size[0] - EDGE), seen.x.log)
                self._frame = Frame(across, Scale(*ends["y"], upright, EDGE, seen.y.log), right)
            else:
                self._frame = paper.lay_out(seen, size).frame
        return self._frame

    def _picture(self) -> QPixmap:
        """All that does not move, painted anew only when it or the limits have changed."""
        ratio = self.devicePixelRatioF()
        if self._still is None or self._still.devicePixelRatio() != ratio:
            self._still = QPixmap(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._still)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for shape in prepare(self._diagram(), self._theme):
                shape.paint(painter)
            painter.end()
        return self._still

    def _diagram(self) -> Diagram:
        frame, size = self.frame, (float(self.width()), float(self.height()))
        seen = self._limits.of(self._chart)
        fixed = replace(seen, plots=tuple(p for p in seen.plots if not (isinstance(p, Rule) and p.movable)))
        if self._small:
            return Diagram(*size, tuple(shape for plot in fixed.plots for shape in marks.draw(plot, frame, self._theme)))
        limits = Limits(*(paper.span(seen, name) for name in ("x", "y", "right")))  # as if the rules that move were there too
        return paper.draw(limits.of(fixed), self._theme, size, absent=True)

    def _zoom_to(self, limits: Limits) -> None:
        self._limits = limits
        self._still = self._frame = None
        self.update()

    def _hold(self, at: QPointF, numbers: tuple[float, float]) -> None:
        """Bring numbers to a place: other limits have other words at the axes, which take another width."""
        dx, dy = at.x() - float(self.frame.x(numbers[0])), at.y() - float(self.frame.y(numbers[1]))
        if max(abs(dx), abs(dy)) > 0.01:
            self._zoom_to(reading.moved(self._chart, self.frame, dx, dy))

    # ---- pointing ---------------------------------------------------------------------------------------------------------------

    def _numbers(self, at: QPointF) -> tuple[float, float]:
        return reading.number_at(self.frame.x, at.x()), reading.number_at(self.frame.y, at.y())

    def _inside(self, at: QPointF) -> bool:
        left, top, right, bottom = self.frame.box
        return left <= at.x() <= right and min(top, bottom) <= at.y() <= max(top, bottom)

    def _legend_at(self, at: QPointF) -> str:
        """Name of the plot whose row of the legend is there, "" for none."""
        if not self._chart.switches or not self._chart.legend or self._small:
            return ""
        rows = legends.legend_rows(self._limits.of(self._chart), self.frame, absent=True)
        over = (r for r in rows if r.x <= at.x() <= r.x + r.width and r.y <= at.y() < r.y + legends.STEP)
        return next((row.plot.name for row in over), "")

    def _hit(self, at: QPointF, keys: Qt.KeyboardModifier) -> Hit:
        item, index = reading.nearest(self._chart, self.frame, at.x(), at.y())
        return Hit(self.panel, item, index, self._numbers(at), keys_of(keys))

    def _report_hover(self) -> None:
        at = self._pointer
        if at is None or not self._shown or self._pressed is not None:
            return
        shapes = Qt.CursorShape
        if self._legend_at(at):
            self.setCursor(shapes.PointingHandCursor)
            self.tip = "Click to hide or show."
            self.hovered.emit(Hit(f"legend:{self.panel}", self._legend_at(at)))
            return
        rule = reading.rule_at(self._chart, self.frame, at.x(), at.y())
        self.setCursor(shapes.ArrowCursor if rule is None else shapes.SizeHorCursor if rule.x is not None else shapes.SizeVerCursor)
        self.tip = reading.cell(self._chart, self.frame, at.x(), at.y()) if self._inside(at) else ""
        hit = self._hit(at, Qt.KeyboardModifier.NoModifier)
        self.hovered.emit(hit if (hit.item or self.tip) and self._inside(at) else None)

    def _take_hold(self, at: QPointF) -> Rule | None:
        rule = reading.rule_at(self._chart, self.frame, at.x(), at.y())
        if rule is None and self._small:
            rule = next((p for p in self._chart.plots if isinstance(p, Rule) and p.movable and p.x is not None), None)
        return rule

    def _pull(self, at: QPointF, keys: Qt.KeyboardModifier, *, finished: bool) -> None:
        """Report where a rule is being dragged to; it is drawn there at once, before the lab has answered."""
        assert self._held is not None
        frame, held = self.frame, self._held
        scale = frame.x if held.x is not None else frame.y_of(held)
        low, high = sorted((scale.start, scale.end))
        value = reading.number_at(scale, min(max(at.x() if held.x is not None else at.y(), low), high))
        moved = replace(held, x=value) if held.x is not None else replace(held, y=value)
        plots = tuple(moved if plot is held else plot for plot in self._chart.plots)
        if moved in plots:
            self._chart, self._held = replace(self._chart, plots=plots), moved
        position = (value, 0.0) if held.x is not None else (0.0, value)
        self.rule_moved.emit(Hit(self.panel, held.name, position=position, keys=keys_of(keys)), finished)
        self.update()

    # ---- painting ---------------------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """What stays, the rules that move, and what the curves say at the pointer."""
        if not self._shown:
            return
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        moving = tuple(s for p in self._chart.plots if isinstance(p, Rule) and p.movable for s in marks.rule(p, self.frame, self._theme))
        for shape in prepare(Diagram(1.0, 1.0, moving), self._theme):
            shape.paint(painter)
        painter.setOpacity(1.0)
        if self._pointer is not None and self._pressed is None and self._inside(self._pointer) and not self._legend_at(self._pointer):
            crosshair(painter, self._chart, self.frame, self._theme, self._pointer)
        painter.end()
        self.frame_drawn.emit()

    # ---- Qt ---------------------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._still = self._frame = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, or take hold of a rule or of the ground."""
        if not self._shown or event.button() not in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            return
        if not self._small:
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._pressed = self._last = event.position()
        self._dragged = False
        self._held = self._take_hold(event.position()) if event.button() == Qt.MouseButton.LeftButton else None
        if self._held is not None and self._small:
            self._pull(event.position(), event.modifiers(), finished=False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point, drag a rule, or move the ground."""
        at = event.position()
        if self._pressed is None or not self._shown:
            self._pointer = at
            self.update()
            if not self._hover.isActive():
                self._hover.start()
            return
        if not self._dragged and self._held is None and (at - self._pressed).manhattanLength() < CLICK:
            return
        if self._held is not None:
            self._pull(at, event.modifiers(), finished=False)
        elif not self._small:
            self._hold(at, self._numbers(self._last))
        self._dragged, self._last = True, at

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go, or report a click."""
        if self._pressed is None or not self._shown:
            return
        dragged, self._pressed = self._dragged, None
        if self._held is not None:
            self._pull(event.position(), event.modifiers(), finished=True)
            self._held = None
        elif not dragged and event.button() == Qt.MouseButton.LeftButton and self._inside(event.position()):
            named = self._legend_at(event.position())
            keys = event.modifiers()
            self.picked.emit(Hit(f"legend:{self.panel}", named, keys=keys_of(keys)) if named else self._hit(event.position(), keys))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show everything."""
        if self._small:
            self.mousePressEvent(event)
        else:
            self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer."""
        if self._small or not self._shown or not event.angleDelta().y():
            event.ignore()
            return
        at, (left, _, _, bottom) = event.position(), self.frame.box
        x = None if at.x() < left and not self._chart.equal else at.x()
        y = None if at.y() > bottom and not self._chart.equal else at.y()
        numbers = self._numbers(at)
        self._zoom_to(reading.zoomed(self._chart, self.frame, 1.0015 ** event.angleDelta().y(), x, y))
        if x is not None and y is not None:
            self._hold(at, numbers)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer any more."""
        self._pointer, self.tip = None, ""
        self.update()
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The arrow keys move, + and − zoom, F fits."""
        key, middle = event.key(), QPointF(self.width() / 2.0, self.height() / 2.0)
        moves = {Qt.Key.Key_Left: (PAN, 0.0), Qt.Key.Key_Right: (-PAN, 0.0), Qt.Key.Key_Up: (0.0, PAN), Qt.Key.Key_Down: (0.0, -PAN)}
        if key in moves:
            self._zoom_to(reading.moved(self._chart, self.frame, *moves[Qt.Key(key)]))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            factor = 1.0 / ZOOM if key == Qt.Key.Key_Minus else ZOOM
            self._zoom_to(reading.zoomed(self._chart, self.frame, factor, middle.x(), middle.y()))
        elif key == Qt.Key.Key_F:
            self.fit()
        else:
            event.ignore()


def _meaning(chart: Chart) -> tuple[object, ...]:
    """What the axes of a chart are of."""
    return tuple((axis.label, axis.log) for axis in (chart.x, chart.y, chart.right or Axis()))

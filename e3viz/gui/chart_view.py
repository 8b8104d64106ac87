"""A Chart on the screen, by pyqtgraph. On paper `pictures.paper` draws the same.

pyqtgraph's own logarithmic mode is rough, so logarithmic axes plot log10 and write the powers at their ticks. Items are kept by
position and kind and get their new numbers in place.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont
from PySide6.QtWidgets import QVBoxLayout, QWidget

from e3viz.gui.theme import SANS
from e3viz.labs.lab import Hit
from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Plot, Points, Rule
from e3viz.pictures.colourmaps import diverging, sequential
from e3viz.pictures.style import LIGHT, Theme

MARKS = {"dot": "o", "cross": "+", "square": "s", "triangle": "t1"}


class LogAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose numbers may be powers of ten of what is plotted."""

    log = False

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Numbers as people write them."""
        if not self.log:
            return [text.replace("-", "−") for text in super().tickStrings(values, scale, spacing)]
        return [f"{10.0**v:.3g}" if abs(10.0**v) < 1e5 and 10.0**v > 1e-4 else f"1e{v:g}" for v in values]

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """On a logarithmic axis 1, 2 and 5 of each decade, or whole decades if there are many."""
        if not self.log:
            return list(super().tickValues(low, high, size))
        decades = range(math.floor(low), math.ceil(high) + 1)
        steps = (1, 2, 5) if high - low < 2.5 else (1,)
        return [(1.0, [d + math.log10(s) for d in decades for s in steps if low <= d + math.log10(s) <= high])]


class ChartView(QWidget):
    """Shows a Chart. picked(Hit): a click, at its numbers; rule_moved(Hit, finished): a movable rule is being dragged."""

    picked = Signal(object)
    hovered = Signal(object)
    frame_drawn = Signal()
    tip = ""
    rule_moved = Signal(object, bool)

    def __init__(self, panel: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = panel
        self.setObjectName(f"chart.{panel}")
        self.setAccessibleName(f"Chart: {panel}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._chart: Chart | None = None
        self._small = False
        self._items: list[tuple[type, Any]] = []
        self._axes = {side: LogAxis(side) for side in ("bottom", "left", "right")}
        self._plot = pg.PlotWidget(axisItems=self._axes, background=None)
        self._plot.setObjectName(f"chart.{panel}.plot")
        self._plot.setAccessibleName(f"Chart: {panel}")
        self._item = self._plot.getPlotItem()
        self._item.setMenuEnabled(False)
        self._item.hideButtons()
        self._right = pg.ViewBox()
        self._item.scene().addItem(self._right)
        self._axes["right"].linkToView(self._right)
        self._right.setXLink(self._item.vb)
        self._item.vb.sigResized.connect(self._align)
        self._legend: Any = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._item.scene().sigMouseClicked.connect(self._clicked)
        self._item.scene().sigMouseMoved.connect(self._pointed)

    def set_small(self) -> None:
        """For a strip under a player: no labels and no numbers, only the curves."""
        self._small = True
        for side in self._axes:
            self._item.hideAxis(side)
        self._item.vb.setMouseEnabled(x=True, y=False)

    def fit(self) -> None:
        pass

    def close_view(self) -> None:
        pass

    def show_chart(self, chart: Chart, theme: Theme = LIGHT) -> None:
        """Draw a chart, keeping the items that stay."""
        first, self._chart, self._theme = self._chart is None, chart, theme
        self._plot.setBackground(theme.page)
        for side, axis in (("bottom", chart.x), ("left", chart.y), ("right", chart.right)):
            self._dress(self._axes[side], axis, theme)
        self._item.showAxis("right", chart.right is not None and not self._small)
        self._item.showGrid(x=chart.grid and not self._small, y=chart.grid and not self._small, alpha=0.12)
        self._item.vb.setAspectLocked(chart.equal)
        for number, plot in enumerate(chart.plots):
            if number < len(self._items) and self._items[number][0] is not type(plot):
                self._drop(number)
            if number >= len(self._items):
                self._items.append((type(plot), self._make(plot)))
            self._update(self._items[number][1], plot)
        while len(self._items) > len(chart.plots):
            self._drop(len(self._items) - 1)
        self._label(chart)
        self._limits(chart, first)
        QTimer.singleShot(0, self, self.frame_drawn.emit)

    def _drop(self, number: int) -> None:
        for _, item in self._items[number:]:
            for piece in item if isinstance(item, list) else [item]:
                box = piece.getViewBox()
                (self._right if box is self._right else self._item).removeItem(piece)
        del self._items[number:]

    def _dress(self, item: Any, axis: Axis | None, theme: Theme) -> None:
        if axis is None:
            return
        font = QFont(SANS)
        font.setPixelSize(11)
        item.setStyle(tickFont=font, tickLength=-4)
        item.setPen(QColor(theme.line))
        item.setTextPen(QColor(theme.muted))
        item.log = axis.log
        item.setLabel(axis.label, color=theme.muted, **{"font-size": "11px"})
        item.setTicks([[(self._scaled(v, axis), text) for v, text in axis.ticks]] if axis.ticks else None)

    @staticmethod
    def _scaled(values: Any, axis: Axis | None) -> Any:
        if axis is None or not axis.log:
            return values
        with np.errstate(divide="ignore", invalid="ignore"):
            found = np.log10(np.asarray(values, dtype=float))
        return np.where(np.isfinite(found), found, np.nan) if np.ndim(values) else float(found)

    def _make(self, plot: Plot) -> Any:
        if isinstance(plot, Curve):
            curve, low, high = _line(), pg.PlotDataItem(), pg.PlotDataItem()
            band = pg.FillBetweenItem(low, high)
            band.setZValue(-10)
            made: Any = [curve, band] if plot.band is not None else [curve]
            if plot.band is not None:
                curve._band_edges = (low, high)
        elif isinstance(plot, Points):
            made = [pg.ScatterPlotItem()]
        elif isinstance(plot, Bars):
            made = [pg.BarGraphItem(x=[], height=[], width=1)]
        elif isinstance(plot, Heat):
            made = [pg.ImageItem(axisOrder="row-major")]
        elif isinstance(plot, Rule):
            line = pg.InfiniteLine(angle=90 if plot.x is not None else 0, movable=plot.movable)
            line.sigDragged.connect(lambda item, plot=plot: self._dragged(item, plot, False))
            line.sigPositionChangeFinished.connect(lambda item, plot=plot: self._dragged(item, plot, True))
            made = [line]
        else:
            raise TypeError(type(plot))
        for piece in made:
            (self._right if plot.right else self._item).addItem(piece)
        return made

    def _update(self, made: list[Any], plot: Plot) -> None:
        chart, theme = self._chart, self._theme
        assert chart is not None
        across = chart.right if plot.right else chart.y
        if isinstance(plot, Curve):
            colour = QColor(theme.colour(plot.colour))
            colour.setAlphaF(0.35 if plot.pale else 1.0)
            style = Qt.PenStyle.DashLine if plot.dashed else Qt.PenStyle.SolidLine
            made[0].setData(self._scaled(plot.x, chart.x), self._scaled(plot.y, across))
            made[0].setPen(pg.mkPen(colour, width=plot.width, style=style))
            if plot.band is not None:
                edges = made[0]._band_edges
                for edge, values in zip(edges, plot.band, strict=True):
                    edge.setData(self._scaled(plot.x, chart.x), self._scaled(values, across))
                colour.setAlphaF(0.16)
                made[1].setBrush(colour)
        elif isinstance(plot, Points):
            brush: Any = QColor(theme.colour(plot.colour))
            if plot.colours is not None:
                brush = [pg.mkBrush(*map(int, c)) for c in plot.colours]
            pen = pg.mkPen(QColor(theme.colour(plot.colour)), width=1.8) if plot.mark == "cross" else None
            made[0].setData(
                x=self._scaled(plot.x, chart.x),
                y=self._scaled(plot.y, across),
                size=plot.size,
                symbol=MARKS[plot.mark],
                brush=brush,
                pen=pen,
            )
        elif isinstance(plot, Bars):
            made[0].setOpts(x=plot.x, height=plot.heights, width=plot.width, brush=QColor(theme.colour(plot.colour)), pen=None)
        elif isinstance(plot, Heat):
            numbers = np.asarray(plot.numbers, dtype=float)
            limit = float(np.nanmax(np.abs(numbers), initial=0.0)) or 1.0
            pixels = (
                diverging(numbers, limit) if plot.diverging else sequential(numbers, float(np.nanmin(numbers)), float(np.nanmax(numbers)))
            )
            made[0].setImage(pixels)
            self._item.vb.invertY(True)
        elif isinstance(plot, Rule):
            made[0].blockSignals(True)
            made[0].setValue(self._scaled(plot.x, chart.x) if plot.x is not None else self._scaled(plot.y, across))
            made[0].blockSignals(False)
            made[0].setPen(
                pg.mkPen(QColor(theme.colour(plot.colour)), width=1.4, style=Qt.PenStyle.DashLine if plot.dashed else Qt.PenStyle.SolidLine)
            )

    def _label(self, chart: Chart) -> None:
        wanted = [plot.label for plot in chart.plots if plot.label] if chart.legend else []
        if self._legend is None and wanted:
            self._legend = self._item.addLegend(offset=(-8, 4), labelTextSize="9pt", colCount=2)
        if self._legend is None:
            return
        self._legend.setLabelTextColor(self._theme.muted)
        if [label.text for _, label in self._legend.items] != wanted:
            self._legend.clear()
            for plot, (_, made) in zip(chart.plots, self._items, strict=True):
                if plot.label and chart.legend and not isinstance(plot, Rule | Heat):
                    self._legend.addItem(made[0], plot.label)

    def _limits(self, chart: Chart, first: bool) -> None:
        view = self._item.vb
        for axis, auto, place in ((chart.x, pg.ViewBox.XAxis, view.setXRange), (chart.y, pg.ViewBox.YAxis, view.setYRange)):
            if axis.low is not None and axis.high is not None and axis.high > axis.low:
                place(self._scaled(axis.low, axis), self._scaled(axis.high, axis), padding=0.01)
            elif first:
                view.enableAutoRange(axis=auto)
        if chart.right is not None:
            self._right.enableAutoRange(axis=pg.ViewBox.YAxis)
        self._align()

    def _align(self) -> None:
        self._right.setGeometry(self._item.vb.sceneBoundingRect())
        self._right.linkedViewChanged(self._item.vb, self._right.XAxis)

    def _place(self, at: QPointF) -> tuple[float, float]:
        point = self._item.vb.mapSceneToView(at)
        chart = self._chart
        x = 10.0 ** point.x() if chart is not None and chart.x.log else point.x()
        y = 10.0 ** point.y() if chart is not None and chart.y.log else point.y()
        return x, y

    def _clicked(self, event: Any) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._item.vb.sceneBoundingRect().contains(event.scenePos()):
            return
        if event.double():
            self._item.vb.autoRange()
            return
        item, index = self._nearest(event.scenePos())
        self.picked.emit(Hit(self.panel, item, index, self._place(event.scenePos())))

    def _nearest(self, at: QPointF) -> tuple[str, int]:
        """The name of the plot and the number of its point within 10 pixels of a place."""
        chart, best = self._chart, (10.0, "", -1)
        for plot in chart.plots if chart is not None else ():
            if isinstance(plot, Points | Curve) and plot.name and len(plot.x):
                box = self._right if plot.right else self._item.vb
                x, y = self._scaled(plot.x, chart.x), self._scaled(plot.y, chart.right if plot.right else chart.y)  # type: ignore[union-attr]
                here, unit = box.mapSceneToView(at), box.viewPixelSize()
                apart = np.hypot((np.asarray(x) - here.x()) / unit[0], (np.asarray(y) - here.y()) / unit[1])
                nearest = int(np.nanargmin(apart)) if np.isfinite(apart).any() else 0
                if apart[nearest] < best[0]:
                    best = float(apart[nearest]), plot.name, nearest
        return best[1], best[2]

    def _pointed(self, at: QPointF) -> None:
        if not self._item.vb.sceneBoundingRect().contains(at):
            self.setToolTip("")
            return
        x, y = self._place(at)
        self._plot.setToolTip(f"{x:.5g}, {y:.5g}".replace("-", "−"))

    def _dragged(self, item: Any, plot: Rule, finished: bool) -> None:
        value = float(item.value())
        axis = self._chart.x if plot.x is not None else self._chart.y  # type: ignore[union-attr]
        value = 10.0**value if axis.log else value
        self.rule_moved.emit(Hit(self.panel, plot.name, position=(value, 0.0) if plot.x is not None else (0.0, value)), finished)


def _line() -> Any:
    """A curve that draws no more points than there are pixels, but all their extremes."""
    return pg.PlotDataItem(connect="finite", autoDownsample=True, downsampleMethod="peak", clipToView=False, antialias=True)

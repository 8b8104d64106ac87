"""Charts on paper: a chart as a diagram in the house style (hairline grid, no frame, plain ticks), so that it goes to SVG, PDF and
pixels the same way as everything else and can stand beside scenes in one figure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures import fonts, legends, marks, ticks
from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Plot, Points, Rule
from e3viz.pictures.diagram import Box, Diagram, Line, Pen, Picture, Shape, Text
from e3viz.pictures.style import Theme

TICK, LABEL, GAP, EDGE = 12.0, 13.0, 7.0, 10.0
SMALLEST = 9.0
"""Letters of an axis label that has little room."""
BAR = 12.0
"""Width of the colour bar of a matrix."""


@dataclass(frozen=True)
class Scale:
    """From numbers on an axis to places in the picture: low is drawn at `start`, high at `end`."""

    low: float
    high: float
    start: float
    end: float
    log: bool

    def __call__(self, values: Any) -> NDArray[np.float64]:
        """Places of values; NaN for what a logarithmic axis cannot show."""
        values = np.asarray(values, dtype=float)
        if self.log:
            with np.errstate(divide="ignore", invalid="ignore"):
                part = np.log10(np.where(values > 0, values, np.nan) / self.low) / math.log10(self.high / self.low)
        else:
            part = (values - self.low) / (self.high - self.low)
        placed: NDArray[np.float64] = self.start + part * (self.end - self.start)
        return placed


@dataclass(frozen=True)
class Frame:
    """Where the axes of a chart lie."""

    x: Scale
    y: Scale
    right: Scale | None

    def y_of(self, plot: Plot) -> Scale:
        """The upright axis a plot belongs to."""
        return self.right if plot.right and self.right is not None else self.y

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom edge."""
        return self.x.start, self.y.end, self.x.end, self.y.start


@dataclass(frozen=True)
class Layout:
    """Where everything of a chart lies in a picture of a size, and which numbers stand at its axes."""

    frame: Frame
    x_ticks: ticks.Ticks
    y_ticks: ticks.Ticks
    right_ticks: ticks.Ticks
    size: tuple[float, float]


def lay_out(chart: Chart, size: tuple[float, float]) -> Layout:
    """The layout of a chart in a size in points."""
    width, height = max(size[0], 60.0), max(size[1], 50.0)
    heat = next((p for p in chart.plots if isinstance(p, Heat)), None)
    spans = {name: span(chart, name) for name in ("x", "y", "right")}
    y_ticks = _ticks(chart.y, spans["y"], height / 45.0)
    right_ticks: ticks.Ticks = ()
    left = _margin(chart.y, y_ticks)
    right = EDGE + (_bar_width(heat) if heat is not None else 0.0)
    if chart.right is not None:
        right_ticks = _ticks(chart.right, spans["right"], height / 45.0)
        right = _margin(chart.right, right_ticks)
    bottom = GAP + TICK * 1.25 + (LABEL * 1.6 if chart.x.label else 0.0) + 4.0
    x_scale = Scale(*spans["x"], left, max(left + 10.0, width - right), chart.x.log)
    top = EDGE + legends.height_above(chart, x_scale.end - x_scale.start)
    y_scale = Scale(*spans["y"], max(top + 10.0, height - bottom), top, chart.y.log)
    if heat is not None:
        y_scale = replace(y_scale, low=spans["y"][1], high=spans["y"][0])
    if chart.equal:
        x_scale, y_scale = equalised(x_scale, y_scale)
        y_ticks = _ticks(chart.y, (min(y_scale.low, y_scale.high), max(y_scale.low, y_scale.high)), height / 45.0)
    y_ticks = _apart(y_ticks, y_scale)
    right_scale = Scale(*spans["right"], y_scale.start, y_scale.end, chart.right.log) if chart.right is not None else None
    return Layout(Frame(x_scale, y_scale, right_scale), _x_ticks(chart.x, x_scale), y_ticks, right_ticks, (width, height))


def draw(chart: Chart, theme: Theme, size: tuple[float, float], *, absent: bool = False) -> Diagram:
    """The chart as a diagram of a size in points. absent: its legend also names what is hidden."""
    laid = lay_out(chart, size)
    frame = laid.frame
    heat = next((p for p in chart.plots if isinstance(p, Heat)), None)
    shapes = _grid(chart, frame, laid.x_ticks, laid.y_ticks) + _numbers(chart, frame, laid.x_ticks, laid.y_ticks, laid.right_ticks)
    for plot in chart.plots:
        shapes += marks.draw(plot, frame, theme)
    if heat is not None:
        shapes += _bar(heat, frame)
    shapes += _axis_labels(chart, frame, laid.size)
    if chart.legend:
        shapes += legends.legend(chart, frame, absent=absent)
    return Diagram(*laid.size, tuple(shapes))


def span(chart: Chart, name: str) -> tuple[float, float]:
    """Lowest and highest number on an axis (x, y or right): its limits, or what fits the data with a little room."""
    axis = {"x": chart.x, "y": chart.y, "right": chart.right}[name] or Axis()
    parts = [np.ravel(np.asarray(v, dtype=float)) for plot in chart.plots for v in reach(plot, name)]
    values = np.concatenate(parts) if parts else np.zeros(0)
    values = values[np.isfinite(values) & ((values > 0) | (not axis.log))]
    tight = any(isinstance(p, Heat) for p in chart.plots)
    low, high = (float(values.min()), float(values.max())) if len(values) else (1.0, 10.0) if axis.log else (0.0, 1.0)
    if axis.log:
        room = 0.0 if tight else max(0.03, 0.05 * math.log10(high / low))
        low, high = low / 10.0**room, high * 10.0**room
    else:
        room = 0.0 if tight else 0.05 * (high - low) or max(abs(high), 1e-12) * 0.1
        floor = name != "x" and any(isinstance(p, Bars) for p in chart.plots) and low >= 0.0
        low, high = 0.0 if floor else low - room, high + room
    if axis.low is not None and (axis.low > 0 or not axis.log):
        low = axis.low
    if axis.high is not None and (axis.high > 0 or not axis.log):
        high = axis.high
    if not high > low:
        high = low * 10.0 if axis.log else low + 1.0
    return low, high


def reach(plot: Plot, name: str) -> list[Any]:
    """The numbers of a plot that an axis must show."""
    if isinstance(plot, Heat):
        rows, columns = np.shape(plot.numbers)
        return [[-0.5, (columns if name == "x" else rows) - 0.5]] if name != "right" else []
    if isinstance(plot, Rule):
        value = plot.x if name == "x" else plot.y
        return [] if value is None or (plot.right != (name == "right") and name != "x") else [[value]]
    if name == "x":
        assert isinstance(plot, Curve | Points | Bars)
        x = np.asarray(plot.x, dtype=float)
        return [x - plot.width / 2.0, x + plot.width / 2.0] if isinstance(plot, Bars) else [x]
    if plot.right != (name == "right"):
        return []
    if isinstance(plot, Bars):
        return [plot.heights, [0.0]]
    assert isinstance(plot, Curve | Points)
    return [plot.y, *(plot.band or ())] if isinstance(plot, Curve) else [plot.y]


def equalised(x: Scale, y: Scale) -> tuple[Scale, Scale]:
    """Both axes with the same length for one unit: the one that shows too little is widened."""
    if x.log != y.log:
        return x, y
    unit = [abs(s.end - s.start) / (math.log10(s.high / s.low) if s.log else abs(s.high - s.low)) for s in (x, y)]
    wide, other = (x, y) if unit[0] > unit[1] else (y, x)
    factor = max(unit) / min(unit)
    if wide.log:
        middle, half = math.sqrt(wide.low * wide.high), (wide.high / wide.low) ** (factor / 2.0)
        wide = replace(wide, low=middle / half, high=middle * half)
    else:
        middle, half = (wide.low + wide.high) / 2.0, (wide.high - wide.low) * factor / 2.0
        wide = replace(wide, low=middle - half, high=middle + half)
    return (wide, other) if unit[0] > unit[1] else (other, wide)


def _ticks(axis: Axis, limits: tuple[float, float], most: float) -> ticks.Ticks:
    if axis.ticks:
        return tuple(t for t in axis.ticks if limits[0] <= t[0] <= limits[1])
    if axis.log:
        return ticks.logarithmic(*limits, max(2, round(most)))
    return ticks.linear(*limits, max(2, round(most)), whole=axis.whole)


def _x_ticks(axis: Axis, scale: Scale) -> ticks.Ticks:
    """As many as do not touch one another."""
    length = scale.end - scale.start
    for most in (length / 70.0, length / 110.0, length / 160.0):
        found = _ticks(axis, (scale.low, scale.high), most)
        if sum(fonts.text_width(t, TICK) + 12.0 for _, t in found) <= length:
            return found
    every = math.ceil(sum(fonts.text_width(t, TICK) + 12.0 for _, t in found) / length)
    return found[::every]


def _apart(found: ticks.Ticks, scale: Scale) -> ticks.Ticks:
    """As many of the marks of an upright axis as do not touch one another."""
    places = np.sort(scale(np.array([value for value, _ in found]))) if len(found) > 1 else np.zeros(0)
    nearest = float(np.diff(places).min(initial=1e9))
    return found[:: max(1, math.ceil(1.1 * TICK / max(nearest, 1e-3)))] if len(found) > 1 else found


def _margin(axis: Axis, found: ticks.Ticks) -> float:
    widest = max((fonts.text_width(t, TICK) for _, t in found), default=0.0)
    return EDGE + GAP + widest + (LABEL * 1.7 if axis.label else 0.0)


def _grid(chart: Chart, frame: Frame, x_ticks: ticks.Ticks, y_ticks: ticks.Ticks) -> list[Shape]:
    left, top, right, bottom = frame.box
    hair = Pen("line", 1.0)
    if not chart.grid:
        return [Line(((left, top), (left, bottom), (right, bottom)), Pen("faint", 1.0))]
    across: list[Shape] = [Line(((left, float(y)), (right, float(y))), hair) for y in frame.y([t for t, _ in y_ticks])]
    return across + [Line(((float(x), top), (float(x), bottom)), hair) for x in frame.x([t for t, _ in x_ticks])]


def _numbers(chart: Chart, frame: Frame, x_ticks: ticks.Ticks, y_ticks: ticks.Ticks, right_ticks: ticks.Ticks) -> list[Shape]:
    left, _, right, bottom = frame.box
    shapes: list[Shape] = []
    for value, text in x_ticks:
        shapes.append(Text(float(frame.x(value)), bottom + GAP + TICK * 0.9, text, TICK, "muted", "middle"))
    for value, text in y_ticks:
        shapes.append(Text(left - GAP, float(frame.y(value)) + TICK * 0.36, text, TICK, "muted", "end"))
    for value, text in right_ticks if frame.right is not None else ():
        assert frame.right is not None
        shapes.append(Text(right + GAP, float(frame.right(value)) + TICK * 0.36, text, TICK, "muted"))
    return shapes


def _axis_labels(chart: Chart, frame: Frame, size: tuple[float, float]) -> list[Shape]:
    left, top, right, bottom = frame.box
    shapes: list[Shape] = []
    if chart.x.label:
        middle, letters = _fitted(chart.x.label, (left + right) / 2.0, size[0])
        shapes.append(Text(middle, size[1] - 7.0, chart.x.label, letters, "muted", "middle"))
    for axis, x in ((chart.y, EDGE + LABEL * 0.6), (chart.right, size[0] - EDGE - LABEL * 0.2)):
        if axis is not None and axis.label:
            middle, letters = _fitted(axis.label, (top + bottom) / 2.0, size[1])
            shapes.append(Text(x, middle, axis.label, letters, "muted", "middle", angle=90.0))
    return shapes


def _fitted(label: str, middle: float, room: float) -> tuple[float, float]:
    """Where the middle of a label is and how large its letters are, so that it stays within the picture: moved first, then smaller."""
    letters = max(SMALLEST, LABEL * min(1.0, (room - 4.0) / max(1.0, fonts.text_width(label, LABEL))))
    half = min(room, fonts.text_width(label, letters)) / 2.0
    return min(max(middle, half + 2.0), room - half - 2.0), letters


def _bar_numbers(heat: Heat) -> ticks.Ticks:
    low, high = marks.heat_limits(heat)
    return ticks.linear(low, high, 5)


def _bar_width(heat: Heat) -> float:
    widest = max((fonts.text_width(t, TICK) for _, t in _bar_numbers(heat)), default=0.0)
    return 2 * GAP + BAR + 6.0 + widest + (LABEL * 1.5 if heat.label_unit else 0.0)


def _bar(heat: Heat, frame: Frame) -> list[Shape]:
    _, top, right, bottom = frame.box
    low, high = marks.heat_limits(heat)
    scale = Scale(low, high, bottom, top, False)
    x = right + 2 * GAP
    colours = marks.heat_colours(heat, np.linspace(high, low, 256)[:, None])
    shapes: list[Shape] = [Picture(x, top, BAR, bottom - top, colours), Box(x, top, BAR, bottom - top, "", Pen("line"))]
    for value, text in _bar_numbers(heat):
        shapes.append(Text(x + BAR + 6.0, float(scale(value)) + TICK * 0.36, text, TICK, "muted"))
    if heat.label_unit:
        place = x + _bar_width(heat) - 2 * GAP
        shapes.append(Text(place, (top + bottom) / 2.0, heat.label_unit, LABEL, "muted", "middle", angle=90.0))
    return shapes

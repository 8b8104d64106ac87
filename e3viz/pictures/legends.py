"""Legends of charts: names of plots with a sample of each, on a card in the corner where it hides least, in a row above the axes, or at the
ends of the curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from e3viz.pictures import fonts, marks
from e3viz.pictures.chart import Bars, Chart, Curve, Plot, Points, Rule
from e3viz.pictures.diagram import Box, Line, Pen, Shape, Text

if TYPE_CHECKING:
    from e3viz.pictures.marks import Array
    from e3viz.pictures.paper import Frame

STEP = 18.0
"""Height of a row of a legend."""
SIZE, NAME, APART = 12.0, 38.0, 12.0
"""Size of its letters, where a name begins in its row, and what lies between rows side by side."""


@dataclass(frozen=True)
class LegendRow:
    """One name in a legend: of which plot, and where its row begins and how wide it is; hidden: the plot is not drawn."""

    plot: Plot
    x: float
    y: float
    width: float
    hidden: bool


def legend_rows(chart: Chart, frame: Frame, *, absent: bool = False) -> list[LegendRow]:
    """Names of the labelled plots, above the axes or in the corner where they hide least; absent: also of those that are hidden."""
    if chart.ends:
        return []
    hidden = [p for p in chart.absent if p.label] if absent else []
    named = [*(p for p in chart.plots if p.label), *hidden]
    if not named:
        return []
    if height_above(chart, frame.x.end - frame.x.start):
        return _rows_above(named, hidden, frame)
    width = max(fonts.text_width(p.label, SIZE) for p in named) + 46.0
    height = STEP * len(named) + 10.0
    left, top, right, bottom = frame.box
    corners = [
        (right - width - 8.0, top + 8.0),
        (left + 8.0, top + 8.0),
        (right - width - 8.0, bottom - height - 8.0),
        (left + 8.0, bottom - height - 8.0),
    ]
    busy = _busy(chart, frame)
    covered = [
        int(((busy[:, 0] > x - 6) & (busy[:, 0] < x + width + 6) & (busy[:, 1] > y - 6) & (busy[:, 1] < y + height + 6)).sum())
        for x, y in corners
    ]
    x, y = corners[int(np.argmin(covered))]
    order = sorted(named, key=lambda p: p.name) if absent and chart.switches else named  # a row stays where it is when it is clicked
    return [LegendRow(plot, x, y + 5.0 + STEP * k, width, plot in hidden) for k, plot in enumerate(order)]


def height_above(chart: Chart, width: float) -> float:
    """What a legend above axes of a width needs; 0 where the chart has none there, because its names are too long to stand side by side."""
    named = [p for p in chart.plots if p.label]
    if not chart.above or not named or not chart.legend:
        return 0.0
    return STEP if sum(_long(p) + APART for p in named) - APART <= width else 0.0


def _rows_above(named: list[Plot], hidden: list[Plot], frame: Frame) -> list[LegendRow]:
    x, rows = frame.box[0] - 4.0, []
    for plot in named:
        rows.append(LegendRow(plot, x, frame.box[1] - STEP - 4.0, _long(plot), plot in hidden))
        x += _long(plot) + APART
    return rows


def _long(plot: Plot) -> float:
    return fonts.text_width(plot.label, SIZE) + _indent(plot)


def _indent(plot: Plot) -> float:
    """Where the name begins: behind the sample, which is longer for lines."""
    return 28.0 if isinstance(plot, Curve | Rule) else 20.0


def legend(chart: Chart, frame: Frame, *, absent: bool = False) -> list[Shape]:
    """The legend on its card, or names at the ends of curves."""
    if chart.ends:
        return _names_at_ends(chart, frame)
    rows = legend_rows(chart, frame, absent=absent)
    if not rows:
        return []
    above = height_above(chart, frame.x.end - frame.x.start) > 0.0
    first = rows[0]
    card = Box(first.x, first.y - 5.0, first.width, STEP * len(rows) + 10.0, "raised", Pen("line"), 6.0, opacity=0.94)
    shapes: list[Shape] = [] if above else [card]
    for row in rows:
        begin, name = (row.x, row.x + _indent(row.plot)) if above else (row.x + 10.0, row.x + NAME)
        middle, sample = row.y + STEP / 2.0, _sample(row.plot, begin, row.y + STEP / 2.0)
        shapes += [replace(shape, opacity=0.35) for shape in sample] if row.hidden else sample
        shapes.append(Text(name, middle + SIZE * 0.36, row.plot.label, SIZE, "faint" if row.hidden else "ink"))
    return shapes


def _names_at_ends(chart: Chart, frame: Frame) -> list[Shape]:
    """From the top down, each as near to its curve's end as those above it let it be."""
    ends = []
    for plot in chart.plots:
        known = np.isfinite(plot.y) if isinstance(plot, Curve) and plot.label else np.zeros(0, dtype=bool)
        if isinstance(plot, Curve) and known.any():
            at = int(np.argmax(np.where(known, plot.x, -np.inf)))
            ends.append((float(frame.y_of(plot)(plot.y)[at]), float(frame.x(plot.x)[at]), plot))
    ends.sort(key=lambda one: one[0])
    places: list[float] = []
    for n, (y, _x, _plot) in enumerate(ends):
        places.append(y if n == 0 else max(y, places[-1] + STEP * 0.8))
    lowest = frame.box[3] - SIZE
    for n in range(len(places) - 1, -1, -1):  # those that would fall below the axis push the ones above them up again
        places[n] = min(places[n], lowest)
        lowest = places[n] - STEP * 0.8
    right = frame.box[2]
    shapes: list[Shape] = []
    for (_y, x, plot), y in zip(ends, places, strict=True):
        left = min(x + 10.0, right - fonts.text_width(plot.label, SIZE))
        shapes.append(Text(left, y + SIZE * 0.36, plot.label, SIZE, plot.colour, bold=True))
    return shapes


def _sample(plot: Plot, x: float, y: float) -> list[Shape]:
    if isinstance(plot, Points):
        return marks.mark(plot.mark, x + 10.0, y, plot.size, plot.colour)
    if isinstance(plot, Bars):
        return [Box(x + 5.0, y - 5.0, 10.0, 10.0, plot.colour)]
    if isinstance(plot, Curve | Rule):
        pen = Pen(plot.colour, getattr(plot, "width", 1.2), marks.DASH if plot.dashed else ())
        return [Line(((x, y), (x + 20.0, y)), pen, opacity=marks.PALE if getattr(plot, "pale", False) else 1.0)]
    return [Box(x + 5.0, y - 5.0, 10.0, 10.0, "muted")]


def _busy(chart: Chart, frame: Frame) -> Array:
    """Places a legend should not hide: points, and curves walked in small steps."""
    parts = [np.zeros((0, 2))]
    for plot in chart.plots:
        if isinstance(plot, Curve | Points):
            place = np.column_stack([frame.x(plot.x), frame.y_of(plot)(plot.y)])
            place = place[np.isfinite(place).all(axis=1)]
            place = place[:: max(1, len(place) // 1000)]
            if isinstance(plot, Curve) and len(place) > 1:
                run = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(place, axis=0), axis=1))])
                at = np.linspace(0.0, run[-1], 400)
                place = np.column_stack([np.interp(at, run, place[:, k]) for k in (0, 1)])
            parts.append(place)
    return np.concatenate(parts)

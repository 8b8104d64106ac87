"""What plots look like on paper: curves, points, bars, rules and matrices as shapes inside the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from e3viz.pictures import fonts
from e3viz.pictures.chart import Bars, Curve, Heat, Plot, Points, Rule
from e3viz.pictures.colourmaps import diverging, sequential
from e3viz.pictures.diagram import Box, Disc, Line, Pen, Picture, Shape, Text
from e3viz.pictures.style import Theme

if TYPE_CHECKING:
    from e3viz.pictures.paper import Frame

PALE, BAND = 0.4, 0.15
DASH = (5.0, 3.5)
MOST = 4000
SIZE = 12.0
Array = NDArray[Any]


def draw(plot: Plot, frame: Frame, theme: Theme) -> list[Shape]:
    """The shapes of one plot, cut off at the axes."""
    if isinstance(plot, Curve):
        return curve(plot, frame)
    if isinstance(plot, Points):
        return points(plot, frame)
    if isinstance(plot, Bars):
        return bars(plot, frame)
    if isinstance(plot, Rule):
        return rule(plot, frame, theme)
    return heat(plot, frame) if isinstance(plot, Heat) else []


def curve(plot: Curve, frame: Frame) -> list[Shape]:
    """A line, broken where it is not finite, over its band."""
    left, top, right, bottom = frame.box
    y_scale, pale = frame.y_of(plot), PALE if plot.pale else 1.0
    x = frame.x(plot.x)
    shapes: list[Shape] = []
    if plot.band is not None:
        low, high = (np.clip(y_scale(b), top, bottom) for b in plot.band)
        inside = (x >= left - 1e-6) & (x <= right + 1e-6) & np.isfinite(low) & np.isfinite(high)
        for run in _runs(inside):
            there = [*zip(x[run], low[run], strict=True), *zip(x[run][::-1], high[run][::-1], strict=True)]
            if len(run) > 1:
                shapes.append(Line(tuple((float(a), float(b)) for a, b in there), Pen(), plot.colour, opacity=BAND))
    y = y_scale(plot.y)
    for run in _runs(np.isfinite(x) & np.isfinite(y)):
        line = _thinned(np.column_stack([x[run], y[run]]))
        for part in clipped(line, frame.box):
            pen = Pen(plot.colour, plot.width, DASH if plot.dashed else ())
            shapes.append(Line(tuple((float(a), float(b)) for a, b in part), pen, opacity=pale, name=plot.name))
    return shapes


def _runs(good: Array) -> list[Array]:
    """Indices of the unbroken stretches of what is good."""
    index = np.flatnonzero(good)
    return np.split(index, np.flatnonzero(np.diff(index) > 1) + 1) if len(index) else []


def _thinned(line: Array) -> Array:
    """A long line without the points that no one could tell apart: in each half pixel column the first, lowest, highest and last."""
    if len(line) <= MOST or (np.diff(line[:, 0]) < 0).any():
        return line
    column = np.floor(line[:, 0] * 2.0).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=column[0] - 1))
    ends = np.append(starts[1:], len(line)) - 1
    order = np.lexsort((line[:, 1], column))
    kept = np.unique(np.concatenate([starts, ends, order[starts], order[ends]]))
    thinned: Array = line[kept]
    return thinned


def clipped(line: Array, box: tuple[float, float, float, float]) -> list[Array]:
    """The parts of a polyline (n, 2) inside a box (Liang and Barsky, ACM Trans. Graph. 3, 1, 1984)."""
    left, top, right, bottom = box
    if len(line) < 2:
        return []
    if (line[:, 0] >= left).all() and (line[:, 0] <= right).all() and (line[:, 1] >= top).all() and (line[:, 1] <= bottom).all():
        return [line]
    start, step = line[:-1], np.diff(line, axis=0)
    enter, leave = np.zeros(len(step)), np.ones(len(step))
    for p, q in (
        (-step[:, 0], start[:, 0] - left),
        (step[:, 0], right - start[:, 0]),
        (-step[:, 1], start[:, 1] - top),
        (step[:, 1], bottom - start[:, 1]),
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            t = q / p
        enter = np.where(p < 0, np.maximum(enter, t), enter)
        leave = np.where(p > 0, np.minimum(leave, t), leave)
        leave = np.where((p == 0) & (q < 0), -1.0, leave)
    parts: list[list[Array]] = []
    for k in np.flatnonzero(enter <= leave):
        a, b = start[k] + enter[k] * step[k], start[k] + leave[k] * step[k]
        if parts and enter[k] == 0.0 and np.allclose(parts[-1][-1], a, atol=1e-9):
            parts[-1].append(b)
        else:
            parts.append([a, b])
    return [np.array(part) for part in parts]


def points(plot: Points, frame: Frame) -> list[Shape]:
    """One mark per point inside the axes; points on the same quarter of a pixel are drawn once."""
    left, top, right, bottom = frame.box
    x, y = frame.x(plot.x), frame.y_of(plot)(plot.y)
    inside = np.flatnonzero((x >= left - 1e-6) & (x <= right + 1e-6) & (y >= top - 1e-6) & (y <= bottom + 1e-6))
    if len(inside) > MOST:
        cells = np.round(np.column_stack([x[inside], y[inside]]) * 2.0).astype(np.int64)
        inside = inside[np.sort(np.unique(cells[::-1], axis=0, return_index=True)[1] * -1 + len(cells) - 1)]
    shapes: list[Shape] = []
    for i in inside:
        colour = plot.colour if plot.colours is None else "#" + bytes(np.asarray(plot.colours[i], dtype=np.uint8)).hex()
        shapes += mark(plot.mark, float(x[i]), float(y[i]), plot.size, colour)
    return shapes


def mark(kind: str, x: float, y: float, size: float, colour: str) -> list[Shape]:
    """One mark of a size about a place."""
    r = size / 2.0
    if kind == "cross":
        pen = Pen(colour, max(1.2, size / 5.0))
        return [Line(((x - r, y), (x + r, y)), pen), Line(((x, y - r), (x, y + r)), pen)]
    if kind == "ring":
        return [Disc(x, y, r, "", Pen(colour, 1.5))]
    if kind == "square":
        return [Box(x - r, y - r, size, size, colour)]
    if kind == "triangle":
        return [Line(((x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r), (x, y - r)), Pen(), colour)]
    return [Disc(x, y, r, colour)]


def bars(plot: Bars, frame: Frame) -> list[Shape]:
    """Upright bars from zero (from the foot of a logarithmic axis)."""
    left, top, right, bottom = frame.box
    scale = frame.y_of(plot)
    middle, heights = np.asarray(plot.x, dtype=float), np.asarray(plot.heights, dtype=float)
    a, b = (np.clip(frame.x(middle + s * plot.width / 2.0), left, right) for s in (-1.0, 1.0))
    foot = np.clip(scale(0.0), top, bottom) if not scale.log else bottom
    head = np.clip(scale(heights), top, bottom)
    return [
        Box(float(x0), float(min(y, foot)), float(x1 - x0), float(abs(foot - y)), plot.colour)
        for x0, x1, y in zip(a, b, head, strict=True)
        if x1 > x0 and np.isfinite(y) and abs(foot - y) > 0
    ]


def rule(plot: Rule, frame: Frame, theme: Theme) -> list[Shape]:
    """A straight line across the axes with its text at the end."""
    left, top, right, bottom = frame.box
    pen = Pen(plot.colour, 1.2, DASH if plot.dashed else ())
    if plot.x is not None:
        x = float(frame.x(plot.x))
        if not left - 1e-6 <= x <= right + 1e-6:
            return []
        near = x > right - fonts.text_width(plot.text, SIZE) - 8.0
        words = Text(x - 5.0 if near else x + 5.0, top + SIZE, plot.text, SIZE, plot.colour, "end" if near else "start", halo=theme.page)
        return [Line(((x, top), (x, bottom)), pen), *([words] if plot.text else [])]
    y = float(frame.y_of(plot)(plot.y)) if plot.y is not None else np.nan
    if not top - 1e-6 <= y <= bottom + 1e-6:
        return []
    words = Text(right - 4.0, y - 5.0 if y > top + SIZE + 6.0 else y + SIZE + 2.0, plot.text, SIZE, plot.colour, "end", halo=theme.page)
    return [Line(((left, y), (right, y)), pen), *([words] if plot.text else [])]


def heat_limits(plot: Heat) -> tuple[float, float]:
    """The numbers at the ends of a matrix's colours."""
    numbers = np.asarray(plot.numbers, dtype=float)
    good = numbers[np.isfinite(numbers)]
    if plot.diverging:
        limit = float(np.abs(good).max()) if len(good) and np.abs(good).max() > 0 else 1.0
        return -limit, limit
    low, high = (float(good.min()), float(good.max())) if len(good) else (0.0, 1.0)
    return low, high if high > low else low + 1.0


def heat_colours(plot: Heat, numbers: Array) -> NDArray[np.uint8]:
    """Colours of numbers on the scale of a matrix."""
    low, high = heat_limits(plot)
    return diverging(numbers, high) if plot.diverging else sequential(numbers, low, high)


def heat(plot: Heat, frame: Frame) -> list[Shape]:
    """A matrix of cells, row 0 on top."""
    numbers = np.asarray(plot.numbers, dtype=float)
    if not numbers.size:
        return []
    rows, columns = numbers.shape
    x0, x1 = (float(frame.x(v)) for v in (-0.5, columns - 0.5))
    y0, y1 = (float(frame.y(v)) for v in (-0.5, rows - 0.5))
    colours = heat_colours(plot, numbers)
    return [Picture(min(x0, x1), min(y0, y1), abs(x1 - x0), abs(y1 - y0), colours if y1 > y0 else colours[::-1], smooth=False)]

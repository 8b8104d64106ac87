"""What a place in a chart means: its numbers, which plot is near it, what the curves say there, and other limits about it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Plot, Points, Rule
from e3viz.pictures.paper import Frame, Scale, span
from e3viz.pictures.ticks import plain

NEAR = 10.0
"""Pixels within which the pointer still means a point."""
GRIP = 6.0
"""The same for a rule that can be dragged."""
LEVEL = 4.0
"""Pixels within which points of two curves are said to be at the same place of the x axis."""


@dataclass(frozen=True)
class Limits:
    """What a zoomed chart shows: lowest and highest number on x, y and right; None for what fits."""

    x: tuple[float, float] | None = None
    y: tuple[float, float] | None = None
    right: tuple[float, float] | None = None

    def of(self, chart: Chart) -> Chart:
        """The chart with these limits."""
        return replace(
            chart,
            x=_limited(chart.x, self.x),
            y=_limited(chart.y, self.y),
            right=None if chart.right is None else _limited(chart.right, self.right),
        )


def _limited(axis: Axis, limits: tuple[float, float] | None) -> Axis:
    return axis if limits is None else replace(axis, low=limits[0], high=limits[1])


def number_at(scale: Scale, place: float) -> float:
    """The number that stands at a place of an axis."""
    part = (place - scale.start) / (scale.end - scale.start)
    if scale.log:
        return float(scale.low * (scale.high / scale.low) ** part)
    return float(scale.low + part * (scale.high - scale.low))


def zoomed(chart: Chart, frame: Frame, factor: float, x: float | None, y: float | None) -> Limits:
    """Limits that show everything larger by a factor, what lies at (x, y) staying there; None for an axis that is left alone."""
    right = frame.right if chart.right is not None else None
    return Limits(
        *(
            None if scale is None else _stretched(scale, place, factor) if place is not None else _ends(scale)
            for scale, place in ((frame.x, x), (frame.y, y), (right, y))
        )
    )


def moved(chart: Chart, frame: Frame, dx: float, dy: float) -> Limits:
    """Limits that show everything moved by pixels."""
    right = frame.right if chart.right is not None else None
    return Limits(
        *(
            None if scale is None else _sorted(number_at(scale, scale.start - step), number_at(scale, scale.end - step))
            for scale, step in ((frame.x, dx), (frame.y, dy), (right, dy))
        )
    )


def _stretched(scale: Scale, place: float, factor: float) -> tuple[float, float]:
    ends = (place + (end - place) / factor for end in (scale.start, scale.end))
    limits = _sorted(*(number_at(scale, end) for end in ends))
    good = all(map(math.isfinite, limits)) and limits[1] - limits[0] > 1e-12 * max(1e-300, abs(limits[0]), abs(limits[1]))
    return limits if good else _ends(scale)


def _ends(scale: Scale) -> tuple[float, float]:
    return _sorted(scale.low, scale.high)


def _sorted(a: float, b: float) -> tuple[float, float]:
    return (a, b) if a <= b else (b, a)


def nearest(chart: Chart, frame: Frame, x: float, y: float) -> tuple[str, int]:
    """Name of the plot and number of its point that are meant by a place; "" and −1 for none. Of a matrix: row × columns + column."""
    best = (NEAR, "", -1)
    for plot in reversed(chart.plots):
        if not plot.name:
            continue
        if isinstance(plot, Heat):
            row, column = round(number_at(frame.y, y)), round(number_at(frame.x, x))
            rows, columns = np.shape(plot.numbers)
            if best[2] < 0 and 0 <= row < rows and 0 <= column < columns:
                best = (NEAR, plot.name, row * columns + column)
        elif isinstance(plot, Bars):
            inside = np.flatnonzero(np.abs(np.asarray(plot.x, dtype=float) - number_at(frame.x, x)) <= plot.width / 2.0)
            if best[2] < 0 and len(inside):
                best = (NEAR, plot.name, int(inside[0]))
        elif isinstance(plot, Curve | Points):
            apart = np.hypot(frame.x(plot.x) - x, frame.y_of(plot)(plot.y) - y)
            if np.isfinite(apart).any() and np.nanmin(apart) < best[0]:
                best = (float(np.nanmin(apart)), plot.name, int(np.nanargmin(apart)))
    return best[1], best[2]


def rule_at(chart: Chart, frame: Frame, x: float, y: float) -> Rule | None:
    """The movable rule under a place."""
    for plot in reversed(chart.plots):
        if isinstance(plot, Rule) and plot.movable:
            apart = abs(float(frame.x(plot.x)) - x) if plot.x is not None else abs(float(frame.y_of(plot)(plot.y)) - y)
            if apart <= GRIP:
                return plot
    return None


def written(value: float) -> str:
    """A number with four significant digits."""
    return plain(float(f"{value:.4g}"))


def told(chart: Chart, frame: Frame, x: float) -> tuple[float, list[tuple[Plot, str]]] | None:
    """What the curves say at the place x: the number on the x axis nearest to it that some curve knows, and for each labelled curve its
    name and value there. None if no curve says anything."""
    curves = [p for p in chart.plots if isinstance(p, Curve) and p.label and not p.pale and len(np.atleast_1d(p.x))]
    places = [frame.x(curve.x) for curve in curves]
    if not any(np.isfinite(place).any() for place in places):
        return None
    apart = [float(np.nanmin(np.abs(place - x))) if np.isfinite(place).any() else math.inf for place in places]
    first = int(np.argmin(apart))
    k = int(np.nanargmin(np.abs(places[first] - x)))
    at = float(np.asarray(curves[first].x, dtype=float)[k])
    said: list[tuple[Plot, str]] = []
    for curve in curves:
        xs, ys = np.asarray(curve.x, dtype=float), np.asarray(curve.y, dtype=float)
        near = np.abs(frame.x(xs) - float(frame.x(at)))
        there = int(np.nanargmin(near)) if np.isfinite(near).any() else -1
        if there >= 0 and near[there] <= LEVEL and np.isfinite(ys[there]):
            said.append((curve, f"{curve.label} {written(ys[there])}"))
    return (at, said) if said else None


def cell(chart: Chart, frame: Frame, x: float, y: float) -> str:
    """What a matrix says at a place, in words; "" where there is none."""
    for plot in chart.plots:
        if isinstance(plot, Heat):
            row, column = round(number_at(frame.y, y)), round(number_at(frame.x, x))
            rows, columns = np.shape(plot.numbers)
            if 0 <= row < rows and 0 <= column < columns:
                names = [_tick(chart.y, row) or f"row {row}", _tick(chart.x, column) or f"column {column}"]
                value = float(np.asarray(plot.numbers, dtype=float)[row, column])
                unit = f" {plot.label_unit}" if plot.label_unit else ""
                return f"{names[0]}, {names[1]}: {written(value) if math.isfinite(value) else 'unknown'}{unit}"
    return ""


def _tick(axis: Axis, value: int) -> str:
    return next((text for number, text in axis.ticks if number == value), "")


def same_but_rules(old: Chart, new: Chart) -> bool:
    """Whether two charts differ in nothing but where their movable rules stand."""
    plain_fields = (old.x, old.y, old.right, old.legend, old.equal, old.grid) == (new.x, new.y, new.right, new.legend, new.equal, new.grid)
    if not plain_fields or len(old.plots) != len(new.plots):
        return False
    return all(_same(a, b) for a, b in zip(old.plots, new.plots, strict=True)) and all(
        span(old, name) == span(new, name) for name in ("x", "y", "right")
    )


def _same(a: Plot, b: Plot) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, Rule) and isinstance(b, Rule) and a.movable and b.movable:
        return replace(a, x=None, y=None) == replace(b, x=None, y=None) and (a.x is None) == (b.x is None)
    return all(_equal(getattr(a, f.name), getattr(b, f.name)) for f in dataclasses.fields(a))


def _equal(a: Any, b: Any) -> bool:
    if a is b:
        return True
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(_equal, a, b))
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return np.shape(a) == np.shape(b) and bool(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f"))
    return bool(a == b)

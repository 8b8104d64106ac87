"""Charts as numbers: one table in CSV (RFC 4180, UTF-8), a row per point of every curve, set of points, bar or cell that is drawn.

Columns: panel, plot (its name in the legend, or its kind with its place among the plots), x and y with the labels of their axes, the band
(low, high), and the value of a matrix's cell. A number is written as short as it reads back the same; what is not there is empty.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from e3viz.pictures.chart import Bars, Chart, Curve, Heat, Plot, Points, Rule
from e3viz.pictures.sheet import Panel

COLUMNS = ("panel", "plot", "x", "y", "low", "high", "value", "x axis", "y axis")


def write_charts(panels: Sequence[Panel]) -> bytes:
    """The charts among these panels."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for panel in panels:
        if isinstance(panel.picture, Chart):
            chart = panel.picture
            for number, plot in enumerate(chart.plots, 1):
                y_axis = chart.right if plot.right and chart.right is not None else chart.y
                head, axes = (panel.name, _name(plot, number)), (chart.x.label, y_axis.label)
                writer.writerows((*head, *map(_written, row), *axes) for row in _rows(plot))
    return stream.getvalue().encode()


def _name(plot: Plot, number: int) -> str:
    kind = type(plot).__name__.lower()
    said = plot.label or plot.name or getattr(plot, "text", "") or f"{kind} {number}"
    looks = [word for word in ("dashed", "pale") if getattr(plot, word, False)]
    return f"{said} ({', '.join(looks)})" if looks and not plot.label and not plot.name else said


def _rows(plot: Plot) -> Iterator[tuple[Any, ...]]:
    """x, y, low, high and value of each point."""
    if isinstance(plot, Rule):
        yield plot.x, plot.y, None, None, None
    elif isinstance(plot, Heat):
        numbers = np.asarray(plot.numbers, dtype=float)
        yield from ((column, row, None, None, float(value)) for (row, column), value in np.ndenumerate(numbers))
    elif isinstance(plot, Curve | Points | Bars):
        x, y = np.asarray(plot.x, dtype=float), np.asarray(plot.heights if isinstance(plot, Bars) else plot.y, dtype=float)
        nothing = np.full(len(x), np.nan)
        band = plot.band if isinstance(plot, Curve) and plot.band is not None else (nothing, nothing)
        low, high = (np.asarray(one, dtype=float) for one in band)
        yield from zip(x.tolist(), y.tolist(), low.tolist(), high.tolist(), [None] * len(x), strict=True)


def _written(value: float | int | None) -> str:
    if value is None or not math.isfinite(value):
        return ""
    return repr(value) if isinstance(value, float) and value != int(value) else str(int(value))

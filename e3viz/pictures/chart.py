"""A Chart: curves, points and images on two axes. Drawn in the window and on paper from the same shapes (`paper`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Axis:
    """label with unit; log: base-10 logarithmic; low, high: limits, None to fit the data; whole: it counts something."""

    label: str = ""
    log: bool = False
    low: float | None = None
    high: float | None = None
    ticks: tuple[tuple[float, str], ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Plot:
    """What all plots share. label: in the legend ("" for none); right: belongs to the right axis; name: what a click reports."""

    label: str = field(default="", kw_only=True)
    name: str = field(default="", kw_only=True)
    right: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, eq=False)
class Curve(Plot):
    """A line through (x, y), each (n,); NaN breaks it. band: (low, high), each (n,), filled palely."""

    x: Any
    y: Any
    colour: str = "accent"
    width: float = 1.5
    dashed: bool = False
    pale: bool = False
    band: tuple[Any, Any] | None = None


@dataclass(frozen=True, eq=False)
class Points(Plot):
    """Marks at (x, y), each (n,). mark: dot, ring, cross, square, triangle; colours: one colour, or (n, 3) uint8; size in pixels."""

    x: Any
    y: Any
    colour: str = "accent"
    colours: Any = None
    size: float = 6.0
    mark: str = "dot"


@dataclass(frozen=True, eq=False)
class Bars(Plot):
    """Upright bars of a width, centred on x, (n,)."""

    x: Any
    heights: Any
    width: float = 0.8
    colour: str = "accent"


@dataclass(frozen=True)
class Rule(Plot):
    """A straight line across the chart at x (upright) or y (level), with a small text; movable: dragging it is reported."""

    x: float | None = None
    y: float | None = None
    colour: str = "ink"
    text: str = ""
    dashed: bool = False
    movable: bool = False


@dataclass(frozen=True, eq=False)
class Heat(Plot):
    """A matrix (rows, columns) of numbers as colours, row 0 on top; diverging: centred on zero, red positive, blue negative."""

    numbers: Any
    diverging: bool = True
    label_unit: str = ""


@dataclass(frozen=True, eq=False)
class Chart:
    """Plots in drawing order on axes x, y and, where needed, right. legend: draw one. equal: one unit is as long on both axes.
    switches: names in the window's legend are clicked to hide and show (Hit.panel = "legend:" + panel, item = name of the plot); absent:
    plots that are hidden now, of which the window's legend still tells. ends: names stand at the right ends of their curves, in their
    colours, and there is no legend; above: in a row above the axes, where there is room for one."""

    plots: tuple[Plot, ...] = ()
    x: Axis = Axis()
    y: Axis = Axis()
    right: Axis | None = None
    legend: bool = True
    equal: bool = False
    grid: bool = True
    switches: bool = False
    absent: tuple[Plot, ...] = ()
    ends: bool = False
    above: bool = False

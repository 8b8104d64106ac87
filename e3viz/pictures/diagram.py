"""A Diagram: shapes and text in a plane, in drawing order. Everything that is not a lit 3D surface or a chart is one.

Units are points at 96 dpi (CSS pixels); x to the right, y down, origin at the top left. Colours are #rrggbb or theme roles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Point = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """How outlines are drawn. colour "" draws none. dash: lengths on, off, …; empty for a solid line."""

    colour: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()


@dataclass(frozen=True)
class Shape:
    """What all shapes share. name: what a click on it is reported as ("" lets clicks through); tip: text shown on hover; lifts: names of
    shapes that stand out together with it when it is pointed at, while all others fade (its own among them; none: nothing fades);
    figure: part of an exported figure (False for what is a control of the window); slides: dragging it changes a number, and every step
    of the drag is reported."""

    name: str = field(default="", kw_only=True)
    tip: str = field(default="", kw_only=True)
    lifts: tuple[str, ...] = field(default=(), kw_only=True)
    figure: bool = field(default=True, kw_only=True)
    slides: bool = field(default=False, kw_only=True)
    opacity: float = field(default=1.0, kw_only=True)


@dataclass(frozen=True)
class Disc(Shape):
    """A disc of radius r about (x, y). shine: draw as a ball lit from the upper left, by a radial gradient over its fill."""

    x: float
    y: float
    r: float
    fill: str = "ink"
    pen: Pen = Pen()
    shine: bool = False


@dataclass(frozen=True)
class Box(Shape):
    """An upright rectangle with corners of a radius."""

    x: float
    y: float
    width: float
    height: float
    fill: str = ""
    pen: Pen = Pen()
    corner: float = 0.0


@dataclass(frozen=True)
class Gradient:
    """Colours along the line from (x0, y0) to (x1, y1), the same across it. stops: (place 0 to 1, #rrggbb), rising."""

    x0: float
    y0: float
    x1: float
    y1: float
    stops: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Line(Shape):
    """A polyline through points, or with curve=True cubic Bézier segments (1 + 3k points); closed and filled if fill is given.
    gradient: fills it instead of the flat colour where that can be drawn."""

    points: tuple[Point, ...]
    pen: Pen = Pen("ink")
    fill: str = ""
    curve: bool = False
    gradient: Gradient | None = None


@dataclass(frozen=True)
class Text(Shape):
    """One line of text. anchor: start, middle or end of the text at x; y is the baseline; angle in degrees, counter-clockwise.
    Superscripts and subscripts by Unicode, or by `^{…}` and `_{…}` in the text. halo: colour of a rim that sets it off ("" for none)."""

    x: float
    y: float
    text: str
    size: float = 13.0
    colour: str = "ink"
    anchor: str = "start"
    bold: bool = False
    mono: bool = False
    angle: float = 0.0
    halo: str = ""


@dataclass(frozen=True)
class Formula(Shape):
    """A typeset formula in LaTeX (mathtext's subset), its left, centre or right (anchor) at x and its baseline at y."""

    x: float
    y: float
    latex: str
    size: float = 14.0
    colour: str = "ink"
    anchor: str = "start"


@dataclass(frozen=True, eq=False)
class Picture(Shape):
    """Pixels (h, w, 3 or 4) uint8 stretched over a rectangle; smooth: interpolated (not for matrices)."""

    x: float
    y: float
    width: float
    height: float
    pixels: Any
    smooth: bool = True


@dataclass(frozen=True, eq=False)
class Group(Shape):
    """Shapes of which only what lies in a rectangle is seen, as a scene put into a figure."""

    x: float
    y: float
    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True, eq=False)
class Diagram:
    """Shapes on a plane of a size; drawn scaled to fit wherever it is shown, keeping its proportions."""

    width: float
    height: float
    shapes: tuple[Shape, ...] = ()

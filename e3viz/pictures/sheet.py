"""A Sheet: everything a lab shows at once: named pictures side by side, a title and a line under it."""

from __future__ import annotations

from dataclasses import dataclass

from e3viz.pictures.chart import Chart
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.scene import Scene

Picture = Scene | Diagram | Chart


@dataclass(frozen=True, eq=False)
class Panel:
    """One picture of a sheet. name: stable, what hits refer to; x, y, width, height: its place in the unit square (y down);
    title: small heading over it; card: drawn on a raised card with a hairline;
    figure: part of an exported figure (False for what is a control of the window, as the plot under a player); letter: before the
    title, bold, as in papers (a blank one keeps its room)."""

    name: str
    picture: Picture
    x: float = 0.0
    y: float = 0.0
    width: float = 1.0
    height: float = 1.0
    title: str = ""
    card: bool = False
    figure: bool = True
    letter: str = ""


@dataclass(frozen=True)
class Paper:
    """The page that a sheet is laid out for: width and height in mm, and the size of ordinary text in points of 1/72 inch."""

    width: float
    height: float
    text: float = 7.0


@dataclass(frozen=True, eq=False)
class Sheet:
    """Panels that do not overlap; the first is the main one (what a figure of one picture shows). paper: the page it is made for."""

    panels: tuple[Panel, ...]
    title: str = ""
    subtitle: str = ""
    paper: Paper | None = None

    def panel(self, name: str) -> Panel:
        """The panel of that name; raises KeyError."""
        for panel in self.panels:
            if panel.name == name:
                return panel
        raise KeyError(name)

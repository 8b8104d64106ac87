"""Figures: what a lab shows as a file. `EXPORTERS` is the one list of the formats: adding one is one function and one line in it.

A figure is laid out in points at 96 dpi, which rules how large its text is. A bitmap has as many pixels as its dpi asks of these
points. A size in mm is the size on paper, where text is smaller than on a screen: everything is drawn at four fifths, or as `text` says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.export import gltf
from e3viz.export.composing import Composition, chosen, compose
from e3viz.files import replacing
from e3viz.pictures.chart import Chart
from e3viz.pictures.diagram import Diagram, Group
from e3viz.pictures.scene import Scene
from e3viz.pictures.sheet import Panel, Paper, Sheet
from e3viz.pictures.style import LIGHT, Theme
from e3viz.task import report

PER_MM = 96.0 / 25.4
BODY = 9.0
"""Size in points of 1/72 inch of ordinary text of a layout (12 units at 96 dpi)."""
ON_PAPER = 7.2
MOST_PIXELS = 16_000
SCENES: dict[str, bool | None] = {"auto": None, "shapes": False, "pictures": True}
"""How a vector figure holds what is three-dimensional: as shapes where that is little enough, always so, or as embedded pictures."""


@dataclass(frozen=True)
class FigureOptions:
    """How a figure is made. width, height in `unit` (px or mm); dpi: of a bitmap: with px, pixels per 96 points of layout (192 makes
    everything twice as large in pixels); text: of a figure in mm, size of ordinary text in points of 1/72 inch; transparent: no page
    behind it; panel: only the panel of that name; scenes: one of SCENES, how a vector figure holds them (pictures of `dpi`)."""

    width: float = 1200.0
    height: float = 900.0
    unit: str = "px"
    dpi: float = 96.0
    theme: Theme = LIGHT
    transparent: bool = False
    panel: str | None = None
    title: bool = True
    legend: bool = True
    text: float = ON_PAPER
    scenes: str = "auto"

    @classmethod
    def on(cls, paper: Paper, **more: Any) -> FigureOptions:
        """The figure that fills a page."""
        return cls(paper.width, paper.height, "mm", text=paper.text, **{"dpi": 300.0, "title": False, **more})

    def __post_init__(self) -> None:
        if self.unit not in ("px", "mm"):
            raise UserError(f"A figure is not measured in “{self.unit}”.", nearest(self.unit, ["px", "mm"]))
        if self.scenes not in SCENES:
            raise UserError(f"Scenes are not drawn as “{self.scenes}”.", nearest(self.scenes, SCENES))
        if not all(math.isfinite(v) and v > 0 for v in (self.width, self.height, self.dpi, self.text)):
            raise UserError("The size and the dpi of a figure are positive numbers.", "Choose for example 1200 × 900 px at 96 dpi.")

    @property
    def shrink(self) -> float:
        """Size on paper of a point of the layout, in points."""
        return self.text / BODY if self.unit == "mm" else 1.0

    @property
    def scale(self) -> float:
        """Pixels of a bitmap per point of the layout."""
        return self.dpi / 96.0 * self.shrink

    @property
    def fineness(self) -> float:
        """Pixels per point of the layout of a picture embedded in a vector figure: as `dpi` says, if it can say anything there."""
        from e3viz.pictures.vector import PIXELS_PER_POINT

        return self.scale if self.unit == "mm" else max(PIXELS_PER_POINT, self.scale)

    @property
    def points(self) -> tuple[float, float]:
        """Width and height of the layout in points."""
        unit = PER_MM / self.shrink if self.unit == "mm" else 1.0 / self.scale
        return self.width * unit, self.height * unit

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of a bitmap; raises UserError if it would be too large."""
        width, height = self.points
        size = max(1, round(width * self.scale)), max(1, round(height * self.scale))
        if max(size) > MOST_PIXELS:
            raise UserError(f"A picture of {size[0]:,} × {size[1]:,} pixels is too large.", f"Choose at most {MOST_PIXELS:,} to a side.")
        return size

    @property
    def background(self) -> str:
        """Colour role of the page, "" for none."""
        return "" if self.transparent else "page"


@dataclass(frozen=True)
class Exporter:
    """A format. write(sheet, options): the file's bytes; takes(sheet, options): whether there is something that it can hold."""

    title: str
    write: Callable[[Sheet, FigureOptions], bytes]
    takes: Callable[[Sheet, FigureOptions], bool] = lambda sheet, options: True
    refusal: str = ""


def pixels(sheet: Sheet, options: FigureOptions = FigureOptions()) -> NDArray[np.uint8]:
    """The figure as pixels (h, w, 4), straight alpha: what a PNG of it holds."""
    from e3viz.pictures import raster
    from e3viz.pictures.offscreen import render_scene

    size = options.pixels
    figure = _composed(sheet, options)
    canvas = raster.draw(Diagram(figure.width, figure.height, figure.below), options.theme, size, options.background)
    for k, (place, scene) in enumerate(figure.scenes):
        report(k + 0.5, len(figure.scenes) + 1.0, "drawing the scene")
        across, down = size[0] / figure.width, size[1] / figure.height
        x0, x1 = round(place.x * across), round((place.x + place.width) * across)
        y0, y1 = round(place.y * down), round((place.y + place.height) * down)
        x1, y1 = max(x0 + 1, x1), max(y0 + 1, y1)
        ground = None if options.transparent else figure.ground(place, options.theme)
        see_through = ground is None
        image = render_scene(scene, ground or options.theme, (x1 - x0, y1 - y0), transparent=see_through, scale=across)
        part = canvas[y0:y1, x0:x1]
        canvas[y0:y1, x0:x1] = (
            raster.over(part, image[: part.shape[0], : part.shape[1]]) if see_through else image[: part.shape[0], : part.shape[1]]
        )
    if figure.above:
        report(0.9, 1.0, "writing text")
        canvas = raster.over(canvas, raster.draw(Diagram(figure.width, figure.height, figure.above), options.theme, size))
    return canvas


def diagram(sheet: Sheet, options: FigureOptions = FigureOptions()) -> Diagram:
    """The figure as one diagram: what an SVG or PDF of it holds."""
    from e3viz.export.composing import moved
    from e3viz.pictures.vector import flatten

    figure = _composed(sheet, options)
    shapes = list(figure.below)
    for k, (place, scene) in enumerate(figure.scenes):
        report(k + 0.5, len(figure.scenes) + 1.0, "drawing the scene")
        flat = flatten(scene, options.theme, (place.width, place.height), embed=SCENES[options.scenes], fineness=options.fineness)
        inside = tuple(moved(s, 1.0, place.x, place.y) for s in flat.shapes)
        shapes.append(Group(place.x, place.y, place.width, place.height, inside))
    return Diagram(figure.width, figure.height, (*shapes, *figure.above))


def _composed(sheet: Sheet, options: FigureOptions) -> Composition:
    return compose(sheet, options.theme, options.points, panel=options.panel, title=options.title, legend=options.legend, still=True)


def _png(sheet: Sheet, options: FigureOptions) -> bytes:
    from e3viz.pictures import svg

    image = pixels(sheet, options)
    return svg.png(image if options.transparent else image[..., :3], dpi=options.dpi)


def _svg(sheet: Sheet, options: FigureOptions) -> bytes:
    from e3viz.pictures import svg

    return svg.write(diagram(sheet, options), options.theme, options.background, options.shrink).encode()


def _pdf(sheet: Sheet, options: FigureOptions) -> bytes:
    from e3viz.pictures import pdf

    return pdf.write(diagram(sheet, options), options.theme, options.background, sheet.title, scale=options.shrink)


def _scene(sheet: Sheet, options: FigureOptions) -> Scene | None:
    return next((p.picture for p in chosen(sheet, options.panel) if isinstance(p.picture, Scene)), None)


def _glb(sheet: Sheet, options: FigureOptions) -> bytes:
    scene = _scene(sheet, options)
    assert scene is not None
    return gltf.write(scene, options.theme)


def _csv(sheet: Sheet, options: FigureOptions) -> bytes:
    from e3viz.export.numbers import write_charts

    return write_charts(chosen(sheet, options.panel))


EXPORTERS: dict[str, Exporter] = {
    ".png": Exporter("PNG picture", _png),
    ".svg": Exporter("SVG vector figure", _svg),
    ".pdf": Exporter("PDF vector figure", _pdf),
    ".glb": Exporter(
        "glTF 3D model",
        _glb,
        lambda sheet, options: _scene(sheet, options) is not None,
        "There is nothing in three dimensions here to write as a 3D model.",
    ),
    ".csv": Exporter(
        "CSV table of the charts' numbers",
        _csv,
        lambda sheet, options: any(isinstance(p.picture, Chart) for p in chosen(sheet, options.panel)),
        "There is no chart here whose numbers could be written as a table.",
    ),
}


def export_figure(shown: Sheet | Scene | Diagram | Chart, path: Path, options: FigureOptions = FigureOptions()) -> None:
    """Write a figure; the path's suffix says in which format. What was at `path` stays whole if anything goes wrong.

    Raises UserError for a suffix or a size that cannot be, and FileError if the file cannot be written."""
    suffix = path.suffix.lower()
    if suffix not in EXPORTERS:
        what = f"Figures are not written as “{suffix}”." if suffix else f"The name {path.name} does not say in which format to write."
        raise UserError(what, nearest(suffix, EXPORTERS))
    sheet = shown if isinstance(shown, Sheet) else Sheet((Panel("picture", shown),))
    exporter = EXPORTERS[suffix]
    if not exporter.takes(sheet, options):
        raise UserError(exporter.refusal, f"Choose one of: {', '.join(s for s, e in EXPORTERS.items() if e.takes(sheet, options))}.")
    data = exporter.write(sheet, options)
    report(1.0, 1.0, f"writing {path.name}")
    with replacing(path) as part:
        part.write_bytes(data)

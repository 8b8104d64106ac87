"""The pictures of a sheet put together in one figure: where each panel lies, and everything but the scenes as one diagram.

Scenes are kept apart, because a bitmap draws them as pixels and a vector file as shapes. Lengths are points at 96 dpi.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from e3viz.errors import UserError, nearest
from e3viz.export import overlay
from e3viz.pictures import paper
from e3viz.pictures.chart import Chart
from e3viz.pictures.diagram import Box, Diagram, Disc, Formula, Gradient, Group, Line, Pen, Picture, Shape, Text
from e3viz.pictures.scene import Scene
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import Theme
from e3viz.pictures.view import look, scene_extent

MARGIN, GAP, INSIDE = 18.0, 14.0, 10.0


@dataclass(frozen=True)
class Place:
    """A rectangle in the figure."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Where it ends to the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Where it ends at the foot."""
        return self.y + self.height

    def inset(self, by: float, top: float = 0.0) -> Place:
        """The rectangle smaller by a margin all round, and by more at the top."""
        return Place(self.x + by, self.y + by + top, max(1.0, self.width - 2.0 * by), max(1.0, self.height - 2.0 * by - top))


@dataclass(frozen=True, eq=False)
class Composition:
    """below: cards; scenes with their places; above: charts, diagrams and all text. Drawn in this order."""

    width: float
    height: float
    below: tuple[Shape, ...]
    scenes: tuple[tuple[Place, Scene], ...]
    above: tuple[Shape, ...]

    def ground(self, place: Place, theme: Theme) -> Theme | None:
        """The theme with the colour that lies under a place as its page: that of the card that holds it, or the page itself; None where
        the place lies partly on a card."""
        cards = [box for box in self.below if isinstance(box, Box)]
        if any(
            box.x <= place.x and box.y <= place.y and place.right <= box.x + box.width and place.bottom <= box.y + box.height
            for box in cards
        ):
            return replace(theme, page=theme.raised)
        apart = (
            place.right <= box.x or box.x + box.width <= place.x or place.bottom <= box.y or box.y + box.height <= place.y for box in cards
        )
        return theme if all(apart) else None


def chosen(sheet: Sheet, panel: str | None) -> tuple[Panel, ...]:
    """The panels that a figure shows: the named one, or all that are meant for figures; raises UserError for an unknown name."""
    if panel is None:
        return tuple(p for p in sheet.panels if p.figure) or sheet.panels[:1]
    if panel not in {p.name for p in sheet.panels}:
        raise UserError(f"There is no picture called “{panel}” here.", nearest(panel, [p.name for p in sheet.panels]))
    return (sheet.panel(panel),)


def compose(
    sheet: Sheet,
    theme: Theme,
    size: tuple[float, float],
    *,
    panel: str | None = None,
    title: bool = True,
    legend: bool = True,
    still: bool = False,
) -> Composition:
    """The figure of a sheet, of a size in points: its panels, rescaled to fill the figure, with titles and legends. still: it is no part
    of a film, so even a camera that a person has chosen may move away for the legend."""
    panels = chosen(sheet, panel)
    width, height = size
    below: list[Shape] = []
    above: list[Shape] = []
    scenes: list[tuple[Place, Scene]] = []
    if not panels:
        return Composition(width, height, (), (), ())
    edge = min(MARGIN, 0.04 * min(size))
    paged = sheet.paper is not None  # a page has no title of its own, but its parts have
    band = overlay.title_height(sheet.title, sheet.subtitle) if title and not paged else 0.0
    if title and not paged:
        above += overlay.titles(sheet.title, sheet.subtitle, edge, edge * 0.6, width - 2.0 * edge)
    alone = len(panels) == 1
    bare = alone and isinstance(panels[0].picture, Scene) and not panels[0].card and not paged
    for one, place in _places(panels, Place(0.0, band, width, height - band).inset(0.0 if bare else edge)):
        inner = place
        if one.card and not alone:
            below.append(Box(place.x, place.y, place.width, place.height, "raised", Pen("line"), 8.0))
            inner = place.inset(INSIDE)
        words = one.title if paged or (title and not (alone and sheet.title)) else ""
        if words or one.letter:
            above += overlay.heading(one.letter, words, inner.x + (edge if bare else 0.0), inner.y, inner.width)
            inner = inner.inset(0.0, overlay.HEADING * 1.6)
        if isinstance(one.picture, Scene):
            scenes.append((inner, clear_of_legend(one.picture, inner, still=still) if legend else one.picture))
            above += _keys(one.picture, inner) if legend else []
        elif isinstance(one.picture, Chart):
            drawn = paper.draw(one.picture if legend else replace(one.picture, legend=False), theme, (inner.width, inner.height))
            above += fitted(drawn, inner)
        else:
            above += fitted(one.picture, inner)
    return Composition(width, height, tuple(below), tuple(scenes), tuple(above))


def _places(panels: tuple[Panel, ...], room: Place) -> list[tuple[Panel, Place]]:
    """The panels at their places in the sheet, stretched so that together they fill the room, with gaps between them."""
    left, top = min(p.x for p in panels), min(p.y for p in panels)
    wide, tall = max(p.x + p.width for p in panels) - left, max(p.y + p.height for p in panels) - top
    wide, tall = wide if wide > 0 else 1.0, tall if tall > 0 else 1.0
    places = []
    for p in panels:
        x0, x1 = (p.x - left) / wide, (p.x + p.width - left) / wide
        y0, y1 = (p.y - top) / tall, (p.y + p.height - top) / tall
        a, b = (GAP / 2.0 if v > 1e-3 else 0.0 for v in (x0, y0))
        c, d = (GAP / 2.0 if v < 1.0 - 1e-3 else 0.0 for v in (x1, y1))
        places.append(
            (
                p,
                Place(
                    room.x + x0 * room.width + a,
                    room.y + y0 * room.height + b,
                    max(1.0, (x1 - x0) * room.width - a - c),
                    max(1.0, (y1 - y0) * room.height - b - d),
                ),
            )
        )
    return places


def clear_of_legend(scene: Scene, place: Place, *, still: bool = False) -> Scene:
    """The scene with its camera fitted so that the legend and the colour bar cover nothing. A camera that a person has chosen stays,
    unless the figure is `still`, shows all of the scene and would have something covered: then it moves away as far as needed."""
    if not (scene.legend or scene.colour_bar) or (scene.camera.height is not None and not still):
        return scene
    held, size = scene_extent(scene, scene.frame_of), (round(place.width), round(place.height))
    wide, tall = overlay.legend_size(scene.legend) if scene.legend else (0.0, 0.0)
    bar = overlay.BAR_WIDTH if scene.colour_bar is not None else 0.0
    free = look(scene.camera, size, held)
    seen = free.discs(*held)
    within = (seen[:, :2] >= seen[:, 2:3] - 1.0) & (seen[:, :2] <= np.array(size) - seen[:, 2:3] + 1.0)
    if scene.camera.height is not None and not within.all():
        return scene
    near_right = (seen[:, 0] + seen[:, 2] > size[0] - wide - 2 * overlay.EDGE) & (seen[:, 1] - seen[:, 2] < tall + 2 * overlay.EDGE)
    low = size[1] - overlay.BAR_ROOM - 2 * overlay.EDGE
    over_bar = (seen[:, 0] + seen[:, 2] > size[0] - bar - 2 * overlay.EDGE) & (seen[:, 1] + seen[:, 2] > low)
    if not (near_right.any() and scene.legend) and not (over_bar.any() and bar):
        return scene
    right, top, bottom = wide + overlay.EDGE, tall + overlay.EDGE, overlay.BAR_ROOM + overlay.EDGE if bar else 0.0
    choices = [(0.0, 0.0, max(right, bar + overlay.EDGE if bar else 0.0), 0.0), (0.0, 0.0, right, bottom), (0.0, top, 0.0, bottom)]
    views = [look(replace(scene.camera, focal=None, height=None), size, held, insets) for insets in choices]
    nearest = min(views, key=lambda view: view.distance)
    return replace(scene, camera=replace(nearest.camera, height=max(nearest.height, scene.camera.height or 0.0)))


def _keys(scene: Scene, place: Place) -> list[Shape]:
    shapes = overlay.legend(scene.legend, place.x + place.width - overlay.EDGE, place.y + overlay.EDGE)
    if scene.colour_bar is not None:
        shapes += overlay.colour_bar(scene.colour_bar, place.x + place.width - overlay.EDGE, place.y + place.height - overlay.EDGE)
    return shapes


def fitted(diagram: Diagram, place: Place) -> list[Shape]:
    """The shapes of a diagram, scaled to fit a place and put in its middle."""
    scale = min(place.width / max(diagram.width, 1e-6), place.height / max(diagram.height, 1e-6))
    dx = place.x + (place.width - scale * diagram.width) / 2.0
    dy = place.y + (place.height - scale * diagram.height) / 2.0
    return [moved(shape, scale, dx, dy) for shape in diagram.shapes if shape.figure]


def moved(shape: Shape, scale: float, dx: float, dy: float) -> Shape:
    """The shape scaled about the origin and then moved."""
    if isinstance(shape, Line):
        spots = tuple((x * scale + dx, y * scale + dy) for x, y in shape.points)
        return replace(shape, points=spots, pen=_pen(shape.pen, scale), gradient=_gradient(shape.gradient, scale, dx, dy))
    assert isinstance(shape, Disc | Box | Text | Formula | Picture | Group)
    changes: dict[str, Any] = {"x": shape.x * scale + dx, "y": shape.y * scale + dy}
    if isinstance(shape, Disc | Box):
        changes["pen"] = _pen(shape.pen, scale)
    for field in ("width", "height", "r", "corner", "size"):
        if hasattr(shape, field):
            changes[field] = getattr(shape, field) * scale
    if isinstance(shape, Group):
        changes["shapes"] = tuple(moved(s, scale, dx, dy) for s in shape.shapes)
    return replace(shape, **changes)


def _gradient(g: Gradient | None, scale: float, dx: float, dy: float) -> Gradient | None:
    return None if g is None else Gradient(g.x0 * scale + dx, g.y0 * scale + dy, g.x1 * scale + dx, g.y1 * scale + dy, g.stops)


def _pen(pen: Pen, scale: float) -> Pen:
    return replace(pen, width=pen.width * scale, dash=tuple(d * scale for d in pen.dash))

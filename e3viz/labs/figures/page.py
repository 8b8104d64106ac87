"""The page of the Figures lab drawn: every piece asked of its own lab and put at its place, in its own g followed by the current one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from e3viz import labs
from e3viz.errors import UserError
from e3viz.labs.figures.mosaic import Spot, lettered, placed, rows_high
from e3viz.labs.figures.state import SLIDE_HEIGHT, Piece, State
from e3viz.pictures.diagram import Diagram, Text
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.sheet import Panel, Paper, Sheet
from e3viz.symmetry.element import Element
from e3viz.task import report

CELL_SHAPE = 0.78
"""Height over width of a part where nobody says how high the page is."""
BLANK = "\u2002"


def paper_of(state: State) -> Paper:
    """The page's size."""
    across, down = rows_high(state.mosaic, len(state.parts))
    suits = SLIDE_HEIGHT if state.paper.startswith("Slide") else state.paper_width / across * down * CELL_SHAPE
    return Paper(state.paper_width, state.height or round(suits, 1), state.text)


def sheet_of(piece: Piece, g: Element) -> Sheet:
    """What a piece shows: one picture of its lab's sheet, or all that belong in a figure."""
    sheet = labs.load(piece.lab).pictures(piece.shown_state(), g @ piece.element())
    panels = tuple(panel for panel in sheet.panels if panel.figure)
    if piece.picture:
        if piece.picture not in {panel.name for panel in panels}:
            raise UserError(
                f"{labs.entry(piece.lab).title} has no picture “{piece.picture}” any more.", "Take this part out and add it anew."
            )
        panels = tuple(replace(p, x=0.0, y=0.0, width=1.0, height=1.0) for p in panels if p.name == piece.picture)
    cameras = piece.seen_from()
    return replace(sheet, panels=tuple(_seen(panel, cameras) for panel in panels))


def pictures(state: State, g: Element) -> Sheet:
    """The page with all its parts; a part that cannot be drawn shows why."""
    parts = state.parts
    spots = placed(state.mosaic, len(parts))
    panels: list[Panel] = []
    for number, (piece, spot) in enumerate(zip(parts, spots, strict=True)):
        report(number, len(parts), f"drawing part {lettered(number, 'a')}")
        panels += _part(piece, g, spot, lettered(number, state.letters), state.titles)
    paper = paper_of(state)
    what = f"{len(parts)} part{'s' * (len(parts) != 1)}" if state.pieces else "An example: add what any lab shows with “Add to figure page”"
    return Sheet(tuple(panels), "Figure page", f"{what}; {paper.width:g} × {paper.height:g} mm, text of {paper.text:g} pt", paper)


def _part(piece: Piece, g: Element, spot: Spot, letter: str, titled: bool) -> Iterator[Panel]:
    try:
        sheet = sheet_of(piece, g)
    except UserError as error:
        sheet = Sheet((Panel("missing", _sentence(str(error))),), labs.entry(piece.lab).title)
    alone = len(sheet.panels) == 1
    left, top = min(p.x for p in sheet.panels), min(p.y for p in sheet.panels)
    wide = max(p.x + p.width for p in sheet.panels) - left
    tall = max(p.y + p.height for p in sheet.panels) - top
    x, y, width, height = spot
    for panel in sheet.panels:
        at_top, at_left = panel.y - top < 1e-6, panel.x - left < 1e-6
        own = panel.title if not alone else piece.title or panel.title or sheet.title
        yield replace(
            panel,
            name=f"{piece.key}/{panel.name}",
            x=x + (panel.x - left) / wide * width,
            y=y + (panel.y - top) / tall * height,
            width=panel.width / wide * width,
            height=panel.height / tall * height,
            title=own if titled else "",
            letter=(letter if at_left else BLANK) if at_top and letter else "",
        )


def _seen(panel: Panel, cameras: Mapping[str, Camera]) -> Panel:
    camera = cameras.get(panel.name)
    if camera is None or not isinstance(panel.picture, Scene):
        return panel
    return replace(panel, picture=replace(panel.picture, camera=camera))


def _sentence(text: str) -> Diagram:
    words, lines = text.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 44:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    shapes = tuple(Text(160.0, 90.0 + 16.0 * k, line, 11.0, "bad", "middle") for k, line in enumerate(lines))
    return Diagram(320.0, 200.0, shapes)

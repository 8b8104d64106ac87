"""Numbers and parts of a figure page, and the commands that draw it again."""

from __future__ import annotations

import json
from collections.abc import Sequence

from e3viz import labs
from e3viz.labs.fields import to_json
from e3viz.labs.figures.file import MARK, VERSION
from e3viz.labs.figures.mosaic import lettered
from e3viz.labs.figures.page import paper_of
from e3viz.labs.figures.state import Piece, State
from e3viz.labs.lab import Card, Fact, Told
from e3viz.symmetry.element import Element

CAP = 0.73
"""Height of a capital over the size of the text, in Inter."""


def facts(state: State, g: Element) -> Sequence[Told]:
    """The page's size, and a card for each part."""
    paper = paper_of(state)
    told: list[Told] = [
        Fact("Page", f"{paper.width:g} × {paper.height:g} mm", "Its size on paper.", section="Page", status=True),
        Fact("Capitals", f"{CAP * paper.text * 25.4 / 72:.1f} mm high", "Publishers ask for 1 to 2 mm at least.", section="Page"),
    ]
    return [*told, *(_card(piece, number, state) for number, piece in enumerate(state.parts))]


def _card(piece: Piece, number: int, state: State) -> Card:
    title = piece.title or labs.entry(piece.lab).title
    return Card(
        piece.key,
        f"{lettered(number, 'a')}  {title}",
        "chosen" if number == min(state.chosen, len(state.parts) - 1) else "",
        piece.picture or "all its pictures",
        tip="Choose this part.",
        section="Parts" if state.pieces else "Parts of the example",
    )


def code(state: State, g: Element) -> str:
    """A script that writes the page as a file and draws it as PDF."""
    page = {MARK: VERSION, **to_json(state), "pieces": [list(piece.row()) for piece in state.parts]}
    text = json.dumps(page, indent=1, ensure_ascii=False)
    return (
        '"""Draws this page as a PDF. Needs e3viz: pip install e3viz."""\n\n'
        "from pathlib import Path\n\n"
        "from e3viz.export.figure import FigureOptions, export_figure\n"
        "from e3viz.export.request import Request, asked\n"
        "from e3viz.symmetry.element import Element\n\n"
        f"PAGE = r'''{text}'''\n\n"
        'page = Path("page.e3fig")\n'
        'page.write_text(PAGE, encoding="utf-8")\n'
        f'sheet = asked(Request("figures", page, g={_element(g)})).sheet()\n'
        'export_figure(sheet, Path("figure.pdf"), FigureOptions.on(sheet.paper))\n'
    )


def _element(g: Element) -> str:
    return f"Element(axis={g.axis}, angle={g.angle}, inversion={g.inversion}, translation={g.translation})"

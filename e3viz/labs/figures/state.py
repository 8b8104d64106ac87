"""The state of the Figures lab: a page on paper and the pieces on it.

Convention: lengths are mm, text is in points of 1/72 inch. A piece is kept as texts (its lab, that lab's state and g as JSON, …), so a
page can be written, compared and undone like any other state, and every piece can be drawn anew from what it remembers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from e3viz import labs
from e3viz.labs.fields import from_json, knob, to_json
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import IDENTITY, Element

OWN = "own width"
PAPERS: dict[str, float] = {
    "Nature, one column": 89.0,
    "Nature, two columns": 183.0,
    "APS, one column": 86.0,
    "APS, two columns": 178.0,
    "Elsevier, one column": 90.0,
    "Elsevier, one and a half": 140.0,
    "Elsevier, two columns": 190.0,
    "ACS, one column": 84.7,
    "ACS, two columns": 177.8,
    "Slide, 16:9": 254.0,
}
"""Widths in mm as the publishers' instructions for authors name them (in 2025): look yours up before you submit."""
SLIDE_HEIGHT = 142.9
LETTERS = ("a", "A", "(a)", "none")


@dataclass(frozen=True)
class Piece:
    """One or all pictures of a lab. key: its own, never given again; picture: the panel's name, "" for all; state, g, cameras: JSON of
    the lab's state, the element that acts, and panel → camera; title: over it, "" for what the lab says."""

    key: str
    lab: str
    picture: str = ""
    state: str = "{}"
    g: str = "{}"
    cameras: str = "{}"
    title: str = ""

    def row(self) -> tuple[str, ...]:
        """The piece as a state keeps it."""
        return self.key, self.lab, self.picture, self.state, self.g, self.cameras, self.title

    def shown_state(self) -> Any:
        """The lab's state; raises UserError if it fits no more."""
        return from_json(labs.load(self.lab).State, json.loads(self.state))

    def element(self) -> Element:
        """The element of E(3) that acts in it."""
        element: Element = from_json(Element, json.loads(self.g))
        return element

    def seen_from(self) -> dict[str, Camera]:
        """Panel → camera, where it is not the lab's own."""
        return {name: from_json(Camera, values) for name, values in json.loads(self.cameras).items()}

    def with_cameras(self, cameras: Mapping[str, Camera]) -> Piece:
        """The piece seen from elsewhere; panels that are not named stay."""
        if not cameras:
            return self
        return replace(self, cameras=_json({**json.loads(self.cameras), **{name: to_json(c) for name, c in cameras.items()}}))


EXAMPLE = (
    Piece("e1", "harmonics", "pyramid").row(),
    Piece("e2", "tensor-product", "paths").row(),
    Piece("e3", "structures", "structure").row(),
    Piece("e4", "data-efficiency", "curves").row(),
)
"""What an empty page shows, so that there is something to look at."""


@dataclass(frozen=True)
class State:
    """A page of pictures from any labs."""

    paper: str = knob(
        "Nature, two columns", "Paper", "What the figure is for; it rules the width in mm.", choices=(*PAPERS, OWN), tab="Page"
    )
    width: float = knob(
        160.0,
        "Width",
        "Width of the figure in mm.",
        unit="mm",
        low=20.0,
        high=1000.0,
        when=lambda state: state.paper == OWN,
        tab="Page",
    )
    height: float = knob(
        0.0, "Height", "Height of the figure in mm; 0 for what suits its rows.", unit="mm", low=0.0, high=1000.0, tab="Page"
    )
    text: float = knob(7.0, "Text", "Size of ordinary text on paper, in points.", unit="pt", low=4.0, high=24.0, tab="Page")
    letters: str = knob("a", "Letters", "How the parts of the figure are lettered.", choices=LETTERS, tab="Page")
    titles: bool = knob(True, "Titles", "Write over each part what it shows.", tab="Page")
    mosaic: str = knob(
        "",
        "Mosaic",
        "Where the parts lie, drawn with their letters: “aab” over “ccb” makes a wide and b tall; “.” stays empty. Nothing: side by side.",
        kind="long",
        tab="Page",
    )
    pieces: tuple[tuple[str, ...], ...] = knob((), "pieces", "The parts of the figure.", kind="hidden")
    chosen: int = knob(0, "chosen part", "The part that is worked on, counted from 0.", kind="hidden", low=0, high=200)

    @property
    def parts(self) -> tuple[Piece, ...]:
        """The pieces on the page; an example where there are none."""
        return tuple(Piece(*row) for row in self.pieces or EXAMPLE)

    @property
    def paper_width(self) -> float:
        """Width in mm."""
        return self.width if self.paper == OWN else PAPERS[self.paper]


def acted_on(piece: Piece, g: Element) -> Piece:
    """The piece with g acting after its own element."""
    return piece if g == IDENTITY else replace(piece, g=_json(to_json(g @ piece.element())))


def piece_of(lab: str, state: Any, g: Element = IDENTITY, cameras: Mapping[str, Camera] | None = None, picture: str = "") -> Piece:
    """What a lab shows as a piece, without a key."""
    piece = Piece("", lab, picture, _json(to_json(state)), "{}" if g == IDENTITY else _json(to_json(g)))
    return piece.with_cameras(cameras or {})


def free_key(state: State) -> int:
    """From here on no part of the page has a key."""
    return max((int(row[0]) for row in state.pieces if row[0].isdigit()), default=0) + 1


def with_piece(state: State, piece: Piece) -> State:
    """The page with one more piece, which is chosen; the first takes the place of the example."""
    added = replace(piece, key=str(free_key(state)))
    return replace(state, pieces=(*state.pieces, added.row()), chosen=len(state.pieces), mosaic="")


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

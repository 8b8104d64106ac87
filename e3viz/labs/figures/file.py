"""Figure files: a page with the states of all its parts, to be opened and changed later. JSON; nothing in one is ever executed."""

from __future__ import annotations

import json
from pathlib import Path

from e3viz.errors import FileError, UserError
from e3viz.files import replacing
from e3viz.labs.fields import from_json, to_json
from e3viz.labs.figures.state import Piece, State, acted_on
from e3viz.symmetry.element import Element

SUFFIX = ".e3fig"
MARK, VERSION = "e3viz figure", 1


def save(state: State, g: Element, path: Path) -> None:
    """Write the page; g acts in every part from then on."""
    if path.suffix.lower() != SUFFIX:
        raise UserError(f"A figure page is not written as “{path.suffix}”.", f"Call it {path.stem}{SUFFIX}; “Export figure” draws it.")
    rows = [list(acted_on(Piece(*row), g).row()) for row in state.pieces]
    text = json.dumps({MARK: VERSION, **to_json(state), "pieces": rows}, indent=1, ensure_ascii=False)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def load(state: State, path: Path) -> State:
    """The page that a figure file holds; raises FileError or UserError if it holds none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(f"The figure page {path.name} cannot be read: {error.strerror}.") from None
    except ValueError:
        values = None
    if not isinstance(values, dict) or MARK not in values:
        raise FileError(f"{path.name} holds no figure page.", f"A page is a file ending in {SUFFIX}, written by “Save as”.")
    if values.pop(MARK) != VERSION:
        raise FileError(f"{path.name} was written by another version of e3viz.", f"This one reads format {VERSION}.")
    page: State = from_json(State, values)
    for row in page.pieces:
        checked(row, path)
    return page


def checked(row: tuple[str, ...], path: Path) -> Piece:
    """A piece as a file holds it, if it can be one."""
    try:
        piece = Piece(*row)
        piece.shown_state(), piece.element(), piece.seen_from()
    except (TypeError, ValueError, AttributeError):
        raise FileError(f"{path.name} is damaged: a part of it cannot be understood.", "Save the page again from where it came.") from None
    return piece

"""The Figures lab: a page for a paper or a slide, put together from what any labs show. A part remembers the state it came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from e3viz.errors import UserError
from e3viz.labs.fields import to_json
from e3viz.labs.figures.describe import code, facts
from e3viz.labs.figures.explain import EXPLAIN
from e3viz.labs.figures.file import SUFFIX, load, save
from e3viz.labs.figures.mosaic import lettered, placed
from e3viz.labs.figures.page import pictures, sheet_of
from e3viz.labs.figures.state import Piece, State, free_key
from e3viz.labs.lab import Action, Elsewhere, Film, Hit, Lab
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import IDENTITY, Element


def pick(state: State, hit: Hit) -> State | None:
    """A click on a part, or on its card, chooses it."""
    key = hit.item if hit.panel == "card" else hit.panel.partition("/")[0]
    number = next((k for k, piece in enumerate(state.parts) if piece.key == key), None)
    return None if number is None or number == state.chosen else replace(state, chosen=number)


def _at(state: State) -> int:
    return min(state.chosen, len(state.parts) - 1)


def _chosen(state: State) -> Piece:
    return state.parts[_at(state)]


def _with(state: State, parts: list[Piece], chosen: int, mosaic: str = "") -> State:
    return replace(state, pieces=tuple(p.row() for p in parts), chosen=max(0, min(chosen, len(parts) - 1)), mosaic=mosaic)


def _moved(state: State, by: int) -> State:
    parts, at = list(state.parts), _at(state)
    to = (at + by) % len(parts)
    parts.insert(to, parts.pop(at))
    return _with(state, parts, to, state.mosaic)


def earlier(state: State) -> State:
    """The chosen part one place earlier."""
    return _moved(state, -1)


def later(state: State) -> State:
    """The chosen part one place later."""
    return _moved(state, 1)


def remove(state: State) -> State:
    """The page without the chosen part; without any, it shows the example again."""
    at = _at(state)
    return _with(state, [*state.parts[:at], *state.parts[at + 1 :]], at)


def split(state: State) -> State:
    """Each picture of the chosen part as a part of its own."""
    piece, at = _chosen(state), _at(state)
    panels = sheet_of(piece, IDENTITY).panels
    if len(panels) < 2:
        raise UserError("This part is a single picture.", "Only parts with several pictures can be taken apart.")
    free = free_key(state)
    parts = [replace(piece, key=str(free + k), picture=panel.name, title="") for k, panel in enumerate(panels)]
    return _with(state, [*state.parts[:at], *parts, *state.parts[at + 1 :]], at)


def retitle(state: State, title: str) -> State:
    """Other words over the chosen part."""
    parts, at = list(state.parts), _at(state)
    parts[at] = replace(parts[at], title=title.strip())
    return _with(state, parts, at, state.mosaic)


def go_there(state: State) -> Elsewhere:
    """The chosen part in its own lab, as it was when it was added."""
    piece = _chosen(state)
    return Elsewhere(piece.lab, fields=to_json(piece.shown_state()), g=piece.element())


def as_mosaic(state: State) -> State:
    """The page's own arrangement drawn as a mosaic, to be changed by hand."""
    from e3viz.labs.figures.mosaic import drawn

    return replace(state, mosaic=drawn(placed(state.mosaic, len(state.parts))))


def settled_cameras(state: State, cameras: Mapping[str, Camera]) -> State:
    """The page with its scenes seen from where they are seen in the window."""
    rows = []
    for row in state.pieces:
        piece = Piece(*row)
        own = {name.partition("/")[2]: camera for name, camera in cameras.items() if name.startswith(f"{piece.key}/")}
        rows.append(piece.with_cameras(own).row())
    return replace(state, pieces=tuple(rows))


def hover(state: State, hit: Hit) -> str:
    """Which part it is, and where it comes from."""
    key = hit.panel.partition("/")[0]
    for number, piece in enumerate(state.parts):
        if piece.key == key:
            return f"Part {lettered(number, 'a')}, from the lab {piece.lab}"
    return ""


def films(state: State, g: Element) -> list[Film]:
    """All parts turn once, each through its own representation."""
    return [Film("turn", "All parts turn together", lambda t: (state, replace(IDENTITY, axis=(0.0, 0.0, 1.0), angle=360.0 * t) @ g), 6.0)]


ACTIONS = (
    Action("earlier", "Earlier", "Move the chosen part one place earlier.", earlier, "Ctrl+[", "Page"),
    Action("later", "Later", "Move the chosen part one place later.", later, "Ctrl+]", "Page"),
    Action(
        "retitle",
        "Title…",
        "Other words over the chosen part.",
        retitle,
        tab="Page",
        asks="Title of the chosen part (nothing: as its lab says)",
    ),
    Action("split", "Take apart", "Make each picture of the chosen part a part of its own.", split, tab="Page"),
    Action(
        "open-part", "Open in its lab", "Go to the chosen part's lab, with everything as it was when it was added.", go_there, tab="Page"
    ),
    Action("remove", "Remove", "Take the chosen part off the page.", remove, tab="Page"),
    Action(
        "draw-mosaic", "Draw this as a mosaic", "Write the arrangement into the field “Mosaic”, to be changed there.", as_mosaic, tab="Page"
    ),
)

LAB = Lab(
    name="figures", title="Figures", section="work", State=State, pictures=pictures, facts=facts, code=code, explain=EXPLAIN,
    tabs=("Page",), pick=pick, hover=hover, open_file=load, save_file=save, saves="figure page", suffix=SUFFIX,
    keep_views=settled_cameras, actions=ACTIONS, films=films,
)  # fmt: skip

"""The multiplication table as a coloured grid: row ∘ column, where the element of the column acts first.

Small tables have a shape for each cell, large ones one picture; either way a place in the grid is a pair of elements.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from e3viz.labs.groups.colours import element_colours, hexed
from e3viz.labs.groups.state import State, chosen, chosen_before, chosen_subgroup, product, subject, words
from e3viz.pictures.diagram import Box, Diagram, Pen, Picture, Shape, Text
from e3viz.pictures.fonts import text_width

SIDE, TOP, LEFT = 430.0, 34.0, 8.0
MOST_CELLS = 26
INK = "#1c2230"


def cell_size(order: int) -> float:
    """The side of a cell of the table of a group with so many elements."""
    return SIDE / (order + 1)


def table_diagram(state: State) -> Diagram:
    """The grid with what is chosen framed, and a line that says what it means."""
    group = subject(state).group
    shapes: list[Shape] = [*_cells(state), *_headers(state), *_frames(state)]
    row, column = chosen(state), chosen_before(state)
    shapes.append(Text(LEFT + SIDE, 22.0, "row ∘ column: the column acts first", 12.0, "muted", "end"))
    if column is not None:
        names = group.names
        shapes.append(Text(LEFT, 22.0, f"{names[row]} ∘ {names[column]} = {names[product(state)]}", 15.0, "ink", bold=True))
    return Diagram(SIDE + 2 * LEFT, SIDE + TOP + 8.0, tuple(shapes))


def _faded(state: State) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Which elements are not in the subgroup that is marked, (h,)."""
    order = len(subject(state).group)
    marked = chosen_subgroup(state)
    return np.zeros(order, bool) if marked is None else ~np.isin(np.arange(order), marked.members)


def _cells(state: State) -> Iterator[Shape]:
    group = subject(state).group
    order, cell = len(group), cell_size(len(group))
    colours, faded = element_colours(group), _faded(state)
    dim = faded[:, None] | faded[None, :]
    if order > MOST_CELLS:
        yield Box(LEFT + cell, TOP + cell, SIDE - cell, SIDE - cell, "page", name="cells")
        pixels = np.dstack([colours[group.table], np.where(dim, 60, 255).astype(np.uint8)])
        yield Picture(LEFT + cell, TOP + cell, SIDE - cell, SIDE - cell, pixels, smooth=False)
        return
    size = _fitting(group.names, cell)
    for r, c in np.ndindex(order, order):
        made = int(group.table[r, c])
        x, y = LEFT + (c + 1) * cell, TOP + (r + 1) * cell
        tip = f"{group.names[r]} ∘ {group.names[c]} = {group.names[made]}"
        opacity = 0.25 if dim[r, c] else 1.0
        yield Box(
            x + 0.75,
            y + 0.75,
            cell - 1.5,
            cell - 1.5,
            hexed(colours[made]),
            name=f"cell {r} {c}",
            tip=tip,
            corner=min(4.0, cell / 8),
            opacity=opacity,
        )
        if size >= 6.5:
            yield Text(x + cell / 2, y + cell / 2 + 0.36 * size, group.names[made], size, INK if not dim[r, c] else "muted", "middle")


def _fitting(names: tuple[str, ...], cell: float) -> float:
    """The size of text at which every name fits into a cell."""
    widest = max(text_width(name, 1.0) for name in names)
    return min(14.0, 0.86 * cell / widest, 0.6 * cell)


def _headers(state: State) -> Iterator[Shape]:
    group = subject(state).group
    cell, colours, faded = cell_size(len(group)), element_colours(group), _faded(state)
    size = _fitting(group.names, cell)
    for k, name in enumerate(group.names):
        place = (k + 1) * cell
        tip = f"{name}: {words(state, k)}"
        for kind, x, y in (("row", LEFT, TOP + place), ("column", LEFT + place, TOP)):
            fill, opacity = hexed(colours[k]), 0.25 if faded[k] else 1.0
            if len(group) > MOST_CELLS:
                yield Box(x, y, cell, cell, fill, name=f"{kind} {k}", tip=tip, opacity=opacity)
                continue
            yield Box(
                x + 0.75, y + 0.75, cell - 1.5, cell - 1.5, fill, name=f"{kind} {k}", tip=tip, corner=min(4.0, cell / 8), opacity=opacity
            )
            if size >= 6.5:
                yield Text(x + cell / 2, y + cell / 2 + 0.36 * size, name, size, INK if not faded[k] else "muted", "middle", bold=True)
    gap = LEFT + cell
    yield Box(gap - 0.75, TOP, 1.5, SIDE, "ink")
    yield Box(LEFT, TOP + cell - 0.75, SIDE, 1.5, "ink")
    if cell > 14.0:
        yield Text(LEFT + cell / 2, TOP + cell / 2 + 5.0, "∘", 15.0, "muted", "middle")


def _frames(state: State) -> Iterator[Shape]:
    """What is chosen: the element's row alone, or the row, the column and the cell where they meet."""
    cell, corner = cell_size(len(subject(state).group)), 4.0
    row, column = chosen(state), chosen_before(state)
    pen = Pen("accent", 2.4 if cell > 14.0 else 1.4)
    large = len(subject(state).group) > MOST_CELLS
    long = SIDE if large else cell
    yield Box(LEFT, TOP + (row + 1) * cell, long, cell, "", pen, min(corner, cell / 4))
    if column is None:
        return
    if large:
        yield Box(LEFT + (column + 1) * cell, TOP, cell, long, "", pen, cell / 4)
        return
    yield Box(LEFT + (column + 1) * cell, TOP, cell, cell, "", pen, corner)
    yield Box(LEFT + (column + 1) * cell, TOP + (row + 1) * cell, cell, cell, "", pen, corner)


def place_at(state: State, item: str, position: tuple[float, ...]) -> tuple[int, int] | None:
    """(row, column) of what was pointed at, −1 for a heading; None outside of the table."""
    words = item.split()
    order = len(subject(state).group)
    if words[:1] == ["cell"]:
        row, column = int(words[1]), int(words[2])
    elif words[:1] == ["row"]:
        row, column = int(words[1]), -1
    elif words[:1] == ["column"]:
        row, column = -1, int(words[1])
    elif item == "cells" and len(position) >= 2:
        cell = cell_size(order)
        row, column = int((position[1] - TOP) / cell) - 1, int((position[0] - LEFT) / cell) - 1
    else:
        return None
    return (row, column) if -1 <= row < order and -1 <= column < order and (row, column) != (-1, -1) else None

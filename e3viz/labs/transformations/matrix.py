"""D(g) as a heat map whose blocks are outlined in the hue of their degree (dashed where odd), times the data before, equals the data after."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.transformations.state import State, blocks, data, parsed
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Diagram, Pen, Picture, Shape, Text
from e3viz.pictures.style import degree_hue
from e3viz.pictures.typed import Block
from e3viz.symmetry.element import Element
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
SIDE, LEFT, TOP = 380.0, 56.0, 64.0
MOST_CELLS = 900
MOST_NUMBERS = 14


def matrix_diagram(state: State, g: Element) -> Diagram:
    """The matrix, and beside it what it is multiplied with and what comes out."""
    before = data(state)
    dim = len(before)
    if not dim:
        sentence = "These irreps have no components: there is nothing to turn."
        return Diagram(SIDE + 120.0, 80.0, (Text(SIDE / 2 + 60.0, 44.0, sentence, 14.0, "muted", "middle"),))
    matrix = D(parsed(state.irreps), g)
    cell = min(46.0, SIDE / dim)
    wide = cell * dim
    column = min(34.0, max(cell, 10.0))
    x, after = LEFT + wide + 26.0, LEFT + wide + 26.0 + column + 30.0
    shapes = [*_cells(matrix, state, cell), *_outlines(state, cell)]
    limit = float(np.abs(before).max()) or 1.0
    shapes += [
        *_column(before, x, cell, column, limit=limit, name="x"),
        *_column(matrix @ before, after, cell, column, limit=limit, name="x′"),
    ]
    middle = TOP + wide / 2 + 5.0
    shapes += [Text(after - 15.0, middle, "=", 16.0, "muted", "middle"), Text(x - 13.0, middle, "·", 18.0, "muted", "middle")]
    shapes.append(Text(LEFT + wide / 2, 22.0, "D(g)", 14.0, "ink", "middle", bold=True))
    shapes += [
        Text(x + column / 2, 22.0, "x", 14.0, "ink", "middle", bold=True),
        Text(after + column / 2, 22.0, "x′", 14.0, "ink", "middle", bold=True),
    ]
    return Diagram(after + column + 24.0, TOP + wide + 24.0, tuple(shapes))


def _cells(matrix: Real, state: State, cell: float) -> list[Shape]:
    shown = blocks(state)
    if sum(block.irrep.dim**2 for block in shown) > MOST_CELLS:
        pixels = np.zeros((*matrix.shape, 4), dtype=np.uint8)
        for block in shown:
            pixels[block.part, block.part, :3] = diverging(matrix[block.part, block.part], 1.0)
            pixels[block.part, block.part, 3] = 255
        return [Picture(LEFT, TOP, cell * len(matrix), cell * len(matrix), pixels, smooth=False)]
    return list(_boxes(matrix, shown, cell, state.numbers and len(matrix) <= MOST_NUMBERS))


def _boxes(matrix: Real, shown: list[Block], cell: float, numbers: bool) -> Iterator[Shape]:
    for block in shown:
        colours = diverging(matrix[block.part, block.part], 1.0)
        for i, j in np.ndindex(block.irrep.dim, block.irrep.dim):
            entry = float(matrix[block.start + i, block.start + j])
            x, y = LEFT + (block.start + j) * cell, TOP + (block.start + i) * cell
            colour = "#{:02x}{:02x}{:02x}".format(*colours[i, j])
            tip = f"{_title(block)}: row {i - block.irrep.l}, column {j - block.irrep.l}: {entry:.4f}".replace("-", "−")
            yield Box(x, y, cell, cell, colour, tip=tip, name=f"block {block.number}")
            if numbers:
                ink = "#ffffff" if abs(entry) > 0.55 else "#1c2230"
                text = f"{entry + 0.0:.2f}".replace("-0.00", "0.00").replace("-", "−")
                yield Text(x + cell / 2, y + cell / 2 + cell * 0.11, text, min(12.0, cell * 0.32), ink, "middle")


def _title(block: Block) -> str:
    return f"{block.name} ({block.irrep})" if block.name else f"{block.irrep}, {block.irrep.name}"


def _outlines(state: State, cell: float) -> Iterator[Shape]:
    for block in blocks(state):
        hue, odd, chosen = degree_hue(block.irrep.l), block.irrep.parity == -1, block.number == state.chosen
        side, start = cell * block.irrep.dim, cell * block.start
        pen = Pen(hue, 3.5 if chosen else 2.0, (6.0, 4.0) if odd else ())
        yield Box(
            LEFT + start, TOP + start, side, side, "", pen, corner=min(3.0, side / 4), tip=_title(block), name=f"block {block.number}"
        )
        size = min(13.0, side * 0.75)
        if size >= 6.0:
            yield Text(LEFT - 8.0, TOP + start + side / 2 + size * 0.35, str(block.irrep), size, hue, "end", bold=True)
            if block.name and side >= 60.0:
                yield Text(LEFT + start + side / 2, TOP + start - 8.0, block.name, 12.0, hue, "middle")


def _column(values: Real, x: float, cell: float, wide: float, *, limit: float, name: str) -> list[Shape]:
    if len(values) > 60:
        pixels = diverging(values[:, None], limit)
        return [Picture(x, TOP, wide, cell * len(values), pixels, smooth=False)]
    made: list[Shape] = []
    for k, value in enumerate(values):
        colour = "#{:02x}{:02x}{:02x}".format(*diverging(np.array(value), limit))
        tip = f"{name} {k}: {value:.4f}".replace("-", "−")
        made.append(Box(x, TOP + k * cell, wide, cell, colour, Pen("line", 0.5), tip=tip))
        if len(values) <= MOST_NUMBERS:
            ink = "#ffffff" if abs(value) > 0.55 * limit else "#1c2230"
            made.append(Text(x + wide / 2, TOP + (k + 0.5) * cell + 4.0, f"{value:.2f}".replace("-", "−"), 10.5, ink, "middle"))
    return made

"""Matrices with their brackets as shapes of a diagram, and x̂ = ŝ x for the corner on view, with its numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.groups.colours import hexed
from e3viz.labs.groups.figure import corner_colours, motion
from e3viz.labs.groups.state import WHOLE, State, chosen, chosen_before, chosen_corner, product, subject
from e3viz.pictures.diagram import Diagram, Disc, Line, Pen, Shape, Text
from e3viz.pictures.fonts import text_width
from e3viz.symmetry.element import Element
from e3viz.symmetry.surd import Surd

Real = NDArray[np.float64]
ROW = 25.0
SIZE = 14.0


def number_text(value: float) -> str:
    """A number as people write it: exact where it is a short fraction or root, else three decimals."""
    surd = Surd.near(float(value), most=16, tolerance=1e-9)
    if surd is not None and len(surd.text()) <= 6:
        return surd.text()
    return f"{value:.3f}".replace("-", "−")


def bracketed(numbers: Real, x: float, y: float, *, colour: str = "ink", tip: str = "") -> tuple[list[Shape], float]:
    """The shapes of a matrix whose left edge is at x and whose middle is at y, and where it ends."""
    texts = [[number_text(v) for v in row] for row in np.atleast_2d(numbers)]
    width = max(52.0, *(text_width(t, SIZE, mono=True) + 12.0 for row in texts for t in row))
    height = ROW * len(texts)
    right = x + width * len(texts[0]) + 8.0
    shapes: list[Shape] = []
    for edge, inner in ((x, x + 5.0), (right, right - 5.0)):
        spots = ((inner, y - height / 2), (edge, y - height / 2), (edge, y + height / 2), (inner, y + height / 2))
        shapes.append(Line(spots, Pen(colour, 1.4), tip=tip))
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            middle = x + 4.0 + width * (j + 0.5)
            shapes.append(Text(middle, y - height / 2 + ROW * (i + 0.5) + 5.0, text, SIZE, colour, "middle", mono=True, tip=tip))
    return shapes, right


def action_diagram(state: State, g: Element) -> Diagram:
    """x̂ = ŝ x for the corner on view; while something moves, with the matrix as it is by now."""
    shown = subject(state)
    group, corner = shown.group, chosen_corner(state)
    now = motion(state, g)
    matrix = now.matrix @ now.frame.T
    before = now.frame @ shown.points[corner] * shown.scale
    after = matrix @ before
    flat = shown.flat and abs(abs(g.linear[2, 2]) - 1.0) < 1e-9
    rows = 2 if flat else 3
    done = state.progress == WHOLE
    name = group.names[product(state)] if done else "so far"
    middle = 58.0
    shapes: list[Shape] = []
    x = 8.0
    for numbers, label, sign in ((after[:rows, None], "x̂", "="), (matrix[:rows, :rows], name, ""), (before[:rows, None], "x", "")):
        drawn, end = bracketed(numbers, x, middle)
        shapes += drawn
        shapes.append(Text((x + end) / 2, 12.0, label, 13.0, "muted" if label != name else "accent", "middle", bold=label == name))
        x = end + 12.0
        if sign:
            shapes.append(Text(x + 6.0, middle + 5.0, sign, 16.0, "muted", "middle"))
            x += 24.0
    target = int(group.permutations(shown.points, kinds=shown.symbols)[product(state), corner])
    return Diagram(max(x, 330.0), 132.0, (*shapes, *_sentence(state, corner, target)))


def _sentence(state: State, corner: int, target: int) -> list[Shape]:
    """Which corner goes where, in words, with the corner's colour."""
    shown = subject(state)
    names, first = shown.group.names, chosen_before(state)
    what = names[chosen(state)] if first is None else f"{names[first]}, then {names[chosen(state)]},"
    word = shown.corner_word
    if target == corner:
        text = f"{what} leave{'s' if first is None else ''} {word} {shown.labels[corner]} in place."
    else:
        text = f"{what} take{'s' if first is None else ''} {word} {shown.labels[corner]} to where {shown.labels[target]} was."
    unit = " Coordinates in Å." if shown.symbols else ""
    return [Disc(14.0, 115.0, 6.0, hexed(corner_colours(shown)[corner]), Pen("line")), Text(26.0, 119.5, text + unit, 12.5, "muted")]

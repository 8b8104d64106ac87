"""A representation on view: the matrix of the element, its trace, its decomposition, and the matrices of all elements in small."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.labs.groups.brackets import number_text
from e3viz.labs.groups.colours import hexed
from e3viz.labs.groups.state import LARGEST_ADAPTED, State, chosen_irrep, product, representation, representation_title, subject
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Diagram, Pen, Picture, Shape, Text
from e3viz.pictures.fonts import text_width
from e3viz.symmetry.representations import Representation

Real = NDArray[np.float64]
SIDE, LEFT, TOP = 300.0, 66.0, 84.0
MOST_NUMBERS, MOST_LABELS, MOST_SMALL = 9, 26, 60


def shown_matrices(state: State) -> Real:
    """The matrices on view, (h, d, d), in the basis on view; raises UserError if the basis is too costly to find."""
    rep = representation(state)
    if not state.adapted:
        return rep.matrices
    if rep.dim > LARGEST_ADAPTED:
        raise UserError(f"This representation has {rep.dim} components.", f"Adapted bases are found up to {LARGEST_ADAPTED}.")
    return rep.adapted.matrices(rep)


def blocks(state: State) -> list[tuple[str, int, int]]:
    """(irrep, first component, size) of each block along the diagonal in the adapted basis."""
    rep = representation(state)
    found, start = [], 0
    for irrep, size in rep.adapted.blocks:
        found.append((rep.table.real_names[irrep], start, size))
        start += size
    return found


def matrix_diagram(state: State) -> Diagram:
    """The matrix of the element, or a projector, with what it is made of above and all elements below."""
    rep, matrices = representation(state), shown_matrices(state)
    group = subject(state).group
    irrep = chosen_irrep(state)
    if not rep.dim:
        return Diagram(SIDE, 60.0, (Text(SIDE / 2, 34.0, "This representation has no components.", 14.0, "muted", "middle"),))
    if irrep is None:
        matrix, title = matrices[product(state)], f"D({group.names[product(state)]})"
        about = f"character χ = {number_text(float(np.trace(matrix)))}"
    else:
        matrix, title = rep.projector(irrep), f"Projector onto {rep.table.real_names[irrep]}"
        if state.adapted:
            matrix = rep.adapted.rows @ matrix @ rep.adapted.rows.T
        about = f"rank {round(float(np.trace(matrix)))}"
    words = rep.decomposition_text()
    size = min(15.0, 15.0 * 420.0 / max(1.0, text_width(words, 15.0, bold=True)))
    shapes: list[Shape] = [
        Text(LEFT, 20.0, words, size, "ink", bold=True, tip=f"{representation_title(state)} = {words}"),
        Text(LEFT, 46.0, f"{title}, {about}", 13.0, "muted"),
        *_cells(matrix),
        *_labels(state, rep),
        *_outlines(state),
    ]
    bottom = TOP + SIDE + 14.0
    if state.every and len(group) <= MOST_SMALL:
        small, bottom = _small(state, matrices, bottom)
        shapes += small
    return Diagram(LEFT + SIDE + 70.0, bottom, tuple(shapes))


def _cells(matrix: Real) -> Iterator[Shape]:
    dim = len(matrix)
    cell = SIDE / dim
    limit = 1.3 * max(1.0, float(np.abs(matrix).max()))
    if dim > MOST_LABELS:
        yield Picture(LEFT, TOP, SIDE, SIDE, diverging(matrix, limit), smooth=False)
        yield Box(LEFT, TOP, SIDE, SIDE, "", Pen("line"))
        return
    colours = diverging(matrix, limit)
    for i, j in np.ndindex(dim, dim):
        x, y, value = LEFT + j * cell, TOP + i * cell, float(matrix[i, j])
        yield Box(x, y, cell, cell, hexed(colours[i, j]), Pen("line", 0.6), tip=f"row {i + 1}, column {j + 1}: {number_text(value)}")
        if dim <= MOST_NUMBERS:
            ink = "#ffffff" if abs(value) > 0.6 * limit else "#1c2230"
            text = number_text(value)
            size = min(16.0, 0.4 * cell, 16.0 * 0.86 * cell / text_width(text, 16.0))
            yield Text(x + cell / 2, y + cell / 2 + 0.36 * size, text, size, ink, "middle")


def _labels(state: State, rep: Representation) -> Iterator[Shape]:
    """What the components are called, at the left and on top; in the adapted basis the irreps."""
    if state.adapted:
        for name, start, rows in blocks(state):
            if rows * SIDE / rep.dim >= 9.0:
                yield Text(LEFT - 8.0, TOP + (start + rows / 2) * SIDE / rep.dim + 4.0, name, 12.0, "muted", "end")
        return
    if rep.dim > MOST_LABELS:
        return
    cell = SIDE / rep.dim
    size = min(12.0, 0.8 * cell)
    fits = max(text_width(name, size) for name in rep.basis) <= 0.94 * cell
    for k, name in enumerate(rep.basis):
        yield Text(LEFT - 8.0, TOP + (k + 0.5) * cell + 0.36 * size, name, size, "muted", "end")
        if fits:
            yield Text(LEFT + (k + 0.5) * cell, TOP - 8.0, name, size, "muted", "middle")


def _outlines(state: State) -> Iterator[Shape]:
    if not state.adapted:
        return
    cell = SIDE / representation(state).dim
    for name, start, size in blocks(state):
        yield Box(LEFT + start * cell, TOP + start * cell, size * cell, size * cell, "", Pen("accent", 1.8), 2.0, tip=name)


def _small(state: State, matrices: Real, top: float) -> tuple[list[Shape], float]:
    """The matrices of all elements in rows, each with its name, and where they end; a click chooses one."""
    group = subject(state).group
    width = LEFT + SIDE + 60.0
    side = 42.0 if len(group) <= 16 else 28.0
    step = side + 10.0
    columns = max(1, int((width - 8.0) // step))
    shapes: list[Shape] = []
    for k, matrix in enumerate(matrices):
        x, y = 8.0 + (k % columns) * step, top + 6.0 + (k // columns) * (step + 9.0)
        shapes.append(Picture(x, y, side, side, diverging(matrix, 1.3), smooth=False))
        pen = Pen("accent", 2.2) if k == product(state) else Pen("line", 0.8)
        shapes.append(Box(x, y, side, side, "", pen, 2.0, name=f"element {k}", tip=group.names[k]))
        shapes.append(
            Text(
                x + side / 2,
                y + side + 11.0,
                group.names[k],
                min(9.5, 9.5 * (step + 2.0) / max(1.0, text_width(group.names[k], 9.5))),
                "muted",
                "middle",
            )
        )
    rows = -(-len(group) // columns)
    return shapes, top + 6.0 + rows * (step + 9.0) + 6.0

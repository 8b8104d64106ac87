"""One path on paper: its Clebsch–Gordan tensor slice by slice with exact values, its name, and the numbers of its normalisation.

The slices are those of the output: for each m₃ a matrix over m₁ (rows) and m₂ (columns), so that z = Σ C x y is read off directly.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from e3viz.labs.tensor_product.state import State, main_path, product_of
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Diagram, Line, Pen, Shape, Text
from e3viz.pictures.fonts import text_width
from e3viz.symmetry.clebsch_gordan import exact_clebsch_gordan
from e3viz.symmetry.paths import Instruction, TensorProduct

WIDE, MARGIN = 340.0, 14.0
LARGEST_CELL, LEAST_TEXT = 40.0, 7.0
_NAMES = {
    (0, 0, 0): "the product of two numbers",
    (1, 1, 0): "the dot product",
    (1, 1, 1): "the cross product",
    (1, 1, 2): "the symmetric traceless part",
    (1, 2, 1): "a matrix times a vector",
    (2, 1, 1): "a matrix times a vector",
    (2, 2, 0): "the dot product of matrices, tr(A B)",
    (2, 2, 1): "the commutator of matrices, A B − B A",
    (2, 2, 2): "the anticommutator, A B + B A without its trace",
    (1, 2, 2): "the change of a matrix under a small rotation",
    (2, 1, 2): "the change of a matrix under a small rotation",
}


def familiar(l1: int, l2: int, l3: int) -> str:
    """What people call the product of these degrees; empty where they have no name for it."""
    if (l1, l2, l3) in _NAMES:
        return _NAMES[l1, l2, l3]
    if l1 == 0 or l2 == 0:
        return "scaling by a number"
    if l3 == 0:
        return "the dot product"
    if l3 == l1 + l2:
        return "the symmetric traceless part"
    if l1 == 1 or l2 == 1:
        return "the change under a small rotation" if l3 == max(l1, l2) else "a contraction with a vector"
    return ""


def path_title(product: TensorProduct, path: Instruction) -> str:
    """1o ⊗ 1o → 1e, the cross product."""
    (_, first), (_, second), (_, out) = product.terms(path)
    name = familiar(first.l, second.l, out.l)
    return product.label(path) + (f": {name}" if name else "")


def slices_diagram(state: State) -> Diagram:
    """The slices of C, and under them where the coefficient comes from."""
    product = product_of(state)
    path = product.instructions[main_path(state)]
    (_, first), (_, second), (_, out) = product.terms(path)
    l1, l2, l3 = first.l, second.l, out.l
    per_row, cell = _fit(l1, l2, l3)
    lines = math.ceil((2 * l3 + 1) / per_row)
    shapes: list[Shape] = [
        Text(MARGIN, 26.0, product.label(path), 15.0, "ink", bold=True),
        Text(MARGIN, 46.0, familiar(l1, l2, l3), 12.5, "muted"),
        Text(WIDE - MARGIN, 26.0, "z_{k} = Σ C_{ijk} x_{i} y_{j}", 12.0, "muted", "end"),
    ]
    top, height = 80.0, (2 * l1 + 1) * cell + 44.0
    for k in range(2 * l3 + 1):
        row, column = divmod(k, per_row)
        x = MARGIN + 26.0 + column * ((2 * l2 + 1) * cell + 40.0)
        shapes += _slice((l1, l2, l3), k, (x, top + row * height), cell)
    foot = top + lines * height - 6.0
    shapes += _why(product, path, foot)
    return Diagram(WIDE, foot + 46.0 + 32.0 * (4 if path.path_weight == 1.0 else 5), tuple(shapes))


def _fit(l1: int, l2: int, l3: int) -> tuple[int, float]:
    """How many slices stand side by side, and the size of a cell, so that all of them are as large as can be."""
    best = (1, 0.0)
    for per_row in range(1, 2 * l3 + 2):
        lines = math.ceil((2 * l3 + 1) / per_row)
        wide = ((WIDE - 2 * MARGIN + 14.0) / per_row - 40.0) / (2 * l2 + 1)
        high = (400.0 / lines - 44.0) / (2 * l1 + 1)
        cell = min(wide, high, LARGEST_CELL)
        if cell > best[1] + 0.5:
            best = per_row, cell
    return best[0], max(best[1], 3.0)


def _slice(degrees: tuple[int, int, int], k: int, corner: tuple[float, float], cell: float) -> Iterator[Shape]:
    l1, l2, l3 = degrees
    exact = exact_clebsch_gordan(*degrees)
    limit = max(abs(float(value)) for value in exact.values())
    x0, y0 = corner
    name = _signed(k - l3)
    yield Text(x0 + (2 * l2 + 1) * cell / 2, y0 - 16.0, f"m_{{3}} = {name}", min(11.0, cell), "ink", "middle", bold=True)
    small = min(9.0, 0.42 * cell)
    size = min([11.0, 0.36 * cell, *(0.86 * cell / text_width(value.text(), 1.0) for value in exact.values())])
    for j in range(2 * l2 + 1):
        if small >= 5.0:
            yield Text(x0 + (j + 0.5) * cell, y0 - 4.0, _signed(j - l2), small, "faint", "middle")
    for i in range(2 * l1 + 1):
        if small >= 5.0:
            yield Text(x0 - 5.0, y0 + (i + 0.5) * cell + 0.36 * small, _signed(i - l1), small, "faint", "end")
        for j in range(2 * l2 + 1):
            value = exact.get((i, j, k))
            number = float(value) if value is not None else 0.0
            colour = "#{:02x}{:02x}{:02x}".format(*diverging(np.array(number), limit)) if value is not None else "panel"
            place = f"m₁ = {_signed(i - l1)}, m₂ = {_signed(j - l2)}, m₃ = {name}"
            written = value.text() if value is not None else "0"
            x, y = x0 + j * cell, y0 + i * cell
            yield Box(
                x + 0.6, y + 0.6, cell - 1.2, cell - 1.2, colour, corner=min(3.0, cell / 8), tip=f"C = {written} = {number:.4f} at {place}"
            )
            if value is not None and size >= LEAST_TEXT:
                ink = "#ffffff" if abs(number) > 0.55 * limit else "#1c2230"
                yield Text(x + cell / 2, y + cell / 2 + 0.36 * size, value.text(), size, ink, "middle")


def _signed(m: int) -> str:
    return str(m).replace("-", "−")


def why(product: TensorProduct, path: Instruction) -> tuple[tuple[str, str, str], ...]:
    """(what, number, reason) of the factors of a path's coefficient √α."""
    out = product.irreps_out.terms[path.iout][1]
    found = product.normalization(path)
    gain = {
        "component": ("2l₃ + 1", "each component of the output gets variance 1"),
        "norm": ("(2l₁ + 1)(2l₂ + 1)", "unit vectors give a unit vector"),
    }.get(product.irrep_normalization, ("1", "the irreps are not normalised"))
    several = f"{found.paths} path{'s' if found.paths > 1 else ''} into {out}"
    divisor = {
        "element": ("Σ pairs", f"all pairs that {several} add up"),
        "path": ("pairs × paths", f"{found.pairs} pairs of this path, {several}"),
    }.get(product.path_normalization, ("1", "the paths are not normalised"))
    rows = [(gain[0], f"{found.gain}", gain[1]), ("÷ " + divisor[0], f"{found.divisor:g}", divisor[1])]
    if path.path_weight != 1.0:
        rows.append(("× fixed factor", f"{path.path_weight:g}", "given with the path"))
    rows.append(
        ("√α", f"{found.coefficient:.4f}", f"√({found.gain} / {found.divisor:g})" if path.path_weight == 1.0 else "the root of all that")
    )
    return tuple(rows)


def _why(product: TensorProduct, path: Instruction, y: float) -> Iterator[Shape]:
    yield Line(((MARGIN, y), (WIDE - MARGIN, y)), Pen("line"))
    count = product.weight_counts[product.instructions.index(path)]
    shape = " × ".join(map(str, product.shape(path)))
    rows = [("weights", f"{count:,}", f"{path.mode}: {shape}" if path.has_weight else f"{path.mode}, without weights"), *why(product, path)]
    yield Text(MARGIN, y + 22.0, "Weights and normalisation", 12.0, "muted", bold=True)
    for n, (what, number, reason) in enumerate(rows):
        line, bold = y + 45.0 + 32.0 * n, what == "√α"
        yield Text(MARGIN, line, what, 12.0, "ink", bold=bold)
        yield Text(WIDE - MARGIN, line, number, 12.0, "ink", "end", bold=bold, mono=True)
        yield Text(MARGIN, line + 14.0, reason, 11.0, "muted")

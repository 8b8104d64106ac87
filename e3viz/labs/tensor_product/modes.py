"""The six connection modes as small pictures: which pairs of copies a path uses, and which copies of the output it adds them to.

Rows of a grid are copies u of input 1, columns copies v of input 2; a filled place is a pair that is used, a strand leads from it to the
copy of the output it is added to. Strands in colour carry a weight each.
"""

from __future__ import annotations

from collections.abc import Iterator

from e3viz.labs.tensor_product.state import State, main_path, product_of
from e3viz.pictures.diagram import Box, Diagram, Disc, Line, Pen, Shape, Text
from e3viz.pictures.style import NEGATIVE, POSITIVE, degree_hue
from e3viz.symmetry.paths import MODES, Instruction, TensorProduct, mismatch

CARD_WIDE, CARD_HIGH, GAP = 268.0, 212.0, 16.0
STEP = 27.0
MEANING = {
    "uvw": ("z_{w} = Σ_{uv} w_{uvw} x_{u} ⊗ y_{v}", "every pair, to every copy", "u·v·w weights"),
    "uvu": ("z_{u} = Σ_{v} w_{uv} x_{u} ⊗ y_{v}", "every pair, to the copy of x", "u·v weights"),
    "uvv": ("z_{v} = Σ_{u} w_{uv} x_{u} ⊗ y_{v}", "every pair, to the copy of y", "u·v weights"),
    "uuw": ("z_{w} = Σ_{u} w_{uw} x_{u} ⊗ y_{u}", "equal copies, to every copy", "u·w weights"),
    "uuu": ("z_{u} = w_{u} x_{u} ⊗ y_{u}", "equal copies, each by itself", "u weights"),
    "uvuv": ("z_{uv} = w_{uv} x_{u} ⊗ y_{v}", "every pair, each by itself", "u·v weights"),
}


def modes_diagram(state: State) -> Diagram:
    """All six, three in a row; the mode of the path on view is framed, and those that do not fit it say why."""
    product = product_of(state)
    path = product.instructions[main_path(state)] if product.instructions else None
    shapes: list[Shape] = []
    for number, mode in enumerate(MODES):
        row, column = divmod(number, 3)
        corner = GAP + column * (CARD_WIDE + GAP), GAP + row * (CARD_HIGH + GAP)
        shapes += _card(mode, corner, product, path)
    return Diagram(3 * CARD_WIDE + 4 * GAP, 2 * CARD_HIGH + 3 * GAP, tuple(shapes))


def _card(mode: str, corner: tuple[float, float], product: TensorProduct, path: Instruction | None) -> Iterator[Shape]:
    x, y = corner
    formula, pairs, count = MEANING[mode]
    now = path is not None and path.mode == mode
    wrong = _wrong(mode, product, path)
    pen = Pen("accent", 2.0) if now else Pen("line", 1.0)
    fill = "accent_soft" if now else "raised"
    yield Box(
        x, y, CARD_WIDE, CARD_HIGH, fill, pen, 10.0, name=f"mode {mode}", tip=wrong or f"{mode}: {pairs}. Click to use it for this path."
    )
    yield Text(x + 14.0, y + 26.0, mode, 15.0, "accent" if now else "ink", bold=True)
    yield Text(x + CARD_WIDE - 14.0, y + 26.0, formula, 12.0, "ink", "end")
    yield from _picture(mode, (x + 66.0, y + 66.0))
    yield Text(x + 14.0, y + CARD_HIGH - 32.0, pairs, 12.0, "ink")
    said = count if path is None or wrong else f"{count}: {_product(product, path, mode)}"
    yield Text(x + 14.0, y + CARD_HIGH - 13.0, "does not fit this path" if wrong else said, 11.5, "bad" if wrong else "muted")


def _wrong(mode: str, product: TensorProduct, path: Instruction | None) -> str:
    if path is None:
        return ""
    (u, _), (v, _), (w, _) = product.terms(path)
    return mismatch(mode, u, v, w)


def _product(product: TensorProduct, path: Instruction, mode: str) -> str:
    shape = product.shape(Instruction(path.i1, path.i2, path.iout, mode))
    total = 1
    for number in shape:
        total *= number
    return f"{'·'.join(map(str, shape))} = {total:,}" if len(shape) > 1 else f"{total:,}"


def _picture(mode: str, corner: tuple[float, float]) -> Iterator[Shape]:
    """A grid of pairs with copies u at its left, v above it, and copies of the output to the right."""
    x, y = corner
    rows, columns = 3, 3 if mode[:2] == "uu" else 2
    for u in range(rows):
        yield Disc(x - 30.0, y + u * STEP, 6.0, degree_hue(1))
        yield Text(x - 44.0, y + u * STEP + 3.6, f"x_{{{u + 1}}}", 11.0, "muted", "end")
    for v in range(columns):
        yield Disc(x + v * STEP, y - 27.0, 6.0, degree_hue(2))
    yield Text(x + columns * STEP - 10.0, y - 23.4, "y", 11.0, "muted")
    outs = _outputs(mode, rows, columns)
    right, pitch = x + 136.0, min(STEP, 2.4 * STEP / max(len(outs) - 1, 1))
    middle = y + (rows - 1) * STEP / 2
    for n, (u, v, w) in enumerate(_strands(mode, rows, columns, len(outs))):
        start, end = (x + v * STEP, y + u * STEP), (right, middle + (w - (len(outs) - 1) / 2) * pitch)
        pull = 0.5 * (end[0] - start[0])
        colour = POSITIVE if (n * 7 + u) % 3 else NEGATIVE
        curve = (start, (start[0] + pull, start[1]), (end[0] - pull, end[1]), end)
        yield Line(curve, Pen(colour, 1.0 + 0.5 * ((n * 5) % 3)), curve=True, opacity=0.75)
    for u in range(rows):
        for v in range(columns):
            used = mode[:2] != "uu" or u == v
            yield Disc(x + v * STEP, y + u * STEP, 5.0 if used else 3.0, "ink" if used else "line")
    for w, name in enumerate(outs):
        row = middle + (w - (len(outs) - 1) / 2) * pitch
        yield Disc(right, row, min(6.0, 0.45 * pitch), degree_hue(3))
        yield Text(right + 12.0, row + 3.4, f"z_{{{name}}}", min(11.0, pitch), "muted")


def _outputs(mode: str, rows: int, columns: int) -> list[str]:
    if mode == "uvuv":
        return [f"{u + 1}{v + 1}" for u in range(rows) for v in range(columns)]
    count = {"uvw": 2, "uuw": 2, "uvv": columns}.get(mode, rows)
    return [str(w + 1) for w in range(count)]


def _strands(mode: str, rows: int, columns: int, outs: int) -> Iterator[tuple[int, int, int]]:
    """(u, v, place among the outputs) of each strand."""
    for u in range(rows):
        for v in range(columns):
            if mode[:2] == "uu" and u != v:
                continue
            if mode in ("uvw", "uuw"):
                yield from ((u, v, w) for w in range(outs))
            else:
                yield u, v, {"uvu": u, "uvv": v, "uuu": u, "uvuv": u * columns + v}[mode]

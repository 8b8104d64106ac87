"""Where the parts of a figure lie: a drawing in letters, as in Matplotlib's `subplot_mosaic`, or rows that fill themselves.

Convention: places are (x, y, width, height) in the unit square, y down.
"""

from __future__ import annotations

import math

from e3viz.errors import UserError

Spot = tuple[float, float, float, float]
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
EMPTY = ".·_"


def lettered(number: int, style: str) -> str:
    """The letter of a part: a, b, … z, aa, …; style: a, A, (a), or none."""
    word = ""
    left = number + 1
    while left:
        left, digit = divmod(left - 1, 26)
        word = ALPHABET[digit] + word
    return {"A": word.upper(), "(a)": f"({word})", "none": ""}.get(style, word)


def rows_of(count: int) -> list[int]:
    """How many parts each row of an automatic page has: as square as it goes, and rows of many last."""
    rows = 1 if count == 2 else round(math.sqrt(count))
    return [count // rows + (1 if row >= rows - count % rows else 0) for row in range(rows)]


def automatic(count: int) -> list[Spot]:
    """Parts in rows of the same height."""
    rows = rows_of(count)
    return [(column / wide, row / len(rows), 1.0 / wide, 1.0 / len(rows)) for row, wide in enumerate(rows) for column in range(wide)]


def grid(text: str) -> list[str]:
    """The lines of a mosaic; raises UserError if they differ in length."""
    lines = [line.replace(" ", "") for line in text.replace(";", "\n").splitlines() if line.strip()]
    if len({len(line) for line in lines}) > 1:
        raise UserError("The lines of the mosaic are not equally long.", "Write for example aab and below it ccb.")
    return lines


def placed(text: str, count: int) -> list[Spot]:
    """The place of each of `count` parts as a mosaic draws them; raises UserError where it draws no rectangles or leaves a part out."""
    lines = grid(text)
    if not lines:
        return automatic(count)
    cells: dict[str, list[tuple[int, int]]] = {}
    for y, line in enumerate(lines):
        for x, sign in enumerate(line.lower()):
            if sign not in EMPTY:
                cells.setdefault(sign, []).append((x, y))
    wanted = ALPHABET[:count]
    for sign in cells:
        if sign not in wanted:
            raise UserError(
                f"The mosaic has “{sign}”, but the parts are {_range(wanted)}.", "Use the letters of the parts, or “.” for nothing."
            )
    missing = [sign for sign in wanted if sign not in cells]
    if missing:
        raise UserError(f"The mosaic has no place for {', '.join(missing)}.", f"Draw every part from {_range(wanted)}, or empty the field.")
    return [_spot(sign, cells[sign], len(lines[0]), len(lines)) for sign in wanted]


def drawn(spots: list[Spot]) -> str:
    """Places in the unit square as a mosaic, in as few columns and rows as it takes."""
    across, down = (math.lcm(*(round(1.0 / spot[axis]) for spot in spots)) if spots else 1 for axis in (2, 3))
    lines = [["."] * across for _ in range(down)]
    for sign, (x, y, width, height) in zip(ALPHABET, spots, strict=False):
        for row in range(round(y * down), round((y + height) * down)):
            for column in range(round(x * across), round((x + width) * across)):
                lines[row][column] = sign
    return "\n".join("".join(line) for line in lines)


def rows_high(text: str, count: int) -> tuple[int, int]:
    """How many columns and rows the page has."""
    lines = grid(text)
    if lines:
        return len(lines[0]), len(lines)
    rows = rows_of(count)
    return max(rows, default=1), max(1, len(rows))


def _spot(sign: str, cells: list[tuple[int, int]], across: int, down: int) -> Spot:
    x0, x1 = min(x for x, _ in cells), max(x for x, _ in cells) + 1
    y0, y1 = min(y for _, y in cells), max(y for _, y in cells) + 1
    if (x1 - x0) * (y1 - y0) != len(cells):
        raise UserError(f"Part {sign} is no rectangle in the mosaic.", "Each letter fills one rectangle, as in aab over ccb.")
    return x0 / across, y0 / down, (x1 - x0) / across, (y1 - y0) / down


def _range(letters: str) -> str:
    return letters if len(letters) < 2 else f"{letters[0]} to {letters[-1]}"

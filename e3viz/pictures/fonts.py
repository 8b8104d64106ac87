"""The bundled fonts, which of them has a sign, and how wide a line of text is.

Inter for words, JetBrains Mono for numbers and code, and a font of signs for what these lack (⊗ ∘ ∈ ↦ …). Every drawing uses
the same files, so a line is as wide in the window as on paper. In a text, `^{…}` is raised and `_{…}` lowered.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "resources" / "fonts"
FILES = {
    "regular": FOLDER / "Inter-Regular.ttf",
    "bold": FOLDER / "Inter-SemiBold.ttf",
    "mono": FOLDER / "JetBrainsMono-Regular.ttf",
    "signs": FOLDER / "DejaVuSans-Signs.ttf",
}
SMALL, RAISE, LOWER = 0.68, 0.42, -0.2
"""Size and rise of raised and lowered text in units of the text's size."""


@dataclass(frozen=True)
class Piece:
    """A stretch of one face and size. x: where it begins, from the start of the line; rise: of its baseline, upwards."""

    face: str
    text: str
    size: float
    x: float
    rise: float
    width: float


def face_of(*, bold: bool = False, mono: bool = False) -> str:
    """The face of a kind of text."""
    return "mono" if mono else "bold" if bold else "regular"


@cache
def _metrics(face: str) -> tuple[dict[int, float], frozenset[int]]:
    """Advance width in em of each character of a face, and which it has."""
    from fontTools.ttLib import TTFont

    with TTFont(FILES[face], lazy=True) as font:
        em, table, widths = font["head"].unitsPerEm, font.getBestCmap(), font["hmtx"].metrics
        advance = {code: widths[glyph][0] / em for code, glyph in table.items()}
    return advance, frozenset(advance)


@cache
def runs(text: str, face: str = "regular") -> tuple[tuple[str, str], ...]:
    """The text as stretches (face, text): signs that `face` lacks come from another font that has them, or stay if none has."""
    parts: list[list[str]] = []
    for sign in text:
        chosen = face
        if ord(sign) not in _metrics(face)[1]:
            chosen = next((f for f in ("regular", "signs") if ord(sign) in _metrics(f)[1]), face)
        if parts and parts[-1][0] == chosen:
            parts[-1][1] += sign
        else:
            parts.append([chosen, sign])
    return tuple((face, stretch) for face, stretch in parts)


def plain_width(text: str, face: str, size: float) -> float:
    """Width of a stretch of one face without markup."""
    advance = _metrics(face)[0]
    return size * sum(advance.get(ord(sign), 0.6) for sign in text)


@cache
def layout(text: str, size: float, face: str = "regular") -> tuple[Piece, ...]:
    """A line of text with markup as pieces. A lowered text that follows a raised one stands below it."""
    pieces: list[Piece] = []
    x = start = 0.0
    before = ""
    for mark, inner, outer in re.findall(r"([\^_])\{([^{}]*)\}|((?:(?![\^_]\{).)+|.)", text, flags=re.DOTALL):
        small = size * SMALL if mark else size
        rise = {"": 0.0, "^": RAISE, "_": LOWER}[mark] * size
        at = start if mark and before and mark != before else x
        begin = at
        for chosen, stretch in runs(inner if mark else outer, face):
            width = plain_width(stretch, chosen, small)
            pieces.append(Piece(chosen, stretch, small, at, rise, width))
            at += width
        start, before, x = begin, mark, max(x, at)
    return tuple(pieces)


def text_width(text: str, size: float, *, bold: bool = False, mono: bool = False) -> float:
    """Width of a line of text with markup, in the unit of size."""
    return max((p.x + p.width for p in layout(text, size, face_of(bold=bold, mono=mono))), default=0.0)


def plain(text: str) -> str:
    """The text without its markup."""
    return re.sub(r"[\^_]\{([^{}]*)\}", r"\1", text)

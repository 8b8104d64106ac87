"""What is written over and beside pictures in a figure: titles, legends and colour bars, as shapes of a diagram.

The window draws the same shapes, so that a figure says what the window said.
"""

from __future__ import annotations

import numpy as np

from e3viz.pictures import fonts, ticks
from e3viz.pictures.diagram import Box, Disc, Line, Pen, Picture, Shape, Text
from e3viz.pictures.scene import ColourBar, Key

PAD, ROW, WORDS, EDGE = 12.0, 20.0, 12.0, 14.0
TITLE, SUBTITLE, HEADING = 17.0, 13.0, 13.0
BAR_WIDTH, BAR_HEIGHT = 150.0, 9.0
BAR_ROOM = BAR_HEIGHT + 2.5 * WORDS + 7.0


def legend_size(keys: tuple[Key, ...]) -> tuple[float, float]:
    """Width and height of the card that explains marks and colours."""
    widest = max((fonts.text_width(k.text, WORDS) + (0.0 if k.mark == "none" else 20.0) for k in keys), default=0.0)
    return widest + 2.0 * PAD, ROW * len(keys) + 2.0 * PAD - 6.0


def legend(keys: tuple[Key, ...], right: float, top: float) -> list[Shape]:
    """The card, its upper right corner at a place."""
    if not keys:
        return []
    width, height = legend_size(keys)
    left = right - width
    shapes: list[Shape] = [Box(left, top, width, height, "raised", Pen("line"), 7.0)]
    for k, key in enumerate(keys):
        y = top + PAD - 3.0 + ROW * (k + 0.5)
        shapes += mark(key, left + PAD, y)
        x = left + PAD + (0.0 if key.mark == "none" else 20.0)
        shapes.append(Text(x, y + WORDS * 0.36, key.text, WORDS, "muted" if key.mark == "none" else "ink"))
    return shapes


def mark(key: Key, x: float, y: float) -> list[Shape]:
    """The mark of a line of a legend, 12 points wide, from x on."""
    if key.mark == "dot":
        return [Disc(x + 6.0, y, 5.5, key.colour, Pen("line", 1.0))]
    if key.mark == "ring":
        return [Disc(x + 6.0, y, 4.6, "", Pen(key.colour, 1.8))]
    if key.mark == "arrow":
        head = ((x + 12.0, y), (x + 6.5, y - 4.0), (x + 6.5, y + 4.0), (x + 12.0, y))
        return [Line(((x, y), (x + 8.0, y)), Pen(key.colour, 2.0)), Line(head, Pen(), key.colour)]
    if key.mark in ("line", "dash"):
        return [Line(((x, y), (x + 12.0, y)), Pen(key.colour, 2.0, (3.5, 2.5) if key.mark == "dash" else ()))]
    return []


def colour_bar(bar: ColourBar, right: float, bottom: float) -> list[Shape]:
    """A level bar with its label above and round numbers below, its lower right corner at a place."""
    left, top = right - BAR_WIDTH, bottom - WORDS * 1.5 - BAR_HEIGHT
    pixels = np.asarray(bar.colours, dtype=np.uint8)[None]
    shapes: list[Shape] = [
        Text(left, top - 7.0, bar.label, WORDS, "muted"),
        Picture(left, top, BAR_WIDTH, BAR_HEIGHT, pixels),
        Box(left, top, BAR_WIDTH, BAR_HEIGHT, "", Pen("line")),
    ]
    for value in _told(bar):
        part = (value - bar.low) / (bar.high - bar.low) if bar.high > bar.low else 0.5
        text = ticks.plain(float(f"{value:.3g}"))
        half = fonts.text_width(text, WORDS) / 2.0
        x = min(max(left + part * BAR_WIDTH, left + half), right - half)
        shapes.append(Text(x, bottom, text, WORDS, "muted", "middle"))
    return shapes


def _told(bar: ColourBar) -> tuple[float, ...]:
    """The numbers written under a bar: its ends, and zero or the middle."""
    if not bar.high > bar.low:
        return (bar.low,)
    return bar.low, 0.0 if bar.low < 0.0 < bar.high else (bar.low + bar.high) / 2.0, bar.high


def title_height(title: str, subtitle: str) -> float:
    """Height of the band over a figure."""
    return (TITLE * 1.7 if title else 0.0) + (SUBTITLE * 1.6 if subtitle else 0.0) + (6.0 if title or subtitle else 0.0)


def titles(title: str, subtitle: str, left: float, top: float, width: float) -> list[Shape]:
    """A title and the line under it, shortened where they are too long."""
    shapes: list[Shape] = []
    y = top
    if title:
        y += TITLE * 1.25
        shapes.append(Text(left, y, shortened(title, TITLE, width, bold=True), TITLE, "ink", bold=True))
    if subtitle:
        y += SUBTITLE * 1.6 if title else SUBTITLE * 1.25
        shapes.append(Text(left, y, shortened(subtitle, SUBTITLE, width), SUBTITLE, "muted"))
    return shapes


def heading(letter: str, words: str, left: float, top: float, width: float) -> list[Shape]:
    """The line over a panel: its letter, bold, and what it shows; bold too where there is no letter."""
    shapes: list[Shape] = []
    y, x = top + HEADING, left
    if letter.strip():
        shapes.append(Text(x, y, letter, HEADING, "ink", bold=True))
        x += fonts.text_width(letter, HEADING, bold=True) + 8.0
    alone = not letter.strip()
    room = width - (x - left)
    if words:
        shapes.append(Text(x, y, shortened(words, HEADING, room, bold=alone), HEADING, "ink", bold=alone))
    return shapes


def shortened(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """The text, or as much of it as fits a width, with an ellipsis."""
    if fonts.text_width(text, size, bold=bold) <= width:
        return text
    words = fonts.plain(text)
    low, high = 0, len(words)
    while low < high:
        middle = (low + high + 1) // 2
        if fonts.text_width(words[:middle].rstrip() + "…", size, bold=bold) <= width:
            low = middle
        else:
            high = middle - 1
    return words[:low].rstrip() + "…"

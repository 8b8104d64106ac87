"""Plain tables of numbers out of bytes, as fast as one core goes: the text is made JSON in place and given to simdjson.

The blank behind each word becomes a comma, a few operations on whole blocks of bytes; simdjson (Langdale and Lemire, VLDB Journal 2019)
turns digits into correctly rounded doubles. JSON's grammar is narrower than Python's `float`: a block with +1, .5, 1. or nan is no plain
table, and rows gives it to another parser.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import simdjson
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]
Table = tuple[NDArray[np.float64], list[NDArray[np.bytes_]]]

BLOCK = 3 << 16  # bytes that are best parsed at once: with all that is made of them they stay in the cache
LABEL = 8  # bytes of the longest text
_BEFORE = 16  # blanks before the text, so that looking back from the first word finds something
_COMMA, _SPACE = np.uint8(44), np.uint8(32)


class TableParser:
    """Parses block after block of one table. kinds: a letter for each word of a line, N number, S text of at most 8 bytes, - number that is
    left out; numbers beyond those are left out too."""

    def __init__(self, kinds: str) -> None:
        self.kinds = kinds
        self._texts = [index for index, kind in enumerate(kinds) if kind == "S"]
        self._json = simdjson.Parser()
        self._text, self._black, self._last, self._commas = _room(BLOCK)

    def parse(self, block: bytes) -> Table | None:
        """All numbers of whole lines as float64 (lines, N) and each text column (lines,); None where the block is not a plain table."""
        if b"[" in block:  # within which simdjson would find more numbers
            return None
        if not block.endswith(b"\n"):
            block += b"\n"
        data = np.frombuffer(block, np.uint8)
        if len(data) + _BEFORE + 1 > len(self._text):
            self._text, self._black, self._last, self._commas = _room(len(data))
        black = np.greater(data, 32, out=self._black[: len(data)])
        last = np.greater(black[:-1], black[1:], out=self._last[: len(data) - 1])
        place = np.flatnonzero(last)
        words = _rows(data, place)
        if words is None or words.shape[1] < len(self.kinds):
            return None
        text = self._text[: _BEFORE + len(data) + 1]
        text[:_BEFORE], text[_BEFORE] = 32, data[0]
        commas = np.multiply(last.view(np.uint8), _COMMA, out=self._commas[: len(last)])
        np.maximum(data[1:], commas, out=text[_BEFORE + 1 : -1])
        labels = [_take_label(text, words[:, index] + _BEFORE) for index in self._texts]
        found = [label for label in labels if label is not None]
        if len(found) < len(labels):
            return None
        values = self._values(text, int(place[-1]), len(words) * (words.shape[1] - len(labels)))
        if values is None:
            return None
        values = values.reshape(len(words), -1)
        _keep_signs_of_zeros(values, data, words[:, [i for i in range(words.shape[1]) if i not in self._texts]] if labels else words)
        return self._wanted(values), found

    def _values(self, text: Bytes, last: int, count: int) -> NDArray[np.float64] | None:
        """The numbers of a text whose last word ends at `last`; None unless each word is one, because then there are `count`."""
        text[_BEFORE - 1], text[_BEFORE + last + 1], text[-1] = ord("["), _SPACE, ord("]")
        try:
            array: Any = self._json.parse(text[_BEFORE - 1 :].data)
            values = np.frombuffer(array.as_buffer(of_type="d"))
        except (ValueError, TypeError, RuntimeError):  # the last for whole numbers of more than 64 bits
            return None
        return values if len(values) == count else None

    def _wanted(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        numbers = self.kinds.replace("S", "")
        if "-" not in numbers:
            return values[:, : len(numbers)]
        return values[:, [index for index, kind in enumerate(numbers) if kind == "N"]]


def _room(size: int) -> tuple[Bytes, Flags, Flags, Bytes]:
    size += _BEFORE + 1
    return np.empty(size, np.uint8), np.empty(size, dtype=bool), np.empty(size, dtype=bool), np.empty(size, np.uint8)


def _rows(data: Bytes, place: Places) -> Places | None:
    """Where the words end, by line (lines, words); None unless all lines have equally many and
    nothing is between them but blanks, tabs and returns. Blank lines are no lines here."""
    controls = int(np.count_nonzero(data < 32))
    words = _even(place, controls)
    if words is not None and (np.take(data, words[:, -1] + 1) == 10).all():  # each control ends a line of as many words
        return words
    lines = int(np.count_nonzero(data == 10))
    if controls != lines + int(np.count_nonzero((data == 9) | (data == 13))):
        return None
    words = _even(place, lines)
    if words is None:
        return None
    behind = words[:, -1]
    ends = np.flatnonzero(data == 10)
    return None if (behind > ends).any() or (words[1:, 0] < ends[:-1]).any() else words


def _even(place: Places, lines: int) -> Places | None:
    """Words shared out over lines; None where they cannot be."""
    return place.reshape(lines, -1) if len(place) and lines and len(place) % lines == 0 else None


def _take_label(text: Bytes, last: Places) -> NDArray[np.bytes_] | None:
    """Words of at most 8 bytes by the places of their last letters, put out of the text with their commas."""
    codes, inside = np.take(text, last).astype("<u8"), np.ones(len(last), dtype=bool)
    text[last] = _SPACE
    for back in range(1, LABEL + 1):
        at = last - back
        letters = np.take(text, at)
        inside &= (letters > 32) & (letters != _COMMA)  # the comma is the one behind the word before
        if not inside.any():
            break
        if back == LABEL:
            return None
        codes = np.where(inside, (codes << np.uint64(8)) | letters, codes)
        text[at] = np.where(inside, _SPACE, letters)
    text[last + 1] = _SPACE
    return codes.view(f"S{LABEL}")


def _keep_signs_of_zeros(values: NDArray[np.float64], data: Bytes, words: Places) -> None:
    """Makes of a whole -0 what Python's `float` makes of it: to JSON it has no sign."""
    zeros: Any = values == 0
    if zeros.any():
        last = words[zeros]
        minus = (data[last] == 48) & (data[last - 1] == 45) & (data[last - 2] <= 32)
        values[zeros] = np.where(minus, -0.0, values[zeros])

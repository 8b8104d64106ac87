"""Tables of plain decimal numbers out of bytes, by arithmetic on whole columns of characters at once.

The last characters of all words are one array, the last but one the next, and so on. Digits are summed in pairs, fours, eights and
sixteens, in the smallest integers that hold them, and divided by a power of ten once. Both are exact below 2⁵³ and 10²², so the quotient is
correctly rounded (Clinger, PLDI 1990). Words that are not so plain (exponents, more digits) are read by Python's `float`, if they are few.

Arrays are used again from block to block: the page faults of fresh memory would cost more than all the arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Table = tuple[NDArray[np.float64], list[NDArray[np.bytes_]]]

BLOCK = 1 << 19  # bytes that are best parsed at once
DIGITS = 16
LONGEST = DIGITS + 2  # characters of a word: a sign and a point besides
EXACT = float(1 << 53)
FEW = 0.02  # share of words that may be read one by one
_ZERO, _ONE, _TEN = np.uint8(48), np.uint8(1), np.uint8(10)
_ODDEST = 400  # characters of a word that is read by itself
_POWERS = np.concatenate([10.0 ** np.arange(LONGEST + 1), -(10.0 ** np.arange(LONGEST + 1))])


class TableParser:
    """Parses block after block of one table. kinds: a letter for each word of a line that is wanted, N number, S text of at most 8 bytes,
    - to be left out; words beyond those are left out too."""

    def __init__(self, kinds: str) -> None:
        self.kinds = kinds
        self._numbers = [index for index, kind in enumerate(kinds) if kind == "N"]
        self._words = _Words(BLOCK // 8)
        self._characters = np.empty(0, np.uint8)
        self._padded, self._black, self._last = np.empty(0, np.uint8), np.empty(0, dtype=bool), np.empty(0, dtype=bool)

    def parse(self, block: bytes) -> Table | None:
        """All numbers of whole lines as float64 (lines, N), good until the next block is parsed, and each text column (lines,).

        None where the block is not a plain table: then another parser knows why.
        """
        data = np.frombuffer(block, np.uint8)
        if not len(data) or int(data.min()) < 9:  # control characters are blank to nobody else
            return None
        table = self._aligned(data)
        return table if table is not None else self._unaligned(data)

    def _aligned(self, data: Bytes) -> Table | None:
        """Lines that are all equally long, with columns one below the other: how most programs write."""
        length = int(np.argmax(data[:4096] == 10)) + 1
        if length < 2 or len(data) % length:
            return None
        lines = data.reshape(-1, length)
        if not (lines[:, -1] == 10).all() or int(lines[:, :-1].min()) < 32:  # no end of line inside a line, and no tab
            return None
        used = np.zeros(length + 1, dtype=bool)
        used[1:] = lines.max(0) > 32
        edges = np.flatnonzero(used[1:] != used[:-1]).tolist()
        fields = list(zip(edges[::2], edges[1::2], strict=False))
        if len(fields) < len(self.kinds):
            return None
        numbers = [fields[index] for index in self._numbers]
        width = max(stop - start for start, stop in numbers)
        if width > LONGEST:
            return None
        characters = self._rows(width, len(numbers) * len(lines)).reshape(width, len(numbers), -1)
        for index, (start, stop) in enumerate(numbers):
            characters[: stop - start, index] = lines[:, start:stop][:, ::-1].T
            characters[stop - start :, index] = 32

        def word(index: int) -> bytes:
            (start, stop), line = numbers[index // len(lines)], index % len(lines)
            return lines[line, start:stop].tobytes()

        values = self._words.values(characters.reshape(width, -1), word, alone=True)
        texts = [_text(lines[:, slice(*fields[index])]) for index, kind in enumerate(self.kinds) if kind == "S"]
        found = [text for text in texts if text is not None]
        if values is None or len(found) < len(texts):
            return None
        return values.reshape(len(numbers), -1).T, found

    def _unaligned(self, data: Bytes) -> Table | None:
        """Words of any width, as many on every line as on the first."""
        padded, black = self._blank_before(data)
        is_last = np.greater(black[LONGEST:-1], black[LONGEST + 1 :], out=self._last[: len(data)])
        last, ends = np.flatnonzero(is_last), np.flatnonzero(data == 10)
        if not len(ends) or not len(last) or len(last) % len(ends):
            return None
        words = last.reshape(len(ends), -1)
        if words.shape[1] < len(self.kinds) or (words[:, -1] > ends).any() or (words[1:, 0] < ends[:-1]).any():
            return None
        place = words[:, self._numbers].ravel()
        width = min(LONGEST, max(int(np.diff(last).max(initial=0)), int(last[0]) + 1))
        characters = self._rows(width, len(place))
        for back, row in enumerate(characters):
            np.take(padded[LONGEST - back :], place, out=row, mode="clip")

        def word(index: int) -> bytes:
            stop = words[index // len(self._numbers), self._numbers[index % len(self._numbers)]] + 1
            return data[max(0, stop - _ODDEST) : stop].tobytes().split()[-1]

        values = self._words.values(characters, word, alone=False)
        texts = [_letters(padded, words[:, index] + LONGEST) for index, kind in enumerate(self.kinds) if kind == "S"]
        found = [text for text in texts if text is not None]
        if values is None or len(found) < len(texts):
            return None
        return values.reshape(len(ends), -1), found

    def _rows(self, width: int, count: int) -> Bytes:
        """Room for `width` characters of `count` words."""
        if len(self._characters) < width * count:
            self._characters = np.empty(LONGEST * count, np.uint8)
        return self._characters[: width * count].reshape(width, count)

    def _blank_before(self, data: Bytes) -> tuple[Bytes, Flags]:
        """The data with blanks before and behind, and where they are not blank."""
        size = len(data) + LONGEST + 1
        if len(self._padded) < size:
            self._padded, self._black, self._last = np.empty(size, np.uint8), np.empty(size, dtype=bool), np.empty(size, dtype=bool)
        padded = self._padded[:size]
        padded[:LONGEST], padded[LONGEST:-1], padded[-1] = 32, data, 32
        return padded, np.greater(padded, 32, out=self._black[:size])


class _Words:
    """What is known of many words while they are read from their last characters to their first.

    letters: characters so far; black: the same with what follows a blank; inside: not yet at a blank; numerals: digits; behind: of them
    behind the point; pointed: which have had their point, or True for all.
    """

    def __init__(self, capacity: int) -> None:
        self._digits = np.empty((LONGEST, capacity), np.uint8)
        self._tallies = np.empty((6, capacity), np.uint8)
        self._flags = np.empty((5, capacity), dtype=bool)
        self._pairs, self._spare = np.empty((8, capacity), np.uint8), np.empty(capacity, np.uint8)
        self._fours, self._eights = np.empty((4, capacity), np.uint16), np.empty((2, capacity), np.uint32)
        self._values, self._divisor = np.empty(capacity), np.empty(capacity)

    def values(self, characters: Bytes, word: Callable[[int], bytes], alone: bool) -> NDArray[np.float64] | None:
        """The numbers (m,) whose characters, from the last to the first, are the rows of (width, m).

        What stands before a blank is not part of a word; with `alone` it must not be there. `word` gives a word's text by its index.
        """
        width, count = characters.shape
        if count > self._digits.shape[1]:
            self.__init__(count)  # type: ignore[misc]
        self._begin(count)
        for place, row in enumerate(characters):
            self._add(place, row)
        plain = self._plain(alone)
        values = self._whole(width)
        if width == LONGEST and not alone:  # a word may be longer than what was looked at
            plain &= ~self.inside
        odd = np.flatnonzero(~(plain & (values < EXACT)))
        if len(odd) > FEW * count + 8:
            return None
        signed = np.multiply(self.minus.view(np.uint8), np.uint8(LONGEST + 1), out=self._spare[:count])
        signed += self.behind
        values /= np.take(_POWERS, signed, out=self._divisor[:count], mode="clip")
        for index in odd.tolist():
            try:
                values[index] = float(word(index))
            except ValueError:
                return None
        return values

    def _begin(self, count: int) -> None:
        self.digits = self._digits[:, :count]
        self.digits[:] = 0
        self._tallies[:, :count] = 0
        self.letters, self.black, self.numerals, self.points, self.signs, self.first = self._tallies[:, :count]
        self.inside, self.minus, self._digit, self._other, self._mark = self._flags[:, :count]
        self.inside[:], self.minus[:] = True, False
        self.behind: Any = np.uint8(0)
        self.pointed: Any = False

    def _add(self, place: int, row: Bytes) -> None:
        """Takes one character of each word. Rows that are all digits, as most are, cost next to nothing."""
        digit, is_digit, other = self._spare[: len(row)], self._digit, self._other
        np.subtract(row, _ZERO, out=digit)
        np.less(digit, _TEN, out=is_digit)
        if is_digit.all() and self.inside.all():
            self.letters += _ONE
            self.black += _ONE
            self.numerals += _ONE
            self._put(place, digit)
            return
        np.greater(row, 32, out=other)
        self.black += other.view(np.uint8)
        self.inside &= other
        self.letters += self.inside.view(np.uint8)
        is_digit &= self.inside
        self.numerals += is_digit.view(np.uint8)
        digit *= is_digit.view(np.uint8)
        self._put(place, digit)
        np.not_equal(self.inside, is_digit, out=other)
        if other.any():
            self._take_marks(place, row, other)

    def _put(self, place: int, digit: Bytes) -> None:
        """Digits before the point move one place to the right, over it."""
        if self.pointed is True:
            self.digits[place - 1] = digit
        elif self.pointed is False:
            self.digits[place] = digit
        else:
            left = digit * self.pointed.view(np.uint8)
            self.digits[place - 1] += left
            np.subtract(digit, left, out=self.digits[place])

    def _take_marks(self, place: int, row: Bytes, other: Flags) -> None:
        """Takes points and signs. Whatever else there is makes a word odd, because it is counted nowhere."""
        mark = self._mark
        np.equal(row, 46, out=mark)
        mark &= other
        if mark.any():
            self.points += mark.view(np.uint8)
            if self.pointed is False and mark.all():
                self.pointed, self.behind = True, np.uint8(place)
                return
            self.pointed = self.pointed | mark
            self.behind = mark.view(np.uint8) * np.uint8(place) + self.behind
        np.equal(row, 45, out=mark)
        mark &= other
        self.minus |= mark
        np.equal(row, 43, out=other)
        mark |= other
        if mark.any():
            self.signs += mark.view(np.uint8)
            self.first += mark.view(np.uint8) * np.uint8(place + 1)

    def _plain(self, alone: bool) -> Flags:
        """Which words are digits with at most one point and at most one sign, which comes first."""
        plain: Flags = self.numerals + self.points + self.signs == self.letters
        plain &= (self.numerals > 0) & (self.points < 2) & (self.signs < 2)
        plain &= (self.signs == 0) | (self.first == self.letters)
        if alone:
            plain &= self.black == self.letters
        if self.digits[DIGITS:].any():
            plain &= ~self.digits[DIGITS:].any(0)
        return plain

    def _whole(self, width: int) -> NDArray[np.float64]:
        """The integers that the digits make."""
        count = self.digits.shape[1]
        pairs, fours, eights = self._pairs[:, :count], self._fours[:, :count], self._eights[:, :count]
        np.multiply(self.digits[1:DIGITS:2], 10, out=pairs)
        pairs += self.digits[0:DIGITS:2]
        fours[:] = pairs[1::2]
        fours *= 100
        fours += pairs[0::2]
        eights[:] = fours[1::2]
        eights *= 10_000
        eights += fours[0::2]
        whole = self._values[:count]
        whole[:] = eights[0]
        if width > 8 and eights[1].any():
            whole += np.multiply(eights[1], 1e8, out=self._divisor[:count])
        return whole


def _text(field: Bytes) -> NDArray[np.bytes_] | None:
    """Words of at most 8 bytes that begin in the first column of a field."""
    count, width = field.shape
    if width > 8 or (field[:, 0] <= 32).any():
        return None
    letters = np.zeros((count, 8), np.uint8)
    for place in range(width):
        column = field[:, place]
        black = column > 32
        if place and (black & (letters[:, place - 1] == 0)).any():
            return None
        letters[:, place] = column * black.view(np.uint8)
    return letters.view("S8")[:, 0]


def _letters(padded: Bytes, last: NDArray[np.intp]) -> NDArray[np.bytes_] | None:
    """Words of at most 8 bytes, wherever they stand, by the places of their last letters."""
    lengths, inside = np.zeros(len(last), np.intp), np.ones(len(last), dtype=bool)
    for back in range(9):
        inside &= np.take(padded, last - back, mode="clip") > 32
        lengths += inside
    longest = int(lengths.max())
    if longest > 8:
        return None
    letters, starts = np.zeros((len(last), 8), np.uint8), last - lengths + 1
    for place in range(longest):
        letters[:, place] = np.take(padded, starts + place, mode="clip") * (lengths > place).view(np.uint8)
    return letters.view("S8")[:, 0]

"""From the label of an atom in a file to its atomic number. Unknown elements have number 0, as in ASE."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS

_NUMBERS: dict[str, int] = {symbol: number for number, symbol in enumerate(SYMBOLS)} | {"D": 1, "T": 1}
_SHORT = np.full(1 << 16, -1, dtype=np.int32)  # numbers of labels of two bytes, by what these are as one integer; -1 until looked up
_LETTERS = re.compile(r"[A-Za-z]+")


def number_of(label: str) -> int:
    """The atomic number that a label means: `Si`, `SI`, `si1`, `O_w`, `26` and `Fe3+` are known, anything else is 0."""
    if label.isdecimal():
        return int(label) if len(label) < 4 and int(label) < len(SYMBOLS) else 0
    letters = _LETTERS.match(label)
    if letters is None:
        return 0
    word = letters.group()
    return next((_NUMBERS[symbol] for symbol in (word.capitalize(), word[:2].capitalize(), word[:1].upper()) if symbol in _NUMBERS), 0)


def numbers_of(labels: NDArray[np.bytes_]) -> NDArray[np.int32]:
    """Atomic numbers (n,) of labels; each different label is looked up once."""
    codes = np.ascontiguousarray(labels).view(np.uint64) if labels.dtype.itemsize == 8 else None
    if codes is None or not len(codes) or codes.max() >= len(_SHORT):
        found, places = np.unique(labels, return_inverse=True)
        return np.array([number_of(_text(label)) for label in found], dtype=np.int32)[places]
    numbers = np.take(_SHORT, codes.astype(np.uint16))
    while numbers.min() < 0:
        first = int(numbers.argmin())
        _SHORT[codes[first]] = number_of(_text(labels[first]))
        numbers = np.take(_SHORT, codes.astype(np.uint16))
    return numbers


def _text(label: bytes) -> str:
    return bytes(label).decode("utf-8", "replace")

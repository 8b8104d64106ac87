"""From the label of an atom in a file to its atomic number. Unknown elements have number 0, as in ASE."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS

_NUMBERS: dict[str, int] = {symbol: number for number, symbol in enumerate(SYMBOLS)} | {"D": 1, "T": 1}
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


def numbers_of(labels: Iterable[str]) -> NDArray[np.int32]:
    """Atomic numbers (n,) of labels; each different label is looked up once."""
    known: dict[str, int] = {}
    return np.array([known[label] if label in known else known.setdefault(label, number_of(label)) for label in labels], dtype=np.int32)

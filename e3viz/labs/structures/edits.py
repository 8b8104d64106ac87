"""Edits of a structure as lines of text, so that they are part of the state: undone, saved with a session, and repeated on any frame.

    move ATOMS dx dy dz      delete ATOMS      element ATOMS SYMBOL      add SYMBOL x y z      wrap      centre
    repeat na nb nc          strain e  |  exx eyy ezz  |  exx eyy ezz eyz exz exy              rattle amplitude [seed]

ATOMS is one index, several with commas, or an expression of `atoms.select` in brackets: delete (z > 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np

from e3viz.atoms import edit
from e3viz.atoms.select import select
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError, nearest

Words = Sequence[str]


def apply_edits(structure: Structure, text: str) -> Structure:
    """The structure after every line of `text`; raises UserError that names the line."""
    for number, line in enumerate(text.splitlines(), start=1):
        words = _words(line)
        if not words or words[0].startswith("#"):
            continue
        try:
            structure = _apply(structure, words)
        except UserError as error:
            raise UserError(f"Line {number} of the edits, “{line.strip()}”: {error.message}", error.hint) from None
    return structure


def _words(line: str) -> list[str]:
    """The words of a line; what stands in brackets is one."""
    words, depth = [""], 0
    for letter in line:
        depth += (letter == "(") - (letter == ")")
        if letter.isspace() and depth <= 0:
            words.append("")
        else:
            words[-1] += letter
    return [word for word in words if word]


def _apply(structure: Structure, words: Words) -> Structure:
    name, rest = words[0].lower(), words[1:]
    if name not in EDITS:
        raise UserError(f"There is no edit “{words[0]}”.", nearest(name, EDITS))
    least, most, change = EDITS[name]
    if not least <= len(rest) <= most:
        raise UserError(
            f"“{name}” takes {least if least == most else f'{least} to {most}'} entries, not {len(rest)}.", f"Write {USAGE[name]}."
        )
    return change(structure, rest)


def _atoms(structure: Structure, word: str) -> list[int]:
    if re.fullmatch(r"\d+(,\d+)*", word):
        return [int(part) for part in word.split(",")]
    return np.flatnonzero(select(structure, word)).tolist()


def _numbers(words: Words) -> list[float]:
    try:
        return [float(word.replace("−", "-")) for word in words]
    except ValueError:
        raise UserError(f"“{' '.join(words)}” are not numbers.") from None


def _move(s: Structure, w: Words) -> Structure:
    return edit.move(s, _atoms(s, w[0]), _numbers(w[1:]))


def _delete(s: Structure, w: Words) -> Structure:
    return edit.delete(s, _atoms(s, w[0]))


def _element(s: Structure, w: Words) -> Structure:
    return edit.change_element(s, _atoms(s, w[0]), w[1])


def _add(s: Structure, w: Words) -> Structure:
    return edit.add(s, w[0], _numbers(w[1:]))


def _repeat(s: Structure, w: Words) -> Structure:
    a, b, c = (int(n) for n in _numbers(w))
    return edit.repeat(s, (a, b, c))


def _strain(s: Structure, w: Words) -> Structure:
    numbers = _numbers(w)
    return edit.strain(s, numbers * 3 if len(numbers) == 1 else numbers)


def _rattle(s: Structure, w: Words) -> Structure:
    numbers = _numbers(w)
    return edit.rattle(s, numbers[0], int(numbers[1]) if len(numbers) > 1 else 0)


EDITS: dict[str, tuple[int, int, Callable[[Structure, Words], Structure]]] = {
    "move": (4, 4, _move),
    "delete": (1, 1, _delete),
    "element": (2, 2, _element),
    "add": (4, 4, _add),
    "wrap": (0, 0, lambda s, w: edit.wrap(s)),
    "centre": (0, 0, lambda s, w: edit.centre(s)),
    "repeat": (3, 3, _repeat),
    "strain": (1, 6, _strain),
    "rattle": (1, 2, _rattle),
}
USAGE = {
    "move": "move 0,1 0.1 0 0", "delete": "delete 3 or delete (z > 5)", "element": "element 2 N", "add": "add O 0 0 1.5", "wrap": "wrap",
    "centre": "centre", "repeat": "repeat 2 2 1", "strain": "strain 0.01 or strain 0.01 0 0", "rattle": "rattle 0.05 7",
}  # fmt: skip

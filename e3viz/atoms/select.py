"""Selecting atoms by an expression, such as `z > 5 and force > 1`.

Grammar, with words in any capitals; nothing is ever executed as code:

    choice     = both { ("or" | "|") both }
    both       = one { ("and" | "&") one }
    one        = ("not" | "!") one | "within" number "of" one | "bonded" "to" one | "(" choice ")" | test | word
    test       = sum { comparison sum }                         0 < z <= 5 chains as in mathematics
               | "element" ("==" | "!=" | "in") symbols         element == C, element in C, O
               | sum "in" ranges                                index in 0:10, 15, 20:   (both ends belong to it)
    sum        = product { ("+" | "-") product }    product = factor { ("*" | "/" | "%") factor }    factor = ["-"] value ["^" factor]
    value      = number | quantity | "abs" "(" sum ")" | "sqrt" "(" sum ")" | "(" sum ")"
    word       = "all" | "none" | "selection" | "metal" | a symbol (C, Fe: all atoms of this element)

Quantities, one number per atom: index, x, y, z (Å), a, b, c (fractional coordinates), number (atomic number), mass (u), neighbours (how
many bonds), force, speed and every per-atom array by its name; of a vector the length, or a component: forces.x. Names that are no
words are put in quotes: `"my charge" > 0`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import IS_METAL, SYMBOLS
from e3viz.atoms.expression import ExpressionError, Token, tokens
from e3viz.atoms.quantities import quantities, quantity
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError, nearest

Mask = NDArray[np.bool_]
_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "=": np.equal,
    "!=": np.not_equal,
    "≤": np.less_equal,
    "≥": np.greater_equal,
    "≠": np.not_equal,
}
_WORDS = ("and", "or", "not", "within", "of", "bonded", "to", "in", "element", "all", "none", "selection", "metal", "abs", "sqrt")
_DEEPEST = 60


def select(structure: Structure, expression: str, selection: Mask | None = None) -> Mask:
    """The atoms for which `expression` holds, a boolean mask (n,). `selection` is what the word "selection" stands for.

    Raises ExpressionError, a UserError with the column where reading stopped, if it is no expression.
    """
    if not expression.strip():
        raise ExpressionError("There is nothing to select by.", "Write for example z > 5, element == C or index in 0:10.", 0, expression)
    chosen = np.zeros(len(structure), dtype=bool) if selection is None else np.asarray(selection, dtype=bool)
    if chosen.shape != (len(structure),):
        raise UserError("The earlier selection belongs to another structure.", "Select again.")
    reader = _Reader(structure, expression, chosen)
    mask = reader.choice()
    reader.finish()
    return mask


class _Reader:
    """Reads an expression from left to right and works it out as it goes."""

    def __init__(self, structure: Structure, text: str, selection: Mask) -> None:
        self.structure = structure
        self.text = text
        self.selection = selection
        self.tokens = tokens(text)
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.next
        self.at += 1
        return token

    def took(self, *words: str) -> bool:
        """Takes the next token if it is one of `words`."""
        if (self.next.kind != "name" and self.next.text in words) or (self.next.kind == "name" and self.next.word in words):
            self.at += 1
            return True
        return False

    def wanted(self, what: str, hint: str = "") -> ExpressionError:
        found = f"“{self.next.text}”" if self.next.kind != "end" else "the end"
        return ExpressionError(f"At column {self.next.column + 1} comes {found} where {what} is needed.", hint, self.next.column, self.text)

    def finish(self) -> None:
        if self.next.kind != "end":
            raise self.wanted("“and”, “or” or the end")

    # masks

    def choice(self) -> Mask:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError("This expression is nested too deeply.", "Use fewer brackets.", self.next.column, self.text)
        mask = self.both()
        while self.took("or", "|", "||"):
            mask = mask | self.both()
        self.depth -= 1
        return mask

    def both(self) -> Mask:
        mask = self.one()
        while self.took("and", "&", "&&"):
            mask = mask & self.one()
        return mask

    def one(self) -> Mask:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError("This expression is nested too deeply.", "Use fewer brackets.", self.next.column, self.text)
        try:
            return self._one()
        finally:
            self.depth -= 1

    def _one(self) -> Mask:
        if self.took("not", "!"):
            return ~self.one()
        if self.took("within"):
            radius = self.number("a distance in Å")
            if not self.took("of"):
                raise self.wanted("“of”", "Write for example within 3 of element == O.")
            return near(self.structure, self.one(), radius)
        if self.took("bonded"):
            if not self.took("to"):
                raise self.wanted("“to”", "Write for example bonded to O.")
            return bonded(self.structure, self.one())
        if self.next.text == "(" and self._brackets_hold_a_choice():
            self.take()
            mask = self.choice()
            if not self.took(")"):
                raise self.wanted("“)”")
            return mask
        return self.word() if self._is_word() else self.test()

    def _brackets_hold_a_choice(self) -> bool:
        """Whether what stands in brackets here is a choice of atoms, not the beginning of a sum such as (x + y) > 3."""
        depth = 0
        for k in range(self.at, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[k].text, 0)
            if depth == 0:
                return self.tokens[k + 1].text not in (*_COMPARISONS, "+", "-", "*", "/", "%", "^") and self.tokens[k + 1].word != "in"
        return True

    def _is_word(self) -> bool:
        """Whether the next token stands for atoms by itself: a symbol is one unless it is compared."""
        token, after = self.next, self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.kind != "name" or after.text in (*_COMPARISONS, "+", "-", "*", "/", "%", "^") or after.word == "in":
            return False
        return token.word in ("all", "none", "selection", "metal") or token.text in SYMBOLS

    def word(self) -> Mask:
        token = self.take()
        numbers = self.structure.numbers
        if token.text in SYMBOLS:
            return np.asarray(numbers == SYMBOLS.index(token.text), dtype=bool)
        if token.word == "metal":
            return IS_METAL[np.clip(numbers, 0, len(SYMBOLS) - 1)]
        return self.selection.copy() if token.word == "selection" else np.full(len(numbers), token.word == "all")

    def test(self) -> Mask:
        if self.next.word == "element":
            return self.element()
        left = self.sum()
        if self.took("in"):
            return self.ranges(left)
        if self.next.text not in _COMPARISONS:
            raise self.wanted("a comparison", "Write for example z > 5.")
        mask = np.ones(len(self.structure), dtype=bool)
        while self.next.text in _COMPARISONS:
            compare = _COMPARISONS[self.take().text]
            right = self.sum()
            with np.errstate(invalid="ignore"):
                mask &= np.broadcast_to(compare(left, right), mask.shape)
            left = right
        return mask

    def element(self) -> Mask:
        self.take()
        unequal = self.next.text in ("!=", "≠")
        if not (self.took("==", "=", "!=", "≠") or self.took("in")):
            raise self.wanted("“==”, “!=” or “in”", "Write for example element == C.")
        chosen = [self.symbol()]
        while self.took(","):
            chosen.append(self.symbol())
        return np.isin(self.structure.numbers, chosen) ^ unequal

    def symbol(self) -> int:
        token = self.take()
        symbol = token.text.strip("\"'")
        if symbol.capitalize() in SYMBOLS:
            return SYMBOLS.index(symbol.capitalize())
        hint = nearest(symbol, SYMBOLS[1:])
        raise ExpressionError(f"“{symbol}” at column {token.column + 1} is no chemical element.", hint, token.column, self.text)

    def ranges(self, values: FloatArray | float) -> Mask:
        mask = np.zeros(len(self.structure), dtype=bool)
        while True:
            low = -np.inf if self.next.text == ":" else self.number("a number")
            high = low
            if self.took(":"):
                open_ended = self.next.kind != "number" and self.next.text != "-"
                high = np.inf if open_ended else self.number("a number")
            mask |= (np.asarray(values) >= low) & (np.asarray(values) <= high)
            if not self.took(","):
                return mask

    # numbers

    def number(self, what: str) -> float:
        sign = -1.0 if self.took("-") else 1.0
        if self.next.kind != "number":
            raise self.wanted(what)
        return sign * float(self.take().text)

    def sum(self) -> FloatArray | float:
        total = self.product()
        while self.next.text in ("+", "-"):
            total = total + self.product() if self.take().text == "+" else total - self.product()
        return total

    def product(self) -> FloatArray | float:
        total = self.factor()
        while self.next.text in ("*", "/", "%"):
            sign = self.take().text
            with np.errstate(all="ignore"):
                by = np.asarray(self.factor(), dtype=float)
                total = np.asarray(total * by if sign == "*" else np.divide(total, by) if sign == "/" else np.mod(total, by))
        return total

    def factor(self) -> FloatArray | float:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise ExpressionError("This expression is nested too deeply.", "Use fewer brackets.", self.next.column, self.text)
        negative = self.took("-")
        base = -self.factor() if negative else self.value()
        if not negative and self.took("^"):
            with np.errstate(all="ignore"):
                base = np.power(np.asarray(base, dtype=float), self.factor())
        self.depth -= 1
        return base

    def value(self) -> FloatArray | float:
        token = self.next
        if token.kind == "number":
            return float(self.take().text)
        for name, function in (("abs", np.abs), ("sqrt", np.sqrt)):
            if token.word == name and self.tokens[self.at + 1].text == "(":
                self.take()
                with np.errstate(invalid="ignore"):
                    return np.asarray(function(self.value()), dtype=float)
        if self.took("("):
            inner = self.sum()
            if not self.took(")"):
                raise self.wanted("“)”")
            return inner
        if token.kind in ("name", "quoted"):
            return self.quantity()
        raise self.wanted("a number or the name of a quantity")

    def quantity(self) -> FloatArray:
        token = self.take()
        name = token.text.strip("\"'")
        axis = self.take().text[1:] if self.next.kind == "component" else ""
        found = quantity(self.structure, name, axis)
        if found is None:
            known = [*quantities(self.structure), *_WORDS]
            shown = f"{name}.{axis}" if axis else name
            hint = nearest(shown, known) or f"Known are {', '.join(quantities(self.structure)[:12])}."
            raise ExpressionError(f"“{shown}” at column {token.column + 1} is no quantity of these atoms.", hint, token.column, self.text)
        return found


def near(structure: Structure, mask: Mask, radius: float) -> Mask:
    """Atoms within `radius` (Å) of any in `mask`, through periodic boundaries, these included."""
    from e3viz.atoms.neighbours import neighbours

    found = mask.copy()
    if radius > 0 and mask.any() and not mask.all():
        pairs = neighbours(structure, float(radius))
        found[pairs.j[mask[pairs.i]]] = True
    return found


def bonded(structure: Structure, mask: Mask) -> Mask:
    """Atoms with a bond to any in `mask`."""
    from e3viz.atoms.bonds import find_bonds

    bonds = find_bonds(structure)
    found = np.zeros(len(structure), dtype=bool)
    found[bonds.j[mask[bonds.i]]] = True
    found[bonds.i[mask[bonds.j]]] = True
    return found

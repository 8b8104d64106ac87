"""Formulas of polynomial maps as people type them, read by a small parser of our own: nothing that is typed is ever executed.

    sum     = term { ("+" | "−") term }
    term    = power { ["·" | "*"] power | "/" number }        2xy is 2·x·y
    power   = atom [ "^" whole number | ² | ³ | … ]
    atom    = number | name | "(" sum ")" | "−" power

A mistake is told with the place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from e3viz.errors import UserError, nearest

Monomial = tuple[int, ...]
Terms = dict[Monomial, Fraction]
HIGHEST, MOST_TERMS = 12, 20_000
_SUPERSCRIPTS = {c: str(k) for k, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
DEEPEST, LONGEST_NUMBER = 60, 30
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<name>[A-Za-z]+\d*)|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<sign>\*\*|[-+*/^()·×−]))")


class FormulaError(UserError):
    """A formula that cannot be read. place: the letter where it goes wrong, from 0; length: of what is wrong there."""

    def __init__(self, message: str, hint: str, place: int, length: int = 1) -> None:
        super().__init__(message, hint)
        self.place = place
        self.span = place, place + max(length, 1)


@dataclass(frozen=True)
class Token:
    """One piece of a formula. kind: number, name, power, sign or end."""

    kind: str
    text: str
    place: int


def parse(text: str, variables: Sequence[str]) -> Terms:
    """The polynomial in these variables: monomial (an exponent for each) → coefficient, without zeros. Raises FormulaError."""
    return _Parser(text, list(variables)).formula()


def tokens(text: str) -> list[Token]:
    """The pieces of a formula, with an end. Raises FormulaError at a letter that belongs to none."""
    found, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if match is None:
            bare = len(text[place:]) - len(text[place:].lstrip())
            at = place + bare
            raise FormulaError(
                f"“{text[at]}” at letter {at + 1} of “{_short(text)}” belongs to no formula.", "Use + − · ^ ( ) and names.", at
            )
        kind = match.lastgroup or ""
        found.append(Token(kind, match[kind], match.start(kind)))
        place = match.end()
    return [*found, Token("end", "", len(text))]


def _letters_apart(found: list[Token], variables: list[str]) -> list[Token]:
    """The tokens, a name such as xy that is no variable as its letters where these are, so that xy² is x·y²."""
    made: list[Token] = []
    for token in found:
        apart = token.kind == "name" and token.text not in variables and all(letter in variables for letter in token.text)
        made += [Token("name", c, token.place + k) for k, c in enumerate(token.text)] if apart else [token]
    return made


class _Parser:
    def __init__(self, text: str, variables: list[str]) -> None:
        self.text, self.variables = text, variables
        self.tokens = _letters_apart(tokens(text), variables)
        self.at = self.depth = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.at]

    def formula(self) -> Terms:
        if self.next.kind == "end":
            raise FormulaError("There is no formula.", f"Write for example {self.variables[0]}^2.", 0)
        made = self.sum()
        if self.next.kind != "end":
            raise self.error(f"“{self.next.text}” is not expected", "A bracket may be missing.")
        return made

    def sum(self) -> Terms:
        made = self.term()
        while self.next.text in ("+", "-", "−") and self.next.kind == "sign":
            sign = -1 if self.take().text != "+" else 1
            made = added(made, self.term(), sign)
        return made

    def term(self) -> Terms:
        made = self.power()
        while True:
            if self.next.kind == "sign" and self.next.text in ("*", "·", "×"):
                self.take()
                made = self.product(made, self.power())
            elif self.next.text == "/":
                self.take()
                divisor = self.power()
                if not divisor:
                    raise self.error("Nothing is divided by zero", "Leave the division out.")
                if set(divisor) - {self.one()}:
                    raise self.error("A map made of polynomials is divided by numbers alone", "Multiply instead, or leave the factor out.")
                made = {m: c / divisor[self.one()] for m, c in made.items()}
            elif self.next.kind in ("number", "name") or self.next.text == "(":
                made = self.product(made, self.power())
            else:
                return made

    def power(self) -> Terms:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.error("There are too many brackets or signs within each other", f"At most {DEEPEST}.")
        try:
            return self.signed()
        finally:
            self.depth -= 1

    def signed(self) -> Terms:
        if self.next.kind == "sign" and self.next.text in ("-", "−", "+"):
            sign = -1 if self.take().text != "+" else 1
            return {m: sign * c for m, c in self.power().items()}
        base = self.atom()
        if self.next.kind == "power":
            return self.raised(base, int("".join(_SUPERSCRIPTS[c] for c in self.take().text)))
        if self.next.text in ("^", "**"):
            self.take()
            if self.next.kind != "number" or not self.next.text.isdigit():
                raise self.error("A power is a whole number", "Write for example x^2.")
            return self.raised(base, int(self.take().text))
        return base

    def atom(self) -> Terms:
        token = self.take()
        if token.kind == "number":
            if len(token.text) > LONGEST_NUMBER:
                self.at -= 1
                raise self.error("The number is too long", f"Write it with at most {LONGEST_NUMBER} digits.")
            value = Fraction(token.text)
            return {self.one(): value} if value else {}
        if token.kind == "name":
            return self.named(token)
        if token.text == "(":
            made = self.sum()
            if self.next.text != ")":
                raise self.error("A bracket is not closed", "Write the “)” that is missing.")
            self.take()
            return made
        if token.kind != "end":
            self.at -= 1
        raise self.error(
            "Something is missing" if token.kind == "end" else f"“{token.text}” is not expected", "A number, a name or a bracket."
        )

    def named(self, token: Token) -> Terms:
        if token.text in self.variables:
            return {tuple(int(v == token.text) for v in self.variables): Fraction(1)}
        self.at -= 1
        raise self.error(f"There is no variable “{token.text}”", nearest(token.text, self.variables))

    def raised(self, base: Terms, power: int) -> Terms:
        if power > HIGHEST:
            raise self.error(f"The power {power} is too high", f"Powers go up to {HIGHEST}.")
        made: Terms = {self.one(): Fraction(1)}
        for _ in range(power):
            made = self.product(made, base)
        return made

    def product(self, a: Terms, b: Terms) -> Terms:
        degree = max(map(sum, a), default=0) + max(map(sum, b), default=0)
        if len(a) * len(b) > MOST_TERMS or degree > HIGHEST:
            raise self.error("The polynomial becomes too large", f"Its degree may be {HIGHEST} at most.")
        return multiplied(a, b)

    def one(self) -> Monomial:
        return (0,) * len(self.variables)

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def error(self, message: str, hint: str) -> FormulaError:
        place = self.next.place
        where = f"at letter {place + 1 - len(self.text) + len(self.text.lstrip())}" if place < len(self.text) else "at the end"
        return FormulaError(f"{message}, {where} of “{_short(self.text.strip())}”.", hint, place, len(self.next.text))


def added(a: Terms, b: Terms, sign: int | Fraction = 1) -> Terms:
    """a + sign · b."""
    made = dict(a)
    for monomial, coefficient in b.items():
        made[monomial] = made.get(monomial, Fraction(0)) + sign * coefficient
    return {m: c for m, c in made.items() if c}


def multiplied(a: Terms, b: Terms) -> Terms:
    """a · b."""
    made: Terms = {}
    for m, c in a.items():
        for n, d in b.items():
            both = tuple(i + j for i, j in zip(m, n, strict=True))
            made[both] = made.get(both, Fraction(0)) + c * d
    return {m: c for m, c in made.items() if c}


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:38] + "…"

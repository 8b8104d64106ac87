"""The words of a selection expression: cutting a line of text into tokens, each with its column."""

from __future__ import annotations

import re
from dataclasses import dataclass

from e3viz.errors import UserError

LONGEST = 2000
_TOKEN = re.compile(
    r"""(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<component>\.[xyz]\b)
    | (?P<name>[^\W\d]\w*)
    | (?P<quoted>"[^"]*"|'[^']*')
    | (?P<sign><=|>=|==|!=|&&|\|\||[-+*/%^<>=!&|():,≤≥≠])""",
    re.VERBOSE,
)


class ExpressionError(UserError):
    """An expression that cannot be read. `column` (from 0) says where, so that a field can point at it."""

    def __init__(self, message: str, hint: str, column: int, text: str) -> None:
        super().__init__(message, hint)
        self.column = column
        self.text = text

    @property
    def pointer(self) -> str:
        """The expression with a caret under the column."""
        return f"{self.text}\n{' ' * self.column}^"


@dataclass(frozen=True)
class Token:
    """kind: `number`, `name`, `quoted`, `component` (.x), `sign` or `end`; column: from 0."""

    kind: str
    text: str
    column: int

    @property
    def word(self) -> str:
        """A name in small letters; "" for what is no name."""
        return self.text.lower() if self.kind == "name" else ""


def tokens(text: str) -> list[Token]:
    """All tokens and an `end`. Raises ExpressionError at a character that belongs to none."""
    if len(text) > LONGEST:
        raise ExpressionError(f"This expression is longer than {LONGEST:,} characters.", "Select by a shorter one.", LONGEST, text)
    tidy = text.replace("−", "-")
    found: list[Token] = []
    at = 0
    while at < len(tidy):
        if tidy[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(tidy, at)
        if match is None:
            raise ExpressionError(f"The character “{tidy[at]}” at column {at + 1} has no meaning here.", "Leave it out.", at, tidy)
        found.append(Token(str(match.lastgroup), match.group(), at))
        at = match.end()
    return [*found, Token("end", "", len(tidy))]

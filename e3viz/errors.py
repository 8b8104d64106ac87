"""What a person is shown as a plain sentence.

`UserError` is the only exception whose text reaches a person as it stands: in the window as a banner, on the command line as
one line. Everything else is a defect of the program and becomes a report with a traceback.

    Exception
    └── UserError            one sentence that says what is wrong, and a hint that says what would be right
        └── FileError        a file that cannot be read or written (exit status 1 on the command line; other UserErrors: 2)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A mistake that a person can mend.

    `message` is one sentence, ending with a full stop, that says what is wrong. `hint` says what would be right and may be empty.
    `span`: the letters of what was typed that are wrong, from 0, where that can be told: a field marks them.
    """

    span: tuple[int, int] | None = None

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message if not hint else f"{message} {hint}")
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[UserError], args: tuple[str, ...], state: dict[str, object]) -> UserError:
    """An error as it was in another process, whatever its own class wants to be made from."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class FileError(UserError):
    """A file that cannot be read or written."""


def nearest(word: str, choices: Iterable[str]) -> str:
    """A hint that names the nearest of `choices` to `word`, or all of them where none is near (and they are few)."""
    known = list(choices)
    close = difflib.get_close_matches(word.lower(), [c.lower() for c in known], n=1, cutoff=0.5)
    near = [c for c in known if c.lower() in close] or [c for c in known if len(word) > 2 and c.lower().startswith(word.lower())]
    if near:
        return f"Did you mean “{near[0]}”?"
    if not known:
        return ""
    return f"Choose one of: {', '.join(known)}." if len(known) <= 24 else f"Choose for example {', '.join(known[:6])}, …"

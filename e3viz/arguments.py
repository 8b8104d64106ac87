"""An argparse that answers a mistake with one plain sentence and the nearest valid choice, instead of a page of usage.

Two things are added to argparse's grammar: a value may begin with a minus (`--view -1,0,0`), and an option that may be repeated takes
several `name=value` after it (`--set frame=3 style=wireframe`).
"""

from __future__ import annotations

import argparse
import difflib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from e3viz.errors import FileError, UserError, nearest

TRUST = "say yes to a model of another package, which can only be loaded by running code of others; it is remembered for this very file"
_ASSIGNMENT = re.compile(r"[A-Za-z_][\w.]*=")


class Parser(argparse.ArgumentParser):
    """Options are never abbreviated, so that a new one cannot change what an old command means."""

    def __init__(self, prog: str, description: str, epilog: str, usage: str | None = None) -> None:
        plain = argparse.RawDescriptionHelpFormatter  # keeps the line breaks of the examples
        super().__init__(prog, usage, description, epilog, formatter_class=plain, allow_abbrev=False)

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """What `words` ask for; raises UserError with the nearest option or choice."""
        known, strange = self.parse_known_args(self._joined(words))
        if strange:
            raise self._strange(next((word for word in strange if word.startswith("-")), strange[0]))
        return known

    def error(self, message: str) -> NoReturn:
        """What argparse found, as a sentence."""
        if missing := re.fullmatch(r"the following arguments are required: (.*)", message):
            raise UserError(f"{self.prog} needs {missing[1].replace(', ', ' and ')}.", f"See “{self.prog} --help”.")
        if bare := re.fullmatch(r"argument ([^:]*): expected one argument", message):
            raise UserError(f"The option {bare[1]} needs a value.", f"See “{self.prog} --help”.")
        raise UserError(f"{self.prog}: {message}.", f"See “{self.prog} --help”.")

    def _strange(self, word: str) -> UserError:
        if not word.startswith("-") or word == "-":
            return UserError(f"{self.prog} does not know what to do with “{word}”.", f"See “{self.prog} --help”.")
        options = [option for action in self._actions for option in action.option_strings if action.help != argparse.SUPPRESS]
        return UserError(f"{self.prog} has no option {word.partition('=')[0]}.", nearest(word.partition("=")[0], options))

    def _joined(self, words: Sequence[str]) -> list[str]:
        """The words with every option that takes one value joined to it by “=”, because argparse takes -1,0,0 for an option."""
        takers = {o: action for action in self._actions for o in action.option_strings if action.nargs is None and action.type is not None}
        joined: list[str] = []
        rest = list(words)
        while rest:
            word = rest.pop(0)
            if word == "--":
                return [*joined, word, *rest]
            action = takers.get(word)
            if action is None or not rest or rest[0] in self._option_string_actions:
                joined.append(word)
                continue
            name = next(o for o in action.option_strings if o.startswith("--"))
            joined.append(f"{name}={rest.pop(0)}")
            while isinstance(action, argparse._AppendAction) and rest and _ASSIGNMENT.match(rest[0]):
                joined.append(f"{name}={rest.pop(0)}")
        return joined


def choice(what: str, choices: Sequence[str]) -> Callable[[str], str]:
    """A type for `add_argument`: one of `choices`, or a sentence that says what is near."""

    def one_of(word: str) -> str:
        if word not in choices:
            raise UserError(f"There is no {what} called “{word}”.", nearest(word, choices))
        return word

    return one_of


def assignment(word: str) -> tuple[str, str]:
    """A type for `add_argument`: `field=value`."""
    name, equals, value = word.partition("=")
    if not equals or not name.strip():
        raise UserError(f"“{word}” sets nothing.", f"Write --set {name.strip() or 'field'}=value.")
    return name.strip(), value


def text(word: str) -> str:
    """A type for `add_argument`: anything. Having a type is what marks an option as one that takes a value."""
    return word


def size(word: str) -> tuple[float, float, str]:
    """A type for `add_argument`: width, height and unit of 1600x1200 (px) or 80x60mm."""
    found = re.fullmatch(r"\s*([\d.]+)\s*[x×]\s*([\d.]+)\s*(px|mm)?\s*", word.lower())
    if found is None:
        raise UserError(f"“{word}” is not a size.", "Write for example 1600x1200 (pixels) or 80x60mm.")
    return positive(found[1]), positive(found[2]), found[3] or "px"


def positive(word: str) -> float:
    """A type for `add_argument`: a number above zero."""
    try:
        number = float(word)
    except ValueError:
        number = 0.0
    if not 0.0 < number < math.inf:
        raise UserError(f"“{word}” is not a positive number.", "Write for example 300.")
    return number


def whole(word: str) -> int:
    """A type for `add_argument`: 0, 1, 2, …"""
    try:
        number = int(word)
    except ValueError:
        number = -1
    if number < 0:
        raise UserError(f"“{word}” is not a whole number.", "Write for example 100.")
    return number


def natural(word: str) -> int:
    """A type for `add_argument`: 1, 2, 3, …"""
    number = whole(word)
    if not number:
        raise UserError("There must be at least one, not “0”.", "Write for example 100.")
    return number


def existing(word: str) -> Path:
    """The file that a person names; raises FileError with the nearest name beside it if there is none."""
    path = Path(word).expanduser()
    try:
        if path.is_dir():
            raise FileError(f"“{word}” is a folder.", "Name a file in it.")
        if path.exists():
            return path
        near = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=1)
    except (OSError, ValueError):
        near = []
    raise FileError(f"There is no file “{word}”.", f"Did you mean “{near[0]}”?" if near else "")


@dataclass(frozen=True)
class Command:
    """One subcommand. arguments: adds its options to a parser; run: does it and returns the exit status; examples: for its help."""

    name: str
    summary: str
    arguments: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], int]
    examples: tuple[str, ...]

    def parser(self) -> Parser:
        """The parser of what follows its name."""
        parser = Parser(
            prog=f"e3viz {self.name}", description=self.summary[:1].upper() + self.summary[1:] + ".", epilog=examples_of(self.examples)
        )
        self.arguments(parser)
        return parser


def examples_of(lines: Sequence[str]) -> str:
    """Examples as they stand at the end of a help text."""
    return "examples:\n" + "\n".join(f"  {line}" for line in lines)

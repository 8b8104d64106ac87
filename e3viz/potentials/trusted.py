"""Models that can only be loaded by executing what is in their files, or in packages that they name: a person says yes to each, once.

What is kept is the hash of the file and of files that it names, so that another file under the same name is asked for again. Only a person's
own word puts one on the list: a button in the window, or `--trust` on the command line; nothing that stands in a file does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from e3viz.errors import FileError, UserError
from e3viz.files import replacing
from e3viz.home import home


class UntrustedError(UserError):
    """A model that nobody has said yes to. path: its file; files: all that the word is about."""

    def __init__(self, message: str, hint: str, path: Path, files: tuple[Path, ...]) -> None:
        super().__init__(message, hint)
        self.path, self.files = path, files

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.message, self.hint, self.path, self.files)


def is_trusted(files: Iterable[Path]) -> bool:
    """Whether a person has said yes to exactly these contents."""
    return fingerprint(files) in _kept()


def trust(files: Iterable[Path]) -> None:
    """Remember a person's yes. Raises FileError where it cannot be written."""
    path, mark = _list(), fingerprint(files)
    if mark in (kept := _kept()):
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{path.parent} cannot be made: {error.strerror}.") from None
    with replacing(path) as beside:
        beside.write_text("".join(f"{one}\n" for one in [*kept, mark]), encoding="utf-8")


def fingerprint(files: Iterable[Path]) -> str:
    """The hash of what is in some files, and of how many there are. Raises FileError for one that cannot be read."""
    whole = hashlib.sha256()
    for path in files:
        try:
            with path.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
        except OSError as error:
            raise FileError(f"{path.name} cannot be read: {error.strerror}.") from None
    return whole.hexdigest()


def _list() -> Path:
    return home() / "trusted.txt"


def _kept() -> list[str]:
    try:
        return _list().read_text(encoding="utf-8").split()
    except OSError:
        return []

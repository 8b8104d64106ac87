"""A file about to be read: what it is called, where its bytes are, and how to get at them without swallowing them.

Compressed files are unpacked beside the temporary files of the system, and removed when nobody needs them any more, so that every
reader can jump about in plain bytes.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
import tempfile
import weakref
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from e3viz import task
from e3viz.errors import FileError, nearest

BOM = b"\xef\xbb\xbf"  # with which some editors of Windows begin a text
HEAD = 65_536  # bytes by which a format is recognised
BLOCK = 4 << 20  # bytes read at once
PIECE = 3 << 16  # bytes read at once to be parsed at once: so much memory is used again, not fetched anew
IN_MEMORY = 32 << 20  # bytes: shorter files are kept, so that a file deleted while it is shown goes on being shown
UNPACKED_LIMIT = 16 << 30  # bytes: no compressed file is unpacked beyond this
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
_MAGIC = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz"}


@dataclass(frozen=True)
class Source:
    """path: the file a person named; name: its name without a compression suffix; file: where its plain bytes lie (the path itself
    or an unpacked copy); size: of the plain bytes; head: the first of them; text: all of them, on demand."""

    path: Path
    name: str
    file: Path
    size: int
    head: bytes
    text: Text = field(repr=False)

    @property
    def suffix(self) -> str:
        """The last suffix of the name, in lower case, with its dot."""
        return Path(self.name).suffix.lower()

    def error(self, what: str, hint: str = "") -> FileError:
        """A FileError about this file: `what` continues its name."""
        return FileError(f"{self.path.name} {what}", hint)


class Text:
    """The plain bytes of a file, by position. Short files are kept in memory, long ones are read from disk piece by piece."""

    def __init__(self, path: Path, file: Path) -> None:
        self.path, self.file = path, file
        with file.open("rb") as stream:
            self.size = os.fstat(stream.fileno()).st_size
            self.stamp = stamp(file)
            self._kept = stream.read() if self.size <= IN_MEMORY else None

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop` or the end."""
        if self._kept is not None:
            return self._kept[start:stop]
        return b"".join(self.blocks(start, stop, stop - start))

    def blocks(self, start: int, stop: int, length: int = BLOCK) -> Iterator[bytes]:
        """The same bytes, in pieces of `length`."""
        stop = min(stop, self.size)
        if self._kept is not None:
            yield from (self._kept[at : min(at + length, stop)] for at in range(start, stop, length))
            return
        with self._open() as stream:
            stream.seek(start)
            for at in range(start, stop, length):
                yield stream.read(min(length, stop - at))

    @contextmanager
    def opened(self) -> Iterator[Callable[[int, int], bytes]]:
        """`read` for many small pieces: the file is opened once."""
        if self._kept is not None:
            yield self.read
            return
        with self._open() as stream:

            def read(start: int, stop: int) -> bytes:
                stream.seek(start)
                return stream.read(max(0, stop - start))

            yield read

    def _open(self) -> BinaryIO:
        try:
            if stamp(self.file) != self.stamp:
                raise FileError(f"{self.path.name} has been changed on disk since it was opened.", "Open it again.")
            return self.file.open("rb")
        except FileNotFoundError:
            raise FileError(f"{self.path.name} is no longer there.", "Open it from where it is now.") from None
        except OSError as error:
            raise FileError(f"{self.path.name} can no longer be read: {error.strerror or error}.") from error


def shown(data: bytes, length: int = 60) -> str:
    """The beginning of a line of a file, fit to stand in a sentence: what cannot be printed becomes a dot."""
    text = " ".join(data[: 4 * length].decode("utf-8", "replace").split())[:length]
    return "".join(letter if letter.isprintable() and letter != "\ufffd" else "·" for letter in text)


def stamp(path: Path) -> tuple[int, int]:
    """Time of change in ns and size in bytes: what tells one state of a file from the next."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def open_source(path: Path) -> Source:
    """Looks at what a person named, unpacks it if it is compressed, and refuses what can hold no structure."""
    try:
        if path.is_dir():
            raise FileError(f"{path.name or path} is a folder.", "Choose a structure file inside it.")
        if not path.exists():
            raise FileError(f"{path.name} does not exist.", _neighbour(path))
        if not path.is_file():
            raise FileError(f"{path.name} is no ordinary file.", "Choose a structure file.")
        with path.open("rb") as stream:
            head = stream.read(HEAD)
    except OSError as error:
        raise FileError(f"{path.name} cannot be opened: {error.strerror or error}.") from error
    except ValueError:
        raise FileError("This is no possible name of a file.", "It holds a null character.") from None
    packing = next((suffix for magic, suffix in _MAGIC.items() if head.startswith(magic)), None)
    name, text = path.name, None
    try:
        if packing is None:
            text = Text(path, path)
        else:
            name = name[: -len(packing)] if name.lower().endswith(packing) else name
            text = _unpack(path, packing)
            head = text.read(0, HEAD)
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    if not text.size or not head.strip(b"\0 \t\r\n"):
        raise FileError(f"{path.name} is empty.", "A structure file holds at least one atom.")
    return Source(path, name, text.file, text.size, head, text)


def _unpack(path: Path, packing: str) -> Text:
    folder = Path(tempfile.mkdtemp(prefix="e3viz-"))
    file = folder / (path.name[: -len(packing)] if path.name.lower().endswith(packing) else path.name)
    try:
        _unpack_to(file, path, packing)
        text = Text(path, file)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, EOFError | zlib.error | lzma.LZMAError) or (isinstance(error, OSError) and error.errno is None):
            garbled = "is damaged: its compressed contents are cut off or garbled."
            raise FileError(f"{path.name} {garbled}", "Get a fresh copy of it.") from error
        raise
    weakref.finalize(text, shutil.rmtree, folder, ignore_errors=True)
    return text


def _unpack_to(file: Path, path: Path, packing: str) -> None:
    limit = min(UNPACKED_LIMIT, shutil.disk_usage(file.parent).free // 2)
    with _OPENERS[packing](path, "rb") as packed, file.open("wb") as plain:
        done = 0
        while block := packed.read(BLOCK):
            done += len(block)
            if done > limit:
                raise FileError(f"{path.name} unpacks to more than {limit >> 20} MB.", "Unpack it by hand if it is meant to.")
            plain.write(block)
            task.report(None, text=f"Unpacking {path.name}")


def _neighbour(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()][:1000]
    except OSError:
        return f"Nor is there a folder {path.parent}."
    hint = nearest(path.name, names)
    return hint if hint.startswith("Did") else "Check its name and folder."

"""Many lines of columns into arrays: the speed of reading atoms is decided here.

Plain tables go to `plain` (50 million numbers a second on one core), the rest to NumPy's own table parser (11 million), in blocks of
whole lines, so that a table of gigabytes needs no memory beside its result and a reader can be cancelled inside it. Both round correctly.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.formats.plain import BLOCK, TableParser
from e3viz.atoms.formats.source import shown
from e3viz.atoms.formats.symbols import numbers_of
from e3viz.errors import FileError

_EXACT = float(1 << 53)  # below this a double holds every whole number
_SHORT = 4096  # bytes up to which NumPy's parser is as quick
_REPORTED = 1 << 22  # bytes between reports
_LETTERS = {"R": "N", "I": "N", "S": "S", "L": "S", "E": "S", "-": "-"}
_WORD = 8  # bytes of a text column, widened where one is longer
_WIDEST = 128
_FORTRAN = re.compile(rb"(?<=[\d.])[dD](?=[-+]?\d)")
_TRUE = (b"T", b"True", b"TRUE", b"true", b"1")
_TYPES = {"R": "f8", "I": "i8"}
_KEPT = _TYPES | {"E": "i4"}


@dataclass(frozen=True)
class Column:
    """Adjacent columns of one quantity. kind: R real, I integer, S text, L logical, E label of an element, which becomes its atomic number,
    - to be left out; width: how many columns."""

    name: str
    kind: str
    width: int = 1


class Lines:
    """The first lines of many blocks of bytes, in pieces. left: lines that are still wanted, to be kept up to date by who reads them;
    taken: bytes handed out so far."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._pieces = whole_lines(blocks)
        self.left, self.taken = 1, 0

    def __iter__(self) -> Iterator[bytes]:
        for whole in self._pieces:
            piece = whole
            while piece and self.left > 0:
                cut = self._end(piece)
                self.taken += cut
                yield piece[:cut]
                piece = piece[cut:]
            if self.left <= 0:
                return

    def _end(self, piece: bytes) -> int:
        """How many bytes of a piece are lines that are still wanted."""
        if len(piece) <= self.left:  # no line is shorter than its end, so none need be counted
            return len(piece)
        ends = np.frombuffer(piece, np.uint8) == 10
        few = int(np.count_nonzero(ends)) > self.left
        return int(np.flatnonzero(ends)[self.left - 1]) + 1 if few else len(piece)


def read_rows(blocks: Iterable[bytes] | Lines, count: int, columns: list[Column], where: str) -> dict[str, NDArray[Any]]:
    """`count` lines of `columns`; further columns are left out. Each array is (count,) or (count, width), text is bytes.

    Raises FileError, beginning with `where`, that shows the first line which does not fit.
    """
    parser = TableParser("".join(_LETTERS[column.kind] * column.width for column in columns))
    kinds, done, told = _kinds(columns, _WORD), 0, 0
    table = _Table(count, columns)
    lines = blocks if isinstance(blocks, Lines) else Lines(blocks)
    lines.left = count
    for block in lines:
        part = _plain(parser, block, columns) if len(block) > _SHORT else None
        if part is None:
            try:
                rows, kinds = _parse(block, count - done, columns, kinds)
            except (ValueError, OverflowError):
                raise _misfit(block, columns, kinds, (where, done)) from None
            part = {column.name: rows[column.name] for column in columns if column.kind != "-"}
        done += table.add(part, done)
        lines.left = count - done
        if lines.taken - told > _REPORTED:
            told = lines.taken
            task.report(done, count, "Reading atoms")
    if done < count:
        raise FileError(f"{where} ends after {done} of {count} lines of atoms.", "It may be cut off.")
    return table.arrays()


class _Table:
    """The arrays of a table, filled part by part."""

    def __init__(self, count: int, columns: list[Column]) -> None:
        self._count = count
        self._columns = [column for column in columns if column.kind != "-"]
        self._numbers: dict[str, NDArray[Any]] = {}
        self._texts: dict[str, list[NDArray[Any]]] = {column.name: [] for column in columns if column.kind in "SL"}

    def add(self, part: dict[str, NDArray[Any]], done: int) -> int:
        """Takes what a part holds, up to the number of lines there are, and says how many those were."""
        read = min(self._count - done, *(len(array) for array in part.values()))
        for column in self._columns:
            array = part[column.name][:read] if column.kind != "E" else numbers_of(part[column.name][:read])
            if column.name in self._texts:
                self._texts[column.name].append(array)
                continue
            if column.name not in self._numbers:  # made only now that a line has been seen to have it
                self._numbers[column.name] = np.empty((self._count, *array.shape[1:]), _KEPT[column.kind])
            self._numbers[column.name][done : done + read] = array
        return read

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every column by its name."""
        texts = {name: np.concatenate(parts) for name, parts in self._texts.items()}
        for column in self._columns:
            if column.kind == "L":
                texts[column.name] = np.isin(texts[column.name], _TRUE)
        return {column.name: texts.get(column.name, self._numbers.get(column.name)) for column in self._columns}  # type: ignore[misc]


def _plain(parser: TableParser, block: bytes, columns: list[Column]) -> dict[str, NDArray[Any]] | None:
    """The columns of a block that is a plain table; None where it is not."""
    table = parser.parse(block)
    if table is None:
        return None
    numbers, texts = table
    part: dict[str, NDArray[Any]] = {}
    at, text = 0, 0
    for column in columns:
        if column.kind in "RI":
            found: NDArray[Any] = numbers[:, at : at + column.width] if column.width > 1 else numbers[:, at]
            at += column.width
            if column.kind == "I":
                whole = found.astype(np.int64) if _exact(found) else None
                if whole is None or (whole != found).any():
                    return None
                found = whole
            part[column.name] = found
        elif column.kind != "-":
            part[column.name] = texts[text] if column.width == 1 else np.stack(texts[text : text + column.width], axis=1)
            text += column.width
    return part


def _exact(found: NDArray[np.float64]) -> bool:
    """Whether all are small enough to be told from their neighbours."""
    return float(found.min()) > -_EXACT and float(found.max()) < _EXACT


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of about BLOCK, cut at ends of lines."""
    rest = b""
    for block in blocks:
        at = 0
        while (cut := block.rfind(b"\n", at, at + BLOCK) + 1) > at or len(block) - at > BLOCK:
            cut = cut if cut > at else block.find(b"\n", at) + 1 or len(block)
            yield b"".join((rest, memoryview(block)[at:cut]))  # copied once
            rest, at = b"", cut
        rest += block[at:]
    if rest.strip():
        yield rest


def _kinds(columns: list[Column], word: int) -> np.dtype[Any]:
    fields = []
    for index, column in enumerate(columns):
        kind = _TYPES.get(column.kind, f"S{word}")
        fields.append((column.name if column.kind != "-" else f"\0{index}", kind, (column.width,) if column.width > 1 else ()))
    return np.dtype(fields)


def _parse(block: bytes, count: int, columns: list[Column], kinds: np.dtype[Any]) -> tuple[NDArray[Any], np.dtype[Any]]:
    """The lines of a block, and the types they needed."""
    try:
        part = _table(block, count, kinds)
    except (ValueError, OverflowError):
        block = _FORTRAN.sub(b"E", block)
        part = _table(block, count, kinds)
    word = max((kinds[name].base.itemsize for name in kinds.names or () if kinds[name].base.kind == "S"), default=_WIDEST)
    if word < _WIDEST and _too_long(part, word):
        return _parse(block, count, columns, _kinds(columns, _WIDEST))
    return part, kinds


def _table(block: bytes, count: int, kinds: np.dtype[Any]) -> NDArray[Any]:
    width = sum(int(np.prod(kinds[name].shape)) for name in kinds.names or ())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an empty table
        return np.loadtxt(io.BytesIO(block), dtype=kinds, comments=None, max_rows=count, ndmin=1, usecols=range(width))


def _too_long(part: NDArray[Any], word: int) -> bool:
    """Whether an entry of a text column fills it, so that it may have been cut."""
    texts = [part[name] for name in part.dtype.names or () if part.dtype[name].base.kind == "S"]
    return any(bool(np.ascontiguousarray(text).view(np.uint8).reshape(-1, word)[:, -1].any()) for text in texts if text.size)


def _misfit(block: bytes, columns: list[Column], kinds: np.dtype[Any], place: tuple[str, int]) -> FileError:
    needed = sum(column.width for column in columns)
    lines = [line for line in block.split(b"\n") if line.strip()]
    # Halving finds the first bad line with a few parses of ever shorter pieces.
    low, high = 0, len(lines)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            _table(b"\n".join(lines[low:middle]), middle - low, kinds)
            low = middle
        except (ValueError, OverflowError):
            high = middle
    names = ", ".join(f"{c.name}" if c.width == 1 else f"{c.name} ({c.width})" for c in columns)
    where, done = place
    return FileError(
        f"{where} says “{shown(lines[low]) if lines else ''}” for atom {done + low}.", f"It should have {needed} columns: {names}."
    )

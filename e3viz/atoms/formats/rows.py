"""Many lines of columns into arrays: the speed of reading atoms is decided here.

NumPy's own table parser does the work (11 million numbers a second, correctly rounded, measured on one core at 3 GHz), fed in blocks
of whole lines, so that a table of gigabytes needs no memory beside its result and a reader can be cancelled inside it.
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
from e3viz.atoms.formats.source import shown
from e3viz.errors import FileError

# A block is parsed under the interpreter's lock: 1 MB holds a window up for 5 ms at most.
BLOCK = 1 << 20
_WORD = 8  # bytes of a text column, widened where one is longer
_WIDEST = 128
_FORTRAN = re.compile(rb"(?<=[\d.])[dD](?=[-+]?\d)")
_TRUE = (b"T", b"True", b"TRUE", b"true", b"1")
_TYPES = {"R": "f8", "I": "i8"}


@dataclass(frozen=True)
class Column:
    """Adjacent columns of one quantity. kind: R real, I integer, S text, L logical, - to be left out; width: how many columns."""

    name: str
    kind: str
    width: int = 1


def read_rows(blocks: Iterable[bytes], count: int, columns: list[Column], where: str) -> dict[str, NDArray[Any]]:
    """`count` lines of `columns`; further columns are left out. Each array is (count,) or (count, width), text is bytes.

    Raises FileError, beginning with `where`, that shows the first line which does not fit.
    """
    kinds, parts = _kinds(columns, _WORD), []
    done = 0
    for block in whole_lines(blocks):
        if done == count:
            break
        try:
            part, kinds = _parse(block, count - done, columns, kinds)
        except (ValueError, OverflowError):
            raise _misfit(block, columns, kinds, (where, done)) from None
        if len(part):
            parts.append(part)
        done += len(part)
        if done < count:
            task.report(done, count, "Reading atoms")
    if done < count:
        raise FileError(f"{where} ends after {done} of {count} lines of atoms.", "It may be cut off.")
    return {column.name: _joined(column, [part[column.name] for part in parts]) for column in columns if column.kind != "-"}


def whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, cut at ends of lines."""
    rest = b""
    for block in blocks:
        cut = block.rfind(b"\n") + 1
        if not cut:
            rest += block
            continue
        yield rest + block[:cut]
        rest = block[cut:]
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


def _joined(column: Column, parts: list[NDArray[Any]]) -> NDArray[Any]:
    whole = np.concatenate(parts)
    return np.isin(whole, _TRUE) if column.kind == "L" else whole

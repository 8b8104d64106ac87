"""VASP's XDATCAR: a header of title, scale, lattice, elements and counts, then configurations in fractional coordinates.

Where the cell changes the header stands again before each configuration. Convention: https://www.vasp.at/wiki/index.php/XDATCAR
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from e3viz.atoms.formats.indexed import IndexedTrajectory
from e3viz.atoms.formats.rows import Column, read_rows
from e3viz.atoms.formats.sound import check_count
from e3viz.atoms.formats.source import BLOCK, PIECE, Source, Text
from e3viz.atoms.formats.symbols import number_of
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import FileError

_MARK = re.compile(rb"^[^\n\S]*(?:Direct configuration|Direct)[^\n]*\n|^[^\n\S]*Konfig[^\n]*\n", re.MULTILINE)
LONGEST = 1 << 13  # bytes of a header


def read_xdatcar(source: Source) -> Xdatcar:
    """Opens an XDATCAR."""
    return Xdatcar(source, "vasp-xdatcar")


class Xdatcar(IndexedTrajectory):
    """Configurations, each from its mark to the next."""

    def _spans(self, text: Text) -> Iterator[tuple[int, int]]:
        start, at, tail = -1, 0, b""
        for block in text.blocks(0, text.size):
            joined = tail + block
            base = at - len(tail)
            for found in _MARK.finditer(joined):
                if start >= 0 and base + found.start() > start:
                    yield start, base + found.start()
                start = base + found.start()
            at += len(block)
            tail = joined[max(joined.rfind(b"\n") + 1, len(joined) - 256) :]
        if start < 0:
            return
        if self._stops:
            try:
                with text.opened() as read:
                    self._parse(read, start, text.size, self.path.name)
            except FileError:
                self._note("Its last frame is cut off and was left out.")
                return
        yield start, text.size

    def _parse(self, read: Callable[[int, int], bytes], start: int, stop: int, where: str) -> Structure:
        first = self._starts[0] if self._starts else start
        header = _header(read(max(0, start - LONGEST), start)) or _header(read(max(0, first - LONGEST), first))
        if header is None:
            raise FileError(f"{where} has no header that says its lattice and elements.", "It is the same as in a POSCAR.")
        cell, labels, counts = header
        check_count(sum(counts), stop - start, where)
        numbers = np.repeat(np.array([number_of(label) for label in labels], dtype=np.int32), counts)
        begin = read(start, min(stop, start + BLOCK))
        more = (read(at, min(at + PIECE, stop)) for at in range(start + len(begin), stop, PIECE))
        rows = chain((begin[begin.find(b"\n") + 1 :],), more)
        table = read_rows(rows, len(numbers), [Column("position", "R", 3)], where)
        return Structure(numbers, table["position"] @ cell, cell, (True, True, True))


def _header(text: bytes) -> tuple[FloatArray, list[str], list[int]] | None:
    """Cell, elements and counts from the last lines of `text`; None where they are no header."""
    lines = [line.split() for line in text.splitlines() if line.strip()][-7:]
    try:
        scale = float(lines[-6][0])
        cell = np.array([[float(word) for word in line[:3]] for line in lines[-5:-2]])
        counts = [int(word) for word in lines[-1]]
        labels = [word.decode("ascii", "replace") for word in lines[-2]]
        if len(lines[-6]) != 1 or cell.shape != (3, 3) or len(counts) != len(labels) or min(counts) < 0:
            return None
        volume = abs(float(np.linalg.det(cell)))
        cell = cell * (scale if scale > 0 else (-scale / volume) ** (1 / 3))
        return cell, labels, counts
    except (ValueError, IndexError, OverflowError, ZeroDivisionError):
        return None

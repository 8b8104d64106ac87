"""PDB files of many models: each MODEL is a frame, found without reading the others. ASE reads the atoms."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator

from e3viz.atoms.ase_atoms import from_ase
from e3viz.atoms.formats.indexed import IndexedTrajectory
from e3viz.atoms.formats.source import Source, Text
from e3viz.atoms.formats.through_ase import said
from e3viz.atoms.structure import Structure
from e3viz.errors import FileError

MARK = b"\nMODEL "
HEADER = 1 << 20  # bytes before the first model in which a CRYST1 is looked for


def read_pdb(source: Source) -> PdbTrajectory:
    """Opens a PDB file."""
    return PdbTrajectory(source, "proteindatabank")


class PdbTrajectory(IndexedTrajectory):
    """Models, each from one MODEL to the next; a file without MODEL is one frame."""

    def _spans(self, text: Text) -> Iterator[tuple[int, int]]:
        start, at, tail = -1, 0, b"\n"
        for block in text.blocks(0, text.size):
            joined = tail + block
            base = at - len(tail)
            found = joined.find(MARK)
            while found >= 0:
                if start >= 0:
                    yield start, base + found + 1
                start = base + found + 1
                found = joined.find(MARK, found + len(MARK))
            at += len(block)
            tail = joined[-len(MARK) + 1 :]
        yield max(start, 0), text.size

    def _parse(self, read: Callable[[int, int], bytes], start: int, stop: int, where: str) -> Structure:
        from ase.io.proteindatabank import read_proteindatabank

        body = read(start, stop)
        if start:
            head = read(0, min(start, HEADER))
            body = b"\n".join(line for line in head.splitlines() if line.startswith((b"CRYST1", b"ORIGX"))) + b"\n" + body
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return from_ase(read_proteindatabank(io.StringIO(body.decode("utf-8", "replace")), index=0))
        except Exception as error:
            raise FileError(f"{where} could not be read as PDB{said(error)}.", "It may be damaged or cut off.") from error

"""ASE's SQLite database, each row a frame. Layout: ase.db.sqlite, https://wiki.fysik.dtu.dk/ase/ase/db/db.html

It is opened read-only and read directly, because ASE's own class would add missing tables to a damaged file of somebody else's.
Numbers in a row are blobs of little-endian int32 (numbers, tags) or float64, in ASE's units.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.formats.names import canonical
from e3viz.atoms.formats.sound import sound
from e3viz.atoms.formats.source import Source, Text, shown
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.trajectory import Trajectory, check_column, check_frame, frozen, number, number_names
from e3viz.errors import FileError

_WANTED = ("numbers", "positions", "cell", "pbc", "energy", "free_energy", "forces", "stress", "dipole", "magmom", "magmoms", "charges")
_GUESSES = ("initial_magmoms", "initial_charges", "masses", "tags", "momenta", "key_value_pairs")
_VECTORS = {"forces", "momenta", "positions"}


def read_db(source: Source) -> DatabaseTrajectory:
    """Opens a database."""
    return DatabaseTrajectory(source)


class DatabaseTrajectory(Trajectory):
    """Rows of a database in the order of their ids, read when asked for."""

    format = "db"

    def __init__(self, source: Source) -> None:
        self.path = source.path
        self._text: Text = source.text  # keeps an unpacked copy alive
        with self._rows() as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "systems" not in tables:
                raise source.error("is an SQLite database but not one of ASE's.", "ASE's have a table called systems.")
            known = {row[1] for row in connection.execute("PRAGMA table_info(systems)")}
            self._names = [name for name in _WANTED + _GUESSES if name in known]
            self._ids = [int(row) for (row,) in connection.execute("SELECT id FROM systems ORDER BY id")]
        if not self._ids or not {"numbers", "positions"} <= set(self._names):
            raise source.error("is a database without structures.", "It has no rows.")
        self._columns: dict[str, FloatArray] = {}
        self[0]

    def __len__(self) -> int:
        return len(self._ids)

    def __getitem__(self, frame: int) -> Structure:
        check_frame(self, frame)
        with self._rows() as connection:
            return self._frame(connection, frame)

    def columns(self) -> list[str]:
        """See Trajectory. Judged by the first and the last row."""
        names = {*number_names(self[0]), *number_names(self[len(self) - 1])}
        return sorted(names, key=lambda name: (name != "energy", name != "max_force", name))

    def column(self, name: str) -> FloatArray:
        """See Trajectory."""
        check_column(self, name)
        if name not in self._columns:
            entries = []
            with self._rows() as connection:
                for frame in range(len(self)):
                    entries.append(number(self._frame(connection, frame), name))
                    task.report(frame, len(self), f"Reading {name} of {self.path.name}")
            self._columns[name] = frozen(np.array(entries))
        return self._columns[name]

    @contextmanager
    def _rows(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(f"{self._text.file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                yield connection
        except (sqlite3.Error, UnicodeDecodeError, OverflowError) as error:
            said = shown(str(error).encode(), 80)
            raise FileError(f"{self.path.name} is a damaged or locked database: {said}.", "Get a fresh copy of it.") from error

    def _frame(self, connection: sqlite3.Connection, frame: int) -> Structure:
        where = f"Row {self._ids[frame]} of {self.path.name}"
        row = connection.execute(f"SELECT {', '.join(self._names)} FROM systems WHERE id = ?", (self._ids[frame],)).fetchone()
        if row is None:
            raise FileError(f"{where} is no longer there.", "Open the file again.")
        try:
            return sound(_structure(dict(zip(self._names, row, strict=True))), where)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            raise FileError(f"{where} is damaged.", "Its numbers do not fit together.") from error


def _structure(row: dict[str, Any]) -> Structure:
    numbers = _blob(row["numbers"], "<i4")
    count = len(numbers)
    arrays: dict[str, NDArray[Any]] = {}
    for name in ("forces", "magmoms", "charges", "initial_magmoms", "initial_charges", "masses", "momenta", "tags"):
        if row.get(name) is not None:
            array = _blob(row[name], "<i4" if name == "tags" else "<f8")
            arrays[name] = array.reshape(count, 3) if name in _VECTORS else array.reshape(count, -1) if array.size > count else array
    for result in ("magmoms", "charges"):
        if result in arrays:
            arrays.pop(f"initial_{result}", None)
    info = dict(json.loads(row["key_value_pairs"])) if row.get("key_value_pairs") else {}
    info |= {name: float(row[name]) for name in ("energy", "free_energy", "magmom") if row.get(name) is not None}
    info |= {name: _blob(row[name], "<f8") for name in ("stress", "dipole") if row.get(name) is not None}
    values, arrays = canonical(
        {key: value for key, value in info.items() if isinstance(value, str | int | float | np.ndarray)}, arrays, numbers
    )
    cell = np.zeros((3, 3)) if row.get("cell") is None else _blob(row["cell"], "<f8").reshape(3, 3)
    bits = int(row.get("pbc") or 0)
    return Structure(
        numbers, _blob(row["positions"], "<f8").reshape(count, 3), cell, (bool(bits & 1), bool(bits & 2), bool(bits & 4)), arrays, values
    )


def _blob(data: bytes, kind: str) -> NDArray[Any]:
    return np.frombuffer(data, dtype=kind).astype(np.int32 if kind == "<i4" else float)

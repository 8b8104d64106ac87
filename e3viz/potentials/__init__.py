"""Potentials on one contract (`contract`). `POTENTIALS` is the table: a new kind is one file and one line.

A module named here has a `KIND`. Nothing heavy is imported until a kind is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from e3viz.errors import UserError, nearest
from e3viz.potentials.contract import Kind


@dataclass(frozen=True)
class Entry:
    """One line of the table. name: as on the command line; title: for people; module: has the `KIND`."""

    name: str
    title: str
    module: str


POTENTIALS: tuple[Entry, ...] = (
    Entry("nequip", "NequIP", "e3viz.potentials.nequip"),
    Entry("schnet", "SchNet", "e3viz.potentials.schnet"),
    Entry("snap", "SNAP", "e3viz.potentials.snap"),
    Entry("mtp", "MTP", "e3viz.potentials.mtp"),
)


def kind(name: str) -> Kind:
    """The kind of that name. Raises UserError, with the nearest one, if there is none."""
    found = {entry.name: entry for entry in POTENTIALS}.get(name)
    if found is None:
        raise UserError(f"There is no potential called “{name}”.", nearest(name, [entry.name for entry in POTENTIALS]))
    loaded: Kind = import_module(found.module).KIND
    return loaded

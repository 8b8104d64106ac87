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
    """One line of the table. name: as on the command line; title: for people; module: has the `KIND`; settings: module and name of its
    settings, where they can be had without the rest."""

    name: str
    title: str
    module: str
    settings: str = ""


POTENTIALS: tuple[Entry, ...] = (
    Entry("nequip", "NequIP", "e3viz.potentials.nequip", "e3viz.potentials.network_settings.NequIPSettings"),
    Entry("schnet", "SchNet", "e3viz.potentials.schnet", "e3viz.potentials.network_settings.SchNetSettings"),
    Entry("cartesian", "Cartesian network", "e3viz.potentials.cartesian", "e3viz.potentials.network_settings.CartesianSettings"),
    Entry("snap", "SNAP", "e3viz.potentials.snap"),
    Entry("mtp", "MTP", "e3viz.potentials.mtp"),
)


def kind(name: str) -> Kind:
    """The kind of that name. Raises UserError, with the nearest one, if there is none."""
    loaded: Kind = import_module(_entry(name).module).KIND
    return loaded


def settings_type(name: str) -> type:
    """The settings of the kind of that name, without importing what its networks need. Raises UserError if there is none."""
    module, _, settings = _entry(name).settings.rpartition(".")
    found: type = getattr(import_module(module), settings) if module else kind(name).Settings
    return found


def _entry(name: str) -> Entry:
    found = {entry.name: entry for entry in POTENTIALS}.get(name)
    if found is None:
        raise UserError(f"There is no potential called “{name}”.", nearest(name, [entry.name for entry in POTENTIALS]))
    return found

"""What a state draws, before g: atoms, their looks, bonds and cell, computed once per file, frame and setting.

Turning g, picking an atom or switching labels must not search for bonds again, and an array that did not change must stay the
same object (then it is not uploaded again). Hence the small caches here; their keys hold everything their value depends on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.bonds import BondPieces, Bonds, bond_pieces, find_bonds
from e3viz.atoms.elements import COLOURS, VDW_RADII
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import cell_edges, image_atoms, repeat
from e3viz.errors import UserError
from e3viz.labs.structures.source import path_of, trajectory
from e3viz.labs.structures.state import State
from e3viz.pictures.colourmaps import diverging, sequential

Bytes = NDArray[np.uint8]
STICK_RADIUS = 0.13
WIRE_RADIUS = 0.035


@dataclass(frozen=True, eq=False)
class Prepared:
    """A frame ready to be drawn, before g.

    one: the frame as it is in the file; structure: with the supercell; places: where atoms are drawn, (d, 3), the structure's own
    first and then their periodic images; owner: which atom is drawn there, (d,); bonds: of the structure; pieces: their halves;
    edges: starts and ends of the cell's edges.
    """

    one: Structure
    structure: Structure
    places: FloatArray
    owner: NDArray[np.int64]
    bonds: Bonds
    pieces: BondPieces
    edges: tuple[FloatArray, FloatArray]


def prepare(state: State) -> Prepared:
    """Atoms, bonds and cell of a state; raises FileError or UserError."""
    what = State(
        file=state.file, frame=state.frame, supercell=state.supercell, images=state.images, bonds=state.bonds, bond_scale=state.bond_scale
    )
    return _prepare(what, trajectory(state.file).stamp)


@lru_cache(maxsize=8)
def _prepare(what: State, changed: object) -> Prepared:
    one = frame_of(what)
    whole = repeat(one, what.supercell)
    copies = image_atoms(whole) if what.images else None
    places, owner = whole.positions, np.arange(len(whole))
    if copies is not None and len(copies.atoms):
        places, owner = np.concatenate([places, copies.positions(whole)]), np.concatenate([owner, copies.atoms])
    found = find_bonds(whole, scale=what.bond_scale) if what.bonds else NO_BONDS
    return Prepared(one, whole, places, owner, found, bond_pieces(whole, found, copies), cell_edges(one, what.supercell))


def frame_of(state: State) -> Structure:
    """The frame on view as it is in the file; raises FileError, or UserError where there is no such frame."""
    frames = trajectory(state.file)
    if not 0 <= state.frame < len(frames):
        raise UserError(f"There is no frame {state.frame} in {path_of(state.file).name}.", f"It has frames 0 to {len(frames) - 1}.")
    return frames[state.frame]


NO_BONDS = Bonds(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.int64))


def radii(state: State, numbers: NDArray[np.int32]) -> FloatArray:
    """Drawn radius in Å of atoms of these elements, (n,)."""
    return _radii(state.style, state.atom_scale, state.bonds, numbers.astype(np.int32).tobytes())


@lru_cache(maxsize=8)
def _radii(style: str, scale: float, bonds: bool, numbers: bytes) -> FloatArray:
    full = VDW_RADII[np.frombuffer(numbers, dtype=np.int32)]
    if style == "space filling":
        return np.asarray(full, dtype=np.float64)
    if style == "wireframe":
        return np.full(len(full), WIRE_RADIUS if bonds else 0.12)
    return np.asarray(scale * full, dtype=np.float64)


@lru_cache(maxsize=8)
def element_colours(numbers: bytes) -> Bytes:
    """Colour of each atom by element, (n, 3)."""
    return np.ascontiguousarray(COLOURS[np.frombuffer(numbers, dtype=np.int32)])


@dataclass(frozen=True, eq=False)
class Shades:
    """Colour of each atom, and the range it stands for: (low, high, label), None when coloured by element."""

    colours: Bytes
    scale: tuple[float, float, str] | None = None


def shades(state: State, ready: Prepared) -> Shades:
    """Colour of each atom as drawn."""
    array = ready.structure.arrays.get(state.colour_by)
    if state.colour_by == "element" or array is None:
        return Shades(element_colours(ready.structure.numbers[ready.owner].astype(np.int32).tobytes()))
    return _by_array(state.colour_by, array[ready.owner], UNITS)


def _by_array(name: str, array: NDArray[Any], units: Mapping[str, str]) -> Shades:
    label = f"{name}, {units[name]}" if name in units else name
    if array.ndim > 1:
        array, label = np.linalg.norm(array.reshape(len(array), -1), axis=1), f"|{name}|" + (f", {units[name]}" if name in units else "")
    values = np.asarray(array, dtype=float)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    if low < 0 < high:
        limit = max(-low, high)
        return Shades(diverging(values, limit), (-limit, limit, label))
    return Shades(sequential(values, low, high), (low, high, label))


UNITS: Mapping[str, str] = {
    "forces": "eV/Å", "velocities": "Å/fs", "charges": "e", "magmoms": "μB", "masses": "u", "energies": "eV",
}  # fmt: skip

"""Sizes and colours of atoms, and the units of the arrays that colour them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import COLOURS, VDW_RADII
from e3viz.atoms.structure import FloatArray
from e3viz.labs.structures.prepare import Prepared
from e3viz.labs.structures.source import trajectory
from e3viz.labs.structures.state import State
from e3viz.pictures.colourmaps import diverging, sequential
from e3viz.task import report

Bytes = NDArray[np.uint8]
STICK_RADIUS = 0.13
WIRE_RADIUS = 0.035
LONE_RADIUS = 0.12
UNITS: Mapping[str, str] = {
    "forces": "eV/Å", "velocities": "Å/fs", "charges": "e", "magmoms": "μB", "masses": "u", "energies": "eV",
}  # fmt: skip


def radii(state: State, numbers: NDArray[np.int32]) -> FloatArray:
    """Drawn radius in Å of atoms of these elements, (n,)."""
    return _radii(state.style, state.atom_scale, state.bonds, numbers.astype(np.int32).tobytes())


@lru_cache(maxsize=8)
def _radii(style: str, scale: float, bonds: bool, numbers: bytes) -> FloatArray:
    full = VDW_RADII[np.frombuffer(numbers, dtype=np.int32)]
    if style == "space filling":
        return np.asarray(full, dtype=np.float64)
    if style == "wireframe":
        return np.full(len(full), WIRE_RADIUS if bonds else LONE_RADIUS)
    return np.asarray(scale * full, dtype=np.float64)


def stick_radius(state: State) -> float:
    """Drawn radius of a bond, Å."""
    return WIRE_RADIUS if state.style == "wireframe" else STICK_RADIUS * min(1.0, state.atom_scale / 0.15)


@lru_cache(maxsize=8)
def element_colours(numbers: bytes) -> Bytes:
    """Colour of each atom by element, (n, 3)."""
    return np.ascontiguousarray(COLOURS[np.frombuffer(numbers, dtype=np.int32)])


@lru_cache(maxsize=8)
def plain_sticks(count: int) -> Bytes:
    """The quiet grey of bonds, (n, 3)."""
    return np.tile(np.array([176, 180, 188], dtype=np.uint8), (count, 1))


@dataclass(frozen=True, eq=False)
class Shades:
    """Colours: of every atom of the structure (n, 3), and as drawn (d, 3); scale: (low, high, label), None when coloured by element."""

    atoms: Bytes
    drawn: Bytes
    scale: tuple[float, float, str] | None = None


def shades(state: State, ready: Prepared) -> Shades:
    """The colours of a state."""
    array = ready.structure.arrays.get(state.colour_by)
    if state.colour_by == "element" or array is None:
        atoms = element_colours(ready.structure.numbers.astype(np.int32).tobytes())
        whole = len(ready.owner) == len(atoms) and not ready.hidden.any()
        return Shades(atoms, atoms if whole else element_colours(ready.structure.numbers[ready.owner].astype(np.int32).tobytes()))
    values = lengths(array)
    unit = UNITS.get(state.colour_by, "")
    name = f"|{state.colour_by}|" if array.ndim > 1 else state.colour_by
    if state.colour_range:
        low, high = state.colour_range
    else:
        low, high = file_range(state) if state.colour_lock else extremes(values)
        if low < 0 < high:
            high = max(-low, high)
            low = -high
    atoms = diverging(values, high) if low == -high else sequential(values, low, high)
    return Shades(atoms, atoms[ready.owner], (low, high, f"{name}, {unit}" if unit else name))


def lengths(array: NDArray[Any]) -> FloatArray:
    """One number per atom: the array itself, or the lengths of its vectors."""
    if array.ndim == 1:
        return np.asarray(array, dtype=np.float64)
    flat: FloatArray = np.linalg.norm(np.asarray(array, dtype=np.float64).reshape(len(array), -1), axis=1)
    return flat


def extremes(values: FloatArray) -> tuple[float, float]:
    """Smallest and largest finite number; zeros if there is none."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)


def file_range(state: State) -> tuple[float, float]:
    """Smallest and largest value of the array that colours, over all frames of the file."""
    return _file_range(state.file, trajectory(state.file).stamp, state.colour_by)


@lru_cache(maxsize=16)
def _file_range(file: str, changed: object, name: str) -> tuple[float, float]:
    frames = trajectory(file)
    low, high = np.inf, -np.inf
    for number in range(len(frames)):
        report(number, len(frames), f"range of {name}")
        array = frames[number].arrays.get(name)
        if array is not None and len(array):
            least, most = extremes(lengths(array))
            low, high = min(low, least), max(high, most)
    return (float(low), float(high)) if high >= low else (0.0, 0.0)

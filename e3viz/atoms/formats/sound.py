"""What every structure must be before anything else sees it: at least one atom, finite positions, a cell with a volume."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import FileError

FARTHEST = 1e7  # Å: beyond a millimetre a coordinate is a damaged number, and single precision has no digits left to draw it
MOST_ATOMS = 100_000_000


def sound(structure: Structure, name: str, frame: int | None = None) -> Structure:
    """`structure` with its arrays read-only and its periodicity consistent with its cell; raises FileError where it cannot be."""
    where = name if frame is None else f"Frame {frame} of {name}"
    count = len(structure.numbers)
    if count == 0:
        raise FileError(f"{where} holds no atoms.", "A structure needs at least one.")
    if structure.positions.shape != (count, 3):
        raise FileError(f"{where} has {count} atoms but {len(structure.positions)} positions.")
    _check_positions(structure.positions, where)
    pbc = _consistent_pbc(structure.cell, structure.pbc, where)
    numbers = structure.numbers
    if numbers.min() < 0 or numbers.max() > 118:
        numbers = np.where((numbers < 0) | (numbers > 118), 0, numbers).astype(np.int32)
    arrays = {key: array for key, array in structure.arrays.items() if len(array) == count}
    shared: list[NDArray[Any]] = [numbers, structure.positions, structure.cell, *arrays.values()]
    for array in shared:
        _freeze(array)
    return dataclasses.replace(structure, numbers=numbers, pbc=pbc, arrays=arrays)


def written(count: int) -> str:
    """A count for a sentence; a damaged one may have hundreds of digits."""
    return str(count) if abs(count) < 10**15 else f"about 10^{len(str(abs(count))) - 1}"


def check_count(count: int, bytes_left: int, name: str, bytes_per_atom: int = 2) -> None:
    """Raises FileError if a file announces more atoms than its bytes can hold, before anything is allocated for them."""
    if count <= 0:
        raise FileError(f"{name} says that it holds {written(count)} atoms.", "A structure needs at least one.")
    if count > MOST_ATOMS or count * bytes_per_atom > bytes_left:
        raise FileError(f"{name} announces {written(count)} atoms but is far too short for them.", "It may be cut off or damaged.")


def known_or_zero(numbers: NDArray[Any]) -> NDArray[np.int32]:
    """Atomic numbers of whatever kind as they are kept: those of no element are 0."""
    if len(numbers) and numbers.min() >= 0 and numbers.max() <= 118:
        return numbers.astype(np.int32)
    return np.where((numbers >= 0) & (numbers <= 118), numbers, 0).astype(np.int32)


def _check_positions(positions: FloatArray, where: str) -> None:
    # One pass over the sum of squares finds NaN and infinities as well as absurd sizes without a temporary of the same shape.
    low, high = float(positions.min()), float(positions.max())
    if low >= -FARTHEST and high <= FARTHEST:
        return
    bad = int(np.flatnonzero(~(np.abs(positions) <= FARTHEST).all(1))[0])
    x, y, z = positions[bad]
    raise FileError(f"{where} puts atom {bad} at ({x:.4g}, {y:.4g}, {z:.4g}) Å, which is no place.", "Its coordinates are damaged.")


def _consistent_pbc(cell: FloatArray, pbc: tuple[bool, bool, bool], where: str) -> tuple[bool, bool, bool]:
    if cell.shape != (3, 3) or not np.isfinite(cell).all() or np.abs(cell).max() > FARTHEST:
        raise FileError(f"{where} has a cell that is not made of finite lengths.", "Its lattice vectors are damaged.")
    lengths = np.sqrt((cell**2).sum(1))
    first, second, third = (bool(p) and bool(length > 0) for p, length in zip(pbc, lengths, strict=True))
    periodic = (first, second, third)
    vectors = cell[list(periodic)] / lengths[list(periodic), None]
    if len(vectors) and np.linalg.det(vectors @ vectors.T) < 1e-10:
        raise FileError(f"{where} has a cell without volume.", "Its lattice vectors lie in one plane or line.")
    return periodic


def _freeze(array: NDArray[Any]) -> None:
    # A view of someone else's buffer is frozen too: nobody writes through it once it is part of a Structure.
    array.flags.writeable = False

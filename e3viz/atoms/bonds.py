"""Bonds as a chemist would draw them, from distances alone and through periodic boundaries.

Two atoms are bonded if they are nearer than `scale` × the sum of their covalent radii (Cordero 2008). Where that is known to fail
it is corrected: H–H, B–H, O–F and F–F have their own lengths; metals reach 5 % further but only to their nearest shell of metal
neighbours; two metal atoms that both hold on to non-metals (salts, oxides) are not bonded to each other; noble gases have no bonds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import COVALENT_RADII, ELECTROPOSITIVITY, IS_METAL, SYMBOLS, atomic_number
from e3viz.atoms.neighbours import neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import Copies, minimum_image
from e3viz.errors import UserError

SCALE = 1.15
_OWN_LENGTH = {(1, 1): 0.95, (1, 5): 1.45, (8, 9): 1.65, (9, 9): 1.55}  # Å at SCALE: H2 0.74, diborane 1.33, O2F2 1.58, F2 1.41
_METAL_REACH = 1.05  # times SCALE: without it body-centred lithium (3.04 Å) falls apart
_SHELL = 1.14  # second neighbours in body-centred metals lie at 1.155 times the first
_NOBLE = [2, 10, 18, 36, 54, 86]
_DIRECTED = 2
_DIRECTED_AND_SHIFTED = 5

BondKey = tuple[int, ...]
"""(i, j) for the nearest images, or (i, j, s₁, s₂, s₃) for a certain one."""


@dataclass(frozen=True, eq=False)
class Bonds:
    """Each bond once, from atom i to the image of atom j in the cell shifted by S. i, j: (b,); shifts: (b, 3)."""

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    shifts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.i)

    def vectors(self, structure: Structure) -> FloatArray:
        """From i to j, Å (b, 3)."""
        between: FloatArray = structure.positions[self.j] - structure.positions[self.i]
        return between + self.shifts @ structure.cell

    def lengths(self, structure: Structure) -> FloatArray:
        """Å (b,)."""
        lengths: FloatArray = np.linalg.norm(self.vectors(structure), axis=1)
        return lengths


@dataclass(frozen=True, eq=False)
class BondPieces:
    """Half bonds, two for each bond, each from an atom to the middle of the bond: the half takes the colour of its atom.

    starts, ends: Å (p, 3); atoms: the atom at the start (p,).
    """

    starts: FloatArray
    ends: FloatArray
    atoms: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.atoms)


def find_bonds(
    structure: Structure,
    scale: float = SCALE,
    cutoffs: Mapping[str, float] | None = None,
    added: Iterable[BondKey] = (),
    removed: Iterable[BondKey] = (),
) -> Bonds:
    """The bonds of a structure.

    cutoffs: longest bond in Å for pairs of elements, such as {"C-H": 1.25}; 0 forbids a pair. added, removed: single bonds.
    """
    chosen = _pairs(cutoffs or {})
    kinds, kind = np.unique(np.clip(structure.numbers, 0, len(SYMBOLS) - 1), return_inverse=True)
    longest = _longest(kinds, scale)
    given = np.zeros(longest.shape, dtype=bool)
    for (a, b), length in chosen.items():
        if a in kinds and b in kinds:
            at, to = int(np.searchsorted(kinds, a)), int(np.searchsorted(kinds, b))
            longest[at, to] = longest[to, at] = length
            given[at, to] = given[to, at] = True
    if len(structure) == 0 or longest.max(initial=0.0) <= 0:
        return _edited(structure, Bonds(*_NO_BONDS), added, removed)
    pairs = neighbours(structure, float(longest.max()), full=False)
    near = np.flatnonzero((pairs.distances < longest[kind[pairs.i], kind[pairs.j]]) & (pairs.distances > 0.05))
    i, j, distances = pairs.i[near], pairs.j[near], pairs.distances[near]
    keep = given[kind[i], kind[j]] | _sensible_for_metals(structure, i, j, distances)
    found = _one_way(i[keep], j[keep], pairs.shifts[near][keep].astype(np.int64))
    return _edited(structure, found, added, removed)


def longest_bonds(structure: Structure, bonds: Bonds, scale: float = SCALE, cutoffs: Mapping[str, float] | None = None) -> dict[str, float]:
    """The longest bond allowed, Å, for each pair of elements that has bonds here or a length of its own: what a person may edit."""
    chosen = _pairs(cutoffs or {})
    numbers = structure.numbers
    there = np.unique(np.sort(np.stack([numbers[bonds.i], numbers[bonds.j]], axis=1), axis=1), axis=0)
    pairs = {(int(a), int(b)) for a, b in there} | set(chosen)
    return {pair_name(a, b): chosen.get((a, b), round(float(_longest(np.array([a, b]), scale)[0, 1]), 3)) for a, b in sorted(pairs)}


def pair_name(a: int, b: int) -> str:
    """“Na-Cl” for atomic numbers 17 and 11 in either order: the more electropositive first, but hydrogen always last."""
    first, second = sorted((a, b), key=lambda z: (z == 1, ELECTROPOSITIVITY[z]))
    return f"{SYMBOLS[first]}-{SYMBOLS[second]}"


def bond_pieces(structure: Structure, bonds: Bonds, copies: Copies | None = None, *, stubs: bool = True) -> BondPieces:
    """Half bonds of the atoms and of their drawn `copies`. A bond that leaves the cell gives two halves that end at the boundary's
    two sides; without `stubs` only bonds are drawn whose both ends are."""
    half = bonds.vectors(structure) / 2.0
    at = np.concatenate([bonds.i, bonds.j])
    to = np.concatenate([bonds.j, bonds.i])
    reach = np.concatenate([half, -half])
    shift = np.concatenate([bonds.shifts, -bonds.shifts])
    drawn = [np.zeros((len(at), 3), np.int64)]
    piece = [np.arange(len(at))]
    if copies is not None and len(copies.atoms):
        copied = np.zeros(len(structure), dtype=bool)
        copied[copies.atoms] = True
        candidates = np.flatnonzero(copied[at])
        order = candidates[np.argsort(at[candidates], kind="stable")]
        first = np.searchsorted(at[order], copies.atoms, side="left")
        count = np.searchsorted(at[order], copies.atoms, side="right") - first
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        piece.append(order[np.repeat(first, count) + within])
        drawn.append(np.repeat(copies.shifts, count, axis=0))
    pieces, moved = np.concatenate(piece), np.concatenate(drawn)
    if not stubs:
        whole = _is_drawn(to[pieces], moved + shift[pieces], copies)
        pieces, moved = pieces[whole], moved[whole]
    starts = structure.positions[at[pieces]] + moved @ structure.cell
    return BondPieces(starts, starts + reach[pieces], at[pieces])


def _is_drawn(atoms: NDArray[np.int64], shifts: NDArray[np.int64], copies: Copies | None) -> NDArray[np.bool_]:
    """Whether the image of each atom at each shift is the atom itself or one of the copies."""
    itself = np.asarray(~shifts.any(axis=1), dtype=bool)
    if copies is None or not len(copies.atoms):
        return itself
    far = (np.abs(shifts) > 1).any(axis=1)

    def key(a: NDArray[np.int64], s: NDArray[np.int64]) -> NDArray[np.int64]:
        code: NDArray[np.int64] = a * 27 + (np.clip(s, -1, 1) + 1) @ np.array([9, 3, 1])
        return code

    drawn: NDArray[np.bool_] = itself | (np.isin(key(atoms, shifts), key(copies.atoms, copies.shifts)) & ~far)
    return drawn


def _longest(kinds: NDArray[np.int32], scale: float) -> FloatArray:
    """Longest bonds between elements, Å (k, k)."""
    radii = COVALENT_RADII[kinds]
    metal = IS_METAL[kinds]
    longest: FloatArray = scale * (radii[:, None] + radii) * np.where(metal[:, None] & metal, _METAL_REACH, 1.0)
    for (a, b), length in _OWN_LENGTH.items():
        here = np.isin(kinds, a)[:, None] & np.isin(kinds, b)
        longest[here | here.T] = length * scale / SCALE
    noble = np.isin(kinds, _NOBLE)
    longest[noble[:, None] | noble] = 0.0
    return longest


def _sensible_for_metals(structure: Structure, i: NDArray[np.int64], j: NDArray[np.int64], distances: FloatArray) -> NDArray[np.bool_]:
    """Which of the pairs pass the two rules for metal–metal bonds; all others pass."""
    metal = IS_METAL[np.clip(structure.numbers, 0, len(SYMBOLS) - 1)]
    metallic: NDArray[np.bool_] = metal[i] & metal[j]
    if not metallic.any():
        return ~metallic
    holds = np.zeros(len(structure), dtype=bool)
    mixed = metal[i] != metal[j]
    holds[i[mixed]] = holds[j[mixed]] = True
    radii = COVALENT_RADII[np.clip(structure.numbers, 0, len(SYMBOLS) - 1)]
    stretch = distances / (radii[i] + radii[j])
    between = np.sort(stretch[metallic])
    involved = len(np.unique(np.concatenate([i[metallic], j[metallic]])))
    # Each atom's four nearest on average: well inside the first shell of any metal, and steady when the atoms shake.
    near = stretch <= _SHELL * between[min(2 * involved, len(between)) - 1]
    allowed: NDArray[np.bool_] = ~metallic | (near & ~(holds[i] & holds[j]))
    return allowed


def _pairs(cutoffs: Mapping[str, float]) -> dict[tuple[int, int], float]:
    """{"C-H": 1.25} by sorted atomic numbers."""
    chosen: dict[tuple[int, int], float] = {}
    for name, length in cutoffs.items():
        symbols = name.replace("–", "-").split("-")
        if len(symbols) != 2:
            raise UserError(f"“{name}” is no pair of elements.", "Write for example C-H.")
        if not 0 <= length <= 10:
            raise UserError(f"A longest bond of {length:g} Å for {name} makes no sense.", "Choose one between 0 and 10 Å.")
        a, b = sorted(atomic_number(symbol) for symbol in symbols)
        chosen[(a, b)] = float(length)
    return chosen


_NO_BONDS = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 3), np.int64))


def _one_way(i: NDArray[np.int64], j: NDArray[np.int64], shifts: NDArray[np.int64]) -> Bonds:
    """Bonds with i ≤ j."""
    turn = i > j
    return Bonds(np.where(turn, j, i), np.where(turn, i, j), np.where(turn[:, None], -shifts, shifts))


def _edited(structure: Structure, bonds: Bonds, added: Iterable[BondKey], removed: Iterable[BondKey]) -> Bonds:
    """The bonds without those `removed` (all images for a key of two) and with those `added`."""
    i, j, shifts = bonds.i, bonds.j, bonds.shifts
    for key in removed:
        a, b, shift = _read_key(structure, key)
        same = (i == a) & (j == b)
        if shift is not None:
            turned = (shifts == -shift).all(axis=1) & (a == b)
            same &= (shifts == shift).all(axis=1) | turned
        i, j, shifts = i[~same], j[~same], shifts[~same]
    for key in added:
        a, b, shift = _read_key(structure, key)
        where = nearest_shift(structure, a, b) if shift is None else shift
        if not ((i == a) & (j == b) & (shifts == where).all(axis=1)).any():
            i, j, shifts = np.append(i, a), np.append(j, b), np.append(shifts, where[None], axis=0)
    return Bonds(i, j, shifts)


def _read_key(structure: Structure, key: BondKey) -> tuple[int, int, NDArray[np.int64] | None]:
    if len(key) not in (_DIRECTED, _DIRECTED_AND_SHIFTED):
        raise UserError("A bond is named by two atoms, or by two atoms and three cell shifts.", "Write for example 0, 1.")
    a, b = key[:2]
    if not (0 <= a < len(structure) and 0 <= b < len(structure)) or (a == b and not any(key[2:])):
        raise UserError(f"There is no pair of atoms {a} and {b} here.", f"Atoms are numbered 0 to {len(structure) - 1}.")
    shift = np.array(key[2:], dtype=np.int64) if len(key) == _DIRECTED_AND_SHIFTED else None
    return (a, b, shift) if a <= b else (b, a, None if shift is None else -shift)


def nearest_shift(structure: Structure, a: int, b: int) -> NDArray[np.int64]:
    """The cell shift S (3,) that brings atom b nearest to atom a."""
    _, shifts = minimum_image(structure, structure.positions[b] - structure.positions[a])
    return shifts

"""Mulliken's names of irreps: which of A, B, E, T, G, H, with which marks, from the characters of the elements that decide.

Reference: R. S. Mulliken, J. Chem. Phys. 1955, 23, 1997. The main axis is z; in D_2 and D_2h, where no axis is the main one, B₁, B₂ and B₃
are even under C₂(z), C₂(y) and C₂(x). In D_nd with even n the main element is the rotoreflection S_2n.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.operation_names import SUBSCRIPTS

Complex = NDArray[np.complex128]
_LETTERS = {3: "T", 4: "G", 5: "H"}


@dataclass(frozen=True)
class Marks:
    """The elements that decide; −1 where there is none. turn: the main rotation or rotoreflection, of order `fold`; side: a two-fold axis
    or mirror that tells 1 from 2; level: σₕ; orthorhombic: C₂(x) and C₂(y) where no axis is the main one; cubic: several main axes."""

    turn: int
    fold: int
    side: int
    inversion: int
    level: int
    orthorhombic: tuple[int, ...]
    cubic: bool


def irrep_names(group: FiniteGroup, values: Complex) -> tuple[list[str], list[int]]:
    """A name for each row of characters (irreps, classes), and the usual order of the rows."""
    marks = decisive(group)
    characters = values[:, group.class_of]
    parts = [_parts(row, marks) for row in characters]
    families = {(letter, tail) for letter, _, tail, _ in parts if letter == "E"}
    lone = {family: len({abs(k) for letter, k, tail, _ in parts if (letter, tail) == family}) == 1 for family in families}
    has_two = {(letter, tail) for letter, k, tail, _ in parts if letter != "E" and k > 1}
    names, keys = [], []
    for letter, k, tail, is_complex in parts:
        shown = not lone[(letter, tail)] if letter == "E" else (letter, tail) in has_two
        index = str(abs(k)).translate(SUBSCRIPTS) if shown and k else ""
        front = ("¹" if k > 0 else "²") if is_complex else ""
        names.append(f"{front}{letter}{index}{tail}")
        keys.append((tail in ("u", "″"), "ABETGH".index(letter), abs(k), k < 0))
    return names, sorted(range(len(names)), key=lambda i: keys[i])


def decisive(group: FiniteGroup) -> Marks:
    """The elements that names of irreps speak of."""
    ops = group.operations
    rotations = [g for g, op in enumerate(ops) if op.kind == "C"]
    fold = max((ops[g].turn.denominator for g in rotations), default=1)
    cubic = len({ops[g].axis for g in rotations if ops[g].turn.denominator > 2}) > 1
    inversion = next((g for g, op in enumerate(ops) if op.kind == "i"), -1)
    main = [g for g in rotations if ops[g].turn.denominator == fold and (cubic or abs(ops[g].axis[2]) > 0.5)]
    widest = max((op.turn.denominator for op in ops if op.kind == "S"), default=0)
    if inversion < 0 and (widest == 2 * fold or (cubic and widest)):  # S_4, S_8 …, D_nd with even n, and T_d
        main, fold = [g for g, op in enumerate(ops) if op.kind == "S" and op.turn.denominator == widest], widest
    turn = min(main, key=lambda g: (ops[g].turn, g), default=-1)
    across = [g for g in rotations if abs(ops[g].axis[2]) < 1e-6 and ops[g].turn.denominator == 2]
    planes = [g for g, op in enumerate(ops) if op.kind == "σ" and abs(op.axis[2]) < 1e-6]
    side = min(across or planes, key=lambda g: _angle_from_x(ops[g].axis, bool(across)), default=-1)
    level = next((g for g, op in enumerate(ops) if op.kind == "σ" and abs(op.axis[2]) > 0.999), -1)
    orthorhombic = tuple(across) if len(across) == 2 and not widest else ()
    return Marks(turn, fold, side, inversion, level if inversion < 0 and not cubic else -1, orthorhombic, cubic)


def _angle_from_x(axis: tuple[float, float, float], is_axis: bool) -> float:
    """How far an axis lies from x, or the normal of a mirror from y."""
    return -abs(axis[0]) if is_axis else -abs(axis[1])


def _parts(row: Complex, marks: Marks) -> tuple[str, int, str, bool]:
    """Letter; index, negative for the second of a complex pair, 0 for none; tail; whether the irrep is complex."""
    dim = round(row[0].real)
    is_complex = bool(np.abs(row.imag).max() > 1e-9)
    tail = ""
    if marks.inversion >= 0:
        tail = "g" if row[marks.inversion].real > 0 else "u"
    elif marks.level >= 0:
        tail = "′" if row[marks.level].real > 0 else "″"
    if dim == 1 and is_complex:
        return "E", _pair_index(row[marks.turn], marks.fold), tail, True
    if dim == 1:
        letter, index = _one_dimensional(row, marks)
        return letter, index, tail, False
    turned = row[marks.turn].real
    if dim == 2:
        k = round(np.degrees(np.arccos(np.clip(turned / 2.0, -1.0, 1.0))) / 360.0 * marks.fold)
        return "E", k, tail, False
    index = (1 if turned > 0 else 2) if dim == 3 and marks.fold > 3 else 0
    return _LETTERS[dim], index, tail, False


def _pair_index(value: complex, fold: int) -> int:
    """k where the main element has the character exp(2πik/n), −n/2 < k ≤ n/2."""
    k = round(np.angle(value) / (2.0 * np.pi) * fold)
    return int(k)


def _one_dimensional(row: Complex, marks: Marks) -> tuple[str, int]:
    if marks.orthorhombic:
        even = [row[marks.turn].real > 0, *(row[g].real > 0 for g in reversed(marks.orthorhombic))]
        return ("A", 0) if all(even) else ("B", 1 + even.index(True))
    if marks.cubic:  # the main axes are several, and none of them makes a B
        return "A", 0 if marks.fold in (3, 5) else 1 if row[marks.turn].real > 0 else 2
    letter = "A" if marks.turn < 0 or row[marks.turn].real > 0 else "B"
    if marks.side >= 0:
        return letter, 1 if row[marks.side].real > 0 else 2
    return letter, 0

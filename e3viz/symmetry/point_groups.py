"""The finite groups of rotations and mirrors by name: C_n, C_nv, C_nh, S_2n, D_n, D_nh, D_nd up to n = 12, T, T_d, T_h, O, O_h, I, I_h.

Settings: the main axis is z and a two-fold axis across it is x; C_nv has the mirror plane xz; the cubic and icosahedral groups have two-
or four-fold axes along x, y and z, three-fold ones along 1 1 1, and I five-fold ones along 0 1 φ. σᵥ of D_nh contains axes C₂′.
The symmetries of a polygon in the plane are C_n, or C_nv, whose mirrors are its mirror lines; mathematicians call it D_n, the dihedral
group. For the square S_φ is the mirror in the line at the angle φ to x: D = S₄₅, with the matrix ((0, 1), (1, 0)), is the diagonal one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.symmetry.element import Element, Vector
from e3viz.symmetry.element_names import named
from e3viz.symmetry.groups import FiniteGroup, Real, generated
from e3viz.symmetry.operation_names import SUBSCRIPTS, Operation, operation

LARGEST_N = 12
_PHI = (1.0 + math.sqrt(5.0)) / 2.0
_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)

CRYSTALLOGRAPHIC: dict[str, str] = {
    "C1": "1", "Ci": "-1", "C2": "2", "Cs": "m", "C2h": "2/m", "D2": "222", "C2v": "mm2", "D2h": "mmm",
    "C4": "4", "S4": "-4", "C4h": "4/m", "D4": "422", "C4v": "4mm", "D2d": "-42m", "D4h": "4/mmm",
    "C3": "3", "S6": "-3", "D3": "32", "C3v": "3m", "D3d": "-3m",
    "C6": "6", "C3h": "-6", "C6h": "6/m", "D6": "622", "C6v": "6mm", "D3h": "-6m2", "D6h": "6/mmm",
    "T": "23", "Th": "m-3", "O": "432", "Td": "-43m", "Oh": "m-3m",
}  # fmt: skip
"""The 32 point groups of crystals: Schoenflies → Hermann–Mauguin."""
_SYSTEMS = (
    ("triclinic", 2), ("monoclinic", 3), ("orthorhombic", 3), ("tetragonal", 7), ("trigonal", 5), ("hexagonal", 7), ("cubic", 5),
)  # fmt: skip
CRYSTAL_SYSTEMS: dict[str, str] = dict(zip(CRYSTALLOGRAPHIC, (name for name, count in _SYSTEMS for _ in range(count)), strict=True))
NAMES: tuple[str, ...] = (
    "C1", "Cs", "Ci", *(f"C{n}" for n in range(2, LARGEST_N + 1)), *(f"C{n}v" for n in range(2, LARGEST_N + 1)),
    *(f"C{n}h" for n in range(2, LARGEST_N + 1)), *(f"S{n}" for n in range(4, LARGEST_N + 1, 2)), *(f"D{n}" for n in range(2, LARGEST_N + 1)),
    *(f"D{n}h" for n in range(2, LARGEST_N + 1)), *(f"D{n}d" for n in range(2, LARGEST_N + 1)), "T", "Td", "Th", "O", "Oh", "I", "Ih",
)  # fmt: skip
"""All groups that `point_group` knows."""
_SYNONYMS = {
    "C1v": "Cs", "C1h": "Cs", "S1": "Cs", "S2": "Ci", "C2i": "Ci", "C3i": "S6", "D1": "C2", "D1d": "C2h", "D1h": "C2v", "V": "D2", "Vh": "D2h",
    "Vd": "D2d",
}  # fmt: skip
SQUARE_LETTERS = ("E", "R₉₀", "R₁₈₀", "R₂₇₀", "H", "D", "V", "D′")


def _turn(n: float, axis: Vector = _Z) -> Real:
    return Element(axis, 360.0 / n).linear


def _mirror(normal: Vector) -> Real:
    return Element.mirror(normal).linear


def split(name: str) -> tuple[str, int]:
    """Family and n: ("Cv", 4) for C4v, ("Oh", 0) for Oh; raises UserError with the nearest name."""
    known = standard_name(name)
    match = re.fullmatch(r"([CSD])(\d+)([vhd]?)", known)
    return (match[1] + match[3], int(match[2])) if match else (known, 0)


def standard_name(name: str) -> str:
    """The name in `NAMES` of a group given by its Schoenflies or Hermann–Mauguin name; raises UserError with the nearest one."""
    plain = name.strip().replace("_", "").replace("−", "-").translate({v: k for k, v in SUBSCRIPTS.items()})
    plain = _SYNONYMS.get(plain, plain)
    by_symbol = {symbol: own for own, symbol in CRYSTALLOGRAPHIC.items()}
    if plain in NAMES:
        return plain
    if plain in by_symbol:
        return by_symbol[plain]
    raise UserError(f"There is no point group “{name}” here.", nearest(plain, NAMES))


def _generators(name: str) -> list[Real]:
    family, n = split(name)
    turn, across, level = _turn(max(n, 1)), _turn(2, _X), _mirror(_Z)
    diagonal = _turn(3, (1.0, 1.0, 1.0))
    inversion = -np.eye(3)
    table: dict[str, list[Real]] = {
        "C": [turn],
        "Cs": [level],
        "Ci": [inversion],
        "Cv": [turn, _mirror(_Y)],
        "Ch": [turn, level],
        "S": [turn @ level],
        "D": [turn, across],
        "Dh": [turn, across, level],
        "Dd": [turn, across, Element.mirror((math.cos(math.pi / 2 + math.pi / 2 / max(n, 1)), math.sin(math.pi / 2 + math.pi / 2 / max(n, 1)), 0.0)).linear],
        "T": [_turn(2), diagonal],
        "Td": [_turn(4) @ level, diagonal],
        "Th": [_turn(2), diagonal, inversion],
        "O": [_turn(4), diagonal],
        "Oh": [_turn(4), diagonal, inversion],
        "I": [_turn(5, (0.0, 1.0, _PHI)), _turn(2), diagonal],
        "Ih": [_turn(5, (0.0, 1.0, _PHI)), _turn(2), diagonal, inversion],
    }  # fmt: skip
    return table[family]


@lru_cache(maxsize=128)
def point_group(name: str) -> FiniteGroup:
    """The group of that Schoenflies or Hermann–Mauguin name; raises UserError with the nearest name."""
    own = standard_name(name)
    return named(own, generated(_generators(own)))


@lru_cache(maxsize=64)
def plane_group(n: int, mirrors: bool = True) -> FiniteGroup:
    """The symmetries of a regular n-gon in the plane, with its n mirror lines or without; letters for the square."""
    if not 1 <= n <= LARGEST_N:
        raise UserError(f"A polygon here has 1 to {LARGEST_N} sides, not {n}.", "Choose for example 4, the square.")
    matrices = generated([_turn(n), _mirror(_Y)] if mirrors else [_turn(n)])
    group = named(f"D{n}" if mirrors else f"C{n}", matrices)
    if n == 4 and mirrors:
        return FiniteGroup.of("D4", group.matrices, group.operations, SQUARE_LETTERS, SQUARE_LETTERS)
    return group


def schoenflies(matrices: NDArray[np.float64]) -> str:
    """The name of a finite group of orthogonal matrices (h, 3, 3), however it lies in space."""
    operations = [operation(m, len(matrices)) for m in matrices]  # no turn is finer than the order of the group
    proper = [op for op in operations if op.kind in ("E", "C")]
    improper = len(operations) - len(proper)
    inversion = any(op.kind == "i" for op in operations)
    mirrors = [np.asarray(op.axis) for op in operations if op.kind == "σ"]
    folds = _folds(proper)
    high = [n for _, n in folds if n > 2]
    if len(high) > 1:
        letter = {3: "T", 4: "O", 5: "I"}[max(high)]
        return letter + ("" if not improper else "d" if letter == "T" and not inversion else "h")
    if not folds:
        return "C1" if not improper else "Ci" if inversion else "Cs"
    axis, n = max(folds, key=lambda f: (f[1], any(op.kind == "S" and np.allclose(op.axis, f[0]) for op in operations)))
    level = any(abs(abs(m @ axis) - 1.0) < 1e-6 for m in mirrors)
    if len(proper) == 2 * n:
        return f"D{n}" + ("" if not improper else "h" if level else "d")
    if not improper:
        return f"C{n}"
    return f"C{n}h" if level else f"C{n}v" if mirrors else f"S{2 * n}"


def _folds(proper: Sequence[Operation]) -> list[tuple[NDArray[np.float64], int]]:
    """The rotation axes and how many-fold each is."""
    found: dict[tuple[float, ...], int] = {}
    for op in proper:
        if op.kind == "C":
            key = tuple(round(v, 6) + 0.0 for v in op.axis)
            found[key] = max(found.get(key, 1), op.turn.denominator)
    return [(np.array(axis), n) for axis, n in found.items()]


def hermann_mauguin(name: str) -> str:
    """The international symbol of a group in `NAMES`, with a true minus for the bar: −42m."""
    own = standard_name(name)
    if own in CRYSTALLOGRAPHIC:
        return CRYSTALLOGRAPHIC[own].replace("-", "−")
    family, n = split(own)
    even = n % 2 == 0
    symbols = {
        "C": f"{n}", "Cv": f"{n}mm" if even else f"{n}m", "Ch": f"{n}/m" if even else f"−{2 * n}",
        "S": f"−{n}" if n % 4 == 0 else f"−{n // 2}", "D": f"{n}22" if even else f"{n}2",
        "Dh": f"{n}/mmm" if even else f"−{2 * n}m2", "Dd": f"−{2 * n}2m" if even else f"−{n}m", "I": "532", "Ih": "−5−3m",
    }  # fmt: skip
    return symbols[family]


def pretty(name: str) -> str:
    """C2v as C₂ᵥ. Unicode has no lowered d and ∞, so there only digits are lowered: D₃d, D∞h."""
    lowered = name[1:].translate(SUBSCRIPTS)
    plain = any(letter in lowered for letter in "d∞")
    return name[:1] + ("".join(c.translate(SUBSCRIPTS) if c.isdigit() else c for c in name[1:]) if plain else lowered)

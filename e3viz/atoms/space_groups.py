"""Space and layer groups of crystals, by spglib (Togo et al., Sci. Technol. Adv. Mater. Meth. 2024, 4, 2384822).

spglib's operations act on fractional coordinates as f ↦ W f + w. With lattice vectors as rows of A a point is x = Aᵀ f, so the same
operation in space is M = Aᵀ W A⁻ᵀ, t = Aᵀ w. Listed is one operation for each W: of all that differ by lattice vectors, the one with
the smallest intrinsic translation whose axis, plane or centre lies nearest to the middle of the cell.
"""

from __future__ import annotations

import contextlib
import itertools
import math
import re
import warnings
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.neighbours import search_cell
from e3viz.atoms.operations import Operation, fold, operation, upright
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.operation_names import SUBSCRIPTS
from e3viz.symmetry.point_groups import CRYSTALLOGRAPHIC

MOST_ATOMS = 4000
VACUUM = 15.0  # Å, along a direction that does not repeat
_OVERLINE = "\u0304"

SCHOENFLIES = {international: schoenflies for schoenflies, international in CRYSTALLOGRAPHIC.items()}
"""The 32 crystallographic point groups: Hermann–Mauguin to Schoenflies."""


@dataclass(frozen=True, eq=False)
class SpaceGroup:
    """symbol: international, in plain letters (Fm-3m); number: 1 to 230 (a layer group's: 1 to 80); hall: Hall symbol; point_group:
    Hermann–Mauguin; wyckoffs, site_symmetries, equivalent: per atom; operations: one for each rotation part; centring: translations
    (mod the lattice vectors of the cell) that each of them may be combined with."""

    symbol: str
    number: int
    hall: str
    point_group: str
    wyckoffs: tuple[str, ...]
    site_symmetries: tuple[str, ...]
    equivalent: NDArray[np.int64]
    operations: tuple[Operation, ...]
    centring: int


def space_group(structure: Structure, tolerance: float) -> SpaceGroup:
    """The group at a tolerance in Å; a layer group if exactly two directions repeat. Raises UserError if there is none to find."""
    found, cell = dataset(structure, tolerance)
    return SpaceGroup(
        symbol=str(found.international).strip(),
        number=int(found.number),
        hall=str(found.hall).strip(),
        point_group=str(found.pointgroup).strip(),
        wyckoffs=tuple(found.wyckoffs),
        site_symmetries=tuple(str(s) for s in found.site_symmetry_symbols),
        equivalent=np.asarray(found.crystallographic_orbits, dtype=np.int64),
        operations=_operations(cell, np.asarray(found.rotations), np.asarray(found.translations)),
        centring=len(found.rotations) // len(np.unique(found.rotations, axis=0)),
    )


def symbol_and_order(structure: Structure, tolerance: float) -> tuple[str, int]:
    """The international symbol at a tolerance in Å, and how many operations there are in the cell."""
    found, _ = dataset(structure, tolerance)
    return str(found.international).strip(), len(found.rotations)


def dataset(structure: Structure, tolerance: float) -> tuple[Any, FloatArray]:
    """What spglib says, and the cell it refers to."""
    cell, still = cell_for_spglib(structure)
    with spglib_errors():
        import spglib

        if still is None:
            data = spglib.get_symmetry_dataset(cell, symprec=tolerance)
        else:
            data = spglib.get_symmetry_layerdataset(cell, aperiodic_dir=still, symprec=tolerance)
    return checked(data), cell[0]


def cell_for_spglib(structure: Structure) -> tuple[tuple[FloatArray, FloatArray, NDArray[Any]], int | None]:
    """Cell, fractional coordinates and numbers; and the direction without period of a layer, or None. Directions that do not repeat get
    vacuum, so that spglib does not take images for neighbours."""
    if not 0 < len(structure) <= MOST_ATOMS:
        raise UserError(f"Space groups are found for 1 to {MOST_ATOMS:,} atoms, not {len(structure):,}.", "Choose a smaller cell.")
    if not np.isfinite(structure.positions).all():
        raise UserError("Some positions are not finite numbers.", "Remove or mend those atoms first.")
    cell = search_cell(structure)
    free = [axis for axis in range(3) if not structure.pbc[axis]]
    for axis in free:
        others = cell[[other for other in range(3) if other != axis]]
        normal = np.cross(*others) / np.linalg.norm(np.cross(*others))
        heights = structure.positions @ normal
        cell[axis] = normal * (float(np.ptp(heights)) + VACUUM)
    fractions = structure.positions @ np.linalg.inv(cell)
    return (cell, fractions, structure.numbers), free[0] if len(free) == 1 else None


@contextlib.contextmanager
def spglib_errors() -> Any:
    """spglib says what went wrong by warnings, None or exceptions, depending on its release: all become one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UserError:
        raise
    except Exception as error:
        raise _no_group() from error


def checked(data: Any) -> Any:
    """What spglib returned, unless it is None."""
    if data is None:
        raise _no_group()
    return data


def _no_group() -> UserError:
    return UserError("No space group was found.", "Look for atoms on top of each other, or choose another tolerance.")


def typeset(symbol: str) -> str:
    """A Hermann–Mauguin symbol with its screw axes as subscripts and a true minus for the bar: P3₂21 for P3_221, Fm−3m for Fm-3m."""
    return re.sub(r"_(\d)", lambda match: match[1].translate(SUBSCRIPTS), symbol).replace("-", "−")


def _operations(cell: FloatArray, rotations: NDArray[Any], translations: FloatArray) -> tuple[Operation, ...]:
    kinds, owner = np.unique(rotations, axis=0, return_inverse=True)
    owner = owner.reshape(-1)
    centrings = translations[(rotations == np.eye(3, dtype=int)).all(axis=(1, 2))]
    found = [_operation(cell, w, translations[owner == k], centrings) for k, w in enumerate(kinds)]
    return tuple(sorted(found, key=lambda o: o.order_in_lists))


def _operation(cell: FloatArray, rotation: NDArray[Any], translations: FloatArray, centrings: FloatArray) -> Operation:
    """The operation of one W with the least intrinsic part, nearest to the middle of the cell."""
    powers = [np.eye(3, dtype=int)]
    while not (powers[-1] @ rotation == powers[0]).all():
        powers.append(powers[-1] @ rotation)
    invariant: FloatArray = np.mean(powers, axis=0)  # projects a translation onto its intrinsic part
    cells = np.array(list(itertools.product((-1, 0, 1), repeat=3)))
    moves = (translations[:, None] % 1.0 + cells).reshape(-1, 3)
    intrinsic = moves @ invariant.T @ cell
    inverse = np.linalg.pinv(np.eye(3) - rotation, rcond=1e-6)
    points = (moves - moves @ invariant.T) @ inverse.T
    away = np.linalg.norm((points - 0.25) @ cell, axis=1)  # between the origin and the middle: both are good places
    best = moves[np.lexsort((away.round(4), np.linalg.norm(intrinsic, axis=1).round(3)))[0]]
    matrix = cell.T @ rotation @ np.linalg.inv(cell.T)
    u, _, vt = np.linalg.svd(matrix)  # exactly orthogonal even if the cell is only nearly symmetric
    element = upright(Element.from_matrix(u @ vt, best @ cell))
    plain = operation(element, "")
    return replace(plain, label=_label(plain, rotation, invariant @ best, cell, centrings))


def _label(plain: Operation, rotation: NDArray[Any], glide: FloatArray, cell: FloatArray, centrings: FloatArray) -> str:
    """Hermann–Mauguin, the pitch of a screw lowered, the sense of a rotation raised as in the International Tables: 3⁺, 4₁⁻, 4̄⁺, c."""
    simple = {"identity": "1", "inversion": "1" + _OVERLINE, "mirror": "m", "translation": "t"}
    if plain.kind in simple:
        return simple[plain.kind]
    if plain.kind == "glide":
        return _glide_letter(glide)
    turn = fold(plain.element.angle) or Fraction(0)
    n, k = turn.denominator, turn.numerator
    sense = "" if n == 2 else "⁺" if 2 * k < n else "⁻"
    if plain.kind != "screw":
        return f"{n}{_OVERLINE if plain.kind == 'rotoinversion' else ''}{sense}"
    along = float(np.dot(plain.shift, plain.direction) / np.dot(_period(rotation, centrings) @ cell, plain.direction))
    pitch = round(along * n) * pow(k, -1, n) % n
    return f"{n}{chr(0x2080 + pitch)}{sense}"


def _period(rotation: NDArray[Any], centrings: FloatArray) -> FloatArray:
    """The shortest lattice vector (with centring) along the axis of a proper rotation, in fractional coordinates."""
    powers, total = np.eye(3, dtype=int), np.zeros((3, 3), dtype=int)
    for _ in range(12):
        total, powers = total + powers, powers @ rotation
    axis = total[:, int(np.abs(total).sum(axis=0).argmax())]
    axis = axis // math.gcd(*(int(x) for x in axis))
    shares = [1]
    for part in (2, 3):
        rest = (centrings - axis / part + 0.5) % 1.0 - 0.5
        if (np.abs(rest).max(axis=1) < 1e-3).any():
            shares.append(part)
    period: FloatArray = axis / max(shares)
    return period


def _glide_letter(glide: FloatArray) -> str:
    parts = np.abs((glide + 0.5) % 1.0 - 0.5)
    if (np.abs(parts - 0.25) < 1e-2).any():
        return "d"
    halves = np.flatnonzero(np.abs(parts - 0.5) < 1e-2)
    return "abc"[int(halves[0])] if len(halves) == 1 else "n" if len(halves) else "g"

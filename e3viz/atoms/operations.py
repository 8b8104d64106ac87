"""Symmetry operations of structures: what they are called, what they leave in place, and which atom they take where.

The translation t of an operation x ↦ M x + t has an intrinsic part g, along a rotation's axis or in a mirror's plane, which makes it a
screw or a glide. The rest only places the axis, plane or centre: its points p solve (1 − M) p = t − g (International Tables A, 1.2.2).
Those of molecules are called as Schoenflies did (C₃², S₄³, σ, i), those of crystals as in the International Tables (3⁺, 2₁, c).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.neighbours import search_cell
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.symmetry.element import Element, Vector
from e3viz.symmetry.operation_names import direction as whole
from e3viz.symmetry.operation_names import number as _number

_PLACED = 1e-4  # Å: a shorter intrinsic translation is numerical noise
_MOST_FOLD = 60
_KINDS = ("identity", "translation", "inversion", "rotation", "screw", "rotoinversion", "mirror", "glide")


@dataclass(frozen=True)
class Operation:
    """One symmetry operation of a structure.

    element: what it does to points; label: what it is called, such as C₃² or 2₁; kind: `identity`, `translation`, `rotation`, `screw`,
    `mirror`, `glide`, `inversion` or `rotoinversion`; point: Å, on the axis or plane, or the centre; direction: unit vector along the
    axis or normal to the plane; shift: the intrinsic translation, Å; deviation: how far it misplaces an atom at most, Å.
    """

    element: Element
    label: str
    kind: str
    point: Vector
    direction: Vector
    shift: Vector = (0.0, 0.0, 0.0)
    deviation: float = 0.0

    @property
    def order_in_lists(self) -> tuple[object, ...]:
        """Sorts lists: identity, inversion, then rotations and what they combine to, from many-fold to two-fold, mirrors last."""
        angle = self.element.angle
        return (
            _KINDS.index(self.kind),
            round(min(angle, 360.0 - angle), 3),
            *(round(x, 3) for x in self.direction),
            len(self.label),
            angle,
        )

    @property
    def text(self) -> str:
        """In words: “rotation by 120° about 0 0 1”."""
        way = " ".join(_number(x) for x in whole(self.direction))
        moved = f" and shift by {' '.join(_number(x) for x in self.shift)} Å" if any(abs(x) > _PLACED for x in self.shift) else ""
        match self.kind:
            case "identity":
                return "identity: nothing moves"
            case "inversion":
                return f"inversion in the point {' '.join(_number(x) for x in self.point)} Å"
            case "translation":
                return f"translation by {' '.join(_number(x) for x in self.shift)} Å"
            case "mirror" | "glide":
                return f"{'mirror' if self.kind == 'mirror' else 'glide'} plane with normal {way}{moved}"
            case "rotation" | "screw":
                return f"rotation by {_number(self.element.angle)}° about {way}{moved}"
        turned = f"rotation by {_number((self.element.angle + 180.0) % 360.0)}° about {way}"
        return f"{turned} and mirror across it"


def operation(element: Element, label: str, *, deviation: float = 0.0) -> Operation:
    """Finds what an element called `label` leaves in place."""
    element = upright(element)
    kind, direction = _kind(element), np.asarray(element.axis) / math.hypot(*element.axis)
    move = np.asarray(element.translation)
    if kind in ("rotation", "identity"):
        shift = direction * (direction @ move) if kind == "rotation" else move
        if np.linalg.norm(shift) > _PLACED:
            kind = "screw" if kind == "rotation" else "translation"
    elif kind == "mirror":
        shift = move - direction * (direction @ move)
        kind = "glide" if np.linalg.norm(shift) > _PLACED else "mirror"
    else:
        shift = np.zeros(3)
    shift = np.where(np.abs(shift) < _PLACED, 0.0, shift)
    point = np.linalg.pinv(np.eye(3) - element.linear, rcond=1e-6) @ (move - shift)
    return Operation(element, label, kind, _vector(point), _vector(direction), _vector(shift), float(deviation))


def upright(element: Element) -> Element:
    """The same element with 0 ≤ angle < 360° about an axis in the upper half space, its angle exact if it is a fraction of a turn."""
    axis = np.asarray(element.axis) / math.hypot(*element.axis)
    axis = np.where(np.abs(axis) < 1e-9, 0.0, axis)
    angle = element.angle % 360.0
    if axis[np.flatnonzero(axis)[-1]] < 0:
        axis, angle = -axis, (360.0 - angle) % 360.0
    turn = fold(angle)
    if turn is not None:
        angle = float(turn * 360) % 360.0
    if angle == 0.0:
        axis = np.array([0.0, 0.0, 1.0])
    return Element(_vector(axis), angle, element.inversion, element.translation)


def fold(angle: float, tolerance: float = 1e-3) -> Fraction | None:
    """angle / 360° as a fraction k/n with n up to 60, or None if it is none to within `tolerance` degrees."""
    turn = Fraction(angle / 360.0).limit_denominator(_MOST_FOLD)
    return turn if abs(float(turn) * 360.0 - angle) < tolerance else None


def permutation(structure: Structure, element: Element, tolerance: float = 0.3) -> NDArray[np.int64]:
    """Which atom each atom is taken to (n,), to the nearest images; raises UserError unless the element takes every atom onto another
    one of its kind to within `tolerance` (Å)."""
    found, between = nearest_alike(structure, element.act(structure.positions))
    if (np.linalg.norm(between, axis=1) > tolerance).any() or len(np.unique(found)) != len(found):
        raise UserError("This operation does not take the structure onto itself.", "Choose one of its own, or a larger tolerance.")
    return found


def nearest_alike(structure: Structure, points: FloatArray) -> tuple[NDArray[np.int64], FloatArray]:
    """For atoms moved to `points` (n, 3) the atom of the same kind that has an image nearest to each (n,), and the vectors to these images,
    Å (n, 3). Images are found by rounding, which is exact for the short vectors that matter here."""
    found = np.zeros(len(structure), np.int64)
    vectors = np.full((len(structure), 3), np.inf)
    box = search_cell(structure)
    inverse, periodic = np.linalg.inv(box), np.array(structure.pbc)
    for kind in np.unique(structure.numbers):
        same = np.flatnonzero(structure.numbers == kind)
        for block in np.array_split(same, max(1, len(same) ** 2 // 500_000)):
            between = structure.positions[same][None] - points[block][:, None]
            between -= np.where(periodic, np.rint(between @ inverse), 0.0) @ box
            best = (between**2).sum(axis=-1).argmin(axis=1)
            found[block] = same[best]
            vectors[block] = between[np.arange(len(block)), best]
    return found, vectors


def cycles(moves: NDArray[np.int64]) -> list[tuple[int, ...]]:
    """A permutation as cycles, those of one atom (that stay in place) last: where a person reads which atom goes where."""
    left, found = set(range(len(moves))), []
    while left:
        start = min(left)
        cycle = [start]
        while int(moves[cycle[-1]]) != start:
            cycle.append(int(moves[cycle[-1]]))
        left -= set(cycle)
        found.append(tuple(cycle))
    return sorted(found, key=lambda c: (len(c) == 1, c))


def _kind(element: Element) -> str:
    if not element.inversion:
        return "identity" if element.angle == 0.0 else "rotation"
    return {0.0: "inversion", 180.0: "mirror"}.get(element.angle, "rotoinversion")


def _vector(numbers: FloatArray) -> Vector:
    x, y, z = (float(v) + 0.0 for v in np.where(np.abs(numbers) < 1e-9, 0.0, numbers))
    return (x, y, z)

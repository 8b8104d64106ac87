"""What a rotation, mirror or rotoreflection is called in Schoenflies' notation, from its matrix.

C_n^k is the rotation by 360° k/n; S_n^k the rotation C_n^k followed by the mirror across its axis (k odd); σ a mirror and i the
inversion. Of the two directions of an axis the one in the upper half space counts, so that C₃ and C₃² are told apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.symmetry.element import Vector, axis_and_angle

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SUBSCRIPTS = str.maketrans("0123456789hvsi", "₀₁₂₃₄₅₆₇₈₉ₕᵥₛᵢ")
_MOST_FOLD = 60


@dataclass(frozen=True)
class Operation:
    """An orthogonal matrix in words. kind: E, C, i, σ or S; turn: k/n for C_n^k and S_n^k, 0 for the others; axis: of unit length, in the
    upper half space (of a mirror its normal)."""

    kind: str
    turn: Fraction
    axis: Vector

    @property
    def label(self) -> str:
        """E, C₃², σ, i, S₄³."""
        if self.kind not in "CS":
            return self.kind
        n, k = self.turn.denominator, self.turn.numerator
        if self.kind == "S" and k % 2 == 0:
            k += n  # only odd powers of S_n keep its mirror: S₃⁵ turns by 240°
        return f"{self.kind}{n}".translate(SUBSCRIPTS) + (str(k).translate(SUPERSCRIPTS) if k > 1 else "")

    @property
    def text(self) -> str:
        """In words: “rotation by 120° about 0 0 1”."""
        way = " ".join(number(x) for x in direction(self.axis))
        angle = number(float(self.turn * 360))
        match self.kind:
            case "E":
                return "identity: nothing moves"
            case "i":
                return "inversion in the middle"
            case "σ":
                return f"mirror plane with normal {way}"
            case "C":
                return f"rotation by {angle}° about {way}"
        return f"rotation by {angle}° about {way}, then the mirror across it"


def operation(matrix: NDArray[Any], most: int = _MOST_FOLD) -> Operation:
    """Names an orthogonal matrix (3, 3) whose angle is a fraction k/n, n ≤ most, of a full turn; raises ValueError for any other."""
    improper = bool(np.linalg.det(matrix) < 0)
    axis, angle = axis_and_angle(-matrix if improper else matrix)
    if angle == 0.0:
        return Operation("i" if improper else "E", Fraction(0), (0.0, 0.0, 1.0))
    x, y, z = (0.0 if abs(a) < 1e-9 else a for a in axis)
    if (z, y, x) < (0.0, 0.0, 0.0):
        x, y, z, angle = -x, -y, -z, 360.0 - angle
    if improper:  # −R(n, φ) is the mirror across n times the turn by φ + 180°
        angle = (angle + 180.0) % 360.0
    turn = Fraction(angle / 360.0).limit_denominator(most)
    if abs(float(turn) * 360.0 - angle) > 1e-4:
        raise ValueError(f"a turn by {angle:g}° has no name")
    kind = ("σ" if turn == 0 else "S") if improper else "C"
    return Operation(kind, turn, (x + 0.0, y + 0.0, z + 0.0))


def direction(axis: Vector) -> Vector:
    """The axis in small whole numbers (1 1 0) where it has any, else rounded to three decimals."""
    a = np.asarray(axis, dtype=float)
    for scale in (1.0, *(math.sqrt(n) for n in (2, 3, 5, 6))):
        whole = np.rint(a * scale)
        if np.abs(a * scale - whole).max() < 1e-6:
            return float(whole[0]) + 0.0, float(whole[1]) + 0.0, float(whole[2]) + 0.0
    x, y, z = (float(v) + 0.0 for v in np.round(a, 3))
    return x, y, z


def number(value: float) -> str:
    """A number with at most three decimals and a true minus sign."""
    return f"{round(value, 3) + 0.0:g}".replace("-", "−")

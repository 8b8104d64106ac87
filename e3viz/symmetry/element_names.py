"""Names for the elements of a point group, and their order: E, C₄, C₂, C₄³, C₂′(x), …, i, S₄, σₕ, σᵥ(xz), σd(1).

Names follow Schoenflies. C₂′ are two-fold axes across the main one, C₂″ those between them; σₕ is the mirror across the main axis, σᵥ
contains it (and, in D_nh, axes C₂′), σd lies between axes or between σᵥ. Where several elements would share a name, (x) or (xz) says which
axis or plane it is, or a number counts them; parallel axes have the same number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from e3viz.symmetry.element import Vector
from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.operation_names import Operation, operation

_X, _Y, _Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
_AXES = {_X: "x", _Y: "y", _Z: "z"}
_PLANES = {_X: "yz", _Y: "xz", _Z: "xy"}


def named(name: str, matrices: NDArray[np.float64]) -> FiniteGroup:
    """The group of some matrices (h, 3, 3), its elements put in order and named."""
    operations = _aligned([operation(m) for m in matrices])
    cubic = _is_cubic(operations)
    order = sorted(range(len(matrices)), key=lambda g: _place(operations, g, cubic))
    sorted_operations = [operations[g] for g in order]
    kinds = _kinds(sorted_operations, cubic)
    return FiniteGroup.of(name, matrices[order], sorted_operations, _with_axes(sorted_operations, kinds, matrices), kinds)


def _aligned(operations: list[Operation]) -> list[Operation]:
    """The same, with axes that differ by rounding errors made one, and pointing out of the corners 1 1 1, 1 −1 −1, … of a tetrahedron,
    where they do so, lest a class of T mixes C₃ and C₃²."""
    axes: dict[tuple[int, ...], Vector] = {}
    made = []
    for op in operations:
        x, y, z = axes.setdefault(tuple(round(v * 1e6) for v in op.axis), op.axis)
        corner = max(abs(abs(x) - abs(y)), abs(abs(x) - abs(z))) < 1e-9
        if corner and x * y * z < 0.0:
            made.append(replace(op, axis=(-x, -y, -z), turn=(1 - op.turn) % 1))
        else:
            made.append(replace(op, axis=(x, y, z)))
    return made


def _is_cubic(operations: Sequence[Operation]) -> bool:
    """Whether there is more than one axis of three or more turns."""
    return len({op.axis for op in operations if op.kind == "C" and op.turn.denominator > 2 and abs(op.axis[2]) < 1.0 - 1e-9}) > 0


def _place(operations: Sequence[Operation], g: int, cubic: bool) -> tuple[object, ...]:
    """Sorts elements: rotations first; the main axis first, or x, y, z; then by the direction of the axis and the angle.

    Where there is the inversion, improper elements stand in the order of i times the rotations; else in that of σₕ times them.
    """
    op = operations[g]
    improper, neutral = op.kind in ("i", "σ", "S"), op.kind in ("E", "i")
    inverts = any(o.kind == "i" for o in operations)
    angle = (float(op.turn) + 0.5) % 1.0 if inverts and op.kind in ("σ", "S") else float(op.turn)
    x, y, z = op.axis
    if cubic:
        fold = max((o.turn.denominator for o in operations if o.kind == "C" and o.axis == op.axis), default=1)
        icosahedral = any(o.turn.denominator == 5 for o in operations)
        along = not icosahedral and max(abs(x), abs(y), abs(z)) > 1.0 - 1e-9
        return (improper, not neutral, not along, -fold, round(-x, 6), round(-y, 6), round(-z, 6), angle)
    across = abs(z) < 1e-9
    azimuth = math.degrees(math.atan2(y, x))
    if op.kind == "σ" and not inverts:
        azimuth += 90.0  # the line in which the mirror cuts the plane
    return (improper, not neutral, across, round(azimuth, 6) % 180.0 if across else 0.0, angle)


def _kinds(operations: Sequence[Operation], cubic: bool) -> list[str]:
    """Each element's name without saying which axis: C₄³, C₂′, σᵥ."""
    if cubic:
        along = [max(abs(v) for v in op.axis) > 1.0 - 1e-9 for op in operations]
        icosahedral = any(op.turn.denominator == 5 for op in operations)
        return [_cubic_kind(op, is_along, icosahedral) for op, is_along in zip(operations, along, strict=True)]
    main = max((op.turn.denominator for op in operations if op.kind == "C" and abs(op.axis[2]) > 0.5), default=1)
    two_fold = [op.axis for op in operations if op.kind == "C" and abs(op.axis[2]) < 0.5]
    orthorhombic = len(two_fold) == 2 and not any(op.kind == "S" for op in operations)
    return [op.label if orthorhombic else _axial_kind(op, operations, main, two_fold) for op in operations]


def _cubic_kind(op: Operation, along: bool, icosahedral: bool) -> str:
    if icosahedral or op.kind not in ("C", "σ"):
        return op.label
    if op.kind == "σ":
        return "σₕ" if along else "σd"
    return op.label if along or op.turn.denominator != 2 else op.label + "′"


def _axial_kind(op: Operation, operations: Sequence[Operation], main: int, two_fold: list[Vector]) -> str:
    """The kind of an element of a group with one main axis, z, of `main` turns, and two-fold axes across it."""
    joined = any(o.kind == "S" and o.turn.denominator == 2 * main for o in operations)  # S_2n takes two-fold axes to the next ones
    alternate = main % 2 == 0 and len(two_fold) == main and not joined
    first = [axis for axis in two_fold if _in_orbit(axis, _X, main)] if alternate else two_fold
    upright = abs(op.axis[2]) > 0.5
    if op.kind == "C" and not upright:
        return "C₂′" if op.axis in first else "C₂″"
    if op.kind != "σ" or upright:
        return "σₕ" if op.kind == "σ" else op.label
    if two_fold:
        return "σᵥ" if any(abs(np.dot(op.axis, axis)) < 1e-6 for axis in first) else "σd"
    if main % 2 or _in_orbit(op.axis, _Y, main):
        return "σᵥ"
    return "σᵥ′" if main == 2 else "σd"


def _in_orbit(axis: Vector, first: Vector, n: int) -> bool:
    """Whether rotations by 360°/n about z take the line `first` to the line `axis`."""
    angles = [math.degrees(math.atan2(v[1], v[0])) for v in (axis, first)]
    step = 360.0 / n if n % 2 == 0 else 180.0 / n
    apart = (angles[0] - angles[1]) % 180.0 % step
    return min(apart, step - apart) < 1e-6


def _with_axes(operations: Sequence[Operation], kinds: list[str], matrices: NDArray[np.float64]) -> list[str]:
    """Names that are all different: with the letter or number of the axis where two elements would share a name."""
    numbers: dict[tuple[float, ...], int] = {}
    orbits: list[list[Vector]] = []
    names = []
    for op, kind in zip(operations, kinds, strict=True):
        if kinds.count(kind) == 1:
            names.append(kind)
            continue
        orbit = next((o for o in orbits if op.axis in o), None)
        if orbit is None:
            orbit = _orbit(op.axis, operations, matrices)
            orbits.append(orbit)
        if all(axis in _AXES for axis in orbit):
            names.append(f"{kind}({(_PLANES if op.kind == 'σ' else _AXES)[op.axis]})")
        else:
            number = numbers.setdefault(op.axis, 1 + sum(axis in numbers for axis in orbit))
            names.append(f"{kind}({number})")
    return names


def _orbit(axis: Vector, operations: Sequence[Operation], matrices: NDArray[np.float64]) -> list[Vector]:
    """The axes of the group's elements that its matrices take `axis` to."""
    moved = matrices @ np.asarray(axis)
    return [
        other for other in dict.fromkeys(op.axis for op in operations) if (np.abs(np.abs(moved @ np.asarray(other)) - 1.0) < 1e-6).any()
    ]

"""A finite group of orthogonal 3×3 matrices as one value: its elements by name, its multiplication table, and what follows from it.

Elements are numbered, the identity first; the product gᵢ gⱼ acts as gⱼ first and then gᵢ. Matrices are made exact: the entries of all
groups here are cosines of fractions of a turn, so entries found by multiplying matrices are replaced by these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.symmetry import group_tables
from e3viz.symmetry.element import Element, cos_degrees
from e3viz.symmetry.group_tables import Members, Table
from e3viz.symmetry.operation_names import Operation

Real = NDArray[np.float64]
MOST_ELEMENTS = 480


@dataclass(frozen=True, eq=False)
class Subgroup:
    """A subgroup up to conjugacy. members: numbers of the elements of one representative; count: how many are conjugate to it."""

    members: tuple[int, ...]
    count: int

    @property
    def is_normal(self) -> bool:
        """Whether it is its only conjugate."""
        return self.count == 1


@dataclass(frozen=True, eq=False)
class FiniteGroup:
    """name: Schoenflies in plain letters (C4v); matrices: (h, 3, 3), the identity first; names: of the elements, all different (C₂′(x));
    kinds: the same without saying which axis (C₂′); operations: each in words. matrices and table are read-only."""

    name: str
    matrices: Real
    operations: tuple[Operation, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    table: Table

    @classmethod
    def of(cls, name: str, matrices: Real, operations: Iterable[Operation], names: Iterable[str], kinds: Iterable[str]) -> FiniteGroup:
        """The group of these matrices; raises ValueError if they are no group or names are not all different."""
        own = np.array(matrices, dtype=float)
        own.setflags(write=False)
        table = group_tables.table_of(own)
        table.setflags(write=False)
        group = cls(name, own, tuple(operations), tuple(names), tuple(kinds), table)
        if len(set(group.names)) != len(own) or len(group.kinds) != len(own) or not group_tables.is_group(table):
            raise ValueError(f"{name}: these are not the elements of a group, each once, by name")
        return group

    def __len__(self) -> int:
        return len(self.matrices)

    def index(self, name: str) -> int:
        """The number of the element of that name; raises UserError with the nearest one."""
        if name not in self.names:
            raise UserError(f"The group {self.name} has no element “{name}”.", nearest(name, self.names))
        return self.names.index(name)

    def product(self, *elements: int) -> int:
        """The number of the product, whose last factor acts first; the identity for none."""
        result = 0
        for element in elements:
            result = int(self.table[result, element])
        return result

    def find(self, matrix: NDArray[Any], tolerance: float = 1e-6) -> int | None:
        """The number of the element with that matrix, None if it is none of the group's."""
        apart = np.abs(self.matrices - np.asarray(matrix)).max(axis=(1, 2))
        best = int(apart.argmin())
        return best if apart[best] <= tolerance else None

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Each element as an element of E(3), turning about the axis that its name means."""
        found = []
        for op in self.operations:
            angle = float(op.turn * 360)
            improper = op.kind in ("i", "σ", "S")
            found.append(Element(op.axis, (angle + 180.0) % 360.0 if op.kind in ("σ", "S") else angle, improper))
        return tuple(found)

    @cached_property
    def inverses(self) -> Table:
        """The number of the inverse of each element, (h,)."""
        return group_tables.inverses(self.table)

    @cached_property
    def orders(self) -> Table:
        """The order of each element, (h,)."""
        return group_tables.orders(self.table)

    @cached_property
    def classes(self) -> tuple[tuple[int, ...], ...]:
        """Conjugacy classes, the identity's first."""
        return group_tables.classes(self.table)

    @cached_property
    def class_of(self) -> Table:
        """The number of the class of each element, (h,)."""
        number = np.zeros(len(self), np.intp)
        for k, members in enumerate(self.classes):
            number[list(members)] = k
        return number

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """The classes as in character tables: E, 2C₄, σₕ; by all their elements (H, V) where kinds say no more than names."""
        names = []
        for members in self.classes:
            least = min(members, key=lambda g: (self.operations[g].turn, g))
            if self.kinds == self.names:
                names.append(", ".join(self.names[g] for g in members))
            elif len(members) == 1:
                names.append(self.names[least])
            else:
                names.append(f"{len(members)}{self.kinds[least]}")
        return tuple(names)

    @cached_property
    def all_subgroups(self) -> NDArray[np.bool_]:
        """Every subgroup as a row of booleans (s, h), by order."""
        return group_tables.subgroups(self.table)

    @cached_property
    def subgroups(self) -> tuple[Subgroup, ...]:
        """The subgroups, one of each set of conjugate ones, by order."""
        found, known = [], set[bytes]()
        for members in self.all_subgroups:
            if members.tobytes() not in known:
                conjugate = group_tables.conjugate_subgroups(self.table, members)
                known.update(row.tobytes() for row in conjugate)
                found.append(Subgroup(tuple(int(m) for m in np.flatnonzero(members)), len(conjugate)))
        return tuple(found)

    @cached_property
    def generators(self) -> tuple[int, ...]:
        """A smallest set of elements whose products are all the others."""
        ops = self.operations
        preferred = sorted(range(1, len(self)), key=lambda g: (-int(self.orders[g]), ops[g].kind != "C", ops[g].turn, g))
        return group_tables.smallest_generators(self.all_subgroups, preferred)

    @cached_property
    def centre(self) -> tuple[int, ...]:
        """The elements that commute with all others."""
        return group_tables.centre(self.table)

    @property
    def is_abelian(self) -> bool:
        """Whether all elements commute."""
        return len(self.centre) == len(self)

    @property
    def is_chiral(self) -> bool:
        """Whether all elements are rotations."""
        return not any(op.kind in ("i", "σ", "S") for op in self.operations)

    def generated_by(self, elements: Iterable[int]) -> tuple[int, ...]:
        """The numbers of all products of some elements."""
        members: Members = np.zeros(len(self), bool)
        members[list(elements)] = True
        return tuple(int(m) for m in np.flatnonzero(group_tables.closure(self.table, members)))

    def permutations(self, points: NDArray[Any], tolerance: float = 1e-6, kinds: Iterable[object] = ()) -> Table:
        """Where each element takes each of some points, (h, n): point a goes to points[p[g, a]]. kinds: what must stay alike (elements).

        Raises ValueError if the points do not have this symmetry.
        """
        places = np.asarray(points, dtype=float)
        moved = np.einsum("gij,aj->gai", self.matrices, places)
        apart = np.linalg.norm(moved[:, :, None] - places[None, None], axis=-1)
        alike = list(kinds)
        if alike:
            apart += np.array([[0.0 if a == b else np.inf for b in alike] for a in alike])
        found = apart.argmin(axis=2)
        if apart.min(axis=2).max(initial=0.0) > tolerance or (np.sort(found, axis=1) != np.arange(len(places))).any():
            raise ValueError(f"these points do not have the symmetry {self.name}")
        moves: Table = found.astype(np.intp)
        return moves


@lru_cache(maxsize=1)
def _cosines() -> Real:
    """All cosines of 180° k/n, n up to 24, rising: the entries of every matrix of the point groups up to n = 12."""
    values = {cos_degrees(180.0 * k / n) for n in range(1, 25) for k in range(n + 1)}
    return np.array(sorted(values))


def exact(matrices: NDArray[Any]) -> Real:
    """Matrices whose entries are the nearest cosines of fractions of a turn, where these are within rounding errors."""
    known = _cosines()
    numbers = np.asarray(matrices, dtype=float)
    after = np.clip(np.searchsorted(known, numbers), 1, len(known) - 1)
    close = np.where(numbers - known[after - 1] < known[after] - numbers, known[after - 1], known[after])
    made: Real = np.where(np.abs(close - numbers) < 1e-9, close, numbers) + 0.0
    return made


def generated(generators: Iterable[NDArray[Any]]) -> Real:
    """All products of some matrices (3, 3), exact, (h, 3, 3), the identity first. Raises UserError if there are too many."""
    steps = [exact(g) for g in generators]
    found = {_key(np.eye(3)): np.eye(3)}
    fresh = list(found.values())
    while fresh:
        products = [exact(step @ matrix) for matrix in fresh for step in steps]
        fresh = []
        for matrix in products:
            if _key(matrix) not in found:
                found[_key(matrix)] = matrix
                fresh.append(matrix)
        if len(found) > MOST_ELEMENTS:
            raise UserError(f"These operations generate more than {MOST_ELEMENTS} others.", "Choose angles that are fractions of a turn.")
    return np.array(list(found.values()))


def _key(matrix: NDArray[Any]) -> bytes:
    return (np.rint(matrix * 1e6).astype(np.int64) + 0).tobytes()

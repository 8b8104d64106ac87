"""Finite groups of rotations and mirrors: axioms for all, and the square as everybody draws it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.group_tables import is_group
from e3viz.symmetry.groups import FiniteGroup, exact, generated
from e3viz.symmetry.operation_names import operation
from e3viz.symmetry.point_groups import LARGEST_N, NAMES, plane_group, point_group

PLANE = [plane_group(n, mirrors) for n in range(1, LARGEST_N + 1) for mirrors in (False, True)]
ALL = [*(point_group(name) for name in NAMES), *PLANE]


@pytest.mark.parametrize("group", ALL, ids=lambda g: f"{g.name}-{len(g)}")
def test_axioms(group: FiniteGroup) -> None:
    assert is_group(group.table)
    products = np.einsum("aij,bjk->abik", group.matrices, group.matrices)
    assert np.abs(products - group.matrices[group.table]).max() < 1e-14
    assert np.abs(group.matrices[group.inverses] - group.matrices.transpose(0, 2, 1)).max() < 1e-15
    assert np.abs(group.matrices @ group.matrices.transpose(0, 2, 1) - np.eye(3)).max() < 1e-15
    assert len(set(group.names)) == len(group) and group.names[0] == "E"
    assert sorted(g for members in group.classes for g in members) == list(range(len(group)))
    assert all(len(group) % len(members) == 0 for members in group.classes)
    assert len(set(group.class_names)) == len(group.classes)
    assert set(group.generated_by(group.generators)) == set(range(len(group)))


@pytest.mark.parametrize("group", ALL, ids=lambda g: f"{g.name}-{len(g)}")
def test_names_elements_and_matrices_agree(group: FiniteGroup) -> None:
    for element, op, matrix, order in zip(group.elements, group.operations, group.matrices, group.orders, strict=True):
        assert np.abs(element.linear - matrix).max() < 1e-12
        assert element.order() == order
        found = operation(matrix)
        assert found.kind == op.kind
        assert abs(abs(np.dot(found.axis, op.axis)) - 1.0) < 1e-9 or op.kind in "Ei"
        assert found.turn == op.turn or found.turn == 1 - op.turn  # an axis may be named from its other end


def test_the_square_as_on_the_poster() -> None:
    """Names, matrices and where corners go say the same; D is the mirror in the diagonal y = x, with the matrix that swaps x and y."""
    square = plane_group(4)
    assert square.names == ("E", "R₉₀", "R₁₈₀", "R₂₇₀", "H", "D", "V", "D′")
    moves = {
        "E": lambda x, y: (x, y), "R₉₀": lambda x, y: (-y, x), "R₁₈₀": lambda x, y: (-x, -y), "R₂₇₀": lambda x, y: (y, -x),
        "H": lambda x, y: (x, -y), "D": lambda x, y: (y, x), "V": lambda x, y: (-x, y), "D′": lambda x, y: (-y, -x),
    }  # fmt: skip
    for name, move in moves.items():
        assert tuple(square.matrices[square.index(name)] @ [0.3, 0.8, 0.0]) == (*move(0.3, 0.8), 0.0)
    assert square.matrices[square.index("D")][:2, :2].tolist() == [[0, 1], [1, 0]]
    for name, angle in (("H", 0), ("D", 45), ("V", 90), ("D′", 135)):  # S_φ mirrors in the line at φ, and leaves that line in place
        line = np.array([math.cos(math.radians(angle)), math.sin(math.radians(angle)), 0.0])
        assert np.abs(square.matrices[square.index(name)] @ line - line).max() < 1e-15
    name = lambda *factors: square.names[square.product(*(square.index(f) for f in factors))]  # noqa: E731
    assert name("D", "H") == "R₉₀" and name("H", "D") == "R₂₇₀"  # the last factor acts first
    assert name("R₉₀", "H") == "D" and name("H", "R₉₀") == "D′"
    assert square.class_names == ("E", "R₉₀, R₂₇₀", "R₁₈₀", "H, V", "D, D′")
    assert [square.names[g] for g in square.centre] == ["E", "R₁₈₀"]
    assert len(square.all_subgroups) == 10 and len(square.subgroups) == 8
    assert not square.is_abelian and not square.is_chiral and len(square.generators) == 2


def test_products_and_finding() -> None:
    octahedral = point_group("Oh")
    assert octahedral.product() == 0 and octahedral.product(5) == 5
    assert octahedral.find(octahedral.matrices[17]) == 17
    assert octahedral.find(Element((0, 0, 1), 30.0).linear) is None
    with pytest.raises(UserError, match="no element"):
        octahedral.index("C7")


def test_known_numbers_of_subgroups() -> None:
    assert len(point_group("Oh").all_subgroups) == 98  # S₄ × C₂
    assert len(point_group("O").all_subgroups) == 30  # S₄
    assert len(point_group("Ih").all_subgroups) == 164  # A₅ × C₂
    assert len(point_group("I").all_subgroups) == 59  # A₅
    normal = [s for s in point_group("I").subgroups if s.is_normal]
    assert [len(s.members) for s in normal] == [1, 60]  # A₅ is simple


def test_exact_entries_and_generation() -> None:
    rough = Element((0, 0, 1), 45.0).linear @ Element((0, 0, 1), 45.0).linear
    assert exact(rough).tolist() == [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    assert exact(np.array([0.1234]))[0] == 0.1234
    assert len(generated([])) == 1
    with pytest.raises(UserError, match="more than"):
        generated([Element((0, 0, 1), 1.2345).linear])
    with pytest.raises(ValueError, match="no name"):
        operation(Element((0, 0, 1), 1.2345).linear)


def test_operations_in_words() -> None:
    third = operation(Element((1, 1, 1), 240.0).linear)
    assert third.label == "C₃²" and third.turn == Fraction(2, 3) and third.text == "rotation by 240° about 1 1 1"
    fifth = operation(Element((0, 0, 1), 240.0).linear @ np.diag([1.0, 1.0, -1.0]))
    assert fifth.label == "S₃⁵" and "mirror across it" in fifth.text
    assert operation(Element.mirror((1, -1, 0)).linear).text.startswith("mirror plane with normal")
    assert operation(-np.eye(3)).label == "i" and operation(np.eye(3)).text == "identity: nothing moves"


def test_points_must_have_the_symmetry() -> None:
    square = plane_group(4)
    with pytest.raises(ValueError, match="symmetry"):
        square.permutations(np.array([[1.0, 0.0, 0.0]]))
    corners = np.array([[1.0, 1.0, 0.0], [-1.0, 1.0, 0.0], [-1.0, -1.0, 0.0], [1.0, -1.0, 0.0]])
    assert square.permutations(corners)[square.index("R₉₀")].tolist() == [1, 2, 3, 0]
    with pytest.raises(ValueError, match="symmetry"):
        square.permutations(corners, kinds=("H", "H", "H", "O"))

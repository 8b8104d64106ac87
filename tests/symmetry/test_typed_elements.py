"""Rotations typed as Euler angles, quaternions and matrices, against e3nn's convention and back."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.typed_elements import euler_text, matrix_text, quaternion_text, with_euler, with_matrix, with_quaternion

G = Element((0.3, -0.5, 0.8), 77.0, True, (1.0, 2.0, 3.0))


def test_each_way_comes_back_and_keeps_inversion_and_shift() -> None:
    for read, write in ((with_euler, euler_text), (with_quaternion, quaternion_text), (with_matrix, matrix_text)):
        again = read(write(G), G)
        assert np.allclose(again.linear, G.linear, atol=1e-3) and again.translation == G.translation and again.inversion


def test_euler_angles_are_those_of_e3nn() -> None:
    torch = pytest.importorskip("torch")
    from e3nn import o3

    angles = torch.deg2rad(torch.tensor([30.0, 60.0, -45.0], dtype=torch.float64))
    assert np.allclose(with_euler("30 60 -45", Element()).linear, o3.angles_to_matrix(*angles).numpy(), atol=1e-6)


def test_a_rounded_matrix_is_taken_for_the_nearest_and_a_wrong_one_is_not() -> None:
    g = with_matrix("0.71 -0.71 0 | 0.71 0.71 0 | 0 0 1", Element())
    assert np.allclose(g.linear, Element((0, 0, 1), 45.0).linear, atol=1e-2) and np.allclose(g.linear @ g.linear.T, np.eye(3))
    with pytest.raises(UserError, match="nearest orthogonal one is 1 0 0"):
        with_matrix("2 0 0 0 1 0 0 0 1", Element())
    with pytest.raises(UserError, match="not orthogonal"):
        with_matrix("1 1 1 1 1 1 1 1 1", Element())


@pytest.mark.parametrize(
    ("read", "text"),
    [(with_euler, "1 2"), (with_euler, "a b c"), (with_quaternion, "0 0 0 0"), (with_quaternion, "nan 0 0 1"), (with_matrix, "1 2 3")],
)
def test_what_is_no_rotation_is_refused_in_a_sentence(read, text: str) -> None:
    with pytest.raises(UserError) as refused:
        read(text, Element())
    assert refused.value.message.endswith(".")

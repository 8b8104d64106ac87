"""Elements of E(3): every way to write one gives the same matrix, paths are continuous, mistakes are sentences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from e3viz.errors import UserError
from e3viz.symmetry.element import IDENTITY, PRESETS, Element, cos_degrees, sin_degrees

numbers = st.floats(-10, 10, allow_nan=False)
axes = st.tuples(numbers, numbers, numbers).filter(lambda a: np.linalg.norm(a) > 0.1)
angles = st.one_of(st.floats(-720, 720), st.sampled_from([0.0, 60.0, 90.0, 120.0, 180.0, 270.0, 179.9999999, 1e-7]))
elements = st.builds(Element, axes, angles, st.booleans(), st.tuples(numbers, numbers, numbers))


@given(elements, elements, elements)
def test_group_axioms(a, b, c):
    points = np.array([[1.0, 2.0, 3.0], [-0.5, 0.0, 4.0]])
    np.testing.assert_allclose((a @ b).act(points), a.act(b.act(points)), atol=1e-9)
    np.testing.assert_allclose(((a @ b) @ c).act(points), (a @ (b @ c)).act(points), atol=1e-8)
    np.testing.assert_allclose((a @ a.inverse()).act(points), points, atol=1e-9)
    np.testing.assert_allclose((a @ IDENTITY).linear, a.linear, atol=1e-9)
    assert (a @ b).determinant == a.determinant * b.determinant
    assert np.linalg.det(a.linear) == pytest.approx(a.determinant)


@given(elements)
@example(Element((1.0, 0.0, 1.0), 180.0))
@example(Element((1.0, 0.0, 0.3), 180.0))
def test_every_notation_gives_the_same_rotation(g):
    np.testing.assert_allclose(Element.from_quaternion(*g.quaternion).rotation, g.rotation, atol=1e-9)
    np.testing.assert_allclose(Element.from_euler(*g.euler).rotation, g.rotation, atol=1e-9)
    np.testing.assert_allclose(Element.from_matrix(g.linear, g.translation).linear, g.linear, atol=1e-9)
    assert np.linalg.norm(g.quaternion) == pytest.approx(1.0) and g.quaternion[0] >= 0
    assert 0.0 <= g.euler[1] <= 180.0


def test_euler_angles_and_quaternions_are_e3nns(o3, rng):
    import torch

    for _ in range(20):
        g = Element.random(rng)
        theirs = o3.matrix_to_angles(torch.tensor(g.rotation))
        np.testing.assert_allclose(np.radians(g.euler), np.array([float(a) for a in theirs]), atol=1e-9)
        np.testing.assert_allclose(o3.quaternion_to_matrix(torch.tensor(g.quaternion)).numpy(), g.rotation, atol=1e-12)
        alpha, beta, gamma = rng.uniform(-170, 170, 3)
        theirs = o3.angles_to_matrix(*(torch.tensor(np.radians(a)) for a in (alpha, beta, gamma)))
        np.testing.assert_allclose(Element.from_euler(alpha, beta, gamma).linear, theirs.numpy(), atol=1e-12)


def test_exact_angles():
    assert np.array_equal(Element((0, 0, 1), 90.0).rotation, [[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert sin_degrees(30.0) == 0.5 and cos_degrees(-60.0) == 0.5 and cos_degrees(450.0) == 0.0
    assert Element((0, 1, 0), 90.0).euler == (90.0, 0.0, 0.0)
    assert Element((1, 0, 0), 180.0).euler[1] == 180.0


@given(elements)
def test_drawn_path_is_continuous_and_arrives(g):
    np.testing.assert_allclose(g.seen_at(0.0), np.eye(3), atol=1e-12)
    np.testing.assert_allclose(g.seen_at(1.0), g.linear, atol=1e-9)
    steps = np.array([g.seen_at(t) for t in np.linspace(0, 1, 201)])
    assert np.abs(np.diff(steps, axis=0)).max() < 0.2
    assert g.part(1.0) == g and g.part(0.0).is_identity


def test_a_mirror_presses_space_flat_without_turning():
    halfway = Element.mirror((0, 0, 2)).seen_at(0.5)
    np.testing.assert_allclose(halfway, np.diag([1.0, 1.0, 0.0]), atol=1e-12)
    assert not Element(inversion=True).seen_at(0.5).any()


@given(elements, elements)
def test_between_two_elements(a, b):
    assert a.towards(b, 0.0) == a and a.towards(b, 1.0) == b
    half = a.towards(b, 0.5)
    there, back = a.rotation.T @ half.rotation, half.rotation.T @ b.rotation
    assert np.trace(there) == pytest.approx(np.trace(back), abs=1e-6)
    assert half.determinant == a.determinant
    np.testing.assert_allclose(half.translation, (np.array(a.translation) + b.translation) / 2, atol=1e-12)


@given(axes, axes)
def test_turning_one_direction_into_another(a, b):
    g = Element.turning(a, b)
    np.testing.assert_allclose(g.act(np.array(a)) / np.linalg.norm(a), np.array(b) / np.linalg.norm(b), atol=1e-9)


def test_opposite_directions():
    for axis in np.eye(3):
        np.testing.assert_allclose(Element.turning(tuple(axis), tuple(-axis)).act(axis), -axis, atol=1e-12)
    assert Element.turning((1, 0, 0), (2, 0, 0)).angle == 0.0


def test_random_is_even_and_repeatable():
    first = [Element.random(np.random.default_rng(5), inversion=True, length=1.0) for _ in range(2)]
    assert first[0] == first[1] and first[0].inversion and any(first[0].translation)
    rng = np.random.default_rng(0)
    mean = np.mean([Element.random(rng).rotation for _ in range(3000)], axis=0)
    assert np.abs(mean).max() < 0.05


def test_orders_and_presets():
    assert Element((1, 1, 1), 120.0).order() == 3
    assert Element((0, 0, 1), 60.0, inversion=True).order() == 6
    assert Element((0, 0, 1), 100.1).order() is None
    assert Element(translation=(1, 0, 0)).order() is None
    assert all(g.order() in (1, 2, 3, 4) for g in PRESETS.values())
    turned = Element.mirror((0, 0, 1)) @ PRESETS["90° about z"]
    np.testing.assert_allclose(PRESETS["90° about z, then mirror"].linear, turned.linear, atol=1e-12)
    assert PRESETS["90° about z, then mirror"].order() == 4 and PRESETS["90° about z, then mirror"].determinant == -1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Element((0, 0, 0), 10.0), "length of zero"),
        (lambda: Element((0, 0, float("nan")), 10.0), "finite"),
        (lambda: Element(angle=float("inf")), "finite"),
        (lambda: Element((0, 1)), "three components"),
        (lambda: Element.from_matrix(np.ones((3, 3))), "not orthogonal"),
        (lambda: Element.from_matrix(np.full((3, 3), np.nan)), "not orthogonal"),
        (lambda: Element.from_quaternion(0, 0, 0, 0), "not all zero"),
        (lambda: Element.from_quaternion(float("nan"), 0, 0, 1), "finite"),
        (lambda: Element.turning((0, 0, 0), (1, 0, 0)), "length of zero"),
    ],
)
def test_mistakes(make, says):
    with pytest.raises(UserError, match=says):
        make()


def test_axial_vectors():
    spins = np.array([[0.0, 0.0, 1.0]])
    np.testing.assert_allclose(Element(inversion=True).act_on_vectors(spins, axial=True), spins)
    np.testing.assert_allclose(Element(inversion=True).act_on_vectors(spins), -spins)


@pytest.mark.parametrize("angle", [0.0, 360.0 / 7.0, 45.0, 90.0, 120.0, 180.0, 72.0, 33.3, -90.0, 1.0])
@pytest.mark.parametrize("inversion", [False, True])
def test_order_is_that_of_repeated_products(angle: float, inversion: bool) -> None:
    for shift in ((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (1.0, -1.0, 0.0)):
        g = Element((0.0, 0.6, 0.8), angle, inversion, shift)
        power, found = IDENTITY, None
        for n in range(1, 361):
            power = g @ power
            if np.allclose(power.linear, np.eye(3), atol=1e-9) and np.allclose(power.translation, 0.0, atol=1e-9):
                found = n
                break
        assert g.order() == found

"""Quadratures integrate exactly what they promise; signals keep their power and are what they were projected from."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry import sphere
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.sphere import orthogonal_quadrature, project, rotation_quadrature, sphere_quadrature
from e3viz.symmetry.wigner import wigner_D, wigner_D_up_to


@pytest.mark.parametrize("degree", [0, 1, 2, 5, 12, 30])
def test_sphere_quadrature_is_exact(degree):
    nodes = sphere_quadrature(degree)
    integrals = nodes.weights @ spherical_harmonics(degree, nodes.nodes)
    expected = np.zeros((degree + 1) ** 2)
    expected[0] = np.sqrt(4 * np.pi)
    np.testing.assert_allclose(integrals, expected, atol=1e-12)
    assert nodes.weights.sum() == pytest.approx(4 * np.pi) and (nodes.weights > 0).all()


def test_harmonics_are_orthonormal():
    nodes = sphere_quadrature(16)
    values = spherical_harmonics(8, nodes.nodes)
    np.testing.assert_allclose((values * nodes.weights[:, None]).T @ values, np.eye(81), atol=1e-12)


@pytest.mark.parametrize("degree", [0, 1, 4, 7])
def test_rotation_quadrature_is_exact(degree):
    nodes = rotation_quadrature(degree)
    np.testing.assert_allclose(np.linalg.det(nodes.nodes), 1.0, atol=1e-12)
    for l, matrices in enumerate(wigner_D_up_to(degree, nodes.nodes)):
        np.testing.assert_allclose(np.einsum("n,nij->ij", nodes.weights, matrices), float(l == 0) * np.eye(2 * l + 1), atol=1e-13)


def test_schur_orthogonality_over_both_parities():
    nodes = orthogonal_quadrature(4)
    d = wigner_D(2, nodes.nodes, parity=-1)
    mean = np.einsum("n,nij,nkl->ijkl", nodes.weights, d, d)
    np.testing.assert_allclose(mean, np.einsum("ik,jl->ijkl", np.eye(5), np.eye(5)) / 5, atol=1e-13)
    even = wigner_D(2, nodes.nodes, parity=1)
    np.testing.assert_allclose(np.einsum("n,nij,nkl->ijkl", nodes.weights, d, even), 0.0, atol=1e-13)


def test_projection_inverts_evaluation(rng):
    coefficients = rng.normal(size=49)
    back = project(lambda n: sphere.evaluate(coefficients, n), 6)
    np.testing.assert_allclose(back, coefficients, atol=1e-12)
    lower = project(lambda n: sphere.evaluate(coefficients, n), 3, degree=6)
    np.testing.assert_allclose(lower, coefficients[:16], atol=1e-12)


def test_power_is_kept_by_rotations(rng, orthogonal):
    signal = sphere.random_signal(5, rng)
    np.testing.assert_allclose(sphere.power(signal), 1.0)
    for g in orthogonal[:5]:
        turned = np.concatenate([d @ signal[l * l : (l + 1) ** 2] for l, d in enumerate(wigner_D_up_to(5, g))])
        np.testing.assert_allclose(sphere.power(turned), 1.0, atol=1e-12)
    nodes = sphere_quadrature(10)
    assert nodes.weights @ sphere.evaluate(signal, nodes.nodes) ** 2 == pytest.approx(6.0)


def test_a_delta_peaks_where_it_should(rng):
    direction = np.array([1.0, -2.0, 0.5])
    peak = sphere.delta(direction, 8)
    assert sphere.evaluate(peak, direction) == pytest.approx(1.0)
    assert np.abs(sphere.evaluate(peak, rng.normal(size=(200, 3)))).max() < 1.0


def test_neighbours_have_the_symmetry_of_their_shell():
    cube = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    strength = sphere.power(sphere.project_directions(cube, 6))
    assert strength[[1, 2, 3, 5]].max() < 1e-20 and strength[4] > 0.1
    assert not sphere.project_directions(np.zeros((0, 3)), 3).any()
    weighted = sphere.project_directions(cube, 2, np.arange(8))
    assert weighted[0] == pytest.approx(28 / np.sqrt(4 * np.pi))


def test_a_picture_is_put_the_right_way_round():
    latitude = (0.5 - (np.arange(90) + 0.5) / 90) * np.pi
    longitude = ((np.arange(180) + 0.5) / 180 - 0.5) * 2 * np.pi
    for picture, axis in (
        (np.sin(latitude)[:, None] * np.ones(180), 2),
        (np.cos(latitude)[:, None] * np.cos(longitude), 0),
        (np.cos(latitude)[:, None] * np.sin(longitude), 1),
    ):
        coefficients = sphere.project_picture(picture, 4)
        expected = np.zeros(25)
        expected[1 + axis] = np.sqrt(4 * np.pi / 3)
        np.testing.assert_allclose(coefficients, expected, atol=2e-3)


def test_mistakes():
    with pytest.raises(UserError, match="5 coefficients"):
        sphere.power(np.zeros(5))
    with pytest.raises(UserError, match="not a finite number"):
        sphere.evaluate(np.array([np.nan]), np.eye(3))
    with pytest.raises(UserError, match="length of zero"):
        sphere.delta(np.zeros(3), 3)
    with pytest.raises(UserError, match="rows and columns"):
        sphere.project_picture(np.zeros(5), 2)
    with pytest.raises(UserError, match="grey value"):
        sphere.project_picture(np.full((3, 3), np.nan), 2)
    with pytest.raises(UserError, match="not a finite"):
        sphere.project_directions(np.array([[np.inf, 0, 0]]), 2)

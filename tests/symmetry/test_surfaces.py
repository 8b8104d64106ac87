"""Meshes are closed and outward; surfaces and pyramid turn as the points do; node lines lie where the signal is zero."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.sphere import evaluate
from e3viz.symmetry.surfaces import Pyramid, node_lines, signal_surface, sphere_mesh


@pytest.mark.parametrize("about", [0, 12, 500, 5000])
def test_mesh_is_a_closed_sphere(about):
    mesh = sphere_mesh(about)
    np.testing.assert_allclose(np.linalg.norm(mesh.points, axis=1), 1.0, atol=1e-6)
    edges = Counter(tuple(sorted((int(f[i]), int(f[i - 1])))) for f in mesh.faces for i in range(3))
    assert set(edges.values()) == {2}
    assert len(mesh.points) - len(edges) + len(mesh.faces) == 2
    corners = mesh.points[mesh.faces].astype(float)
    volumes = np.linalg.det(corners)
    assert (volumes > 0).all()
    if about == 5000:
        assert abs(len(mesh.points) - 5000) < 300
        assert volumes.sum() / 6 == pytest.approx(4 * np.pi / 3, rel=2e-3)


def test_lobes_balloon_and_sphere(rng):
    coefficients = rng.normal(size=16)
    directions = sphere_mesh().points.astype(float)
    values = evaluate(coefficients, directions)
    top = np.abs(values).max()
    for mode, radius in (("lobes", np.abs(values) / top), ("balloon", 1 + values / top / 2), ("sphere", np.ones_like(values))):
        surface = signal_surface(coefficients, mode)
        np.testing.assert_allclose(surface.values, values, atol=1e-5)
        np.testing.assert_allclose(surface.points, radius[:, None] * directions, atol=1e-5)
        assert surface.faces is sphere_mesh().faces
    fixed = signal_surface(coefficients, "lobes", size=2 * top)
    assert np.linalg.norm(fixed.points, axis=1).max() == pytest.approx(0.5, rel=1e-5)
    assert not signal_surface(np.zeros(4)).points.any()
    assert np.isfinite(signal_surface(np.zeros(4)).normals).all()


def test_pyramid_turns_its_harmonics(rng):
    centres = rng.normal(size=(16, 3))
    weights = rng.normal(size=16)
    pyramid = Pyramid(3, centres, about=500)
    g = Element((1.0, -2.0, 0.5), 77.0, inversion=True)
    arrays = pyramid.surfaces(g, weights)
    points, values = arrays.points, arrays.values
    directions = sphere_mesh(500).points.astype(float)
    expected = weights * spherical_harmonics(3, directions @ g.linear, normalization="norm")  # at g⁻¹ n
    np.testing.assert_allclose(values.reshape(16, -1).T, expected, atol=1e-5)
    drawn = np.abs(expected.T)[:, :, None] * directions + centres[:, None]
    np.testing.assert_allclose(points.reshape(16, -1, 3), drawn, atol=1e-5)
    assert pyramid.faces.max() == len(points) - 1


def test_pyramid_fills_given_buffers():
    pyramid = Pyramid(2, np.zeros((9, 3)), about=200, radius=3.0)
    buffers = pyramid.buffers()
    assert pyramid.surfaces(out=buffers) is buffers
    assert np.linalg.norm(buffers.points.reshape(9, -1, 3)[6], axis=1).max() == pytest.approx(3.0, rel=1e-2)
    again = pyramid.surfaces()
    assert again.points is not buffers.points
    for name in ("points", "values", "normals"):
        np.testing.assert_array_equal(getattr(again, name), getattr(buffers, name))


def normals_from_faces(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Unit normals of the faces (m, 3)."""
    a, b, c = (points[faces[:, k]].astype(float) for k in range(3))
    cross = np.cross(b - a, c - a)
    return cross / np.maximum(np.linalg.norm(cross, axis=1, keepdims=True), 1e-30)


@pytest.mark.parametrize("mode", ["lobes", "balloon", "sphere"])
def test_normals_stand_on_the_faces(mode, rng):
    surface = signal_surface(rng.normal(size=16), mode, about=40_000)
    np.testing.assert_allclose(np.linalg.norm(surface.normals, axis=1), 1.0, atol=1e-5)
    flat = normals_from_faces(surface.points, surface.faces)
    values = surface.values[surface.faces]
    clear = np.abs(values).min(axis=1) > 0.15 * np.abs(values).max() if mode == "lobes" else np.full(len(flat), True)
    agreement = (flat * surface.normals[surface.faces].mean(axis=1)).sum(axis=1)[clear]
    assert clear.sum() > 1000 and agreement.min() > 0.99 and np.median(agreement) > 0.9995


def test_normals_of_the_pyramid_turn_with_it():
    pyramid = Pyramid(3, np.zeros((16, 3)), about=20_000)
    arrays = pyramid.surfaces(Element((0.0, 1.0, 1.0), 50.0, inversion=True))
    flat = normals_from_faces(arrays.points, pyramid.faces)
    values = arrays.values[pyramid.faces]
    clear = np.abs(values).min(axis=1) > 0.15
    agreement = (flat[:, None] * arrays.normals[pyramid.faces]).sum(axis=2)[clear]
    assert clear.mean() > 0.5 and agreement.min() > 0.98


def test_node_lines(rng):
    coefficients = rng.normal(size=25)
    starts, ends = node_lines(coefficients)
    assert len(starts) > 50
    np.testing.assert_allclose(np.linalg.norm(starts, axis=1), 1.0, atol=1e-12)
    assert np.abs(evaluate(coefficients, starts)).max() < 0.02 * np.abs(evaluate(coefficients, sphere_mesh().points)).max()
    once = Counter(tuple(np.round(p, 9)) for p in np.concatenate([starts, ends]))
    assert set(once.values()) == {2}  # closed curves: every point ends one piece and starts another


def test_node_lines_of_familiar_harmonics():
    equator = np.zeros(4)
    equator[2] = 1.0  # Y ∝ y
    starts, ends = node_lines(equator)
    assert np.abs(np.concatenate([starts, ends])[:, 1]).max() < 1e-6
    assert np.linalg.norm(ends - starts, axis=1).sum() == pytest.approx(2 * np.pi, rel=2e-3)
    assert node_lines(np.array([1.0]))[0].shape == (0, 3) == node_lines(np.zeros(4))[1].shape


def test_mistakes():
    with pytest.raises(UserError, match="lobes, balloon or sphere"):
        signal_surface(np.ones(4), "blobs")
    with pytest.raises(UserError, match="finite"):
        signal_surface(np.array([1.0, np.nan, 0, 0]))

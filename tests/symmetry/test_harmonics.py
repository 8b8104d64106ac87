"""Harmonics against e3nn (all normalisations, with and without `normalize`) and SciPy, poles and origin included."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.harmonics import scale_factors, spherical_harmonics, spherical_harmonics_with_gradients

POLES = np.concatenate([np.eye(3), -np.eye(3), 1e-9 * np.eye(3) + [0.0, 1.0, 0.0]])
TINY = np.array([[0.0, 0.0, 0.0], [0.0, 1e-13, 0.0], [1e-14, 0.0, 2e-13], [1e-200, 0.0, 0.0], [0.0, 1e-11, 0.0]])


@pytest.mark.parametrize("normalization", ["integral", "component", "norm"])
@pytest.mark.parametrize("normalize", [True, False])
def test_same_as_e3nn(o3, rng, normalization, normalize):
    import torch

    points = np.concatenate([rng.normal(size=(200, 3)), POLES, TINY])
    if not normalize:
        points[:200] /= np.linalg.norm(points[:200], axis=1, keepdims=True)
    theirs = o3.spherical_harmonics(list(range(12)), torch.tensor(points), normalize, normalization).numpy()
    np.testing.assert_allclose(
        spherical_harmonics(11, points, normalization=normalization, normalize=normalize), theirs, rtol=1e-12, atol=1e-12
    )


def test_same_as_scipy(rng):
    from scipy.special import sph_harm_y

    points = np.concatenate([rng.normal(size=(200, 3)), POLES])
    x, y, z = (points / np.linalg.norm(points, axis=1, keepdims=True)).T
    polar, azimuth = np.arctan2(np.hypot(z, x), y), np.arctan2(x, z)
    ours = spherical_harmonics(20, points)
    for l in range(21):
        np.testing.assert_allclose(ours[:, l * l + l], sph_harm_y(l, 0, polar, azimuth).real, atol=1e-12)
        for m in range(1, l + 1):
            theirs = (-1) ** m * np.sqrt(2) * sph_harm_y(l, m, polar, azimuth)
            np.testing.assert_allclose(ours[:, l * l + l + m], theirs.real, atol=1e-12)
            np.testing.assert_allclose(ours[:, l * l + l - m], theirs.imag, atol=1e-12)


@pytest.mark.parametrize("normalize", [True, False])
def test_gradients_are_derivatives(rng, normalize):
    points, step = rng.normal(size=(30, 3)), 1e-6
    values, slopes = spherical_harmonics_with_gradients(5, points, normalization="component", normalize=normalize)
    np.testing.assert_allclose(values, spherical_harmonics(5, points, normalization="component", normalize=normalize), atol=1e-12)
    for axis, slope in enumerate(slopes):
        shift = step * np.eye(3)[axis]
        ahead, back = (spherical_harmonics(5, points + s, normalization="component", normalize=normalize) for s in (shift, -shift))
        np.testing.assert_allclose(slope, (ahead - back) / (2 * step), rtol=1e-6, atol=1e-6)


def test_at_the_origin_and_for_nothing():
    at_origin, slopes = spherical_harmonics_with_gradients(3, np.zeros((1, 3)), normalization="component")
    assert at_origin[0, 0] == pytest.approx(1.0) and not at_origin[0, 1:].any()
    assert not np.array(slopes).any()
    assert spherical_harmonics(3, np.zeros((0, 3))).shape == (0, 16)
    assert spherical_harmonics(2, np.array([1.0, 2.0, 3.0])).shape == (9,)


def test_first_degree_is_the_vector(rng):
    points = rng.normal(size=(4, 5, 3))
    solid = spherical_harmonics(1, points, normalization="norm", normalize=False)
    assert solid.shape == (4, 5, 4)
    np.testing.assert_allclose(solid[..., 1:], points, atol=1e-14)


def test_norms(rng):
    for normalization, expected in (("component", lambda l: 2 * l + 1), ("norm", lambda l: 1.0)):
        values = spherical_harmonics(6, rng.normal(size=(10, 3)), normalization=normalization)
        for l in range(7):
            np.testing.assert_allclose((values[:, l * l : (l + 1) ** 2] ** 2).sum(axis=1), expected(l), rtol=1e-12)


def test_reused_buffers_and_single_precision(rng):
    points = rng.normal(size=(100, 3))
    buffer = np.full((100, 25), np.nan)
    assert spherical_harmonics(4, points, out=buffer) is buffer
    np.testing.assert_array_equal(buffer, spherical_harmonics(4, points))
    single = spherical_harmonics(4, points.astype(np.float32), normalization="norm")
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, spherical_harmonics(4, points, normalization="norm"), atol=2e-6)
    with pytest.raises(ValueError, match="shape"):
        spherical_harmonics(4, points, out=buffer[:50])


def test_without_the_buffer_filling_step(rng, monkeypatch):
    """A sphericart whose private step is gone still gives the same numbers through its public calls."""
    from e3viz.symmetry import harmonics

    points = rng.normal(size=(20, 3))
    whole = spherical_harmonics_with_gradients(3, points)

    class Public:
        def __init__(self, calculator):
            self.compute, self.compute_with_gradients = calculator.compute, calculator.compute_with_gradients

    inner = harmonics._calculator
    monkeypatch.setattr(harmonics, "_calculator", lambda l_max, on_sphere: Public(inner(l_max, on_sphere)))
    np.testing.assert_array_equal(spherical_harmonics(3, points), whole[0])
    np.testing.assert_array_equal(np.array(spherical_harmonics_with_gradients(3, points)[1]), np.array(whole[1]))


def test_mistakes():
    with pytest.raises(UserError, match="from 0 to"):
        spherical_harmonics(33, np.zeros((1, 3)))
    with pytest.raises(UserError, match="three coordinates"):
        spherical_harmonics(2, np.zeros((4, 2)))
    with pytest.raises(UserError, match="integral, component or norm"):
        scale_factors(2, "4pi")

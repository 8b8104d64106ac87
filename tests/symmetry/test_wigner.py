"""D matrices: a homomorphism, orthogonal, e3nn's to 1e-12, and true at the poles where Euler angles are not."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.irreps import DEGREE_LIMIT, Irreps
from e3viz.symmetry.wigner import D, generators, wigner_D, wigner_D_up_to


@pytest.mark.parametrize("l", [0, 1, 2, 3, 7, 11, DEGREE_LIMIT])
def test_homomorphism_and_orthogonality(l, orthogonal):
    first, second = wigner_D(l, orthogonal), wigner_D(l, orthogonal[::-1])
    product = wigner_D(l, orthogonal @ orthogonal[::-1])
    np.testing.assert_allclose(first @ second, product, atol=1e-12)
    np.testing.assert_allclose(first @ first.transpose(0, 2, 1), np.broadcast_to(np.eye(2 * l + 1), first.shape), atol=1e-12)


def test_identity_inversion_and_vectors(orthogonal):
    for l in range(12):
        np.testing.assert_allclose(wigner_D(l, np.eye(3)), np.eye(2 * l + 1), atol=1e-14)
        np.testing.assert_allclose(wigner_D(l, -np.eye(3)), (-1) ** l * np.eye(2 * l + 1), atol=1e-14)
        np.testing.assert_allclose(wigner_D(l, -np.eye(3), parity=1), np.eye(2 * l + 1), atol=1e-14)
    np.testing.assert_allclose(wigner_D(1, orthogonal), orthogonal, atol=1e-14)


@pytest.mark.parametrize("l", range(12))
def test_harmonics_of_turned_points(l, orthogonal, rng):
    """Yˡ(g x) = Dˡ(g) Yˡ(x) ties D to sphericart without any angle: the oracle near the poles, where e3nn's angles lose half the digits."""
    points = rng.normal(size=(20, 3))
    columns = slice(l * l, (l + 1) ** 2)
    before = spherical_harmonics(l, points)[:, columns]
    after = spherical_harmonics(l, points @ orthogonal.transpose(0, 2, 1))[..., columns]
    np.testing.assert_allclose(after, before @ wigner_D(l, orthogonal).transpose(0, 2, 1), atol=1e-12)


def test_same_as_e3nn(o3, rng):
    import torch

    matrices, _ = np.linalg.qr(rng.normal(size=(40, 3, 3)))
    for text in ("+".join(f"1x{l}e+1x{l}o" for l in range(12)), "2x1o+0x3e+3x0o+1x4e+1x1o", "1x11o"):
        theirs = o3.Irreps(text).D_from_matrix(torch.tensor(matrices)).numpy()
        np.testing.assert_allclose(D(text, matrices), theirs, atol=1e-12)


def test_generators_are_derivatives():
    axis, step = np.array([0.3, -0.5, 0.8]) / np.linalg.norm([0.3, -0.5, 0.8]), 1e-5
    for l in (1, 2, 5):
        ahead = wigner_D(l, Element(tuple(axis), np.degrees(step)))
        back = wigner_D(l, Element(tuple(axis), -np.degrees(step)))
        slope = np.einsum("a,aij->ij", axis, generators(l))
        np.testing.assert_allclose((ahead - back) / (2 * step), slope, atol=1e-8)


def test_all_degrees_at_once_and_leading_shape(orthogonal):
    grid = orthogonal.reshape(4, 6, 3, 3)
    for l, matrices in enumerate(wigner_D_up_to(5, grid)):
        assert matrices.shape == (4, 6, 2 * l + 1, 2 * l + 1)
        np.testing.assert_allclose(matrices, wigner_D(l, grid), atol=1e-14)


def test_blocks_and_parities(orthogonal):
    whole = D("2x1e+1x0o+1x2o", orthogonal)
    signs = np.linalg.det(orthogonal)[:, None, None]
    np.testing.assert_allclose(whole[:, :3, :3], signs * orthogonal, atol=1e-14)
    np.testing.assert_allclose(whole[:, 3:6, 3:6], whole[:, :3, :3])
    np.testing.assert_allclose(whole[:, 6, 6], signs[:, 0, 0])
    np.testing.assert_allclose(whole[:, 7:, 7:], wigner_D(2, orthogonal, parity=-1), atol=1e-14)
    assert not whole[:, :3, 3:].any()


def test_exact_for_quarter_turns():
    quarter = wigner_D(1, Element((0, 1, 0), 90.0))
    assert set(np.unique(quarter)) <= {-1.0, 0.0, 1.0}


def test_empty_huge_and_malformed():
    assert D("0x0e", np.eye(3)).shape == (0, 0)
    assert D(Irreps(), np.eye(3)[None]).shape == (1, 0, 0)
    assert D("1x2e", np.zeros((0, 3, 3))).shape == (0, 5, 5)
    with pytest.raises(UserError, match="23000 rows"):
        D("1000x11o", np.eye(3))
    with pytest.raises(UserError, match="from 0 to"):
        wigner_D(DEGREE_LIMIT + 1, np.eye(3))
    with pytest.raises(UserError, match="not orthogonal"):
        wigner_D(2, np.full((3, 3), np.nan))
    with pytest.raises(UserError, match="3 × 3"):
        wigner_D(2, np.eye(2))

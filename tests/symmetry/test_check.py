"""The equivariance error finds what is wrong, where, and by which half of O(3)."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.check import equivariance_error, equivariant_part, permutation_error, translation_error
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.wigner import D
from e3viz.task import Cancelled, running


def cross(x):
    return np.cross(x[:, :3], x[:, 3:])


def blog(x):
    """The map (x² + 2(y − 3z), y²x) of a well-known explanation; it is not equivariant."""
    return np.stack([x[:, 0] ** 2 + 2 * (x[:, 1] - 3 * x[:, 2]), x[:, 1] ** 2 * x[:, 0]], axis=1)


@pytest.fixture
def pairs(rng):
    return rng.normal(size=(20, 6))


def test_an_equivariant_map(pairs):
    error = equivariance_error(cross, "2x1o", "1e", pairs)
    assert error.largest < 1e-14 and error.broken_by() == "nothing"
    assert error.scale == pytest.approx(np.sqrt((cross(pairs) ** 2).sum(axis=1).mean()))


def test_a_wrong_parity_is_seen_under_inversion_only(pairs):
    error = equivariance_error(cross, "2x1o", "1o", pairs)
    assert error.broken_by() == "inversion"
    assert error.proper < 1e-14 and error.worst.determinant == -1
    assert error.largest == pytest.approx(2 * np.abs(cross(pairs) @ error.worst.rotation.T).max())


def test_the_counterexample_and_where_it_fails_worst(rng):
    samples = rng.normal(size=(30, 3))
    error = equivariance_error(blog, "1o", "2x0e", samples)
    assert error.broken_by() == "rotations" and error.relative > 0.1
    x = samples[[error.sample]]
    assert np.abs(blog(x @ error.worst.linear.T) - blog(x)).max() == pytest.approx(error.largest, rel=1e-9)


def test_single_precision_is_visible(pairs):
    single = equivariance_error(cross, "2x1o", "1e", pairs, dtype=np.float32)
    assert 1e-9 < single.largest < 1e-5


def test_the_mean_is_exact_for_polynomials(rng):
    """f = x₀ as an invariant of a vector: the mean over g and of |g x − x|² in the first component is (|x|² + 3 x₀²)/3."""
    x = rng.normal(size=(1, 3))
    error = equivariance_error(lambda v: v[:, :1], "1o", "0e", x)
    assert error.mean**2 == pytest.approx((x**2).sum() / 3 + x[0, 0] ** 2)


def test_the_equivariant_part(pairs, rng):
    weights = rng.normal(size=(2, 6, 6))

    def quadratic(x):
        return np.einsum("aij,ki,kj->ka", weights, x, x)

    part = equivariant_part(quadratic, "2x1o", "2x0e", degree=2)
    assert equivariance_error(part, "2x1o", "2x0e", pairs).largest < 1e-12
    np.testing.assert_allclose(equivariant_part(part, "2x1o", "2x0e")(pairs), part(pairs), atol=1e-12)
    traces = np.einsum("apiqi->apq", weights.reshape(2, 2, 3, 2, 3)) / 3
    vectors = pairs.reshape(-1, 2, 3)
    np.testing.assert_allclose(part(pairs), np.einsum("apq,kpi,kqi->ka", traces, vectors, vectors), atol=1e-12)
    np.testing.assert_allclose(equivariant_part(cross, "2x1o", "1e")(pairs), cross(pairs), atol=1e-12)


def test_any_representation_may_be_given(rng):
    """A 3 × 3 matrix turns by g M gᵀ; its irreps by D: the tensor of degree 2 inside it fits both."""
    matrices = rng.normal(size=(10, 9))

    def by_conjugation(g):
        return np.einsum("nij,nkl->nikjl", g, g).reshape(-1, 9, 9)

    def traceless(m):
        return np.einsum("ijk,nij->nk", clebsch_gordan(1, 1, 2), m.reshape(-1, 3, 3))

    assert equivariance_error(traceless, by_conjugation, "1x2e", matrices).largest < 1e-14
    assert equivariance_error(traceless, by_conjugation, lambda g: D("1x2o", g), matrices).broken_by() == "inversion"


def test_translations_and_permutations(rng):
    points, shifts = rng.normal(size=(6, 3)), rng.normal(size=(4, 3))
    assert translation_error(lambda x: x - x.mean(axis=0), points, shifts) < 1e-12
    assert translation_error(lambda x: x.mean(axis=0, keepdims=True), points, shifts, moves=True) < 1e-12
    assert translation_error(lambda x: x, points, shifts) == pytest.approx(np.abs(shifts).max())
    orders = [rng.permutation(6) for _ in range(3)]
    assert permutation_error(lambda x: x**2, points, orders) == 0.0
    assert permutation_error(lambda x: x.sum(axis=0), points, orders, per_row=False) < 1e-14
    assert permutation_error(lambda x: np.cumsum(x, axis=0), points, orders) > 0.1


def test_mistakes_and_cancelling(pairs):
    with pytest.raises(UserError, match="3 numbers, but its output type has 5"):
        equivariance_error(cross, "2x1o", "1x2e", pairs)
    with np.errstate(divide="ignore"), pytest.raises(UserError, match="not finite"):
        equivariance_error(lambda x: 1.0 / (0.0 * x[:, :1]), "2x1o", "0e", pairs)
    with pytest.raises(Cancelled), running(lambda fraction, text: None, lambda: True):
        equivariance_error(cross, "2x1o", "1e", pairs)

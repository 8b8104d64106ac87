"""Clebsch–Gordan tensors: e3nn's to the last digits, invariant, orthonormal, exact."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.clebsch_gordan import clebsch_gordan, exact_clebsch_gordan, is_allowed
from e3viz.symmetry.surd import Surd
from e3viz.symmetry.wigner import wigner_D

PATHS = [(a, b, c) for a in range(7) for b in range(7) for c in range(7) if is_allowed(a, b, c)]


def test_same_as_e3nn(o3):
    for path in [*PATHS, (7, 8, 11), (11, 11, 11), (11, 10, 1)]:
        np.testing.assert_allclose(clebsch_gordan(*path), o3.wigner_3j(*path).numpy(), atol=1e-12, err_msg=str(path))


@pytest.mark.parametrize("path", [(1, 1, 1), (2, 1, 3), (3, 4, 5), (6, 6, 4), (16, 12, 9)])
def test_invariant(path, orthogonal):
    proper = orthogonal * np.linalg.det(orthogonal)[:, None, None]
    d1, d2, d3 = (wigner_D(l, proper) for l in path)
    turned = np.einsum("nai,nbj,nck,ijk->nabc", d1, d2, d3, clebsch_gordan(*path), optimize=True)
    np.testing.assert_allclose(turned, np.broadcast_to(clebsch_gordan(*path), turned.shape), atol=1e-12)


def test_exact_entries_sum_to_one():
    for path in [*PATHS, (11, 11, 11)]:
        assert sum((v.square() for v in exact_clebsch_gordan(*path).values()), Fraction(0)) == 1


def test_together_they_are_a_change_of_basis():
    for l1, l2 in ((1, 1), (2, 3), (4, 4)):
        rows = [clebsch_gordan(l1, l2, l3).reshape(-1, 2 * l3 + 1).T * np.sqrt(2 * l3 + 1) for l3 in range(abs(l1 - l2), l1 + l2 + 1)]
        q = np.concatenate(rows)
        np.testing.assert_allclose(q @ q.T, np.eye(len(q)), atol=1e-13)


def test_familiar_ones():
    third = Surd(Fraction(1, 3), 3)
    assert dict(exact_clebsch_gordan(1, 1, 0)) == {(i, i, 0): third for i in range(3)}
    cross = exact_clebsch_gordan(1, 1, 1)
    assert len(cross) == 6 and cross[0, 1, 2] == Surd(Fraction(1, 6), 6) == -cross[1, 0, 2]
    assert exact_clebsch_gordan(0, 3, 3)[0, 4, 4].text() == "√7/7"


def test_forbidden_and_out_of_range():
    with pytest.raises(UserError, match="cannot make degree 3"):
        clebsch_gordan(1, 1, 3)
    with pytest.raises(UserError, match="from 0 to"):
        clebsch_gordan(33, 33, 0)


def test_read_only():
    with pytest.raises(ValueError, match="read-only"):
        clebsch_gordan(1, 1, 0)[0, 0, 0] = 1.0

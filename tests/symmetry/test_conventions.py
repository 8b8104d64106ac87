"""The translator: for every pair, the source's own program, translated, gives the target's own program."""

from __future__ import annotations

import itertools
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.conventions import CONVENTIONS, Convention, change_matrix, convention, harmonics_in


def run(code: str, l: int, points: np.ndarray) -> np.ndarray:
    space: dict[str, Any] = {}
    exec(code, space)
    return np.asarray(space["harmonics"](l, points))


@pytest.fixture
def points(rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([rng.normal(size=(30, 3)), np.eye(3), -np.eye(3)])


@pytest.fixture(params=sorted(CONVENTIONS))
def known(request: pytest.FixtureRequest, o3: Any) -> Convention:
    return CONVENTIONS[request.param]


@pytest.mark.parametrize("l", [0, 1, 2, 3, 5, 11])
def test_our_numbers_are_those_of_the_code_shown(known, l, points):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = run(known.code, l, points)
    np.testing.assert_allclose(harmonics_in(known, l, points), theirs, atol=1e-12)


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(CONVENTIONS, 2)))
def test_translation_at_the_same_point(source, target, points):
    first, second = CONVENTIONS[source], CONVENTIONS[target]
    for l in (1, 2, 4):
        matrix = change_matrix(first, second, l)
        np.testing.assert_allclose(harmonics_in(first, l, points) @ matrix.T, harmonics_in(second, l, points), atol=1e-12)
        np.testing.assert_allclose(change_matrix(second, first, l) @ matrix, np.eye(2 * l + 1), atol=1e-12)


def test_renamed_axes_keep_the_orders(points):
    e3nn, sphericart = CONVENTIONS["e3nn"], CONVENTIONS["sphericart"]
    np.testing.assert_allclose(change_matrix(e3nn, sphericart, 3, "renamed"), np.eye(7) / np.sqrt(4 * np.pi), atol=1e-15)
    ours = harmonics_in(e3nn, 3, points) / np.sqrt(4 * np.pi)
    np.testing.assert_allclose(ours, harmonics_in(sphericart, 3, points[:, [2, 0, 1]]), atol=1e-12)
    assert np.count_nonzero(change_matrix(e3nn, sphericart, 3)) > 7


def test_unitary_where_the_normalisation_is_one():
    matrix = change_matrix(CONVENTIONS["wikipedia"], CONVENTIONS["physics"], 4)
    assert np.iscomplexobj(matrix)
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(9), atol=1e-14)
    assert not np.iscomplexobj(change_matrix(CONVENTIONS["physics"], CONVENTIONS["scipy"], 4))


@pytest.mark.parametrize("order", ["ascending", "descending", "zero first"])
def test_orders_of_m(order, points):
    own = replace(CONVENTIONS["sphericart"], m_order=order)
    values = harmonics_in(own, 2, points)
    for column, m in enumerate(own.orders(2)):
        np.testing.assert_allclose(values[:, column], harmonics_in(CONVENTIONS["sphericart"], 2, points)[:, 2 + m], atol=1e-13)


def test_phases_can_be_switched_off(points):
    physics = CONVENTIONS["physics"]
    with_phase, without = harmonics_in(physics, 3, points), harmonics_in(replace(physics, phase=False), 3, points)
    for m in range(-3, 4):
        sign = (-1) ** m if m > 0 else 1
        np.testing.assert_allclose(without[:, 3 + m], sign * with_phase[:, 3 + m], atol=1e-13)
    real = replace(CONVENTIONS["wikipedia"], phase=True)
    np.testing.assert_allclose(harmonics_in(real, 1, points)[:, 2], -harmonics_in(CONVENTIONS["wikipedia"], 1, points)[:, 2], atol=1e-13)


def test_any_naming_of_axes(points):
    mirrored = replace(CONVENTIONS["wikipedia"], axes="yxz")
    expected = harmonics_in(CONVENTIONS["wikipedia"], 3, points[:, [1, 0, 2]])
    np.testing.assert_allclose(harmonics_in(mirrored, 3, points), expected, atol=1e-12)


def test_facts_and_mistakes():
    assert dict(CONVENTIONS["e3nn"].facts())["polar axis"] == "y"
    assert convention("physics").is_complex
    with pytest.raises(UserError, match="scipy"):
        convention("scypi")
    with pytest.raises(UserError, match="three axes"):
        replace(CONVENTIONS["e3nn"], axes="xxz")
    with pytest.raises(UserError, match="same point"):
        change_matrix(CONVENTIONS["e3nn"], CONVENTIONS["scipy"], 2, "other")

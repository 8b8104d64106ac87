"""Multiplication tables, against groups whose structure is known."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from e3viz.symmetry import group_tables as tables


def symmetric_group(n: int) -> np.ndarray:
    """The table of all permutations of n things, the identity first."""
    every = list(permutations(range(n)))
    return np.array([[every.index(tuple(p[k] for k in q)) for q in every] for p in every])


def cyclic(n: int) -> np.ndarray:
    return (np.arange(n)[:, None] + np.arange(n)) % n


def test_symmetric_group_of_four() -> None:
    table = symmetric_group(4)
    assert tables.is_group(table)
    assert sorted(len(c) for c in tables.classes(table)) == [1, 3, 6, 6, 8]
    assert tables.centre(table) == (0,)
    every = tables.subgroups(table)
    assert len(every) == 30  # the known number of subgroups of S₄
    generators = tables.smallest_generators(every, range(1, 24))
    assert len(generators) == 2
    assert tables.closure(table, np.isin(np.arange(24), generators)).all()


@pytest.mark.parametrize("n", [1, 2, 7, 12, 30])
def test_cyclic_groups_have_a_subgroup_for_each_divisor(n: int) -> None:
    table = cyclic(n)
    every = tables.subgroups(table)
    assert len(every) == sum(n % d == 0 for d in range(1, n + 1))
    assert all(n % int(row.sum()) == 0 for row in every)
    assert len(tables.smallest_generators(every, range(1, n))) == min(1, n - 1)
    assert tables.centre(table) == tuple(range(n))
    assert [n // np.gcd(n, k) for k in range(n)] == tables.orders(table).tolist()


def test_what_is_no_group_is_told() -> None:
    quasigroup = np.array([[0, 1, 2, 3, 4], [1, 0, 3, 4, 2], [2, 4, 0, 1, 3], [3, 2, 4, 0, 1], [4, 3, 1, 2, 0]])
    assert not tables.is_group(quasigroup)  # a Latin square with an identity that is not associative
    assert not tables.is_group(np.zeros((2, 2), int))
    assert tables.is_group(cyclic(5))
    with pytest.raises(ValueError, match="closed"):
        tables.table_of(np.stack([np.eye(2), np.array([[0.0, -1.0], [1.0, 0.0]])]))


def test_subgroups_are_closed_and_conjugates_have_one_size() -> None:
    table = symmetric_group(4)
    inverse = tables.inverses(table)
    for row in tables.subgroups(table):
        inside = np.flatnonzero(row)
        assert row[table[np.ix_(inside, inside)]].all() and row[inverse[inside]].all()
        conjugate = tables.conjugate_subgroups(table, row)
        assert (conjugate.sum(axis=1) == row.sum()).all()
        parts = tables.cosets(table, row)
        assert sorted(g for part in parts for g in part) == list(range(24))
        assert {len(part) for part in parts} == {int(row.sum())}

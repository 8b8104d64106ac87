"""Learning curves: a planted power law comes back with its interval; data needed are read off and continued; holes stay holes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from e3viz.training.learning_curves import comparison, learning_curves, needed, power_law
from e3viz.training.study_table import Row


def row(name: str, size: int, seed: int, error: float) -> Row:
    return Row(
        name,
        name.upper(),
        size,
        seed,
        error,
        error,
        error,
        error,
        error,
        error,
        1.0,
        10.0 * size,
        5,
        100,
        10,
        "hash",
        "numpy 2",
        f"{name}-{size}-{seed}",
    )


def planted(name: str, factor: float, exponent: float, noise: float = 0.0, sizes: tuple[int, ...] = (25, 50, 100, 200)) -> list[Row]:
    random = np.random.default_rng(3)
    return [row(name, n, s, factor * n**-exponent * math.exp(noise * random.normal())) for n in sizes for s in range(3)]


def test_a_planted_exponent_comes_back_within_its_interval() -> None:
    curve = learning_curves(planted("a", 300.0, 0.5, 0.03), "force_mae")[0]
    law = power_law(curve.x, curve.y)
    assert law is not None and abs(law.exponent - 0.5) < law.margin < 0.1
    exact = learning_curves(planted("a", 300.0, 0.5), "force_mae")[0]
    law = power_law(exact.x, exact.y)
    assert (
        law is not None and law.exponent == pytest.approx(0.5) and law.factor == pytest.approx(300.0) and law.at(400) == pytest.approx(15.0)
    )


def test_means_and_spread_over_seeds() -> None:
    rows = [row("a", 10, 0, 4.0), row("a", 10, 1, 6.0), row("a", 20, 0, 2.0), row("a", 20, 1, math.nan)]
    curve = learning_curves(rows, "energy_mae")[0]
    assert curve.means.tolist() == [5.0, 2.0] and curve.low.tolist() == [4.0, 2.0] and curve.high.tolist() == [6.0, 2.0]
    assert learning_curves(rows, "energy_mae", "cpu_seconds")[0].sizes.tolist() == [100.0, 200.0]


def test_data_for_an_error_is_read_off_or_continued() -> None:
    curve = learning_curves(planted("a", 300.0, 0.5), "force_mae")[0]
    inside = needed(curve, 300.0 / math.sqrt(70.0))
    assert not inside.beyond and inside.size == pytest.approx(70.0, rel=1e-6)
    outside = needed(curve, 300.0 / math.sqrt(900.0))
    assert outside.beyond and outside.size == pytest.approx(900.0, rel=1e-3)
    flat = learning_curves(planted("b", 100.0, 0.0), "force_mae")[0]
    assert math.isinf(needed(flat, 50.0).size)


def test_the_ratio_is_said_in_words() -> None:
    curves = learning_curves([*planted("a", 300.0, 0.5), *planted("b", 600.0, 0.5), *planted("c", 100.0, 0.0)], "force_mae")
    said = comparison(curves, 50.0)
    assert said == ["A needs 4 times less data than B.", "C does not get there, even with 100 times the data that were run."]


def test_nonsense_is_not_said_of_flat_curves_and_of_targets_that_all_reach() -> None:
    flat = learning_curves([*planted("a", 300.0, 0.5), *planted("d", 160.0, 0.03)], "force_mae")
    assert math.isinf(needed(flat[1], 50.0).size), "not 10^16 structures"
    assert comparison(flat, 1e4) == ["D is there as early as A."]


def test_too_little_is_no_law() -> None:
    assert power_law(np.array([10.0, 10.0]), np.array([1.0, 2.0])) is None

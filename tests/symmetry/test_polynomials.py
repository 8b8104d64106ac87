"""Polynomials of harmonics: exact, harmonic, homogeneous, and the same functions as sphericart's."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.polynomials import Polynomial, harmonic, harmonic_factored
from e3viz.symmetry.surd import Surd, split_square


@pytest.mark.parametrize("l", [*range(13), 20, 32])
def test_harmonic_homogeneous_and_equal_to_the_numbers(l, rng):
    points = rng.normal(size=(40, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    numbers = spherical_harmonics(l, points, normalization="component")[:, l * l :]
    for m in range(-l, l + 1):
        polynomial = harmonic(l, m)
        assert polynomial.laplacian().is_zero
        assert polynomial.is_homogeneous and polynomial.degree == l
        np.testing.assert_allclose(polynomial(points), numbers[:, l + m], atol=1e-12 if l <= 20 else 1e-10)


@pytest.mark.parametrize("normalization", ["integral", "component", "norm"])
def test_normalisations_off_the_sphere(normalization, rng):
    points = rng.normal(size=(10, 3))
    numbers = spherical_harmonics(4, points, normalization=normalization, normalize=False)
    ours = np.stack([harmonic(l, m, normalization)(points) for l in range(5) for m in range(-l, l + 1)], axis=-1)
    np.testing.assert_allclose(ours, numbers, rtol=1e-12, atol=1e-12)


def test_laplacian_is_not_always_zero():
    cube = Polynomial(Surd(Fraction(1)), (((3, 0, 0), 1), ((1, 2, 0), 1)))
    assert cube.laplacian().text() == "8 x"
    assert Polynomial(Surd(Fraction(1)), (((2, 0, 0), 1), ((1, 0, 0), 1))).is_homogeneous is False


@pytest.mark.parametrize(
    ("l", "m", "normalization", "text", "latex"),
    [
        (0, 0, "component", "1", "1"),
        (0, 0, "integral", "√(1/π)/2", r"\frac{1}{2}\sqrt{\frac{1}{\pi}}"),
        (1, -1, "norm", "x", "x"),
        (1, 0, "component", "√3 y", r"\sqrt{3}\,y"),
        (2, 0, "component", "√5/2 (2y² − x² − z²)", r"\frac{\sqrt{5}}{2}\left(2y^{2}-x^{2}-z^{2}\right)"),
        (2, 2, "norm", "√3/2 (z² − x²)", r"\frac{\sqrt{3}}{2}\left(z^{2}-x^{2}\right)"),
        (2, 1, "integral", "√(15/π)/2 yz", r"\frac{1}{2}\sqrt{\frac{15}{\pi}}\,yz"),
    ],
)
def test_written(l, m, normalization, text, latex):
    assert harmonic(l, m, normalization).text() == text
    assert harmonic(l, m, normalization).latex() == latex


def test_written_as_a_product():
    assert harmonic_factored(3, -1).text() == "√42/4 x (5y² − r²)"
    assert harmonic_factored(3, -1).latex() == r"\frac{\sqrt{42}}{4}\,x\left(5y^{2}-r^{2}\right)"
    assert harmonic_factored(3, -2).text() == "√105 xyz"
    assert harmonic_factored(2, 2).text() == "√15/2 (z² − x²)"
    assert harmonic_factored(0, 0).text() == "1"
    assert harmonic_factored(7, 0, "norm").text() == "1/16 (429y⁷ − 693y⁵r² + 315y³r⁴ − 35yr⁶)"


def test_python_text_gives_the_same_numbers():
    point = {"x": 0.3, "y": -0.7, "z": 1.1}
    for l, m, normalization in ((0, 0, "component"), (3, -3, "integral"), (6, 4, "norm"), (1, 0, "norm")):
        value = eval(harmonic(l, m, normalization).python(), {"math": math}, dict(point))
        assert value == pytest.approx(float(harmonic(l, m, normalization)(np.array([0.3, -0.7, 1.1]))))


def test_latex_is_typeset_by_matplotlib():
    from matplotlib.mathtext import MathTextParser

    parser = MathTextParser("path")
    for l in range(6):
        for m in range(-l, l + 1):
            for normalization in ("component", "integral"):
                parser.parse(f"${harmonic(l, m, normalization).latex()}$")
                parser.parse(f"${harmonic_factored(l, m, normalization).latex()}$")


def test_coefficients_are_exact():
    terms = dict(harmonic(2, 0).coefficients())
    assert terms[0, 2, 0] == Surd(Fraction(1), 5) and terms[2, 0, 0] == Surd(Fraction(-1, 2), 5)


def test_surds():
    assert split_square(360) == (6, 10) and split_square(0) == (0, 1) and split_square(10007**2) == (10007, 1)
    half = Surd.root(Fraction(5, 4))
    assert half == Surd(Fraction(1, 2), 5) and half.text() == "√5/2" and float(half) == pytest.approx(math.sqrt(1.25))
    assert Surd.root(Fraction(2, 3), -1).text() == "−√6/3" and Surd.root(0).text() == "0" and not Surd.root(0)
    assert (half * half) == Surd(Fraction(5, 4)) and half.square() == Fraction(5, 4)
    assert (half * 0) == Surd() and -half == Surd(Fraction(-1, 2), 5)
    assert Surd(Fraction(3, 2), 7, per_pi=True).latex() == r"\frac{3}{2}\sqrt{\frac{7}{\pi}}"
    assert Surd(Fraction(-3, 2), 7).latex() == r"-\frac{3\sqrt{7}}{2}" and Surd().latex() == "0"
    for surd in (half, Surd(Fraction(-1), 3), Surd(Fraction(4, 3)), Surd(Fraction(2, 5), 3, per_pi=True)):
        assert eval(surd.python(), {"math": math}) == pytest.approx(float(surd))
    assert Surd.near(-math.sqrt(3 / 8)) == Surd.root(Fraction(3, 8), -1) and Surd.near(1e-14) == Surd()
    assert Surd.near(math.pi) is None and Surd.near(float("nan")) is None
    with pytest.raises(ValueError, match="√π"):
        Surd(Fraction(1), 1, True) * Surd(Fraction(1), 1, True)


def test_mistakes():
    with pytest.raises(UserError, match="from -2 to 2"):
        harmonic(2, 3)
    with pytest.raises(UserError, match="from 0 to"):
        harmonic(33, 0)
    with pytest.raises(UserError, match="normalisation"):
        harmonic(2, 0, "4pi")

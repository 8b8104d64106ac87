"""Maps: formulas are read and never executed, types are right or found out, and +, ∘ and ⊗ keep equivariance."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.map_formulas import FormulaError, parse
from e3viz.symmetry.maps import after, behaves_as, formula_text, plus, read_map, times, variables
from e3viz.symmetry.small_networks import KINDS, trained
from e3viz.symmetry.wigner import D

NORM = "x^2+y^2+z^2 : 1o -> 0e"
VECTOR = "x, y, z : 1o -> 1o"
CUBIC = "x(x²+y²+z²), y(x²+y²+z²), z(x²+y²+z²) : 1o -> 1o"
CROSS = "y1 z2 - z1 y2, z1 x2 - x1 z2, x1 y2 - y1 x2 : 2x1o -> {}"


@pytest.mark.parametrize(
    ("text", "at", "value"),
    [
        ("x^2 + 2(y - 3z)", (1.0, 2.0, 3.0), 1 + 2 * (2 - 9)),
        ("−xy/2 + .5z", (1.0, 2.0, 3.0), -1 + 1.5),
        ("(x+y)(x−y)", (3.0, 2.0, 0.0), 5.0),
        ("2x³ − x**2·y", (2.0, 3.0, 0.0), 16 - 12),
        ("-(-x)", (4.0, 0.0, 0.0), 4.0),
        ("-x^2", (3.0, 0.0, 0.0), -9.0),
        ("xy^2", (2.0, 3.0, 0.0), 18.0),
        ("xy²z", (2.0, 3.0, 5.0), 90.0),
        ("x - x", (3.0, 0.0, 0.0), 0.0),
    ],
)
def test_formulas_mean_what_they_say(text: str, at: tuple[float, ...], value: float) -> None:
    terms = parse(text, ["x", "y", "z"])
    assert sum(float(c) * np.prod(np.array(at) ** np.array(m)) for m, c in terms.items()) == pytest.approx(value)
    assert all(isinstance(c, Fraction) for c in terms.values())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("x^2 +", 5),
        ("x + w", 4),
        ("(x + y", 6),
        ("x + y)", 5),
        ("x $ y", 2),
        ("x^y", 2),
        ("x^99", 4),
        ("x/y", 3),
        ("", 0),
        ("__import__", 0),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, place: int) -> None:
    with pytest.raises(FormulaError) as refused:
        parse(text, ["x", "y", "z"])
    assert refused.value.place == place and refused.value.message.endswith(".")


@pytest.mark.parametrize(
    "text", ["x", "x : 1o", "x, y : 1o -> 1o", "x : 1q -> 0e", "x : 0x1o -> 0e", "x: 1o -> 300x0e", "(x^9)^9 : 1o -> 0e"]
)
def test_a_map_that_cannot_be_is_a_sentence(text: str) -> None:
    with pytest.raises(UserError) as refused:
        read_map(text)
    assert refused.value.message.endswith(".")


def test_components_have_names() -> None:
    assert variables(Irreps.parse("1o")) == ["x", "y", "z"]
    assert variables(Irreps.parse("0e+2x1o")) == ["s", "x1", "y1", "z1", "x2", "y2", "z2"]
    assert variables(Irreps.parse("2e")) == ["t1", "t2", "t3", "t4", "t5"]
    for text in ("3x0e+2x2e+3o", "2x1o+1e", "11o"):
        names = variables(Irreps.parse(text))
        assert len(set(names)) == len(names) == Irreps.parse(text).dim


@pytest.mark.parametrize("text", [NORM, VECTOR, CUBIC, CROSS.format("1e")])
def test_equivariant_maps_pass_in_both_precisions(text: str) -> None:
    f = read_map(text)
    assert f.error().relative < 1e-12 and f.error(np.float32).relative < 1e-5
    assert f.error().broken_by(1e-8) == "nothing" and behaves_as(f) is None


def test_a_wrong_parity_is_found_and_named() -> None:
    f = read_map(CROSS.format("1o"))
    assert f.error().broken_by(1e-8) == "inversion" and f.error().proper < 1e-12
    assert str(behaves_as(f)) == "1x1e"


def test_the_counterexample_fails_and_its_repair_is_exact() -> None:
    f = read_map("x^2 + 2(y - 3z), y^2 x : 1o -> 2x0e")
    assert f.error().broken_by(1e-8) == "rotations" and behaves_as(f) is None
    part = f.repaired()
    assert formula_text(part) == ["1/3 x² + 1/3 y² + 1/3 z²", "0"] and part.error().relative < 1e-12
    again = part.repaired()
    x = np.random.default_rng(0).normal(size=(5, 3))
    assert np.allclose(again(x), part(x))


@pytest.mark.parametrize("text", ["t1,0,0,0,0 : 2e -> 2e", "t1 t2,t1^2,0,t5,0 : 2e -> 2e", "x^5,0,0 : 1o -> 1e", "x^3 : 1o -> 0o"])
def test_the_equivariant_part_is_exact_for_higher_degrees(text: str) -> None:
    part = read_map(text).repaired()
    x = part.samples
    assert np.abs(part(x)).max() < 1e-10 or part.error().relative < 1e-9


@pytest.mark.parametrize("formula", ["(" * 3000 + "x" + ")" * 3000, "-" * 5000 + "x", "9" * 5000, "x^2" * 400, "x/0"])
def test_absurd_formulas_are_sentences(formula: str) -> None:
    with pytest.raises(UserError) as refused:
        read_map(f"{formula} : 1o -> 0e")
    assert refused.value.message.endswith(".")


def test_what_is_built_of_equivariant_maps_is_equivariant() -> None:
    v, c, n, cross = (read_map(t) for t in (VECTOR, CUBIC, NORM, CROSS.format("1e")))
    assert plus(v, c).error().relative < 1e-12
    both = after(n, v)
    assert both.error().relative < 1e-12 and both.type == "1o → 0e"
    product = times(v, c)
    assert product.type == "1o → 0e + 1e + 2e" and product.error().relative < 1e-12
    assert times(cross, cross).error().relative < 1e-11
    with pytest.raises(UserError, match="no sum"):
        plus(v, n)
    with pytest.raises(UserError, match="f ∘ g"):
        after(v, n)
    with pytest.raises(UserError, match="no product"):
        times(v, cross)


def test_the_tensor_product_is_dot_and_cross() -> None:
    a = read_map("x1, y1, z1 : 2x1o -> 1o")
    b = read_map("x2, y2, z2 : 2x1o -> 1o")
    x = np.random.default_rng(1).normal(size=(4, 6))
    said = times(a, b)(x)
    dot, cross = (x[:, :3] * x[:, 3:]).sum(1), np.cross(x[:, :3], x[:, 3:])
    assert np.allclose(np.abs(said[:, 0] / dot), 1 / np.sqrt(3)) and np.allclose(np.abs(said[:, 1:4] / cross), 1 / np.sqrt(2))


@pytest.mark.parametrize("kind", [name for name in KINDS if name != "e3nn"])
def test_networks_learn_and_keep_what_they_are_built_to_keep(kind: str) -> None:
    before, after_ = trained(kind, 0, 0), trained(kind, 1200, 0)
    assert after_.losses[-1] < 0.5 * before.losses[-1]
    equivariant = kind.startswith("invariants")
    assert (after_.errors.max() < 1e-10) == equivariant
    assert (after_.test < 0.2) == equivariant
    assert trained(kind, 1200, 0) is after_


def test_augmentation_helps_and_never_suffices() -> None:
    plain, turned = trained("MLP", 1500, 1), trained("MLP, augmented", 1500, 1)
    assert 1e-2 < turned.errors[-1] < plain.errors[-1] and turned.test < plain.test


@pytest.mark.slow
def test_an_e3nn_network_is_equivariant_from_the_first_step() -> None:
    pytest.importorskip("e3nn")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = trained("e3nn", 60, 0)
    assert net.errors.max() < 1e-10 and net.losses[-1] < net.losses[0]
    g = Element((1.0, 2.0, 3.0), 40.0, True)
    x = np.random.default_rng(2).normal(size=(1, 6))
    assert np.allclose(net.map(x @ D("2x1o", g).T), net.map(x) @ D("1o", g).T)

"""Tensor products as lists of paths: everything that e3nn's module reports, for hundreds of random irreps, and the counts by hand."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from symmetry.products import random_irreps, random_product

from e3viz.errors import UserError
from e3viz.symmetry.clebsch_gordan import exact_clebsch_gordan
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.path_costs import as_uvu, costs, nonzero_count, path_cost
from e3viz.symmetry.path_presets import PRESETS, convolution, elementwise, full, fully_connected, mace_convolution
from e3viz.symmetry.paths import (
    IRREP_NORMALIZATIONS,
    MODES,
    PATH_NORMALIZATIONS,
    Instruction,
    TensorProduct,
    allowed_paths,
    fitting_modes,
    forbidden,
    is_allowed,
    mismatch,
)

SQUARED = "128x0e+128x1o+64x2e+32x3o"


@pytest.fixture(scope="module")
def o3() -> Iterator[Any]:
    return pytest.importorskip("e3nn.o3")


def built(o3: Any, product: TensorProduct) -> Any:
    return o3.TensorProduct(
        str(product.irreps1), str(product.irreps2), str(product.irreps_out),
        [(p.i1, p.i2, p.iout, p.mode, p.has_weight, p.path_weight) for p in product.instructions],
        in1_var=product.var1 or None, in2_var=product.var2 or None, out_var=product.var_out or None,
        irrep_normalization=product.irrep_normalization, path_normalization=product.path_normalization, compile_left_right=False,
    )  # fmt: skip


def assert_same(module: Any, product: TensorProduct) -> None:
    assert module.weight_numel == product.weight_count
    assert module.irreps_out.dim == product.dim
    assert str(module.irreps_out) == str(product.irreps_out) and str(module.irreps_in1) == str(product.irreps1)
    assert len(module.instructions) == len(product.instructions)
    for theirs, mine, shape, coefficient in zip(
        module.instructions, product.instructions, product.shapes, product.coefficients, strict=True
    ):
        assert (theirs.i_in1, theirs.i_in2, theirs.i_out, theirs.connection_mode) == (mine.i1, mine.i2, mine.iout, mine.mode)
        assert theirs.has_weight == mine.has_weight and theirs.path_shape == shape
        assert theirs.path_weight == coefficient  # to the last digit
    assert f"| {product.copy_paths} paths | {product.weight_count} weights)" in repr(module)


def test_equals_e3nn_for_500_random_irreps(o3: Any) -> None:
    rng = random.Random(11)
    seen: set[tuple[str, ...]] = set()
    for _ in range(500):
        product = random_product(rng)
        assert_same(built(o3, product), product)
        seen |= {(p.mode, product.irrep_normalization, product.path_normalization) for p in product.instructions}
    assert len(seen) == len(MODES) * len(IRREP_NORMALIZATIONS) * len(PATH_NORMALIZATIONS)


def test_presets_equal_e3nn(o3: Any) -> None:
    rng, checked = random.Random(12), 0
    for _ in range(40):
        first, second, out = random_irreps(rng), random_irreps(rng), random_irreps(rng)
        kind = rng.choice(IRREP_NORMALIZATIONS)
        options: dict[str, Any] = {"irrep_normalization": kind, "compile_left_right": False}
        ours: Any = {"irrep_normalization": kind}
        assert_same(
            o3.FullyConnectedTensorProduct(str(first), str(second), str(out), **options), fully_connected(first, second, out, **ours)
        )
        assert_same(o3.FullTensorProduct(str(first), str(second), **options), full(first, second, **ours))
        keep = [str(irrep) for _, irrep in out]
        assert_same(o3.FullTensorProduct(str(first), str(second), keep, **options), full(first, second, out, **ours))
        if first.count == second.count:
            assert_same(o3.ElementwiseTensorProduct(str(first), str(second), **options), elementwise(first, second, **ours))
            checked += 1
        else:
            with pytest.raises(UserError, match="one to one"):
                elementwise(first, second)
    assert checked


def test_convolution_of_nequip() -> None:
    made = convolution("4x0e+4x1o", "0e+1o+2e", "4x0e+4x1o")
    assert str(made.irreps_out) == "4x0e+4x0e+4x1o+4x1o+4x1o"
    assert [(p.i1, p.i2, p.iout, p.mode) for p in made.instructions] == [
        (0, 0, 0, "uvu"), (0, 1, 2, "uvu"), (1, 0, 3, "uvu"), (1, 1, 1, "uvu"), (1, 2, 4, "uvu"),
    ]  # fmt: skip
    assert made.weight_count == 5 * 4
    assert made.coefficients == pytest.approx([1.0, 3**0.5, 3**0.5, 1.0, 3**0.5])


def test_convolution_of_mace_keeps_the_irreps_of_its_harmonics() -> None:
    made = mace_convolution("8x0e+8x1o", "0e+1o+2e+3o")
    assert {str(irrep) for _, irrep in made.irreps_out} == {"0e", "1o", "2e", "3o"}
    assert [p.iout for p in made.instructions] == list(range(len(made.instructions)))


def test_every_preset_has_only_allowed_paths() -> None:
    for make in PRESETS.values():
        made = make("2x0e+2x1o", "2x0e+2x1o", "2x0e+2x1o+2x1e")
        assert made.instructions
        for path in made.instructions:
            assert is_allowed(*(irrep for _, irrep in made.terms(path)))


def test_all_allowed_paths_and_no_other() -> None:
    rng = random.Random(13)
    for _ in range(50):
        a, b, c = random_irreps(rng), random_irreps(rng), random_irreps(rng)
        every = [(i, j, k) for i, (_, x) in enumerate(a) for j, (_, y) in enumerate(b) for k, (_, z) in enumerate(c) if z in x * y]
        assert list(allowed_paths(a, b, c)) == every


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("1o 1o 3e", "l₃ = 3 is above l₁ + l₂ = 1 + 1 = 2"),
        ("3o 1o 0e", "l₃ = 0 is below |l₁ − l₂| = |3 − 1| = 2"),
        ("1o 1o 1o", r"(−)(−) = +, but 1o is odd (−)"),
        ("1o 2e 1e", r"(−)(+) = −, but 1e is even (+)"),
        ("1o 1o 1e", ""),
    ],
)
def test_forbidden_says_the_rule_with_the_numbers(path: str, words: str) -> None:
    said = forbidden(*map(Irrep.parse, path.split()))
    assert words in said if words else not said


def test_modes_and_multiplicities() -> None:
    assert mismatch("uvu", 4, 2, 4) == "" and "makes 4 copies, but the output has 3" in mismatch("uvu", 4, 2, 3)
    assert "one to one" in mismatch("uuu", 4, 2, 4)
    assert "needs weights" in mismatch("uvw", 1, 1, 1, has_weight=False)
    assert fitting_modes(4, 1, 4) == ("uvw", "uvu", "uvuv")


@pytest.mark.parametrize(
    "path", [(0, 0, 1), (0, 0, -1), (0, 0, 0, "uvv"), (0, 0, 0, "uwu"), (0, 0, 0, "uvw", True, -1.0), (0, 0, 0, "uvw", True, float("nan"))]
)
def test_wrong_paths_are_told(path: tuple[Any, ...]) -> None:
    with pytest.raises(UserError, match="Path 0"):
        TensorProduct(Irreps.parse("2x1o"), Irreps.parse("3x1o"), Irreps.parse("4x1e"), (Instruction(*path),))


def test_wrong_normalisations_are_told() -> None:
    with pytest.raises(UserError, match="no normalisation"):
        fully_connected("1o", "1o", "0e", irrep_normalization="components")
    with pytest.raises(UserError, match="variances"):
        TensorProduct(Irreps.parse("1o"), Irreps.parse("1o"), Irreps.parse("0e"), (), var1=(1.0, 2.0))


def test_nonzero_counts_are_exact() -> None:
    for a in range(5):
        for b in range(5):
            for c in range(abs(a - b), a + b + 1):
                assert nonzero_count(a, b, c) == len(exact_clebsch_gordan(a, b, c)), (a, b, c)


def test_costs_by_hand() -> None:
    # 32 vectors times one: y into C (45), weights times vectors (96), the rest (32 · 15); without zeros 11 instead of 45
    assert path_cost("uvu", (32, 1, 32), (1, 1, 2), True, sparse=False) == 45 + 96 + 480
    assert path_cost("uvu", (32, 1, 32), (1, 1, 2), True, sparse=True) == nonzero_count(1, 1, 2) + 96 + 480
    # a dot product of single copies: three products, then its weight
    assert path_cost("uuu", (1, 1, 1), (1, 1, 0), True, sparse=False) in (4, 6)
    assert path_cost("uuu", (5, 5, 5), (1, 1, 1), False, sparse=False) == 30
    assert path_cost("uvw", (0, 1, 2), (1, 1, 0), True, sparse=True) == 0


def test_costs_of_a_product() -> None:
    made = fully_connected("8x0e+8x1o", "4x0e+4x1o", "8x0e+8x1o")
    found = costs(made)
    assert found.least <= found.e3nn < found.dense
    assert found.dense_weights == 32 * 16 * 32 and found.dense == 32 * 16 * 33
    uvu = as_uvu(made)
    assert all(p.mode == "uvu" for p in uvu.instructions) and len(uvu.instructions) == len(made.instructions)
    assert costs(uvu).e3nn == found.uvu


def test_a_huge_product_is_counted_at_once() -> None:
    for module in (path_cost, nonzero_count):
        module.cache_clear()
    start = time.process_time()
    made = full(SQUARED, SQUARED)
    made.coefficients, made.weight_count, costs(made)
    spent = time.process_time() - start
    assert made.dim == Irreps.parse(SQUARED).dim ** 2
    assert spent < 0.05, f"{1e3 * spent:.1f} ms"

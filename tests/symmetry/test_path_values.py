"""The value of tensor products is e3nn's; their gradient is the derivative of the loss, and following it finds hidden weights."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from symmetry.products import random_product

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.path_presets import fully_connected
from e3viz.symmetry.path_values import descend, evaluate, lesson, path_errors, strand_weights
from e3viz.symmetry.paths import MODES, Instruction, TensorProduct
from e3viz.symmetry.wigner import D, wigner_D

G = Element(axis=(0.3, 0.5, 0.8), angle=78.0, inversion=True)


def samples(product: TensorProduct, n: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, product.irreps1.dim)), rng.normal(size=(n, product.irreps2.dim)), rng.normal(size=product.weight_count)


@pytest.fixture
def torch() -> Iterator[Any]:
    """torch with double numbers, which e3nn's constants are made of too."""
    module = pytest.importorskip("torch")
    before = module.get_default_dtype()
    module.set_default_dtype(module.float64)
    yield module
    module.set_default_dtype(before)


def test_values_equal_e3nn(torch: Any) -> None:
    o3 = pytest.importorskip("e3nn.o3")
    rng, modes = random.Random(21), set()
    for number in range(25):
        product = random_product(rng)
        if not product.instructions or product.dim == 0:
            continue
        x, y, w = samples(product, 3, number)
        module = o3.TensorProduct(
            str(product.irreps1), str(product.irreps2), str(product.irreps_out),
            [(p.i1, p.i2, p.iout, p.mode, p.has_weight, p.path_weight) for p in product.instructions],
            in1_var=product.var1 or None, in2_var=product.var2 or None, out_var=product.var_out or None,
            irrep_normalization=product.irrep_normalization, path_normalization=product.path_normalization,
            internal_weights=False,
        )  # fmt: skip
        theirs = module(torch.tensor(x), torch.tensor(y), torch.tensor(w)).numpy()
        np.testing.assert_allclose(evaluate(product, w, x, y), theirs, atol=1e-12 * max(1.0, np.abs(theirs).max()))
        modes |= {path.mode for path in product.instructions}
    assert modes == set(MODES)


def test_equivariant() -> None:
    product = fully_connected("2x0e+1x1o+1x2e+1x1e", "1x1o+1x2o", "2x0e+2x1o+1x1e+1x2o+1x3e")
    x, y, w = samples(product, 5, 3)
    turned = evaluate(product, w, x @ D(product.irreps1, G).T, y @ D(product.irreps2, G).T)
    np.testing.assert_allclose(turned, evaluate(product, w, x, y) @ D(product.irreps_out, G).T, atol=1e-12)
    turns = [tuple(wigner_D(irrep.l, G, irrep.parity) for _, irrep in product.terms(path)) for path in product.instructions]
    assert path_errors(product, turns).max() < 1e-14  # type: ignore[arg-type]
    wrong = [(one, two, -out) for one, two, out in turns]
    assert path_errors(product, wrong).min() > 0.1


@pytest.mark.parametrize("mode", MODES)
def test_gradient_is_the_derivative_of_the_loss(mode: str) -> None:
    copies = {"uvw": (2, 3, 2), "uvu": (2, 3, 2), "uvv": (2, 3, 3), "uuw": (3, 3, 2), "uuu": (3, 3, 3), "uvuv": (2, 3, 6)}[mode]
    irreps = [Irreps.parse(f"{n}x{ir}+{n}x0e") for n, ir in zip(copies, ("1o", "1o", "2e"), strict=True)]
    product = TensorProduct(*irreps, (Instruction(0, 0, 0, mode), Instruction(1, 1, 1, mode), Instruction(0, 0, 1, mode)))
    x, y, w = samples(product, 7, 4)
    target = np.random.default_rng(5).normal(size=(7, product.dim))
    what = lesson(product, x, y, target)

    def loss(weights: np.ndarray) -> float:
        return float(((evaluate(product, weights, x, y) - target) ** 2).mean())

    assert what.loss(w) == pytest.approx(loss(w), rel=1e-10)
    step = 1e-5
    for k in range(0, product.weight_count, 3):
        shift = np.zeros(product.weight_count)
        shift[k] = step
        assert what.gradient(w)[k] == pytest.approx((loss(w + shift) - loss(w - shift)) / (2 * step), abs=1e-7)


def test_paths_without_weights_take_part() -> None:
    product = TensorProduct(
        Irreps.parse("1x1o"),
        Irreps.parse("1x1o"),
        Irreps.parse("1x0e"),
        (Instruction(0, 0, 0, "uuu", has_weight=False), Instruction(0, 0, 0, "uuu")),
    )
    x, y, _ = samples(product, 9, 6)
    target = np.zeros((9, 1))
    found = lesson(product, x, y, target).best()
    assert found == pytest.approx([-1.0])  # it undoes the fixed path
    assert strand_weights(product, np.array([-0.5])) == pytest.approx([1.0, -0.5])


def test_descent_finds_hidden_weights() -> None:
    product = fully_connected("2x0e+2x1o", "1x0e+1x1o", "2x0e+2x1o+1x1e")
    x, y, hidden = samples(product, 64, 7)
    what = lesson(product, x, y, evaluate(product, hidden, x, y))
    path = descend(what, np.zeros(product.weight_count), 1.0, 300)
    assert (np.diff(path.losses) <= 1e-15).all()
    assert path.losses[-1] < 1e-6 * path.losses[0]
    np.testing.assert_allclose(path.weights[-1], hidden, atol=0.01)
    np.testing.assert_allclose(what.best(), hidden, atol=1e-9)
    assert descend(what, np.zeros(product.weight_count), 2.1, 60).losses[-1] > path.losses[0]  # too large a step diverges


def test_wrong_number_of_weights() -> None:
    with pytest.raises(UserError, match="weights"):
        evaluate(fully_connected("1o", "1o", "0e"), np.zeros(2), np.zeros((1, 3)), np.zeros((1, 3)))

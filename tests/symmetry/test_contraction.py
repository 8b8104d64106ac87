"""The quick tensor product beside e3nn's: values, derivatives and second derivatives."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch

from e3viz.errors import UserError
from e3viz.symmetry.contraction import Contraction
from e3viz.symmetry.irreps import Irrep

CASES = [
    "2x0e+2x1o+2x1e+2x2e+2x3o+2x3e",
    "4x0e",
    "3x0e+3x1o",
    "4x0e+4x1o+4x2e",
    "5x0o+5x0e+5x1o+5x1e+5x2o+5x2e",
    "3x0e+3x1o+3x2e+3x3o",
    "2x1o+2x0e",
]


def e3nn_product(plan: Contraction) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from e3nn import o3

        return o3.TensorProduct(
            str(plan.irreps_x),
            str(plan.irreps_y),
            [(plan.channels, str(path.out)) for path in plan.paths],
            [(path.x, path.y, n, "uvu", True) for n, path in enumerate(plan.paths)],
            shared_weights=False,
            internal_weights=False,
        )


def to_e3nn(plan: Contraction, x: torch.Tensor) -> torch.Tensor:
    """Channels before m, term by term."""
    parts, start = [], 0
    for _, irrep in plan.irreps_x:
        parts.append(x[:, start : start + irrep.dim].transpose(1, 2).flatten(1))
        start += irrep.dim
    return torch.cat(parts, 1)


def in_path_order(plan: Contraction, out: torch.Tensor) -> torch.Tensor:
    """Our output as e3nn lays it out: path by path, channels before m."""
    parts = []
    for s in plan.segments:
        block = out[:, s.start : s.stop].unflatten(1, (s.out.dim, len(s.paths)))
        parts += [block[:, :, n].transpose(1, 2).flatten(1) for n in range(len(s.paths))]
    return torch.cat(parts, 1)


def arrays(plan: Contraction, edges: int, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(3)
    shapes = [(edges, plan.dim_x, plan.channels), (edges, plan.dim_y), (edges, len(plan.paths), plan.channels)]
    return tuple(torch.randn(shape, generator=random, dtype=torch.float64).to(dtype).requires_grad_() for shape in shapes)


@pytest.mark.parametrize("irreps", CASES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
def test_equals_e3nn_to_second_derivatives(irreps: str, dtype: torch.dtype, tolerance: float) -> None:
    plan = Contraction(irreps, "0e+1o+2e+3o", None if irreps == CASES[1] else {Irrep(l, p) for l in range(4) for p in (1, -1)})
    theirs = e3nn_product(plan).to(dtype)
    x, y, w = arrays(plan, 150, dtype)
    weights = torch.randn(150, sum(plan.channels * p.out.dim for p in plan.paths), dtype=dtype)
    found = []
    for out in (in_path_order(plan, plan(x, y, w)), theirs(to_e3nn(plan, x), y, w.flatten(1))):
        first = torch.autograd.grad((out * weights).sum() + (out**2).sum(), (x, y, w), create_graph=True)
        second = torch.autograd.grad(sum((g * torch.linspace(-1, 1, g.numel(), dtype=dtype).view_as(g)).sum() for g in first), (x, y, w))
        found.append([out, *first, *second])
    for a, b in zip(*found, strict=True):
        assert (a - b).abs().max() <= tolerance * 10 * b.abs().max() if dtype == torch.float32 else tolerance * b.abs().max()


def test_float32_is_as_close_to_the_truth_as_its_digits_allow() -> None:
    plan = Contraction("8x0e+8x1o+8x2e", "0e+1o+2e")
    exact = plan(*arrays(plan, 50, torch.float64))
    assert (plan(*arrays(plan, 50, torch.float32)) - exact).abs().max() < 1e-6 * exact.abs().max()


@pytest.mark.parametrize("irreps", ["3x0e", "2x0e+2x1o+2x2e", CASES[0]])
def test_a_convolution_is_gather_product_and_sum(irreps: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("e3viz.symmetry.contracting.CACHE_BYTES", 1)
    plan = Contraction(irreps, "0e+1o+2e")
    _, y, w = arrays(plan, 150, torch.float64)
    x = torch.randn(7, plan.dim_x, plan.channels, dtype=torch.float64, requires_grad=True)
    source, target = torch.randint(0, 7, (2, 150))
    found = []
    for out in (
        plan.convolve(x, y, w, source=source, target=target, atoms=9),
        torch.zeros(9, plan.dim_out, plan.channels, dtype=torch.float64).index_add(0, target, plan(x[source], y, w)),
    ):
        first = torch.autograd.grad((out**3).sum(), (x, y, w), create_graph=True)
        found.append([out, *first, *torch.autograd.grad(sum((g**2).sum() for g in first), (x, y, w))])
    for a, b in zip(*found, strict=True):
        assert torch.allclose(a, b, rtol=1e-11, atol=1e-11 * float(b.detach().abs().max()))


def test_derivatives_by_finite_differences() -> None:
    plan = Contraction("2x0e+2x1o", "0e+1o")
    source, target = torch.tensor([0, 1, 1]), torch.tensor([1, 0, 2])
    x, y, w = arrays(plan, 3, torch.float64)
    assert torch.autograd.gradgradcheck(lambda *a: plan.convolve(*a, source=source, target=target, atoms=3), (x, y, w))


def test_no_edges_make_nothing() -> None:
    plan = Contraction("2x0e+2x1o", "0e+1o")
    none = torch.zeros(0, dtype=torch.int64)
    out = plan.convolve(torch.ones(3, 4, 2), torch.zeros(0, 4), torch.zeros(0, len(plan.paths), 2), source=none, target=none, atoms=3)
    assert out.shape == (3, plan.dim_out, 2) and not out.any()


@pytest.mark.parametrize(("x", "y"), [("2x0e+3x1o", "0e"), ("2x0e", "2x0e"), ("", "0e")])
def test_uneven_channels_are_refused(x: str, y: str) -> None:
    with pytest.raises(UserError, match="one number of channels"):
        Contraction(x, y)


def test_wrong_shapes_are_refused() -> None:
    plan = Contraction("2x0e+2x1o", "0e+1o")
    with pytest.raises(ValueError, match="do not fit"):
        plan(torch.zeros(5, 4, 2), torch.zeros(5, 3), torch.zeros(5, len(plan.paths), 2))

"""What NequIP and SchNet are made of: harmonics and radial functions with their slopes, and NequIP beside the equations with e3nn."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
import torch
from e3nn import o3

from e3viz.atoms.structure import Structure
from e3viz.potentials import radial
from e3viz.potentials.graphs import Curve, graph, respond, together
from e3viz.potentials.nequip import Harmonics, Network, Settings
from e3viz.potentials.neural import Scaled

SETTINGS = Settings(layers=2, l_max=2, odd=True, channels=3, radial_width=5, dtype="float64", r_max=3.0)


def molecule(seed: int = 0) -> Structure:
    random = np.random.default_rng(seed)
    return Structure(np.array([1, 6, 8, 6], dtype=np.int32), random.normal(size=(4, 3)) * 0.9)


@pytest.mark.parametrize("l_max", [0, 1, 2, 3])
def test_harmonics_are_those_of_e3nn_and_know_their_slopes(l_max: int) -> None:
    vectors = torch.randn(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    distance = vectors.norm(dim=1, keepdim=True)
    y, turn = Harmonics(l_max)((vectors / distance).detach(), distance.detach())
    theirs = o3.spherical_harmonics(list(range(l_max + 1)), vectors, True, "component") + 0.0 * vectors[:, :1]
    assert torch.allclose(y, theirs.to(y), atol=1e-6 if theirs.dtype == torch.float32 else 1e-12)
    for n in range(y.shape[1]):
        (slope,) = torch.autograd.grad(theirs[:, n].sum(), vectors, retain_graph=True)
        assert torch.allclose(turn[:, n], slope, atol=1e-10)


@pytest.mark.parametrize(
    "function",
    [
        lambda r: radial.bessel(r, 4.0, 6),
        lambda r: radial.gaussians(r, 4.0, 9),
        lambda r: radial.polynomial_cutoff(r, 4.0, 6),
        lambda r: radial.cosine_cutoff(r, 4.0),
        lambda r: radial.bessel(r, 4.0, 3) * radial.polynomial_cutoff(r, 4.0, 5),
    ],
)
def test_curves_know_their_slopes(function: object) -> None:
    assert callable(function)
    r = torch.linspace(0.4, 3.9, 12, dtype=torch.float64)[:, None]
    up, here, down = (function(r + d) for d in (1e-5, 0.0, -1e-5))
    assert torch.allclose((up.value - down.value) / 2e-5, here.slope, rtol=1e-6, atol=1e-8)


def test_cutoffs_end_smoothly() -> None:
    end = torch.tensor([[4.0]], dtype=torch.float64)
    for curve in (radial.polynomial_cutoff(end, 4.0, 6), radial.cosine_cutoff(end, 4.0)):
        assert abs(float(curve.value)) < 1e-14 and abs(float(curve.slope)) < 1e-14
    assert float(radial.polynomial_cutoff(end * 0.0, 4.0, 6).value) == 1.0


@pytest.mark.parametrize("softplus", [False, True])
def test_a_radial_network_carries_slopes_and_their_derivatives(softplus: bool) -> None:
    network = radial.RadialNetwork((3, 5, 4), (0.7, 0.6), torch.Generator().manual_seed(2), softplus=softplus, ends=softplus)
    for bias in network.biases:
        torch.nn.init.constant_(bias, 0.3)
    value, slope = torch.randn(2, 6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3)).unbind()
    made = network(Curve(value, slope))
    up, down = (network(Curve(value + d * slope, slope)).value for d in (1e-5, -1e-5))
    assert torch.allclose((up - down) / 2e-5, made.slope, rtol=1e-6, atol=1e-9)
    step = 1e-5
    loss = lambda: (network(Curve(value, slope)).slope ** 2).sum() + network(Curve(value, slope)).value.sin().sum()  # noqa: E731
    gradients = torch.autograd.grad(loss(), list(network.parameters()))
    for parameter, gradient in zip(network.parameters(), gradients, strict=True):
        with torch.no_grad():
            parameter.view(-1)[0] += step
            above = float(loss())
            parameter.view(-1)[0] -= 2 * step
            below = float(loss())
            parameter.view(-1)[0] += step
        assert (above - below) / (2 * step) == pytest.approx(float(gradient.view(-1)[0]), rel=1e-5, abs=1e-8)


def test_nequip_is_the_published_convolution() -> None:
    """One layer with e3nn: linear, tensor product, sum over neighbours, linear, gate."""
    settings = dataclasses.replace(SETTINGS, layers=2, l_max=1, odd=False, channels=2)
    network = Network(settings, 3, 2.0, torch.Generator().manual_seed(4))
    layer, c = network.layers[1], settings.channels
    one = graph(molecule(), (1, 6, 8), settings.r_max)
    terms = network.terms(one.vectors)
    _, x, after = network.steps(terms, one)
    irreps = o3.Irreps(f"{c}x0e+{c}x1o")
    paths = [(c, str(path.out)) for path in layer.product.paths]
    with_e3nn = o3.TensorProduct(
        irreps, "0e+1o", paths, [(p.x, p.y, n, "uvu", True) for n, p in enumerate(layer.product.paths)],
        shared_weights=False, internal_weights=False,
    ).double()  # fmt: skip
    scalars, vectors = (x[0] @ layer.first[0], torch.einsum("mnc,cd->ndm", x[1:], layer.first[1]))
    mixed = torch.cat([scalars, vectors.flatten(1)], 1)
    y = torch.cat([terms.harmonics, terms.harmonics * torch.tensor([1.0, -1.0, -1.0, -1.0])])
    weights = torch.cat([terms.curves[1].value] * 2)
    messages = with_e3nn(mixed[one.source], y, weights)
    summed = torch.zeros(4, messages.shape[1], dtype=torch.float64).index_add(0, one.target, messages)
    even = [n for n, (_, irrep) in enumerate(paths) if irrep == "0e"]
    where = with_e3nn.irreps_out.slices()
    own = torch.stack([x[0, n] @ layer.own[0].view(3, c, -1)[kind] for n, kind in enumerate(one.species)])
    made = torch.cat([summed[:, where[n]] for n in even], 1) @ layer.second[0] + own
    assert torch.allclose(after[0], torch.nn.functional.silu(made), atol=1e-8)


def test_a_batch_is_its_structures() -> None:
    network = Network(SETTINGS, 3, 3.0, torch.Generator().manual_seed(5))
    model = Scaled(network, 3).double()
    graphs = [graph(molecule(seed), (1, 6, 8), SETTINGS.r_max) for seed in range(3)]
    batch = respond(model, together(graphs))
    alone = [respond(model, one) for one in graphs]
    assert torch.allclose(batch.energy, torch.cat([a.energy for a in alone]), atol=1e-12)
    assert torch.allclose(batch.forces, torch.cat([a.forces for a in alone]), atol=1e-12)


def test_odd_features_are_reached_only_by_way_of_products() -> None:
    network = Network(SETTINGS, 3, 3.0, torch.Generator())
    assert [str(irrep) for irrep in network.layers[0].after] == ["0e", "1o", "2e"]
    deeper = Network(dataclasses.replace(SETTINGS, layers=4), 3, 3.0, torch.Generator())
    assert [str(irrep) for irrep in deeper.layers[1].after] == ["0e", "1e", "1o", "2e", "2o"]
    assert [str(irrep) for irrep in deeper.layers[2].after] == ["0e", "0o", "1e", "1o", "2e", "2o"]
    assert [str(irrep) for irrep in deeper.layers[3].after] == ["0e"]


def test_an_atom_alone_has_only_its_shift() -> None:
    network = Network(SETTINGS, 3, 3.0, torch.Generator().manual_seed(6))
    alone = Structure(np.array([6], dtype=np.int32), np.zeros((1, 3)))
    assert float(respond(Scaled(network, 3).double(), graph(alone, (1, 6, 8), 3.0)).energy) == 0.0


def test_gains_are_root_mean_squares() -> None:
    x = torch.linspace(-12, 12, 200_001, dtype=torch.float64)
    density = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi) * (x[1] - x[0])
    from e3viz.potentials import nequip

    for gain, function in ((nequip._SILU_GAIN, torch.nn.functional.silu), (nequip._TANH_GAIN, torch.tanh)):
        assert gain**2 * float((function(x) ** 2 * density).sum()) == pytest.approx(1.0, abs=1e-4)

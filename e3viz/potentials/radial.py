"""Functions of the distance, each with its derivative: radial bases, cutoffs, and networks of the distance.

A network's energy depends on positions through functions of distances and through harmonics only. Carrying the slope along with the
value makes forces one step of back-propagation up to these functions, and leaves training only one through them instead of two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from e3viz.potentials.graphs import Curve
from e3viz.potentials.neural import weight


def bessel(distance: Tensor, r_max: float, count: int) -> Curve:
    """(2/r_max) sin(nπr/r_max)/r for n = 1 … count. distance: (m, 1)."""
    frequencies = torch.arange(1, count + 1, dtype=distance.dtype, device=distance.device) * (math.pi / r_max)
    angles, factor = distance * frequencies, 2.0 / r_max / distance
    value = torch.sin(angles) * factor
    return Curve(value, torch.cos(angles) * (frequencies * factor) - value / distance)


def gaussians(distance: Tensor, r_max: float, count: int) -> Curve:
    """exp(−½((r − c)/w)²) with centres c from 0 to r_max and their spacing w."""
    width = r_max / (count - 1)
    away = (distance - torch.linspace(0.0, r_max, count, dtype=distance.dtype, device=distance.device)) / width
    value = torch.exp(-0.5 * away.square())
    return Curve(value, value * away / -width)


def polynomial_cutoff(distance: Tensor, r_max: float, p: int) -> Curve:
    """From 1 at 0 to 0 at r_max with two vanishing derivatives there (J. Gasteiger et al., arXiv 2003.03123)."""
    u = distance / r_max
    power = u ** (p - 1)
    value = 1.0 - 0.5 * power * u * ((p + 1) * (p + 2) - u * (2 * p * (p + 2) - u * (p * (p + 1))))
    return Curve(value, power * (1.0 - u).square() * (-0.5 * p * (p + 1) * (p + 2) / r_max))


def cosine_cutoff(distance: Tensor, r_max: float) -> Curve:
    """½(1 + cos(πr/r_max))."""
    angle = distance * (math.pi / r_max)
    return Curve(0.5 * (1.0 + torch.cos(angle)), torch.sin(angle) * (-0.5 * math.pi / r_max))


class RadialNetwork(nn.Module):
    """Dense layers with an activation between them: SiLU, or ln(½eˣ + ½) (`softplus`). ends: activation after the last one too."""

    def __init__(
        self, widths: Sequence[int], gains: Sequence[float], random: torch.Generator, *, softplus: bool = False, ends: bool = False
    ) -> None:
        super().__init__()
        self.softplus, self.ends = softplus, ends
        self.matrices = nn.ParameterList(
            weight(shape, gain, random, uniform=True) for shape, gain in zip(pairwise(widths), gains, strict=True)
        )
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(b, dtype=torch.float64)) for b in widths[1:] if softplus)

    def forward(self, basis: Curve) -> Curve:
        """The functions that it makes of a radial basis."""
        edges = len(basis.value)
        both = torch.cat([basis.value, basis.slope])
        for n, matrix in enumerate(self.matrices):
            both = both @ matrix
            if len(self.biases):
                both = torch.cat([both[:edges] + self.biases[n], both[edges:]])
            if self.ends or n + 1 < len(self.matrices):
                both = _Activation.apply(both, self.softplus)  # type: ignore[no-untyped-call]
        return Curve(*both.chunk(2))


class _Activation(torch.autograd.Function):
    """a(z) and its derivative along, a′(z) z′, for rows z and below them rows z′. Backward wants a″ too."""

    @staticmethod
    def forward(ctx: Any, both: Tensor, softplus: bool) -> Tensor:
        z, along = both.chunk(2)
        ctx.save_for_backward(both)
        ctx.softplus = softplus
        if softplus:
            return torch.cat([nn.functional.softplus(z).sub_(math.log(2.0)), torch.sigmoid(z).mul_(along)])
        return torch.cat([silu(z), torch.ops.aten.silu_backward(along, z)])

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, g: Tensor) -> Any:
        (both,) = ctx.saved_tensors
        (z, along), by_along = both.chunk(2), g[len(g) // 2 :]
        s = torch.sigmoid(z)
        second = torch.addcmul(s, s, s, value=-1.0)
        if ctx.softplus:
            first = s * g.view(2, *z.shape)
        else:
            first = torch.ops.aten.silu_backward(g.view(2, *z.shape), z.expand(2, *z.shape))
            second *= torch.addcmul(z + 2.0, z, s, value=-2.0)
        first[0].addcmul_(second.mul_(along), by_along)
        return first.view_as(both), None

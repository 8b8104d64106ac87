"""SchNet: continuous-filter convolutions on scalar features (K. T. Schütt et al., NeurIPS 2017, arXiv 1706.08566).

An atom's features start from its element. An interaction adds to them what passes from its neighbours through a filter, a network of
the distance expanded in Gaussians: x ← x + A(ssp(A(Σⱼ A(xⱼ) · W(rᵢⱼ)))), with A dense layers on the channels of each atom and
ssp(x) = ln(½eˣ + ½). Filters end smoothly at the cutoff by a cosine, as in SchNetPack (J. Chem. Theory Comput. 15, 448 (2019)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from e3viz.atoms.structure import Structure
from e3viz.potentials.contract import FitData, Kind, LayerFeatures, check_elements
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.graphs import Graphs
from e3viz.potentials.neural import NeuralPotential, NeuralSettings, weight
from e3viz.potentials.settings import setting


@dataclass(frozen=True)
class Settings(NeuralSettings):
    """Layers and channels as published; cutoff and Gaussians as SchNetPack has them for small molecules."""

    learning_rate: float = setting(0.001, "of Adam, at the start", low=1e-8, high=1.0)
    r_max: float = setting(5.0, "cutoff, Å", low=0.5, high=30.0)
    layers: int = setting(3, "interactions", low=1, high=10)
    channels: int = setting(64, "features of an atom", low=2, high=1024)
    gaussians: int = setting(50, "radial basis functions", low=2, high=500)


class Dense(nn.Module):
    """Layers x W + b, with ssp between them and, if `ends`, after the last."""

    def __init__(self, widths: tuple[int, ...], random: torch.Generator, *, ends: bool = False, bias: bool = True) -> None:
        super().__init__()
        self.ends = ends
        self.matrices = nn.ParameterList(_glorot(a, b, random) for a, b in pairwise(widths))
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(b, dtype=torch.float64)) for b in widths[1:] if bias)

    def forward(self, x: Tensor) -> Tensor:
        """x: (…, widths[0])."""
        for n, matrix in enumerate(self.matrices):
            x = torch.addmm(self.biases[n], x, matrix) if len(self.biases) else x @ matrix
            if self.ends or n + 1 < len(self.matrices):
                x = shifted_softplus(x)
        return x


def shifted_softplus(x: Tensor) -> Tensor:
    """ln(½eˣ + ½), which vanishes at 0."""
    return softplus(x) - math.log(2.0)


def _glorot(a: int, b: int, random: torch.Generator) -> nn.Parameter:
    made = weight((a, b), math.sqrt(2.0 / (a + b)), random, uniform=True)
    made.gain = 1.0  # the published fit steps in plain weights
    return made


class Interaction(nn.Module):
    """One interaction block."""

    def __init__(self, settings: Settings, random: torch.Generator) -> None:
        super().__init__()
        c = settings.channels
        self.before = Dense((c, c), random, bias=False)
        self.filter = Dense((settings.gaussians, c, c), random, ends=True)
        self.after = Dense((c, c, c), random)

    def forward(self, x: Tensor, basis: Tensor, inside: Tensor, graphs: Graphs) -> Tensor:
        """x: (n, channels); basis, inside: of edges, Gaussians and cutoff."""
        messages = self.before(x).index_select(0, graphs.source) * (self.filter(basis) * inside)
        return x + cast(Tensor, self.after(torch.zeros_like(x).index_add(0, graphs.target, messages)))


class Network(nn.Module):
    """All interactions, from species and vectors to one number per atom."""

    centres: Tensor

    def __init__(self, settings: Settings, elements: int, random: torch.Generator) -> None:
        super().__init__()
        self.r_max = settings.r_max
        self.embedding = weight((elements, settings.channels), 1.0, random)
        self.interactions = nn.ModuleList(Interaction(settings, random) for _ in range(settings.layers))
        self.readout = Dense((settings.channels, settings.channels // 2, 1), random)
        self.register_buffer("centres", torch.linspace(0.0, settings.r_max, settings.gaussians, dtype=torch.float64), persistent=False)
        self.sharpness = -0.5 * ((settings.gaussians - 1) / settings.r_max) ** 2

    def forward(self, vectors: Tensor, graphs: Graphs) -> Tensor:
        """Energies of atoms (n,), before scale and shift."""
        *_, last = self.steps(vectors, graphs)
        return cast(Tensor, self.readout(last))[:, 0]

    def steps(self, vectors: Tensor, graphs: Graphs) -> Iterator[Tensor]:
        """Features (n, channels) after the embedding and after each interaction."""
        distance = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
        basis = torch.exp(self.sharpness * (distance - self.centres).square())
        inside = 0.5 * (1.0 + torch.cos(distance * (math.pi / self.r_max)))
        x = self.embedding[graphs.species]
        yield x
        for interaction in self.interactions:
            x = interaction(x, basis, inside, graphs)
            yield x


class SchNet(NeuralPotential):
    """A SchNet whose weights are known."""

    kind = "schnet"
    settings = Settings

    @staticmethod
    def network(settings: Settings, elements: tuple[int, ...], neighbours: float, random: torch.Generator) -> Network:
        """See `NeuralPotential`."""
        return Network(settings, len(elements), random)

    def features(self, structure: Structure) -> list[LayerFeatures]:
        """The features of every atom after the embedding and after each interaction."""
        check_elements(self.card, [structure])
        one = self._graph(structure)
        network = self.model.network
        assert isinstance(network, Network)
        steps = [x.numpy().astype(np.float64) for x in network.steps(one.vectors, one)]
        names = ["embedding", *(f"interaction {n}" for n in range(1, len(steps)))]
        return [LayerFeatures(name, f"{x.shape[1]}x0e", x) for name, x in zip(names, steps, strict=True)]


def _fit(settings: Settings, data: FitData) -> GradientFit:
    return GradientFit(SchNet, settings, data)


KIND = Kind("schnet", "SchNet", "K. T. Schütt et al., NeurIPS 2017, arXiv 1706.08566", Settings, SchNet, _fit)

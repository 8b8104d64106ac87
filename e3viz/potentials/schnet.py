"""SchNet: continuous-filter convolutions on scalar features (K. T. Schütt et al., NeurIPS 2017, arXiv 1706.08566).

An atom's features start from its element. An interaction adds to them what passes from its neighbours through a filter, a network of
the distance expanded in Gaussians: x ← x + A(ssp(A(Σⱼ A(xⱼ) · W(rᵢⱼ)))), with A dense layers on the channels of each atom and
ssp(x) = ln(½eˣ + ½). Filters end smoothly at the cutoff by a cosine, as in SchNetPack (J. Chem. Theory Comput. 15, 448 (2019)).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from e3viz.atoms.structure import Structure
from e3viz.potentials.contract import FitData, Kind, LayerFeatures, check_elements
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.graphs import Graphs, PairTerms
from e3viz.potentials.network_settings import SchNetSettings as Settings
from e3viz.potentials.neural import NeuralNetwork, NeuralPotential, weight
from e3viz.potentials.radial import RadialNetwork, cosine_cutoff, gaussians


class Dense(nn.Module):
    """Layers x W + b with ssp between them."""

    def __init__(self, widths: tuple[int, ...], random: torch.Generator, *, bias: bool = True) -> None:
        super().__init__()
        self.matrices = nn.ParameterList(weight(shape, _glorot(*shape), random, uniform=True) for shape in pairwise(widths))
        self.biases = nn.ParameterList(nn.Parameter(torch.zeros(b, dtype=torch.float64)) for b in widths[1:] if bias)

    def forward(self, x: Tensor) -> Tensor:
        """x: (n, widths[0])."""
        for n, matrix in enumerate(self.matrices):
            x = torch.addmm(self.biases[n], x, matrix) if len(self.biases) else x @ matrix
            if n + 1 < len(self.matrices):
                x = softplus(x) - math.log(2.0)
        return x


def _glorot(a: int, b: int) -> float:
    return math.sqrt(2.0 / (a + b))


class Interaction(nn.Module):
    """One interaction block."""

    def __init__(self, settings: Settings, random: torch.Generator) -> None:
        super().__init__()
        c, g = settings.channels, settings.gaussians
        self.before = Dense((c, c), random, bias=False)
        self.filter = RadialNetwork((g, c, c), (_glorot(g, c), _glorot(c, c)), random, softplus=True, ends=True)
        self.after = Dense((c, c, c), random)

    def forward(self, x: Tensor, filters: Tensor, graphs: Graphs) -> Tensor:
        """x: (n, channels); filters: of pairs (m, channels)."""
        messages = self.before(x).index_select(0, graphs.source) * torch.cat([filters, filters])
        return x + cast(Tensor, self.after(torch.zeros_like(x).index_add(0, graphs.target, messages)))


class Network(NeuralNetwork):
    """All interactions, from species and vectors to one number per atom."""

    def __init__(self, settings: Settings, elements: int, random: torch.Generator) -> None:
        super().__init__()
        self.given = settings
        self.embedding = weight((elements, settings.channels), 1.0, random)
        self.interactions = nn.ModuleList(Interaction(settings, random) for _ in range(settings.layers))
        self.readout = Dense((settings.channels, settings.channels // 2, 1), random)
        for parameter in self.parameters():
            parameter.gain = 1.0  # type: ignore[attr-defined]  # the published fit steps in plain weights

    def terms(self, vectors: Tensor) -> PairTerms:
        """See `NeuralNetwork`. curves: the filters of each interaction; there are no harmonics."""
        distance = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
        basis = gaussians(distance, self.given.r_max, self.given.gaussians)
        inside = cosine_cutoff(distance, self.given.r_max)
        curves = tuple(interaction.filter(basis) * inside for interaction in cast(Iterator[Interaction], self.interactions))
        return PairTerms(curves, vectors / distance, vectors.new_zeros(len(vectors), 0), vectors.new_zeros(len(vectors), 0, 3))

    def steps(self, terms: PairTerms, graphs: Graphs) -> Iterator[Tensor]:
        """See `NeuralNetwork`."""
        x = self.embedding.index_select(0, graphs.species)
        yield x
        for interaction, filters in zip(self.interactions, terms.curves, strict=True):
            x = interaction(x, filters.value, graphs)
            yield x

    def energies(self, last: Tensor) -> Tensor:
        """See `NeuralNetwork`."""
        return cast(Tensor, self.readout(last))[:, 0]


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
        one = self.graph_of(structure)
        steps = [x.cpu().numpy().astype(np.float64) for x in self.model.network.steps(self.model.terms(one.vectors), one)]
        names = ["embedding", *(f"interaction {n}" for n in range(1, len(steps)))]
        return [LayerFeatures(name, f"{x.shape[1]}x0e", x) for name, x in zip(names, steps, strict=True)]


def _fit(settings: Settings, data: FitData) -> GradientFit:
    return GradientFit(SchNet, settings, data)


KIND = Kind("schnet", "SchNet", "K. T. Schütt et al., NeurIPS 2017, arXiv 1706.08566", Settings, SchNet, _fit)

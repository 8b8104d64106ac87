"""A network on Cartesian coordinates: what equivariance costs when it has to be learnt. It is *not* invariant under rotation, on purpose.

Each neighbour's vector goes into a dense network as its three components, beside both elements; what comes out is summed over neighbours
and goes through a second dense network:

    E = Σᵢ B(Σⱼ c(rᵢⱼ) A(xᵢⱼ, yᵢⱼ, zᵢⱼ; Zᵢ, Zⱼ); Zᵢ)        (sums over sets as in M. Zaheer et al., arXiv 1703.06114)

So translations, the order of atoms, smoothness at the cutoff and forces = −∂E/∂x hold exactly, and rotations alone do not: they are left to
the data, or to `augment`, which turns every training structure by a new element of O(3) each time that it is seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import silu

from e3viz.potentials.contract import FitData, Kind
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.graphs import Graphs, PairTerms
from e3viz.potentials.network_settings import CartesianSettings as Settings
from e3viz.potentials.neural import NeuralNetwork, NeuralPotential, weight
from e3viz.potentials.radial import cosine_cutoff


class Network(NeuralNetwork):
    """From species and vectors to one number per atom."""

    crowd: Tensor

    def __init__(self, settings: Settings, elements: int, neighbours: float, random: torch.Generator) -> None:
        super().__init__()
        c, self.given = settings.channels, settings
        root = math.sqrt(2.0 / c)
        self.atom, self.neighbour, self.centre = (weight((elements, c), 1.0, random) for _ in range(3))
        self.components = weight((3, c), 2.0, random)
        self.pair = nn.ParameterList(weight((c, c), root, random) for _ in range(settings.layers))
        self.dense = nn.ParameterList(weight((c, c), root, random) for _ in range(settings.layers))
        self.out = weight((c, 1), math.sqrt(1.0 / c), random)
        for parameter in self.parameters():
            parameter.gain = 1.0  # type: ignore[attr-defined]  # steps in plain weights, as SchNet
        self.register_buffer("crowd", torch.tensor(1.0 / math.sqrt(neighbours), dtype=torch.float64))

    def terms(self, vectors: Tensor) -> PairTerms:
        """See `NeuralNetwork`. The components stand where others have harmonics."""
        distance = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
        scale = 1.0 / self.given.r_max
        turn = (scale * torch.eye(3, dtype=vectors.dtype, device=vectors.device)).expand(len(vectors), 3, 3)
        return PairTerms((cosine_cutoff(distance, self.given.r_max),), vectors / distance, scale * vectors, turn)

    def steps(self, terms: PairTerms, graphs: Graphs) -> Iterator[Tensor]:
        """See `NeuralNetwork`."""
        known = terms.harmonics @ self.components
        species = graphs.species
        x = torch.cat([known, -known]) + self.neighbour[species[graphs.source]] + self.atom[species[graphs.target]]
        for matrix in self.pair:
            x = silu(x) @ matrix
        x = x * torch.cat([terms.curves[0].value, terms.curves[0].value])
        around = x.new_zeros(len(species), x.shape[1]).index_add(0, graphs.target, x)
        yield around * self.crowd + self.centre[species]

    def energies(self, last: Tensor) -> Tensor:
        """See `NeuralNetwork`."""
        for matrix in self.dense:
            last = silu(last) @ matrix
        return (silu(last) @ self.out)[:, 0]


class Cartesian(NeuralPotential):
    """A network on Cartesian coordinates whose weights are known."""

    kind = "cartesian"
    settings = Settings

    @staticmethod
    def network(settings: Settings, elements: tuple[int, ...], neighbours: float, random: torch.Generator) -> Network:
        """See `NeuralPotential`."""
        return Network(settings, len(elements), neighbours, random)


class CartesianFit(GradientFit):
    """Which may turn what it learns from."""

    settings: Settings

    def batch(self, places: NDArray[np.int64]) -> list[Graphs]:
        """Each structure turned anew; a restored fit turns it alike."""
        found = super().batch(places)
        if not self.settings.augment:
            return found
        return [
            turned(one, random_turn([self.data.seed, self.epochs, int(n)]).to(one.vectors)) for one, n in zip(found, places, strict=True)
        ]


def random_turn(seed: list[int]) -> Tensor:
    """An element of O(3), evenly: Q of a matrix of normal numbers, its signs set by R (F. Mezzadri, arXiv math-ph/0609050). float64 (3, 3)."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return torch.from_numpy(q * np.sign(np.diag(r)))


def turned(graphs: Graphs, g: Tensor) -> Graphs:
    """Vectors and labels under an orthogonal matrix."""
    return replace(graphs, vectors=graphs.vectors @ g.T, forces=graphs.forces @ g.T, stress=g @ graphs.stress @ g.T)


def _fit(settings: Settings, data: FitData) -> GradientFit:
    return CartesianFit(Cartesian, settings, data)


KIND = Kind("cartesian", "Cartesian network", "sums over sets: M. Zaheer et al., NeurIPS 2017, arXiv 1703.06114", Settings, Cartesian, _fit,
            invariant=False)  # fmt: skip

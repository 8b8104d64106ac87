"""NequIP: an E(3)-equivariant message-passing network (S. Batzner et al., Nature Communications 13, 2453 (2022)).

Features of an atom are a direct sum of irreps with one number of channels each. A layer mixes channels, sums messages of neighbours
(`symmetry.contraction`: harmonics of the edge ⊗ features of the neighbour, weighted by a network of the distance), mixes again, adds
a self-connection of its own per element, and gates: scalars pass through SiLU (tanh where odd), the rest is multiplied by SiLU of
further scalars. Energies are linear in the scalars of the last layer. The first layer has no self-connection, so that an atom alone
has none. Weights, normalisation and their first values follow the nequip package 0.19; arrays hold components before channels.
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
from torch.nn.functional import silu

from e3viz.atoms.structure import Structure
from e3viz.potentials.contract import FitData, Kind, LayerFeatures, check_elements
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.graphs import Graphs
from e3viz.potentials.neural import NeuralPotential, NeuralSettings, weight
from e3viz.potentials.settings import setting
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.contraction import Contraction
from e3viz.symmetry.irreps import Irrep, Irreps

_EVEN = Irrep(0, 1)
_SILU_GAIN = 1.0 / math.sqrt(0.35577)
_TANH_GAIN = 1.0 / math.sqrt(0.39429)
"""One over the root mean square of the activation for a normal argument."""


@dataclass(frozen=True)
class Settings(NeuralSettings):
    """r_max, Bessel functions and radial network as in the paper; layers and channels serve small molecules within minutes."""

    r_max: float = setting(4.0, "cutoff, Å", low=0.5, high=20.0)
    layers: int = setting(3, "interaction layers", low=1, high=10)
    l_max: int = setting(1, "largest degree of features and harmonics", low=0, high=3)
    odd: bool = setting(False, "also features of the other parity: pseudoscalars, pseudovectors, …")
    channels: int = setting(32, "copies of each irrep", low=1, high=512)
    bessels: int = setting(8, "radial basis functions", low=1, high=64)
    cutoff_power: int = setting(6, "p of the polynomial cutoff", low=2, high=20)
    radial_layers: int = setting(2, "hidden layers of the radial network", low=1, high=5)
    radial_width: int = setting(64, "neurons in each of them", low=1, high=1024)


class Edges(nn.Module):
    """What a layer is told of an edge: Y up to l_max in component normalisation, and the Bessel basis times a polynomial cutoff."""

    polynomials: Tensor
    frequencies: Tensor

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.r_max, self.p, self.l_max = settings.r_max, float(settings.cutoff_power), settings.l_max
        self.register_buffer("polynomials", harmonics_of_powers(self.l_max), persistent=False)
        self.register_buffer("frequencies", torch.arange(1, settings.bessels + 1, dtype=torch.float64) * math.pi, persistent=False)

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Harmonics (m, (l_max+1)²) and radial basis (m, bessels)."""
        distance = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
        direction = vectors / distance
        powers = [torch.ones_like(distance), direction]
        for _ in range(self.l_max - 1):
            powers.append((powers[-1][:, :, None] * direction[:, None, :]).flatten(1))
        y = torch.cat(powers[: self.l_max + 1], 1) @ self.polynomials
        u, p = distance / self.r_max, self.p
        inside = 1.0 - 0.5 * u**p * ((p + 1.0) * (p + 2.0) - u * (2.0 * p * (p + 2.0) - u * (p * (p + 1.0))))
        return y, torch.sin(u * self.frequencies) * (2.0 / self.r_max * inside / distance)


def harmonics_of_powers(l_max: int) -> Tensor:
    """The matrix that turns 1, v, v⊗v, v⊗v⊗v, … of a unit vector into Yˡ, e3nn's in component normalisation, |Yˡ|² = 2l + 1."""
    matrix, row = np.zeros((sum(3**l for l in range(l_max + 1)), (l_max + 1) ** 2)), 0
    power, pole = np.ones((1, 1)), np.array([0.0, 1.0, 0.0])  # e3nn's polar axis is y, where only m = 0 is left, and positive
    at_pole = np.ones(1)
    for l in range(l_max + 1):
        if l:
            power = np.einsum("ai,bj,ijk->abk", power, np.eye(3), clebsch_gordan(l - 1, 1, l)).reshape(3**l, -1)
            at_pole = np.kron(at_pole, pole)
        power = power * (math.sqrt(2 * l + 1) / (at_pole @ power)[l])
        matrix[row : row + len(power), l * l : (l + 1) ** 2] = power
        row += len(power)
    return torch.from_numpy(matrix)


class Layer(nn.Module):
    """One interaction: features of type `before` become features of type `after`, both tuples of irreps."""

    def __init__(self, settings: Settings, place: int, before: tuple[Irrep, ...], hidden: tuple[Irrep, ...]) -> None:
        super().__init__()
        harmonics = Irreps.spherical_harmonics(settings.l_max)
        reached = {out for irrep in before for _, y in harmonics for out in irrep * y}
        self.after = tuple(irrep for irrep in hidden if irrep in reached)
        self.channels = settings.channels
        self.product = Contraction(Irreps(tuple((self.channels, irrep) for irrep in before)), harmonics, {_EVEN, *self.after})
        self.gates = sum(irrep.l > 0 for irrep in self.after)
        self.before, self.has_self = before, place > 0
        self.made = tuple(sorted({_EVEN, *self.after}))

    def fill(self, settings: Settings, elements: int, neighbours: float, random: torch.Generator) -> None:
        """New weights."""
        c = self.channels
        widths = [settings.bessels, *[settings.radial_width] * settings.radial_layers, c * len(self.product.paths)]
        self.radial = nn.ParameterList(
            weight((a, b), math.sqrt((2.0 if n else 1.0) / a), random, uniform=True) for n, (a, b) in enumerate(pairwise(widths))
        )
        self.first = nn.ParameterList(weight((c, c), 1.0 / math.sqrt(c * neighbours), random) for _ in self.before)
        self.second, self.own = nn.ParameterList(), nn.ParameterDict()
        for irrep in self.made:
            paths = sum(len(s.paths) for s in self.product.segments if s.out == irrep)
            self.second.append(weight((c * paths, self.width(irrep)), 1.0 / math.sqrt(c * paths), random))
            if self.has_self and irrep in self.before:
                self.own[str(irrep)] = weight((elements * c, self.width(irrep)), 1.0 / math.sqrt(c), random)

    def width(self, irrep: Irrep) -> int:
        """Channels before the gate: even scalars also make the gates."""
        return self.channels * ((irrep in self.after) + (self.gates if irrep == _EVEN else 0))

    def forward(self, x: Tensor, y: Tensor, basis: Tensor, kinds: Tensor, graphs: Graphs) -> Tensor:
        """x: (n, Σ(2l+1), channels); y, basis: of edges; kinds: which element each atom is (n, elements)."""
        r = basis
        for n, matrix in enumerate(self.radial):
            r = (silu(r) if n else r) @ matrix
        r = r.view(len(r), -1, self.channels)
        mixed = torch.cat([part @ matrix for part, matrix in zip(_parts(x, self.before), self.first, strict=True)], 1)
        summed = self.product.convolve(mixed, y, r, source=graphs.source, target=graphs.target, atoms=len(x))
        by_element = _parts((x[:, :, None, :] * kinds[:, None, :, None]).flatten(2), self.before) if self.has_self else ()
        made = {}
        for irrep, matrix in zip(self.made, self.second, strict=True):
            segments = [summed[:, s.start : s.stop].reshape(len(x), irrep.dim, -1) for s in self.product.segments if s.out == irrep]
            made[irrep] = (segments[0] if len(segments) == 1 else torch.cat(segments, 2)) @ matrix
            if str(irrep) in self.own:
                made[irrep] = made[irrep] + by_element[self.before.index(irrep)] @ self.own[str(irrep)]
        return self._gated(made)

    def _gated(self, made: dict[Irrep, Tensor]) -> Tensor:
        c = self.channels
        even = silu(made[_EVEN]) * _SILU_GAIN
        scalars, gates = torch.split(even, [even.shape[2] - self.gates * c, self.gates * c], 2)
        parts, used = [], 0
        for irrep in self.after:
            if irrep.l == 0:
                parts.append(scalars if irrep == _EVEN else torch.tanh(made[irrep]) * _TANH_GAIN)
            else:
                parts.append(made[irrep] * gates[:, :, used : used + c])
                used += c
        return torch.cat(parts, 1)


class Network(nn.Module):
    """All layers, from species and vectors to one number per atom."""

    def __init__(self, settings: Settings, elements: int, neighbours: float, random: torch.Generator) -> None:
        super().__init__()
        degrees = range(settings.l_max + 1)
        hidden = tuple(Irrep(l, p) for l in degrees for p in (1, -1) if settings.odd or p == (-1) ** l)
        self.edges, self.layers = Edges(settings), nn.ModuleList()
        irreps: tuple[Irrep, ...] = (_EVEN,)
        self.embedding = weight((elements, settings.channels), 1.0, random)
        for place in range(settings.layers):
            layer = Layer(settings, place, irreps, hidden if place + 1 < settings.layers else (_EVEN,))
            layer.fill(settings, elements, neighbours, random)
            self.layers.append(layer)
            irreps = layer.after
        self.readout = weight((settings.channels, 1), 1.0 / math.sqrt(settings.channels), random, uniform=True)

    def forward(self, vectors: Tensor, graphs: Graphs) -> Tensor:
        """Energies of atoms (n,), before scale and shift."""
        *_, (_, last) = self.steps(vectors, graphs)
        return (last[:, 0] @ self.readout)[:, 0]

    def steps(self, vectors: Tensor, graphs: Graphs) -> Iterator[tuple[tuple[Irrep, ...], Tensor]]:
        """Irreps and features (n, Σ(2l+1), channels) after the embedding and after each layer."""
        y, basis = self.edges(vectors)
        x = self.embedding[graphs.species][:, None, :]
        kinds = nn.functional.one_hot(graphs.species, len(self.embedding)).to(x.dtype)
        yield (_EVEN,), x
        for layer in cast(Iterator[Layer], self.layers):
            x = layer(x, y, basis, kinds, graphs)
            yield layer.after, x


class NequIP(NeuralPotential):
    """A NequIP network whose weights are known."""

    kind = "nequip"
    settings = Settings

    @staticmethod
    def network(settings: Settings, elements: tuple[int, ...], neighbours: float, random: torch.Generator) -> Network:
        """See `NeuralPotential`."""
        return Network(settings, len(elements), neighbours, random)

    def features(self, structure: Structure) -> list[LayerFeatures]:
        """The features of every atom after the embedding and after each layer."""
        check_elements(self.card, [structure])
        one = self._graph(structure)
        network = self.model.network
        assert isinstance(network, Network)
        found = []
        for place, (irreps, x) in enumerate(network.steps(one.vectors, one)):
            values = torch.cat([part.transpose(1, 2).flatten(1) for part in _parts(x, irreps)], 1).numpy().astype(np.float64)
            name = f"layer {place}" if place else "embedding"
            found.append(LayerFeatures(name, "+".join(f"{x.shape[2]}x{irrep}" for irrep in irreps), values))
        return found


def _parts(x: Tensor, irreps: tuple[Irrep, ...]) -> tuple[Tensor, ...]:
    return torch.split(x, [irrep.dim for irrep in irreps], 1)


def _fit(settings: Settings, data: FitData) -> GradientFit:
    return GradientFit(NequIP, settings, data)


KIND = Kind("nequip", "NequIP", "S. Batzner et al., Nature Communications 13, 2453 (2022)", Settings, NequIP, _fit)

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
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import silu

from e3viz.atoms.structure import Structure
from e3viz.potentials.contract import FitData, Kind, LayerFeatures, check_elements
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.graphs import Curve, Graphs, PairTerms
from e3viz.potentials.network_settings import NequIPSettings as Settings
from e3viz.potentials.neural import NeuralNetwork, NeuralPotential, Weight, weight
from e3viz.potentials.radial import RadialNetwork, bessel, polynomial_cutoff
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.contraction import Contraction
from e3viz.symmetry.irreps import Irrep, Irreps

_EVEN = Irrep(0, 1)
_SILU_GAIN = 1.0 / math.sqrt(0.35577)
_TANH_GAIN = 1.0 / math.sqrt(0.39429)
"""One over the root mean square of the activation for a normal argument."""


class Harmonics(nn.Module):
    """Yˡ of directions up to l_max, e3nn's in component normalisation, and their derivatives by the vector."""

    values: Tensor
    slopes: Tensor
    degrees: Tensor
    parities: Tensor

    def __init__(self, l_max: int) -> None:
        super().__init__()
        self.l_max = l_max
        matrix = harmonics_of_powers(l_max)
        slopes, row = torch.zeros(3, max(1, len(matrix) - 3**l_max), (l_max + 1) ** 2, dtype=torch.float64), 1
        for l in range(1, l_max + 1):  # the tensor of Yˡ is symmetric: ∂ₐ(Tₐᵦᵧ vₐ vᵦ vᵧ) = l Tₐᵦᵧ vᵦ vᵧ
            size = 3 ** (l - 1)
            slopes[:, row - size : row] = l * matrix[row : row + 3 * size].view(3, size, -1)
            row += 3 * size
        self.register_buffer("values", matrix, persistent=False)
        self.register_buffer("slopes", slopes.transpose(0, 1).transpose(1, 2).flatten(1), persistent=False)
        degrees = [float(l) for l in range(l_max + 1) for _ in range(2 * l + 1)]
        self.register_buffer("degrees", torch.tensor(degrees, dtype=torch.float64), persistent=False)
        self.register_buffer("parities", (-1.0) ** self.degrees, persistent=False)

    def forward(self, direction: Tensor, distance: Tensor) -> tuple[Tensor, Tensor]:
        """Y (m, (l_max+1)²) and ∂Y/∂vector (m, (l_max+1)², 3)."""
        powers = [torch.ones_like(distance), direction]
        for _ in range(self.l_max - 1):
            powers.append((powers[-1][:, :, None] * direction[:, None, :]).flatten(1))
        y = torch.cat(powers[: self.l_max + 1], 1) @ self.values
        slopes = (torch.cat(powers[: max(1, self.l_max)], 1) @ self.slopes).view(len(y), y.shape[1], 3)
        radial = (y * self.degrees)[:, :, None] * direction[:, None, :]
        return y, (slopes - radial) / distance[:, :, None]


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

    terms: Tensor
    first: Weight

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
        self.self_made = tuple(irrep for irrep in before if self.has_self and irrep in self.made)
        terms = torch.repeat_interleave(torch.tensor([irrep.dim for irrep in before]))
        self.register_buffer("terms", terms, persistent=False)  # which of `before` each component of the features belongs to

    def fill(self, settings: Settings, elements: int, neighbours: float, random: torch.Generator) -> None:
        """New weights. Features come without the gain of the activations that made them: it is in the weights that follow."""
        c, gain = self.channels, _SILU_GAIN if self.has_self else 1.0
        widths = [settings.bessels, *[settings.radial_width] * settings.radial_layers, c * len(self.product.paths)]
        gains = [math.sqrt((2.0 if n else 1.0) / a) for n, a in enumerate(widths[:-1])]
        self.radial = RadialNetwork(widths, gains, random)
        self.first = weight((len(self.before), c, c), gain / math.sqrt(c * neighbours), random)
        self.second, self.own = nn.ParameterList(), nn.ParameterList()
        for irrep in self.made:
            paths = sum(len(s.paths) for s in self.product.segments if s.out == irrep)
            self.second.append(weight((c * paths, self.width(irrep)), 1.0 / math.sqrt(c * paths), random))
        for irrep in self.self_made:
            self.own.append(weight((elements * c, self.width(irrep)), gain / math.sqrt(c), random))

    def width(self, irrep: Irrep) -> int:
        """Channels before the gate: even scalars also make the gates."""
        return self.channels * ((irrep in self.after) + (self.gates if irrep == _EVEN else 0))

    def forward(self, x: Tensor, radial: Curve, y: Tensor, kinds: Tensor, graphs: Graphs) -> Tensor:
        """x: features (Σ(2l+1), n, channels); radial: of pairs; y: harmonics of edges; kinds: which element each atom is (n, elements)."""
        atoms, c = len(kinds), self.channels
        mixed = torch.bmm(x, self.first.index_select(0, self.terms)).transpose(0, 1).contiguous()
        w = torch.cat([radial.value, radial.value]).view(-1, len(self.product.paths), c)
        summed = self.product.convolve(mixed, y, w, source=graphs.source, target=graphs.target, atoms=atoms)
        segments = torch.split(summed, self.product.sizes, 1)
        own = self._own(x, kinds)
        made = {}
        for irrep, matrix in zip(self.made, self.second, strict=True):
            found = [part.view(atoms, irrep.dim, -1) for s, part in zip(self.product.segments, segments, strict=True) if s.out == irrep]
            paths = (found[0] if len(found) == 1 else torch.cat(found, 2)).transpose(0, 1).flatten(0, 1)
            new = torch.addmm(own[irrep], paths, matrix) if irrep in own else paths @ matrix
            made[irrep] = new.view(irrep.dim, atoms, -1)
        return self._gated(made)

    def _own(self, x: Tensor, kinds: Tensor) -> dict[Irrep, Tensor]:
        """The self-connection, by irrep."""
        if not self.has_self:
            return {}
        parts = torch.split((x[:, :, None] * kinds[:, :, None]).flatten(2), [irrep.dim for irrep in self.before])
        used = [part for irrep, part in zip(self.before, parts, strict=True) if irrep in self.self_made]
        return {irrep: part.flatten(0, 1) @ matrix for irrep, part, matrix in zip(self.self_made, used, self.own, strict=True)}

    def _gated(self, made: dict[Irrep, Tensor]) -> Tensor:
        """Scalars and gates lie in the even scalars, scalars first."""
        even = silu(made[_EVEN])
        *scalars, gates = torch.split(even, [self.channels, even.shape[2] - self.channels], 2) if _EVEN in self.after else (even,)
        each = iter(torch.split(gates, self.channels, 2) if self.gates else ())
        after = []
        for irrep in self.after:
            if irrep.l:
                after.append(made[irrep] * next(each))
            elif irrep == _EVEN:
                after.append(scalars[0])
            else:
                after.append(torch.tanh(made[irrep]) * (_TANH_GAIN / _SILU_GAIN))
        return after[0] if len(after) == 1 else torch.cat(after)


class Network(NeuralNetwork):
    """All layers, from species and vectors to one number per atom."""

    def __init__(self, settings: Settings, elements: int, neighbours: float, random: torch.Generator) -> None:
        super().__init__()
        self.given = settings
        degrees = range(settings.l_max + 1)
        hidden = tuple(Irrep(l, p) for l in degrees for p in (1, -1) if settings.odd or p == (-1) ** l)
        self.harmonics, self.layers = Harmonics(settings.l_max), nn.ModuleList()
        irreps: tuple[Irrep, ...] = (_EVEN,)
        self.embedding = weight((elements, settings.channels), 1.0, random)
        for place in range(settings.layers):
            layer = Layer(settings, place, irreps, hidden if place + 1 < settings.layers else (_EVEN,))
            layer.fill(settings, elements, neighbours, random)
            self.layers.append(layer)
            irreps = layer.after
        self.readout = weight((settings.channels, 1), _SILU_GAIN / math.sqrt(settings.channels), random, uniform=True)

    def terms(self, vectors: Tensor) -> PairTerms:
        """See `NeuralNetwork`. curves: the weights of each layer's messages."""
        distance = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
        direction, r_max = vectors / distance, self.given.r_max
        basis = bessel(distance, r_max, self.given.bessels) * polynomial_cutoff(distance, r_max, self.given.cutoff_power)
        curves = tuple(layer.radial(basis) for layer in cast(Iterator[Layer], self.layers))
        return PairTerms(curves, direction, *self.harmonics(direction, distance))

    def steps(self, terms: PairTerms, graphs: Graphs) -> Iterator[Tensor]:
        """See `NeuralNetwork`. Features are (Σ(2l+1), n, channels)."""
        x = self.embedding.index_select(0, graphs.species)[None]
        kinds = nn.functional.one_hot(graphs.species, len(self.embedding)).to(x.dtype)
        y = torch.cat([terms.harmonics, terms.harmonics * self.harmonics.parities])
        yield x
        for layer, radial in zip(self.layers, terms.curves, strict=True):
            x = layer(x, radial, y, kinds, graphs)
            yield x

    def energies(self, last: Tensor) -> Tensor:
        """See `NeuralNetwork`."""
        return (last[0] @ self.readout)[:, 0]


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
        one = self.graph_of(structure)
        network = self.model.network
        assert isinstance(network, Network)
        found = []
        for place, x in enumerate(network.steps(network.terms(one.vectors), one)):
            irreps = cast(Layer, network.layers[place - 1]).after if place else (_EVEN,)
            parts = torch.split(x, [irrep.dim for irrep in irreps])
            values = torch.cat([part.permute(1, 2, 0).flatten(1) for part in parts], 1).cpu().numpy().astype(np.float64)
            name = f"layer {place}" if place else "embedding"
            found.append(LayerFeatures(name, "+".join(f"{x.shape[2]}x{irrep}" for irrep in irreps), values))
        return found


def _fit(settings: Settings, data: FitData) -> GradientFit:
    return GradientFit(NequIP, settings, data)


KIND = Kind("nequip", "NequIP", "S. Batzner et al., Nature Communications 13, 2453 (2022)", Settings, NequIP, _fit)

"""What the potentials that are networks share: prediction in batches, weights as arrays, precision and device.

A kind brings a network for the energies of atoms; here E = Σ scale(element) · network + shift(element) + reference(element).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from e3viz import task
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import Arrays, Card, Potential, Prediction, check_elements
from e3viz.potentials.graphs import Graphs, PairTerms, Response, graph, respond, together
from e3viz.potentials.network_settings import NeuralSettings
from e3viz.potentials.settings import read

_BATCH_PAIRS = 10_000
DTYPES = {"float32": torch.float32, "float64": torch.float64}


class Weight(nn.Parameter):
    """A weight of unit size times `gain`, stored as their product; the optimiser steps in units of the gain."""

    gain: float


def weight(shape: tuple[int, ...], gain: float, random: torch.Generator, *, uniform: bool = False) -> Weight:
    """A new one of mean 0 and variance gain²; `random` decides it whatever precision the network will have."""
    made = torch.empty(shape, dtype=torch.float64)
    made = made.uniform_(-math.sqrt(3.0), math.sqrt(3.0), generator=random) if uniform else made.normal_(generator=random)
    one = Weight(gain * made)
    one.gain = gain
    return one


class NeuralNetwork(nn.Module):
    """What a kind brings: features of atoms after each layer, made of pairs, and energies made of the last."""

    def terms(self, vectors: Tensor) -> PairTerms:
        """What it is told of pairs with these vectors, Å (m, 3)."""
        raise NotImplementedError

    def steps(self, terms: PairTerms, graphs: Graphs) -> Iterator[Any]:
        """Features after the embedding and after each layer."""
        raise NotImplementedError

    def energies(self, last: Any) -> Tensor:
        """Energies of atoms (n,), before scale and shift, from the last features."""
        raise NotImplementedError


class Scaled(nn.Module):
    """A network with its scales, eV per element."""

    network: NeuralNetwork
    scale: Tensor

    def __init__(self, network: NeuralNetwork, elements: int) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("scale", torch.ones(elements, dtype=torch.float64))

    def terms(self, vectors: Tensor) -> PairTerms:
        """What the network is told of pairs."""
        return self.network.terms(vectors)

    def forward(self, terms: PairTerms, graphs: Graphs) -> Tensor:
        """Energies of atoms, eV (n,), without shifts."""
        *_, last = self.network.steps(terms, graphs)
        return self.scale[graphs.species] * self.network.energies(last)


class NeuralPotential(Potential):
    """A network whose weights are known. shift: eV per element of the card, added in float64 as the references are."""

    settings: type[NeuralSettings]

    def __init__(self, card: Card, model: Scaled, shift: FloatArray) -> None:
        self.card, self.shift = card, shift
        self.model = model.requires_grad_(False).eval()

    @staticmethod
    @abstractmethod
    def network(settings: Any, elements: tuple[int, ...], neighbours: float, random: torch.Generator) -> NeuralNetwork:
        """A network with new weights; neighbours: on average per atom."""

    @classmethod
    def from_arrays(cls, card: Card, arrays: Arrays) -> Self:
        """See the contract."""
        settings = read(cls.settings, card.settings, card.kind)
        model = Scaled(cls.network(settings, card.elements, 1.0, torch.Generator()), len(card.elements)).to(DTYPES[settings.dtype])
        wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()} | {"shift": (len(card.elements),)}
        if wanted != {name: array.shape for name, array in arrays.items()}:
            raise UserError(
                f"The weights do not fit the settings of this {card.kind} potential.", "The file is damaged; take another copy of it."
            )
        model.load_state_dict({name: torch.tensor(array) for name, array in arrays.items() if name != "shift"})
        return cls(card, model, np.array(arrays["shift"], dtype=np.float64))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        weights = {name: tensor.cpu().numpy().copy() for name, tensor in self.model.state_dict().items()}
        return {**weights, "shift": self.shift.copy()}

    def parameters(self) -> int:
        """See the contract."""
        return sum(parameter.numel() for parameter in self.model.parameters())

    def to(self, dtype: str = "float64", device: str = "cpu") -> Self:
        """See the contract."""
        if dtype not in DTYPES:
            raise UserError(f"“{dtype}” is not a precision.", "Choose float32 or float64.")
        check_device(device)
        card = self.described(settings={**self.card.settings, "dtype": dtype, "device": device}).card
        made = self.from_arrays(card, self.arrays())  # anew: constants that were rounded to float32 would stay so in float64
        return type(self)(card, made.model.to(device), self.shift)

    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        """See the contract."""
        check_elements(self.card, structures)
        found: list[Prediction] = []
        waiting: list[Graphs] = []
        pairs = 0
        for structure in structures:
            waiting.append(self.graph_of(structure))
            pairs += len(waiting[-1].i)
            if pairs >= _BATCH_PAIRS or len(found) + len(waiting) == len(structures):
                found += self._predicted(waiting, structures[len(found) : len(found) + len(waiting)])
                task.report(len(found), len(structures), "Predicting")
                waiting, pairs = [], 0
        return found

    def graph_of(self, structure: Structure) -> Graphs:
        """The pairs of a structure within the cutoff, in the precision and on the device of the weights."""
        weight = self.model.scale
        return graph(structure, self.card.elements, self.card.r_max).to(weight.dtype, str(weight.device))

    def _predicted(self, graphs: list[Graphs], structures: Sequence[Structure]) -> list[Prediction]:
        """Predictions with shifts and references."""
        response = respond(self.model, together(graphs))
        energies, forces, stress = (_numpy(getattr(response, name)) for name in ("energies", "forces", "stress"))
        alone = self.shift + np.array([self.card.references.get(z, 0.0) for z in self.card.elements])
        found, start = [], 0
        for n, structure in enumerate(structures):
            part = slice(start, start + len(structure))
            own = energies[part] + alone[np.searchsorted(self.card.elements, structure.numbers)]
            found.append(Prediction(float(own.sum()), own, forces[part], None if np.isnan(stress[n]).all() else stress[n]))
            start = part.stop
        return found


def check_device(device: str) -> None:
    """Raises UserError for a device that is not there."""
    if device not in ("cpu", "cuda"):
        raise UserError(f"“{device}” is not a device.", "Choose cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise UserError("There is no CUDA device here that PyTorch can use.", "Choose cpu.")


def residual(graphs: Graphs, response: Response, weights: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Weighted mean squared errors of energy per atom, forces and stress, over what has labels."""
    per_atom, sizes = (response.energy - graphs.energy) / graphs.sizes, weights[graphs.owner][:, None]
    energy = _mean_square(per_atom, graphs.energy.isnan(), weights)
    forces = _mean_square(response.forces - graphs.forces, graphs.forces.isnan(), sizes)
    stress = _mean_square(response.stress - graphs.stress, (graphs.stress + response.stress.detach()).isnan(), weights[:, None, None])
    return energy, forces, stress


def _mean_square(errors: Tensor, missing: Tensor, weights: Tensor) -> Tensor:
    known = errors.numel() - int(missing.sum())
    if known == 0:
        return errors.new_zeros(())
    if known < errors.numel():
        errors = errors.masked_fill(missing, 0.0)
    return (errors.square() * weights).sum() / known


def _numpy(tensor: Tensor) -> FloatArray:
    return tensor.detach().cpu().numpy().astype(np.float64)

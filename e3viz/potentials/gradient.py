"""The fit that all networks share: Adam on energies, forces and stress, batch by batch (D. Kingma and J. Ba, arXiv 1412.6980).

Every weight of the network lies in one vector, and so do gradients, moments and the running average of weights: a step is a few
operations on vectors, and the state of a fit is a few arrays. A weight may carry a `gain`: Adam then steps in units of it, as if the
weight were stored divided by it. Which structures meet in a batch depends on the seed and the epoch alone, so a restored fit goes on
with the very numbers of an uninterrupted one.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from e3viz import task
from e3viz.atoms.structure import FloatArray
from e3viz.errors import UserError
from e3viz.potentials.contract import Arrays, Card, Fit, FitData
from e3viz.potentials.graphs import Graphs, average_neighbours, graph, respond, together
from e3viz.potentials.network_settings import NeuralSettings
from e3viz.potentials.neural import DTYPES, NeuralPotential, Scaled, check_device, residual
from e3viz.potentials.settings import plain

_BETAS = (0.9, 0.999)
_EPSILON = 1e-8


class GradientFit(Fit):
    """A fit of a kind of network under way."""

    def __init__(self, kind: type[NeuralPotential], settings: NeuralSettings, data: FitData) -> None:
        check_device(settings.device)
        if not data.train:
            raise UserError("There is nothing to fit to.", "Give at least one training structure.")
        self.kind, self.settings, self.data = kind, settings, data
        self.dtype = DTYPES[settings.dtype]
        cutoff: float = settings.r_max  # type: ignore[attr-defined]  # every kind of network has one
        self.card = Card(kind.kind, data.elements, cutoff, plain(settings), dict(data.references))
        self.shift = _shift(data)
        self.graphs = self._graphs(cutoff)
        self.sample_weights = torch.from_numpy(_weights(data))
        self.model = self._new_model()
        self.weights, self.gains = _flattened(self.model, self.dtype, settings.device)
        self.parameters = list(self.model.parameters())
        self.average = self.weights.clone()
        self.moments = torch.zeros(2, len(self.weights), dtype=self.dtype, device=settings.device)
        self.steps, self.rate, self.best, self.waited = 0, settings.learning_rate, math.inf, 0

    def epoch(self) -> Mapping[str, float]:
        """See the contract."""
        order = np.random.default_rng([self.data.seed, self.epochs]).permutation(len(self.graphs))
        batches = [order[start : start + self.settings.batch] for start in range(0, len(order), self.settings.batch)]
        sums: dict[str, float] = {}
        for n, batch in enumerate(batches):
            task.report(n, len(batches), f"Epoch {self.epochs + 1}")
            for name, value in self.step(batch).items():
                sums[name] = sums.get(name, 0.0) + value * len(batch) / len(order)
        self.epochs += 1
        return {**sums, "learning_rate": self.rate}

    @property
    def done(self) -> bool:
        """After the last epoch of the settings."""
        return self.epochs >= self.settings.epochs

    def validated(self, score: float) -> None:
        """Lower the rate when `patience` epochs in a row were no better than the best before."""
        if score < self.best:
            self.best, self.waited = score, 0
            return
        self.waited += 1
        if self.waited > self.settings.patience:
            self.rate, self.waited = self.rate * self.settings.factor, 0

    def potential(self) -> NeuralPotential:
        """With the running average of the weights."""
        averaged = self.average if self.settings.average else self.weights
        return self.kind(self.card, _with_weights(self.model, averaged), self.shift)

    def state(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        arrays = {name: getattr(self, name).cpu().numpy().copy() for name in ("weights", "average", "moments")}
        return {
            **arrays,
            "counts": np.array([self.epochs, self.steps, self.waited], dtype=np.int64),
            "schedule": np.array([self.rate, self.best]),
        }

    def restore(self, state: Arrays) -> None:
        """See the contract."""
        for name in ("weights", "average", "moments"):
            own: Tensor = getattr(self, name)
            if name not in state or state[name].shape != tuple(own.shape):
                raise UserError("This checkpoint belongs to another network.", "Go on with the settings and elements it was made with.")
            own.copy_(torch.tensor(state[name]))
        self.epochs, self.steps, self.waited = (int(n) for n in state["counts"])
        self.rate, self.best = (float(x) for x in state["schedule"])

    def resettled(self, changed: Collection[str]) -> None:
        """See the contract."""
        if "learning_rate" in changed:
            self.rate, self.waited = self.settings.learning_rate, 0

    def batch(self, places: NDArray[np.int64]) -> list[Graphs]:
        """What a step learns from: training structures, by their places."""
        return [self.graphs[n] for n in places]

    def step(self, batch: NDArray[np.int64]) -> dict[str, float]:
        """One batch of training structures, by their places: loss, gradient, Adam, running average."""
        graphs = together(self.batch(batch))
        weights = self.sample_weights[batch].to(graphs.energy)
        response = respond(self.model, graphs, differentiable=True, stress=self.settings.stress_weight > 0.0)
        parts = residual(graphs, response, weights)
        settings = self.settings
        loss = sum(w * p for w, p in zip((settings.energy_weight, settings.forces_weight, settings.stress_weight), parts, strict=True) if w)
        if not isinstance(loss, Tensor):
            raise UserError("All weights of the loss are zero.", "Give energy, forces or stress a weight.")
        gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, self.parameters, materialize_grads=True)])
        with torch.no_grad():
            gradient *= self.gains
            norm = float(gradient.norm())
            if not math.isfinite(norm) or not math.isfinite(float(loss.detach())):
                raise UserError(
                    f"The loss stopped being a finite number in epoch {self.epochs + 1}.",
                    "Lower the learning rate, clip gradients, or look for odd labels in the data.",
                )
            if settings.clip and norm > settings.clip:
                gradient *= settings.clip / norm
            self._adam(gradient)
        return {
            "loss": float(loss.detach()),
            "gradient_norm": norm,
            "energy_rmse_per_atom": math.sqrt(float(parts[0].detach())),
            "forces_rmse": math.sqrt(float(parts[1].detach())),
        }

    def _adam(self, gradient: Tensor) -> None:
        self.steps += 1
        first, second = self.moments
        first.lerp_(gradient, 1.0 - _BETAS[0])
        second.mul_(_BETAS[1]).addcmul_(gradient, gradient, value=1.0 - _BETAS[1])
        root = (second / (1.0 - _BETAS[1] ** self.steps)).sqrt_().add_(_EPSILON)
        change = (first / root).mul_(self.gains)
        self.weights.add_(change, alpha=-self.rate / (1.0 - _BETAS[0] ** self.steps))
        if self.settings.average:  # the first averages would mostly remember the random start
            share = min(self.settings.average, (1.0 + self.steps) / (10.0 + self.steps))
            self.average.lerp_(self.weights, 1.0 - share)

    def _graphs(self, cutoff: float) -> list[Graphs]:
        made, elements = [], self.data.elements
        alone = self.shift + np.array([self.data.references.get(z, 0.0) for z in elements])
        for n, structure in enumerate(self.data.train):
            if n % 100 == 0:
                task.report(n, len(self.data.train), "Looking for neighbours")
            own = float(alone[np.searchsorted(elements, structure.numbers)].sum())
            made.append(graph(structure, elements, cutoff, own).to(self.dtype, self.settings.device))
        return made

    def _new_model(self) -> Scaled:
        """With scales from the root mean square of the forces."""
        elements = self.data.elements
        random = torch.Generator().manual_seed(self.data.seed)
        network = self.kind.network(self.settings, elements, average_neighbours(self.graphs), random)
        model = Scaled(network, len(elements))
        forces = torch.cat([g.forces.flatten() for g in self.graphs]).double()
        size = float(forces[~forces.isnan()].square().mean().sqrt())
        model.scale.fill_(size if size > 0.0 else 1.0)
        return model.to(self.settings.device, self.dtype)


def as_it_was(potential: NeuralPotential, state: Arrays) -> NeuralPotential:
    """The potential of a fit at one of its states (`GradientFit.state`), which a checkpoint keeps; `potential`: what the fit ended with.
    Raises UserError where the state belongs to another network."""
    name = "average" if potential.card.settings.get("average") else "weights"
    if name not in state or state[name].shape != (potential.parameters(),):
        raise UserError("This checkpoint belongs to another network.", "Take one of the same run as the model.")
    like = next(potential.model.parameters())
    weights = torch.as_tensor(state[name], dtype=like.dtype, device=like.device)
    return type(potential)(potential.card, _with_weights(potential.model, weights), potential.shift)


def _with_weights(model: Scaled, weights: Tensor) -> Scaled:
    """A copy of a model with other weights, one vector of them."""
    copied = deepcopy(model)
    for parameter, part in zip(copied.parameters(), _views(weights, copied), strict=True):
        parameter.data = part.clone()
    return copied


def _weights(data: FitData) -> FloatArray:
    return np.ones(len(data.train)) if data.weights is None else np.array(data.weights, dtype=np.float64)


def _shift(data: FitData) -> FloatArray:
    """Energies per element that are left beside the references, by least squares, eV."""
    known = [s for s in data.train if "energy" in s.values]
    if not known:
        return np.zeros(len(data.elements))
    weights = np.sqrt([w for s, w in zip(data.train, _weights(data), strict=True) if "energy" in s.values])
    counts = np.array([[np.count_nonzero(s.numbers == z) for z in data.elements] for s in known])
    references = counts @ np.array([data.references.get(z, 0.0) for z in data.elements])
    left = np.array([float(s.values["energy"]) for s in known]) - references
    found: FloatArray = np.linalg.lstsq(counts * weights[:, None], left * weights, rcond=1e-8)[0]
    return found


def _flattened(model: Scaled, dtype: torch.dtype, device: str) -> tuple[Tensor, Tensor]:
    """One vector in which all weights of the model now lie, and the gain of each."""
    parameters = list(model.parameters())
    gains = [torch.full((p.numel(),), float(getattr(p, "gain", 1.0)), dtype=dtype, device=device) for p in parameters]
    flat = torch.cat([p.detach().flatten() for p in parameters])
    for parameter, part in zip(parameters, _views(flat, model), strict=True):
        parameter.data = part
    return flat, torch.cat(gains)


def _views(flat: Tensor, model: Scaled) -> list[Tensor]:
    parameters = list(model.parameters())
    return [part.view(p.shape) for part, p in zip(torch.split(flat, [p.numel() for p in parameters]), parameters, strict=True)]

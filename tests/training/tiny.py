"""A potential for tests that needs no torch: energies of pairs in a basis of Gaussians, fitted by stochastic gradient steps with momentum.

`python -m training.tiny FOLDER` with the folder `tests` on the path is the process of a run that knows it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from e3viz import potentials, task
from e3viz.atoms.datasets import energy, forces
from e3viz.atoms.neighbours import neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import Card, Fit, FitData, Kind, Potential, Prediction, check_elements
from e3viz.potentials.settings import plain, setting

NAME = "tiny"
R_MAX = 4.0


@dataclass(frozen=True)
class Settings:
    epochs: int = setting(20, "most epochs", low=1, high=100_000)
    batch: int = setting(5, "structures per step", low=1, high=1000)
    learning_rate: float = setting(0.02, "of the steps", low=0.0, high=1e30)
    functions: int = setting(12, "of the basis", low=1, high=100)
    pause: float = setting(0.0, "seconds to sleep per step", low=0.0, high=10.0)


def rows(structure: Structure, functions: int) -> tuple[FloatArray, FloatArray]:
    """Energy (functions,) and forces (functions, n, 3) of each basis function."""
    near = neighbours(structure, R_MAX)
    centres, width = np.linspace(0.5, R_MAX, functions), R_MAX / functions
    r = near.distances[None]
    bell = np.exp(-0.5 * ((r - centres[:, None]) / width) ** 2)
    cut, slope = (1 - (r / R_MAX) ** 2) ** 2, -4 * (1 - (r / R_MAX) ** 2) * r / R_MAX**2
    values = 0.5 * (bell * cut).sum(axis=1)
    slopes = bell * (slope - cut * (r - centres[:, None]) / width**2)
    pull = slopes[:, :, None] * (near.vectors / near.distances[:, None])[None]
    force = np.zeros((functions, len(structure), 3))
    for k in range(functions):
        np.add.at(force[k], near.i, pull[k])
    return values, force


class Tiny(Potential):
    kind = NAME

    def __init__(self, card: Card, weights: FloatArray) -> None:
        self.card, self.weights = card, weights

    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        check_elements(self.card, structures)
        found = []
        for structure in structures:
            values, force = rows(structure, len(self.weights))
            own = sum(self.card.references[int(z)] for z in structure.numbers)
            total = float(self.weights @ values) + own
            share = np.full(len(structure), total / len(structure))
            found.append(Prediction(total, share, np.tensordot(self.weights, force, 1)))
        return found

    def arrays(self) -> dict[str, Any]:
        return {"weights": self.weights}

    @classmethod
    def from_arrays(cls, card: Card, arrays: Mapping[str, Any]) -> Self:
        return cls(card, np.array(arrays["weights"]))

    def parameters(self) -> int:
        return len(self.weights)


class TinyFit(Fit):
    def __init__(self, settings: Settings, data: FitData) -> None:
        self.settings, self.data = settings, data
        self.card = Card(NAME, data.elements, R_MAX, plain(settings), dict(data.references))
        self.rows = [rows(structure, settings.functions) for structure in data.train]
        self.weights, self.momentum = np.zeros(settings.functions), np.zeros(settings.functions)
        self.rate = settings.learning_rate

    def epoch(self) -> Mapping[str, float]:
        order = np.random.default_rng([self.data.seed, self.epochs]).permutation(len(self.rows))
        total, norm = 0.0, 0.0
        for start in range(0, len(order), self.settings.batch):
            task.report(start, len(order), f"Epoch {self.epochs + 1}")
            time.sleep(self.settings.pause)
            loss, gradient = self._gradient(order[start : start + self.settings.batch])
            if not np.isfinite(loss):
                raise UserError(f"The loss stopped being a finite number in epoch {self.epochs + 1}.", "Lower the learning rate.")
            with np.errstate(over="ignore", invalid="ignore"):
                self.momentum = 0.9 * self.momentum + gradient
                self.weights = self.weights - self.rate * self.momentum
            total, norm = total + float(loss), float(np.linalg.norm(gradient))
        self.epochs += 1
        return {"loss": total, "gradient_norm": norm, "learning_rate": self.rate}

    def _gradient(self, batch: Any) -> tuple[float, FloatArray]:
        gradient, loss = np.zeros(len(self.weights)), 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for n in batch:
                values, force = self.rows[n]
                structure = self.data.train[n]
                label = forces(structure)
                shift = sum(self.data.references[int(z)] for z in structure.numbers)
                off = np.tensordot(self.weights, force, 1) - label
                away = (self.weights @ values + shift - energy(structure)) / len(structure)
                loss += float((off**2).mean()) + away**2
                gradient += np.tensordot(force, off, ([1, 2], [0, 1])) / off.size + away * values / len(structure)
        return loss / len(batch), gradient / len(batch)

    @property
    def done(self) -> bool:
        return self.epochs >= self.settings.epochs

    def potential(self) -> Potential:
        return Tiny(self.card, self.weights.copy())

    def state(self) -> dict[str, Any]:
        return {"weights": self.weights, "momentum": self.momentum, "rate": np.array(self.rate), "epochs": np.array(self.epochs)}

    def restore(self, state: Mapping[str, Any]) -> None:
        if state["weights"].shape != self.weights.shape:
            raise UserError("This checkpoint belongs to another basis.", "Keep the number of functions.")
        self.weights, self.momentum = np.array(state["weights"]), np.array(state["momentum"])
        self.rate, self.epochs = float(state["rate"]), int(state["epochs"])

    def validated(self, score: float) -> None:
        self.rate *= 0.97

    def resettled(self, changed: Any) -> None:
        if "learning_rate" in changed:
            self.rate = self.settings.learning_rate


KIND = Kind(NAME, "Tiny", "none", Settings, Tiny, TinyFit)


def register() -> None:
    """Into the table of potentials, once."""
    if NAME not in [entry.name for entry in potentials.POTENTIALS]:
        potentials.POTENTIALS = (*potentials.POTENTIALS, potentials.Entry(NAME, "Tiny", "training.tiny"))


if __name__ == "__main__":
    from e3viz.training.__main__ import main

    register()
    sys.exit(main([str(Path(word)) for word in sys.argv[1:]]))

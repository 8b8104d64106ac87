"""Small networks that learn a map of two vectors, some equivariant by construction and some not, to compare what they keep.

The task: from a and b (1o + 1o) the vector t = (a·b) a − ½ |a|² b. In the examples a lies in one octant alone, as data often are one-sided,
so that a network that must learn the symmetry by itself is seen where it fails. All are fitted by Adam to mean squared errors; every number follows from the
seed. NumPy, apart from the e3nn network, which imports torch and e3nn when it is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.errors import UserError, nearest
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.maps import TypedMap

Real = NDArray[np.float64]
INPUTS, VECTOR, SCALAR = Irreps.parse("2x1o"), Irreps.parse("1o"), Irreps.parse("0e")
EXAMPLES, BATCH, RATE = 256, 64, 3e-3
DEGREE = 5
"""Of the quadrature of O(3) in which errors are measured: no network is a polynomial, so this is a fine net, not an exact one."""
RECORDED = 24

KINDS: dict[str, str] = {
    "MLP": "a plain network of the six coordinates",
    "MLP, augmented": "the same, each batch turned at random",
    "invariants": "a network of |a|², |b| and a·b, for the scalar a·b − ½|a|²",
    "invariants × vectors": "a network of invariants that weighs a and b: equivariant",
    "e3nn": "two tensor products of e3nn with a gate: equivariant",
}


@dataclass(frozen=True, eq=False)
class Trained:
    """A network that has learned. map: with its type; steps, losses: recorded on the way (k,); errors: relative equivariance errors there;
    test: root mean square error on examples from all directions, relative to their size."""

    map: TypedMap
    steps: Real
    losses: Real
    errors: Real
    test: float


def target(x: NDArray[Any]) -> NDArray[Any]:
    """The vector to be learned, (k, 3), of rows a, b (k, 6)."""
    a, b = x[:, :3], x[:, 3:]
    found: NDArray[Any] = (a * b).sum(1)[:, None] * a - 0.5 * (a * a).sum(1)[:, None] * b
    return found


def scalar_target(x: NDArray[Any]) -> NDArray[Any]:
    """The scalar to be learned, (k, 1)."""
    a, b = x[:, :3], x[:, 3:]
    found: NDArray[Any] = ((a * b).sum(1) - 0.5 * (a * a).sum(1))[:, None]
    return found


def examples(seed: int, count: int, *, everywhere: bool = False) -> Real:
    """Inputs (count, 6): a of all directions, or with all its coordinates positive."""
    x = np.random.default_rng([seed, 7]).normal(size=(count, 6))
    return x if everywhere else np.concatenate([np.abs(x[:, :3]), x[:, 3:]], axis=1)


@lru_cache(maxsize=24)
def trained(kind: str, steps: int, seed: int) -> Trained:
    """A network after so many steps. Raises UserError for a kind there is none of. Reports progress."""
    if kind not in KINDS:
        raise UserError(f"There is no network called “{kind}”.", nearest(kind, KINDS))
    if kind == "e3nn":
        return _trained_e3nn(steps, seed)
    scalar = kind == "invariants"
    features, combine, count = _ways(kind)
    layers = _Layers([features(np.zeros((1, 6))).shape[1], 48, 48, count], np.random.default_rng(seed))
    wanted, outputs = (scalar_target, SCALAR) if scalar else (target, VECTOR)

    def call(x: NDArray[Any]) -> NDArray[Any]:
        return combine(layers.forward(features(x).astype(x.dtype)), x)

    def gradient(x: Real, random: np.random.Generator) -> float:
        if kind == "MLP, augmented":
            turn = Element.random(random, inversion=bool(random.integers(2))).linear
            x = np.concatenate([x[:, :3] @ turn.T, x[:, 3:] @ turn.T], axis=1)
        away = call(x) - wanted(x)
        layers.backward(_pulled_back(kind, 2.0 * away / away.size, x))
        return float((away**2).mean())

    return _run(_Task(kind, outputs, call, gradient, wanted), steps, seed)


def _ways(kind: str) -> tuple[Callable[[NDArray[Any]], NDArray[Any]], Callable[[NDArray[Any], NDArray[Any]], NDArray[Any]], int]:
    """What the layers are given, what is made of what they say, and how many numbers that is."""
    if kind in ("MLP", "MLP, augmented"):
        return (lambda x: x), (lambda y, x: y), 3
    if kind == "invariants":
        return invariants, (lambda y, x: y), 1
    return invariants, (lambda y, x: y[:, :1] * x[:, :3] + y[:, 1:] * x[:, 3:]), 2


def invariants(x: NDArray[Any]) -> NDArray[Any]:
    """|a|², |b|², a·b (k, 3)."""
    a, b = x[:, :3], x[:, 3:]
    return np.stack([(a * a).sum(1), (b * b).sum(1), (a * b).sum(1)], axis=1)


def _pulled_back(kind: str, slope: Real, x: Real) -> Real:
    """The slope of the loss by what the layers say."""
    if kind != "invariants × vectors":
        return slope
    return np.stack([(slope * x[:, :3]).sum(1), (slope * x[:, 3:]).sum(1)], axis=1)


class _Layers:
    """Fully connected layers with tanh between them, their slopes, and Adam."""

    def __init__(self, widths: list[int], random: np.random.Generator) -> None:
        self.weights = [random.normal(size=(a, b)) / np.sqrt(a) for a, b in itertools.pairwise(widths)]
        self.biases = [np.zeros(b) for b in widths[1:]]
        self._moments = [(np.zeros_like(p), np.zeros_like(p)) for p in (*self.weights, *self.biases)]
        self._count = 0
        self._seen: list[NDArray[Any]] = []

    def forward(self, x: NDArray[Any]) -> NDArray[Any]:
        self._seen = [x]
        for n, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            x = x @ w.astype(x.dtype) + b.astype(x.dtype)
            if n + 1 < len(self.weights):
                x = np.tanh(x)
            self._seen.append(x)
        return x

    def backward(self, slope: Real) -> None:
        found_w, found_b = [], []
        for n in reversed(range(len(self.weights))):
            if n + 1 < len(self.weights):
                slope = slope * (1.0 - self._seen[n + 1] ** 2)
            found_w.append(self._seen[n].T @ slope)
            found_b.append(slope.sum(0))
            slope = slope @ self.weights[n].T
        self._adam([*reversed(found_w), *reversed(found_b)])

    def _adam(self, gradients: list[Real]) -> None:
        self._count += 1
        for parameter, gradient, moments in zip((*self.weights, *self.biases), gradients, self._moments, strict=True):
            moments[0][...] += 0.1 * (gradient - moments[0])
            moments[1][...] += 0.001 * (gradient * gradient - moments[1])
            change = (moments[0] / (1 - 0.9**self._count)) / (np.sqrt(moments[1] / (1 - 0.999**self._count)) + 1e-9)
            parameter -= RATE * change  # noqa: PLW2901  in place


@dataclass(frozen=True, eq=False)
class _Task:
    """A network that can be taught. call: as it stands; teach: one step on a batch; wanted: what is to be learned."""

    kind: str
    outputs: Irreps
    call: Callable[[NDArray[Any]], NDArray[Any]]
    teach: Callable[[Real, np.random.Generator], object]
    wanted: Callable[[NDArray[Any]], NDArray[Any]]


def _run(one: _Task, steps: int, seed: int) -> Trained:
    """Steps of gradient descent with what is recorded on the way."""
    random = np.random.default_rng([seed, 3])
    x = examples(seed, EXAMPLES)
    made = TypedMap(one.kind, INPUTS, one.outputs, one.call, DEGREE // 2)
    stops = set(np.unique(np.geomspace(1, max(1, steps), RECORDED).astype(int))) | {0, steps}
    at, losses, errors = [], [], []
    for step in range(steps + 1):
        if step in stops:
            task.report(step, steps or 1, f"teaching {one.kind}")
            at.append(step)
            losses.append(float(((one.call(x) - one.wanted(x)) ** 2).mean()))
            errors.append(made.error().relative)
        if step < steps:
            one.teach(x[random.permutation(EXAMPLES)[:BATCH]], random)
    test = examples(seed + 1, 400, everywhere=True)
    wanted = one.wanted(test)
    away = float(np.sqrt(((one.call(test) - wanted) ** 2).mean() / (wanted**2).mean()))
    return Trained(made, np.array(at, dtype=float), np.array(losses), np.array(errors), away)


def _trained_e3nn(steps: int, seed: int) -> Trained:
    import torch
    from e3nn import o3
    from e3nn.nn import Gate

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    gate = Gate("8x0e", [torch.tanh], "8x0e", [torch.sigmoid], "8x1o")
    first = o3.FullyConnectedTensorProduct("2x1o", "2x1o + 1x0e", gate.irreps_in)
    second = o3.FullyConnectedTensorProduct(gate.irreps_out, "2x1o + 1x0e", "1x1o")
    modules = torch.nn.ModuleList([first, gate, second]).double()
    optimiser = torch.optim.Adam(modules.parameters(), lr=1e-2)

    def network(x: Any) -> Any:
        with_one = torch.cat([x, torch.ones_like(x[:, :1])], dim=1)
        return second(gate(first(x, with_one)), with_one)

    def call(x: NDArray[Any]) -> NDArray[Any]:
        with torch.no_grad():
            said: NDArray[Any] = network(torch.tensor(np.asarray(x, dtype=np.float64))).numpy()
        return said.astype(x.dtype)

    def gradient(x: Real, random: np.random.Generator) -> float:
        optimiser.zero_grad()
        loss = (network(torch.tensor(x)) - torch.tensor(target(x))).square().mean()
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    return _run(_Task("e3nn", VECTOR, call, gradient, target), steps, seed)

"""Where a map fails most, and which symmetries beside O(3) it has: translations of points, exchanges of equal parts of its input."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.equivariance.state import State, shown
from e3viz.symmetry.check import permutation_error, translation_error
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.maps import TypedMap
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
VECTOR = Irrep(1, -1)
MOST_ORDERS = 24
SEARCH_STEPS = 120


@lru_cache(maxsize=16)
def worst_element(f: TypedMap) -> Element:
    """The g at which f fails most: the worst node of the quadrature, and from there uphill as long as it gets worse."""
    from scipy.optimize import minimize

    found = f.error()
    if found.relative < 1e-10:
        return found.worst
    x = f.samples[found.sample][None]
    direct = f(x)

    def turned(step: Real) -> Element:
        angle = float(np.linalg.norm(step))
        axis = (step[0], step[1], step[2]) if angle > 1e-12 else (0.0, 0.0, 1.0)
        return Element(axis, float(np.degrees(angle))) @ found.worst

    def kept(step: Real) -> float:
        g = turned(step).linear[None]
        return -float(np.abs(f(x @ D(f.inputs, g)[0].T) - direct @ D(f.outputs, g)[0].T).max())

    best = minimize(kept, np.zeros(3), method="Nelder-Mead", options={"maxfev": SEARCH_STEPS, "initial_simplex": _simplex()})
    return turned(best.x) if -best.fun > found.largest else found.worst


def _simplex() -> Real:
    return np.concatenate([np.zeros((1, 3)), 0.15 * np.eye(3)])


@dataclass(frozen=True)
class Other:
    """A symmetry beside O(3). name; behaviour: what f does under it, “no” where it keeps to nothing; errors: relative, in float32 and float64."""

    name: str
    behaviour: str
    errors: tuple[float, float]

    @property
    def kept(self) -> bool:
        """Whether f keeps to it."""
        return self.errors[1] < 1e-8


@lru_cache(maxsize=16)
def others(f: TypedMap) -> tuple[Other, ...]:
    """Translations where the input is points (irreps 1o alone), and exchanges of equal irreps where there are several."""
    found = []
    if len(f.inputs) and all(irrep == VECTOR for _, irrep in f.inputs):
        found.append(_better("translations", f, (("stays", _translation(f, moves=False)), ("moves along", _translation(f, moves=True)))))
    orders = _orders(f.inputs)
    if orders:
        follows = _orders(f.outputs) if [m for m, _ in f.inputs] == [m for m, _ in f.outputs] else ()
        ways = [("stays", _permutation(f, orders, ()))]
        if follows:
            ways.append(("follows", _permutation(f, orders, follows)))
        found.append(_better("permutations", f, tuple(ways)))
    return tuple(found)


def _better(name: str, f: TypedMap, ways: tuple[tuple[str, tuple[float, float]], ...]) -> Other:
    scale = float(np.sqrt((np.asarray(f(f.samples), dtype=float) ** 2).sum(axis=1).mean())) or 1.0
    behaviour, errors = min(ways, key=lambda way: way[1][1])
    made = Other(name, behaviour, (errors[0] / scale, errors[1] / scale))
    return made if made.kept else Other(name, "no", made.errors)


def _translation(f: TypedMap, *, moves: bool) -> tuple[float, float]:
    if moves and not all(irrep == VECTOR for _, irrep in f.outputs):
        return np.inf, np.inf
    shifts = np.random.default_rng(3).normal(size=(4, 3))
    copies, results = f.inputs.dim // 3, f.outputs.dim // 3

    def of(dtype: type) -> float:
        worst = 0.0
        for row in f.samples:
            called = lambda points: np.asarray(f(points.reshape(1, -1).astype(dtype)), dtype=float).reshape(-1, 3 if moves else 1)  # noqa: E731
            worst = max(worst, translation_error(called, row.reshape(copies, 3), shifts, moves=moves and results > 0))
        return worst

    return of(np.float32), of(np.float64)


def _orders(irreps: Irreps) -> tuple[NDArray[np.intp], ...]:
    """Orders of the components in which copies of one irrep change places, without the order that is there."""
    blocks, start = [], 0
    for count, irrep in irreps:
        blocks.append((start, count, irrep.dim))
        start += count * irrep.dim
    found = []
    for start, count, size in blocks:
        for order in itertools.islice(itertools.permutations(range(count)), 1, MOST_ORDERS):
            components = np.arange(irreps.dim)
            components[start : start + count * size] = start + np.add.outer(np.array(order) * size, np.arange(size)).ravel()
            found.append(components)
    return tuple(found)


def _permutation(f: TypedMap, orders: tuple[NDArray[np.intp], ...], follows: tuple[NDArray[np.intp], ...]) -> tuple[float, float]:
    def of(dtype: type) -> float:
        x: NDArray[Any] = f.samples.astype(dtype)
        if not follows:
            called = lambda rows: np.asarray(f(np.ascontiguousarray(rows.T)), dtype=float)  # noqa: E731
            return permutation_error(called, np.ascontiguousarray(x.T), orders, per_row=False)
        here = np.asarray(f(x), dtype=float)
        return max(float(np.abs(f(x[:, a]) - here[:, b]).max()) for a, b in zip(orders, follows, strict=True))

    return of(np.float32), of(np.float64)


def worst_of(state: State) -> Element:
    """The g at which the map on view fails most."""
    return worst_element(shown(state))

"""How far a map is from being equivariant: the commuting square f(D_in(g) x) = D_out(g) f(x), over a quadrature of O(3).

Random rotations miss what happens at one g and never try the inversion. Here the square is measured at every node of a product
quadrature of O(3), both parities, for a set of inputs x; what is kept is the largest difference and the g and x where it occurs. For a
polynomial map of degree d the square of the difference is averaged exactly once the quadrature reaches twice the degree in g.

The same average gives the equivariant part of any map, f̄(x) = ∫ D_out(g)⁻¹ f(D_in(g) x) dg: f itself if f is equivariant.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.sphere import orthogonal_quadrature
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
Map = Callable[[NDArray[Any]], NDArray[Any]]
"""Rows to rows: (k, dim of the input) → (k, dim of the output)."""
Representation = Callable[[Real], Real]
"""Orthogonal matrices g (n, 3, 3) → (n, dim, dim)."""
_ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class EquivarianceError:
    """largest: max |f(D x) − D f(x)| over all g, inputs and components, at the element `worst` and the input of number `sample`.

    proper, improper: the largest over each half of O(3). mean: root of the mean square over the group and the inputs. scale: root of the
    mean square of f(x), to compare with.
    """

    largest: float
    worst: Element
    sample: int
    proper: float
    improper: float
    mean: float
    scale: float

    @property
    def relative(self) -> float:
        """The largest error divided by the scale of f; the error itself where f vanishes."""
        return self.largest / self.scale if self.scale > 0.0 else self.largest

    def broken_by(self, tolerance: float = 1e-5) -> str:
        """`nothing`, `rotations`, or `inversion` if the square commutes for every rotation but not for improper elements: then a parity
        was declared wrongly. tolerance: relative to the scale."""
        most = tolerance * (self.scale or 1.0)
        if self.proper > most:
            return "rotations"
        return "inversion" if self.improper > most else "nothing"


def representation(of: Irreps | str | Representation) -> Representation:
    """A representation as a function of matrices: irreps by their D, a function as it is."""
    return of if callable(of) else lambda g: D(of, g)


def equivariance_error(
    f: Map,
    inputs: Irreps | str | Representation,
    outputs: Irreps | str | Representation,
    samples: NDArray[Any],
    *,
    degree: int = 4,
    dtype: Any = np.float64,
) -> EquivarianceError:
    """The error of f at inputs `samples` (k, dim), g running over `orthogonal_quadrature(degree)`; f computes in `dtype`.

    Raises UserError if f's output does not fit the output type or is not finite.
    """
    nodes = orthogonal_quadrature(degree)
    x = np.asarray(samples, dtype=float)
    act_in, act_out = representation(inputs), representation(outputs)
    direct = _called(f, x, dtype)
    size = act_out(np.eye(3)[None]).shape[-1]
    if direct.shape != (len(x), size):
        raise UserError(
            f"The map gives {direct.shape[-1] if direct.ndim == 2 else direct.ndim} numbers, but its output type has {size}.",
            "Declare an output type of that dimension.",
        )
    largest = np.empty((len(nodes.nodes), len(x)))
    squares = 0.0
    step = max(1, _ROWS_AT_ONCE // max(len(x), 1))
    for start in range(0, len(nodes.nodes), step):
        task.report(start, len(nodes.nodes), "Comparing both ways round the square")
        g = nodes.nodes[start : start + step]
        turned = np.einsum("nij,kj->nki", act_in(g), x).reshape(-1, x.shape[1])
        difference = _called(f, turned, dtype).reshape(len(g), len(x), size) - np.einsum("nij,kj->nki", act_out(g), direct)
        largest[start : start + step] = np.abs(difference).max(axis=2, initial=0.0)
        squares += float(nodes.weights[start : start + step] @ (difference**2).sum(axis=2).mean(axis=1))
    return _summary(largest, nodes.nodes, squares, float(np.sqrt((direct**2).sum(axis=1).mean())))


def _summary(largest: Real, nodes: Real, squares: float, scale: float) -> EquivarianceError:
    number, sample = np.unravel_index(int(largest.argmax()), largest.shape)
    half = len(nodes) // 2
    return EquivarianceError(
        largest=float(largest.max()),
        worst=Element.from_matrix(nodes[number]),
        sample=int(sample),
        proper=float(largest[:half].max()),
        improper=float(largest[half:].max()),
        mean=float(np.sqrt(squares)),
        scale=scale,
    )


def _called(f: Map, x: Real, dtype: Any) -> Real:
    values = np.asarray(f(x.astype(dtype)), dtype=float)
    if not np.isfinite(values).all():
        raise UserError("The map gives a value that is not finite.", "Look for a division by zero or a root of a negative number.")
    return values


def equivariant_part(f: Map, inputs: Irreps | str | Representation, outputs: Irreps | str | Representation, *, degree: int = 8) -> Map:
    """The map x ↦ average over O(3) of D_out(g)⁻¹ f(D_in(g) x); exact for polynomials if `degree` reaches their degree in g."""
    nodes = orthogonal_quadrature(degree)
    before, after = representation(inputs)(nodes.nodes), representation(outputs)(nodes.nodes)

    def averaged(samples: NDArray[Any]) -> NDArray[Any]:
        x = np.asarray(samples, dtype=float)
        total = np.zeros((len(x), after.shape[-1]))
        step = max(1, _ROWS_AT_ONCE // max(len(x), 1))
        for start in range(0, len(nodes.nodes), step):
            part = slice(start, start + step)
            turned = np.einsum("nij,kj->nki", before[part], x)
            values = np.asarray(f(turned.reshape(-1, x.shape[1])), dtype=float).reshape(len(turned), len(x), -1)
            total += np.einsum("n,nkj,nji->ki", nodes.weights[part], values, after[part], optimize=True)
        return total

    return averaged


def translation_error(f: Map, points: NDArray[Any], shifts: NDArray[Any], *, moves: bool = False) -> float:
    """Of a map of points (n, 3): the largest change of f when all points are shifted by each of (k, 3); with `moves`, of f(x) − x."""
    at = np.asarray(points, dtype=float)
    direct = np.asarray(f(at), dtype=float)
    errors = [np.abs(np.asarray(f(at + t), dtype=float) - direct - (t if moves else 0.0)).max(initial=0.0) for t in np.asarray(shifts)]
    return float(max(errors, default=0.0))


def permutation_error(f: Map, rows: NDArray[Any], orders: Sequence[NDArray[Any]], *, per_row: bool = True) -> float:
    """Of a map of rows (n, …): the largest difference when the rows are reordered; its results follow them (per_row) or stay."""
    direct = np.asarray(f(rows), dtype=float)
    errors = [np.abs(np.asarray(f(rows[o]), dtype=float) - (direct[o] if per_row else direct)).max(initial=0.0) for o in orders]
    return float(max(errors, default=0.0))

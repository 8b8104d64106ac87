"""The value of a tensor product with NumPy, and how it learns: it is linear in its weights, so that gradient descent is plain arithmetic.

Rows x (n, dim of input 1) and y (n, dim of input 2) give z (n, dim of the output), in e3nn's layout and with its coefficients √α, so
that the numbers are those of `e3nn.o3.TensorProduct`. With the design matrix A, z = A w + z₀, the loss is the mean square of z − target,
and a step of gradient descent is w ← w − η ∇, ∇ = 2 Aᵀ(A w + z₀ − target)/N. Meant for what a person looks at, not for training networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.errors import UserError
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.paths import Instruction, TensorProduct

Real = NDArray[np.float64]
MOST_NUMBERS = 60_000_000
"""The largest design matrix, in numbers (480 MB)."""


def evaluate(product: TensorProduct, weights: NDArray[Any], x: NDArray[Any], y: NDArray[Any]) -> Real:
    """z (n, dim_out) for rows x (n, dim₁), y (n, dim₂) and all weights (weight_count,)."""
    first, second = np.atleast_2d(np.asarray(x, dtype=float)), np.atleast_2d(np.asarray(y, dtype=float))
    w = np.asarray(weights, dtype=float)
    if w.shape != (product.weight_count,):
        raise UserError(f"There are {w.size} weights, but this tensor product has {product.weight_count}.", "Give one number for each.")
    total = np.zeros((len(first), product.dim))
    slices = product.irreps_out.slices()
    for path, part, coefficient in zip(product.instructions, product.weight_slices(), product.coefficients, strict=True):
        made = path_value(product, path, w[part] if path.has_weight else None, first, second)
        total[:, slices[path.iout]] += coefficient * made.reshape(len(first), made.shape[1] * made.shape[2])
    return total


def path_value(product: TensorProduct, path: Instruction, weights: Real | None, x: Real, y: Real) -> Real:
    """What one path adds before its coefficient, (n, copies of the output, 2l₃+1). weights: flat, None for a path without."""
    pairs = pair_products(product, path, x, y)
    shape = product.shape(path)
    w = np.ones(shape) if weights is None else weights.reshape(shape)
    if path.mode == "uvw":
        return np.swapaxes(np.tensordot(pairs, w, ((1, 2), (0, 1))), 1, 2)
    if path.mode == "uuw":
        copies = np.ones((shape[0], 1)) if weights is None else w
        return np.swapaxes(np.tensordot(pairs, copies, (1, 0)), 1, 2)
    made: Real = pairs * w[..., None]
    if path.mode in ("uvu", "uvv"):
        summed: Real = made.sum(axis=2 if path.mode == "uvu" else 1)
        return summed
    return made.reshape(len(made), product.terms(path)[2][0], made.shape[-1])


def pair_products(product: TensorProduct, path: Instruction, x: Real, y: Real) -> Real:
    """C x_u y_v for every pair of copies, (n, u, v, 2l₃+1), or (n, u, 2l₃+1) in the modes that pair them one to one."""
    (u, first), (v, second), (_, out) = product.terms(path)
    tensor = clebsch_gordan(first.l, second.l, out.l)
    left = x[:, product.irreps1.slices()[path.i1]].reshape(len(x), u, first.dim)
    right = y[:, product.irreps2.slices()[path.i2]].reshape(len(y), v, second.dim)
    half = (left @ tensor.reshape(first.dim, -1)).reshape(len(x), u, second.dim, out.dim)
    if path.mode[:2] == "uu":
        paired: Real = (right[:, :, None, :] @ half)[:, :, 0]
        return paired
    every: Real = right[:, None] @ half
    return every


def design_matrix(product: TensorProduct, path: Instruction, x: Real, y: Real) -> Real:
    """How the output of a path depends on its weights, (n · copies · (2l₃+1), weights), its coefficient included."""
    pairs = pair_products(product, path, x, y)
    count = product.irreps_out.terms[path.iout][0]
    u, v = pairs.shape[1], pairs.shape[2] if path.mode[:2] != "uu" else 1
    numbers = len(x) * count * pairs.shape[-1] * math.prod(product.shape(path))
    if numbers > MOST_NUMBERS:
        raise UserError("This tensor product has too many weights to be trained here.", "Use fewer copies, some thousand weights at most.")
    if path.mode == "uvw":
        made = np.einsum("zuvk,xw->zxkuvw", pairs, np.eye(count))
    elif path.mode == "uuw":
        made = np.einsum("zuk,xw->zxkuw", pairs, np.eye(count))
    elif path.mode == "uuu":
        made = np.einsum("zuk,xu->zxku", pairs, np.eye(u))
    elif path.mode == "uvu":
        made = np.einsum("zuvk,xu->zxkuv", pairs, np.eye(u))
    elif path.mode == "uvv":
        made = np.einsum("zuvk,xv->zxkuv", pairs, np.eye(v))
    else:
        made = np.einsum("zuvk,xu,yv->zxykuv", pairs, np.eye(u), np.eye(v))
    flat: Real = product.normalization(path).coefficient * made.reshape(len(x) * count * pairs.shape[-1], math.prod(product.shape(path)))
    return flat


@dataclass(frozen=True, eq=False)
class Lesson:
    """What the loss needs to know of the samples: for each output term, which weights reach it (numbers), the matrix H = AᵀA/N,
    b = Aᵀ(target − z₀)/N; and c, the loss without any weights. N: samples times components of the output."""

    places: tuple[NDArray[np.intp], ...]
    squares: tuple[Real, ...]
    slopes: tuple[Real, ...]
    constant: float
    weight_count: int

    def loss(self, weights: NDArray[Any]) -> float:
        """The mean square of z − target."""
        total = self.constant
        for place, h, b in zip(self.places, self.squares, self.slopes, strict=True):
            w = weights[place]
            total += float(w @ h @ w - 2.0 * b @ w)
        return max(total, 0.0)

    def gradient(self, weights: NDArray[Any]) -> Real:
        """Its derivative by the weights, (weight_count,)."""
        slope = np.zeros(self.weight_count)
        for place, h, b in zip(self.places, self.squares, self.slopes, strict=True):
            slope[place] = 2.0 * (h @ weights[place] - b)
        return slope

    @property
    def curvature(self) -> float:
        """The largest second derivative: steps η ≥ 2/curvature diverge."""
        return max((float(2.0 * np.linalg.eigvalsh(h)[-1]) for h in self.squares), default=0.0)

    def best(self) -> Real:
        """The weights of the least loss (the shortest such)."""
        weights = np.zeros(self.weight_count)
        for place, h, b in zip(self.places, self.squares, self.slopes, strict=True):
            weights[place] = np.linalg.lstsq(h, b, rcond=1e-10)[0]
        return weights


def lesson(product: TensorProduct, x: NDArray[Any], y: NDArray[Any], target: NDArray[Any]) -> Lesson:
    """What there is to learn from samples x (n, dim₁), y (n, dim₂) and what they should give, (n, dim_out)."""
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    fixed = evaluate(product, np.zeros(product.weight_count), first, second)
    left = np.asarray(target, dtype=float) - fixed
    count = left.size
    slices, of_weights = product.irreps_out.slices(), product.weight_slices()
    places, squares, slopes = [], [], []
    taught = [k for k, weights in enumerate(product.weight_counts) if weights]
    for term in sorted({product.instructions[k].iout for k in taught}):
        task.report(term, len(slices), "Preparing what is to be learned")
        numbers = [k for k in taught if product.instructions[k].iout == term]
        a = np.concatenate([design_matrix(product, product.instructions[k], first, second) for k in numbers], axis=1)
        wanted = left[:, slices[term]].ravel()
        places.append(np.concatenate([np.arange(of_weights[k].start, of_weights[k].stop) for k in numbers]))
        squares.append(a.T @ a / count)
        slopes.append(a.T @ wanted / count)
    return Lesson(tuple(places), tuple(squares), tuple(slopes), float((left**2).mean()) if count else 0.0, product.weight_count)


@dataclass(frozen=True, eq=False)
class Descent:
    """weights (steps + 1, weight_count) and losses (steps + 1,), from the start on."""

    weights: Real
    losses: Real


def descend(what: Lesson, start: NDArray[Any], rate: float, steps: int) -> Descent:
    """Gradient descent, step by step. rate: η in units of 1/curvature: below 2 it converges, at 1 the steepest direction is done in one."""
    curvature = what.curvature
    eta = rate / curvature if curvature > 0.0 else 0.0
    w = np.array(start, dtype=float)
    weights, losses = np.empty((steps + 1, len(w))), np.empty(steps + 1)
    for step in range(steps + 1):
        if step % 20 == 0:
            task.report(step, steps, "Following the gradient")
        weights[step], losses[step] = w, what.loss(w)
        w = w - eta * what.gradient(w)
    return Descent(weights, losses)


def strand_weights(product: TensorProduct, weights: NDArray[Any]) -> Real:
    """One number for each path: the root of the mean square of its weights, with the sign of their sum; 1 for a path without weights."""
    found = np.ones(len(product.instructions))
    for k, (path, part) in enumerate(zip(product.instructions, product.weight_slices(), strict=True)):
        if path.has_weight:
            own = weights[part]
            found[k] = float(np.sqrt((own**2).mean())) * (-1.0 if own.sum() < 0 else 1.0) if own.size else 0.0
    return found


def path_errors(product: TensorProduct, turns: Sequence[tuple[Real, Real, Real]]) -> Real:
    """For each path the largest |C(D₁x, D₂y) − D₃ C(x, y)| over all unit vectors x, y of the bases; turns: D₁, D₂, D₃ of each path."""
    found = np.zeros(len(product.instructions))
    for k, (path, (one, two, out)) in enumerate(zip(product.instructions, turns, strict=True)):
        (_, first), (_, second), (_, third) = product.terms(path)
        tensor = clebsch_gordan(first.l, second.l, third.l)
        found[k] = float(np.abs(np.einsum("ai,bj,abk->ijk", one, two, tensor, optimize=True) - tensor @ out.T).max())
    return found

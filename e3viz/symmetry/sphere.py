"""Integrals over S², SO(3) and O(3), exact up to a degree, and signals on the sphere as Σ c Yˡₘ.

Quadratures are products: evenly spaced angles, exact for e^{imα} with |m| below their number, and Gauss–Legendre nodes in the cosine of
the polar angle, exact for polynomials of degree 2n − 1. Weights on S² sum to 4π; on the groups to 1 (an average).

A signal is a row of coefficients c of the harmonics in `integral` normalisation, column l² + l + m, so that ∫ f² dΩ = Σ c² and the power
per degree is Σₘ c².
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.wigner import check_degree

Real = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Nodes, (n, 3) unit vectors or (n, 3, 3) orthogonal matrices, and their weights (n,). Read-only."""

    nodes: Real
    weights: Real


def _fixed(nodes: Real, weights: Real) -> Quadrature:
    nodes.setflags(write=False)
    weights.setflags(write=False)
    return Quadrature(nodes, weights)


@lru_cache(maxsize=64)
def sphere_quadrature(degree: int) -> Quadrature:
    """Exact on S² for polynomials in x, y, z up to a degree: (degree + 1) · ⌈(degree + 1)/2⌉ nodes, y the polar axis."""
    cosines, heights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    around = 2.0 * np.pi * np.arange(degree + 1) / (degree + 1)
    sines = np.sqrt(1.0 - cosines**2)
    nodes = np.stack(
        [np.outer(sines, np.sin(around)), np.repeat(cosines[:, None], degree + 1, axis=1), np.outer(sines, np.cos(around))], axis=-1
    )
    weights = np.repeat(heights * 2.0 * np.pi / (degree + 1), degree + 1)
    return _fixed(nodes.reshape(-1, 3), weights)


@lru_cache(maxsize=32)
def rotation_quadrature(degree: int) -> Quadrature:
    """Exact averages over SO(3) of the entries of Dˡ for l up to a degree (of products Dᵃ Dᵇ for a + b up to it)."""
    count = degree + 1
    angles = 2.0 * np.pi * np.arange(count) / count
    about_y = np.zeros((count, 3, 3))
    about_y[:, 0, 0] = about_y[:, 2, 2] = np.cos(angles)
    about_y[:, 0, 2], about_y[:, 2, 0], about_y[:, 1, 1] = np.sin(angles), -np.sin(angles), 1.0
    cosines, heights = np.polynomial.legendre.leggauss(degree // 2 + 1)
    sines = np.sqrt(1.0 - cosines**2)
    about_x = np.zeros((len(cosines), 3, 3))
    about_x[:, 0, 0], about_x[:, 1, 1], about_x[:, 2, 2] = 1.0, cosines, cosines
    about_x[:, 1, 2], about_x[:, 2, 1] = -sines, sines
    nodes = np.einsum("aij,bjk,ckl->abcil", about_y, about_x, about_y, optimize=True).reshape(-1, 3, 3)
    weights = np.broadcast_to(heights[None, :, None] / (2.0 * count**2), (count, len(cosines), count)).reshape(-1)
    return _fixed(nodes, weights.copy())


@lru_cache(maxsize=32)
def orthogonal_quadrature(degree: int) -> Quadrature:
    """The same over O(3): the proper rotations, then each of them times the inversion."""
    proper = rotation_quadrature(degree)
    return _fixed(np.concatenate([proper.nodes, 0.0 - proper.nodes]), np.concatenate([proper.weights, proper.weights]) / 2.0)


def degree_of(coefficients: NDArray[Any]) -> int:
    """l_max of a signal (…, (l_max + 1)²). Raises UserError if that is no square, or if a number is not finite."""
    count = np.shape(coefficients)[-1]
    l_max = math.isqrt(count) - 1
    if l_max < 0 or (l_max + 1) ** 2 != count:
        raise UserError(
            f"A signal on the sphere cannot have {count} coefficients.", "All degrees to l_max are (l_max + 1)²: 1, 4, 9, 16, …"
        )
    if not np.isfinite(coefficients).all():
        raise UserError("A coefficient of the signal is not a finite number.", "Replace nan or inf by a number.")
    return check_degree(l_max)


def evaluate(coefficients: NDArray[Any], points: NDArray[Any]) -> Real:
    """The signal's value in the directions of points (…, 3)."""
    values: Real = spherical_harmonics(degree_of(coefficients), points) @ np.asarray(coefficients, dtype=float)
    return values


def power(coefficients: NDArray[Any]) -> Real:
    """Σₘ c² of each degree, (…, l_max + 1)."""
    starts = np.arange(degree_of(coefficients) + 1) ** 2
    squares = np.asarray(coefficients, dtype=float) ** 2
    summed: Real = np.add.reduceat(squares, starts, axis=-1)
    return summed


def project(function: Callable[[Real], NDArray[Any]], l_max: int, degree: int = 0) -> Real:
    """Coefficients of a function of unit vectors (n, 3) → (n,). Exact if it is a polynomial of degree ≤ `degree` (at least l_max)."""
    nodes = sphere_quadrature(l_max + max(degree, l_max))
    values = np.asarray(function(nodes.nodes), dtype=float)
    coefficients: Real = (nodes.weights * values) @ spherical_harmonics(l_max, nodes.nodes)
    return coefficients


def project_directions(directions: NDArray[Any], l_max: int, weights: NDArray[Any] | None = None) -> Real:
    """Coefficients of Σ wᵢ δ(n − nᵢ): the neighbours of an atom, seen from it. Vectors (n, 3) of any length but zero; no vectors, zero."""
    vectors = np.asarray(directions, dtype=float).reshape(-1, 3)
    if not np.isfinite(vectors).all():
        raise UserError("A direction has a component that is not a finite number.", "Replace nan or inf by a number.")
    if (np.linalg.norm(vectors, axis=1) < 1e-12).any():
        raise UserError("A direction has a length of zero.", "Leave out neighbours that lie on the centre.")
    shares = np.ones(len(vectors)) if weights is None else np.asarray(weights, dtype=float)
    coefficients: Real = shares @ spherical_harmonics(l_max, vectors)
    return coefficients


def delta(direction: NDArray[Any], l_max: int) -> Real:
    """A peak in one direction, as narrow as l_max allows, with the value 1 at its top."""
    return project_directions(np.asarray(direction)[None], l_max) * 4.0 * np.pi / (l_max + 1) ** 2


def project_picture(picture: NDArray[Any], l_max: int) -> Real:
    """Coefficients of a grey picture (rows, columns) wrapped around the sphere as a map of the world: its top at +z, its middle at +x,
    its columns going round z from −π to π. Between pixels it is interpolated."""
    grey = np.asarray(picture, dtype=float)
    if grey.ndim != 2 or min(grey.shape) < 2:
        raise UserError("A picture on the sphere needs rows and columns of grey values.", "Give an array of at least 2 × 2 numbers.")
    if not np.isfinite(grey).all():
        raise UserError("A grey value of the picture is not a finite number.", "Replace nan or inf by a number.")

    def seen(n: Real) -> Real:
        rows, columns = grey.shape
        row = np.clip(np.arccos(np.clip(n[:, 2], -1.0, 1.0)) / np.pi * rows - 0.5, 0.0, rows - 1.0)
        column = (np.arctan2(n[:, 1], n[:, 0]) / (2.0 * np.pi) + 0.5) * columns - 0.5
        top, left = np.minimum(row.astype(int), rows - 2), np.floor(column).astype(int)
        down, right = row - top, column - left
        here, there = left % columns, (left + 1) % columns
        upper = grey[top, here] * (1.0 - right) + grey[top, there] * right
        lower = grey[top + 1, here] * (1.0 - right) + grey[top + 1, there] * right
        mixed: Real = upper * (1.0 - down) + lower * down
        return mixed

    return project(seen, l_max, degree=max(4 * l_max, 96))


def random_signal(l_max: int, rng: np.random.Generator) -> Real:
    """Random coefficients with the power 1 in each degree."""
    drawn = rng.normal(size=(check_degree(l_max) + 1) ** 2)
    scale: Real = np.repeat(np.sqrt(power(drawn)), 2 * np.arange(l_max + 1) + 1)
    return drawn / scale

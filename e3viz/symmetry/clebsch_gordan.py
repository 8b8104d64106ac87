"""Clebsch–Gordan tensors in the real basis: how two irreps of degrees l₁ and l₂ make one of degree l₃, equivariantly and uniquely.

C has shape (2l₁+1, 2l₂+1, 2l₃+1), norm 1 and e3nn's sign: it is `e3nn.o3.wigner_3j(l1, l2, l3)`. It is invariant,
Σ Dˡ¹ Dˡ² Dˡ³ C = C, so that (x ⊗ y)ₖ = Σ Cᵢⱼₖ xᵢ yⱼ turns as degree l₃. In complex harmonics a tensor has Racah's closed form, a square
root of a fraction; in the change to real ones at most two terms meet in an entry and they have the same size, so each entry is
again one square root of a fraction, and is kept as such. Reference: D. A. Varshalovich et al., Quantum Theory of Angular Momentum, 8.2.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.surd import Surd
from e3viz.symmetry.wigner import check_degree

Place = tuple[int, int, int]
Phase = tuple[int, int]
"""A Gaussian integer: real and imaginary part."""
_POWERS_OF_I: tuple[Phase, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))


def is_allowed(l1: int, l2: int, l3: int) -> bool:
    """The triangle rule, |l₁ − l₂| ≤ l₃ ≤ l₁ + l₂."""
    return abs(l1 - l2) <= l3 <= l1 + l2


@lru_cache(maxsize=4096)
def clebsch_gordan(l1: int, l2: int, l3: int) -> NDArray[np.float64]:
    """C (2l₁+1, 2l₂+1, 2l₃+1), read-only. Raises UserError where the triangle rule forbids it."""
    tensor = np.zeros((2 * l1 + 1, 2 * l2 + 1, 2 * l3 + 1))
    for place, value in exact_clebsch_gordan(l1, l2, l3).items():
        tensor[place] = float(value)
    tensor.setflags(write=False)
    return tensor


@lru_cache(maxsize=1024)
def exact_clebsch_gordan(l1: int, l2: int, l3: int) -> Mapping[Place, Surd]:
    """The entries of C that are not zero, exact, by their place (m₁ + l₁, m₂ + l₂, m₃ + l₃)."""
    for l in (l1, l2, l3):
        check_degree(l)
    if not is_allowed(l1, l2, l3):
        raise UserError(
            f"Degrees {l1} and {l2} cannot make degree {l3}.", f"l₃ must lie between |l₁ − l₂| = {abs(l1 - l2)} and l₁ + l₂ = {l1 + l2}."
        )
    counts: dict[Place, list[int]] = {}
    sizes: dict[Place, Surd] = {}
    for m1 in range(-l1, l1 + 1):
        for m2 in range(max(-l2, -l3 - m1), min(l2, l3 - m1) + 1):
            value = _complex_entry(l1, l2, l3, m1, m2)
            if value:
                _add_real_parts((l1, l2, l3), (m1, m2, m1 + m2), value, counts, sizes)
    entries = {}
    for place, count in sorted(counts.items()):
        real, imaginary = _times((count[0], count[1]), _POWERS_OF_I[(l1 + l2 - l3) % 4])
        if imaginary:
            raise ArithmeticError(f"the tensor {l1} {l2} {l3} is not real at {place}")
        if real:
            entries[place] = sizes[place] * Surd.root(Fraction(real * real, 2 * l3 + 1), 1 if real > 0 else -1)
    return MappingProxyType(entries)


def _complex_entry(l1: int, l2: int, l3: int, m1: int, m2: int) -> Surd:
    """⟨l₁m₁ l₂m₂ | l₃ m₁+m₂⟩ by Racah's formula."""
    f, m3 = math.factorial, m1 + m2
    total = Fraction(0)
    for k in range(max(0, l2 - l3 - m1, l1 - l3 + m2), min(l1 + l2 - l3, l1 - m1, l2 + m2) + 1):
        below = f(k) * f(l1 + l2 - l3 - k) * f(l1 - m1 - k) * f(l2 + m2 - k) * f(l3 - l2 + m1 + k) * f(l3 - l1 - m2 + k)
        total += Fraction((-1) ** k, below)
    triangle = Fraction((2 * l3 + 1) * f(l3 + l1 - l2) * f(l3 - l1 + l2) * f(l1 + l2 - l3), f(l1 + l2 + l3 + 1))
    orders = f(l1 + m1) * f(l1 - m1) * f(l2 + m2) * f(l2 - m2) * f(l3 + m3) * f(l3 - m3)
    return Surd.root(triangle * orders) * total


def _real_parts(m: int) -> tuple[tuple[int, Phase], ...]:
    """For the complex harmonic of order m: the orders of the real ones in it and the phases, to be divided by √2 unless m = 0."""
    sign = (-1) ** m if m > 0 else 1
    if m == 0:
        return ((0, (1, 0)),)
    return (abs(m), (sign, 0)), (-abs(m), (0, -sign if m > 0 else 1))


def _times(a: Phase, b: Phase) -> Phase:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _add_real_parts(degrees: Place, orders: Place, value: Surd, counts: dict[Place, list[int]], sizes: dict[Place, Surd]) -> None:
    """Add one complex entry to the real entries it is part of: their common size, and how often it comes with which phase."""
    halved = sum(m != 0 for m in orders)
    size = value * Surd.root(Fraction(1, 2**halved))
    sign = 1 if size.ratio > 0 else -1
    size = size * sign
    for a, phase_a in _real_parts(orders[0]):
        for b, phase_b in _real_parts(orders[1]):
            for c, phase_c in _real_parts(orders[2]):
                real, imaginary = _times(_times(phase_a, phase_b), (phase_c[0], -phase_c[1]))
                place = (a + degrees[0], b + degrees[1], c + degrees[2])
                if sizes.setdefault(place, size) != size:
                    raise ArithmeticError(f"two sizes meet at {place} of the tensor {degrees}")
                count = counts.setdefault(place, [0, 0])
                count[0] += sign * real
                count[1] += sign * imaginary

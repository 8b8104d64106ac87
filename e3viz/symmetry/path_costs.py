"""What a tensor product costs: multiply–adds of one evaluation, without building it.

A path is a sum over copies and components of the factors w, C, x and y, which are contracted two at a time; the order with the fewest
multiply–adds counts. Three ways are told apart: `least` skips the zeros of C; e3nn keeps C dense, but writes out what needs no C
(a degree of 0, the cross product of single copies); the dense form is any bilinear map between the spaces, with no symmetry at all.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.paths import Instruction, TensorProduct

_WEIGHT = {"uvw": "uvw", "uvu": "uv", "uvv": "uv", "uuw": "uw", "uuu": "u", "uvuv": "uv"}
_OUT = {"uvw": "wk", "uvu": "uk", "uvv": "vk", "uuw": "wk", "uuu": "uk", "uvuv": "uvk"}


@dataclass(frozen=True)
class Costs:
    """Multiply–adds of one evaluation: least, as e3nn orders them, all paths as uvu, and of a dense bilinear map with its numbers."""

    least: int
    e3nn: int
    uvu: int
    dense: int
    dense_weights: int


def costs(product: TensorProduct) -> Costs:
    """What one evaluation of a tensor product takes."""
    least = e3nn = as_uvu = 0
    for path in product.instructions:
        (u, first), (v, second), (w, out) = product.terms(path)
        degrees = first.l, second.l, out.l
        theirs = path_cost(path.mode, (u, v, w), degrees, path.has_weight, sparse=False)
        least += min(theirs, path_cost(path.mode, (u, v, w), degrees, path.has_weight, sparse=True))
        e3nn += theirs
        as_uvu += path_cost("uvu", (u, v, u), degrees, True, sparse=False)
    one, two, out_dim = product.irreps1.dim, product.irreps2.dim, product.irreps_out.dim
    return Costs(least, e3nn, as_uvu, one * two * (1 + out_dim), one * two * out_dim)


@lru_cache(maxsize=4096)
def nonzero_count(l1: int, l2: int, l3: int) -> int:
    """How many entries of the real Clebsch–Gordan tensor are not zero, by its selection rules and Racah's sum in whole numbers."""
    degrees = sorted((l1, l2, l3))
    if degrees != [l1, l2, l3]:
        return nonzero_count(*degrees)
    if l3 > l1 + l2:
        return 0
    found = 0
    for m1 in range(l1 + 1):
        for m2 in range(-l2, l2 + 1) if m1 else range(l2 + 1):
            if abs(m1 + m2) <= l3 and _racah(l1, l2, l3, m1, m2):
                found += _real_entries((l1 + l2 + l3) % 2, (m1, abs(m2), abs(m1 + m2)))
    return found


def _real_entries(odd: int, sizes: tuple[int, int, int]) -> int:
    """Of the real entries with these |m|, how many have the number of sines (negative m) that the parity of l₁ + l₂ + l₃ asks for."""
    places = [(0,) if m == 0 else (0, 1) for m in sizes]
    return sum((a + b + c) % 2 == odd for a in places[0] for b in places[1] for c in places[2])


def _racah(l1: int, l2: int, l3: int, m1: int, m2: int) -> int:
    """The sum in Racah's formula, up to a factor that is never zero."""
    a, b, c = l1 + l2 - l3, l1 - l2 + l3, -l1 + l2 + l3
    low, high = max(0, l1 - m1 - b, l2 + m2 - c), min(a, l1 - m1, l2 + m2)
    return sum((-1) ** k * math.comb(a, k) * math.comb(b, l1 - m1 - k) * math.comb(c, l2 + m2 - k) for k in range(low, high + 1))


@lru_cache(maxsize=8192)
def path_cost(mode: str, copies: tuple[int, int, int], degrees: tuple[int, int, int], has_weight: bool, *, sparse: bool) -> int:
    """Multiply–adds of one path between terms of so many copies and these degrees. sparse: without the zeros of C."""
    u, v, w = copies
    l1, l2, l3 = degrees
    sizes = {"u": u, "v": v, "w": w, "i": 2 * l1 + 1, "j": 2 * l2 + 1, "k": 2 * l3 + 1}
    factors = {"x": "ui", "y": ("u" if mode[:2] == "uu" else "v") + "j", "C": "ijk"}
    if has_weight:
        factors["w"] = _WEIGHT[mode]
    out = _OUT[mode]
    if 0 in (u, v, w):
        return 0
    nonzero = nonzero_count(*degrees) if sparse else sizes["i"] * sizes["j"] * sizes["k"]
    if not sparse and mode == "uuu" and degrees == (1, 1, 1):
        return 6 * u + (3 * u if has_weight else 0)
    if not sparse and 0 in degrees and mode != "uvuv":
        same = {"i": "", "k": "j"} if l1 == 0 else {"j": "", "k": "i"} if l2 == 0 else {"k": "", "j": "i"}
        del factors["C"]
        rename = str.maketrans(same)
        factors, out = {name: indices.translate(rename) for name, indices in factors.items()}, out.translate(rename)
    return _cheapest(tuple(factors.items()), out, sizes, nonzero)


def _cheapest(factors: tuple[tuple[str, str], ...], out: str, sizes: dict[str, int], nonzero: int) -> int:
    """The fewest multiply–adds over all orders of contracting two factors at a time."""
    totals = []
    for order in _orders(factors, out):
        total = 0
        for indices, sparse in order:
            total += (nonzero if sparse else 1) * math.prod(sizes[x] for x in indices)
        totals.append(total)
    return min(totals)


@lru_cache(maxsize=256)
def _orders(factors: tuple[tuple[str, str], ...], out: str) -> tuple[tuple[tuple[str, bool], ...], ...]:
    """Every order of contracting factors (name, indices), step by step: the indices that a step runs over, those of C left out where C
    itself takes part, since only its nonzero entries do."""
    if len(factors) == 1:
        return ((),)
    found = []
    for a, b in combinations(range(len(factors)), 2):
        (one, first), (two, second) = factors[a], factors[b]
        rest = tuple(factors[k] for k in range(len(factors)) if k not in (a, b))
        met = set(first) | set(second)
        kept = "".join(sorted(met & set(out).union(*(indices for _, indices in rest))))
        sparse = "C" in (one, two)
        step = ("".join(sorted(met - set("ijk") if sparse else met)), sparse)
        found += [(step, *order) for order in _orders((*rest, ("made", kept)), out)]
    return tuple(found)


def as_uvu(product: TensorProduct) -> TensorProduct:
    """The same allowed paths as one convolution would have them: each its own output term with as many copies as the first input."""
    terms: list[tuple[int, Irrep]] = []
    paths: list[Instruction] = []
    for path in product.instructions:
        (u, _), _, (_, out) = product.terms(path)
        paths.append(Instruction(path.i1, path.i2, len(terms), "uvu"))
        terms.append((u, out))
    return replace(product, irreps_out=Irreps(tuple(terms)), instructions=tuple(paths), var_out=())

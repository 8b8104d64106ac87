"""Tensor products of irreps as a list of paths: which are allowed, how many weights they have, and how e3nn normalises them.

A path (instruction) takes the term i₁ of the first input and i₂ of the second to the term i_out of the output by the Clebsch–Gordan
tensor C; it is allowed if |l₁ − l₂| ≤ l₃ ≤ l₁ + l₂ and p₁p₂ = p₃. The mode says what happens to the copies u, v, w of the terms: uvw
makes every output copy of every pair, uuu pairs them one to one, and so on. With weights w the output is

    z = Σ_paths √α · Σ w · C x y,     α = path_weight · var_out · {2l₃+1 | (2l₁+1)(2l₂+1) | 1} / {Σ var₁ var₂ n | paths · var₁ var₂ n | 1}

for irrep_normalization component, norm, none and path_normalization element, path, none, n being the number of pairs that a path adds
up in each output copy: as `e3nn.o3.TensorProduct` (0.6) has it. Nothing here builds a tensor, so that huge products cost nothing.
Reference: M. Geiger and T. Smidt, arXiv 2207.09453.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from e3viz.errors import UserError, nearest
from e3viz.symmetry.irreps import Irrep, Irreps, as_irreps

MODES = ("uvw", "uvu", "uvv", "uuw", "uuu", "uvuv")
IRREP_NORMALIZATIONS = ("component", "norm", "none")
PATH_NORMALIZATIONS = ("element", "path", "none")
_SUBSCRIPT = str.maketrans("123", "₁₂₃")


@dataclass(frozen=True)
class Instruction:
    """One path: the terms of input 1, input 2 and output by number, the mode, whether it has weights, and the fixed factor under the
    square root of its coefficient (e3nn's `path_weight`)."""

    i1: int
    i2: int
    iout: int
    mode: str = "uvw"
    has_weight: bool = True
    path_weight: float = 1.0

    @property
    def key(self) -> str:
        """A name of its own among the paths of a product."""
        return f"{self.i1} {self.i2} {self.iout} {self.mode}"


def forbidden(first: Irrep, second: Irrep, out: Irrep) -> str:
    """Why a path between irreps is not allowed, with the numbers; empty if it is."""
    low, high = abs(first.l - second.l), first.l + second.l
    if not low <= out.l <= high:
        side = f"l₁ + l₂ = {first.l} + {second.l} = {high}" if out.l > high else f"|l₁ − l₂| = |{first.l} − {second.l}| = {low}"
        return f"{first} ⊗ {second} cannot make {out}: l₃ = {out.l} is {'above' if out.l > high else 'below'} {side}."
    if first.parity * second.parity != out.parity:
        signs = {1: "+", -1: "−"}
        made = first.parity * second.parity
        return (
            f"{first} ⊗ {second} cannot make {out}: the parities give ({signs[first.parity]})({signs[second.parity]}) = {signs[made]}, "
            f"but {out} is {'even (+)' if out.parity == 1 else 'odd (−)'}."
        )
    return ""


def is_allowed(first: Irrep, second: Irrep, out: Irrep) -> bool:
    """Whether |l₁ − l₂| ≤ l₃ ≤ l₁ + l₂ and p₁p₂ = p₃."""
    return abs(first.l - second.l) <= out.l <= first.l + second.l and first.parity * second.parity == out.parity


def mismatch(mode: str, first: int, second: int, out: int, *, has_weight: bool = True) -> str:
    """Why a mode cannot join so many copies of the two inputs and the output; empty if it can."""
    if mode not in MODES:
        return f"There is no mode “{mode}”."
    if mode in ("uuw", "uuu") and first != second:
        return f"{mode} pairs the copies one to one, but there are {first} and {second}."
    wanted = {"uvu": first, "uvv": second, "uuu": first, "uvuv": first * second}.get(mode, out)
    if wanted != out:
        return f"{mode} makes {wanted} cop{'y' if wanted == 1 else 'ies'}, but the output has {out}."
    if not has_weight and mode == "uvw":
        return "uvw needs weights: without them all copies of the output would be the same."
    if not has_weight and mode == "uuw" and out != 1:
        return f"uuw without weights makes one copy, but the output has {out}."
    return ""


def fitting_modes(first: int, second: int, out: int) -> tuple[str, ...]:
    """The modes (with weights) that can join so many copies."""
    return tuple(mode for mode in MODES if not mismatch(mode, first, second, out))


@dataclass(frozen=True)
class TensorProduct:
    """Two inputs, an output and the paths between them. var1, var2, var_out: assumed variances of each term, empty for all 1.

    Raises UserError for a path that is not allowed or whose mode does not fit the multiplicities.
    """

    irreps1: Irreps
    irreps2: Irreps
    irreps_out: Irreps
    instructions: tuple[Instruction, ...]
    irrep_normalization: str = "component"
    path_normalization: str = "element"
    var1: tuple[float, ...] = ()
    var2: tuple[float, ...] = ()
    var_out: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for word, known in ((self.irrep_normalization, IRREP_NORMALIZATIONS), (self.path_normalization, PATH_NORMALIZATIONS)):
            if word not in known:
                raise UserError(f"“{word}” is no normalisation of tensor products.", nearest(word, known))
        for name, given, irreps in self._variances():
            if given and len(given) != len(irreps):
                raise UserError(f"There are {len(given)} variances of the {name}, but it has {len(irreps)} terms.", "Give one for each.")
            if any(not (math.isfinite(v) and v >= 0.0) for v in given):
                raise UserError(f"A variance of the {name} is not a number of 0 or more.", "Write for example 1.")
        for number, path in enumerate(self.instructions):
            wrong = self.problem(path)
            if wrong:
                raise UserError(f"Path {number}: {wrong}", "Leave the path out, or change the irreps or the mode.")

    def _variances(self) -> tuple[tuple[str, tuple[float, ...], Irreps], ...]:
        return (
            ("first input", self.var1, self.irreps1),
            ("second input", self.var2, self.irreps2),
            ("output", self.var_out, self.irreps_out),
        )

    def problem(self, path: Instruction) -> str:
        """What is wrong with a path between these irreps; empty if nothing is."""
        for name, number, irreps in (
            ("first input", path.i1, self.irreps1),
            ("second input", path.i2, self.irreps2),
            ("output", path.iout, self.irreps_out),
        ):
            if not 0 <= number < len(irreps):
                return f"the {name} has no term {number}; its terms are counted from 0 to {len(irreps) - 1}."
        if not (math.isfinite(path.path_weight) and path.path_weight >= 0.0):
            return "its fixed factor must be 0 or more, since its square root is taken."
        (a, first), (b, second), (c, out) = self.terms(path)
        return forbidden(first, second, out) or mismatch(path.mode, a, b, c, has_weight=path.has_weight)

    def terms(self, path: Instruction) -> tuple[tuple[int, Irrep], tuple[int, Irrep], tuple[int, Irrep]]:
        """(multiplicity, irrep) of the two inputs and the output of a path."""
        return self.irreps1.terms[path.i1], self.irreps2.terms[path.i2], self.irreps_out.terms[path.iout]

    def label(self, path: Instruction) -> str:
        """1o ⊗ 1o → 1e."""
        first, second, out = (irrep for _, irrep in self.terms(path))
        return f"{first} ⊗ {second} → {out}"

    def shape(self, path: Instruction) -> tuple[int, ...]:
        """The shape of the weights that a path has, or would have if it had any."""
        (u, _), (v, _), (w, _) = self.terms(path)
        return {"uvw": (u, v, w), "uuw": (u, w), "uuu": (u,)}.get(path.mode, (u, v))

    def added_pairs(self, path: Instruction) -> int:
        """How many pairs of input copies a path adds up in each copy of the output."""
        (u, _), (v, _), _ = self.terms(path)
        return {"uvw": u * v, "uvu": v, "uvv": u, "uuw": u}.get(path.mode, 1)

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each path's weights."""
        return tuple(self.shape(path) for path in self.instructions)

    @cached_property
    def weight_counts(self) -> tuple[int, ...]:
        """How many weights each path has."""
        return tuple(math.prod(shape) if path.has_weight else 0 for path, shape in zip(self.instructions, self.shapes, strict=True))

    @property
    def weight_count(self) -> int:
        """How many weights there are in all (e3nn's `weight_numel`)."""
        return sum(self.weight_counts)

    def weight_slices(self) -> tuple[slice, ...]:
        """Where each path's weights lie in the flat vector of all weights."""
        found, start = [], 0
        for count in self.weight_counts:
            found.append(slice(start, start + count))
            start += count
        return tuple(found)

    @property
    def copy_paths(self) -> int:
        """Paths counted copy by copy, as e3nn's `repr` does."""
        return sum(math.prod(shape) for shape in self.shapes)

    @property
    def dim(self) -> int:
        """The number of components of the output."""
        return self.irreps_out.dim

    @cached_property
    def coefficients(self) -> tuple[float, ...]:
        """√α of each path: what e3nn keeps as `path_weight` of its instructions."""
        return tuple(self.normalization(path).coefficient for path in self.instructions)

    @cached_property
    def _totals(self) -> dict[int, tuple[float, int]]:
        """For each output term Σ var₁ var₂ n and the number of paths into it."""
        totals: dict[int, tuple[float, int]] = {}
        for path in self.instructions:
            pairs, count = totals.get(path.iout, (0.0, 0))
            totals[path.iout] = (pairs + self._input_variance(path) * self.added_pairs(path), count + 1)
        return totals

    def _input_variance(self, path: Instruction) -> float:
        return (self.var1[path.i1] if self.var1 else 1.0) * (self.var2[path.i2] if self.var2 else 1.0)

    def normalization(self, path: Instruction) -> Normalization:
        """Where the coefficient of a path comes from."""
        (_, first), (_, second), (_, out) = self.terms(path)
        gain = {"component": out.dim, "norm": first.dim * second.dim}.get(self.irrep_normalization, 1)
        total, count = self._totals.get(path.iout, (0.0, 0))
        divisor = {"element": total, "path": self._input_variance(path) * self.added_pairs(path) * count}.get(self.path_normalization, 1.0)
        alpha = float(gain)
        if divisor > 0.0:
            alpha /= divisor
        alpha *= self.var_out[path.iout] if self.var_out else 1.0
        alpha *= path.path_weight
        return Normalization(gain, divisor, count, self.added_pairs(path), math.sqrt(alpha))


@dataclass(frozen=True)
class Normalization:
    """The factors of a path's coefficient √α. gain: from the irreps; divisor: from the paths (0: not divided); paths: how many paths
    end in the same output term; pairs: how many pairs of copies this one adds up."""

    gain: int
    divisor: float
    paths: int
    pairs: int
    coefficient: float


def allowed_paths(irreps1: Irreps | str, irreps2: Irreps | str, irreps_out: Irreps | str) -> Iterator[tuple[int, int, int]]:
    """(i₁, i₂, i_out) of every allowed path, in e3nn's order."""
    first, second, out = as_irreps(irreps1), as_irreps(irreps2), as_irreps(irreps_out)
    places: dict[int, list[tuple[int, int]]] = {1: [], -1: []}
    for k, (_, irrep) in enumerate(out):
        places[irrep.parity].append((irrep.l, k))
    for i, (_, a) in enumerate(first):
        for j, (_, b) in enumerate(second):
            low, high = abs(a.l - b.l), a.l + b.l
            for l, k in places[a.parity * b.parity]:
                if low <= l <= high:
                    yield i, j, k


def subscript(text: str) -> str:
    """l1 → l₁."""
    return text.translate(_SUBSCRIPT)


def numbered(paths: Sequence[tuple[int, int, int]], mode: str, *, has_weight: bool = True) -> tuple[Instruction, ...]:
    """Paths of one mode."""
    return tuple(Instruction(i, j, k, mode, has_weight) for i, j, k in paths)

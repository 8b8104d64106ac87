"""Formulas for the symmetry of a tensor's indices: `ij=ji`, `ijk=jik=ikj`, `ijkl=jikl=klij`, `ij=-ji`.

Each side of an equals sign is the same tensor with its indices in another order, maybe with a minus; all products of these permutations
hold as well. The notation is that of e3nn's `ReducedTensorProducts`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from e3viz.errors import UserError
from e3viz.symmetry.irreps import Irrep

Permutation = tuple[int, ...]
EXAMPLE = "Write for example ij=ji, ijk=jik or ijkl=jikl=klij."


@dataclass(frozen=True)
class IndexFormula:
    """text: tidied up; indices: the letters in order; vector: how each index turns; permutations: (order, sign) of the whole group they
    generate: t[i₀, i₁, …] = sign · t transposed by order."""

    text: str
    indices: str
    vector: Irrep
    permutations: tuple[tuple[Permutation, int], ...]


def parse_formula(text: str, vector: Irrep, most: int) -> IndexFormula:
    """Reads a formula; raises UserError that says what is wrong. most: the largest number of indices."""
    sides = [side.strip() for side in text.replace("−", "-").replace(" ", "").split("=")]
    first = sides[0]
    if not re.fullmatch(r"[a-z]*", first):
        raise UserError(f"“{first}” does not begin a formula of indices.", f"Begin with small letters without a sign. {EXAMPLE}")
    if not first and len(text.strip()):
        raise UserError("A formula begins with its indices.", EXAMPLE)
    if len(first) > most:
        raise UserError(f"A tensor here has at most {most} indices, not {len(first)}.", EXAMPLE)
    if len(set(first)) != len(first):
        raise UserError(f"“{first}” names an index twice.", "Give every index a letter of its own.")
    generators = [_side(first, side) for side in sides[1:]]
    return IndexFormula("=".join(sides), first, vector, tuple(sorted(_group(len(first), generators).items())))


def _side(first: str, side: str) -> tuple[Permutation, int]:
    letters = side.removeprefix("-")
    if not letters:
        raise UserError("A side of the formula is empty.", EXAMPLE)
    if sorted(letters) != sorted(first):
        raise UserError(f"“{side}” does not have the same indices as “{first}”.", f"Use each of {', '.join(first)} once.")
    return tuple(first.index(letter) for letter in letters), -1 if side.startswith("-") else 1


def _group(rank: int, generators: list[tuple[Permutation, int]]) -> dict[Permutation, int]:
    """All products of signed permutations; raises UserError if one of them comes with both signs."""
    found: dict[Permutation, int] = {tuple(range(rank)): 1}
    fresh = list(found)
    while fresh:
        order = fresh.pop()
        for step, sign in generators:
            product = tuple(order[k] for k in step)
            if product not in found:
                found[product] = found[order] * sign
                fresh.append(product)
            elif found[product] != found[order] * sign:
                raise UserError("Only the tensor that is zero has this symmetry.", "Change a sign in the formula.")
    return found

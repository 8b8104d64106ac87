"""From a pattern of failures to its cause, in a sentence that names the layer and the irrep where it begins.

Each cause is tried as a hypothesis: if the numbers keep the symmetry once its effect is taken off, that is what is wrong.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from e3viz.atoms.edit import without_results
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.potentials.audit.findings import Finding
from e3viz.potentials.audit.observing import Block, observe
from e3viz.potentials.audit.symmetries import turned_structure
from e3viz.potentials.contract import Potential
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.sphere import rotation_quadrature
from e3viz.symmetry.wigner import D

EXPLAINED = 1e-3
"""A hypothesis holds if what it leaves of the error, relative to the size of the numbers, is below this."""


def verdicts(potential: Potential, structures: Sequence[Structure], findings: Sequence[Finding]) -> list[str]:
    """Sentences, the most specific cause first; empty if everything passed."""
    failed = {(f.quantity, f.test) for f in findings if not f.passed}
    if not failed:
        return []
    found = _of_features(potential, structures, findings, failed)
    found += _of_forces(potential, structures, failed)
    if ("energy", "permutation") in failed or ("forces", "permutation") in failed:
        found.append("The energy depends on the order in which atoms are listed.")
    if any(test == "images" for _, test in failed):
        found.append(
            "It matters in which periodic image an atom is listed or how large the cell is: neighbours through the boundary are missed."
        )
    if any(test == "translation" for _, test in failed):
        found.append("A translation changes what it says: positions enter by more than their differences.")
    square = any(quantity == "forces" and test in ("rotation", "inversion") for quantity, test in failed)
    if ("forces", "slope") in failed and not square:
        found.append("The forces are not the slope of the energy.")
    if any(test == "cutoff" for _, test in failed):
        found.append("Energy or forces jump when an atom crosses the cutoff.")
    if ("stress", "slope") in failed:
        found.append("The stress is not the slope of the energy by strain.")
    return found or [
        f"{quantity.capitalize()} fails under {test}; none of the known causes explains it." for quantity, test in sorted(failed)
    ]


def _of_features(
    potential: Potential, structures: Sequence[Structure], findings: Sequence[Finding], failed: set[tuple[str, str]]
) -> list[str]:
    order = list(dict.fromkeys(f.layer for f in findings if f.layer))
    broken = [f for f in findings if f.layer and (f.quantity, f.test) in failed and f.test in ("rotation", "inversion")]
    if not broken:
        return []
    first = min(order.index(f.layer) for f in broken)
    names = list(dict.fromkeys(f.quantity for f in broken if f.layer == order[first]))
    blocks, matrices, moved = _samples(potential, structures[0])
    found = []
    for name in names:
        cause = _cause(blocks[name], matrices, [one[name].values for one in moved])
        found.append(f"{name}: {cause or 'does not turn with D(g)'}.")
    if len(order) > first + 1:
        found.append(f"What follows {order[first]} inherits it.")
    return found


def _of_forces(potential: Potential, structures: Sequence[Structure], failed: set[tuple[str, str]]) -> list[str]:
    if not {("forces", "rotation"), ("forces", "inversion")} & failed:
        return []
    blocks, matrices, moved = _samples(potential, structures[0])
    cause = _cause(blocks["forces"], matrices, [one["forces"].values for one in moved])
    return [f"Forces: {cause or 'do not turn with the structure'}."]


def _samples(potential: Potential, structure: Structure) -> tuple[dict[str, Block], FloatArray, list[dict[str, Block]]]:
    """What is seen of a structure as it is, and under rotations and their products with the inversion."""
    bare = without_results(structure)
    proper = rotation_quadrature(2).nodes
    matrices = np.concatenate([proper, -proper])
    before = observe(potential, [bare])[0]
    moved = observe(potential, [turned_structure(bare, matrix) for matrix in matrices])
    return before.blocks, matrices, [one.blocks for one in moved]


def _cause(block: Block, matrices: FloatArray, moved: list[FloatArray]) -> str:
    half, irrep = len(matrices) // 2, block.irrep
    size = float(np.sqrt(np.mean(block.values**2))) or 1.0

    def left(values: FloatArray, now: list[FloatArray], as_irrep: Irrep, proper_only: bool = False) -> float:
        some = zip(matrices[:half] if proper_only else matrices, now, strict=False)
        return max(float(np.abs(one - values @ D(as_irrep, matrix).T).max()) for matrix, one in some) / size

    if left(block.values, moved, irrep, proper_only=True) < EXPLAINED:
        other = Irrep(irrep.l, -irrep.parity)
        if left(block.values, moved, other) < EXPLAINED:
            return f"declared {irrep}, but under inversion it behaves as {other} (only improper g show it)"
        return "wrong under inversion only"
    if irrep.l > 0:
        constant = np.mean(moved, axis=0)
        if (
            np.abs(constant).max() / size > EXPLAINED
            and left(block.values - constant, [one - constant for one in moved], irrep) < EXPLAINED
        ):
            return f"a constant is added to l = {irrep.l}, which no rotation may leave as it is"
    if irrep.l == 1:
        for order in itertools.permutations(range(3)):
            if order != (0, 1, 2) and left(block.values[..., order], [one[..., order] for one in moved], irrep) < EXPLAINED:
                stands = "".join("xyz"[order.index(k)] for k in range(3))
                return f"its components stand in the order {', '.join(stands)} instead of x, y, z"
    return ""

"""The commuting square of a whole potential: turn, mirror, shift or reorder a structure, and compare with what must come out.

Rotations run over a quadrature of SO(3) that is exact up to twice the degree in use (`symmetry.sphere.rotation_quadrature`): no
rotation can hide between its nodes from a polynomial of that degree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.edit import act, without_results
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import repeat
from e3viz.potentials.audit.findings import TOLERANCES, Finding, Worst
from e3viz.potentials.audit.observing import Block, Observation, observe, scales, turned
from e3viz.potentials.contract import Potential
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.sphere import rotation_quadrature

AT_ONCE = 25


class Ledger:
    """Keeps the largest error of each quantity under each test."""

    def __init__(self, precision: str, sizes: dict[str, float]) -> None:
        self._precision, self._sizes = precision, sizes
        self._found: dict[tuple[str, str], Finding] = {}

    def note(self, test: str, block: Block | str, difference: FloatArray, frame: int, g: Element = IDENTITY) -> None:
        """Differences of one quantity: (rows, …), or of the stress (3, 3)."""
        name = block if isinstance(block, str) else block.name
        rows = np.abs(difference).reshape(len(difference), -1).max(axis=1, initial=0.0)
        error = float(rows.max(initial=0.0)) / self._sizes[name]
        known = self._found.get((name, test))
        if known is not None and error <= known.error:
            return
        per_atom = isinstance(block, Block) and block.per_atom
        worst = Worst(frame, g, int(rows.argmax()) if per_atom else -1)
        feature = isinstance(block, Block) and block.layer
        self._found[name, test] = Finding(
            name, test, error, TOLERANCES[self._precision], self._precision, worst,
            block.layer if isinstance(block, Block) else "", str(block.irrep) if isinstance(block, Block) and feature else "",
        )  # fmt: skip

    def findings(self) -> list[Finding]:
        """All of them."""
        return list(self._found.values())


def symmetry_findings(
    potential: Potential, structures: Sequence[Structure], precision: str, degree: int, seed: int
) -> tuple[list[Finding], int]:
    """Rotation, inversion, translation, permutation and periodic images; how many rotations there were."""
    bare = [without_results(structure) for structure in structures]
    before = observe(potential, bare)
    ledger = Ledger(precision, scales(before))
    random = np.random.default_rng(seed)
    proper = rotation_quadrature(degree).nodes
    improper = -np.concatenate([np.eye(3)[None], proper[:: max(1, len(proper) // 8)]])
    for frame, (structure, known) in enumerate(zip(bare, before, strict=True)):
        case = Case(potential, structure, known, frame, ledger)
        case.turn("rotation", proper)
        case.turn("inversion", improper)
        case.shift(10.0 * random.normal(size=(3, 3)))
        case.reorder([np.arange(len(structure))[::-1], random.permutation(len(structure)), random.permutation(len(structure))])
        if any(structure.pbc):
            case.hop(random.integers(-2, 3, size=(len(structure), 3)))
            case.repeat()
    return ledger.findings(), len(proper)


@dataclass(frozen=True, eq=False)
class Case:
    """One structure, what was seen of it as it stands, and where differences are noted."""

    potential: Potential
    structure: Structure
    known: Observation
    frame: int
    ledger: Ledger

    def turn(self, test: str, matrices: NDArray[Any]) -> None:
        """Under orthogonal matrices (k, 3, 3)."""
        for start in range(0, len(matrices), AT_ONCE):
            task.report(start, len(matrices), f"{test} of frame {self.frame + 1}")
            some = matrices[start : start + AT_ONCE]
            for matrix, now in zip(some, observe(self.potential, [turned_structure(self.structure, m) for m in some]), strict=True):
                self._compare(test, now, Element.from_matrix(matrix), matrix)

    def shift(self, by: FloatArray) -> None:
        """Under translations (k, 3), Å."""
        for x, y, z in by:
            g = Element(translation=(float(x), float(y), float(z)))
            self._compare("translation", observe(self.potential, [act(self.structure, g)])[0], g, np.eye(3))

    def reorder(self, orders: Sequence[NDArray[Any]]) -> None:
        """With atoms listed in other orders."""
        for order in orders:
            one = self.structure
            now = observe(self.potential, [Structure(one.numbers[order], one.positions[order], one.cell, one.pbc)])[0]
            for name, block in self.known.blocks.items():
                wanted = block.values[order] if block.per_atom else block.values
                self.ledger.note("permutation", block, now.blocks[name].values - wanted, self.frame)
            self._compare_stress("permutation", now)

    def hop(self, cells: NDArray[Any]) -> None:
        """With atoms listed in other cells (n, 3)."""
        hops = (cells * np.array(self.structure.pbc, dtype=int)) @ self.structure.cell
        elsewhere = replace(self.structure, positions=self.structure.positions + hops)
        self._compare("images", observe(self.potential, [elsewhere])[0], Element(), np.eye(3))

    def repeat(self) -> None:
        """With the cell twice along each periodic direction."""
        for axis in (axis for axis in range(3) if self.structure.pbc[axis]):
            times = (1 + (axis == 0), 1 + (axis == 1), 1 + (axis == 2))
            double = observe(self.potential, [without_results(repeat(self.structure, times))])[0]
            for name, block in self.known.blocks.items():
                self.ledger.note("images", block, _from_copies(double.blocks[name].values, block), self.frame)
            self._compare_stress("images", double)

    def _compare(self, test: str, now: Observation, g: Element, matrix: FloatArray) -> None:
        for name, block in self.known.blocks.items():
            self.ledger.note(test, block, now.blocks[name].values - turned(block, matrix), self.frame, g)
        if self.known.stress is not None and now.stress is not None:
            self.ledger.note(test, "stress", now.stress - matrix @ self.known.stress @ matrix.T, self.frame, g)

    def _compare_stress(self, test: str, now: Observation) -> None:
        if self.known.stress is not None and now.stress is not None:
            self.ledger.note(test, "stress", now.stress - self.known.stress, self.frame)


def turned_structure(structure: Structure, matrix: FloatArray) -> Structure:
    """The structure under an orthogonal matrix, cell and all."""
    return replace(structure, positions=structure.positions @ matrix.T, cell=structure.cell @ matrix.T)


def _from_copies(now: FloatArray, block: Block) -> FloatArray:
    """Differences from two copies, whichever way their atoms are ordered: one cell after the other, or the copies of an atom together."""
    if not block.per_atom:
        return now - 2.0 * block.values
    tiled, together = now - np.concatenate([block.values, block.values]), now - np.repeat(block.values, 2, axis=0)
    return tiled if np.abs(tiled).max() <= np.abs(together).max() else together

"""What a potential says of structures, as blocks that each transform in a known way: the energy as a scalar, forces as vectors, features
irrep by irrep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.potentials.contract import Featured, Potential
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.wigner import D

VECTOR = Irrep(1, -1)
SCALAR = Irrep(0, 1)


@dataclass(frozen=True, eq=False)
class Block:
    """Numbers of one kind. values: (rows, copies, 2l+1), a row per atom or one for the whole structure; `cartesian` ones are in the order
    x, y, z where e3nn's would be too (since 0.5 its l = 1 is x, y, z)."""

    name: str
    irrep: Irrep
    values: FloatArray
    per_atom: bool
    layer: str = ""


@dataclass(frozen=True, eq=False)
class Observation:
    """All blocks of one structure, by name, and its stress (3, 3), None where it has none."""

    blocks: dict[str, Block]
    stress: FloatArray | None


def observe(potential: Potential, structures: Sequence[Structure], *, features: bool = True) -> list[Observation]:
    """One observation per structure."""
    references = potential.card.references
    found = []
    for structure, said in zip(structures, potential.predict(structures), strict=True):
        alone = sum(references.get(int(z), 0.0) for z in structure.numbers)
        blocks = [
            Block("energy", SCALAR, np.array([[[said.energy - alone]]]), False),
            Block("forces", VECTOR, said.forces[:, None, :], True),
        ]
        if features and isinstance(potential, Featured):
            for one in potential.features(structure):
                blocks += _by_irrep(one.layer, Irreps.parse(one.irreps), one.values)
        found.append(Observation({block.name: block for block in blocks}, said.stress))
    return found


def _by_irrep(layer: str, irreps: Irreps, values: FloatArray) -> list[Block]:
    parts: dict[Irrep, list[FloatArray]] = {}
    for (copies, irrep), place in zip(irreps, irreps.slices(), strict=True):
        parts.setdefault(irrep, []).append(values[:, place].reshape(len(values), copies, irrep.dim))
    return [Block(f"{layer} · {irrep}", irrep, np.concatenate(some, axis=1), True, layer) for irrep, some in parts.items()]


def turned(block: Block, matrix: NDArray[np.float64], irrep: Irrep | None = None) -> FloatArray:
    """D(g) applied to the values of a block, taken to be of its own irrep or of another of the same degree."""
    values: FloatArray = block.values @ D(irrep or block.irrep, matrix).T
    return values


def scales(observations: Sequence[Observation]) -> dict[str, float]:
    """The largest number of each block over all structures; 1 where it vanishes. The energy is measured beside the largest force times one
    Å where that is larger: near a minimum it may vanish."""
    found = {}
    for name in observations[0].blocks:
        found[name] = max(float(np.abs(one.blocks[name].values).max(initial=0.0)) for one in observations) or 1.0
    stresses = [float(np.abs(one.stress).max()) for one in observations if one.stress is not None]
    found["stress"] = max(stresses, default=0.0) or 1.0
    found["energy"] = max(found["energy"], found["forces"])
    return found

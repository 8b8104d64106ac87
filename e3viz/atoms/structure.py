"""One structure as an immutable value, with the names, shapes and units of everything it may carry.

Canonical names of per-atom arrays: `forces` (n, 3) eV/Å, `velocities` (n, 3) Å/fs, `magmoms` (n,) or (n, 3) μB, `charges` (n,) e,
`masses` (n,) u, `energies` (n,) eV. Canonical names of per-structure values: `energy` eV, `stress` (3, 3) eV/Å³ (positive when
stretched, as ASE), `dipole` (3,) e·Å. Anything else a file holds is kept under the file's own name, in the file's own unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Grid:
    """A scalar field on a grid of points, such as an electron density.

    origin: of point (0, 0, 0), Å (3,); axes: steps from point to point as rows, Å (3, 3); values (nx, ny, nz), in the file's unit.
    """

    origin: FloatArray
    axes: FloatArray
    values: FloatArray


@dataclass(frozen=True, eq=False)
class Structure:
    """Atoms at a moment.

    numbers: atomic numbers (n,), 0 for an unknown element; positions: Å (n, 3); cell: lattice vectors as rows, Å (3, 3), zeros
    where there is none; pbc: periodic along each lattice vector; arrays: per-atom arrays, first axis n; values: per-structure
    values (numbers, small arrays, text, and under names that begin with `volume:` a Grid).
    """

    numbers: NDArray[np.int32]
    positions: FloatArray
    cell: FloatArray = field(default_factory=lambda: np.zeros((3, 3)))
    pbc: tuple[bool, bool, bool] = (False, False, False)
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=lambda: NOTHING)
    values: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def periodic(self) -> bool:
        """Whether it repeats along any lattice vector."""
        return any(self.pbc)

    def vectors(self) -> list[str]:
        """Names of the per-atom arrays that are vectors, forces first."""
        names = [k for k, a in self.arrays.items() if a.ndim == 2 and a.shape[1] == 3 and a.dtype.kind == "f"]
        return sorted(names, key=lambda k: (k != "forces", k))

    def scalars(self) -> list[str]:
        """Names of the per-atom arrays that are numbers."""
        return sorted(k for k, a in self.arrays.items() if a.ndim == 1 and a.dtype.kind in "fiu")

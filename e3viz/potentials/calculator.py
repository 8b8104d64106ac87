"""Any potential as an ASE calculator, so that ASE's relaxations and molecular dynamics work with it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes

from e3viz.atoms.structure import Structure
from e3viz.potentials.contract import Potential


class PotentialCalculator(Calculator):  # type: ignore[misc]  # ASE has no types
    """Energy (eV), energies per atom, forces (eV/Å) and, in a periodic cell, stress (eV/Å³, Voigt order)."""

    implemented_properties: ClassVar[list[str]] = ["energy", "free_energy", "energies", "forces", "stress"]

    def __init__(self, potential: Potential) -> None:
        super().__init__()
        self.potential = potential

    def calculate(self, atoms: Atoms | None = None, properties: Any = ("energy",), system_changes: Any = all_changes) -> None:
        """See ASE."""
        super().calculate(atoms, properties, system_changes)
        now = self.atoms
        a, b, c = (bool(p) for p in now.pbc)
        structure = Structure(now.numbers.astype(np.int32), now.positions.copy(), np.array(now.cell), (a, b, c))
        said = self.potential.predict([structure])[0]
        self.results = {"energy": said.energy, "free_energy": said.energy, "energies": said.energies, "forces": said.forces}
        if said.stress is not None:
            self.results["stress"] = said.stress.ravel()[[0, 4, 8, 5, 2, 1]]
        elif "stress" in properties:
            raise PropertyNotImplementedError("there is no stress without a cell that is periodic along all three vectors")

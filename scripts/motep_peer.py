"""A fit of a moment tensor potential by motep alone, from random coefficients, to compare ours with."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from e3viz.atoms.references import reference_energy
from e3viz.atoms.structure import Structure
from e3viz.potentials.mlip import write_mtp
from e3viz.potentials.mtp import MtpPotential


def fit(
    template: MtpPotential, structures: Sequence[Structure], references: Mapping[int, float], weight: float, steps: int
) -> tuple[float, list[float]]:
    """CPU time in s of so many steps of BFGS with motep's C engine, and what it found as the parameters of `evaluate`.

    The loss is ours: weight · mean (ΔE/n)² + mean ΔF². The template gives the basis, the cutoff and the elements.
    """
    from ase import Atoms
    from ase.calculators.singlepoint import SinglePointCalculator
    from motep.io.mlip.mtp import read_mtp
    from motep.train.trainer import Trainer

    images = []
    for s in structures:
        atoms = Atoms(s.numbers, s.positions)
        atoms.calc = SinglePointCalculator(atoms, energy=s.values["energy"] - reference_energy(s, references), forces=s.arrays["forces"])
        images.append(atoms)
    with tempfile.TemporaryDirectory() as folder:
        before = Path.cwd()
        os.chdir(folder)  # motep writes intermediate files where it stands
        try:
            data = read_mtp(write_mtp(template, Path("template.mtp")))
            data.species = list(template.card.elements)
            data.radial_coeffs = data.moment_coeffs = data.species_coeffs = None
            step = {"method": "minimize", "kwargs": {"method": "BFGS", "options": {"maxiter": steps}}}
            loss = {"energy_weight": weight, "forces_weight": 1.0 / 3.0, "stress_weight": 0.0}  # it sums over x, y, z
            begin = time.process_time()
            Trainer(data, seed=1, engine="cext", loss=loss, steps=[step]).train(images)
            return time.process_time() - begin, np.array(data.parameters).tolist()
        finally:
            os.chdir(before)


def found(template: MtpPotential, parameters: Sequence[float]) -> MtpPotential:
    """Our potential with motep's parameters: linear coefficients, constants, radial coefficients."""
    arrays, given = template.arrays(), np.array(parameters)
    k, kinds = len(arrays["linear"]), len(arrays["constants"])
    arrays |= {"linear": given[:k], "constants": given[k : k + kinds], "radial": given[k + kinds :].reshape(arrays["radial"].shape)}
    return MtpPotential.from_arrays(template.card, arrays)

"""What the symmetries do not see: forces and stress as slopes of the energy, smoothness at the cutoff, energy kept in a short run."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from e3viz import task
from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.neighbours import cell_volume
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.audit.findings import Finding, Worst
from e3viz.potentials.contract import Potential

STEP = 2e-3
"""Å; and the strain: the difference of fourth order then leaves an error of some 1e-9 eV/Å."""
SLOPES = {"float64": 1e-6, "float32": 2e-2}
MOST_ATOMS = 12
NEAR = 1e-6
SMOOTH = 1e-3
KEPT = 0.05
"""Velocity Verlet itself wins and loses some per mille of the exchanged energy at this step."""
_AROUND = ((-2.0, 1.0 / 12.0), (-1.0, -8.0 / 12.0), (1.0, 8.0 / 12.0), (2.0, -1.0 / 12.0))


def slope_findings(potential: Potential, structure: Structure, precision: str, frame: int, random: np.random.Generator) -> list[Finding]:
    """Forces, and stress where there is one, beside differences of the energy. In float32 the energy has too few digits for more than a
    coarse check."""
    step = STEP if precision == "float64" else 20.0 * STEP
    atoms = np.sort(random.permutation(len(structure))[:MOST_ATOMS])
    said = potential.predict([structure])[0]
    size = float(np.sqrt(np.mean(said.forces**2))) or 1.0
    slopes = np.zeros((len(atoms), 3))
    for n, atom in enumerate(atoms):
        task.report(n, len(atoms), f"{precision}: forces beside the energy's slope")
        moved = []
        for axis, (k, _) in itertools.product(range(3), _AROUND):
            positions = structure.positions.copy()
            positions[atom, axis] += k * step
            moved.append(replace(structure, positions=positions))
        energies = np.array([one.energy for one in potential.predict(moved)]).reshape(3, len(_AROUND))
        slopes[n] = -(energies - energies.mean()) @ np.array([weight for _, weight in _AROUND]) / step
    errors = np.abs(slopes - said.forces[atoms]).max(axis=1)
    worst = Worst(frame, atom=int(atoms[errors.argmax()]))
    found = [Finding("forces", "slope", float(errors.max()) / size, SLOPES[precision], precision, worst)]
    volume = cell_volume(structure)
    if said.stress is not None and volume:
        wanted = _strained(potential, structure, step) / volume
        size = float(np.sqrt(np.mean(said.stress**2))) or 1.0
        error = float(np.abs(wanted - said.stress).max()) / size
        found.append(Finding("stress", "slope", error, SLOPES[precision], precision, Worst(frame)))
    return found


def _strained(potential: Potential, structure: Structure, step: float) -> FloatArray:
    """∂E/∂ε of symmetric strains, (3, 3), eV."""
    found = np.zeros((3, 3))
    for a, b in itertools.combinations_with_replacement(range(3), 2):
        moved = []
        for k, _ in _AROUND:
            change = np.eye(3)
            change[a, b] += 0.5 * k * step
            change[b, a] += 0.5 * k * step
            moved.append(replace(structure, positions=structure.positions @ change, cell=structure.cell @ change))
        energies = np.array([one.energy for one in potential.predict(moved)])
        found[a, b] = found[b, a] = (energies - energies.mean()) @ np.array([weight for _, weight in _AROUND]) / step
    return found


def cutoff_findings(potential: Potential, precision: str, scale: float) -> list[Finding]:
    """A second atom that crosses the cutoff beside a pair: energy (eV) and forces (eV/Å) just before and just after, relative to `scale`,
    the size of forces in the structures audited."""
    r_max = potential.card.r_max
    jumps = {"energy": 0.0, "forces": 0.0}
    for a, b in itertools.combinations_with_replacement(potential.card.elements, 2):
        cluster = [_cluster(a, b, r_max * (1.0 + side * NEAR)) for side in (-1.0, 1.0)]
        near, far = potential.predict(cluster)
        jumps["energy"] = max(jumps["energy"], abs(near.energy - far.energy))
        jumps["forces"] = max(jumps["forces"], float(np.abs(near.forces - far.forces).max()))
    return [Finding(name, "cutoff", jump / scale, SMOOTH, precision) for name, jump in jumps.items()]


def _cluster(a: int, b: int, distance: float) -> Structure:
    """A bonded pair of one element, and an atom of another straight ahead of its first atom."""
    bond = 0.35 * distance
    positions = np.array([[0.0, 0.0, 0.0], [-0.3 * bond, bond, 0.0], [distance, 0.0, 0.0]])
    return Structure(np.array([a, a, b], dtype=np.int32), positions)


def conservation_finding(potential: Potential, structure: Structure, precision: str, frame: int, *, steps: int = 120) -> Finding:
    """How much of the exchanged energy is lost or won in a run of velocity-Verlet steps of a quarter fs from 300 K: the end of the total
    energy, and its spread, beside the spread of the potential energy."""
    from ase import units
    from ase.md.verlet import VelocityVerlet

    from e3viz.atoms.ase_atoms import to_ase
    from e3viz.potentials.calculator import PotentialCalculator

    atoms = to_ase(structure)
    atoms.calc = PotentialCalculator(potential)
    spread_of_momenta = np.sqrt(atoms.get_masses() * units.kB * 300.0)[:, None]
    atoms.set_momenta(spread_of_momenta * np.random.default_rng(0).normal(size=(len(atoms), 3)))
    total, exchanged = [], []
    run = VelocityVerlet(atoms, 0.25 * units.fs)
    for number in range(steps):
        task.report(number, steps, f"{precision}: a short run")
        exchanged.append(atoms.get_potential_energy())
        total.append(exchanged[-1] + atoms.get_kinetic_energy())
        run.run(1)
    spread = float(np.std(exchanged)) or 1.0
    lost = max(abs(total[-1] - total[0]), float(np.ptp(total))) / spread
    return Finding("energy", "conservation", float(lost), KEPT, precision, Worst(frame))


def known_elements(potential: Potential, structures: list[Structure]) -> None:
    """Raises UserError if a structure has an element that the potential does not know, before anything is computed."""
    known = set(potential.card.elements)
    for number, structure in enumerate(structures):
        strangers = sorted({int(z) for z in structure.numbers} - known)
        if strangers:
            raise UserError(
                f"Frame {number} has {SYMBOLS[strangers[0]]}, which this potential does not know.",
                f"It was fitted to {', '.join(SYMBOLS[z] for z in sorted(known))}.",
            )

"""A structure in motion under a potential: relaxed, in molecular dynamics, or scanned along a bond, angle or dihedral; by ASE.

Units: Å, eV, K, fs. Molecular dynamics: velocity Verlet (NVE) or Langevin with 0.01 / fs of friction (NVT), from velocities drawn at the
temperature without drift or turning. A scan turns or shifts everything on the far side of the bond, and leaves the rest where it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from e3viz import task
from e3viz.atoms.ase_atoms import to_ase
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.turning import far_side
from e3viz.errors import UserError
from e3viz.potentials.calculator import PotentialCalculator
from e3viz.potentials.contract import Potential

RELAXATIONS = ("FIRE", "BFGS", "FIRE, cell too")
DYNAMICS = ("NVE", "NVT")
FRICTION = 0.01
WHAT = {2: "bond", 3: "angle", 4: "dihedral"}


@dataclass(frozen=True, eq=False)
class Motion:
    """Frames one after the other. x: what they are drawn against (step, fs, Å or °), named by `along`; positions (k, n, 3); cells (k, 3, 3);
    energies, eV (k,); kinetic, eV (k,), zero but in dynamics; forces: the largest force, eV/Å (k,); ended: how it ended, in words."""

    along: str
    x: FloatArray
    positions: FloatArray
    cells: FloatArray
    energies: FloatArray
    kinetic: FloatArray
    forces: FloatArray
    ended: str = ""

    def __len__(self) -> int:
        return len(self.x)

    def temperature(self) -> FloatArray:
        """K (k,), of 3n degrees of freedom."""
        from ase.units import kB

        found: FloatArray = self.kinetic * 2.0 / (3.0 * self.positions.shape[1] * kB)
        return found

    def drift(self) -> float:
        """How far the total energy moves per atom and ps, eV: the slope of a line through it."""
        if len(self) < 3 or self.along != "time, fs":
            return 0.0
        slope = float(np.polyfit(self.x, self.energies + self.kinetic, 1)[0])
        return slope * 1e3 / int(self.positions.shape[1])


class _Film:
    """Gathers frames of ASE atoms."""

    def __init__(self, atoms: Any) -> None:
        self._atoms = atoms
        self._rows: list[tuple[float, FloatArray, FloatArray, float, float, float]] = []

    def take(self, x: float) -> None:
        atoms = self._atoms
        force = float(np.linalg.norm(atoms.get_forces(), axis=1).max())
        row = (x, atoms.get_positions(), np.array(atoms.get_cell()), atoms.get_potential_energy(), atoms.get_kinetic_energy(), force)
        if not np.isfinite(row[3]) or not np.isfinite(row[1]).all():
            raise UserError("The energy is no number any more.", "Take a shorter time step, or begin from another structure.")
        self._rows.append(row)

    def motion(self, along: str, ended: str) -> Motion:
        x, positions, cells, energies, kinetic, forces = (np.array(column, dtype=float) for column in zip(*self._rows, strict=True))
        return Motion(along, x, positions, cells, energies, kinetic, forces, ended)


def _atoms(potential: Potential, structure: Structure) -> Any:
    atoms = to_ase(replace(structure, arrays={}, values={}))
    atoms.calc = PotentialCalculator(potential)
    return atoms


def relaxed(potential: Potential, structure: Structure, method: str, steps: int, fmax: float) -> Motion:
    """Downhill until the largest force is below fmax, eV/Å, or so many steps are done. Raises UserError for a cell that there is none of."""
    from ase.filters import FrechetCellFilter
    from ase.optimize import BFGS, FIRE

    atoms = _atoms(potential, structure)
    if method.endswith("cell too") and not structure.periodic:
        raise UserError("This structure has no cell that could relax.", "Choose FIRE or BFGS.")
    what = FrechetCellFilter(atoms) if method.endswith("cell too") else atoms
    optimiser = (BFGS if method == "BFGS" else FIRE)(what, logfile=None)
    film = _Film(atoms)
    for number, done in enumerate(optimiser.irun(fmax=fmax, steps=steps)):
        film.take(float(number))
        task.report(number, steps, "relaxing")
        if done:
            break
    found = film.motion("step", "")
    reached = found.forces[-1] <= fmax
    words = f"relaxed within {len(found) - 1} steps" if reached else f"not relaxed after {len(found) - 1} steps"
    return replace(found, ended=words)


def dynamics(
    potential: Potential,
    structure: Structure,
    ensemble: str,
    *,
    steps: int,
    timestep: float,
    temperature: float,
    seed: int = 0,
    every: int = 1,
) -> Motion:
    """Molecular dynamics; timestep: fs; a frame every so many steps."""
    from ase import units
    from ase.md.langevin import Langevin
    from ase.md.verlet import VelocityVerlet

    atoms, random = _atoms(potential, structure), np.random.default_rng(seed)
    atoms.set_velocities(thermal_velocities(atoms.get_masses(), atoms.get_positions(), temperature, random, turning=structure.periodic))
    if ensemble == "NVT":
        mover: Any = Langevin(atoms, timestep * units.fs, temperature_K=temperature, friction=FRICTION / units.fs, rng=random, fixcm=False)
    else:
        mover = VelocityVerlet(atoms, timestep * units.fs)
    film = _Film(atoms)
    film.take(0.0)
    for step in range(every, steps + 1, every):
        mover.run(every)
        film.take(step * timestep)
        task.report(step, steps, f"{ensemble}: {step * timestep:.0f} fs")
    return film.motion("time, fs", f"{steps * timestep:g} fs at {timestep:g} fs a step")


def thermal_velocities(
    masses: FloatArray, positions: FloatArray, temperature: float, random: np.random.Generator, *, turning: bool
) -> FloatArray:
    """Maxwell's velocities (n, 3) in ASE's units without drift and, unless `turning`, without angular momentum. masses: u (n,)."""
    from ase.units import kB

    v = random.normal(size=(len(masses), 3)) * np.sqrt(kB * temperature / masses)[:, None]
    v -= (masses[:, None] * v).sum(axis=0) / masses.sum()
    if not turning and len(masses) > 2:
        r = positions - (masses[:, None] * positions).sum(axis=0) / masses.sum()
        inertia = (masses[:, None, None] * ((r * r).sum(axis=1)[:, None, None] * np.eye(3) - r[:, :, None] * r[:, None, :])).sum(axis=0)
        v -= np.cross(np.linalg.pinv(inertia) @ (masses[:, None] * np.cross(r, v)).sum(axis=0), r)
    return np.asarray(v)


def scanned(potential: Potential, structure: Structure, atoms: tuple[int, ...], values: FloatArray) -> Motion:
    """Energies along a bond (two atoms, Å), angle (three, °) or dihedral (four, °), nothing else relaxed. Raises UserError for atoms that
    make none."""
    if len(atoms) not in WHAT or len(set(atoms)) != len(atoms) or not all(0 <= a < len(structure) for a in atoms):
        raise UserError("A scan is along two, three or four different atoms.", "Write their numbers, such as 2 0 1 5.")
    scene = _atoms(potential, structure)
    moving = far_side(structure, atoms)
    film = _Film(scene)
    for number, value in enumerate(values):
        if len(atoms) == 2:
            scene.set_distance(*atoms, value, indices=moving, fix=0)
        elif len(atoms) == 3:
            scene.set_angle(*atoms, value, indices=moving)
        else:
            scene.set_dihedral(*atoms, value, indices=moving)
        film.take(float(value))
        task.report(number, len(values), f"scanning the {WHAT[len(atoms)]}")
    unit = "Å" if len(atoms) == 2 else "°"
    return film.motion(f"{WHAT[len(atoms)]} {'–'.join(map(str, atoms))}, {unit}", f"{len(values)} points")


def measured(structure: Structure, atoms: tuple[int, ...]) -> float:
    """The bond (Å), angle or dihedral (°, −180 to 180) of two, three or four atoms."""
    scene = to_ase(replace(structure, arrays={}, values={}))
    if len(atoms) == 2:
        return float(scene.get_distance(*atoms, mic=structure.periodic))
    if len(atoms) == 3:
        return float(scene.get_angle(*atoms, mic=structure.periodic))
    angle = float(scene.get_dihedral(*atoms, mic=structure.periodic))
    return angle - 360.0 if angle > 180.0 else angle


def frames(structure: Structure, motion: Motion) -> Iterator[Structure]:
    """The motion as structures."""
    for positions, cell, energy in zip(motion.positions, motion.cells, motion.energies, strict=True):
        yield replace(structure, positions=positions, cell=cell, arrays={}, values={"energy": float(energy)})

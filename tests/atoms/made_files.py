"""Small files as programs write them, for programs that are not here to write them: only the lines that carry structure.

Every maker takes frames of ASE's Atoms with results, so that a test knows what should come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.units import Bohr, GPa, Hartree


def crystal(seed: int = 0) -> Atoms:
    """Eight ions of rock salt in a strained cell, with results."""
    random = np.random.default_rng(seed)
    atoms = bulk("NaCl", "rocksalt", a=5.64).repeat((2, 2, 1))
    atoms = atoms[np.argsort(-atoms.numbers, kind="stable")]
    atoms.set_cell(atoms.cell[:] @ (np.eye(3) + 0.02 * random.normal(size=(3, 3))), scale_atoms=True)
    atoms.rattle(0.1, seed=seed)
    atoms.wrap()
    return _labelled(atoms, random, -30.0 - seed)


def water(seed: int = 0) -> Atoms:
    """A molecule of water, with results."""
    random = np.random.default_rng(seed)
    atoms = molecule("H2O")
    atoms.rattle(0.05, seed=seed)
    return _labelled(atoms, random, -2079.0 - seed)


def _labelled(atoms: Atoms, random: np.random.Generator, energy: float) -> Atoms:
    periodic = bool(atoms.pbc.all())
    results = {"energy": energy, "forces": random.normal(size=(len(atoms), 3)).round(6)}
    results |= {"stress": (random.normal(size=6) * 1e-3).round(8)} if periodic else {"dipole": random.normal(size=3).round(6)}
    atoms.calc = SinglePointCalculator(atoms, **results)
    return atoms


def _rows(array: np.ndarray, pattern: str = "{:16.8f}") -> str:
    return "\n".join("".join(pattern.format(x) for x in row) for row in array)


def outcar(frames: Sequence[Atoms]) -> str:
    """VASP's OUTCAR."""
    symbols = list(dict.fromkeys(frames[0].get_chemical_symbols()))
    counts = " ".join(str(frames[0].get_chemical_symbols().count(symbol)) for symbol in symbols)
    potentials = "\n".join(f" POTCAR:    PAW_PBE {symbol} 08Apr2002" for symbol in symbols)
    text = f" vasp.6.4.2 20Jul23 complex\n{potentials}\n{potentials}\n   ions per type =            {counts}\n"
    text += "   k-points           NKPTS =      1   k-points in BZ     NKDIM =      1   number of bands    NBANDS=     16\n"
    text += " k-points in reciprocal lattice and weights: Gamma\n   0.0   0.0   0.0   1.000\n"
    text += "   ISPIN  =      1    spin polarized calculation?\n"
    for step, atoms in enumerate(frames):
        energy, stress = atoms.get_potential_energy(), -atoms.get_stress() / GPa * 10
        kilobars = "".join(f"{stress[i]:12.5f}" for i in (0, 1, 2, 5, 3, 4))
        table = _rows(np.hstack([atoms.positions, atoms.get_forces()]), "{:14.8f}")
        text += f"\n--------- Iteration {step + 1:6d}(   1)  ---------\n  in kB  {kilobars}\n"
        text += f"      direct lattice vectors                 reciprocal lattice vectors\n{_rows(np.hstack([atoms.cell[:], np.eye(3)]))}\n"
        text += f" POSITION                                       TOTAL-FORCE (eV/Angst)\n {'-' * 80}\n{table}\n {'-' * 80}\n"
        text += f"  FREE ENERGIE OF THE ION-ELECTRON SYSTEM (eV)\n  {'-' * 50}\n  free  energy   TOTEN  = {energy:18.8f} eV\n\n"
        text += f"  energy  without entropy= {energy:18.8f}  energy(sigma->0) = {energy:18.8f}\n"
    return text


def vasprun(frames: Sequence[Atoms]) -> str:
    """VASP's vasprun.xml."""

    def vectors(name: str, array: np.ndarray) -> str:
        return f'<varray name="{name}">' + "".join(f"<v>{_rows(row[None])}</v>" for row in array) + "</varray>"

    def structure(atoms: Atoms, name: str = "") -> str:
        cell = f"<crystal>{vectors('basis', atoms.cell[:])}</crystal>"
        return f"<structure{name}>{cell}{vectors('positions', atoms.get_scaled_positions())}</structure>"

    symbols = frames[0].get_chemical_symbols()
    species = "".join(f"<rc><c>{symbol}</c><c>1</c></rc>\n" for symbol in symbols)
    text = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<modeling>\n'
    text += '<kpoints><varray name="kpointlist"><v>0 0 0</v></varray><varray name="weights"><v>1</v></varray></kpoints>\n'
    text += f'<atominfo><atoms>{len(symbols)}</atoms>\n<array name="atoms"><set>{species}</set></array></atominfo>\n'
    text += structure(frames[0], ' name="initialpos"') + "\n"
    for atoms in frames:
        energy = "".join(f'<i name="{name}">{atoms.get_potential_energy():16.8f}</i>' for name in ("e_fr_energy", "e_0_energy"))
        text += f"<calculation>\n<scstep><energy>{energy}</energy></scstep>\n{structure(atoms)}\n{vectors('forces', atoms.get_forces())}\n"
        text += f"{vectors('stress', -atoms.get_stress(voigt=False) / GPa * 10)}\n<energy>{energy}</energy>\n</calculation>\n"
    return text + "</modeling>\n"


def orca(frames: Sequence[Atoms]) -> str:
    """ORCA's output of an optimisation."""
    text = "                                 *****************\n                                 * O   R   C   A *\n"
    text += f"                                 *****************\n\nNumber of atoms                         ....  {len(frames[0])}\n"
    for atoms in frames:
        symbols = atoms.get_chemical_symbols()
        rows = "\n".join(f"  {s:<4}{x:12.6f}{y:12.6f}{z:12.6f}" for s, (x, y, z) in zip(symbols, atoms.positions, strict=True))
        text += f"---------------------------------\nCARTESIAN COORDINATES (ANGSTROEM)\n---------------------------------\n{rows}\n\n"
        text += "-------------------------   --------------------\n"
        text += f"FINAL SINGLE POINT ENERGY   {atoms.get_potential_energy() / Hartree:20.12f}\n"
        slopes = -atoms.get_forces() / Hartree * Bohr
        rows = "\n".join(
            f"{i + 1:4d}{s:>4}   :{x:15.9f}{y:15.9f}{z:15.9f}" for i, (s, (x, y, z)) in enumerate(zip(symbols, slopes, strict=True))
        )
        text += f"------------------\nCARTESIAN GRADIENT\n------------------\n\n{rows}\n\n"
        text += "Total Dipole Moment    : " + _rows(atoms.get_dipole_moment()[None] / Bohr) + "\n"
    return text + "                             ****ORCA TERMINATED NORMALLY****\n"


def gaussian(frames: Sequence[Atoms]) -> str:
    """Gaussian's log."""
    text = " Entering Gaussian System, Link 0=g16\n"
    rule = " " + "-" * 69 + "\n"
    for atoms in frames:
        rows = "".join(
            f"{i + 1:7d}{z:11d}{0:12d}    {_rows(p[None])}\n" for i, (z, p) in enumerate(zip(atoms.numbers, atoms.positions, strict=True))
        )
        text += f"                          Input orientation:\n{rule} Center     Atomic      Atomic             Coordinates (Angstroms)\n"
        text += f" Number     Number       Type             X           Y           Z\n{rule}{rows}{rule}"
        text += f" SCF Done:  E(RPBE-PBE) =  {atoms.get_potential_energy() / Hartree:.12f}     A.U. after    9 cycles\n"
        forces = atoms.get_forces() / Hartree * Bohr
        rows = "".join(
            f"{i + 1:7d}{z:9d}    {_rows(f[None], '{:15.9f}')}\n" for i, (z, f) in enumerate(zip(atoms.numbers, forces, strict=True))
        )
        text += " Center     Atomic                   Forces (Hartrees/Bohr)\n"
        text += f" Number     Number              X              Y              Z\n{rule}{rows}{rule}"
    return text + " Normal termination of Gaussian 16\n"


def lammps_dump(frames: Sequence[Atoms]) -> str:
    """A LAMMPS dump of a tilted box."""
    text = "ITEM: UNITS\nmetal\n"
    for step, atoms in enumerate(frames):
        lines = "".join(
            f"{i + 1} {z % 3 + 1} {s} {_rows(row[None])}\n"
            for i, (z, s, row) in enumerate(
                zip(atoms.numbers, atoms.get_chemical_symbols(), np.hstack([atoms.positions, atoms.get_forces()]), strict=True)
            )
        )
        text += f"ITEM: TIMESTEP\n{step * 100}\nITEM: NUMBER OF ATOMS\n{len(atoms)}\nITEM: BOX BOUNDS xy xz yz pp pp pp\n"
        text += f"0 9.5 0.5\n0 8.25 0.25\n0 8 0.125\nITEM: ATOMS id type element x y z fx fy fz\n{lines}"
    return text


def mlearn(frames: Sequence[Atoms]) -> str:
    """The JSON of pymatgen with DFT results."""
    import json

    items = []
    for atoms in frames:
        sites = [
            {"species": [{"element": s, "occu": 1}], "xyz": p.tolist()}
            for s, p in zip(atoms.get_chemical_symbols(), atoms.positions, strict=True)
        ]
        structure = {
            "@module": "pymatgen.core.structure",
            "@class": "Structure",
            "lattice": {"matrix": atoms.cell.tolist()},
            "sites": sites,
        }
        stress = (-atoms.get_stress() / GPa * 10)[[0, 1, 2, 5, 3, 4]].tolist()
        outputs = {"energy": atoms.get_potential_energy(), "forces": atoms.get_forces().tolist(), "virial_stress": stress}
        items.append({"structure": structure, "outputs": outputs, "group": "made", "tag": "test"})
    return json.dumps(items)


def long_frames(folder: Path, repeats: int = 13) -> Iterator[Path]:
    """Two frames of so many atoms that the first is parsed without looking for its end before."""
    atoms = crystal().repeat((repeats, repeats, repeats // 2))
    atoms.calc = SinglePointCalculator(atoms, forces=atoms.positions - 3.0)
    ase.io.write(folder / "long.extxyz", [atoms, crystal(1)], format="extxyz")
    (folder / "long.dump").write_text(lammps_dump([atoms, crystal(1)]))
    yield folder / "long.extxyz"
    yield folder / "long.dump"


def corpus(folder: Path) -> Iterator[Path]:
    """Sound files of every format that is promised, written into `folder`."""
    crystals, waters = [crystal(seed) for seed in range(3)], [water(seed) for seed in range(3)]
    for name, text in {
        "OUTCAR": outcar(crystals), "vasprun.xml": vasprun(crystals), "orca.out": orca(waters), "gaussian.log": gaussian(waters),
        "frames.dump": lammps_dump(crystals), "mlearn.json": mlearn(crystals),
    }.items():  # fmt: skip
        (folder / name).write_text(text)
        yield folder / name
    yield from long_frames(folder)
    for name, kind, images in (
        ("frames.extxyz", "extxyz", crystals), ("plain.xyz", "xyz", waters), ("a.cif", "cif", crystals[0]), ("POSCAR", "vasp", crystals[0]),
        ("XDATCAR", "vasp-xdatcar", [crystals[0]] * 3), ("a.pdb", "proteindatabank", crystals[0]), ("many.pdb", "proteindatabank", waters),
        ("a.traj", "traj", crystals), ("a.db", "db", crystals), ("a.lmp", "lammps-data", crystals[0]), ("a.xsf", "xsf", crystals[0]),
        ("a.gen", "gen", crystals[0]), ("a.json", "json", crystals), ("a.gro", "gromacs", waters[0]), ("a.res", "res", crystals[0]),
        ("a.cfg", "cfg", crystals[0]),
    ):  # fmt: skip
        ase.io.write(folder / name, images, format=kind)
        yield folder / name
    with (folder / "a.cube").open("w") as stream:
        from ase.io.cube import write_cube

        write_cube(stream, crystals[0], np.random.default_rng(0).normal(size=(5, 6, 7)))
    yield folder / "a.cube"
    np.savez(
        folder / "a.npz", nuclear_charges=waters[0].numbers, coords=np.array([w.positions for w in waters]),
        energies=np.array([w.get_potential_energy() for w in waters]), forces=np.array([w.get_forces() for w in waters]),
    )  # fmt: skip
    yield folder / "a.npz"

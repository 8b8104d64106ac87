"""Units of files into eV, Å and Å/fs.

Values are CODATA 2014, the set that ASE uses, so that a file read here and by ASE gives the same numbers. Multiply by the
constant to come to our unit: `energy * HARTREE` is eV.
"""

from __future__ import annotations

BOHR = 0.5291772105638411  # Å
HARTREE = 27.211386024367243  # eV
RYDBERG = HARTREE / 2  # eV
KCAL_PER_MOL = 0.04336410390059322  # eV
KJ_PER_MOL = 0.010364269574711572  # eV
DEBYE = 0.20819433442462576  # e·Å
GPA = 0.006241509125883258  # eV/Å³
KBAR = GPA / 10  # eV/Å³
BAR = GPA / 10_000  # eV/Å³
ATMOSPHERE = GPA * 1.01325e-4  # eV/Å³
ASE_TIME = 1 / 0.09822694788464063  # fs: ASE's unit of time, Å √(u/eV)
ATOMIC_TIME = 0.024188843260586772  # fs: ħ / Hartree

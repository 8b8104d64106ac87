"""The structures that come with the program, one click away. `scripts/make_samples.py` makes the files from what `source` says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from e3viz.errors import UserError, nearest
from e3viz.resources import FOLDER, SAMPLE


@dataclass(frozen=True)
class Sample:
    """name: short, for the command line; title: for a menu; source: where the geometry is from; path: the file."""

    name: str
    title: str
    source: str
    path: Path


def _sample(name: str, title: str, source: str) -> Sample:
    return Sample(name, title, source, FOLDER / "samples" / f"{name}.extxyz")


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "ethanol", "Ethanol, moving", "PBE/def2-SVP energies and forces on GFN2-xTB dynamics at 500 K (scripts/make_ethanol.py)", SAMPLE
    ),
    _sample("water", "Water", "G2 set, MP2(full)/6-31G(d) (Curtiss et al., J. Chem. Phys. 1997, 106, 1063), as in ASE"),
    _sample("methane", "Methane", "G2 set, MP2(full)/6-31G(d) (Curtiss et al., J. Chem. Phys. 1997, 106, 1063), as in ASE"),
    _sample("benzene", "Benzene", "G2 set, MP2(full)/6-31G(d) (Curtiss et al., J. Chem. Phys. 1997, 106, 1063), as in ASE"),
    _sample("c60", "Buckminsterfullerene", "Bonds of 1.401 and 1.458 Å by electron diffraction (Hedberg et al., Science 1991, 254, 410)"),
    _sample(
        "peptide",
        "Decaalanine, α helix",
        "φ = −57°, ψ = −47°, bonds and angles of Engh & Huber (Acta Cryst. A 1991, 47, 392)",
    ),
    _sample("diamond", "Diamond", "a = 3.567 Å at room temperature (Wyckoff, Crystal Structures, 1963)"),
    _sample("rocksalt", "Rock salt", "a = 5.640 Å at room temperature (Wyckoff, Crystal Structures, 1963)"),
    _sample("quartz", "α-Quartz", "P3₂21 at room temperature, 1 atm (Levien, Prewitt & Weidner, Am. Mineral. 1980, 65, 920)"),
    _sample("perovskite", "Strontium titanate, a perovskite", "Pm3̄m, a = 3.905 Å (Wyckoff, Crystal Structures, 1964)"),
    _sample("ice", "Ice Ih", "Oxygen at −30 °C (Goto, Hondoh & Mae, J. Chem. Phys. 1990, 93, 1412), protons at random by the ice rules"),
    _sample(
        "polyethylene",
        "Polyethylene",
        "Carbon in Pnam, a = 7.40, b = 4.93, c = 2.534 Å (Bunn, Trans. Faraday Soc. 1939, 35, 482), hydrogen at 1.09 Å",
    ),
    _sample(
        "surface",
        "CO on platinum (111)",
        "Pt–C 1.86 Å atop (Nisbet et al., Surf. Sci. 2007, 601, 1296), C–O 1.15 Å as usual, bulk a = 3.924 Å",
    ),
)


def sample(name: str) -> Sample:
    """The sample of a name; raises UserError with the nearest one."""
    for known in SAMPLES:
        if known.name == name:
            return known
    raise UserError(f"There is no sample “{name}”.", nearest(name, [s.name for s in SAMPLES]))

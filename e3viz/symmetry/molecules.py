"""Real molecules for point groups: positions in Å, exactly symmetric, in the settings of `point_groups`.

A molecule is written as one atom of each kind of place; the others are where the group takes it. Bond lengths and angles are rounded
experimental ones. Bonds join atoms nearer than 1.2 times the sum of their covalent radii (B. Cordero et al., Dalton Trans. 2008, 2832).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.symmetry.point_groups import point_group, standard_name
from e3viz.symmetry.solids import orbit

Seed = tuple[str, float, float, float]
_RADII = {
    "H": 0.31, "B": 0.84, "C": 0.76, "N": 0.71, "O": 0.66, "F": 0.57, "S": 1.05, "Cl": 1.02, "Cr": 1.39, "Fe": 1.32, "Co": 1.26, "Br": 1.20,
    "I": 1.39, "Xe": 1.40,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Molecule:
    """name; formula with subscripts; group: Schoenflies; symbols of the elements (n); positions: Å (n, 3), the symmetry elements through
    the origin; bonds: (m, 2)."""

    name: str
    formula: str
    group: str
    symbols: tuple[str, ...]
    positions: NDArray[np.float64]
    bonds: NDArray[np.intp]

    @property
    def labels(self) -> tuple[str, ...]:
        """H1, H2, C1 …; no number where an element occurs once."""
        seen: dict[str, int] = {}
        texts = []
        for symbol in self.symbols:
            seen[symbol] = seen.get(symbol, 0) + 1
            texts.append(symbol if self.symbols.count(symbol) == 1 else f"{symbol}{seen[symbol]}")
        return tuple(texts)


def _polar(symbol: str, radius: float, degrees: float, z: float) -> Seed:
    return symbol, radius * math.cos(math.radians(degrees)), radius * math.sin(math.radians(degrees)), z


def _tilted(symbol: str, x: float, across: float, degrees: float, z: float = 0.0) -> Seed:
    """An atom at x in a plane through the x axis that is tilted out of the xy plane."""
    return symbol, x, across * math.cos(math.radians(degrees)), z + across * math.sin(math.radians(degrees))


_KNOWN: dict[str, tuple[str, str, tuple[Seed, ...]]] = {
    "bromochlorofluoromethane": ("CHBrClF", "C1", (
        ("C", 0.0, 0.0, 0.36), ("H", 0.0, 0.0, 1.45), ("F", 1.27, 0.0, -0.1), ("Cl", -0.83, 1.44, -0.23), ("Br", -0.91, -1.58, -0.29),
    )),
    "hypochlorous acid": ("HOCl", "Cs", (("O", -0.85, -0.3, 0.0), ("Cl", 0.84, -0.3, 0.0), ("H", -1.07, 0.64, 0.0))),
    "hydrogen peroxide": ("H₂O₂", "C2", (("O", 0.7375, 0.0, -0.06), ("H", 0.817, 0.819, 0.415))),
    "water": ("H₂O", "C2v", (("O", 0.0, 0.0, 0.117), ("H", 0.757, 0.0, -0.469))),
    "trans-difluoroethene": ("C₂H₂F₂", "C2h", (("C", 0.66, 0.0, 0.0), ("F", 1.35, 1.15, 0.0), ("H", 1.19, -0.94, 0.0))),
    "biphenyl, twisted": ("C₁₂H₁₀", "D2", tuple(
        (s, a * math.cos(math.radians(22.0)), a * math.sin(math.radians(22.0)), z)
        for s, a, z in (
            ("C", 0.0, 0.742), ("C", 1.21, 1.44), ("C", 1.205, 2.84), ("C", 0.0, 3.54), ("H", 2.15, 0.90), ("H", 2.15, 3.38), ("H", 0.0, 4.62),
        )
    )),
    "ethene": ("C₂H₄", "D2h", (("C", 0.6695, 0.0, 0.0), ("H", 1.2321, 0.9289, 0.0))),
    "allene": ("C₃H₄", "D2d", (("C", 0.0, 0.0, 0.0), ("C", 0.0, 0.0, 1.308), _polar("H", 0.928, 45.0, 1.866))),
    "ammonia": ("NH₃", "C3v", (("N", 0.0, 0.0, 0.116), ("H", 0.938, 0.0, -0.270))),
    "boric acid": ("B(OH)₃", "C3h", (("B", 0.0, 0.0, 0.0), ("O", 1.36, 0.0, 0.0), ("H", 1.72, 0.89, 0.0))),
    "boron trifluoride": ("BF₃", "D3h", (("B", 0.0, 0.0, 0.0), ("F", 1.307, 0.0, 0.0))),
    "ethane, staggered": ("C₂H₆", "D3d", (("C", 0.0, 0.0, 0.7685), _polar("H", 1.016, 30.0, 1.161))),
    "tris(oxalato)chromate": ("[Cr(C₂O₄)₃]³⁻", "D3", (
        ("Cr", 0.0, 0.0, 0.0), _tilted("O", 1.53, 1.25, 54.7), _tilted("C", 2.70, 0.77, 54.7), _tilted("O", 3.37, 1.80, 54.7),
    )),
    "sulfur chloride pentafluoride": ("SF₅Cl", "C4v", (("S", 0.0, 0.0, 0.0), ("F", 1.57, 0.0, 0.02), ("F", 0.0, 0.0, -1.59), ("Cl", 0.0, 0.0, 2.05))),
    "xenon tetrafluoride": ("XeF₄", "D4h", (("Xe", 0.0, 0.0, 0.0), ("F", 1.953, 0.0, 0.0))),
    "crown sulfur": ("S₈", "D4d", (_polar("S", 2.34, 22.5, 0.5),)),
    "iodine heptafluoride": ("IF₇", "D5h", (("I", 0.0, 0.0, 0.0), ("F", 1.858, 0.0, 0.0), ("F", 0.0, 0.0, 1.786))),
    "ferrocene, staggered": ("Fe(C₅H₅)₂", "D5d", (("Fe", 0.0, 0.0, 0.0), _polar("C", 1.217, 18.0, 1.66), _polar("H", 2.30, 18.0, 1.64))),
    "benzene": ("C₆H₆", "D6h", (("C", 1.395, 0.0, 0.0), ("H", 2.482, 0.0, 0.0))),
    "methane": ("CH₄", "Td", (("C", 0.0, 0.0, 0.0), ("H", 0.6276, 0.6276, 0.6276))),
    "hexanitrocobaltate": ("[Co(NO₂)₆]³⁻", "Th", (("Co", 0.0, 0.0, 0.0), ("N", 1.96, 0.0, 0.0), ("O", 2.54, 1.06, 0.0))),
    "sulfur hexafluoride": ("SF₆", "Oh", (("S", 0.0, 0.0, 0.0), ("F", 1.564, 0.0, 0.0))),
    "cubane": ("C₈H₈", "Oh", (("C", 0.785, 0.785, 0.785), ("H", 1.42, 1.42, 1.42))),
    "buckminsterfullerene": ("C₆₀", "Ih", (("C", 0.0, 0.6995, 3.4793),)),
}  # fmt: skip
NAMES: tuple[str, ...] = tuple(_KNOWN)


def molecules_of(group: str) -> tuple[str, ...]:
    """The molecules that have exactly the symmetry of a point group."""
    own = standard_name(group)
    return tuple(name for name, (_, symmetry, _) in _KNOWN.items() if symmetry == own)


@lru_cache(maxsize=64)
def molecule(name: str) -> Molecule:
    """The molecule of that name; raises UserError with the nearest one."""
    if name not in _KNOWN:
        raise UserError(f"There is no molecule “{name}” here.", nearest(name, _KNOWN))
    formula, group, seeds = _KNOWN[name]
    symbols: list[str] = []
    places = []
    for symbol, *place in seeds:
        found = orbit(point_group(group), np.array(place))
        symbols += [symbol] * len(found)
        places.append(found)
    positions = np.concatenate(places)
    radii = np.array([_RADII[symbol] for symbol in symbols])
    apart = np.linalg.norm(positions[:, None] - positions, axis=-1)
    near = np.triu((apart < 1.2 * (radii[:, None] + radii)) & (apart > 1e-6))
    positions.setflags(write=False)
    return Molecule(name, formula, group, tuple(symbols), positions, np.argwhere(near))

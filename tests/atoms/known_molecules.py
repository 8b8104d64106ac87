"""Molecules with known point groups: from ASE's G2 collection, and built here where G2 has none."""

from __future__ import annotations

import numpy as np
from ase import Atoms
from ase.build import molecule

G2 = {
    "H2O": "C2v", "CH4": "Td", "C6H6": "D6h", "NH3": "C3v", "C2H6": "D3d", "CO2": "D∞h", "HCl": "C∞v", "C2H4": "D2h", "C2H2": "D∞h",
    "BF3": "D3h", "BCl3": "D3h", "CF4": "Td", "C60": "Ih", "CH3OH": "Cs", "C3H4_D2d": "D2d", "cyclobutane": "D2d", "H2O2": "C2",
    "CH3Cl": "C3v", "H2CO": "C2v", "C4H4O": "C2v", "bicyclobutane": "C2v", "isobutane": "C3v", "C3H6_D3h": "D3h", "C3H4_C2v": "C2v",
    "N2": "D∞h", "O": "Kh", "SO2": "C2v", "trans-butane": "C2h", "C5H8": "D2d", "ClF3": "C2v", "Si2H6": "D3d", "CH3CH2OH": "Cs",
    "C2F4": "D2h", "2-butyne": "D3h", "N2H4": "C2", "butadiene": "C2h", "OCS": "C∞v",
}  # fmt: skip


def _ring(n: int, radius: float, height: float, start: float = 0.0) -> list[list[float]]:
    angles = start + 2.0 * np.pi * np.arange(n) / n
    return [[radius * np.cos(a), radius * np.sin(a), height] for a in angles]


def ferrocene(twist: float) -> Atoms:
    """Two rings turned against each other by `twist` degrees: D5h at 0, D5d at 36, D5 between."""
    numbers, positions = [26], [[0.0, 0.0, 0.0]]
    for height, start in ((1.66, 0.0), (-1.66, np.radians(twist))):
        positions += _ring(5, 1.22, height, start) + _ring(5, 2.3, height, start)
        numbers += [6] * 5 + [1] * 5
    return Atoms(numbers, positions)


def octahedron(d: float = 1.56) -> list[list[float]]:
    return [[s * d * (k == axis) for k in range(3)] for axis in range(3) for s in (1, -1)]


def propeller(n: int, improper: bool) -> Atoms:
    """S2n (improper) or Cn: skewed arms around an axis."""
    arms = _ring(n, 2.0, 0.7) + _ring(n, 2.6, 1.3, 0.5)
    if improper:
        arms += _ring(n, 2.0, -0.7, np.pi / n) + _ring(n, 2.6, -1.3, 0.5 + np.pi / n)
    else:
        arms += [[0.0, 0.0, 3.0]]
    return Atoms(f"C{n}H{n}" * (2 if improper else 1) + ("" if improper else "N"), arms)


def cubic(seed: tuple[float, float, float], which: str) -> Atoms:
    """The orbit of a point under T, Th, O or Oh."""
    from itertools import permutations, product

    points = []
    for order in permutations(range(3)):
        even = np.linalg.det(np.eye(3)[list(order)]) > 0
        for signs in product((1, -1), repeat=3):
            determinant = (1 if even else -1) * np.prod(signs)
            allowed = {"T": even and determinant > 0, "Th": even, "O": determinant > 0, "Oh": True}[which]
            if allowed:
                points.append([signs[k] * seed[order[k]] for k in range(3)])
    return Atoms(f"C{len(points)}", points)


BUILT: dict[str, tuple[Atoms, str]] = {
    "SF6": (Atoms("SF6", [[0, 0, 0], *octahedron()]), "Oh"),
    "eclipsed ferrocene": (ferrocene(0.0), "D5h"),
    "staggered ferrocene": (ferrocene(36.0), "D5d"),
    "twisted ferrocene": (ferrocene(11.0), "D5"),
    "S4": (propeller(2, True), "S4"),
    "S6": (propeller(3, True), "S6"),
    "S8": (propeller(4, True), "S8"),
    "C3": (propeller(3, False), "C3"),
    "C7": (propeller(7, False), "C7"),
    "B(OH)3": (Atoms("BO3H3", [[0, 0, 0], *_ring(3, 1.37, 0.0), *_ring(3, 1.95, 0.0, 0.45)]), "C3h"),
    "CHFClBr": (Atoms("CHFClBr", [[0, 0, 0], [0.6, 0.6, 0.6], [-0.8, -0.8, 0.8], [1.0, -1.0, -1.0], [-1.1, 1.1, -1.1]]), "C1"),
    "inverted pairs": (
        Atoms("FClBrFClBr", [[1, 0, 0.3], [0, 2, 0.1], [0.4, 0.3, 2.5], [-1, 0, -0.3], [0, -2, -0.1], [-0.4, -0.3, -2.5]]),
        "Ci",
    ),
    "T": (cubic((0.9, 1.7, 2.9), "T"), "T"),
    "Th": (cubic((0.9, 1.7, 2.9), "Th"), "Th"),
    "O": (cubic((0.9, 1.7, 2.9), "O"), "O"),
    "truncated cuboctahedron": (cubic((0.9, 1.7, 2.9), "Oh"), "Oh"),
    "D7h ring": (Atoms("C7H7", _ring(7, 1.6, 0.0) + _ring(7, 2.7, 0.0)), "D7h"),
}
ALL: dict[str, tuple[Atoms, str]] = {**{name: (molecule(name), group) for name, group in G2.items()}, **BUILT}

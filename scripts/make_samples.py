"""Make the sample structures in e3viz/resources/samples from published geometries.

Usage: make_samples.py [OUT_FOLDER]      (needs e3viz and ase; the same files each time)

Sources are those of `e3viz.atoms.samples.SAMPLES`, and are written into each file as `source`.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import add_adsorbate, bulk, fcc111, molecule
from ase.io import write
from ase.spacegroup import crystal

from e3viz.atoms.samples import SAMPLES

QUARTZ = [(0.4697, 0.0, 2 / 3), (0.4135, 0.2669, 0.1191 + 2 / 3)]  # Levien's z counted from the origin of International Tables
PEROVSKITE = [(0.0, 0.0, 0.0), (0.5, 0.5, 0.5), (0.5, 0.5, 0.0)]


def c60() -> Atoms:
    """The truncated icosahedron with a short bond on each edge of the icosahedron and pentagons around its corners."""
    golden = (1 + 5**0.5) / 2
    corners = np.array([np.roll([0, s, t * golden], k) for k in range(3) for s in (1, -1) for t in (1, -1)], dtype=float)
    short, long = 1.401, 1.458
    edge = short + 2 * long
    corners *= edge / 2
    points = [a + (b - a) * long / edge for a, b in itertools.permutations(corners, 2) if abs(np.linalg.norm(a - b) - edge) < 1e-6]
    return Atoms("C60", points)


def place(a: np.ndarray, b: np.ndarray, c: np.ndarray, length: float, angle: float, dihedral: float) -> np.ndarray:  # noqa: PLR0917
    """The point d with |c d| = length, angle b–c–d and dihedral a–b–c–d in degrees."""
    theta, phi = np.radians(angle), np.radians(dihedral)
    along = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, along)
    normal /= np.linalg.norm(normal)
    local = length * np.array([-np.cos(theta), np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi)])
    return c + local @ np.array([along, np.cross(normal, along), normal])


def peptide(residues: int = 10, phi: float = -57.0, psi: float = -47.0) -> Atoms:
    """H–(Ala)n–OH as a right-handed helix, atom by atom from internal coordinates."""
    symbols: list[str] = []
    points: list[np.ndarray] = []

    def add(symbol: str, point: np.ndarray) -> np.ndarray:
        symbols.append(symbol)
        points.append(point)
        return point

    n, ca = np.zeros(3), np.array([1.458, 0.0, 0.0])
    c = ca + 1.525 * np.array([np.cos(np.radians(68.8)), np.sin(np.radians(68.8)), 0.0])
    before = place(c, ca, n, 1.329, 121.7, phi)  # where the carbonyl carbon before would be
    for k in range(residues):
        add("N", n), add("C", ca), add("C", c)
        beta = add("C", place(before if k else place(c, ca, n, 1.0, 120, phi), n, ca, 1.521, 110.4, phi_of_beta(phi)))
        add("H", place(before if k else place(c, ca, n, 1.0, 120, phi), n, ca, 1.09, 108.5, phi_of_beta(phi) - 119.0))
        for turn in (60.0, 180.0, 300.0):
            add("H", place(n, ca, beta, 1.09, 109.5, turn))
        if k == 0:
            for turn in (phi, phi + 120.0):
                add("H", place(c, ca, n, 1.01, 109.5, turn))
        else:
            add("H", place(c, ca, n, 1.01, 119.2, phi + 180.0))
        add("O", place(n, ca, c, 1.231, 120.8, psi + 180.0))
        following = place(n, ca, c, 1.329 if k < residues - 1 else 1.34, 116.2, psi)
        if k == residues - 1:
            oxygen = add("O", following)
            add("H", place(ca, c, oxygen, 0.97, 107.0, 180.0))
            break
        after = place(ca, c, following, 1.458, 121.7, 180.0)
        before, n, ca, c = c, following, after, place(c, following, after, 1.525, 111.2, phi)
    return Atoms(symbols, points)


def phi_of_beta(phi: float) -> float:
    """The dihedral C–N–Cα–Cβ of an L amino acid, seen from whose hydrogen CO, R and N follow clockwise."""
    return phi - 122.5


def ice() -> Atoms:
    """Oxygen of ice Ih with an orientation of its network of hydrogen bonds in which every molecule gives two and takes two: a random
    Eulerian circuit. Of many, the one with the smallest dipole."""
    cell = crystal(["O"], [(1 / 3, 2 / 3, 0.06226)], spacegroup=194, cellpar=[4.511, 4.511, 7.346, 90, 90, 120]).repeat((3, 3, 2))
    offsets = np.array(list(itertools.product((-1, 0, 1), repeat=3))) @ cell.cell[:]
    links = []
    for a in range(len(cell)):
        for b in range(a + 1, len(cell)):
            between = cell.positions[b] - cell.positions[a] + offsets
            best = between[np.linalg.norm(between, axis=1).argmin()]
            if np.linalg.norm(best) < 3.0:
                links.append((a, b, best))
    assert len(links) == 2 * len(cell)
    rng = np.random.default_rng(0)
    circuits = [eulerian(len(cell), links, rng) for _ in range(4000)]
    dipoles = [np.linalg.norm(sum(v / np.linalg.norm(v) for _, v in circuit)) for circuit in circuits]
    best = circuits[int(np.argmin(dipoles))]
    hydrogens = [cell.positions[a] + 0.985 * v / np.linalg.norm(v) for a, v in best]
    whole = Atoms(["O"] * len(cell) + ["H"] * len(hydrogens), np.vstack([cell.positions, hydrogens]), cell=cell.cell, pbc=True)
    donors = [a for a, _ in best]
    order = [i for a in range(len(cell)) for i in (a, *(len(cell) + k for k, d in enumerate(donors) if d == a))]
    return whole[order]


def eulerian(n: int, links: list[tuple[int, int, np.ndarray]], rng: np.random.Generator) -> list[tuple[int, np.ndarray]]:
    """Each link as (donor, vector to the acceptor), oriented along closed walks that use every link once."""
    at: list[list[tuple[int, int, np.ndarray]]] = [[] for _ in range(n)]
    for k, (a, b, v) in enumerate(links):
        at[a].append((k, b, v))
        at[b].append((k, a, -v))
    for exits in at:
        rng.shuffle(exits)  # type: ignore[arg-type]
    used, oriented = [False] * len(links), []
    for start in rng.permutation(n):
        here = int(start)
        while True:
            while at[here] and used[at[here][-1][0]]:
                at[here].pop()
            if not at[here]:
                break
            k, there, v = at[here].pop()
            used[k] = True
            oriented.append((here, v))
            here = there
    return oriented


def polyethylene() -> Atoms:
    """Bunn's cell; hydrogens at 1.09 Å, H–C–H 107°, in the plane across the chain. Built as Pnma with the chain along b, then turned."""
    a, b, c = 7.40, 4.93, 2.534
    carbon = np.array([0.038 * a, 0.25 * c, 0.065 * b])
    outward = carbon * [1.0, 0.0, 1.0]
    outward /= np.linalg.norm(outward)
    across = np.array([-outward[2], 0.0, outward[0]])
    half = np.radians(107.0 / 2)
    hydrogens = [carbon + 1.09 * (np.cos(half) * outward + s * np.sin(half) * across) for s in (1, -1)]
    sites = [point / [a, c, b] for point in (carbon, *hydrogens)]
    made = crystal(["C", "H", "H"], sites, spacegroup=62, cellpar=[a, c, b, 90, 90, 90])
    order = np.argsort(made.numbers, kind="stable")[::-1]
    return Atoms(made.numbers[order], made.positions[order][:, [0, 2, 1]], cell=[a, b, c], pbc=True)


def surface() -> Atoms:
    slab = fcc111("Pt", (3, 3, 4), a=3.924, vacuum=8.0)
    add_adsorbate(slab, Atoms("CO", [[0, 0, 0], [0, 0, 1.15]]), 1.86, "ontop")
    slab.center(vacuum=8.0, axis=2)
    slab.pbc = (True, True, False)
    return slab


def build() -> dict[str, Atoms]:
    return {
        "water": molecule("H2O"),
        "methane": molecule("CH4"),
        "benzene": molecule("C6H6"),
        "c60": c60(),
        "peptide": peptide(),
        "diamond": bulk("C", "diamond", 3.567, cubic=True),
        "rocksalt": bulk("NaCl", "rocksalt", 5.640, cubic=True),
        "quartz": crystal(["Si", "O"], QUARTZ, spacegroup=154, cellpar=[4.9160, 4.9160, 5.4054, 90, 90, 120]),
        "perovskite": crystal(["Sr", "Ti", "O"], PEROVSKITE, spacegroup=221, cellpar=[3.905, 3.905, 3.905, 90, 90, 90]),
        "ice": ice(),
        "polyethylene": polyethylene(),
        "surface": surface(),
    }


def main(folder: Path | None = None) -> None:
    made = build()
    for sample in SAMPLES:
        if sample.name not in made:
            continue
        atoms = made[sample.name]
        plain = Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)
        plain.info = {"title": sample.title, "source": sample.source}
        path = sample.path if folder is None else folder / sample.path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, plain, format="extxyz")
        print(f"{path.name}: {len(plain)} atoms")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)

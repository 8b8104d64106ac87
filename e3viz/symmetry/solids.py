"""Figures to see a group by: polygons, prisms, pyramids, antiprisms and Platonic solids, each with exactly the symmetry of its group.

A solid is the convex hull of orbits: a few corners and all places where the group takes them. Where the plain solid would have more
symmetry than the group (C_n, C_nh: mirrors), the outline is a saw blade. Radii are 1; settings as in `point_groups`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.symmetry.groups import FiniteGroup, exact
from e3viz.symmetry.point_groups import plane_group, point_group, split, standard_name

Real = NDArray[np.float64]
_PHI = (1.0 + math.sqrt(5.0)) / 2.0


@dataclass(frozen=True, eq=False)
class Solid:
    """title; points (n, 3): the corners, numbered from 1; edges (m, 2): pairs of corners; outlines: faces as rings of corners."""

    title: str
    points: Real
    edges: NDArray[np.intp]
    outlines: tuple[tuple[int, ...], ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """1, 2, 3 …"""
        return tuple(str(k + 1) for k in range(len(self.points)))

    def triangles(self) -> tuple[Real, NDArray[np.intp]]:
        """Points (k, 3), the corners first and then the middles of the faces, and triangles (m, 3) between them, turned outwards."""
        middles = [self.points[list(ring)].mean(axis=0) for ring in self.outlines]
        faces = [
            (a, b, len(self.points) + k) for k, ring in enumerate(self.outlines) for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)
        ]
        return np.concatenate([self.points, np.array(middles).reshape(-1, 3)]), np.array(faces, dtype=np.intp).reshape(-1, 3)


def orbit(group: FiniteGroup, seed: tuple[float, ...] | Real) -> Real:
    """The places where the group takes a point, (k, 3), in the order of its elements, each once."""
    moved = group.matrices @ np.asarray(seed, dtype=float)
    _, first = np.unique(np.round(moved, 6) + 0.0, axis=0, return_index=True)
    return np.where(np.abs(moved) < 1e-15, 0.0, moved)[np.sort(first)]


@lru_cache(maxsize=64)
def polygon(n: int, mirrors: bool = True) -> Solid:
    """The regular n-gon in the plane z = 0, or with slanted teeth if it is to have no mirror lines; n = 1 and 2 give triangles and
    rectangles of that symmetry. The square has its corners on the diagonals, others the first one on x."""
    group = plane_group(n, mirrors)
    if n == 1:
        sharp = (
            [[1.0, 0.0, 0.0], [-0.6, 0.7, 0.0], [-0.6, -0.7, 0.0]] if mirrors else [[1.0, 0.2, 0.0], [-0.7, 0.6, 0.0], [-0.4, -0.8, 0.0]]
        )
        return _flat("isosceles triangle" if mirrors else "triangle", np.array(sharp))
    if n == 2:
        corners = [(1.0, 0.6, 0.0)] if mirrors else [(1.0, 0.55, 0.0), (-0.45, 0.55, 0.0)]
        return _flat("rectangle" if mirrors else "parallelogram", _by_angle(np.concatenate([orbit(group, c) for c in corners])))
    if not mirrors:
        return _flat(f"saw blade with {n} teeth", _saw(group, n, 0.0))
    start = 180.0 / n if n == 4 else 0.0
    seed = exact(np.array([math.cos(math.radians(start)), math.sin(math.radians(start)), 0.0]))
    return _flat(_POLYGONS.get(n, f"regular {n}-gon"), _by_angle(orbit(group, seed)))


_POLYGONS = {3: "equilateral triangle", 4: "square", 5: "regular pentagon", 6: "regular hexagon", 8: "regular octagon"}


def _flat(title: str, ring: Real) -> Solid:
    n = len(ring)
    return Solid(title, ring, np.array([(k, (k + 1) % n) for k in range(n)]), (tuple(range(n)),))


def _by_angle(points: Real) -> Real:
    return points[np.argsort(np.round(np.arctan2(points[:, 1], points[:, 0]) % (2.0 * math.pi), 9), kind="stable")]


def _saw(group: FiniteGroup, n: int, z: float, outer: float = 1.0) -> Real:
    """A ring (2n, 3) with the teeth of a saw blade at height z."""
    turn = 2.0 * math.pi / n
    inner = 0.62 * math.cos(math.pi / n) if n > 2 else 0.5
    ring = [(r * math.cos(a), r * math.sin(a), z) for k in range(n) for r, a in ((outer, k * turn), (inner * outer, (k + 0.22) * turn))]
    return np.array(ring)


@lru_cache(maxsize=256)
def solid(name: str, title: str = "") -> Solid:
    """A solid with exactly the symmetry of a point group; title: which one of `solid_titles`, the first if empty."""
    own = standard_name(name)
    choices = solid_titles(own)
    if title and title not in choices:
        raise UserError(f"There is no “{title}” with the symmetry {own}.", nearest(title, choices))
    wanted = title or choices[0]
    family, n = split(own)
    if family in ("C", "Ch") and n > 1:
        return _sawn(wanted, own, n, level=family == "Ch")
    group = point_group(own)
    return _hull(
        wanted, np.concatenate([orbit(group, seed) for seed in _SOLIDS[wanted]] if wanted in _SOLIDS else _seeds(group, family, n))
    )


def solid_titles(name: str) -> tuple[str, ...]:
    """The solids that there are for a point group, the plainest first."""
    own = standard_name(name)
    family, _ = split(own)
    known = {
        "C1": ("irregular tetrahedron",), "Cs": ("wedge",), "Ci": ("parallelepiped",), "C": ("saw-toothed pyramid",), "Cv": ("pyramid",),
        "Ch": ("saw-toothed prism",), "S": ("twisted antiprism",), "D": ("twisted prism",), "Dh": ("prism",), "Dd": ("antiprism",),
        "T": ("snub tetrahedron",), "Td": ("tetrahedron", "truncated tetrahedron"), "Th": ("pyritohedral icosahedron",), "O": ("snub cube",),
        "Oh": ("cube", "octahedron", "cuboctahedron"), "I": ("snub dodecahedron",), "Ih": ("icosahedron", "dodecahedron"),
    }  # fmt: skip
    if own == "D2h":
        return ("box",)
    if own == "D2d":
        return ("disphenoid",)
    return known["C1" if own == "C1" else family]


_SNUB = 1.8392867552141612  # the tribonacci constant
_SOLIDS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "irregular tetrahedron": ((0.9, 0.0, -0.5), (-0.5, 0.8, -0.45), (-0.55, -0.6, -0.35), (0.15, 0.1, 0.9)),
    "wedge": ((0.95, 0.0, 0.5), (-0.5, 0.75, 0.5), (-0.6, -0.55, 0.5)),
    "snub tetrahedron": ((0.98, 0.5, 0.12),),
    "tetrahedron": ((0.5774, 0.5774, 0.5774),),
    "truncated tetrahedron": ((0.9045, 0.3015, 0.3015),),
    "pyritohedral icosahedron": ((0.0, 0.4, 0.9165),),
    "snub cube": ((1.0 / _SNUB, 1.0, _SNUB),),
    "cube": ((1.0, 1.0, 1.0),),
    "octahedron": ((1.0, 0.0, 0.0),),
    "cuboctahedron": ((1.0, 1.0, 0.0),),
    "snub dodecahedron": ((0.8099806, 0.57959093, 0.08947508),),
    "icosahedron": ((0.0, 1.0, _PHI),),
    "dodecahedron": ((1.0, 1.0, 1.0),),
}


def _seeds(group: FiniteGroup, family: str, n: int) -> list[Real]:
    """The orbits of corners of an axial group's solid."""
    half = math.pi / n if n else 0.0
    seeds: dict[str, tuple[tuple[float, float, float], ...]] = {
        "Ci": ((0.8, 0.35, 0.45), (-0.75, 0.45, 0.5), (-0.5, -0.6, 0.5), (0.95, -0.7, 0.4)),
        "Cv": ((1.0, 0.0, -0.45) if n > 2 else (0.9, 0.55, -0.45), (0.0, 0.0, 0.85)),
        "S": ((1.0, 0.0, 0.4), (0.62 * math.cos(0.5 * half), 0.62 * math.sin(0.5 * half), 0.75)),
        "D": ((math.cos(0.3 * half), math.sin(0.3 * half), 0.6),),
        "Dh": ((1.0, 0.0, 0.5) if n > 2 else (0.9, 0.6, 0.4),),
        "Dd": ((math.cos(half / 2.0), math.sin(half / 2.0), 0.52),),
    }
    return [orbit(group, seed) for seed in seeds[family]]


def _sawn(title: str, name: str, n: int, *, level: bool) -> Solid:
    """A saw blade with an apex over it (C_n), or two of them as a prism (C_nh)."""
    group, count = point_group(name), 2 * n
    ring = _saw(group, n, -0.45)
    around = [(k, (k + 1) % count) for k in range(count)]
    if level:
        points = np.concatenate([_saw(group, n, 0.4), _saw(group, n, -0.4)])
        sides = [(b, a, a + count, b + count) for a, b in around]
        edges = [*around, *((a + count, b + count) for a, b in around), *((k, k + count) for k in range(count))]
        return Solid(title, _unit(points), np.array(edges), (tuple(range(count)), tuple(range(2 * count - 1, count - 1, -1)), *sides))
    points = np.concatenate([ring, [[0.0, 0.0, 0.85]]])
    slopes = [(a, b, count) for a, b in around]
    return Solid(title, _unit(points), np.array([*around, *((k, count) for k in range(count))]), (tuple(range(count - 1, -1, -1)), *slopes))


def _unit(points: Real) -> Real:
    """The same size for all: the farthest corner at 1."""
    scaled: Real = points / np.linalg.norm(points, axis=1).max()
    return scaled


def _hull(title: str, points: Real) -> Solid:
    """The convex hull of a few dozen points that are all corners of it; corners are kept in their order."""
    points = _unit(points)
    centre = points.mean(axis=0)
    triples = np.array(list(combinations(range(len(points)), 3)))
    a, b, c = (points[triples[:, k]] for k in range(3))
    normals = np.cross(b - a, c - a)
    lengths = np.linalg.norm(normals, axis=1)
    real = lengths > 1e-9
    triples, a = triples[real], a[real]
    normals = normals[real] / lengths[real, None]
    normals *= np.where(((a - centre) * normals).sum(axis=1) < 0, -1.0, 1.0)[:, None]
    heights = (normals * a).sum(axis=1)
    outer = (normals @ points.T <= heights[:, None] + 1e-7).all(axis=1)
    planes = np.unique(np.round(np.column_stack([normals, heights])[outer], 5) + 0.0, axis=0)
    rings = [_ring(points, np.flatnonzero(np.abs(points @ plane[:3] - plane[3]) < 1e-4), plane[:3]) for plane in planes]
    edges = sorted({(min(p, q), max(p, q)) for ring in rings for p, q in zip(ring, (*ring[1:], ring[0]), strict=True)})
    return Solid(title, points, np.array(edges), tuple(rings))


def _ring(points: Real, members: NDArray[np.intp], normal: Real) -> tuple[int, ...]:
    """The corners of one face, counter-clockwise seen from outside."""
    local = points[members] - points[members].mean(axis=0)
    right = local[0] / np.linalg.norm(local[0])
    angle = np.arctan2(local @ np.cross(normal, right), local @ right)
    return tuple(int(m) for m in members[np.argsort(angle)])

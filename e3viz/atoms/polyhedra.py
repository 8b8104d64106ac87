"""Coordination polyhedra: the convex hulls of the atoms bonded to chosen centres, as crystallographers draw oxides.

A centre with four neighbours or more that do not lie in a plane has a polyhedron. Faces are triangles, outward by the right-hand rule;
edges are those between faces that are not in one plane, so that the square face of a prism has no diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.bonds import Bonds, find_bonds
from e3viz.atoms.elements import IS_METAL, SYMBOLS, atomic_number
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.supercell import Copies
from e3viz.errors import UserError
from e3viz.task import report

MOST_CENTRES = 20_000
_FLAT = 0.02  # of the largest distance: neighbours nearer to a plane than that have no polyhedron
_MOST_CORNERS = 8  # large cations such as Sr in a perovskite would hide everything else
_SAME_PLANE = 0.998  # cosine between the normals of faces taken for one


@dataclass(frozen=True, eq=False)
class Polyhedra:
    """Polyhedra as one mesh.

    points: corners, Å (p, 3), each polyhedron its own; faces: corners of triangles (f, 3); edges: corners of edges (e, 2); centres: the
    atom inside, for each face (f,); coordination: {centre: number of corners}.
    """

    points: FloatArray
    faces: NDArray[np.int64]
    edges: NDArray[np.int64]
    centres: NDArray[np.int64]
    coordination: dict[int, int]


def polyhedra(
    structure: Structure, centres: Sequence[str] | NDArray[np.bool_] | None = None, bonds: Bonds | None = None, copies: Copies | None = None
) -> Polyhedra:
    """Polyhedra around the atoms of some elements (["Ti"]), or of a mask (n,). If left out, around small cations: metals and Si, P, S, B
    bonded only to more electronegative atoms, eight at most. `copies` of centres that are drawn too get theirs as well."""
    if bonds is None:
        bonds = find_bonds(structure)
    chosen = _chosen(structure, bonds, centres)
    drawn = [(int(a), np.zeros(3)) for a in np.flatnonzero(chosen)]
    if copies is not None:
        drawn += [(int(a), s @ structure.cell) for a, s in zip(copies.atoms, copies.shifts, strict=True) if chosen[a]]
    if len(drawn) > MOST_CENTRES:
        raise UserError(f"{len(drawn):,} polyhedra are too many to draw.", f"Choose fewer than {MOST_CENTRES:,} centres.")
    around = _around(structure, bonds)
    points, count = [np.zeros((0, 3))], 0
    faces, edges, owners = [np.zeros((0, 3), np.int64)], [np.zeros((0, 2), np.int64)], [np.zeros(0, np.int64)]
    coordination: dict[int, int] = {}
    for done, (atom, shift) in enumerate(drawn):
        if done % 200 == 0:
            report(done, len(drawn), "coordination polyhedra")
        corners = around(atom)
        hull = _hull(corners)
        if hull is None:
            continue
        points.append(corners + structure.positions[atom] + shift)
        faces.append(hull[0] + count)
        edges.append(hull[1] + count)
        owners.append(np.full(len(hull[0]), atom))
        coordination[atom] = len(corners)
        count += len(corners)
    return Polyhedra(np.concatenate(points), np.concatenate(faces), np.concatenate(edges), np.concatenate(owners), coordination)


def _chosen(structure: Structure, bonds: Bonds, centres: Sequence[str] | NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    if isinstance(centres, np.ndarray):
        if centres.shape != (len(structure),):
            raise UserError("The chosen centres belong to another structure.", "Choose them again.")
        return centres.astype(bool)
    if centres is not None:
        return np.isin(structure.numbers, [atomic_number(symbol) for symbol in centres])
    kinds = np.clip(structure.numbers, 0, len(SYMBOLS) - 1)
    cation = IS_METAL[kinds] | np.isin(kinds, [5, 14, 15, 16])
    anion = np.isin(kinds, [7, 8, 9, 16, 17, 34, 35, 52, 53])
    for a, b in ((bonds.i, bonds.j), (bonds.j, bonds.i)):
        np.logical_and.at(cation, a, anion[b] & (kinds[a] != kinds[b]))
    return cation & (np.bincount(np.concatenate([bonds.i, bonds.j]), minlength=len(kinds)) <= _MOST_CORNERS)


def _around(structure: Structure, bonds: Bonds) -> Callable[[int], FloatArray]:
    """A function from an atom to the vectors to its bonded neighbours, Å (k, 3)."""
    vectors = bonds.vectors(structure)
    ends = np.concatenate([bonds.i, bonds.j])
    reach = np.concatenate([vectors, -vectors])
    order = np.argsort(ends, kind="stable")
    bounds = np.searchsorted(ends[order], np.arange(len(structure) + 1))
    return lambda atom: reach[order[bounds[atom] : bounds[atom + 1]]]


def _hull(corners: FloatArray) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Triangles (f, 3) turned outwards and true edges (e, 2) of the convex hull, or None if it has no volume."""
    if len(corners) < 4:
        return None
    spread = np.linalg.svd(corners - corners.mean(axis=0), compute_uv=False)
    if spread[2] < _FLAT * spread[0]:
        return None
    from scipy.spatial import ConvexHull

    hull = ConvexHull(corners)
    faces = hull.simplices.astype(np.int64)
    normals = hull.equations[:, :3]
    a, b, c = (corners[faces[:, k]] for k in range(3))
    inward = (np.cross(b - a, c - a) * normals).sum(axis=1) < 0
    faces[inward] = faces[inward][:, ::-1]
    beside: dict[tuple[int, int], list[int]] = {}
    for face, triangle in enumerate(faces):
        for k in range(3):
            first, second = sorted((int(triangle[k]), int(triangle[(k + 1) % 3])))
            beside.setdefault((first, second), []).append(face)
    edges = [edge for edge, sides in beside.items() if len(sides) != 2 or normals[sides[0]] @ normals[sides[1]] < _SAME_PLANE]
    return faces, np.array(edges, dtype=np.int64).reshape(-1, 2)

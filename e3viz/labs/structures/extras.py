"""What a structure can carry beside atoms and bonds: polyhedra, ellipsoids, isosurfaces, measures of what is selected or was kept, and
a symmetry operation's axis, plane or centre."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms import polyhedra as polyhedra_of
from e3viz.atoms.measure import chain, measure
from e3viz.atoms.structure import FloatArray
from e3viz.labs.structures.looks import Shades, radii
from e3viz.labs.structures.prepare import Prepared
from e3viz.labs.structures.source import trajectory
from e3viz.labs.structures.state import State, grids
from e3viz.labs.structures.symmetry import operation_of
from e3viz.pictures.scene import Actor, Labels, Segments, Spheres, Surface
from e3viz.pictures.style import NEGATIVE, POSITIVE, rgb
from e3viz.symmetry.element import Element
from e3viz.symmetry.surfaces import sphere_mesh

GLASS = 0.35
MOST_ELLIPSOIDS = 2_000
NEAR = 0.05
"""Å within which an atom counts as drawn at a place."""
BEYOND = 1.0
"""Å that an axis or plane is drawn beyond the atoms."""
RIM = 48
ELLIPSOID_POINTS = 400
LARGEST_ELLIPSOID = 0.9
"""Half-axis in Å of the largest ellipsoid of a picture."""


def actors(state: State, g: Element, ready: Prepared, shade: Shades) -> dict[str, Actor]:
    """Everything that the state asks for."""
    made: dict[str, Actor] = {}
    if state.polyhedra != "none":
        made.update(_polyhedra(state, g, ready, shade))
    if state.ellipsoids != "none":
        made.update(_ellipsoids(state, g, ready))
    if state.volume != "none":
        made.update(_isosurfaces(state, g))
    made.update(_measures(state, g, ready, shade))
    made.update(_operation(state, g, ready))
    return made


def _polyhedra(state: State, g: Element, ready: Prepared, shade: Shades) -> dict[str, Actor]:
    centres = None if state.polyhedra == "small cations" else [state.polyhedra]
    found = polyhedra_of.polyhedra(ready.structure, centres, ready.bonds if len(ready.bonds) else None, ready.copies)
    if not len(found.faces):
        return {}
    owner = np.zeros(len(found.points), np.int64)
    owner[found.faces.ravel()] = np.repeat(found.centres, 3)
    points = g.act(found.points)
    return {
        "polyhedra": Surface(points, found.faces, shade.atoms[owner], smooth=False, opacity=GLASS),
        "polyhedra edges": Segments(points[found.edges[:, 0]], points[found.edges[:, 1]], colour="muted", width=1.0),
    }


def symmetric(array: NDArray[Any]) -> FloatArray:
    """Per-atom tensors (n, 3, 3) from (n, 3, 3), (n, 9), or Voigt's (n, 6): xx, yy, zz, yz, xz, xy. Only the symmetric part."""
    flat = np.asarray(array, dtype=float).reshape(len(array), -1)
    if flat.shape[1] == 6:
        flat = flat[:, [0, 5, 4, 5, 1, 3, 4, 3, 2]]
    whole = flat.reshape(-1, 3, 3)
    even: FloatArray = (whole + whole.transpose(0, 2, 1)) / 2.0
    return even


def _ellipsoids(state: State, g: Element, ready: Prepared) -> dict[str, Actor]:
    array = ready.structure.arrays.get(state.ellipsoids)
    if array is None or len(ready.owner) > MOST_ELLIPSOIDS:
        return {}
    tensors = g.linear @ symmetric(array)[ready.owner] @ g.linear.T
    values, axes = np.linalg.eigh(np.nan_to_num(tensors))
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    mesh = sphere_mesh(ELLIPSOID_POINTS)
    directions, faces = mesh.points, mesh.faces
    along = np.einsum("nij,pi->npj", axes, directions)
    reach = np.abs(values)[:, None, :] / largest * LARGEST_ELLIPSOID + 0.02
    points = g.act(ready.places)[:, None] + np.einsum("npj,nij->npi", along * reach, axes)
    sign = np.einsum("npj,nj->np", along**2, values)
    colours = np.where(sign[..., None] >= 0, np.array(rgb(POSITIVE)), np.array(rgb(NEGATIVE))).astype(np.uint8)
    count, each = len(points), len(directions)
    shifted = (faces[None] + (np.arange(count) * each)[:, None, None]).reshape(-1, 3)
    return {"ellipsoids": Surface(points.reshape(-1, 3), shifted, colours.reshape(-1, 3))}


def _isosurfaces(state: State, g: Element) -> dict[str, Actor]:
    made: dict[str, Actor] = {}
    for name, sign, colour in (("isosurface +", 1.0, POSITIVE), ("isosurface −", -1.0, NEGATIVE)):
        points, faces = _isosurface(state.file, trajectory(state.file).stamp, state.frame, state.volume, sign * state.isovalue)
        if len(faces):
            colours = np.tile(np.array(rgb(colour), dtype=np.uint8), (len(points), 1))
            made[name] = Surface(g.act(points), faces, colours, opacity=0.6)
    return made


@lru_cache(maxsize=16)
def _isosurface(file: str, changed: object, frame: int, name: str, part: float) -> tuple[FloatArray, NDArray[np.int64]]:
    from e3viz.pictures.isosurface import isosurface

    grid = grids(trajectory(file)[frame]).get(name)
    if grid is None:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    value = part * float(np.abs(grid.values).max(initial=0.0))
    return isosurface(grid.values, value, grid.origin, grid.axes)


def _measures(state: State, g: Element, ready: Prepared, shade: Shades) -> dict[str, Actor]:
    """Lines through the atoms measured, by their nearest images; an image that is not drawn yet is, as a ghost."""
    structure = ready.structure
    wanted = state.kept if state.selected in state.kept else (*state.kept, state.selected)
    kept = [atoms for atoms in wanted if 1 < len(atoms) < 5 and max(atoms) < len(structure) and not ready.hidden[list(atoms)].any()]
    if not kept:
        return {}
    chains = [chain(structure, atoms) for atoms in kept]
    points, owners = np.concatenate(chains), np.concatenate(kept)
    bare = np.array([np.linalg.norm(ready.places - point, axis=1).min() > NEAR for point in points])
    made: dict[str, Actor] = {}
    if bare.any():
        sizes = radii(state, structure.numbers[owners[bare]])
        made["measured images"] = Spheres(g.act(points[bare]), sizes, shade.atoms[owners[bare]], opacity=GLASS)
    lines = [g.act(one) for one in chains]
    starts, ends = np.concatenate([line[:-1] for line in lines]), np.concatenate([line[1:] for line in lines])
    places = np.array([line.mean(axis=0) for line in lines])
    texts = tuple(measure(structure, atoms)[-1][1] for atoms in kept)
    made["measures"] = Segments(starts, ends, colour="accent", width=2.0, dashed=True)
    return made | {"measured": Labels(places, texts, colour="accent")}


def _operation(state: State, g: Element, ready: Prepared) -> dict[str, Actor]:
    """The axis, plane or centre of the operation that was chosen, as large as the structure."""
    chosen = operation_of(state)
    if chosen is None or not len(ready.places):
        return {}
    point, direction = np.array(chosen.point), np.array(chosen.direction)
    along = (ready.places - point) @ direction
    across = ready.places - point - along[:, None] * direction
    made: dict[str, Actor] = {}
    if chosen.kind in ("rotation", "screw", "rotoinversion"):
        ends = point + np.array([along.min() - BEYOND, along.max() + BEYOND])[:, None] * direction
        dashed = chosen.kind == "screw"
        made["operation axis"] = Segments(g.act(ends[:1]), g.act(ends[1:]), colour="accent", width=3.0, dashed=dashed)
    if chosen.kind in ("mirror", "glide", "rotoinversion"):
        made["operation plane"] = _disc(
            g, point + across.mean(axis=0), direction, float(np.linalg.norm(across - across.mean(axis=0), axis=1).max())
        )
    if chosen.kind == "inversion" or (chosen.kind == "rotoinversion" and "operation axis" in made):
        made["operation centre"] = Spheres(g.act(point)[None], np.array([0.18]), np.array([rgb("#2f55d4")], dtype=np.uint8))
    return made


def _disc(g: Element, centre: FloatArray, normal: FloatArray, radius: float) -> Surface:
    """A round piece of the plane through `centre`."""
    u = np.cross(normal, [1.0, 0.0, 0.0] if abs(normal[0]) < 0.9 else [0.0, 1.0, 0.0])
    u /= np.linalg.norm(u)
    angles = np.linspace(0, 2 * np.pi, RIM, endpoint=False)[:, None]
    rim = centre + (radius + BEYOND) * (np.cos(angles) * u + np.sin(angles) * np.cross(normal, u))
    faces = np.array([[0, i + 1, (i + 1) % RIM + 1] for i in range(RIM)])
    colours = np.tile(np.array(rgb("#2f55d4"), dtype=np.uint8), (RIM + 1, 1))
    return Surface(g.act(np.vstack([centre, rim])), faces, colours, smooth=False, lit=False, opacity=0.18)

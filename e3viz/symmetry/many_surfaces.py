"""Many signals on many spheres as one mesh: a surface at each of n places, from the coefficients of each.

As `surfaces.signal_surface`, with lobes: radius |f|, value f. One matrix product for all of them, so a thousand atoms take some tens of ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.symmetry.sphere import degree_of
from e3viz.symmetry.surfaces import lobe_normals, mesh_basis, sphere_mesh

Single = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ManySurfaces:
    """points, normals (n · p, 3); values (n · p,); faces (n · t, 3): surface after surface; each: p, points of one of them."""

    points: Single
    values: Single
    normals: Single
    faces: NDArray[np.int32]
    each: int


def points_for(count: int) -> int:
    """How many points each of so many surfaces gets: enough to be smooth, few enough to be quick."""
    return int(np.clip(160_000 // max(count, 1), 162, 2562))


def many_surfaces(
    coefficients: NDArray[Any], centres: NDArray[Any], *, size: float, largest: float | None = None, about: int = 0
) -> ManySurfaces:
    """coefficients (n, (l_max+1)²), e3nn's in component normalisation; centres (n, 3).

    size: radius at which |f| = `largest` is drawn (the largest |f| of all if not given). Raises UserError for coefficients that are no
    signal or not finite."""
    l_max = degree_of(coefficients)
    about = about or points_for(len(coefficients))
    mesh = sphere_mesh(about)
    single = np.asarray(coefficients, dtype=np.float32)
    values = single @ mesh_basis(l_max, about)
    top = float(np.abs(values).max(initial=0.0)) if largest is None else largest
    scale = np.float32(size / top if top > 0.0 else 0.0)
    count, each = values.shape
    radius = np.abs(values) * scale
    places = np.asarray(centres, dtype=np.float32)
    points = np.empty((count, each, 3), dtype=np.float32)
    for axis in range(3):
        np.multiply(radius, mesh.points[:, axis], out=points[:, :, axis])
        points[:, :, axis] += places[:, axis, None]
    normals = lobe_normals(single, values, about).reshape(-1, 3)
    return ManySurfaces(points.reshape(-1, 3), values.ravel(), normals, _faces(count, about), each)


@lru_cache(maxsize=8)
def _faces(count: int, about: int) -> NDArray[np.int32]:
    mesh = sphere_mesh(about)
    shift = (len(mesh.points) * np.arange(count, dtype=np.int32))[:, None, None]
    faces = (mesh.faces[None] + shift).reshape(-1, 3).astype(np.int32)
    faces.flags.writeable = False
    return faces

"""Solids and molecules have exactly the symmetry that they stand for: an independent search for point groups is the oracle."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.point_groups import point_groups
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.symmetry.molecules import NAMES as MOLECULES
from e3viz.symmetry.molecules import molecule, molecules_of
from e3viz.symmetry.point_groups import CRYSTALLOGRAPHIC, NAMES, plane_group, point_group
from e3viz.symmetry.solids import polygon, solid, solid_titles


def found_group(points: np.ndarray, numbers: np.ndarray | None = None) -> int:
    """How many operations the points have."""
    kinds = np.full(len(points), 6, np.int32) if numbers is None else numbers
    return len(point_groups(Structure(numbers=kinds, positions=np.asarray(points) * 3.0), (0.002,))[0])


@pytest.mark.parametrize("name", NAMES)
def test_solids(name: str) -> None:
    group = point_group(name)
    for title in solid_titles(name):
        shape = solid(name, title)
        group.permutations(shape.points)
        assert found_group(shape.points) == len(group), title
        assert len(shape.points) - len(shape.edges) + len(shape.outlines) == 2  # Euler's formula
        assert np.linalg.norm(shape.points, axis=1).max() == pytest.approx(1.0)
        points, faces = shape.triangles()
        a, b, c = (points[faces[:, k]] for k in range(3))
        assert np.einsum("ij,ij->", a, np.cross(b, c)) / 6.0 > 0.05  # the volume: faces are turned outwards


@pytest.mark.parametrize("mirrors", [True, False])
@pytest.mark.parametrize("n", range(1, 13))
def test_polygons(n: int, mirrors: bool) -> None:
    group, shape = plane_group(n, mirrors), polygon(n, mirrors)
    group.permutations(shape.points)
    heights = np.concatenate([shape.points, [[0.0, 0.0, 0.5]]])  # an apex, which takes away what would turn the polygon over
    numbers = np.array([6] * len(shape.points) + [8], np.int32)
    assert found_group(heights, numbers) == len(group)
    assert len(shape.edges) == len(shape.points)


def test_square_has_its_corners_on_the_diagonals() -> None:
    assert polygon(4).points[0, 0] == polygon(4).points[0, 1] > 0.7


@pytest.mark.parametrize("name", MOLECULES)
def test_molecules(name: str) -> None:
    shown = molecule(name)
    group = point_group(shown.group)
    group.permutations(shown.positions, kinds=shown.symbols)
    numbers = np.array([SYMBOLS.index(s) for s in shown.symbols], np.int32)
    found = point_groups(Structure(numbers=numbers, positions=shown.positions), (0.001,))[0]
    assert found.name == shown.group
    assert len(set(shown.labels)) == len(shown.symbols)
    reached, before = {0}, -1
    while len(reached) > before:  # all atoms hang together by bonds
        before = len(reached)
        reached |= {int(b) for pair in shown.bonds for b in pair if reached & set(pair.tolist())}
    assert len(reached) == len(shown.symbols)
    lengths = np.linalg.norm(np.diff(shown.positions[shown.bonds], axis=1)[:, 0], axis=1)
    assert lengths.min() > 0.9 and lengths.max() < 2.2


def test_asking_for_what_there_is_not() -> None:
    assert molecules_of("Oh") == ("sulfur hexafluoride", "cubane") and molecules_of("D7h") == ()
    assert len({molecule(n).group for n in MOLECULES} & set(CRYSTALLOGRAPHIC)) >= 18
    with pytest.raises(UserError, match="no molecule"):
        molecule("watr")
    with pytest.raises(UserError, match="octahedron"):
        solid("Oh", "octahedra")

"""Representations of finite groups: homomorphisms, decompositions, projectors, adapted bases."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry import representations as reps
from e3viz.symmetry.molecules import molecule
from e3viz.symmetry.point_groups import plane_group, point_group
from e3viz.symmetry.representations import Representation
from e3viz.symmetry.solids import polygon, solid

GROUPS = ("C1", "C5", "C4v", "C3h", "S8", "D3", "D3h", "D6d", "T", "Th", "Oh", "Ih")


def several(name: str) -> list[Representation]:
    group = point_group(name)
    shape = solid(name)
    vector = reps.coordinates(group)
    made = [
        vector, reps.restricted(group, "0o+1e+2e+3o"), reps.permutation(group, shape.points, shape.labels), reps.symmetric_square(vector),
        reps.antisymmetric_square(vector), reps.tensor_product(vector, vector), reps.direct_sum(vector, reps.restricted(group, "2e")),
    ]  # fmt: skip
    return [*made, reps.regular(group)] if len(group) <= 48 else made


@pytest.mark.parametrize("name", GROUPS)
def test_homomorphism_projectors_and_blocks(name: str) -> None:
    for rep in several(name):
        assert rep.homomorphism_error < 5e-15 and len(rep.basis) == rep.dim
        projectors = [rep.projector(k) for k in range(len(rep.multiplicities))]
        assert np.abs(sum(projectors) - np.eye(rep.dim)).max() < 1e-12
        for k, p in enumerate(projectors):
            assert np.abs(p @ p - p).max() < 1e-12 and np.abs(p - p.T).max() < 1e-13
            dims = sum(int(rep.table.dims[row]) for row in rep.table.real_irreps[k])
            assert round(np.trace(p)) == rep.multiplicities[k] * dims
            assert np.abs(p @ rep.matrices - rep.matrices @ p).max() < 1e-12
        adapted = rep.adapted
        assert np.abs(adapted.rows @ adapted.rows.T - np.eye(rep.dim)).max() < 1e-12
        turned, start, first = adapted.matrices(rep), 0, {}
        for irrep, size in adapted.blocks:
            block = turned[:, start : start + size, start : start + size].copy()
            turned[:, start : start + size, start : start + size] = 0.0
            assert np.abs(first.setdefault(irrep, block) - block).max() < 1e-11  # copies of an irrep have the same matrices
            start += size
        assert np.abs(turned).max(initial=0.0) < 1e-11


def test_decompositions_that_are_known() -> None:
    square, shape = plane_group(4), polygon(4)
    assert reps.permutation(square, shape.points, shape.labels).decomposition_text() == "A₁ + B₂ + E"
    assert reps.plane_coordinates(square).decomposition_text() == "E"
    assert reps.coordinates(square).decomposition_text() == "A₁ + E"
    cube = point_group("Oh")
    assert reps.restricted(cube, "2e").decomposition_text() == "Eg + T₂g"  # the crystal field of d electrons
    assert reps.restricted(cube, "3o").decomposition_text() == "A₂u + T₁u + T₂u"
    assert reps.restricted(point_group("Ih"), "3o").decomposition_text() == "T₂u + Gu"
    ammonia = molecule("ammonia")
    group = point_group("C3v")
    atoms = reps.permutation(group, ammonia.positions, ammonia.labels, ammonia.symbols)
    assert reps.tensor_product(atoms, reps.coordinates(group)).decomposition_text() == "3A₁ + A₂ + 4E"  # its 12 motions
    assert reps.regular(group).decomposition_text() == "A₁ + A₂ + 2E"


def test_squares_by_their_characters() -> None:
    group = point_group("D3h")
    rep = reps.restricted(group, "1o+2e")
    squared = rep.characters[group.table[np.arange(len(group)), np.arange(len(group))]]
    assert reps.symmetric_square(rep).characters == pytest.approx((rep.characters**2 + squared) / 2.0)
    assert reps.antisymmetric_square(rep).characters == pytest.approx((rep.characters**2 - squared) / 2.0)
    assert reps.tensor_product(rep, rep).characters == pytest.approx(rep.characters**2)


def test_faithful_or_not() -> None:
    group = point_group("D4h")
    assert reps.coordinates(group).is_faithful and reps.regular(group).is_faithful
    assert not reps.restricted(group, "2e").is_faithful  # it does not see the inversion


def test_odd_and_huge_irreps() -> None:
    group = point_group("C4v")
    assert reps.restricted(group, "").dim == 0 and reps.restricted(group, "0x3e").dim == 0
    assert reps.restricted(group, "").decomposition_text() == "0" and reps.restricted(group, "").homomorphism_error == 0.0
    with pytest.raises(UserError, match="components"):
        reps.restricted(group, "1000x11o")
    with pytest.raises(ValueError, match="mixes"):
        reps.plane_coordinates(point_group("Oh"))

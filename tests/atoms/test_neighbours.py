from __future__ import annotations

import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from e3viz.atoms.neighbours import cell_volume, neighbours, search_cell
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError


def _random(seed: int, pbc: tuple[bool, bool, bool], n: int = 15) -> Structure:
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    cell = (np.diag(rng.uniform(2.0, 6.0, 3)) + rng.uniform(-1.0, 1.0, (3, 3))) @ turn
    return Structure(np.full(n, 6, np.int32), rng.normal(size=(n, 3)) * 6.0, cell, pbc)


def _as_set(i: np.ndarray, j: np.ndarray, shifts: np.ndarray) -> list[tuple[int, ...]]:
    return sorted((int(a), int(b), *map(int, s)) for a, b, s in zip(i, j, shifts, strict=True))


@pytest.mark.parametrize("pbc", list(product((False, True), repeat=3)))
@pytest.mark.parametrize("seed", range(3))
def test_the_same_pairs_as_ase_even_in_tiny_skew_cells_and_outside_the_cell(pbc: tuple[bool, bool, bool], seed: int) -> None:
    structure = _random(seed, pbc)
    atoms = Atoms(structure.numbers, structure.positions, cell=structure.cell, pbc=pbc)
    i, j, shifts = neighbor_list("ijS", atoms, 4.5)
    ours = neighbours(structure, 4.5)
    assert _as_set(i, j, shifts) == _as_set(ours.i, ours.j, ours.shifts)
    expected = structure.positions[ours.j] - structure.positions[ours.i] + ours.shifts @ structure.cell
    np.testing.assert_allclose(ours.vectors, expected, atol=1e-10)
    np.testing.assert_allclose(ours.distances, np.linalg.norm(expected, axis=1), atol=1e-10)
    half = neighbours(structure, 4.5, full=False)
    assert 2 * len(half) == len(ours)
    both = _as_set(half.i, half.j, half.shifts) + _as_set(half.j, half.i, -half.shifts)
    assert sorted(both) == _as_set(ours.i, ours.j, ours.shifts)


def test_a_rigid_motion_keeps_the_distances() -> None:
    structure = _random(7, (True, True, False))
    rng = np.random.default_rng(1)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    moved = Structure(structure.numbers, structure.positions @ turn.T + 3.0, structure.cell @ turn.T, structure.pbc)
    np.testing.assert_allclose(np.sort(neighbours(structure, 5.0).distances), np.sort(neighbours(moved, 5.0).distances), atol=1e-9)


def test_missing_lattice_vectors_are_filled_only_where_nothing_repeats() -> None:
    slab = Structure(np.array([6], np.int32), np.zeros((1, 3)), np.diag([2.0, 3.0, 0.0]), (True, True, False))
    np.testing.assert_allclose(abs(np.linalg.det(search_cell(slab))), 6.0)
    assert len(neighbours(slab, 2.5)) == 2
    assert cell_volume(slab) is None
    nothing = Structure(np.array([6], np.int32), np.zeros((1, 3)))
    np.testing.assert_allclose(np.abs(search_cell(nothing)), np.eye(3))


@pytest.mark.parametrize(
    ("cell", "pbc"),
    [
        (np.zeros((3, 3)), (True, True, True)),
        (np.array([[1.0, 0, 0], [2.0, 0, 0], [0, 0, 1.0]]), (True, True, True)),
        (np.array([[1.0, 0, 0], [0, 1, 0], [1.0, 1.0, 1e-9]]), (True, True, True)),
        (np.diag([3.0, 3.0, 0.0]), (False, False, True)),
        (np.full((3, 3), np.nan), (True, True, True)),
    ],
)
def test_a_cell_without_volume_is_one_sentence(cell: np.ndarray, pbc: tuple[bool, bool, bool]) -> None:
    with pytest.raises(UserError, match="cell"):
        neighbours(Structure(np.array([6], np.int32), np.zeros((1, 3)), cell, pbc), 3.0)


def test_bad_cutoffs_positions_and_crowds() -> None:
    one = Structure(np.array([6], np.int32), np.zeros((1, 3)), np.eye(3), (True, True, True))
    for cutoff in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(UserError, match="cutoff"):
            neighbours(one, cutoff)
    with pytest.raises(UserError, match="too many pairs"):
        neighbours(one, 1e4)
    crowd = Structure(np.full(100_000, 6, np.int32), np.zeros((100_000, 3)))
    with pytest.raises(UserError, match="too many pairs"):
        neighbours(crowd, 1.0)
    with pytest.raises(UserError, match="not finite"):
        neighbours(Structure(np.array([6], np.int32), np.full((1, 3), np.nan)), 1.0)


def test_nothing_and_far_apart() -> None:
    assert len(neighbours(Structure(np.zeros(0, np.int32), np.zeros((0, 3))), 3.0)) == 0
    far = Structure(np.full(3, 6, np.int32), np.array([[0.0, 0, 0], [1e30, 0, 0], [1e30, 1e15, -1e30]]))
    assert len(neighbours(far, 3.0)) == 0


@pytest.mark.parametrize("far", [1e4, 1e6, 1e9, 1e15])
def test_one_stray_atom_does_not_hide_the_neighbours_of_the_others(far: float) -> None:
    rng = np.random.default_rng(0)
    positions = rng.random((200, 3)) * 8.0
    gas = Structure(np.full(200, 6, np.int32), positions)
    stray = Structure(np.full(201, 6, np.int32), np.concatenate([[[far, 1.0, -1.0]], positions]))
    near, same = neighbours(gas, 0.9), neighbours(stray, 0.9)
    assert _as_set(near.i + 1, near.j + 1, near.shifts) == _as_set(same.i, same.j, same.shifts)
    if far < 1e5:
        return
    for pbc in ((True, False, False), (False, True, True), (True, True, True)):
        with pytest.raises(UserError, match="scattered"):
            neighbours(Structure(stray.numbers, stray.positions, np.eye(3) * 8.0, pbc), 0.9)


def test_torch_is_not_imported_but_stays_importable() -> None:
    code = (
        "import sys, numpy as np; from e3viz.atoms.neighbours import neighbours; from e3viz.atoms.structure import Structure;"
        "neighbours(Structure(np.ones(2, np.int32), np.eye(3)[:2]), 2.0);"
        "print('vesin' in sys.modules, 'torch' in sys.modules, 'scipy' in sys.modules); import torch"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False"]

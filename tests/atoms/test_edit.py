from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule

from e3viz.atoms import edit
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.symmetry.element import Element


def ethanol() -> Structure:
    atoms = molecule("CH3CH2OH")
    n = len(atoms)
    arrays = {"forces": np.ones((n, 3)), "charges": np.arange(n, dtype=float), "tag": np.arange(n), "velocities": np.full((n, 3), 2.0)}
    values = {"energy": -1.0, "comment": "made", "temperature": 300.0}
    return Structure(atoms.numbers.astype(np.int32), atoms.positions.copy(), arrays=arrays, values=values)


def crystal() -> Structure:
    atoms = bulk("NaCl", "rocksalt", 5.64, cubic=True)
    return Structure(
        atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), (True, True, True), values={"energy": 1.0}
    )


def test_every_edit_leaves_the_original_alone_and_drops_what_was_calculated() -> None:
    before = ethanol()
    kept = before.positions.copy()
    edits = [
        edit.move(before, [0], (1, 0, 0)),
        edit.place(before, 1, (0, 0, 9)),
        edit.delete(before, [2, 3]),
        edit.add(before, "Cl", (5, 5, 5)),
        edit.change_element(before, [2], "S"),
        edit.strain(before, (0.1, 0, 0, 0, 0, 0)),
        edit.rattle(before, 0.1),
        edit.act(before, Element(angle=30.0), [0, 1]),
    ]
    for after in edits:
        assert "forces" not in after.arrays
        assert "energy" not in after.values
        assert after.values["comment"] == "made"
        assert all(len(a) == len(after) for a in after.arrays.values())
    np.testing.assert_array_equal(before.positions, kept)
    assert "forces" in before.arrays


def test_move_place_and_masks() -> None:
    before = ethanol()
    mask = before.numbers == 1
    after = edit.move(before, mask, (0.0, 0.0, 1.5))
    np.testing.assert_allclose(after.positions - before.positions, np.outer(mask, [0, 0, 1.5]))
    np.testing.assert_allclose(edit.place(before, 1, (0, 0, 9)).positions[1], [0, 0, 9])
    np.testing.assert_allclose(edit.move(before, [0, 0], (1, 0, 0)).positions[0], before.positions[0] + [1, 0, 0])


def test_delete_add_and_change() -> None:
    before = ethanol()
    after = edit.delete(before, [0, 8])
    np.testing.assert_array_equal(after.arrays["tag"], np.arange(1, 8))
    more = edit.add(before, "cl", (5, 5, 5))
    assert more.numbers[-1] == 17
    assert np.isnan(more.arrays["charges"][-1])
    assert more.arrays["tag"][-1] == 0
    assert more.arrays["velocities"].shape == (10, 3)
    other = edit.change_element(before, [2], "S")
    assert other.numbers[2] == 16
    assert "charges" not in other.arrays
    assert "tag" in other.arrays


def test_strain_is_the_usual_engineering_strain() -> None:
    salt = crystal()
    np.testing.assert_allclose(edit.strain(salt, (0.01, 0, 0, 0, 0, 0)).cell[0, 0], 5.64 * 1.01)
    sheared = edit.strain(salt, (0, 0, 0, 0, 0, 0.02))
    np.testing.assert_allclose(sheared.cell @ np.linalg.inv(salt.cell), [[1, 0.01, 0], [0.01, 1, 0], [0, 0, 1]], atol=1e-12)
    back = sheared.positions @ np.linalg.inv(sheared.cell)
    np.testing.assert_allclose(back, salt.positions @ np.linalg.inv(salt.cell), atol=1e-12)


def test_rattle_is_the_same_for_the_same_seed() -> None:
    before = ethanol()
    one, two, other = (edit.rattle(before, 0.05, seed=s).positions for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 1e-3
    only = edit.rattle(before, 0.05, atoms=[3])
    assert np.flatnonzero((only.positions != before.positions).any(axis=1)).tolist() == [3]


def test_centre_and_wrap() -> None:
    salt = crystal()
    far = edit.move(salt, np.arange(8), (13.0, -20.0, 5.0))
    wrapped = edit.wrap(far)
    atoms = Atoms(far.numbers, far.positions, cell=far.cell, pbc=True)
    atoms.wrap(eps=1e-7)
    np.testing.assert_allclose(wrapped.positions, atoms.positions, atol=1e-9)
    middle = edit.centre(ethanol())
    np.testing.assert_allclose(middle.positions.min(axis=0) + middle.positions.max(axis=0), 0.0, atol=1e-12)
    assert "forces" in middle.arrays
    boxed = edit.centre(salt, [0])
    np.testing.assert_allclose(boxed.positions[0], [2.82] * 3)


def test_moving_everything_by_an_element_turns_the_vectors_too() -> None:
    before = ethanol()
    g = Element(axis=(1, 1, 1), angle=120.0, inversion=True, translation=(1, 2, 3))
    after = edit.act(before, g)
    np.testing.assert_allclose(after.positions, g.act(before.positions))
    np.testing.assert_allclose(after.arrays["velocities"], -2.0)
    assert after.values["energy"] == -1.0


def test_mistakes_are_sentences() -> None:
    before = ethanol()
    mistakes = [
        lambda: edit.delete(before, np.arange(9)),
        lambda: edit.delete(before, [9]),
        lambda: edit.move(before, [-1], (0, 0, 0)),
        lambda: edit.move(before, [0], (0, 0)),
        lambda: edit.move(before, [0], (0, 0, np.nan)),
        lambda: edit.move(before, np.ones(4, dtype=bool), (0, 0, 0)),
        lambda: edit.add(before, "Zz", (0, 0, 0)),
        lambda: edit.strain(before, (0, 0, 0)),
        lambda: edit.strain(before, (-1.0, 0, 0, 0, 0, 0)),
        lambda: edit.rattle(before, -1.0),
        lambda: edit.wrap(before),
        lambda: edit.centre(before, []),
    ]
    for mistake in mistakes:
        with pytest.raises(UserError):
            mistake()

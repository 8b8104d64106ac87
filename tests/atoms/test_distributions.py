from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.geometry.rdf import get_rdf

from e3viz.atoms.distributions import bond_lengths, element_pairs, radial_distribution
from e3viz.atoms.structure import Structure
from e3viz.atoms.supercell import repeat
from e3viz.errors import UserError
from e3viz.task import Cancelled, running


def of(atoms: Atoms) -> Structure:
    return Structure(atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc))


def _gas(n: int, side: float, seed: int) -> Structure:
    rng = np.random.default_rng(seed)
    return Structure(rng.choice([8, 14], n).astype(np.int32), rng.random((n, 3)) * side, np.eye(3) * side, (True, True, True))


def test_the_same_as_ase_for_all_atoms_and_for_pairs() -> None:
    gas = _gas(300, 14.0, 0)
    atoms = Atoms(gas.numbers, gas.positions, cell=gas.cell, pbc=True)
    for pair, chosen in ((None, None), (("Si", "O"), (14, 8)), (("O", "O"), (8, 8))):
        ours = radial_distribution(gas, 6.0, 60, pair)
        expected, _ = get_rdf(atoms, 6.0, 60, elements=chosen)
        np.testing.assert_allclose(ours.values[1:], expected[1:], rtol=0.02, atol=1e-9)


def test_a_gas_has_no_structure_and_a_small_cell_is_no_limit() -> None:
    frames = [_gas(400, 12.0, seed) for seed in range(6)]
    found = radial_distribution(frames, 9.0, 30)
    assert found.quantity == "g(r)"
    assert found.frames == 6
    np.testing.assert_allclose(found.values[10:], 1.0, atol=0.05)
    single = of(bulk("Cu"))
    large = repeat(single, (4, 4, 4))
    np.testing.assert_allclose(radial_distribution(single, 9.0, 50).values, radial_distribution(large, 9.0, 50).values, atol=1e-9)


def test_coordination_numbers() -> None:
    salt = of(bulk("NaCl", "rocksalt", 5.64, cubic=True))
    found = radial_distribution(salt, 5.0, 500, ("Na", "Cl"))
    assert found.coordination[np.searchsorted(found.centres, 3.5)] == pytest.approx(6.0)
    assert found.coordination[-1] == pytest.approx(6.0 + 8.0)
    assert found.pair == "Na-Cl"
    assert element_pairs(salt) == [("Na", "Na"), ("Na", "Cl"), ("Cl", "Cl")]


def test_a_molecule_gets_pairs_instead_of_a_density() -> None:
    water = of(molecule("H2O"))
    found = radial_distribution(water, 3.0, 300)
    assert found.quantity == "pairs per atom and Å"
    assert float(found.values.sum() * found.width) == pytest.approx(2.0)


def test_bond_lengths_of_a_trajectory() -> None:
    ethanol = molecule("CH3CH2OH")
    frames = []
    for seed in range(5):
        shaken = ethanol.copy()
        shaken.rattle(0.01, seed=seed)
        frames.append(of(shaken))
    found = {d.pair: d for d in bond_lengths(frames)}
    areas = {pair: round(float(d.values.sum() * d.width), 6) for pair, d in found.items()}
    assert areas == {
        "C-H": 5.0,
        "C-O": 1.0,
        "C-C": 1.0,
        "O-H": 1.0,
    }
    mean = float((found["C-O"].centres * found["C-O"].values).sum() / found["C-O"].values.sum())
    assert mean == pytest.approx(ethanol.get_distance(1, 2), abs=0.02)
    assert bond_lengths(of(molecule("H"))) == []


def test_mistakes_and_cancelling() -> None:
    water = of(molecule("H2O"))
    for mistake in (
        lambda: radial_distribution(water, -1.0),
        lambda: radial_distribution(water, np.nan),
        lambda: radial_distribution(water, 5.0, 0),
        lambda: radial_distribution(water, 5.0, 10, ("C", "O")),
        lambda: radial_distribution([], 5.0),
        lambda: bond_lengths([]),
    ):
        with pytest.raises(UserError):
            mistake()
    heard: list[float | None] = []
    with running(lambda done, _text: heard.append(done), lambda: False):
        radial_distribution([water] * 4, 3.0)
    assert heard == [0.0, 0.25, 0.5, 0.75]
    with pytest.raises(Cancelled), running(lambda _done, _text: None, lambda: True):
        bond_lengths([water] * 4)

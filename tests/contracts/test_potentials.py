"""What every potential keeps: symmetries, derivatives, periodic images, smoothness, files, fits that go on where they stopped.

A new kind is tested by its line in POTENTIALS alone; `SMALL` may give it settings that make its fit quick.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz.atoms.neighbours import cell_volume, neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials import POTENTIALS, kind
from e3viz.potentials.calculator import PotentialCalculator
from e3viz.potentials.contract import Featured, Fit, FitData, Kind, Potential, settings_of
from e3viz.potentials.saving import read, save
from e3viz.potentials.settings import plain

SMALL: dict[str, dict[str, Any]] = {
    "nequip": {"r_max": 3.6, "layers": 2, "l_max": 2, "odd": True, "channels": 4, "radial_width": 8, "dtype": "float64", "batch": 2},
    "cartesian": {"r_max": 3.6, "channels": 32, "dtype": "float64", "batch": 2, "learning_rate": 0.01},
    "schnet": {"r_max": 3.6, "layers": 2, "channels": 8, "gaussians": 12, "dtype": "float64", "batch": 2},
}
EPOCHS = 3
REFERENCES = {6: -3.0, 14: -5.5}


def labelled(structure: Structure) -> Structure:
    """With energy, forces and stress of a Morse potential that ends smoothly at 3.4 Å."""
    near = neighbours(structure, 3.4, full=True)
    r, end = near.distances, 3.4
    e = np.exp(-1.5 * (r - 1.9))
    cut, slope = (1 - (r / end) ** 2) ** 2, -4 * (1 - (r / end) ** 2) * r / end**2
    v = 0.5 * (e * e - 2 * e)
    pull = (0.5 * (-3.0 * e * e + 3.0 * e) * cut + v * slope)[:, None] * near.vectors / r[:, None]
    forces = np.zeros((len(structure), 3))
    np.add.at(forces, near.i, pull)
    np.add.at(forces, near.j, -pull)
    energy = float((v * cut).sum()) + sum(REFERENCES[int(z)] for z in structure.numbers)
    values: dict[str, Any] = {"energy": energy}
    volume = cell_volume(structure)
    if volume is not None:
        values["stress"] = near.vectors.T @ pull / volume
    return dataclasses.replace(structure, arrays={"forces": forces}, values=values)


def crystal(seed: int) -> Structure:
    """Zincblende SiC, eight atoms, displaced and strained at random."""
    random = np.random.default_rng(seed)
    corners = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    cell = 4.36 * (np.eye(3) + 0.04 * random.normal(size=(3, 3)))
    positions = np.concatenate([corners, corners + 0.25]) @ cell + 0.12 * random.normal(size=(8, 3))
    return Structure(np.array([14] * 4 + [6] * 4, dtype=np.int32), positions, cell, (True, True, True))


def molecule(seed: int) -> Structure:
    """Five atoms about a tetrahedron."""
    random = np.random.default_rng(seed)
    positions = 1.1 * np.array([[0, 0, 0], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1.0]]) + 0.15 * random.normal(size=(5, 3))
    return Structure(np.array([6, 14, 6, 14, 14], dtype=np.int32), positions)


FRAMES = [labelled(make(seed)) for seed in (1, 2) for make in (crystal, molecule)]
CRYSTAL, MOLECULE = crystal(11), molecule(12)
NAMES = [entry.name for entry in POTENTIALS]


def begin(name: str) -> Fit:
    made = kind(name)
    return made.fit(settings_of(made, SMALL.get(name, {})), FitData(FRAMES, FRAMES[:1], REFERENCES, seed=5))


def advance(fit: Fit, epochs: int = EPOCHS) -> Fit:
    for _ in range(epochs):
        if not fit.done:
            fit.epoch()
    return fit


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    said: str = request.param
    return said


@pytest.fixture(scope="module")
def entry(name: str) -> Kind:
    return kind(name)


@pytest.fixture(scope="module")
def fitted(name: str) -> Potential:
    return advance(begin(name)).potential()


def moved(structure: Structure, matrix: FloatArray, shift: FloatArray | float = 0.0) -> Structure:
    """Positions and cell turned by an orthogonal matrix (or strained by any), then shifted."""
    return dataclasses.replace(structure, positions=structure.positions @ matrix.T + shift, cell=structure.cell @ matrix.T)


def turns() -> Iterator[FloatArray]:
    random = np.random.default_rng(0)
    for sign in (1.0, -1.0):
        q, _ = np.linalg.qr(random.normal(size=(3, 3)))
        yield sign * q * np.sign(np.linalg.det(q))


def near(a: Any, b: Any, tolerance: float = 1e-9) -> bool:
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance))


def test_it_says_what_it_is(name: str, entry: Kind, fitted: Potential) -> None:
    assert entry.name == fitted.kind == fitted.card.kind == name
    assert entry.title and entry.reference
    assert fitted.card.elements == (6, 14) and fitted.card.r_max > 0 and fitted.parameters() > 0
    assert dict(fitted.card.references) == REFERENCES
    assert settings_of(entry, fitted.card.settings) == settings_of(entry, SMALL.get(name, {}))


def test_settings_have_words_and_refuse_nonsense(entry: Kind) -> None:
    settings = entry.Settings()
    assert settings_of(entry, plain(settings)) == settings
    assert all(field.metadata["says"] for field in dataclasses.fields(entry.Settings))
    with pytest.raises(UserError, match="no setting"):
        settings_of(entry, {"colour": 1})


def test_rotation_inversion_and_translation(entry: Kind, fitted: Potential) -> None:
    for structure in (CRYSTAL, MOLECULE):
        before = fitted.predict([structure])[0]
        assert near(before.energy, before.energies.sum())
        for g in turns() if entry.invariant else (np.eye(3),):
            after = fitted.predict([moved(structure, g, np.array([3.1, -0.4, 7.0]))])[0]
            assert near(after.energy, before.energy) and near(after.energies, before.energies)
            assert near(after.forces, before.forces @ g.T)
            if before.stress is not None:
                assert after.stress is not None and near(after.stress, g @ before.stress @ g.T)


def test_a_kind_that_is_not_invariant_says_so(entry: Kind, fitted: Potential) -> None:
    before = fitted.predict([MOLECULE])[0].energy
    assert entry.invariant == all(near(fitted.predict([moved(MOLECULE, g)])[0].energy, before) for g in turns())


def test_forces_are_slopes_of_the_energy(fitted: Potential) -> None:
    for structure in (CRYSTAL, MOLECULE):
        forces = fitted.predict([structure])[0].forces
        assert np.abs(forces).max() > 1e-3 and near(forces.sum(axis=0), 0.0)
        for atom, axis in ((0, 0), (3, 1), (4, 2)):
            step = np.zeros_like(structure.positions)
            step[atom, axis] = 1e-4
            up, down = (dataclasses.replace(structure, positions=structure.positions + s) for s in (step, -step))
            a, b = fitted.predict([up, down])
            assert (b.energy - a.energy) / 2e-4 == pytest.approx(forces[atom, axis], rel=1e-5, abs=1e-6)


def test_stress_is_the_slope_of_the_energy_by_strain(fitted: Potential) -> None:
    assert fitted.predict([MOLECULE])[0].stress is None
    stress = fitted.predict([CRYSTAL])[0].stress
    assert stress is not None and near(stress, stress.T) and np.abs(stress).max() > 1e-5
    volume = cell_volume(CRYSTAL)
    assert volume is not None
    for a, b in ((0, 0), (1, 2), (0, 1)):
        strain = np.zeros((3, 3))
        strain[a, b] += 0.5e-4
        strain[b, a] += 0.5e-4
        up, down = fitted.predict([moved(CRYSTAL, np.eye(3) + strain), moved(CRYSTAL, np.eye(3) - strain)])
        assert (up.energy - down.energy) / 2e-4 / volume == pytest.approx(stress[a, b], rel=1e-4, abs=1e-7)


def test_the_order_of_atoms_and_of_structures_does_not_matter(fitted: Potential) -> None:
    order = np.array([3, 7, 0, 5, 1, 2, 6, 4])
    mixed = dataclasses.replace(CRYSTAL, numbers=CRYSTAL.numbers[order], positions=CRYSTAL.positions[order])
    alone, other, first, second = (*fitted.predict([CRYSTAL, mixed]), *fitted.predict([MOLECULE, CRYSTAL]))
    assert near(other.energies, alone.energies[order]) and near(other.forces, alone.forces[order])
    assert near(second.forces, alone.forces) and near(second.stress, alone.stress) and near(second.energy, alone.energy)
    assert near(first.energy, fitted.predict([MOLECULE])[0].energy)


def test_periodic_images(fitted: Potential) -> None:
    one = fitted.predict([CRYSTAL])[0]
    away = CRYSTAL.positions + np.array([[1, -2, 0]] * 3 + [[0, 0, 0]] * 5) @ CRYSTAL.cell
    assert near(fitted.predict([dataclasses.replace(CRYSTAL, positions=away)])[0].forces, one.forces)
    doubled = dataclasses.replace(
        CRYSTAL,
        numbers=np.tile(CRYSTAL.numbers, 2),
        positions=np.concatenate([CRYSTAL.positions, CRYSTAL.positions + CRYSTAL.cell[1]]),
        cell=CRYSTAL.cell * np.array([[1.0], [2.0], [1.0]]),
    )
    two = fitted.predict([doubled])[0]
    assert near(two.energy, 2 * one.energy) and near(two.forces, np.tile(one.forces, (2, 1))) and near(two.stress, one.stress)


def test_what_lies_apart_adds_up_and_an_atom_alone_feels_nothing(fitted: Potential) -> None:
    atom = Structure(np.array([6], dtype=np.int32), np.zeros((1, 3)))
    far = Structure(np.append(MOLECULE.numbers, 6).astype(np.int32), np.concatenate([MOLECULE.positions, [[60.0, 0, 0]]]))
    alone, together, parts = fitted.predict([atom, far, MOLECULE])
    assert np.isfinite(alone.energy) and not alone.forces.any()
    assert near(together.energy, alone.energy + parts.energy)


def test_smooth_at_the_cutoff(fitted: Potential) -> None:
    def pair(distance: float) -> Structure:
        return Structure(np.array([6, 14, 6], dtype=np.int32), np.array([[0, 0, 0], [distance, 0, 0], [0, 1.5, 0]]))

    inside, outside = fitted.predict([pair(fitted.card.r_max + d) for d in (-1e-4, 1e-4)])
    assert outside.forces[1] == pytest.approx(np.zeros(3), abs=1e-12) or fitted.card.r_max < 1.5
    assert inside.energy == pytest.approx(outside.energy, abs=1e-6)
    assert near(inside.forces, outside.forces, 1e-3)


def test_another_element_is_refused(fitted: Potential) -> None:
    strange = dataclasses.replace(MOLECULE, numbers=np.array([6, 14, 6, 14, 79], dtype=np.int32))
    with pytest.raises(UserError, match=r"does not know Au\.") as caught:
        fitted.predict([MOLECULE, strange])
    assert caught.value.hint == "It was fitted to C, Si."


def test_single_precision_is_near_double(fitted: Potential) -> None:
    try:
        single = fitted.to("float32")
    except UserError as error:
        assert error.message.endswith(".")
        return
    for a, b in zip(single.predict([CRYSTAL, MOLECULE]), fitted.predict([CRYSTAL, MOLECULE]), strict=True):
        assert near(a.energies, b.energies, 1e-4) and near(a.forces, b.forces, 1e-4)
        assert not np.array_equal(a.forces, b.forces)


def test_a_gpu_gives_the_same_numbers_or_a_sentence(fitted: Potential) -> None:
    try:
        there = fitted.to("float64", "cuda")
    except UserError as error:
        assert error.message.endswith(".")
        return
    for a, b in zip(there.predict([CRYSTAL, MOLECULE]), fitted.predict([CRYSTAL, MOLECULE]), strict=True):
        assert near(a.energies, b.energies) and near(a.forces, b.forces)


def test_a_file_gives_the_same_numbers(fitted: Potential, tmp_path: Path) -> None:
    described = fitted.described(metrics={"forces_mae": 0.25}, data={"files": ["a.xyz"]})
    save(described, tmp_path / "one.e3p")
    back = read(tmp_path / "one.e3p")
    assert type(back) is type(fitted) and back.card.metrics == {"forces_mae": 0.25} and back.card.elements == fitted.card.elements
    assert not fitted.card.metrics
    for a, b in zip(back.predict([CRYSTAL, MOLECULE]), fitted.predict([CRYSTAL, MOLECULE]), strict=True):
        assert a.energy == b.energy and np.array_equal(a.forces, b.forces)


def test_weights_of_another_shape_are_refused(fitted: Potential) -> None:
    arrays = fitted.arrays()
    some = next(key for key, array in arrays.items() if array.size > 1)
    for wrong in ({**arrays, some: np.zeros(arrays[some].size + 1)}, {key: a for key, a in arrays.items() if key != some}):
        with pytest.raises(UserError):
            type(fitted).from_arrays(fitted.card, wrong)


def test_four_structures_can_be_fitted(name: str) -> None:
    fit = begin(name)
    forces = np.concatenate([s.arrays["forces"] for s in FRAMES])
    for _ in range(60):
        if fit.done:
            break
        learnt = fit.epoch()
        assert all(np.isfinite(value) for value in learnt.values())
    said = fit.potential().predict(FRAMES)
    error = np.concatenate([p.forces for p in said]) - forces
    assert np.sqrt((error**2).mean()) < 0.6 * np.sqrt((forces**2).mean())


def test_a_restored_fit_goes_on_with_the_very_same_numbers(name: str) -> None:
    straight = begin(name)
    advance(straight, 2)
    state = straight.state()
    straight.validated(1.0)
    advance(straight, 2)
    resumed = begin(name)
    resumed.restore(state)
    resumed.validated(1.0)
    advance(resumed, 2)
    assert resumed.epochs == straight.epochs and resumed.done == straight.done
    ours, theirs = resumed.potential().arrays(), straight.potential().arrays()
    assert ours.keys() == theirs.keys() and all(np.array_equal(ours[key], theirs[key]) for key in ours)


def test_the_calculator_of_ase(fitted: Potential) -> None:
    from ase import Atoms

    atoms = Atoms(CRYSTAL.numbers, CRYSTAL.positions, cell=CRYSTAL.cell, pbc=True, calculator=PotentialCalculator(fitted))
    said = fitted.predict([CRYSTAL])[0]
    assert said.stress is not None
    assert atoms.get_potential_energy() == said.energy and np.array_equal(atoms.get_forces(), said.forces)
    assert near(atoms.get_stress(voigt=False), said.stress)


def test_features_turn_as_their_irreps_say(fitted: Potential) -> None:
    if not isinstance(fitted, Featured):
        pytest.skip("hands out no features")
    import torch
    from e3nn import o3

    for g in turns():
        before, after = fitted.features(MOLECULE), fitted.features(moved(MOLECULE, g))
        assert [one.layer for one in before] == [one.layer for one in after]
        for a, b in zip(before, after, strict=True):
            irreps = o3.Irreps(a.irreps)
            assert a.irreps == b.irreps and a.values.shape == (len(MOLECULE), irreps.dim)
            assert near(b.values, a.values @ irreps.D_from_matrix(torch.tensor(g)).numpy().T, 1e-8)

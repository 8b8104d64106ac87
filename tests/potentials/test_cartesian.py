"""The network that must learn rotations, and the turning of what it learns from."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from e3viz.atoms.datasets import load_data
from e3viz.atoms.structure import Structure
from e3viz.potentials.cartesian import KIND, CartesianFit, random_turn, turned
from e3viz.potentials.contract import FitData, settings_of


@pytest.fixture(scope="module")
def frames() -> list[Structure]:
    return list(load_data(["ethanol@0:12"]).structures)


def begin(frames: list[Structure], *, augment: bool) -> CartesianFit:
    given = {"channels": 24, "batch": 4, "learning_rate": 0.01, "dtype": "float64", "augment": augment}
    fit = KIND.fit(settings_of(KIND, given), FitData(frames[:8], frames[8:], {}, seed=3))
    assert isinstance(fit, CartesianFit)
    return fit


def test_turns_are_orthogonal_of_both_determinants_and_depend_on_the_seed_alone() -> None:
    turns = [random_turn([0, n]) for n in range(40)]
    assert all(torch.allclose(g @ g.T, torch.eye(3, dtype=torch.float64), atol=1e-14) for g in turns)
    assert {round(float(torch.linalg.det(g))) for g in turns} == {1, -1}
    assert torch.equal(random_turn([5, 7]), random_turn([5, 7])) and not torch.equal(turns[0], turns[1])
    mean = torch.stack([random_turn([1, n]) for n in range(2000)]).mean(0)
    assert float(mean.abs().max()) < 0.06, "even over O(3): entries average to zero"


def test_vectors_and_labels_turn_together(frames: list[Structure]) -> None:
    fit = begin(frames, augment=False)
    one, g = fit.graphs[0], random_turn([2])
    there = turned(one, g)
    assert torch.allclose(there.vectors, one.vectors @ g.T) and torch.allclose(there.forces, one.forces @ g.T)
    assert torch.equal(there.energy, one.energy) and there.vectors.shape == one.vectors.shape
    moved = dataclasses.replace(
        frames[0], positions=frames[0].positions @ g.numpy().T, arrays={"forces": frames[0].arrays["forces"] @ g.numpy().T}
    )
    potential = fit.potential()
    direct, own = potential.predict([moved])[0], potential.predict([frames[0]])[0]
    assert abs(direct.energy - own.energy) > 1e-6, "it is not invariant"


def test_augmentation_changes_what_is_learnt_and_leaves_the_data(frames: list[Structure]) -> None:
    plain, augmented = begin(frames, augment=False), begin(frames, augment=True)
    before = augmented.graphs[0].vectors.clone()
    for _ in range(2):
        a, b = plain.epoch(), augmented.epoch()
    assert a["loss"] != b["loss"] and torch.equal(augmented.graphs[0].vectors, before)


def test_an_augmented_fit_that_is_restored_goes_on_alike(frames: list[Structure]) -> None:
    straight = begin(frames, augment=True)
    straight.epoch()
    state = straight.state()
    straight.epoch()
    resumed = begin(frames, augment=True)
    resumed.restore(state)
    resumed.epoch()
    ours, theirs = straight.potential().arrays(), resumed.potential().arrays()
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_augmentation_brings_the_error_under_rotation_down(frames: list[Structure]) -> None:
    def error(*, augment: bool) -> float:
        fit = begin(frames, augment=augment)
        for _ in range(60):
            fit.epoch()
        potential = fit.potential()
        turns = [random_turn([9, n]).numpy() for n in range(6)]
        there = [dataclasses.replace(frames[0], positions=frames[0].positions @ g.T) for g in turns]
        return float(np.std([one.energy for one in potential.predict(there)]))

    assert error(augment=True) < 0.7 * error(augment=False)

"""The fit that networks share: schedule, averages, missing labels, what is wrong with data and settings, and its units."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch

from e3viz import task
from e3viz.atoms.reading import load
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import FitData
from e3viz.potentials.gradient import GradientFit
from e3viz.potentials.graphs import graph, respond, together
from e3viz.potentials.nequip import NequIP, Settings
from e3viz.potentials.neural import residual
from e3viz.resources import SAMPLE

FRAMES = [load(SAMPLE)[n] for n in range(8)]
SMALL = Settings(layers=2, channels=4, radial_width=8, dtype="float64", batch=4)


def fit(frames: list[Structure] = FRAMES, seed: int = 0, **changes: Any) -> GradientFit:
    weights = changes.pop("weights", None)
    return GradientFit(NequIP, dataclasses.replace(SMALL, **changes), FitData(frames, [], {}, weights, seed))


def relabelled(structure: Structure, *, energy: float | None = None, forces: Any = None) -> Structure:
    values = {} if energy is None else {"energy": energy}
    return dataclasses.replace(structure, values=values, arrays={} if forces is None else {"forces": forces})


def test_it_learns_and_says_so() -> None:
    one = fit(learning_rate=0.01)
    first = one.epoch()
    for _ in range(25):
        last = one.epoch()
    assert last["loss"] < 0.6 * first["loss"] and last["forces_rmse"] < 0.8 * first["forces_rmse"]
    assert last["learning_rate"] == 0.01 and last["gradient_norm"] > 0 and one.epochs == 26


def test_seeds_decide_first_weights_and_batches() -> None:
    a, b, c = fit(seed=1), fit(seed=1), fit(seed=2)
    assert torch.equal(a.weights, b.weights) and not torch.equal(a.weights, c.weights)
    assert a.epoch() == b.epoch() != c.epoch()


def test_first_weights_do_not_depend_on_precision() -> None:
    assert torch.equal(fit(dtype="float32").weights, fit().weights.float())


def test_a_step_is_adam_in_units_of_the_gain() -> None:
    one = fit(average=0.0)
    before, gains = one.weights.clone(), one.gains
    reference = (before / gains).requires_grad_()
    optimiser = torch.optim.Adam([reference], lr=SMALL.learning_rate)
    for batch in (np.array([0, 1]), np.array([2, 3])):
        graphs = together([one.graphs[n] for n in batch])
        parts = residual(graphs, respond(one.model, graphs, differentiable=True), torch.ones(2, dtype=torch.float64))
        gradient = torch.autograd.grad(parts[0] + parts[1], one.parameters)
        reference.grad = torch.cat([g.flatten() for g in gradient]) * gains
        optimiser.step()
        one.step(batch)
        assert torch.allclose(one.weights, reference.detach() * gains, rtol=1e-12, atol=1e-14)


def test_the_average_of_weights_is_what_is_handed_out() -> None:
    averaged, plain = fit(average=0.9), fit(average=0.0)
    for one in (averaged, plain):
        one.epoch()
    assert torch.equal(averaged.weights, plain.weights) and not torch.equal(averaged.average, averaged.weights)
    a, b = averaged.potential().predict(FRAMES[:1])[0], plain.potential().predict(FRAMES[:1])[0]
    assert not np.array_equal(a.forces, b.forces)
    frozen = averaged.potential()
    averaged.epoch()
    assert np.array_equal(frozen.predict(FRAMES[:1])[0].forces, a.forces)


def test_the_rate_falls_on_a_plateau() -> None:
    one = fit(patience=2, factor=0.5, learning_rate=0.004)
    for score in (1.0, 0.9, 0.95, 0.9, 0.92):
        one.validated(score)
    assert one.rate == 0.002
    one.validated(0.5)
    assert one.rate == 0.002 and one.best == 0.5


def test_clipping_bounds_the_gradient() -> None:
    free, clipped = fit(average=0.0), fit(average=0.0, clip=1e-6)
    assert free.epoch()["gradient_norm"] > 1e-3
    clipped.step(np.arange(4))
    assert float(clipped.moments[0].norm()) <= 1.0001e-7


def test_structures_count_by_their_weights() -> None:
    one = fit(FRAMES[:2], weights=np.array([1.0, 0.0]), average=0.0)
    other = fit([FRAMES[0], relabelled(FRAMES[1], energy=-4000.0, forces=np.ones((9, 3)))], weights=np.array([1.0, 0.0]), average=0.0)
    other.model.load_state_dict(one.model.state_dict())
    one.step(np.array([0, 1]))
    other.step(np.array([0, 1]))
    assert torch.equal(one.weights, other.weights)


def test_missing_labels_do_not_count() -> None:
    bare = [relabelled(FRAMES[0]), relabelled(FRAMES[1], energy=float(FRAMES[1].values["energy"])), FRAMES[2]]
    learnt = fit(bare, batch=3).epoch()
    assert all(math.isfinite(value) for value in learnt.values())
    assert fit([FRAMES[2], relabelled(FRAMES[0])], batch=2).epoch()["forces_rmse"] > 0
    graphs = together([graph(s, (1, 6, 8), 4.0, 0.0) for s in bare])
    answer = dataclasses.replace(
        respond(fit().model, graphs), energy=graphs.energy.nan_to_num() + 9.0, forces=graphs.forces.nan_to_num() + 2.0
    )
    energy, forces, stress = residual(graphs, answer, torch.ones(3, dtype=torch.float64))
    assert float(energy) == pytest.approx(1.0) and float(forces) == pytest.approx(4.0) and float(stress) == 0.0


def test_numbers_that_stop_being_finite_end_the_fit_with_a_sentence() -> None:
    with pytest.raises(UserError, match="stopped being a finite number in epoch 1") as caught:
        fit([relabelled(FRAMES[0], energy=0.0, forces=np.full((9, 3), 1e200))], average=0.0).epoch()
    assert "learning rate" in caught.value.hint


def test_data_and_settings_that_cannot_be_fitted() -> None:
    with pytest.raises(UserError, match="nothing to fit"):
        fit([])
    with pytest.raises(UserError, match="All weights of the loss are zero"):
        fit(energy_weight=0.0, forces_weight=0.0).epoch()
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="no CUDA device"):
            fit(device="cuda")
    one = fit()
    with pytest.raises(UserError, match="another network"):
        one.restore({**one.state(), "weights": np.zeros(3)})


def test_coinciding_atoms_are_named() -> None:
    twice = dataclasses.replace(FRAMES[0], positions=FRAMES[0].positions[[0, 1, 2, 3, 4, 5, 6, 7, 3]], arrays={})
    with pytest.raises(UserError, match="Atoms 3 and 8 lie at the same place"):
        fit().potential().predict([twice])


def test_it_can_be_cancelled_between_batches() -> None:
    said: list[str] = []
    with pytest.raises(task.Cancelled), task.running(lambda _, text: said.append(text), lambda: len(said) > 1):
        fit(batch=1).epoch()
    assert said == ["Looking for neighbours", "Epoch 1"]

"""A network as it was while it was trained: the checkpoints of its run, shown in the Features lab."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.labs.features import LAB
from e3viz.labs.features.source import model_name, potential, seen
from e3viz.labs.features.state import SAVED, State
from e3viz.labs.fields import change
from e3viz.labs.lab import Card
from e3viz.labs.training import LAB as TRAINING
from e3viz.symmetry.element import IDENTITY
from e3viz.training.config import config_of
from e3viz.training.loop import train
from e3viz.training.run import Run, create


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Four epochs of a small network, each kept."""
    table = {
        "potential": "nequip",
        "data": {"files": ["ethanol@0:40"], "train": 8, "valid": 4, "test": 0},
        "settings": {"epochs": 4, "channels": 4, "l_max": 1, "layers": 2, "average": 0.9},
        "record": {"keep_every": 1},
    }
    made = create(tmp_path_factory.mktemp("runs") / "small", config_of(table))
    assert train(made.folder).state == "finished"
    return made


@pytest.fixture
def state(run: Run) -> State:
    return State(model=str(run.path("best.e3p")), layer=1)


def test_the_epoch_of_the_best_model_is_the_best_model(state: State, run: Run) -> None:
    best = replace(state, epoch=str(run.result()["best_epoch"]))
    before, now = seen(state), seen(best)
    assert now.prediction.energy == before.prediction.energy
    for one, other in zip(before.layers, now.layers, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    assert potential(best) is not potential(state) and model_name(best) == f"small after epoch {best.epoch}"


def test_epochs_differ_in_what_they_say_and_in_what_they_carry(state: State) -> None:
    said = [seen(replace(state, epoch=str(epoch))) for epoch in range(1, 5)]
    assert len({one.prediction.energy for one in said}) == 4
    assert np.abs(said[0].layers[1].values - said[3].layers[1].values).max() > 1e-4


def test_the_film_goes_from_the_first_epoch_to_the_model(state: State) -> None:
    film = next(film for film in LAB.films(state, IDENTITY) if film.name == "learning")
    shown = [film.at(t)[0].epoch for t in np.linspace(0.0, 1.0, 11)]
    assert shown[0] == "1" and shown[-1] == SAVED and sorted(shown) == shown
    assert "learning" not in [film.name for film in LAB.films(State(), IDENTITY)], "the bundled model has no run"


def test_an_epoch_that_was_not_kept_is_a_sentence(state: State) -> None:
    with pytest.raises(UserError, match="kept nothing of epoch 9"):
        seen(replace(state, epoch="9"))
    with pytest.raises(UserError, match="not a choice for after epoch"):
        change(state, epoch="9")
    assert seen(State(epoch="9")).prediction.energy == seen(State()).prediction.energy, "a model without a run has no past"


def test_a_checkpoint_of_another_network_is_a_sentence(state: State, run: Run, tmp_path: Path) -> None:
    other = create(tmp_path / "other", run.config().changed({"settings.channels": 8, "settings.epochs": 1}))
    train(other.folder)
    other.path("checkpoints/epoch-000001.safetensors").replace(run.path("checkpoints/epoch-000077.safetensors"))
    with pytest.raises(UserError, match="another network"):
        seen(replace(state, epoch="77"))
    run.path("checkpoints/epoch-000077.safetensors").unlink()


def test_the_card_of_a_run_leads_to_its_features(run: Run) -> None:
    own = TRAINING.State(folder=str(run.folder.parent))
    card = next(fact for fact in TRAINING.facts(own, IDENTITY) if isinstance(fact, Card) and fact.title == "small")
    there = next(action for action in card.actions if action.name == "inspect").apply(own)
    assert there.lab == "features" and there.path == run.path("best.e3p")
    made = replace(LAB.open_file(State(), there.path), **there.fields)
    assert made.model == str(there.path) and made.frame == run.split()["valid"][0][1]
    assert seen(made).structure.values["energy"] < 0.0, "on the data that it was validated with"

"""The summary before training: what is planted in a data set is found, with the name of its frame; nothing is found in a sound one."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from e3viz.atoms.data_summary import data_summary, data_summary_text
from e3viz.atoms.datasets import DataSet, load_data


@pytest.fixture(scope="module")
def sound() -> DataSet:
    return load_data(["ethanol@880:930"])


def test_a_sound_set(sound: DataSet) -> None:
    facts = data_summary(sound)
    assert facts["findings"] == [] and facts["held_out"] == 30
    assert (facts["frames"], facts["formulas"], facts["elements"]) == (50, {"C2H6O": 50}, {"H": 300, "C": 100, "O": 50})
    energies = [structure.values["energy"] for structure in sound.structures]
    assert (facts["energy"]["least"], facts["energy"]["most"]) == (min(energies), max(energies))
    every = np.concatenate([structure.arrays["forces"] for structure in sound.structures])
    assert facts["forces"]["largest"] == pytest.approx(np.linalg.norm(every, axis=1).max())
    assert facts["forces"]["rms"] == pytest.approx(np.sqrt((every**2).mean()))
    nearest = facts["nearest"]["C-O" if "C-O" in facts["nearest"] else "O-C"]
    structure = sound.structures[nearest["frame"]]
    assert nearest["distance"] == pytest.approx(min(np.linalg.norm(structure.positions[2] - structure.positions[k]) for k in (0, 1)))
    assert json.loads(json.dumps(facts)) == facts
    assert data_summary_text(facts).splitlines()[-1].split() == ["odd", "nothing"]


def planted(sound: DataSet, frame: int, kind: str) -> DataSet:
    one = sound.structures[frame]
    forces, values = one.arrays["forces"].copy(), dict(one.values)
    if kind == "forces":
        forces[4] = [40.0, 0.0, 9.0]
    elif kind == "energy":
        values["energy"] += 3.0
    elif kind == "labels":
        values["energy"] = float("inf")
    elif kind == "missing":
        del values["energy"]
    bad = dataclasses.replace(one, arrays={"forces": forces}, values=values)
    if kind == "distance":
        positions = one.positions.copy()
        positions[5] = positions[1] + [0.3, 0, 0]
        bad = dataclasses.replace(one, positions=positions)
    if kind == "duplicate":
        bad = sound.structures[3]
    structures = (*sound.structures[:frame], bad, *sound.structures[frame + 1 :])
    return DataSet(sound.sources, structures, sound.origins)


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("forces", "has a force of 41 eV/Å"),
        ("energy", "above the usual"),
        ("labels", "an energy that are no finite numbers"),
        ("missing", "has no energy"),
        ("distance", "only 0.3 Å apart"),
        ("duplicate", "is the same structure as frame 883 of ethanol"),
    ],
)
def test_what_is_planted_is_found(sound: DataSet, kind: str, says: str) -> None:
    facts = data_summary(planted(sound, 17, kind))
    assert [(one["frame"], one["origin"]) for one in facts["findings"]] == [(17, "frame 897 of ethanol")]
    assert says in facts["findings"][0]["text"]
    assert says in data_summary_text(facts)


def test_published_sets_have_only_what_is_known_to_be_odd(shared_data) -> None:
    assert data_summary(load_data([shared_data / "mlearn" / "Si" / "training.json"]))["findings"] == []
    facts = data_summary(load_data([shared_data / "acac" / "isolated_atoms.xyz", shared_data / "acac" / "train_300K.xyz"]))
    assert facts["findings"] == [] and set(facts["isolated_atoms"]) == {"H", "C", "O"}

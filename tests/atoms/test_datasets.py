"""Data sets, duplicates, splits, reference energies: never a structure in two parts, and the held-out frames in none that is fitted to."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest

from e3viz.atoms.datasets import DataSet, Origin, held_out_geometries, load_data, located
from e3viz.atoms.duplicates import duplicate_classes
from e3viz.atoms.edit import act
from e3viz.atoms.references import from_isolated_atoms, from_least_squares, reference_energy
from e3viz.atoms.splits import by_group, by_hand, by_seed, frames_of, group_labels
from e3viz.atoms.structure import Structure
from e3viz.atoms.writing import save
from e3viz.errors import FileError, UserError
from e3viz.symmetry.element import Element


def made(structures: list[Structure], file: str = "made.xyz") -> DataSet:
    return DataSet((file,), tuple(structures), tuple(Origin(file, n) for n in range(len(structures))))


def crystal(seed: int = 0, shift: float = 0.0) -> Structure:
    random = np.random.default_rng(seed)
    cell = 4.1 * np.eye(3) + 0.1 * random.normal(size=(3, 3))
    places = random.random((6, 3))
    return Structure(np.array([14] * 6, dtype=np.int32), (places + shift) @ cell, cell, (True, True, True), values={"energy": -1.0})


@pytest.fixture(scope="module")
def ethanol() -> DataSet:
    return load_data(["ethanol"])


def test_sources_are_files_slices_folders_and_the_bundled_set(ethanol: DataSet, odd_folder: Path) -> None:
    save(ethanol.structures[:5], odd_folder / "b 1@x.extxyz")
    save(ethanol.structures[5:9], odd_folder / "a.extxyz")
    both = load_data([odd_folder])
    assert [str(origin) for origin in both.origins[3:5]] == ["frame 3 of a.extxyz", "frame 0 of b 1@x.extxyz"]
    assert len(load_data([odd_folder / "b 1@x.extxyz"])) == 5
    picked = load_data(["a.extxyz@1:", "b 1@x.extxyz@-2", "ethanol@0:10:3"], folder=odd_folder)
    assert [origin.frame for origin in picked.origins] == [1, 2, 3, 3, 0, 3, 6, 9]
    assert picked.hash == load_data([located(one, odd_folder) for one in picked.sources]).hash
    assert both.structures[0].values["energy"] == ethanol.structures[5].values["energy"]


@pytest.mark.parametrize(
    ("source", "says"),
    [("ethanol@5000:", "names no frames"), ("nowhere.xyz@0:3", "nowhere.xyz"), ("ethanol@0:9:0", "step of 0")],
)
def test_what_is_no_source(source: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        load_data([source])
    with pytest.raises(UserError, match="no data"):
        load_data([])


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="holds no files"):
        load_data([tmp_path])


def test_the_hash_is_of_what_a_fit_sees(ethanol: DataSet) -> None:
    few = made(list(ethanol.structures[:4]))
    assert few.hash == made(list(ethanol.structures[:4]), "other name.xyz").hash != made(list(ethanol.structures[3::-1])).hash
    first = few.structures[0]
    for changed in (
        dataclasses.replace(first, positions=first.positions + 1e-9),
        dataclasses.replace(first, values={"energy": 1.0}),
        dataclasses.replace(first, arrays={"forces": first.arrays["forces"] * 1.0000001}),
        dataclasses.replace(first, pbc=(True, True, True)),
    ):
        assert made([changed, *few.structures[1:]]).hash != few.hash
    assert made([dataclasses.replace(first, values={**first.values, "comment": "x"}), *few.structures[1:]]).hash == few.hash


# ---- the held-out frames ----------------------------------------------------------------------------------------------------------


def test_the_last_frames_of_the_bundled_set_are_held_out_under_any_name(ethanol: DataSet, tmp_path: Path) -> None:
    assert len(held_out_geometries()) == 297
    assert np.flatnonzero(ethanol.held_out).tolist() == list(range(900, 1197))
    save([dataclasses.replace(one, values={}) for one in ethanol.structures[895:905]], tmp_path / "renamed.traj")
    assert load_data([tmp_path / "renamed.traj"]).held_out.tolist() == [False] * 5 + [True] * 5


@pytest.mark.parametrize("seed", range(3))
def test_no_training_ever_sees_them(ethanol: DataSet, seed: int) -> None:
    split = by_seed(ethanol, 800, 100, seed)
    assert set(split.test) == set(range(900, 1197)) and not set(split.train + split.valid) & set(split.test)
    with pytest.raises(UserError, match="there are 900"):
        by_seed(ethanol, 850, 100, seed)
    labels = group_labels(ethanol, "trajectory")
    assert max(by_group(ethanol, labels, 300, 100, seed).train) < 900
    with pytest.raises(UserError, match="fixed test part"):
        by_hand(ethanol, range(899, 902), ())
    assert by_hand(ethanol, range(5), (), range(900, 910)).test == tuple(range(900, 910))


def test_a_turned_copy_of_a_held_out_frame_is_no_training_frame(ethanol: DataSet) -> None:
    turned = act(ethanol.structures[1000], Element((1, 2, 3), 40, False, (1, 2, 3)))
    data = made([*ethanol.structures[:3], turned, ethanol.structures[1000]])
    assert not data.held_out[3]
    split = by_seed(data, 3)
    assert sorted(split.train) == [0, 1, 2] and split.test == (4,) and split.left_out == (3,)


# ---- duplicates -------------------------------------------------------------------------------------------------------------------


def test_duplicates_are_found_however_they_lie(ethanol: DataSet) -> None:
    one, other = ethanol.structures[:2]
    moved = act(one, Element((1, 1, 0), 77, True, (3, 2, 1)))
    nudged = dataclasses.replace(one, positions=one.positions + 1e-6 * np.random.default_rng(0).normal(size=(9, 3)))
    near = dataclasses.replace(one, positions=one.positions + 5e-3 * np.eye(9, 3))
    assert duplicate_classes([one, other, moved, near, nudged, other]).tolist() == [0, 1, 0, 3, 0, 1]


def test_duplicates_among_crystals() -> None:
    a = crystal(1)
    shifted, wrapped = (
        crystal(1, 0.37),
        dataclasses.replace(a, positions=a.positions + np.array([[1, 0, 0]] * 3 + [[0, -2, 1]] * 3) @ a.cell),
    )
    turned = act(a, Element((0, 1, 2), 33))
    strained = dataclasses.replace(a, positions=a.positions * 1.01, cell=a.cell * 1.01)
    assert duplicate_classes([crystal(2), a, shifted, strained, wrapped, turned]).tolist() == [0, 1, 1, 3, 1, 1]


def test_many_frames_against_all_pairs(ethanol: DataSet) -> None:
    random = np.random.default_rng(4)
    chosen = [ethanol.structures[n] for n in random.integers(0, 60, 120)]
    seen: dict[float, int] = {}
    expected = [seen.setdefault(one.values["energy"], n) for n, one in enumerate(chosen)]
    moved = [act(one, Element.random(random, True, 5.0)) for one in chosen]
    assert duplicate_classes(moved).tolist() == expected


# ---- splits -----------------------------------------------------------------------------------------------------------------------


def test_larger_training_parts_contain_the_smaller_ones(ethanol: DataSet) -> None:
    splits = [by_seed(ethanol, n, 50, 1) for n in (25, 50, 100, 200, 400, 800)]
    for small, large in itertools.pairwise(splits):
        assert large.train[: len(small.train)] == small.train and large.valid == small.valid
    assert by_seed(ethanol, 25, 50, 2).train != splits[0].train


def test_every_structure_is_in_one_part(ethanol: DataSet) -> None:
    data = made([*ethanol.structures[:20], *ethanol.structures[5:15]])
    split = by_seed(data, 12, 5, 3)
    parts = [*split.train, *split.valid, *split.test]
    assert sorted(parts) == list(range(20)) and split.left_out == tuple(range(20, 30))


def test_groups_stay_together(ethanol: DataSet) -> None:
    data = made(list(ethanol.structures[:60]))
    labels = [f"g{n % 12}" for n in range(60)]
    small, large = (by_group(data, labels, n, 10, 0) for n in (12, 22))
    for split in (small, large):
        groups = [{labels[n] for n in part} for part in (split.train, split.valid, split.test)]
        assert not groups[0] & groups[1] and not groups[1] & groups[2]
        assert len(split.valid) == 10
    assert large.train[:12] == small.train and large.valid == small.valid
    with pytest.raises(UserError, match="12 groups"):
        by_group(data, labels, 56, 4)
    with pytest.raises(UserError, match="“trajectory”"):
        group_labels(data, "trajektory")


def test_parts_by_hand(ethanol: DataSet) -> None:
    data = made([*ethanol.structures[:10], ethanol.structures[2]])
    assert by_hand(data, frames_of("0:3, 7", 11), frames_of("-2", 11)).valid == (9,)
    with pytest.raises(UserError, match=r"Frame 10 of made.xyz of the validation part is the same structure as frame 2 of made.xyz"):
        by_hand(data, range(4), [10])
    with pytest.raises(UserError, match="names no frames among 11"):
        frames_of("3, eleven", 11)


# ---- reference energies -----------------------------------------------------------------------------------------------------------


def test_least_squares_finds_what_was_put_in() -> None:
    random, truth = np.random.default_rng(0), {1: -13.6, 8: -2041.3}
    structures = []
    for _ in range(12):
        numbers = random.choice([1, 8], size=random.integers(2, 9)).astype(np.int32)
        total = sum(truth[int(z)] for z in numbers)
        structures.append(Structure(numbers, random.normal(size=(len(numbers), 3)), values={"energy": total}))
    assert from_least_squares(structures) == pytest.approx(truth, rel=1e-9)
    assert reference_energy(structures[0], truth) == pytest.approx(structures[0].values["energy"])


def test_isolated_atoms(ethanol: DataSet) -> None:
    alone = [Structure(np.array([z], dtype=np.int32), np.zeros((1, 3)), values={"energy": -float(z)}) for z in (1, 6, 8)]
    assert from_isolated_atoms(alone, ethanol.structures[:1]) == {1: -1.0, 6: -6.0, 8: -8.0}
    with pytest.raises(UserError, match="isolated atom of O"):
        from_isolated_atoms(alone[:2], ethanol.structures[:1])
    packed = dataclasses.replace(alone[0], cell=3.0 * np.eye(3), pbc=(True, True, True))
    with pytest.raises(UserError, match="isolated atom of H"):
        from_isolated_atoms([packed, *alone[1:]], ethanol.structures[:1])

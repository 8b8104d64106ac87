"""From a run's config to the frames that it fits to, validates with and tests on, their reference energies and their hash."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from e3viz.atoms.datasets import DataSet, energy, forces, joined, load_data
from e3viz.atoms.references import from_isolated_atoms, from_least_squares, isolated_atoms
from e3viz.atoms.splits import Split, by_group, by_hand, by_seed, frames_of, group_labels, pool
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import FitData
from e3viz.training.config import Config


@dataclass(frozen=True, eq=False)
class Parts:
    """The parts of a run's data. test: empty where nothing is set apart for it; probe: the frame that is watched, None if none is."""

    data: DataSet
    split: Split
    references: dict[int, float]
    probe: Structure | None
    seed: int

    @property
    def fit_data(self) -> FitData:
        """What the fit is given."""
        return FitData(self.data.part(self.split.train), self.valid, self.references, seed=self.seed)

    @property
    def valid(self) -> list[Structure]:
        """The validation part."""
        return self.data.part(self.split.valid)

    @property
    def test(self) -> list[Structure]:
        """The test part."""
        return self.data.part(self.split.test)

    def table(self) -> dict[str, Any]:
        """For `split.json`: file and frame of every structure."""
        return {
            name: [[self.data.origins[n].file, self.data.origins[n].frame] for n in getattr(self.split, name)]
            for name in ("train", "valid", "test")
        } | {"hash": self.data.hash}


def prepare(config: Config) -> Parts:
    """Read and share out. Raises UserError for data that changed since the run began, and for labels that are missing or not finite."""
    asked = config.data
    sources = [*asked.files, *asked.valid_files, *asked.test_files]
    sets = [load_data([source]) for source in sources] or [load_data([])]
    data = joined(sets)
    if asked.hash and asked.hash != data.hash:
        raise UserError(
            "The data are not what this run began with: their hash has changed.", "Bring the old files back, or begin a new run with these."
        )
    kinds = [0] * len(asked.files) + [1] * len(asked.valid_files) + [2] * len(asked.test_files)
    kind_of = np.repeat(kinds, [len(one) for one in sets])
    alone = np.array([len(structure) == 1 for structure in data.structures])  # isolated atoms give reference energies, no more
    single = bool((~alone[kind_of == 0]).any()) and bool(isolated_atoms(data.structures))
    aside = (alone & single) | (kind_of > 0)
    split = _split(config, data, np.flatnonzero(aside), np.flatnonzero(kind_of == 1), np.flatnonzero((kind_of == 2) & ~(alone & single)))
    train = data.part(split.train)
    _check_labels(data, split)
    return Parts(data, split, _references(asked.references, data, train), _probe(config, data, split), config.seed)


def _split(config: Config, data: DataSet, aside: Any, valid_files: Any, test_files: Any) -> Split:
    asked, seed = config.data, config.seed
    if asked.split == "hand":
        count = len(data)
        split = by_hand(data, *(frames_of(text, count) for text in (asked.train_frames, asked.valid_frames, asked.test_frames)))
        if not split.train:
            raise UserError("The training part that was given by hand is empty.", "Write for example train_frames = “0:100”.")
        if not split.test:
            split = replace(split, test=tuple(int(n) for n in np.flatnonzero(data.held_out | np.isin(np.arange(len(data)), test_files))))
    else:
        wanted = 0 if len(valid_files) else asked.valid
        train = asked.train or max(0, len(pool(data, aside).frames) - wanted)
        if asked.split == "seed":
            split = by_seed(data, train, wanted, seed, aside)
        else:
            labels = group_labels(data, "file" if asked.split == "file" else asked.group)
            split = by_group(data, labels, train, wanted, seed, fixed_test=aside)
        alone = np.setdiff1d(aside, np.concatenate([valid_files, test_files]))
        kept = np.setdiff1d(split.test, np.concatenate([valid_files, alone]))
        split = replace(split, test=tuple(int(n) for n in kept) if len(test_files) or data.held_out.any() else ())
        if len(valid_files):
            chosen = tuple(int(n) for n in valid_files[~data.held_out[valid_files]])
            split = replace(split, valid=chosen[: asked.valid] if asked.valid else chosen)
        if asked.test > len(split.test) and not split.test:
            split = _drawn_test(data, split, aside, asked.test, seed)
    if asked.test < 0:
        return replace(split, test=())
    return replace(split, test=split.test[: asked.test] if asked.test else split.test)


def _drawn_test(data: DataSet, split: Split, aside: Any, count: int, seed: int) -> Split:
    """With test frames from what neither training nor validation uses."""
    left = np.setdiff1d(pool(data, aside).frames, [*split.train, *split.valid])
    if len(left) < count:
        raise UserError(f"{count} test frames were asked for, and {len(left)} are left.", "Train or validate on fewer.")
    return replace(split, test=tuple(int(n) for n in np.random.default_rng([seed, 1]).permutation(left)[:count]))


def _references(rule: str, data: DataSet, train: list[Structure]) -> dict[int, float]:
    if rule == "isolated atoms":
        return from_isolated_atoms(data.structures, train)
    return from_least_squares(train) if rule == "least squares" else dict.fromkeys(FitData(train, (), {}).elements, 0.0)


def _probe(config: Config, data: DataSet, split: Split) -> Structure | None:
    named = config.record.probe
    if named == "none":
        return None
    if named:
        return load_data([named]).structures[0]
    return data.structures[(split.valid or split.train)[0]]


def _check_labels(data: DataSet, split: Split) -> None:
    for part, frames in (("training", split.train), ("validation", split.valid)):
        for frame in frames:
            structure, where = data.structures[frame], data.origins[frame].capital
            labels = forces(structure)
            if labels is None and "energy" not in structure.values:
                raise UserError(f"{where} in the {part} part has neither energy nor forces.", "See “e3viz data FILE”.")
            bad = ["its energy"] if "energy" in structure.values and not np.isfinite(energy(structure)) else []
            bad += ["its forces"] if labels is not None and not np.isfinite(labels).all() else []
            bad += ["its positions"] if not np.isfinite(structure.positions).all() else []
            if bad:
                raise UserError(
                    f"{where} in the {part} part cannot be used: {' and '.join(bad)} are no finite numbers.",
                    "Leave that frame out; “e3viz data FILE” lists all that are odd.",
                )

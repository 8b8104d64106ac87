"""A study: the same data learned by several potentials at several training sizes and seeds, under one fair rule.

    study.toml      the whole plan (`Plan`); a copy of it lies in the study's folder
    runs/           one run per potential, size and seed: `nequip-n00050-s0`
    results.csv     one row per run that has ended, with units in a comment
    study.json      hash of the data; a study refuses others
    lock            held by the process that starts runs

Subsets are nested: of each seed's one permutation the first N frames train and the last ones validate, the same for every potential
(`atoms.splits.by_seed`). Rule `converged`: each run goes on until its validation error stops falling (`patience` validations). Rule
`equal compute`: each run gets the same seconds of CPU time. Whatever is chosen (epoch, settings: `choosing`) is chosen on validation data only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from e3viz import potentials
from e3viz.atoms.datasets import located
from e3viz.errors import FileError, UserError, nearest
from e3viz.potentials.contract import settings_of
from e3viz.potentials.settings import read, setting
from e3viz.toml import read_toml, write_toml
from e3viz.training.config import Config, DataConfig, RecordConfig, StopConfig
from e3viz.training.run import Run, create, write_json

RULES = ("converged", "equal compute")
STEPS = 200
"""Steps between two validations: as often for every training size."""


@dataclass(frozen=True)
class Learner:
    """One curve of a study. name: of its runs and in the table; title: for people; potential: the kind; settings: its own; choose:
    setting → values that validation data choose from (`choosing`)."""

    name: str
    title: str
    potential: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    choose: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    def table(self) -> dict[str, Any]:
        """As plain values, for TOML."""
        chosen = {"choose": {name: list(values) for name, values in self.choose.items()}} if self.choose else {}
        return {"title": self.title, "potential": self.potential, **self.settings, **chosen}


@dataclass(frozen=True)
class Rule:
    """When a run of the study ends."""

    rule: str = setting("equal compute", "which fair rule", choices=RULES)
    seconds: float = setting(240.0, "CPU seconds of each run, for equal compute; the most there are, for converged", low=1.0, high=1e8)
    patience: int = setting(20, "validations without a fall before a run has converged", low=1, high=100_000)


@dataclass(frozen=True)
class Plan:
    """What a study does. files: data; valid: validation frames; sizes: training sizes, ascending; seeds; threads per run."""

    title: str
    files: tuple[str, ...]
    learners: tuple[Learner, ...]
    sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    valid: int = 100
    test_files: tuple[str, ...] = ()
    rule: Rule = Rule()
    threads: int = 1

    def cells(self) -> Iterator[Cell]:
        """Every run, small sizes first, so that each curve begins early."""
        for size in self.sizes:
            for seed in self.seeds:
                for learner in self.learners:
                    yield Cell(learner, size, seed)

    def config(self, cell: Cell) -> Config:
        """The run of a cell. Raises UserError for settings that its potential does not have."""
        kind = potentials.kind(cell.learner.potential)
        settings = dict(cell.learner.settings)
        own = {one.name: one for one in fields(kind.Settings)}
        if "epochs" in own:
            settings.setdefault("epochs", own["epochs"].metadata.get("high", 1_000_000))  # the rule ends the run, not a number of passes
        batch = int(settings.get("batch", getattr(kind.Settings(), "batch", 0)) or 0)
        every = max(1, round(STEPS * batch / cell.size)) if batch else 1
        rule = self.rule
        patience = rule.patience * every if rule.rule == "converged" else 0
        return Config(
            cell.learner.potential, cell.seed, self.threads, settings,
            DataConfig(files=self.files, test_files=self.test_files, train=cell.size, valid=self.valid),
            StopConfig(seconds=rule.seconds, clock="cpu", patience=patience),
            RecordConfig(validate_every=every, keep_every=0, train_errors=0, parity=30, probe="none", features=False),
        )  # fmt: skip

    def table(self) -> dict[str, Any]:
        """As plain values, for TOML."""
        return {
            "title": self.title, "files": list(self.files), "test_files": list(self.test_files), "valid": self.valid,
            "sizes": list(self.sizes), "seeds": list(self.seeds), "threads": self.threads,
            "rule": {"rule": self.rule.rule, "seconds": self.rule.seconds, "patience": self.rule.patience},
            "learners": {one.name: one.table() for one in self.learners},
        }  # fmt: skip


@dataclass(frozen=True)
class Cell:
    """One run of a study."""

    learner: Learner
    size: int
    seed: int

    @property
    def name(self) -> str:
        """Of its folder."""
        return f"{self.learner.name}-n{self.size:05d}-s{self.seed}"


class Study:
    """A study's folder. Made by `open_study`; nothing is cached, every answer is what lies on disk."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder, self.plan = folder, plan

    def run(self, cell: Cell) -> Run:
        """The run of a cell, which need not be there yet."""
        return Run(self.folder / "runs" / cell.name)

    def prepared(self, cell: Cell) -> Run:
        """The run of a cell, made if it is not there."""
        run = self.run(cell)
        if run.path("config.toml").exists():
            return run
        return create(run.folder, self.plan.config(cell))

    def missing(self) -> list[Cell]:
        """The cells that have no result and have not failed."""
        return [cell for cell in self.plan.cells() if not self.run(cell).result() and self.run(cell).status().state != "failed"]

    def failed(self) -> list[tuple[Cell, str]]:
        """The cells that failed, and why."""
        states = ((cell, self.run(cell).status()) for cell in self.plan.cells())
        return [(cell, status.sentence) for cell, status in states if status.state == "failed"]

    def check_data(self) -> None:
        """Raises UserError if the data are not those that the study began with."""
        import json

        from e3viz.atoms.datasets import load_data

        now = load_data([*self.plan.files, *self.plan.test_files]).hash
        path = self.folder / "study.json"
        if path.exists():
            try:
                before = json.loads(path.read_text(encoding="utf-8")).get("data_hash")
            except (OSError, ValueError):
                before = None
            if before is not None and before != now:
                raise UserError(
                    "The data are not what this study began with: their hash has changed.",
                    "Bring the old files back, or begin a new study.",
                )
        write_json({"data_hash": now, "title": self.plan.title}, path)


def open_study(file: Path, folder: Path | None = None) -> Study:
    """The study that a TOML file plans, in `folder` (beside the file, under its name, if not given). A study that was begun with another
    plan is extended by this one; finished runs stay. Raises FileError and UserError."""
    plan = read_plan(file)
    place = folder or file.with_suffix("")
    if place.exists() and not place.is_dir():
        raise FileError(f"“{place.name}” is a file.", "Name a folder for the study.")
    try:
        (place / "runs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The folder {place.name} cannot be made: {error.strerror or error}.") from error
    write_toml(plan.table(), place / "study.toml")
    return Study(place.absolute(), plan)


def read_study(folder: Path) -> Study:
    """A study that is there already. Raises FileError."""
    return Study(folder.absolute(), read_plan(folder / "study.toml"))


def read_plan(path: Path) -> Plan:
    """Raises FileError for what is no TOML, UserError for what no study has."""
    return plan_of(read_toml(path), path.absolute().parent)


def plan_of(table: Mapping[str, Any], folder: Path) -> Plan:
    """A plan from plain values; names of files belong to `folder`."""
    known = ["title", "files", "test_files", "valid", "sizes", "seeds", "threads", "rule", "learners"]
    for name in table:
        if name not in known:
            raise UserError(f"A study has no entry “{name}”.", nearest(name, known))
    files = tuple(located(one, folder) for one in _texts(table, "files"))
    if not files:
        raise UserError("The study names no data.", "Write files = [“ethanol”], for example.")
    learners = tuple(_learner(name, one) for name, one in dict(table.get("learners", {})).items())
    if not learners:
        raise UserError("The study names no potentials.", "Write a table such as [learners.nequip] with potential = “nequip”.")
    sizes, seeds = _numbers(table, "sizes", 1), _numbers(table, "seeds", 0)
    rule: Rule = read(Rule, dict(table.get("rule", {})), "[rule]")
    plan = Plan(
        str(table.get("title", "Study")), files, learners, tuple(sorted(set(sizes))), tuple(dict.fromkeys(seeds)),
        _one(table, "valid", 100), tuple(located(one, folder) for one in _texts(table, "test_files")), rule, _one(table, "threads", 1),
    )  # fmt: skip
    for learner in learners:
        for values in zip_longest(*learner.choose.values(), fillvalue=None) if learner.choose else [()]:
            own = {name: value for name, value in zip(learner.choose, values, strict=True) if value is not None}
            tried = replace(learner, settings={**learner.settings, **own})
            settings_of(potentials.kind(learner.potential), plan.config(Cell(tried, plan.sizes[0], plan.seeds[0])).settings)
    return plan


def _learner(name: str, given: Any) -> Learner:
    if not isinstance(given, Mapping) or "potential" not in given:
        raise UserError(f"[learners.{name}] names no potential.", "Write potential = “nequip”, for example.")
    names = [entry.name for entry in potentials.POTENTIALS]
    if given["potential"] not in names:
        raise UserError(f"There is no potential called “{given['potential']}”.", nearest(str(given["potential"]), names))
    settings = {key: value for key, value in given.items() if key not in ("potential", "title", "choose")}
    values = given.get("choose", {})
    if not isinstance(values, Mapping) or any(not isinstance(one, list) or not one for one in values.values()):
        raise UserError(f"[learners.{name}.choose] holds lists of values.", "Write for example learning_rate = [0.01, 0.002].")
    choose = {setting: tuple(one) for setting, one in values.items()}
    return Learner(name, str(given.get("title", potentials.kind(given["potential"]).title)), given["potential"], settings, choose)


def _texts(table: Mapping[str, Any], name: str) -> list[str]:
    value = table.get(name, [])
    if not isinstance(value, list) or any(not isinstance(one, str) for one in value):
        raise UserError(f"“{name}” of a study is a list of names.", f"Write {name} = [“one.xyz”].")
    return value


def _numbers(table: Mapping[str, Any], name: str, least: int) -> list[int]:
    value = table.get(name, [])
    if not isinstance(value, list) or not value or any(type(one) is not int or one < least for one in value):
        raise UserError(f"“{name}” of a study is a list of whole numbers of at least {least}.", f"Write {name} = [{least}, {least + 1}].")
    return value


def _one(table: Mapping[str, Any], name: str, default: int) -> int:
    value = table.get(name, default)
    if type(value) is not int or value < 0:
        raise UserError(f"“{name}” of a study is a whole number.", f"Write {name} = {default}.")
    return value


def finite(value: Any) -> float:
    """A number, NaN for what is none."""
    return float(value) if isinstance(value, int | float) else math.nan


def with_rule(plan: Plan, **changes: Any) -> Plan:
    """The plan under another rule."""
    return replace(plan, rule=replace(plan.rule, **changes))

"""Settings of a study's curves that are chosen, on validation data alone, before its runs begin.

A learner may name values to choose from (`choose`). Every combination is fitted once, under the study's rule, with its first seed at its
middle training size; the smallest validation error of the forces wins (of the energies, where there are no forces). Candidates lie in
`choices/runs`, and `choices.json` records the rule, what was tried, its validation error, and what was chosen.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from e3viz.errors import FileError
from e3viz.training.run import write_json
from e3viz.training.study import Learner, Study, finite

FILE = "choices.json"


@dataclass(frozen=True)
class Choice:
    """One candidate. error: on validation data, eV/Å (eV/atom without forces), NaN where its run failed."""

    learner: str
    settings: dict[str, Any]
    error: float
    chosen: bool


def trials(study: Study) -> Study | None:
    """The candidates as a study of their own, of one size and one seed; None if there is nothing to choose."""
    plan = study.plan
    learners = tuple(one for learner in plan.learners for one in candidates(learner))
    if not learners:
        return None
    size = plan.sizes[(len(plan.sizes) - 1) // 2]
    return Study(study.folder / "choices", replace(plan, learners=learners, sizes=(size,), seeds=plan.seeds[:1]))


def candidates(learner: Learner) -> list[Learner]:
    """One per combination of the values to choose from, named by them."""
    if not learner.choose:
        return []
    found = []
    for values in product(*learner.choose.values()):
        own = dict(zip(learner.choose, values, strict=True))
        said = "-".join(re.sub(r"[^\w.]+", "_", f"{name}={value}") for name, value in own.items())
        found.append(Learner(f"{learner.name}-{said}", learner.title, learner.potential, {**learner.settings, **own}))
    return found


def choose(study: Study, tried: Study) -> Study:
    """The study with the winners' settings, once its candidates have been fitted; writes `choices.json`. Where all candidates failed the
    first one is taken, so that the runs say why."""
    errors = {cell.learner.name: _error(tried, cell) for cell in tried.plan.cells()}
    learners, told = [], []
    for learner in study.plan.learners:
        own = candidates(learner)
        if not own:
            learners.append(learner)
            continue
        winner = min(own, key=lambda one: errors[one.name] if math.isfinite(errors[one.name]) else math.inf)
        learners.append(replace(learner, settings=winner.settings))
        for one in own:
            error = errors[one.name]
            told.append(
                {
                    "learner": learner.name, "settings": {name: one.settings[name] for name in learner.choose},
                    "validation_error": error if math.isfinite(error) else None, "chosen": one is winner,
                }
            )  # fmt: skip
    plan = tried.plan
    rule = (
        f"smallest validation error of the forces with {plan.sizes[0]} training structures, seed {plan.seeds[0]}, rule {plan.rule.rule}; "
        "of the energies without forces"
    )
    write_json({"rule": rule, "candidates": told}, study.folder / FILE)
    return Study(study.folder, replace(study.plan, learners=tuple(learners)))


def choices(folder: Path) -> list[Choice]:
    """What has been chosen for a study. Raises FileError for a damaged record."""
    path = folder / FILE
    if not path.exists():
        return []
    try:
        told = json.loads(path.read_text(encoding="utf-8"))["candidates"]
        return [Choice(one["learner"], dict(one["settings"]), finite(one["validation_error"]), bool(one["chosen"])) for one in told]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{path.name} of this study cannot be read.", "Remove it; the study writes it again.") from error


def _error(study: Study, cell: Any) -> float:
    result = study.run(cell).result()
    errors = result.get("errors", {}).get("valid", {}) if result else {}
    forces = finite(errors.get("forces_mae"))
    return forces if math.isfinite(forces) else finite(errors.get("energy_mae_per_atom"))

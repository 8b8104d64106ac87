"""A run to begin: what the form leaves open is filled in from the data at hand, and how long it will take is said before it starts.

Automatic are: as many training structures as four fifths of those that may be fitted to, at most 200, and a tenth, at most 50, to validate
with; a cutoff of 5 Å for networks on crystals, where 4 Å holds few neighbours; one structure per step where they are large; and no weight
for labels that are not there.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from e3viz.atoms.datasets import DataSet, load_data, located
from e3viz.errors import UserError
from e3viz.labs.training.source import folder_of
from e3viz.labs.training.state import State
from e3viz.potentials import settings_type
from e3viz.potentials.settings import read
from e3viz.training.config import Config, DataConfig, StopConfig
from e3viz.training.estimates import Estimate, counted, from_runs, measured

MOST_TRAIN, MOST_VALID = 200, 50
LARGE = 100
"""Atoms of a structure from which on a step is made of one."""
Summary = Mapping[str, Any]
_summaries: dict[tuple[str, float], Summary | UserError] = {}
_measurements: dict[str, Estimate] = {}
_lock = threading.Lock()


def source_of(state: State) -> str:
    """The data, named so that the name holds from anywhere."""
    return located(state.data.strip() or "ethanol", Path.cwd())


# ---- the data at hand ---------------------------------------------------------------------------------------------------------------


def _stamp(source: str) -> tuple[str, float]:
    try:
        return source, Path(source.partition("@")[0]).stat().st_mtime
    except OSError:
        return source, 0.0


def known_summary(state: State) -> Summary | None:
    """What is known of the data by now; None if they have not been read. Raises UserError if they cannot be."""
    found = _summaries.get(_stamp(source_of(state)))
    if isinstance(found, UserError):
        raise found
    return found


def summary(state: State) -> Summary:
    """What the data are, read now if need be; what was not there before may be there now. Raises UserError."""
    stamp = _stamp(source_of(state))
    known = _summaries.get(stamp)
    if known is not None and not (isinstance(known, UserError) and not stamp[1]):
        if isinstance(known, UserError):
            raise known
        return known
    from e3viz.atoms.data_summary import data_summary
    from e3viz.atoms.splits import pool

    try:
        data = load_data([stamp[0]])
        made: Summary | UserError = {**data_summary(data), "usable": len(pool(data).frames)}
    except UserError as error:
        made = error
    with _lock:
        _summaries[stamp] = made
    if isinstance(made, UserError):
        raise made
    return made


def settle(state: State) -> bool:
    """Read the data; True if they were not known before."""
    before = _summaries.get(_stamp(source_of(state)))
    try:
        return summary(state) is not before
    except UserError:
        return before is None


def data_of(state: State) -> DataSet:
    """The structures themselves, read again."""
    return load_data([source_of(state)])


def parts(state: State, facts: Summary) -> tuple[int, int]:
    """Training and validation structures."""
    usable = int(facts["usable"])
    valid = state.valid or (min(MOST_VALID, max(1, usable // 10)) if usable > 1 else 0)
    return state.train or max(1, min(MOST_TRAIN, 4 * usable // 5, usable - valid)), valid


def suggested(potential: str, facts: Summary) -> dict[str, Any]:
    """Settings that suit the data better than the usual ones."""
    known, labels = {one.name: one for one in fields(settings_type(potential))}, facts["labels"]
    found: dict[str, Any] = {}
    if facts["periodic"] and "batch" in known and float(str(known["r_max"].default)) < 5.0:
        found["r_max"] = 5.0
    if "batch" in known and facts["atoms"]["total"] > LARGE * facts["frames"]:
        found["batch"] = 1
    found |= {f"{name}_weight": 0.0 for name in ("energy", "forces") if not labels[name] and f"{name}_weight" in known}
    return found


# ---- the run ------------------------------------------------------------------------------------------------------------------------


def config_of(state: State, facts: Summary | None = None) -> Config:
    """The run that the form describes; what it leaves open from the data. Raises UserError."""
    known = facts if facts is not None else summary(state)
    settings = {**suggested(state.potential, known), **settings_in(state.settings)}
    read(settings_type(state.potential), settings, state.potential)
    train, valid = parts(state, known)
    stop = StopConfig(seconds=60.0 * state.minutes, patience=state.patience)
    if not known["labels"]["forces"]:
        stop = replace(stop, monitor="energy_mae_per_atom")
    return Config(state.potential, state.seed, state.threads, settings, DataConfig((source_of(state),), train=train, valid=valid), stop)


def settings_in(text: str) -> dict[str, Any]:
    """Lines `name = value` as TOML reads them; a bare word is a text. Raises UserError."""
    from e3viz.toml import value_of

    found: dict[str, Any] = {}
    for line in text.replace(";", "\n").splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise UserError(f"“{line.strip()}” sets nothing.", "Write a line such as l_max = 2.")
        found[name.strip()] = value_of(value.strip())
    return found


def with_setting(state: State, row: int) -> str:
    """The form's text with a line for the setting in a row of their table, as it is now."""
    chosen = fields(settings_type(state.potential))[row]
    name, default = chosen.name, chosen.default
    if name in settings_in(state.settings):
        return state.settings
    from e3viz.toml import toml_text

    line = toml_text({name: list(default) if isinstance(default, tuple) else default}).strip()
    return f"{state.settings.rstrip()}\n{line}".strip()


# ---- how long ----------------------------------------------------------------------------------------------------------------------


def _key(config: Config) -> str:
    return config.text()


def measure(state: State) -> State:
    """Measure the time and memory of this run on some of its structures."""
    config = config_of(state)
    found = measured(config, config.data.train)
    with _lock:
        _measurements[_key(config)] = found
    return state


def measurements() -> int:
    """How many there are: who shows one looks again when there is another."""
    return len(_measurements)


def estimate(state: State, config: Config, facts: Summary) -> Estimate:
    """The best there is: measured, by earlier runs, or counted."""
    known = _measurements.get(_key(config))
    if known is not None:
        return known
    by_counts = counted(config, facts, config.data.train)
    earlier = from_runs(config, config.data.train, folder_of(state))
    if earlier is None:
        return by_counts
    return Estimate(earlier.epoch, earlier.seconds, by_counts.memory, earlier.how, earlier.source)

"""What the Training lab says: a card per run with what can be done with it, the data at hand, and what a new run would be."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.lab import Check, Fact, Table, Told
from e3viz.labs.training.cards import WORKING, card, clock, queue_card
from e3viz.labs.training.form import Summary, config_of, estimate, known_summary, parts, suggested
from e3viz.labs.training.source import close_look, curves, recording, seen_runs
from e3viz.labs.training.state import DATA, NEW, RUNS, State
from e3viz.potentials import settings_type
from e3viz.symmetry.element import Element
from e3viz.training.config import Config
from e3viz.training.estimates import Estimate

MOST_ODD = 40


def facts(state: State, g: Element) -> list[Told]:
    """Everything the inspector says."""
    runs = seen_runs(state)
    found: list[Told] = [queue_card(state), *(card(state, one) for one in runs)]
    working = sum(one.status.state in WORKING for one in runs)
    if runs:
        found.append(Fact("Runs", f"{len(runs)}, {working} under way", "In the folder of runs.", RUNS, status=True))
    else:
        found.append(Fact("No runs yet", "Start one under “New run”.", tab=RUNS))
    try:
        known = known_summary(state)
    except UserError as error:
        return [*found, *(Fact("Data", str(error), tab=tab) for tab in (NEW, DATA))]
    if known is None:
        return [*found, *(Fact("Data", "being read", tab=tab) for tab in (NEW, DATA))]
    return [*found, *_new_run(state, known), *_data(known)]


# ---- a new run ----------------------------------------------------------------------------------------------------------------------


def _new_run(state: State, known: Summary) -> list[Told]:
    try:
        config = config_of(state, known)
    except UserError as error:
        return [Fact("Cannot be started", str(error), tab=NEW), _settings(state, {})]
    train, valid = parts(state, known)
    found: list[Told] = [
        Fact(
            "Structures", f"{train:,} + {valid:,} of {known['usable']:,}", "Fitted to, and for validation, of those that may be used.", NEW
        )
    ]
    fitting = suggested(state.potential, known)
    if fitting:
        words = ", ".join(f"{name} = {value:g}" for name, value in fitting.items())
        found.append(Fact("For these data", words, "Set because the data are periodic, large or lack labels; a line of yours wins.", NEW))
    said = estimate(state, config, known)
    found += [
        Fact("Time", time_text(said), f"{_how(said)}. “Measure” fits a little of the data, in a process of its own.", NEW),
        Fact("Memory", memory_text(said), f"At the peak: {_how(said)}.", NEW),
        Fact("Estimated by", said.how, f"{_how(said)}.", NEW),
        _settings(state, dict(config.settings)),
        Fact("Run as TOML", _short(config), "For e3viz train CONFIG.toml.", NEW, "The same as a file", copied=True),
    ]
    return found


def time_text(said: Estimate) -> str:
    """How long an epoch and all of them take."""
    epoch = f"{said.epoch:.2g} s/epoch"
    if not said.seconds:
        return epoch
    return f"{epoch}, {clock(said.seconds)}" if said.epochs > 1 else f"about {clock(said.seconds)}"


def memory_text(said: Estimate) -> str:
    """How much at the peak."""
    if said.memory <= 0.0:
        return "not known here"
    return f"{said.memory / 1024:.1f} GiB" if said.memory > 1000.0 else f"{said.memory:.0f} MiB"


def _how(said: Estimate) -> str:
    if said.how == "measured":
        return f"Measured on {said.source}"
    if said.how == "earlier run":
        return f"The pace of {said.source}; memory from counts"
    return "Counts of pairs, channels and paths, good to a factor of two"


def _short(config: Config) -> str:
    """The run as TOML, without the sections in which nothing differs from what is usual."""
    from e3viz.toml import toml_text

    usual = Config(config.potential).table()
    table: dict[str, Any] = {}
    for name, value in config.table().items():
        section = isinstance(value, dict) and name != "settings"
        kept = {key: one for key, one in value.items() if one != usual[name][key]} if section else value
        if kept != {}:
            table[name] = kept
    return toml_text(table).strip()


def _settings(state: State, chosen: dict[str, Any]) -> Table:
    known = fields(settings_type(state.potential))
    rows = tuple((one.name, _plain(chosen.get(one.name, one.default)), str(one.metadata["says"])) for one in known)
    changed = tuple(n for n, one in enumerate(known) if one.name in chosen and chosen[one.name] != one.default)
    return Table("settings", "Settings; click one to change it", ("name", "value", "what it is"), rows, NEW, changed)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(f"{one:g}" for one in value) or "none"
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value).lower()


# ---- the data -----------------------------------------------------------------------------------------------------------------------


def _data(known: Summary) -> list[Told]:
    atoms, labels, per_atom = known["atoms"], known["labels"], known["energy_per_atom"]
    size = f"{atoms['least']}" if atoms["least"] == atoms["most"] else f"{atoms['least']} to {atoms['most']}"
    found: list[Told] = [
        Fact("Structures", f"{known['frames']:,}, of {size} atoms", "", DATA),
        Fact("To fit to", f"{known['usable']:,}", "Without copies of one another, and without what is held out for tests.", DATA),
        Fact("Held out", f"{known['held_out']:,}", "The fixed test part of the bundled set: nothing is fitted to it.", DATA),
        Fact("Repeating", f"{known['periodic']:,}", "Structures that are periodic.", DATA),
        Fact("Elements", ", ".join(f"{symbol} {n:,}" for symbol, n in known["elements"].items()), "Atoms of each.", DATA),
        Fact("Labels", ", ".join(f"{name} {n:,}" for name, n in labels.items() if n) or "none", "Structures that have them.", DATA),
    ]
    if per_atom["least"] is not None:
        spread = f"{1e3 * (per_atom['spread'] or 0.0):.4g} meV"
        found.append(Fact("Energy per atom, spread", spread, "Standard deviation: an error as large as this has learned nothing.", DATA))
    force = known["forces"]
    if force["rms"] is not None:
        found.append(Fact("Forces, RMS", f"{1e3 * force['rms']:.4g} meV/Å", "Of components: an error as large has learned nothing.", DATA))
        found.append(Fact("Largest force", f"{force['largest']:.4g} eV/Å", "", DATA))
    near = tuple((pair, f"{one['distance']:.3f} Å", str(one["origin"])) for pair, one in known["nearest"].items())
    if near:
        found.append(Table("nearest", "Nearest pairs", ("pair", "distance", "where"), near, DATA))
    odd = tuple((str(one["origin"]), str(one["text"])) for one in known["findings"][:MOST_ODD])
    if odd:
        found.append(Table("odd", f"Odd: {len(known['findings']):,}", ("where", "what"), odd, DATA))
    else:
        found.append(Fact("Odd", "nothing", "Missing labels, huge forces, outlying energies, atoms too near, copies.", DATA))
    return found


def check(state: State, g: Element) -> Check | None:
    """The equivariance error of the probe's forces, as the run on close look measured it last."""
    run = close_look(state)
    if run is None:
        return None
    found = curves(run).column("equivariance_error") if len(curves(run)) else np.zeros(0)
    found = found[np.isfinite(found)]
    if not len(found):
        return None
    forces = recording(run, "probe")[1].get("forces")
    size = float(np.abs(forces[-1]).max()) if forces is not None and len(forces) else 1.0
    return Check(float(found[-1]) / (size or 1.0), "Forces of the probe under a rotation with inversion, as the run measured them.", 1e-5)


def code(state: State, g: Element) -> str:
    """The run that would be begun, as a script."""
    config = config_of(state)
    return f'''"""Train {config.potential} as the Training lab would, and follow its validation error."""

from pathlib import Path

from e3viz.training.config import config_of
from e3viz.training.curves import Curves
from e3viz.training.loop import train
from e3viz.training.run import create

config = config_of({config.table()!r})
run = create(Path("{config.potential}-{config.data.train}"), config)
status = train(run.folder)
curves = Curves(run.path("events.jsonl"))
curves.update()
print(status.state, status.sentence)
print("validation force MAE, eV/Å:", curves.column("valid_forces_mae"))
'''

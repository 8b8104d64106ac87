"""What the Training lab shows: runs of a folder, their curves, one run's parity and probe; and the run that would be begun."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from e3viz.labs.fields import knob
from e3viz.potentials import POTENTIALS

RUNS, NEW, DATA, VIEW = "Runs", "New run", "Data", "View"
NEWEST = "the newest"
"""In place of a run: the newest that works, or else the newest."""
QUANTITIES = {
    "force MAE": ("forces_mae", "meV/Å", True),
    "force RMSE": ("forces_rmse", "meV/Å", True),
    "energy MAE": ("energy_mae_per_atom", "meV/atom", True),
    "energy RMSE": ("energy_rmse_per_atom", "meV/atom", True),
    "loss": ("loss", "", True),
    "learning rate": ("learning_rate", "", False),
    "gradient norm": ("gradient_norm", "", False),
    "equivariance error": ("equivariance_error", "meV/Å", False),
}
"""What is drawn → column, unit, and whether it is measured on training and validation structures."""
AGAINST = {"epoch": ("epoch", "epoch", 1.0), "step": ("step", "step", 1.0), "time": ("seconds", "time, min", 60.0)}
"""What it is drawn against → column, label, divided by."""


def _last_record(state: State) -> float:
    from e3viz.labs.training.source import records

    return float(max(0, len(records(state)) - 1))


def _epochs(state: State) -> Sequence[int]:
    from e3viz.labs.training.source import records

    return [int(epoch) for epoch in records(state)]


def _run_names(state: State) -> Sequence[str]:
    from e3viz.labs.training.source import run_names

    return [NEWEST, *run_names(state)]


@dataclass(frozen=True)
class State:
    """Runs, how their curves are drawn, which run is looked at closely, and a run to begin."""

    record: int = knob(
        -1,
        "Epoch",
        "Which recorded epoch of the run is shown below, counted from 0; −1 for the newest.",
        low=0,
        high=_last_record,
        playable=True,
        newest=-1,
        names=_epochs,
    )
    folder: str = knob("", "Folder of runs", "Where runs lie; your own folder if empty.", kind="folder", tab=VIEW)
    hidden: tuple[str, ...] = knob((), "Hidden runs", "Runs whose curves are not drawn; click a card.", kind="hidden", tab=RUNS)
    brought: tuple[str, ...] = knob((), "Shown runs", "Older runs whose curves are drawn, too; click a card.", kind="hidden", tab=RUNS)
    run: str = knob(NEWEST, "Close look at", "The run whose parity and probe are shown.", choices=_run_names, tab=VIEW)
    quantity: str = knob("force MAE", "Quantity", "What the curves show.", choices=tuple(QUANTITIES), tab=VIEW)
    against: str = knob("epoch", "Against", "What the curves are drawn against.", choices=tuple(AGAINST), tab=VIEW)
    log_x: bool = knob(False, "log x", "Logarithmic axis of epochs, steps or time.", tab=VIEW)
    log_y: bool = knob(True, "log y", "Logarithmic axis of the quantity.", tab=VIEW)
    smoothing: float = knob(
        0.6,
        "Smoothing",
        "Weight of what came before in the curve; the raw one stays, pale.",
        kind="slider",
        low=0.0,
        high=0.99,
        step=0.01,
        tab=VIEW,
    )
    target: float = knob(
        0.0,
        "Target",
        "The force error for which a time is told, also a line to drag; 0 for none.",
        unit="meV/Å",
        low=0.0,
        high=1e6,
        tab=VIEW,
        zero="none",
    )
    arrows: bool = knob(True, "forces", "Forces of the probe structure as arrows: predicted, and reference.", tab=VIEW, section="Probe")
    features: bool = knob(True, "features", "Features of the probe as surfaces, where the potential has them.", tab=VIEW, section="Probe")
    channel: int = knob(0, "Channel", "Which copy of the features.", low=0, high=4096, tab=VIEW, section="Probe")
    potential: str = knob("nequip", "Potential", "What is fitted.", choices=tuple(entry.name for entry in POTENTIALS), tab=NEW)
    data: str = knob(
        "ethanol", "Data", "A file with energies and forces, a slice such as md.extxyz@0:500, or “ethanol”.", kind="data", tab=NEW
    )
    train: int = knob(
        0,
        "Training structures",
        "How many structures are fitted to; 0 for as many as suit the data.",
        low=0,
        high=10_000_000,
        tab=NEW,
        zero="automatic",
    )
    valid: int = knob(
        0,
        "Validation structures",
        "How many structures choose the best epoch; 0 for as many as suit the data.",
        low=0,
        high=10_000_000,
        tab=NEW,
        zero="automatic",
    )
    minutes: float = knob(
        10.0, "At most", "When the run ends, however far it is; 0 for never.", unit="min", low=0.0, high=1e6, tab=NEW, zero="no limit"
    )
    patience: int = knob(
        0, "Patience", "Epochs without a better validation after which it ends; 0 for never.", low=0, high=1_000_000, tab=NEW, zero="never"
    )
    seed: int = knob(0, "Seed", "Of everything random.", low=0, high=2**31 - 1, tab=NEW)
    threads: int = knob(1, "Threads", "Of the run's process.", low=1, high=256, tab=NEW)
    settings: str = knob("", "Settings", "Of the potential, a line each, such as l_max = 2.", kind="long", tab=NEW)

"""What the Data efficiency lab shows: a study or its table, and which error against what."""

from __future__ import annotations

from dataclasses import dataclass

from e3viz.labs.fields import knob

BUNDLED = "poster"
PRESETS = {
    "poster": ("The poster's figure", "NequIP, SchNet, MTP and SNAP on ethanol."),
    "what-does-l-buy": ("What does l buy?", "NequIP with l up to 0, 1, 2 and 3: whether it changes the slope or the offset alone."),
    "augmentation": (
        "Augmentation against equivariance",
        "A network on Cartesian coordinates with and without turned training data, an invariant and an equivariant network.",
    ),
}
"""Studies that come with the program: name → title and what they ask."""
QUANTITIES = {
    "force MAE": ("force_mae", "meV/Å", "forces"),
    "force RMSE": ("force_rmse", "meV/Å", ""),
    "energy MAE": ("energy_mae", "meV", "energy"),
    "energy RMSE": ("energy_rmse", "meV", ""),
}
"""Quantity → column, unit, and what published tables call it ("" for what they do not have)."""
AGAINST = {
    "training structures": ("n_train", "training structures"),
    "CPU time": ("cpu_seconds", "CPU time of a run, s"),
    "parameters": ("parameters", "parameters"),
}
CURVES, STUDY, REFERENCES = "Curves", "Study", "References"


@dataclass(frozen=True)
class State:
    """A study, an error, and what it is drawn against."""

    study: str = knob(
        BUNDLED,
        "Study",
        "The name of a study that comes with the program, the folder of a study, or a table of results.",
        tab=STUDY,
    )
    workers: int = knob(2, "Runs at once", "How many runs of a study work at the same time.", low=1, high=256, tab=STUDY)
    quantity: str = knob("force MAE", "Error", "Which error on held-out structures.", choices=tuple(QUANTITIES), tab=CURVES)
    against: str = knob("training structures", "Against", "What it is drawn against.", choices=tuple(AGAINST), tab=CURVES)
    runs: bool = knob(True, "every run", "Draw every run as a point beside the mean over seeds.", tab=CURVES)
    fits: bool = knob(False, "power laws", "Draw the fitted power laws.", tab=CURVES)
    target: float = knob(50.0, "Target", "The error for which the data needed are told; drag the line.", low=0.0, high=1e6, tab=CURVES)
    hidden: tuple[str, ...] = knob((), "Hidden", "Potentials that are not drawn; click a card.", kind="hidden", tab=CURVES)
    run: str = knob("", "Run", "The run whose numbers are told; click a point.", kind="hidden", tab=CURVES)
    published: bool = knob(True, "published values", "Draw published values of the same data and quantity.", tab=REFERENCES)
    data: str = knob("", "Data set", "What your table of references calls the data of this study, such as ethanol.", tab=REFERENCES)
    table: str = knob(
        "",
        "Own references",
        "A CSV with columns molecule, quantity, N and one per method.",
        kind="file",
        tab=REFERENCES,
    )

"""What the Features lab shows: a trained network, a structure, and what one of its layers says of every atom."""

from __future__ import annotations

from dataclasses import dataclass

from e3viz.labs.fields import knob

FEATURES, NETWORK, PREDICTIONS, AUDIT = "Features", "Network", "Forces", "Audit"
"""Tabs of the inspector."""
BUNDLED = "bundled:"
ALL, OTHER = "all, sum over l", "all of the other parity"
VIEWS = ("features", "errors", "by hand", "motion", "network", "filters", "switches", "symmetry", "audit")
SCAN, NONE = "scan", "none"
SAVED = "as saved"
MOVES_IT, TURNS_BOND, TURNS_ALL = "moves it", "turns its side of a bond", "turns the molecule"
MOTIONS = ("relax, FIRE", "relax, BFGS", "relax, FIRE, cell too", "NVE", "NVT", SCAN)
ELEMENT, FORCE, KNOWN_FORCE, FORCE_ERROR = "element", "predicted force", "reference force", "force error"
ENERGY, SPREAD = "energy", "spread of models"
COLOURS = (ELEMENT, FORCE, KNOWN_FORCE, FORCE_ERROR, ENERGY, SPREAD)
ENERGIES, HISTOGRAM, DISTANCE, CALIBRATION, STRESSES = (
    "energies", "distribution", "distance", "spread of models", "stress"
)  # fmt: skip
ALSO = (ENERGIES, HISTOGRAM, DISTANCE, CALIBRATION, STRESSES)
ARROWS = ("none", "predicted", "reference", "difference", "predicted and reference")


def _moving(state: State) -> bool:
    return state.view == "motion"


def _layers(state: State) -> float:
    from e3viz.labs.features.source import handed_out

    return float(max(1, len(handed_out(state))) - 1)


def _featured(state: State) -> bool:
    """Whether the model hands out features."""
    from e3viz.labs.features.source import handed_out

    return bool(handed_out(state))


def _channels(state: State) -> float:
    from e3viz.labs.features.source import channels

    return float(max(1, channels(state)) - 1) if _featured(state) else 0.0


def _last_frame(state: State) -> float:
    from e3viz.labs.features.source import trajectory

    return float(len(trajectory(state)) - 1)


def _irreps(state: State) -> list[str]:
    from e3viz.labs.features.source import irreps_of

    if not _featured(state):
        return [ALL, *([state.irrep] if state.irrep != ALL else [])]
    names = [str(irrep) for _, irrep in irreps_of(state)]
    return [ALL, OTHER, *names] if any(not irrep.is_natural for _, irrep in irreps_of(state)) else [ALL, *names]


def _epochs(state: State) -> list[str]:
    from e3viz.labs.features.lifetime import epochs

    return [SAVED, *map(str, epochs(state.model))]


def _lived(state: State) -> bool:
    return len(_epochs(state)) > 1


def _coloured(state: State) -> bool:
    return state.view in ("errors", "by hand")


def _models(state: State) -> list[str]:
    from e3viz.labs.features.source import bundled

    return [*bundled(), *([state.model] if not state.model.startswith(BUNDLED) else [])]


def _seconds(state: State) -> list[str]:
    own = [state.second] if state.second not in (NONE, *_models(state)) else []
    return [NONE, *_models(state), *own]


@dataclass(frozen=True)
class State:
    """A model, a frame of a file, a layer, a channel, and how its irreps are drawn."""

    view: str = knob(
        "features",
        "View",
        "Features on atoms, errors over many frames, atoms moved by hand, motion, the network, its filters and switches, what must vanish, or the audit.",
        choices=VIEWS,
        tab=FEATURES,
    )
    frame: int = knob(0, "Frame", "Which frame of the file.", tab=FEATURES, low=0, high=_last_frame, playable=True)
    model: str = knob(
        BUNDLED + "ethanol-nequip",
        "Model",
        "The trained network; open a model file (.e3p) to see another.",
        choices=_models,
        tab=FEATURES,
    )
    epoch: str = knob(
        SAVED, "After epoch", "The model as it was while it was trained: one of the checkpoints that its run kept.", choices=_epochs,
        tab=FEATURES, when=_lived,
    )  # fmt: skip
    file: str = knob("", "File", "Structure file; the bundled ethanol if empty.", kind="file", tab=FEATURES)
    layer: int = knob(2, "Layer", "After which layer; 0 is the embedding of the elements.", low=0, high=_layers, tab=FEATURES)
    channel: int = knob(0, "Channel", "Which copy of the irreps.", low=0, high=_channels, tab=FEATURES)
    irrep: str = knob(
        ALL,
        "Irrep",
        "Draw the sum of all irreps of natural parity, of the other parity, or one irrep alone.",
        choices=_irreps,
        tab=FEATURES,
    )
    size: float = knob(0.75, "Size", "Radius of the largest surface.", unit="Å", kind="slider", low=0.1, high=2.5, step=0.05, tab=FEATURES)
    locked: bool = knob(
        False, "same scale for all channels", "Draw every channel to the scale of the largest number of this layer.", tab=FEATURES
    )
    ghost: bool = knob(
        True, "ghost before g", "Show faintly where everything was before g.", tab=FEATURES, when=lambda s: s.view != "by hand"
    )
    names: bool = knob(False, "names of atoms", "Write element and number at each atom.", tab=FEATURES)
    atom: int = knob(0, "Atom", "The atom that is followed through the layers; click one.", low=0, section="One atom", tab=FEATURES)
    messages: bool = knob(
        False, "messages to it", "Draw what each neighbour sends to this atom in the layer, half-way along their edge, instead of features.",
        section="One atom", tab=FEATURES, when=lambda s: s.layer > 0,
    )  # fmt: skip
    path: int = knob(0, "Path", "Which path of the layer, counted from 0; click one.", kind="hidden", low=0)
    order: int = knob(
        0, "m", "The order m of the harmonic of the filter in space.", low=-6, high=6, tab=NETWORK, when=lambda s: s.view == "filters"
    )
    off: tuple[str, ...] = knob((), "Off", "What is switched off; click a line of the view “switches”.", kind="hidden")
    tolerance: float = knob(
        0.05, "Within", "How far atoms may be from where a symmetry puts them.", unit="Å", low=0.001, high=0.5, tab=NETWORK,
        when=lambda s: s.view == "symmetry",
    )  # fmt: skip
    arrows: str = knob("none", "Force arrows", "Forces as arrows beside the features.", choices=ARROWS, tab=PREDICTIONS)
    arrow_scale: float = knob(
        0.35, "Arrow scale", "Length of an arrow per eV/Å.", unit="Å", kind="slider", low=0.02, high=2.0, step=0.01, tab=PREDICTIONS
    )
    colour: str = knob(
        ELEMENT,
        "Colour by",
        "What the colour of an atom tells; the features make room for it.",
        choices=COLOURS,
        tab=PREDICTIONS,
        when=_coloured,
    )
    one_scale: bool = knob(
        False, "one scale for all frames", "Colours mean the same in every frame: from nothing to the largest of all that are predicted.",
        tab=PREDICTIONS, when=lambda s: s.view == "errors" and s.colour != ELEMENT,
    )  # fmt: skip
    many: int = knob(
        200, "Frames", "How many frames of the file are predicted, evenly spread.", low=1, high=10_000_000, tab=PREDICTIONS, section="Errors",
        when=lambda s: s.view == "errors" and not s.frames.strip(),
    )  # fmt: skip
    frames: str = knob(
        "", "Only frames", "A slice as Python has it, such as 0:100:5, or numbers such as 3 7 20; empty for as many as are said above.",
        tab=PREDICTIONS, section="Errors", when=lambda s: s.view == "errors",
    )  # fmt: skip
    also: str = knob(
        ENERGIES,
        "Also",
        "The chart below the structure.",
        choices=ALSO,
        tab=PREDICTIONS,
        section="Errors",
        when=lambda s: s.view == "errors",
    )
    known: str = knob(
        "", "Training data", "What distances are taken to; empty for what the model's file or run tells of.", kind="data", tab=PREDICTIONS,
        section="Errors", when=lambda s: s.view == "errors" and s.also == DISTANCE,
    )  # fmt: skip
    second: str = knob(
        NONE, "Beside", "A second model: its errors beside the first one's, and how far models disagree against how wrong they are.",
        choices=_seconds, tab=PREDICTIONS, section="Errors", when=_coloured,
    )  # fmt: skip
    committee: tuple[str, ...] = knob((), "Committee", "Files of further models.", kind="hidden")
    hand: str = knob(
        MOVES_IT, "Dragging an atom", "What a drag that begins on an atom does; beside the atoms it turns the view.",
        choices=(MOVES_IT, TURNS_BOND, TURNS_ALL), tab=PREDICTIONS, section="By hand", when=lambda s: s.view == "by hand",
    )  # fmt: skip
    moved: tuple[tuple[int, float, float, float], ...] = knob((), "Moved", "Atoms moved by hand and where to, Å.", kind="hidden")
    moved_in: int = knob(-1, "Moved in", "The frame in which they were moved.", kind="hidden")
    motion: str = knob(
        "relax, BFGS", "Motion", "Downhill, molecular dynamics without or with a thermostat, or a scan.", choices=MOTIONS, tab=PREDICTIONS,
        section="Motion", when=_moving,
    )  # fmt: skip
    along: str = knob(
        "0 1 2 3", "Atoms", "Two atoms for a bond, three for an angle, four for a dihedral.", tab=PREDICTIONS, section="Motion",
        when=lambda s: _moving(s) and s.motion == SCAN,
    )  # fmt: skip
    steps: int = knob(
        200, "Steps", "Most steps of the relaxation, or steps of the dynamics.", low=1, high=100_000, tab=PREDICTIONS, section="Motion",
        when=lambda s: _moving(s) and s.motion != SCAN,
    )  # fmt: skip
    fmax: float = knob(
        0.02, "Until", "Relax until no force is larger.", unit="eV/Å", low=1e-5, high=10.0, tab=PREDICTIONS, section="Motion",
        when=lambda s: _moving(s) and s.motion.startswith("relax"),
    )  # fmt: skip
    timestep: float = knob(
        0.5, "Time step", "Of the dynamics; 0.5 to 1 fs where there is hydrogen.", unit="fs", low=0.01, high=20.0, tab=PREDICTIONS,
        section="Motion", when=lambda s: _moving(s) and s.motion in ("NVE", "NVT"),
    )  # fmt: skip
    temperature: float = knob(
        300.0, "Temperature", "At which velocities are drawn, and of the thermostat.", unit="K", low=0.1, high=20_000.0, tab=PREDICTIONS,
        section="Motion", when=lambda s: _moving(s) and s.motion in ("NVE", "NVT"),
    )  # fmt: skip
    moment: int = knob(
        0,
        "Moment",
        "Which frame of the motion; drag the line in the chart.",
        low=0,
        high=1_000_000,
        tab=PREDICTIONS,
        section="Motion",
        when=_moving,
    )
    audited: int = knob(-1, "Audited frame", "The frame that was audited; −1 for none.", kind="hidden", tab=AUDIT)

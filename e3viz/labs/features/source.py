"""Models and what they say of structures, computed once per model, file, frame and g.

A network is opened when it is first looked at: only then is torch imported, with one thread, so that the window stays smooth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.edit import act, without_results
from e3viz.atoms.reading import load
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.atoms.trajectory import Trajectory
from e3viz.errors import FileError, UserError, nearest
from e3viz.labs.features.lifetime import as_it_was, checkpoint
from e3viz.labs.features.state import BUNDLED, State
from e3viz.potentials.contract import Featured, LayerFeatures, Potential, Prediction
from e3viz.potentials.external import External
from e3viz.potentials.opening import open_potential
from e3viz.resources import FOLDER
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.irreps import Irrep, Irreps

if TYPE_CHECKING:
    from e3viz.potentials.anatomy import Messages

ETHANOL = FOLDER / "ethanol_pbe.extxyz"
MODELS = FOLDER / "models"


@lru_cache(maxsize=1)
def bundled() -> tuple[str, ...]:
    """The models that come with the program, as a state names them."""
    return tuple(BUNDLED + path.stem for path in sorted(MODELS.glob("*.e3p")))


def model_path(model: str) -> Path:
    """The file behind a state's `model`. Raises UserError for a bundled model that there is none of."""
    if not model.startswith(BUNDLED):
        return Path(model).expanduser()
    if model not in bundled():
        raise UserError(f"No model called “{model.removeprefix(BUNDLED)}” comes with the program.", nearest(model, bundled()))
    return MODELS / f"{model.removeprefix(BUNDLED)}.e3p"


def name_of(model: str) -> str:
    """A model's name for people: that of its file, or of its run, where all files have the same names."""
    path = model_path(model)
    return path.parent.name if path.name in ("best.e3p", "last.e3p") else path.stem


def model_name(state: State) -> str:
    """The name of the model on view, and how far it had been trained."""
    name = name_of(state.model)
    return f"{name} after epoch {state.epoch}" if checkpoint(state.model, state.epoch) else name


Stamp = tuple[Path, tuple[int, int]]


class ModelKey(NamedTuple):
    """Which model is on view: a file, in which state of it, and the checkpoint whose weights it has instead of its own."""

    path: Path
    stamp: tuple[int, int]
    checkpoint: Stamp | None = None


def potential(state: State) -> Potential:
    """The model, opened, without what is switched off. Raises FileError."""
    return partly(model_key(state), state.off)


def model_key(state: State) -> ModelKey:
    """Which file the model is, and which state of it. Raises FileError."""
    path, kept = model_path(state.model), checkpoint(state.model, state.epoch)
    return ModelKey(path, _stamp(path), (kept, _stamp(kept)) if kept else None)


@lru_cache(maxsize=8)
def opened(key: ModelKey) -> Potential:
    """The whole model. Raises FileError."""
    if key.checkpoint is None:
        return _opened(key.path, key.stamp)
    return as_it_was(_opened(key.path, key.stamp), key.checkpoint[0])


@lru_cache(maxsize=4)
def partly(key: ModelKey, off: tuple[str, ...]) -> Potential:
    """The model without what is switched off, by name; names that it does not have switch nothing off."""
    whole = opened(key)
    if not off or whole.kind != "nequip":
        return whole
    from e3viz.potentials.anatomy import switches, without

    named = switches(whole)
    return without(whole, [path for name in off for path in named.get(name, ())])


@lru_cache(maxsize=4)
def _opened(path: Path, stamp: tuple[int, int]) -> Potential:
    found = open_potential(path)
    if found.kind in ("nequip", "schnet"):
        import torch

        torch.set_num_threads(1)
    return found


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise FileError(
            f"The model {path.name} cannot be read: {error.strerror}.", "Open another model, or choose a bundled one."
        ) from None
    return found.st_mtime_ns, found.st_size


def data_path(state: State) -> Path:
    """The structure file."""
    return Path(state.file).expanduser() if state.file else ETHANOL


def trajectory(state: State) -> Trajectory:
    """The frames of the structure file."""
    return load(data_path(state))


class FrameKey(NamedTuple):
    """Which structure is on view: a file, in which state of it, a frame, and atoms that a person has moved there (atom, x, y, z in Å)."""

    path: Path
    stamp: tuple[int, int]
    frame: int
    moved: tuple[tuple[int, float, float, float], ...] = ()

    def structure(self) -> Structure:
        """The structure; without what the file says of it if atoms were moved."""
        frames = load(self.path)
        one = frames[min(self.frame, len(frames) - 1)]
        if not self.moved:
            return one
        kept = [entry for entry in self.moved if entry[0] < len(one)]
        positions = one.positions.copy()
        positions[[entry[0] for entry in kept]] = [entry[1:] for entry in kept]
        return replace(without_results(one), positions=positions)


def frame_key(state: State) -> FrameKey:
    """Which structure is on view."""
    return FrameKey(data_path(state), trajectory(state).stamp, state.frame, state.moved if state.moved_in == state.frame else ())


def structure(state: State) -> Structure:
    """The structure on view: the frame, as far as a person has not moved atoms."""
    return frame_key(state).structure()


@dataclass(frozen=True, eq=False)
class Seen:
    """What a model says of one structure: the structure itself (moved by g), its features layer by layer, and its prediction."""

    structure: Structure
    layers: tuple[LayerFeatures, ...]
    prediction: Prediction


def seen(state: State, g: Element = IDENTITY) -> Seen:
    """What the model says of the frame on view, moved by g. Raises UserError for elements that the model does not know."""
    return _seen(model_key(state), state.off, frame_key(state), g)


@lru_cache(maxsize=64)
def _seen(model: ModelKey, off: tuple[str, ...], frame: FrameKey, g: Element) -> Seen:
    network, one = partly(model, off), frame.structure()
    moved = one if g.is_identity else act(one, g)
    layers = tuple(network.features(moved)) if isinstance(network, Featured) else ()
    return Seen(moved, layers, network.predict([moved])[0])


def messages(state: State, g: Element = IDENTITY) -> Messages:
    """What the chosen atom of the frame, moved by g, is sent in the layer on view. Raises UserError for a model without paths."""
    from e3viz.potentials.anatomy import messages as sent

    now = seen(state, g)
    number = min(max(1, state.layer), len(now.layers) - 1)
    return sent(potential(state), now.structure, number, min(state.atom, len(now.structure) - 1))


def handed_out(state: State) -> tuple[LayerFeatures, ...]:
    """What the model hands out for the frame before atoms were moved: for names and irreps, which stay as they are."""
    return seen(replace(state, moved=())).layers


def layers(state: State) -> tuple[LayerFeatures, ...]:
    """The layers of the model, by name and irreps. Raises UserError for a model that hands out no features."""
    found = handed_out(state)
    if not found:
        raise UserError(
            f"The model {model_name(state)} ({potential(state).kind}) hands out no features.",
            why_none(state) or "Choose an equivariant network such as NequIP.",
        )
    return found


def why_none(state: State) -> str:
    """Why a model of another package hands out no features, "" where nobody said."""
    found = potential(state)
    return found.why if isinstance(found, External) else ""


def layer(state: State) -> LayerFeatures:
    """The layer on view."""
    found = layers(state)
    return found[min(state.layer, len(found) - 1)]


def irreps_of(state: State) -> Irreps:
    """The irreps of the layer on view, each once."""
    return Irreps.parse(layer(state).irreps)


def channels(state: State) -> int:
    """How many copies the irreps of the layer on view have."""
    return max((copies for copies, _ in irreps_of(state)), default=1)


def blocks(one: LayerFeatures) -> dict[Irrep, FloatArray]:
    """irrep → (n, copies, 2l+1)."""
    irreps = Irreps.parse(one.irreps)
    return {
        irrep: one.values[:, place].reshape(len(one.values), copies, irrep.dim)
        for (copies, irrep), place in zip(irreps, irreps.slices(), strict=True)
    }


def signal(one: LayerFeatures, channel: int | None, wanted: set[Irrep]) -> FloatArray:
    """The wanted irreps of a channel as a signal on the sphere about each atom, (n, (l_max+1)²); of all channels, (n, copies, …), for None."""
    parts = {irrep: values for irrep, values in blocks(one).items() if irrep in wanted}
    l_max = max((irrep.l for irrep in parts), default=0)
    copies = max((values.shape[1] for values in parts.values()), default=1)
    whole: NDArray[np.float64] = np.zeros((len(one.values), copies, (l_max + 1) ** 2))
    for irrep, values in parts.items():
        whole[:, : values.shape[1], irrep.l**2 : (irrep.l + 1) ** 2] += values
    return whole if channel is None else whole[:, min(channel, copies - 1)]

"""The network taken apart, once per model, frame and what is switched off: layers, shares of paths, and what each switch does to forces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from e3viz import task
from e3viz.atoms.reading import load
from e3viz.atoms.structure import Structure
from e3viz.labs.features.source import FrameKey, ModelKey, frame_key, model_key, opened
from e3viz.labs.features.state import State

if TYPE_CHECKING:
    from e3viz.potentials.anatomy import ConvolutionPath, LayerAnatomy
    from e3viz.potentials.contract import Potential

TEST_FRAMES = 12


@dataclass(frozen=True)
class Worth:
    """What switching something off does. share: of its messages, NaN where it is more than one path; forces: root mean square change of the
    forces on the frame, eV/Å; error: mean absolute error of the forces on frames with references, eV/Å, NaN without references."""

    name: str
    share: float
    forces: float
    error: float


def anatomy(state: State) -> list[LayerAnatomy]:
    """The layers of the network. Raises UserError for a model without paths."""
    from e3viz.potentials.anatomy import layers  # with torch, which the window has no need of until now

    return layers(opened(model_key(state)))


def shares(state: State) -> dict[ConvolutionPath, float]:
    """Of what arrives at each irrep, which part comes through each path."""
    return _shares(model_key(state), frame_key(state))


@lru_cache(maxsize=16)
def _shares(model: ModelKey, frame: FrameKey) -> dict[ConvolutionPath, float]:
    from e3viz.potentials.anatomy import path_shares

    return path_shares(opened(model), frame.structure())


def worths(state: State) -> tuple[float, list[Worth]]:
    """The mean absolute force error with everything on, and what each switch changes, beside what is switched off already."""
    return _worths(model_key(state), frame_key(state))


@lru_cache(maxsize=16)
def _worths(model: ModelKey, frame: FrameKey) -> tuple[float, list[Worth]]:
    from e3viz.potentials.anatomy import path_shares, switches, without

    potential = opened(model)
    here = frame.structure()
    frames = load(frame.path)
    step = max(1, len(frames) // TEST_FRAMES)
    tested = [one for one in (frames[k] for k in range(0, len(frames), step)) if "forces" in one.arrays][:TEST_FRAMES]
    forces = potential.predict([here])[0].forces
    before = _error(potential, tested)
    part = path_shares(potential, here)
    found = []
    named = switches(potential)
    for number, (name, paths) in enumerate(named.items()):
        task.report(number, len(named), f"switching off {name}")
        rest = without(potential, paths)
        change = float(np.sqrt(((rest.predict([here])[0].forces - forces) ** 2).mean()))
        found.append(Worth(name, part[paths[0]] if len(paths) == 1 else float("nan"), change, _error(rest, tested)))
    return before, found


def _error(potential: Potential, frames: list[Structure]) -> float:
    if not frames:
        return float("nan")
    said = potential.predict(frames)
    away = [np.abs(one.forces - frame.arrays["forces"]).ravel() for one, frame in zip(said, frames, strict=True)]
    return float(np.concatenate(away).mean())

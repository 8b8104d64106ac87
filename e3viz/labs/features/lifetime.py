"""A model while it was trained: the checkpoints that a run keeps beside its best model."""

from __future__ import annotations

from pathlib import Path

from e3viz.errors import UserError
from e3viz.labs.features.state import BUNDLED, SAVED
from e3viz.potentials.contract import Potential
from e3viz.training.run import Run

KEPT = "epoch-"


def epochs(model: str) -> list[int]:
    """After which epochs the weights were kept, for a state's `model`; none for a model that does not lie in the folder of its run."""
    if model.startswith(BUNDLED):
        return []
    return [int(name[len(KEPT) :]) for name in _run(Path(model).expanduser()).checkpoints() if name.startswith(KEPT)]


def checkpoint(model: str, epoch: str) -> Path | None:
    """The file of a kept epoch; None for a model as it was saved, and for one that has no run. Raises UserError for an epoch not kept."""
    kept = [str(one) for one in epochs(model)]
    if epoch == SAVED or not kept:
        return None
    if epoch not in kept:
        raise UserError(f"The run of {Path(model).parent.name} kept nothing of epoch {epoch}.", f"It kept {', '.join(kept)}.")
    return _run(Path(model).expanduser()).path(f"checkpoints/{KEPT}{int(epoch):06d}.safetensors")


def as_it_was(potential: Potential, path: Path) -> Potential:
    """A network with the weights of a checkpoint. Raises FileError for a damaged one, UserError for a potential that is no network."""
    from e3viz.potentials import gradient
    from e3viz.potentials.neural import NeuralPotential
    from e3viz.training.checkpoints import read_checkpoint

    if not isinstance(potential, NeuralPotential):
        raise UserError(f"A potential of kind {potential.kind} is not learned epoch by epoch.", "Look at it as it was saved.")
    return gradient.as_it_was(potential, read_checkpoint(path).state)


def _run(model: Path) -> Run:
    return Run(model.parent)

"""Checkpoints: all that a run needs to go on as if nothing had happened, as a safetensors file (numbers and text, nothing that runs).

Arrays are those of the fit (`Fit.state`); the header carries the counts of the loop. Written beside and renamed, so that a whole one is
always there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import FileError
from e3viz.files import replacing

LAYOUT = 1


@dataclass(frozen=True)
class Progress:
    """Counts of the loop after an epoch. seconds, cpu_seconds: of training so far; best_score: None until one was measured; settings: of
    the potential, by which a fork knows what has changed."""

    epoch: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    best_epoch: int = 0
    best_score: float | None = None
    settings: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """progress: of the loop; state: of the fit."""

    progress: Progress
    state: dict[str, NDArray[Any]]

    @property
    def epoch(self) -> int:
        """How many epochs were done."""
        return self.progress.epoch


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Raises FileError; what was there before stays then."""
    from safetensors.numpy import save_file

    path.parent.mkdir(exist_ok=True)
    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.state.items()}
    with replacing(path) as beside:
        try:
            save_file(arrays, beside, metadata={"e3viz": str(LAYOUT), "progress": json.dumps(asdict(checkpoint.progress))})
        except Exception as error:
            raise OSError(getattr(error, "errno", None) or 0, str(error)) from error


def read_checkpoint(path: Path) -> Checkpoint:
    """Raises FileError for anything that `write_checkpoint` did not write."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as opened:
            metadata = opened.metadata() or {}
            state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118  not a dictionary
        if int(metadata["e3viz"]) > LAYOUT:
            raise FileError(f"{path.name} was written by a newer e3viz.", "Go on with that version.")
        return Checkpoint(Progress(**json.loads(metadata["progress"])), state)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise FileError(f"{path.name} cannot be read as a checkpoint.", "Take another one, or begin the run again.") from error


def also_as(path: Path, other: Path) -> None:
    """The same file under another name, at no cost where the file system can do that. Raises FileError."""
    beside = other.with_name(f".{other.name}")
    try:
        beside.unlink(missing_ok=True)
        try:
            os.link(path, beside)
        except OSError:
            shutil.copyfile(path, beside)
        beside.replace(other)
    except OSError as error:
        raise FileError(f"{other.name} could not be written: {error.strerror or error}.") from error

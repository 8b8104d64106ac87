"""A potential as one self-describing file: a safetensors file (numbers and nothing else) whose header carries the card as JSON.

Reading one never executes anything. The suffix is `.e3p`; `e3viz` in the header says which version of the layout it is.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from e3viz import __version__
from e3viz.errors import FileError
from e3viz.files import replacing
from e3viz.potentials import kind
from e3viz.potentials.contract import Card, Potential

SUFFIX = ".e3p"
LAYOUT = 1


def save(potential: Potential, path: Path) -> None:
    """Write it beside, then in place of what was there. Raises FileError."""
    from safetensors.numpy import save_file

    arrays = {name: np.asarray(array, order="C") for name, array in potential.arrays().items()}
    card = asdict(_plain_card(potential.card))
    card["versions"] = {**card["versions"], "e3viz": __version__}
    with replacing(path) as beside:
        save_file(arrays, beside, metadata={"e3viz": str(LAYOUT), "card": json.dumps(card)})


def read(path: Path) -> Potential:
    """The potential in a file that `save` wrote. Raises FileError for anything else."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        card = read_card(path)
        arrays = load_file(path)
    except (SafetensorError, OSError) as error:
        raise FileError(
            f"{path.name} cannot be read as a potential: {_first_line(error)}.", f"e3viz writes them as “{SUFFIX}” files."
        ) from error
    return kind(card.kind).Potential.from_arrays(card, arrays)


def read_card(path: Path) -> Card:
    """What a potential's file says of itself, without its weights. Raises FileError."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as opened:
            metadata = opened.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise FileError(
            f"{path.name} cannot be read as a potential: {_first_line(error)}.", f"e3viz writes them as “{SUFFIX}” files."
        ) from error
    if not metadata.get("e3viz", "").isdigit() or "card" not in metadata:
        raise FileError(
            f"{path.name} holds tensors, but not a potential of e3viz.", "A model of another program opens through its own reader."
        )
    if int(metadata["e3viz"]) > LAYOUT:
        raise FileError(f"{path.name} was written by a newer e3viz.", "Open it with that version.")
    try:
        said: dict[str, Any] = json.loads(metadata["card"])
        said["elements"] = tuple(int(z) for z in said["elements"])
        said["references"] = {int(z): float(energy) for z, energy in said["references"].items()}
        return Card(**said)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise FileError(f"The description inside {path.name} is damaged.", "Fit the potential again, or take another copy.") from error


def _plain_card(card: Card) -> Card:
    """The same with plain dictionaries, which `asdict` can copy."""
    return Card(
        card.kind,
        tuple(int(z) for z in card.elements),
        float(card.r_max),
        dict(card.settings),
        {int(z): float(energy) for z, energy in card.references.items()},
        dict(card.data),
        {name: float(value) for name, value in card.metrics.items()},
        dict(card.versions),
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")

"""How far an atom's surroundings are from all that a model has learned from: the distance to the nearest atom of its training data.

Surroundings are told by what the model itself makes of them: the invariants of its last layer, scalars as they are and the length of each
copy of a higher irrep. Each is divided by its standard deviation over the training atoms, and the distance is Euclidean, to the nearest
atom of the same element, divided by the root of how many there are (J. P. Janet et al., Chem. Sci. 10, 7913 (2019)).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.datasets import load_data, path_of
from e3viz.atoms.reading import load
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.labs.features import errors
from e3viz.labs.features.committee import by_tenths
from e3viz.labs.features.source import ETHANOL, ModelKey, Stamp, blocks, data_path, model_key, model_name, partly, trajectory
from e3viz.labs.features.state import State
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Points
from e3viz.potentials.contract import Featured, Potential
from e3viz.training.run import Run

MOST_KNOWN = 300
"""Structures of the training data that are looked at, evenly spread."""
LEAST = 1e-4
Known = tuple[tuple[str, int], ...]


def chart(state: State) -> Chart:
    """Force errors of atoms against how far they are from what the model has learned from."""
    found, away = errors.predicted(state), distances(state)
    wrong, shown, chosen = found.force_errors(), errors.sampled(len(away)), errors.chosen(state, found)
    plots: list[Plot] = [
        Points(away[shown], np.maximum(wrong[shown], LEAST), "muted", size=2.5, name="atoms"),
        Curve(*by_tenths(away, wrong), "accent", 2.2, name="tenths"),
        Points(away[chosen], np.maximum(wrong[chosen], LEAST), "accent", size=9.0, mark="ring", name="chosen"),
    ]
    return Chart(tuple(plots), Axis("distance to the nearest training atom", low=0.0), Axis("|ΔF|, eV/Å", log=True))


def distances(state: State) -> FloatArray:
    """Of every atom of the frames predicted, (a,); an atom of the training data itself has 0. Raises UserError where those are not known."""
    frames = tuple(errors.predicted(state).frames.astype(int).tolist())
    return _distances(model_key(state), state.off, learned_from(state), (data_path(state), trajectory(state).stamp), frames)


def learned_from(state: State) -> Known:
    """File and frame of training structures, evenly spread: of the data that a person names, or of those that the model's file or its run
    tells of. Raises UserError where nothing does."""
    origins = _origins(state)
    chosen = np.unique(np.linspace(0, len(origins) - 1, min(MOST_KNOWN, len(origins))).round().astype(int))
    return tuple(origins[k] for k in chosen.tolist())


def _origins(state: State) -> list[tuple[str, int]]:
    model = model_key(state)
    run = Run(model.path.parent)
    if not state.known.strip() and run.path("split.json").is_file():
        return [(str(name), int(frame)) for name, frame in run.split()["train"]]
    data = partly(model, ()).card.data
    if state.known.strip():
        source = state.known.strip()
    elif data.get("file") == ETHANOL.name:
        source = f"{ETHANOL}@0:{data.get('train', 800)}"
    else:
        raise UserError(
            f"What {model_name(state)} was trained on is not known here.",
            "Name its training data under “Training data” on the tab Forces.",
        )
    return [(origin.file, origin.frame) for origin in load_data([source]).origins]


@lru_cache(maxsize=8)
def _distances(model: ModelKey, off: tuple[str, ...], known: Known, data: Stamp, frames: tuple[int, ...]) -> FloatArray:
    from scipy.spatial import cKDTree

    potential, every = partly(model, off), load(data[0])
    there, of_there = described(potential, [load(path_of(name))[frame] for name, frame in known])
    here, of_here = described(potential, [every[k] for k in frames])
    found: FloatArray = np.full(len(here), np.inf)
    for z in np.unique(of_here):
        learned, own = there[of_there == z], of_here == z
        if not len(learned):
            raise UserError("The training data lack one of the elements on view.", "Name the data that this model was trained on.")
        scale = learned.std(axis=0)
        used = scale > 1e-9 * max(1e-30, float(scale.max()))
        if used.any():
            tree = cKDTree(learned[:, used] / scale[used])
            found[own] = tree.query(here[own][:, used] / scale[used])[0] / np.sqrt(used.sum())
        else:
            found[own] = 0.0
    return found


def described(potential: Potential, structures: list[Structure]) -> tuple[FloatArray, NDArray[np.int32]]:
    """What tells the surroundings of all atoms (a, d), and their elements (a,)."""
    rows = []
    for number, one in enumerate(structures):
        task.report(number, len(structures), "comparing with the training data")
        rows.append(invariants(potential, one))
    return np.concatenate(rows), np.concatenate([one.numbers for one in structures])


def invariants(potential: Potential, structure: Structure) -> FloatArray:
    """(n, d) numbers of the model's last layer that no rotation or inversion changes. Raises UserError for a model that hands out none."""
    if not isinstance(potential, Featured):
        raise UserError(
            f"A model of kind {potential.kind} hands out nothing that would tell surroundings apart.", "Choose one of e3viz's own kinds."
        )
    last = potential.features(structure)[-1]
    parts = [values[:, :, 0] if irrep.l == 0 else np.linalg.norm(values, axis=2) for irrep, values in blocks(last).items()]
    found: FloatArray = np.concatenate(parts, axis=1)
    return found

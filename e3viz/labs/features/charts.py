"""Numbers of the features as charts: power of each irrep by layer, and one irrep of every atom and channel as a heat map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.labs.features.scenes import wanted
from e3viz.labs.features.source import blocks, layer, seen
from e3viz.labs.features.state import State
from e3viz.pictures.chart import Axis, Bars, Chart, Heat
from e3viz.pictures.style import degree_hue
from e3viz.potentials.contract import LayerFeatures
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep

MOST_NAMES = 12


def powers(one: LayerFeatures) -> dict[Irrep, float]:
    """Mean square length of each irrep over atoms and channels."""
    return {irrep: float((values**2).sum(axis=2).mean()) for irrep, values in blocks(one).items()}


def power_chart(state: State, g: Element) -> Chart:
    """Each irrep's share of the power after each layer; the embedding has scalars alone."""
    every = seen(state, g).layers
    first = int(len(every) > 1 and every[0].layer == "embedding")
    found = every[first:]
    irreps = sorted({irrep for one in found for irrep in blocks(one)})
    width = 0.8 / max(1, len(irreps))
    whole = [sum(powers(one).values()) or 1.0 for one in found]
    plots = []
    for k, irrep in enumerate(irreps):
        heights = [powers(one).get(irrep, 0.0) / total for one, total in zip(found, whole, strict=True)]
        x = np.arange(len(found)) + first + (k - (len(irreps) - 1) / 2) * width
        plots.append(Bars(x, np.array(heights), 0.9 * width, degree_hue(irrep.l), label=str(irrep), name=str(irrep)))
    ticks = tuple((float(n + first), str(n + first)) for n in range(len(found)))
    ends = (first - 0.6, first + len(found) - 0.4)
    return Chart(tuple(plots), Axis("layer", low=ends[0], high=ends[1], ticks=ticks), Axis("share", low=0.0, high=1.0), above=True)


def heat(state: State, g: Element) -> Chart:
    """Atom against channel: signed where scalars are shown alone, lengths otherwise."""
    one = seen(state, g).layers[min(state.layer, len(seen(state, g).layers) - 1)]
    irreps = wanted(state, layer(state))
    parts = [values for irrep, values in blocks(one).items() if irrep in irreps]
    atoms = Axis("atom", ticks=_atom_ticks(seen(state, g).structure.numbers))
    if len(parts) == 1 and parts[0].shape[2] == 1:
        return Chart((Heat(parts[0][:, :, 0], name="heat"),), Axis("channel", whole=True), atoms)
    copies = max((p.shape[1] for p in parts), default=1)
    total = np.zeros((len(one.values), copies))
    for p in parts:
        total[:, : p.shape[1]] += (p**2).sum(axis=2)
    return Chart((Heat(np.sqrt(total), diverging=False, name="heat"),), Axis("channel", whole=True), atoms)


def _atom_ticks(numbers: NDArray[np.int32]) -> tuple[tuple[float, str], ...]:
    """Names of few atoms, or some round numbers."""
    if len(numbers) <= MOST_NAMES:
        return tuple((float(k), f"{SYMBOLS[z]}{k}") for k, z in enumerate(numbers))
    step = max(1, len(numbers) // 6)
    return tuple((float(k), str(k)) for k in range(0, len(numbers), step))

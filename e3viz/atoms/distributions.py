"""Distributions of distances: the radial distribution function, and the lengths of bonds.

In a cell that repeats along all directions g(r) = V / (N_a N_b) · n_ab(r) / (4π r² Δr), averaged over frames, with n_ab the ordered pairs
(a, b) in the shell: it goes to 1 far away (Allen & Tildesley, Computer Simulation of Liquids, 2.6). Anything else has no density to
compare with, so there the number of pairs per atom and Å is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.bonds import SCALE, find_bonds, pair_name
from e3viz.atoms.elements import ELECTROPOSITIVITY, SYMBOLS, atomic_number
from e3viz.atoms.neighbours import cell_volume, neighbours
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.task import report

MOST_BINS = 5000


class Sequential(Protocol):
    """Frames by number: a list of structures or a Trajectory."""

    def __len__(self) -> int: ...

    def __getitem__(self, frame: int, /) -> Structure: ...


Frames = Structure | Sequential


@dataclass(frozen=True, eq=False)
class Distribution:
    """A histogram of distances.

    centres: of the bins, Å (k,); values: (k,), in the unit that `quantity` names: “g(r)”, “pairs per atom and Å” or “bonds per Å”;
    pair: the elements, such as Si-O, or "all"; width: of a bin, Å; frames: how many were averaged; coordination: for pairs, how many
    neighbours an atom has on average up to the end of each bin (k,), empty for bonds.
    """

    centres: FloatArray
    values: FloatArray
    quantity: str
    pair: str
    width: float
    frames: int
    coordination: FloatArray


def radial_distribution(frames: Frames, r_max: float = 8.0, bins: int = 200, pair: tuple[str, str] | None = None) -> Distribution:
    """g(r) up to `r_max` (Å), of one frame or averaged over many; of all atoms, or of the second element of `pair` around the first."""
    _check(r_max, bins)
    kinds = None if pair is None else (atomic_number(pair[0]), atomic_number(pair[1]))
    edges = np.linspace(0.0, r_max, bins + 1)
    density = np.zeros(bins)  # of neighbours per atom, divided by the mean density wherever there is one
    counted = np.zeros(bins)
    seen, everywhere = 0, True
    for frame in _each(frames, "radial distribution"):
        found = neighbours(frame, r_max)
        i, j, distances = found.i, found.j, found.distances
        centres, others = len(frame), float(len(frame))
        if kinds is not None:
            keep = (frame.numbers[i] == kinds[0]) & (frame.numbers[j] == kinds[1])
            distances = distances[keep]
            centres, others = (int(np.count_nonzero(frame.numbers == z)) for z in kinds)
        if not centres or not others:
            raise UserError(f"There are no atoms of {' or '.join(pair or ('any element',))} here.", "Choose elements of this structure.")
        counts = np.histogram(distances, edges)[0] / centres
        volume = cell_volume(frame)
        everywhere &= volume is not None
        counted += counts
        density += counts * (volume or 1.0) / others
        seen += 1
    _need(seen)
    shells = 4.0 / 3.0 * math.pi * np.diff(edges**3)
    width = r_max / bins
    values = density / shells / seen if everywhere else counted / width / seen
    return Distribution(
        centres=(edges[1:] + edges[:-1]) / 2.0,
        values=values,
        quantity="g(r)" if everywhere else "pairs per atom and Å",
        pair="all" if kinds is None else f"{'-'.join(pair or ())}",
        width=width,
        frames=seen,
        coordination=np.cumsum(counted) / seen,
    )


def bond_lengths(frames: Frames, bins: int = 120, scale: float = SCALE) -> list[Distribution]:
    """Histograms of the bond lengths, one for each pair of elements that has bonds, in bonds per Å and frame; their area is the number of
    bonds. All share the same bins."""
    _check(1.0, bins)
    lengths: dict[tuple[int, int], list[FloatArray]] = {}
    seen = 0
    for frame in _each(frames, "bond lengths"):
        bonds = find_bonds(frame, scale)
        ends = np.sort(np.stack([frame.numbers[bonds.i], frame.numbers[bonds.j]], axis=1), axis=1)
        along = bonds.lengths(frame)
        for a, b in np.unique(ends, axis=0):
            lengths.setdefault((int(a), int(b)), []).append(along[(ends == (a, b)).all(axis=1)])
        seen += 1
    _need(seen)
    if not lengths:
        return []
    every = {pair: np.concatenate(parts) for pair, parts in lengths.items()}
    low, high = min(x.min() for x in every.values()), max(x.max() for x in every.values())
    margin = max(0.02, 0.05 * (high - low))
    edges = np.linspace(max(0.0, low - margin), high + margin, bins + 1)
    width = float(edges[1] - edges[0])
    middles = (edges[1:] + edges[:-1]) / 2.0
    return [
        Distribution(middles, np.histogram(x, edges)[0] / width / seen, "bonds per Å", pair_name(*pair), width, seen, np.zeros(0))
        for pair, x in sorted(every.items())
    ]


def element_pairs(structure: Structure) -> list[tuple[str, str]]:
    """The pairs of elements that a radial distribution can be asked for."""
    kinds: NDArray[np.int64] = np.unique(structure.numbers)
    symbols = [SYMBOLS[z] for z in sorted(kinds.tolist(), key=lambda z: int(ELECTROPOSITIVITY[z]))]
    return [(a, b) for k, a in enumerate(symbols) for b in symbols[k:]]


def _each(frames: Frames, what: str) -> Iterable[Structure]:
    if isinstance(frames, Structure):
        yield frames
        return
    for k in range(len(frames)):
        report(k, len(frames), what)
        yield frames[k]


def _check(r_max: float, bins: int) -> None:
    if not (math.isfinite(r_max) and r_max > 0):
        raise UserError("The largest distance must be above zero.", "Choose for example 8 Å.")
    if not 1 <= bins <= MOST_BINS:
        raise UserError(f"A histogram has 1 to {MOST_BINS:,} bins.", "Choose for example 200.")


def _need(frames: int) -> None:
    if not frames:
        raise UserError("There are no frames to average over.", "Choose at least one.")

"""Labelled structures in batches, as the fit of a moment tensor potential wants them: neighbours found, labels as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from e3viz import task
from e3viz.atoms import datasets
from e3viz.atoms.neighbours import cell_volume, neighbours
from e3viz.atoms.references import reference_energy
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.moment_pairs import Cloud, RadialBasis
from e3viz.potentials.moments import Exponents

_PAIRS_AT_ONCE = 2_000


@dataclass(frozen=True, eq=False)
class Batch:
    """A cloud with its labels: energies beyond the references in eV (structures,), forces (n, 3), stress (structures, 3, 3), NaN where
    there are none; volumes Å³; weights (structures,)."""

    cloud: Cloud
    energies: FloatArray
    forces: FloatArray
    stress: FloatArray
    volumes: FloatArray
    weights: FloatArray


@dataclass(frozen=True)
class Batching:
    """What batches are made for: elements, exponents of the basic moments, radial functions, reference energies."""

    elements: tuple[int, ...]
    shapes: tuple[Exponents, ...]
    span: RadialBasis
    references: Mapping[int, float]

    def of(self, structures: Sequence[Structure], weights: FloatArray) -> Iterator[Batch]:
        """All structures whose weight is not 0, a few thousand pairs at a time."""
        waiting: list[int] = []
        pairs = 0
        for n, structure in enumerate(structures):
            if n % 50 == 0:
                task.report(n, len(structures), "Looking for neighbours")
            if weights[n]:
                waiting.append(n)
                pairs += len(neighbours(structure, self.span.r_max))
            if waiting and (pairs > _PAIRS_AT_ONCE or n == len(structures) - 1):
                yield self._batch([structures[k] for k in waiting], weights[waiting])
                waiting, pairs = [], 0

    def _batch(self, structures: Sequence[Structure], weights: FloatArray) -> Batch:
        unknown = np.full((3, 3), np.nan)
        energies = [datasets.energy(s) - reference_energy(s, self.references) for s in structures]
        forces = [np.full((len(s), 3), np.nan) if (f := datasets.forces(s)) is None else f for s in structures]
        volumes = [cell_volume(s) for s in structures]
        stress = [unknown if (t := datasets.stress(s)) is None or v is None else t for s, v in zip(structures, volumes, strict=True)]
        cloud = Cloud.of(structures, self.elements, self.shapes, self.span)
        sizes = np.array([v or 1.0 for v in volumes])
        return Batch(cloud, np.array(energies), np.concatenate(forces), np.array(stress), sizes, weights)


def label_weights(batches: Sequence[Batch]) -> tuple[float, float, float]:
    """Σ of the weights of all labels: energies, components of forces, components of stress. Raises UserError where there are none."""
    totals = np.zeros(3)
    for batch in batches:
        forces = np.isfinite(batch.forces).sum(axis=1)
        totals += [
            float(batch.weights @ np.isfinite(batch.energies)),
            float(batch.weights[batch.cloud.structure] @ forces),
            float(batch.weights @ np.isfinite(batch.stress).sum(axis=(1, 2))),
        ]
    if not totals.any():
        raise UserError("The training structures carry no labels that count.", "They need energies or forces, with a weight above zero.")
    return float(totals[0]), float(totals[1]), float(totals[2])


def shortest_distance(structures: Sequence[Structure], r_max: float) -> float:
    """In all the data, Å; half of `r_max` where nothing is nearer than that."""
    found = [near.distances.min() for structure in structures if len(near := neighbours(structure, r_max))]
    return float(min(found)) if found else 0.5 * r_max

"""MTP, a moment tensor potential (Shapeev 2016; Novikov et al., Mach. Learn.: Sci. Technol. 2021, 2, 025002).

    E_i = ξ₀(element of i) + Σ_α ξ_α B_α(moments of i)

with the scalars B_α of `moments` and the radial coefficients c of `moment_pairs`. `potentials.mtp_fit` finds ξ and c.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.neighbours import cell_volume
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.contract import Arrays, Card, Fit, FitData, Kind, LayerFeatures, Potential, Prediction, check_elements
from e3viz.potentials.moment_pairs import Cloud, RadialBasis
from e3viz.potentials.moment_program import MomentProgram
from e3viz.potentials.moments import HIGHEST, Exponents, MomentBasis
from e3viz.potentials.settings import setting

_ATOMS_AT_ONCE = 256
"""So that memory does not grow with the structure, and much stays in the cache."""


@dataclass(frozen=True)
class MtpSettings:
    """What a moment tensor potential is made of, and how it is fitted."""

    r_max: float = setting(5.0, "cutoff, Å", low=0.5, high=20.0)
    r_min: float = setting(0.0, "where the radial functions begin, Å; 0 for the shortest distance of the training data", low=0.0, high=15.0)
    level: int = setting(12, "up to which scalars are taken", low=2, high=HIGHEST)
    radial: int = setting(8, "Chebyshev polynomials per radial function", low=2, high=32)
    epochs: int = setting(100, "most steps of the refinement of the radial functions, 1 for a linear fit alone", low=1, high=100_000)
    refine_on: int = setting(
        0, "on how many training structures radial functions are refined, 0 for all; then all are solved for", low=0, high=10**9
    )
    finish: int = setting(0, "after `refine_on`: most steps of the refinement that follow on all structures", low=0, high=100_000)
    tolerance: float = setting(2e-4, "share of the loss by which a step must lower it, on average over four steps", low=0.0, high=1.0)
    energy_weight: float = setting(100.0, "of squared errors of the energy per atom", low=0.0, high=1e9)
    forces_weight: float = setting(1.0, "of squared errors of the forces", low=0.0, high=1e9)
    stress_weight: float = setting(0.0, "of squared errors of the stress", low=0.0, high=1e12)
    ridge: float = setting(1e-10, "how much large coefficients cost", low=0.0, high=1e6)


@dataclass(frozen=True, eq=False)
class MtpModel:
    """The numbers of an MTP: radial c (elements, elements, μ, size), constants ξ₀ in eV (elements,), linear ξ in eV (k,)."""

    basis: MomentBasis
    radial_basis: RadialBasis
    radial: FloatArray
    constants: FloatArray
    linear: FloatArray

    @property
    def shapes(self) -> tuple[Exponents, ...]:
        """The exponents that basic moments have."""
        return moment_shapes(self.basis)


def moment_shapes(basis: MomentBasis) -> tuple[Exponents, ...]:
    """The exponents that differ, sorted."""
    return tuple((int(x), int(y), int(z)) for x, y, z in np.unique(basis.basic[:, 1:], axis=0))


def shape_places(basis: MomentBasis) -> NDArray[np.int64]:
    """Which of the shapes each basic moment has (basics,)."""
    places = {shape: n for n, shape in enumerate(moment_shapes(basis))}
    return np.array([places[int(x), int(y), int(z)] for _, x, y, z in basis.basic], dtype=np.int64)


class MtpPotential(Potential):
    """MTP whose coefficients are known."""

    kind: ClassVar[str] = "mtp"

    def __init__(self, card: Card, model: MtpModel) -> None:
        self.card, self.model = card, model
        self.program = MomentProgram(model.basis)
        self.shapes = model.shapes
        self.mu = model.basis.basic[:, 0].astype(np.int64)
        self.shape = shape_places(model.basis)

    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        """See the contract."""
        check_elements(self.card, structures)
        made = []
        for done, structure in enumerate(structures):
            task.report(done, len(structures), "Predicting")
            made.append(self._one(structure))
        return made

    def features(self, structure: Structure) -> list[LayerFeatures]:
        """The scalars of every atom."""
        check_elements(self.card, [structure])
        cloud = self._cloud(structure)
        v = self.program.values(self._moments(cloud))
        return [LayerFeatures("moment contractions", f"{len(self.model.linear)}x0e", v[self.model.basis.scalars].T.copy())]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        model = self.model
        limits = np.array([model.radial_basis.r_min, model.radial_basis.r_max, model.radial_basis.scaling])
        tables = {"basic": model.basis.basic, "times": model.basis.times, "scalars": model.basis.scalars}
        return {"radial": model.radial, "constants": model.constants, "linear": model.linear, "limits": limits, **tables}

    @classmethod
    def from_arrays(cls, card: Card, arrays: Arrays) -> Self:
        """See the contract."""
        wanted = ("radial", "constants", "linear", "limits", "basic", "times", "scalars")
        missing = [name for name in wanted if name not in arrays]
        if missing:
            raise UserError(f"The weights of this mtp potential lack “{missing[0]}”.", "Take another copy of the file.")
        radial, constants, linear, limits, basic, times, scalars = (np.asarray(arrays[name]) for name in wanted)
        n, k = len(card.elements), len(scalars)
        fits = limits.shape == (3,) and basic.ndim == times.ndim == 2 and basic.shape[1] == times.shape[1] == 4 and len(basic) > 0
        fits = (
            fits and radial.ndim == 4 and radial.shape[:2] == (n, n) and constants.shape == (n,) and linear.shape == (k,) == scalars.shape
        )
        if not fits or not sound(basic, times, scalars, radial.shape[2]):
            raise UserError("The weights of this mtp potential do not fit together.", "Take another copy of the file.")
        count = len(np.unique(np.concatenate([times[:, 3], np.arange(len(basic))])))
        basis = MomentBasis(basic.astype(np.int32), times.astype(np.int32), count, scalars.astype(np.int32))
        span = RadialBasis(radial.shape[3], *(float(limit) for limit in limits))
        return cls(card, MtpModel(basis, span, radial.astype(float), constants.astype(float), linear.astype(float)))

    def parameters(self) -> int:
        """See the contract."""
        return int(self.model.radial.size + self.model.constants.size + self.model.linear.size)

    def _cloud(self, structure: Structure) -> Cloud:
        return Cloud.of([structure], self.card.elements, self.shapes, self.model.radial_basis)

    def _moments(self, cloud: Cloud) -> FloatArray:
        values, _ = cloud.functions(self.model.radial)
        return cloud.sums(values[self.mu] * cloud.angular[1][self.shape])

    def _one(self, structure: Structure) -> Prediction:
        cloud = self._cloud(structure)
        shares = np.array([self.card.references.get(int(z), 0.0) for z in structure.numbers])
        per_pair = np.empty((len(cloud.i), 3, 1))
        for first in range(0, len(structure), _ATOMS_AT_ONCE):
            task.report(first, len(structure), "Predicting")
            some = cloud.some(first, _ATOMS_AT_ONCE)
            energies, slopes = self._some(some)
            shares[first : first + len(energies)] += energies
            per_pair[cloud.starts[first] : cloud.starts[first + len(energies)], :, 0] = slopes
        volume = cell_volume(structure)
        stress = None if volume is None else cloud.strains(per_pair)[0, ..., 0] / volume
        return Prediction(float(shares.sum()), shares, cloud.forces(per_pair)[..., 0], stress)

    def _some(self, cloud: Cloud) -> tuple[FloatArray, FloatArray]:
        """Energies of atoms (n,) and their derivatives by the vectors of pairs (m, 3)."""
        model = self.model
        v = self.program.values(self._moments(cloud))
        pull = self.program.gradient(v, model.linear)[:, cloud.i]
        values, slopes = cloud.functions(model.radial)
        units, angular, turned = cloud.angular
        along = (pull * slopes[self.mu] * angular[self.shape]).sum(axis=0)
        pull *= values[self.mu]
        energies = model.constants[cloud.species] + model.linear @ v[model.basis.scalars]
        return energies, along[:, None] * units + np.einsum("bm,bma->ma", pull, turned[self.shape])


def sound(basic: NDArray[Any], times: NDArray[Any], scalars: NDArray[Any], functions: int) -> bool:
    """Whether the tables name nothing that is not there: each step's operands are made before it, and nothing is made twice apart."""
    if (basic < 0).any() or basic[:, 0].max() >= functions or basic[:, 1:].max() > 4 * HIGHEST:
        return False
    count = len(basic)
    used: set[int] = set()
    for a, b, _, c in times.tolist():
        if c == count:
            count += 1
        if not (len(basic) <= c < count) or not (0 <= a < count and 0 <= b < count) or c in (a, b) or c in used:
            return False
        used.update((a, b))
    return bool(((scalars >= 0) & (scalars < count)).all()) and len(scalars) > 0


def begin(settings: MtpSettings, data: FitData) -> Fit:
    """A fit that has not begun."""
    from e3viz.potentials.mtp_fit import MtpFit

    return MtpFit(settings, data)


KIND = Kind("mtp", "MTP", "Shapeev 2016, doi 10.1137/15M1054183", MtpSettings, MtpPotential, begin)

"""SNAP: the energy of an atom is a linear or quadratic function of its bispectrum components (Thompson et al. 2015; quadratic: Wood and
Thompson, J. Chem. Phys. 2018, 148, 241721).

    E_i = β₀ + Σ_k β_k B_k + ½ Σ_k α_kk B_k² + Σ_{k<l} α_kl B_k B_l

with coefficients of the element of atom i, ordered as here and as LAMMPS has them. Energies, forces and stress are linear in the
coefficients, so a fit is one weighted ridge least squares; frames that are added later join its triangle (`least_squares`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from e3viz import task
from e3viz.atoms.datasets import energy, forces, stress
from e3viz.atoms.neighbours import cell_volume
from e3viz.atoms.references import reference_energy
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError
from e3viz.potentials.bispectrum import Bispectrum, Components
from e3viz.potentials.contract import Arrays, Card, Fit, FitData, Kind, LayerFeatures, Potential, Prediction, check_elements
from e3viz.potentials.least_squares import Triangle, solve, squares
from e3viz.potentials.settings import plain, read, setting


@dataclass(frozen=True)
class SnapSettings:
    """What bispectrum components are made of, and how their coefficients are fitted. Elements stand in ascending order."""

    r_max: float = setting(5.0, "cutoff between two atoms of the largest radius, Å", low=0.5, high=20.0)
    twojmax: int = setting(8, "2J, how finely directions and distances are told apart", low=0, high=14)
    quadratic: bool = setting(False, "whether products of two components count too")
    radii: tuple[float, ...] = setting((0.5,), "of each element, relative; one for all alike")
    weights: tuple[float, ...] = setting((), "of each element as a neighbour; one for all alike; none for 0.4 to 1 in even steps")
    rfac0: float = setting(0.99363, "share of a half turn that the cutoff is mapped to", low=0.01, high=1.0)
    rmin0: float = setting(0.0, "distance that is mapped to the pole, Å", low=0.0, high=10.0)
    switch: bool = setting(True, "whether neighbours fade out at the cutoff")
    bzero: bool = setting(True, "whether the components of an atom alone are taken off")
    bnorm: bool = setting(False, "whether components are divided by j + 1")
    energy_weight: float = setting(100.0, "of squared errors of the energy per atom", low=0.0, high=1e9)
    forces_weight: float = setting(1.0, "of squared errors of the forces", low=0.0, high=1e9)
    stress_weight: float = setting(0.0, "of squared errors of the stress", low=0.0, high=1e12)
    ridge: float = setting(1e-9, "how much large coefficients cost", low=0.0, high=1e6)


def bispectrum(settings: SnapSettings, elements: Sequence[int]) -> Bispectrum:
    """What the settings mean for these elements. Raises UserError where radii or weights are not one for each."""
    n = len(elements)
    told_apart = tuple(float(weight) for weight in np.linspace(0.4, 1.0, n)) if n > 1 else (1.0,)
    radii, weights = _each(settings.radii, elements, "radii"), _each(settings.weights or told_apart, elements, "weights")
    if min(radii) <= 0.0:
        raise UserError("snap: radii must be above zero.", "Only their ratios matter, for example [0.5, 0.4].")
    if settings.rmin0 >= settings.r_max * min(radii) / max(radii):
        raise UserError("snap: rmin0 must be less than the shortest cutoff.", "0 is usual.")
    rcutfac = settings.r_max / (2.0 * max(radii))
    flags = settings.switch, settings.bzero, settings.bnorm
    return Bispectrum(tuple(elements), radii, weights, rcutfac, settings.twojmax, settings.rfac0, settings.rmin0, *flags)


class SnapPotential(Potential):
    """SNAP whose coefficients are known: (elements, 1 + k), or (elements, 1 + k + k (k + 1)/2) if quadratic."""

    kind: ClassVar[str] = "snap"

    def __init__(self, card: Card, coefficients: FloatArray) -> None:
        self.card = card
        self.coefficients = np.array(coefficients, dtype=np.float64)
        self.settings: SnapSettings = read(SnapSettings, card.settings, card.kind)
        self.bispectrum = bispectrum(self.settings, card.elements)
        k = self.bispectrum.size
        self.linear = self.coefficients[:, 1 : k + 1]
        self.curvature = np.zeros((len(card.elements), k, k))
        if self.settings.quadratic:
            rows, columns = np.triu_indices(k)
            self.curvature[:, rows, columns] = self.curvature[:, columns, rows] = self.coefficients[:, k + 1 :]

    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        """See the contract."""
        check_elements(self.card, structures)
        made = []
        for done, structure in enumerate(structures):
            task.report(done, len(structures), "Predicting")
            made.append(self._one(structure))
        return made

    def features(self, structure: Structure) -> list[LayerFeatures]:
        """The bispectrum components of every atom."""
        check_elements(self.card, [structure])
        values, _ = self.bispectrum.weighted(structure, lambda values, _: values)
        return [LayerFeatures("bispectrum components", f"{self.bispectrum.size}x0e", values)]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        return {"coefficients": self.coefficients}

    @classmethod
    def from_arrays(cls, card: Card, arrays: Arrays) -> Self:
        """See the contract."""
        settings: SnapSettings = read(SnapSettings, card.settings, card.kind)
        shape = len(card.elements), columns(bispectrum(settings, card.elements).size, settings.quadratic)
        found = arrays.get("coefficients")
        if found is None or found.shape != shape:
            raise UserError("The coefficients do not fit the settings of this snap potential.", f"They should be {shape[0]} × {shape[1]}.")
        return cls(card, found)

    def parameters(self) -> int:
        """See the contract."""
        return int(self.coefficients.size)

    def _one(self, structure: Structure) -> Prediction:
        values, summed = self.bispectrum.weighted(structure, self._slopes)
        species = summed.species
        shares = self.coefficients[species, 0] + (self.linear[species] * values).sum(axis=1)
        if self.settings.quadratic:
            shares += 0.5 * np.einsum("nk,nkl,nl->n", values, self.curvature[species], values)
        shares += np.array([self.card.references.get(int(z), 0.0) for z in structure.numbers])
        volume = cell_volume(structure)
        pulled = None if volume is None else summed.strain(summed.derivatives)[..., 0] / volume
        return Prediction(float(shares.sum()), shares, summed.forces(summed.derivatives)[..., 0], pulled)

    def _slopes(self, values: FloatArray, species: NDArray[np.int64]) -> FloatArray:
        """Derivatives of the energies by the components (n, k)."""
        if not self.settings.quadratic:
            return self.linear[species]
        made: FloatArray = self.linear[species] + np.einsum("nkl,nl->nk", self.curvature[species], values)
        return made


class SnapFit(Fit):
    """One weighted ridge least squares. Frames may be added to it afterwards (`extend`)."""

    PARTS = ("energy", "forces", "stress")

    def __init__(self, settings: SnapSettings, data: FitData) -> None:
        if not data.train:
            raise UserError("There is nothing to fit to.", "Give at least one training structure.")
        self.settings, self.data = settings, data
        self.bispectrum = bispectrum(settings, data.elements)
        self.card = Card("snap", data.elements, self.bispectrum.r_max, plain(settings), dict(data.references))
        self.columns = len(data.elements) * columns(self.bispectrum.size, settings.quadratic)
        self.triangles = {part: Triangle(self.columns + 1) for part in self.PARTS}
        self.coefficients = np.zeros(self.columns)

    def epoch(self) -> Mapping[str, float]:
        """Take all training structures in and solve."""
        if not self.done:
            weights = np.ones(len(self.data.train)) if self.data.weights is None else self.data.weights
            self._take(self.data.train, weights)
            self.epochs += 1
        return self._solve()

    @property
    def done(self) -> bool:
        """After the one pass."""
        return self.epochs > 0

    def extend(self, structures: Sequence[Structure], weights: FloatArray | None = None) -> Mapping[str, float]:
        """Take more structures in, without looking at the earlier ones again, and solve."""
        self._take(structures, np.ones(len(structures)) if weights is None else weights)
        return self._solve()

    def potential(self) -> SnapPotential:
        """See the contract."""
        n = len(self.card.elements)
        split = 0 if not n else self.columns // n
        ordered = np.concatenate([self.coefficients[:n, None], self.coefficients[n:].reshape(n, split - 1)], axis=1)
        return SnapPotential(self.card, ordered)

    def state(self) -> dict[str, NDArray[Any]]:
        """See the contract."""
        arrays: dict[str, NDArray[Any]] = {part: self.triangles[part].r.copy() for part in self.PARTS}
        totals = np.array([self.triangles[part].total for part in self.PARTS])
        return {**arrays, "totals": totals, "coefficients": self.coefficients.copy(), "epochs": np.array(self.epochs, dtype=np.int64)}

    def restore(self, state: Arrays) -> None:
        """See the contract."""
        if "coefficients" not in state or state["coefficients"].shape != (self.columns,):
            raise UserError("This checkpoint belongs to another snap potential.", "Go on with the settings and elements it was made with.")
        for part, total in zip(self.PARTS, state["totals"], strict=True):
            self.triangles[part] = Triangle.of(state[part], float(total))
        self.coefficients, self.epochs = np.array(state["coefficients"]), int(state["epochs"])

    def _take(self, structures: Sequence[Structure], weights: FloatArray) -> None:
        for done, (structure, weight) in enumerate(zip(structures, weights, strict=True)):
            task.report(done, len(structures), "Computing bispectrum components")
            if weight > 0.0:
                self._rows(structure, float(weight))

    def _rows(self, structure: Structure, weight: float) -> None:
        """The rows of one structure: one for the energy per atom, three for each atom's force, six for the stress."""
        components = self.bispectrum.of(structure)
        values, derivatives = _with_products(components) if self.settings.quadratic else (components.values, components.derivatives)
        n, kinds = len(structure), len(self.card.elements)
        member = np.arange(kinds) == components.species[:, None]
        alone = np.zeros(kinds)
        total = energy(structure)
        if self.settings.energy_weight and np.isfinite(total):
            target = (total - reference_energy(structure, self.card.references)) / n
            row = np.concatenate([member.mean(axis=0), (member.T.astype(float) @ values / n).ravel(), [target]])
            self.triangles["energy"].add(row[None], weight)
        known, pulled, volume = forces(structure), stress(structure), cell_volume(structure)
        with_forces = bool(self.settings.forces_weight) and known is not None and np.isfinite(known).all()
        with_stress = bool(self.settings.stress_weight) and pulled is not None and volume is not None and np.isfinite(pulled).all()
        blocks: dict[str, list[FloatArray]] = {"forces": [], "stress": []}
        for kind in range(kinds):
            own = derivatives if kinds == 1 else derivatives * (components.species[components.near.i] == kind)[:, None, None]
            if with_forces:
                blocks["forces"].append(components.forces(own).reshape(3 * n, -1))
            if with_stress and volume is not None:
                blocks["stress"].append(components.strain(own).reshape(9, -1) / volume)
        for part, label in (("forces", known), ("stress", pulled)):
            if blocks[part] and label is not None:
                rows = np.concatenate([np.tile(alone, (label.size, 1)), *blocks[part], label.reshape(-1, 1)], axis=1)
                self.triangles[part].add(rows, weight)

    def _solve(self) -> dict[str, float]:
        parts = [self.triangles[part] for part in self.PARTS]
        weights = [self.settings.energy_weight, self.settings.forces_weight, self.settings.stress_weight]
        if not any(part.total for part in parts):
            raise UserError(
                "The training structures carry no labels that count.", "They need energies or forces, with a weight above zero."
            )
        self.coefficients = solve(parts, weights, self.settings.ridge, len(self.card.elements))
        if not np.isfinite(self.coefficients).all():
            raise UserError("The least squares have no finite solution.", "Raise the ridge, or look for odd labels in the data.")
        errors = [squares(part, self.coefficients) for part in parts]
        loss = float(np.dot(weights, errors))
        return {"loss": loss, "energy_rmse_per_atom": float(np.sqrt(errors[0])), "forces_rmse": float(np.sqrt(errors[1]))}


def columns(components: int, quadratic: bool) -> int:
    """How many coefficients an element has."""
    return 1 + components + (components * (components + 1) // 2 if quadratic else 0)


def _each(values: tuple[float, ...], elements: Sequence[int], name: str) -> tuple[float, ...]:
    if len(values) not in (1, len(elements)):
        raise UserError(
            f"snap: {name} has {len(values)} entries for {len(elements)} elements.", "Give one for all, or one for each, ascending."
        )
    return tuple(float(value) for value in (values if len(values) == len(elements) else values * len(elements)))


def _with_products(components: Components) -> tuple[FloatArray, FloatArray]:
    """Components and their products ½ B_k² and B_k B_l, with derivatives."""
    values, derivatives, owner = components.values, components.derivatives, components.near.i
    a, b = np.triu_indices(values.shape[1])
    share = np.where(a == b, 0.5, 1.0)
    products = share * values[:, a] * values[:, b]
    own = values[owner][:, None, :]
    moved = own[..., a] * derivatives[..., b]
    moved += own[..., b] * derivatives[..., a]
    moved *= share
    return np.concatenate([values, products], axis=1), np.concatenate([derivatives, moved], axis=2)


def begin(settings: SnapSettings, data: FitData) -> SnapFit:
    """A fit that has not begun."""
    return SnapFit(settings, data)


KIND = Kind("snap", "SNAP", "Thompson et al. 2015, doi 10.1016/j.jcp.2014.12.018", SnapSettings, SnapPotential, begin)

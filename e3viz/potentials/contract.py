"""What every potential is: energies, forces and stress of structures, and a fit that advances an epoch at a time.

Units are eV, Å and eV/Å; stress is eV/Å³ and positive when stretched, as ASE has it. Labels are what structures carry under their
canonical names (`atoms.structure`): `values["energy"]`, `arrays["forces"]`, `values["stress"]`. Nothing here imports torch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import FloatArray, Structure
from e3viz.errors import UserError

Arrays = Mapping[str, NDArray[Any]]
NOTHING: Mapping[Any, Any] = MappingProxyType({})
"""An empty mapping that nobody can fill."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a potential says of one structure. energy: eV; energies: its share per atom, eV (n,); forces: eV/Å (n, 3);
    stress: eV/Å³ (3, 3), None where the structure is not periodic along all three lattice vectors."""

    energy: float
    energies: FloatArray
    forces: FloatArray
    stress: FloatArray | None = None


@dataclass(frozen=True)
class Card:
    """What a potential's file says of itself.

    kind: the name in POTENTIALS; elements: atomic numbers it was fitted to, ascending; r_max: cutoff, Å; settings: of the kind, as
    plain values; references: energy of each element's isolated atom, or what least squares made of it, eV, which `energy` includes;
    data: provenance (file names, hash, sizes, seed); metrics: errors by name, in eV, eV/atom, eV/Å; versions: of the programs that made it.
    """

    kind: str
    elements: tuple[int, ...]
    r_max: float
    settings: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    references: Mapping[int, float] = field(default_factory=lambda: NOTHING)
    data: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    metrics: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    versions: Mapping[str, str] = field(default_factory=lambda: NOTHING)


class Potential(ABC):
    """A potential whose weights are known. Immutable for whoever holds it: `to` and `described` return another one."""

    kind: ClassVar[str]
    card: Card

    @abstractmethod
    def predict(self, structures: Sequence[Structure]) -> list[Prediction]:
        """One prediction per structure, any sizes together. Raises UserError for an element it does not know (`check_elements`)."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Every weight and constant that makes it this potential, by name: with the card all that a file needs."""

    @classmethod
    @abstractmethod
    def from_arrays(cls, card: Card, arrays: Arrays) -> Self:
        """The potential that `arrays()` and `card` describe. Raises UserError where they do not fit together."""

    @abstractmethod
    def parameters(self) -> int:
        """How many numbers were fitted."""

    def to(self, dtype: str = "float64", device: str = "cpu") -> Self:
        """The same potential computing in float32 or float64 on `cpu` or `cuda`. Raises UserError for what it cannot do."""
        if (dtype, device) != ("float64", "cpu"):
            raise UserError(f"{self.kind} computes in float64 on the CPU only.", "Leave dtype and device as they are.")
        return self

    def described(self, **changes: Any) -> Self:
        """The same potential with some entries of its card changed."""
        from copy import copy

        other = copy(self)
        other.card = replace(self.card, **changes)
        return other


@dataclass(frozen=True, eq=False)
class LayerFeatures:
    """Features of all atoms after one layer. layer: its name; irreps: as e3nn writes them; values: (n, irreps.dim), multiplicity before m."""

    layer: str
    irreps: str
    values: FloatArray


@runtime_checkable
class Featured(Protocol):
    """A potential that hands out what it computes between input and energy."""

    def features(self, structure: Structure) -> list[LayerFeatures]:
        """The features of every atom after each layer, in order."""


@dataclass(frozen=True, eq=False)
class FitData:
    """What a fit is given. train, valid: structures with labels; references: eV per atom of each element, taken off before the fit and
    part of the potential afterwards; weights: one per training structure (n_train,), None for all alike; seed: of everything random."""

    train: Sequence[Structure]
    valid: Sequence[Structure]
    references: Mapping[int, float]
    weights: FloatArray | None = None
    seed: int = 0

    @property
    def elements(self) -> tuple[int, ...]:
        """The atomic numbers that occur in the training part, ascending."""
        return tuple(sorted({int(z) for structure in self.train for z in np.unique(structure.numbers)}))


class Fit(ABC):
    """A fit under way. Deterministic: data, settings and seed decide every number (on the CPU, in float64).

    epochs: how many were done. `state()` after an epoch and `restore()` into a fresh fit of the same data and settings go on as if
    nothing had happened: weights, optimiser, schedule, averages and random numbers are all in it.
    """

    epochs: int = 0

    @abstractmethod
    def epoch(self) -> Mapping[str, float]:
        """One pass over the data (or one outer step of a solver). What it learnt of itself: `loss`, `learning_rate`, `gradient_norm`, …
        Reports progress. Raises UserError when the numbers stop being finite."""

    @property
    @abstractmethod
    def done(self) -> bool:
        """Whether its own rule says that more epochs would change nothing (a solved linear fit; the last epoch of the settings)."""

    @abstractmethod
    def potential(self) -> Potential:
        """The potential as it now stands (with averaged weights where the method averages)."""

    @abstractmethod
    def state(self) -> dict[str, NDArray[Any]]:
        """All that `restore` needs, as arrays."""

    @abstractmethod
    def restore(self, state: Arrays) -> None:
        """Go on from where `state` was taken."""

    def validated(self, score: float) -> None:  # noqa: B027  a solver has no schedule
        """Told after each epoch the validation error, for a schedule that lowers its rate on a plateau."""

    def resettled(self, changed: Collection[str]) -> None:  # noqa: B027  most read their settings anew in each epoch
        """Told after `restore` which settings differ from those of the fit that the state is of: what the state remembers of them gives
        way to the new ones."""


@dataclass(frozen=True)
class Kind:
    """One kind of potential: what `POTENTIALS` names. Settings: a frozen dataclass of plain values with defaults, each field with
    metadata `says` (a phrase), and `low`/`high` or `choices` where it has them; fit: begins one; invariant: whether the energy is so under
    rotation and inversion by construction, as it is of all but those that are there to show the difference."""

    name: str
    title: str
    reference: str
    Settings: type
    Potential: type[Potential]
    fit: Callable[[Any, FitData], Fit]
    invariant: bool = True


def check_elements(card: Card, structures: Sequence[Structure]) -> None:
    """Raises UserError if a structure has an element that the potential was not fitted to."""
    known = np.array(card.elements)
    for structure in structures:
        strangers = np.setdiff1d(structure.numbers, known)
        if len(strangers):
            names = ", ".join(SYMBOLS[z] for z in card.elements)
            strange = SYMBOLS[int(strangers[0])]
            raise UserError(f"This {card.kind} potential does not know {strange}.", f"It was fitted to {names}.")


def settings_of(kind: Kind, given: Mapping[str, Any]) -> Any:
    """Settings made of plain values (from TOML or a card). Raises UserError for a name or value that the kind does not have."""
    from e3viz.potentials.settings import read

    return read(kind.Settings, given, kind.name)

"""The symmetry of a structure: point group of a molecule, space group of a crystal, layer group of a slab, with their operations.

Molecules are searched by `point_groups`, crystals by spglib through `space_groups`; a wire that repeats along one direction is treated
as a crystal with vacuum around it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms.operations import Operation, operation
from e3viz.atoms.point_groups import PointGroup, point_groups
from e3viz.atoms.space_groups import SCHOENFLIES, space_group, symbol_and_order, typeset
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.symmetry import operation_names
from e3viz.symmetry.element import Element
from e3viz.symmetry.point_groups import pretty, schoenflies

TOLERANCE = 0.02
LOOSE_MOLECULE = 0.3
LOOSE_CRYSTAL = (0.05, 0.1, 0.2)
_MOST_ATOMS_LOOSE = 300


@dataclass(frozen=True, eq=False)
class SymmetryInfo:
    """The symmetry of a structure at a tolerance.

    kind: `molecule`, `crystal`, `layer` or `wire`; tolerance: Å; point_group: Schoenflies in plain letters (C2v, Oh); operations: one for
    each matrix (a few representatives for linear molecules); equivalent: for each atom the first one it can be taken to (n,);
    site_symmetries: per atom, Schoenflies for molecules, Hermann–Mauguin for crystals; higher, higher_within: the next higher group and
    the tolerance in Å at which it is reached, "" and 0 if there is none nearby. Crystals and layers only: space_group: international
    symbol; number; hall; hermann_mauguin: point group; wyckoffs: letters per atom; centring: translations per operation.
    """

    kind: str
    tolerance: float
    point_group: str
    operations: tuple[Operation, ...]
    equivalent: NDArray[np.int64]
    site_symmetries: tuple[str, ...]
    higher: str = ""
    higher_within: float = 0.0
    space_group: str = ""
    number: int = 0
    hall: str = ""
    hermann_mauguin: str = ""
    wyckoffs: tuple[str, ...] = ()
    centring: int = 1

    @property
    def text(self) -> str:
        """In a line: “molecule, point group C₁ (Cₛ within 0.3 Å)”, “space group Fm−3m (225)”."""
        if self.kind == "molecule":
            near = f" ({pretty(self.higher)} within {self.higher_within:g} Å)" if self.higher else ""
            return f"molecule, point group {pretty(self.point_group)}{near}"
        near = f", {typeset(self.higher)} within {self.higher_within:g} Å" if self.higher else ""
        what = {"crystal": "space group", "layer": "layer group", "wire": "wire, space group"}[self.kind]
        return f"{what} {typeset(self.space_group)} ({self.number}{near})"


def describe(structure: Structure, tolerance: float = TOLERANCE) -> SymmetryInfo:
    """The symmetry of a structure; raises UserError for too many atoms, or if nothing sensible can be said.

    tolerance: Å, how far an operation may misplace an atom.
    """
    if not (math.isfinite(tolerance) and tolerance > 0):
        raise UserError("A tolerance must be above zero.", "Choose for example 0.01 Å.")
    return _crystal(structure, tolerance) if structure.periodic else _molecule(structure, tolerance)


def _molecule(structure: Structure, tolerance: float) -> SymmetryInfo:
    loose = max(LOOSE_MOLECULE, 2.0 * tolerance)
    try:
        group, wider = point_groups(structure, (tolerance, loose))
    except UserError:
        (group,) = point_groups(structure, (tolerance,))
        wider = group
    is_higher = wider.name != group.name and (len(wider) > len(group) or "∞" in wider.name)
    return SymmetryInfo(
        kind="molecule",
        tolerance=tolerance,
        point_group=group.name,
        operations=_operations(group),
        equivalent=group.permutations.min(axis=0),
        site_symmetries=_site_symmetries(group),
        higher=wider.name if is_higher else "",
        higher_within=_rounded_up(float(wider.deviations.max())) if is_higher else 0.0,
    )


def _operations(group: PointGroup) -> tuple[Operation, ...]:
    """Those of the group, as elements about its centre."""
    found = []
    for matrix, deviation in zip(group.matrices, group.deviations, strict=True):
        shift = group.centre - matrix @ group.centre
        label = operation_names.operation(matrix, max(len(group), 2)).label
        found.append(operation(Element.from_matrix(matrix, shift), label, deviation=float(deviation)))
    return tuple(sorted(found, key=lambda o: o.order_in_lists))


def _site_symmetries(group: PointGroup) -> tuple[str, ...]:
    """The point group of what keeps each atom in place."""
    if "∞" in group.name or group.name == "Kh":
        away = (group.permutations != np.arange(group.permutations.shape[1])).any(axis=0)
        return tuple("C∞v" if moved else group.name for moved in away)
    names: dict[bytes, str] = {}
    found = []
    for stays in (group.permutations == np.arange(group.permutations.shape[1])).T:
        key = stays.tobytes()
        if key not in names:
            names[key] = schoenflies(group.matrices[stays])
        found.append(names[key])
    return tuple(found)


def _rounded_up(value: float) -> float:
    """To two decimals, never below the value."""
    return max(0.01, math.ceil(value * 100.0 - 1e-9) / 100.0)


def _crystal(structure: Structure, tolerance: float) -> SymmetryInfo:
    group = space_group(structure, tolerance)
    higher, within, most = "", 0.0, len(group.operations) * group.centring
    for wider in LOOSE_CRYSTAL if len(structure) <= _MOST_ATOMS_LOOSE else ():
        try:
            symbol, order = symbol_and_order(structure, max(wider, tolerance))
        except UserError:
            break
        if order > most:
            higher, within, most = symbol, wider, order
    return SymmetryInfo(
        kind={3: "crystal", 2: "layer", 1: "wire"}[sum(structure.pbc)],
        tolerance=tolerance,
        point_group=SCHOENFLIES.get(group.point_group, group.point_group),
        operations=group.operations,
        equivalent=group.equivalent,
        site_symmetries=group.site_symmetries,
        higher=higher,
        higher_within=within,
        space_group=group.symbol,
        number=group.number,
        hall=group.hall,
        hermann_mauguin=group.point_group,
        wyckoffs=group.wyckoffs,
        centring=group.centring,
    )

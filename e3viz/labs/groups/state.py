"""What the Groups lab shows: a figure with a finite group, one or two of its elements, and what stands beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.labs.fields import knob
from e3viz.symmetry import molecules, representations
from e3viz.symmetry.groups import FiniteGroup, Subgroup
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.operation_names import number
from e3viz.symmetry.point_groups import LARGEST_N, NAMES, plane_group, point_group
from e3viz.symmetry.representations import Representation
from e3viz.symmetry.solids import polygon, solid, solid_titles

Real = NDArray[np.float64]
SHAPES = ("polygon", "solid", "molecule")
BESIDE = ("multiplication table", "representation", "character table", "subgroups")
COORDINATES, CORNERS, IRREPS, REGULAR = "coordinates", "permutation of corners", "irreps of O(3)", "regular"
SQUARED, SYMMETRIC, ANTISYMMETRIC, MOTIONS = (
    "coordinates ⊗ coordinates",
    "symmetric square",
    "antisymmetric square",
    "motions of the corners",
)
REPRESENTATIONS = (COORDINATES, CORNERS, IRREPS, REGULAR, SQUARED, SYMMETRIC, ANTISYMMETRIC, MOTIONS)
LARGEST_IRREPS = 200
LARGEST_ADAPTED = 64
WHOLE = 100


def _solid(state: Any) -> bool:
    return bool(state.shape == "solid")


def _polygon(state: Any) -> bool:
    return bool(state.shape == "polygon")


@dataclass(frozen=True)
class State:
    """element: the one on view, by number; before: the one that acts first, −1 for none; corner: whose coordinates are written; subgroup: by
    its number among `FiniteGroup.subgroups`, −1 for none; irrep: onto which is projected, −1 for none. Numbers that the group does not
    have mean the last one. progress: how much of the motion is done, in percent."""

    shape: str = knob("polygon", "Figure", "What the group acts on.", choices=SHAPES, tab="Group")
    sides: int = knob(
        4, "Sides", "The number of sides of the polygon.", kind="slider", low=1, high=LARGEST_N, step=1, tab="Group", when=_polygon
    )
    mirrors: bool = knob(
        True, "mirror lines", "With the mirrors of the polygon (Dₙ), or its rotations only (Cₙ).", tab="Group", when=_polygon
    )
    group: str = knob("Oh", "Point group", "Schoenflies symbol of the point group.", choices=NAMES, tab="Group", when=_solid)
    molecule: str = knob(
        "ammonia", "Molecule", "A molecule with this symmetry.", choices=molecules.NAMES, tab="Group",
        when=lambda state: state.shape == "molecule",
    )  # fmt: skip
    beside: str = knob("multiplication table", "Beside it", "What is shown beside the figure.", choices=BESIDE, tab="Group")
    symmetry: bool = knob(True, "axes and mirrors", "Draw rotation axes, mirror lines and mirror planes.", tab="Group")
    labels: bool = knob(True, "numbers", "Number the corners.", tab="Group")
    ghost: bool = knob(True, "ghost", "Show where the corners were before.", tab="Group")
    axes: bool = knob(False, "x, y, z", "Draw a small cross of the x, y and z axes in the corner.", tab="Group")

    representation: str = knob(
        COORDINATES, "Representation", "What the elements act on by matrices.", choices=REPRESENTATIONS, tab="Representations"
    )
    irreps: str = knob(
        "2e", "Irreps", "Irreps of O(3), restricted to the group.", kind="irreps", tab="Representations",
        when=lambda state: state.representation == IRREPS,
    )  # fmt: skip
    adapted: bool = knob(
        False, "adapted basis", "Change to a basis in which every matrix falls into blocks of irreps.", tab="Representations"
    )
    every: bool = knob(True, "all elements", "Show the matrices of all elements in small, too.", tab="Representations")

    progress: int = knob(WHOLE, "Progress", "How much of the motion is done, in percent.", low=0, high=WHOLE, playable=True, tab="Group")
    element: int = knob(1, "Element", "The element on view, by its number in the table.", kind="hidden", low=0, high=119)
    before: int = knob(-1, "Before", "The element that acts before it, by number; −1 for none.", kind="hidden", low=-1, high=119)
    corner: int = knob(0, "Corner", "The corner whose coordinates are written, counted from 0.", kind="hidden", low=0, high=119)
    variant: int = knob(0, "Variant", "Which of several solids with the same symmetry.", kind="hidden", low=0, high=9)
    subgroup: int = knob(-1, "Subgroup", "The subgroup that is marked, by its number in the list; −1 for none.", kind="hidden", low=-1)
    irrep: int = knob(-1, "Irrep", "The irrep whose projector is shown, by its number in the list; −1 for none.", kind="hidden", low=-1)

    def __post_init__(self) -> None:
        parsed(self.irreps)


@lru_cache(maxsize=64)
def parsed(text: str) -> Irreps:
    """The irreps; raises UserError where they are wrong or too large for their matrices to be seen."""
    irreps = Irreps.parse(text)
    if irreps.dim > LARGEST_IRREPS:
        raise UserError(f"These irreps have {irreps.dim:,} components.", f"Matrices of up to {LARGEST_IRREPS} rows can be shown.")
    if irreps.l_max > 11:
        raise UserError(f"The degree {irreps.l_max} is too high here.", "Use degrees up to 11.")
    return irreps


@dataclass(frozen=True, eq=False)
class Subject:
    """What the group acts on. title: what it is; group; flat: it lies in the plane z = 0; points (n, 3): its corners, farthest at 1 (atoms,
    for a molecule); labels of these; symbols of elements, empty for solids; edges (m, 2): pairs of corners; mesh: points and triangles of
    its faces, None for molecules; scale: what coordinates are multiplied with when they are written, for molecules to be in Å."""

    title: str
    group: FiniteGroup
    flat: bool
    points: Real
    labels: tuple[str, ...]
    symbols: tuple[str, ...]
    edges: NDArray[np.intp]
    mesh: tuple[Real, NDArray[np.intp]] | None
    scale: float = 1.0

    @property
    def corner_word(self) -> str:
        """What a point of it is called."""
        return "atom" if self.symbols else "corner"


def subject(state: State) -> Subject:
    """The figure and its group."""
    if state.shape == "molecule":
        return _of_molecule(state.molecule)
    if state.shape == "solid":
        return _of_solid(state.group, state.variant)
    return _of_polygon(state.sides, state.mirrors)


@lru_cache(maxsize=32)
def _of_polygon(sides: int, mirrors: bool) -> Subject:
    shape = polygon(sides, mirrors)
    scale = math.sqrt(2.0) if sides == 4 and mirrors else 1.0  # corners at (1, 1), as people draw a square
    return Subject(shape.title, plane_group(sides, mirrors), True, shape.points, shape.labels, (), shape.edges, shape.triangles(), scale)


@lru_cache(maxsize=32)
def _of_solid(name: str, variant: int) -> Subject:
    titles = solid_titles(name)
    shape = solid(name, titles[variant % len(titles)])
    scale = math.sqrt(3.0) if shape.title in ("cube", "tetrahedron") else 1.0
    return Subject(shape.title, point_group(name), False, shape.points, shape.labels, (), shape.edges, shape.triangles(), scale)


@lru_cache(maxsize=32)
def _of_molecule(name: str) -> Subject:
    shape = molecules.molecule(name)
    size = float(np.linalg.norm(shape.positions, axis=1).max())
    group = point_group(shape.group)
    return Subject(
        f"{shape.name} {shape.formula}", group, False, shape.positions / size, shape.labels, shape.symbols, shape.bonds, None, size
    )


def chosen(state: State) -> int:
    """The number of the element on view."""
    return min(state.element, len(subject(state).group) - 1)


def chosen_before(state: State) -> int | None:
    """The number of the element that acts before it."""
    return None if state.before < 0 else min(state.before, len(subject(state).group) - 1)


def product(state: State) -> int:
    """The number of the product of both, or of the element alone."""
    first = chosen_before(state)
    return chosen(state) if first is None else subject(state).group.product(chosen(state), first)


def chosen_corner(state: State) -> int:
    """The number of the corner whose coordinates are written."""
    return min(state.corner, len(subject(state).points) - 1)


def chosen_subgroup(state: State) -> Subgroup | None:
    """The subgroup that is marked."""
    known = subject(state).group.subgroups if state.subgroup >= 0 else ()
    return known[min(state.subgroup, len(known) - 1)] if known else None


def chosen_irrep(state: State) -> int | None:
    """The number of the real irrep onto which is projected."""
    return None if state.irrep < 0 else min(state.irrep, len(representation(state).multiplicities) - 1)


def representation(state: State) -> Representation:
    """The representation on view; raises UserError if it is too large."""
    names = ("shape", "sides", "mirrors", "group", "molecule", "variant", "representation", "irreps")
    return _representation(State(**{name: getattr(state, name) for name in names}))


@lru_cache(maxsize=16)
def _representation(state: State) -> Representation:
    shown = subject(state)
    own, kind = shown.group, state.representation
    vector = representations.plane_coordinates(own) if shown.flat else representations.coordinates(own)
    makers: dict[str, Callable[[], Representation]] = {
        COORDINATES: lambda: vector,
        CORNERS: lambda: representations.permutation(own, shown.points, shown.labels, shown.symbols),
        IRREPS: lambda: representations.restricted(own, parsed(state.irreps)),
        REGULAR: lambda: representations.regular(own),
        SQUARED: lambda: representations.tensor_product(vector, vector),
        SYMMETRIC: lambda: representations.symmetric_square(vector),
        ANTISYMMETRIC: lambda: representations.antisymmetric_square(vector),
        MOTIONS: lambda: representations.tensor_product(makers[CORNERS](), vector),
    }
    return makers[kind]()


def representation_title(state: State) -> str:
    """What the representation on view is called."""
    return str(parsed(state.irreps)) or "nothing" if state.representation == IRREPS else state.representation


def words(state: State, element: int) -> str:
    """What an element does, in words; of a polygon without the axis, which is always z, and with the angle of mirror lines."""
    shown = subject(state)
    op = shown.group.operations[element]
    if not shown.flat or op.kind not in ("C", "σ"):
        return op.text
    if op.kind == "C":
        return f"rotation by {number(float(op.turn * 360))}°"
    return f"mirror in the line at {number(round(math.degrees(math.atan2(-op.axis[0], op.axis[1])) % 180.0, 3) % 180.0)}°"

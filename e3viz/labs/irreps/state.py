"""What the Irreps lab shows: a Cartesian tensor with some symmetry of its indices, from sliders, random, pasted, or out of a file.

Every source gives an array of shape (3, …, 3); what of it does not have the symmetry of the indices is left out, and the lab says how much.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.atoms import reading
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.labs.fields import Row, knob
from e3viz.pictures.style import degree_hue
from e3viz.resources import SAMPLE
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.tensors import TensorBasis, reduce_tensor
from e3viz.symmetry.wigner import D

Real = NDArray[np.float64]
MOST_INDICES = 4
MOST_TEXT = 100_000
LARGEST = 1e12
MOST_SLIDERS = 30
ENTRIES = (
    ("xx", 1.6), ("xy", 0.7), ("xz", -0.2), ("yx", -0.3), ("yy", 0.9), ("yz", 0.4), ("zx", 0.5), ("zy", -0.6), ("zz", -0.4),
)  # fmt: skip
START = (0.6, -0.4, 0.9, 0.2, -0.7)
"""What components are, one after the other, before anybody moved them: a tensor of zeros would show nothing."""
EXAMPLE = "[[2, 1, 0], [1, 0, -1], [0, -1, -2]]"
MOMENT = "Σ r ⊗ F"
"""The name of what positions and forces of a molecule make: its moment of force, minus its virial, in eV."""
FIRST = "the first"
"""The choice of whatever array of a frame fits first."""
VOIGT = (0, 5, 4, 5, 1, 3, 4, 3, 2)
"""Where xx, xy, xz, yx, … stand among xx, yy, zz, yz, xz, xy."""


def basis(state: Any) -> TensorBasis:
    """The change of basis of the state's formula; raises UserError where it is wrong or too large."""
    return _basis(state.formula, state.vector)


@lru_cache(maxsize=32)
def _basis(formula: str, vector: str) -> TensorBasis:
    letters = formula.split("=", maxsplit=1)[0].strip()
    if not letters:
        raise UserError("There is no index.", "Write for example ij, ij=ji or ijkl=jikl=klij.")
    if len(letters) > MOST_INDICES:
        raise UserError(f"This lab draws tensors of up to {MOST_INDICES} indices, not {len(letters)}.", "Write for example ijkl=jikl=klij.")
    return reduce_tensor(formula, Irrep(1, -1 if vector == "1o" else 1))


def cartesian(rank: int) -> list[str]:
    """Names of the components: xx, xy, …"""
    return ["".join(word) for word in product("xyz", repeat=rank)]


def _rows(state: Any) -> list[Row]:
    known = basis(state)
    given = _entries(state, known)
    if known.rank <= 2:
        return [Row(name, name, value, -3.0, 3.0, tip=f"The component {name}.") for name, value in given.items()]
    found = []
    for first, irrep in known.irreps.blocks():
        for m in range(irrep.dim):
            number = first + m
            label = f"{irrep}, m = {m - irrep.l}".replace("-", "−")
            hue = degree_hue(irrep.l)
            found.append(Row(f"c{number}", label, given[f"c{number}"], -3.0, 3.0, hue, f"Component {number} as irreps."))
    return found[:MOST_SLIDERS]


def _entries(state: Any, known: TensorBasis) -> dict[str, float]:
    """What the sliders say: Cartesian components of one or two indices, irreps components of more."""
    given = dict(state.entries)
    names = cartesian(known.rank) if known.rank <= 2 else [f"c{number}" for number in range(known.dim)]
    return {name: given.get(name, START[k % len(START)]) for k, name in enumerate(names)}


def _names(state: Any) -> list[str]:
    try:
        found = tensor_names(reading.load(state.file or str(SAMPLE))[state.frame], basis(state).rank)
    except UserError:
        found = []
    return [FIRST, *found]


@dataclass(frozen=True)
class State:
    """A formula for the indices, and where the numbers come from. chosen: the copy of an irrep that was clicked, −1 for none.

    Raises UserError for a formula or a pasted array that is wrong, so that the field says so and the picture stays.
    """

    formula: str = knob(
        "ij", "Indices", "The symmetry of the indices, as ij=ji, ijk=jik or ijkl=jikl=klij.", kind="formula", section="Tensor"
    )
    vector: str = knob("1o", "Each index", "How an index turns: 1o as a position, 1e as a spin.", choices=("1o", "1e"), section="Tensor")
    source: str = knob(
        "sliders", "Numbers", "Where they come from.", choices=("sliders", "random", "pasted", "file"), section="Numbers"
    )  # fmt: skip
    entries: tuple[tuple[str, float], ...] = knob(
        ENTRIES, "Components", "Drag or type each number: Cartesian for one or two indices, irreps components for more.",
        kind="sliders", rows=_rows, when=lambda s: s.source == "sliders", section="Numbers",
    )  # fmt: skip
    seed: int = knob(1, "Seed", "Which random numbers.", low=0, high=999_999, when=lambda s: s.source == "random", section="Numbers")
    pasted: str = knob(
        EXAMPLE, "Array", "A JSON array with three entries along each index, as [[1, 0, 0], [0, 2, 0], [0, 0, 3]].",
        kind="long", when=lambda s: s.source == "pasted", section="Numbers",
    )  # fmt: skip
    file: str = knob(
        "",
        "File",
        "A structure file with tensors; the bundled ethanol if none is chosen.",
        kind="file",
        when=lambda s: s.source == "file",
        section="Numbers",
    )
    frame: int = knob(0, "Frame", "Which frame of the file, counted from 0.", low=0, when=lambda s: s.source == "file", section="Numbers")
    array: str = knob(
        FIRST, "Property", "Which array of the frame, or the first that fits.", choices=_names, when=lambda s: s.source == "file",
        section="Numbers",
    )  # fmt: skip
    atom: int = knob(
        0, "Atom", "Whose tensor, counted from 0, where each atom has one.", low=0, when=lambda s: s.source == "file", section="Numbers"
    )  # fmt: skip
    turn: str = knob(
        "both", "Turn by g", "Turn the Cartesian tensor index by index, or its irreps by D(g), or both and see how they differ.",
        choices=("Cartesian", "irreps", "both"), section="Drawing",
    )  # fmt: skip
    exact: bool = knob(True, "exact", "Write Q with fractions and roots, where there is room.", section="Drawing")
    ghost: bool = knob(True, "ghost", "Show the surfaces as they were before g acted.", section="Drawing")
    axes: bool = knob(True, "axes", "Draw a small cross of the x, y and z axes in the corner.", section="Drawing")
    chosen: int = knob(-1, "Chosen", "The irrep that was clicked, counted from 0.", kind="hidden", low=-1)

    def __post_init__(self) -> None:
        known = basis(self)
        if self.source == "pasted" and _is_pasted(self, known.rank):
            read_json(self.pasted, known.rank)


@lru_cache(maxsize=32)
def read_json(text: str, rank: int) -> Real:
    """The tensor (3, …, 3) written as JSON, or as plain numbers; raises UserError that says what is wrong."""
    if len(text) > MOST_TEXT:
        raise UserError("This text is too long for one tensor.", f"A tensor here has {3**rank} numbers.")
    cleaned = text.replace("−", "-").strip()
    try:
        raw = json.loads(cleaned if cleaned.startswith("[") else "[" + ", ".join(cleaned.replace(",", " ").split()) + "]")
        array = np.array(raw, dtype=float)
    except json.JSONDecodeError as error:
        raise UserError(f"This is no JSON array (line {error.lineno}, column {error.colno}).", "Write for example [[1, 0], …].") from None
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise UserError(
            "The array has rows of different lengths, or entries that are no numbers.", "Give three entries per index."
        ) from None
    return fitted(array, rank)


def fitted(array: NDArray[Any], rank: int) -> Real:
    """Numbers as a tensor: (3, …, 3), flat, or for two indices the six of Voigt; raises UserError."""
    values = np.asarray(array, dtype=float)
    if rank == 2 and values.shape == (6,):
        values = values[list(VOIGT)]
    if values.shape != (3,) * rank and values.shape != (3**rank,):
        wanted, is_ = " × ".join(["3"] * rank), " × ".join(map(str, values.shape)) or "a single number"
        raise UserError(f"The array is {is_}, but these indices need {wanted}.", f"Give {3**rank} numbers, three along each index.")
    if not np.isfinite(values).all():
        raise UserError("A component is not a finite number.", "Replace nan or inf by a number.")
    if np.abs(values).max() > LARGEST:
        raise UserError(f"A component is larger than {LARGEST:g}.", "Choose another unit.")
    return values.reshape((3,) * rank)


def tensor_names(structure: Structure, rank: int) -> list[str]:
    """Arrays of a frame that may be tensors of this rank, those of each atom first."""
    sizes = {3**rank, 6} if rank == 2 else {3**rank}
    found = [k for k, a in structure.arrays.items() if a.dtype.kind in "fi" and a.ndim > 1 and int(np.prod(a.shape[1:])) in sizes]
    for name, value in structure.values.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "fi" and value.size in sizes:
            found.append(name)
    # without forces that add up to zero or with periodic cells, it would depend on where the origin is
    if rank == 2 and "forces" in structure.arrays and not any(structure.pbc):
        found.append(MOMENT)
    return sorted(set(found), key=lambda name: (name == MOMENT, name not in structure.arrays, name))


def _from_file(state: State, rank: int) -> Real:
    trajectory = reading.load(state.file or str(SAMPLE))
    if state.frame >= len(trajectory):
        raise UserError(f"The file has {len(trajectory)} frames.", f"Choose a frame from 0 to {len(trajectory) - 1}.")
    structure = trajectory[state.frame]
    names = tensor_names(structure, rank)
    if not names:
        raise UserError(f"This frame holds no tensor with {rank} indices.", "Choose another file or another formula.")
    name = names[0] if state.array == FIRST else state.array
    if name not in names:
        raise UserError(f"“{name}” is no tensor with {rank} indices in this frame.", f"There is {', '.join(names)}.")
    if name == MOMENT:
        return np.asarray(structure.positions.T @ structure.arrays["forces"], dtype=float)
    if name in structure.arrays:
        if state.atom >= len(structure.arrays[name]):
            raise UserError(f"The frame has {len(structure.arrays[name])} atoms.", "Choose an atom counted from 0.")
        return fitted(np.ravel(structure.arrays[name][state.atom]), rank)
    return fitted(np.ravel(structure.values[name]), rank)


def _is_pasted(state: State, rank: int) -> bool:
    """Whether there is an array; the example that stands there first is one for two indices only."""
    return bool(state.pasted.strip()) and (rank == 2 or state.pasted != EXAMPLE)


def given(state: State) -> Real:
    """(3, …, 3): the numbers as they came, before their symmetry is looked at; raises UserError."""
    known = basis(state)
    if state.source == "random":
        return known.symmetrised(np.random.default_rng(state.seed).normal(size=(3,) * known.rank))
    if state.source == "pasted":
        if not _is_pasted(state, known.rank):
            raise UserError("No array is pasted yet.", f"Paste a JSON array of {3**known.rank} numbers, three along each index.")
        return read_json(state.pasted, known.rank)
    if state.source == "file":
        return _from_file(state, known.rank)
    values = np.array(list(_entries(state, known).values()))
    return values.reshape((3,) * known.rank) if known.rank <= 2 else known.to_tensor(values)


def tensor(state: State) -> Real:
    """The part of the given numbers that has the symmetry of the indices."""
    return basis(state).symmetrised(given(state))


def turned(state: State, g: Element) -> tuple[Real, Real]:
    """The tensor after g, twice: turned index by index, and with its irreps turned by D(g)."""
    known, before = basis(state), tensor(state)
    return known.turned(before, g.linear), known.to_tensor(D(known.irreps, g) @ known.to_irreps(before)) if known.dim else before


def raised(state: State, i: int, j: int, by: float) -> State | None:
    """The matrix with another number at ij, and whatever the symmetry of its indices ties to it; None if that must be zero."""
    known = basis(state)
    single = np.zeros((3, 3))
    single[i, j] = 1.0
    tied = known.symmetrised(single)
    if tied[i, j] < 1e-9:
        return None
    now = np.clip(tensor(state) + by * tied / tied[i, j], -LARGEST, LARGEST)
    entries = tuple((name, round(float(value), 6)) for name, value in zip(cartesian(2), now.ravel(), strict=True))
    return replace(state, source="sliders", entries=entries)

"""What the Structures lab shows, as one small value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from e3viz.atoms.elements import SYMBOLS
from e3viz.atoms.structure import Grid, Structure
from e3viz.errors import UserError
from e3viz.labs.fields import Row, knob
from e3viz.labs.structures.source import trajectory

STYLES = ("ball and stick", "space filling", "wireframe")
PLAIN_LABELS = ("none", "symbol", "index", "symbol and index")
CELLS = ("as in the file", "primitive", "conventional", "symmetrised")
DISTRIBUTIONS = ("none", "g(r), frame", "g(r), file", "bond lengths, frame", "bond lengths, file")
MOST_PAIRS = 12


def _first(state: Any) -> Structure | None:
    try:
        frames = trajectory(state.file)
        return frames[min(max(state.frame, 0), len(frames) - 1)]
    except UserError:
        return None


def _last_frame(state: Any) -> float:
    try:
        return float(len(trajectory(state.file)) - 1)
    except UserError:
        return float(max(0, state.frame))


def _vectors(state: Any) -> list[str]:
    structure = _first(state)
    return ["none", *(structure.vectors() if structure is not None else ())]


def _scalars(state: Any) -> list[str]:
    structure = _first(state)
    return ["element", *((*structure.scalars(), *structure.vectors()) if structure is not None else ())]


def _labels(state: Any) -> list[str]:
    structure = _first(state)
    return [*PLAIN_LABELS, *(structure.scalars() if structure is not None else ())]


def _tensors(state: Any) -> list[str]:
    structure = _first(state)
    if structure is None:
        return ["none"]
    return ["none", *sorted(k for k, a in structure.arrays.items() if a.dtype.kind == "f" and a.shape[1:] in ((3, 3), (9,), (6,)))]


def _grids(state: Any) -> list[str]:
    structure = _first(state)
    return ["none", *(sorted(grids(structure)) if structure is not None else ())]


def grids(structure: Structure) -> dict[str, Grid]:
    """The fields that a structure carries, by what they are called."""
    return {name.removeprefix("volume:"): grid for name, grid in structure.values.items() if isinstance(grid, Grid)}


def _elements(state: Any) -> list[str]:
    structure = _first(state)
    return ["none", "small cations", *(sorted({SYMBOLS[z] for z in structure.numbers.tolist()}) if structure is not None else ())]


def _columns(state: Any) -> list[str]:
    try:
        names = trajectory(state.file).columns()
    except UserError:
        names = []
    return ["energy and largest force", *names]


def _pairs(state: Any) -> list[Row]:
    """One row for each pair of elements that is bonded, or has a cutoff of its own."""
    from e3viz.labs.structures.prepare import bond_limits

    try:
        limits = bond_limits(state)
    except UserError:
        return []
    return [
        Row(pair, pair.replace("-", " – "), limit, 0.0, 5.0, tip=f"Longest {pair} bond in Å; 0 draws none.")
        for pair, limit in list(limits.items())[:MOST_PAIRS]
    ]


def _several(state: Any) -> bool:
    return _last_frame(state) > 0


def _has(choices: Any) -> Any:
    return lambda state: len(choices(state)) > 1


@dataclass(frozen=True)
class State:
    """A file and frame, and how it is drawn. selected: indices of atoms in the order they were clicked."""

    file: str = knob("sample:ethanol", "File", "The structure file that is shown.", kind="hidden")
    frame: int = knob(0, "Frame", "Which frame of the file is shown, from 0.", kind="number", low=0, high=_last_frame, playable=True)

    style: str = knob("ball and stick", "Style", "How atoms and bonds are drawn.", choices=STYLES, tab="Look")
    colour_by: str = knob(
        "element", "Colour by", "What the colour of an atom means: its element or a per-atom array.", choices=_scalars, tab="Look"
    )
    colour_lock: bool = knob(
        False, "one range for all frames", "Keep the colours' range the same over the whole file.", tab="Look", section="Range",
        when=lambda state: state.colour_by != "element" and not state.colour_range and _several(state),
    )  # fmt: skip
    colour_range: tuple[float, ...] = knob(
        (), "from, to", "The values at the two ends of the colours, such as 0 2.5, in the unit of the array; nothing takes them from the atoms.",
        kind="vector", tab="Look", section="Range", when=lambda state: state.colour_by != "element",
    )  # fmt: skip
    arrows: str = knob("forces", "Arrows", "Which per-atom vectors are drawn as arrows.", choices=_vectors, tab="Look")
    arrows_too: str = knob(
        "none", "compared with", "A second set of per-atom vectors, drawn in orange.", choices=_vectors, tab="Look",
        when=lambda state: state.arrows != "none" and len(_vectors(state)) > 2,
    )  # fmt: skip
    arrow_scale: float = knob(
        0.5, "Arrow scale", "Length of an arrow per unit of its vector, in Å.", kind="slider", low=0.01, high=3.0, step=0.01,
        when=lambda state: state.arrows != "none", tab="Look",
    )  # fmt: skip
    labels: str = knob("none", "Labels", "What is written at each atom.", choices=_labels, tab="Look")
    ellipsoids: str = knob(
        "none", "Ellipsoids", "Per-atom tensors drawn as ellipsoids, red where stretched and blue where squeezed.", choices=_tensors,
        when=_has(_tensors), tab="Look",
    )  # fmt: skip
    volume: str = knob("none", "Isosurface of", "The field whose isosurfaces are drawn.", choices=_grids, when=_has(_grids), tab="Look")
    isovalue: float = knob(
        0.2, "Isovalue", "Where the surface lies, as a part of the largest value.", kind="slider", low=0.001, high=0.999, step=0.001,
        when=lambda state: state.volume != "none", tab="Look",
    )  # fmt: skip
    polyhedra: str = knob("none", "Polyhedra", "Around which atoms coordination polyhedra are drawn.", choices=_elements, tab="Look")
    supercell: tuple[int, int, int] = knob(
        (1, 1, 1), "Supercell", "How often the cell is repeated along a, b and c.", low=1, high=50, tab="Look"
    )
    atom_scale: float = knob(
        0.25, "Atom size", "Radius of an atom as a multiple of its van der Waals radius, in ball and stick.", kind="slider",
        low=0.05, high=0.8, step=0.01, when=lambda state: state.style == "ball and stick", tab="Look",
    )  # fmt: skip
    bonds: bool = knob(True, "bonds", "Draw a stick between atoms that are bonded.", tab="Look")
    cell: bool = knob(True, "cell", "Draw the edges of the unit cell.", tab="Look")
    images: bool = knob(True, "images", "Draw atoms on a face, edge or corner of the cell at their periodic images too.", tab="Look")
    axes: bool = knob(True, "axes", "Draw a small cross of the x, y and z axes in the corner.", tab="Look")
    scale_bar: bool = knob(False, "scale bar", "Draw a bar of a round length in Å at the foot; exact in parallel projection.", tab="Look")
    ghost: bool = knob(True, "ghost", "Show where the structure was before g moved it.", tab="Look")
    depth_cue: bool = knob(False, "depth cue", "Let far atoms fade into the page.", tab="Look")
    occlusion: bool = knob(False, "occlusion", "Darken gaps that little light would reach.", tab="Look")
    parallel: bool = knob(False, "parallel", "Parallel instead of perspective projection.", tab="Look")
    cutoffs: tuple[tuple[str, float], ...] = knob(
        (), "longest, Å", "The longest bond that is drawn between two elements, in Å.", kind="sliders", rows=_pairs, tab="Look",
        section="Bonds", when=lambda state: state.bonds,
    )  # fmt: skip

    select: str = knob(
        "", "Select", "Select atoms by an expression, such as z > 5 and force > 1, C, or within 3 of O.", kind="formula", tab="Atoms"
    )
    around: float = knob(
        0.0, "and within", "Select every atom within this distance of those that are selected, in Å; 0 selects no others.", unit="Å",
        kind="slider", low=0.0, high=12.0, step=0.1, tab="Atoms",
    )  # fmt: skip
    hide: str = knob("", "Hide", "Leave out atoms for which an expression holds, such as H or z < 0.", kind="formula", tab="Atoms")
    plot: str = knob(
        "energy and largest force",
        "Plot",
        "What is plotted against the frame under the player.",
        choices=_columns,
        when=_several,
        tab="Atoms",
    )
    distribution: str = knob("none", "Histogram", "A histogram of distances beside the structure.", choices=DISTRIBUTIONS, tab="Atoms")
    r_max: float = knob(
        8.0, "up to", "The largest distance in g(r), in Å.", unit="Å", kind="slider", low=1.0, high=20.0, step=0.5, tab="Atoms",
        when=lambda state: state.distribution.startswith("g(r)"),
    )  # fmt: skip

    tolerance: float = knob(
        0.02, "Tolerance", "How far an operation may misplace an atom, in Å.", unit="Å", kind="slider", low=0.001, high=0.5, step=0.001,
        tab="Symmetry",
    )  # fmt: skip
    cell_choice: str = knob("as in the file", "Cell", "Which description of the structure is drawn.", choices=CELLS, tab="Symmetry")
    operation: int = knob(-1, "Operation", "The symmetry operation that is drawn, by its number in the list.", kind="hidden", low=-1)

    edits: str = knob(
        "", "Edits", "Changes to the structure, one a line: move 0 0.1 0 0, delete H, element 2 N, add O 0 0 1, wrap, centre, strain 0.01,"
        " rattle 0.05 7.", kind="long", tab="Edit",
    )  # fmt: skip

    selected: tuple[int, ...] = knob((), "Selection", "Atoms that were clicked, by index.", kind="hidden")
    kept: tuple[tuple[int, ...], ...] = knob((), "Measures", "Distances, angles and dihedrals kept in the picture.", kind="hidden")
    bonds_added: tuple[tuple[int, int], ...] = knob((), "Added bonds", "Bonds that a person has added.", kind="hidden")
    bonds_removed: tuple[tuple[int, int], ...] = knob((), "Removed bonds", "Bonds that a person has removed.", kind="hidden")

    def __post_init__(self) -> None:
        if self.colour_range and (len(self.colour_range) != 2 or self.colour_range[0] >= self.colour_range[1]):
            raise UserError("A range of colours is two numbers, the smaller first.", "Write for example 0 2.5, or nothing.")

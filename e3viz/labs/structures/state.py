"""What the Structures lab shows, as one small value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from e3viz.errors import FileError
from e3viz.labs.fields import knob
from e3viz.labs.structures.source import trajectory

STYLES = ("ball and stick", "space filling", "wireframe")


def _last_frame(state: Any) -> float:
    try:
        return float(len(trajectory(state.file)) - 1)
    except FileError:
        return float(max(0, state.frame))


def _vectors(state: Any) -> list[str]:
    return ["none", *_names(state, "vectors")]


def _scalars(state: Any) -> list[str]:
    return ["element", *_names(state, "scalars"), *_names(state, "vectors")]


def _labels(state: Any) -> list[str]:
    return ["none", "symbol", "index", "symbol and index", *_names(state, "scalars")]


def _names(state: Any, kind: str) -> list[str]:
    try:
        frames = trajectory(state.file)
        structure = frames[min(state.frame, len(frames) - 1)]
    except FileError:
        return []
    return structure.vectors() if kind == "vectors" else structure.scalars()


def _has_arrows(state: Any) -> bool:
    return bool(state.arrows != "none")


def _is_ball_and_stick(state: Any) -> bool:
    return bool(state.style == "ball and stick")


def _has_bonds(state: Any) -> bool:
    return bool(state.bonds)


@dataclass(frozen=True)
class State:
    """A file and frame, and how it is drawn. selected: indices of atoms in the order they were clicked."""

    file: str = knob("sample:ethanol", "File", "The structure file that is shown.", kind="hidden")
    frame: int = knob(0, "Frame", "Which frame of the file is shown, from 0.", kind="number", low=0, high=_last_frame, playable=True)
    style: str = knob("ball and stick", "Style", "How atoms and bonds are drawn.", choices=STYLES, tab="Look")
    colour_by: str = knob(
        "element", "Colour by", "What the colour of an atom means: its element or a per-atom array.", choices=_scalars, tab="Look"
    )
    arrows: str = knob("forces", "Arrows", "Which per-atom vectors are drawn as arrows.", choices=_vectors, tab="Look")
    arrow_scale: float = knob(
        0.5, "Arrow scale", "Length of an arrow per unit of its vector, in Å.", kind="slider", low=0.01, high=3.0, step=0.01,
        when=_has_arrows, tab="Look",
    )  # fmt: skip
    bonds: bool = knob(True, "bonds", "Draw a stick between atoms nearer than the sum of their covalent radii.", tab="Look")
    cell: bool = knob(True, "cell", "Draw the edges of the unit cell.", tab="Look")
    images: bool = knob(True, "images", "Draw atoms on a face, edge or corner of the cell at their periodic images too.", tab="Look")
    axes: bool = knob(True, "axes", "Draw a small cross of the x, y and z axes in the corner.", tab="Look")
    depth_cue: bool = knob(False, "depth cue", "Let far atoms fade into the page.", tab="Look")
    parallel: bool = knob(False, "parallel", "Parallel instead of perspective projection.", tab="Look")
    labels: str = knob("none", "Labels", "What is written at each atom.", choices=_labels, tab="Look")
    bond_scale: float = knob(
        1.15, "Bond reach", "Longest bond as a multiple of the sum of the two covalent radii.", kind="slider", low=0.8, high=1.6,
        step=0.01, when=_has_bonds, tab="Look",
    )  # fmt: skip
    atom_scale: float = knob(
        0.25, "Atom size", "Radius of an atom as a multiple of its van der Waals radius, in ball and stick.", kind="slider",
        low=0.05, high=0.8, step=0.01, when=_is_ball_and_stick, tab="Look",
    )  # fmt: skip
    supercell: tuple[int, int, int] = knob(
        (1, 1, 1), "Supercell", "How often the cell is repeated along a, b and c.", low=1, high=50, tab="Look"
    )
    ghost: bool = knob(True, "ghost", "Show where the structure was before g moved it.", tab="Look")
    selected: tuple[int, ...] = knob((), "Selection", "Atoms that were clicked, by index.", kind="hidden")

"""A Scene: an ordered set of named actors in space, as arrays and a style.

Drawing compares by name: an actor with the same name, kind and shape gets its new arrays uploaded in place; it is never made anew.
So keep names stable (`atoms`, `bonds`, `cell`), and keep arrays of unchanged things identical objects: they are not uploaded again.

Lengths are in scene units (Å for structures) unless a field says pixels. Colours per item are (n, 3) uint8; single colours are
#rrggbb or a theme role.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Actor:
    """What all actors share. opacity: 0 to 1; pickable: whether a click or hover on one of its items is reported to the lab;
    slides: whether a drag that begins on one carries it, and is reported step by step, instead of turning the view."""

    opacity: float = field(default=1.0, kw_only=True)
    pickable: bool = field(default=False, kw_only=True)
    slides: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, eq=False)
class Spheres(Actor):
    """n true spheres. centres (n, 3); radii (n,); colours (n, 3)."""

    centres: Floats
    radii: Floats
    colours: Bytes


@dataclass(frozen=True, eq=False)
class Sticks(Actor):
    """n cylinders. starts, ends (n, 3); radius of all; colours (n, 3). A two-coloured bond is two sticks."""

    starts: Floats
    ends: Floats
    radius: float
    colours: Bytes


@dataclass(frozen=True, eq=False)
class Arrows(Actor):
    """n arrows. origins, vectors (n, 3); radius of the shafts (heads are in proportion and never longer than the arrow); colours (n, 3)."""

    origins: Floats
    vectors: Floats
    radius: float
    colours: Bytes


@dataclass(frozen=True, eq=False)
class Segments(Actor):
    """m straight lines of a width in pixels. starts, ends (m, 3); one colour; dashed for what is hidden or odd."""

    starts: Floats
    ends: Floats
    colour: str = "ink"
    width: float = 1.5
    dashed: bool = False


@dataclass(frozen=True, eq=False)
class Surface(Actor):
    """A triangle mesh. points (n, 3); faces (m, 3); colours (n, 3) per point; smooth: shaded as if curved; lit: shaded or flat;
    normals (n, 3): where the points' own are known (computed from the faces if None); edges: draw the triangles' edges."""

    points: Floats
    faces: NDArray[Any]
    colours: Bytes
    smooth: bool = True
    lit: bool = True
    normals: Any = None
    edges: bool = False


@dataclass(frozen=True, eq=False)
class Labels(Actor):
    """Text that always faces the viewer, drawn over everything. points (n, 3); texts (n); size in points at 96 dpi."""

    points: Floats
    texts: tuple[str, ...]
    colour: str = "ink"
    size: float = 12.0


@dataclass(frozen=True)
class Camera:
    """Where a scene is seen from. direction: unit-like vector from the focal point to the eye; up; focal: None for the middle of all
    actors; height: the height in scene units of the plane through the focal point that fills the view, None to fit all actors
    (with a small margin); parallel: parallel instead of perspective projection (view angle 30°)."""

    direction: tuple[float, float, float] = (0.35, -0.9, 0.3)
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    focal: tuple[float, float, float] | None = None
    height: float | None = None
    parallel: bool = False


@dataclass(frozen=True)
class Key:
    """One line of a legend. mark: dot, ring, arrow, line, dash or none; colour: #rrggbb or role; text beside it."""

    mark: str
    colour: str
    text: str


@dataclass(frozen=True)
class ColourBar:
    """What colours per item mean. colours: (k, 3) uint8 from low to high; low, high: the numbers at its ends; label with unit."""

    colours: Any
    low: float
    high: float
    label: str


@dataclass(frozen=True, eq=False)
class Scene:
    """Named actors in drawing order, a first camera, and what is written over the picture. frame_of: names of the actors the camera
    fits (all of them if empty). axes: a small axes cross in the corner. scale_bar: the unit of lengths where a bar of
    a round length stands at the foot, "" for none. depth_cue: far things fade into the page, 0 to 1."""

    actors: Mapping[str, Actor] = field(default_factory=lambda: MappingProxyType({}))
    camera: Camera = Camera()
    legend: tuple[Key, ...] = ()
    colour_bar: ColourBar | None = None
    axes: bool = False
    scale_bar: str = ""
    depth_cue: float = 0.0
    occlusion: bool = False
    frame_of: tuple[str, ...] = ()

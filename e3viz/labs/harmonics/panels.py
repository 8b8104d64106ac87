"""The Harmonics lab on flat paper: the typeset polynomial with its Laplacian, the power per degree, and two conventions compared."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache, reduce

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.harmonics.scenes import ASIDE, LEGEND, complex_surface
from e3viz.labs.harmonics.signal import signal
from e3viz.labs.harmonics.state import State
from e3viz.pictures.chart import Axis, Bars, Chart, Plot
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Diagram, Formula, Line, Pen, Shape, Text
from e3viz.pictures.formulas import outline
from e3viz.pictures.scene import Actor, Labels, Scene
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.conventions import Axes, change_matrix, convention, harmonics_in
from e3viz.symmetry.element import Element
from e3viz.symmetry.polynomials import Polynomial, harmonic, harmonic_factored
from e3viz.symmetry.sphere import power
from e3viz.symmetry.surd import Surd
from e3viz.symmetry.surfaces import sphere_mesh

WIDE = 400.0
AXES = ("x", "y", "z")


def second_derivatives(p: Polynomial) -> tuple[Polynomial, Polynomial, Polynomial]:
    """∂²p/∂x², ∂²p/∂y² and ∂²p/∂z², exact."""
    found = []
    for axis in range(3):
        terms = {}
        for exponents, c in p.terms:
            n = exponents[axis]
            if n >= 2:
                terms[(*exponents[:axis], n - 2, *exponents[axis + 1 :])] = c * n * (n - 1)
        common = reduce(math.gcd, terms.values(), 0) or 1
        common = -common if all(c < 0 for c in terms.values()) and terms else common
        ordered = tuple((e, c // common) for e, c in sorted(terms.items(), reverse=True))
        found.append(Polynomial(p.scale * common if terms else Surd(), ordered))
    return found[0], found[1], found[2]


@lru_cache(maxsize=64)
def formula_diagram(l: int, m: int, normalisation: str) -> Diagram:
    """Yˡₘ as a product and as a sum of powers, its homogeneity, and the three second derivatives that add up to nothing."""
    p = harmonic(l, m, normalisation)
    factored = harmonic_factored(l, m, normalisation)
    name = f"Y^{{{l}}}_{{{m}}}"
    shapes: list[Shape] = []
    y = 34.0

    def heading(text: str) -> None:
        nonlocal y
        shapes.append(Text(20.0, y, text, 12.0, "muted", bold=True))
        y += 34.0

    def lines(latex: str, size: float = 17.0, gap: float = 40.0) -> None:
        nonlocal y
        width = outline(latex, size).width
        shapes.append(Formula(20.0, y, latex, size * min(1.0, (WIDE - 40.0) / width)))
        y += gap

    heading("As a product (r² = x² + y² + z²)")
    lines(f"{name} = {factored.latex()}")
    if len(p.terms) <= 10:
        heading("As a polynomial in x, y, z")
        lines(f"{name} = {p.latex()}")
    heading(f"Homogeneous: of degree {l} in every term")
    lines(f"{name}(s\\mathbf{{r}}) = s^{{{l}}}\\,{name}(\\mathbf{{r}})", 15.0)
    heading("Harmonic: its Laplacian vanishes")
    for axis, part in zip(AXES, second_derivatives(p), strict=True):
        written = part.latex() if len(part.terms) <= 8 else f"{len(part.terms)}\\ \\mathrm{{terms}}"
        lines(f"\\partial^2 {name} / \\partial {axis}^2 = {written}", 14.0, 31.0)
    shapes.append(Line(((20.0, y - 18.0), (WIDE - 20.0, y - 18.0)), Pen("line")))
    y += 8.0
    lines(f"\\nabla^2 {name} = {p.laplacian().latex()}", 15.0)
    return Diagram(WIDE, y, tuple(shapes))


def power_chart(state: State) -> Chart:
    """Σₘ c² of each degree, in the hue of the degree."""
    heights = power(signal(state))
    bars: tuple[Plot, ...] = tuple(
        Bars(np.array([float(l)]), np.array([h]), 0.7, degree_hue(l), name=f"l{l}") for l, h in enumerate(heights)
    )
    ticks = tuple((float(l), str(l)) for l in range(len(heights)))
    top = float(heights.max())
    return Chart(bars, Axis("degree l", low=-0.6, high=len(heights) - 0.4, ticks=ticks), Axis("power", low=0.0, high=1.08 * top or 1.0))


def translation(state: State) -> NDArray[np.float64] | NDArray[np.complex128]:
    """M with Y_to = M Y_from for the degree on view."""
    axes: Axes = "renamed" if state.axes == "renamed" else "same point"
    return change_matrix(convention(state.one), convention(state.other), state.l, axes)


def matrix_diagram(state: State) -> Diagram:
    """M as a coloured grid, rows and columns named by order; imaginary entries are marked by i."""
    matrix = translation(state)
    one, other = convention(state.one), convention(state.other)
    count, cell, left, top = len(matrix), 360.0 / len(matrix), 58.0, 66.0
    size = min(14.0, cell * 0.3)
    limit = float(np.abs(matrix).max())
    shapes: list[Shape] = [
        Text(left + 180.0, 20.0, f"from {one.title}: order m", 12.0, "muted", "middle"),
        Text(16.0, top + 180.0, f"to {other.title}: order m", 12.0, "muted", "middle", angle=90.0),
    ]
    for k, (row, column) in enumerate(zip(other.orders(state.l), one.orders(state.l), strict=True)):
        middle = (k + 0.5) * cell
        named = min(13.0, cell * 0.45)
        shapes.append(Text(left - 8.0, top + middle + 4.0, _minus(str(row)), named, "ink", "end"))
        shapes.append(Text(left + middle, top - 9.0, _minus(str(column)), named, "ink", "middle"))
    for (i, j), entry in np.ndenumerate(matrix):
        value = complex(entry)
        part = value.real if abs(value.real) >= abs(value.imag) else value.imag
        colour = "#{:02x}{:02x}{:02x}".format(*diverging(np.array(part), limit)) if value else ""
        x, y = left + j * cell, top + i * cell
        tip = f"m = {other.orders(state.l)[i]} from m = {one.orders(state.l)[j]}: {entry:.4f}"
        shapes.append(Box(x, y, cell, cell, colour, Pen("line", 0.75), tip=_minus(tip), name=f"entry {i} {j}"))
        if value and count <= 9:
            dark = abs(part) > 0.55 * limit
            shapes.append(Text(x + cell / 2, y + cell / 2 + size * 0.35, entry_text(value), size, _ink(dark), "middle"))
    return Diagram(left + 374.0, top + 374.0, tuple(shapes))


def _ink(dark: bool) -> str:
    return "#ffffff" if dark else "#1c2230"


def _minus(text: str) -> str:
    return text.replace("-", "−")


def entry_text(value: complex) -> str:
    """A number as an exact root where it is one, else with three digits."""
    for part, unit in ((value.real, ""), (value.imag, "i")):
        if abs(value - (part if not unit else 1j * part)) < 1e-12:
            exact = Surd.near(part)
            if exact is None and (over_pi := Surd.near(part * math.sqrt(math.pi))) is not None:
                exact = replace(over_pi, per_pi=True)
            written = exact.text() if exact is not None and len(exact.text()) <= 9 else f"{part:.3f}"
            if unit:
                written = f"{'−' if part < 0 else ''}i{'' if abs(part) == 1.0 else written.lstrip('-−')}"
            return _minus(written)
    return _minus(f"{value.real:.2f}{value.imag:+.2f}i")


def conventions_scene(state: State, g: Element) -> Scene:
    """The harmonics of both conventions, turned by g, row over row, as |Y| coloured by the real part."""
    l, about = state.l, 2_500 if state.l <= 5 else 1_000
    points = sphere_mesh(about).points.astype(float)
    up, right = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    actors: dict[str, Actor] = {}
    texts, places = [], []
    for row, one in enumerate((convention(state.one), convention(state.other))):
        values = harmonics_in(one, l, points @ g.linear)
        for column, m in enumerate(one.orders(l)):
            centre = 2.3 * (column - l) * right - 3.4 * row * up
            actors[f"{'to' if row else 'from'} {m}"] = complex_surface(values[:, column], centre, about)
            places.append(centre + 1.3 * up)
            texts.append(_minus(f"m = {m}"))
        places.append((1.9 - 3.4 * row) * up)
        texts.append(one.title)
    actors["orders"] = Labels(np.array(places), tuple(texts), colour="muted")
    camera = replace(ASIDE, direction=(-1.0, 0.25, 0.0))
    return Scene(actors, camera, LEGEND, frame_of=tuple(actors))

"""The Harmonics lab as a sheet, in words and numbers, and under the pointer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from e3viz.labs.harmonics.panels import (
    conventions_scene,
    entry_text,
    formula_diagram,
    matrix_diagram,
    power_chart,
    translation,
)  # fmt: skip
from e3viz.labs.harmonics.scenes import of_point, one_coefficients, points_each, pyramid_scene, signal_scene, single_scene
from e3viz.labs.harmonics.signal import convention_difference, difference, normalisation, signal, typed
from e3viz.labs.harmonics.state import State, signal_degree
from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.conventions import convention
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import scale_factors
from e3viz.symmetry.polynomials import harmonic, harmonic_factored
from e3viz.symmetry.sphere import power
from e3viz.symmetry.surfaces import mesh_basis, sphere_mesh

RADIUS = {
    "lobes |Y|": "Radius is |Y|; colour is its sign.",
    "balloon": "Radius is 1 + Y/2; colour is the value.",
    "coloured sphere": "Colour is the value.",
}
LETTERS = "spdfghiklmno"


def pictures(state: State, g: Element) -> Sheet:
    """The view that was chosen."""
    normalisation(state)
    how = RADIUS.get(state.draw, "")
    if state.view == "one harmonic":
        panels: tuple[Panel, ...] = (
            Panel("harmonic", single_scene(state, g, one_coefficients(state)), width=0.58),
            Panel("formula", formula_diagram(state.l, state.order, state.normalisation), 0.58, 0.0, 0.42, 1.0, card=True),
        )
        return Sheet(panels, f"Spherical harmonic Y^{{{state.l}}}_{{{_minus(state.order)}}}", f"Its polynomial, exact. {how}")
    if state.view == "signal":
        panels = (
            Panel("signal", signal_scene(state, g), width=0.66),
            Panel("power", power_chart(state), 0.66, 0.0, 0.34, 1.0, title="Power of each degree", card=True),
        )
        return Sheet(panels, "Signal on the sphere, Σ c Y^{l}_{m}", f"{_source(state)} {how}")
    if state.view == "conventions":
        panels = (
            Panel("both", conventions_scene(state, g), width=0.56),
            Panel("matrix", matrix_diagram(state), 0.56, 0.0, 0.44, 1.0, card=True),
        )
        title = f"From {convention(state.one).title} to {convention(state.other).title}"
        return Sheet(panels, title, f"Degree {state.l}, values at {_point(state)}: Y′ = M Y. Radius is |Y|; colour is the real part.")
    pyramid = Panel("pyramid", pyramid_scene(state, g), width=0.74 if state.beside else 1.0)
    beside: tuple[Panel, ...] = ()
    if state.beside:
        beside = (
            Panel("signal", signal_scene(state, g, plain=True), 0.74, 0.0, 0.26, 0.56, title="Signal Σ c Y", card=True),
            Panel("power", power_chart(state), 0.74, 0.56, 0.26, 0.44, title="Power of each degree", card=True),
        )
    return Sheet((pyramid, *beside), "Spherical harmonics Y^{l}_{m}", f"Rows are degrees l, columns are orders m. {how}")


def _point(state: State) -> str:
    return "the same point" if state.axes == "same point" else "points with the same textbook coordinates"


def _source(state: State) -> str:
    return {
        "composed": "Each degree has a pattern; the sliders say how much of it.",
        "neighbours of an atom": f"A peak towards each neighbour of atom {state.atom} within {state.cutoff:g} Å.",
        "a direction": "A peak in one direction, as narrow as its degrees allow.",
        "a picture": "A picture wrapped around the sphere.",
    }[state.source]


def _minus(number: object) -> str:
    return str(number).replace("-", "−")


def facts(state: State, g: Element) -> list[Fact | Table]:
    """The polynomial and its properties, or the signal's power, and what sets two conventions apart."""
    found: list[Fact | Table] = []
    if state.view == "one harmonic":
        found += _harmonic_facts(state)
    elif state.view == "conventions":
        matrix = translation(state)
        found.append(
            Fact("Numbers that are not 0", f"{int((np.abs(matrix) > 1e-12).sum())} of {matrix.size}", "In the matrix M.", "Conventions")
        )
    else:
        count = (state.l_max + 1) ** 2
        if state.view == "pyramid":
            points = count * len(sphere_mesh(points_each(state.l_max)).points)
            found.append(Fact("Shown", f"{count} functions, {points:,} points", "All harmonics on view.", status=True))
        found += _signal_facts(state)
    found += _convention_facts(state)
    return found


def _harmonic_facts(state: State) -> list[Fact | Table]:
    l, m = state.l, state.order
    kind = normalisation(state)
    p = harmonic(l, m, kind)
    largest = float(np.abs(mesh_basis(l)[l * l + l + m]).max()) * float(scale_factors(l, kind)[-1])
    letter = LETTERS[l] if l < len(LETTERS) else f"l = {l}"
    section = "This harmonic"
    return [
        Fact("Y", harmonic_factored(l, m, kind).text(), "As e3nn means it; r² = x² + y² + z².", section=section),
        Fact("Irrep", f"{l}{'o' if l % 2 else 'e'} ({letter} orbital)", "How it turns and flips.", section=section, status=True),
        Fact("Terms", f"{len(p.terms)}, {'each' if p.is_homogeneous else 'not all'} of degree {p.degree}", "Homogeneous.", section=section),
        Fact("Laplacian", p.laplacian().text(), "The sum of its second derivatives, exact.", section=section),
        Fact("Largest |Y|", f"{largest:.4f}", f"On the unit sphere, in the normalisation {kind}.", section=section),
        Fact("Planes and cones of zeros", f"{abs(m)} and {l - abs(m)}", "Planes through y, and cones about it.", section=section),
    ]


def _signal_facts(state: State) -> list[Fact | Table]:
    if state.view == "pyramid" and not state.beside:
        return []
    strengths = power(signal(state))
    total = float(strengths.sum())
    strongest = int(strengths.argmax())
    section = "Signal"
    found: list[Fact | Table] = [
        Fact("Total power", f"{total:.4g}", "∫ f² over the sphere: the sum of squares.", section=section),
        Fact(
            "Strongest degree",
            f"l = {strongest}, {100 * strengths[strongest] / (total or 1.0):.0f} %",
            "Share of the power.",
            section=section,
        ),
    ]
    if state.view == "signal":
        rows = tuple(
            (str(l), " ".join(_minus(f"{c:.3f}") for c in typed(state)[l * l : (l + 1) ** 2])) for l in range(signal_degree(state) + 1)
        )
        found.append(Table("coefficients", f"Coefficients ({state.normalisation})", ("l", "m = −l … l"), rows, selected=(state.l,)))
    return found


def _convention_facts(state: State) -> list[Fact | Table]:
    found: list[Fact | Table] = []
    one, other = dict(convention(state.one).facts()), dict(convention(state.other).facts())
    rows = tuple((name, value, other[name]) for name, value in one.items())
    found.append(Table("conventions", "What sets them apart", ("", state.one, state.other), rows, "Conventions"))
    if state.view == "conventions" and state.l <= 3:
        matrix = translation(state)
        names = tuple(_minus(m) for m in convention(state.one).orders(state.l))
        lines = tuple(
            (_minus(m), *(entry_text(complex(x)) for x in row))
            for m, row in zip(convention(state.other).orders(state.l), matrix, strict=True)
        )
        found.append(Table("matrix", "M: rows to, columns from", ("m", *names), lines, "Conventions"))
    return found


def check(state: State, g: Element) -> Check | None:
    """How far turning the surface is from turning the coefficients."""
    if state.view == "conventions":
        text = "In both conventions: the harmonics turned by g against D(g) Y, with D(g) = M D M⁻¹ of that convention."
        return Check(max(convention_difference(convention(name), state.l, g) for name in (state.one, state.other)), text)
    if state.view == "signal":
        return Check(difference(signal(state), g), "The signal turned by g against the signal with the coefficients D(g) c.")
    if state.view == "one harmonic":
        return Check(difference(one_coefficients(state), g), "The harmonic turned by g against Σ D(g) Y.")
    return Check(difference(np.eye((state.l_max + 1) ** 2), g), "All harmonics turned by g against Σ D(g) Y, at 200 directions.")


def pick(state: State, hit: Hit) -> State | None:
    """A click on a harmonic of the pyramid, or a row of the coefficients, shows it large."""
    if hit.panel == "pyramid" and hit.item == "harmonics":
        found = of_point(state, hit.index)
        return replace(state, view="one harmonic", l=found[0], m=found[1]) if found is not None else None
    if hit.panel == "signal" and state.view == "pyramid" and hit.item:
        return replace(state, view="signal", l=min(state.l, signal_degree(state)))
    if hit.panel == "table:coefficients" and 0 <= hit.index <= signal_degree(state):
        return replace(state, l=hit.index, m=int(np.clip(state.m, -hit.index, hit.index)))
    return None


def hover(state: State, hit: Hit) -> str:
    """Which harmonic is under the pointer, with its polynomial."""
    if hit.panel == "pyramid" and hit.item == "harmonics":
        found = of_point(state, hit.index)
        if found is None:
            return ""
        l, m = found
        return f"l = {l}, m = {_minus(m)}: {harmonic_factored(l, m, normalisation(state)).text()}"
    if hit.panel == "both" and " m " not in hit.item and hit.item[:3] in ("fro", "to "):
        return f"m = {_minus(hit.item.split()[-1])}"
    return ""

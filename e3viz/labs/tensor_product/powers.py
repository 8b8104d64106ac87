"""Powers of a vector: x ⊗ x ⊗ … by order n and degree l, and what is left of each because the arguments are equal.

Coupling one more x takes degree l to l − 1, l and l + 1. A node (n, l) with n − l even is |x|ⁿ⁻ˡ Yˡ(x) up to a number; one with n − l odd
vanishes: its only way to be made of a single vector would be a cross product of x with itself. So at the top of each order stands Yⁿ.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.tensor_product.state import State
from e3viz.pictures.diagram import Diagram, Disc, Formula, Line, Pen, Shape, Text
from e3viz.pictures.formulas import outline
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.polynomials import harmonic, harmonic_factored
from e3viz.symmetry.surd import Surd
from e3viz.symmetry.wigner import wigner_D

Node = tuple[int, int]
STEP_X, STEP_Y, RADIUS = 84.0, 84.0, 20.0
LEFT, TOP = 66.0, 40.0
UNIT = (0.36, -0.48, 0.8)
"""A unit vector with nothing special about it, at which powers are compared."""


def node_of(state: State) -> Node:
    """Order and degree on view, brought within what is shown."""
    n = min(max(state.node[0], 0), state.orders)
    return (1, 1) if n == 1 else (n, min(max(state.node[1], 0), n))


def order_of(state: State) -> int:
    """The component m, brought within −l … l."""
    l = node_of(state)[1]
    return max(-l, min(state.m, l))


def exists(node: Node) -> bool:
    """Whether the product of n vectors has this degree at all: one vector has no part of degree 0."""
    return 0 <= node[1] <= node[0] and node != (1, 0)


def vanishes(node: Node) -> bool:
    """Whether a power is zero because its arguments are equal."""
    return (node[0] - node[1]) % 2 == 1


def parents(node: Node) -> list[Node]:
    """The powers of one order less that it is made from by one more x."""
    n, l = node
    return [(n - 1, k) for k in (l - 1, l, l + 1) if exists((n - 1, k)) and not (k == l == 0)] if n else []


@lru_cache(maxsize=256)
def ways(node: Node) -> int:
    """How many chains of couplings lead to it: its multiplicity in the product of n different vectors."""
    return 1 if node == (0, 0) else sum(ways(parent) for parent in parents(node))


def power_of(node: Node, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The power of a vector x, coupled step by step from the lower degree wherever there is one, (2l+1,); zeros where it vanishes."""
    l, value = 0, np.ones(1)
    for _, higher in chain(node):
        value = np.einsum("ijk,i,j->k", clebsch_gordan(l, 1, higher), value, x)
        l = higher
    return value


@lru_cache(maxsize=256)
def chain_value(node: Node) -> NDArray[np.float64]:
    """The power of the vector `UNIT`."""
    return power_of(node, np.array(UNIT))


def power_error(node: Node, g: Element) -> float:
    """max |power of g x − D(g) power of x| over the largest component of the power."""
    n, l = node
    direct = chain_value(node)
    turned = power_of(node, g.linear @ np.array(UNIT))
    size = float(np.abs(direct).max()) if not vanishes(node) else 1.0
    return float(np.abs(turned - wigner_D(l, g, (-1) ** n) @ direct).max()) / size


def chain(node: Node) -> list[Node]:
    """The nodes on the way to it, itself the last."""
    return [] if node == (0, 0) else [*chain(parents(node)[0]), node]


@lru_cache(maxsize=256)
def factor(node: Node) -> Surd:
    """The number c in: power = c |x|ⁿ⁻ˡ Yˡ(x) (`component`), each coupling by C of norm 1; 0 where the power vanishes."""
    made, l = Surd(Fraction(1)), 0
    for _, higher in chain(node):
        made, l = made * _coupled(l, higher), higher
    return made


@lru_cache(maxsize=64)
def _coupled(l: int, higher: int) -> Surd:
    """c in: C(Yˡ(u), u) = c Y(u) of the other degree, for unit vectors u; the root of a small fraction."""
    y = _harmonics_of_unit(higher)
    k = int(np.abs(y).argmax())
    made = np.einsum("ijk,i,j->k", clebsch_gordan(l, 1, higher), _harmonics_of_unit(l), np.array(UNIT))
    found = Surd.near(float(made[k] / y[k]))
    if found is None:
        raise ArithmeticError(f"coupling degree {l} to {higher} gives no root of a small fraction")
    return found


def _harmonics_of_unit(l: int) -> NDArray[np.float64]:
    every: NDArray[np.float64] = np.sqrt(4.0 * np.pi) * spherical_harmonics(l, np.array([UNIT]))[0]
    return every[l * l : (l + 1) ** 2]


def node_name(node: Node) -> str:
    """|x|² Y¹, as text with superscripts."""
    n, l = node
    if vanishes(node):
        return "0"
    length = "" if n == l else f"|x|^{{{n - l}}}"
    return (length if l == 0 else f"{length} Y^{{{l}}}".strip()) or "1"


def polynomial_text(node: Node, m: int) -> str:
    """The component m as a polynomial, r² = x² + y² + z²."""
    n, l = node
    if vanishes(node):
        return "0"
    written = harmonic_factored(l, m, "component").text()
    rest = n - l
    length = "" if rest == 0 else f"r{str(rest).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    return length if written == "1" and length else f"{length} {written}".strip()


def powers_diagram(state: State) -> Diagram:
    """Nodes by order to the right and degree upwards, and the couplings between them."""
    count = state.orders
    chosen = node_of(state)
    width, height = LEFT + count * STEP_X + 74.0, TOP + count * STEP_Y + 96.0
    base = height - 66.0

    def place(node: Node) -> tuple[float, float]:
        return LEFT + node[0] * STEP_X, base - node[1] * STEP_Y

    shapes: list[Shape] = [
        Text(LEFT - 44.0, base - (count + 0.42) * STEP_Y + 4.0, "l", 13.0, "muted", bold=True),
        Text(LEFT + count * STEP_X / 2, base + 63.0, "order n", 12.0, "muted", "middle"),
    ]
    for n in range(count + 1):
        name = "1" if n == 0 else "x" if n == 1 else f"x^{{⊗{n}}}"
        shapes.append(Text(LEFT + n * STEP_X, base + 46.0, name, 12.0, "muted", "middle"))
        shapes.append(Text(LEFT - 40.0, base - n * STEP_Y + 4.0, str(n), 12.0, "muted", "end"))
    nodes = [(n, l) for n in range(count + 1) for l in range(n + 1) if exists((n, l))]
    for node in nodes:
        for parent in parents(node):
            shapes.append(_coupling(place(parent), place(node), dead=vanishes(node) or vanishes(parent), own=node == chosen))
    for node in nodes:
        shapes += _node(node, place(node), chosen=node == chosen)
    return Diagram(width, height, tuple(shapes))


def _coupling(start: tuple[float, float], end: tuple[float, float], *, dead: bool, own: bool) -> Shape:
    colour, width = ("faint", 1.2) if dead else ("muted", 1.8)
    pen = Pen("accent" if own and not dead else colour, width + (0.8 if own else 0.0), (3.0, 4.0) if dead else ())
    return Line((start, end), pen, opacity=0.55 if dead else 0.9)


def _node(node: Node, place: tuple[float, float], *, chosen: bool) -> Iterator[Shape]:
    n, l = node
    x, y = place
    dead = vanishes(node)
    parity = "e" if n % 2 == 0 else "o"
    tip = f"order {n}, {l}{parity}: {'zero, because the arguments are equal' if dead else 'click to see it'}"
    name = f"node {n} {l}"
    dash = (4.2, 2.8) if n % 2 else ()
    if n == l and n:
        yield Disc(x, y, RADIUS + 8.0, "accent_soft")
    yield Disc(
        x,
        y,
        RADIUS + 3.4,
        "page",
        Pen("accent" if chosen else "line" if dead else degree_hue(l), 2.4 if chosen else 1.5, dash),
        name=name,
        tip=tip,
    )
    yield Disc(x, y, RADIUS, "panel" if dead else degree_hue(l), name=name, tip=tip)
    ink = "faint" if dead else "#ffffff"
    yield Text(x, y + 4.6, f"{l}{parity}", 13.0, ink, "middle", bold=not dead, name=name, tip=tip)
    if not dead and (n, l) != (0, 0):
        yield Text(x, y - RADIUS - 9.0, node_name(node), 12.0, "ink", "middle", bold=n == l, halo="page")


def power_card(state: State) -> Diagram:
    """The power on view in formulas: how it is made, its component m, or why it vanishes."""
    node, m = node_of(state), order_of(state)
    n, l = node
    parity = "e" if n % 2 == 0 else "o"
    shapes: list[Shape] = [
        Text(18.0, 28.0, f"Order {n}, degree {l}: {(n and 'x') or '1'}{' ⊗ x' * (n - 1)} → {l}{parity}"[:64], 14.0, "ink", bold=True)
    ]
    lines: list[str]
    if vanishes(node):
        lines = [r"C_{ijk} = -\,C_{jik} \quad\Rightarrow\quad \sum_{ij} C_{ijk}\,x_i\,x_j = 0", r"x \wedge x = 0"]
        note = "The tensor that makes it is antisymmetric in equal arguments: every term meets its opposite."
    else:
        written = factor(node).latex()
        power = "" if n == l else rf"|\mathbf{{x}}|^{{{n - l}}}\,"
        lines = [rf"x^{{\otimes {n}}} \to {written}\;{power}Y^{{{l}}}(\mathbf{{x}})"]
        body = harmonic(l, m).latex() if len(harmonic(l, m).terms) <= 6 else harmonic_factored(l, m).latex()
        lines.append(rf"Y^{{{l}}}_{{{m}}} = {body}")
        note = "The factor comes from coupling one x at a time by tensors C of norm 1; Y is as e3nn's “component”."
    y = 74.0
    for latex in lines:
        wide = outline(latex, 17.0).width
        shapes.append(Formula(18.0, y, latex, 17.0 * min(1.0, 296.0 / wide)))
        y += 46.0
    for line in _wrapped(note, 50):
        shapes.append(Text(18.0, y, line, 11.5, "muted"))
        y += 17.0
    return Diagram(330.0, y + 6.0, tuple(shapes))


def _wrapped(text: str, width: int) -> list[str]:
    lines: list[str] = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def component_row(state: State) -> NDArray[np.float64]:
    """What the surface of the power on view draws: the component m alone, or zeros."""
    l = node_of(state)[1]
    row = np.zeros(2 * l + 1)
    if not vanishes(node_of(state)):
        row[l + order_of(state)] = 1.0
    return row

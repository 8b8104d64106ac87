"""The tensor as numbers: what each degree contributes as a matrix, its irreps coordinates, and the change of basis Q between them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from e3viz.labs.irreps.state import State, basis, cartesian, tensor
from e3viz.labs.irreps.state import turned as turned_twice
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Diagram, Formula, Line, Pen, Picture, Shape, Text
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.element import Element
from e3viz.symmetry.tensors import TensorBasis

Real = NDArray[np.float64]
WIDTH, LEFT = 720.0, 20.0
CELL, GAP = 46.0, 34.0
MOST_EXACT = 9
NAMES = {0: "trace", 1: "antisymmetric", 2: "symmetric traceless"}


def number(value: float) -> str:
    """Short, with a true minus sign."""
    size = abs(value)
    text = f"{value:.1e}" if size >= 1000.0 or (0.0 < size < 0.005 and size > 1e-12) else f"{value:.2f}"
    return ("0.00" if text == "-0.00" or size <= 1e-12 else text).replace("-", "−")


def power_of(limit: float) -> int:
    """The power of ten that all numbers of one matrix are written in; 0 where they are readable without."""
    return 0 if 0.1 <= limit < 1000.0 or limit == 0.0 else math.floor(math.log10(limit))


def times(power: int) -> str:
    """What stands beside a matrix that is written in a power of ten."""
    return "" if not power else " (× 10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")) + ")"


def numbers(values: Real, limit: float) -> list[str]:
    """All numbers of a matrix written alike, two digits after the point, in one power of ten."""
    unit = 10.0 ** power_of(limit)
    found = [f"{x:.2f}" for x in np.ravel(values) / unit]
    return [("0.00" if text == "-0.00" else text).replace("-", "−") for text in found]


def split_diagram(state: State, g: Element) -> Diagram:
    """All three, one below the other."""
    known = basis(state)
    turned, again = turned_twice(state, g)
    if state.turn == "irreps":
        turned = again
    shapes: list[Shape] = []
    y = 26.0
    if known.rank == 2:
        still = np.array_equal(g.linear, np.eye(3))
        if not still:
            y = _both_ways(state, g, y, shapes)
        y = _matrices(known, turned, y, shapes, slides=still)
    elif known.rank > 2:
        still = np.array_equal(g.linear, np.eye(3))
        if state.turn == "both" and not still:
            y = _both_maps(state, g, y, shapes)
        y = _map(known.rank, turned, y, shapes, "T" if still else "T turned by g")
    y = _coordinates(state, known, turned, y, shapes)
    y = _change_of_basis(state, known, y, shapes)
    return Diagram(WIDTH, y + 10.0, tuple(shapes))


def _both_ways(state: State, g: Element, y: float, shapes: list[Shape]) -> float:
    """T, T turned by either way or both, and how they differ, on one scale but for the difference."""
    before, (cartesian_, irreps) = tensor(state), turned_twice(state, g)
    limit = float(np.abs(before).max()) or 1.0
    shown = [("T", "ink", before, limit)]
    if state.turn != "irreps":
        shown.append(("T′ = R T Rᵀ", "accent", cartesian_, limit))
    if state.turn != "Cartesian":
        shown.append(("Qᵀ D(g) Q T", "accent", irreps, limit))
    if state.turn == "both":
        apart = cartesian_ - irreps
        shown.append((f"difference, at most {np.abs(apart).max():.0e}".replace("e-", "e−"), "muted", apart, limit))
    x = (WIDTH - len(shown) * 3 * CELL - GAP * (len(shown) - 1)) / 2
    for k, (title, hue, matrix, top) in enumerate(shown):
        shapes.append(Text(x + 1.5 * CELL, y, title + (times(power_of(limit)) if k == 0 else ""), 13.0, "ink", "middle", bold=k == 0))
        shapes += _matrix(matrix, x, y + 14.0, CELL, hue=hue, limit=top, slides=k == 0)
        x += 3 * CELL + GAP
    return y + 14.0 + 3 * CELL + 34.0


def _matrices(known: TensorBasis, turned: Real, y: float, shapes: list[Shape], *, slides: bool) -> float:
    by_degree: dict[int, Real] = {}
    for irrep, part in known.parts(turned):
        by_degree[irrep.l] = by_degree.get(irrep.l, np.zeros((3, 3))) + part
    shown = [("T" if slides else "T′", "ink", turned), *((NAMES[l], degree_hue(l), part) for l, part in by_degree.items())]
    limit = float(np.abs(turned).max()) or 1.0
    wide = min(CELL, (WIDTH - 2 * LEFT - GAP * (len(shown) - 1)) / (3 * len(shown)))
    x = (WIDTH - len(shown) * 3 * wide - GAP * (len(shown) - 1)) / 2
    for k, (title, hue, matrix) in enumerate(shown):
        shapes.append(Text(x + 1.5 * wide, y, title + (times(power_of(limit)) if k == 0 else ""), 13.0, hue, "middle", bold=True))
        shapes += _matrix(matrix, x, y + 14.0, wide, hue=hue, limit=limit, slides=slides and k == 0)
        x += 3 * wide
        if k < len(shown) - 1:
            shapes.append(Text(x + GAP / 2, y + 14.0 + 1.5 * wide + 6.0, "=" if k == 0 else "+", 18.0, "muted", "middle"))
        x += GAP
    return y + 14.0 + 3 * wide + 44.0


def _map(rank: int, turned: Real, y: float, shapes: list[Shape], title: str) -> float:
    """A tensor of three or four indices as a matrix: the last two are its columns, the others its rows."""
    flat = turned.reshape(-1, 9)
    names = cartesian(rank - 2), cartesian(2)
    power = power_of(limit := float(np.abs(flat).max()) or 1.0)
    written = numbers(flat, limit)
    cell, tall = 60.0, 22.0
    x = LEFT + 44.0
    shapes.append(Text(LEFT, y, f"{title}: rows are the first indices, columns the last two" + times(power), 13.0, "ink", bold=True))
    y += 28.0
    shapes.append(Picture(x, y, 9 * cell, tall * len(flat), diverging(flat, limit), smooth=False))
    for j, name in enumerate(names[1]):
        shapes.append(Text(x + (j + 0.5) * cell, y - 6.0, name, 12.0, "muted", "middle"))
    for i, name in enumerate(names[0]):
        shapes.append(Text(x - 8.0, y + (i + 0.5) * tall + 4.0, name, 12.0, "muted", "end"))
    for i, j in np.ndindex(*flat.shape):
        value = float(flat[i, j])
        ink = "#ffffff" if abs(value) > 0.55 * limit else "#1c2230"
        shapes.append(Text(x + (j + 0.5) * cell, y + (i + 0.5) * tall + 4.0, written[9 * i + j], 11.0, ink, "middle"))
    return y + tall * len(flat) + 32.0


def _both_maps(state: State, g: Element, y: float, shapes: list[Shape]) -> float:
    """The same as `_both_ways` for three or four indices, in small and without numbers."""
    before, (cartesian_, irreps) = tensor(state), turned_twice(state, g)
    limit = float(np.abs(before).max()) or 1.0
    apart = cartesian_ - irreps
    told = f"difference, at most {np.abs(apart).max():.0e}".replace("e-", "e−")
    shown = (("T", "ink", before), ("T turned by R", "accent", cartesian_), ("Qᵀ D(g) Q T", "accent", irreps), (told, "muted", apart))
    wide = (WIDTH - 2 * LEFT - 3 * GAP) / 4
    tall = wide / 9 * before.size / 9
    for k, (title, hue, values) in enumerate(shown):
        x = LEFT + k * (wide + GAP)
        shapes.append(Text(x + wide / 2, y, title, 12.0, "ink", "middle", bold=k == 0))
        shapes.append(Picture(x, y + 10.0, wide, tall, diverging(values.reshape(-1, 9), limit), smooth=False))
        shapes.append(Box(x, y + 10.0, wide, tall, "", Pen(hue, 1.6), corner=2.0))
        if k:
            shapes.append(Text(x - GAP / 2, y + 10.0 + tall / 2 + 6.0, "→≈−"[k - 1], 16.0, "muted", "middle"))
    return y + 10.0 + tall + 38.0


def _matrix(matrix: Real, x: float, y: float, cell: float, *, hue: str, limit: float, slides: bool = False) -> Iterator[Shape]:
    written = numbers(matrix, limit)
    colours = diverging(matrix, limit)
    for i, j in np.ndindex(3, 3):
        value = float(matrix[i, j])
        name = "xyz"[i] + "xyz"[j]
        fill = "#{:02x}{:02x}{:02x}".format(*colours[i, j])
        tip = f"{name} = {number(value)}" + (" · drag to change it" if slides else "")
        yield Box(x + j * cell, y + i * cell, cell, cell, fill, tip=tip, name=f"cell {name}" if slides else "", slides=slides)
        ink = "#ffffff" if abs(value) > 0.55 * limit else "#1c2230"
        yield Text(x + (j + 0.5) * cell, y + (i + 0.5) * cell + 4.5, written[3 * i + j], min(13.0, cell * 0.29), ink, "middle")
    yield Box(x, y, 3 * cell, 3 * cell, "", Pen(hue, 2.0), corner=3.0)


def _coordinates(state: State, known: TensorBasis, turned: Real, y: float, shapes: list[Shape]) -> float:
    values = known.to_irreps(turned)
    limit = float(np.abs(values).max(initial=0.0)) or 1.0
    shapes.append(Text(LEFT, y, "As irreps: Q T" + times(power_of(limit)), 13.0, "ink", bold=True))
    told = "In space: red positive, blue negative; the radius goes as the root of an irrep’s length."
    shapes.append(Text(WIDTH - LEFT, y, told, 11.0, "muted", "end"))
    y += 14.0
    colours = diverging(values, limit)
    written = numbers(values, limit)
    x = LEFT
    for index, (first, irrep) in enumerate(known.irreps.blocks()):
        cell = CELL
        if x > LEFT and x + irrep.dim * cell > WIDTH - LEFT:
            x, y = LEFT, y + 58.0
        if y > 900.0:
            shapes.append(Text(LEFT, y + 18.0, "The others are in the table.", 12.0, "muted"))
            return y + 50.0
        hue, name = degree_hue(irrep.l), f"block {index}"
        for m in range(irrep.dim):
            value = float(values[first + m])
            fill = "#{:02x}{:02x}{:02x}".format(*colours[first + m])
            tip = f"{irrep}, m = {m - irrep.l}: {number(value)}".replace("-", "−")
            shapes.append(Box(x + m * cell, y, cell, 30.0, fill, tip=tip, name=name))
            ink = "#ffffff" if abs(value) > 0.55 * limit else "#1c2230"
            shapes.append(Text(x + (m + 0.5) * cell, y + 19.5, written[first + m], 12.0, ink, "middle"))
        dash = (6.0, 4.0) if irrep.parity == -1 else ()
        pen = Pen(hue, 3.5 if index == state.chosen else 2.0, dash)
        shapes.append(Box(x, y, irrep.dim * cell, 30.0, "", pen, corner=3.0, name=name))
        shapes.append(Text(x + irrep.dim * cell / 2, y + 45.0, str(irrep), 12.0, hue, "middle", bold=True))
        x += irrep.dim * cell + 12.0
    return y + 80.0


def _change_of_basis(state: State, known: TensorBasis, y: float, shapes: list[Shape]) -> float:
    flat = known.flat
    if not len(flat):
        return y
    shapes.append(Text(LEFT, y, f"Q, {len(flat)} × {flat.shape[1]}: rows are irreps, columns components", 13.0, "ink", bold=True))
    y += 12.0
    exact = known.exact if state.exact and flat.shape[1] <= MOST_EXACT else None
    left = LEFT + 44.0
    if exact is None:
        cell = min(40.0, (WIDTH - left - LEFT) / flat.shape[1])
        tall = max(cell, min(26.0, 260.0 / len(flat)))
        shapes.append(Picture(left, y + 6.0, cell * flat.shape[1], tall * len(flat), diverging(flat, 1.0), smooth=False))
        _row_names(known, y + 6.0, tall, shapes)
        return float(y + 20.0 + tall * len(flat))
    cell, tall = min(70.0, (WIDTH - left - LEFT) / flat.shape[1]), 44.0
    for j, name in enumerate(cartesian(known.rank)):
        shapes.append(Text(left + (j + 0.5) * cell, y + 10.0, name, 12.0, "muted", "middle"))
    y += 16.0
    for i, j in np.ndindex(*flat.shape):
        entry = exact.entries[i][j]
        middle = (left + (j + 0.5) * cell, y + (i + 0.5) * tall)
        if entry:
            shapes.append(Formula(middle[0], middle[1] + 6.0, entry.latex(), 19.0, anchor="middle"))
        else:
            shapes.append(Text(middle[0], middle[1] + 4.0, "·", 13.0, "faint", "middle"))
    _row_names(known, y, tall, shapes)
    return float(y + tall * len(flat) + 10.0)


def _row_names(known: TensorBasis, y: float, tall: float, shapes: list[Shape]) -> None:
    for first, irrep in known.irreps.blocks():
        top, bottom = y + first * tall, y + (first + irrep.dim) * tall
        hue = degree_hue(irrep.l)
        shapes.append(Line(((LEFT + 36.0, top + 2.0), (LEFT + 36.0, bottom - 2.0)), Pen(hue, 3.0)))
        if bottom - top >= 8.0:
            shapes.append(Text(LEFT + 30.0, (top + bottom) / 2 + 4.0, str(irrep), min(12.0, bottom - top), hue, "end", bold=True))

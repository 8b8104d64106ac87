"""The character table as a grid, and under it the characters of the representation on view with how often each irrep is in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from e3viz.labs.groups.brackets import number_text
from e3viz.labs.groups.colours import hexed
from e3viz.labs.groups.state import State, chosen_irrep, product, representation, representation_title, subject
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Diagram, Pen, Shape, Text
from e3viz.pictures.fonts import text_width
from e3viz.symmetry.characters import CharacterTable, character_table

LEFT, TOP, ROW = 56.0, 66.0, 30.0
COUNT = 44.0
"""Width of the column that says how often an irrep is in the representation on view."""


def character_diagram(state: State) -> Diagram:
    """Rows are irreps, columns classes; the class of the element and the irrep on view are framed."""
    table, rep = character_table(subject(state).group), representation(state)
    columns = _widths(table)
    width = LEFT + float(sum(columns)) + 12.0 + COUNT
    shapes: list[Shape] = [Text(8.0, 20.0, "Irreps and classes", 15.0, "ink", bold=True)]
    if any("ε" in table.text(k, c) for k in range(len(table.names)) for c in range(len(columns))):
        shapes.append(Text(width, 20.0, f"ε = exp(2πi/{table.root}), ε* its conjugate", 12.0, "muted", "end"))
    elif any("φ" in table.text(k, c) for k in range(len(table.names)) for c in range(len(columns))):
        shapes.append(Text(width, 20.0, "φ = (1 + √5)/2", 12.0, "muted", "end"))
    shapes += [*_heads(state, table, columns), *_rows(state, table, columns)]
    bottom = TOP + ROW * len(table.names) + 14.0
    x = LEFT
    shapes.append(Text(LEFT - 8.0, bottom + ROW / 2 + 5.0, "χ", 14.0, "ink", "end", bold=True, tip=representation_title(state)))
    for c, (members, wide) in enumerate(zip(table.group.classes, columns, strict=True)):
        text = number_text(float(rep.characters[members[0]]))
        shapes.append(
            Text(
                x + wide / 2,
                bottom + ROW / 2 + 5.0,
                text,
                13.0,
                "ink",
                "middle",
                tip=f"{representation_title(state)}: χ({table.group.class_names[c]})",
            )
        )
        x += wide
    words = rep.decomposition_text()
    line = f"{representation_title(state)} = {words}"
    size = min(13.0, 13.0 * (width - 8.0) / max(1.0, text_width(line, 13.0)))
    shapes.append(Text(8.0, bottom + ROW + 22.0, line, size, "muted"))
    return Diagram(width + 8.0, bottom + ROW + 36.0, tuple(shapes))


def _widths(table: CharacterTable) -> list[float]:
    """How wide each class's column must be."""
    classes = range(len(table.group.classes))
    least = min(92.0, max(46.0, 320.0 / len(table.group.classes)))
    return [
        max(
            least,
            text_width(table.group.class_names[c], 13.0) + 14.0,
            *(text_width(table.text(k, c), 13.0) + 14.0 for k in range(len(table.names))),
        )
        for c in classes
    ]


def _heads(state: State, table: CharacterTable, columns: list[float]) -> Iterator[Shape]:
    current = int(table.group.class_of[product(state)])
    x = LEFT
    for c, wide in enumerate(columns):
        name = table.group.class_names[c]
        own = c == current
        tip = ", ".join(table.group.names[g] for g in table.group.classes[c])
        yield Box(x + 1.0, TOP - 32.0, wide - 2.0, 26.0, "accent_soft" if own else "", corner=4.0, name=f"class {c}", tip=tip)
        yield Text(x + wide / 2, TOP - 14.0, name, 13.0, "accent" if own else "ink", "middle", bold=True)
        x += wide
    yield Text(
        x + 12.0 + COUNT / 2,
        TOP - 14.0,
        "n",
        13.0,
        "muted",
        "middle",
        bold=True,
        tip="How often each irrep is in the representation on view.",
    )


def _rows(state: State, table: CharacterTable, columns: list[float]) -> Iterator[Shape]:
    rep, current = representation(state), chosen_irrep(state)
    limit = float(table.dims.max())
    colours = diverging(np.real(table.values), limit * 1.4)
    counts = {row: count for rows, count in zip(table.real_irreps, rep.multiplicities, strict=True) for row in rows}
    real = {row: k for k, rows in enumerate(table.real_irreps) for row in rows}
    for k, name in enumerate(table.names):
        y, x = TOP + k * ROW, LEFT
        own = real[k] == current
        yield Text(LEFT - 8.0, y + ROW / 2 + 5.0, name, 14.0, "accent" if own else "ink", "end", bold=True)
        for c, wide in enumerate(columns):
            tip = f"{name}, {table.group.class_names[c]}: {table.text(k, c)}"
            yield Box(x + 1.0, y + 1.0, wide - 2.0, ROW - 2.0, hexed(colours[k, c]), corner=3.0, name=f"irrep {real[k]}", tip=tip)
            yield Text(x + wide / 2, y + ROW / 2 + 5.0, table.text(k, c), 13.0, "#1c2230", "middle")
            x += wide
        count = counts[k]
        yield Text(x + 12.0 + COUNT / 2, y + ROW / 2 + 5.0, str(count), 14.0, "ink" if count else "faint", "middle", bold=bool(count))
        if own:
            yield Box(LEFT - 1.0, y - 0.5, sum(columns) + 2.0, ROW + 1.0, "", Pen("accent", 2.0), 4.0)

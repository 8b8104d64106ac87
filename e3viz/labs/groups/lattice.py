"""The subgroups as a lattice: one node for each subgroup up to conjugacy, larger ones higher, lines from each to the next smaller ones in it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from e3viz.labs.groups.state import State, subject
from e3viz.pictures.diagram import Box, Diagram, Line, Pen, Shape, Text
from e3viz.pictures.fonts import text_width
from e3viz.symmetry.group_tables import conjugate_subgroups
from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.point_groups import pretty, schoenflies

WIDTH, TOP, LEVEL, BOX = 440.0, 60.0, 58.0, 26.0
STARTS = 12


def subgroup_names(group: FiniteGroup, *, flat: bool) -> tuple[str, ...]:
    """What each subgroup is called: Schoenflies, or for a polygon C_n and D_n."""
    return _names(group, flat)


@lru_cache(maxsize=64)
def _names(group: FiniteGroup, flat: bool) -> tuple[str, ...]:
    found = []
    for part in group.subgroups:
        if flat:
            mirrors = any(group.operations[m].kind == "σ" for m in part.members)
            found.append(pretty(f"{'D' if mirrors else 'C'}{len(part.members) // (2 if mirrors else 1)}"))
        else:
            found.append(pretty(schoenflies(group.matrices[list(part.members)])))
    return tuple(found)


@lru_cache(maxsize=64)
def covers(group: FiniteGroup) -> tuple[tuple[int, int], ...]:
    """Pairs (larger, smaller) of subgroups up to conjugacy with nothing between them."""
    rows = [np.isin(np.arange(len(group)), part.members) for part in group.subgroups]
    conjugates = [conjugate_subgroups(group.table, row) for row in rows]
    inside = np.array(
        [[len(a) and bool((small <= large).all(axis=1).any()) for small in conjugates] for large, a in zip(rows, conjugates, strict=True)]
    )
    np.fill_diagonal(inside, False)
    direct = inside & ~((inside.astype(int) @ inside.astype(int)) > 0)
    return tuple((int(a), int(b)) for a, b in np.argwhere(direct))


@lru_cache(maxsize=64)
def _levels(group: FiniteGroup) -> tuple[tuple[int, ...], ...]:
    """The subgroups by order, the largest first, each level in an order in which few lines cross: each node near the mean of those it is
    joined with (K. Sugiyama et al., 1981), the best of a few starts."""
    sizes = [len(part.members) for part in group.subgroups]
    levels = [[k for k, size in enumerate(sizes) if size == order] for order in sorted(set(sizes), reverse=True)]
    joined: dict[int, list[int]] = {k: [] for k in range(len(sizes))}
    for a, b in covers(group):
        joined[a].append(b)
        joined[b].append(a)
    rng = np.random.default_rng(1981)
    best, least = levels, np.inf
    for start in range(STARTS):
        tried = [list(rng.permutation(level)) if start else list(level) for level in levels]
        place = {k: (number + 0.5) / len(level) for level in tried for number, k in enumerate(level)}
        for sweep in range(6):
            for level in tried[:: 1 if sweep % 2 == 0 else -1]:
                level.sort(key=lambda k: float(np.mean([place[n] for n in joined[k]])) if joined[k] else 0.5)
                place.update({k: (number + 0.5) / len(level) for number, k in enumerate(level)})
        length = sum((place[a] - place[b]) ** 2 for a, b in covers(group))
        if length < least - 1e-9:
            best, least = tried, length
    return tuple(tuple(int(k) for k in level) for level in best)


def lattice_diagram(state: State) -> Diagram:
    """The lattice; a click marks a subgroup in the multiplication table and in the figure."""
    shown = subject(state)
    group = shown.group
    parts, names = group.subgroups, subgroup_names(group, flat=shown.flat)
    orders = sorted({len(part.members) for part in parts}, reverse=True)
    widest = max(sum(len(part.members) == order for part in parts) for order in orders)
    width = max(WIDTH, 62.0 * widest + 60.0)
    spots: dict[int, tuple[float, float]] = {}
    for level, here in enumerate(_levels(group)):
        for place, k in enumerate(here):
            spots[k] = (54.0 + (width - 54.0) * (place + 0.5) / len(here), TOP + LEVEL * level + BOX / 2)
    shapes: list[Shape] = [Text(8.0, 20.0, f"{len(group.all_subgroups)} subgroups, {len(parts)} up to conjugacy", 15.0, "ink", bold=True)]
    shapes.append(Text(8.0, 40.0, "orders at the left; dashed: not normal, ×n: so many conjugate ones", 12.0, "muted"))
    for level, order in enumerate(orders):
        shapes.append(Text(28.0, TOP + LEVEL * level + BOX / 2 + 5.0, str(order), 13.0, "muted", "end"))
    marked = min(state.subgroup, len(parts) - 1)
    for larger, smaller in covers(group):
        (x0, y0), (x1, y1) = spots[larger], spots[smaller]
        lit = marked in (larger, smaller)
        shapes.append(Line(((x0, y0 + BOX / 2), (x1, y1 - BOX / 2)), Pen("accent" if lit else "line", 1.6 if lit else 1.0)))
    for k, (x, y) in spots.items():
        shapes += _node(state, k, names[k], x, y, lit=k == marked)
    return Diagram(width + 8.0, TOP + LEVEL * (len(orders) - 1) + BOX + 14.0, tuple(shapes))


def _node(state: State, k: int, name: str, x: float, y: float, *, lit: bool) -> list[Shape]:
    group = subject(state).group
    part = group.subgroups[k]
    text = name if part.is_normal else f"{name} ×{part.count}"
    wide = max(34.0, text_width(text, 12.5) + 14.0)
    pen = Pen("accent" if lit else "muted", 2.0 if lit else 1.2, () if part.is_normal else (3.0, 2.5))
    elements = ", ".join(group.names[m] for m in part.members[:24]) + (" …" if len(part.members) > 24 else "")
    kind = "normal" if part.is_normal else f"{part.count} conjugate ones"
    fill = "accent_soft" if lit else "raised"
    return [
        Box(x - wide / 2, y - BOX / 2, wide, BOX, fill, pen, 6.0, name=f"subgroup {k}", tip=f"{name}, {kind}: {elements}"),
        Text(x, y + 4.5, text, 12.5, "accent" if lit else "ink", "middle"),
    ]

"""The path diagram: chips in the hue of their degree, ringed solid for even and dashed for odd, and a strand for each path.

A strand's width is |weight| and its colour the sign; grey strands have no weight. Pointing at a strand lifts it out of the others;
pointing at a chip lifts all its paths. A chip can be dragged onto another to draw a path, and a chosen one gets a row of buttons.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from e3viz.errors import UserError
from e3viz.labs.tensor_product.layout import CHIP_HEIGHT, FONT, Chip, Layout, Run, Strand, layout
from e3viz.labs.tensor_product.state import State, chosen_path, product_of, shown_paths
from e3viz.labs.tensor_product.values import strands
from e3viz.pictures.diagram import Box, Diagram, Disc, Line, Pen, Shape, Text
from e3viz.pictures.fonts import text_width
from e3viz.pictures.style import NEGATIVE, POSITIVE, degree_hue
from e3viz.symmetry.paths import Instruction, TensorProduct

THINNEST, PER_WEIGHT, THICKEST = 0.9, 3.4, 8.0
FADED, PLAIN = 0.34, 0.78
MANY = 40
SIDES = {"in1": "input 1", "in2": "input 2", "out": "output"}


def path_diagram(state: State) -> Diagram:
    """The diagram of the product on view."""
    product, shown = product_of(state), shown_paths(state)
    try:
        weights = strands(state)
    except UserError:  # nothing can be learned here; the chart beside says why
        weights = strands(_not_learning(state))
    placed = layout(product, tuple(shown), 0.95 if state.beside or state.view == "learning" else 1.25)
    chosen = chosen_path(state)
    shapes: list[Shape] = [*_headings(placed)]
    thin = min(1.0, (MANY / max(len(shown), 1)) ** 0.5)
    ordered = sorted(placed.strands, key=lambda s: (s.number == chosen, -s.junction[1]))
    for strand in ordered:
        shapes += _strand(product, strand, float(weights[strand.number]), chosen, thin)
    if state.names and len(shown) <= MANY:
        shapes += [_name(product, strand) for strand in ordered]
    for run in placed.runs:
        shapes += _run(run, product, state.chip)
    shapes += [replace(shape, figure=False) for shape in (*_adds(placed, product), *_buttons(state, placed))]
    shapes += _legend(placed, product)
    return Diagram(placed.width, placed.height, tuple(shapes))


def _not_learning(state: State) -> State:
    return replace(state, view="paths")


def colour_of(path: Instruction, weight: float) -> str:
    """Red for positive, blue for negative, grey without weight."""
    return "faint" if not path.has_weight else POSITIVE if weight >= 0.0 else NEGATIVE


def width_of(path: Instruction, weight: float, thin: float = 1.0) -> float:
    """How thick a strand is."""
    return min(THICKEST, THINNEST + PER_WEIGHT * (abs(weight) if path.has_weight else 0.35)) * thin


def _members(product: TensorProduct, number: int) -> tuple[str, ...]:
    path = product.instructions[number]
    return f"path {number}", f"in1 {path.i1}", f"in2 {path.i2}", f"out {path.iout}"


def _strand(product: TensorProduct, strand: Strand, weight: float, chosen: int | None, thin: float) -> Iterator[Shape]:
    path = product.instructions[strand.number]
    colour, width = colour_of(path, weight), width_of(path, weight, thin)
    own = strand.number == chosen
    opacity = 1.0 if own else PLAIN if chosen is None else FADED
    name, lifts, tip = f"path {strand.number}", _members(product, strand.number), _tip(product, path, weight)
    bold = width * (1.25 if own else 1.0)
    yield Line(strand.rise, Pen(colour, max(0.8, 0.55 * bold)), curve=True, opacity=0.75 * opacity, name=name, lifts=lifts, tip=tip)
    for curve in (strand.into, strand.out):
        yield Line(curve, Pen(colour, bold), curve=True, opacity=opacity, name=name, lifts=lifts, tip=tip)
    radius = max(1.6, min(4.0, 2.2 + 0.3 * width) * thin)
    yield Disc(*strand.junction, radius, colour, opacity=min(1.0, opacity + 0.2), name=name, lifts=lifts, tip=tip)


def _tip(product: TensorProduct, path: Instruction, weight: float) -> str:
    sign = f"{weight:+.2f}".replace("-", "−") if path.has_weight else "no weight"
    return f"{product.label(path)}, {path.mode}, {sign}"


def _name(product: TensorProduct, strand: Strand) -> Shape:
    label = product.label(product.instructions[strand.number]).replace(" ", "")
    x, y = strand.junction
    return Text(x + 7.0, y - 4.0, label, 9.5, "ink", halo="page", name=f"path {strand.number}", lifts=_members(product, strand.number))


def _headings(placed: Layout) -> Iterator[Shape]:
    for side, title in SIDES.items():
        own = [chip for chip in placed.chips if chip.name.startswith(side)]
        if not own:
            continue
        if side == "in2":
            middle = (own[0].x + own[-1].x) / 2
            yield Text(middle, own[0].y + 38.0, title, 12.0, "muted", "middle")
        else:
            yield Text(own[0].x, own[0].y - own[0].height / 2 - 13.0, title, 12.0, "muted", "middle")


def _run(run: Run, product: TensorProduct, edited: str) -> Iterator[Shape]:
    """The chip of one term, or of several alike: then each has a part of it to be pointed at."""
    first, alone = run.chips[0], len(run.chips) == 1
    hue, corner, inset = degree_hue(first.l), min(CHIP_HEIGHT, run.height) / 2, 3.2
    left, width, top = first.left, first.width, run.top
    name = first.name
    tip, lifts = _about(first, product) if alone else ("", ())
    own = any(chip.name == edited for chip in run.chips)
    ring = Pen("accent" if own else hue, 2.2 if own else 1.5, (4.2, 2.8) if first.parity == -1 else ())
    outer = width + 2 * inset, run.height + 2 * inset
    yield Box(left - inset, top - inset, *outer, "page", ring, corner + inset, name=name, tip=tip, lifts=lifts)
    yield Box(left, top, width, run.height, hue, corner=corner, name=name, tip=tip, lifts=lifts)
    if not alone:
        for chip in run.chips:
            yield from _segment(chip, product, edited)
    y = top + run.height / 2 + 0.36 * FONT
    yield Text(first.x, y, run.text, FONT, "#ffffff", "middle", bold=True, name=name if alone else "", tip=tip, lifts=lifts)


def _segment(chip: Chip, product: TensorProduct, edited: str) -> Iterator[Shape]:
    """The part of a chip that stands for one of its terms, with a tick where its strands arrive."""
    tip, lifts = _about(chip, product)
    mark = Pen("#ffffff", 1.2) if chip.name == edited else Pen()
    y, height = chip.y - chip.height / 2 + 0.7, chip.height - 1.4
    yield Box(chip.left + 3.0, y, chip.width - 6.0, height, "", mark, min(4.0, height / 2), name=chip.name, tip=tip, lifts=lifts)
    edge = chip.left + 3.5 if chip.name.startswith("out") else chip.right - 7.0
    yield Line(((edge, chip.y), (edge + 3.5, chip.y)), Pen("#ffffff", 1.4), opacity=0.8, name=chip.name, tip=tip, lifts=lifts)


def _about(chip: Chip, product: TensorProduct) -> tuple[str, tuple[str, ...]]:
    """Tip and what is lifted with a term."""
    side, number = chip.name.split()
    place = {"in1": "i1", "in2": "i2", "out": "iout"}[side]
    paths = [k for k, path in enumerate(product.instructions) if getattr(path, place) == int(number)]
    lifts = (chip.name, *dict.fromkeys(name for k in paths for name in _members(product, k)))
    count = f"{len(paths)} path{'' if len(paths) == 1 else 's'}"
    return f"{chip.text} in {SIDES[side]}: {count}. Drag it onto another chip to draw a path; click it to edit.", lifts


def _adds(placed: Layout, product: TensorProduct) -> Iterator[Shape]:
    for name, (x, y) in placed.adds:
        tip = f"Add a term to {SIDES[name.split()[1]]}."
        yield Disc(x, y, 11.0, "page", Pen("line", 1.3), name=name, tip=tip)
        for line in (((x - 4.5, y), (x + 4.5, y)), ((x, y - 4.5), (x, y + 4.5))):
            yield Line(line, Pen("muted", 1.5))
    if not product.instructions:
        yield Text(
            placed.width / 2, placed.height / 2 - 40.0, "No path yet: drag a chip of input 1 onto the output.", 13.0, "muted", "middle"
        )


BUTTONS = (
    ("fewer", "− copy", "One copy less."), ("more", "+ copy", "One copy more."), ("lower", "− l", "One degree lower."),
    ("higher", "+ l", "One degree higher."), ("flip", "e ⇄ o", "The other parity."), ("remove", "remove", "Take this term away, with its paths."),
)  # fmt: skip


def _buttons(state: State, placed: Layout) -> Iterator[Shape]:
    """What can be done with the chosen chip, in a row at the top."""
    chip = placed.chip(state.chip)
    if chip is None:
        return
    title = f"{chip.text} in {SIDES[chip.name.split()[0]]}"
    widths = [text_width(text, 12.0) + 18.0 for _, text, _ in BUTTONS]
    x = placed.width / 2 - (sum(widths) + 6.0 * len(widths) + text_width(title, 12.5, bold=True)) / 2
    yield Text(x, 27.0, title, 12.5, "ink", bold=True)
    x += text_width(title, 12.5, bold=True) + 12.0
    for (name, text, tip), width in zip(BUTTONS, widths, strict=True):
        yield Box(x, 12.0, width, 23.0, "raised", Pen("line", 1.0), 6.0, name=f"chip {name}", tip=tip)
        yield Text(x + width / 2, 27.6, text, 12.0, "bad" if name == "remove" else "ink", "middle")
        x += width + 6.0


def _legend(placed: Layout, product: TensorProduct) -> Iterator[Shape]:
    """What hue, ring, width and colour mean, in the corners at the foot."""
    y = placed.height - 34.0
    for k, (colour, text) in enumerate(((POSITIVE, "weight > 0"), (NEGATIVE, "weight < 0"), ("faint", "no weight"))):
        row = y - 17.0 * (1 - k)
        yield Line(((18.0, row), (44.0, row)), Pen(colour, (3.6, 3.6, 2.0)[k]))
        yield Text(51.0, row + 3.8, text, 11.0, "muted")
    x = placed.width - 18.0
    degrees = sorted({irrep.l for irreps in (product.irreps1, product.irreps2, product.irreps_out) for _, irrep in irreps})
    for k, (dash, text) in enumerate((((), "even (e)"), ((3.6, 2.4), "odd (o)"))):
        row = y - 17.0 + 17.0 * k
        yield Box(x - 22.0, row - 5.5, 22.0, 11.0, "", Pen("muted", 1.4, dash), 5.5)
        yield Text(x - 29.0, row + 3.8, text, 11.0, "muted", "end")
    row, left = y + 17.0, x
    for l in reversed(degrees[:8]):
        left -= text_width(str(l), 11.0) + 4.0
        yield Text(left + 4.0, row + 3.8, str(l), 11.0, "muted")
        yield Disc(left - 5.0, row, 5.0, degree_hue(l))
        left -= 16.0
    yield Text(left - 2.0, row + 3.8, "l", 11.0, "muted", "end")

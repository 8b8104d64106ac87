"""The network as a diagram, layer by layer; and every switch with its share of the messages and what it does to forces and error.

Convention: hue is degree l, a dashed rim odd parity beyond the natural one; a line of the switches is called `switch k`, a layer `layer k`,
its convolution `convolution k`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from e3viz.labs.features.dissected import Worth, anatomy, worths
from e3viz.labs.features.source import potential
from e3viz.labs.features.state import State
from e3viz.pictures import fonts
from e3viz.pictures.diagram import Box, Diagram, Line, Pen, Shape, Text
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.irreps import Irrep

if TYPE_CHECKING:
    from e3viz.potentials.anatomy import ConvolutionPath, LayerAnatomy

WIDE, CHIP, GAP = 760.0, 26.0, 8.0
LAYER_HIGH, BETWEEN = 74.0, 84.0
ROW = 21.0
NAMES, BARS, NUMBERS = 168.0, 116.0, 46.0


def diagram(state: State) -> Diagram:
    """From elements and distances to the energy."""
    found = anatomy(state)
    card = potential(state).card
    shapes: list[Shape] = []
    y = 20.0
    shapes += _card(y, _Stage(0, "embedding", "a vector for each element", (Irrep(0, 1),), found[0].channels), chosen=state.layer == 0)
    for number, one in enumerate(found, 1):
        shapes += _convolution(y + LAYER_HIGH, number, one)
        y += LAYER_HIGH + BETWEEN
        text = f"{one.parameters:,} weights; {one.multiplications:,} multiply–adds for an edge"
        shapes += _card(y, _Stage(number, f"layer {number}", text, one.after, one.channels), chosen=state.layer == number)
    shapes += _arrow(WIDE / 2.0, y + LAYER_HIGH, y + LAYER_HIGH + 34.0)
    y += LAYER_HIGH + 34.0
    shapes.append(Box(WIDE / 2.0 - 250.0, y, 500.0, 40.0, "accent_soft", Pen("accent"), 8.0))
    words = f"energy: a sum over atoms, linear in the scalars; forces: its slope; cutoff {card.r_max:g} Å"
    shapes.append(Text(WIDE / 2.0, y + 25.0, words, 12.0, "ink", "middle"))
    return Diagram(WIDE, y + 60.0, tuple(shapes))


@dataclass(frozen=True)
class _Stage:
    """A card of the diagram: features of all atoms at one depth."""

    number: int
    name: str
    text: str
    irreps: tuple[Irrep, ...]
    channels: int


def _card(y: float, stage: _Stage, *, chosen: bool) -> list[Shape]:
    """A layer's card with its irreps as chips."""
    number, name, text, irreps, channels = stage.number, stage.name, stage.text, stage.irreps, stage.channels
    pen = Pen("accent", 2.0) if chosen else Pen("line", 1.2)
    shapes: list[Shape] = [
        Box(40.0, y, WIDE - 80.0, LAYER_HIGH, "raised", pen, 10.0, name=f"layer {number}", tip="Show the features after this layer.")
    ]
    shapes += [Text(58.0, y + 27.0, name, 14.0, "ink", bold=True), Text(58.0, y + 48.0, text, 12.0, "muted")]
    widths = [fonts.text_width(f"{channels}×{irrep}", 13.0, bold=True) + 22.0 for irrep in irreps]
    x = WIDE - 58.0 - sum(widths) - GAP * (len(widths) - 1)
    for irrep, width in zip(irreps, widths, strict=True):
        shapes += _chip(x, y + (LAYER_HIGH - CHIP) / 2.0, width, irrep, f"{channels}×{irrep}")
        x += width + GAP
    return shapes


def _chip(x: float, y: float, width: float, irrep: Irrep, text: str) -> list[Shape]:
    rim = Pen(degree_hue(irrep.l), 1.6, () if irrep.is_natural else (4.0, 3.0))
    return [
        Box(x, y, width, CHIP, degree_hue(irrep.l), rim, CHIP / 2.0),
        Text(x + width / 2.0, y + CHIP * 0.67, text, 13.0, "#ffffff", "middle", bold=True),
    ]


def _convolution(y: float, number: int, one: LayerAnatomy) -> list[Shape]:
    """What happens between two layers: the tensor product with the harmonics of the neighbours' directions."""
    middle = WIDE / 2.0
    text = f"⊗ Y(r̂), weighed by R(r): {len(one.paths)} path{'s' * (len(one.paths) != 1)}; summed over neighbours"
    width = fonts.text_width(text, 12.0) + 36.0
    return [
        *_arrow(middle, y, y + 24.0),
        Box(middle - width / 2.0, y + 24.0, width, 32.0, "panel", Pen("line"), 16.0, name=f"convolution {number}",
            tip="Open this tensor product, with its learned weights, in the Tensor product lab."),
        Text(middle, y + 44.0, text, 12.0, "accent", "middle"),
        *_arrow(middle, y + 56.0, y + BETWEEN),
    ]  # fmt: skip


def _arrow(x: float, y0: float, y1: float) -> list[Shape]:
    return [
        Line(((x, y0), (x, y1 - 6.0)), Pen("faint", 1.6)),
        Line(((x - 4.0, y1 - 7.0), (x, y1 - 1.0), (x + 4.0, y1 - 7.0)), Pen(), "faint"),
    ]


def switch_diagram(state: State) -> Diagram:
    """A line for each switch: its share, the change of forces and the error without it."""
    before, found = worths(state)
    most = max((one.forces for one in found), default=0.0) or 1.0
    worst = max([before, *(one.error for one in found if not math.isnan(one.error))]) or 1.0
    columns = tuple(NAMES + 8.0 + k * (BARS + NUMBERS) for k in range(3))
    wide = columns[2] + BARS + NUMBERS
    heads = ("share of what arrives", "forces change by, meV/Å", "force MAE without, meV/Å")
    shapes: list[Shape] = [Text(x, 16.0, text, 11.5, "muted") for x, text in zip(columns, heads, strict=True)]
    y = 28.0
    for number, one in enumerate(found):
        off = one.name in state.off
        name = f"switch {number}"
        shapes.append(
            Box(0.0, y, wide, ROW - 2.0, "accent_soft" if off else "", Pen(""), 5.0, name=name, tip="Click to switch it off or on.")
        )
        shapes.append(Text(8.0, y + 14.0, one.name, 12.0, "faint" if off else "ink", bold=not one.name.startswith("layer "), name=name))
        shapes += _bar((columns[0], y), one.share, "" if math.isnan(one.share) else f"{100 * one.share:.0f} %", "muted", name)
        shapes += _bar((columns[1], y), one.forces / most, f"{1e3 * one.forces:.0f}", "accent", name)
        shapes += _bar((columns[2], y), one.error / worst, "" if math.isnan(one.error) else f"{1e3 * one.error:.0f}", "bad", name)
        y += ROW
    if not math.isnan(before):
        x = columns[2] + BARS * before / worst
        shapes.append(Line(((x, 24.0), (x, y)), Pen("ink", 1.0, (3.0, 3.0))))
        shapes.append(Text(x, y + 14.0, f"with everything: {1e3 * before:.1f}", 11.5, "ink", "middle"))
    return Diagram(wide, y + 24.0, tuple(shapes))


def _bar(at: tuple[float, float], part: float, text: str, colour: str, name: str) -> list[Shape]:
    """A bar from a place on, `part` of its column wide, with a number at its end; nothing where there is no number."""
    if math.isnan(part):
        return []
    (x, y), width = at, max(1.0, BARS * part)
    return [
        Box(x, y + 4.0, width, ROW - 10.0, colour, Pen(""), 2.0, opacity=0.8, name=name),
        Text(x + width + 6.0, y + 14.0, text, 11.5, "muted"),
    ]


def toggled(state: State, number: int) -> tuple[str, ...]:
    """What is off after a click on a switch."""
    _, found = worths(state)
    if not 0 <= number < len(found):
        return state.off
    name = found[number].name
    return tuple(one for one in state.off if one != name) if name in state.off else (*state.off, name)


def most_needed(state: State) -> tuple[Worth, ...]:
    """The single paths that change the forces most."""
    _, found = worths(state)
    return tuple(sorted((one for one in found if not math.isnan(one.share)), key=lambda one: -one.forces))[:8]


def tensor_product(state: State, number: int) -> dict[str, object]:
    """Fields of the Tensor product lab for the convolution of a layer: its irreps, and each path as strong as its filter is on average."""
    from e3viz.labs.features.filters import strengths
    from e3viz.symmetry.path_presets import convolution

    one = anatomy(state)[number - 1]
    degrees = sorted({path.harmonic for path in one.paths})
    fields: dict[str, object] = {
        "view": "paths",
        "preset": "convolution of NequIP",
        "irreps1": " + ".join(f"{one.channels}x{irrep}" for irrep in one.before),
        "irreps2": " + ".join(f"1x{Irrep(l, (-1) ** l)}" for l in degrees),
        "keep": " + ".join(dict.fromkeys(str(path.out) for path in one.paths)),
    }
    product = convolution(str(fields["irreps1"]), str(fields["irreps2"]), str(fields["keep"]))
    by_kind = {(path.first, path.harmonic, path.out): strengths(state, number)[path.place] for path in one.paths}
    weights = []
    for step in product.instructions:
        first, harmonic = product.irreps1.terms[step.i1][1], product.irreps2.terms[step.i2][1]
        found = by_kind.get((first, harmonic.l, product.irreps_out.terms[step.iout][1]))
        if found is not None:
            weights.append((step.key, float(found)))
    return {**fields, "weights": tuple(sorted(weights))}


def chosen_path(state: State) -> ConvolutionPath:
    """The path on view among the filters of the layer on view."""
    paths = anatomy(state)[chosen_layer(state) - 1].paths
    return paths[min(state.path, len(paths) - 1)]


def chosen_layer(state: State) -> int:
    """The layer whose convolution is on view: that which makes the features on view; the first for the embedding."""
    return max(1, min(state.layer, len(anatomy(state))))

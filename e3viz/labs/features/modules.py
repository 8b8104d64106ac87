"""The network of another package as a diagram: its e3nn modules, group by group, each with what goes in and what comes out.

A module is called `module k`; one that is a tensor product opens in its own lab, as strong as its weights are on the frame on view.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from e3viz.labs.features.source import FrameKey, ModelKey, frame_key, model_key, opened
from e3viz.labs.features.state import State
from e3viz.labs.lab import Fact, Told
from e3viz.pictures import fonts
from e3viz.pictures.diagram import Box, Diagram, Pen, Shape, Text
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.irreps import Irrep, Irreps

if TYPE_CHECKING:
    from e3viz.potentials.modules import Module

WIDE, PAD, IN, OUT, END = 640.0, 14.0, 216.0, 420.0, 626.0
"""Of a card: its width, and where its columns are; a column of cards is so wide."""
ROW, HEAD, CHIP, LETTERS, GAP = 30.0, 34.0, 20.0, 11.0, 5.0
BETWEEN = 12.0
TALL = 620.0
"""Cards that would be taller together stand in two columns."""


def found(state: State) -> list[Module]:
    """The modules of the model on view, with their weights on the frame on view. Raises UserError for a model that shows none."""
    return _found(model_key(state), frame_key(state))


@lru_cache(maxsize=8)
def _found(model: ModelKey, frame: FrameKey) -> list[Module]:
    from e3viz.potentials.modules import modules

    return modules(opened(model), frame.structure())


def diagram(state: State) -> Diagram:
    """A card for each group, a line for each module; in two columns where there are many."""
    cards = [
        _Card(group, tuple(lines))
        for group, lines in groupby((_Line(*one) for one in enumerate(found(state))), key=lambda one: one.module.group)
    ]
    whole = sum(card.height for card in cards)
    columns = 1 + (whole > TALL)
    shapes: list[Shape] = []
    column, y, tallest = 0, 0.0, 0.0
    for card in cards:
        if column + 1 < columns and y + card.height / 2.0 > whole / columns:
            column, y = column + 1, 0.0
        shapes += card.drawn(column * (WIDE + BETWEEN), y)
        y += card.height
        tallest = max(tallest, y)
    return Diagram(columns * WIDE + (columns - 1) * BETWEEN, tallest, tuple(shapes))


@dataclass(frozen=True)
class _Card:
    """A group of modules."""

    name: str
    lines: tuple[_Line, ...]

    @property
    def _head(self) -> float:
        return HEAD if self.name else 6.0

    @property
    def height(self) -> float:
        """With the room below it."""
        return self._head + sum(line.height for line in self.lines) + 4.0 + BETWEEN

    def drawn(self, x: float, y: float) -> list[Shape]:
        """Its shapes, from its upper left corner on."""
        shapes: list[Shape] = [Box(x, y, WIDE, self.height - BETWEEN, "raised", Pen("line"), 10.0)]
        if self.name:
            weights = sum(line.module.parameters for line in self.lines)
            shapes.append(Text(x + PAD, y + 22.0, self.name, 13.0, "ink", bold=True))
            shapes.append(Text(x + END, y + 22.0, f"{weights:,} weights" if weights else "", 11.5, "muted", "end"))
        y += self._head
        for line in self.lines:
            shapes += line.drawn(x, y)
            y += line.height
        return shapes


@dataclass(frozen=True)
class _Line:
    """A module's line: its name and class, what goes in, what comes out, and its weights."""

    number: int
    module: Module

    @cached_property
    def _first(self) -> _Chips:
        return _Chips(self.module.first, OUT - 32.0 - IN)

    @cached_property
    def _second(self) -> _Chips:
        return _Chips(self.module.product.irreps2 if self.module.product else Irreps(()), OUT - 50.0 - IN)

    @cached_property
    def _after(self) -> _Chips:
        return _Chips(self.module.after, END - 50.0 - OUT)

    @property
    def height(self) -> float:
        """With a little room below."""
        rows = max(self._first.rows + self._second.rows, self._after.rows)
        return max(ROW + 8.0, rows * (CHIP + GAP) + 8.0)

    @property
    def _said(self) -> str:
        """Its class, where the name does not tell it, and how many paths it has."""
        one = self.module
        if one.product is None:
            return "" if one.kind.lower() in one.name.lower().replace("_", "") else one.kind
        return f"{one.kind}, {len(one.product.instructions)} path{'s' * (len(one.product.instructions) != 1)}"

    def drawn(self, x: float, y: float) -> list[Shape]:
        """Its shapes, from its upper left corner on."""
        one, shapes = self.module, list[Shape]()
        if one.product is not None:
            shapes.append(
                Box(x + 5.0, y + 1.0, WIDE - 10.0, self.height - 3.0, "panel", Pen("line"), 6.0, name=f"module {self.number}",
                    tip="Open this tensor product in the Tensor product lab, as strong as its weights are here.")
            )  # fmt: skip
        shapes += [
            Text(x + PAD, y + 18.0, one.name, 12.0, "ink"),
            Text(x + PAD, y + 32.0, self._said, 10.5, "accent" if one.product is not None else "muted"),
            Text(x + OUT - 18.0, y + 4.0 + CHIP * 0.72, "→", 13.0, "muted", "middle"),
            *self._first.drawn(x + IN, y + 4.0),
            *self._after.drawn(x + OUT, y + 4.0),
        ]
        if self._second.rows:
            below = y + 4.0 + self._first.rows * (CHIP + GAP)
            shapes += [Text(x + IN, below + CHIP * 0.72, "⊗", 13.0, "muted"), *self._second.drawn(x + IN + 18.0, below)]
        if one.parameters:
            shapes.append(Text(x + END, y + 19.0, f"{one.parameters:,}", 11.5, "muted", "end"))
        return shapes


@dataclass(frozen=True)
class _Chips:
    """Irreps as chips, all copies of one together, in rows of a width."""

    irreps: Irreps
    room: float

    @cached_property
    def _placed(self) -> list[tuple[int, float, float, Irrep, str]]:
        """Row, place in it, width, irrep and text of each."""
        copies: dict[Irrep, int] = {}
        for count, irrep in self.irreps:
            copies[irrep] = copies.get(irrep, 0) + count
        made, row, at = [], 0, 0.0
        for irrep, count in copies.items():
            text = f"{count}×{irrep}"
            wide = fonts.text_width(text, LETTERS, bold=True) + 14.0
            if at and at + wide > self.room:
                row, at = row + 1, 0.0
            made.append((row, at, wide, irrep, text))
            at += wide + GAP
        return made

    @property
    def rows(self) -> int:
        """How many there are."""
        return 1 + self._placed[-1][0] if self._placed else 0

    def drawn(self, left: float, y: float) -> list[Shape]:
        """Hue is degree, a dashed rim parity beyond the natural one."""
        shapes: list[Shape] = []
        for row, at, wide, irrep, text in self._placed:
            x = left + at
            top, rim = y + row * (CHIP + GAP), Pen(degree_hue(irrep.l), 1.4, () if irrep.is_natural else (4.0, 3.0))
            shapes.append(Box(x, top, wide, CHIP, degree_hue(irrep.l), rim, CHIP / 2.0))
            shapes.append(Text(x + wide / 2.0, top + CHIP * 0.7, text, LETTERS, "#ffffff", "middle", bold=True))
        return shapes


def facts(state: State, tab: str) -> list[Told]:
    """How many there are, and their weights."""
    every = found(state)
    paths = sum(len(one.product.instructions) for one in every if one.product is not None)
    return [
        Fact("Modules", str(len(every)), "Those of e3nn that the package lets one see; its radial networks are none of them.", tab),
        Fact("Weights in them", f"{sum(one.parameters for one in every):,}", tab=tab),
        Fact("Paths", str(paths), "Of all tensor products.", tab),
    ]


def tensor_product(state: State, number: int) -> dict[str, object] | None:
    """Fields of the Tensor product lab for a module, its weights relative to the strongest; None for a module that is no such product."""
    every = found(state)
    product = every[number].product if 0 <= number < len(every) else None
    if product is None:
        return None
    strengths = every[number].strengths
    weighed = [path for path in product.instructions if path.has_weight]
    largest = max(strengths, default=0.0) or 1.0
    return {
        "view": "paths",
        "preset": "own paths",
        "irreps1": str(product.irreps1),
        "irreps2": str(product.irreps2),
        "irreps_out": str(product.irreps_out),
        "instructions": tuple((p.i1, p.i2, p.iout, p.mode, p.has_weight, p.path_weight) for p in product.instructions),
        "weights": tuple(sorted((path.key, size / largest) for path, size in zip(weighed, strengths, strict=False))),
        "chosen": -1,
    }

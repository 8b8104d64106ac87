"""Where everything of the path diagram stands: chips of input 1 on the left, of input 2 below, of the output on the right.

Every term of input 2 has a trunk that rises from its chip; a path is a strand from input 1 to the output that crosses the trunk it takes
part in at a junction, in a row of its own. So strands that share an input run together as long as they can, and a hundred paths stay
apart. Rows are ordered so that strands cross little: by the mean place of their ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from e3viz.pictures.diagram import Point
from e3viz.pictures.fonts import text_width
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.paths import TensorProduct

WIDTH = 640.0
TOP, FOOT = 76.0, 112.0
LEAST_HEIGHT, MOST_HEIGHT = 600.0, 1500.0
CHIP_HEIGHT, CHIP_GAP = 31.0, 15.0
SEGMENT, FEW = 9.0, 8
CHIP_LEAST = 62.0
MARGIN = 26.0
LANE = 4.5
FONT = 13.0


@dataclass(frozen=True)
class Chip:
    """A term of an input or the output. name: side and number, as `in1 0`; x, y: its middle."""

    name: str
    text: str
    l: int
    parity: int
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width / 2

    @property
    def left(self) -> float:
        """Its left edge."""
        return self.x - self.width / 2


@dataclass(frozen=True)
class Run:
    """Terms that are drawn as one chip: one alone, or, where there are many terms, neighbours of the same irrep."""

    chips: tuple[Chip, ...]

    @property
    def text(self) -> str:
        """8×1o; 5 · 8×1o for five such terms; Σ 20×1o for several with 20 copies in all."""
        texts = {chip.text for chip in self.chips}
        if len(texts) == 1:
            return self.chips[0].text if len(self.chips) == 1 else f"{len(self.chips)} · {self.chips[0].text}"
        total = sum(int(text.partition("×")[0]) for text in (chip.text for chip in self.chips))
        return f"Σ {total}×{self.chips[0].text.partition('×')[2]}"

    @property
    def top(self) -> float:
        """Its upper edge."""
        return self.chips[0].y - self.chips[0].height / 2

    @property
    def height(self) -> float:
        """From its upper edge to its lower one."""
        return sum(chip.height for chip in self.chips)


@dataclass(frozen=True)
class Strand:
    """One path. into, out: cubic curves from input 1 to the junction and on to the output; rise: from input 2 to the junction."""

    number: int
    into: tuple[Point, ...]
    out: tuple[Point, ...]
    rise: tuple[Point, ...]
    junction: Point


@dataclass(frozen=True)
class Layout:
    """Everything in points; adds: where a term can be added to each side."""

    width: float
    height: float
    runs: tuple[Run, ...]
    strands: tuple[Strand, ...]
    adds: tuple[tuple[str, Point], ...]

    @property
    def chips(self) -> tuple[Chip, ...]:
        """All terms."""
        return tuple(chip for run in self.runs for chip in run.chips)

    def chip(self, name: str) -> Chip | None:
        """The chip of that name."""
        return next((chip for chip in self.chips if chip.name == name), None)


@lru_cache(maxsize=32)
def layout(product: TensorProduct, shown: tuple[int, ...], shape: float = 1.0) -> Layout:
    """The places of all chips and of these paths. shape: how much wider than high the room for it is."""
    columns = [sum(_run_height(n) + CHIP_GAP for n in _run_lengths(irreps)) + 40.0 for irreps in (product.irreps1, product.irreps_out)]
    height = TOP + FOOT + max(*columns, len(shown) * 6.0)
    height = min(max(height, LEAST_HEIGHT), MOST_HEIGHT)
    low, width = height - FOOT, max(WIDTH, shape * height)
    ends = MARGIN + _widest(product.irreps1) / 2, width - MARGIN - _widest(product.irreps_out) / 2
    left, right = _column("in1", product.irreps1, ends[0], low), _column("out", product.irreps_out, ends[1], low)
    first, out = ([chip for run in side for chip in run.chips] for side in (left, right))
    second = _row(product.irreps2, ends, height - FOOT + 58.0)
    adds = (("add in1", _after(first, ends[0])), ("add in2", _beside(second, height - FOOT + 58.0)), ("add out", _after(out, ends[1])))
    return Layout(
        width, height, (*left, *(Run((chip,)) for chip in second), *right), _strands(product, shown, (first, second, out), low), adds
    )


def _text(count: int, irrep: object) -> str:
    return f"{count}×{irrep}"


def _run_lengths(irreps: Irreps) -> list[int]:
    """How many terms each chip of a column stands for."""
    if len(irreps) <= FEW:
        return [1] * len(irreps)
    return [len(list(same)) for _, same in groupby(irreps.terms, key=lambda term: term[1])]


def _run_height(count: int) -> float:
    return max(CHIP_HEIGHT, SEGMENT * count)


def _widest(irreps: Irreps) -> float:
    longest = max(_run_lengths(irreps), default=1)
    more, ticks = (f"{longest} · ", 12.0) if longest > 1 else ("", 0.0)
    return max((_chip_width(more + _text(*term)) + ticks for term in irreps), default=CHIP_LEAST)


def _chip_width(text: str) -> float:
    return max(CHIP_LEAST, text_width(text, FONT, bold=True) + 22.0)


def _column(side: str, irreps: Irreps, x: float, low: float) -> tuple[Run, ...]:
    """Chips one below the other, spread over the height but never farther apart than a person's eye joins them."""
    lengths, width = _run_lengths(irreps), _widest(irreps)
    total = sum(map(_run_height, lengths))
    gap = min(max((low - TOP - total) / (len(lengths) + 0.4), 8.0), 61.0)
    top = (TOP + low - total - gap * (len(lengths) - 1)) / 2 - 0.2 * gap
    runs, start = [], 0
    for length in lengths:
        each = _run_height(length) / length
        chips = []
        for k in range(start, start + length):
            count, irrep = irreps.terms[k]
            own = width if length > 1 else _chip_width(_text(count, irrep))
            chips.append(Chip(f"{side} {k}", _text(count, irrep), irrep.l, irrep.parity, x, top + (k - start + 0.5) * each, own, each))
        runs.append(Run(tuple(chips)))
        start, top = start + length, top + _run_height(length) + gap
    return tuple(runs)


def _row(irreps: Irreps, ends: tuple[float, float], y: float) -> tuple[Chip, ...]:
    count = len(irreps)
    widths = [_chip_width(_text(n, irrep)) for n, irrep in irreps]
    room = ends[1] - ends[0] - 150.0
    pitch = min(max(widths, default=CHIP_LEAST) + 34.0, room / max(count - 1, 1)) if count > 1 else 0.0
    start = (ends[0] + ends[1]) / 2 - pitch * (count - 1) / 2
    return tuple(
        Chip(f"in2 {k}", _text(n, irrep), irrep.l, irrep.parity, start + k * pitch, y, widths[k], CHIP_HEIGHT)
        for k, (n, irrep) in enumerate(irreps)
    )


def _after(column: Sequence[Chip], x: float) -> Point:
    return x, column[-1].y + column[-1].height / 2 + 27.0 if column else TOP + 46.0


def _beside(row: Sequence[Chip], y: float) -> Point:
    return (row[-1].right + 28.0 if row else 0.5 * WIDTH), y


def _strands(
    product: TensorProduct, shown: tuple[int, ...], sides: tuple[Sequence[Chip], Sequence[Chip], Sequence[Chip]], low: float
) -> tuple[Strand, ...]:
    paths, (first, second, out) = product.instructions, sides

    def place(k: int) -> tuple[float, float, float]:
        path = paths[k]
        a, c = first[path.i1].y, out[path.iout].y
        return (a + c) / 2, c - a, second[path.i2].x

    order = sorted(shown, key=place)
    high = TOP - 4.0
    step = (low - 8.0 - high) / max(len(order), 1)
    rows = {k: high + (n + 0.5) * step for n, k in enumerate(order)}
    leaving = _ports([(paths[k].i1, rows[k], k) for k in order], first)
    arriving = _ports([(paths[k].iout, rows[k], k) for k in order], out)
    lanes = _lanes([(paths[k].i2, rows[k], k) for k in order], second)
    made = []
    for k in order:
        path, y = paths[k], rows[k]
        a, b, c = first[path.i1], second[path.i2], out[path.iout]
        x = lanes[k]
        into = _level((a.right, leaving[k]), (x, y))
        onward = _level((x, y), (c.left, arriving[k]))
        foot = b.y - b.height / 2
        bend = min(46.0, (foot - y) * 0.5)
        rise = ((b.x, foot), (b.x, foot - bend * 0.6), (x, foot - bend * 0.4), (x, foot - bend), (x, y), (x, y), (x, y))
        made.append(Strand(k, into, onward, rise, (x, y)))
    return tuple(made)


def _level(start: Point, end: Point) -> tuple[Point, ...]:
    """A curve that leaves and arrives level."""
    pull = 0.55 * (end[0] - start[0])
    return start, (start[0] + pull, start[1]), (end[0] - pull, end[1]), end


def _ports(ends: Sequence[tuple[int, float, int]], chips: Sequence[Chip]) -> dict[int, float]:
    """Where each strand touches its chip: spread over the chip's edge in the order of the rows."""
    found: dict[int, float] = {}
    for number, chip in enumerate(chips):
        own = sorted((row, k) for n, row, k in ends if n == number)
        gap = min(4.0, max(chip.height - 9.0, 0.0) / max(len(own), 1))
        for place, (_, k) in enumerate(own):
            found[k] = chip.y + (place - (len(own) - 1) / 2) * gap
    return found


def _lanes(ends: Sequence[tuple[int, float, int]], chips: Sequence[Chip]) -> dict[int, float]:
    """Where in its trunk each path rises: the higher its junction, the nearer to the middle of the trunk."""
    found: dict[int, float] = {}
    apart = min((b.x - a.x for a, b in pairwise(chips)), default=120.0)
    for number, chip in enumerate(chips):
        own = sorted((row, k) for n, row, k in ends if n == number)
        gap = min(LANE, 0.7 * apart / max(len(own), 1))
        for place, (_, k) in enumerate(own):
            found[k] = chip.x + (place - (len(own) - 1) / 2) * gap
    return found

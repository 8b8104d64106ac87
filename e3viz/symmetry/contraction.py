"""The weighted tensor product of NequIP's convolution, evaluated quickly: features x, harmonics y and weights w of edges.

For each path l₁ ⊗ l₂ → l₃ and channel u, outₖᵤ = wᵤ √(2l₃+1) Σᵢⱼ Cᵢⱼₖ xᵢᵤ yⱼ: mode `uvu` of e3nn with one channel in y, with its
component and path normalisation. All irreps of x have the same number of channels, and the channel is the last axis of every array, so
that it is the axis along which processors are quick. The order of components:

    x (edges, Σ(2l₁+1), channels)   y (edges, Σ(2l₂+1))   w (edges, paths, channels)   out (edges, Σ(2l₃+1), channels)

Contracting y with C first leaves one small matrix K per edge (out ← x), and the product is one batched matrix product, out = w · (K x).
`convolve` also takes x from the atoms at which edges begin and sums out on the atoms at which they end, some edges at a time, so that
the messages of all edges never lie in memory together. The derivatives are written out, to second order: training on forces needs both.
Simon Batzner et al., Nature Communications 13, 2453 (2022), equation 8; e3nn: https://e3nn.org.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from e3viz.errors import UserError
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.irreps import Irrep, Irreps, as_irreps

_BLOCK_DIM = 9
"""Irreps of x are taken together up to this many components: one larger matrix product beats several small ones."""
_CACHE_BYTES = 1 << 19
"""Messages that are worked on together on a CPU, per thread: about what stays in its second-level cache."""

_TINY = 400
"""Multiplications in a matrix product below which torch takes a plain loop of its own instead of MKL's batches."""


@dataclass(frozen=True)
class Path:
    """One path: term `x` of the features, term `y` of the harmonics, and the irrep they make."""

    x: int
    y: int
    out: Irrep


@dataclass(frozen=True)
class Segment:
    """Components of the output that belong to one irrep, in the order (m, path, channel): `start` is the first of them, `paths` are
    the places in `Contraction.paths`, consecutive."""

    out: Irrep
    start: int
    paths: range

    @property
    def stop(self) -> int:
        """After its last component."""
        return self.start + self.out.dim * len(self.paths)


@dataclass(frozen=True, eq=False)
class _Block:
    """Terms of x that are contracted together. x, out: their components; tensor: √(2l₃+1) C as (y, out·x)."""

    x: slice
    out: slice
    tensor: Tensor


class Contraction:
    """The paths of a product, and their evaluation.

    irreps_x: terms of one multiplicity, the channels; irreps_y: terms of multiplicity 1; kept: the irreps that the output may have
    (all if None). `paths` are in the order of the weights; `segments` say where their components lie in the output.
    """

    def __init__(self, irreps_x: str | Irreps, irreps_y: str | Irreps, kept: Iterable[Irrep] | None = None) -> None:
        self.irreps_x, self.irreps_y = as_irreps(irreps_x), as_irreps(irreps_y)
        channels = {count for count, _ in self.irreps_x}
        if len(channels) != 1 or {count for count, _ in self.irreps_y} != {1}:
            raise UserError(
                "This product needs one number of channels in x and single irreps in y.", "For example 8x0e+8x1o and 1x0e+1x1o."
            )
        self.channels = channels.pop()
        wanted = None if kept is None else set(kept)
        self.paths: tuple[Path, ...] = ()
        self.segments: tuple[Segment, ...] = ()
        self._blocks: list[_Block] = []
        self._ready: dict[tuple[torch.dtype, torch.device], tuple[list[_Block], Tensor]] = {}
        start = 0
        for terms in self._terms_together():
            start = self._add_block(terms, start, wanted)
        self.dim_x, self.dim_y, self.dim_out = self.irreps_x.dim // self.channels, self.irreps_y.dim, start

    def __call__(self, x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        """The product of every edge, (edges, components, channels)."""
        return self._apply(x, y, w, _Task(self, None, None, len(x)))

    def convolve(self, x: Tensor, y: Tensor, w: Tensor, *, source: Tensor, target: Tensor, atoms: int) -> Tensor:
        """Σ over the edges that end at an atom, (atoms, components, channels). x: of atoms (n, …); source, target: atoms (edges,)."""
        return self._apply(x, y, w, _Task(self, source, target, atoms))

    def _apply(self, x: Tensor, y: Tensor, w: Tensor, task: _Task) -> Tensor:
        if x.shape[1:] != (self.dim_x, self.channels) or y.shape[1:] != (self.dim_y,) or w.shape[1:] != (len(self.paths), self.channels):
            raise ValueError(f"shapes {tuple(x.shape)}, {tuple(y.shape)}, {tuple(w.shape)} do not fit the product")
        out: Tensor = _Product.apply(x, y, w, task)  # type: ignore[no-untyped-call]
        return out

    def ready(self, like: Tensor) -> tuple[list[_Block], Tensor]:
        """The blocks in a tensor's precision and on its device, and the path of each component of the output."""
        key = (like.dtype, like.device)
        if key not in self._ready:
            blocks = [_Block(b.x, b.out, b.tensor.to(like)) for b in self._blocks]
            places = np.concatenate([np.tile(np.array(s.paths), s.out.dim) for s in self.segments])
            self._ready[key] = blocks, torch.from_numpy(places).to(like.device)
        return self._ready[key]

    def _terms_together(self) -> Iterator[list[int]]:
        """The terms of x, those of small degree together."""
        together: list[int] = []
        for place, (_, irrep) in enumerate(self.irreps_x):
            if together and sum(self.irreps_x.terms[t][1].dim for t in together) + irrep.dim > _BLOCK_DIM:
                yield together
                together = []
            together.append(place)
        yield together

    def _add_block(self, terms: list[int], start: int, wanted: set[Irrep] | None) -> int:
        """Find the paths of some terms of x, sorted by the irrep they make; where the next block's output starts."""
        found = [
            Path(a, b, out)
            for a in terms
            for b, (_, y) in enumerate(self.irreps_y)
            for out in self.irreps_x.terms[a][1] * y
            if wanted is None or out in wanted
        ]
        found.sort(key=lambda path: path.out)
        dims_x, dims_y = [irrep.dim for _, irrep in self.irreps_x], [irrep.dim for _, irrep in self.irreps_y]
        first_x, stop, segments = sum(dims_x[: terms[0]]), start, []
        for out in sorted({path.out for path in found}):
            places = [n for n, path in enumerate(found) if path.out == out]
            segments.append(Segment(out, stop, range(len(self.paths) + places[0], len(self.paths) + places[-1] + 1)))
            stop = segments[-1].stop
        tensor = np.zeros((sum(dims_y), stop - start, sum(dims_x[t] for t in terms)))
        for segment in segments:
            for n, place in enumerate(segment.paths):
                path = found[place - len(self.paths)]
                c = clebsch_gordan(self.irreps_x.terms[path.x][1].l, self.irreps_y.terms[path.y][1].l, path.out.l)
                x, y = sum(dims_x[: path.x]) - first_x, sum(dims_y[: path.y])
                rows = segment.start - start + n + len(segment.paths) * np.arange(path.out.dim)
                tensor[y : y + dims_y[path.y], rows, x : x + dims_x[path.x]] = math.sqrt(path.out.dim) * c.transpose(1, 2, 0)
        if found:
            flat = torch.from_numpy(tensor.reshape(len(tensor), -1))
            self._blocks.append(_Block(slice(first_x, first_x + tensor.shape[2]), slice(start, stop), flat))
        self.paths += tuple(found)
        self.segments += tuple(segments)
        return stop


@dataclass(frozen=True, eq=False)
class _Task:
    """What is contracted beside the arrays: edges go from atoms `source` to `target`, or (None) are rows themselves; rows: of the output."""

    plan: Contraction
    source: Tensor | None
    target: Tensor | None
    rows: int

    def pieces(self, y: Tensor) -> Iterator[slice]:
        """The edges, some at a time."""
        each = max(1, self.plan.dim_out * self.plan.channels * y.element_size())
        size = len(y) if y.is_cuda else max(64, _CACHE_BYTES * torch.get_num_threads() // each)
        for start in range(0, len(y), size):
            yield slice(start, min(start + size, len(y)))

    def product(self, x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        """out = w · (K x)."""
        out = x.new_zeros(self.rows, self.plan.dim_out, self.plan.channels)
        for edges in self.pieces(y):
            piece = _Piece(self.plan, y[edges])
            _put(out, self.target, edges, piece.times(_take(x, self.source, edges)).mul_(piece.spread(w[edges])))
        return out

    def pull(self, g: Tensor, x: Tensor, y: Tensor, w: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Derivatives of Σ g · out by x, y and w."""
        by_x, by_y, by_w = torch.zeros_like(x), torch.empty_like(y), torch.empty_like(w)
        for edges in self.pieces(y):
            piece, xs, gs = _Piece(self.plan, y[edges]), _take(x, self.source, edges), _take(g, self.target, edges)
            by_w[edges] = piece.gather(piece.times(xs).mul_(gs))
            gs = piece.spread(w[edges]).mul_(gs)
            _put(by_x, self.source, edges, piece.transposed(gs))
            by_y[edges] = piece.outer([(gs, xs)])
        return by_x, by_y, by_w

    def pull_twice(self, at: tuple[Tensor, ...], along: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Derivatives of hx · ∂x + hy · ∂y + hw · ∂w by g, x, y and w, with ∂ what `pull` returns at (g, x, y, w); along: (hx, hy, hw)."""
        (g, x, y, w), (hx, hy, hw) = at, along
        by_g, by_x, by_y, by_w = torch.zeros_like(g), torch.zeros_like(x), torch.empty_like(y), torch.empty_like(w)
        for edges in self.pieces(y):
            piece, turned = _Piece(self.plan, y[edges]), _Piece(self.plan, hy[edges])
            xs, hxs, gs = _take(x, self.source, edges), _take(hx, self.source, edges), _take(g, self.target, edges)
            both = piece.times(hxs).add_(turned.times(xs))
            by_w[edges] = piece.gather(both * gs)
            spread, spread_h = piece.spread(w[edges]), piece.spread(hw[edges])
            _put(by_g, self.target, edges, both.mul_(spread).addcmul_(piece.times(xs), spread_h))
            gw, gh = spread.mul_(gs), spread_h.mul_(gs)
            _put(by_x, self.source, edges, turned.transposed(gw).add_(piece.transposed(gh)))
            by_y[edges] = piece.outer([(gw, hxs), (gh, xs)])
        return by_g, by_x, by_y, by_w


class _Piece:
    """Some edges: their matrices K, block by block, and what is done with them."""

    def __init__(self, plan: Contraction, y: Tensor) -> None:
        self.plan = plan
        self.blocks, self.places = plan.ready(y)
        shapes = [(len(y), b.out.stop - b.out.start, b.x.stop - b.x.start) for b in self.blocks]
        self.matrices = [(y @ block.tensor).view(shape) for block, shape in zip(self.blocks, shapes, strict=True)]

    def times(self, x: Tensor) -> Tensor:
        """K x."""
        return _joined([_times(k, x[:, b.x]) for k, b in zip(self.matrices, self.blocks, strict=True)])

    def transposed(self, g: Tensor) -> Tensor:
        """Kᵀ g."""
        if len(self.blocks) == 1 and self.plan.dim_x == self.matrices[0].shape[2]:
            return _transposed(self.matrices[0], g)
        out = g.new_zeros(len(g), self.plan.dim_x, self.plan.channels)
        for k, b in zip(self.matrices, self.blocks, strict=True):
            out[:, b.x] = _transposed(k, g[:, b.out])
        return out

    def outer(self, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
        """∂y of Σ g · K x over the pairs (g, x)."""
        out: Tensor | None = None
        for block in self.blocks:
            by_k = sum(torch.bmm(g[:, block.out], x[:, block.x].transpose(1, 2)) for g, x in pairs)
            assert isinstance(by_k, Tensor)
            by_y = by_k.view(len(by_k), -1) @ block.tensor.T
            out = by_y if out is None else out.add_(by_y)
        assert out is not None
        return out

    def spread(self, w: Tensor) -> Tensor:
        """The weight of each component of the output, in memory of its own."""
        return w.index_select(1, self.places)

    def gather(self, out: Tensor) -> Tensor:
        """For each path the sum over its components: the transpose of `spread`."""
        sums = []
        for s in self.plan.segments:
            piece = out[:, s.start : s.stop]
            sums.append(piece if s.out.dim == 1 else piece.view(len(out), s.out.dim, len(s.paths), self.plan.channels).sum(1))
        return _joined(sums)


class _Product(torch.autograd.Function):
    """`_Task.product` with its derivatives."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, w: Tensor, task: _Task) -> Tensor:
        ctx.save_for_backward(x, y, w)
        ctx.task = task
        return task.product(x, y, w)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return *_Pull.apply(g, *ctx.saved_tensors, ctx.task), None  # type: ignore[no-untyped-call]


class _Pull(torch.autograd.Function):
    """`_Task.pull` with its derivatives."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, *last: Any) -> Any:
        x, y, w, ctx.task = last
        ctx.save_for_backward(g, x, y, w)
        return ctx.task.pull(g, x, y, w)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, hx: Tensor, hy: Tensor, hw: Tensor) -> Any:
        return *ctx.task.pull_twice(ctx.saved_tensors, (hx, hy, hw)), None


def _take(array: Tensor, index: Tensor | None, edges: slice) -> Tensor:
    return array[edges] if index is None else array.index_select(0, index[edges])


def _put(array: Tensor, index: Tensor | None, edges: slice, values: Tensor) -> None:
    if index is None:
        array[edges] = values
    else:
        array.index_add_(0, index[edges], values)


def _joined(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts, 1)


def _times(k: Tensor, x: Tensor) -> Tensor:
    """K x for every edge; bmm is slow for the smallest matrices."""
    if not _is_tiny(k, x):
        return torch.bmm(k, x)
    out = k[:, :, :1] * x[:, :1]
    for n in range(1, k.shape[2]):
        out.addcmul_(k[:, :, n : n + 1], x[:, n : n + 1])
    return out


def _transposed(k: Tensor, g: Tensor) -> Tensor:
    """Kᵀ g for every edge."""
    if not _is_tiny(k, g):
        return torch.bmm(k.transpose(1, 2), g)
    if k.shape[2] == 1:
        return (k * g).sum(1, keepdim=True)
    out = k[:, 0, :, None] * g[:, :1]
    for n in range(1, k.shape[1]):
        out.addcmul_(k[:, n, :, None], g[:, n : n + 1])
    return out


def _is_tiny(k: Tensor, other: Tensor) -> bool:
    return not k.is_cuda and k.shape[1] * k.shape[2] * other.shape[2] < _TINY and min(k.shape[1:]) <= 4

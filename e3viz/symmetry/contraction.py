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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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
        self.sizes: list[int] = []
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
        self.sizes += [segment.stop - segment.start for segment in segments]
        return stop


class _Task:
    """What is contracted beside the arrays: edges go from atoms `source` to `target`, or (None) are rows themselves; rows: of the output.

    What the product of a few edges makes on its way is kept for its derivatives; that of many would only fill the memory.
    """

    def __init__(self, plan: Contraction, source: Tensor | None, target: Tensor | None, rows: int) -> None:
        self.plan, self.source, self.target, self.rows = plan, source, target, rows
        self.kept: _Piece | None = None

    def pieces(self, x: Tensor, y: Tensor) -> Iterator[_Piece]:
        """The edges, some at a time."""
        each = max(1, self.plan.dim_out * self.plan.channels * y.element_size())
        size = max(64, _CACHE_BYTES * torch.get_num_threads() // each)
        if y.is_cuda or len(y) <= 1.5 * size:
            if self.kept is None:
                self.kept = _Piece(self.plan, None, y, _rows(x, None, self.source))
            yield self.kept
            return
        for start in range(0, len(y), size):
            edges = slice(start, min(start + size, len(y)))
            yield _Piece(self.plan, edges, y[edges], _rows(x, edges, self.source))

    def product(self, x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        """out = w · (K x)."""
        out = _Sum(self.target, (self.rows, self.plan.dim_out, self.plan.channels))
        for piece in self.pieces(x, y):
            out.add(piece.edges, piece.spread(w).mul_(piece.kx))
        return out.total()

    def pull(self, at: tuple[Tensor, ...], wanted: Sequence[bool]) -> tuple[Tensor | None, ...]:
        """Derivatives of Σ g · out by x, y and w at (g, x, y, w), those that are wanted."""
        g, x, y, w = at
        by_x, by_y, by_w = _Sum(self.source, x.shape), _Sum(None, y.shape), _Sum(None, w.shape)
        for piece in self.pieces(x, y):
            gs = _rows(g, piece.edges, self.target)
            gw = piece.spread(w).mul_(gs) if wanted[0] or wanted[1] else gs
            if wanted[0]:
                by_x.add(piece.edges, piece.transposed(gw))
            if wanted[1]:
                by_y.add(piece.edges, piece.outer(gw, piece.x))
            if wanted[2]:
                by_w.add(piece.edges, piece.gather(piece.kx * gs))
        return tuple(total.total() if want else None for total, want in zip((by_x, by_y, by_w), wanted, strict=True))

    def pull_twice(self, at: tuple[Tensor, ...], along: tuple[Tensor | None, ...], wanted: Sequence[bool]) -> tuple[Tensor | None, ...]:
        """Derivatives of hx · ∂x + hy · ∂y + hw · ∂w by g, x, y and w, those that are wanted, with ∂ what `pull` returns at (g, x, y, w);
        along: (hx, hy, hw), None for zero."""
        g, x, y, w = at
        hx, hy, hw = along[0], torch.zeros_like(y) if along[1] is None else along[1], torch.zeros_like(w) if along[2] is None else along[2]
        by_g, by_x, by_y, by_w = _Sum(self.target, g.shape), _Sum(self.source, x.shape), _Sum(None, y.shape), _Sum(None, w.shape)
        for piece in self.pieces(x, y):
            edges, gs = piece.edges, _rows(g, piece.edges, self.target)
            turned = _Piece(self.plan, edges, hy if edges is None else hy[edges], piece.x)
            hxs = None if hx is None else _rows(hx, edges, self.source)
            both = turned.kx if hxs is None else piece.times(hxs, turned.kx)
            gw, gh = piece.spread(w), piece.spread(hw)
            if wanted[0]:
                by_g.add(edges, (both * gw).addcmul_(piece.kx, gh))
            if wanted[3]:
                by_w.add(edges, piece.gather(both.mul_(gs)))
            gw, gh = gw.mul_(gs), gh.mul_(gs)
            if wanted[1]:
                by_x.add(edges, piece.transposed(gh, turned.transposed(gw)))
            if wanted[2]:
                turn = piece.outer(gh, piece.x)
                by_y.add(edges, turn if hxs is None else turn.add_(piece.outer(gw, hxs)))
        found = (by_g, by_x, by_y, by_w)
        return tuple(total.total() if want else None for total, want in zip(found, wanted, strict=True))


class _Piece:
    """Some edges (all if None): their matrices K, block by block, the features x at which they begin, and what is done with them."""

    def __init__(self, plan: Contraction, edges: slice | None, y: Tensor, x: Tensor) -> None:
        self.plan, self.edges, self.x = plan, edges, x
        self.blocks, self.places = plan.ready(y)
        self.matrices = [(y @ b.tensor).view(len(y), b.out.stop - b.out.start, b.x.stop - b.x.start) for b in self.blocks]
        self.whole = len(self.blocks) == 1 and self.matrices[0].shape[1:] == (plan.dim_out, plan.dim_x)

    @cached_property
    def kx(self) -> Tensor:
        """K x."""
        return self.times(self.x)

    def times(self, x: Tensor, plus: Tensor | None = None) -> Tensor:
        """K x, added to `plus` in its place."""
        if self.whole:
            return _times(self.matrices[0], x, plus)
        out = torch.cat([_times(k, x[:, b.x], None) for k, b in zip(self.matrices, self.blocks, strict=True)], 1)
        return out if plus is None else plus.add_(out)

    def transposed(self, g: Tensor, plus: Tensor | None = None) -> Tensor:
        """Kᵀ g, added to `plus` in its place."""
        if self.whole:
            return _transposed(self.matrices[0], g, plus)
        out = g.new_zeros(len(g), self.plan.dim_x, self.plan.channels) if plus is None else plus
        for k, b in zip(self.matrices, self.blocks, strict=True):
            out[:, b.x] += _transposed(k, g[:, b.out], None)
        return out

    def outer(self, g: Tensor, x: Tensor) -> Tensor:
        """Derivative of Σ g · K x by y."""
        if self.whole:
            return torch.bmm(g, x.transpose(1, 2)).flatten(1) @ self.blocks[0].tensor.T
        by_y = [torch.bmm(g[:, b.out], x[:, b.x].transpose(1, 2)).flatten(1) @ b.tensor.T for b in self.blocks]
        return torch.stack(by_y).sum(0)

    def spread(self, w: Tensor) -> Tensor:
        """The weight of each component of the output, in memory of its own."""
        return _rows(w, self.edges).index_select(1, self.places)

    def gather(self, out: Tensor) -> Tensor:
        """For each path the sum over its components: the transpose of `spread`."""
        sums = []
        for s, part in zip(self.plan.segments, torch.split(out, self.plan.sizes, 1), strict=True):
            sums.append(part if s.out.dim == 1 else part.view(len(out), s.out.dim, len(s.paths), self.plan.channels).sum(1))
        return sums[0] if len(sums) == 1 else torch.cat(sums, 1)


class _Sum:
    """An array put together of what pieces of edges give: added at the atoms of `index`, or (None) one after the other."""

    def __init__(self, index: Tensor | None, shape: tuple[int, ...]) -> None:
        self.index, self.shape = index, shape
        self.parts: list[Tensor] = []

    def add(self, edges: slice | None, values: Tensor) -> None:
        """What the edges give, one row each."""
        if self.index is None:
            self.parts.append(values)
            return
        if not self.parts:
            self.parts.append(values.new_zeros(self.shape))
        self.parts[0].index_add_(0, _rows(self.index, edges), values)

    def total(self) -> Tensor:
        """The array."""
        return self.parts[0] if len(self.parts) == 1 else torch.cat(self.parts)


class _Product(torch.autograd.Function):
    """`_Task.product` with its derivatives."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, w: Tensor, task: _Task) -> Tensor:
        ctx.save_for_backward(x, y, w)
        ctx.task = task
        return task.product(x, y, w)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return *_Pull.apply(g, *ctx.saved_tensors, ctx.task, _wanted(ctx)), None  # type: ignore[no-untyped-call]


class _Pull(torch.autograd.Function):
    """`_Task.pull` with its derivatives."""

    @staticmethod
    def forward(ctx: Any, g: Tensor, *last: Any) -> Any:
        x, y, w, ctx.task, wanted = last
        ctx.save_for_backward(g, x, y, w)
        ctx.set_materialize_grads(False)
        return ctx.task.pull((g, x, y, w), wanted)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *along: Tensor | None) -> Any:
        return *ctx.task.pull_twice(ctx.saved_tensors, along, _wanted(ctx)), None, None


def _wanted(ctx: Any) -> tuple[bool, ...]:
    """Which derivatives this back-propagation asks for. `needs_input_grad` only says which could ever be; but forces do not ask for
    those by weights, and training does not ask again for those by positions."""
    tensors = ctx.needs_input_grad[: len(ctx.next_functions)]
    return tuple(need and _leads_on(node) for need, (node, _) in zip(tensors, ctx.next_functions, strict=True))


def _leads_on(node: Any) -> bool:
    """Whether back-propagation goes on through this node of the graph; torch cannot say it of leaves."""
    return type(node).__name__ == "AccumulateGrad" or bool(torch._C._will_engine_execute_node(node))


def _rows(array: Tensor, edges: slice | None, index: Tensor | None = None) -> Tensor:
    """The rows of some edges, or those of their atoms."""
    if index is not None:
        return array.index_select(0, _rows(index, edges))
    return array if edges is None else array[edges]


def _times(k: Tensor, x: Tensor, plus: Tensor | None) -> Tensor:
    """K x for every edge, added to `plus` in its place; bmm is slow for the smallest matrices."""
    if not _is_tiny(k, x):
        return torch.bmm(k, x) if plus is None else plus.baddbmm_(k, x)
    out = k[:, :, :1] * x[:, :1] if plus is None else plus.addcmul_(k[:, :, :1], x[:, :1])
    for n in range(1, k.shape[2]):
        out.addcmul_(k[:, :, n : n + 1], x[:, n : n + 1])
    return out


def _transposed(k: Tensor, g: Tensor, plus: Tensor | None) -> Tensor:
    """Kᵀ g for every edge, added to `plus` in its place."""
    if not _is_tiny(k, g):
        return torch.bmm(k.transpose(1, 2), g) if plus is None else plus.baddbmm_(k.transpose(1, 2), g)
    if k.shape[2] == 1:
        out = (k * g).sum(1, keepdim=True)
        return out if plus is None else plus.add_(out)
    out = k[:, 0, :, None] * g[:, :1] if plus is None else plus.addcmul_(k[:, 0, :, None], g[:, :1])
    for n in range(1, k.shape[1]):
        out.addcmul_(k[:, n, :, None], g[:, n : n + 1])
    return out


def _is_tiny(k: Tensor, other: Tensor) -> bool:
    return not k.is_cuda and k.shape[1] * k.shape[2] * other.shape[2] < _TINY and min(k.shape[1:]) <= 4

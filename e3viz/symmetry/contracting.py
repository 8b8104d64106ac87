"""How `contraction` evaluates its product and the derivatives of it, to second order, some edges at a time.

With K = y · C of an edge, out = w · (K x). The product, its derivatives by x, y and w, and theirs are each one pass over the edges; what
a pass makes of some edges stays in the processor's cache, and the messages of all edges never lie in memory together. Second derivatives
are those of hx · ∂x + hy · ∂y + hw · ∂w, which is Σ g · (w · (K hx) + w · (H x) + hw · (K x)) with H = hy · C.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CACHE_BYTES = 1 << 19
"""Messages that are worked on together on a CPU, per thread: about what stays in its second-level cache."""
_ASK = getattr(torch._C, "_will_engine_execute_node", None)
_LARGE_BYTES = 1 << 22
_TINY = 400
"""Multiplications in a matrix product below which torch takes a plain loop of its own instead of MKL's batches."""


@dataclass(frozen=True, eq=False)
class Block:
    """Components that are contracted together: `x` of the features and `out` of the output. tensor: √(2l₃+1) C as (y, out·x)."""

    x: slice
    out: slice
    tensor: Tensor


class Plan(Protocol):
    """What a pass has to know of a product (`contraction.Contraction`). Of each segment of the output, dims: 2l₃+1; sizes: that times
    its paths."""

    channels: int
    dim_x: int
    dim_out: int
    sizes: list[int]
    dims: list[int]

    def ready(self, like: Tensor) -> tuple[list[Block], Tensor]:
        """The blocks, and the path of each component of the output, in the precision and on the device of a tensor."""


class Task:
    """What is contracted beside the arrays: edges go from atoms `source` to `target`, or (None) are rows themselves; rows: of the output.

    What the product of a few edges makes on its way is kept for its derivatives; that of many would only fill the memory.
    """

    def __init__(self, plan: Plan, source: Tensor | None, target: Tensor | None, rows: int) -> None:
        self.plan, self.source, self.target, self.rows = plan, source, target, rows
        self.kept: _Piece | None = None

    def pieces(self, x: Tensor, y: Tensor) -> Iterator[_Piece]:
        """The edges, some at a time."""
        each = max(1, self.plan.dim_out * self.plan.channels * y.element_size())
        size = max(64, CACHE_BYTES * torch.get_num_threads() // each)
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

    def __init__(self, plan: Plan, edges: slice | None, y: Tensor, x: Tensor) -> None:
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
        for dim, part in zip(self.plan.dims, torch.split(out, self.plan.sizes, 1), strict=True):
            sums.append(part if dim == 1 else part.view(len(out), dim, part.shape[1] // dim, self.plan.channels).sum(1))
        return sums[0] if len(sums) == 1 else torch.cat(sums, 1)


class _Sum:
    """An array put together of what pieces of edges give: added at the atoms of `index`, or (None) one after the other."""

    def __init__(self, index: Tensor | None, shape: tuple[int, ...]) -> None:
        self.index, self.shape = index, shape
        self.made: Tensor | None = None

    def add(self, edges: slice | None, values: Tensor) -> None:
        """What the edges give, one row each."""
        if self.index is not None:
            if self.made is None:
                self.made = _memory(self.shape, values).zero_()
            self.made.index_add_(0, _rows(self.index, edges), values)
        elif edges is None:
            self.made = values
        else:
            if self.made is None:
                self.made = _memory(self.shape, values)
            self.made[edges] = values

    def total(self) -> Tensor:
        """The array."""
        assert self.made is not None
        return self.made


class Product(torch.autograd.Function):
    """`Task.product` with its derivatives."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, y: Tensor, w: Tensor, task: Task) -> Tensor:
        """See torch."""
        ctx.save_for_backward(x, y, w)
        ctx.task = task
        return task.product(x, y, w)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        """See torch."""
        return *_Pull.apply(g, *ctx.saved_tensors, ctx.task, _wanted(ctx)), None  # type: ignore[no-untyped-call]


class _Pull(torch.autograd.Function):
    """`Task.pull` with its derivatives."""

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
    return _ASK is None or type(node).__name__ == "AccumulateGrad" or bool(_ASK(node))


def _memory(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """An array to be filled. NumPy asks the system for large pages where it is large: the first touch of many small ones costs more
    than all arithmetic."""
    if like.is_cuda or math.prod(shape) * like.element_size() < _LARGE_BYTES:
        return like.new_empty(shape)
    return torch.from_numpy(np.empty(shape, np.float32 if like.dtype == torch.float32 else np.float64))


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

"""The weighted tensor product of NequIP's convolution, evaluated quickly: features x, harmonics y and weights w of edges.

For each path l₁ ⊗ l₂ → l₃ and channel u, outₖᵤ = wᵤ √(2l₃+1) Σᵢⱼ Cᵢⱼₖ xᵢᵤ yⱼ: mode `uvu` of e3nn with one channel in y, with its
component and path normalisation. All irreps of x have the same number of channels, and the channel is the last axis of every array, so
that it is the axis along which processors are quick. The order of components:

    x (edges, Σ(2l₁+1), channels)   y (edges, Σ(2l₂+1))   w (edges, paths, channels)   out (edges, Σ(2l₃+1), channels)

Contracting y with C first leaves one small matrix K per edge (out ← x), and the product is one batched matrix product, out = w · (K x).
`convolve` also takes x from the atoms at which edges begin and sums out on the atoms at which they end. The derivatives are written out
(`contracting`), to second order: training on forces needs both.
Simon Batzner et al., Nature Communications 13, 2453 (2022), equation 8; e3nn: https://e3nn.org.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from e3viz.errors import UserError
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.contracting import Block, Product, Task
from e3viz.symmetry.irreps import Irrep, Irreps, as_irreps

_BLOCK_DIM = 18
"""Irreps of x are taken together up to this many components: one larger matrix product beats several small ones."""


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
        self.dims: list[int] = []
        self._blocks: list[Block] = []
        self._ready: dict[tuple[torch.dtype, torch.device], tuple[list[Block], Tensor]] = {}
        start = 0
        for terms in self._terms_together():
            start = self._add_block(terms, start, wanted)
        self.dim_x, self.dim_y, self.dim_out = self.irreps_x.dim // self.channels, self.irreps_y.dim, start

    def __call__(self, x: Tensor, y: Tensor, w: Tensor) -> Tensor:
        """The product of every edge, (edges, components, channels)."""
        return self._apply(x, y, w, Task(self, None, None, len(x)))

    def convolve(self, x: Tensor, y: Tensor, w: Tensor, *, source: Tensor, target: Tensor, atoms: int) -> Tensor:
        """Σ over the edges that end at an atom, (atoms, components, channels). x: of atoms (n, …); source, target: atoms (edges,)."""
        return self._apply(x, y, w, Task(self, source, target, atoms))

    def _apply(self, x: Tensor, y: Tensor, w: Tensor, task: Task) -> Tensor:
        if x.shape[1:] != (self.dim_x, self.channels) or y.shape[1:] != (self.dim_y,) or w.shape[1:] != (len(self.paths), self.channels):
            raise ValueError(f"shapes {tuple(x.shape)}, {tuple(y.shape)}, {tuple(w.shape)} do not fit the product")
        out: Tensor = Product.apply(x, y, w, task)  # type: ignore[no-untyped-call]
        return out

    def __deepcopy__(self, _: object) -> Contraction:
        """Itself: it never changes, and networks that hold it are copied often."""
        return self

    def ready(self, like: Tensor) -> tuple[list[Block], Tensor]:
        """The blocks in a tensor's precision and on its device, and the path of each component of the output."""
        key = (like.dtype, like.device)
        if key not in self._ready:
            blocks = [Block(b.x, b.out, b.tensor.to(like)) for b in self._blocks]
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
            self._blocks.append(Block(slice(first_x, first_x + tensor.shape[2]), slice(start, stop), flat))
        self.paths += tuple(found)
        self.segments += tuple(segments)
        self.sizes += [segment.stop - segment.start for segment in segments]
        self.dims += [segment.out.dim for segment in segments]
        return stop

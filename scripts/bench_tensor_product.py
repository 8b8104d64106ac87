#!/usr/bin/env python3
"""Tensor products beside e3nn's.

The weighted product of NequIP's convolution (`uvu`): 32 channels, 5,000 edges, float32, one thread, forward and backward to features,
harmonics and weights; CPU time in ms. First both sides are made sure to give the same numbers, with derivatives and second derivatives,
in float32 and float64. e3nn's module is built and warm before its time is taken; ours has nothing to build but some small tensors.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import bench_common as bench

EDGES, CHANNELS = 5_000, 32
RATIO = {1: 1.0, 2: 0.5, 3: 0.5}
"""By l_max: the time that ours may take, beside e3nn's."""
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}


def main() -> int:
    asked = bench.arguments(__doc__ or "")
    bench.set_up("e3nn")
    warnings.simplefilter("ignore")
    return bench.write(convolution(quick=asked.quick), as_json=asked.json)


def convolution(*, quick: bool) -> list[bench.Result]:
    """Time of the `uvu` product, and how far it is from e3nn's."""
    import torch

    torch.set_num_threads(1)
    found = []
    for l_max, ratio in RATIO.items():
        for dtype, tolerance in TOLERANCE.items():
            torch.set_default_dtype(getattr(torch, dtype))  # in which e3nn's module is built
            ours, peer, convert = both_sides(l_max)
            worst = distance(ours, peer, convert, dtype)
            found.append(
                bench.Result.below(f"uvu, l ≤ {l_max}, {dtype}: relative distance from e3nn, second derivatives included", worst, tolerance)
            )
        x, y, w, out = inputs(ours, EDGES, torch.float32)
        theirs = [t.detach().requires_grad_() for t in (convert.features(x), y, w.flatten(1))]

        def work(product: Any, given: list[Any], weights: Any) -> float:
            begin = time.process_time()
            torch.autograd.grad(product(*given), given, weights)
            return (time.process_time() - begin) * 1e3

        like = torch.ones_like(peer(*theirs))
        mine, other = bench.in_turn(
            lambda: work(ours, [x, y, w], out),  # noqa: B023  called within this turn of the loop
            lambda: work(peer, theirs, like),  # noqa: B023
            5 if quick else 25,
            warm=4,
        )
        found.append(
            bench.Result.at_most(f"uvu, l ≤ {l_max}, {CHANNELS} channels, {EDGES} edges, forward and backward, ms", mine, other, ratio)
        )
    return found


class Layout:
    """From our order of components to e3nn's: channels before m, path by path."""

    def __init__(self, plan: Any) -> None:
        self.plan = plan

    def features(self, x: Any) -> Any:
        import torch

        parts, start = [], 0
        for _, irrep in self.plan.irreps_x:
            parts.append(x[:, start : start + irrep.dim].transpose(1, 2).flatten(1))
            start += irrep.dim
        return torch.cat(parts, 1)

    def output(self, out: Any) -> Any:
        import torch

        parts = []
        for s in self.plan.segments:
            block = out[:, s.start : s.stop].unflatten(1, (s.out.dim, len(s.paths)))
            parts += [block[:, :, n].transpose(1, 2).flatten(1) for n in range(len(s.paths))]
        return torch.cat(parts, 1)


def both_sides(l_max: int) -> tuple[Any, Any, Layout]:
    """Our product, e3nn's, and the change of layout; features and output of natural parity up to l_max."""
    from e3nn import o3

    from e3viz.symmetry.contraction import Contraction
    from e3viz.symmetry.irreps import Irrep, Irreps

    kept = [Irrep(l, (-1) ** l) for l in range(l_max + 1)]
    ours = Contraction(Irreps(tuple((CHANNELS, irrep) for irrep in kept)), Irreps.spherical_harmonics(l_max), kept)
    instructions = [(path.x, path.y, n, "uvu", True) for n, path in enumerate(ours.paths)]
    outputs = [(CHANNELS, str(path.out)) for path in ours.paths]
    peer = o3.TensorProduct(str(ours.irreps_x), str(ours.irreps_y), outputs, instructions, shared_weights=False, internal_weights=False)
    return ours, peer, Layout(ours)


def inputs(plan: Any, edges: int, dtype: Any) -> list[Any]:
    """Features, harmonics and weights, and weights of the output."""
    import torch

    random = torch.Generator().manual_seed(5)
    shapes = [(edges, plan.dim_x, CHANNELS), (edges, plan.dim_y), (edges, len(plan.paths), CHANNELS), (edges, plan.dim_out, CHANNELS)]
    made = [torch.randn(shape, generator=random, dtype=torch.float64).to(dtype) for shape in shapes]
    return [*(t.requires_grad_() for t in made[:3]), made[3]]


def distance(ours: Any, peer: Any, layout: Layout, dtype: str) -> float:
    """The largest difference of values, derivatives or second derivatives, over the largest of these numbers."""
    import torch

    x, y, w, _ = inputs(ours, 200, getattr(torch, dtype))
    sides: list[Callable[[], Any]] = [lambda: layout.output(ours(x, y, w)), lambda: peer(layout.features(x), y, w.flatten(1))]
    found = []
    for side in sides:
        out = side()
        first = torch.autograd.grad(
            (out * torch.linspace(-1, 1, out.numel(), dtype=out.dtype).view_as(out)).sum(), (x, y, w), create_graph=True
        )
        second = torch.autograd.grad(sum((g * g).sum() for g in first), (x, y, w))
        found.append([out, *first, *second])
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in zip(*found, strict=True))


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Tensor products beside e3nn's.

Paths: the time to list, normalise and count the full product of 128x0e+128x1o+64x2e+32x3o with itself, in a process that has done nothing
else, and what e3nn takes to build it (with its compilation switched off). A weight dragged in the window of the Tensor product lab: CPU
time from the changed weight to the drawn picture, less what the same two views take to be put on the screen unchanged, which is Qt's
and the software OpenGL's; both are reported. Ours runs on a virtual display with one thread.

The weighted product of NequIP's convolution (`uvu`): 32 channels, 5,000 edges, float32, one thread, forward and backward to features,
harmonics and weights; CPU time in ms. First both sides are made sure to give the same numbers, with derivatives and second derivatives,
in float32 and float64. e3nn's module is built and warm before its time is taken; ours has nothing to build but some small tensors.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from typing import Any

import bench_common as bench

EDGES, CHANNELS = 5_000, 32
HUGE = "128x0e+128x1o+64x2e+32x3o"
SIDE = "--side"
RATIO = {1: 1.0, 2: 0.5, 3: 0.5}
"""By l_max: the time that ours may take, beside e3nn's."""
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}


def main() -> int:
    if SIDE in sys.argv:
        print(json.dumps({"enumerate": enumerated, "drag": dragged}[sys.argv[-1]]()))
        return 0
    asked = bench.arguments(__doc__ or "")
    bench.set_up("e3nn")
    warnings.simplefilter("ignore")
    results = [*paths(quick=asked.quick), *convolution(quick=asked.quick)]
    return bench.write(results, as_json=asked.json)


def paths(*, quick: bool) -> list[bench.Result]:
    """Listing the paths of a huge product, and dragging a weight in the window."""
    mine, theirs = bench.in_turn(lambda: apart("enumerate")["ms"], built_by_e3nn, 3 if quick else 9, warm=0)
    with bench.display():
        runs = [apart("drag") for _ in range(1 if quick else 3)]
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    return [
        bench.Result(
            f"paths, normalisation and counts of ({HUGE})², ms", mine, theirs, mine / theirs if theirs else None, "≤ 10", mine <= 10.0
        ),
        bench.Result.below("a weight dragged: strands and surfaces redrawn, ms of CPU", middle["redraw"], 16.0),
        bench.Result("the same with the window put on the screen by software OpenGL, ms of CPU", middle["whole"], None, None, "", None),
        bench.Result("putting the unchanged window on the screen alone, ms of CPU", middle["screen"], None, None, "", None),
    ]


def apart(what: str) -> dict[str, float]:
    """One measurement in a process of its own with one thread, so that nothing is warm and torch is not there."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LP_NUM_THREADS"), "1")
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, __file__, SIDE, what], capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, **one, "E3VIZ_HOME": home},
        )  # fmt: skip
    if done.returncode:
        sys.exit(f"bench: {what} failed:\n{done.stderr}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def enumerated() -> dict[str, float]:
    """The time of the first listing in a process, imports apart."""
    from e3viz.symmetry.path_costs import costs
    from e3viz.symmetry.path_presets import full

    begin = time.process_time()
    product = full(HUGE, HUGE)
    numbers = len(product.instructions), product.coefficients, product.weight_count, product.dim, costs(product)
    spent = (time.process_time() - begin) * 1e3
    if "torch" in sys.modules or numbers[0] != 44:
        sys.exit("bench: listing the paths imported torch, or found another number of them.")
    return {"ms": spent}


def built_by_e3nn() -> float:
    """What e3nn's module takes to be built without compiling, in ms of CPU."""
    from e3nn import o3

    begin = time.process_time()
    o3.FullTensorProduct(HUGE, HUGE, compile_left_right=False)
    return (time.process_time() - begin) * 1e3


def dragged() -> dict[str, float]:
    """CPU time in ms of one step of a weight that is dragged in the real window, of the screen alone, and the difference."""
    from dataclasses import replace

    from PySide6.QtCore import QCoreApplication

    from e3viz.gui.app import make_window
    from e3viz.gui.diagram_view import DiagramView
    from e3viz.labs.session import Session
    from e3viz.labs.tensor_product import State
    from e3viz.labs.tensor_product.state import key, product_of

    window = make_window(session=Session(lab="tensor-product"))
    window.resize(1440, 900)
    window.show()
    drawn: list[bool] = []
    window.page.drawn.connect(lambda: drawn.append(True))

    def until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 20.0
        while not condition() and time.monotonic() < end:
            QCoreApplication.processEvents()
            time.sleep(0.0005)

    until(lambda: bool(drawn) and window.worker.wait_idle())
    name = key(product_of(State()).instructions[5])
    whole, screen = [], []
    for step in range(60):
        before, begin = len(drawn), time.process_time()
        state = replace(State(), weights=((name, round(-1.2 + 0.04 * step, 3)),))
        window.store.set_state(state, lab="tensor-product", preview=True)
        until(lambda: len(drawn) > before)  # noqa: B023  called within this turn of the loop
        whole.append((time.process_time() - begin) * 1e3)
        begin = time.process_time()
        for view in (*window.page.views(), *window.page.findChildren(DiagramView)):
            view.update()
        QCoreApplication.processEvents()  # paints all of it at once, as after a change
        screen.append((time.process_time() - begin) * 1e3)
    window.close()
    found = statistics.median(whole[5:]), statistics.median(screen[5:])
    return {"whole": found[0], "screen": found[1], "redraw": found[0] - found[1]}


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

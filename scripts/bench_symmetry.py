#!/usr/bin/env python3
"""Harmonics, Wigner D matrices and the meshes of the pyramid, beside e3nn and sphericart.

Ours and each peer run in turn, each in a process of its own with one thread, so that ours never has torch loaded and e3nn has its own
memory. Ours gives the whole Jacobian; of e3nn only a single backward pass is asked, the derivative of the sum of all harmonics, which
is the least that autograd can do (the whole Jacobian takes it three forward-mode passes, ten times as long). Times are medians in ms
of CPU; first both sides are made sure to give the same numbers.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import bench_common as bench
import numpy as np

L_MAX = 8
POINTS = 10_000


def some_points() -> np.ndarray:
    return np.random.default_rng(7).normal(size=(POINTS, 3))


def some_rotation() -> np.ndarray:
    matrix, _ = np.linalg.qr(np.random.default_rng(8).normal(size=(3, 3)))
    return -matrix


def timed(work: Callable[[], Any], *, least: int = 5, seconds: float = 0.4) -> float:
    """The median CPU time of one call in ms, after a call that does not count, over at least some calls and some time."""
    work()
    times, end = [], time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        begin = time.process_time()
        work()
        times.append((time.process_time() - begin) * 1e3)
    return statistics.median(times)


def irreps_text() -> str:
    return "+".join(f"1x{l}{'eo'[l % 2]}" for l in range(L_MAX + 1))


def ours(what: str) -> tuple[float, float]:
    """The time of one thing in ms and a number that tells whether it is the same thing as the peer's."""
    from e3viz.symmetry.harmonics import spherical_harmonics, spherical_harmonics_with_gradients
    from e3viz.symmetry.irreps import Irreps, completions
    from e3viz.symmetry.surfaces import Pyramid
    from e3viz.symmetry.wigner import D

    points, rotation, count = some_points(), some_rotation(), (L_MAX + 1) ** 2
    if what == "values":
        out = np.empty((POINTS, count))
        spent = timed(lambda: spherical_harmonics(L_MAX, points, out=out))
        return spent, fingerprint(out)
    if what == "jacobian":
        buffers = np.empty((POINTS, count)), np.empty((POINTS, 3, count))
        spent = timed(lambda: spherical_harmonics_with_gradients(L_MAX, points, out=buffers))
        return spent, fingerprint(np.stack(spherical_harmonics_with_gradients(L_MAX, points)[1], axis=1).sum(axis=2))
    if what == "D":
        irreps = Irreps.parse(irreps_text())
        return timed(lambda: D(irreps, rotation)), fingerprint(D(irreps, rotation))
    if what == "pyramid":
        pyramid = Pyramid(6, np.zeros((49, 3)), about=5_292)
        sets, weights, turn = [pyramid.buffers(), pyramid.buffers()], np.ones(49), [0]

        def moved() -> None:
            turn[0] += 1
            weights[turn[0] % 49] = 0.5
            pyramid.surfaces(rotation, weights, sets[turn[0] % 2])

        return timed(moved), 0.0
    if what == "drawn":
        return drawn_pyramid(), 0.0
    text = "128x0e + 64x1o + 32x2e + 16x3o + 4x1"

    def typed() -> None:
        completions(text)
        D(Irreps.parse("8x0e+4x1o+2x2e"), rotation)

    return timed(typed), 0.0


def drawn_pyramid() -> float:
    """The time in ms from a moved g to the lab's pyramid standing in VTK's arrays: meshes, colours and normals, in place."""
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    from e3viz.labs.harmonics import LAB
    from e3viz.pictures.stage import Stage
    from e3viz.pictures.style import LIGHT
    from e3viz.symmetry.element import Element

    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    stage, state, turn = Stage(window), LAB.State(l_max=6, beside=False), [0]

    def moved() -> None:
        turn[0] += 1
        stage.show(LAB.pictures(state, Element((1.0, 2.0, 3.0), float(turn[0] % 180 + 1))).panels[0].picture, LIGHT)

    spent, made = timed(moved), stage.made
    points = stage.scene.actors["harmonics"].points
    stage.close()
    if made != 1 or len(points) < 49 * 5_000:
        sys.exit(f"bench: {made} actors were made instead of 1, or {len(points)} points are too few.")
    return spent


def sphericart_alone(what: str) -> tuple[float, float]:
    import sphericart

    points = np.ascontiguousarray(some_points()[:, [2, 0, 1]])
    calculator = sphericart.SphericalHarmonics(L_MAX)
    if what == "values":
        return timed(lambda: calculator.compute(points)), fingerprint(calculator.compute(points))
    slopes = calculator.compute_with_gradients(points)[1][:, [1, 2, 0]]
    return timed(lambda: calculator.compute_with_gradients(points)), fingerprint(slopes.sum(axis=2))


def e3nn(what: str) -> tuple[float, float]:
    import warnings

    warnings.simplefilter("ignore")
    import torch
    from e3nn import o3

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    if what == "D":
        irreps, rotation = o3.Irreps(irreps_text()), torch.tensor(some_rotation())
        return timed(lambda: irreps.D_from_matrix(rotation)), fingerprint(irreps.D_from_matrix(rotation).numpy())
    points, degrees = torch.tensor(some_points()), list(range(L_MAX + 1))

    def values(x: Any) -> Any:
        return o3.spherical_harmonics(degrees, x, normalize=True, normalization="integral")

    if what == "values":
        return timed(lambda: values(points)), fingerprint(values(points).numpy())

    def backward() -> Any:
        x = points.clone().requires_grad_(True)
        values(x).sum().backward()
        return x.grad

    return timed(backward), fingerprint(backward().numpy())


def fingerprint(array: np.ndarray) -> float:
    """A number that any wrong value changes: the array against fixed noise."""
    return float(array.ravel() @ np.random.default_rng(9).normal(size=array.size))


SIDES = {"ours": ours, "sphericart": sphericart_alone, "e3nn": e3nn}


def elsewhere(side: str, what: str) -> tuple[float, float]:
    """The same in a process of its own with one thread; checks that ours has not imported torch."""
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--side", side, what]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **one}, timeout=600, check=False)
    if done.returncode:
        sys.exit(f"bench: {side} {what} failed:\n{done.stderr}")
    found = json.loads(done.stdout.splitlines()[-1])
    if side == "ours" and found["torch"]:
        sys.exit(f"bench: our {what} imported torch.")
    return found["ms"], found["check"]


def compared(name: str, what: str, peer: str, ratio: float, times: int) -> bench.Result:
    """One line: ours and a peer in turn, after making sure that they compute the same."""
    mine, theirs = elsewhere("ours", what)[1], elsewhere(peer, what)[1]
    if abs(mine - theirs) > 1e-8 * max(1.0, abs(theirs)):
        sys.exit(f"bench: {name}: ours and {peer} do not give the same numbers ({mine!r}, {theirs!r}).")
    found = bench.in_turn(lambda: elsewhere("ours", what)[0], lambda: elsewhere(peer, what)[0], times, warm=0)
    return bench.Result.at_most(name, *found, ratio)


def main() -> int:
    if "--side" in sys.argv:
        side, what = sys.argv[-2:]
        spent, check = SIDES[side](what)
        print(json.dumps({"ms": spent, "check": check, "torch": "torch" in sys.modules}))
        return 0
    asked = bench.arguments(__doc__ or "")
    bench.set_up("sphericart", "torch", "e3nn")
    times = 3 if asked.quick else 7
    every = f"all Y to l = {L_MAX}, {POINTS} points"
    results = [
        compared(f"{every}, values, ms (e3nn)", "values", "e3nn", 1 / 10, times),
        compared(f"{every}, values, ms (sphericart)", "values", "sphericart", 1.2, times),
        compared(f"{every}, with Jacobian, ms (e3nn)", "jacobian", "e3nn", 1 / 8, times),
        compared(f"{every}, with Jacobian, ms (sphericart)", "jacobian", "sphericart", 1.2, times),
        compared(f"D(g) to l = {L_MAX}, ms (e3nn)", "D", "e3nn", 1 / 30, times),
    ]
    for name, what, limit in (
        ("pyramid to l = 6, 49 surfaces of 5292 points with normals, ms", "pyramid", 8.0),
        ("the same in the lab, with colours and into VTK's arrays in place, ms", "drawn", 8.0),
        ("an irreps string edited: read, completed, D(g), ms", "typing", 20.0),
    ):
        spent, _ = bench.in_turn(lambda what=what: elsewhere("ours", what)[0], None, times, warm=0)
        results.append(bench.Result.below(name, spent, limit))
    return bench.write(results, as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())

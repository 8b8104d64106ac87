#!/usr/bin/env python3
"""Potentials beside their peers: time and memory of a step of training and of a prediction.

NequIP beside the nequip package (eager): ethanol, 32 features, 3 layers, radial network 2 × 64, cutoff 4 Å, batches of 5 with forces,
float32, one thread; both with Adam and a running average of weights, nequip without Lightning. Times are CPU time in ms (on a GPU: wall
time), each side in turn; memory is the peak of a process that trains 40 steps and does nothing else.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bench_common as bench

SAMPLE = bench.ROOT / "e3viz" / "resources" / "ethanol_pbe.extxyz"
L_MAX = (1, 2)
BATCH = 5


def main() -> int:
    if "--one" in sys.argv:
        return one_side(*sys.argv[sys.argv.index("--one") + 1 :])
    asked = bench.arguments(__doc__ or "")
    bench.set_up("nequip")
    os.environ["OMP_NUM_THREADS"] = "1"
    results = [*same_network(), *nequip(quick=asked.quick), cold_start()]
    return bench.write(results, as_json=asked.json)


def nequip(*, quick: bool) -> list[bench.Result]:
    """Steps and predictions of both sides, for every l_max and device."""
    import torch

    torch.set_num_threads(1)
    found = []
    for device in ("cpu", *(("cuda",) if torch.cuda.is_available() else ())):
        for l_max in L_MAX:
            ours, theirs = Ours(l_max, device), Theirs(l_max, device)
            for what in ("step", "predict"):
                mine, peer = bench.in_turn(
                    timed(getattr(ours, what), device, 6 if quick else 15),
                    timed(getattr(theirs, what), device, 6 if quick else 15),
                    3 if quick else 7,
                )
                says = "step of training" if what == "step" else "prediction of one molecule"
                found.append(bench.Result.at_most(f"NequIP, l_max {l_max}, {device}: {says}, ms", mine, peer, 0.5))
            if device == "cpu":
                memory = [peak(side, l_max) for side in ("Ours", "Theirs")]
                found.append(bench.Result.at_most(f"NequIP, l_max {l_max}: peak memory of training, MB", *memory, 1.0))
    return found


def same_network() -> list[bench.Result]:
    """How far our forces are from the package's when both have the very same weights, float64, eV/Å."""
    import numpy as np
    from nequip_peer import NequipPeer, same_weights

    found = []
    for l_max in L_MAX:
        own = fit(l_max, "cpu", "float64")
        peer, frames = NequipPeer(own, 0), own.data.train[:20]
        ours = same_weights(own, peer).predict(frames)
        theirs = [peer.predict(peer.batch([one]))[1].numpy() for one in peer.prepare(frames)]
        worst = max(float(np.abs(a.forces - b).max()) for a, b in zip(ours, theirs, strict=True))
        found.append(bench.Result.below(f"NequIP, l_max {l_max}: difference of forces with the package's weights, eV/Å", worst, 1e-10))
    return found


def timed(work: Callable[[int], Any], device: str, times: int) -> Callable[[], float]:
    """The median time of one of some calls, ms."""

    def measure() -> float:
        import torch

        clock, found = time.perf_counter if device == "cuda" else time.process_time, []
        for n in range(times):
            begin = clock()
            work(n)
            if device == "cuda":
                torch.cuda.synchronize()
            found.append((clock() - begin) * 1e3)
        return statistics.median(found)

    return measure


def peak(side: str, l_max: int) -> float:
    """Memory that a fresh process needs at most, MB."""
    said = subprocess.run([sys.executable, __file__, "--one", side, str(l_max)], check=True, capture_output=True, text=True)
    return float(json.loads(said.stdout.splitlines()[-1]))


def one_side(side: str, l_max: str) -> int:
    """Train 40 steps and say the peak of memory."""
    import torch

    torch.set_num_threads(1)
    work = {"Ours": Ours, "Theirs": Theirs}[side](int(l_max), "cpu")
    for n in range(40):
        work.step(n)
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(json.dumps(float(status["VmHWM"].split()[0]) / 1024.0))  # getrusage would count the parent, too
    return 0


def cold_start() -> bench.Result:
    """From `e3viz train` to the end of the first epoch (20 steps), s."""
    with tempfile.TemporaryDirectory() as folder:
        events = Path(folder) / "run" / "events.jsonl"
        words = [
            "train",
            "--potential",
            "nequip",
            "--data",
            str(SAMPLE),
            "--train",
            "100",
            "--max-seconds",
            "5",
            "--out",
            str(events.parent),
        ]
        begin = time.perf_counter()
        run = subprocess.Popen([sys.executable, "-m", "e3viz", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while run.poll() is None and not (events.exists() and '"epoch",' in events.read_text()):
            time.sleep(0.02)
        took = time.perf_counter() - begin
        run.terminate()
        run.wait()
    return bench.Result.below("NequIP: from e3viz train to the first 20 steps, s", took, 5.0)


def fit(l_max: int, device: str, dtype: str = "float32") -> Any:
    """Our fit of 100 frames of ethanol."""
    from e3viz.atoms.reading import load
    from e3viz.potentials.contract import FitData
    from e3viz.potentials.gradient import GradientFit
    from e3viz.potentials.nequip import NequIP, Settings

    frames = load(SAMPLE)
    data = FitData([frames[n] for n in range(100)], [], {})
    return GradientFit(NequIP, Settings(l_max=l_max, device=device, dtype=dtype, batch=BATCH), data)


class Ours:
    """Steps and predictions of e3viz."""

    def __init__(self, l_max: int, device: str) -> None:
        import numpy as np

        self.fit = fit(l_max, device)
        self.batches = np.arange(100).reshape(-1, BATCH)
        self.potential = self.fit.potential()

    def step(self, n: int) -> Any:
        return self.fit.step(self.batches[n % len(self.batches)])

    def predict(self, n: int) -> Any:
        return self.potential.predict([self.fit.data.train[n]])


class Theirs:
    """Steps and predictions of the nequip package."""

    def __init__(self, l_max: int, device: str) -> None:
        from nequip_peer import NequipPeer

        own = fit(l_max, device)
        self.peer = NequipPeer(own, 0)
        self.frames = self.peer.prepare(own.data.train)

    def step(self, n: int) -> Any:
        first = n * BATCH % len(self.frames)
        return self.peer.step(self.peer.batch(self.frames[first : first + BATCH]))

    def predict(self, n: int) -> Any:
        return self.peer.predict(self.peer.batch([self.frames[n]]))


if __name__ == "__main__":
    sys.exit(main())

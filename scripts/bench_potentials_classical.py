#!/usr/bin/env python3
"""SNAP beside LAMMPS and MTP beside motep, one thread each; times are CPU times.

SNAP: bispectrum components to 2J = 8 with all their derivatives, for mlearn's silicon training set, and the time in which a fit takes in
five more frames. MTP: level 12, 200 frames of ethanol with forces, same basis and loss; motep makes so many steps of BFGS, and ours runs
until its error on the fixed test part (root mean square of the forces) is no larger.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import bench_common as bench

_IN_TURN = 10
DATA = Path(os.environ.get("E3VIZ_SHARED_DATA", bench.ROOT.parent / "shared" / "data"))


def main() -> int:
    asked = bench.arguments(__doc__ or "")
    os.environ["OMP_NUM_THREADS"] = "1"
    bench.set_up("lammps", "motep")
    results = [*snap(quick=asked.quick), *mtp(quick=asked.quick)]
    return bench.write(results, as_json=asked.json)


def snap(*, quick: bool) -> list[bench.Result]:
    """Descriptors per atom, and taking in more frames."""
    from lammps_peer import LammpsPeer

    from e3viz.atoms.reading import load
    from e3viz.potentials import kind
    from e3viz.potentials.bispectrum import Bispectrum
    from e3viz.potentials.contract import FitData

    path = DATA / "mlearn" / "Si" / "training.json"
    if not path.is_file():
        bench.say(f"{path} is not there: SNAP is left out (set E3VIZ_SHARED_DATA)")
        return []
    frames = load(path)
    frames.wait()
    structures = [frames[n] for n in range(0, len(frames), 20 if quick else 1)]
    shape = Bispectrum((14,), (0.5,), (1.0,), 4.9, 8)
    peer, atoms = LammpsPeer(shape), sum(map(len, structures))
    mine, searching, theirs = 0.0, 0.0, 0.0
    shape.of(structures[0])
    for first in range(0, len(structures), _IN_TURN):  # so that both meet the same load, and neither finds its memory cold each time
        some = structures[first : first + _IN_TURN]
        begin = time.process_time()
        found = [shape.pairs(structure) for structure in some]
        searching += time.process_time() - begin
        for pairs in found:
            begin = time.process_time()
            shape.components(*pairs)
            mine += time.process_time() - begin
        theirs += sum(peer.seconds(structure) for structure in some)
    per_atom = mine / atoms * 1e3, theirs / atoms * 1e3
    fit = kind("snap").fit(kind("snap").Settings(r_max=4.9), FitData(structures[:-5], [], {}))
    fit.epoch()
    times = []
    for _ in range(5):
        begin = time.process_time()
        fit.extend(structures[-5:])
        times.append(time.process_time() - begin)
    return [
        bench.Result.at_most("SNAP, 2J = 8: components with derivatives, neighbours known, ms per atom", *per_atom, 1.0),
        bench.Result.at_most("SNAP, 2J = 8: our search for neighbours, ms per atom", searching / atoms * 1e3, None),
        bench.Result.below("SNAP, 2J = 8: refit after adding five frames, s", statistics.median(times), 0.3),
    ]


def mtp(*, quick: bool) -> list[bench.Result]:
    """A fit at level 12."""
    import motep_peer

    from e3viz.atoms.datasets import HELD_OUT_FRAMES
    from e3viz.atoms.reading import load
    from e3viz.atoms.references import from_least_squares
    from e3viz.potentials import kind
    from e3viz.potentials.contract import FitData
    from e3viz.resources import SAMPLE

    frames = load(SAMPLE)
    frames.wait()
    train = [frames[n] for n in range(200)]
    test = [frames[n] for n in range(len(frames) - HELD_OUT_FRAMES, len(frames))]
    chosen, references = kind("mtp"), from_least_squares(train)
    fit = chosen.fit(chosen.Settings(level=12, epochs=1000), FitData(train, [], references))
    template = fit.potential()
    seconds, parameters = motep_peer.fit(template, train, references, fit.settings.energy_weight, 40 if quick else 400)
    peer = errors(motep_peer.found(template, parameters), test)
    bench.say(f"motep: {seconds:.1f} s, energy {peer[0] * 1e3:.2f} meV/atom, forces {peer[1]:.4f} eV/Å (root mean squares)")
    mine, ours = 0.0, (float("inf"), float("inf"))
    while not fit.done and (ours[1] > peer[1] or ours[0] > peer[0]):
        begin = time.process_time()
        fit.epoch()
        mine += time.process_time() - begin
        if fit.epochs % 5 == 0:
            ours = errors(fit.potential(), test)
            bench.say(f"ours after {fit.epochs} steps: {mine:.1f} s, energy {ours[0] * 1e3:.2f} meV/atom, forces {ours[1]:.4f} eV/Å")
    ours = errors(fit.potential(), test)
    return [
        bench.Result.at_most("MTP, level 12, 200 frames of ethanol: fit, s", mine, seconds, 1.0 / 3.0),
        bench.Result.at_most("MTP, the same fit: error of test forces, eV/Å", ours[1], peer[1], 1.0),
        bench.Result.at_most("MTP, the same fit: error of test energies, meV/atom", ours[0] * 1e3, peer[0] * 1e3, 1.0),
    ]


def errors(potential: object, structures: Sequence[object]) -> tuple[float, float]:
    """Root mean squares: energy per atom in eV, forces in eV/Å."""
    import numpy as np

    said = potential.predict(structures)
    e = np.array([(p.energy - s.values["energy"]) / len(s) for p, s in zip(said, structures, strict=True)])
    f = np.concatenate([p.forces - s.arrays["forces"] for p, s in zip(said, structures, strict=True)])
    return float(np.sqrt((e**2).mean())), float(np.sqrt((f**2).mean()))


if __name__ == "__main__":
    sys.exit(main())

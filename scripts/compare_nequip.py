"""Does our NequIP learn as much as the nequip package from the same data, hyperparameters and number of steps?

Ethanol, the bundled set: 100 training structures, the fixed test part; several seeds, which choose first weights and batches. Printed are
mean absolute errors on the test part of both, their means and spreads over seeds, and the CPU time that either took.

    scripts/run scripts/compare_nequip.py [--epochs 500] [--seeds 3] [--l-max 1]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from bench_common import say, set_up

if TYPE_CHECKING:
    from e3viz.atoms.structure import Structure


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--l-max", type=int, default=1)
    parser.add_argument("--train", type=int, default=100)
    asked = parser.parse_args()
    set_up("nequip")

    import torch
    from nequip_peer import NequipPeer

    from e3viz.atoms.reading import load
    from e3viz.potentials.contract import FitData
    from e3viz.potentials.gradient import GradientFit
    from e3viz.potentials.nequip import NequIP, Settings

    torch.set_num_threads(1)
    frames = list(load(Path(__file__).resolve().parents[1] / "e3viz" / "resources" / "ethanol_pbe.extxyz"))
    train, test = frames[: asked.train], frames[-297:]
    energies = np.array([s.values["energy"] for s in test])
    forces = np.concatenate([s.arrays["forces"] for s in test])
    print(f"with the very same weights the forces differ by at most {same_network(train):.1e} eV/Å (float64)")
    found: dict[str, list[tuple[float, float, float]]] = {"ours": [], "nequip": []}
    for seed in range(asked.seeds):
        fit = GradientFit(NequIP, Settings(l_max=asked.l_max, epochs=asked.epochs), FitData(train, [], {}, seed=seed))
        peer = NequipPeer(fit, seed)
        prepared = peer.prepare(train)
        start = time.process_time()
        for _ in range(asked.epochs):
            fit.epoch()
        ours = time.process_time() - start
        start = time.process_time()
        for epoch in range(asked.epochs):
            order = np.random.default_rng([seed, epoch]).permutation(len(train))
            for first in range(0, len(order), fit.settings.batch):
                peer.step(peer.batch([prepared[n] for n in order[first : first + fit.settings.batch]]))
        theirs = time.process_time() - start
        said = fit.potential().predict(test)
        found["ours"].append(
            (
                _error(np.array([p.energy for p in said]), energies) / 9,
                _error(np.concatenate([p.forces for p in said]), forces),
                ours,
            )
        )
        peer.use_average()
        answers = [peer.predict(peer.batch([one])) for one in peer.prepare(test)]
        found["nequip"].append(
            (
                _error(np.array([float(e) for e, _ in answers]), energies) / 9,
                _error(np.concatenate([f.cpu().numpy() for _, f in answers]), forces),
                theirs,
            )
        )
        for name, rows in found.items():
            say(f"seed {seed}, {name}: {1e3 * rows[-1][0]:.3f} meV/atom, {1e3 * rows[-1][1]:.2f} meV/Å, {rows[-1][2]:.0f} s")
    print(f"l_max {asked.l_max}, {asked.train} structures, {asked.epochs} epochs, {asked.seeds} seeds; MAE, mean ± standard deviation")
    for name, rows in found.items():
        mean, spread = np.mean(rows, axis=0), np.std(rows, axis=0, ddof=1) if len(rows) > 1 else np.zeros(3)
        print(
            f"{name:>7}: energy {1e3 * mean[0]:.3f} ± {1e3 * spread[0]:.3f} meV/atom, "
            f"forces {1e3 * mean[1]:.2f} ± {1e3 * spread[1]:.2f} meV/Å, CPU {mean[2]:.0f} s"
        )
    return 0


def same_network(train: list[Structure]) -> float:
    """The largest difference of forces when our network has the first weights of the package's, eV/Å."""
    from nequip_peer import NequipPeer, same_weights

    from e3viz.potentials.contract import FitData
    from e3viz.potentials.gradient import GradientFit
    from e3viz.potentials.nequip import NequIP, Settings

    fit = GradientFit(NequIP, Settings(l_max=2, dtype="float64"), FitData(train, [], {}))
    peer = NequipPeer(fit, 0)
    ours, theirs = same_weights(fit, peer).predict(train), [peer.predict(peer.batch([one]))[1].numpy() for one in peer.prepare(train)]
    return max(float(np.abs(a.forces - b).max()) for a, b in zip(ours, theirs, strict=True))


def _error(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


if __name__ == "__main__":
    sys.exit(main())

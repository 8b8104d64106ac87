#!/usr/bin/env python3
"""The small trained models that come with e3viz: NequIP (l ≤ 2) and SchNet on the bundled ethanol.

Of `ethanol_pbe.extxyz` the last 297 frames are the test part, which no training sees; of the others the first 800 are fitted to and the
last 100 are the validation part, which chooses the epoch that is kept. Every number is decided by the seed; how many epochs fit into
the time (--minutes, per model) is written into the card of the model, with the errors on the test part.

    scripts/make_models.py --minutes 20
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path

import numpy as np
import torch

from e3viz.atoms.reading import load
from e3viz.atoms.structure import Structure
from e3viz.potentials import kind
from e3viz.potentials.contract import FitData, Potential, settings_of
from e3viz.potentials.saving import save
from e3viz.potentials.settings import plain

RESOURCES = Path(__file__).resolve().parents[1] / "e3viz" / "resources"
DATA = RESOURCES / "ethanol_pbe.extxyz"
TRAIN, VALID, TEST = slice(0, 800), slice(800, 900), slice(900, 1197)
MODELS = {
    "nequip": {"l_max": 2, "channels": 24, "layers": 3, "patience": 15, "learning_rate": 0.005, "epochs": 1000},
    "schnet": {"patience": 15, "epochs": 5000},
}
SEED = 0


def errors(potential: Potential, frames: list[Structure]) -> dict[str, float]:
    """Mean absolute and root mean square errors: energy eV, energy per atom eV, forces eV/Å per component."""
    said = potential.predict(frames)
    energy = np.array([one.energy - frame.values["energy"] for one, frame in zip(said, frames, strict=True)])
    forces = np.concatenate([(one.forces - frame.arrays["forces"]).ravel() for one, frame in zip(said, frames, strict=True)])
    size = len(frames[0])
    return {
        "energy_mae": float(np.abs(energy).mean()), "energy_per_atom_mae": float(np.abs(energy).mean() / size),
        "energy_rmse": float(np.sqrt((energy**2).mean())),
        "forces_mae": float(np.abs(forces).mean()), "forces_rmse": float(np.sqrt((forces**2).mean())),
    }  # fmt: skip


def made(name: str, minutes: float) -> Potential:
    """The model with the least validation error of its forces within the time."""
    trajectory = load(DATA)
    frames = [trajectory[number] for number in range(len(trajectory))]
    one = kind(name)
    data = FitData(frames[TRAIN], frames[VALID], {}, seed=SEED)
    fit = one.fit(settings_of(one, MODELS[name]), data)
    best, chosen, epoch = float("inf"), fit.potential(), 0
    end = time.monotonic() + 60.0 * minutes
    while time.monotonic() < end and not fit.done:
        fit.epoch()
        score = errors(fit.potential(), frames[VALID])["forces_mae"]
        fit.validated(score)
        if score < best:
            best, chosen, epoch = score, fit.potential(), fit.epochs
        print(
            f"{name}: epoch {fit.epochs}, validation {1e3 * score:.1f} meV/Å, best {1e3 * best:.1f}", end="\r", file=sys.stderr, flush=True
        )
    provenance = {
        "file": DATA.name, "sha256": hashlib.sha256(DATA.read_bytes()).hexdigest(), "train": len(frames[TRAIN]),
        "valid": len(frames[VALID]), "test": len(frames[TEST]), "seed": SEED, "epochs": fit.epochs, "kept epoch": epoch,
    }  # fmt: skip
    metrics = {f"test_{key}": value for key, value in errors(chosen, frames[TEST]).items()}
    settings = {**plain(settings_of(one, MODELS[name]))}
    return chosen.described(data=provenance, metrics=metrics, settings=settings)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0, help="time for each model")
    parser.add_argument("--only", choices=list(MODELS), help="make this one alone")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for name in [asked.only] if asked.only else MODELS:
        potential = made(name, asked.minutes)
        path = RESOURCES / "models" / f"ethanol-{name}.e3p"
        path.parent.mkdir(exist_ok=True)
        save(potential, path)
        print(f"\n{path.name}: {path.stat().st_size / 1e3:.0f} kB, {potential.card.metrics}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

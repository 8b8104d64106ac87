#!/usr/bin/env python3
"""Fits of SNAP, quadratic SNAP and MTP to mlearn's silicon and molybdenum, beside the published potentials on the authors' test split.

Published figures: `published/mlearn_recomputed.csv` of the folder of reference data (Zuo et al., J. Phys. Chem. A 2020, 124, 731; their
potentials evaluated again). Every structure counts alike. The test split decided nothing: cutoffs, weights of energies, ridges and levels
were chosen by cross-validation of the linear coefficients within the training split (four folds for SNAP, five for MTP).
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from pathlib import Path

import numpy as np

from e3viz.atoms.references import from_least_squares
from e3viz.atoms.structure import Structure
from e3viz.potentials import kind
from e3viz.potentials.contract import FitData, Potential, settings_of

DATA = Path(os.environ.get("E3VIZ_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
FITS = {
    ("Si", "SNAP"): ("snap", {"r_max": 5.2, "ridge": 1e-10}),
    ("Si", "qSNAP"): ("snap", {"r_max": 4.9, "quadratic": True}),
    ("Si", "MTP"): ("mtp", {"r_max": 4.7, "level": 22, "epochs": 80, "tolerance": 1e-3}),
    ("Mo", "SNAP"): ("snap", {"r_max": 5.0, "energy_weight": 300.0, "ridge": 1e-6}),
    ("Mo", "qSNAP"): ("snap", {"r_max": 4.2, "twojmax": 6, "quadratic": True, "energy_weight": 1000.0, "ridge": 1e-8}),
    ("Mo", "MTP"): ("mtp", {"r_max": 5.2, "level": 20, "epochs": 80, "energy_weight": 300.0, "tolerance": 1e-3}),
}
NAMES = ("energy_MAE", "energy_RMSE", "force_MAE", "force_RMSE")


def published() -> dict[tuple[str, str], list[float]]:
    with (DATA / "published" / "mlearn_recomputed.csv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(line for line in stream if not line.startswith("#"))
        return {(row["element"], row["potential"]): [float(row[name]) for name in NAMES] for row in rows}


def frames(element: str, part: str) -> list[Structure]:
    from e3viz.atoms.reading import load

    found = load(DATA / "mlearn" / element / f"{part}.json")
    found.wait()
    return [found[n] for n in range(len(found))]


def errors(potential: Potential, structures: list[Structure]) -> list[float]:
    """In the order of NAMES: energies in meV/atom, forces in eV/Å."""
    said = potential.predict(structures)
    e = np.array([(p.energy - s.values["energy"]) / len(s) * 1e3 for p, s in zip(said, structures, strict=True)])
    f = np.concatenate([(p.forces - s.arrays["forces"]).ravel() for p, s in zip(said, structures, strict=True)])
    return [float(x) for x in (np.abs(e).mean(), np.sqrt((e**2).mean()), np.abs(f).mean(), np.sqrt((f**2).mean()))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="for example Si, SNAP or Si-SNAP")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="change a setting of the fits")
    given = parser.parse_args()
    changes = {
        name: float(value) if "." in value or "e" in value else int(value) for name, _, value in (one.partition("=") for one in given.set)
    }
    theirs = published()
    print(f"{'':10} {'':>10} {'energy MAE':>10} {'RMSE':>8} {'force MAE':>10} {'RMSE':>8}   (meV/atom, eV/Å)")
    for (element, title), (name, settings) in FITS.items():
        if given.only and given.only not in (element, title, f"{element}-{title}"):
            continue
        train, test = frames(element, "training"), frames(element, "test")
        chosen = kind(name)
        begun = time.perf_counter()
        fit = chosen.fit(settings_of(chosen, {**settings, **changes}), FitData(train, [], from_least_squares(train)))
        while not fit.done:
            fit.epoch()
        seconds = time.perf_counter() - begun
        mine = errors(fit.potential(), test)
        for who, values in (("published", theirs[element, title]), ("ours", mine)):
            e, e2, f, f2 = values
            print(f"{element + ' ' + title:10} {who:>10} {e:10.2f} {e2:8.2f} {f:10.4f} {f2:8.4f}", flush=True)
        verdict = "reached" if all(a <= b for a, b in zip(mine, theirs[element, title], strict=True)) else "not all reached"
        print(f"{'':10} {verdict}, fitted in {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main()

"""Random tensor products, in all modes and normalisations."""

from __future__ import annotations

import random

from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.paths import (
    IRREP_NORMALIZATIONS,
    MODES,
    PATH_NORMALIZATIONS,
    Instruction,
    TensorProduct,
    allowed_paths,
    fitting_modes,
    mismatch,
)


def random_irreps(rng: random.Random, least: int = 1) -> Irreps:
    return Irreps(tuple((rng.randint(0, 5), Irrep(rng.randint(0, 3), rng.choice((1, -1)))) for _ in range(rng.randint(least, 4))))


def random_product(rng: random.Random) -> TensorProduct:
    """Random irreps, and paths in every mode that fits; for modes that bind multiplicities, output terms that do."""
    first, second = random_irreps(rng), random_irreps(rng)
    if rng.random() < 0.5:
        second = Irreps(tuple((rng.choice([u for u, _ in first]), irrep) for _, irrep in second))
    out = list(random_irreps(rng))
    for u, a in first:
        for v, b in second:
            for irrep in a * b:
                if rng.random() < 0.2:
                    out.append((rng.choice((u, v, u * v, 1)), irrep))
    out_irreps = Irreps(tuple(out))
    paths = []
    for i, j, k in allowed_paths(first, second, out_irreps):
        u, v, w = first.terms[i][0], second.terms[j][0], out_irreps.terms[k][0]
        mode, weighted = rng.choice(MODES), rng.random() < 0.7
        if mismatch(mode, u, v, w, has_weight=weighted):
            mode, weighted = rng.choice(fitting_modes(u, v, w)), True
        if rng.random() < 0.8:
            paths.append(Instruction(i, j, k, mode, weighted, rng.choice((1.0, 1.0, 0.25, 3.0))))
    rng.shuffle(paths)
    variances = [
        tuple(rng.choice((1.0, 0.5, 4.0, 0.0)) for _ in irreps) if rng.random() < 0.2 else () for irreps in (first, second, out_irreps)
    ]
    return TensorProduct(
        first, second, out_irreps, tuple(paths), rng.choice(IRREP_NORMALIZATIONS), rng.choice(PATH_NORMALIZATIONS), *variances
    )

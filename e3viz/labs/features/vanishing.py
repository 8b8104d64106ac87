"""What symmetry says must vanish: the components of each irrep that no function of a symmetric structure can have at an atom.

Operations of the structure that leave an atom where it is form its site symmetry S. Features of an equivariant network there satisfy
f = D(s) f for every s of S, so they lie in the image of P = 1/|S| Σ D(s); components outside are zero, whatever was learned
(T. E. Smidt, M. Geiger & B. K. Miller, Phys. Rev. Research 3, L012002 (2021)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from e3viz.atoms.groups import describe
from e3viz.atoms.operations import permutation
from e3viz.atoms.structure import FloatArray
from e3viz.errors import UserError
from e3viz.labs.features.source import FrameKey, blocks, frame_key, seen
from e3viz.labs.features.state import State
from e3viz.pictures.chart import Axis, Chart, Heat
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.wigner import D


@dataclass(frozen=True, eq=False)
class Site:
    """The site symmetry of an atom. name: as people write it; matrices (h, 3, 3): what its operations do; deviation: the farthest that an
    atom is from where they put it, Å."""

    name: str
    matrices: FloatArray
    deviation: float


@dataclass(frozen=True, eq=False)
class Allowed:
    """What one irrep may have at a site. free: the number of independent components; zero: orders m that must vanish by themselves;
    found: the largest component outside what is allowed, relative to the largest of the irrep in the layer."""

    irrep: Irrep
    free: int
    zero: tuple[int, ...]
    found: float


def site(state: State) -> Site:
    """The site symmetry of the chosen atom. Raises UserError where the structure's symmetry cannot be found."""
    return _site(frame_key(state), state.atom, state.tolerance)


@lru_cache(maxsize=32)
def _site(frame: FrameKey, atom: int, tolerance: float) -> Site:
    one = frame.structure()
    atom = min(atom, len(one) - 1)
    info = describe(one, tolerance)
    kept, worst = [np.eye(3)], 0.0
    for operation in info.operations:
        try:
            taken = permutation(one, operation.element, max(0.3, 2.0 * tolerance))
        except UserError:
            continue
        linear = operation.element.linear
        if taken[atom] == atom and not any(np.allclose(linear, other, atol=1e-6) for other in kept):
            kept.append(linear)
            worst = max(worst, operation.deviation)
    return Site(info.site_symmetries[atom], np.array(kept), worst)


def allowed(state: State, number: int, g: Element) -> list[Allowed]:
    """Of each irrep of a layer, what may be there at the chosen atom, and what is."""
    one, where = seen(state, g).layers[number], site(state)
    atom = min(state.atom, len(one.values) - 1)
    turned = np.einsum("ij,njk,lk->nil", g.linear, where.matrices, g.linear)
    found = []
    for irrep, values in blocks(one).items():
        projector = D(irrep, turned).mean(axis=0)
        outside = values[atom] - values[atom] @ projector.T
        scale = float(np.abs(values).max(initial=0.0)) or 1.0
        zero = tuple(m for m, row in zip(range(-irrep.l, irrep.l + 1), projector, strict=True) if np.abs(row).max() < 1e-9)
        found.append(Allowed(irrep, round(float(np.trace(projector))), zero, float(np.abs(outside).max(initial=0.0)) / scale))
    return found


def chart(state: State, g: Element) -> Chart:
    """Of the chosen atom after the layer on view: every component against every channel; crosses stand for what must vanish."""
    one = seen(state, g).layers[min(state.layer, len(seen(state, g).layers) - 1)]
    atom = min(state.atom, len(one.values) - 1)
    rows, names = [], []
    must = {entry.irrep: entry.zero for entry in allowed(state, min(state.layer, len(seen(state, g).layers) - 1), g)}
    for irrep, values in blocks(one).items():
        scale = float(np.abs(values).max(initial=0.0)) or 1.0
        for m in range(-irrep.l, irrep.l + 1):
            rows.append(values[atom, :, m + irrep.l] / scale)
            names.append(f"{irrep}, m = {m}{' · must be 0' if m in must[irrep] else ''}".replace("-", "−"))
    ticks = tuple((float(k), name) for k, name in enumerate(names))
    return Chart((Heat(np.array(rows), name="components"),), Axis("channel", whole=True), Axis("", ticks=ticks))

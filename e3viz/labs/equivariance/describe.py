"""What the Equivariance lab says: types, errors over the whole group in both precisions, what is wrong and what could be kept."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from e3viz.labs.equivariance.pictures import corners
from e3viz.labs.equivariance.state import NETWORK, State, first, learned, second, shown
from e3viz.labs.equivariance.worst import others, worst_element
from e3viz.labs.lab import Check, Fact, Table, Told
from e3viz.symmetry.check import EquivarianceError
from e3viz.symmetry.element import Element
from e3viz.symmetry.maps import TypedMap, behaves_as, formula_text, plain, variables
from e3viz.symmetry.small_networks import KINDS

TOLERANCE = {"float64": 1e-10, "float32": 1e-4}
"""What rounding makes of polynomials of some degree."""
SHOW, GROUP = "Show", "Errors"


@lru_cache(maxsize=32)
def error(f: TypedMap, precision: str) -> EquivarianceError:
    """Over all of O(3)."""
    return f.error(np.dtype(precision))


@lru_cache(maxsize=16)
def other_type(f: TypedMap) -> str:
    """The output type under which f is equivariant, if only parities were declared wrongly; "" otherwise."""
    found = behaves_as(f)
    return "" if found is None else plain(found.simplify())


def verdict(state: State) -> str:
    """Whether f keeps its declared type, in a sentence."""
    f = shown(state)
    broken = error(f, "float64").broken_by(1e-8)
    if broken == "nothing":
        return f"Equivariant: {f.type}."
    right = other_type(f)
    if broken == "inversion":
        return (
            f"Wrong under inversion only: declared {plain(f.outputs)}, but it behaves as {right}."
            if right
            else "Wrong under inversion only."
        )
    return "Not equivariant: rotations break it."


def check(state: State, g: Element) -> Check:
    """The largest error of the map on view over all of O(3)."""
    found = error(shown(state), state.precision)
    return Check(found.relative, "f(g x) beside D(g) f(x), over a quadrature of O(3), both parities.", TOLERANCE[state.precision])


def facts(state: State, g: Element) -> list[Told]:
    """Everything the inspector says."""
    f = shown(state)
    x, _, fx, fgx, dfx = corners(state, g)
    found: list[Told] = [
        Fact("Verdict", verdict(state), "Over all of O(3), not at this g alone.", SHOW, status=True),
        Fact("Type", f.type, "Input and output of the map on view.", SHOW),
        Fact("Difference at this g", f"{float(np.abs(fgx - dfx).max(initial=0.0)):.2e}", "Largest component of f(g x) − D(g) f(x).", SHOW),
        *_closure(state),
    ]
    if state.source == NETWORK:
        net = learned(state)
        found += [
            Fact("Network", KINDS[state.network], tab=SHOW, section="Network"),
            Fact("Loss", f"{net.losses[-1]:.3g}", "Mean squared error on the examples it learns from.", SHOW, "Network"),
            Fact(
                "Error elsewhere",
                f"{net.test:.3g}",
                "Root mean square error in all directions, relative to what is right.",
                SHOW,
                "Network",
            ),
        ]
    elif f.terms is not None or state.repaired:
        found.append(Fact("Input", ", ".join(variables(f.inputs)), "What the components of x are called.", SHOW, "Formula"))
        found += [Fact(f"Component {n + 1}", text, tab=SHOW, section="Formula") for n, text in enumerate(formula_text(f)[:12])]
    found.append(Fact("x", " ".join(f"{v:.3f}" for v in x[:12]), tab=SHOW, section="At this x"))
    found.append(Fact("f(x)", " ".join(f"{v:.3f}" for v in fx[:12]), tab=SHOW, section="At this x"))
    return [*found, *_errors(f), *_kept(state, f)]


def _errors(f: TypedMap) -> list[Told]:
    rows = []
    for precision in ("float32", "float64"):
        one = error(f, precision)
        scale = one.scale or 1.0
        rows.append((precision, f"{one.proper / scale:.1e}", f"{one.improper / scale:.1e}", f"{one.mean / scale:.1e}"))
    more = tuple((one.name, one.behaviour, *(f"{e:.1e}" for e in one.errors)) for one in others(f))
    beside: list[Told] = (
        [Table("others", "Beside O(3), vectors read as points", ("", "f", "float32", "float64"), more, GROUP)] if more else []
    )
    return [
        Table("errors", "Largest relative error over O(3)", ("precision", "rotations", "improper", "rms"), tuple(rows), GROUP),
        Fact(
            "Worst at",
            _in_words(worst_element(f)) if error(f, "float64").relative > TOLERANCE["float64"] else "no g: what is left is rounding",
            "The worst of the quadrature, and from there uphill. “Go to the worst g” puts it into the bar at the foot.",
            GROUP,
        ),
        Fact("Verdict", verdict_of(f), tab=GROUP),
        *beside,
    ]


def _in_words(g: Element) -> str:
    """The element with as many digits as can be read."""
    axis = " ".join(f"{v + 0.0:.3f}" for v in g.axis)
    return f"{g.angle:.1f}° about {axis}{', inverted' if g.inversion else ''}".replace("-", "−")


def verdict_of(f: TypedMap) -> str:
    """nothing, inversion or rotations."""
    return {"nothing": "no g breaks it", "inversion": "only improper g break it", "rotations": "rotations break it"}[
        error(f, "float64").broken_by(1e-8)
    ]


def _closure(state: State) -> list[Told]:
    """How the type of what is built follows from those of f and g."""
    if state.source == NETWORK or state.built == "f":
        return []
    f, g = first(state), second(state)
    rule = {
        "f + g": "the same type in and out",
        "f ∘ g": "in as g, out as f",
        "f ⊗ g": "all l from |l₁ − l₂| to l₁ + l₂, parities multiplied",
    }[state.built]
    parts = [("f", f), ("g", g)]
    rows = tuple((name, one.type, "yes" if error(one, "float64").broken_by(1e-8) == "nothing" else "no") for name, one in parts)
    made = shown(state)
    here = (state.built, made.type, "yes" if error(made, "float64").broken_by(1e-8) == "nothing" else "no")
    return [Table("closure", f"Closed: {rule}", ("map", "type", "equivariant"), (*rows, here), SHOW)]


def _kept(state: State, f: TypedMap) -> list[Told]:
    """How much of a map that is not equivariant could be kept."""
    if state.repaired or error(f, "float64").broken_by(1e-8) == "nothing":
        return []
    part = f.repaired()
    whole, kept = np.asarray(f(f.samples)), np.asarray(part(f.samples))
    share = float(np.sqrt((kept**2).mean() / ((whole**2).mean() or 1.0)))
    found: list[Told] = [
        Fact("Kept by averaging", f"{100 * share:.0f} %", "Size of its equivariant part beside its own.", GROUP, "Equivariant part")
    ]
    return found + [
        Fact(f"Component {n + 1}", text, tab=GROUP, section="Equivariant part") for n, text in enumerate(formula_text(part)[:8])
    ]

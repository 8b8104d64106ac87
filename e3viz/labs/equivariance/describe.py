"""What the Equivariance lab says: types, errors over the whole group in both precisions, what is wrong and what could be kept; a script."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from e3viz.labs.equivariance.pictures import corners, sample
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
            _in_words(worst_element(f)),
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


def code(state: State, g: Element) -> str:
    """A script with e3nn that computes both ways round the square and the largest difference over many g."""
    f = shown(state)
    if state.source == NETWORK:
        return _network_code(state)
    x = sample(state, f)
    names = variables(f.inputs)
    made = {"f": "F(x)", "f + g": "F(x) + G(x)", "f ∘ g": "F(G(x))", "f ⊗ g": "product(F(x), G(x))"}[state.built]
    if state.repaired:
        made = "F(x)"
    one = f if state.repaired else first(state)
    lines = [f"def F(x):\n    {_unpack(variables(one.inputs))} = x\n    return torch.stack([{', '.join(_python(one))}])"]
    if state.built != "f" and not state.repaired:
        two = second(state)
        lines.append(f"def G(x):\n    {_unpack(variables(two.inputs))} = x\n    return torch.stack([{', '.join(_python(two))}])")
    if state.built == "f ⊗ g" and not state.repaired:
        lines.append(_product_code(first(state), second(state)))
    matrix = ", ".join("[" + ", ".join(f"{v:.15g}" for v in row) + "]" for row in g.linear)
    functions = "\n\n\n".join(lines)
    return f'''"""The commuting square of a map {f.type}, with e3nn. Input components: {", ".join(names)}."""

import torch
from e3nn import o3

torch.set_default_dtype(torch.float64)
irreps_in, irreps_out = o3.Irreps("{f.inputs}"), o3.Irreps("{f.outputs}")


{functions}


def f(x):
    return {made}


x = torch.tensor([{", ".join(f"{v:.15g}" for v in x)}])
g = torch.tensor([{matrix}])
D_in, D_out = irreps_in.D_from_matrix(g), irreps_out.D_from_matrix(g)
print("f(g x):     ", f(D_in @ x))
print("D(g) f(x):  ", D_out @ f(x))
print("difference: ", (f(D_in @ x) - D_out @ f(x)).abs().max().item())

worst = 0.0
for R in o3.rand_matrix(100):
    for s in (1.0, -1.0):
        D_in, D_out = irreps_in.D_from_matrix(s * R), irreps_out.D_from_matrix(s * R)
        worst = max(worst, (f(D_in @ x) - D_out @ f(x)).abs().max().item())
print("largest over 200 random g:", worst)
'''


def _unpack(names: list[str]) -> str:
    return ", ".join(names) + ("," if len(names) == 1 else "")


def _python(f: TypedMap) -> list[str]:
    """Its components as Python. Raises AssertionError for a map that is no polynomial."""
    assert f.terms is not None
    names = variables(f.inputs)
    made = []
    for terms in f.terms:
        parts = []
        for monomial, c in terms.items():
            body = " * ".join(f"{name}**{p}" if p > 1 else name for name, p in zip(names, monomial, strict=True) if p)
            parts.append(f"{float(c)!r}" + (f" * {body}" if body else f" + 0 * {names[0]}"))
        made.append(" + ".join(parts) or f"0 * {names[0]}")
    return made


def _product_code(f: TypedMap, g: TypedMap) -> str:
    return f'''def product(u, v):
    """All paths of u ⊗ v, each with the Clebsch–Gordan coefficients of e3nn, the outputs sorted."""
    pieces = []
    for a, one in zip(o3.Irreps("{f.outputs}").slices(), o3.Irreps("{f.outputs}")):
        for b, two in zip(o3.Irreps("{g.outputs}").slices(), o3.Irreps("{g.outputs}")):
            for i in range(one.mul):
                for j in range(two.mul):
                    left = u[a][i * one.ir.dim : (i + 1) * one.ir.dim]
                    right = v[b][j * two.ir.dim : (j + 1) * two.ir.dim]
                    for out in one.ir * two.ir:
                        C = o3.wigner_3j(one.ir.l, two.ir.l, out.l) * out.dim**0.5
                        pieces.append((out, len(pieces), torch.einsum("i,j,ijk->k", left, right, C)))
    return torch.cat([piece[2] for piece in sorted(pieces, key=lambda piece: (piece[0].l, -piece[0].p * (-1) ** piece[0].l, piece[1]))])'''


def _network_code(state: State) -> str:
    return f'''"""A small network ({KINDS[state.network]}), taught and tested for equivariance."""

from e3viz.symmetry.small_networks import trained

network = trained({state.network!r}, {state.steps}, {state.seed})
print("loss on examples:           ", network.losses[-1])
print("error in all directions:    ", network.test)
print("largest equivariance error: ", network.map.error().relative)
'''

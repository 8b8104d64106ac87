"""The Tensor product lab in words and numbers: the path on view, all paths, what they cost, how learning goes, and the powers."""

from __future__ import annotations

import re
from functools import partial

from e3viz.errors import UserError
from e3viz.labs.lab import Fact, Table
from e3viz.labs.tensor_product.learning import least_loss
from e3viz.labs.tensor_product.modes import MEANING
from e3viz.labs.tensor_product.one_path import path_title, why
from e3viz.labs.tensor_product.powers import factor, node_name, node_of, order_of, polynomial_text, vanishes, ways
from e3viz.labs.tensor_product.state import STEPS, State, chosen_path, left_out, main_path, path_amounts, product_of, shown_paths
from e3viz.labs.tensor_product.values import descent, strands, unseen_loss
from e3viz.symmetry.element import Element
from e3viz.symmetry.path_costs import costs
from e3viz.symmetry.paths import MODES, TensorProduct, mismatch

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def facts(state: State, g: Element) -> list[Fact | Table]:
    """The path on view, what the product costs, how learning goes, and the powers."""
    found: list[Fact | Table] = [*_power_facts(state)]
    try:
        product = product_of(state)
    except UserError:
        return found
    return [
        *_path_facts(state, product),
        *_path_table(state, product),
        *_counting(state, product),
        *_mode_table(state, product),
        *_learn_facts(state),
        *found,
    ]


def _path_facts(state: State, product: TensorProduct) -> list[Fact | Table]:
    if not product.instructions:
        return [Fact("Paths", "none yet", "Drag from a chip to another to draw one.", status=True)]
    if chosen_path(state) is None and state.view in ("paths", "learning"):
        return []
    number = main_path(state)
    path = product.instructions[number]
    (_, first), (_, second), (_, out) = product.terms(path)
    signs = {1: "+", -1: "−"}
    section = path_title(product, path)
    count = product.weight_counts[number]
    shape = " × ".join(map(str, product.shape(path)))
    return [
        Fact("|l₁−l₂| ≤ l ≤ l₁+l₂", f"{abs(first.l - second.l)} ≤ {out.l} ≤ {first.l + second.l}", "The triangle rule.", section=section),
        Fact("parity", f"({signs[first.parity]})({signs[second.parity]}) = {signs[out.parity]}", "Parities multiply.", section=section),
        Fact("mode", path.mode, MEANING[path.mode][1].capitalize() + ".", section=section),
        Fact("weights", f"{count:,} ({shape})" if count else "none", "The shape of its weights.", section=section),
        *[
            Fact(what, number_, reason[:1].upper() + reason[1:] + ".", section="Normalisation")
            for what, number_, reason in why(product, path)
        ],
    ]


def _path_table(state: State, product: TensorProduct) -> list[Fact | Table]:
    shown = shown_paths(state)
    try:
        weights = strands(state)
    except UserError:
        weights = path_amounts(state)
    rows = tuple(
        (
            product.label(path).replace(" ", ""),
            path.mode,
            f"{weights[k]:+.2f}".replace("-", "−") if path.has_weight else "–",
            f"{product.coefficients[k]:.3f}",
            f"{product.weight_counts[k]:,}",
        )
        for k, path in ((k, product.instructions[k]) for k in shown)
    )
    chosen = chosen_path(state)
    selected = (shown.index(chosen),) if chosen in shown and chosen is not None else ()
    hidden = len(product.instructions) - len(shown)
    title = "Paths, of n weights each" + (f" ({hidden} filtered out)" if hidden else "")
    return [Table("paths", title, ("path", "mode", "weight", "√α", "n"), rows, "Path", selected)]


def _counting(state: State, product: TensorProduct) -> list[Fact | Table]:
    found, lost = costs(product), left_out(state)
    dense = f"{product.irreps1.dim:,} × {product.irreps2.dim:,} × {product.dim:,}"
    fact = partial(Fact, tab="Build", section="Counting")
    told: list[Fact | Table] = [
        fact("Paths", f"{len(product.instructions)}", f"Counted copy by copy, as e3nn's repr does: {product.copy_paths:,}."),
        fact("Weights", f"{product.weight_count:,}", "e3nn's weight_numel."),
        fact("Output", f"{product.dim:,} components", f"{product.irreps_out.regroup()}"),
        fact(
            "Cost", f"{found.least:,} multiply–adds", f"Of one evaluation; a dense map {dense} takes {found.dense:,}.",
            status=state.view != "powers of a vector",
        ),
    ]  # fmt: skip
    if lost:
        told.append(fact("Left out", f"{lost} path{'s' if lost > 1 else ''}", "The irreps or multiplicities do not allow them any more."))
    rows = (
        ("fewest", f"{found.least:,}", f"{product.weight_count:,}"),
        ("e3nn", f"{found.e3nn:,}", f"{product.weight_count:,}"),
        ("all as uvu", f"{found.uvu:,}", f"{_uvu_weights(product):,}"),
        ("dense", f"{found.dense:,}", f"{found.dense_weights:,}"),
    )
    return [*told, Table("costs", "What one evaluation takes", ("way", "multiply–adds", "weights"), rows, "Build")]


def _uvu_weights(product: TensorProduct) -> int:
    return sum(product.irreps1.terms[path.i1][0] * product.irreps2.terms[path.i2][0] for path in product.instructions)


def _mode_table(state: State, product: TensorProduct) -> list[Fact | Table]:
    if not product.instructions:
        return []
    path = product.instructions[main_path(state)]
    (u, _), (v, _), (w, _) = product.terms(path)
    rows = tuple((mode, MEANING[mode][1] if not mismatch(mode, u, v, w) else "does not fit", MEANING[mode][2]) for mode in MODES)
    title = f"Mode of {product.label(path)}"
    return [Table("modes", title, ("mode", "joins", "weights"), rows, "Build", (MODES.index(path.mode),))]


def _learn_facts(state: State) -> list[Fact | Table]:
    if state.view != "learning":
        return []
    try:
        way, least = descent(state), least_loss(state)
        unseen = unseen_loss(state)
    except UserError as error:
        return [Fact("Training", error.message, error.hint, "Learn")]
    step = min(state.step, STEPS)
    known = least if least > 1e-12 * way.losses[0] else 0.0
    fact = partial(Fact, tab="Learn", section="Now")
    return [
        fact("Loss", f"{way.losses[step]:.3g}", f"The mean square error after step {step}.", status=True),
        fact("At the start", f"{way.losses[0]:.3g}", "With the weights it began with."),
        fact("Least possible", f"{known:.2g}", "No weights of these paths do better on these samples."),
        fact("On unseen samples", f"{unseen:.3g}", "The same loss on samples that it has not learned from."),
    ]


def _power_facts(state: State) -> list[Fact | Table]:
    node = node_of(state)
    n, l = node
    irrep = f"{l}{'e' if n % 2 == 0 else 'o'}"
    fact = partial(Fact, tab="Powers", section="This power")
    found: list[Fact | Table] = [
        fact("Power", f"order {n}, {irrep}", "Order n and irrep.", status=state.view == "powers of a vector"),
        fact("Equals", _raised(node_name(node)), "Up to a number."),
        fact("For different vectors", times(ways(node)), f"How often {irrep} occurs in the product of {n} different vectors."),
        fact("For equal ones", times(0 if vanishes(node) else 1), "What is left when all of them are x."),
    ]
    if not vanishes(node):
        found.append(fact("Factor", factor(node).text(), "Coupling by tensors C of norm 1, Y as “component”."))
    rows = tuple((str(m).replace("-", "−"), polynomial_text(node, m)) for m in range(-l, l + 1))
    return [*found, Table("polynomials", "Its components (r² = x² + y² + z²)", ("m", "polynomial"), rows, "Powers", (order_of(state) + l,))]


def times(count: int) -> str:
    """never, once, 3 times."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _raised(text: str) -> str:
    """^{2} as a superscript."""
    return re.sub(r"\^\{(\d+)\}", lambda found: found.group(1).translate(_SUPERSCRIPT), text)

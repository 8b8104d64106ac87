"""The Tensor product lab as a sheet, in words and numbers, and under the pointer."""

from __future__ import annotations

import re

from e3viz.errors import UserError
from e3viz.labs.lab import Check, Fact, Hit, Table
from e3viz.labs.tensor_product.learning import comparison_chart, least_loss, loss_chart, note
from e3viz.labs.tensor_product.modes import MEANING, modes_diagram
from e3viz.labs.tensor_product.one_path import path_title, slices_diagram, why
from e3viz.labs.tensor_product.path_diagram import path_diagram
from e3viz.labs.tensor_product.powers import (
    component_row,
    factor,
    node_name,
    node_of,
    order_of,
    polynomial_text,
    power_card,
    power_error,
    powers_diagram,
    vanishes,
    ways,
)
from e3viz.labs.tensor_product.scenes import objects_scene, path_scene, power_scene
from e3viz.labs.tensor_product.state import HIDDEN, STEPS, State, chosen_path, left_out, main_path, path_amounts, product_of, shown_paths
from e3viz.labs.tensor_product.values import descent, is_small, square_error, strands, turns_of, unseen_loss
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element
from e3viz.symmetry.path_costs import costs
from e3viz.symmetry.path_values import path_errors
from e3viz.symmetry.paths import MODES, TensorProduct, forbidden, mismatch

_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def pictures(state: State, g: Element) -> Sheet:
    """The view that was chosen."""
    if state.view == "powers of a vector":
        return _powers(state, g)
    product = product_of(state)
    if state.view == "one path":
        panels = (
            Panel("turning", path_scene(state, g), width=0.54),
            Panel("slices", slices_diagram(state), 0.54, 0.0, 0.46, 1.0, card=True),
        )
        path = product.instructions[main_path(state)]
        return Sheet(
            panels, path_title(product, path).replace(": ", ", "), "The inputs turn with D(g), the output follows with its own D(g)."
        )
    if state.view == "modes":
        told = f"For {product.label(product.instructions[main_path(state)])}. " if product.instructions else ""
        return Sheet((Panel("modes", modes_diagram(state)),), "Connection modes", f"{told}Which copies a path joins; click one to use it.")
    if state.view == "learning":
        return _learning(state, product)
    many = f"{len(product.instructions)} paths, {product.weight_count:,} weights."
    said = f"{many} Width is |weight|, colour its sign; chips are coloured by degree l."
    if not state.beside:
        return Sheet((Panel("paths", path_diagram(state)),), "Tensor product", said)
    return Sheet(
        (
            Panel("paths", path_diagram(state), width=0.73),
            Panel("objects", objects_scene(state, g), 0.73, 0.0, 0.27, 1.0, title="Inputs and output", card=True),
        ),
        "Tensor product",
        said,
    )


def _learning(state: State, product: TensorProduct) -> Sheet:
    diagram = Panel("paths", path_diagram(state), width=0.62)
    subtitle = f"{product.weight_count:,} weights are to find {state.target}: play, stop or step the descent below."
    try:
        loss, comparison = loss_chart(state), comparison_chart(state)
    except UserError as error:
        return Sheet((diagram, Panel("note", note(error), 0.62, 0.0, 0.38, 1.0, card=True)), "Learning a tensor product", subtitle)
    titles = ("Loss", "Weights" if state.target == HIDDEN else "Predictions")
    return Sheet(
        (
            diagram,
            Panel("loss", loss, 0.62, 0.0, 0.38, 0.52, title=titles[0], card=True),
            Panel("found", comparison, 0.62, 0.52, 0.38, 0.48, title=titles[1], card=True),
        ),
        "Learning a tensor product",
        subtitle,
    )


def _powers(state: State, g: Element) -> Sheet:
    return Sheet(
        (
            Panel("powers", powers_diagram(state), width=0.58),
            Panel("surface", power_scene(component_row(state), g), 0.58, 0.0, 0.42, 0.56),
            Panel("formula", power_card(state), 0.58, 0.56, 0.42, 0.44, card=True),
        ),
        "Powers of a vector, x ⊗ x ⊗ …",
        "At the top of each order stands Yˡ; grey vanishes because the arguments are equal.",
    )


# ---- words and numbers ------------------------------------------------------------------------------------------------------------


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
            f"{product.coefficients[k]:.4f}",
            f"{product.weight_counts[k]:,}",
        )
        for k, path in ((k, product.instructions[k]) for k in shown)
    )
    chosen = chosen_path(state)
    selected = (shown.index(chosen),) if chosen in shown and chosen is not None else ()
    hidden = len(product.instructions) - len(shown)
    title = "Paths" + (f" ({hidden} filtered out)" if hidden else "")
    return [Table("paths", title, ("path", "mode", "weight", "√α", "weights"), rows, "Path", selected)]


def _counting(state: State, product: TensorProduct) -> list[Fact | Table]:
    found = costs(product)
    lost = left_out(state)
    dense = f"{product.irreps1.dim:,} × {product.irreps2.dim:,} × {product.dim:,}"
    told: list[Fact | Table] = [
        Fact(
            "Paths",
            f"{len(product.instructions)}",
            f"Counted copy by copy, as e3nn's repr does: {product.copy_paths:,}.",
            "Build",
            "Counting",
        ),
        Fact("Weights", f"{product.weight_count:,}", "e3nn's weight_numel.", "Build", "Counting"),
        Fact("Output", f"{product.dim:,} components", f"{product.irreps_out.regroup()}", "Build", "Counting"),
    ]
    rows = (
        ("fewest", f"{found.least:,}", f"{product.weight_count:,}"),
        ("e3nn", f"{found.e3nn:,}", f"{product.weight_count:,}"),
        ("all as uvu", f"{found.uvu:,}", f"{_uvu_weights(product):,}"),
        ("dense", f"{found.dense:,}", f"{found.dense_weights:,}"),
    )
    told.append(
        Fact(
            "Cost",
            f"{found.least:,} multiply–adds",
            f"Of one evaluation; a dense map {dense} takes {found.dense:,}.",
            "Build",
            "Counting",
            status=True,
        )
    )
    if lost:
        told.append(
            Fact(
                "Left out",
                f"{lost} path{'s' if lost > 1 else ''}",
                "The irreps or multiplicities do not allow them any more.",
                "Build",
                "Counting",
            )
        )
    told.append(Table("costs", "What one evaluation takes", ("way", "multiply–adds", "weights"), rows, "Build"))
    return told


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
    return [
        Fact("Loss", f"{way.losses[step]:.3g}", f"The mean square error after step {step}.", "Learn", "Now", status=True),
        Fact("At the start", f"{way.losses[0]:.3g}", "With the weights it began with.", "Learn", "Now"),
        Fact("Least possible", f"{least:.2g}", "No weights of these paths do better on these samples.", "Learn", "Now"),
        Fact("On unseen samples", f"{unseen:.3g}", "The same loss on samples that it has not learned from.", "Learn", "Now"),
    ]


def _power_facts(state: State) -> list[Fact | Table]:
    node = node_of(state)
    n, l = node
    parity = "e" if n % 2 == 0 else "o"
    found: list[Fact | Table] = [
        Fact("Power", f"order {n}, {l}{parity}", "Order n and irrep.", "Powers", "This power", status=state.view == "powers of a vector"),
        Fact(
            "Equals",
            _raised(node_name(node)),
            "Up to a number.",
            "Powers",
            "This power",
        ),
        Fact(
            "For different vectors",
            times(ways(node)),
            f"How often {l}{parity} occurs in the product of {n} different vectors.",
            "Powers",
            "This power",
        ),
        Fact("For equal ones", times(0 if vanishes(node) else 1), "What is left when all of them are x.", "Powers", "This power"),
    ]
    if not vanishes(node):
        found.append(Fact("Factor", factor(node).text(), "Coupling by tensors C of norm 1, Y as “component”.", "Powers", "This power"))
    rows = tuple((str(m).replace("-", "−"), polynomial_text(node, m)) for m in range(-l, l + 1))
    found.append(Table("polynomials", "Its components (r² = x² + y² + z²)", ("m", "polynomial"), rows, "Powers", (order_of(state) + l,)))
    return found


def times(count: int) -> str:
    """never, once, 3 times."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _raised(text: str) -> str:
    """^{2} as a superscript."""
    return re.sub(r"\^\{(\d+)\}", lambda found: found.group(1).translate(_SUPERSCRIPT), text)


def check(state: State, g: Element) -> Check | None:
    """How far the product of turned inputs is from the turned product."""
    if state.view == "powers of a vector":
        return Check(power_error(node_of(state), g), "The power of D(g) x against D(g) times the power of x.")
    if state.view == "modes":
        return None
    try:
        product = product_of(state)
        if not product.instructions:
            return None
        if is_small(product) and state.view != "one path":
            return Check(square_error(state, g), "f(D(g) x, D(g) y) against D(g) f(x, y), for eight random inputs.")
    except UserError:
        return None
    return Check(float(path_errors(product, turns_of(product, g)).max()), "C of each path with turned arguments against D(g) C.")


def hover(state: State, hit: Hit) -> str:
    """What would come of a drag, while it goes on."""
    end = hit.end
    if hit.panel != "paths" or end is None:
        return ""
    ends = dict(word.split() for word in (hit.item, end.item) if word.partition(" ")[0] in ("in1", "in2", "out"))
    if len(ends) != 2:
        return ""
    product = product_of(state)
    irreps = {"in1": product.irreps1, "in2": product.irreps2, "out": product.irreps_out}
    named = {side: irreps[side].terms[int(number)][1] for side, number in ends.items()}
    if "out" not in named:
        first, second = named["in1"], named["in2"]
        return f"{first} ⊗ {second} = " + " + ".join(map(str, first * second))
    side = "in1" if "in1" in named else "in2"
    others = dict.fromkeys(irrep for _, irrep in irreps["in2" if side == "in1" else "in1"])
    pairs = [(named[side], other) if side == "in1" else (other, named[side]) for other in others]
    fitting = [f"{a} ⊗ {b} → {named['out']}" for a, b in pairs if not forbidden(a, b, named["out"])]
    return " or ".join(fitting) if fitting else f"Forbidden: no term of the other input takes {named[side]} to {named['out']}."

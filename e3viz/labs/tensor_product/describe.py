"""The Tensor product lab as a sheet, in words and numbers, and under the pointer."""

from __future__ import annotations

from e3viz.errors import UserError
from e3viz.labs.lab import Check, Hit
from e3viz.labs.tensor_product.learning import comparison_chart, loss_chart, note
from e3viz.labs.tensor_product.modes import modes_diagram
from e3viz.labs.tensor_product.one_path import path_title, slices_diagram
from e3viz.labs.tensor_product.path_diagram import path_diagram
from e3viz.labs.tensor_product.powers import (
    component_row,
    node_of,
    power_card,
    power_error,
    powers_diagram,
)
from e3viz.labs.tensor_product.scenes import objects_scene, path_scene, power_scene
from e3viz.labs.tensor_product.state import HIDDEN, State, main_path, product_of
from e3viz.labs.tensor_product.values import is_small, square_error, turns_of
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element
from e3viz.symmetry.path_values import path_errors
from e3viz.symmetry.paths import TensorProduct, forbidden

_TURNING = {
    "both inputs": "The inputs turn with D(g), the output follows with its own D(g).",
    "x alone": "Only x turns: the output changes, but it does not follow by D(g), where the dots are.",
    "y alone": "Only y turns: the output changes, but it does not follow by D(g), where the dots are.",
}


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
        return Sheet(panels, path_title(product, path).replace(": ", ", "), _TURNING[state.turned])
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

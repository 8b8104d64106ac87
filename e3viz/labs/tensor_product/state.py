"""What the Tensor product lab shows: two inputs and an output as irreps, the paths between them, their weights, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.labs.fields import Row, knob
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.path_presets import PRESETS
from e3viz.symmetry.paths import IRREP_NORMALIZATIONS, PATH_NORMALIZATIONS, Instruction, TensorProduct

Real = NDArray[np.float64]
VIEWS = ("paths", "one path", "modes", "learning", "powers of a vector")
OWN = "own paths"
DERIVED = ("full", "element-wise", "convolution of NequIP", "convolution of MACE")
"""Presets whose output follows from the inputs."""
KEPT = ("full", "element-wise", "convolution of NequIP")
"""Presets that keep only some irreps of their output."""
TURNED = ("both inputs", "x alone", "y alone")
LIBRARIES = ("e3nn", "e3nn-jax", "cuEquivariance")
HIDDEN, CROSS, DOUBLE, PULL = "a hidden tensor product", "the cross product", "a × (a × b)", "a pull that fades with distance"
TARGETS = (HIDDEN, CROSS, DOUBLE, PULL)
MOST_TERMS, MOST_PATHS, MOST_DEGREE, MOST_COPIES = 24, 600, 11, 9_999
MOST_SLIDERS = 30
MOST_WEIGHT = 1e3
STEPS = 200
MOST_ORDER = 8

Listed = tuple[tuple[int, int, int, str, bool, float], ...]


def _view(*names: str) -> Any:
    return lambda state: state.view in names


def _strands(state: Any) -> bool:
    return state.view in ("paths", "learning")


def weight_rows(state: Any) -> list[Row]:
    """The weight of the chosen path, or of all that are on view if none is chosen."""
    try:
        product = product_of(state)
        amounts = path_amounts(state)
    except UserError:
        return []
    chosen = chosen_path(state)
    numbers = [chosen] if chosen is not None else shown_paths(state)[:MOST_SLIDERS]
    rows = []
    for k in numbers:
        path = product.instructions[k]
        if path.has_weight:
            name, label = key(path), "weight" if chosen is not None else product.label(path).replace(" ", "")
            hue = degree_hue(product.irreps_out.terms[path.iout][1].l)
            rows.append(Row(name, label, float(amounts[k]), -2.0, 2.0, hue, f"How strong the path {product.label(path)} is."))
    return rows


def input_rows(state: Any) -> list[Row]:
    """The components of what goes into the path on view."""
    from e3viz.labs.tensor_product.values import path_inputs

    try:
        x, y = path_inputs(state)
    except UserError:
        return []
    rows = []
    for letter, values in (("x", x), ("y", y)):
        l = len(values) // 2
        for m, value in zip(range(-l, l + 1), values, strict=True):
            name = f"{letter}{m}"
            label = f"{letter}, m = {m}".replace("-", "−")
            rows.append(Row(name, label, float(value), -2.0, 2.0, degree_hue(l), f"A component of {letter}, in e3nn's order."))
    return rows


@dataclass(frozen=True)
class State:
    """instructions: the paths where they are a person's own, (i₁, i₂, i_out, mode, has weights, fixed factor). chosen: a path by number,
    −1 for none; chip: the term that is edited, for example `in1 0`; node: order and degree on view among the powers.

    Raises UserError for text that is not irreps, so that the field says so and the picture stays.
    """

    view: str = knob(
        "paths",
        "View",
        "All paths, one of them in detail, the modes, weights being learned, or powers of a vector.",
        choices=VIEWS,
        tab="Path",
    )
    weights: tuple[tuple[str, float], ...] = knob(
        (), "their size is the width", "How strong each path is; red is positive.", kind="sliders", rows=weight_rows, tab="Path",
        section="Weights", when=lambda state: state.view in ("paths", "one path") and bool(weight_rows(state)),
    )  # fmt: skip
    inputs: tuple[tuple[str, float], ...] = knob(
        (), "x and y, e3nn's order", "What goes into this path, component by component.", kind="sliders", rows=input_rows, tab="Path",
        section="Inputs", when=_view("one path"),
    )  # fmt: skip
    turned: str = knob(
        "both inputs", "g turns", "Turn both inputs, or one alone: then the output does not follow by D(g).", choices=TURNED, tab="Path",
        section="Inputs", when=_view("one path"),
    )  # fmt: skip
    beside: bool = knob(True, "x, y and output", "Show inputs and output as surfaces beside the paths.", tab="Path", when=_strands)
    names: bool = knob(False, "names", "Write at each junction which path it is.", tab="Path", when=_strands)
    degree: str = knob(
        "every l", "Degree", "Show only paths to outputs of this degree.", tab="Path", section="Filter",
        choices=lambda state: ["every l", *(f"l = {l}" for l in range(MOST_DEGREE + 1))], when=_strands,
    )  # fmt: skip
    parity: str = knob(
        "both", "Parity", "Show only paths to outputs of this parity.", tab="Path", section="Filter", choices=("both", "even", "odd"),
        when=_strands,
    )  # fmt: skip
    least: float = knob(
        0.0, "At least", "Show only paths whose |weight| is at least this.", kind="slider", low=0.0, high=2.0, step=0.05, tab="Path",
        section="Filter", when=_strands,
    )  # fmt: skip

    preset: str = knob(
        "fully connected", "Preset", "Which paths there are: a known product, or your own.", choices=(*PRESETS, OWN), tab="Build"
    )
    irreps1: str = knob(
        "8x0e + 8x1o + 4x2e", "Input 1", "The type of x: multiplicity x degree, then e (even) or o (odd).", kind="irreps", tab="Build"
    )
    irreps2: str = knob("1x0e + 1x1o + 1x2e", "Input 2", "The type of y.", kind="irreps", tab="Build")
    irreps_out: str = knob(
        "8x0e + 8x1o + 4x1e + 4x2e + 2x3o", "Output", "The type of the output.", kind="irreps", tab="Build",
        when=lambda state: state.preset not in DERIVED,
    )  # fmt: skip
    keep: str = knob(
        "",
        "Keep",
        "Irreps that the output may have, for example 0e + 1o; empty for all.",
        tab="Build",
        when=lambda state: state.preset in KEPT,
    )
    irrep_normalization: str = knob(
        "component", "Irreps", "component: each component of the output has variance 1; norm: |x| = |y| = 1 gives |z| = 1.", tab="Build",
        section="Normalisation", choices=IRREP_NORMALIZATIONS,
    )  # fmt: skip
    path_normalization: str = knob(
        "element", "Paths", "element: by all pairs that are added up in an output; path: each path by its own pairs, then by their number.",
        tab="Build", section="Normalisation", choices=PATH_NORMALIZATIONS,
    )  # fmt: skip
    library: str = knob("e3nn", "Code for", "The library that “Copy as Python” writes for.", choices=LIBRARIES, tab="Build", section="Code")
    pasted: str = knob(
        "", "Paste a TensorProduct", "A call such as o3.FullyConnectedTensorProduct(…) or its repr; it is read, never run.", kind="long",
        tab="Build", section="Code",
    )  # fmt: skip

    target: str = knob(HIDDEN, "Target", "The map that the weights are to find.", choices=TARGETS, tab="Learn")
    rate: float = knob(
        0.9,
        "Rate",
        "Length of a step in units of 1/curvature: below 2 it converges.",
        kind="slider",
        low=0.05,
        high=2.2,
        step=0.05,
        tab="Learn",
    )
    samples: int = knob(64, "Samples", "How many examples of the target there are.", low=4, high=256, tab="Learn")
    seed: int = knob(440, "Seed", "Which random numbers weights, inputs and hidden weights are.", low=0, high=999_999, tab="Learn")
    step: int = knob(
        0, "Step", "How many steps of gradient descent are done.", low=0, high=lambda state: STEPS if state.view == "learning" else 0,
        playable=True, tab="Learn",
    )  # fmt: skip

    orders: int = knob(4, "Orders", "The highest order of the powers of x.", low=1, high=MOST_ORDER, tab="Powers")
    m: int = knob(
        0, "Order m", "Which component of the chosen power is drawn, from −l to l.", tab="Powers", low=lambda state: -state.node[1],
        high=lambda state: state.node[1],
    )  # fmt: skip
    node: tuple[int, int] = knob((2, 2), "Power", "The order n and the degree l of the power on view.", kind="hidden")

    chosen: int = knob(5, "Path", "The path that is chosen, by number; −1 for none.", kind="hidden", low=-1)
    chip: str = knob("", "Term", "The term that is edited: in1, in2 or out and its number.", kind="hidden")
    instructions: tuple[tuple[int, int, int, str, bool, float], ...] = knob((), "Paths", "A person's own paths.", kind="hidden")

    def __post_init__(self) -> None:
        for text in (self.irreps1, self.irreps2, self.irreps_out, self.keep):
            parsed(text)


@lru_cache(maxsize=128)
def parsed(text: str) -> Irreps:
    """The irreps; raises UserError where they are wrong or too many to be drawn."""
    irreps = Irreps.parse(text)
    if len(irreps) > MOST_TERMS:
        raise UserError(f"These irreps have {len(irreps)} terms.", f"Up to {MOST_TERMS} can be drawn.")
    if irreps.l_max > MOST_DEGREE:
        raise UserError(f"The degree {irreps.l_max} is too high here.", f"Use degrees up to {MOST_DEGREE}.")
    if any(count > MOST_COPIES for count, _ in irreps):
        raise UserError("There are too many copies of an irrep.", f"Use up to {MOST_COPIES:,}.")
    return irreps


def product_of(state: State) -> TensorProduct:
    """The tensor product on view; raises UserError if there is none of this kind."""
    kinds = (state.irrep_normalization, state.path_normalization)
    if state.preset == OWN:
        return _own(state.irreps1, state.irreps2, state.irreps_out, state.instructions, kinds)
    keep = state.irreps_out if state.preset == "fully connected" else state.keep if state.preset in KEPT else ""
    return _preset(state.preset, state.irreps1, state.irreps2, keep, kinds)


@lru_cache(maxsize=64)
def _preset(name: str, first: str, second: str, keep: str, kinds: tuple[str, str]) -> TensorProduct:
    if name not in PRESETS:
        raise UserError(f"There is no preset “{name}”.", "Choose one from the list.")
    if name == "convolution of NequIP" and not keep.strip():
        keep = natural_and_not(first, second)
    return _small(PRESETS[name](parsed(first), parsed(second), parsed(keep), irrep_normalization=kinds[0], path_normalization=kinds[1]))


def natural_and_not(first: str, second: str) -> str:
    """What a network keeps by default: both parities of every degree that its features have."""
    top = max(parsed(first).l_max, 1)
    return "+".join(f"{l}e+{l}o" for l in range(top + 1))


@lru_cache(maxsize=64)
def _own(first: str, second: str, out: str, listed: Listed, kinds: tuple[str, str]) -> TensorProduct:
    bare = TensorProduct(parsed(first), parsed(second), parsed(out), (), *kinds)
    paths = [Instruction(*row) for row in listed]
    return _small(replace(bare, instructions=tuple(path for path in paths if not bare.problem(path))))


def _small(product: TensorProduct) -> TensorProduct:
    if len(product.instructions) > MOST_PATHS:
        raise UserError(f"This tensor product has {len(product.instructions)} paths.", f"Up to {MOST_PATHS} can be drawn: use fewer terms.")
    return product


def left_out(state: State) -> int:
    """How many of a person's own paths the irreps as they are now do not allow."""
    return len(state.instructions) - len(product_of(state).instructions) if state.preset == OWN else 0


def listed(product: TensorProduct) -> Listed:
    """The paths of a product as a state keeps them."""
    return tuple((p.i1, p.i2, p.iout, p.mode, p.has_weight, p.path_weight) for p in product.instructions)


def owned(state: State, product: TensorProduct | None = None, **more: Any) -> State:
    """The state with this product (the one on view by default) as a person's own. Variances become part of the fixed factors."""
    made = product_of(state) if product is None else product
    if made.var1 or made.var2 or made.var_out:
        plain = replace(made, var1=(), var2=(), var_out=())
        ratios = [(c / p) ** 2 if p else 1.0 for c, p in zip(made.coefficients, plain.coefficients, strict=True)]
        paths = [replace(path, path_weight=path.path_weight * ratio) for path, ratio in zip(made.instructions, ratios, strict=True)]
        made = replace(plain, instructions=tuple(paths))
    return replace(
        state, preset=OWN, irreps1=str(made.irreps1), irreps2=str(made.irreps2), irreps_out=str(made.irreps_out),
        instructions=listed(made), irrep_normalization=made.irrep_normalization, path_normalization=made.path_normalization, **more,
    )  # fmt: skip


def key(path: Instruction) -> str:
    """What the weights of a path are called in the state."""
    return path.key


def path_amounts(state: State) -> Real:
    """The weight of each path as its strand shows it: set by a slider, or drawn by the seed; 1 for paths without weights."""
    product, known = product_of(state), dict(state.weights)
    found = _drawn(product, state.seed).copy()
    for k, path in enumerate(product.instructions):
        if not path.has_weight:
            found[k] = 1.0
        elif (name := key(path)) in known:
            found[k] = min(max(known[name], -MOST_WEIGHT), MOST_WEIGHT)
    return found


@lru_cache(maxsize=32)
def _drawn(product: TensorProduct, seed: int) -> Real:
    sizes = [np.random.default_rng([seed, p.i1, p.i2, p.iout]).uniform(-1.4, 1.4) for p in product.instructions]
    return np.round(np.array(sizes, dtype=float), 2)


def chosen_path(state: State) -> int | None:
    """The number of the chosen path, None if there is none."""
    return state.chosen if 0 <= state.chosen < len(product_of(state).instructions) else None


def main_path(state: State) -> int:
    """The chosen path, or the first; raises UserError if there are none."""
    chosen = chosen_path(state)
    if not product_of(state).instructions:
        raise UserError("There is no path here.", "Drag from an input to the output, or choose a preset.")
    return 0 if chosen is None else chosen


def shown_paths(state: State) -> list[int]:
    """The numbers of the paths that pass the filter."""
    product = product_of(state)
    everything = state.degree == "every l" and state.parity == "both" and state.least <= 0.0
    if everything:
        return list(range(len(product.instructions)))
    amounts = path_amounts(state)
    sign = {"even": 1, "odd": -1}.get(state.parity, 0)
    found = []
    for k, path in enumerate(product.instructions):
        out = product.irreps_out.terms[path.iout][1]
        right = state.degree in ("every l", f"l = {out.l}") and sign in (0, out.parity)
        if right and abs(amounts[k]) >= state.least:
            found.append(k)
    return found

"""The Tensor product lab: paths between irreps, their weights and modes, how they learn, and the powers of a vector.

state.py says what is shown, values.py computes it; layout.py and path_diagram.py draw the paths, one_path.py, modes.py, powers.py,
learning.py and scenes.py what stands beside them; edits.py does what clicks and drags mean; describe.py and facts.py put it into words;
code.py and reading.py write and read calls of libraries.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from e3viz.labs.lab import Action, Film, Lab
from e3viz.labs.tensor_product.code import code
from e3viz.labs.tensor_product.describe import check, hover, pictures
from e3viz.labs.tensor_product.edits import pick, remove_path, toggle_weight
from e3viz.labs.tensor_product.explain import EXPLAIN
from e3viz.labs.tensor_product.facts import facts
from e3viz.labs.tensor_product.reading import state_of
from e3viz.labs.tensor_product.state import CROSS, DOUBLE, PULL, STEPS, State, key, owned, product_of
from e3viz.labs.tensor_product.values import learned
from e3viz.symmetry.element import Element
from e3viz.symmetry.path_values import strand_weights


def _fields(**values: Any) -> Callable[[State], State]:
    return lambda state: replace(state, **values)


def _random(state: State) -> State:
    return replace(state, seed=(state.seed * 31 + 17) % 1_000_000, weights=(), inputs=(), step=0)


def _all_equal(amount: float) -> Callable[[State], State]:
    def made(state: State) -> State:
        paths = product_of(state).instructions
        return replace(state, weights=tuple(sorted((key(path), amount) for path in paths if path.has_weight)))

    return made


def _keep(state: State) -> State:
    """What was learned as the weights of the sliders, path by path."""
    product = product_of(state)
    found = strand_weights(product, learned(replace(state, view="learning")))
    pairs = ((key(path), round(float(w), 3)) for path, w in zip(product.instructions, found, strict=True) if path.has_weight)
    return replace(state, view="paths", weights=tuple(sorted(pairs)))


VECTORS = "1x0e + 1x1o + 1x2e"


def _learns(target: str, out: str, first: str = VECTORS) -> Callable[[State], State]:
    return _fields(
        view="learning", target=target, preset="fully connected", irreps1=first, irreps2=VECTORS, irreps_out=out, step=0, weights=(),
        chosen=-1, chip="", samples=128, rate=1.9,
    )  # fmt: skip


ACTIONS = (
    Action("one-path", "Look into this path", "Show its tensor with exact values, and its inputs and output turning.", _fields(view="one path"), tab="Path"),
    Action("remove-path", "Remove this path", "Take the chosen path away.", remove_path, shortcut="Ctrl+Backspace", tab="Path"),
    Action("weight", "Weights on or off", "Give this path weights, or take them away.", toggle_weight, tab="Path"),
    Action("all-paths", "All sliders", "Choose no path, so that every path has its slider.", _fields(chosen=-1, chip="", view="paths"), tab="Path"),
    Action("modes", "Modes as pictures", "Show what uvw, uvu, … mean.", _fields(view="modes"), tab="Build"),
    Action("own", "Make it my own", "Keep these paths as your own, to be changed one by one.", owned, tab="Build"),
    Action("nequip", "As in NequIP", "Features with both parities and harmonics to l = 2, as NequIP convolves them.",
           _fields(preset="convolution of NequIP", irreps1="32x0e + 32x0o + 32x1e + 32x1o + 32x2e + 32x2o", irreps2="0e + 1o + 2e",
                   keep="0e + 0o + 1e + 1o + 2e + 2o", view="paths", chosen=-1, chip="", weights=()), tab="Build"),
    Action("mace", "As in MACE", "Scalars and vectors with harmonics to l = 3, as MACE convolves them.",
           _fields(preset="convolution of MACE", irreps1="128x0e + 128x1o", irreps2="0e + 1o + 2e + 3o", view="paths", chosen=-1, chip="",
                   weights=()), tab="Build"),
    Action("two-vectors", "Two vectors", "All that two vectors make: dot product, cross product and the symmetric traceless part.",
           _fields(preset="full", irreps1="1x1o", irreps2="1x1o", keep="", view="paths", chosen=1, chip="", weights=()), tab="Build"),
    Action("read", "Read what was pasted", "Show the tensor product whose call or repr was pasted.", state_of, tab="Build"),
    Action("random", "Random weights", "Draw other weights and inputs.", _random, tab="Learn"),
    Action("equal", "All weights 1", "Set every path to the weight 1.", _all_equal(1.0), tab="Learn"),
    Action("train", "Train", "Show the descent to the target; play it below.", _fields(view="learning", step=0), tab="Learn"),
    Action("one-step", "One step", "Do one step of gradient descent.",
           lambda state: replace(state, view="learning", step=min(state.step + 1, STEPS)), tab="Learn"),
    Action("keep-weights", "Keep what was learned", "Put the sliders to the weights found so far.", _keep, tab="Learn"),
    Action("learn-cross", "Learn the cross product", "Two vectors, and the axial vector a × b as target.",
           _learns(CROSS, "1x0e + 1x1o + 1x1e + 1x2e"), tab="Learn"),
    Action("learn-double", "Learn a × (a × b)", "A rotation-covariant function that is a tensor product of harmonics.",
           _learns(DOUBLE, "1x1o", "2x0e + 1x1o + 1x2e"), tab="Learn"),
    Action("learn-pull", "Learn a fading pull", "A rotation-covariant function that these paths can only come near to.",
           _learns(PULL, "1x1o", "2x0e + 2x1o + 1x2e"), tab="Learn"),
    Action("powers", "Show the powers", "The figure of x ⊗ x ⊗ … by order and degree.", _fields(view="powers of a vector"), tab="Powers"),
)  # fmt: skip


def films(state: State, g: Element) -> list[Film]:
    """Everything turning with g; the descent while learning; a weight passing through zero."""
    turn = g if g.angle % 360.0 else Element((1.0, 1.0, 0.5), 360.0)
    made = [Film("turn", "Inputs and output turning", lambda t: (state, turn.part(t)), 6.0)]
    if state.view == "learning":
        made.insert(0, Film("training", "The descent, step by step", lambda t: (replace(state, step=round(STEPS * t**2)), g), 8.0))
    if state.view == "powers of a vector":
        nodes = [(n, l) for n in range(1, state.orders + 1) for l in range(n, -1, -2) if (n, l) != (1, 0)]
        made.append(
            Film(
                "nodes",
                "All powers, order by order",
                lambda t: (replace(state, node=nodes[min(int(t * len(nodes)), len(nodes) - 1)], m=0), g),
                8.0,
            )
        )
    if state.view == "paths" and product_of(state).weight_count:
        names = [key(path) for path in product_of(state).instructions if path.has_weight]

        def swinging(t: float) -> tuple[State, Element]:
            known = dict(state.weights)
            moved = {name: round(1.2 * math.sin(2.0 * math.pi * (t + k / len(names))), 4) for k, name in enumerate(names)}
            return replace(state, weights=tuple(sorted({**known, **moved}.items()))), g

        made.append(Film("weights", "The weights swinging", swinging, 6.0))
    return made


LAB = Lab(
    name="tensor-product",
    title="Tensor product",
    section="learn",
    State=State,
    pictures=pictures,
    facts=facts,
    code=code,
    check=check,
    explain=EXPLAIN,
    tabs=("Path", "Build", "Learn", "Powers"),
    pick=pick,
    hover=hover,
    actions=ACTIONS,
    films=films,
    looks=("beside", "names"),
    tour=(
        State(),
        State(view="one path"),
        replace(_learns(CROSS, "1x0e + 1x1o + 1x1e + 1x2e")(State()), step=60),
        State(view="powers of a vector", orders=5),
        State(view="modes", irreps1="4x1o", irreps2="4x1o", irreps_out="4x1e", chosen=0),
        _fields(preset="convolution of NequIP", irreps1="32x0e + 32x0o + 32x1e + 32x1o + 32x2e + 32x2o", irreps2="0e + 1o + 2e",
                keep="0e + 0o + 1e + 1o + 2e + 2o", beside=False)(State()),
    ),
)  # fmt: skip

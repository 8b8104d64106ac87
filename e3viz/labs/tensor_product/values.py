"""The numbers of the Tensor product lab: what goes in and comes out, the weights behind each strand, and the descent to a target.

The inputs are random with variance 1, or, where two vectors a and b are to be understood, their harmonics |a|ˡ Yˡ(a) in the normalisation
`component`, one for each irrep of natural parity; irreps of the other parity cannot be made of one vector and get zeros.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.labs.tensor_product.state import CROSS, DOUBLE, HIDDEN, PULL, STEPS, State, main_path, path_amounts, product_of
from e3viz.symmetry.element import Element
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.irreps import Irrep, Irreps
from e3viz.symmetry.path_values import Descent, Lesson, descend, evaluate, lesson, strand_weights
from e3viz.symmetry.paths import TensorProduct
from e3viz.symmetry.wigner import D, wigner_D

Real = NDArray[np.float64]
MOST_COMPONENTS = 1500
MOST_WEIGHTS = 20_000
MOST_LEARNED = 2_000


def is_small(product: TensorProduct) -> bool:
    """Whether the product is computed here, not only counted."""
    most = max(product.irreps1.dim, product.irreps2.dim, product.dim)
    return most <= MOST_COMPONENTS and product.weight_count <= MOST_WEIGHTS


@lru_cache(maxsize=16)
def _pattern(product: TensorProduct, seed: int) -> tuple[Real, ...]:
    """For each path its weights at strength 1: random, mean square 1, positive sum."""
    found = []
    for path, count in zip(product.instructions, product.weight_counts, strict=True):
        drawn = np.random.default_rng([seed, path.i1, path.i2, path.iout, 1]).normal(size=count)
        size = float(np.sqrt((drawn**2).mean())) if count else 1.0
        found.append(drawn / (size or 1.0) * (-1.0 if drawn.sum() < 0 else 1.0))
    return tuple(found)


def weights_of(state: State) -> Real:
    """All weights as sliders and seed have them, (weight_count,)."""
    product = product_of(state)
    amounts = path_amounts(state)
    parts = [amount * part for amount, part in zip(amounts, _pattern(product, state.seed), strict=True)]
    return np.concatenate(parts) if parts else np.zeros(0)


def strands(state: State) -> Real:
    """What each strand shows: its weight, or while learning the one found so far."""
    if state.view != "learning":
        return path_amounts(state)
    return strand_weights(product_of(state), learned(state))


def present_weights(state: State) -> Real:
    """All weights of the view."""
    return learned(state) if state.view == "learning" else weights_of(state)


@lru_cache(maxsize=32)
def _random_rows(irreps: Irreps, seed: int, which: int, count: int) -> Real:
    return np.random.default_rng([seed, which]).normal(size=(count, irreps.dim))


def inputs(state: State, g: Element) -> tuple[Real, Real]:
    """x and y of the view, turned by g."""
    product = product_of(state)
    x = _random_rows(product.irreps1, state.seed, 1, 1)[0]
    y = _random_rows(product.irreps2, state.seed, 2, 1)[0]
    return D(product.irreps1, g) @ x, D(product.irreps2, g) @ y


def output(state: State, x: Real, y: Real) -> Real:
    """What the product on view makes of x and y."""
    made: Real = evaluate(product_of(state), present_weights(state), x, y)[0]
    return made


def square_error(state: State, g: Element) -> float:
    """max |f(D x, D y) − D f(x, y)| over max |f|, for eight random inputs."""
    product = product_of(state)
    x, y = _random_rows(product.irreps1, state.seed, 3, 8), _random_rows(product.irreps2, state.seed, 4, 8)
    weights = present_weights(state)
    direct = evaluate(product, weights, x, y)
    turned = evaluate(product, weights, x @ D(product.irreps1, g).T, y @ D(product.irreps2, g).T)
    top = float(np.abs(direct).max(initial=0.0)) or 1.0
    return float(np.abs(turned - direct @ D(product.irreps_out, g).T).max(initial=0.0)) / top


def turns_of(product: TensorProduct, g: Element) -> list[tuple[Real, Real, Real]]:
    """D₁, D₂, D₃ of each path."""
    known = {
        irrep: wigner_D(irrep.l, g, irrep.parity)
        for irreps in (product.irreps1, product.irreps2, product.irreps_out)
        for _, irrep in irreps
    }
    found = []
    for path in product.instructions:
        one, two, out = (known[irrep] for _, irrep in product.terms(path))
        found.append((one, two, out))
    return found


# ---- one path ---------------------------------------------------------------------------------------------------------------------


def path_irreps(state: State) -> tuple[Irrep, Irrep, Irrep]:
    """The irreps of the path that is looked at."""
    product = product_of(state)
    (_, first), (_, second), (_, out) = product.terms(product.instructions[main_path(state)])
    return first, second, out


def path_inputs(state: State) -> tuple[Real, Real]:
    """x and y of one path, as sliders and seed have them."""
    first, second, _ = path_irreps(state)
    known = dict(state.inputs)
    found = []
    for letter, irrep, number in (("x", first, 5), ("y", second, 6)):
        drawn = np.random.default_rng([state.seed, number, irrep.l]).normal(size=irrep.dim)
        drawn = np.round(drawn * np.sqrt(irrep.dim) / np.linalg.norm(drawn), 2)
        found.append(np.array([known.get(f"{letter}{m}", drawn[m + irrep.l]) for m in range(-irrep.l, irrep.l + 1)], dtype=float))
    return found[0], found[1]


# ---- learning ---------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Samples:
    """x (n, dim₁), y (n, dim₂) and what they should give, (n, dim_out)."""

    x: Real
    y: Real
    wanted: Real


def features(irreps: Irreps, vectors: Real) -> Real:
    """(n, dim): the harmonics |a|ˡ Yˡ(a) of vectors (n, 3) in each irrep of natural parity; the k-th copy times |a|²ᵏ; zeros elsewhere."""
    harmonics = spherical_harmonics(max(irreps.l_max, 1), vectors)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    parts = [np.zeros((len(vectors), 0))]
    for count, irrep in irreps:
        part = np.sqrt(4.0 * np.pi) * length**irrep.l * harmonics[:, irrep.l**2 : (irrep.l + 1) ** 2]
        copies = [part * length ** (2 * k) if irrep.is_natural else np.zeros_like(part) for k in range(count)]
        parts += copies
    return np.concatenate(parts, axis=1)


def vector_function(name: str, a: Real, b: Real) -> Real:
    """The target as a function of vectors (n, 3); e3nn's components (x, y, z) of an l = 1 irrep."""
    if name == CROSS:
        return np.cross(a, b)
    if name == DOUBLE:
        return np.cross(a, np.cross(a, b))
    apart = a - b
    faded: Real = apart * np.exp(-(apart**2).sum(axis=1, keepdims=True))
    return faded


def wanted_irrep(name: str) -> Irrep:
    """Which irrep of the output a vector target belongs to."""
    return Irrep(1, 1 if name == CROSS else -1)


@lru_cache(maxsize=8)
def samples(product: TensorProduct, target: str, count: int, seed: int) -> Samples:
    """Examples of the target; raises UserError if the irreps cannot hold it."""
    if target == HIDDEN:
        x, y = (_random_rows(irreps, seed, which, count) for irreps, which in ((product.irreps1, 7), (product.irreps2, 8)))
        hidden = np.random.default_rng([seed, 9]).normal(size=product.weight_count)
        return Samples(x, y, evaluate(product, hidden, x, y))
    if target not in (CROSS, DOUBLE, PULL):
        raise UserError(f"There is no target “{target}”.", "Choose one from the list.")
    irrep = wanted_irrep(target)
    place = next((k for k, (copies, own) in enumerate(product.irreps_out) if own == irrep and copies), None)
    if place is None:
        raise UserError(f"The output has no {irrep}, where {target} belongs.", f"Add 1x{irrep} to the output.")
    rng = np.random.default_rng([seed, 10])
    a, b = rng.normal(size=(count, 3)), rng.normal(size=(count, 3))
    wanted = np.zeros((count, product.dim))
    start = product.irreps_out.slices()[place].start
    wanted[:, start : start + 3] = vector_function(target, a, b)
    return Samples(features(product.irreps1, a), features(product.irreps2, b), wanted)


@lru_cache(maxsize=8)
def _lesson(product: TensorProduct, target: str, count: int, seed: int) -> Lesson:
    if product.weight_count > MOST_LEARNED or not is_small(product):
        raise UserError(
            f"With {product.weight_count:,} weights this product is too large to be trained here.",
            f"Up to {MOST_LEARNED:,} can be: use fewer copies.",
        )
    if not product.weight_count:
        raise UserError("There is nothing to learn: no path has weights.", "Choose “fully connected”, or a mode with weights.")
    found = samples(product, target, count, seed)
    return lesson(product, found.x, found.y, found.wanted)


def the_lesson(state: State) -> Lesson:
    """What there is to learn on view."""
    return _lesson(product_of(state), state.target, state.samples, state.seed)


@lru_cache(maxsize=4)
def _descent(product: TensorProduct, task: tuple[str, int, int], start: bytes, rate: float) -> Descent:
    found = descend(_lesson(product, *task), np.frombuffer(start), rate, STEPS)
    found.weights.setflags(write=False)
    return found


def descent(state: State) -> Descent:
    """The whole way down from the weights that the sliders have, scaled down so that they begin weak."""
    start = 0.1 * weights_of(state)
    return _descent(product_of(state), (state.target, state.samples, state.seed), start.tobytes(), state.rate)


def learned(state: State) -> Real:
    """The weights after as many steps as are shown."""
    found: Real = descent(state).weights[min(state.step, STEPS)]
    return found


def unseen_loss(state: State) -> float:
    """The loss of the present weights on as many other examples."""
    product = product_of(state)
    other = samples(product, state.target, 200, state.seed + 1) if state.target != HIDDEN else _hidden_again(state)
    return float(((evaluate(product, learned(state), other.x, other.y) - other.wanted) ** 2).mean())


def _hidden_again(state: State) -> Samples:
    """Other inputs of the same hidden weights."""
    product = product_of(state)
    x, y = (_random_rows(irreps, state.seed, which, 200) for irreps, which in ((product.irreps1, 11), (product.irreps2, 12)))
    hidden = np.random.default_rng([state.seed, 9]).normal(size=product.weight_count)
    return Samples(x, y, evaluate(product, hidden, x, y))

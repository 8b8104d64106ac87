"""What the Equivariance lab shows: a map f, typed, built of two, or a small network; an input x; and what is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from e3viz.labs.fields import knob
from e3viz.symmetry.maps import TypedMap, after, plus, read_map, times
from e3viz.symmetry.small_networks import KINDS, Trained, trained

FORMULA, NETWORK = "formulas", "network"
BUILT = ("f", "f + g", "f ∘ g", "f ⊗ g")
PRESETS: dict[str, tuple[str, str, str]] = {
    "square of the length": ("x^2 + y^2 + z^2 : 1o -> 0e", "f", "|x|² is an invariant: every g leaves it."),
    "cross product": ("y1 z2 - z1 y2, z1 x2 - x1 z2, x1 y2 - y1 x2 : 2x1o -> 1e", "f", "a × b is an axial vector, 1e."),
    "cross product, typed wrongly": (
        "y1 z2 - z1 y2, z1 x2 - x1 z2, x1 y2 - y1 x2 : 2x1o -> 1o", "f", "The same called a vector: only the inversion shows the mistake."),
    "not equivariant": ("x^2 + 2(y - 3z), y^2 x : 1o -> 2x0e", "f", "The counterexample of the blog: no type makes it equivariant."),
    "a vector times its length": ("x(x^2+y^2+z^2), y(x^2+y^2+z^2), z(x^2+y^2+z^2) : 1o -> 1o", "f", "A scalar times a vector is a vector."),
    "sum of two": ("x, y, z : 1o -> 1o", "f + g", "A sum of equivariant maps of one type is equivariant."),
    "one after the other": ("x^2+y^2+z^2 : 1o -> 0e", "f ∘ g", "A composition of equivariant maps is equivariant."),
    "tensor product": ("x, y, z : 1o -> 1o", "f ⊗ g", "1o ⊗ 1o = 0e + 1e + 2e: dot product, cross product, and the rest."),
}  # fmt: skip
"""Name → f, how it is built, and a sentence."""
SECOND = "x(x^2+y^2+z^2), y(x^2+y^2+z^2), z(x^2+y^2+z^2) : 1o -> 1o"


@dataclass(frozen=True)
class State:
    """A map, an input, and how it is looked at."""

    source: str = knob(FORMULA, "f is", "Maps typed as formulas, or a small network that learns.", choices=(FORMULA, NETWORK))
    f: str = knob(
        PRESETS["cross product"][0], "f", "Polynomials with input and output type, such as x^2+y^2+z^2 : 1o -> 0e.",
        kind="long", when=lambda s: s.source == FORMULA,
    )  # fmt: skip
    g: str = knob(
        SECOND, "g", "A second map, for what is built of two.", kind="long", when=lambda s: s.source == FORMULA and s.built != "f"
    )
    built: str = knob("f", "Shown", "f alone, or what is built of f and g.", choices=BUILT, when=lambda s: s.source == FORMULA)
    repaired: bool = knob(False, "equivariant part", "Show the average of f over O(3) instead: what of it could be kept.")
    network: str = knob("MLP, augmented", "Network", "What learns.", choices=tuple(KINDS), when=lambda s: s.source == NETWORK)
    steps: int = knob(
        600, "Steps", "How many steps it has learned.", kind="slider", low=0, high=3000, step=10, when=lambda s: s.source == NETWORK
    )
    seed: int = knob(1, "Seed", "Of the input x, and of a network's first weights.", low=0, high=100_000)
    precision: str = knob("float64", "Precision", "In which f is computed.", choices=("float32", "float64"))


def first(state: State) -> TypedMap:
    """f as it is typed. Raises UserError."""
    return _read(state.f)


def second(state: State) -> TypedMap:
    """g as it is typed. Raises UserError."""
    return _read(state.g)


@lru_cache(maxsize=32)
def _read(text: str) -> TypedMap:
    return read_map(text)


def learned(state: State) -> Trained:
    """The network after its steps."""
    return trained(state.network, state.steps, state.seed)


def shown(state: State) -> TypedMap:
    """The map on view. Raises UserError."""
    return _shown(state.f, state.g if state.built != "f" else "", state.built, state.repaired, _network(state))


def _network(state: State) -> tuple[str, int, int] | None:
    return (state.network, state.steps, state.seed) if state.source == NETWORK else None


@lru_cache(maxsize=16)
def _shown(f: str, g: str, built: str, repaired: bool, network: tuple[str, int, int] | None) -> TypedMap:
    if network is not None:
        made = trained(*network).map
    else:
        one = _read(f)
        made = {
            "f": lambda: one,
            "f + g": lambda: plus(one, _read(g)),
            "f ∘ g": lambda: after(one, _read(g)),
            "f ⊗ g": lambda: times(one, _read(g)),
        }[built]()
    return made.repaired() if repaired else made

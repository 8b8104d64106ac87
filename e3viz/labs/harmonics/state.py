"""What the Harmonics lab shows, as one small value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from e3viz.errors import UserError
from e3viz.labs.fields import Row, knob
from e3viz.pictures.style import degree_hue
from e3viz.symmetry.conventions import CONVENTIONS

VIEWS = ("pyramid", "one harmonic", "signal", "conventions")
DRAWN = {"lobes |Y|": "lobes", "balloon": "balloon", "coloured sphere": "sphere"}
NORMALISATIONS = ("component", "norm", "integral")
SOURCES = ("composed", "neighbours of an atom", "a direction", "a picture")
COMPOSED = (("l0", 0.35), ("l1", 0.6), ("l2", -0.42), ("l3", 0.9), ("l4", 0.1))
MOST_DEGREES = 20
MOST_IN_SIGNAL = 11


def signal_degree(state: Any) -> int:
    """The largest degree of the signal."""
    return int(min(state.l_max, MOST_IN_SIGNAL))


def degree_rows(state: Any) -> list[Row]:
    """How much of each degree is in the signal."""
    known, projected = dict(state.amounts), state.source != "composed"
    most = 2.0
    rows = []
    for l in range(signal_degree(state) + 1):
        name = f"{'p' if projected else 'l'}{l}"
        value = known.get(name, 1.0 if projected else 0.0)
        rows.append(Row(name, f"l = {l}", value, -most, most, degree_hue(l), f"How much of degree {l} is in the signal."))
    return rows


def order_rows(state: Any) -> list[Row]:
    """The coefficients of the chosen degree, as they are now."""
    from e3viz.labs.harmonics.signal import typed

    l = min(state.l, signal_degree(state))
    try:
        values = typed(state)[l * l : (l + 1) ** 2]
    except UserError:
        return []
    most = max(2.0, float(abs(values).max()))
    return [
        Row(f"{l},{m}", f"m = {m}".replace("-", "−"), float(c), -most, most, degree_hue(l), f"The coefficient of Y of l = {l}, m = {m}.")
        for m, c in zip(range(-l, l + 1), values, strict=True)
    ]


def _shows_signal(state: Any) -> bool:
    return bool(state.view == "signal" or (state.view == "pyramid" and state.beside))


def _draws(state: Any) -> bool:
    return bool(state.view != "conventions")


def _large(state: Any) -> bool:
    return state.view in ("one harmonic", "signal")


def _from(source: str) -> Any:
    return lambda state: _shows_signal(state) and state.source == source


@dataclass(frozen=True)
class State:
    """Which harmonics, how they are drawn, the signal made of them, and two conventions to compare."""

    view: str = knob("pyramid", "View", "All harmonics, one of them large, a signal made of them, or two conventions.", choices=VIEWS)
    l_max: int = knob(
        4, "Maximum degree", "The largest degree l that is shown.", low=0, high=MOST_DEGREES,
        when=lambda state: state.view in ("pyramid", "signal"),
    )  # fmt: skip
    l: int = knob(
        3, "Degree l", "The degree that is shown large, or whose coefficients are listed.", low=0,
        high=lambda state: MOST_IN_SIGNAL if state.view in ("signal", "conventions") else MOST_DEGREES,
        when=lambda state: state.view != "pyramid",
    )  # fmt: skip
    m: int = knob(
        1, "Order m", "The order that is shown large, from −l to l.", low=lambda state: -state.l, high=lambda state: state.l,
        when=lambda state: state.view == "one harmonic",
    )  # fmt: skip
    draw: str = knob("lobes |Y|", "Draw as", "What the radius means: |Y|, 1 + Y/2, or nothing.", choices=tuple(DRAWN), when=_draws)
    normalisation: str = knob(
        "component", "Normalisation", "How large the harmonics are: Σ Y² = 2l + 1, Σ Y² = 1, or ∫ Y² = 1.", choices=NORMALISATIONS, when=_draws
    )  # fmt: skip
    nodes: bool = knob(False, "node lines", "Draw where the function is zero, on the sphere.", when=_draws)
    ghost: bool = knob(True, "ghost", "Show where a surface was before g turned it.", when=_large)
    dots: bool = knob(
        True, "turned points", "Over a surface with coefficients D(g) c, draw points of the first surface turned by g.",
        when=_large,
    )  # fmt: skip
    names: bool = knob(False, "l and m", "Write the degrees and orders beside the pyramid.", when=lambda state: state.view == "pyramid")
    beside: bool = knob(
        True, "signal beside", "Show the signal and its power beside the pyramid.", when=lambda state: state.view == "pyramid"
    )

    source: str = knob(
        "composed", "Made from", "Where the signal comes from.", choices=SOURCES, section="Signal on the sphere", when=_shows_signal
    )
    seed: int = knob(
        4, "Seed", "Which pattern each degree of a composed signal has.", low=0, high=999_999, section="Signal on the sphere",
        when=_from("composed"),
    )  # fmt: skip
    direction: tuple[float, float, float] = knob(
        (1.0, 2.0, 1.0), "Direction", "Where the peak points; its length plays no part.", section="Signal on the sphere",
        when=_from("a direction"),
    )  # fmt: skip
    file: str = knob(
        "sample:methane", "Structure", "The structure file (or sample:name) with the atom whose neighbours are seen.", kind="file",
        section="Signal on the sphere", when=_from("neighbours of an atom"),
    )  # fmt: skip
    atom: int = knob(
        0, "Atom", "The atom in the middle, counted from 0.", low=0, section="Signal on the sphere", when=_from("neighbours of an atom")
    )
    cutoff: float = knob(
        2.0, "Cutoff", "Atoms nearer than this are neighbours, in Å.", unit="Å", kind="slider", low=0.5, high=10.0, step=0.1,
        section="Signal on the sphere", when=_from("neighbours of an atom"),
    )  # fmt: skip
    picture: str = knob(
        "", "Picture", "A PNG or JPEG picture wrapped around z like a map of the world; a chequered globe if empty.", kind="file",
        section="Signal on the sphere", when=_from("a picture"),
    )  # fmt: skip
    amounts: tuple[tuple[str, float], ...] = knob(
        COMPOSED, "amount of each degree", "How much of each degree is in the signal.", kind="sliders", rows=degree_rows,
        section="Signal on the sphere", when=_shows_signal,
    )  # fmt: skip
    orders: tuple[tuple[str, float], ...] = knob(
        (), "coefficients", "Coefficients set one by one, for the degree l.", kind="sliders", rows=order_rows,
        section="Coefficients of degree l", when=lambda state: state.view == "signal",
    )  # fmt: skip

    one: str = knob("e3nn", "From", "The convention to translate from.", choices=tuple(CONVENTIONS), tab="Conventions")
    other: str = knob("wikipedia", "To", "The convention to translate to.", choices=tuple(CONVENTIONS), tab="Conventions")
    axes: str = knob(
        "same point", "Axes", "Compare values at the same point of space, or with the axes renamed so that polar axes agree.",
        choices=("same point", "renamed"), tab="Conventions",
    )  # fmt: skip

    @property
    def order(self) -> int:
        """The order m, brought within −l … l."""
        return max(-self.l, min(self.m, self.l))

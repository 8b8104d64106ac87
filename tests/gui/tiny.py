"""A small lab with every kind of field, for tests of the general page."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.fields import Row, knob
from e3viz.labs.lab import Action, Check, Fact, Hit, Lab, Table
from e3viz.pictures.chart import Axis, Chart, Curve, Rule
from e3viz.pictures.diagram import Box, Diagram, Formula
from e3viz.pictures.scene import Camera, Key, Scene, Spheres
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element

calls: list[object] = []
"""Every state that pictures were asked for, in order."""


@dataclass(frozen=True)
class State:
    """One field of every kind. slow: seconds that its pictures take."""

    frame: int = knob(0, "Frame", "Which frame.", low=0, high=lambda s: s.count - 1.0, playable=True)
    style: str = knob("balls", "Style", "How it is drawn.", choices=("balls", "sticks and a very long name of a choice"))
    size: float = knob(1.0, "Size", "Radius.", unit="Å", kind="slider", low=0.1, high=3.0, step=0.1)
    count: int = knob(5, "Count", "How many frames.", low=1, high=100)
    labels: bool = knob(False, "labels", "Write names.")
    axes: bool = knob(True, "axes", "Draw axes.")
    hue: str = knob("red", "Hue", "Only with labels.", when=lambda s: s.labels)
    cell: tuple[int, int, int] = knob((1, 1, 1), "Cell", "How often.", low=1, high=9, section="More")
    irreps: str = knob("0e", "Irreps", "Which irreps.", kind="irreps", section="More")
    weights: tuple[tuple[str, float], ...] = knob(
        (), "longest, Å", "Weights.", kind="sliders", section="Weights",
        rows=lambda s: [Row(n, n, dict(s.weights).get(n, 0.5), 0.0, 1.0, "#2f9e77") for n in ("l0", "l1")],
    )  # fmt: skip
    notes: str = knob("", "Notes", "Several lines.", kind="long", tab="Other")
    points: tuple[tuple[int, float], ...] = knob((), "Points", "A table.", kind="table", columns=("n", "x"), tab="Other")
    data: str = knob("", "Data", "A file.", kind="file", tab="Other")
    picked: int = knob(-1, "Picked", "Chosen by a click.", kind="hidden")
    slow: float = knob(0.0, "Slow", "Seconds that the pictures take.", kind="hidden")


def pictures(state: State, g: Element) -> Sheet:
    """A ball that g moves, a diagram and the chart under the player."""
    calls.append(state)
    if state.slow:
        time.sleep(state.slow)
    if state.irreps == "9e":
        raise UserError("No degree beyond 8 is drawn.", "Write for example 8e.")
    centres = g.act(np.array([[float(state.frame), 0.0, 0.0], [0.0, 3.0, 0.0]]))
    balls = Spheres(centres, np.full(2, state.size), np.full((2, 3), 120, dtype=np.uint8), pickable=True)
    scene = Scene({"balls": balls}, camera=Camera((0, 0, 1), (0, 1, 0)), legend=(Key("dot", "bad", "ball"),))
    panels = [Panel("main", scene)]
    if state.labels:
        words = Diagram(200, 100, (Box(10, 10, 60, 30, "accent", name="box", tip="a box"), Formula(10, 80, r"Y_l^m")))
        panels = [replace(panels[0], width=0.5), Panel("words", words, x=0.5, width=0.5, title="Words", card=True)]
    curve = Curve(np.arange(state.count), np.arange(state.count) ** 2.0, label="energy", name="energy")
    strip = Chart((curve, Rule(x=float(state.frame), movable=True, name="frame")), Axis("frame", low=0, high=max(1, state.count - 1)))
    panels.append(Panel("frames", strip, y=0.9, height=0.1, figure=False))
    return Sheet(tuple(panels), "Tiny Y^{l}_{m}", f"frame {state.frame}")


def facts(state: State, g: Element) -> list[Fact | Table]:
    """Some of each."""
    return [
        Fact("size", f"{state.size:g} Å", status=True),
        Fact("long", "a value that is much too long to stand beside its label", section="Selected: everything"),
        Table("atoms", "Atoms", ("name", "x"), (("a", "1.0"), ("b", "-2.5")), selected=(state.picked,) if state.picked >= 0 else ()),
    ]


def pick(state: State, hit: Hit) -> State | None:
    """A ball, a row or a frame."""
    if hit.panel == "frames":
        return replace(state, frame=round(min(max(hit.position[0], 0), state.count - 1)))
    if hit.panel == "table:atoms" or hit.item == "balls":
        return replace(state, picked=hit.index)
    return None


TINY = Lab(
    name="structures",  # under a known name, since a session holds states by name
    title="Tiny",
    section="work",
    State=State,
    pictures=pictures,
    facts=facts,
    check=lambda state, g: Check(1e-16, "nothing"),
    explain="# Title\n\nText with $x^2$ in it.\n\n$$\\frac{a}{b}$$\n\nand $\\nonsense{$.",
    tabs=("Show", "Other"),
    pick=pick,
    hover=lambda state, hit: f"ball {hit.index}" if hit.item == "balls" else "",
    actions=(Action("grow", "Grow", "Make it larger.", lambda s: replace(s, size=s.size + 1.0), tab="Show"),),
)

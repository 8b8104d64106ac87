"""Scenes that the tests of pictures and exporters share."""

from __future__ import annotations

import numpy as np

from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Points, Rule
from e3viz.pictures.colourmaps import DIVERGING
from e3viz.pictures.diagram import Box, Diagram, Disc, Formula, Gradient, Group, Line, Pen, Picture, Text
from e3viz.pictures.meshes import ball
from e3viz.pictures.scene import Actor, Arrows, Camera, ColourBar, Key, Labels, Scene, Segments, Spheres, Sticks, Surface
from e3viz.pictures.sheet import Panel, Sheet


def colours(n: int, colour: tuple[int, int, int] = (60, 90, 200)) -> np.ndarray:
    return np.tile(np.uint8(colour), (n, 1))


def one_sphere(centre: tuple[float, float, float], radius: float, **more: object) -> Scene:
    spheres = Spheres(np.array([centre]), np.array([radius]), colours(1, (200, 30, 30)), pickable=True)
    return Scene({"atoms": spheres}, **more)  # type: ignore[arg-type]


def molecule(n: int = 12, seed: int = 0, **more: object) -> Scene:
    """Every kind of actor."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform(-3, 3, (n, 3))
    starts, ends = centres[:-1], centres[1:]
    sphere, faces = ball(2)
    box = np.array([[x, y, z] for x in (-4, 4) for y in (-4, 4) for z in (-4, 4)], dtype=float)
    edges = np.array([(i, j) for i in range(8) for j in range(i) if np.abs(box[i] - box[j]).sum() == 8])
    actors: dict[str, Actor] = {
        "atoms": Spheres(centres, rng.uniform(0.3, 0.6, n), rng.integers(60, 230, (n, 3), dtype=np.uint8), pickable=True),
        "bonds": Sticks(starts, ends, 0.12, colours(n - 1, (180, 184, 190)), pickable=True),
        "forces": Arrows(centres, rng.normal(size=(n, 3)), 0.06, colours(n, (40, 90, 210))),
        "cell": Segments(box[edges[:, 0]], box[edges[:, 1]], "muted"),
        "axis": Segments(np.array([[0.0, 0, -5]]), np.array([[0.0, 0, 5]]), "accent", 2.0, dashed=True),
        "lobe": Surface(sphere * 0.8 + [0, 0, 3.0], faces, colours(len(sphere), (200, 80, 60))),
        "ghost": Spheres(centres + 0.7, np.full(n, 0.4), colours(n, (120, 120, 120)), opacity=0.3),
        "names": Labels(centres[:4], ("C1", "H₂", "Y_{1}^{2}", "1o ⊗ 1o")),
    }
    bar = ColourBar(DIVERGING, -0.5, 0.5, "charge (e)")
    keys = (
        Key("dot", "#cc4433", "O"),
        Key("arrow", "accent", "force"),
        Key("dash", "muted", "odd"),
        Key("ring", "ink", "fixed"),
        Key("none", "", "1 cm = 1 eV/Å"),
    )
    return Scene(actors, Camera(), keys, bar, axes=True, **more)  # type: ignore[arg-type]


def shapes() -> Diagram:
    """Every kind of shape."""
    stripe = Gradient(200, 0, 260, 0, ((0.0, "#ff0000"), (0.4, "#00ff00"), (1.0, "#0000ff")))
    return Diagram(
        400,
        300,
        (
            Box(20, 20, 100, 40, "#3f74d1", Pen("ink", 2.0), 12.0, tip="a box & more"),
            Text(70, 45, "8×1o", 14, "#ffffff", "middle", bold=True),
            Disc(200, 60, 25, "#e08a2e", Pen("ink", 2.0, (5, 3))),
            Disc(280, 60, 25, "#4f5663", shine=True, name="atom"),
            Line(((20, 120), (120, 100), (60, 180), (160, 160)), Pen("#d1503b", 4.0), curve=True, opacity=0.5),
            Line(((200, 120), (260, 120), (230, 170)), Pen("ink"), "good_soft", gradient=stripe),
            Text(20, 220, "C^{1e}_{1o,1o} ⊗ ∈ Ångström", 14, halo="page"),
            Text(380, 220, "0.27 0.53", 12, "muted", "end", mono=True),
            Text(350, 180, "turned", 12, "accent", angle=30.0),
            Formula(200, 260, r"\sum_m C^{1e}_{1o,1o}\,Y_{\ell m}(\hat r)", 16, anchor="middle"),
            Picture(300, 100, 60, 60, np.arange(27, dtype=np.uint8).reshape(3, 3, 3) * 9, smooth=False),
            Group(20, 240, 60, 40, (Disc(20, 240, 50, "accent"),)),
        ),
    )


def plots() -> Chart:
    """Every kind of plot but matrices."""
    x = np.linspace(1, 100, 50)
    return Chart(
        (
            Curve(x, 100 / x, band=(80 / x, 120 / x), label="error"),
            Curve(x, np.where(x > 50, np.nan, x), "#e08a2e", dashed=True, pale=True, right=True, label="time"),
            Points(x[::5], 50 / x[::5], mark="cross", label="published"),
            Points(x[::7], 20 / x[::7], colours=colours(8), mark="triangle"),
            Bars(np.array([20.0, 40.0]), np.array([3.0, 5.0]), 6.0, "#2f9e77"),
            Rule(y=10.0, text="goal", dashed=True),
            Rule(x=50.0, text="now"),
        ),
        Axis("structures", log=True),
        Axis("MAE (meV/Å)", log=True),
        Axis("time (s)"),
    )


def matrix() -> Chart:
    return Chart((Heat(np.arange(12.0).reshape(3, 4) - 5.0, label_unit="weight"),), Axis("column"), Axis("row"))


def sheet() -> Sheet:
    return Sheet(
        (
            Panel("scene", molecule(), 0.0, 0.0, 0.6, 0.8),
            Panel("shapes", shapes(), 0.6, 0.0, 0.4, 0.4, title="Paths", card=True),
            Panel("chart", plots(), 0.6, 0.4, 0.4, 0.4, card=True),
            Panel("player", matrix(), 0.0, 0.8, 1.0, 0.2, figure=False),
        ),
        "C₂H₆O",
        "ethanol · 9 atoms",
    )

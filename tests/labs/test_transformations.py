"""The Transformations lab without a window."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.labs.fields import change
from e3viz.labs.lab import Fact, Hit, Table
from e3viz.labs.transformations import LAB, State
from e3viz.labs.transformations.describe import laws
from e3viz.labs.transformations.scene import places
from e3viz.labs.transformations.state import blocks, data
from e3viz.pictures.diagram import Box, Diagram, Text
from e3viz.pictures.diagram import Picture as Pixels
from e3viz.pictures.scene import Actor, Arrows, Scene, Segments, Spheres, Surface
from e3viz.pictures.style import NEGATIVE, POSITIVE, rgb
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.wigner import wigner_D

G = Element((0.3, 0.5, 0.8), 78.0, inversion=True)
INVERSION = Element(inversion=True)


def actors(state: State, g: Element = IDENTITY) -> dict[str, Actor]:
    picture = LAB.pictures(state, g).panel("objects").picture
    assert isinstance(picture, Scene)
    return dict(picture.actors)


def diagram(state: State, g: Element = IDENTITY) -> Diagram:
    picture = LAB.pictures(state, g).panel("matrix").picture
    assert isinstance(picture, Diagram)
    return picture


def test_inversion_flips_vectors_and_leaves_axial_ones() -> None:
    before, after = actors(State(irreps="1o + 1e")), actors(State(irreps="1o + 1e"), INVERSION)
    one, two = before["arrows"], after["arrows"]
    assert isinstance(one, Arrows) and isinstance(two, Arrows)
    assert np.allclose(two.vectors[0], -one.vectors[0]) and np.allclose(two.vectors[1], one.vectors[1])
    ring, same = before["rings"], after["rings"]
    assert isinstance(ring, Segments) and isinstance(same, Segments) and np.allclose(ring.starts, same.starts)
    assert "ghost arrows" in after and "ghost arrows" not in before


def test_arrows_turn_as_vectors_do() -> None:
    state = State(irreps="1o", values="1 2 3")
    arrow = actors(state, G)["arrows"]
    assert isinstance(arrow, Arrows)
    direction = arrow.vectors[0] / np.linalg.norm(arrow.vectors[0])
    assert np.allclose(direction, G.linear @ np.array([1.0, 2.0, 3.0]) / np.sqrt(14.0))


def test_ring_turns_right_handed_about_its_arrow() -> None:
    shown = actors(State(irreps="1e", values="0.2 1 -0.5"), G)
    arrow, tips = shown["arrows"], shown["ring tips"]
    assert isinstance(arrow, Arrows) and isinstance(tips, Arrows)
    middle = tips.origins + 0.5 * tips.vectors
    assert (np.cross(middle - places(1)[0], tips.vectors) @ arrow.vectors[0] > 0.0).all()


def test_pseudoscalars_change_sign_and_are_marked() -> None:
    state = State(irreps="0e + 0o", values="2 2")
    points = actors(state, INVERSION)["points"]
    assert isinstance(points, Spheres)
    assert tuple(points.colours[0]) == rgb(POSITIVE) and tuple(points.colours[1]) == rgb(NEGATIVE)
    marked = actors(state)["pseudo"]
    assert isinstance(marked, Segments) and np.allclose(np.linalg.norm(marked.starts - places(2)[1], axis=1), 0.62)
    assert "pseudo" not in actors(State(irreps="0e + 1o + 2e + 3o"))


def test_surfaces_turn_as_points_do() -> None:
    state = State(irreps="2e")
    before, after = actors(state)["surfaces"], actors(state, Element((0, 1, 0), 180.0))["surfaces"]
    assert isinstance(before, Surface) and isinstance(after, Surface)
    assert np.linalg.norm(after.points, axis=1).max() == pytest.approx(np.linalg.norm(before.points, axis=1).max(), rel=1e-3)
    assert actors(State(irreps="2e"), INVERSION)["surfaces"].points == pytest.approx(before.points)  # type: ignore[attr-defined]


def test_matrix_names_its_blocks_and_dashes_odd_ones() -> None:
    shapes = diagram(State(irreps="1o + 2e"), G).shapes
    outlines = [s for s in shapes if isinstance(s, Box) and s.pen.width >= 2.0]
    assert [bool(s.pen.dash) for s in outlines] == [True, False]
    assert {s.text for s in shapes if isinstance(s, Text)} >= {"1o", "2e", f"{wigner_D(1, G)[0, 0]:.2f}".replace("-", "−")}
    assert any(isinstance(s, Pixels) for s in diagram(State(irreps="100x1o"), G).shapes)


def test_laws_hold_and_are_shown() -> None:
    assert max(laws(State(), G)) < 1e-12
    shown = {fact.label: fact.value for fact in LAB.facts(State(), G) if isinstance(fact, Fact)}
    assert shown["Components"] == "20" and float(shown["D Dᵀ = 1"]) < 1e-12
    table = next(t for t in LAB.facts(State(irreps="1o + 1e", values="1 0 0 0 1 0"), INVERSION) if isinstance(t, Table))
    assert table.rows[0][2:] == ("flips", "1.00 0.00 0.00", "−1.00 0.00 0.00") or table.rows[0][4].startswith("−1.00")
    assert table.rows[1][3] == table.rows[1][4]


def test_clicks_choose_an_irrep() -> None:
    state = State()
    for hit in (Hit("objects", "arrows", 1), Hit("matrix", "block 3"), Hit("table:irreps", index=3)):
        chosen = LAB.pick(state, hit)
        assert chosen.chosen == 3 and LAB.pick(chosen, hit).chosen == -1
    surface = actors(state)["surfaces"]
    assert isinstance(surface, Surface)
    assert LAB.pick(state, Hit("objects", "surfaces", len(surface.points) - 1)).chosen == 5
    assert "flips" in LAB.hover(state, Hit("objects", "points", 1))
    assert LAB.pick(state, Hit("objects", "axes", 0)) is None


@pytest.mark.parametrize("text", ["1000x11o", "9999999x1o", "12e", "3x", "1o 1e", "a", "99999999999999x0e"])
def test_wrong_or_huge_irreps_are_sentences_at_the_field(text: str) -> None:
    with pytest.raises(UserError) as caught:
        change(State(), irreps=text)
    assert caught.value.message.endswith(".") and caught.value.hint.endswith(".")


@pytest.mark.parametrize("text", ["", "0x0e", "0x11o", "1o + 0x2e + 1o", "3o + 0e", "60x0e", "4x11o", "300x0e"])
def test_odd_irreps_are_drawn_quickly(text: str) -> None:
    state = change(State(), irreps=text)
    spent = []
    for seed in range(5):
        began = time.process_time()
        assert LAB.pictures(change(state, seed=seed), G).panels
        LAB.facts(state, G)
        LAB.code(state, G)
        spent.append(time.process_time() - began)
    assert sorted(spent)[2] < 0.2  # 20 ms on an idle machine


@pytest.mark.parametrize("values", ["1 2", "1 2 x", "1 2 nan"])
def test_wrong_values_are_sentences(values: str) -> None:
    with pytest.raises(UserError):
        LAB.pictures(State(irreps="1o", values=values), IDENTITY)


def test_presets_have_as_many_names_as_irreps() -> None:
    for action in LAB.actions:
        state = action.apply(State())
        assert len(data(state)) and (not state.names or all(block.name for block in blocks(state)))


@pytest.mark.slow
@pytest.mark.parametrize("state", [State(), State(irreps="2x1o + 0x3e + 1e", values="1 0 0 0 1 0 0 0 1")])
def test_code_runs_and_agrees(state: State, tmp_path: Path) -> None:
    script = tmp_path / "copied.py"
    script.write_text(LAB.code(state, G), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    shown = [float(x) for x in first.split("[")[1].rstrip("]").split(",")]
    expected = np.concatenate([wigner_D(b.irrep.l, G, b.irrep.parity) @ data(state)[b.part] for b in blocks(state)])
    assert np.allclose(shown, expected, atol=1e-10)
    assert len(rest) == 3 and all(float(line.rsplit(" ", 1)[1]) < 1e-9 for line in rest)

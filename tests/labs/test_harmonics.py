"""The Harmonics lab without a window."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from e3viz.errors import UserError
from e3viz.labs.fields import change, with_row
from e3viz.labs.harmonics import LAB, State, open_file, scenes
from e3viz.labs.harmonics.panels import entry_text, second_derivatives, translation
from e3viz.labs.harmonics.signal import difference, signal, turned, typed
from e3viz.labs.harmonics.state import DRAWN
from e3viz.labs.lab import Hit
from e3viz.pictures.chart import Bars, Chart
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Diagram, Formula
from e3viz.pictures.scene import Scene, Spheres, Surface
from e3viz.symmetry.conventions import CONVENTIONS, convention
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.polynomials import harmonic
from e3viz.symmetry.sphere import evaluate, power

G = Element((0.3, 0.5, 0.8), 78.0, inversion=True, translation=(1.0, 0.0, 0.0))


def scene_of(state: State, panel: str, g: Element = IDENTITY) -> Scene:
    picture = LAB.pictures(state, g).panel(panel).picture
    assert isinstance(picture, Scene)
    return picture


def surface_of(state: State, panel: str, name: str, g: Element = IDENTITY) -> Surface:
    actor = scene_of(state, panel, g).actors[name]
    assert isinstance(actor, Surface)
    return actor


def test_pyramid_is_one_mesh_whose_places_are_degrees_and_orders() -> None:
    state = State(l_max=3)
    surface = surface_of(state, "pyramid", "harmonics")
    each = len(surface.points) // 16
    for index, (l, m) in ((0, (0, 0)), (each, (1, -1)), (15 * each + 3, (3, 3))):
        shown = LAB.pick(state, Hit("pyramid", "harmonics", index))
        assert (shown.view, shown.l, shown.m) == ("one harmonic", l, m)
    middle = surface.points[:each].mean(axis=0)
    assert np.allclose(middle, 0.0, atol=1e-3)
    reach = np.linalg.norm(surface.points.reshape(16, each, 3) - scenes.centres(3)[:, None], axis=2).max(axis=1)
    assert np.allclose(reach, 1.0, atol=2e-3)
    assert LAB.pick(state, Hit("pyramid", "harmonics", 16 * each)) is None


def test_pyramid_keeps_its_faces_and_turns_quickly() -> None:
    state = State(l_max=6, beside=False)
    faces = surface_of(state, "pyramid", "harmonics").faces
    spent = []
    for step in range(9):
        began = time.process_time()
        surface = surface_of(state, "pyramid", "harmonics", Element((1, 2, 3), 10.0 * step + 1.0))
        spent.append(time.process_time() - began)
        assert surface.faces is faces
    assert sorted(spent)[4] < 0.25  # 3 ms with one thread; only a change of kind is caught on a busy machine


def test_turned_points_lie_on_the_surface_of_turned_coefficients() -> None:
    state = State(view="signal", seed=3)
    dots = scene_of(state, "signal", G).actors["turned points"]
    assert isinstance(dots, Spheres)
    coefficients = turned(signal(state), G)
    reach = np.linalg.norm(dots.centres, axis=1)
    top = np.abs(signal(state) @ scenes.mesh_basis(4, scenes.LARGE)).max()
    assert np.allclose(np.abs(evaluate(coefficients, dots.centres)) / top, reach, atol=2e-6)


def test_check_sees_a_wrong_turn() -> None:
    c = signal(State())
    assert difference(c, G) < 1e-13
    wrong = np.abs(
        evaluate(turned(c, G.inverse()), scenes.sphere_mesh(100).points) - evaluate(turned(c, G), scenes.sphere_mesh(100).points)
    )
    assert wrong.max() > 0.1
    assert np.allclose(power(turned(c, G)), power(c))


@pytest.mark.parametrize("normalisation", ["component", "norm", "integral"])
def test_polynomials_are_harmonic_and_parts_add_up(normalisation: str) -> None:
    points = np.random.default_rng(0).normal(size=(5, 3))
    for l, m in ((2, 0), (3, 1), (5, 4)):
        parts = second_derivatives(harmonic(l, m, normalisation))  # type: ignore[arg-type]
        assert np.allclose(sum(p(points) for p in parts), 0.0, atol=1e-9)
        assert any(not p.is_zero for p in parts)
    diagram = LAB.pictures(State(view="one harmonic", normalisation=normalisation), IDENTITY).panel("formula").picture
    assert isinstance(diagram, Diagram) and sum(isinstance(s, Formula) for s in diagram.shapes) >= 6


def test_sliders_change_what_they_name() -> None:
    state = State(view="signal")
    moved = change(state, amounts=with_row(state.amounts, "l2", 0.0))
    assert power(typed(moved))[2] == 0.0 and np.allclose(power(typed(moved))[1], 0.36)
    set_one = change(state, orders=with_row((), "2,-1", 1.5))
    assert typed(set_one)[5] == 1.5
    with pytest.raises(UserError, match="names no coefficient"):
        typed(change(state, orders=(("2,7", 1.0),)))
    bars = LAB.pictures(state, IDENTITY).panel("power").picture
    assert isinstance(bars, Chart) and [float(b.heights[0]) for b in bars.plots if isinstance(b, Bars)] == pytest.approx(
        list(power(signal(state)))
    )


def test_signals_from_something_real(tmp_path: Path) -> None:
    state = State(view="signal", source="neighbours of an atom", l_max=8)
    assert np.abs(power(signal(state))[[1, 2, 5]]).max() < 1e-6  # a tetrahedron has none of these
    arrows = scene_of(state, "signal").actors["arrows"]
    assert len(arrows.vectors) == 4  # type: ignore[attr-defined]
    peak = signal(State(view="signal", source="a direction", direction=(0.0, 3.0, 0.0)))
    assert evaluate(peak, np.array([0.0, 1.0, 0.0])) == pytest.approx(1.0)
    path = tmp_path / "grey.png"
    Image.fromarray(np.full((20, 40), 255, dtype=np.uint8)).save(path)
    white = signal(open_file(State(), path))
    assert evaluate(white, np.array([0.3, 0.4, 0.5])) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": "a direction", "direction": (0.0, 0.0, 0.0)}, "length of zero"),
        ({"source": "neighbours of an atom", "atom": 99}, "no atom 99"),
        ({"source": "neighbours of an atom", "cutoff": 0.6}, "no neighbour"),
        ({"source": "neighbours of an atom", "file": "sample:nothing"}, "no sample"),
        ({"source": "a picture", "picture": "/nowhere/there.png"}, "no picture"),
    ],
)
def test_mistakes_are_sentences(changes: dict[str, object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        LAB.pictures(change(State(view="signal"), **changes), IDENTITY)


def test_conventions_translate() -> None:
    state = State(view="conventions", one="e3nn", other="wikipedia", axes="renamed", l=2)
    assert np.allclose(translation(state), np.eye(5) / np.sqrt(4.0 * np.pi))
    assert entry_text(complex(translation(state)[0, 0])) == "√(1/π)/2"
    assert (
        entry_text(1j) == "i"
        and entry_text(-0.5j) == "−i1/2"
        and entry_text(-1 + 0j) == "−1"
        and entry_text(complex(-np.sqrt(0.5))) == "−√2/2"
    )
    both = scene_of(State(view="conventions", other="physics"), "both")
    assert f"to {-3}" in both.actors and convention("physics").is_complex


@pytest.mark.slow
@pytest.mark.parametrize(
    "state",
    [
        State(),
        State(view="one harmonic", l=5, m=-3, normalisation="integral"),
        State(view="signal", normalisation="norm"),
        State(view="signal", source="neighbours of an atom"),
        State(view="conventions", l=3, other="scipy"),
        State(view="conventions", l=2, other="sphericart", axes="renamed"),
    ],
)
def test_code_runs_and_agrees(state: State, tmp_path: Path) -> None:
    script = tmp_path / "copied.py"
    script.write_text(LAB.code(state, G), encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        if "power" in line:
            shown = [float(x) for x in line.split("[")[1].rstrip("]").split(",")]
            assert np.allclose(shown, power(signal(state)), atol=1e-10)
        else:
            assert float(line.rsplit(":", 1)[1]) < 1e-9


def test_an_order_beyond_its_degree_is_brought_back() -> None:
    state = change(State(view="one harmonic", l=4, m=-4), l=2)
    assert LAB.pictures(state, G).title.endswith("Y^{2}_{−2}") and "l, m = 2, -2" in LAB.code(state, G)


@pytest.mark.parametrize("draw", ["lobes |Y|", "balloon", "coloured sphere"])
def test_every_way_to_draw_has_unit_normals_and_finite_points(draw: str) -> None:
    for state, panel, name in (
        (State(l_max=3, nodes=True, names=True), "pyramid", "harmonics"), (State(view="signal"), "signal", "surface")
    ):  # fmt: skip
        surface = surface_of(change(state, draw=draw), panel, name, G)
        assert np.isfinite(surface.points).all() and len(surface.points) == len(surface.colours)
        lengths = np.linalg.norm(surface.normals, axis=1)
        assert np.abs(lengths - 1.0).max() < 1e-4
        assert surface.faces.max() == len(surface.points) - 1


def test_shades_are_those_of_the_diverging_map() -> None:
    values = np.linspace(-1.0, 1.0, 201).astype(np.float32)
    exact = diverging(values, 1.0).astype(int)
    assert np.abs(scenes.shades(values).astype(int) - exact).max() <= 4
    assert np.array_equal(scenes.shades(values)[[0, 200]], exact[[0, 200]])


@pytest.mark.parametrize("one", sorted(CONVENTIONS))
def test_both_conventions_turn_with_g(one: str) -> None:
    g = Element((0.2, 0.9, -0.4), 71.0, inversion=True)
    state = change(State(), view="conventions", one=one, l=3)
    found = LAB.check(state, g)
    assert found is not None and found.error < 1e-12
    still, turned = (LAB.pictures(state, element).panel("both").picture.actors["from 1"] for element in (IDENTITY, g))  # type: ignore[union-attr]
    middle = (still.points.min(axis=0) + still.points.max(axis=0)) / 2.0
    reach = [np.sort(np.linalg.norm(actor.points - middle, axis=1))[-20:].mean() for actor in (still, turned)]
    assert reach[0] == pytest.approx(reach[1], rel=0.05) and not np.allclose(still.points, turned.points)


@pytest.mark.parametrize("draw", DRAWN)
def test_a_ghost_stands_beside_what_it_was(draw: str) -> None:
    actors = LAB.pictures(State(view="signal", draw=draw), G).panel("signal").picture.actors
    assert ("ghost" in actors) is (draw != "coloured sphere")

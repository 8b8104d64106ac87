"""The Equivariance lab: the square, its numbers over the group, what is built of two maps, repair, networks, and scripts that run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz import labs
from e3viz.errors import UserError
from e3viz.labs.equivariance import describe, go_to_worst
from e3viz.labs.equivariance.pictures import corners
from e3viz.labs.equivariance.state import NETWORK, PRESETS, State, learned, shown
from e3viz.labs.equivariance.worst import others, worst_of
from e3viz.labs.lab import Elsewhere, Hit
from e3viz.pictures.chart import Chart
from e3viz.pictures.scene import Scene
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.maps import read_map

LAB = labs.load("equivariance")
G = Element((0.3, 0.5, 0.8), 78.0, True)


def preset(name: str) -> State:
    number = list(PRESETS).index(name)
    return next(action for action in LAB.actions if action.name == f"map-{number}").apply(State())


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_draws_and_says_what_it_is(name: str) -> None:
    state = preset(name)
    assert len(LAB.pictures(state, G).panels) == 10
    right = name not in ("cross product, typed wrongly", "not equivariant")
    check = LAB.check(state, G)
    assert check.passed == right and describe.verdict(state).startswith("Equivariant") == right
    assert LAB.check(replace(state, precision="float32"), G).passed == right


def test_both_ways_meet_and_the_difference_is_drawn_to_scale() -> None:
    _, _, _, one, other = corners(State(), G)
    assert np.allclose(one, other)
    picture = LAB.pictures(State(), G).panel("difference").picture
    assert isinstance(picture, Scene) and "arrows" not in picture.actors, "nothing is drawn where nothing differs"
    wrong = LAB.pictures(preset("cross product, typed wrongly"), G).panel("difference").picture
    assert isinstance(wrong, Scene) and "arrows" in wrong.actors


def test_a_wrong_type_is_named() -> None:
    state = preset("cross product, typed wrongly")
    assert "inversion only" in describe.verdict(state) and "behaves as 1e" in describe.verdict(state)
    assert worst_of(state).determinant == -1


def test_what_can_be_kept_is_shown() -> None:
    state = replace(preset("not equivariant"), repaired=True)
    assert LAB.check(state, G).passed
    values = [fact.value for fact in LAB.facts(state, IDENTITY) if getattr(fact, "section", "") == "Formula"]
    assert "1/3 x² + 1/3 y² + 1/3 z²" in values


def test_points_of_the_chart_are_elements() -> None:
    state = preset("not equivariant")
    chart = LAB.pictures(state, G).panel("group").picture
    assert isinstance(chart, Chart)
    assert "relative error" in LAB.hover(state, Hit("group", "improper", 3)) and "inversion" in LAB.hover(
        state, Hit("group", "improper", 3)
    )
    assert LAB.hover(state, Hit("group", "proper", 10**6)) == ""


def test_networks_are_drawn_and_compared() -> None:
    state = State(source=NETWORK, network="MLP, augmented", steps=200)
    assert not LAB.check(state, G).passed
    assert isinstance(LAB.pictures(state, G).panel("learning").picture, Chart)
    assert LAB.check(replace(state, network="invariants × vectors"), G).passed


@pytest.mark.parametrize("text", ["x + : 1o -> 0e", "x, y : 1o -> 1o", "x : 1o -> 1q", "", "x : 1o"])
def test_what_cannot_be_a_map_is_a_sentence(text: str) -> None:
    with pytest.raises(UserError):
        LAB.pictures(State(f=text), G)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("x^2 + qq : 1o -> 0e", "qq"),
        ("  (x, y, w1*2) : 1o -> 1o", "w1"),
        ("x % 2 : 1o → 0e", "%"),
        ("x : 1o → 2q", "2q"),
        ("x : 1o + 3x -> 0e", "3x"),
        ("x : 500x1o -> 0e", "500x1o"),
    ],
)
def test_what_is_wrong_is_pointed_at(text: str, wrong: str) -> None:
    with pytest.raises(UserError) as found:
        read_map(text)
    assert found.value.span is not None and text[slice(*found.value.span)].strip() == wrong


BENT = "x*y, y, z : 1o -> 1o"
SCRIPTS = {
    "cross product": preset("cross product"),
    "a product of two": State(f="x, y, z : 1o -> 1o", g=BENT, built="f ⊗ g"),
    "one after the other, in float32": replace(preset("one after the other"), precision="float32"),
    "what can be kept": replace(preset("not equivariant"), repaired=True),
    "what can be kept of a sum": State(f=BENT, g="x, y, z : 1o -> 1o", built="f + g", repaired=True),
    "an augmented network": State(source=NETWORK, network="MLP, augmented", steps=40),
    "a network of invariants": State(source=NETWORK, network="invariants × vectors", steps=40),
    "e3nn": State(source=NETWORK, network="e3nn", steps=10),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_needs_public_libraries_alone_and_finds_the_same(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    torch = pytest.importorskip("torch")
    state, before = SCRIPTS[name], torch.get_default_dtype()
    script = LAB.code(state, G)
    assert "e3viz" not in script and "e3nn" in script
    try:
        exec(compile(script, name, "exec"), {})  # in this process: importing torch and e3nn anew takes seconds each
    finally:
        torch.set_default_dtype(before)
    said = {line.rpartition(":")[0].strip(): line.rpartition(":")[2] for line in capsys.readouterr().out.splitlines()}
    _, _, _, one, other = corners(state, G)
    near = 1e-5 if state.precision == "float32" else 1e-9
    assert float(said["difference"]) == pytest.approx(float(np.abs(one - other).max()), abs=near)
    largest = float(said["largest error over O(3), relative to the size of f"])
    assert largest == pytest.approx(LAB.check(state, G).error, abs=near)
    if state.source == NETWORK:
        assert float(said["loss on examples"]) == pytest.approx(learned(state).losses[-1], rel=1e-6)
        assert float(said["error in all directions"]) == pytest.approx(learned(state).test, rel=1e-6)


@pytest.mark.slow
def test_the_script_runs_in_a_fresh_interpreter(tmp_path: Path) -> None:
    path = tmp_path / "square.py"
    path.write_text(LAB.code(SCRIPTS["an augmented network"], G), encoding="utf-8")
    subprocess.run([sys.executable, "-W", "ignore", str(path)], capture_output=True, text=True, check=True)


def test_the_worst_g_is_found_and_gone_to() -> None:
    state = preset("not equivariant")
    f = shown(state)
    there = go_to_worst(state)
    assert isinstance(there, Elsewhere) and there.g is not None and there.lab == "equivariance"
    found = f.error()
    x = f.samples[found.sample][None]
    away = [float(np.abs(f(x @ g.linear.T) - f(x)).max()) for g in (there.g, found.worst)]
    assert away[0] >= away[1] * (1.0 - 1e-12) and away[1] == pytest.approx(found.largest)
    rng = np.random.default_rng(0)
    random = max(float(np.abs(f(x @ Element.random(rng).linear.T) - f(x)).max()) for _ in range(300))
    assert away[0] >= random


def test_a_click_on_a_point_makes_its_g_the_current_one() -> None:
    state = preset("not equivariant")
    picked = LAB.pick(state, Hit("group", "improper", 3))
    assert isinstance(picked, Elsewhere) and picked.g is not None and picked.g.determinant == -1
    assert LAB.pick(state, Hit("group", "here", 0)) is None


@pytest.mark.parametrize(
    ("text", "translations", "permutations"),
    [
        ("x1 - x2, y1 - y2, z1 - z2 : 2x1o -> 1o", "stays", "no"),
        ("(x1 + x2)/2, (y1 + y2)/2, (z1 + z2)/2 : 2x1o -> 1o", "moves along", "stays"),
        ("x2, y2, z2, x1, y1, z1 : 2x1o -> 2x1o", "moves along", "follows"),
        ("x1*x2 + y1*y2 + z1*z2 : 2x1o -> 0e", "no", "stays"),
    ],
)
def test_translations_and_permutations(text: str, translations: str, permutations: str) -> None:
    found = {one.name: one for one in others(read_map(text))}
    assert found["translations"].behaviour == translations and found["permutations"].behaviour == permutations
    for one in found.values():
        assert one.kept == (one.behaviour != "no")
        assert one.errors[1] <= one.errors[0] or not one.kept

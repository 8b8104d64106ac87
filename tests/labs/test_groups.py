"""The Groups lab without a window."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.labs.fields import change
from e3viz.labs.groups import ACTIONS, LAB
from e3viz.labs.groups.figure import motion, scene
from e3viz.labs.groups.matrices import blocks, shown_matrices
from e3viz.labs.groups.state import BESIDE, REPRESENTATIONS, State, product, representation, subject
from e3viz.labs.groups.table import cell_size, place_at
from e3viz.labs.lab import Fact, Hit, Table
from e3viz.pictures.diagram import Box, Diagram, Text
from e3viz.pictures.scene import Labels, Spheres
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.molecules import NAMES as MOLECULES
from e3viz.symmetry.point_groups import NAMES

G = Element((0.3, 0.5, 0.8), 78.0, True, (0.5, -0.2, 0.1))
SUBJECTS = [
    *(State(sides=n, mirrors=m) for n in range(1, 13) for m in (True, False)), *(State(shape="solid", group=name) for name in NAMES),
    *(State(shape="molecule", molecule=name) for name in MOLECULES),
]  # fmt: skip
SQUARE = subject(State()).group


def diagram(state: State, panel: str) -> Diagram:
    picture = LAB.pictures(state, IDENTITY).panel(panel).picture
    assert isinstance(picture, Diagram)
    return picture


def texts(picture: Diagram) -> list[str]:
    return [shape.text for shape in picture.shapes if isinstance(shape, Text)]


def facts(state: State) -> dict[str, str]:
    return {fact.label: fact.value for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Fact)}


@pytest.mark.parametrize("state", SUBJECTS, ids=lambda s: f"{s.shape}-{subject(s).title}-{subject(s).group.name}")
def test_every_group_is_drawn_and_keeps_the_figure(state: State) -> None:
    shown = subject(state)
    for element in (0, len(shown.group) // 2, 119):
        moved = replace(state, element=element)
        place = motion(moved, IDENTITY).place(shown.points)
        gone = shown.group.permutations(shown.points, kinds=shown.symbols)[product(moved)]
        assert np.abs(place - shown.points[gone]).max() < 1e-6
    assert len(LAB.pictures(state, G).panels) == 3
    assert LAB.check(state, G).passed  # type: ignore[union-attr]
    assert LAB.facts(state, G)


def test_default_is_the_square_with_its_table() -> None:
    sheet = LAB.pictures(State(), IDENTITY)
    assert sheet.title == "Square: R₉₀" and sheet.subtitle == "D₄ (in space C₄ᵥ), 8 elements · rotation by 90°"
    table = diagram(State(), "table")
    cells = {s.name: s.tip for s in table.shapes if isinstance(s, Box) and s.name.startswith("cell")}
    assert len(cells) == 64
    assert cells[f"cell {SQUARE.index('D')} {SQUARE.index('H')}"] == "D ∘ H = R₉₀"
    assert cells[f"cell {SQUARE.index('H')} {SQUARE.index('D')}"] == "H ∘ D = R₂₇₀"


@pytest.mark.parametrize("name", SQUARE.names)
def test_names_matrices_pictures_and_words_of_the_square_agree(name: str) -> None:
    state = State(element=SQUARE.index(name))
    written = texts(diagram(state, "action"))
    matrix = SQUARE.matrices[SQUARE.index(name)][:2, :2]
    assert written[4:8] == [f"{round(v)}".replace("-", "−") for v in matrix.ravel()] and written[8] == name
    corner = subject(state).points[0] * subject(state).scale
    assert [float(t.replace("−", "-")) for t in written[:2]] == pytest.approx(matrix @ corner[:2])
    balls = scene(state, IDENTITY).actors["corners"]
    assert isinstance(balls, Spheres)
    assert balls.centres[0][:2] * subject(state).scale == pytest.approx(matrix @ corner[:2])
    if name in ("H", "D", "V", "D′"):
        line = {"H": 0, "D": 45, "V": 90, "D′": 135}[name]
        assert LAB.pictures(state, IDENTITY).subtitle.endswith(f"mirror in the line at {line}°")
        names = scene(state, IDENTITY).actors["mirror names"]
        assert isinstance(names, Labels)
        at = np.degrees(np.arctan2(*names.points[names.texts.index(name)][[1, 0]])) % 180.0
        assert min(abs(at - line), 180.0 - abs(at - line)) < 1e-6


def test_two_elements_act_one_after_the_other() -> None:
    first, then = SQUARE.index("H"), SQUARE.index("D")
    state = LAB.pick(State(progress=40), Hit("table", f"cell {then} {first}"))
    assert state is not None and (state.element, state.before, state.progress) == (then, first, 100)
    assert LAB.pictures(state, IDENTITY).title == "Square: D ∘ H = R₉₀"
    halfway = motion(replace(state, progress=50), IDENTITY)
    assert halfway.matrix == pytest.approx(SQUARE.matrices[first])
    assert motion(state, IDENTITY).matrix == pytest.approx(SQUARE.matrices[SQUARE.index("R₉₀")])
    known = facts(state)
    assert known["D ∘ H"] == "R₉₀" and known["H ∘ D"] == "R₂₇₀" and known["They"] == "do not commute"
    swapped = next(a for a in ACTIONS if a.name == "swap").apply(state)
    assert LAB.pictures(swapped, IDENTITY).title == "Square: H ∘ D = R₂₇₀"
    film = LAB.films(state, IDENTITY)[0]
    assert film.title == "H, then D" and film.at(0.0)[0].progress == 0 and film.at(1.0)[0] == state


def test_g_turns_the_figure_and_conjugates_the_group() -> None:
    g = Element((0.0, 0.0, 1.0), 45.0)
    turned = motion(State(element=SQUARE.index("H")), g)
    conjugate = turned.matrix @ turned.frame.T
    assert conjugate[:2, :2] == pytest.approx(
        np.array([[0.0, 1.0], [1.0, 0.0]])
    )  # H, seen from a square turned by 45°, is the diagonal mirror
    wrong = LAB.check(State(), G)
    assert wrong is not None and wrong.error < 1e-12


def test_clicks() -> None:
    state = State()
    assert LAB.pick(state, Hit("figure", "corners", 2)).corner == 2  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("figure", "edges", 2)) is None
    assert LAB.pick(state, Hit("table", "row 6")).element == 6  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("table", "column 3")).element == 3  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("table", "")) is None
    assert LAB.pick(state, Hit("characters", "class 3")).element == SQUARE.index("H")  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("lattice", "subgroup 4")).subgroup == 4  # type: ignore[union-attr]
    assert LAB.pick(replace(state, subgroup=4), Hit("table:subgroups", "subgroups", 4)).subgroup == -1  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("table:elements", "elements", 5)).element == 5  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("table:irreps", "irreps", 1)).irrep == 1  # type: ignore[union-attr]
    assert LAB.pick(state, Hit("matrices", "element 2")).element == 2  # type: ignore[union-attr]
    large = State(shape="solid", group="Oh")
    cell = cell_size(48)
    picked = LAB.pick(large, Hit("table", "cells", position=(8.0 + 10.5 * cell, 34.0 + 4.5 * cell)))
    assert picked is not None and (picked.element, picked.before) == (3, 9)
    assert place_at(large, "cells", (8.0 + 60 * cell, 34.0)) is None
    assert LAB.hover(large, Hit("table", "cells", position=(8.0 + 10.5 * cell, 34.0 + 4.5 * cell))).count("=") == 1
    assert LAB.hover(State(shape="molecule", molecule="water"), Hit("figure", "corners", 0)) == "atom O: 0, 0, 0.117 Å"


@pytest.mark.parametrize("kind", REPRESENTATIONS)
@pytest.mark.parametrize("shape", [State(), State(shape="solid", group="Th"), State(shape="molecule", molecule="boric acid")])
def test_representations(kind: str, shape: State) -> None:
    state = replace(shape, representation=kind, beside="representation", irreps="0o + 2e", element=2)
    rep = representation(state)
    assert rep.homomorphism_error < 1e-14
    assert rep.decomposition_text() in texts(diagram(state, "matrices"))
    plain = shown_matrices(state)
    if rep.dim <= 40:
        blocked = shown_matrices(replace(state, adapted=True))
        assert np.trace(blocked, axis1=1, axis2=2) == pytest.approx(np.trace(plain, axis1=1, axis2=2))
        assert sum(size for _, _, size in blocks(state)) == rep.dim
    projected = texts(diagram(replace(state, irrep=0), "matrices"))
    assert any(t.startswith("Projector onto A") for t in projected)


def test_character_table_and_multiplicities() -> None:
    state = State(shape="molecule", molecule="ammonia", beside="character table", representation="motions of the corners")
    written = texts(diagram(state, "characters"))
    assert "motions of the corners = 3A₁ + A₂ + 4E" in written and "2C₃" in written
    chiral = texts(diagram(State(shape="solid", group="C3", beside="character table"), "characters"))
    assert "ε = exp(2πi/3), ε* its conjugate" in chiral


def test_subgroups_are_marked() -> None:
    state = State(beside="subgroups", subgroup=2)
    assert "10 subgroups, 8 up to conjugacy" in texts(diagram(state, "lattice"))
    assert facts(state)["Marked"].startswith("E, ")
    faded = [s for s in diagram(replace(state, beside="multiplication table"), "table").shapes if isinstance(s, Box) and s.opacity < 1.0]
    assert faded
    tables = [f for f in LAB.facts(state, IDENTITY) if isinstance(f, Table) and f.name == "subgroups"]
    assert [row[0] for row in tables[0].rows].count("D₂") == 2 and tables[0].selected == (2,)


def test_irreps_that_cannot_be_shown() -> None:
    for wrong in ("1000x11o", "3x1", "40e", "1x12e"):
        with pytest.raises(UserError):
            change(State(), irreps=wrong)
    empty = State(representation="irreps of O(3)", irreps="0x0e", beside="representation")
    assert any("no components" in t for t in texts(diagram(empty, "matrices")))
    assert LAB.check(empty, G).passed  # type: ignore[union-attr]
    large = State(shape="molecule", molecule="buckminsterfullerene", representation="motions of the corners", beside="representation")
    assert LAB.pictures(large, IDENTITY).panels
    with pytest.raises(UserError, match="components"):
        LAB.pictures(replace(large, adapted=True), IDENTITY)


def test_tour_and_actions() -> None:
    for state in LAB.tour:
        assert LAB.pictures(state, IDENTITY).title
    assert {a.apply(State()).beside for a in ACTIONS if a.name.startswith("show")} == set(BESIDE)


def run(code: str, tmp_path: Path) -> str:
    path = tmp_path / "script.py"
    path.write_text(code, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", str(path)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", [k for k in REPRESENTATIONS if not k.startswith("irreps")])
def test_code_runs_and_says_the_same(kind: str, tmp_path: Path) -> None:
    state = State(representation=kind, element=SQUARE.index("D"), before=SQUARE.index("R₉₀"))
    output = run(LAB.code(state, Element((0.0, 0.0, 1.0), 90.0)), tmp_path)
    assert "order: 8" in output
    error = float(output.splitlines()[-1].rpartition(" ")[2])
    assert error < 1e-12
    traces = [float(t) for t in output.split("characters:")[1].split("]")[0].strip(" [\n").split()]
    assert sorted(traces) == pytest.approx(sorted(representation(state).characters.tolist()), abs=1e-5)
    assert "x = [-1.  1.  0.]  s x = [1. 1. 0.]" in output  # D ∘ R₉₀ = H, seen from a square turned by 90°, is the upright mirror


def test_code_with_e3nn(tmp_path: Path) -> None:
    state = State(shape="molecule", molecule="ammonia", representation="irreps of O(3)", irreps="1o + 2e", element=3)
    output = run(LAB.code(state, G), tmp_path)
    traces = [float(t) for t in output.split("characters:")[1].split("]")[0].strip(" [\n").split()]
    assert sorted(traces) == pytest.approx(sorted(representation(state).characters.tolist()), abs=1e-5)
    assert float(output.splitlines()[-1].rpartition(" ")[2]) < 1e-6


def test_what_is_chosen_plays_once() -> None:
    state = State()
    clicked = LAB.pick(state, Hit("table:elements", index=3))
    assert clicked is not None and LAB.plays(state, clicked) == "motion" in {film.name for film in LAB.films(clicked, IDENTITY)}
    two = replace(state, element=5, before=4)
    assert LAB.plays(state, two) == "motion"
    assert LAB.plays(two, two) == LAB.plays(state, replace(state, element=0)) == LAB.plays(state, replace(state, sides=5, element=2)) == ""

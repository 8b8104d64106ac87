"""The Tensor product lab: paths, weights and edits by hand, the numbers against e3nn, code that runs, and text that is read, not run."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.export.figure import FigureOptions, export_figure
from e3viz.labs.fields import change
from e3viz.labs.lab import Fact, Hit, Table
from e3viz.labs.tensor_product import LAB, State
from e3viz.labs.tensor_product.edits import draw_path, edit_term, remove_path, with_mode
from e3viz.labs.tensor_product.layout import layout
from e3viz.labs.tensor_product.learning import least_loss
from e3viz.labs.tensor_product.one_path import familiar
from e3viz.labs.tensor_product.path_diagram import path_diagram
from e3viz.labs.tensor_product.powers import exists, factor, power_error, power_of, vanishes, ways
from e3viz.labs.tensor_product.reading import read
from e3viz.labs.tensor_product.state import (
    CROSS,
    DOUBLE,
    OWN,
    PULL,
    TARGETS,
    VIEWS,
    key,
    left_out,
    owned,
    path_amounts,
    product_of,
    shown_paths,
    weight_rows,
)
from e3viz.labs.tensor_product.values import descent, features, learned, present_weights, square_error, strands, unseen_loss, weights_of
from e3viz.pictures.diagram import Diagram, Line
from e3viz.pictures.scene import Scene
from e3viz.pictures.style import NEGATIVE, POSITIVE
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.path_presets import PRESETS, elementwise, full, fully_connected
from e3viz.symmetry.path_values import evaluate
from e3viz.symmetry.paths import MODES, Instruction, TensorProduct
from e3viz.symmetry.wigner import D, generators

G = Element(axis=(0.3, 0.5, 0.8), angle=78.0, inversion=True, translation=(0.5, -0.2, 0.1))
EVERY_MODE = State(
    preset=OWN, irreps1="3x1o + 2x0e", irreps2="3x1o + 2x1o", irreps_out="3x1e + 4x2e + 1x0e + 2x1o + 6x2e",
    instructions=(
        (0, 0, 0, "uuu", True, 1.0), (0, 0, 1, "uuw", True, 1.0), (0, 0, 2, "uuw", False, 1.0), (1, 1, 3, "uvu", True, 1.0),
        (1, 1, 3, "uvv", True, 2.0), (0, 1, 4, "uvuv", False, 1.0), (0, 1, 1, "uvw", True, 1.0),
    ),
)  # fmt: skip


def strand(state: State, number: int) -> Line:
    """The thickest line of a path."""
    lines = [s for s in path_diagram(state).shapes if isinstance(s, Line) and s.name == f"path {number}"]
    return max(lines, key=lambda line: line.pen.width)


def drag(start: str, stop: str) -> Hit:
    return Hit("paths", start, position=(0.0, 0.0), end=Hit("paths", stop, position=(1.0, 1.0)))


# ---- paths and weights ------------------------------------------------------------------------------------------------------------


def test_every_allowed_path_is_a_strand_of_three_parts() -> None:
    state = State()
    product = product_of(state)
    assert len(product.instructions) == 15
    names = [shape.name for shape in path_diagram(state).shapes if isinstance(shape, Line)]
    for number in range(15):
        assert names.count(f"path {number}") == 3


def test_width_is_the_size_of_a_weight_and_colour_its_sign() -> None:
    name = key(product_of(State()).instructions[5])
    weak, strong, negative = (State(weights=((name, w),)) for w in (0.1, 1.5, -1.5))
    assert strand(weak, 5).pen.width < strand(strong, 5).pen.width == strand(negative, 5).pen.width
    assert strand(strong, 5).pen.colour == POSITIVE and strand(negative, 5).pen.colour == NEGATIVE
    unweighted = State(preset="full", irreps1="1o", irreps2="1o")
    assert strand(unweighted, 0).pen.colour not in (POSITIVE, NEGATIVE)


def test_strands_show_the_size_of_the_weights_behind_them() -> None:
    state = EVERY_MODE
    product, weights = product_of(state), weights_of(state)
    for k, (path, part) in enumerate(zip(product.instructions, product.weight_slices(), strict=True)):
        if path.has_weight:
            assert np.sqrt((weights[part] ** 2).mean()) == pytest.approx(abs(path_amounts(state)[k]))
            assert np.sign(weights[part].sum()) == np.sign(path_amounts(state)[k])


def test_a_slider_for_the_chosen_path_or_for_all() -> None:
    assert [row.name for row in weight_rows(State())] == [key(product_of(State()).instructions[5])]
    assert len(weight_rows(State(chosen=-1))) == 15
    assert weight_rows(State(preset="full")) == []


def test_filters() -> None:
    state = State(chosen=-1)
    assert [product_of(state).label(product_of(state).instructions[k])[-2:] for k in shown_paths(replace(state, degree="l = 3"))] == [
        "3o",
        "3o",
    ]
    even, odd = (set(shown_paths(replace(state, parity=p))) for p in ("even", "odd"))
    assert even | odd == set(range(15)) and not even & odd
    strong = shown_paths(replace(state, least=1.0))
    assert set(strong) == {k for k, w in enumerate(path_amounts(state)) if abs(w) >= 1.0} and 0 < len(strong) < 15
    table = next(t for t in LAB.facts(replace(state, least=1.0), IDENTITY) if isinstance(t, Table) and t.name == "paths")
    assert len(table.rows) == len(strong) and "filtered out" in table.title


@pytest.mark.parametrize(
    "state",
    [
        State(),
        State(preset="full", irreps1="2x0e+2x0o+2x1o+2x1e+1x2e+1x2o", irreps2="1x0e+1x1o+1x2e+1x3o", beside=False),
        State(
            irreps1="8x0e+8x0o+8x1o+8x1e+4x2e+4x2o+2x3e+2x3o", irreps2="0e+1o+2e+3o", irreps_out="8x0e+8x0o+8x1o+8x1e+4x2e+4x2o+2x3e+2x3o"
        ),
    ],
)
def test_layout_keeps_everything_apart(state: State) -> None:
    product = product_of(state)
    placed = layout(product, tuple(shown_paths(state)))
    rows = sorted(strand.junction[1] for strand in placed.strands)
    assert len(rows) == len(product.instructions) and min(np.diff(rows)) > 2.5, "each path has a row of its own"
    boxes = [(chip.left, chip.y - chip.height / 2, chip.right, chip.y + chip.height / 2) for chip in placed.chips]
    assert all(x0 >= 0 and y0 >= 0 and x1 <= placed.width and y1 <= placed.height for x0, y0, x1, y1 in boxes)
    for n, (x0, y0, x1, y1) in enumerate(boxes):
        for u0, v0, u1, v1 in boxes[n + 1 :]:
            assert x1 <= u0 or u1 <= x0 or y1 <= v0 + 1e-6 or v1 <= y0 + 1e-6, "chips do not overlap"
    foot = max(chip.y for chip in placed.chips)
    assert all(strand.junction[1] < foot - 30.0 for strand in placed.strands)


def test_a_hundred_paths_are_a_small_drawing() -> None:
    many = "8x0e+8x0o+8x1o+8x1e+4x2e+4x2o+2x3e+2x3o"
    state = State(irreps1=many, irreps2="0e+1o+1e+2e+2o+3o", irreps_out=many)
    assert len(product_of(state).instructions) > 100
    drawn = path_diagram(state)
    assert drawn.height < 1000 and all(line.pen.width < 9 for line in drawn.shapes if isinstance(line, Line))


def test_lifting_a_path_lifts_its_three_terms() -> None:
    line = strand(State(), 5)
    assert line.lifts == ("path 5", "in1 1", "in2 1", "out 2")
    chip = next(s for s in path_diagram(State()).shapes if s.name == "out 4" and s.lifts)
    assert {"path 8", "path 11"} <= set(chip.lifts) and "path 5" not in chip.lifts


# ---- clicks, drags and edits ------------------------------------------------------------------------------------------------------


def test_clicks_choose_and_let_go() -> None:
    chosen = LAB.pick(State(), Hit("paths", "path 3"))
    assert chosen.chosen == 3 and LAB.pick(chosen, Hit("paths", "path 3")).chosen == -1
    assert LAB.pick(chosen, Hit("table:paths", index=7)).chosen == 7
    assert LAB.pick(State(), Hit("paths", "in1 2")).chip == "in1 2"
    assert LAB.pick(State(chosen=-1), Hit("paths", "")) is None
    filtered = replace(State(), degree="l = 3")
    assert LAB.pick(filtered, Hit("table:paths", index=1)).chosen == shown_paths(filtered)[1]


def test_the_table_is_linked_both_ways() -> None:
    table = next(t for t in LAB.facts(State(chosen=8), IDENTITY) if isinstance(t, Table) and t.name == "paths")
    assert table.selected == (8,) and len(table.rows) == 15


def test_drag_draws_a_path_and_a_forbidden_one_says_why() -> None:
    bare = owned(State(), replace(product_of(State()), instructions=()))
    first = LAB.pick(bare, drag("in1 1", "out 2"))
    path = product_of(first).instructions[0]
    assert product_of(first).label(path) == "1o ⊗ 1o → 1e" and first.chosen == 0
    second = LAB.pick(first, drag("out 2", "in1 2"))
    assert product_of(second).label(product_of(second).instructions[1]) == "2e ⊗ 2e → 1e"
    pair = LAB.pick(bare, drag("in1 0", "in2 2"))
    assert product_of(pair).label(product_of(pair).instructions[0]) == "0e ⊗ 2e → 2e"
    with pytest.raises(UserError, match=r"l₃ = 3 is above l₁ \+ l₂ = 0 \+ 2 = 2"):
        LAB.pick(bare, drag("in1 0", "out 4"))
    with pytest.raises(UserError, match="there already"):
        LAB.pick(State(), drag("in1 1", "out 2"))


def test_a_drag_tells_beforehand_what_it_would_make() -> None:
    assert LAB.hover(State(), drag("in1 1", "out 2")) == "1o ⊗ 1o → 1e"
    assert LAB.hover(State(), drag("in1 0", "out 4")).startswith("Forbidden")
    assert LAB.hover(State(), drag("in1 1", "in2 1")) == "1o ⊗ 1o = 0e + 1e + 2e"
    assert LAB.hover(State(), Hit("paths", "path 3")) == ""


def test_terms_are_added_moved_changed_and_removed() -> None:
    added = LAB.pick(State(), Hit("paths", "add in2"))
    assert added.irreps2.endswith("1x3o") and len(product_of(added).instructions) > 15
    assert LAB.pick(added, Hit("paths", "chip more")).irreps2.endswith("2x3o")
    assert LAB.pick(added, Hit("paths", "chip flip")).irreps2.endswith("1x3e")
    assert LAB.pick(added, Hit("paths", "chip higher")).irreps2.endswith("1x4o")
    assert LAB.pick(added, Hit("paths", "chip remove")).irreps2 == "1x0e+1x1o+1x2e"
    moved = LAB.pick(State(), drag("in1 0", "in1 2"))
    assert moved.irreps1 == "8x1o+4x2e+8x0e"


def test_own_paths_follow_their_terms_and_keep_their_weights() -> None:
    state = owned(State())
    before = {product_of(state).label(p): w for p, w in zip(product_of(state).instructions, path_amounts(state), strict=True)}
    for moved in (LAB.pick(state, drag("in1 0", "in1 2")), LAB.pick(state, drag("out 4", "out 0"))):
        after = {product_of(moved).label(p): w for p, w in zip(product_of(moved).instructions, path_amounts(moved), strict=True)}
        assert after == pytest.approx(before)
    gone = edit_term(replace(state, chip="out 2"), "remove")
    assert gone is not None and len(product_of(gone).instructions) == 13 and left_out(gone) == 0


def test_paths_that_the_irreps_do_not_allow_any_more_are_left_out() -> None:
    state = replace(owned(State()), irreps2="1x0e")
    assert left_out(state) > 0
    told = {f.label: f.value for f in LAB.facts(state, IDENTITY) if isinstance(f, Fact)}
    assert told["Left out"].startswith(str(left_out(state)))


def test_modes() -> None:
    state = owned(State(irreps1="4x1o", irreps2="1x1o", irreps_out="4x1e", chosen=0))
    made = LAB.pick(state, Hit("modes", "mode uvu"))
    assert product_of(made).instructions[0].mode == "uvu" and product_of(made).weight_count == 4
    assert LAB.pick(state, Hit("table:modes", index=MODES.index("uvuv"))).instructions[0][3] == "uvuv"
    with pytest.raises(UserError, match="one to one"):
        with_mode(state, "uuu")
    fewer = remove_path(made)
    assert not product_of(fewer).instructions
    with pytest.raises(UserError):
        remove_path(fewer)


def test_wrong_irreps_are_told_at_the_field() -> None:
    with pytest.raises(UserError, match="no parity"):
        change(State(), irreps1="3x1")
    with pytest.raises(UserError, match="one to one"):
        LAB.pictures(State(preset="element-wise"), IDENTITY)
    with pytest.raises(UserError, match="too high"):
        change(State(), irreps2="12e")


# ---- one path ---------------------------------------------------------------------------------------------------------------------


def matrix_of(components: np.ndarray) -> np.ndarray:
    """The symmetric traceless matrix with these components of degree 2: xᵀ M x = Σ c Y, up to a factor."""
    points = np.random.default_rng(0).normal(size=(40, 3))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    values = spherical_harmonics(2, points)[:, 4:] @ components
    a, b = np.triu_indices(3)
    design = points[:, a] * points[:, b] * np.where(a == b, 1.0, 2.0)
    found = np.linalg.lstsq(design, values, rcond=None)[0]
    matrix = np.zeros((3, 3))
    matrix[a, b] = matrix[b, a] = found
    return matrix


def proportional(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(
        abs(abs(np.vdot(a, b)) - np.linalg.norm(a) * np.linalg.norm(b)) < 1e-9 * np.linalg.norm(a) * np.linalg.norm(b)
        and np.linalg.norm(a) > 1e-6
    )


def test_familiar_names_are_true() -> None:
    rng = np.random.default_rng(3)
    x, y, a, b = rng.normal(size=3), rng.normal(size=3), rng.normal(size=5), rng.normal(size=5)
    made = {ls: np.einsum("ijk,i,j->k", clebsch_gordan(*ls), {1: x, 2: a}[ls[0]], {1: y, 2: b}[ls[1]]) for ls in
            ((1, 1, 0), (1, 1, 1), (1, 1, 2), (2, 1, 1), (2, 2, 0), (2, 2, 1), (2, 2, 2), (2, 1, 2))}  # fmt: skip
    ma, mb = matrix_of(a), matrix_of(b)
    assert "dot" in familiar(1, 1, 0) and proportional(made[1, 1, 0], np.array([x @ y]))
    assert "cross" in familiar(1, 1, 1) and proportional(made[1, 1, 1], np.cross(x, y))
    outer = (np.outer(x, y) + np.outer(y, x)) / 2 - x @ y / 3 * np.eye(3)
    assert "symmetric traceless" in familiar(1, 1, 2) and proportional(matrix_of(made[1, 1, 2]), outer)
    assert "matrix times a vector" in familiar(2, 1, 1) and proportional(made[2, 1, 1], ma @ y)
    assert "tr(A B)" in familiar(2, 2, 0) and proportional(made[2, 2, 0], np.array([np.trace(ma @ mb)]))
    commutator = ma @ mb - mb @ ma
    axial = np.array([commutator[2, 1], commutator[0, 2], commutator[1, 0]])
    assert "commutator" in familiar(2, 2, 1) and proportional(made[2, 2, 1], axial)
    anti = ma @ mb + mb @ ma
    assert "anticommutator" in familiar(2, 2, 2) and proportional(matrix_of(made[2, 2, 2]), anti - np.trace(anti) / 3 * np.eye(3))
    turn = np.cross(np.eye(3), y)
    assert "small rotation" in familiar(2, 1, 2) and proportional(matrix_of(made[2, 1, 2]), turn @ ma - ma @ turn)
    c = rng.normal(size=7)
    assert "small rotation" in familiar(3, 1, 3)
    assert proportional(np.einsum("ijk,i,j->k", clebsch_gordan(3, 1, 3), c, y), np.einsum("a,aij,j->i", y, generators(3), c))
    assert familiar(0, 4, 4) == familiar(4, 0, 4) == "scaling by a number"


def test_normalisation_is_told_with_the_numbers_of_e3nn() -> None:
    told = {f.label: f.value for f in LAB.facts(State(), IDENTITY) if isinstance(f, Fact)}
    assert told["2l₃ + 1"] == "3" and told["÷ Σ pairs"] == "12"  # 8·1 pairs of 1o ⊗ 1o and 4·1 of 2e ⊗ 2e
    assert float(told["√α"]) == pytest.approx(np.sqrt(3 / 12), abs=1e-4)
    assert told["parity"] == "(−)(−) = +" and told["|l₁−l₂| ≤ l ≤ l₁+l₂"] == "0 ≤ 1 ≤ 2"


def test_output_of_one_path_follows_the_inputs() -> None:
    sheet = LAB.pictures(State(view="one path"), G)
    scene = sheet.panel("turning").picture
    assert isinstance(scene, Scene) and {"surfaces", "before", "turned", "arrows"} <= set(scene.actors)
    origins, vectors = scene.actors["arrows"].origins, scene.actors["arrows"].vectors  # type: ignore[attr-defined]
    assert len(origins) == 3 and proportional(vectors[2], np.cross(vectors[0], vectors[1]))
    still = LAB.pictures(State(view="one path"), IDENTITY).panel("turning").picture
    before = still.actors["arrows"].vectors  # type: ignore[union-attr, attr-defined]
    np.testing.assert_allclose(vectors[0], G.linear @ before[0], atol=1e-12)
    np.testing.assert_allclose(vectors[2], np.linalg.det(G.linear) * G.linear @ before[2], atol=1e-12)


def test_one_input_turned_alone_is_not_followed() -> None:
    def arrows(turned: str) -> np.ndarray:
        picture = LAB.pictures(State(view="one path", turned=turned), G).panel("turning").picture
        return picture.actors["arrows"].vectors  # type: ignore[union-attr, attr-defined, no-any-return]

    both, x_alone, y_alone = (arrows(turned) for turned in ("both inputs", "x alone", "y alone"))
    np.testing.assert_allclose(both[0], x_alone[0])
    np.testing.assert_allclose(both[1], y_alone[1])
    assert np.abs(both[2] - x_alone[2]).max() > 0.1 and proportional(x_alone[2], np.cross(x_alone[0], x_alone[1]))


# ---- learning ---------------------------------------------------------------------------------------------------------------------


def learning(target: str, out: str, **more: Any) -> State:
    vectors = "1x0e + 1x1o + 1x2e"
    return State(view="learning", target=target, irreps1=vectors, irreps2=vectors, irreps_out=out, samples=128, rate=1.9, **more)


def test_descent_is_the_gradient_step_by_step() -> None:
    state = State(view="learning", irreps1="2x0e+1x1o", irreps2="1x1o", irreps_out="2x1o+1x0e")
    losses = descent(state).losses
    assert losses[-1] < 1e-3 * losses[0] and (np.diff(losses) <= 1e-15).all()
    assert descent(replace(state, rate=2.2)).losses[-1] > losses[0]
    assert unseen_loss(replace(state, step=200)) < 1e-2 * losses[0]
    np.testing.assert_array_equal(learned(replace(state, step=7)), descent(state).weights[7])


def test_learning_the_cross_product_leaves_one_strand() -> None:
    state = learning(CROSS, "1x0e + 1x1o + 1x1e + 1x2e", step=200)
    product, found = product_of(state), strands(state)
    cross = next(k for k, p in enumerate(product.instructions) if product.label(p) == "1o ⊗ 1o → 1e")
    others = np.abs(np.delete(found, cross))
    assert abs(found[cross]) > 5 * others.max()
    assert least_loss(state) < 1e-20
    start = strands(replace(state, step=0))
    assert abs(found[cross]) > abs(start[cross]), "the strand has thickened"


def test_what_can_be_reached_is_decided_by_the_paths() -> None:
    assert least_loss(learning(DOUBLE, "1x0e + 1x1o + 1x1e")) > 1e-3, "a times (a times b) needs |a|² b, which 0e of a alone does not have"
    assert least_loss(replace(learning(DOUBLE, "1x0e + 1x1o + 1x1e"), irreps1="2x0e + 1x1o + 1x2e")) < 1e-20
    assert least_loss(learning(PULL, "1x0e + 1x1o + 1x1e")) > 1e-4
    with pytest.raises(UserError, match="has no 1e"):
        descent(learning(CROSS, "1x0e"))
    sheet = LAB.pictures(learning(CROSS, "1x0e"), IDENTITY)
    assert [panel.name for panel in sheet.panels] == ["paths", "note"]


def test_features_of_a_vector_turn_as_their_irreps_say() -> None:
    irreps = Irreps.parse("2x0e+1x1o+2x2e+1x1e")
    a = np.random.default_rng(5).normal(size=(6, 3))
    np.testing.assert_allclose(features(irreps, a @ G.linear.T), features(irreps, a) @ D(irreps, G).T, atol=1e-12)
    np.testing.assert_allclose(features(Irreps.parse("1o"), a), np.sqrt(3.0) * a, atol=1e-12)


def test_equivariance_is_shown_and_small() -> None:
    for state in (State(), EVERY_MODE, learning(CROSS, "1x1e"), State(view="one path"), State(view="powers of a vector", node=(4, 2))):
        found = LAB.check(state, G)
        assert found is not None and found.passed, found
    assert square_error(State(), G) < 1e-13
    big = State(preset="full", irreps1="128x0e+128x1o+64x2e", irreps2="128x0e+128x1o+64x2e")
    assert LAB.check(big, G) is not None and LAB.check(big, G).passed


# ---- powers -----------------------------------------------------------------------------------------------------------------------


def test_powers_are_harmonics_or_vanish() -> None:
    rng = np.random.default_rng(7)
    for n in range(7):
        for l in range(n + 1):
            if not exists((n, l)):
                continue
            x = rng.normal(size=3)
            value = power_of((n, l), x)
            if vanishes((n, l)):
                assert np.abs(value).max() < 1e-14 * np.linalg.norm(x) ** n
                continue
            y = np.sqrt(4 * np.pi) * spherical_harmonics(l, x[None])[0, l * l :] * np.linalg.norm(x) ** n
            np.testing.assert_allclose(np.abs(value), abs(float(factor((n, l)))) * np.abs(y), atol=1e-12 * max(1.0, np.linalg.norm(x) ** n))
            assert float(factor((n, l))) * y == pytest.approx(value, abs=1e-10 * max(1.0, np.linalg.norm(x) ** n))
            assert power_error((n, l), G) < 1e-13


def test_multiplicities_count_all_components() -> None:
    for n in range(1, 8):
        assert sum(ways((n, l)) * (2 * l + 1) for l in range(n + 1) if exists((n, l))) == 3**n
        alive = [l for l in range(n + 1) if exists((n, l)) and not vanishes((n, l))]
        assert sum(2 * l + 1 for l in alive) == (n + 1) * (n + 2) // 2, "as many as there are polynomials of that order"


def test_a_node_shows_its_polynomial() -> None:
    state = LAB.pick(State(view="powers of a vector"), Hit("powers", "node 3 1"))
    assert state.node == (3, 1)
    told = {f.label: f.value for f in LAB.facts(state, IDENTITY) if isinstance(f, Fact)}
    assert told["Equals"] == "|x|² Y¹" and told["For different vectors"] == "3 times" and told["For equal ones"] == "once"
    table = next(t for t in LAB.facts(state, IDENTITY) if isinstance(t, Table) and t.name == "polynomials")
    assert table.rows[0][1] == "r² √3 x"
    assert LAB.pick(state, Hit("table:polynomials", index=2)).m == 1
    dead = LAB.pictures(replace(state, node=(2, 1)), IDENTITY)
    assert "zero" in dead.panel("surface").picture.actors  # type: ignore[union-attr]


# ---- code in and out --------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", ["default", "every mode", "one path", "learning", "powers"])
def test_copied_code_runs(name: str, tmp_path: Path) -> None:
    pytest.importorskip("e3nn")
    state = {
        "default": State(), "every mode": EVERY_MODE, "one path": State(view="one path"), "learning": learning(CROSS, "1x1o + 1x1e"),
        "powers": State(view="powers of a vector", node=(4, 2)),
    }[name]  # fmt: skip
    script = tmp_path / "a.py"
    script.write_text(LAB.code(state, G), encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    last = done.stdout.split()[-1]
    assert float(last) < (1e-3 if name == "learning" else 1e-12)


@pytest.mark.parametrize("library", ["e3nn-jax", "cuEquivariance"])
def test_code_for_other_libraries_is_python_and_complete(library: str) -> None:
    import ast

    for state in (State(), EVERY_MODE, State(preset="full", irreps1="1o", irreps2="1o")):
        tree = ast.parse(LAB.code(replace(state, library=library), G))
        rows = [n for n in ast.walk(tree) if isinstance(n, ast.Tuple) and len(n.elts) >= 5 and isinstance(n.elts[3], ast.Constant)]
        modes = [n.elts[3].value for n in rows if n.elts[3].value in MODES]  # type: ignore[attr-defined]
        assert modes == [path.mode for path in product_of(state).instructions]


ASKED = {
    "e3nn-jax": """
x, y = (e3nn.IrrepsArray(irreps, jnp.array(given)) for irreps, given in zip((tp.irreps_in1, tp.irreps_in2), ({x}, {y})))
print(*tp.left_right(views, x, y).array.tolist())
""",
    "cuEquivariance": "\nprint(*f(np.array({x}), np.array({y})).tolist())\n",
}


@pytest.mark.slow
@pytest.mark.parametrize(("library", "package"), [("e3nn-jax", "e3nn_jax"), ("cuEquivariance", "cuequivariance")])
@pytest.mark.parametrize("name", ["default", "every mode", "convolution of MACE"])
def test_code_for_other_libraries_says_the_same(library: str, package: str, name: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{library} is not installed")
    state = EVERY_MODE if name == "every mode" else State(preset=name) if name in PRESETS else State()
    product, weights = product_of(state), present_weights(state)
    rng = np.random.default_rng(5)
    x, y = (rng.normal(size=irreps.dim) for irreps in (product.irreps1, product.irreps2))
    script = tmp_path / "a.py"
    asked = ASKED[library].replace("{x}", str(x.tolist())).replace("{y}", str(y.tolist()))
    script.write_text(LAB.code(replace(state, library=library), G) + asked, encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "ignore", str(script)], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    said = np.array(done.stdout.splitlines()[-1].split(), dtype=float)
    rounded = np.array([float(f"{w:.6g}") for w in weights])  # as the script writes them
    np.testing.assert_allclose(said, evaluate(product, rounded, x, y)[0], atol=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('o3.FullyConnectedTensorProduct("8x0e+8x1o", "1x1o", "4x0e")', fully_connected("8x0e+8x1o", "1x1o", "4x0e")),
        ("tp = e3nn.o3.FullTensorProduct('2x0e+1o', '1o', filter_ir_out=['1o', '0e'])", full("2x0e+1o", "1o", "1o+0e")),
        ("ElementwiseTensorProduct('5x1o + 5x1e', '10x1e', ['0e', '0o'])", elementwise("5x1o+5x1e", "10x1e", "0e+0o")),
        ("i = '4x1o'\ntp = o3.FullyConnectedTensorProduct(o3.Irreps(i), i, irreps_out='0e', irrep_normalization='norm')",
         fully_connected("4x1o", "4x1o", "0e", irrep_normalization="norm")),
        ("FullyConnectedTensorProduct(8x0e+8x1o x 1x1o -> 4x0e | 32 paths | 32 weights)", fully_connected("8x0e+8x1o", "1x1o", "4x0e")),
    ],
)  # fmt: skip
def test_pasted_code_is_read(text: str, wanted: TensorProduct) -> None:
    assert read(text) == wanted
    assert product_of(next(a for a in LAB.actions if a.name == "read").apply(State(pasted=text))) == wanted


def test_pasted_instructions_are_read() -> None:
    made = read(
        'o3.TensorProduct([(16, (1, -1))], "16x1o", "16x1e", [(0, 0, 0, "uuu", False), (0, 0, 0, "uvw", True, 1/4)], in2_var=[1/16])'
    )
    assert made.instructions == (Instruction(0, 0, 0, "uuu", False), Instruction(0, 0, 0, "uvw", True, 0.25))
    assert made.var2 == (1 / 16,) and str(made.irreps1) == "16x1o"


def test_a_repr_of_e3nn_is_read() -> None:
    o3 = pytest.importorskip("e3nn.o3")
    for module in (o3.FullyConnectedTensorProduct("4x0e+2x1o", "1o", "3x1o+0e"), o3.FullTensorProduct("2x0e+1o", "1o+2e")):
        made = read(repr(module))
        assert (made.copy_paths, made.weight_count) == (sum(int(np.prod(i.path_shape)) for i in module.instructions), module.weight_numel)


def test_own_code_comes_back_as_it_was() -> None:
    for state in (State(), EVERY_MODE):
        assert read(LAB.code(state, G)) == replace(product_of(state), irreps1=product_of(state).irreps1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Nothing was pasted"),
        ("def f(:", "no Python code"),
        ("x = 3", "no tensor product"),
        ("o3.FullyConnectedTensorProduct('1o', '1o')", "lacks irreps_out"),
        ("o3.FullyConnectedTensorProduct(irreps, '1o', '0e')", "“irreps” is not a plain value"),
        ("o3.FullyConnectedTensorProduct(open('/etc/passwd').read(), '1o', '0e')", "never run"),
        ("o3.FullyConnectedTensorProduct(__import__('os').system('true'), '1o', '0e')", "never run"),
        ("o3.TensorProduct('1o', '1o', '1o', [(0, 0, 0, 'uvw', True)])", "1o is odd"),
        ("o3.TensorProduct('1o', '1o', '1e', [(0, 0, 0, 'uvw')])", "Instruction 0"),
        ("o3.TensorProduct('1o', '1o', '1e', [(0, 0, 0, 'uvw', True)], colour='red')", "no argument “colour”"),
        ("o3.FullTensorProduct('1x1', '1o')", "no parity"),
        ("TensorProduct(1x1o x 1x1o -> 7x1e | 3 paths | 2 weights)", "does not say which 3 paths"),
        ("a = b\nb = a\no3.FullTensorProduct(a, '1o')", "not a plain value"),
        ("(" * 300 + "1" + ")" * 300, "no Python code"),
    ],
)
def test_what_is_not_understood_is_told(text: str, words: str) -> None:
    with pytest.raises(UserError) as told:
        read(text)
    assert words in str(told.value.message) or words in str(told.value)
    assert told.value.hint


# ---- figures and films ------------------------------------------------------------------------------------------------------------


def test_figures_keep_text_as_text(tmp_path: Path) -> None:
    sheet = LAB.pictures(State(beside=False), IDENTITY)
    export_figure(sheet, tmp_path / "a.svg", FigureOptions(900, 700))
    written = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert ">8×1o<" in written and "<path" in written and "<image" not in written
    export_figure(sheet, tmp_path / "a.pdf", FigureOptions(900, 700))
    pypdfium2 = pytest.importorskip("pypdfium2")
    document = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    assert "8×1o" in document[0].get_textpage().get_text_range()
    document.close()


def test_films_learn_and_swing() -> None:
    film = next(f for f in LAB.films(learning(CROSS, "1x1e + 1x1o"), IDENTITY) if f.name == "training")
    assert film.at(0.0)[0].step == 0 and film.at(1.0)[0].step == 200
    swing = next(f for f in LAB.films(State(), IDENTITY) if f.name == "weights")
    assert swing.at(0.1)[0].weights != swing.at(0.4)[0].weights


def test_every_tour_state_draws_in_both_directions_of_time() -> None:
    for state in LAB.tour:
        for g in (IDENTITY, G):
            assert all(panel.picture is not None for panel in LAB.pictures(state, g).panels)
            assert LAB.facts(state, g)


def test_whatever_a_person_does_ends_in_a_picture_or_a_sentence() -> None:
    rng = random.Random(5)

    def some() -> str:
        return "+".join(f"{rng.choice((0, 1, 1, 2, 3))}x{rng.randint(0, 3)}{rng.choice('eo')}" for _ in range(rng.choice((0, 1, 2, 3, 10))))

    items = [
        "in1 0",
        "in1 1",
        "in2 0",
        "out 0",
        "out 9",
        "path 0",
        "path 99",
        "add in1",
        "add out",
        "chip fewer",
        "chip flip",
        "chip remove",
        "",
    ]
    for _ in range(150):
        state = State(
            view=rng.choice(VIEWS), preset=rng.choice(list(PRESETS)), irreps1=some(), irreps2=some(), irreps_out=some(), samples=8,
            chip=rng.choice(("", "in1 0", "out 7", "nothing")), target=rng.choice(TARGETS), step=rng.choice((0, 200)),
            node=(rng.randint(-1, 9), rng.randint(-1, 9)), m=rng.randint(-3, 3), chosen=rng.randint(-1, 6),
        )  # fmt: skip
        for _ in range(3):
            for ask in (LAB.pictures, LAB.facts, LAB.check, LAB.code):
                try:
                    ask(state, G)
                except UserError as error:
                    assert error.message.endswith(".") and error.hint
            end = Hit("paths", rng.choice(items)) if rng.random() < 0.5 else None
            try:
                state = LAB.pick(state, Hit("paths", rng.choice(items), end=end)) or state
            except UserError as error:
                assert error.message.endswith(".") and error.hint


def test_draw_path_raises_for_an_empty_other_side() -> None:
    state = replace(owned(State()), irreps2="")
    with pytest.raises(UserError, match="empty"):
        draw_path(state, {"in1": 0, "out": 0})


def test_diagram_of_nothing_invites() -> None:
    bare = owned(State(), replace(product_of(State()), instructions=()))
    drawn = LAB.pictures(bare, IDENTITY).panel("paths").picture
    assert isinstance(drawn, Diagram) and any("No path yet" in getattr(s, "text", "") for s in drawn.shapes)

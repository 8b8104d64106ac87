"""The Irreps lab without a window."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from e3viz.atoms import reading
from e3viz.errors import UserError
from e3viz.labs.fields import change, knobs
from e3viz.labs.irreps import ACTIONS, LAB, State
from e3viz.labs.irreps.describe import difference
from e3viz.labs.irreps.state import basis, given, tensor
from e3viz.labs.lab import Fact, Hit
from e3viz.pictures.diagram import Box, Diagram, Formula, Picture, Text
from e3viz.resources import SAMPLE
from e3viz.symmetry.element import Element
from e3viz.symmetry.tensors import split_matrix
from e3viz.symmetry.wigner import D

G = Element((0.3, 0.5, 0.8), 78.0, inversion=True)


def diagram(state: State, g: Element = G) -> Diagram:
    picture = LAB.pictures(state, g).panel("split").picture
    assert isinstance(picture, Diagram)
    return picture


def test_the_default_matrix_is_shown_with_its_three_parts() -> None:
    state = State()
    parts = split_matrix(given(state))
    texts = {shape.text for shape in diagram(state, Element()).shapes if isinstance(shape, Text)}
    assert {"trace", "antisymmetric", "symmetric traceless"} <= texts
    assert f"{parts.traceless[0, 1]:.2f}" in texts
    assert "= 0e + 1e + 2e" in LAB.pictures(state, Element()).subtitle
    drawn = diagram(state, Element()).shapes
    assert {"\\frac{\\sqrt{2}}{2}", "\\frac{\\sqrt{3}}{3}"} <= {shape.latex for shape in drawn if isinstance(shape, Formula)}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.name)
def test_both_ways_of_turning_agree(action) -> None:  # type: ignore[no-untyped-def]
    state = action.apply(State())
    assert difference(state, G) < 1e-12
    assert np.allclose(basis(state).to_tensor(basis(state).to_irreps(tensor(state))), tensor(state))


@pytest.mark.parametrize(("formula", "shown"), [("ijk=ikj", (3, 9)), ("ijkl=jikl=klij", (9, 9))])
def test_more_indices_are_a_map(formula: str, shown: tuple[int, int]) -> None:
    state = State(formula=formula, source="random")
    maps = [shape for shape in diagram(state).shapes if isinstance(shape, Picture)]
    before, turned_, again, apart, large = (shape.pixels for shape in maps[:5])
    assert large.shape[:2] == shown
    assert np.array_equal(turned_, again) or np.abs(turned_.astype(int) - again).max() <= 1  # rounding may change a shade
    assert not np.array_equal(before, turned_)
    assert apart.std(axis=(0, 1)).max() == 0.0
    red, blue = large[..., 0].astype(int), large[..., 2].astype(int)
    numbers = basis(state).turned(tensor(state), G.linear).reshape(shown)
    clear = np.abs(numbers) > 0.2 * np.abs(numbers).max()
    assert np.array_equal((red > blue)[clear], (numbers > 0)[clear])


def test_sliders_change_what_is_shown() -> None:
    entries = dict(State().entries) | {"xx": -2.5}
    changed = change(State(), entries=tuple(sorted(entries.items())))
    assert given(changed)[0, 0] == -2.5
    stress = change(State(), formula="ij=ji")
    assert tensor(stress)[0, 1] == pytest.approx((given(stress)[0, 1] + given(stress)[1, 0]) / 2)
    left_out = next(f for f in LAB.facts(stress, G) if isinstance(f, Fact) and f.label == "Left out")
    assert float(left_out.value) == pytest.approx(np.linalg.norm(split_matrix(given(stress)).antisymmetric), abs=0.005)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("formula", "ij=jk"), ("formula", "ij=ji="), ("formula", ""), ("formula", "ijklmn"), ("formula", "i1"),
        ("pasted", "[[1, 2], [3]]"), ("pasted", "[1, 2"), ("pasted", "[[NaN, 0, 0], [0, 0, 0], [0, 0, 0]]"), ("pasted", "[" * 5000),
        ("pasted", "[[1, 0, 0], [0, 1e300, 0], [0, 0, 1]]"), ("pasted", '[{"a": 1}]'), ("pasted", "[" + "1," * 99_999 + "1]"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(field: str, value: str) -> None:
    with pytest.raises(UserError) as caught:
        change(State(source="pasted"), **{field: value})
    assert caught.value.message.endswith(".") and caught.value.hint


def test_pasted_arrays() -> None:
    expected = np.diag([1.0, 2.0, 3.0])
    for text in ("[[1,0,0],[0,2,0],[0,0,3]]", "1 0 0 0 2 0 0 0 3", "[1, 2, 3, 0, 0, 0]"):
        assert np.array_equal(given(State(source="pasted", pasted=text)), expected)


def test_tensors_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "born.extxyz"
    path.write_text(
        '2\nProperties=species:S:1:pos:R:3:born:R:9 pbc="F F F"\nH 0 0 0 1 2 3 4 5 6 7 8 9\nH 0 0 1 9 8 7 6 5 4 3 2 1\n'
    )  # fmt: skip
    assert LAB.open_file is not None
    state = LAB.open_file(State(), path)
    assert np.array_equal(given(change(state, atom=1)).ravel(), np.arange(9.0, 0.0, -1.0))
    assert LAB.pictures(state, G).panels
    for wrong in ({"atom": 7}, {"frame": 3}, {"formula": "ijkl"}):
        with pytest.raises(UserError):
            given(change(state, **wrong))


def test_a_click_chooses_a_part() -> None:
    names = [shape.name for shape in diagram(State()).shapes if isinstance(shape, Box) and shape.name]
    chosen = LAB.pick(State(), Hit("split", names[-1]))
    assert chosen is not None and chosen.chosen == 2
    assert LAB.pick(chosen, Hit("split", names[-1])).chosen == -1
    assert LAB.pick(State(), Hit("split", "")) is None


@pytest.mark.parametrize(
    "state", [State(), State(formula="ijk=ikj", source="random"), State(formula="ij=-ji", vector="1e"), State(source="file")]
)
def test_the_script_runs_and_prints_the_numbers_on_view(state: State) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LAB.code(state, G)], capture_output=True, text=True, timeout=120, check=True
    )  # fmt: skip
    lines = dict(re.split(r" = | up to | by ", line, maxsplit=1) for line in done.stdout.splitlines())
    known = basis(state)
    values = known.to_irreps(tensor(state))
    assert np.allclose(np.array(numbers_in(lines["irreps"])), values, atol=1e-10)
    assert np.allclose(np.array(numbers_in(lines["D(g) irreps"])), D(known.irreps, G) @ values, atol=1e-10)
    assert float(lines["both ways differ"]) < 1e-10
    assert float(lines["same space as e3nn's change of basis,"]) < 1e-8


def numbers_in(text: str) -> list[float]:
    return [float(word) for word in text.strip("[]").split(",")]


def dragged(state: State, name: str, up: float) -> State | None:
    return LAB.pick(state, Hit("split", f"cell {name}", position=(50.0, 50.0), end=Hit("split", "", position=(50.0, 50.0 - up))))


def test_a_number_of_the_matrix_is_dragged_in_the_picture() -> None:
    after = dragged(State(), "xy", 60.0)
    assert after is not None
    assert np.allclose(given(after) - given(State()), np.outer([1, 0, 0], [0, 1, 0]))
    assert LAB.pick(State(), Hit("split", "cell xy")) is None
    cells = [shape for shape in diagram(State()).shapes if isinstance(shape, Box) and shape.slides]
    assert [cell.name for cell in cells] == [f"cell {name}" for name, _ in State().entries]


def test_a_drag_keeps_the_symmetry_of_the_indices() -> None:
    stress = dragged(State(formula="ij=ji"), "xz", 30.0)
    assert stress is not None
    change_ = tensor(stress) - tensor(State(formula="ij=ji"))
    assert change_[0, 2] == pytest.approx(0.5)
    assert np.allclose(change_, change_.T)
    assert dragged(State(formula="ij=-ji"), "xx", 30.0) is None


@pytest.mark.parametrize(("turn", "columns"), [("Cartesian", 2), ("irreps", 2), ("both", 3)])
def test_both_ways_of_turning_stand_side_by_side(turn: str, columns: int) -> None:
    titles = [shape.text for shape in diagram(State(turn=turn)).shapes if isinstance(shape, Text)]
    assert sum(title.startswith(("T′ = R", "Qᵀ")) for title in titles) == columns - 1
    assert any(title.startswith("difference") for title in titles) is (turn == "both")


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e5])
def test_numbers_of_a_matrix_are_written_alike(scale: float) -> None:
    state = State(entries=tuple((name, value * scale) for name, value in State().entries))
    texts = [shape.text for shape in diagram(state, Element()).shapes if isinstance(shape, Text)]
    assert not any("e−" in text for text in texts)
    assert any("× 10" in text for text in texts) is (scale != 1.0)
    assert "1.60" in texts


def test_pasted_and_file_begin_with_something_that_works() -> None:
    assert np.abs(tensor(State(source="pasted"))).max() == pytest.approx(2.0)
    with pytest.raises(UserError, match="No array is pasted yet"):
        given(State(formula="ijk", source="pasted"))
    first = reading.load(str(SAMPLE))[0]
    expected = np.einsum("ai,aj->ij", first.positions, first.arrays["forces"])
    assert np.allclose(tensor(State(source="file")), expected)


def test_six_numbers_are_in_the_order_of_voigt_as_in_ase() -> None:
    from ase.stress import voigt_6_to_full_3x3_stress

    six = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert np.array_equal(given(State(formula="ij=ji", source="pasted", pasted=str(six))), voigt_6_to_full_3x3_stress(six))


@pytest.mark.parametrize("formula", ["i", "ijk=jik", "ijkl=jikl=klij"])
def test_another_formula_shows_something_before_anything_is_dragged(formula: str) -> None:
    state = State(formula=formula)
    assert np.abs(tensor(state)).max() > 0.1
    rows = knobs(State)["entries"].rows(state)  # type: ignore[misc]
    moved = replace(state, entries=((rows[0].name, -2.5),))
    after = knobs(State)["entries"].rows(moved)  # type: ignore[misc]
    assert after[0].value == -2.5 and [row.value for row in after[1:]] == [row.value for row in rows[1:]]
    assert not np.allclose(tensor(moved), tensor(state))

"""What every lab keeps: pictures from the default and after each change, words for undo, JSON and back, code that compiles, an
equivariance error that is small, and no change of the state by looking at it."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path
from typing import Any

import pytest

from e3viz import labs
from e3viz.errors import UserError
from e3viz.labs.fields import Knob, change, describe, from_json, hints, knobs, to_json
from e3viz.labs.lab import Card, Elsewhere, Fact, Lab, Table
from e3viz.labs.session import Session, as_json, read
from e3viz.pictures.sheet import Sheet
from e3viz.symmetry.element import IDENTITY, Element

NAMES = [entry.name for entry in labs.LABS]
ORDER = [
    "groups", "transformations", "irreps", "harmonics", "tensor-product", "equivariance", "structures", "features", "training",
    "data-efficiency", "figures",
]  # fmt: skip
G = Element(axis=(0.3, 0.5, 0.8), angle=78.0, inversion=True, translation=(0.5, -0.2, 0.1))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))


@pytest.fixture(params=NAMES)
def lab(request: pytest.FixtureRequest) -> Lab:
    return labs.load(request.param)


def other_values(state: Any, name: str, spec: Knob) -> list[Any]:
    """Values that a person could set instead of the one there now."""
    value, options = getattr(state, name), spec.options(state)
    low, high = spec.limits(state)
    if options is not None:
        return [option for option in options if option != value][:6]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float) and low is not None and high is not None:
        kind = type(value)
        return [v for v in {kind(low), kind(high), kind((low + high) / 2)} if v != value]
    return []


def draws(lab: Lab, state: Any, g: Element) -> bool:
    """Whether there is a picture, or a sentence that says why not."""
    try:
        return bool(lab.pictures(state, g).panels)
    except UserError as error:
        assert error.message.endswith(".")
        return True


def test_names_and_order() -> None:
    assert [name for name in ORDER if name in NAMES] == NAMES


def test_description_is_complete(lab: Lab) -> None:
    assert lab.name in NAMES and lab.title and lab.section in ("learn", "work")
    for name, spec in knobs(lab.State).items():
        assert spec.tip.endswith("."), f"the tip of {name} is no sentence"
        assert spec.kind == "hidden" or spec.label
        assert spec.kind == "hidden" or spec.playable or spec.tab in lab.tabs, f"{name} is on no tab"
    assert set(knobs(lab.State)) == set(hints(lab.State)), "every field is described"


def test_default_draws(lab: Lab) -> None:
    sheet = lab.pictures(lab.State(), IDENTITY)
    assert isinstance(sheet, Sheet) and sheet.panels and sheet.title
    for panel in sheet.panels:
        assert panel.x >= 0 and panel.x + panel.width <= 1.0001 and panel.y >= 0 and panel.y + panel.height <= 1.0001


def test_every_state_of_the_tour_draws(lab: Lab) -> None:
    for state in lab.tour:
        assert lab.pictures(state, G).panels


def test_every_field_changes_and_comes_back(lab: Lab) -> None:
    state = lab.State()
    for name, spec in knobs(state).items():
        for value in other_values(state, name, spec):
            changed = change(state, **{name: value})
            assert changed != state and describe(state, changed)
            assert draws(lab, changed, G)
            assert from_json(lab.State, to_json(changed)) == changed
            assert change(changed, **{name: getattr(state, name)}) == state


def test_pure(lab: Lab) -> None:
    state = lab.State()
    before = to_json(state)
    lab.pictures(state, G), lab.facts(state, G), lab.check(state, G), lab.code(state, G)
    assert to_json(state) == before and dataclasses.is_dataclass(state)
    hash(state)


def test_facts(lab: Lab) -> None:
    for fact in lab.facts(lab.State(), G):
        assert isinstance(fact, Fact | Table | Card)
        assert fact.tab in ("", *lab.tabs)


def test_equivariant(lab: Lab) -> None:
    found = lab.check(lab.State(), G)
    assert found is None or found.passed, f"{found}"


def test_code_is_python(lab: Lab) -> None:
    for g in (IDENTITY, G):
        ast.parse(lab.code(lab.State(), g))


def test_actions(lab: Lab) -> None:
    drawn = 0
    tried = [action for action in lab.actions if not action.lasting]
    for action in lab.actions:
        assert action.title and action.tip.endswith(".")
    for action in tried:
        try:
            changed = action.apply(lab.State(), *(["2"] if action.asks else [[]] if action.chooses else []))
        except UserError as error:  # it needs a selection, say
            assert error.message.endswith(".") and error.hint
            continue
        if isinstance(changed, Elsewhere):
            there = labs.load(changed.lab)
            changed, lab_shown = change(there.State(), **changed.fields), there
        else:
            lab_shown = lab
        drawn += draws(lab_shown, changed, IDENTITY)
    assert drawn >= len(tried) / 2


def test_films(lab: Lab) -> None:
    for film in lab.films(lab.State(), G):
        for t in (0.0, 0.5, 1.0):
            state, g = film.at(t)
            assert lab.pictures(state, g).panels


def test_session_round_trip(lab: Lab) -> None:
    session = Session(lab.name, G).with_state(lab.State())
    assert read(as_json(session)) == session


def test_explained(lab: Lab) -> None:
    assert len(lab.explain.split()) > 60

"""Fields of a state: values typed by a person, in JSON and in words."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from e3viz.errors import UserError
from e3viz.labs.fields import change, coerce, describe, from_json, knob, knobs, to_json


@dataclass(frozen=True)
class Pet:
    name: str = knob("Rex", "Name", "What it is called.")
    kind: str = knob("dog", "Kind", "What it is.", choices=("dog", "cat", "ferret"))
    legs: int = knob(4, "Legs", "How many legs.", low=0, high=lambda pet: 4 if pet.kind == "dog" else 8)
    mass: float = knob(3.5, "Mass", "Its mass in kg.", unit="kg", low=0.0)
    tame: bool = knob(True, "tame", "Whether it bites.")
    place: tuple[float, float, float] = knob((0.0, 0.0, 0.0), "Place", "Where it is, in m.")
    toys: tuple[tuple[str, int], ...] = knob((), "Toys", "What it plays with.", kind="table")
    owner: str | None = knob(None, "Owner", "Whose it is.", kind="text")


def test_kinds_follow_from_defaults() -> None:
    assert {n: k.kind for n, k in knobs(Pet).items()} == {
        "name": "text", "kind": "choice", "legs": "number", "mass": "number", "tame": "switch", "place": "vector", "toys": "table",
        "owner": "text",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("legs", "3", 3),
        ("mass", "−0".replace("−0", "1e-3"), 1e-3),
        ("tame", "off", False),
        ("place", "1, -2.5, 0", (1.0, -2.5, 0.0)),
        ("place", "1 2 3", (1.0, 2.0, 3.0)),
        ("owner", "none", None),
        ("kind", "cat", "cat"),
    ],
)
def test_text_is_understood(field: str, text: str, value: object) -> None:
    assert getattr(change(Pet(), **{field: text}), field) == value


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("legs", "many", "Legs is a number, not “many”."),
        ("legs", "2.5", "whole number"),
        ("legs", "5", "It goes from 0 to 4."),
        ("mass", "nan", "finite"),
        ("mass", "-1", "at least 0 kg"),
        ("tame", "perhaps", "either on or off"),
        ("place", "1,2", "has 3 entries, not 2"),
        ("kind", "catt", "Did you mean “cat”?"),
        ("nmae", "x", "Did you mean “name”?"),
    ],
)
def test_mistakes_are_named(field: str, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words.replace("?", r"\?")):
        change(Pet(), **{field: text})


def test_limits_follow_the_state() -> None:
    assert change(Pet(kind="ferret"), legs=8).legs == 8


def test_json_and_back() -> None:
    pet = Pet("Tom", "cat", 3, 4.25, False, (1.0, 2.0, 3.0), (("ball", 2), ("mouse", 1)), "Ann")
    assert from_json(Pet, json.loads(json.dumps(to_json(pet)))) == pet
    assert from_json(Pet, {}) == Pet()


@pytest.mark.parametrize("values", [{"color": 1}, {"legs": "x"}, {"place": [1, 2]}, {"toys": [["ball"]]}, [], {"name": 3}])
def test_bad_json_is_refused(values: object) -> None:
    with pytest.raises(UserError):
        from_json(Pet, values)  # type: ignore[arg-type]


def test_changes_in_words() -> None:
    pet = Pet()
    assert describe(pet, pet) == ""
    assert describe(pet, change(pet, kind="cat")) == "kind cat"
    assert describe(pet, change(pet, tame=False)) == "tame off"
    assert describe(pet, change(pet, mass=2.5)) == "mass 2.5 kg"
    assert describe(pet, change(pet, kind="cat", tame=False, legs=1)) == "3 settings"


def test_supercell_in_words() -> None:
    @dataclass(frozen=True)
    class Crystal:
        supercell: tuple[int, int, int] = knob((1, 1, 1), "Supercell", "Repeats.")

    assert describe(Crystal(), Crystal((2, 2, 1))) == "supercell 2×2×1"
    assert coerce("2×2×1", tuple[int, int, int], "Supercell") == (2, 2, 1)

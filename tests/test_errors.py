"""Sentences for people, with the nearest valid choice."""

from __future__ import annotations

from e3viz.errors import FileError, UserError, nearest


def test_message_and_hint_make_one_text() -> None:
    assert str(UserError("That is wrong.")) == "That is wrong."
    error = FileError("That is wrong.", "This is right.")
    assert (str(error), error.message, error.hint) == ("That is wrong. This is right.", "That is wrong.", "This is right.")
    assert isinstance(error, UserError)


def test_the_nearest_choice_keeps_its_spelling() -> None:
    assert nearest("strctures", ["groups", "structures", "irreps"]) == "Did you mean “structures”?"
    assert nearest("NACL", ["NaCl", "KCl"]) == "Did you mean “NaCl”?"


def test_the_beginning_of_a_long_choice_is_near() -> None:
    assert nearest("ball", ["space filling", "ball and stick"]) == "Did you mean “ball and stick”?"


def test_where_none_is_near_all_are_named_if_they_are_few() -> None:
    assert nearest("zzz", ["one", "two"]) == "Choose one of: one, two."
    assert nearest("zzz", []) == ""
    many = nearest("zzz", [f"choice{n}" for n in range(100)])
    assert many.startswith("Choose for example choice0") and len(many) < 100

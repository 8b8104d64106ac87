"""The session of the window: steps of undo, previews, cameras."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from e3viz.labs.session import Session
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import Element


@pytest.fixture
def store(app: Any) -> Any:
    from e3viz.gui.store import Store

    return Store()


def angles(store: Any, *values: float) -> None:
    for value in values:
        store.set_g(Element(angle=value), f"angle {value:g}°")


def test_undo_and_redo_in_words(store: Any) -> None:
    angles(store, 10, 20)
    assert (store.undo_text, store.redo_text) == ("angle 20°", "")
    store.undo()
    assert (store.undo_text, store.redo_text, store.session.g.angle) == ("angle 10°", "angle 20°", 10)
    store.undo()
    assert (store.undo_text, store.redo_text, store.session.g.angle) == ("", "angle 10°", 0)
    store.undo()
    store.redo()
    store.redo()
    store.redo()
    assert (store.undo_text, store.redo_text, store.session.g.angle) == ("angle 20°", "", 20)
    store.undo()
    angles(store, 30)
    assert store.redo_text == "", "something new forgets what was undone"


def test_a_drag_is_one_step(store: Any) -> None:
    heard: list[float] = []
    store.changed.connect(lambda old, new: heard.append(new.g.angle))
    for value in (1.0, 2.0, 3.0):
        store.set_g(Element(angle=value), preview=True)
    assert store.undo_text == ""
    store.set_g(Element(angle=4.0), "angle 4°")
    assert heard == [1, 2, 3, 4]
    store.undo()
    assert store.session.g.angle == 0 and store.undo_text == ""


def test_nothing_changed_is_no_step(store: Any) -> None:
    store.set_g(Element())
    assert store.undo_text == ""


def test_undo_leaves_cameras_as_they_are(store: Any) -> None:
    angles(store, 10)
    store.set_camera("structure", Camera(direction=(1.0, 0.0, 0.0)))
    store.undo()
    assert store.session.g.angle == 0
    assert store.session.cameras["structures/structure"].direction == (1.0, 0.0, 0.0)


def test_history_is_bounded(store: Any) -> None:
    from e3viz.gui.store import MOST_STEPS

    angles(store, *(0.5 * n for n in range(1, MOST_STEPS + 20)))
    for _ in range(MOST_STEPS):
        assert store.undo_text
        store.undo()
    assert store.undo_text == ""


def test_an_opened_session_has_no_past(store: Any) -> None:
    angles(store, 10)
    store.replace_all(replace(Session(), g=Element(angle=50.0)))
    assert store.undo_text == "" and store.session.g.angle == 50

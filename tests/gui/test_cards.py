"""Cards of what goes on by itself, actions that ask first, and a page that follows what changes beside the state."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("PySide6")

from gui.tiny import TINY, State
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QInputDialog, QMessageBox, QPlainTextEdit, QToolButton

from e3viz.labs.lab import Action, Card
from e3viz.labs.session import Session

RENAME = Action("rename", "Rename…", "Another name.", lambda s, name: replace(s, notes=name), asks="New name", given="old", sign="more")
DROP = Action("drop", "Delete…", "Away with it.", lambda s: replace(s, notes="gone"), careful="Delete the run?", sign="stop")


class Outside:
    """Something that goes on by itself."""

    done = 0.25


def lab(outside: Outside):
    def facts(state, g):
        return [Card("one", "a run", f"{outside.done:g}", "3 s left", outside.done, "#2f9e77", (DROP, RENAME))]

    def pick(state, hit):
        return replace(state, picked=7) if hit.panel == "card" and hit.item == "one" else None

    return replace(TINY, facts=facts, pick=pick, watch=lambda state: outside.done)


@pytest.fixture
def page(app, show, until):
    from e3viz.gui.page import Page
    from e3viz.gui.store import Store
    from e3viz.gui.theme import ThemeState
    from e3viz.gui.work import Worker

    store, worker, outside = Store(Session().with_state(State())), Worker(), Outside()
    made = Page(lab(outside), store, worker, ThemeState("light"))
    made.store, made.outside = store, outside
    show(made, 1000, 640)
    made.refresh()
    until(lambda: made.findChild(QFrame, "structures.card.one") is not None and not worker.busy())
    yield made
    made.close_views()
    worker.close()


def card(page) -> QFrame:
    found = page.findChild(QFrame, "structures.card.one")
    assert found is not None
    return found


def state(page) -> State:
    return page.store.session.state("structures")


def test_a_card_says_how_far_it_is_and_follows(page, until) -> None:
    assert "0.25" in card(page).accessibleName()
    page.outside.done = 0.75
    until(lambda: "0.75" in card(page).accessibleName())


def test_a_click_on_a_card_is_a_hit(page, until) -> None:
    QTest.mouseClick(card(page), Qt.MouseButton.LeftButton, pos=card(page).rect().center())
    until(lambda: state(page).picked == 7)


def test_an_action_with_a_question_waits_for_the_answer(page, until) -> None:
    page.act(RENAME)
    dialog = page.findChild(QInputDialog, "question")
    assert dialog is not None and dialog.textValue() == "old" and state(page).notes == ""
    dialog.setTextValue("new")
    dialog.accept()
    until(lambda: state(page).notes == "new")


def test_a_careful_action_is_confirmed_first_and_can_be_refused(page, until) -> None:
    button = next(b for b in card(page).findChildren(QToolButton) if "delete" in b.objectName())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    box = page.findChild(QMessageBox, "question")
    assert box is not None and "Delete the run?" in box.text()
    box.reject()
    assert state(page).notes == ""
    page.act(DROP)
    box = next(b for b in page.findChildren(QMessageBox, "question") if b.isVisible())
    box.buttons()[0].click()
    until(lambda: state(page).notes == "gone")


def test_each_button_of_a_card_does_its_own_action(show) -> None:
    from e3viz.gui.cards import CardBox
    from e3viz.pictures.style import LIGHT

    pause, stop = (Action(sign, sign.title(), "Do it.", lambda s: s, sign=sign) for sign in ("pause", "stop"))
    box = show(CardBox("structures", Card("run", "a run", text="flat", fraction=0.5, actions=(pause, stop), warning=True), LIGHT), 280, 80)
    heard = []
    box.acted.connect(lambda action: heard.append(action.name))
    for name in ("stop", "pause"):
        QTest.mouseClick(box.findChild(QToolButton, f"structures.card.run.{name}"), Qt.MouseButton.LeftButton)
    assert heard == ["stop", "pause"]


def test_a_long_answer_is_written_over_several_lines(page, until) -> None:
    fork = Action("fork", "Fork…", "Change it.", lambda s, text: replace(s, notes=text), asks="Settings", given="a = 1\nb = 2", long=True)
    page.act(fork)
    until(lambda: page.findChild(QInputDialog, "question") is not None)
    dialog = page.findChild(QInputDialog, "question")
    editor = dialog.findChild(QPlainTextEdit)
    QTest.keyClicks(editor, "c = 3 ")
    assert editor.toPlainText() == "c = 3 a = 1\nb = 2", "nothing was selected"
    dialog.accept()
    until(lambda: page.store.session.state().notes == "c = 3 a = 1\nb = 2")

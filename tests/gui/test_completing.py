"""Completion in a line of irreps, with the keyboard alone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from e3viz.gui.completing import IrrepsField
from e3viz.gui.forms import Form
from e3viz.labs import load
from e3viz.symmetry.irreps import Irreps


def _read(text: str) -> str:
    return str(Irreps.parse(text)) and text


def test_choosing_with_the_arrow_and_return(show: Any) -> None:
    field = IrrepsField(_read)
    show(field)
    field.setObjectName("field")
    field.setFocus()
    problems: list[str] = []
    moved: list[str] = []
    field.problem.connect(problems.append)
    field.moved.connect(moved.append)
    QTest.keyClicks(field, "3x1")
    popup = field.completer_.popup()
    assert popup.isVisible() and "vector" in str(field.offered.item(0).text())
    assert problems[-1]
    QTest.keyClick(popup, Qt.Key.Key_Down)
    assert field.text() == "3x1"
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "3x1o" == moved[-1] and not problems[-1]
    assert not popup.isVisible()


def test_nothing_is_offered_after_an_error(show: Any) -> None:
    field = IrrepsField(_read)
    show(field)
    QTest.keyClicks(field, "3z + 1")
    assert not field.completer_.popup().isVisible() and field.offered.rowCount() == 0


def test_a_late_preview_leaves_alone_what_was_typed_since(show: Any) -> None:
    field = IrrepsField(_read)
    show(field)
    problems: list[str] = []
    field.problem.connect(problems.append)
    QTest.keyClicks(field, "1e5x")
    field.show_value("1e")  # what was good two keys ago
    assert field.text() == "1e5x" and problems[-1]
    field.show_value("2e")
    assert field.text() == "2e" and not problems[-1]


def test_a_late_picture_keeps_the_complaint_about_its_field(show: Any) -> None:
    lab = load("transformations")
    form = Form("transformations", lab.State(), "Show")
    show(form)
    field = form.findChild(IrrepsField)
    QTest.keyClicks(field, "+")
    said = [label for label in form.findChildren(QLabel) if label.property("tone") == "bad" and label.text()]
    assert len(said) == 1
    form.mark("irreps", "")
    assert said[0].text()
    field.show_value("0e")
    assert not said[0].text()

"""Completion in a line of irreps, with the keyboard alone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from e3viz.gui.completing import IrrepsField
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

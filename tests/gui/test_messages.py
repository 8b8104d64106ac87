"""Banner and reports: what people are told, and how long it stands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def banner(app: Any, show: Callable[..., Any]) -> Any:
    from PySide6.QtWidgets import QWidget

    from e3viz.gui.banner import Banner
    from e3viz.gui.theme import ThemeState

    theme = ThemeState("light")
    host = QWidget()
    host.setObjectName("host")
    made = Banner(theme, host)
    theme.setParent(host)
    show(host, 600, 60)
    return made


def button(banner: Any, name: str) -> Any:
    from PySide6.QtWidgets import QPushButton

    return next(b for b in banner.findChildren(QPushButton, f"banner.{name}") if b.isVisibleTo(banner))


def test_says_it_with_a_sign_and_a_word_not_by_colour_alone(banner: Any) -> None:
    from PySide6.QtWidgets import QLabel

    for tone, sign, word in (("bad", "⚠", "Mistake"), ("good", "✓", "Done"), ("note", "i", "Note")):
        banner.say("So it is.", tone)
        signs = [label for label in banner.findChildren(QLabel) if label.text() == sign]
        assert banner.text == "So it is." and signs and signs[0].accessibleName() == word


def test_a_question_comes_back_after_a_newer_message(banner: Any) -> None:
    answers: list[str] = []
    banner.say("Restore?", "note", (("Restore", lambda: answers.append("yes")), ("Discard", lambda: answers.append("no"))))
    banner.say("Wrong file.", "bad")
    assert banner.text == "Wrong file."
    banner.settle()
    assert banner.text == "Restore?"
    banner.settle()
    assert banner.text == "Restore?", "opening a file does not answer a question"
    button(banner, "restore").click()
    assert answers == ["yes"] and banner.text == ""


def test_good_news_goes_by_itself(banner: Any, monkeypatch: pytest.MonkeyPatch, until: Callable[..., None]) -> None:
    monkeypatch.setattr("e3viz.gui.banner.GOOD_STAYS", 30)
    banner.say("Saved.", "good")
    until(lambda: banner.text == "")


def test_close_button(banner: Any) -> None:
    banner.say("Wrong.", "bad")
    button(banner, "close").click()
    assert banner.text == ""


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except type(error) as caught:
        return caught


def test_defects_are_collected_and_counted(show: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

    from e3viz.gui.reports import Watch

    window = show(QWidget())
    window.setObjectName("host")
    watch = Watch(window)
    first = raised(ValueError("the first"))
    for error in (first, first, raised(KeyError("the second"))):
        watch.show(error)
    report = watch.open
    assert report is not None and report.isVisible() and not report.isModal()
    assert report.text.count("ValueError: the first") == 1 and "KeyError: 'the second'" in report.text
    assert "3 times" in report.findChild(QLabel).text()
    report.findChild(QPushButton, "report.copy").click()
    assert QApplication.clipboard().text() == report.text and "Python" in report.text
    report.close()
    watch.show(first)
    assert watch.open is not report and "KeyError" not in watch.open.text
    watch.close()
    assert "the first" in capsys.readouterr().err


def test_an_exception_in_a_slot_is_caught(show: Callable[..., Any], until: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QWidget

    from e3viz.gui.reports import Watch

    before = sys.excepthook
    window = show(QWidget())
    window.setObjectName("host")
    watch = Watch(window)

    def broken() -> None:
        raise RuntimeError("in a slot")

    QTimer.singleShot(0, window, broken)
    until(lambda: watch.open is not None)
    assert "in a slot" in watch.open.text
    watch.close()
    assert sys.excepthook == before
    capsys.readouterr()


def test_a_mistake_is_old_when_something_else_was_done(banner: Any) -> None:
    banner.say("Wrong number.", "bad")
    banner.forgive()
    assert banner.text == ""
    banner.say("Changed on disk.", "note")
    banner.forgive()
    assert banner.text == "Changed on disk."

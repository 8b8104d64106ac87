"""A sentence under the top bar: what went wrong and what would be right, or a question, without stopping anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from e3viz.gui.theme import ThemeState

SIGNS = {"bad": "⚠", "good": "✓", "note": "i"}
WORDS = {"bad": "Mistake", "good": "Done", "note": "Note"}
GOOD_STAYS = 6000

Buttons = tuple[tuple[str, Callable[[], Any]], ...]


@dataclass(frozen=True)
class Message:
    """A sentence. tone: bad, good (goes away by itself) or note; buttons: what can be done about it."""

    text: str
    tone: str
    buttons: Buttons = ()

    @property
    def question(self) -> bool:
        """Whether it waits for an answer, so that a newer message only covers it for a while."""
        return self.tone == "note" and bool(self.buttons)


class Banner(QFrame):
    """One message at a time: the newest stands. A question that was covered comes back when the newer message goes."""

    def __init__(self, theme: ThemeState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._theme = theme
        self._message: Message | None = None
        self._asked: list[Message] = []
        self._sign, self._text = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._buttons: list[QPushButton] = []
        self._close = QPushButton("✕")
        self._close.setProperty("look", "flat")
        self._close.setObjectName("banner.close")
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close this message.")
        self._close.clicked.connect(self.dismiss)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 5, 10, 5)
        self._row.setSpacing(8)
        self._row.addWidget(self._sign)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        theme.changed.connect(self._colour)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" if it is not on view."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, tone: str = "bad", buttons: Buttons = ()) -> None:
        """Show a message."""
        if self._message is not None and self._message.question:
            self._asked.append(self._message)
        self._show(Message(text, tone, buttons))

    def settle(self) -> None:
        """All is well again: take a mistake off the screen, but no question."""
        if self._message is not None and not self._message.question:
            self.dismiss()

    def forgive(self) -> None:
        """A mistake is old as soon as something else was done: take it off the screen."""
        if self._message is not None and self._message.tone == "bad" and not self._message.question:
            self.dismiss()

    def dismiss(self) -> None:
        """Take the message away; a question that it covered comes back."""
        self._message = None
        self._timer.stop()
        if self._asked:
            self._show(self._asked.pop())
        else:
            self.hide()

    def _show(self, message: Message) -> None:
        self._message = message
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = [self._button(title, do) for title, do in message.buttons]
        self._sign.setText(SIGNS[message.tone])
        self._sign.setAccessibleName(WORDS[message.tone])
        self._text.setText(message.text)
        self._text.setAccessibleName(f"{WORDS[message.tone]}: {message.text}")
        self._colour()
        self.show()
        self._timer.stop()
        if message.tone == "good":
            self._timer.start(GOOD_STAYS)

    def _button(self, title: str, do: Callable[[], Any]) -> QPushButton:
        button = QPushButton(title)
        button.setObjectName(f"banner.{title.lower().replace(' ', '-')}")
        button.setAccessibleName(title)
        button.setToolTip(f"{title}.")

        def answer() -> None:
            self.dismiss()
            do()

        button.clicked.connect(answer)
        self._row.insertWidget(self._row.count() - 1, button)
        button.show()
        return button

    def _colour(self) -> None:
        theme = self._theme.theme
        back, ink = {
            "bad": (theme.bad_soft, theme.bad), "good": (theme.good_soft, theme.good), "note": (theme.accent_soft, theme.ink),
        }[self._message.tone if self._message else "note"]  # fmt: skip
        self.setStyleSheet(
            f"#banner {{ background: {back}; border: none; border-bottom: 1px solid {theme.line}; }} #banner QLabel {{ color: {ink}; }}"
        )

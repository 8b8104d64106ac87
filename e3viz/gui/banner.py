"""A sentence under the top bar: what went wrong and what would be right, or a question, without stopping anybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from e3viz.gui.theme import ThemeState

SIGNS = {"bad": "⚠", "good": "✓", "note": "i"}
GOOD_STAYS = 6000


class Banner(QFrame):
    """One message at a time; the newest stands."""

    def __init__(self, theme: ThemeState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._theme = theme
        self._tone = "note"
        self._sign, self._text = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._text.setAccessibleName("Message")
        self._buttons: list[QPushButton] = []
        self._close = QPushButton("✕")
        self._close.setProperty("look", "flat")
        self._close.setObjectName("banner.close")
        self._close.setAccessibleName("Close this message")
        self._close.setToolTip("Close this message.")
        self._close.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 5, 10, 5)
        self._row.addWidget(self._sign)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        theme.changed.connect(self._colour)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" if it is not on view."""
        return self._text.text() if not self.isHidden() else ""

    def say(self, text: str, tone: str = "bad", buttons: tuple[tuple[str, Callable[[], Any]], ...] = ()) -> None:
        """Show a message. tone: bad, good (goes away by itself) or note; buttons: what can be done about it."""
        self._tone = tone
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = []
        for title, do in buttons:
            button = QPushButton(title)
            button.setObjectName(f"banner.{title.lower()}")
            button.setAccessibleName(title)
            button.setToolTip(f"{title}.")
            button.clicked.connect(self.hide)
            button.clicked.connect(lambda _=False, do=do: do())
            self._row.insertWidget(self._row.count() - 1, button)
            self._buttons.append(button)
        self._sign.setText(SIGNS[tone])
        self._text.setText(text)
        self._colour()
        self.show()
        self._timer.stop()
        if tone == "good":
            self._timer.start(GOOD_STAYS)

    def _colour(self) -> None:
        theme = self._theme.theme
        back, ink = {"bad": (theme.bad_soft, theme.bad), "good": (theme.good_soft, theme.good), "note": (theme.accent_soft, theme.ink)}[
            self._tone
        ]
        self.setStyleSheet(f"#banner {{ background: {back}; border: none; }} #banner QLabel {{ color: {ink}; }}")

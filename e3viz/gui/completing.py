"""A line of irreps that offers, while a person types, how the term may end and what it then means.

Up and Down choose, Return takes, Escape closes; the list never takes the keyboard from the line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QModelIndex, QRect, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QWidget

from e3viz.gui.controls import Field, Reader
from e3viz.symmetry.irreps import completions

MOST_SHOWN, FRAME = 8, 36


class IrrepsField(Field):
    """A Field with a list of completions under it."""

    def __init__(self, read: Reader, write: Callable[[Any], str] = str, parent: QWidget | None = None) -> None:
        super().__init__(read, write, live=True, parent=parent)
        self.offered = QStandardItemModel(0, 1, self)
        self.completer_ = QCompleter(self.offered, self)
        self.completer_.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer_.setMaxVisibleItems(MOST_SHOWN)
        self.completer_.setWidget(self)  # not setCompleter: that would write each choice into the line while a person only looks
        self.completer_.popup().setObjectName("irreps.completions")
        self.completer_.popup().setProperty("look", "choices")
        self.completer_.activated[QModelIndex].connect(self._take)
        self.textEdited.connect(self._offer)

    def _offer(self, text: str) -> None:
        self.offered.clear()
        found = completions(text) if self.cursorPosition() == len(text) else ()
        for completion in found:
            item = QStandardItem(f"{completion.text.rstrip(' +').rpartition('+')[2].strip()}   {completion.meaning}")
            item.setData(completion.text, Qt.ItemDataRole.UserRole)
            item.setToolTip(completion.text)
            self.offered.appendRow(item)
        if found:
            self.completer_.complete(self._room())
        else:
            self.completer_.popup().hide()

    def _room(self) -> QRect:
        """The line, made wide enough to the left that every choice can be read under it."""
        room = self.rect()
        room.setLeft(min(room.left(), room.right() - self.completer_.popup().sizeHintForColumn(0) - FRAME))
        return room

    def _take(self, index: QModelIndex) -> None:
        text = str(index.data(Qt.ItemDataRole.UserRole))
        self.setText(text)
        self._typed(text)
        if text.endswith("+ "):
            self._offer(text)

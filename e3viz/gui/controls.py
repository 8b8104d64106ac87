"""Editors of one value each, without a word about states or labs.

Each has `show_value(value)`, which never echoes, and two signals: `edited(value)` when a person has decided on a value, `moved(value)`
while they are still dragging. What was typed and cannot be understood is kept on view, outlined, and emitted by neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QTextCharFormat, QTextCursor, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QStyleOptionComboBox,
    QTextEdit,
    QWidget,
)

from e3viz.errors import UserError

WIDEST = 240
"""Pixels; a longer choice is cut off."""
WRONG = QColor(208, 52, 44)
"""Under letters that are wrong, on light and on dark."""
Reader = Callable[[str], Any]


class Field(QLineEdit):
    """A line of text that is read by `read`; problem(sentence) says what is wrong with it ("" for nothing)."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, read: Reader, write: Callable[[Any], str] = str, *, live: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read, self._write = read, write
        self._value: Any = None
        self._settled: Any = None
        self._previewing = False
        if live:
            self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._decided)

    def show_value(self, value: Any) -> None:
        """Show a value, unless a person is in the middle of typing another way to write the same one."""
        # a preview of what was typed a moment ago may come late; the focus does not tell, for a list of completions may have it
        if value == self._value and (self._previewing or self.property("wrong") != "true"):
            return
        self._value = self._settled = value
        self._previewing = False
        self.setText(self._write(value))
        if not self.hasFocus():
            self.setCursorPosition(0)  # of a text that is too long, the beginning is shown
        self._mark("")

    def _typed(self, text: str) -> None:
        try:
            value = self._read(text)
        except UserError as error:
            self._mark(str(error))
            return
        self._mark("")
        if value != self._value:
            self._value, self._previewing = value, True
            self.moved.emit(value)

    def _decided(self) -> None:
        if self._value == self._settled is not None and self.text() == self._write(self._settled):
            self._mark("")
            return  # nothing was typed; what is written may be rounded, so it must not be read back
        try:
            value = self._read(self.text())
        except UserError as error:
            self._mark(str(error))
            return
        self._mark("")
        self._previewing = False
        changed = value != self._settled
        self._value = self._settled = value
        self.setText(self._write(value))
        if changed:
            self.edited.emit(value)

    def _mark(self, sentence: str) -> None:
        wrong = "true" if sentence else "false"
        if self.property("wrong") != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
        self.problem.emit(sentence)


class Number(Field):
    """A number; up, down and the wheel (when focused) step it."""

    def __init__(self, read: Reader, step: float, write: Callable[[Any], str], width: int = 76, parent: QWidget | None = None) -> None:
        super().__init__(read, write, parent=parent)
        self._step = step
        self.setFixedWidth(width)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)

    def nudge(self, steps: float) -> None:
        """Change the value by some steps, as far as it may go."""
        if self._value is None:
            return
        try:
            value = self._read(repr(self._value + steps * self._step))
        except UserError:
            return
        self.show_value(value)
        self.edited.emit(value)

    def keyPressEvent(self, event: Any) -> None:
        """Step with the arrow keys."""
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}.get(event.key())
        if steps is None:
            super().keyPressEvent(event)
        else:
            self.nudge(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step with the wheel, only where a person has gone to on purpose."""
        if self.hasFocus():
            self.nudge(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()


class Choice(QComboBox):
    """One of several words; as wide as the one it shows."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumWidth(WIDEST)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.activated.connect(lambda _: self.edited.emit(self.currentText()))
        self.currentTextChanged.connect(lambda _: self.updateGeometry())

    def set_options(self, options: Sequence[str]) -> None:
        """Offer other words."""
        if [self.itemText(i) for i in range(self.count())] != list(options):
            with QSignalBlocker(self):
                self.clear()
                self.addItems(list(options))
            widest = max((self.fontMetrics().horizontalAdvance(text) for text in options), default=0)
            self.view().setMinimumWidth(min(widest + 40, 420))
            self.updateGeometry()  # what Qt asked for in between, it asked of an empty box

    def show_value(self, value: str) -> None:
        """Show a word; one that is not offered is added, so that what is on view is never untrue."""
        if value == self.currentText() and self.currentIndex() >= 0:
            return
        with QSignalBlocker(self):
            if self.findText(value) < 0:
                self.addItem(value)
            self.setCurrentText(value)
        self.updateGeometry()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the scroll area."""
        event.ignore()

    def initStyleOption(self, option: QStyleOptionComboBox) -> None:
        """A word that is too long ends in dots; of a path, its end is shown."""
        super().initStyleOption(option)
        option.currentText = self.fontMetrics().elidedText(_short(self.currentText()), Qt.TextElideMode.ElideRight, self.width() - 50)

    def sizeHint(self) -> QSize:
        """As wide as the word on view."""
        width = self.fontMetrics().horizontalAdvance(_short(self.currentText())) + 60
        return QSize(min(max(width, 70), WIDEST), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Narrower than the word if there is no room."""
        return QSize(min(70, self.sizeHint().width()), super().minimumSizeHint().height())


def _short(text: str) -> str:
    """A path by its last two parts, anything else as it is."""
    path = Path(text)
    return f"…/{path.parent.name}/{path.name}" if path.is_absolute() and len(path.parts) > 3 else text


class Chip(QPushButton):
    """A switch as a rounded chip; a tick as well as the colour says that it is on."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setCheckable(True)
        self.setProperty("look", "chip")
        self.clicked.connect(lambda on: self.edited.emit(bool(on)))

    def show_value(self, value: bool) -> None:
        """On or off."""
        with QSignalBlocker(self):
            self.setChecked(value)


class LongText(QPlainTextEdit):
    """Several lines of text, decided on when the focus leaves or with Ctrl+Return."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(self, read: Reader, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._read = read
        self._value = ""
        self._refused = False
        self.setFixedHeight(112)
        self.setTabChangesFocus(True)

    def show_value(self, value: str) -> None:
        """Show a text."""
        if value != self._value:
            self._value = value
            self.setPlainText(value)
            self.problem.emit("")

    def underline(self, span: tuple[int, int] | None) -> None:
        """Mark these letters as wrong; None for nothing."""
        self.setExtraSelections([] if span is None else [self._wrong(*span)])

    def _wrong(self, start: int, stop: int) -> QTextEdit.ExtraSelection:
        length = len(self.toPlainText())
        start = min(start, max(length - 1, 0))  # what is missing at the end is shown at the last letter
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(max(start, min(stop, length)), QTextCursor.MoveMode.KeepAnchor)
        back = QColor(WRONG)
        back.setAlpha(56)
        made = QTextEdit.ExtraSelection()
        made.cursor = cursor  # type: ignore[attr-defined]
        made.format.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)  # type: ignore[attr-defined]
        made.format.setUnderlineColor(WRONG)  # type: ignore[attr-defined]
        made.format.setBackground(back)  # type: ignore[attr-defined]
        return made

    def decide(self) -> None:
        """Take what stands there, if it is something else than before."""
        try:
            value = self._read(self.toPlainText())
        except UserError as error:
            self._refused = True
            self.problem.emit(str(error))
            return
        if value == self._value and not self._refused:
            return  # and whatever is said of it stays true
        self._refused = False
        self.problem.emit("")
        if value != self._value:
            self._value = value
            self.edited.emit(value)

    def focusOutEvent(self, event: Any) -> None:
        """Decide."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.decide()

    def keyPressEvent(self, event: Any) -> None:
        """Decide with Ctrl+Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.decide()
        else:
            super().keyPressEvent(event)

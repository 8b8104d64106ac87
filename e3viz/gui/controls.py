"""Editors of one value each, without a word about states or labs.

Each has `show_value(value)`, which never echoes, and two signals: `edited(value)` when a person has decided on a value, `moved(value)`
while they are still dragging. What was typed and cannot be understood is kept on view, outlined, and emitted by neither.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSlider,
    QStyleOptionComboBox,
    QWidget,
)

from e3viz.errors import UserError

STEPS = 1000
WIDEST = 220
"""Pixels; a longer choice is cut off."""
MORE = 24
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
        if live:
            self.textEdited.connect(self._typed)
        self.editingFinished.connect(self._decided)

    def show_value(self, value: Any) -> None:
        """Show a value, unless a person is in the middle of typing another way to write the same one."""
        if value == self._value and self.property("wrong") != "true":
            return
        self._value = self._settled = value
        self.setText(self._write(value))
        self._mark("")

    def _typed(self, text: str) -> None:
        try:
            value = self._read(text)
        except UserError as error:
            self._mark(str(error))
            return
        self._mark("")
        if value != self._value:
            self._value = value
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


class PlainSlider(QSlider):
    """A slider that the wheel passes over, so that scrolling an inspector changes nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, STEPS)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the scroll area."""
        event.ignore()


class Slider(QWidget):
    """A slider and its number. Dragging moves, releasing decides; the keys decide after a pause."""

    edited = Signal(object)
    moved = Signal(object)
    problem = Signal(str)

    def __init__(
        self,
        read: Reader,
        low: float,
        high: float,
        *,
        whole: bool = False,
        step: float = 0.0,
        colour: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._whole = low, high, whole
        self._step = step or (1.0 if whole else (high - low) / STEPS)
        self.slider = PlainSlider(self)
        self.number = Number(read, self._step, _short_number, width=62, parent=self)
        if colour:
            self.slider.setStyleSheet(f"QSlider::handle:horizontal {{ border-color: {colour}; }}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self.slider, 1)
        row.addWidget(self.number)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(400)
        self._pause.timeout.connect(self._decide)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self._decide)
        self.number.edited.connect(self._typed)
        self.number.problem.connect(self.problem)
        self.setFocusProxy(self.slider)

    def name_parts(self, name: str, label: str, tip: str) -> None:
        """Name the slider and its number."""
        for part, kind in ((self.slider, "slider"), (self.number, "number")):
            part.setObjectName(f"{name}.{kind}")
            part.setAccessibleName(label)
            part.setToolTip(tip)

    def show_value(self, value: float) -> None:
        """Show a value, unless a person is moving the slider: what comes back then is older than what they see."""
        if not self.slider.isSliderDown() and not self._pause.isActive():
            self.number.show_value(value)
            self._place(value)

    def set_limits(self, low: float, high: float) -> None:
        """Other ends."""
        self._low, self._high = low, high

    def _place(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            span = self._high - self._low
            self.slider.setValue(round((value - self._low) / span * STEPS) if span > 0 else 0)

    def _value(self) -> float:
        value = self._low + self.slider.value() / STEPS * (self._high - self._low)
        value = self._low + round((value - self._low) / self._step) * self._step
        value = min(max(value, self._low), self._high)
        return round(value) if self._whole else float(f"{value:.10g}")

    def _slid(self) -> None:
        value = self._value()
        self.number.show_value(value)
        self.moved.emit(value)
        if not self.slider.isSliderDown():
            self._pause.start()

    def _decide(self) -> None:
        self._pause.stop()
        self.edited.emit(self._value())

    def _typed(self, value: float) -> None:
        self._place(value)
        self.edited.emit(value)


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
        """A word that is too long ends in dots."""
        super().initStyleOption(option)
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, self.width() - 42)

    def sizeHint(self) -> QSize:
        """As wide as the word on view."""
        width = self.fontMetrics().horizontalAdvance(self.currentText()) + 54
        return QSize(min(max(width, 70), WIDEST), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Narrower than the word if there is no room."""
        return QSize(min(70, self.sizeHint().width()), super().minimumSizeHint().height())


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
        self.setFixedHeight(112)
        self.setTabChangesFocus(True)

    def show_value(self, value: str) -> None:
        """Show a text."""
        if value != self._value:
            self._value = value
            self.setPlainText(value)
            self.problem.emit("")

    def _decide(self) -> None:
        try:
            value = self._read(self.toPlainText())
        except UserError as error:
            self.problem.emit(str(error))
            return
        self.problem.emit("")
        if value != self._value:
            self._value = value
            self.edited.emit(value)

    def focusOutEvent(self, event: Any) -> None:
        """Decide."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._decide()

    def keyPressEvent(self, event: Any) -> None:
        """Decide with Ctrl+Return."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._decide()
        else:
            super().keyPressEvent(event)


class ElidedLabel(QLabel):
    """A label that shows as much of its text as fits, and the rest as a tooltip."""

    def __init__(
        self, text: str = "", parent: QWidget | None = None, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight, tip: str = ""
    ) -> None:
        super().__init__(parent)
        self._whole, self._mode, self._tip = text, mode, tip
        self.setText(text)

    def setText(self, text: str) -> None:
        """Keep the whole text, show what fits."""
        if text != self._whole or not self.text():
            self._whole = text
            self.updateGeometry()
            self._elide()

    def whole_text(self) -> str:
        """The text, whole."""
        return self._whole

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(MORE, self.contentsRect().width()))
        if shown != self.text():
            super().setText(shown)
        self.setToolTip(self._tip or (self._whole if shown != self._whole else ""))

    def sizeHint(self) -> QSize:
        """As wide as the whole text."""
        frame = self.width() - self.contentsRect().width()
        return QSize(self.fontMetrics().horizontalAdvance(self._whole) + frame + 1, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(self.width() - self.contentsRect().width() + MORE, super().sizeHint().height())

    def resizeEvent(self, event: Any) -> None:
        """Elide again."""
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Elide again in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._elide()


def _short_number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return f"{value:.2f}" if 0.01 <= abs(value) < 1000 else f"{value:.3g}"

"""Sliders that scrolling does not touch, with the number they stand at."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from e3viz.gui.controls import Number, Reader

STEPS = 1000


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


def _short_number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    return f"{value:.2f}" if 0.01 <= abs(value) < 1000 else f"{value:.3g}"

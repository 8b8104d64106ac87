"""The player: runs through the values of one whole-numbered field of a state, usually the frame of a trajectory.

It plays at the asked pace by leaving out values, never by queueing them: a value is asked for only after the picture of the one
before has been shown. All of one run is one step of undo: values are previews until it stops.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from e3viz.errors import UserError
from e3viz.gui.controls import Chip, Field
from e3viz.gui.place_field import Place
from e3viz.gui.room import give_way
from e3viz.gui.signs import SignButton
from e3viz.gui.sliders import PlainSlider

FASTEST = 240.0
PATIENCE = 2.0
"""Seconds after which a picture that never came is no longer waited for."""
CHART_HEIGHT, SIDE, LEAST = 96, 14, 330


class Player(QFrame):
    """asked(value, preview): the field should have this value."""

    asked = Signal(int, bool)

    def __init__(self, lab: str, field: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "card")
        self.setObjectName(f"{lab}.player")
        self.setAccessibleName(f"Player of {label.lower()}")
        self._lab, self._field, self._label = lab, field, label.lower()
        self.setMinimumWidth(LEAST)
        self._low, self._high, self._value = 0, 0, 0
        self._called: Sequence[int] = ()
        self._start = (0.0, 0)
        self._asked_at: float | None = None
        self._colours: list[tuple[str, str]] = []
        self._running = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._make()
        self.show_range(0, 0)

    # ---- what is shown ----------------------------------------------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether it is running."""
        return self._running

    @property
    def pace(self) -> float:
        """Values per second that are asked for."""
        return float(self._fps.property("value") or 25.0)

    def show_range(self, low: int, high: int, names: Sequence[int] = ()) -> None:
        """Run from low to high. names: what people call the values from 0 on."""
        self._low, self._high, self._called = low, max(low, high), names
        with QSignalBlocker(self._slider):
            self._slider.setRange(low, self._high)
            self._slider.setPageStep(max(1, (self._high - low) // 20))
        self._show()

    def show_value(self, value: int) -> None:
        """Show where the state is. If that is not where this player put it, a run goes on from there."""
        if value != self._value:
            self._value = value
            if self.playing:
                self._begin()
        self._show()

    def frame_shown(self) -> None:
        """The picture that was asked for is on the screen; the next may be asked for, at once if it is due."""
        self._asked_at = None
        if self.playing:
            self._wait()

    def expect_chart(self, wanted: bool) -> None:
        """Leave room for a chart, which `set_chart` brings, instead of the slider."""
        self._room.setVisible(wanted)
        self._slider.setVisible(not wanted)

    def set_chart(self, chart: QWidget, colours: list[tuple[str, str]]) -> None:
        """Show a chart in the room for it; colours: names of its curves and #rrggbb."""
        if chart.parent() is not self._room:
            self._room.layout().addWidget(chart)
        self.expect_chart(True)
        if colours != self._colours:
            self._colours = colours
            self._names.setText("&nbsp;&nbsp; ".join(f'<span style="color:{colour}">{name}</span>' for name, colour in colours))

    # ---- playing ----------------------------------------------------------------------------------------------------------------

    def play(self) -> None:
        """Run from here, or from the start if this is the end."""
        if self._high <= self._low:
            return
        if self._value >= self._high:
            self._value = self._low
        self._running = True
        self._begin()
        self._wait()
        self._play.say("pause", "Pause", f"Stop at this {self._label} (Space).")

    def stop(self) -> None:
        """Stop here; what was run through becomes one step."""
        if self.playing:
            self._end()

    def _halt(self) -> None:
        self._running = False
        self._timer.stop()
        self._play.say("play", "Play", self._play_tip())

    def _end(self) -> None:
        self._halt()
        self.asked.emit(self._value, False)

    def toggle(self) -> None:
        """Play or stop."""
        if self.playing:
            self.stop()
        else:
            self.play()

    def go(self, value: int) -> None:
        """Stop, and show one value."""
        self._halt()
        self._ask(min(max(value, self._low), self._high), False)

    def _begin(self) -> None:
        self._start, self._asked_at = (time.monotonic(), self._value), None

    def _wait(self) -> None:
        """Come back when the next value is due, or when the picture that is awaited will not come any more."""
        began, start = self._start
        due = began + (self._shift(start) + 1) / self.pace if self._asked_at is None else self._asked_at + PATIENCE
        self._timer.start(max(0, math.ceil(1000.0 * (due - time.monotonic()))))

    def _shift(self, start: int) -> int:
        """How many values after `start` the present one is."""
        return (self._value - start) % (self._high - self._low + 1)

    def _tick(self) -> None:
        now = time.monotonic()
        began, start = self._start
        value = start + math.floor((now - began) * self.pace + 1e-6)
        if value > self._high:
            if not self._loop.isChecked():
                self._ask(self._high, True)
                return self._end()
            self._start = now, self._low
            value = self._low
        if value != self._value:
            self._asked_at, self._value = now, value
            self.asked.emit(value, True)  # it is shown together with its picture: two flushes of a window take twice as long as one
        if self._running:
            self._wait()
        return None

    def _ask(self, value: int, preview: bool) -> None:
        self._value = value
        self._show()
        self.asked.emit(value, preview)

    def _show(self) -> None:
        self._place.show_place(self._value, self._low, self._high, self._called)
        if not self._slider.isSliderDown():
            with QSignalBlocker(self._slider):
                self._slider.setValue(self._value)
        for button, useful in ((self._first, self._value > self._low), (self._previous, self._value > self._low)):
            button.setEnabled(useful)
        for button in (self._next, self._last):
            button.setEnabled(self._value < self._high)

    def _play_tip(self) -> str:
        return f"Run through every {self._label} (Space)."

    def _read_pace(self, text: str) -> float:
        try:
            pace = float(text.lower().replace("fps", "").replace(",", ".").strip())
        except ValueError:
            raise UserError(f"“{text}” is no pace.", "Write for example 25.") from None
        if not 0.1 <= pace <= FASTEST:
            raise UserError(f"A pace of {pace:g} per second cannot be played.", f"It goes from 0.1 to {FASTEST:g}.")
        return pace

    def _set_pace(self, pace: float) -> None:
        self._fps.setProperty("value", pace)
        if self.playing:
            self._begin()
            self._wait()

    # ---- Qt ---------------------------------------------------------------------------------------------------------------------

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Space plays, the arrow keys step (ten at a time with Shift), Home and End go to the ends; False for any other key."""
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        key = event.key()
        if key == Qt.Key.Key_Space:
            self.toggle()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.go(self._value + (step if key == Qt.Key.Key_Right else -step))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.go(self._low if key == Qt.Key.Key_Home else self._high)
        else:
            return False
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The player's keys."""
        if not self.key_pressed(event):
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches: stop."""
        super().hideEvent(event)
        self.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        give_way(self._row, self.width() - 2 * SIDE, (self._names, self._first, self._last, self._fps, self._loop))

    def changeEvent(self, event: QEvent) -> None:
        """Another font needs another width."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "_place"):
            self._show()

    def _make(self) -> None:
        name, label = self.objectName(), self._label
        self._first = SignButton("first", f"{name}.first", f"First {label}", f"Go to the first {label} (Home).")
        self._previous = SignButton("previous", f"{name}.previous", f"Previous {label}", f"Go back one {label} (←).")
        self._play = SignButton("play", f"{name}.play", "Play", self._play_tip())
        self._next = SignButton("next", f"{name}.next", f"Next {label}", f"Go on one {label} (→).")
        self._last = SignButton("last", f"{name}.last", f"Last {label}", f"Go to the last {label} (End).")
        self._place = Place(label)
        self._place.setObjectName(f"{self._lab}.{self._field}")
        self._place.setAccessibleName(self._label)
        self._place.setToolTip(f"Which {label} is shown: type another and press Return.")
        self._fps = Field(self._read_pace, lambda pace: f"{pace:g} fps")
        self._fps.setObjectName(f"{name}.pace")
        self._fps.setAccessibleName("Pace")
        self._fps.setToolTip(f"How many {label}s are shown each second.")
        self._fps.setFixedWidth(66)
        self._fps.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._fps.show_value(25.0)
        self._fps.edited.connect(self._set_pace)
        self._loop = Chip("loop")
        self._loop.setChecked(True)
        self._loop.setObjectName(f"{name}.loop")
        self._loop.setAccessibleName("Loop")
        self._loop.setToolTip("Begin again at the end.")
        self._names = QLabel()
        self._names.setTextFormat(Qt.TextFormat.RichText)
        self._slider = PlainSlider()
        self._slider.setObjectName(f"{name}.slider")
        self._slider.setAccessibleName(self._label)
        self._slider.setToolTip(f"Drag to another {label}.")
        self._first.clicked.connect(lambda: self.go(self._low))
        self._previous.clicked.connect(lambda: self.go(self._value - 1))
        self._play.clicked.connect(self.toggle)
        self._next.clicked.connect(lambda: self.go(self._value + 1))
        self._last.clicked.connect(lambda: self.go(self._high))
        self._place.decided.connect(self.go)
        self._slider.valueChanged.connect(lambda value: self._ask(value, self._slider.isSliderDown()))
        self._slider.sliderReleased.connect(lambda: self._ask(self._slider.value(), False))
        self._lay_out()

    def _lay_out(self) -> None:
        row = self._row = QHBoxLayout()
        row.setSpacing(6)
        for button in (self._first, self._previous, self._play, self._next, self._last):
            row.addWidget(button)
        row.addSpacing(4)
        for widget in (self._place, self._fps, self._loop):
            row.addWidget(widget)
        row.addSpacing(10)
        row.addWidget(self._slider, 1)
        row.addStretch(0)
        row.addWidget(self._names)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(SIDE, 8, SIDE, 8)
        self._column.setSpacing(4)
        self._column.addLayout(row)
        self._room = QWidget()
        self._room.setFixedHeight(CHART_HEIGHT)
        inside = QVBoxLayout(self._room)
        inside.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._room)
        self.expect_chart(False)

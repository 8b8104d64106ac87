"""The timeline over the g bar: what moves, play and scrub, keyframes, and on to the film."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from e3viz.errors import UserError
from e3viz.export.routes import EASINGS
from e3viz.gui.clip import Clip
from e3viz.gui.controls import Choice, Number
from e3viz.gui.key_marks import KeyMarks
from e3viz.gui.signs import SignButton
from e3viz.gui.sliders import STEPS, PlainSlider
from e3viz.labs.fields import coerce
from e3viz.symmetry.element import Element

LONGEST = 600.0


class Timeline(QFrame):
    """failed(error): the route cannot be taken; export_asked(); closed()."""

    failed = Signal(object)
    export_asked = Signal()

    def __init__(self, clip: Clip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self.setObjectName("timeline")
        self.setAccessibleName("Animation")
        self.clip = clip
        self._began = 0.0
        self._drawn = True
        self._once: Element | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(15)
        self._timer.timeout.connect(self._tick)
        self._make()
        self._lay_out()
        clip.changed.connect(self._changed)
        self.hide()

    def open(self) -> None:
        """Come on view."""
        self.show()
        self.clip.look_around()

    def shut(self) -> None:
        """Go, and bring back what was on view."""
        self.stop()
        self.hide()

    def stop(self) -> None:
        """Play no more; what was on view comes back."""
        self._once = None
        self._pause()
        self.clip.stop()
        with QSignalBlocker(self._slider):
            self._slider.setValue(0)
        self._tell(0.0)

    def lab_changed(self) -> None:
        """Another lab is on view."""
        if self.isVisible():
            self.stop()
            self.clip.look_around()

    def picture_drawn(self) -> None:
        """What was asked for is on the screen: the next moment may be asked for."""
        self._drawn = True

    @property
    def playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    def play(self) -> None:
        """Run from where it stands, or pause."""
        if self.playing:
            self._pause()
            return
        t = self._slider.value() / STEPS
        self._began = time.monotonic() - (0.0 if t >= 1.0 else t) * self.clip.seconds
        self._drawn = True
        self._timer.start()
        self._play.say("pause", "Pause", "Pause the animation.")

    def play_film(self, name: str) -> None:
        """Run a film of the lab on view once, from its beginning. What was on view comes back, also where a person goes on meanwhile."""
        self.stop()
        self.clip.look_around()
        route = next((route for route, _ in self.clip.titles if (route.kind, route.name) == ("film", name)), None)
        if route is not None:
            self.clip.choose(route)
            self._once = self.clip.g
            self.play()

    def _pause(self) -> None:
        self._timer.stop()
        self._play.say("play", "Play", "Play the animation in the window.")

    def _tick(self) -> None:
        t = (time.monotonic() - self._began) / max(self.clip.seconds, 1e-3)
        if t >= 1.0:
            self.stop()
        elif self._drawn:
            self._drawn = False
            self._go_to(t)

    def _go_to(self, t: float) -> None:
        try:
            self.clip.show(t)
        except UserError as error:
            self.stop()
            self.failed.emit(error)
            return
        with QSignalBlocker(self._slider):
            self._slider.setValue(round(t * STEPS))
        self._tell(t)

    def _scrubbed(self, value: int) -> None:
        self._pause()
        self._go_to(value / STEPS)

    def _tell(self, t: float) -> None:
        self._clock.setText(f"{t * self.clip.seconds:.1f} s")

    # ---- what is shown ----------------------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        left = self._once
        if left is not None and self.playing and not self.clip.moving and self._slider.value() > 0:
            self.stop()
            self.clip.put_back(left)
        self._show()

    def _show(self) -> None:
        clip = self.clip
        with QSignalBlocker(self._what):
            self._what.clear()
            self._what.addItems([title for _, title in clip.titles])
            names = [(route.kind, route.name) for route, _ in clip.titles]
            here = (clip.route.kind, clip.route.name)
            self._what.setCurrentIndex(names.index(here) if here in names else 0)
        self._seconds.show_value(clip.seconds)
        self._marks.show_keys(clip.keys)
        chosen = self._marks.at
        for widget in (self._easing, self._drop):
            widget.setVisible(0 <= chosen < len(clip.keys))
        if 0 <= chosen < len(clip.keys):
            self._easing.show_value(clip.keys[chosen].easing)
        if not clip.moving and not self.playing:
            with QSignalBlocker(self._slider):
                self._slider.setValue(0)
            self._tell(0.0)

    def _chosen(self, number: int) -> None:
        self.stop()
        if 0 <= number < len(self.clip.titles):
            self.clip.choose(self.clip.titles[number][0])

    def _set_key(self) -> None:
        keys = self.clip.keys
        if self.clip.moving:
            first = keys[0].time if self.clip.route.kind == "keys" else 0.0
            now = first + self._slider.value() / STEPS * self.clip.seconds
        else:
            now = keys[-1].time + 2.0 if keys else 0.0
        self.clip.set_key(now)

    def _key_chosen(self, number: int) -> None:
        keys = self.clip.keys
        if len(keys) > 1:
            self._go_to((keys[number].time - keys[0].time) / (keys[-1].time - keys[0].time))
        self._show()

    def _key_moved(self, number: int, part: float) -> None:
        keys = self.clip.keys
        self.clip.change_key(number, time=keys[0].time + part * (keys[-1].time - keys[0].time))

    def _length(self, seconds: float) -> None:
        self.clip.last(seconds)

    # ---- putting it together ----------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self._play = SignButton("play", "timeline.play", "Play", "Play the animation in the window.")
        self._play.clicked.connect(self.play)
        self._what = QComboBox()
        self._what.activated.connect(self._chosen)
        self._what.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._what.setMinimumContentsLength(22)
        self._slider = PlainSlider()
        self._slider.valueChanged.connect(self._scrubbed)
        self._marks = KeyMarks()
        self._marks.chosen.connect(self._key_chosen)
        self._marks.moved.connect(self._key_moved)
        self._clock = QLabel("0.0 s")
        self._clock.setProperty("look", "mono")
        self._clock.setFixedWidth(48)
        self._seconds = Number(_length_of, 1.0, lambda v: f"{v:g}", width=58)
        self._seconds.edited.connect(self._length)
        self._easing = Choice()
        self._easing.set_options(list(EASINGS))
        self._easing.edited.connect(lambda easing: self.clip.change_key(self._marks.at, easing=easing))
        self._drop = self._button("Remove key", lambda: self.clip.drop_key(self._marks.at))
        self._key = self._button("Set key", self._set_key)
        self._export = self._button("Export animation…", self.export_asked.emit)
        self._close = self._button("✕", self.shut)
        self._close.setProperty("look", "flat")
        for name, (widget, words, tip) in {
            "what": (self._what, "What moves", "What the animation runs through."),
            "slider": (self._slider, "Moment", "Drag to look at a moment of the animation."),
            "seconds": (self._seconds, "Seconds", "How long it lasts, in s."),
            "easing": (self._easing, "Easing", "How the chosen keyframe is left: slowly at both ends, evenly, or held until the next."),
            "drop": (self._drop, "Remove key", "Take the chosen keyframe away."),
            "key": (self._key, "Set key", "Make what is on view (state, g and where it is seen from) a keyframe."),
            "export": (self._export, "Export animation", "Film it into a file."),
            "close": (self._close, "Close the timeline", "Close the timeline; what was on view comes back."),
        }.items():
            widget.setObjectName(f"timeline.{name}")
            widget.setAccessibleName(words)
            widget.setToolTip(tip)

    def _button(self, text: str, do: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.clicked.connect(lambda _: do())
        return button

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._slider)
        middle.addWidget(self._marks)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(10)
        row.addWidget(self._play)
        row.addWidget(self._what)
        row.addLayout(middle, 1)
        for widget in (
            self._clock,
            QLabel("of"),
            self._seconds,
            QLabel("s"),
            self._easing,
            self._drop,
            self._key,
            self._export,
            self._close,
        ):
            row.addWidget(widget)


def _length_of(text: str) -> float:
    seconds: float = coerce(text, float, "The length")
    if not 0.1 <= seconds <= LONGEST:
        raise UserError(f"An animation lasts 0.1 to {LONGEST:g} s.", "Write for example 6.")
    return seconds

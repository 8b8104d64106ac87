"""The bar at the foot of the window: the one current element g of E(3), its matrix, and how equivariant what is on view is.

Every editor changes the element in the store and shows what is there; a mistake is said under its editor, and the last good g stays.
“Play” runs along g's own path from the identity to g, as a preview that leaves no step of undo.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from e3viz.gui.controls import Choice, Field
from e3viz.gui.matrix import Matrix
from e3viz.gui.room import give_way
from e3viz.gui.sliders import PlainSlider
from e3viz.gui.store import Store
from e3viz.labs.lab import Check
from e3viz.labs.session import Session
from e3viz.pictures.style import Theme
from e3viz.symmetry.element import Element, Vector
from e3viz.symmetry.notation import parse_number, parse_vector

SECONDS = 1.8
"""How long “play” takes."""
TICK, PATIENCE = 15, 0.5
HEIGHT, LEAST = 72, 620
MIRRORS: dict[str, Vector] = {"⟂ x": (1.0, 0.0, 0.0), "⟂ y": (0.0, 1.0, 0.0), "⟂ z": (0.0, 0.0, 1.0)}
NO_MIRROR, ALONG = "none", "⟂ axis"


class GBar(QFrame):
    """Shows and edits the store's g. show_check(check): the badge at the right; frame_shown(): “play” may go on."""

    def __init__(self, store: Store, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "bar")
        self.setObjectName("g-bar")
        self.setAccessibleName("The current element g of E(3)")
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(LEAST)  # less than all its parts need: see `resizeEvent`
        self._store = store
        self._goal: Element | None = None
        self._shown: Element | None = None
        self._began = 0.0
        self._asked_at: float | None = None
        self._wrong: QWidget | None = None
        self._more: Any = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._make()
        self._lay_out()
        self.show_check(None)
        self._show(store.session.g)
        store.changed.connect(self._changed)

    # ---- what is shown ----------------------------------------------------------------------------------------------------------

    @property
    def g(self) -> Element:
        """The element being edited: while it plays the one it plays to."""
        return self._goal if self._goal is not None else self._store.session.g

    def show_check(self, check: Check | None) -> None:
        """Say how equivariant what is on view is."""
        tone, text, tip = "muted", "—", "Nothing on view can be tested for equivariance."
        if check is not None:
            number = f"{check.error:.0e}".replace("e-0", "e-").replace("e+00", "")
            tone = "good" if check.passed else "bad"
            text = f"equivariant to {number}" if check.passed else f"not equivariant: {number}"
            tip = f"Relative error {check.error:.2e} of {check.text}. Up to {check.tolerance:.0e} is rounding."
        self.badge.setText(text)
        self.badge.setToolTip(tip)
        if self.badge.property("tone") != tone:
            self.badge.setProperty("tone", tone)
            self.badge.style().unpolish(self.badge)
            self.badge.style().polish(self.badge)

    def show_theme(self, theme: Theme) -> None:
        """Be drawn in other colours."""
        self.matrix.show_theme(theme)

    def _changed(self, old: Session, new: Session) -> None:
        if old.g == new.g:
            return
        if self._goal is not None and new.g != self._shown:
            self._timer.stop()
            self._end()
        self._show(new.g)

    def _show(self, g: Element) -> None:
        goal = self._goal if self._goal is not None else g
        self.axis.show_value(goal.axis)
        self.shift.show_value(goal.translation)
        self.angle.show_value(g.angle)
        if not self.slider.isSliderDown():
            blocked = self.slider.blockSignals(True)
            self.slider.setValue(round((g.angle + 180.0) % 360.0 - 180.0) if g.angle != 180.0 else 180)
            self.slider.blockSignals(blocked)
        self.inversion.setChecked(goal.inversion)
        self.inversion.setText("on" if goal.inversion else "off")
        self.mirror.show_value(_mirror_name(goal))
        self.play.setEnabled(not goal.is_identity)
        self.matrix.show_element(g)

    def _say(self, field: QWidget, sentence: str) -> None:
        """A complaint under a field, or its end."""
        if sentence:
            self._wrong = field
            self.complaint.setText(sentence)
            self.complaint.show()
            self._place_complaint()
        elif self._wrong is field:
            self._wrong = None
            self.complaint.hide()

    # ---- what a person does -----------------------------------------------------------------------------------------------------

    def _set(self, text: str, *, preview: bool = False, **parts: Any) -> None:
        g = self.g
        self.stop()
        self._store.set_g(replace(g, **parts), text, preview=preview)

    def take(self, g: Element, text: str) -> None:
        """Make g another element, as one step of undo."""
        self.stop()
        self._store.set_g(g, text)

    def _mirrored(self, name: str) -> None:
        g = self.g
        if name == NO_MIRROR:
            self._set("no mirror", angle=0.0, inversion=False)
        else:
            self._set(f"mirror {name}", axis=MIRRORS.get(name, g.axis), angle=180.0, inversion=True)

    def toggle_play(self) -> None:
        """Run from the identity to g, or stop doing so."""
        if self._goal is not None:
            return self.stop()
        g = self._store.session.g
        if g.is_identity:
            return None
        self._goal, self._began, self._asked_at = g, time.monotonic(), None
        self.play.setText("■ stop")
        self._timer.start()
        return self._tick()

    def stop(self) -> None:
        """End the run at g itself."""
        if self._goal is not None:
            goal = self._goal
            self._timer.stop()
            self._end()
            self._store.set_g(goal)

    def frame_shown(self) -> None:
        """The picture that was asked for is on the screen; the next may be asked for."""
        self._asked_at = None

    def _end(self) -> None:
        self._goal = self._shown = None
        self.play.setText("▶ play")

    def _tick(self) -> None:
        now = time.monotonic()
        if self._goal is None or (self._asked_at is not None and now - self._asked_at < PATIENCE):
            return
        t = (now - self._began) / SECONDS
        if t >= 1.0:
            return self.stop()
        self._asked_at = now
        self._shown = self._goal.part(t * t * (3.0 - 2.0 * t))
        self._store.set_g(self._shown, preview=True)
        return None

    # ---- how it is made ---------------------------------------------------------------------------------------------------------

    def _make(self) -> None:
        self.axis = self._field("axis", self._read_axis, _write_vector, 108, "Axis of the rotation: three numbers, or x, y or z.")
        self.slider = PlainSlider()
        self.slider.setRange(-180, 180)
        self.slider.setMinimumWidth(56)
        self.slider.setMaximumWidth(170)
        _dress(self.slider, "g.slider", "Angle", "Angle of the rotation in degrees: drag to turn.")
        self.slider.valueChanged.connect(lambda v: self._set("angle of g", angle=float(v), preview=self.slider.isSliderDown()))
        self.slider.sliderReleased.connect(lambda: self._set("angle of g", angle=float(self.slider.value())))
        self.angle = self._field(
            "angle", self._read_angle, lambda a: f"{a:.6g}°".replace("-", "−"), 62, "Angle of the rotation in degrees."
        )
        self.play = QPushButton("▶ play")
        _dress(self.play, "g.play", "Play", "Run from the identity to g.")
        self.play.setFixedWidth(64)
        self.play.clicked.connect(self.toggle_play)
        self.inversion = QPushButton("off")
        self.inversion.setCheckable(True)
        self.inversion.setProperty("look", "switch")
        self.inversion.setFixedWidth(44)
        _dress(self.inversion, "g.inversion", "Inversion", "Invert through the origin after the rotation: x becomes −x.")
        self.inversion.clicked.connect(lambda on: self._set("inversion on" if on else "inversion off", inversion=bool(on)))
        self.mirror = Choice()
        self.mirror.setFixedWidth(84)
        self.mirror.set_options([NO_MIRROR, *MIRRORS, ALONG])
        _dress(self.mirror, "g.mirror", "Mirror", "Replace the rotation by a mirror, with its plane across x, y, z or the axis.")
        self.mirror.edited.connect(self._mirrored)
        self.shift = self._field("shift", self._read_shift, lambda v: _write_vector(v) + " Å", 88, "Translation in Å, after all else.")
        self.presets = QToolButton()
        self.presets.setFixedSize(70, 28)
        self.presets.setText("more")
        tip = "Trackball, Euler angles, quaternion, matrix, elements of point groups, inverse and composition."
        _dress(self.presets, "g.presets", "More ways to choose g", tip)
        self.presets.clicked.connect(self._open_more)
        self.matrix = Matrix()
        self.badge = QLabel()
        self.badge.setProperty("look", "badge")
        self.badge.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.badge.setObjectName("g.badge")
        self.badge.setAccessibleName("Equivariance")
        self.complaint = QLabel(self)
        self.complaint.setProperty("tone", "bad")
        self.complaint.setObjectName("g.complaint")
        self.complaint.hide()

    def _field(self, part: str, read: Callable[[str], Any], write: Callable[[Any], str], width: int, tip: str) -> Field:
        field = Field(read, write)
        field.setFixedWidth(width)
        _dress(field, f"g.{part}", part.capitalize(), tip)
        key = "translation" if part == "shift" else part
        field.edited.connect(lambda value: self._set(f"{part} of g", **{key: value}))
        field.problem.connect(lambda sentence: self._say(field, sentence))
        return field

    def _open_more(self) -> None:
        if self._more is None:
            from e3viz.gui.g_more import MoreOfG  # nobody waits for it

            self._more = MoreOfG(lambda: self._store.session.g, self)
            self._more.taken.connect(self._take_more)
        self.stop()
        self._more.open_over(self.presets)

    def _take_more(self, g: Element, words: str, preview: bool) -> None:
        self.stop()
        self._store.set_g(g, words, preview=preview)

    def _read_axis(self, text: str) -> Vector:
        return replace(self.g, axis=parse_vector(text, "The axis of a rotation")).axis

    def _read_angle(self, text: str) -> float:
        return replace(self.g, angle=parse_number(text.replace("°", ""), "The angle of a rotation (in degrees)")).angle

    def _read_shift(self, text: str) -> Vector:
        return replace(self.g, translation=parse_vector(text.replace("Å", ""), "A shift (in Å)")).translation

    def _lay_out(self) -> None:
        name = QLabel("g ∈ E(3)")
        name.setProperty("look", "name")
        name.setToolTip("One element of the Euclidean group: rotation, inversion or mirror, translation. It acts on all that is shown.")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(9)
        row.addWidget(name)
        self._groups: dict[str, QWidget] = {}
        for label, widgets in (
            ("axis", (self.axis,)), ("angle", (self.slider, self.angle)), ("", (self.play,)), ("inversion", (self.inversion,)),
            ("mirror", (self.mirror,)), ("shift", (self.shift,)), ("", (self.presets,)),
        ):  # fmt: skip
            group = QWidget()
            inside = QHBoxLayout(group)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(4)
            if label:
                word = QLabel(label)
                word.setBuddy(widgets[0])
                inside.addWidget(word)
                self._groups[label] = group
            for widget in widgets:
                inside.addWidget(widget)
            row.addWidget(group)
        row.addStretch(1)
        row.addWidget(self.matrix)
        row.addWidget(self.badge)

    def _place_complaint(self) -> None:
        if self._wrong is not None:
            self.complaint.adjustSize()
            left = min(self._wrong.mapTo(self, QPoint(0, 0)).x(), self.width() - self.complaint.width() - 10)
            self.complaint.move(max(10, left), HEIGHT - self.complaint.height() - 3)
            self.complaint.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for, and keep a complaint under its field."""
        super().resizeEvent(event)
        spared = (self.matrix, self.slider, self.presets, self._groups["mirror"], self._groups["shift"], self._groups["inversion"])
        give_way(self.layout(), self.width(), spared)
        self._place_complaint()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody watches: stop."""
        super().hideEvent(event)
        self.stop()


def _dress(widget: QWidget, name: str, words: str, tip: str) -> None:
    widget.setObjectName(name)
    widget.setAccessibleName(words)
    widget.setToolTip(tip)


def _write_vector(vector: Vector) -> str:
    return " ".join(f"{x + 0.0:.3g}" for x in vector).replace("-", "−")


def _mirror_name(g: Element) -> str:
    """Which mirror g is, by the choices offered."""
    if not (g.inversion and g.angle % 360.0 == 180.0):
        return NO_MIRROR
    return next((name for name, normal in MIRRORS.items() if normal == g.axis), ALONG)

"""The player under the pictures of a page, with the chart that is a control rather than a figure: clicking it goes to a frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from e3viz.gui.player import Player
from e3viz.labs.fields import knobs
from e3viz.labs.lab import Lab
from e3viz.pictures.chart import Chart, Curve
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import Theme


class PlayStrip(QWidget):
    """Runs through the playable field of a state. asked(name, value, preview); picked(Hit, preview)."""

    asked = Signal(str, object, bool)
    picked = Signal(object, bool)

    def __init__(self, lab: str, field: str, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._field = field
        self._player = Player(lab, field, label)
        self._chart: Any = None
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 0, 22, 14)
        column.addWidget(self._player)
        self._player.asked.connect(lambda value, preview: self.asked.emit(field, value, preview))
        self.hide()

    @classmethod
    def of(cls, lab: Lab) -> PlayStrip | None:
        """The strip of a lab that has a playable field; None for any other."""
        for name, knob in knobs(lab.State).items():
            if knob.playable:
                return cls(lab.name, name, knob.label)
        return None

    def make_room(self, state: Any, sheet: Sheet) -> None:
        """Take the place that `show_sheet` is going to need, so that the pictures are laid out once."""
        low, high = knobs(state)[self._field].limits(state)
        self.setVisible(low is not None and high is not None and high > low)
        self._player.expect_chart(_control(sheet) is not None)

    def show_sheet(self, state: Any, sheet: Sheet, theme: Theme) -> None:
        """Show where the state is, and the chart; the picture of before is on the screen by now."""
        self._player.frame_shown()
        if self.isHidden():
            return
        low, high = knobs(state)[self._field].limits(state)
        self._player.show_range(int(low or 0), int(high or 0))
        self._player.show_value(int(getattr(state, self._field)))
        panel = _control(sheet)
        if panel is None or not isinstance(panel.picture, Chart):
            return
        if self._chart is None:
            self._make_chart(panel.name)
        self._chart.show_chart(replace(panel.picture, legend=False), theme)
        curves = [plot for plot in panel.picture.plots if isinstance(plot, Curve) and plot.label]
        self._player.set_chart(self._chart, [(plot.label, theme.colour(plot.colour)) for plot in curves])

    def stop(self) -> None:
        """Stop playing."""
        self._player.stop()

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Do what a key means to the player; False if nothing."""
        return not self.isHidden() and self._player.key_pressed(event)

    def _make_chart(self, name: str) -> None:
        from e3viz.gui.chart_view import ChartView  # slow to import, and nobody waits for it

        self._chart = ChartView(name)
        self._chart.set_small()
        self._chart.picked.connect(lambda hit: self.picked.emit(hit, False))
        self._chart.rule_moved.connect(lambda hit, finished: self.picked.emit(hit, not finished))


def _control(sheet: Sheet) -> Panel | None:
    """The chart of a sheet that is no part of its figure."""
    return next((panel for panel in sheet.panels if not panel.figure and isinstance(panel.picture, Chart)), None)

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
        self._waiting: tuple[str, Chart, Theme] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 0, 22, 14)
        column.addWidget(self._player)
        self._newest: tuple[int, int] | None = None
        self._player.asked.connect(self._ask)
        self.hide()

    @classmethod
    def of(cls, lab: Lab) -> PlayStrip | None:
        """The strip of a lab that has a playable field; None for any other."""
        for name, knob in knobs(lab.State).items():
            if knob.playable:
                return cls(lab.name, name, knob.label)
        return None

    def show_sheet(self, state: Any, sheet: Sheet, theme: Theme) -> None:
        """Show where the state is, and the chart, together with the pictures. The chart is made only after the first picture has been
        drawn (`picture_drawn`); until then its room is kept."""
        knob, value = knobs(state)[self._field], int(getattr(state, self._field))
        low, high = knob.limits(state)
        self.setVisible(low is not None and high is not None and high > low)
        panel = _control(sheet)
        self._player.expect_chart(panel is not None)
        if self.isHidden():
            return
        last = int(high or 0)
        self._newest = None if knob.newest is None else (last, knob.newest)
        self._player.show_range(int(low or 0), last, knob.names(state) if knob.names else ())
        self._player.show_value(last if value == knob.newest else min(value, last))
        if panel is not None and isinstance(panel.picture, Chart):
            self._waiting = (panel.name, panel.picture, theme)
            if self._chart is not None:
                self._show_chart()

    def picture_drawn(self) -> None:
        """The picture is on the screen: the player may go on, and the chart be made."""
        self._player.frame_shown()
        if self._chart is None and self._waiting is not None:
            self._show_chart()

    def _show_chart(self) -> None:
        assert self._waiting is not None
        name, chart, theme = self._waiting
        if self._chart is None:
            self._chart = self._made(name)
        self._chart.show_chart(replace(chart, legend=False), theme)
        curves = [plot for plot in chart.plots if isinstance(plot, Curve) and plot.label]
        self._player.set_chart(self._chart, [(plot.label, theme.colour(plot.colour)) for plot in curves])

    def _ask(self, value: int, preview: bool) -> None:
        """Whoever goes to the last one means the newest, whatever comes after it."""
        newest = self._newest is not None and value == self._newest[0] and not preview
        self.asked.emit(self._field, self._newest[1] if newest and self._newest is not None else value, preview)

    def stop(self) -> None:
        """Stop playing."""
        self._player.stop()

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Do what a key means to the player; False if nothing."""
        return not self.isHidden() and self._player.key_pressed(event)

    def _made(self, name: str) -> Any:
        from e3viz.gui.chart_view import ChartView  # nobody waits for it

        chart = ChartView(name)
        chart.set_small()
        chart.picked.connect(lambda hit: self.picked.emit(hit, False))
        chart.rule_moved.connect(lambda hit, finished: self.picked.emit(hit, not finished))
        return chart


def _control(sheet: Sheet) -> Panel | None:
    """The chart of a sheet that is no part of its figure."""
    return next((panel for panel in sheet.panels if not panel.figure and isinstance(panel.picture, Chart)), None)

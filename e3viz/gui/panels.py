"""The pictures of a sheet on the screen, each at its place: a canvas of panels, made when first needed and kept by name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from e3viz.gui.legend import Legend
from e3viz.gui.view3d import View3D
from e3viz.pictures.chart import Chart
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.pictures.style import Theme

GAP = 10
LEGEND_MARGIN = 14


class PanelBox(QFrame):
    """One panel: heading, picture and, over a scene, its legend. picked, hovered, dragged: Hits; camera_moved(name, Camera)."""

    picked = Signal(object)
    hovered = Signal(object)
    dragged = Signal(object, bool)
    camera_moved = Signal(str, object)
    drawn = Signal()

    def __init__(self, panel: Panel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.kind = panel.name, type(panel.picture)
        self.setObjectName(f"panel.{panel.name}")
        self._heading = QLabel(panel.title)
        self._heading.setProperty("look", "heading")
        self.view = self._make_view(panel)
        self.legend = Legend(self) if self.kind is Scene else None
        column = QVBoxLayout(self)
        column.setSpacing(4)
        column.addWidget(self._heading)
        column.addWidget(self.view, 1)
        self._column = column

    def show_panel(self, panel: Panel, theme: Theme, camera: Camera | None) -> None:
        """Draw another picture of the same kind."""
        self._heading.setText(panel.title)
        self._heading.setVisible(bool(panel.title))
        look = "card" if panel.card else "page"
        if self.property("look") != look:
            self.setProperty("look", look)
            self.style().unpolish(self)
            self.style().polish(self)
            inset = 12 if panel.card else 0
            self._column.setContentsMargins(inset, inset, inset, inset)
        if isinstance(panel.picture, Scene):
            assert self.legend is not None
            self.legend.show_scene(panel.picture, theme)
            self._place_legend()
            self.view.show_scene(panel.picture, theme, camera)
        elif isinstance(panel.picture, Chart):
            self.view.show_chart(panel.picture, theme)
            self.drawn.emit()
        else:
            self.view.show_diagram(panel.picture, theme)
            self.drawn.emit()

    def close_view(self) -> None:
        """Let go of VTK."""
        if isinstance(self.view, View3D):
            self.view.close_view()

    def _make_view(self, panel: Panel) -> Any:
        if isinstance(panel.picture, Scene):
            view = View3D(panel.name, self)
            view.camera_moved.connect(lambda camera: self.camera_moved.emit(panel.name, camera))
            view.frame_drawn.connect(self.drawn)
            view.hovered.connect(self.hovered)
        elif isinstance(panel.picture, Chart):
            from e3viz.gui.chart_view import ChartView  # pyqtgraph is slow to import, and the first picture has no chart

            view = ChartView(panel.name, self)
            view.rule_moved.connect(lambda hit, finished: self.dragged.emit(hit, not finished))
        else:
            from e3viz.gui.diagram_view import DiagramView

            view = DiagramView(panel.name, self)
            view.hovered.connect(self.hovered)
        view.picked.connect(self.picked)
        return view

    def _place_legend(self) -> None:
        if self.legend is None:
            return
        self.legend.setVisible(self.legend.wanted)
        if not self.legend.wanted:
            self.view.set_insets(0, 0, 0, 0)
            return
        size = self.legend.sizeHint()
        self.legend.setGeometry(QRect(self.width() - size.width() - LEGEND_MARGIN, LEGEND_MARGIN, size.width(), size.height()))
        self.legend.raise_()
        self.view.set_insets(0, 0, min(size.width() * 0.5, 0.12 * self.width()), 0)

    def resizeEvent(self, event: Any) -> None:
        """Keep the legend in its corner."""
        super().resizeEvent(event)
        self._place_legend()


class Canvas(QWidget):
    """All panels of a sheet that are part of the figure."""

    picked = Signal(object)
    hovered = Signal(object)
    dragged = Signal(object, bool)
    camera_moved = Signal(str, object)
    drawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, PanelBox] = {}
        self._panels: tuple[Panel, ...] = ()
        self._awaited: set[str] = set()

    def show_sheet(self, sheet: Sheet, theme: Theme, cameras: dict[str, Camera]) -> None:
        """Draw another sheet. `drawn` follows when all of it has reached the screen."""
        self._panels = tuple(panel for panel in sheet.panels if panel.figure)
        wanted = {panel.name: type(panel.picture) for panel in self._panels}
        for name in [n for n, box in self.boxes.items() if wanted.get(n) is not box.kind]:
            self._remove(name)
        fresh = [self._add(panel) for panel in self._panels if panel.name not in self.boxes]
        self._lay_out()
        self._awaited = set(wanted)
        for panel in self._panels:
            self.boxes[panel.name].show_panel(panel, theme, cameras.get(panel.name))
        for box in fresh:
            box.show()

    def close_views(self) -> None:
        """Let go of VTK in every panel."""
        for box in self.boxes.values():
            box.close_view()

    def _add(self, panel: Panel) -> PanelBox:
        box = PanelBox(panel, self)
        box.picked.connect(self.picked)
        box.hovered.connect(self.hovered)
        box.dragged.connect(self.dragged)
        box.camera_moved.connect(self.camera_moved)
        box.drawn.connect(lambda: self._arrived(panel.name))
        self.boxes[panel.name] = box
        return box

    def _remove(self, name: str) -> None:
        box = self.boxes.pop(name)
        box.close_view()
        box.hide()
        box.deleteLater()

    def _arrived(self, name: str) -> None:
        if name in self._awaited:
            self._awaited.discard(name)
            if not self._awaited:
                self.drawn.emit()

    def _lay_out(self) -> None:
        if not self._panels:
            return
        left, top = min(p.x for p in self._panels), min(p.y for p in self._panels)
        width = max(p.x + p.width for p in self._panels) - left
        height = max(p.y + p.height for p in self._panels) - top
        for panel in self._panels:
            x0, x1 = ((v - left) / width * self.width() for v in (panel.x, panel.x + panel.width))
            y0, y1 = ((v - top) / height * self.height() for v in (panel.y, panel.y + panel.height))
            place = QRect(round(x0), round(y0), round(x1 - x0), round(y1 - y0))
            right, low = round(x1) < self.width() - 1, round(y1) < self.height() - 1
            self.boxes[panel.name].setGeometry(place.adjusted(0, 0, -GAP if right else 0, -GAP if low else 0))

    def resizeEvent(self, event: Any) -> None:
        """Keep every panel at its place."""
        super().resizeEvent(event)
        self._lay_out()

"""The pictures of a sheet on the screen, each at its place: a canvas of panels, made when first needed and kept by name.

A scene that stands alone fills the canvas to its edges, with title and legend written over it; anything else stands under the title.
"""

from __future__ import annotations

import html
import re
from typing import Any

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QStyle, QVBoxLayout, QWidget

from e3viz.export.figure import FigureOptions
from e3viz.gui.labels import ElidedLabel
from e3viz.gui.legend import Legend
from e3viz.gui.view3d import View3D
from e3viz.labs.lab import Hit
from e3viz.pictures.chart import Chart
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.sheet import Panel, Paper, Sheet
from e3viz.pictures.style import Theme

GAP, SIDE, TOP, BOTTOM = 12, 22, 16, 12
CARD = 12


class Header(QWidget):
    """Title and subtitle of a sheet."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = QLabel(title)
        self._title.setProperty("look", "title")
        self._title.setTextFormat(Qt.TextFormat.RichText)
        self._subtitle = ElidedLabel()
        self._subtitle.setProperty("tone", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._subtitle)

    def show_sheet(self, sheet: Sheet) -> None:
        """Show what a sheet is called."""
        if sheet.title:
            self._title.setText(rich(sheet.title))
        self._subtitle.setText(sheet.subtitle)
        self._subtitle.setVisible(bool(sheet.subtitle))


class PanelBox(QFrame):
    """One panel: heading, picture and, over a scene, its legend. picked, dragged: Hits; hovered(Hit or None, tip); camera_moved(name,
    Camera); parallel_wanted(name, bool); drawn(): it has reached the screen."""

    picked = Signal(object)
    hovered = Signal(object, str)
    dragged = Signal(object, bool)
    camera_moved = Signal(str, object)
    parallel_wanted = Signal(str, bool)
    drawn = Signal()

    def __init__(self, panel: Panel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name, self.kind = panel.name, type(panel.picture)
        self.setObjectName(f"panel.{panel.name}")
        self._overhead, self._margin = 0, CARD
        self._heading = QLabel()
        self._heading.setProperty("look", "heading")
        self._heading.setTextFormat(Qt.TextFormat.RichText)
        self._heading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.view = self._make_view(panel)
        self.legend = Legend(self) if self.kind is Scene else None
        self._column = QVBoxLayout(self)
        self._column.setSpacing(4)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._heading)
        self._column.addWidget(self.view, 1)

    def show_panel(self, panel: Panel, theme: Theme, camera: Camera | None, *, fresh: bool = False) -> None:
        """Draw another picture of the same kind."""
        self._heading.setText(headed(panel))
        self._heading.setVisible(bool(panel.title or panel.letter))
        look = "card" if panel.card else "page"
        if self.property("look") != look:
            self.setProperty("look", look)
            self.style().unpolish(self)
            self.style().polish(self)
            inset = CARD if panel.card else 0
            self._column.setContentsMargins(inset, inset, inset, inset)
        if isinstance(panel.picture, Scene):
            assert self.legend is not None
            self.legend.show_scene(panel.picture, theme)
            self._place_legend()
            self.view.show_scene(panel.picture, theme, camera, fresh=fresh)
        elif isinstance(panel.picture, Chart):
            self.view.show_chart(panel.picture, theme)
        else:
            self.view.show_diagram(panel.picture, theme)

    def leave_free(self, overhead: int, margin: int) -> None:
        """overhead: pixels at the top of a scene that are written over; margin: around its legend."""
        if (overhead, margin) != (self._overhead, self._margin):
            self._overhead, self._margin = overhead, margin
            self._place_legend()

    def close_view(self) -> None:
        """Let go of VTK."""
        self.view.close_view()

    def _make_view(self, panel: Panel) -> Any:
        view: Any
        if isinstance(panel.picture, Scene):
            view = View3D(panel.name, self)
            view.slid.connect(lambda hit, finished: self.dragged.emit(hit, not finished))
            view.camera_moved.connect(lambda camera: self.camera_moved.emit(panel.name, camera))
            view.parallel_wanted.connect(lambda parallel: self.parallel_wanted.emit(panel.name, parallel))
        elif isinstance(panel.picture, Chart):
            from e3viz.gui.chart_view import ChartView  # the first picture has no chart

            view = ChartView(panel.name, self)
            view.rule_moved.connect(lambda hit, finished: self.dragged.emit(hit, not finished))
        else:
            from e3viz.gui.diagram_view import DiagramView

            view = DiagramView(panel.name, self)
            view.slid.connect(lambda hit, finished: self.dragged.emit(hit, not finished))
        view.picked.connect(self.picked)
        view.hovered.connect(lambda hit: self.hovered.emit(hit, view.tip))
        view.frame_drawn.connect(self.drawn)
        return view

    def _place_legend(self) -> None:
        if self.legend is None:
            return
        size, margin = self.legend.sizeHint(), self._margin
        wanted = self.legend.wanted
        if wanted:
            self.legend.setGeometry(QRect(self.width() - size.width() - margin, margin, size.width(), size.height()))
            self.legend.raise_()
        self.legend.setVisible(wanted)
        corner = (size.width() + 2.0 * margin, size.height() + 2.0 * margin) if wanted else (0.0, 0.0)
        self.view.set_insets((0.0, float(self._overhead), 0.0, 0.0), corner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the legend in its corner."""
        super().resizeEvent(event)
        self._place_legend()


class Canvas(QWidget):
    """All panels of a sheet that are part of the figure, under or over its title."""

    picked = Signal(object)
    hovered = Signal(object, str)
    dragged = Signal(object, bool)
    camera_moved = Signal(str, object)
    parallel_wanted = Signal(str, bool)
    drawn = Signal()

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, PanelBox] = {}
        self.header = Header(title, self)
        self._panels: tuple[Panel, ...] = ()
        self._paper: Paper | None = None
        self._page = QFrame(self)
        self._page.setProperty("look", "card")
        self._page.hide()
        self._awaited: set[str] = set()

    def show_sheet(self, sheet: Sheet, theme: Theme, cameras: dict[str, Camera], *, fresh: bool = False) -> None:
        """Draw another sheet. `drawn` follows when all of it has reached the screen. fresh: it is of something new."""
        self._panels = tuple(panel for panel in sheet.panels if panel.figure)
        self._paper = sheet.paper
        self.header.show_sheet(sheet)
        wanted = {panel.name: type(panel.picture) for panel in self._panels}
        for name in [n for n, box in self.boxes.items() if wanted.get(n) is not box.kind]:
            self._remove(name)
        added = [self._add(panel) for panel in self._panels if panel.name not in self.boxes]
        self._lay_out()
        self._awaited = set(wanted)
        for panel in self._panels:
            self.boxes[panel.name].show_panel(panel, theme, cameras.get(panel.name), fresh=fresh)
        for box in added:
            box.show()
        self._place_header()
        self.header.raise_()

    def close_views(self) -> None:
        """Let go of VTK in every panel."""
        for box in self.boxes.values():
            box.close_view()

    def spring_back(self, hit: Hit) -> None:
        """Let a drag that led to nothing go back to where it began."""
        box = self.boxes.get(hit.panel)
        if box is not None and box.kind is Diagram:
            box.view.spring_back(hit)

    @property
    def bleeds(self) -> bool:
        """Whether one scene fills the canvas to its edges."""
        return len(self._panels) == 1 and isinstance(self._panels[0].picture, Scene) and not self._panels[0].card

    def _add(self, panel: Panel) -> PanelBox:
        box = PanelBox(panel, self)
        box.picked.connect(self.picked)
        box.hovered.connect(self.hovered)
        box.dragged.connect(self.dragged)
        box.camera_moved.connect(self.camera_moved)
        box.parallel_wanted.connect(self.parallel_wanted)
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
        height = self._place_header()
        if not self._panels:
            return
        if self.bleeds:
            box = self.boxes[self._panels[0].name]
            box.leave_free(TOP + height, SIDE)
            box.setGeometry(self.rect())
            return
        inside = self.rect().adjusted(SIDE, TOP + height + GAP, -SIDE, -BOTTOM)
        self._page.setVisible(self._paper is not None)
        if self._paper is not None:
            inside = page_in(inside, self._paper)
            self._page.setGeometry(inside.adjusted(-CARD, -CARD, CARD, CARD))
        for panel, place in zip(self._panels, places(self._panels, inside), strict=True):
            self.boxes[panel.name].leave_free(0, CARD)
            self.boxes[panel.name].setGeometry(place)

    def _place_header(self) -> int:
        """Put the title at the top, not under a legend that stands there; how high it is."""
        height, taken = self.header.sizeHint().height(), 0
        if self.bleeds:
            legend = self.boxes[self._panels[0].name].legend
            taken = legend.width() + GAP if legend is not None and legend.isVisibleTo(self) else 0
        self.header.setGeometry(SIDE, TOP, max(80, self.width() - 2 * SIDE - taken), height)
        self.header.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, self.bleeds)
        return height

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep every panel at its place."""
        super().resizeEvent(event)
        self._lay_out()


def page_in(room: QRect, paper: Paper) -> QRect:
    """Where a page lies in a room: as large as it is laid out, a unit of the layout to a pixel, or smaller if it must be."""
    width, height = FigureOptions.on(paper).points
    room = room.adjusted(CARD, CARD, -CARD, -CARD)
    scale = min(1.0, room.width() / width, room.height() / height)
    size = QSize(max(1, round(scale * width)), max(1, round(scale * height)))
    return QStyle.alignedRect(Qt.LayoutDirection.LeftToRight, Qt.AlignmentFlag.AlignCenter, size, room)


def places(panels: tuple[Panel, ...], inside: QRect) -> list[QRect]:
    """Where panels lie in a rectangle: their parts of the unit square stretched over it, with gaps between neighbours."""
    left, top = min(p.x for p in panels), min(p.y for p in panels)
    width = max(p.x + p.width for p in panels) - left
    height = max(p.y + p.height for p in panels) - top
    found = []
    for panel in panels:
        x0, x1 = (round((v - left) / width * (inside.width() + GAP)) for v in (panel.x, panel.x + panel.width))
        y0, y1 = (round((v - top) / height * (inside.height() + GAP)) for v in (panel.y, panel.y + panel.height))
        found.append(QRect(inside.x() + x0, inside.y() + y0, max(1, x1 - x0 - GAP), max(1, y1 - y0 - GAP)))
    return found


def headed(panel: Panel) -> str:
    """The line over a panel, as `overlay.heading` writes it."""
    if not panel.letter.strip():
        return rich(panel.title)
    return f"{html.escape(panel.letter)}&ensp;<span style='font-weight:normal'>{rich(panel.title)}</span>"


def rich(text: str) -> str:
    """A text with `^{}` and `_{}` for a label that knows HTML."""
    raised = re.sub(r"\^\{([^{}]*)\}", r"<sup>\1</sup>", html.escape(text, quote=False))
    return re.sub(r"_\{([^{}]*)\}", r"<sub>\1</sub>", raised)

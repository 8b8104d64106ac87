"""Diagrams on the screen look like the same diagram on paper, and can be pointed at, clicked, joined and zoomed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest

from e3viz.pictures import raster
from e3viz.pictures.diagram import Box, Diagram, Disc, Formula, Gradient, Line, Pen, Picture, Text
from e3viz.pictures.style import DARK, LIGHT

LEFT = Box(20, 40, 80, 40, "#3f74d1", corner=20, name="left", tip="8×1o")
RIGHT = Disc(250, 60, 30, "#d1503b", shine=True, name="right")
JOINED = Diagram(
    300, 120, (LEFT, RIGHT, Line(((100, 60), (220, 60)), Pen("#2f9e77", 2.0), name="line"), Text(60, 64, "8×1o", anchor="middle"))
)


@pytest.fixture
def view(show):
    from e3viz.gui.diagram_view import DiagramView

    made = show(DiagramView("main"), 600, 300)
    made.show_diagram(JOINED, LIGHT)
    made.repaint()
    return made


def place(view, name: str) -> QPoint:
    return view.place_of(name).toPoint()


def test_paints_what_paper_shows(app):
    from e3viz.gui.diagram_paint import prepare

    stops = ((0.0, "#d1503b"), (1.0, "#3b6fc9"))
    checker = np.array([[[255, 0, 0], [0, 0, 255]], [[0, 160, 0], [255, 255, 0]]], dtype=np.uint8)
    shapes = (
        Disc(40, 40, 30, "#e08a2e", shine=True),
        Disc(110, 40, 28, "", Pen("ink", 3.0, (6.0, 4.0))),
        Box(150, 15, 90, 50, "accent_soft", Pen("accent", 2.0), corner=12, opacity=0.7),
        Line(((10, 150), (60, 90), (110, 190), (160, 130)), Pen("#2f9e77", 5.0), curve=True),
        Line(((180, 90), (240, 90), (210, 150)), Pen(), "#8b5fd0"),
        Line(((260, 10), (330, 10), (330, 70), (260, 70)), Pen(), "bad", gradient=Gradient(260, 0, 330, 0, stops)),
        Text(20, 230, "C^{1e}_{1o,1o} ⊗ x", 24),
        Text(330, 180, "upright", 20, "muted", "middle", bold=True, angle=90),
        Formula(180, 235, r"\frac{a}{b} + Y_l^m", 22, "accent", "start"),
        Picture(260, 90, 50, 50, checker, smooth=False),
    )
    diagram = Diagram(360, 260, shapes)
    image = QImage(1080, 780, QImage.Format.Format_RGBA8888)
    image.fill(LIGHT.page)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(3.0, 3.0)
    for shape in prepare(diagram, LIGHT):
        shape.paint(painter)
    painter.end()
    ours = np.frombuffer(image.constBits(), np.uint8).reshape(780, 1080, 4)[..., :3].astype(int)
    paper = raster.draw(diagram, LIGHT, (1080, 780), "page")[..., :3].astype(int)
    apart = np.abs(ours - paper).max(axis=2)
    assert apart.mean() < 1.5
    assert (apart > 100).mean() < 0.002  # only edges differ


def test_click_and_keys_of_a_shape(view):
    hits = []
    view.picked.connect(hits.append)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, place(view, "right"))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 5))
    assert [(h.panel, h.item, h.keys) for h in hits] == [("main", "right", {"shift"}), ("main", "", set())]
    assert hits[0].position == pytest.approx((250, 60), abs=0.5)


def test_drag_joins_two_shapes(view):
    hits = []
    view.picked.connect(hits.append)
    start, end = place(view, "left"), place(view, "right")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(view, (start + end) / 2)
    QTest.mouseMove(view, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
    (hit,) = hits
    assert (hit.item, hit.end.item) == ("left", "right")


def test_dragging_the_ground_moves_and_a_double_click_fits(view):
    before = place(view, "left")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    QTest.mouseMove(view, QPoint(320, 30))
    QTest.mouseMove(view, QPoint(340, 50))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(340, 50))
    assert place(view, "left") - before == QPoint(40, 30)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 20))
    assert place(view, "left") == before


def test_zoom_keeps_what_is_under_the_pointer(view):
    about = view.place_of("right")
    view.zoom(3.0, about)
    assert (view.place_of("right") - about).manhattanLength() < 1e-6
    assert (view.place_of("left") - about).manhattanLength() == pytest.approx(3 * 190 * 1.6, rel=0.01)
    for _ in range(100):
        view.zoom(3.0)
    assert view._zoom <= 40.0


def test_hover_reports_shape_and_tip(view, until):
    seen = []
    view.hovered.connect(seen.append)
    QTest.mouseMove(view, place(view, "left"))
    until(lambda: bool(seen))
    assert seen[-1].item == "left"
    assert view.tip == "8×1o"
    QTest.mouseMove(view, QPoint(3, 3))
    until(lambda: seen[-1] is None)
    assert view.tip == ""


LIFTING = Diagram(
    300,
    120,
    (
        Box(20, 40, 60, 40, "#3f74d1", name="chip", lifts=("chip", "strand")),
        Line(((80, 60), (220, 60)), Pen("#d1503b", 4.0), name="strand", lifts=("chip", "strand"), opacity=0.3),
        Box(220, 40, 60, 40, "#2f9e77", name="other"),
    ),
)


def colour_at(view, x: float, y: float) -> tuple[int, int, int]:
    scale = view._placing()
    place = scale.map(QPoint(round(x), round(y)))
    return view.grab_image().pixelColor(place).getRgb()[:3]


def pixels(view) -> np.ndarray:
    image = view.grab_image().convertToFormat(QImage.Format.Format_RGBA8888)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).astype(int)


def test_what_changes_alone_looks_as_if_all_were_painted(view, show):
    from e3viz.gui.diagram_view import DiagramView

    def strands(width: float) -> Diagram:
        lines = [Line(((10, 10 + 9 * k), (290, 110 - 9 * k)), Pen("#d1503b", width if k == 5 else 3.0), opacity=0.6) for k in range(11)]
        return Diagram(300, 120, tuple(lines))

    for width in (3.0, 5.0, 8.0, 2.0):
        view.show_diagram(strands(width), LIGHT)
        view.repaint()
    view.show_diagram(strands(2.0), LIGHT)
    fresh = show(DiagramView("other"), 600, 300)
    fresh.show_diagram(strands(2.0), LIGHT)
    assert np.abs(pixels(view) - pixels(fresh)).max() <= 3
    view.zoom(1.7)
    fresh.zoom(1.7)
    assert np.abs(pixels(view) - pixels(fresh)).max() <= 3
    view.show_diagram(strands(2.0), DARK)
    fresh.show_diagram(JOINED, DARK)
    fresh.show_diagram(strands(2.0), DARK)
    assert np.abs(pixels(view) - pixels(fresh)).max() <= 3


def test_what_is_pointed_at_stands_out_with_what_belongs_to_it(view, until):
    view.show_diagram(LIFTING, LIGHT)
    view.repaint()
    strand, other = colour_at(view, 150, 60), colour_at(view, 250, 60)
    QTest.mouseMove(view, place(view, "chip"))
    until(lambda: colour_at(view, 250, 60) != other)
    assert min(colour_at(view, 250, 60)) > 180, "what is not lifted fades"
    assert colour_at(view, 150, 60)[2] < strand[2] - 50, "what is lifted is opaque"
    QTest.mouseMove(view, QPoint(5, 5))
    until(lambda: colour_at(view, 250, 60) == other)


def test_a_drag_says_what_it_is_over_and_springs_back(view, until):
    seen, hits = [], []
    view.hovered.connect(seen.append)
    view.picked.connect(hits.append)
    start, end = place(view, "left"), place(view, "right")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
    for share in (0.3, 0.6, 1.0):
        QTest.mouseMove(view, start + (end - start) * share)
    over = [hit for hit in seen if hit is not None and hit.end is not None]
    assert [(hit.item, hit.end.item) for hit in over][-1] == ("left", "right")
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, end)
    assert seen[-1] is None
    middle = (165.0, 60.0)
    before = colour_at(view, *middle)
    view.spring_back(hits[0])
    until(lambda: colour_at(view, *middle) != before)
    until(lambda: view._line is None)
    assert colour_at(view, *middle) == before
    view.spring_back(replace(hits[0], item="nowhere"))
    assert view._line is None


def test_keyboard_reaches_every_shape(view):
    hits = []
    view.picked.connect(hits.append)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Right)
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert [h.item for h in hits] == ["left", "right", "line"]


def test_thin_lines_are_easy_to_hit(view):
    line = place(view, "line")
    hits = []
    view.picked.connect(hits.append)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=line + QPoint(0, 3))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=line + QPoint(0, 12))
    assert [h.item for h in hits] == ["line", ""]


def test_theme_and_bad_formula(view):
    view.show_diagram(Diagram(200, 100, (Text(100, 50, "words", 30, anchor="middle"), Formula(10, 90, r"\nosuchcommand{"))), DARK)
    image = view.grab_image()
    colours = {image.pixelColor(x, y).name() for x in range(0, 600, 2) for y in range(0, 300, 2)}
    assert DARK.ink in colours


def test_a_drag_on_a_shape_that_slides_is_told_step_by_step(view):
    view.show_diagram(Diagram(300, 120, (replace(LEFT, slides=True), RIGHT)), LIGHT)
    steps, picked = [], []
    view.slid.connect(lambda hit, finished: steps.append((hit, finished)))
    view.picked.connect(picked.append)
    start = place(view, "left")
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for down in (20, 35, 60):
        QTest.mouseMove(view, start + QPoint(0, down))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 60))
    assert [finished for _, finished in steps] == [False, False, False, True]
    assert {hit.item for hit, _ in steps} == {"left"}
    moved = [hit.end.position[1] - hit.position[1] for hit, _ in steps]
    scale = (place(view, "right").x() - start.x()) / 190.0
    assert sum(moved) == pytest.approx(60.0 / scale, rel=0.01)
    assert moved[-1] == 0.0
    assert not picked
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=start)
    assert picked[0].item == "left"

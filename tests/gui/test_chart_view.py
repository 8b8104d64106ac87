"""Charts on the screen show what paper shows, zoom to the pointer, say what their curves are, and let rules be dragged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

pytest.importorskip("PySide6")

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from e3viz.gui import chart_reading as reading
from e3viz.pictures import paper, raster
from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Points, Rule
from e3viz.pictures.style import DARK, LIGHT

EPOCHS = np.arange(200)
LOSS = 300.0 * np.exp(-EPOCHS / 60.0) + 5.0
TRAINING = Chart(
    (Curve(EPOCHS, LOSS, label="nequip", name="nequip"), Rule(x=50.0, movable=True, name="probe")),
    Axis("epoch", low=0, high=199),
    Axis("MAE, meV/Å", log=True),
)
MATRIX = Chart(
    (Heat(np.arange(6.0).reshape(2, 3), diverging=False, name="cells"),), Axis("", ticks=((0, "x"), (1, "y"), (2, "z"))), Axis("")
)


@pytest.fixture
def view(show):
    from e3viz.gui.chart_view import ChartView

    made = show(ChartView("loss"), 500, 300)
    made.show_chart(TRAINING, LIGHT)
    made.repaint()
    return made


def at(view, x: float, y: float) -> QPoint:
    frame = view.frame
    return QPoint(round(float(frame.x(x))), round(float(frame.y(y))))


def move(view, place: QPoint, button=Qt.MouseButton.NoButton) -> None:
    spot = QPointF(place)
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, spot, view.mapToGlobal(spot), Qt.MouseButton.NoButton, button, none))


def wheel(view, place: QPoint, clicks: int) -> None:
    spot = QPointF(place)
    none = Qt.MouseButton.NoButton
    view.wheelEvent(
        QWheelEvent(
            spot,
            view.mapToGlobal(spot),
            QPoint(),
            QPoint(0, 120 * clicks),
            none,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
    )


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_shows_what_paper_shows(view, theme):
    fixed = replace(TRAINING, plots=TRAINING.plots[:1])
    view.show_chart(fixed, theme)
    image = view._picture().toImage()
    ours = np.array(
        [
            [image.pixelColor(x, y).getRgb()[:3] if image.pixelColor(x, y).alpha() > 200 else (0, 0, 0) for x in range(0, 500, 5)]
            for y in range(0, 300, 5)
        ]
    )
    drawn = raster.draw(paper.draw(fixed, theme, (500.0, 300.0)), theme, (500, 300))
    theirs = np.where(drawn[::5, ::5, 3:] > 200, drawn[::5, ::5, :3], 0)
    assert (np.abs(ours.astype(int) - theirs.astype(int)).max(axis=2) > 60).mean() < 0.01


def test_a_click_reports_numbers_plot_and_point(view):
    hits = []
    view.picked.connect(hits.append)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, at(view, 100, LOSS[100]))
    (hit,) = hits
    assert (hit.panel, hit.item, hit.index, hit.keys) == ("loss", "nequip", 100, {"shift"})
    assert hit.position == pytest.approx((100, LOSS[100]), rel=0.02)


def test_wheel_zooms_to_the_pointer_and_over_an_axis_only_that(view):
    place = at(view, 60, 100)
    before = view._numbers(QPointF(place))
    wheel(view, place, 4)
    assert view._numbers(QPointF(place)) == pytest.approx(before)
    assert view.frame.x.high - view.frame.x.low < 150
    assert view.frame.y.high / view.frame.y.low < 40
    upright = (view.frame.y.low, view.frame.y.high)
    wheel(view, QPoint(place.x(), view.height() - 8), 4)
    assert (view.frame.y.low, view.frame.y.high) == pytest.approx(upright)
    assert view.frame.x.high - view.frame.x.low < 80
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=place)
    assert (view.frame.x.low, view.frame.x.high) == (0, 199)


def test_dragging_the_ground_moves(view):
    start = at(view, 120, 200)
    before = view._numbers(QPointF(start))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 30, 60):
        move(view, start + QPoint(step, step // 2), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 30))
    assert view._numbers(QPointF(start + QPoint(60, 30))) == pytest.approx(before, rel=1e-3)


def test_a_rule_is_dragged_with_previews(view):
    moves, hits = [], []
    view.rule_moved.connect(lambda hit, finished: moves.append((hit.item, hit.position[0], finished)))
    view.picked.connect(hits.append)
    start = at(view, 50, 200)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    move(view, at(view, 80, 200), Qt.MouseButton.LeftButton)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=at(view, 120, 200))
    assert [(item, finished) for item, _, finished in moves] == [("probe", False), ("probe", True)]
    assert [x for _, x, _ in moves] == pytest.approx([80, 120], abs=1.0)
    assert not hits


def test_a_strip_is_grabbed_anywhere_and_keeps_in_range(view):
    view.set_small()
    view.show_chart(TRAINING, DARK)
    moves = []
    view.rule_moved.connect(lambda hit, finished: moves.append((round(hit.position[0]), finished)))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=at(view, 150, 20))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(9999, 5))
    assert moves == [(150, False), (199, True)]


def test_new_numbers_paint_anew_but_a_moved_rule_does_not(view):
    still = view._picture()
    view.show_chart(
        replace(TRAINING, plots=(Curve(EPOCHS, LOSS.copy(), label="nequip", name="nequip"), replace(TRAINING.plots[1], x=90.0))), LIGHT
    )
    assert view._picture() is still
    view.show_chart(replace(TRAINING, plots=(Curve(EPOCHS, LOSS * 2, label="nequip", name="nequip"), TRAINING.plots[1])), LIGHT)
    assert view._picture() is not still


def test_the_zoom_stays_with_new_numbers_and_goes_with_another_quantity(view):
    wheel(view, at(view, 60, 100), 4)
    zoomed = (view.frame.x.low, view.frame.x.high)
    view.show_chart(replace(TRAINING, plots=(Curve(EPOCHS, LOSS * 0.9, name="nequip"),)), LIGHT)
    assert (view.frame.x.low, view.frame.x.high) == zoomed
    view.show_chart(replace(TRAINING, y=Axis("energy, meV")), LIGHT)
    assert (view.frame.x.low, view.frame.x.high) == (0, 199)


def test_says_what_the_curves_are_at_the_pointer(view, until):
    value, said = reading.told(TRAINING, view.frame, float(view.frame.x(100.3)))
    assert value == 100
    assert [text for _, text in said] == [f"nequip {reading.written(LOSS[100])}"]
    seen = []
    view.hovered.connect(seen.append)
    move(view, at(view, 100, LOSS[100]))
    until(lambda: bool(seen))
    assert (seen[-1].item, seen[-1].index) == ("nequip", 100)


def test_matrices_say_their_cells(view):
    view.show_chart(MATRIX, LIGHT)
    frame = view.frame
    assert reading.cell(MATRIX, frame, float(frame.x(2)), float(frame.y(1))) == "row 1, z: 5"
    assert reading.nearest(MATRIX, frame, float(frame.x(0)), float(frame.y(1))) == ("cells", 3)
    assert frame.y(0) < frame.y(1)  # row 0 on top


@given(some.booleans(), some.floats(0.1, 10.0), some.floats(0.0, 500.0), some.floats(0.0, 300.0))
def test_zooming_and_moving_are_exact(log, factor, x, y):
    chart = replace(TRAINING, y=Axis("", log=log))
    frame = paper.lay_out(chart, (500.0, 300.0)).frame
    limits = reading.zoomed(chart, frame, factor, x, y)
    after = paper.lay_out(limits.of(chart), (500.0, 300.0)).frame
    for old, new, part in (
        (frame.x, after.x, (x - frame.x.start) / (frame.x.end - frame.x.start)),
        (frame.y, after.y, (y - frame.y.start) / (frame.y.end - frame.y.start)),
    ):
        kept = reading.number_at(old, old.start + part * (old.end - old.start))
        assert reading.number_at(new, new.start + part * (new.end - new.start)) == pytest.approx(kept, rel=1e-6, abs=1e-9)


def test_absurd_charts_are_drawn(view):
    nan = np.full(3, np.nan)
    for plots in (
        (), (Curve(nan, nan, label="nothing", name="n"),), (Curve([], []),), (Points([1.0], [np.inf], name="p"),), (Bars([0.0], [0.0], name="b"),),
        (Heat(np.full((2, 2), np.nan), name="h"),), (Rule(y=3.0, movable=True, name="r"),),
    ):  # fmt: skip
        for log in (False, True):
            view.show_chart(Chart(plots, Axis("x", log=log), Axis("y", log=log)), LIGHT)
            view._pointer = QPointF(200, 150)
            view.grab()
            view._hit(QPointF(200, 150), Qt.KeyboardModifier.NoModifier)


def test_zooming_deeply_ends(view):
    for _ in range(80):
        wheel(view, at(view, 60, 100) if view.frame.x.high - view.frame.x.low > 1 else QPoint(250, 150), 10)
    assert np.isfinite([view.frame.x.low, view.frame.x.high, view.frame.y.low, view.frame.y.high]).all()
    view.grab()


def test_a_click_on_a_name_in_the_legend_is_reported_and_what_is_hidden_stays_named(view) -> None:
    from e3viz.pictures import legends

    hidden = Curve(np.zeros(0), np.zeros(0), label="schnet", name="schnet")
    chart = replace(TRAINING, switches=True, absent=(hidden,))
    view.show_chart(chart, LIGHT)
    heard = []
    view.picked.connect(heard.append)
    rows = legends.legend_rows(chart, view.frame, absent=True)
    assert [(row.plot.name, row.hidden) for row in rows] == [("nequip", False), ("schnet", True)]
    for row in rows:
        QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(row.x + 20), round(row.y + 9)))
    assert [(hit.panel, hit.item) for hit in heard] == [("legend:loss", "nequip"), ("legend:loss", "schnet")]
    assert [row.plot.name for row in legends.legend_rows(chart, view.frame)] == ["nequip"], "paper does not name what it does not show"


def test_the_crosshair_tells_curves_whose_points_lie_between_one_another(view) -> None:
    chart = Chart((Curve(EPOCHS, LOSS, label="a"), Curve(EPOCHS + 0.4, LOSS, label="b")), Axis("time"), Axis("MAE", log=True))
    view.show_chart(chart, LIGHT)
    value, said = reading.told(chart, view.frame, float(view.frame.x(100.0)))
    assert value == 100.0 and [plot.label for plot, _ in said] == ["a", "b"]

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from pictures.scenes import matrix, plots

from e3viz.pictures import fonts, legends, marks, paper, raster
from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Points, Rule
from e3viz.pictures.colourmaps import diverging
from e3viz.pictures.diagram import Box, Disc, Line, Picture, Text
from e3viz.pictures.style import LIGHT

SIZE = (500.0, 360.0)


def shapes(chart: Chart, kind: type) -> list:
    return [s for s in paper.draw(chart, LIGHT, SIZE).shapes if isinstance(s, kind)]


def texts(chart: Chart) -> list[str]:
    return [s.text for s in shapes(chart, Text)]


def test_points_lie_where_their_ticks_say() -> None:
    chart = Chart((Points([0.0, 10.0, 20.0], [0.0, 40.0, 80.0]),), Axis("x"), Axis("y"))
    discs = shapes(chart, Disc)
    words = {t.text: t for t in shapes(chart, Text)}
    assert discs[1].x == pytest.approx(words["10"].x)
    assert discs[1].y == pytest.approx(words["40"].y - 12 * 0.36)
    assert discs[0].y > discs[2].y, "up is more"


def test_logarithmic_axes_are_logarithmic_and_leave_out_what_they_cannot_show() -> None:
    chart = Chart((Points([1, 10, 100, 50], [1e-3, 1e-2, 1e-1, -5.0]),), Axis(log=True), Axis(log=True))
    discs = shapes(chart, Disc)
    assert len(discs) == 3
    assert discs[1].x - discs[0].x == pytest.approx(discs[2].x - discs[1].x)
    assert discs[0].y - discs[1].y == pytest.approx(discs[1].y - discs[2].y)
    assert {"1", "10", "100"} <= set(texts(chart))


def test_curves_break_at_nan_and_end_at_the_axes() -> None:
    x = np.linspace(0, 10, 101)
    chart = Chart(
        (Curve(x, np.where(np.abs(x - 3.1) < 0.15, np.nan, np.sin(x) * 10), "#123456"),),
        Axis(low=2.8, high=6.5),
        Axis(low=-5, high=5),
        grid=False,
    )
    lines = [s for s in shapes(chart, Line) if s.pen.colour == "#123456"]
    assert len(lines) == 3, "cut at NaN and where it leaves"
    axes = next(s for s in shapes(chart, Line) if s.pen.colour == "faint")
    (left, top), (_, bottom), (right, _) = axes.points
    spots = np.array([p for s in lines for p in s.points])
    assert spots[:, 0].min() == pytest.approx(left) and spots[:, 0].max() == pytest.approx(right)
    assert top < spots[:, 1].min() and spots[:, 1].max() == pytest.approx(bottom)


def test_long_curves_keep_their_extremes() -> None:
    y = np.random.default_rng(0).normal(size=200_000)
    y[12_345] = 40.0
    chart = Chart((Curve(np.arange(len(y)), y, "#123456"),))
    line = [s for s in shapes(chart, Line) if s.pen.colour == "#123456"]
    assert sum(len(s.points) for s in line) < 10_000
    high = min(y for s in line for _, y in s.points)
    assert high == pytest.approx(paper.EDGE + 0.05 / 1.1 * (360 - 30 - paper.EDGE), abs=8)


def test_many_points_are_drawn_once_a_place() -> None:
    rng = np.random.default_rng(0)
    cloud = np.repeat(rng.normal(size=(3000, 2)), 4, axis=0)
    assert len(shapes(Chart((Points(*cloud.T),)), Disc)) <= 3000


def test_bars_stand_on_zero() -> None:
    chart = Chart((Bars([0, 1, 2], [2.0, 4.0, 0.0], colour="#123456"),))
    bars = [b for b in shapes(chart, Box) if b.fill == "#123456"]
    assert len(bars) == 2 and bars[1].height == pytest.approx(2 * bars[0].height)
    assert bars[0].y + bars[0].height == pytest.approx(bars[1].y + bars[1].height)


def test_matrices_have_row_0_on_top_and_zero_white() -> None:
    numbers = np.array([[1.0, 0.0], [0.0, -2.0]])
    chart = Chart((Heat(numbers, label_unit="w"),))
    picture, bar = shapes(chart, Picture)
    assert not picture.smooth and (picture.pixels == diverging(numbers, 2.0)).all()
    assert {"−2", "2", "w"} <= set(texts(chart)), "the bar has numbers and a label"
    words = {t.text: t for t in shapes(Chart((Heat(np.arange(6.0).reshape(6, 1), diverging=False),)), Text) if t.anchor == "end"}
    assert words["0"].y < words["4"].y
    assert bar.height == pytest.approx(picture.height)
    assert not np.isnan(marks.heat_limits(Heat(np.full((2, 2), np.nan)))).any()


def test_equal_axes_have_equal_units() -> None:
    chart = Chart((Points([0, 1, 0], [0, 0, 1]),), equal=True)
    a, b, c = shapes(chart, Disc)
    assert b.x - a.x == pytest.approx(a.y - c.y)


def test_the_right_axis_has_its_own_numbers() -> None:
    chart = Chart((Curve([0, 1], [0, 1]), Curve([0, 1], [0, 1000], right=True)), right=Axis("F (eV/Å)"))
    assert {"1,000", "F (eV/Å)", "1.0"} <= set(texts(chart))


def test_names_stand_at_the_ends_of_their_curves_without_covering_each_other() -> None:
    curves = tuple(Curve([1.0, 2.0, 3.0], [9.0, 5.0 + k, y], "#112233", label=f"curve {k}") for k, y in enumerate([1.0, 1.05, 8.0, np.nan]))
    chart = Chart(curves, Axis(low=1.0, high=5.0), ends=True)
    found = {t.text: t for t in shapes(chart, Text) if t.text.startswith("curve")}
    assert set(found) == {"curve 0", "curve 1", "curve 2", "curve 3"} and {t.colour for t in found.values()} == {"#112233"}
    assert found["curve 3"].x < found["curve 0"].x, "where the curve is last known"
    heights = sorted(t.y for t in found.values())
    assert min(b - a for a, b in pairwise(heights)) >= 0.79 * legends.STEP
    assert found["curve 2"].y < found["curve 1"].y < found["curve 0"].y
    assert not any(isinstance(s, Box) and s.fill == "raised" for s in paper.draw(chart, LIGHT, SIZE).shapes)


def test_rules_and_legends_say_what_they_are() -> None:
    found = texts(plots())
    assert {"goal", "now", "error", "time", "published"} <= set(found)
    silent = Chart(plots().plots, legend=False)
    assert "error" not in texts(silent) and "goal" in texts(silent)
    assert "gone" not in texts(Chart((Curve([0, 1], [0, 1]), Rule(y=50.0, text="gone")), y=Axis(low=0, high=1)))


@pytest.mark.parametrize(
    "chart", [Chart(), Chart((Curve([], []), Points([], []), Heat(np.zeros((0, 0))))), Chart((Curve([1, 2], [3, 3]),)), plots(), matrix()]
)
@pytest.mark.parametrize("size", [(500, 360), (90, 60), (10, 10)])
def test_every_chart_can_be_drawn_at_every_size(chart: Chart, size: tuple[int, int]) -> None:
    drawn = paper.draw(chart, LIGHT, size)
    assert raster.draw(drawn, LIGHT, size, "page").shape == (size[1], size[0], 4)
    numbers = [v for s in drawn.shapes for v in vars(s).values() if isinstance(v, float)]
    assert np.isfinite(numbers).all()


@pytest.mark.parametrize("height", [60.0, 110.0, 400.0])
def test_marks_of_an_upright_axis_never_touch(height: float) -> None:
    ticks = tuple((float(k), f"H{k}") for k in range(12))
    drawn = paper.draw(Chart((Heat(np.eye(12)),), Axis("channel"), Axis("atom", ticks=ticks)), LIGHT, (300.0, height))
    places = sorted(s.y for s in drawn.shapes if isinstance(s, Text) and s.text.startswith("H"))
    assert places and (len(places) == 12) == (height == 400.0)
    assert min(np.diff(places), default=99.0) >= 12.0


def test_a_legend_above_the_axes_covers_nothing_and_goes_to_a_corner_where_it_is_too_long() -> None:
    bars = [Bars(np.arange(3.0), np.ones(3), 0.2, "#123456", label=name) for name in ("0e", "1o", "2e")]
    chart = Chart(tuple(bars), Axis("layer"), Axis("share"), above=True)
    drawn = shapes(chart, Box)
    top = min(box.y for box in drawn if box.height > 20)
    words = [word for word in shapes(chart, Text) if word.text in ("0e", "1o", "2e")]
    assert len({word.y for word in words}) == 1 and all(word.y < top for word in words)
    long = Chart(tuple(Bars(np.arange(3.0), np.ones(3), 0.2, "#123456", label=40 * name) for name in "abc"), above=True)
    assert len({word.y for word in shapes(long, Text) if len(word.text) == 40}) == 3


def test_labels_of_axes_stay_within_the_picture() -> None:
    label = "reference energy of an atom, counted from the median of all frames of the file, meV"
    chart = Chart((Points([0.0, 1.0], [0.0, 1.0]),), Axis(label), Axis(label[:58]))
    words = [shape for shape in paper.draw(chart, LIGHT, (440.0, 330.0)).shapes if isinstance(shape, Text) and shape.text in label]
    assert [word.size < paper.LABEL for word in words if word.text in (label, label[:58])] == [True, True]
    for word in words:
        half = fonts.text_width(word.text, word.size) / 2.0
        at, room = (word.y, 330.0) if word.angle else (word.x, 440.0)
        if len(word.text) > 40:
            assert at - half >= 0.0 and at + half <= room


def test_axes_that_count_are_marked_at_whole_numbers() -> None:
    for high, wanted in ((3.0, [0, 1, 2, 3]), (25.0, [0, 5, 10, 15, 20, 25])):
        chart = Chart((Points([0.0, high], [0.0, 1.0]),), Axis(low=0.0, high=high, whole=True))
        assert [value for value, _ in paper.lay_out(chart, SIZE).x_ticks] == wanted

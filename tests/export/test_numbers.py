"""Charts written as a table hold every number that is drawn."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.export.figure import FigureOptions, export_figure
from e3viz.export.numbers import write_charts
from e3viz.pictures.chart import Axis, Bars, Chart, Curve, Heat, Points, Rule
from e3viz.pictures.diagram import Diagram
from e3viz.pictures.sheet import Panel


def rows(*plots, right: Axis | None = None) -> list[dict[str, str]]:
    chart = Chart(plots, Axis("epoch"), Axis("force MAE, meV/Å", log=True), right)
    return list(csv.DictReader(io.StringIO(write_charts([Panel("curves", chart)]).decode(), newline="")))


def test_curves_read_back_to_the_last_bit() -> None:
    x, y = np.arange(1.0, 40.0), np.random.default_rng(3).random(39) * 1e-7
    found = rows(Curve(x, y, label="nequip, l = 2", band=(y / 2, 2 * y)), Curve(x, y, pale=True))
    first = [row for row in found if row["plot"] == "nequip, l = 2"]
    assert np.array_equal([float(row["y"]) for row in first], y) and np.array_equal([float(row["high"]) for row in first], 2 * y)
    assert {row["plot"] for row in found} == {"nequip, l = 2", "curve 2 (pale)"}
    assert first[0]["x axis"] == "epoch" and first[0]["y axis"] == "force MAE, meV/Å" and first[0]["panel"] == "curves"


def test_what_is_not_there_is_empty_and_each_kind_has_its_numbers() -> None:
    found = rows(
        Points([1.0], [float("nan")], name="p"), Bars([2.0], [3.0], name="b", right=True), Rule(y=0.5, text="goal"),
        Heat(np.array([[1.0, 2.0]]), name="h"), right=Axis("s"),
    )  # fmt: skip
    by = {row["plot"]: row for row in found}
    assert by["p"]["y"] == "" and (by["b"]["y"], by["b"]["y axis"]) == ("3", "s") and (by["goal"]["x"], by["goal"]["y"]) == ("", "0.5")
    assert [row["value"] for row in found if row["plot"] == "h"] == ["1", "2"]


def test_a_picture_without_charts_says_so(tmp_path) -> None:
    with pytest.raises(UserError, match="no chart"):
        export_figure(Diagram(10.0, 10.0), tmp_path / "a.csv", FigureOptions())

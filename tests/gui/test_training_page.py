"""The Training lab in the real window, by mouse: a name in the legend, a card's button, the epoch's line, a point of a parity plot."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton

from e3viz.labs.session import Session
from e3viz.pictures import legends
from e3viz.pictures.chart import Points, Rule
from e3viz.training.config import config_of
from e3viz.training.loop import train
from e3viz.training.queue import MARK, Rules, set_rules
from e3viz.training.run import create

LEFT = Qt.MouseButton.LeftButton
TABLE = {
    "potential": "nequip",
    "settings": {"channels": 4, "layers": 1, "radial_width": 4, "epochs": 5},
    "data": {"files": ["ethanol@0:40"], "train": 8, "valid": 4, "test": -1},
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run and one that was never started; nothing starts by itself."""
    home = tmp_path_factory.mktemp("home")
    assert train(create(home / "runs" / "first", config_of(TABLE)).folder).state == "finished"
    create(home / "runs" / "second", config_of(TABLE))
    set_rules(home / "runs", Rules(at_once=1, held=True))
    return home


@pytest.fixture
def window(app, home, until, monkeypatch):
    from e3viz.gui.app import make_window

    monkeypatch.setenv("E3VIZ_HOME", str(home))
    made = make_window(session=Session(lab="training"))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    made.resize(1280, 800)
    made.show()
    until(lambda: made.page.sheet() is not None and made.findChild(QToolButton, "training.card.second.more") is not None)
    until(lambda: not made.worker.busy())
    yield made
    made.close()


def chart(window, panel):
    return window.page._canvas.boxes[panel].view


def test_it_is_steered_by_mouse(window, home, until) -> None:
    def state():
        return window.store.session.state("training")

    curves = chart(window, "curves")
    (row,) = legends.legend_rows(curves._chart, curves.frame, absent=True)
    for hidden in (("first",), ()):
        QTest.mouseClick(curves, LEFT, pos=QPoint(round(row.x + 20), round(row.y + 9)))
        until(lambda hidden=hidden: state().hidden == hidden and not window.worker.busy())
    rule = next(plot for plot in curves._chart.plots if isinstance(plot, Rule) and plot.name == "epoch")
    places = [QPoint(round(float(curves.frame.x(x))), curves.height() // 2) for x in (rule.x, 2.0)]
    QTest.mousePress(curves, LEFT, pos=places[0])
    QTest.mouseMove(curves, places[1])
    QTest.mouseRelease(curves, LEFT, pos=places[1])
    until(lambda: state().record == 1 and not window.worker.busy())
    assert "epoch 2" in window.page.sheet().subtitle
    QTest.mouseClick(window.findChild(QToolButton, "training.card.second.start or go on"), LEFT)
    until((home / "runs" / "second" / MARK).exists)
    until(lambda: window.findChild(QToolButton, "training.card.second.take off the queue") is not None)
    QTest.mouseClick(window.findChild(QToolButton, "training.card.second.take off the queue"), LEFT)
    until(lambda: not (home / "runs" / "second" / MARK).exists())


def test_the_run_is_copied_as_toml_and_a_point_opens_its_frame(window, until) -> None:
    import tomllib

    QTest.mouseClick(window.findChild(QPushButton, "training.tab.new run"), LEFT)
    until(lambda: window.findChild(QPushButton, "copy.run-as-toml") is not None)
    QTest.mouseClick(window.findChild(QPushButton, "copy.run-as-toml"), LEFT)
    assert config_of(tomllib.loads(QApplication.clipboard().text())).data.train == 200
    forces = chart(window, "forces")
    points = next(plot for plot in forces._chart.plots if isinstance(plot, Points))
    k = int(np.argmax(points.x))
    place = QPoint(round(float(forces.frame.x(points.x[k]))), round(float(forces.frame.y(points.y[k]))))
    QTest.mouseClick(forces, LEFT, pos=place)
    until(lambda: window.store.session.lab == "structures" and not window.worker.busy())
    assert len(window.store.session.state("structures").selected) == 1

"""The Tensor product lab in the window: paths are drawn by dragging, forbidden ones spring back, sliders and the player move strands."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPlainTextEdit, QSlider, QTableView

from e3viz.gui.diagram_view import DiagramView
from e3viz.labs.session import Session
from e3viz.labs.tensor_product import State
from e3viz.labs.tensor_product.state import OWN, key, product_of, weight_rows
from e3viz.labs.tensor_product.values import strands


@pytest.fixture
def window(make):
    bare = State(preset=OWN, chosen=-1)
    return make(Session(lab="tensor-product").with_state(bare, "tensor-product"))


def diagram(window) -> DiagramView:
    found = window.page.findChild(DiagramView, "diagram.paths")
    assert found is not None
    return found


def state(window) -> State:
    return window.store.session.state("tensor-product")


def drag(window, start: str, stop: str) -> None:
    view = diagram(window)
    a, b = (view.place_of(name).toPoint() for name in (start, stop))
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, a)
    for share in (0.2, 0.6, 1.0):
        QTest.mouseMove(view, a + (b - a) * share)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, b)


def idle(window) -> None:
    for _ in range(3):
        assert window.worker.wait_idle()
        QTest.qWait(15)


def test_paths_are_drawn_by_dragging_and_undone(window) -> None:
    drag(window, "in1 1", "out 2")
    idle(window)
    made = product_of(state(window))
    assert [made.label(path) for path in made.instructions] == ["1o ⊗ 1o → 1e"] and state(window).chosen == 0
    table = window.page.findChild(QTableView, "tensor-product.table.paths")
    assert table is not None and table.model().rowCount() == 1 and table.selectionModel().selectedRows()
    window.store.undo()
    idle(window)
    assert not product_of(state(window)).instructions


def test_a_forbidden_path_springs_back_and_says_why(window, until) -> None:
    drag(window, "in1 0", "out 4")
    assert diagram(window)._line is not None, "it springs back"
    assert "l₃ = 3 is above l₁ + l₂ = 0 + 2 = 2" in window.banner.text
    assert not product_of(state(window)).instructions
    until(lambda: diagram(window)._line is None)


def test_a_row_and_a_strand_choose_the_same_path(window) -> None:
    window.store.set_state(State(chosen=-1), "all", "tensor-product")
    idle(window)
    table = window.page.findChild(QTableView, "tensor-product.table.paths")
    place = table.visualRect(table.model().index(7, 0)).center()
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    idle(window)
    assert state(window).chosen == 7
    view = diagram(window)
    last = max((s for s in view._shapes if s.shape.name == "path 3"), key=lambda s: s.bounds.top())
    at = view._placing().map(last.path.pointAtPercent(0.5)).toPoint()
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(at))
    idle(window)
    assert state(window).chosen != 7
    table = window.page.findChild(QTableView, "tensor-product.table.paths")
    selected = [index.row() for index in table.selectionModel().selectedRows()]
    assert selected == [state(window).chosen]


def test_a_slider_moves_its_strand(window) -> None:
    window.store.set_state(State(), "default", "tensor-product")
    idle(window)
    row = weight_rows(State())[0]
    slider = window.page.findChild(QSlider, f"tensor-product.weights.{row.name}.slider")
    assert slider is not None
    slider.setValue(slider.minimum())
    idle(window)
    QTest.qWait(450)
    idle(window)
    assert dict(state(window).weights)[key(product_of(State()).instructions[5])] == pytest.approx(-2.0)
    assert strands(state(window))[5] == pytest.approx(-2.0)


def test_learning_plays_step_by_step(window) -> None:
    learning = replace(State(view="learning"), irreps1="1x0e+1x1o", irreps2="1x1o", irreps_out="1x1o+1x0e")
    window.store.set_state(learning, "learn", "tensor-product")
    idle(window)
    view = diagram(window)
    view.setFocus()
    QTest.keyClick(window.page, Qt.Key.Key_End)
    idle(window)
    assert state(window).step == 200
    QTest.keyClick(window.page, Qt.Key.Key_Left)
    idle(window)
    assert state(window).step == 199


def test_what_was_just_pasted_is_read_though_the_field_was_not_left(window) -> None:
    window.page.show_tab("Build")
    field = window.page.findChild(QPlainTextEdit, "tensor-product.pasted")
    field.setPlainText("o3.FullyConnectedTensorProduct('2x0e + 1x1o', '1o', '1x1o')")
    window.page.act(next(action for action in window.page.lab.actions if action.name == "read"))
    idle(window)
    assert state(window).irreps1.replace(" ", "") == "2x0e+1x1o" and not window.banner.text
    field.setPlainText("__import__('os').system('x')")
    window.page.act(next(action for action in window.page.lab.actions if action.name == "read"))
    idle(window)
    assert window.banner.text and "Nothing" not in window.banner.text

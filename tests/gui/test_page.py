"""The general page: a state in, pictures, form, facts and player out, and every gesture back into one step of the store."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

pytest.importorskip("PySide6")

from gui.tiny import TINY, State, calls
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QSlider, QTableView, QWidget

from e3viz.errors import UserError
from e3viz.labs.fields import knobs
from e3viz.labs.lab import Hit, Table
from e3viz.labs.session import Session
from e3viz.pictures.scene import Scene
from e3viz.symmetry.element import Element


@pytest.fixture
def page(app, show, until):
    from e3viz.gui.page import Page
    from e3viz.gui.store import Store
    from e3viz.gui.theme import ThemeState
    from e3viz.gui.work import Worker

    store, worker = Store(Session().with_state(State())), Worker()
    made = Page(TINY, store, worker, ThemeState("light"))
    made.store, made.worker, made.heard = store, worker, []
    made.failed.connect(made.heard.append)
    drawn = []
    made.drawn.connect(lambda: drawn.append(1))
    show(made, 1100, 700)
    made.refresh()
    until(lambda: bool(drawn) and made.check is not None and not worker.busy())
    calls.clear()
    yield made
    worker.close()


def idle(page) -> None:
    """Until picture, fields and facts have followed."""
    for _ in range(3):
        assert page.worker.wait_idle()
        QTest.qWait(12)


def find(page, kind, name):
    found = page.findChild(kind, f"structures.{name}")
    assert found is not None, name
    return found


def complaint(page) -> str:
    return " ".join(label.text() for label in page.findChildren(QLabel) if label.property("tone") == "bad" and label.isVisible())


def test_shows_title_pictures_form_facts_and_player(page):
    texts = [label.text() for label in page.findChildren(QLabel)]
    assert "Tiny Y<sup>l</sup><sub>m</sub>" in texts and "frame 0" in texts
    assert "1 Å" in texts
    assert find(page, QLineEdit, "frame").text() == "frame 0 of 5"
    assert find(page, QComboBox, "style").currentText() == "balls"
    assert page.views()[0].grab_image().pixelColor(3, 3).name() == "#ffffff"
    assert page.check.passed


def test_every_kind_of_field_makes_one_step(page):
    page.show_tab("Other")
    page.show_tab("Show")
    find(page, QPushButton, "axes").click()
    assert page.store.session.state().axes is False
    find(page, QComboBox, "style").setCurrentIndex(1)
    find(page, QComboBox, "style").activated.emit(1)
    assert page.store.session.state().style.startswith("sticks")
    for name, text, value in (("count", "7", 7), ("cell", "2 3 4", (2, 3, 4)), ("size.number", "2.5", 2.5)):
        field = find(page, QLineEdit, name)
        field.setText(text)
        field.editingFinished.emit()
        assert getattr(page.store.session.state(), name.split(".")[0]) == value
    idle(page)
    for undone in ("size 2.5 Å", "cell 2×3×4", "count 7", "style", "axes off"):
        assert page.store.undo_text.startswith(undone[:20]), page.store.undo_text
        page.store.undo()
    idle(page)
    assert page.store.session.state() == State()
    assert find(page, QComboBox, "style").currentText() == "balls"
    assert find(page, QLineEdit, "cell").text() == "1  1  1"


def test_dragging_a_slider_previews_and_makes_one_step(page, until):
    slider = find(page, QSlider, "size.slider")
    slider.setSliderDown(True)
    for value in (100, 300, 500, 900):
        slider.setValue(value)
    assert page.store.dragging and page.store.undo_text == ""
    slider.setSliderDown(False)
    idle(page)
    assert page.store.undo_text.startswith("size")
    page.store.undo()
    idle(page)
    assert page.store.session.state() == State()
    assert find(page, QLineEdit, "size.number").text() == "1.00"


def test_slow_pictures_do_not_starve_while_dragging(page, until):
    page.store.set_state(replace(State(), slow=0.06))
    idle(page)
    seen = []
    page.drawn.connect(lambda: seen.append(page._shown.state.size))
    end = time.monotonic() + 1.0
    size = 0.1
    while time.monotonic() < end:
        size += 0.01
        page._wish("size", round(size, 2), True)
        QTest.qWait(8)
    page._wish("size", 2.9, False)
    idle(page)
    until(lambda: page._shown.state.size == 2.9)
    assert len(set(seen)) >= 6  # pictures kept coming all the while
    assert len(calls) < 40  # but not one for every move of the pointer


def test_what_was_decided_does_not_wait_for_an_old_answer(page, until):
    page.store.set_state(replace(State(), slow=1.5))
    QTest.qWait(250)
    page.store.set_state(replace(State(), size=2.0))
    start = time.monotonic()
    until(lambda: page._shown.state.size == 2.0)
    assert time.monotonic() - start < 1.0
    idle(page)


def test_a_state_that_cannot_be_drawn_keeps_the_picture_and_says_so_at_its_field(page):
    field = find(page, QLineEdit, "irreps")
    field.setText("9e")
    field.editingFinished.emit()
    idle(page)
    assert "No degree beyond 8" in complaint(page)
    assert not page.heard
    assert page._shown.state.irreps == "0e"
    field.setText("1o")
    field.editingFinished.emit()
    idle(page)
    assert complaint(page) == ""
    page.store.set_state(replace(page.store.session.state(), irreps="9e"), "elsewhere")
    idle(page)
    assert isinstance(page.heard[-1], UserError)


def test_wrong_text_is_said_and_the_last_good_value_stays(page):
    field = find(page, QLineEdit, "cell")
    field.setText("2 2")
    field.editingFinished.emit()
    assert complaint(page) == "Cell has 3 entries, not 2."
    assert page.store.session.state().cell == (1, 1, 1)
    field.setText("3 3 10")
    field.editingFinished.emit()
    assert "It goes from 1 to 9" in complaint(page)


def test_fields_appear_when_they_apply(page):
    find(page, QPushButton, "labels").click()
    idle(page)
    assert find(page, QLineEdit, "hue").isVisible()
    find(page, QPushButton, "labels").click()
    idle(page)
    assert not find(page, QLineEdit, "hue").isVisible()


def test_sliders_of_a_row_each(page):
    slider = find(page, QSlider, "weights.l1.slider")
    slider.setValue(900)
    until_decided = find(page, QLineEdit, "weights.l1.number")
    QTest.qWait(500)
    assert dict(page.store.session.state().weights)["l1"] == pytest.approx(0.9)
    assert until_decided.text() == "0.90"
    heading = next(label for label in page.findChildren(QLabel) if label.text() == "longest, Å")
    assert heading.property("tone") == "faint"  # beside the heading of its section, not above the sliders


def test_a_table_is_edited_row_by_row(page):
    page.show_tab("Other")
    table = find(page, QWidget, "points.table")
    for column, text in enumerate(("3", "0.5")):
        table.item(0, column).setText(text)
    assert page.store.session.state().points == ((3, 0.5),)
    assert table.rowCount() == 2
    table.item(0, 1).setText("half")
    assert "number" in complaint(page)
    table.item(0, 1).setText("0.25")
    table.selectRow(0)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    assert page.store.session.state().points == ()


def test_a_path_is_dropped_or_chosen(page, tmp_path):
    from e3viz.gui.paths import PathField

    page.show_tab("Other")
    field = find(page, PathField, "data")
    field.take(str(tmp_path / "a file.xyz"))
    assert page.store.session.state().data == str(tmp_path / "a file.xyz")
    assert "a file.xyz" in [label.text() for label in field.findChildren(QLabel)]


def test_a_click_in_the_picture_and_on_a_row_pick(page):
    view = page.views()[0]
    x, y, _ = view.stage.world_to_display([[0.0, 3.0, 0.0]])[0]
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert page.store.session.state().picked == 1
    idle(page)
    table = find(page, QTableView, "table.atoms")
    assert {index.row() for index in table.selectedIndexes()} == {1}
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.model().index(0, 0)).center())
    assert page.store.session.state().picked == 0


def test_the_strip_under_the_player_goes_to_a_frame(page):
    page._pick(Hit("frames", "frame", position=(3.2, 0.0)))
    idle(page)
    assert page.store.session.state().frame == 3
    assert find(page, QLineEdit, "frame").text() == "frame 3 of 5"


def test_a_run_of_the_player_is_one_step(page, until):
    page.setFocus()
    QTest.keyClick(page, Qt.Key.Key_Space)
    until(lambda: page.store.session.state().frame >= 2)
    QTest.keyClick(page, Qt.Key.Key_Space)
    idle(page)
    assert page.store.undo_text.startswith("frame")
    page.store.undo()
    assert page.store.session.state().frame == 0
    assert page.store.undo_text == ""


def test_one_frame_needs_no_player(page):
    page.store.set_state(replace(State(), count=1))
    idle(page)
    assert not find(page, QWidget, "player").isVisible()


def test_several_panels_stand_under_the_title_and_one_scene_fills_all(page):
    view = page.views()[0]
    assert view.mapTo(page, QPoint(0, 0)) == QPoint(0, 0)
    find(page, QPushButton, "labels").click()
    idle(page)
    QTest.qWait(50)
    box = page.findChild(QWidget, "panel.words")
    assert box.isVisible() and box.property("look") == "card"
    assert page.views()[0] is view
    assert view.mapTo(page, QPoint(0, 0)).y() > 40
    assert box.mapTo(page, QPoint(0, 0)).x() > view.mapTo(page, QPoint(0, 0)).x() + view.width()
    find(page, QPushButton, "labels").click()
    idle(page)
    assert page.findChild(QWidget, "panel.words") is None or not page.findChild(QWidget, "panel.words").isVisible()


def test_tips_of_shapes_and_words_of_the_lab_stand_at_the_pointer(page, until):
    from PySide6.QtWidgets import QToolTip

    find(page, QPushButton, "labels").click()
    idle(page)
    page._hover(Hit("words", "box"), "a box")
    until(lambda: QToolTip.text() == "a box")
    page._hover(Hit("main", "balls", 1), "")
    until(lambda: QToolTip.text() == "ball 1")
    page._hover(None, "")
    until(lambda: not QToolTip.isVisible())


def test_the_sheet_is_seen_as_on_the_screen(page):
    page.views()[0].look_along("x")
    (scene,) = [p.picture for p in page.sheet().panels if isinstance(p.picture, Scene)]
    assert scene.camera.direction == pytest.approx((1, 0, 0))
    assert page.store.session.cameras["structures/main"].direction == pytest.approx((1, 0, 0))


def test_another_file_is_looked_at_afresh(page, until):
    view = page.views()[0]
    view.zoom(4.0)
    height = view.stage.camera().height
    page.store.set_state(replace(State(), data="/elsewhere"))
    idle(page)
    until(lambda: view.stage.camera().height > 2 * height)


def test_g_moves_the_picture_and_is_no_step_of_the_state(page):
    page.store.set_g(Element((0, 0, 1), 90.0))
    idle(page)
    assert page._shown.sheet.panels[0].picture.actors["balls"].centres[1] == pytest.approx((-3.0, 0.0, 0.0))


def test_actions_are_one_step_with_their_name(page):
    find(page, QPushButton, "action.grow").click()
    idle(page)
    assert page.store.session.state().size == 2.0
    assert page.store.undo_text == "grow"


def test_long_values_stand_under_their_labels_and_nothing_is_wider_than_the_inspector(page):
    from PySide6.QtWidgets import QScrollArea

    for tab in ("Show", "Other"):
        page.show_tab(tab)
        QTest.qWait(30)
        for area in page.findChildren(QScrollArea):
            if area.isVisible():
                assert area.widget().minimumSizeHint().width() <= area.viewport().width()
    labels = {label.text(): label for label in page.findChildren(QLabel)}
    long, name = labels["a value that is much too long to stand beside its label"], labels["long"]
    assert long.mapTo(page, QPoint(0, 0)).y() > name.mapTo(page, QPoint(0, 0)).y()


def test_the_explanation_is_typeset(page, until):
    from e3viz.gui.explain import Explanation

    page.show_tab("Explain")
    text = page.findChild(Explanation)
    until(lambda: text.ready)
    written = text.toPlainText()
    assert written.count("\ufffc") == 2  # two formulas are pictures
    assert "\\nonsense{" in written  # one that cannot be typeset stays as it was written
    assert "\ue000" not in written


def test_another_theme_repaints_everything(page, until):
    page._theme.choose("dark")
    idle(page)
    until(lambda: page.views()[0].grab_image().pixelColor(3, 3).name() == "#15181f")
    page._theme.choose("light")


def test_every_field_is_named_and_explained(page):
    page.show_tab("Other")
    for name in ("style", "size", "count", "labels", "axes", "hue", "cell", "irreps", "weights", "notes", "points", "data"):
        editor = find(page, QWidget, name)
        assert editor.accessibleName()
        assert editor.toolTip()


def test_columns_of_a_table_are_as_wide_as_their_words_and_end_at_the_edge(app, show):
    from e3viz.gui.tables import TableCard

    card = TableCard("lab", Table("t", "T", ("path", "weight", "n"), (("1o⊗1o→0e", "−3.0e-07", "1/3"), ("0e⊗0e→0e", "+0.50", "12 Å"))))
    card.resize(500, 200)  # as before the inspector gets its scroll bar
    show(card)
    card.resize(280, 200)
    app.processEvents()
    view = card.findChild(QTableView, "lab.table.t")
    assert view.horizontalHeader().length() <= view.viewport().width() and not view.horizontalScrollBar().maximum()
    assert all(view.columnWidth(c) >= view.sizeHintForColumn(c) for c in range(3))
    sides = [view.model().index(0, c).data(Qt.ItemDataRole.TextAlignmentRole) & int(Qt.AlignmentFlag.AlignRight) for c in range(3)]
    assert [bool(side) for side in sides] == [False, True, True]


def test_letters_that_are_wrong_are_underlined_until_they_are_mended(app, show):
    from e3viz.gui.rows import Row
    from e3viz.labs import load

    lab = load("equivariance")
    row = show(Row(lab.name, "f", knobs(lab.State)["f"], lab.State(f="x^2 + q : 1o -> 0e")))
    row.show_state(lab.State(f="x^2 + q : 1o -> 0e"))
    with pytest.raises(UserError) as found:
        lab.pictures(lab.State(f="x^2 + q : 1o -> 0e"), Element())
    row.say(str(found.value), found.value.span)
    assert [mark.cursor.selectedText() for mark in row.editor.extraSelections()] == ["q"]
    row.say("", None)
    assert not row.editor.extraSelections()
    row.editor.underline((40, 50))
    assert [mark.cursor.selectedText() for mark in row.editor.extraSelections()] == ["e"], "the last letter stands for the end"

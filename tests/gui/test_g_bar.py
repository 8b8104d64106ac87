"""The g bar edits the one current element, says what is wrong without losing it, and plays to it without a step of undo."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from e3viz.labs.lab import Check
from e3viz.symmetry.element import IDENTITY, PRESETS, Element


@pytest.fixture
def store(app):
    from e3viz.gui.store import Store

    return Store()


@pytest.fixture
def bar(store, show):
    from e3viz.gui.g_bar import GBar

    return show(GBar(store), 1280, 72)


def typed(field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def test_fits_a_small_window(bar):
    bar.show_check(Check(0.123, "forces"))
    assert bar.layout().minimumSize().width() <= 1280
    assert all(widget.isVisible() for widget in (bar.matrix, bar.presets, bar.slider, bar.mirror, bar.shift))
    for width in (1100, 960, 800, bar.minimumWidth()):
        bar.resize(width, 72)
        assert bar.layout().minimumSize().width() <= width
        assert bar.axis.isVisible() and bar.angle.isVisible() and bar.badge.isVisible()
    assert not bar.matrix.isVisible()
    bar.resize(1280, 72)
    assert bar.matrix.isVisible()


def test_typed_numbers_become_g_in_one_step_each(bar, store):
    typed(bar.axis, "0.27 0.53 0.8")
    typed(bar.angle, "360/7")
    typed(bar.shift, "1, -2, 0.5")
    assert store.session.g == Element((0.27, 0.53, 0.8), 360 / 7, False, (1.0, -2.0, 0.5))
    store.undo()
    store.undo()
    assert store.session.g == Element((0.27, 0.53, 0.8))
    assert bar.angle.text() == "0°"
    store.undo()
    assert store.session.g == IDENTITY
    assert bar.axis.text() == "0 0 1"


@pytest.mark.parametrize(("part", "text"), [("axis", "0 0 0"), ("axis", "1 2"), ("angle", "half"), ("shift", "1 2 nan"), ("angle", "inf")])
def test_a_mistake_is_said_and_g_stays(bar, store, part, text):
    good = Element((1.0, 1.0, 1.0), 120.0)
    store.set_g(good)
    typed(getattr(bar, part), text)
    assert store.session.g == good
    assert bar.complaint.isVisible()
    assert bar.complaint.text().endswith(".")
    assert bar.complaint.geometry().right() <= bar.width()
    typed(getattr(bar, part), {"axis": "z", "angle": "90", "shift": "0 0 0"}[part])
    assert not bar.complaint.isVisible()


def test_axis_by_name(bar, store):
    typed(bar.axis, "-y")
    assert store.session.g.axis == (0.0, -1.0, 0.0)


def test_slider_previews_and_makes_one_step(bar, store):
    bar.slider.setSliderDown(True)
    for angle in (10, 40, 75):
        bar.slider.setValue(angle)
        assert store.session.g.angle == angle
    assert store.undo_text == ""
    bar.slider.setSliderDown(False)
    assert store.undo_text == "angle of g"
    store.undo()
    assert store.session.g == IDENTITY
    assert bar.slider.value() == 0


@pytest.mark.parametrize("angle", [-170.0, 180.0, 190.0, 359.0, 725.0])
def test_slider_shows_any_angle_within_half_a_turn(bar, store, angle):
    store.set_g(Element((0, 0, 1), angle))
    assert (bar.slider.value() - angle) % 360 == 0
    assert store.session.g.angle == angle


def test_inversion_and_mirror(bar, store):
    bar.inversion.click()
    assert store.session.g.determinant == -1
    assert bar.inversion.text() == "on"
    bar.inversion.click()
    bar.mirror.edited.emit("⟂ y")
    assert np.allclose(store.session.g.linear, np.diag([1, -1, 1]))
    assert bar.mirror.currentText() == "⟂ y"
    typed(bar.axis, "1 1 0")
    assert bar.mirror.currentText() == "⟂ axis"
    bar.mirror.edited.emit("none")
    assert store.session.g.linear.tolist() == np.eye(3).tolist()


@pytest.fixture
def more(bar, show):
    bar._open_more()
    return bar._more


def chosen(more, name: str) -> None:
    rows = [more._list.item(k).text() for k in range(more._list.count())]
    more._list.setCurrentRow(rows.index(name))


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "identity"])
def test_presets(bar, store, more, name):
    chosen(more, name)
    assert store.session.g == PRESETS[name]
    assert bar.matrix.rows() == [" ".join(f"{x + 0.0:5.2f}" for x in row) for row in np.round(PRESETS[name].linear, 2)]


def test_every_element_of_a_point_group_can_be_stepped_through(store, more):
    from e3viz.gui.g_more import elements_of, group_names

    assert len(group_names()) > 80 and group_names()[0].startswith("C₁")
    label = next(name for name in group_names() if name.endswith("m−3m"))
    more._group.setCurrentText(label)
    more._fill()
    met = []
    for row in range(more._list.count()):
        more._list.setCurrentRow(row)
        met.append(np.round(store.session.g.linear, 6).tobytes())
    assert len(met) == 48 == len(set(met)) == len(elements_of(label))


def test_opening_it_and_going_to_the_list_changes_nothing(store, more):
    g = Element((0, 0, 1), 33.0)
    store.set_g(g)
    more.open_over(more.parentWidget())
    more._list.setFocus()
    assert store.session.g == g and more._fields["euler"].text() != "0, 0, 0"


def test_what_is_chosen_may_act_after_g(store, more):
    store.set_g(Element((0, 0, 1), 90.0))
    more._compose.setChecked(True)
    chosen(more, "180° about z")
    assert np.allclose(store.session.g.linear, Element((0, 0, 1), 270.0).linear)
    more.findChild(object, "g.more.inverse").click()
    assert np.allclose(store.session.g.linear, Element((0, 0, 1), 90.0).linear)
    more.findChild(object, "g.more.identity").click()
    assert store.session.g.is_identity
    more.findChild(object, "g.more.random").click()
    assert store.session.g.determinant == 1 and not store.session.g.is_identity
    more.findChild(object, "g.more.improper").click()
    assert store.session.g.determinant == -1


def test_euler_angles_quaternion_and_matrix_are_typed(store, more):
    typed(more._fields["euler"], "30, 60, 90")
    assert np.allclose(store.session.g.linear, Element.from_euler(30, 60, 90).linear)
    assert more._fields["quaternion"].text().count(",") == 3
    typed(more._fields["quaternion"], "0 0 0 2")
    assert np.allclose(store.session.g.linear, np.diag([-1, -1, 1]))
    typed(more._fields["matrix"], "0 -1 0 1 0 0 0 0 -1")
    assert store.session.g.determinant == -1 and "−1" in more._about.text() and "order 4" in more._about.text()
    before = store.session.g
    typed(more._fields["matrix"], "1 0 0 0 1 0 0 0 2")
    assert store.session.g == before and "not orthogonal" in more._complaint.text() and more._complaint.isVisibleTo(more)
    typed(more._fields["quaternion"], "0 0 0")
    assert "4 numbers" in more._complaint.text()


def test_the_ball_turns_g_as_one_step(store, more):
    from PySide6.QtCore import QPoint

    ball = more._ball
    steps = store.undo_text
    QTest.mousePress(ball, Qt.MouseButton.LeftButton, pos=QPoint(74, 74))
    QTest.mouseMove(ball, QPoint(100, 74))
    assert store.dragging and store.undo_text == steps
    QTest.mouseMove(ball, QPoint(110, 60))
    QTest.mouseRelease(ball, Qt.MouseButton.LeftButton, pos=QPoint(110, 60))
    assert not store.dragging and not store.session.g.is_identity and store.session.g.determinant == 1
    store.undo()
    assert store.session.g.is_identity


def test_play_runs_from_the_identity_back_to_exactly_g(bar, store, until, monkeypatch):
    from e3viz.gui import g_bar

    monkeypatch.setattr(g_bar, "SECONDS", 0.3)
    g = Element((0.3, -0.2, 0.9), 78.3, True, (1.0, 0.0, 0.2))
    store.set_g(g, "g")
    seen = []
    store.changed.connect(lambda old, new: (seen.append(new.g), bar.frame_shown()))
    bar.play.click()
    assert bar.axis.text() == "0.3 −0.2 0.9"
    until(lambda: store.session.g == g and len(seen) > 4)
    angles = [e.angle for e in seen]
    assert angles == sorted(angles)
    assert angles[0] < 5.0
    assert seen[-1] is g or seen[-1] == g
    assert store.undo_text == "g"
    store.undo()
    assert store.session.g == IDENTITY


def test_an_edit_ends_a_run(bar, store, until):
    store.set_g(Element((0, 0, 1), 90.0), "g")
    bar.play.click()
    bar.frame_shown()
    QTest.qWait(60)
    typed(bar.angle, "30")
    assert store.session.g == Element((0, 0, 1), 30.0)
    QTest.qWait(60)
    assert store.session.g == Element((0, 0, 1), 30.0)
    store.undo()
    assert store.session.g == Element((0, 0, 1), 90.0)


def test_undo_during_a_run_ends_it(bar, store):
    store.set_g(Element((0, 0, 1), 90.0), "g")
    bar.play.click()
    bar.frame_shown()
    QTest.qWait(60)
    store.undo()
    QTest.qWait(60)
    assert store.session.g == IDENTITY
    assert bar.play.text() == "▶ play"


def test_badge_says_it_in_words_and_colour(bar):
    bar.show_check(Check(4.4e-16, "forces"))
    assert (bar.badge.text(), bar.badge.property("tone")) == ("equivariant to 4e-16", "good")
    bar.show_check(Check(0.031, "forces"))
    assert (bar.badge.text(), bar.badge.property("tone")) == ("not equivariant: 3e-2", "bad")
    bar.show_check(Check(0.0, "energy"))
    assert bar.badge.text() == "equivariant to 0"
    bar.show_check(None)
    assert (bar.badge.text(), bar.badge.property("tone")) == ("—", "muted")


def test_every_control_is_named(bar):
    for widget in (bar.axis, bar.slider, bar.angle, bar.play, bar.inversion, bar.mirror, bar.shift, bar.presets):
        assert widget.objectName().startswith("g.")
        assert widget.accessibleName()
        assert widget.toolTip()

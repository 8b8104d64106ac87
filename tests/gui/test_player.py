"""The player plays at the asked pace by leaving out values, and all of one run is one step."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget


@pytest.fixture
def player(show):
    from e3viz.gui.player import Player

    made = show(Player("structures", "frame", "Frame"), 700, 60)
    made.show_range(0, 1196)
    made.show_value(412)
    return made


@pytest.fixture
def asked(player):
    heard = []
    player.asked.connect(lambda value, preview: heard.append((value, preview)))
    return heard


def field(player) -> QLineEdit:
    return player.findChild(QLineEdit, "structures.frame")


def test_says_where_it_is(player):
    assert field(player).text() == "frame 412 of 1,197"


def test_buttons_go_to_neighbours_and_ends(player, asked):
    for name in ("previous", "first", "next", "last"):
        QTest.mouseClick(player.findChild(QWidget, f"structures.player.{name}"), Qt.MouseButton.LeftButton)
    assert asked == [(411, False), (0, False), (1, False), (1196, False)]
    assert not player.findChild(QWidget, "structures.player.next").isEnabled()
    assert player.findChild(QWidget, "structures.player.previous").isEnabled()


def test_a_typed_number_is_gone_to_and_kept_in_range(player, asked, until):
    place = field(player)
    place.setFocus()
    until(lambda: place.text() == "412")
    for text, value in (("17", 17), ("1,000", 1000), ("99999999999999999999", 1196)):
        place.setFocus()
        place.setText(text)
        QTest.keyClick(place, Qt.Key.Key_Return)
        assert asked[-1] == (value, False)
        assert place.text() == f"frame {value:,} of 1,197"
    count = len(asked)
    place.setFocus()
    place.setText("nonsense")
    QTest.keyClick(place, Qt.Key.Key_Return)
    assert len(asked) == count
    assert place.text() == "frame 1,196 of 1,197"


def test_plays_at_its_pace_by_leaving_out_values(player, asked):
    player.findChild(QLineEdit, "structures.player.pace").setText("100")
    player.findChild(QLineEdit, "structures.player.pace").editingFinished.emit()
    player.asked.connect(lambda value, preview: QTest.qWait(30) or player.frame_shown())  # each picture takes 30 ms
    player.play()
    QTest.qWait(600)
    shown = player._value
    player.stop()
    assert shown - 412 > 1.5 * len(asked) > 3, "values are left out, not queued, however slow the machine"
    assert all(preview for _, preview in asked[:-1])
    assert asked[-1] == (shown, False)


def test_asks_for_nothing_while_a_picture_is_awaited(player, asked):
    player.play()
    QTest.qWait(300)
    assert len(asked) == 1
    player.frame_shown()
    QTest.qWait(100)
    assert len(asked) == 2


def test_loops_or_stops_at_the_end(player, asked, until):
    player.show_range(0, 4)
    player.show_value(3)
    player.asked.connect(lambda value, preview: player.frame_shown())
    player.play()
    until(lambda: (0, True) in asked)
    assert player.playing
    player.stop()
    player.findChild(QWidget, "structures.player.loop").click()
    player.play()
    until(lambda: not player.playing)
    assert asked[-2:] == [(4, True), (4, False)]


def test_goes_on_from_where_somebody_else_put_it(player, asked, until):
    player.asked.connect(lambda value, preview: player.frame_shown())
    player.play()
    until(lambda: len(asked) > 1)
    player.show_value(900)
    until(lambda: asked[-1][0] > 900)
    assert asked[-1][0] < 930


def test_keys(player, asked):
    player.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    QTest.keyClick(player, Qt.Key.Key_Right)
    QTest.keyClick(player, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(player, Qt.Key.Key_End)
    QTest.keyClick(player, Qt.Key.Key_Home)
    assert [value for value, _ in asked] == [413, 403, 1196, 0]
    QTest.keyClick(player, Qt.Key.Key_Space)
    assert player.playing
    QTest.keyClick(player, Qt.Key.Key_Space)
    assert not player.playing


def test_stops_when_nobody_watches(player):
    player.play()
    player.hide()
    assert not player.playing


def test_an_impossible_pace_is_refused(player):
    pace = player.findChild(QLineEdit, "structures.player.pace")
    pace.setText("1e9")
    pace.editingFinished.emit()
    assert pace.property("wrong") == "true"
    assert player.pace == 25.0

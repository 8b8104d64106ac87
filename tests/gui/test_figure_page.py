"""The figure page in the window: added to from any lab, at its size on paper, saved, opened, exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from e3viz.gui.panels import page_in
from e3viz.labs.figures.state import Piece
from e3viz.pictures.sheet import Paper


def drawn_page(window: Any, until: Callable[..., None]) -> Any:
    window.show_lab("figures")
    until(lambda: window.page.sheet() is not None and not window.worker.busy())
    return window.page.sheet()


def test_what_is_on_view_is_added_as_it_is_seen(make: Callable[..., Any], until: Callable[..., None]) -> None:
    window = make()
    window.look_along("z")
    seen = window.page.sheet().panels[0].picture.camera
    window.actions_by_name["add-to-page"].trigger()
    window.actions_by_name["add-to-page"].trigger()
    state = window.store.session.state("figures")
    assert len(state.pieces) == 2 and Piece(*state.pieces[0]).seen_from()["structure"] == seen
    assert window.store.undo_text == "add Structures to the figure page"
    sheet = drawn_page(window, until)
    assert [panel.name for panel in sheet.panels] == ["1/structure", "2/structure"]
    boxes = window.page._canvas.boxes
    assert abs(boxes["1/structure"].width() - boxes["2/structure"].width()) <= 1
    window.actions_by_name["add-to-page"].trigger()  # the page itself is no part of a page
    assert window.store.session.state("figures") == state


def test_a_page_is_saved_with_its_views_and_opened_again(make: Callable[..., Any], until: Callable[..., None], tmp_path: Path) -> None:
    window = make()
    window.opening.add_to_page()
    drawn_page(window, until)
    view = window.page.views()[0]
    view.fit()
    window.look_along("x")
    turned = window.store.session.seen_in("figures")["1/structure"]
    window.opening.save_file(tmp_path / "page.e3fig")
    assert window.worker.wait_idle()
    window.store.undo()
    assert window.store.session.state("figures").pieces == ()
    window.show_lab("figures")
    window.opening.open([tmp_path / "page.e3fig"])
    until(lambda: len(window.store.session.state("figures").pieces) == 1)
    assert Piece(*window.store.session.state("figures").pieces[0]).seen_from()["structure"] == turned


def test_a_page_lies_in_its_room_in_its_own_shape(app: Any) -> None:
    from PySide6.QtCore import QRect

    wide = page_in(QRect(0, 0, 1600, 1200), Paper(178.0, 89.0, 7.2))
    assert abs(wide.width() / wide.height() - 2.0) < 0.01 and abs(wide.width() - 178.0 * 96 / 25.4 / 0.8) <= 1
    small = page_in(QRect(10, 20, 300, 300), Paper(178.0, 89.0, 7.2))
    assert QRect(10, 20, 300, 300).contains(small) and abs(small.width() / small.height() - 2.0) < 0.05

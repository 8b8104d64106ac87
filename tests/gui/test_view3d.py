"""The 3D view draws what a still shows, and turns, moves, zooms, picks and closes as a person expects."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6")

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest

from e3viz.pictures.scene import Camera, Scene, Spheres
from e3viz.pictures.style import LIGHT

RED, BLUE = (209, 80, 59), (59, 111, 201)


def scene(*places: tuple[float, float, float], camera: Camera | None = None, **more) -> Scene:
    """A red ball in the middle and blue ones around."""
    centres = np.array([(0.0, 0.0, 0.0), *places])
    colours = np.array([RED, *[BLUE] * len(places)], dtype=np.uint8)
    atoms = Spheres(centres, np.ones(len(centres)), colours, pickable=True)
    return Scene({"atoms": atoms}, camera=camera or Camera((0, -1, 0)), **more)


@pytest.fixture
def view(show, until):
    from e3viz.gui.view3d import View3D

    made = show(View3D("main"), 500, 400)
    drawn = []
    made.frame_drawn.connect(lambda: drawn.append(1))
    made.show_scene(scene((4, 0, 0), (-4, 0, 0)), LIGHT)
    until(lambda: bool(drawn))
    return made


def colour_at(view, x: int, y: int) -> str:
    colour = view.grab_image().pixelColor(x, y)
    return "red" if colour.red() > 1.4 * colour.blue() else "blue" if colour.blue() > 1.4 * colour.red() else "page"


def drag(view, start: QPoint, end: QPoint, button=Qt.MouseButton.LeftButton, keys=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.mousePress(view, button, keys, start)
    for t in (0.2, 0.6, 1.0):
        move(view, start + (end - start) * t, button, keys)
    QTest.mouseRelease(view, button, keys, end)


def move(view, at: QPoint, button, keys) -> None:
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    place = QPointF(at)
    QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, place, view.mapToGlobal(place), Qt.MouseButton.NoButton, button, keys))


def test_draws_at_once_what_it_is_given(view):
    assert colour_at(view, 250, 200) == "red"
    assert colour_at(view, 250, 40) == "page"


def test_a_picture_taken_right_after_showing_is_not_black(show):
    from e3viz.gui.view3d import View3D

    fresh = View3D("fresh")
    fresh.show_scene(scene(), LIGHT)
    show(fresh, 300, 200)
    image = fresh.grab_image()
    assert image.pixelColor(5, 5).name() == LIGHT.page
    assert image.pixelColor(image.width() // 2, image.height() // 2).red() > 150


def test_renders_only_when_something_changed(view, app):
    frames = []
    view.frame_drawn.connect(lambda: frames.append(1))
    QTest.qWait(400)
    assert not frames
    view.turn(0.1, 0.0)
    QTest.qWait(100)
    assert len(frames) == 1


def test_click_reports_atom_and_keys_and_nothing_beside(view):
    hits = []
    view.picked.connect(hits.append)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, QPoint(250, 200))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(250, 20))
    assert [(h.item, h.index, h.keys) for h in hits] == [("atoms", 0, {"ctrl"}), ("", -1, set())]
    assert np.linalg.norm(hits[0].position) == pytest.approx(1.0, abs=1e-6)


def test_hover_reports_what_is_under_the_pointer(view, until):
    seen = []
    view.hovered.connect(seen.append)
    move(view, QPoint(250, 200), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    until(lambda: bool(seen))
    assert (seen[-1].item, seen[-1].index) == ("atoms", 0)
    move(view, QPoint(250, 10), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
    until(lambda: seen[-1] is None)


def test_dragging_turns_and_picks_nothing(view):
    hits, cameras = [], []
    view.picked.connect(hits.append)
    view.camera_moved.connect(cameras.append)
    before = view.camera()
    drag(view, QPoint(250, 200), QPoint(330, 200))
    after = view.camera()
    assert not hits
    assert cameras == [after]
    assert after.direction[0] < -0.3 and after.up == pytest.approx((0, 0, 1))
    assert after.focal is None and before.focal is None  # still fitted: turning is no zoom


def test_shift_drag_and_middle_drag_move(view):
    for button, keys in (
        (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier),
        (Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier),
    ):
        view.eye.fit()
        drag(view, QPoint(250, 200), QPoint(300, 120), button, keys)
        x, y, _ = view.stage.world_to_display(np.zeros((1, 3)))[0]
        assert (x, y) == pytest.approx((300, 120), abs=1.0)
        assert view.camera().focal is not None


def test_wheel_zooms_to_the_pointer(view):
    x, y, _ = view.stage.world_to_display(np.array([[4.0, 0.0, 0.0]]))[0]
    at = QPointF(x, y)
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    before = view.stage.camera().height
    view.wheelEvent(event)
    assert view.stage.camera().height == pytest.approx(before / 1.0015**480)
    assert view.stage.world_to_display(np.array([[4.0, 0.0, 0.0]]))[0][:2] == pytest.approx([x, y], abs=0.5)


def test_zoom_has_limits(view):
    for factor in (10.0, 0.1):
        for _ in range(60):
            view.zoom(factor)
        assert np.isfinite(view.stage.camera().height) and view.stage.camera().height > 0
        assert view.stage.view().height < 1e4


def test_double_click_fits_again(view, until):
    fitted = view.stage.camera()
    view.zoom(3.0)
    view.shift(70, 40)
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    until(lambda: not view.eye.flying)
    assert view.stage.camera().height == pytest.approx(fitted.height, rel=1e-6)
    assert view.stage.camera().focal == pytest.approx(fitted.focal, abs=1e-6)


@pytest.mark.parametrize(
    ("key", "shift", "camera"), [
    (Qt.Key.Key_X, False, Camera((1, 0, 0))), (Qt.Key.Key_Y, False, Camera((0, -1, 0))), (Qt.Key.Key_Z, True, Camera((0, 0, -1), (0, 1, 0))),
])  # fmt: skip
def test_keys_look_along_axes(view, until, key, shift, camera):
    direction, up = camera.direction, camera.up
    QTest.keyClick(view, key, Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier)
    assert view.camera().direction == pytest.approx(direction, abs=1e-6)  # at once, even if the picture still flies there
    until(lambda: not view.eye.flying)
    assert view.stage.camera().direction == pytest.approx(direction, abs=1e-6)
    assert view.stage.camera().up == pytest.approx(up, abs=1e-6)


def test_keys_turn_zoom_and_ask_for_the_projection(view):
    asked = []
    view.parallel_wanted.connect(asked.append)
    height = view.stage.camera().height
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.stage.camera().height == pytest.approx(height / 1.15)
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.stage.camera().direction[0] < 0
    QTest.keyClick(view, Qt.Key.Key_P)
    assert asked == [True]


def test_a_gesture_during_a_flight_takes_over(view):
    view.look_along("x")
    view.turn(0.1, 0.0)
    assert not view.eye.flying


def test_resizing_keeps_it_fitted_unless_zoomed(view, app):
    view.resize(250, 400)
    app.processEvents()
    x = view.stage.world_to_display(np.array([[5.0, 0, 0], [-5.0, 0, 0]]))[:, 0]
    assert x.min() >= 0 and x.max() <= 250
    view.zoom(2.0)
    height = view.stage.camera().height
    view.resize(500, 400)
    app.processEvents()
    assert view.stage.camera().height == pytest.approx(height)


def test_a_scene_that_grows_is_followed_but_not_small_moves(view, until):
    height = view.stage.camera().height
    view.show_scene(scene((4.2, 0, 0), (-4, 0, 0.2)), LIGHT)
    until(lambda: not view.eye.flying)
    assert view.stage.camera().height == height
    view.show_scene(scene((12, 0, 0), (-4, 0, 0)), LIGHT)
    until(lambda: not view.eye.flying)
    assert view.stage.camera().height > 1.4 * height
    view.zoom(1.1)
    held = view.stage.camera()
    view.show_scene(scene((90, 0, 0)), LIGHT)
    assert view.stage.camera() == held
    view.show_scene(scene((90, 0, 0)), LIGHT, fresh=True)
    assert view.stage.camera().height > 5 * held.height


def test_the_projection_changes_without_another_view(view):
    view.turn(0.4, 0.2)
    before = view.stage.camera()
    one = scene((4, 0, 0), (-4, 0, 0))
    view.show_scene(replace(one, camera=replace(one.camera, parallel=True)), LIGHT)
    after = view.stage.camera()
    assert after.parallel
    assert (after.direction, after.height) == (pytest.approx(before.direction), pytest.approx(before.height))


def test_new_numbers_make_no_new_actor(view):
    made, uploads = view.stage.made, view.stage.uploads
    for k in range(5):
        one = scene((4, 0, 0.1 * k), (-4, 0, 0))
        colours = view.stage.scene.actors["atoms"]
        view.show_scene(
            Scene({"atoms": replace(one.actors["atoms"], radii=colours.radii, colours=colours.colours)}, camera=one.camera), LIGHT
        )
    assert view.stage.made == made
    assert view.stage.uploads == uploads + 5


def test_slow_machines_hurry_while_moving_and_are_careful_at_rest(view, until):
    view._frame_cost = 1.0
    view.turn(0.1, 0.0)
    assert view.stage.hurried
    until(lambda: not view.stage.hurried)
    view.grab_image()


def test_very_many_atoms_are_points_while_they_move(view, until):
    rng = np.random.default_rng(1)
    many = Spheres(rng.normal(size=(30_000, 3)) * 9, np.ones(30_000), rng.integers(0, 255, (30_000, 3), dtype=np.uint8))
    view.show_scene(Scene({"atoms": many}), LIGHT)
    calm = view.grab_image()
    view.stage.hurry(True)
    hurried = view.grab_image()
    view.stage.hurry(False)
    again = view.grab_image()
    assert again == calm
    assert hurried != calm
    assert hurried.pixelColor(250, 200).name() != LIGHT.page


def test_what_slides_is_carried_and_the_view_stays(view, until):
    steps = []
    view.slid.connect(lambda hit, finished: steps.append((hit, finished)))
    before = view.camera()
    held = scene((4, 0, 0), (-4, 0, 0))
    view.show_scene(replace(held, actors={"atoms": replace(held.actors["atoms"], slides=True)}), LIGHT)
    start, end = QPoint(250, 200), QPoint(310, 170)
    drag(view, start, end)
    assert view.camera() == before
    assert [finished for _, finished in steps] == [False] * (len(steps) - 1) + [True]
    assert all(hit.item == "atoms" and hit.index == 0 for hit, _ in steps)
    way = sum(np.subtract(hit.end.position, hit.position) for hit, _ in steps)
    grabbed = np.array(steps[0][0].position)
    assert view.stage.world_to_display(grabbed + way)[0][:2] == pytest.approx([310, 170], abs=0.6)
    assert way @ view.stage.view().axes[2] == pytest.approx(0.0, abs=1e-9)

    steps.clear()
    drag(view, QPoint(20, 20), QPoint(60, 20))  # the ground turns the view as ever
    assert not steps
    assert view.camera() != before


def test_the_menu_offers_views(view, until):
    from e3viz.gui.view_menu import views_menu

    menu = views_menu(view)
    next(a for a in menu.actions() if a.text().startswith("Look along −x")).trigger()
    assert view.camera().direction == pytest.approx((-1, 0, 0), abs=1e-6)


def test_opening_and_closing_leaves_no_vtk_object(app):
    from PySide6.QtCore import QCoreApplication
    from vtkmodules.vtkCommonCore import vtkObjectBase

    from e3viz.gui.view3d import View3D

    def alive() -> int:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        app.processEvents()
        gc.collect()
        return sum(issubclass(type(o), vtkObjectBase) for o in gc.get_objects())

    def once() -> None:
        view = View3D("leak")
        view.resize(120, 100)
        view.show_scene(scene((1, 2, 3)), LIGHT)
        view.show()
        app.processEvents()
        view.look_along("x")
        view.close_view()
        view.deleteLater()

    once()
    before = alive()
    for _ in range(10):
        once()
    assert alive() <= before

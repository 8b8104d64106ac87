"""The eye of a 3D view: where its stage is looked at from, kept fitted until somebody moves or zooms, and flying where it is sent.

A view that nobody has moved or zoomed stays fitted: it follows a scene that grows, shrinks or wanders off, in a short flight, but not
the small moves of atoms.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from e3viz.gui import camera_moves
from e3viz.gui.camera_moves import Vector
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.stage import Stage
from e3viz.pictures.view import Extent, View, look, scene_extent, triple

FLIGHT = 0.22
"""Seconds that the camera takes to another view."""
MOST_ZOOM, LEAST_ZOOM = 2000.0, 1 / 50.0
"""How much larger and smaller than fitted a scene can be made."""

Insets = tuple[float, float, float, float]


class Eye(QObject):
    """Moves the camera of a stage. moved(): another picture is to be drawn. All lengths are device pixels."""

    moved = Signal()

    def __init__(self, stage: Stage, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stage = stage
        self.fitted = True
        self._scene: Scene | None = None
        self._insets: Insets = (0.0, 0.0, 0.0, 0.0)
        self._corner = (0.0, 0.0)
        self._upright: Vector = (0.0, 0.0, 1.0)
        self._fitted_height = 1.0
        self._flight: tuple[View, View, float] | None = None
        self._wings = QTimer(self)
        self._wings.setInterval(12)
        self._wings.timeout.connect(self._fly)

    # ---- following the scene ----------------------------------------------------------------------------------------------------

    def follow(self, scene: Scene, camera: Camera | None = None, *, fresh: bool = False, held: bool = False) -> None:
        """Another scene is shown. The camera stays unless the scene asks for another first one, or is of something new (`fresh`).

        camera: where a person last looked from, for the first scene; held: somebody is in the middle of a drag."""
        before, self._scene = self._scene, scene
        if before is None and camera is not None:
            self._begin_at(camera)
        elif before is None or fresh or replace(before.camera, parallel=scene.camera.parallel) != scene.camera:
            self._begin_at(scene.camera)
        elif before.camera.parallel != scene.camera.parallel:
            self.set_parallel(scene.camera.parallel)
        elif self.fitted and not held:
            self._keep_fitted()

    def _begin_at(self, camera: Camera) -> None:
        assert self._scene is not None
        if camera.focal is None or camera.height is None:
            self.fit(camera)
        else:
            self._land()
            self._fitted_height = self._fit_of(camera).height
            self.fitted = False
            self._stage.set_camera(camera)
        self._upright = camera_moves.upright_of(self._stage.view(), self._scene.camera.up)

    def _keep_fitted(self) -> None:
        now = self._flight[1] if self._flight else self._stage.view()
        if camera_moves.strays(now, self._fit_of(now.camera)):
            self.fit(flying=True)

    def _fit_of(self, camera: Camera) -> View:
        assert self._scene is not None
        held = scene_extent(self._scene, self._scene.frame_of)
        aim, size = replace(camera, focal=None, height=None), self._stage.size
        view = look(aim, size, held, self._insets)
        if not _hides(view, held, self._corner):
            return view
        left, top, right, bottom = self._insets  # as far from the corner as costs the least size
        beside = look(aim, size, held, (left, top, max(right, self._corner[0]), bottom))
        below = look(aim, size, held, (left, max(top, self._corner[1]), right, bottom))
        return beside if beside.height <= below.height else below

    def leave_free(self, insets: Insets, corner: tuple[float, float]) -> None:
        """Pixels at the left, top, right and bottom that a fitted scene leaves free, and the size of the upper right corner that it
        leaves free as well."""
        if (insets, corner) != (self._insets, self._corner):
            self._insets, self._corner = insets, corner
            self.refit()

    def refit(self) -> None:
        """Fit again at once, if the view is fitted."""
        if self.fitted:
            self.fit()

    # ---- where it looks from ----------------------------------------------------------------------------------------------------

    @property
    def goal(self) -> Camera:
        """Where it looks from, or will as soon as it has landed."""
        return self._flight[1].camera if self._flight else self._stage.camera()

    @property
    def flying(self) -> bool:
        """Whether it is on its way."""
        return self._flight is not None

    def fit(self, camera: Camera | None = None, *, flying: bool = False) -> None:
        """Show all of the scene, from `camera` or from where it is seen now, at once or in a short flight."""
        if self._scene is None:
            return
        goal = self._fit_of(camera or self.goal)
        self.fitted, self._fitted_height = True, goal.height
        if flying:
            self._flight = (self._stage.view(), goal, time.monotonic())
            self._wings.start()
        else:
            self._land()
            self._stage.set_camera(goal.camera)
        self.moved.emit()

    def look_from(self, camera: Camera, *, flying: bool = True) -> None:
        """Look from a direction, keeping the projection, and fit."""
        self._upright = camera.up
        self.fit(replace(camera, parallel=self.goal.parallel), flying=flying)

    def stand(self, camera: Camera) -> None:
        """Look from a camera that leaves nothing open, at once, without being told anew what fits."""
        self._land()
        self._place(camera)

    def set_parallel(self, parallel: bool) -> None:
        """Parallel or perspective projection, at the same size."""
        self._place(replace(self._here().camera, parallel=parallel))

    def turn(self, right: float, down: float) -> None:
        """Turn the scene by angles in radians."""
        self._place(camera_moves.turned(self._here(), self._upright, right, down))

    def roll(self, angle: float) -> None:
        """Turn the picture by an angle in radians; from then on this is upright."""
        self._place(camera_moves.rolled(self._here(), angle))
        self._upright = triple(self._stage.view().axes[1])

    def shift(self, dx: float, dy: float) -> None:
        """Move the scene to the right and down."""
        self.fitted = False
        self._place(camera_moves.shifted(self._here(), dx, dy))

    def zoom(self, factor: float, x: float, y: float) -> None:
        """Make the scene larger by a factor, keeping what lies under (x, y) in place."""
        view = self._here()
        now = self._fitted_height / view.height
        self.fitted = False
        self._place(camera_moves.zoomed(view, min(max(now * factor, LEAST_ZOOM), MOST_ZOOM) / now, x, y))

    def close(self) -> None:
        """Stay where it is for ever."""
        self._land()
        self._scene = None

    def _here(self) -> View:
        self._land()
        return self._stage.view()

    def _land(self) -> None:
        self._flight = None
        self._wings.stop()

    def _place(self, camera: Camera) -> None:
        self._stage.set_camera(camera)
        self.moved.emit()

    def _fly(self) -> None:
        if self._flight is None:
            return
        start, end, began = self._flight
        t = min(1.0, (time.monotonic() - began) / FLIGHT)
        if t >= 1.0:
            self._land()
        self._place(end.camera if t >= 1.0 else camera_moves.between(start, end, t * t * (3.0 - 2.0 * t)))


def _hides(view: View, held: Extent, corner: tuple[float, float]) -> bool:
    """Whether the upper right corner of a view covers any of the spheres `held`."""
    if not all(corner):
        return False
    x, y, r, _ = view.discs(*held).T
    aside, under = np.maximum(view.size[0] - corner[0] - x, 0.0), np.maximum(y - corner[1], 0.0)
    return bool((np.hypot(aside, under) < r).any())

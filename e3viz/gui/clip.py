"""What the timeline plays: a route from what was on view, and the keyframes that a person has set.

While it plays, states are previews: nothing enters the history, and what was on view before comes back at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from e3viz.export.routes import Moment, Route, Take, along, offered, orbited, through
from e3viz.gui.store import Store
from e3viz.labs.keyframes import Keyframe
from e3viz.labs.lab import Lab
from e3viz.labs.session import Session
from e3viz.pictures.scene import Camera
from e3viz.symmetry.element import Element


class Clip(QObject):
    """One animation in the making. changed(): other routes, keys or length. The window tells it which lab and views are on view."""

    changed = Signal()

    def __init__(self, store: Store, lab: Callable[[], Lab], views: Callable[[], dict[str, Any]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store, self._lab, self._views = store, lab, views
        self._base: Session | None = None
        self._seen: dict[str, Camera] = {}
        self._at: Callable[[float], Moment] | None = None
        self._ours = False
        self.route = Route("turn")
        self.titles: list[tuple[Route, str]] = []
        self.seconds = 6.0
        store.changed.connect(self._session_changed)

    @property
    def g(self) -> Element:
        """The element on view."""
        return self._store.session.g

    @property
    def keys(self) -> tuple[Keyframe, ...]:
        """The keyframes of the lab on view; the session keeps them."""
        return self._store.session.keyframes.get(self._lab().name, ())

    @property
    def moving(self) -> bool:
        """Whether what is on view is a moment of the animation."""
        return self._base is not None

    def look_around(self) -> None:
        """Find what can be animated in the lab on view."""
        if self.moving:
            return
        lab, session = self._lab(), self._store.session
        self.titles = offered(lab, session.state(), session.g, self.keys)
        if all(_same(route, self.route) is False for route, _ in self.titles):
            self.choose(self.titles[0][0])
        self.changed.emit()

    def choose(self, route: Route) -> None:
        """Animate along another route."""
        self.stop()
        self.route, self.seconds = route, route.seconds
        self.changed.emit()

    def show(self, t: float) -> None:
        """Put the moment at t, from 0 to 1, on view. Raises UserError for a route that cannot be taken."""
        if self._base is None:
            base = self._store.session
            at = along(self._route(), self._lab(), base.state(), base.g)
            self._seen = {name: view.camera() for name, view in self._views().items()}
            self._base, self._at = base, at
        assert self._at is not None
        moment = self._at(t)
        self._put(replace(self._base.with_state(moment.state), g=moment.g))
        for name, view in self._views().items():
            camera = moment.cameras.get(name) or self._seen.get(name)
            if camera is not None and (name in moment.cameras or moment.orbit):
                view.eye.stand(orbited(_closed(camera, view), moment.orbit))

    def stop(self) -> None:
        """What was on view before comes back."""
        base, self._base, self._at = self._base, None, None
        if base is None:
            return
        for name, view in self._views().items():
            if name in self._seen and self.route.kind in ("orbit", "keys"):
                view.eye.stand(_closed(self._seen[name], view))
        self._ours = True
        self._store.apply(replace(base, cameras=self._store.session.cameras), "")
        self._ours = False

    def put_back(self, g: Element) -> None:
        """g as it was before, when a person went on from the middle of an animation that they had not started."""
        self._ours = True
        self._store.amend(replace(self._store.session, g=g))
        self._ours = False

    def take(self) -> Take:
        """The animation as it would be filmed."""
        session = self._base or self._store.session
        cameras = dict(self._seen) if self._base else {name: view.camera() for name, view in self._views().items()}
        return Take(session.lab, session.state(), session.g, self._route(), cameras)

    # ---- keyframes --------------------------------------------------------------------------------------------------------------

    def set_key(self, time: float) -> None:
        """What is on view is a keyframe at a time in seconds, instead of one that is there within a tenth of a second."""
        session = self._store.session
        cameras = tuple((name, view.stage.camera()) for name, view in self._views().items())
        key = Keyframe(round(time, 2), session.state(), session.g, cameras)
        others = tuple(one for one in self.keys if abs(one.time - key.time) >= 0.1)
        self._set_keys((*others, key), "set a keyframe")

    def change_key(self, number: int, **changes: Any) -> None:
        """Move a keyframe (time) or leave it another way (easing)."""
        keys = list(self.keys)
        keys[number] = replace(keys[number], **changes)
        self._set_keys(tuple(keys), "change a keyframe")

    def drop_key(self, number: int) -> None:
        """Take a keyframe away."""
        self._set_keys(self.keys[:number] + self.keys[number + 1 :], "drop a keyframe")

    def last(self, seconds: float) -> None:
        """Take so long; keyframes move apart or together."""
        keys = self.keys
        if self.route.kind == "keys" and len(keys) > 1:
            factor = seconds / (keys[-1].time - keys[0].time)
            self._set_keys(tuple(replace(key, time=key.time * factor) for key in keys), "stretch the animation")
        self.seconds = seconds
        self.changed.emit()

    def _set_keys(self, keys: tuple[Keyframe, ...], text: str) -> None:
        self.stop()
        keys = tuple(sorted(keys, key=lambda one: one.time))
        self._store.apply(self._store.session.with_keyframes(keys, self._lab().name), text)
        self._follow_keys()

    def _follow_keys(self) -> None:
        """The keyframes are others now, by a person's hand, by undo, or because another lab is on view."""
        keys = self.keys
        if len(keys) > 1:
            self.route, self.seconds = through(self.keys), keys[-1].time - keys[0].time
        elif self.route.kind == "keys":
            self.route = Route("turn")
        self.look_around()

    def _route(self) -> Route:
        return through(self.keys) if self.route.kind == "keys" and len(self.keys) > 1 else self.route

    def _put(self, session: Session) -> None:
        self._ours = True
        self._store.preview(replace(session, cameras=self._store.session.cameras))
        self._ours = False

    def _session_changed(self, old: Session, new: Session) -> None:
        if not self._ours and self.moving:
            self._base = self._at = None  # a person has gone on from here
            self.changed.emit()
        elif not self._ours and old.keyframes != new.keyframes:
            self._follow_keys()


def _same(a: Route, b: Route) -> bool:
    return (a.kind, a.name) == (b.kind, b.name)


def _closed(camera: Camera, view: Any) -> Camera:
    """A camera with what it leaves open taken from where the view stands."""
    now = view.stage.camera()
    return replace(camera, focal=camera.focal or now.focal, height=camera.height or now.height)

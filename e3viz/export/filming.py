"""One frame of an animation after another as pixels, with what stays kept from frame to frame.

A figure is composed as for a still (`composing`), but every scene has a stage of its own that gets only new numbers, cards and text are
drawn anew only when they differ from the last frame's, and a camera that fits its scene is fitted once, to what the whole animation shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.export.composing import Composition, compose
from e3viz.export.figure import FigureOptions
from e3viz.export.routes import Moment, seen
from e3viz.labs.lab import Lab
from e3viz.pictures import raster
from e3viz.pictures.diagram import Diagram, Shape
from e3viz.pictures.offscreen import Offscreen
from e3viz.pictures.scene import Camera, Scene
from e3viz.pictures.sheet import Sheet
from e3viz.pictures.view import look, scene_extent
from e3viz.task import report

Pixels = NDArray[np.uint8]
LOOKS = 9
"""How many moments are looked at to find cameras that fit the whole animation."""


@dataclass(frozen=True, eq=False)
class Layer:
    """Shapes as pixels. box: rows and columns outside of which nothing is drawn; colour: already multiplied by alpha, uint16;
    clear: 255 − alpha, uint16."""

    shapes: tuple[Shape, ...]
    box: tuple[slice, slice]
    colour: NDArray[np.uint16]
    clear: NDArray[np.uint16]
    alpha: Pixels

    @classmethod
    def of(cls, shapes: tuple[Shape, ...], size: tuple[float, float], pixels: tuple[int, int], theme: Any) -> Layer:
        """The shapes of a figure of a size in points, drawn at a size in pixels."""
        whole = raster.draw(Diagram(size[0], size[1], shapes), theme, pixels)
        rows, columns = (np.flatnonzero(whole[..., 3].any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            box = slice(0, 0), slice(0, 0)
        else:
            box = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
        part = whole[box]
        alpha = part[..., 3:].astype(np.uint16)
        return cls(shapes, box, part[..., :3] * alpha + np.uint16(127), np.uint16(255) - alpha, part[..., 3])

    def over(self, canvas: Pixels) -> None:
        """Laid over an opaque or transparent canvas (h, w, 4), in place."""
        if not self.clear.size:
            return
        below = canvas[self.box]
        if (below[..., 3] == 255).all():
            below[..., :3] = (self.colour + below[..., :3] * self.clear) // np.uint16(255)
            return
        above = np.dstack([np.divide(self.colour, np.maximum(1, 255 - self.clear)).astype(np.uint8), self.alpha])
        canvas[self.box] = raster.over(below, above)


class Filmer:
    """Draws the frames of one animation. Close it at the end."""

    def __init__(self, lab: Lab, at: Callable[[float], Moment], options: FigureOptions, fineness: int = 1) -> None:
        self._lab, self._at, self._options, self._fineness = lab, at, options, fineness
        self._stages: dict[tuple[int, tuple[int, int]], Offscreen] = {}
        self._layers: dict[str, Layer] = {}
        self._held = self._cameras()

    def frame(self, t: float) -> Pixels:
        """The frame at t from 0 to 1, (h, w, 4), straight alpha."""
        options, size = self._options, self._options.pixels
        moment = self._at(t)
        figure = self._composed(seen(self._sheet(moment), moment, self._held))
        canvas = np.empty((size[1], size[0], 4), dtype=np.uint8)
        canvas[:] = (*_rgb(options.theme.colour(options.background)), 255) if options.background else (0, 0, 0, 0)
        if figure.below:
            self._layer("below", figure.below, figure).over(canvas)
        across, down = size[0] / figure.width, size[1] / figure.height
        for k, (place, scene) in enumerate(figure.scenes):
            x0, x1 = round(place.x * across), max(round(place.x * across) + 1, round((place.x + place.width) * across))
            y0, y1 = round(place.y * down), max(round(place.y * down) + 1, round((place.y + place.height) * down))
            ground = None if options.transparent else figure.ground(place, options.theme)
            see_through = ground is None
            image = self._stage(k, (x1 - x0, y1 - y0), across).draw(scene, ground or options.theme, transparent=see_through)
            part = canvas[y0:y1, x0:x1]
            image = image[: part.shape[0], : part.shape[1]]
            canvas[y0:y1, x0:x1] = raster.over(part, image) if see_through else image
        if figure.above:
            self._layer("above", figure.above, figure).over(canvas)
        return canvas

    def close(self) -> None:
        """Let go of all stages."""
        for stage in self._stages.values():
            stage.close()
        self._stages.clear()

    def _sheet(self, moment: Moment) -> Sheet:
        return self._lab.pictures(moment.state, moment.g)

    def _composed(self, sheet: Sheet) -> Composition:
        options = self._options
        return compose(sheet, options.theme, options.points, panel=options.panel, title=options.title, legend=options.legend)

    def _stage(self, number: int, size: tuple[int, int], scale: float) -> Offscreen:
        key = number, size
        if key not in self._stages:
            for other in [k for k in self._stages if k[0] == number]:
                self._stages.pop(other).close()
            self._stages[key] = Offscreen(size, scale, self._fineness)
        return self._stages[key]

    def _layer(self, name: str, shapes: tuple[Shape, ...], figure: Composition) -> Layer:
        known = self._layers.get(name)
        if known is None or known.shapes != shapes:
            known = self._layers[name] = Layer.of(shapes, (figure.width, figure.height), self._options.pixels, self._options.theme)
        return known

    def _cameras(self) -> Mapping[str, Camera]:
        """For every scene whose camera fits what it shows: one that fits all of the animation, so that nothing swims."""
        extents: dict[str, list[Any]] = {}
        scenes: dict[str, Scene] = {}
        for k in range(LOOKS):
            report(None, text="looking through the animation")
            for panel in self._sheet(self._at(k / (LOOKS - 1))).panels:
                scene = panel.picture
                if isinstance(scene, Scene) and (scene.camera.focal is None or scene.camera.height is None):
                    scenes.setdefault(panel.name, scene)
                    extents.setdefault(panel.name, []).append(scene_extent(scene, scene.frame_of))
        places = {p.name: p for p in self._sheet(self._at(0.0)).panels}
        width, height = self._options.points
        found = {}
        for name, parts in extents.items():
            held = np.concatenate([p for p, _ in parts]), np.concatenate([r for _, r in parts])
            share = places.get(name)
            alone = share is None or self._options.panel is not None
            size = (width, height) if share is None or alone else (width * share.width, height * share.height)
            found[name] = _full(look(scenes[name].camera, (round(size[0]), round(size[1])), held).camera, scenes[name].camera)
        return found


def _full(fitted: Camera, asked: Camera) -> Camera:
    return replace(
        asked, focal=fitted.focal if asked.focal is None else asked.focal, height=fitted.height if asked.height is None else asked.height
    )


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)

"""A stage: draws scenes into one VTK render window, the same in the program's window and off screen.

`show` compares with what stands there by name: an actor of the same name and kind is kept and gets its new arrays in place, so
turning, playing and dragging never make anything anew. Sizes given in points become device pixels by `pixels`.

VTK's own camera is the one that moves (an interactor may turn it); `view()` is it as plain numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from vtkmodules.vtkRenderingCore import vtkLight, vtkRenderer
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLFXAAPass, vtkRenderStepsPass, vtkSSAOPass

from e3viz.pictures import drawn, pick
from e3viz.pictures.highlight import marked
from e3viz.pictures.overlay_actors import DrawnLabels
from e3viz.pictures.overlay_marks import AxesCross, ScaleBar
from e3viz.pictures.scene import Actor, Camera, Labels, Scene, Spheres, Surface
from e3viz.pictures.sprites import small
from e3viz.pictures.style import LIGHT, Theme, rgb
from e3viz.pictures.view import ANGLE, Extent, View, enclosing, look, scene_extent, triple

MANY = 20_000
"""Balls beyond which a hurried picture draws them as sprites, however large they are."""


class Stage:
    """Shows one scene at a time in `render_window`. `made`: VTK actors made so far; `uploads`: arrays copied so far."""

    def __init__(self, render_window: Any, *, pixels: float = 1.0, smooth: bool = True, sprites: bool = True) -> None:
        """pixels: device pixels per point at 96 dpi; smooth: soften edges after drawing (costs a few milliseconds in software);
        sprites: draw very many small balls as points."""
        self.made = 0
        self._occluding = 0.0
        self.hurried = False
        self._smooth, self._sprites = smooth, sprites
        self.pixels = pixels
        self.scene = Scene()
        self.theme = LIGHT
        self._window = render_window
        self._drawn: dict[str, drawn.Drawn | DrawnLabels] = {}
        self._veils: dict[str, drawn.Drawn] = {}
        self._lit: dict[str, drawn.Drawn] = {}
        self._marks: dict[str, np.ndarray[Any, Any]] = {}
        self._lost_uploads = 0
        self._reach: tuple[np.ndarray[Any, Any], float] = (np.zeros(3), 1.0)
        self.renderer: Any = vtkRenderer()
        self.renderer.SetAutomaticLightCreation(False)
        self.renderer.SetUseFXAA(smooth)
        self._one_light()
        render_window.SetMultiSamples(0)
        render_window.AddRenderer(self.renderer)
        self._overlays = (AxesCross(), ScaleBar())
        self._observer = self.renderer.AddObserver("StartEvent", self._before_drawing)

    @property
    def uploads(self) -> int:
        """Arrays copied to VTK so far."""
        return self._lost_uploads + sum(d.uploads for d in self._drawn.values())

    @property
    def sprites(self) -> list[str]:
        """Names of the actors that the last picture drew as sprites."""
        return [n for n, d in self._drawn.items() if isinstance(d, drawn.DrawnSpheres) and d.sprites and d.sprites.vtk.GetVisibility()]

    def show(self, scene: Scene, theme: Theme) -> None:
        """Draw `scene` from now on; the camera stays where it is. Nothing is rendered yet."""
        self.scene, self.theme = scene, theme
        self.renderer.SetBackground(*(c / 255.0 for c in rgb(theme.page)))
        for name in [n for n, d in self._drawn.items() if n not in scene.actors or not _fits(d, scene.actors[n])]:
            self._drop(name)
        for name, actor in scene.actors.items():
            if name not in self._drawn:
                self._drawn[name] = DrawnLabels() if isinstance(actor, Labels) else drawn.make(actor)
                self.made += 1
            one: Any = self._drawn[name]
            one.show(actor, theme, self.pixels)
            self._veil(name, actor)
        for overlay in self._overlays:
            overlay.show(scene, theme, self.pixels)
        held = scene_extent(scene)
        radii = held[1]
        self._occlude(scene, float(np.median(radii[radii > 0])) if scene.occlusion and (radii > 0).any() else 0.0)
        middle, far = enclosing(held)
        self._reach = middle, far * 1.02 + 1e-6
        for name in self._marks:
            self._mark(name)
        self._put_in_order()

    def view(self) -> View:
        """What the camera sees now."""
        camera = self.renderer.GetActiveCamera()
        parallel = bool(camera.GetParallelProjection())
        focal, eye = np.array(camera.GetFocalPoint()), np.array(camera.GetPosition())
        height = 2.0 * camera.GetParallelScale() if parallel else 2.0 * np.linalg.norm(eye - focal) * np.tan(ANGLE / 2.0)
        return look(
            Camera(triple(eye - focal), camera.GetViewUp(), triple(focal), float(height), parallel), self.size, (focal[None], np.ones(1))
        )

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the window in device pixels."""
        width, height = self._window.GetSize()
        return max(1, width), max(1, height)

    def camera(self) -> Camera:
        """Where the scene is seen from now, with nothing left open."""
        return self.view().camera

    def set_camera(
        self, camera: Camera, scene: Scene | None = None, insets: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    ) -> None:
        """Look from `camera`; what it leaves open is fitted to `scene` (the one shown, if not given).

        insets: device pixels at the left, top, right and bottom that a fitted scene leaves free."""
        self._apply(look(camera, self.size, self._held(scene or self.scene), insets))

    def _held(self, scene: Scene) -> Extent:
        return scene_extent(scene, scene.frame_of)

    def _apply(self, view: View) -> None:
        camera = self.renderer.GetActiveCamera()
        camera.SetParallelProjection(view.parallel)
        camera.SetViewAngle(np.degrees(ANGLE))
        camera.SetFocalPoint(*view.focal)
        camera.SetPosition(*view.eye)
        camera.SetViewUp(*view.axes[1])
        camera.SetParallelScale(view.height / 2.0)

    def pick(self, x: float, y: float) -> tuple[str, int, tuple[float, float, float]] | None:
        """What lies under the pixel (x to the right, y down): name of a pickable actor, index of its item, place; None for nothing."""
        return pick.nearest(self.scene, self.view(), x, y)

    def world_to_display(self, points: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
        """(n, 3): x, y (down) in device pixels and depth of points (n, 3)."""
        return self.view().project(np.asarray(points))

    def highlight(self, name: str, indices: Iterable[int]) -> None:
        """Mark items of an actor with the accent colour, instead of those of the same actor marked before; none for no indices. The
        marks follow the actor until told otherwise."""
        self._marks[name] = np.asarray(list(indices), dtype=int)
        self._mark(name)
        self._put_in_order()

    def _mark(self, name: str) -> None:
        wanted = marked(self.scene.actors.get(name), self._marks[name], self.theme, self._reach[1])
        lit = self._lit.get(name)
        if wanted is None:
            self._lit.pop(name, None)
            return
        if lit is None or lit.kind is not type(wanted):
            lit = self._lit[name] = drawn.DrawnSpheres(ring=True) if isinstance(wanted, Spheres) else drawn.DrawnSticks()
        lit.show(wanted, self.theme, self.pixels)

    def hurry(self, on: bool) -> None:
        """Draw with less care, while something moves on a slow machine: edges stay hard, gaps light, and very many atoms are points."""
        if on == self.hurried:
            return
        self.hurried = on
        self.renderer.SetUseFXAA(self._smooth and not on)
        if on:
            self.renderer.SetPass(None)
            self._occluding = 0.0
        self.show(self.scene, self.theme)

    def _choose_sprites(self, view: View, nearest: float) -> None:
        """Which balls are drawn as sprites this time. Gaps cannot be shaded between these, nor are there ghosts of them."""
        for one in self._drawn.values():
            if isinstance(one, drawn.DrawnSpheres):
                hurried = self.hurried and one.count > MANY
                wanted = self._sprites and (hurried or (not self._occluding and small(one.count, one.largest, view, nearest)))
                had = len(one.props)
                one.stand_in(wanted and one.opacity == 1.0)
                if one.sprites is not None and wanted:
                    one.sprites.follow(view, self._window)
                if len(one.props) != had:
                    self._put_in_order()

    def close(self) -> None:
        """Let go of everything. Call before the render window is finalised."""
        if self._window is None:
            return
        self.renderer.RemoveObserver(self._observer)
        self.renderer.RemoveAllViewProps()
        self.renderer.RemoveAllLights()
        self.renderer.SetPass(None)
        self._window.RemoveRenderer(self.renderer)
        self.renderer.ReleaseGraphicsResources(self._window)
        for gone in (*self._drawn.values(), *self._lit.values(), *self._veils.values()):
            for prop in gone.props:
                prop.ReleaseGraphicsResources(self._window)
        self._drawn.clear()
        self._lit.clear()
        self._veils.clear()
        self._window = None

    def _one_light(self) -> None:
        lamp = vtkLight()  # the shaders bring their own light (see `light`); VTK leaves out the normals if there is none at all
        lamp.SetLightTypeToHeadlight()
        self.renderer.AddLight(lamp)

    def _drop(self, name: str) -> None:
        gone = self._drawn.pop(name)
        self._lost_uploads += gone.uploads
        for prop in gone.props:
            self.renderer.RemoveViewProp(prop)
        veil = self._veils.pop(name, None)
        if veil is not None:
            self.renderer.RemoveViewProp(veil.vtk)

    def _veil(self, name: str, actor: Actor) -> None:
        """Give a ghost its veil, or take it away (see `drawn`)."""
        one = self._drawn[name]
        if isinstance(one, drawn.Drawn) and one.ghostly and 0.0 < one.opacity < 1.0:
            veil = self._veils.setdefault(name, drawn.make(actor))
            veil.show(actor, self.theme, self.pixels)
            veil.opacity = drawn.VEIL
        elif name in self._veils:
            self.renderer.RemoveViewProp(self._veils.pop(name).vtk)

    def _occlude(self, scene: Scene, size: float) -> None:
        """Darken the gaps between things of a size, or stop doing so."""
        if not scene.occlusion or size <= 0.0:
            if self._occluding:
                self.renderer.SetPass(None)
            self._occluding = 0.0
            return
        if 0.7 < self._occluding / size < 1.4 or self.hurried:
            return
        self._occluding = size
        shadows = vtkSSAOPass()
        shadows.SetRadius(4.0 * size)
        shadows.SetBias(0.1 * size)
        shadows.SetKernelSize(48)
        shadows.SetIntensityScale(1.5)
        shadows.SetBlur(True)
        shadows.SetDelegatePass(vtkRenderStepsPass())
        smooth = vtkOpenGLFXAAPass()
        smooth.SetDelegatePass(shadows)
        self.renderer.SetPass(smooth if self.renderer.GetUseFXAA() else shadows)

    def _put_in_order(self) -> None:
        """Solid things first, then veils, then ghosts, then what lies over everything."""
        ghosts = [self._drawn[n] for n in self.scene.actors if n in self._veils]
        solid = [self._drawn[n] for n in self.scene.actors if n not in self._veils]
        things = (*solid, *self._lit.values(), *self._veils.values(), *ghosts)
        wanted = [*(prop for d in things for prop in d.props), *(prop for overlay in self._overlays for prop in overlay.props)]
        props = self.renderer.GetViewProps()
        standing = [props.GetItemAsObject(k) for k in range(props.GetNumberOfItems())]
        same = 0
        while same < min(len(wanted), len(standing)) and wanted[same] is standing[same]:
            same += 1
        for prop in standing[same:]:
            self.renderer.RemoveViewProp(prop)
        for prop in wanted[same:]:
            self.renderer.AddViewProp(prop)

    def _before_drawing(self, *_: Any) -> None:
        """Clipping planes, depth cue and everything that faces the viewer follow the camera."""
        view = self.view()
        middle, reach = self._reach
        depth = float((view.eye - middle) @ view.axes[2])
        front, back = depth - reach, depth + reach
        far = max(back, 1e-3)
        near = front if view.parallel else max(front, 1e-3 * far)
        self.renderer.GetActiveCamera().SetClippingRange(near, far)
        numbers: Mapping[str, float] = {
            "e3Parallel": float(view.parallel), "e3Near": near, "e3Far": far,
            "e3Cue": float(self.scene.depth_cue), "e3Front": front, "e3Back": back,
        }  # fmt: skip
        self._choose_sprites(view, near)
        page = [c / 255.0 for c in rgb(self.theme.page)]
        for one in (*self._drawn.values(), *self._lit.values(), *self._veils.values()):
            if isinstance(one, DrawnLabels):
                one.place(view)
                continue
            both = (one.sprites.uniforms,) if isinstance(one, drawn.DrawnSpheres) and one.sprites is not None else ()
            for uniforms in (one.uniforms, *both):
                for name, number in numbers.items():
                    uniforms.SetUniformf(name, number)
                uniforms.SetUniformf("e3Opacity", one.opacity if one.ghostly else 1.0)
                uniforms.SetUniform3f("e3Page", page)
        for overlay in self._overlays:
            overlay.place(view)


def _fits(one: drawn.Drawn | DrawnLabels, actor: Any) -> bool:
    if isinstance(one, DrawnLabels):
        return isinstance(actor, Labels)
    if isinstance(one, drawn.DrawnSurface):
        return isinstance(actor, Surface) and one.lit == actor.lit
    return one.kind is type(actor)

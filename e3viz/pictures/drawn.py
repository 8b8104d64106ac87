"""What each kind of actor is in VTK, and how new arrays reach it: in place, and not at all if they are the very same objects.

Spheres and sticks are impostors: a flat polygon each, on which the fragment shader works out the true surface. VTK's own sphere
polygon is a little too small in perspective and its stick shows the wrong end there, so both are mended by shader replacements.
Light and depth cue are the same few lines of GLSL for all kinds (`light`).

Ghosts (translucent balls, sticks and arrows) show only their nearest layer, which is quicker and easier to read than seeing into
them: first an invisible copy, the veil, writes their depth, then they are blended over what is solid. So both belong to VTK's
opaque pass, the veils after everything solid and the ghosts last. Translucent surfaces are left to VTK.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLSphereMapper, vtkOpenGLStickMapper

from e3viz.pictures import impostors, light, meshes
from e3viz.pictures.finite import all_finite, finite, is_finite
from e3viz.pictures.scene import Actor, Arrows, Segments, Spheres, Sticks, Surface
from e3viz.pictures.sprites import SORTED, Sprites, neighbours_together
from e3viz.pictures.style import Theme, rgb

Array = NDArray[Any]


class Drawn:
    """A VTK actor that stands for one actor of a scene. `vtk` is it; `uploads` counts the arrays copied so far."""

    kind: type[Actor]
    ghostly = True

    def __init__(self, mapper: Any, *, lit: bool = True, cue: bool = True, extra: str = "") -> None:
        self.uploads = 0
        self.opacity = 1.0
        self.vtk = vtkActor()
        self._data = vtkPolyData()
        self._points = vtkPoints()
        self._data.SetPoints(self._points)
        self._buffers: dict[str, tuple[Array, Any]] = {}
        self._sources: dict[str, tuple[Any, ...]] = {}
        self._cells: Any = None
        mapper.SetInputData(self._data)
        mapper.SetScalarVisibility(True)
        mapper.SetColorModeToDirectScalars()
        mapper.SetResolveCoincidentTopologyToOff()
        self.vtk.SetMapper(mapper)
        look = self.vtk.GetProperty()
        look.SetLighting(lit)
        look.SetAmbient(0.0)
        look.SetDiffuse(1.0)
        code = "//VTK::Light::Impl\n" + (light.GLSL if lit else light.GLSL_FLAT) + (light.GLSL_CUE if cue else "") + extra
        self.shaders = self.vtk.GetShaderProperty()
        self.shaders.AddFragmentShaderReplacement("//VTK::Light::Impl", False, code, False)
        self.uniforms = self.shaders.GetFragmentCustomUniforms()

    @property
    def props(self) -> list[Any]:
        """All VTK actors that stand for it; only one of them is visible."""
        return [self.vtk]

    def show(self, actor: Any, theme: Theme, pixels: float) -> None:
        """Take over what is new in `actor`. pixels: device pixels per point at 96 dpi."""
        self.opacity = float(actor.opacity)
        if not self.ghostly:
            self.vtk.GetProperty().SetOpacity(self.opacity)
        before = self.uploads
        self._take(actor, theme, pixels)
        if self.uploads != before:
            self._data.Modified()
        self.vtk.SetVisibility(self._points.GetNumberOfPoints() > 0 and actor.opacity > 0.0)

    def _take(self, actor: Any, theme: Theme, pixels: float) -> None:
        raise NotImplementedError

    def _put(self, name: str, sources: tuple[Any, ...], make: Callable[[], Array]) -> None:
        """Bring an array up to date, made from `sources`. name: "points", "colours" (shown), "normals", or any other."""
        known = self._sources.get(name)
        if known is not None and len(known) == len(sources) and all(a is b for a, b in zip(known, sources, strict=True)):
            return
        self._sources[name] = sources
        self.uploads += 1
        new = np.ascontiguousarray(make())
        if name in self._buffers and self._buffers[name][0].shape == new.shape:
            buffer, array = self._buffers[name]
            buffer[...] = new
            array.Modified()
            return
        new = new.copy() if not new.flags.owndata or any(new is s for s in sources) else new
        array = numpy_to_vtk(new)
        array.SetName(name)
        self._buffers[name] = new, array
        if name == "points":
            self._points.SetData(array)
        elif name == "colours":
            self._data.GetPointData().SetScalars(array)
        elif name == "normals":
            self._data.GetPointData().SetNormals(array)
        else:
            self._data.GetPointData().AddArray(array)

    def _put_cells(self, sources: tuple[Any, ...], make: Callable[[], Array]) -> None:
        """The same for triangles (m, 3), lines (m, 2) or single points (m, 1)."""
        known = self._sources.get("cells")
        if known is not None and all(a is b or (isinstance(a, int) and a == b) for a, b in zip(known, sources, strict=True)):
            return
        self._sources["cells"] = sources
        self.uploads += 1
        members = np.ascontiguousarray(make(), dtype=np.int64)
        cells = vtkCellArray()
        self._cells = numpy_to_vtk(members.ravel(), deep=True, array_type=cells.GetConnectivityArray().GetDataType())
        cells.SetData(members.shape[1], self._cells)
        (self._data.SetVerts, self._data.SetLines, self._data.SetPolys)[members.shape[1] - 1](cells)

    def _put_singles(self, count: int) -> None:
        """VTK draws and bounds no point that is not a cell."""
        if self._data.GetNumberOfVerts() != count:
            self._put_cells((count,), lambda: np.arange(count)[:, None])

    def _changed(self, name: str, *sources: Any) -> bool:
        known = self._sources.get(name)
        self._sources[name] = sources
        return known is None or any(a is not b for a, b in zip(known, sources, strict=True))


class DrawnSpheres(Drawn):
    """Sphere impostors."""

    kind = Spheres

    def __init__(self, *, ring: bool = False) -> None:
        mapper = vtkOpenGLSphereMapper()
        mapper.SetScaleArray("radii")
        self.sprites: Sprites | None = None
        self._largest = 0.0
        self._order: Any = slice(None)
        super().__init__(mapper, cue=not ring, extra=impostors.RING_DEPTH + "gl_FragData[0] = vec4(diffuseColor, opacity);" if ring else "")
        self.shaders.AddGeometryShaderReplacement("//VTK::Picking::Impl", True, impostors.SPHERE_REACH, False)
        for number in ("1.73205*radiusVCGSOutput", "-radiusVCGSOutput, 0.0", "2.0*radiusVCGSOutput"):
            grown = number.replace("radiusVCGSOutput", "radiusVCGSOutput*e3Reach")
            self.shaders.AddGeometryShaderReplacement(number, False, grown, True)

    def _take(self, actor: Spheres, theme: Theme, pixels: float) -> None:
        order = self._ordered(actor.centres)
        self._put("points", (actor.centres,), lambda: finite(actor.centres)[0][order])
        self._put_singles(len(actor.centres))
        bad = not np.isfinite(actor.centres).all()
        sources = (actor.radii, actor.centres if bad else None)
        if self._changed("largest", actor.radii):
            self._largest = float(np.nanmax(actor.radii, initial=0.0))
        self._put("radii", sources, lambda: np.where(finite(actor.centres)[1], actor.radii, 0.0).astype(np.float32)[order])
        self._put("colours", (actor.colours,), lambda: np.asarray(actor.colours, dtype=np.uint8)[order])

    def _ordered(self, centres: Array) -> Any:
        """The order in which they are drawn; it stays while their number does, so that arrays fit that were not put anew."""
        if len(centres) < SORTED:
            self._order = slice(None)
        elif isinstance(self._order, slice) or len(self._order) != len(centres):
            self._order = neighbours_together(finite(centres)[0])
        return self._order

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._points.GetNumberOfPoints())

    @property
    def props(self) -> list[Any]:
        """See Drawn."""
        return [self.vtk] if self.sprites is None else [self.vtk, self.sprites.vtk]

    @property
    def largest(self) -> float:
        """The largest radius."""
        return self._largest

    def stand_in(self, on: bool) -> None:
        """Be drawn as sprites, or as impostors again."""
        if on and self.sprites is None:
            self.sprites = Sprites(self._data)
        shown = self.count > 0 and self.opacity > 0.0
        self.vtk.SetVisibility(shown and not on)
        if self.sprites is not None:
            self.sprites.vtk.SetVisibility(shown and on)


class DrawnSticks(Drawn):
    """Capped cylinder impostors."""

    kind = Sticks

    def __init__(self) -> None:
        mapper = vtkOpenGLStickMapper()
        mapper.SetScaleArray("sizes")  # three numbers each: a factor for the axis, the radius, nothing
        mapper.SetOrientationArray("axes")
        super().__init__(mapper)
        self.shaders.AddGeometryShaderReplacement("orientVCGSOutput = orientVCVSOutput[0];", True, impostors.STICK_END, False)
        self.shaders.AddFragmentShaderReplacement("//VTK::Depth::Impl", True, impostors.STICK_SURFACE, False)

    def _take(self, actor: Sticks, theme: Theme, pixels: float) -> None:
        ends = (actor.starts, actor.ends)
        self._put("points", ends, lambda: finite((actor.starts + actor.ends) / 2.0)[0])
        self._put_singles(len(actor.starts))
        self._put("axes", ends, lambda: finite(actor.ends - actor.starts)[0])
        self._put("sizes", (*ends, actor.radius), lambda: _stick_sizes(actor))
        self._put("colours", (actor.colours,), lambda: np.asarray(actor.colours, dtype=np.uint8))


class DrawnArrows(Drawn):
    """All arrows as one mesh."""

    kind = Arrows

    def __init__(self) -> None:
        super().__init__(vtkPolyDataMapper())

    def _take(self, actor: Arrows, theme: Theme, pixels: float) -> None:
        sources = (actor.origins, actor.vectors, actor.radius, actor.colours)
        if not self._changed("arrows", *sources):
            return
        mesh = meshes.arrows(actor.origins, actor.vectors, actor.radius, np.asarray(actor.colours, dtype=np.uint8))
        self._put("points", (mesh.points,), lambda: mesh.points)
        self._put("normals", (mesh.normals,), lambda: mesh.normals)
        self._put("colours", (mesh.colours,), lambda: mesh.colours)
        self._put_cells((len(mesh.points), len(mesh.faces)), lambda: mesh.faces)


class DrawnSegments(Drawn):
    """Lines of a width in pixels."""

    kind = Segments
    ghostly = False

    def __init__(self) -> None:
        super().__init__(vtkPolyDataMapper(), lit=False)
        self.vtk.GetMapper().SetScalarVisibility(False)

    def _take(self, actor: Segments, theme: Theme, pixels: float) -> None:
        look = self.vtk.GetProperty()
        look.SetColor(*(c / 255.0 for c in rgb(theme.colour(actor.colour))))
        look.SetLineWidth(max(1.0, actor.width * pixels))
        if not self._changed("segments", actor.starts, actor.ends, actor.dashed):
            return
        good = np.isfinite(actor.starts).all(axis=1) & np.isfinite(actor.ends).all(axis=1)
        starts, ends = np.asarray(actor.starts)[good], np.asarray(actor.ends)[good]
        if actor.dashed:
            starts, ends = meshes.dashes(starts, ends)
        points = np.stack([starts, ends], axis=1).reshape(-1, 3).astype(np.float32)
        self._put("points", (points,), lambda: points)
        self._put_cells((len(points),), lambda: np.arange(len(points)).reshape(-1, 2))


class DrawnSurface(Drawn):
    """A triangle mesh; flat unlit ones too."""

    kind = Surface
    ghostly = False

    def __init__(self, *, lit: bool) -> None:
        super().__init__(vtkPolyDataMapper(), lit=lit)
        self.lit = lit

    def _take(self, actor: Surface, theme: Theme, pixels: float) -> None:
        look = self.vtk.GetProperty()
        look.SetEdgeVisibility(actor.edges)
        look.SetEdgeColor(*(c / 255.0 for c in rgb(theme.muted)))
        look.SetInterpolation(2 if actor.smooth else 0)
        sound = is_finite(actor.points)
        self._put("points", (actor.points,), lambda: np.asarray(actor.points, np.float32) if sound else finite(actor.points)[0])
        self._put("colours", (actor.colours,), lambda: np.asarray(actor.colours, dtype=np.uint8))
        if actor.smooth and actor.lit:
            sources = (actor.normals,) if actor.normals is not None else (actor.points, actor.faces)
            self._put("normals", sources, lambda: meshes.surface_normals(actor))
        elif self._data.GetPointData().GetNormals() is not None:
            self._data.GetPointData().SetNormals(None)
            self._buffers.pop("normals", None)
            self._sources.pop("normals", None)
        self._put_cells((actor.faces, None if sound else actor.points), lambda: _sound_faces(actor))


VEIL = 1e-5
"""Opacity of a veil: too little for any colour to change, and enough for VTK not to discard it."""


def make(actor: Actor) -> Drawn:
    """A new VTK actor for the kind of `actor`."""
    if isinstance(actor, Surface):
        return DrawnSurface(lit=actor.lit)
    return KINDS[type(actor)]()


KINDS: dict[type[Actor], Callable[[], Drawn]] = {
    Spheres: DrawnSpheres,
    Sticks: DrawnSticks,
    Arrows: DrawnArrows,
    Segments: DrawnSegments,
}


def _stick_sizes(actor: Sticks) -> NDArray[np.float32]:
    good: Array = all_finite(actor.starts) & all_finite(actor.ends)
    one = np.ones(len(good))
    return np.column_stack([one, np.where(good, actor.radius, 0.0), one]).astype(np.float32)


def _sound_faces(actor: Surface) -> Array:
    good: Array = all_finite(actor.points)
    faces = np.asarray(actor.faces)
    return faces if good.all() else faces[good[faces].all(axis=1)]

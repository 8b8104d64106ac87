"""Balls that are small on the screen, drawn as points: the quickest way there is to draw very many.

A point is one vertex and a square of pixels, in which the fragment shader finds the ball by Pythagoras. An impostor is a polygon that a
geometry shader makes first, which costs more than the pixels it covers. Points end where their middle leaves the view and face the screen
rather than the eye, so they stand in only for balls of a few pixels, where neither can be seen.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from e3viz.pictures import light
from e3viz.pictures.view import SLOPE, View

FEW = 2_000
"""Balls up to which impostors are quick enough."""
SORTED = 20_000
"""Balls from which on their order counts."""
SMALL = 6.0
"""Pixels of the largest radius that a sprite stands for."""
PROGRAM_POINT_SIZE = 0x8642  # OpenGL's name for letting the shader say how large a point is

_VERTEX = """//VTK::PositionVC::Dec
in float e3Radius;
uniform mat4 MCVCMatrix;
out vec4 e3Ball;
"""
_SIZE = """//VTK::PositionVC::Impl
  e3Ball = vec4((MCVCMatrix * vertexMC).xyz, e3Radius);
  gl_PointSize = max(2.0 * e3Radius * (e3Parallel > 0.5 ? e3PerUnit : e3PerUnit / max(-e3Ball.z, 1e-6)), 1.0);
"""
_FRAGMENT = """//VTK::PositionVC::Dec
in vec4 e3Ball;
"""
_SURFACE = """
  vec2 e3Flat = vec2(2.0, -2.0) * gl_PointCoord + vec2(-1.0, 1.0);
  float e3Out = dot(e3Flat, e3Flat);
  if (e3Out > 1.0) { discard; }
  vec3 normalVCVSOutput = vec3(e3Flat, sqrt(1.0 - e3Out));
  if (e3Parallel < 0.5) {
    vec3 e3Toward = normalize(-e3Ball.xyz), e3Right = normalize(vec3(e3Toward.z, 0.0, -e3Toward.x));
    normalVCVSOutput = mat3(e3Right, cross(e3Toward, e3Right), e3Toward) * normalVCVSOutput;
  }
  vec4 vertexVC = vec4(e3Ball.xyz + e3Ball.w * normalVCVSOutput, 1.0);
  gl_FragDepth = e3Parallel > 0.5 ? (-vertexVC.z - e3Near) / (e3Far - e3Near)
                                  : (1.0 / e3Near + 1.0 / vertexVC.z) / (1.0 / e3Near - 1.0 / e3Far);
"""


class Sprites:
    """Stands for the balls of `data`, whose radii are its array “radii”. vtk: the actor."""

    def __init__(self, data: Any) -> None:
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(data)
        mapper.SetColorModeToDirectScalars()
        mapper.SetVBOShiftScaleMethod(0)  # the impostors' mapper shares the buffer and expects places in it as they are
        mapper.MapDataArrayToVertexAttribute("e3Radius", "radii", 0, -1)
        self.vtk: Any = vtkActor()
        self.vtk.SetMapper(mapper)
        look = self.vtk.GetProperty()
        look.SetAmbient(0.0)
        look.SetDiffuse(1.0)
        shaders = self.vtk.GetShaderProperty()
        shaders.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, _VERTEX, False)
        shaders.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, _SIZE, False)
        shaders.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, _FRAGMENT, False)
        shaders.AddFragmentShaderReplacement("//VTK::Normal::Impl", True, "", False)
        shaders.AddFragmentShaderReplacement("//VTK::Depth::Impl", True, _SURFACE, False)
        shaders.AddFragmentShaderReplacement("//VTK::Light::Impl", False, "//VTK::Light::Impl\n" + light.GLSL + light.GLSL_CUE, False)
        self.uniforms: Any = shaders.GetFragmentCustomUniforms()
        self._sizes: Any = shaders.GetVertexCustomUniforms()

    def follow(self, view: View, window: Any) -> None:
        """Be as large as the balls are in a view."""
        self._sizes.SetUniformf("e3PerUnit", view.size[1] / (view.height if view.parallel else 2.0 * SLOPE))
        self._sizes.SetUniformf("e3Parallel", float(view.parallel))
        window.GetState().vtkglEnable(PROGRAM_POINT_SIZE)


def small(count: int, largest: float, view: View, nearest: float) -> bool:
    """Whether so many balls, of which the `largest` radius is at depth `nearest` or behind it, are better drawn as sprites."""
    if count < FEW or (not view.parallel and nearest <= 0.0):
        return False
    per_unit = view.size[1] / (view.height if view.parallel else 2.0 * SLOPE * nearest)
    return largest * per_unit <= SMALL


def neighbours_together(points: NDArray[np.float32]) -> NDArray[np.intp]:
    """An order of points (n, 3) in which those of one part of space follow each other. A million balls in it are drawn in half the time
    of a million in any order, because software GL goes to and fro less in its memory."""
    low, high = points.min(axis=0), points.max(axis=0)
    parts = ((points - low) * (31.99 / max(float((high - low).max()), 1e-30))).astype(np.uint16)
    order: NDArray[np.intp] = np.argsort((parts[:, 0] << 10) | (parts[:, 1] << 5) | parts[:, 2], kind="stable")
    return order

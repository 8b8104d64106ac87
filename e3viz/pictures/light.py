"""The one light of e3viz: how a surface of a colour looks when its normal points some way.

A soft key light at the upper left, above the viewer's shoulder, wraps a little round the edge; a faint, broad highlight says
which way a surface bends. The same numbers shade pixels (GLSL, for VTK) and vector figures (NumPy), so both look alike.
Colours are mixed as sRGB values, which is what the eye judges here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

LIGHT = np.array([-0.32, 0.46, 0.83])
LIGHT = LIGHT / np.linalg.norm(LIGHT)
SHADOW, WRAP, GLOSS, SHARPNESS = 0.42, 0.32, 0.24, 24.0


def shade(normals: NDArray[Any], colours: NDArray[Any]) -> NDArray[np.float64]:
    """Colours 0 to 255, (n, 3), of surfaces of colours (n, 3) whose unit normals (n, 3), in view axes, face the viewer."""
    normals = np.asarray(normals, dtype=float)
    towards = normals @ LIGHT
    body = SHADOW + (1.0 - SHADOW) * np.clip((towards + WRAP) / (1.0 + WRAP), 0.0, 1.0)
    half = LIGHT + np.array([0.0, 0.0, 1.0])
    gloss = GLOSS * np.clip(normals @ (half / np.linalg.norm(half)), 0.0, 1.0) ** SHARPNESS
    base = np.asarray(colours, dtype=float) * body[..., None]
    lit: NDArray[np.float64] = base + (255.0 - base) * gloss[..., None]
    return lit


GLSL = f"""
  vec3 e3Eye = e3Parallel > 0.5 ? vec3(0.0, 0.0, 1.0) : normalize(-vertexVC.xyz);
  vec3 e3Normal = normalize(normalVCVSOutput);
  if (dot(e3Normal, e3Eye) < 0.0) {{ e3Normal = -e3Normal; }}
  const vec3 e3Light = vec3({LIGHT[0]:.6f}, {LIGHT[1]:.6f}, {LIGHT[2]:.6f});
  float e3Body = {SHADOW} + {1.0 - SHADOW} * clamp((dot(e3Normal, e3Light) + {WRAP}) / {1.0 + WRAP}, 0.0, 1.0);
  float e3Towards = clamp(dot(e3Normal, normalize(e3Light + e3Eye)), 0.0, 1.0);
  e3Towards *= e3Towards; e3Towards *= e3Towards; e3Towards *= e3Towards;
  float e3Gloss = {GLOSS} * e3Towards * e3Towards * e3Towards;  // to the power of 24: pow() costs software GL a seventh of a picture
  gl_FragData[0] = vec4(mix(diffuseColor * e3Body, vec3(1.0), e3Gloss), opacity * e3Opacity);
  float e3Depth = -vertexVC.z;
"""

GLSL_FLAT = """
  gl_FragData[0] = vec4(diffuseColor, opacity);
  float e3Depth = e3Parallel > 0.5 ? mix(e3Near, e3Far, gl_FragCoord.z) : 1.0 / gl_FragCoord.w;
"""

GLSL_CUE = """
  float e3Fade = e3Cue * clamp((e3Depth - e3Front) / max(e3Back - e3Front, 1e-6), 0.0, 1.0);
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, e3Page, e3Fade);
"""


def fade(depth: NDArray[Any], front: float, back: float, cue: float) -> NDArray[np.float64]:
    """How far things at depths fade into the page, 0 to 1: nothing at the front of the scene, `cue` at its back."""
    faded: NDArray[np.float64] = cue * np.clip((np.asarray(depth, dtype=float) - front) / max(back - front, 1e-6), 0.0, 1.0)
    return faded


FOCUS = (0.30 * float(LIGHT[0]), -0.30 * float(LIGHT[1]))
"""Where the gradient of a shaded disc starts, in units of its radius from its middle (y down)."""


def ball_stops(colour: tuple[int, int, int], count: int = 9) -> list[tuple[float, tuple[int, int, int]]]:
    """(place, colour) of the radial gradient that looks like a lit ball: at place t, the mean over the circle of radius t about a
    point that moves from FOCUS (t = 0) to the middle (t = 1)."""
    turn = np.linspace(0.0, 2.0 * np.pi, 48, endpoint=False)
    stops = []
    for t in np.linspace(0.0, 1.0, count):
        x = FOCUS[0] * (1.0 - t) + t * np.cos(turn)
        y = -FOCUS[1] * (1.0 - t) + t * np.sin(turn)
        normals = np.column_stack([x, y, np.sqrt(np.clip(1.0 - x**2 - y**2, 0.0, 1.0))])
        stops.append((float(t), whole(shade(normals, np.tile(colour, (48, 1))).mean(axis=0))))
    return stops


def tube_stops(axis: NDArray[Any], colour: NDArray[Any], lean: float = 0.0, count: int = 9) -> list[tuple[float, tuple[int, int, int]]]:
    """(place, colour) across a lit tube along a unit axis in view axes, from the side that lies at `aside(axis)` × −1 to the other.
    lean: how far its surface faces along the axis (for a cone)."""
    side = aside(axis)
    front = np.cross(side, axis)
    front = front if front[2] >= 0 else -front
    u = np.linspace(-1.0, 1.0, count)
    normals = u[:, None] * side + np.sqrt(1.0 - u**2)[:, None] * front + lean * axis
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return [((float(a) + 1.0) / 2.0, whole(c)) for a, c in zip(u, shade(normals, np.tile(colour, (count, 1))), strict=True)]


def aside(axis: NDArray[Any]) -> NDArray[np.float64]:
    """The unit vector in the picture's plane perpendicular to an axis in view axes (to the right of it; any if it points at the eye)."""
    length = float(np.hypot(axis[0], axis[1]))
    return np.array([axis[1] / length, -axis[0] / length, 0.0]) if length > 1e-9 else np.array([1.0, 0.0, 0.0])


def whole(colour: NDArray[Any]) -> tuple[int, int, int]:
    """(r, g, b) as whole numbers."""
    r, g, b = (round(float(c)) for c in colour)
    return r, g, b

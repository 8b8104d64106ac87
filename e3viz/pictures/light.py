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
  float e3Gloss = {GLOSS} * pow(clamp(dot(e3Normal, normalize(e3Light + e3Eye)), 0.0, 1.0), {SHARPNESS});
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

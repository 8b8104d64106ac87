"""Formulas as outlines: LaTeX (the subset that matplotlib's mathtext knows) to paths, in points, baseline at 0, y downwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from e3viz.errors import UserError

Step = tuple[str, tuple[float, ...]]


@dataclass(frozen=True)
class Outline:
    """steps: M x y, L x y, Q x1 y1 x y, C x1 y1 x2 y2 x y or Z, filled by the nonzero rule; width, ascent and descent in points."""

    steps: tuple[Step, ...]
    width: float
    ascent: float
    descent: float


DESIGN = 200.0
"""Size at which formulas are set before they are scaled: mathtext rounds widths to whole points."""


@lru_cache(maxsize=1024)
def outline(latex: str, size: float) -> Outline:
    """The outline of a formula; raises UserError if it cannot be read."""
    from matplotlib import rc_context
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    from matplotlib.path import Path
    from matplotlib.textpath import TextPath

    text = latex if "$" in latex else f"${latex}$"
    try:
        with rc_context({"mathtext.fontset": "cm"}):
            font = FontProperties(size=DESIGN)
            path = TextPath((0.0, 0.0), text, size=DESIGN, prop=font)
            width, height, depth, *_ = MathTextParser("path").parse(text, dpi=72, prop=font)
    except (ValueError, RuntimeError):
        raise UserError(f"The formula {latex} cannot be typeset.", "Only a part of LaTeX's mathematics is known here.") from None
    letters = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
    scale = size / DESIGN
    steps = []
    for corners, code in path.iter_segments(simplify=False, curves=True):
        numbers = tuple(float(-v if k % 2 else v) * scale for k, v in enumerate(corners))
        steps.append((letters[code], () if code == Path.CLOSEPOLY else numbers))
    return Outline(tuple(steps), float(width) * scale, float(height - depth) * scale, float(depth) * scale)


def left(anchor: str, x: float, width: float) -> float:
    """Where a line of a width begins that is anchored at x."""
    return x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * width

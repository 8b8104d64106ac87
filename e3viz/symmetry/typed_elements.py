"""Rotations as people type them in other ways than axis and angle: Euler angles, a quaternion, a matrix; and back into text.

Euler angles are e3nn's: R = R_y(α) R_x(β) R_y(γ), in degrees. Quaternions are w, x, y, z.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.notation import parse_number

ROUNDED = 2e-2
"""How far the entries of a matrix may be from those of an orthogonal one and still be taken for rounded ones."""


def numbers(text: str, count: int, what: str, example: str) -> list[float]:
    """So many numbers or fractions, with commas, blanks or line breaks between them. Raises UserError naming `what`."""
    entries = [entry for entry in re.split(r"[,;\s\[\]()|°]+", text.replace("−", "-")) if entry]
    if len(entries) != count:
        raise UserError(f"{what} has {count} numbers, not {len(entries)}.", f"Write for example {example}.")
    found = [parse_number(entry, what) for entry in entries]
    if not np.isfinite(found).all():
        raise UserError(f"{what} is made of finite numbers.", f"Write for example {example}.")
    return found


def with_euler(text: str, g: Element) -> Element:
    """g with the rotation of three angles. Raises UserError."""
    alpha, beta, gamma = numbers(text, 3, "A set of Euler angles", "30, 60, 90")
    return _with_rotation(Element.from_euler(alpha, beta, gamma), g)


def with_quaternion(text: str, g: Element) -> Element:
    """g with the rotation of a quaternion of any length but zero. Raises UserError."""
    w, x, y, z = numbers(text, 4, "A quaternion", "1, 0, 0, 0")
    return _with_rotation(Element.from_quaternion(w, x, y, z), g)


def with_matrix(text: str, g: Element) -> Element:
    """g with another linear part, rows one after the other; of one that is orthogonal but for rounding, the nearest. Raises UserError that
    says how far another one is from orthogonal, and names the nearest."""
    given = np.array(numbers(text, 9, "A matrix", "1 0 0 0 1 0 0 0 1")).reshape(3, 3)
    left, sizes, right = np.linalg.svd(given)
    nearest = left @ right
    away = float(np.abs(given - nearest).max())
    if sizes.min() < 0.1 or away > ROUNDED:
        raise UserError(
            "This matrix is not orthogonal, so it is no rotation or reflection.",
            f"Its nearest orthogonal one is {matrix_text(Element.from_matrix(nearest))}."
            if sizes.min() > 1e-6
            else "Its rows must be independent.",
        )
    return replace(Element.from_matrix(nearest), translation=g.translation)


def euler_text(g: Element) -> str:
    """α, β, γ in degrees."""
    return ", ".join(_short(angle) for angle in g.euler)


def quaternion_text(g: Element) -> str:
    """w, x, y, z of the proper rotation."""
    return ", ".join(_short(q) for q in g.quaternion)


def matrix_text(g: Element) -> str:
    """The rows of the linear part, with bars between them."""
    return " | ".join(" ".join(_short(x) for x in row) for row in g.linear)


def _with_rotation(rotation: Element, g: Element) -> Element:
    return replace(rotation, inversion=g.inversion, translation=g.translation)


def _short(x: float) -> str:
    return f"{round(x, 4) + 0.0:.6g}".replace("-", "−")

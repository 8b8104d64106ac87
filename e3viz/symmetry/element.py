"""One element g of the Euclidean group E(3) as an immutable value.

Convention: g acts on a point as x ↦ s R x + t, with R the rotation by `angle` degrees about `axis` (right-handed), s = −1 if
`inversion` else 1, and t the `translation` in Å. A mirror with normal n is the rotation by 180° about n followed by the inversion.
Euler angles are e3nn's, R = R_y(α) R_x(β) R_y(γ), in degrees; quaternions are (w, x, y, z) of length 1, w ≥ 0. Axis and angle (not a
matrix) are stored, so that what a person typed is what they see again, even at angle 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError

Vector = tuple[float, float, float]
_EXACT = {0: 0.0, 30: 0.5, 90: 1.0, 150: 0.5, 180: 0.0, 210: -0.5, 270: -1.0, 330: -0.5}


def sin_degrees(angle: float) -> float:
    """sin of an angle in degrees, exact at multiples of 30° and 90°."""
    turn = angle % 360.0
    return _EXACT[int(turn)] if turn == int(turn) and int(turn) in _EXACT else math.sin(math.radians(turn))


def cos_degrees(angle: float) -> float:
    """cos of an angle in degrees, exact where `sin_degrees` is."""
    return sin_degrees(angle + 90.0)


@dataclass(frozen=True)
class Element:
    """g ∈ E(3): rotate by `angle` (degrees) about `axis`, then invert if `inversion`, then move by `translation` (Å).

    Raises UserError for an axis of length zero or numbers that are not finite.
    """

    axis: Vector = (0.0, 0.0, 1.0)
    angle: float = 0.0
    inversion: bool = False
    translation: Vector = (0.0, 0.0, 0.0)

    def __post_init__(self) -> None:
        numbers = (*self.axis, self.angle, *self.translation)
        if len(self.axis) != 3 or len(self.translation) != 3:
            raise UserError("An axis and a translation have three components.", "Write for example 0, 0, 1.")
        if not all(math.isfinite(x) for x in numbers):
            raise UserError("An element of E(3) needs finite numbers.", "Replace nan or inf by a number.")
        if math.hypot(*self.axis) < 1e-12:
            raise UserError("The axis of a rotation has a length of zero.", "Write for example 0, 0, 1 for the z axis.")
        object.__setattr__(self, "axis", tuple(float(x) for x in self.axis))
        object.__setattr__(self, "translation", tuple(float(x) for x in self.translation))
        object.__setattr__(self, "angle", float(self.angle))
        object.__setattr__(self, "inversion", bool(self.inversion))

    @property
    def rotation(self) -> NDArray[np.float64]:
        """R, the proper part, (3, 3), by Rodrigues' formula."""
        n = np.asarray(self.axis) / math.hypot(*self.axis)
        c, s = cos_degrees(self.angle), sin_degrees(self.angle)
        cross = np.array([[0.0, -n[2], n[1]], [n[2], 0.0, -n[0]], [-n[1], n[0], 0.0]])
        matrix: NDArray[np.float64] = c * np.eye(3) + s * cross + (1.0 - c) * np.outer(n, n)
        return matrix

    @property
    def linear(self) -> NDArray[np.float64]:
        """The 3×3 orthogonal matrix s R that acts on polar vectors."""
        return 0.0 - self.rotation if self.inversion else self.rotation

    @property
    def determinant(self) -> int:
        """1 for proper elements, −1 for those that change handedness."""
        return -1 if self.inversion else 1

    @property
    def is_identity(self) -> bool:
        """Whether g moves nothing."""
        return not self.inversion and self.angle % 360.0 == 0.0 and not any(self.translation)

    def order(self, most: int = 360) -> int | None:
        """The smallest n ≥ 1 with gⁿ = e, or None if there is none up to `most` (all translations, irrational angles)."""
        times = np.arange(1, most + 1)
        turned = times * self.angle % 360.0
        whole = np.minimum(turned, 360.0 - turned) < 1e-7
        found = times[whole & (times % 2 == 0)] if self.inversion else times[whole]
        if not len(found):
            return None
        rest, shift = np.eye(3) - self.linear, np.asarray(self.translation)
        fixed = np.linalg.lstsq(rest, shift, rcond=1e-9)[0]  # an element of finite order leaves a point where it is
        return int(found[0]) if np.allclose(rest @ fixed, shift, atol=1e-9) else None

    def act(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Where g takes points (…, 3)."""
        moved: NDArray[np.float64] = np.asarray(points, dtype=float) @ self.linear.T + np.asarray(self.translation)
        return moved

    def act_on_vectors(self, vectors: NDArray[Any], *, axial: bool = False) -> NDArray[np.float64]:
        """Where g takes vectors (…, 3): polar ones (1o: forces, velocities), or axial ones (1e: spins, torques)."""
        turned: NDArray[np.float64] = np.asarray(vectors, dtype=float) @ (self.rotation if axial else self.linear).T
        return turned

    def __matmul__(self, other: Element) -> Element:
        """g₁ g₂: first `other`, then `self`."""
        shift = self.act(np.asarray(other.translation))
        return Element.from_matrix(self.linear @ other.linear, shift)

    def inverse(self) -> Element:
        """The element that undoes this one."""
        back = self.linear.T @ np.asarray(self.translation)
        return replace(self, angle=-self.angle, translation=(-back[0], -back[1], -back[2]))

    @classmethod
    def from_matrix(cls, matrix: NDArray[Any], translation: NDArray[Any] | Vector = (0.0, 0.0, 0.0)) -> Element:
        """The element with a given orthogonal 3×3 matrix; raises UserError if the matrix is not orthogonal to 1e-6."""
        m = np.asarray(matrix, dtype=float)
        if m.shape != (3, 3) or not np.allclose(m @ m.T, np.eye(3), atol=1e-6):
            raise UserError(
                "This matrix is not orthogonal, so it is no rotation or reflection.", "Its rows must be perpendicular unit vectors."
            )
        improper = bool(np.linalg.det(m) < 0)
        axis, angle = axis_and_angle(-m if improper else m)
        shift = np.asarray(translation, dtype=float)
        return cls(axis, angle, improper, (float(shift[0]), float(shift[1]), float(shift[2])))

    @classmethod
    def mirror(cls, normal: Vector) -> Element:
        """The mirror whose plane passes through the origin with the given normal."""
        return cls(axis=normal, angle=180.0, inversion=True)

    @property
    def quaternion(self) -> tuple[float, float, float, float]:
        """(w, x, y, z), w ≥ 0, of the proper rotation."""
        length, half = math.hypot(*self.axis), self.angle / 2.0
        w, s = cos_degrees(half), sin_degrees(half) / length
        if w < 0:
            w, s = -w, -s
        x, y, z = (0.0 + s * a for a in self.axis)
        return w, x, y, z

    @classmethod
    def from_quaternion(cls, w: float, x: float, y: float, z: float) -> Element:
        """The rotation of a quaternion of any length but zero."""
        length = math.hypot(w, x, y, z)
        if not math.isfinite(length) or length < 1e-12:
            raise UserError("A quaternion needs four finite numbers, not all zero.", "Write 1, 0, 0, 0 for no rotation.")
        sine = math.hypot(x, y, z)
        if sine < 1e-12 * length:
            return cls()
        sign = -1.0 if w < 0 else 1.0
        angle = math.degrees(2.0 * math.atan2(sine, abs(w)))
        return cls((sign * x / sine, sign * y / sine, sign * z / sine), round(angle, 12))

    @property
    def euler(self) -> tuple[float, float, float]:
        """(α, β, γ) in degrees with R = R_y(α) R_x(β) R_y(γ); β from 0 to 180. Where β is 0 or 180, γ is 0."""
        r = self.rotation
        sine = math.hypot(r[0, 1], r[2, 1])
        if sine < 1e-12:  # only α + γ or α − γ is fixed
            alpha, beta, gamma = math.atan2(math.copysign(1.0, r[1, 1]) * r[0, 2], r[0, 0]), 0.0 if r[1, 1] > 0 else math.pi, 0.0
        else:
            alpha, beta = math.atan2(r[0, 1], r[2, 1]), math.atan2(sine, r[1, 1])
            c, s = r[2, 1] / sine, r[0, 1] / sine
            gamma = math.atan2(c * r[0, 2] - s * r[2, 2], c * r[0, 0] - s * r[2, 0])  # from R_y(−α) R: exact however small β is
        return round(math.degrees(alpha), 12) + 0.0, round(math.degrees(beta), 12) + 0.0, round(math.degrees(gamma), 12) + 0.0

    @classmethod
    def from_euler(cls, alpha: float, beta: float, gamma: float) -> Element:
        """R_y(α) R_x(β) R_y(γ), angles in degrees."""
        return cls((0, 1, 0), alpha) @ cls((1, 0, 0), beta) @ cls((0, 1, 0), gamma)

    @classmethod
    def turning(cls, start: Vector, end: Vector) -> Element:
        """The smallest rotation that takes the direction `start` to `end`: what a trackball dragged between them does."""
        a, b = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
        if not min(np.linalg.norm(a), np.linalg.norm(b)) > 1e-12:
            raise UserError("A direction has a length of zero.", "Give two directions that are not zero.")
        a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
        axis = np.cross(a, b)
        if np.linalg.norm(axis) < 1e-12:  # parallel: no turn, or half a turn about any axis across
            axis = np.cross(a, np.eye(3)[int(np.argmin(np.abs(a)))])
        angle = math.degrees(2.0 * math.atan2(float(np.linalg.norm(a - b)), float(np.linalg.norm(a + b))))
        return cls((float(axis[0]), float(axis[1]), float(axis[2])), angle)

    @classmethod
    def random(cls, rng: np.random.Generator, inversion: bool = False, length: float = 0.0) -> Element:
        """A rotation drawn evenly from SO(3), with the inversion or not, and a translation of normal size `length` in Å."""
        w, x, y, z = (float(q) for q in rng.normal(size=4))
        shift = length * rng.normal(size=3)
        return replace(cls.from_quaternion(w, x, y, z), inversion=inversion, translation=(shift[0], shift[1], shift[2]))

    def part(self, t: float) -> Element:
        """The element a fraction t of the way from the identity: the geodesic of its rotation; the inversion comes at t = 1."""
        x, y, z = self.translation
        return Element(self.axis, self.angle * t, self.inversion and t >= 1.0, (x * t, y * t, z * t))

    def towards(self, other: Element, t: float) -> Element:
        """A fraction t of the way to another element: the shortest turn between them and a straight translation; handedness changes at
        t = 1, since no path within E(3) joins the two."""
        if t <= 0.0 or t >= 1.0:
            return self if t <= 0.0 else other
        between = Element.from_matrix(self.rotation.T @ other.rotation)
        shift = (1.0 - t) * np.asarray(self.translation) + t * np.asarray(other.translation)
        linear = self.linear @ between.part(t).rotation
        return Element.from_matrix(linear, shift)

    def seen_at(self, t: float) -> NDArray[np.float64]:
        """The 3×3 matrix to draw a fraction t of the way from the identity, continuous for improper elements too.

        A rotation turns; a mirror presses space flat through its plane and out again; the inversion shrinks it through a point; any
        other improper element does the mirror and the turn at once. In between such a matrix is not orthogonal.
        """
        if not self.inversion:
            return self.part(t).rotation
        if self.angle % 360.0 == 0.0:
            return (1.0 - 2.0 * t) * np.eye(3)
        n = np.asarray(self.axis) / math.hypot(*self.axis)
        turn = (self.angle + 360.0) % 360.0 - 180.0  # −R(n, φ) = R(n, φ + 180°) (1 − 2 n nᵀ), and φ + 180° is φ − 180°
        pressed: NDArray[np.float64] = Element(self.axis, turn * t).rotation @ (np.eye(3) - 2.0 * t * np.outer(n, n))
        return pressed


IDENTITY = Element()

PRESETS: dict[str, Element] = {
    "identity": IDENTITY,
    "90° about z": Element((0, 0, 1), 90.0),
    "180° about z": Element((0, 0, 1), 180.0),
    "90° about x": Element((1, 0, 0), 90.0),
    "90° about y": Element((0, 1, 0), 90.0),
    "120° about 1 1 1": Element((1, 1, 1), 120.0),
    "mirror x → −x": Element.mirror((1, 0, 0)),
    "mirror y → −y": Element.mirror((0, 1, 0)),
    "mirror z → −z": Element.mirror((0, 0, 1)),
    "inversion": Element(inversion=True),
    "90° about z, then mirror": Element((0, 0, 1), 270.0, inversion=True),
}
"""Elements that people ask for often, by the name shown."""


def axis_and_angle(rotation: NDArray[np.float64]) -> tuple[Vector, float]:
    """Unit axis and angle in degrees, 0 to 180, of a proper rotation matrix (3, 3); the z axis for the identity."""
    twist = np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
    angle = math.degrees(math.atan2(float(np.linalg.norm(twist)) / 2.0, (float(np.trace(rotation)) - 1.0) / 2.0))
    if angle < 1e-9:
        return (0.0, 0.0, 1.0), 0.0
    if angle > 179.0:  # the antisymmetric part vanishes: take the axis from the symmetric part n nᵀ
        outer = (rotation + rotation.T) / 2.0 - math.cos(math.radians(angle)) * np.eye(3)
        column = outer[:, int(np.argmax(np.diag(outer)))]
        axis = column / np.linalg.norm(column)
        if axis @ twist < 0 or (np.linalg.norm(twist) < 1e-12 and axis[np.flatnonzero(np.abs(axis) > 1e-9)[0]] < 0):
            axis = -axis
    else:
        axis = twist / np.linalg.norm(twist)
    return (float(axis[0]), float(axis[1]), float(axis[2])), round(angle, 12)

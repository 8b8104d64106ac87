"""Exact numbers of the form (p/q) √n: what coefficients of harmonics, Clebsch–Gordan tensors and changes of basis are made of.

The form is unique: n is a whole number ≥ 1 without a square factor, so that √(5/4) is √5/2 and √(2/3) is √6/3. With `per_pi` the value
is (p/q) √(n/π), as in the harmonics whose squares integrate to one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache


@lru_cache(maxsize=4096)
def split_square(n: int) -> tuple[int, int]:
    """(a, b) with n = a² b, b without a square factor, for n ≥ 0; (0, 1) for 0."""
    if n == 0:
        return 0, 1
    outside, inside, p = 1, 1, 2
    while p * p <= n:
        power = 0
        while n % p == 0:
            n, power = n // p, power + 1
        outside *= p ** (power // 2)
        inside *= p ** (power % 2)
        p += 1 if p == 2 else 2
        if math.isqrt(n) ** 2 == n:  # ends at once what is a square of large primes
            return outside * math.isqrt(n), inside
    return outside, inside * n


@dataclass(frozen=True)
class Surd:
    """ratio × √radicand, or ratio × √(radicand / π) if per_pi. Make one with `Surd.root` unless the radicand is known to be square-free."""

    ratio: Fraction = Fraction(0)
    radicand: int = 1
    per_pi: bool = False

    @classmethod
    def root(cls, square: Fraction | int, sign: int = 1, *, per_pi: bool = False) -> Surd:
        """sign × √square, or sign × √(square / π)."""
        value = Fraction(square)
        outside, inside = split_square(value.numerator * value.denominator)
        return cls(Fraction(sign * outside, value.denominator), inside if outside else 1, per_pi)

    @classmethod
    def near(cls, value: float, *, most: int = 5000, tolerance: float = 1e-11) -> Surd | None:
        """The surd that a computed number stands for: its square a fraction with a denominator up to `most`; None if there is none."""
        square = Fraction(value * value).limit_denominator(most) if math.isfinite(value) else Fraction(-1)
        if square < 0 or abs(math.sqrt(square) - abs(value)) > tolerance:
            return None
        return cls.root(square, -1 if value < 0 else 1)

    def __float__(self) -> float:
        return float(self.ratio) * math.sqrt(self.radicand / math.pi if self.per_pi else self.radicand)

    def __bool__(self) -> bool:
        return bool(self.ratio)

    def __neg__(self) -> Surd:
        return Surd(-self.ratio, self.radicand, self.per_pi)

    def __mul__(self, factor: Surd | Fraction | int) -> Surd:
        """The product with a rational number, or with another surd (at most one of them per π)."""
        if not isinstance(factor, Surd):
            return Surd(self.ratio * factor, self.radicand if factor else 1, self.per_pi)
        if self.per_pi and factor.per_pi:
            raise ValueError("the product of two numbers over √π has no such form")
        outside, inside = split_square(self.radicand * factor.radicand)
        ratio = self.ratio * factor.ratio * outside
        return Surd(ratio, inside if ratio else 1, self.per_pi or factor.per_pi)

    def square(self) -> Fraction:
        """The square; times π if `per_pi`."""
        return self.ratio**2 * self.radicand

    def text(self) -> str:
        """In Unicode: √15/2, −3√(7/π)/4, 1."""
        root = f"√({self.radicand}/π)" if self.per_pi else f"√{self.radicand}" if self.radicand > 1 else ""
        top = abs(self.ratio.numerator)
        above = root if root and top == 1 else f"{top}{root}"
        below = "" if self.ratio.denominator == 1 else f"/{self.ratio.denominator}"
        return f"{'−' if self.ratio < 0 else ''}{above}{below}" if self.ratio else "0"

    def latex(self) -> str:
        r"""In LaTeX: \frac{\sqrt{15}}{2}."""
        if not self.ratio:
            return "0"
        inside = rf"\frac{{{self.radicand}}}{{\pi}}" if self.per_pi else str(self.radicand)
        root = rf"\sqrt{{{inside}}}" if self.per_pi or self.radicand > 1 else ""
        top, bottom = abs(self.ratio.numerator), self.ratio.denominator
        sign = "-" if self.ratio < 0 else ""
        if self.per_pi:  # two fractions one inside the other read badly: ½ √(15/π)
            front = "" if top == bottom == 1 else str(top) if bottom == 1 else rf"\frac{{{top}}}{{{bottom}}}"
            return sign + front + root
        above = root if root and top == 1 else f"{top}{root}"
        return sign + (above if bottom == 1 else rf"\frac{{{above}}}{{{bottom}}}")

    def python(self) -> str:
        """A Python expression that needs nothing imported but `math`."""
        root = f"math.sqrt({self.radicand} / math.pi)" if self.per_pi else f"math.sqrt({self.radicand})" if self.radicand > 1 else ""
        top, bottom = self.ratio.numerator, self.ratio.denominator
        above = root if root and top == 1 else f"-{root}" if root and top == -1 else f"{top} * {root}" if root else str(top)
        return above if bottom == 1 else f"{above} / {bottom}"

"""Each Yˡₘ as the homogeneous polynomial in x, y, z that e3nn means, exact.

With y the polar axis, r² = x² + y² + z² and m ≥ 0,

    Yˡ±ₘ = N · Πˡₘ(y, r²) · {Re, Im} (z + i x)ᵐ
    Πˡₘ  = 2⁻ˡ Σₖ (−1)ᵏ C(l, k) C(2l−2k, l) (l−2k)!/(l−2k−m)! · r²ᵏ yˡ⁻²ᵏ⁻ᵐ
    N²   = (2 − δ_m0) (2l + 1) (l−m)!/(l+m)!           for `component`; over 4π for `integral`, over 2l + 1 for `norm`

so that a coefficient is a whole number times one common square root of a fraction. Harmonic means that the Laplacian vanishes: here
that is whole-number arithmetic, not a small number. Reference: T. Helgaker et al., Molecular Electronic-Structure Theory, section 6.4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.harmonics import Normalization
from e3viz.symmetry.surd import Surd
from e3viz.symmetry.wigner import check_degree

Exponents = tuple[int, ...]
Terms = dict[Exponents, int]
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Polynomial:
    """scale × Σ coefficient · x^i y^j z^k, with whole coefficients that have no common factor; no terms for zero.

    terms: ((i, j, k), coefficient), the highest powers of x first.
    """

    scale: Surd
    terms: tuple[tuple[Exponents, int], ...]
    variables: tuple[str, ...] = ("x", "y", "z")

    @property
    def degree(self) -> int:
        """The largest total degree; 0 for the zero polynomial."""
        return max((sum(exponents) for exponents, _ in self.terms), default=0)

    @property
    def is_homogeneous(self) -> bool:
        """Whether all terms have one degree."""
        return len({sum(exponents) for exponents, _ in self.terms}) <= 1

    @property
    def is_zero(self) -> bool:
        """Whether nothing is left, exactly."""
        return not self.terms

    def __call__(self, points: NDArray[Any]) -> NDArray[np.float64]:
        """Its value at points (…, number of variables)."""
        at = np.asarray(points, dtype=float)
        powers = [[np.ones(at.shape[:-1])] for _ in self.variables]
        for axis, known in enumerate(powers):
            for _ in range(self.degree):
                known.append(known[-1] * at[..., axis])
        total = np.zeros(at.shape[:-1])
        for exponents, coefficient in self.terms:
            total += coefficient * math.prod((known[n] for known, n in zip(powers, exponents, strict=True)), start=1.0)
        return float(self.scale) * total

    def coefficients(self) -> tuple[tuple[Exponents, Surd], ...]:
        """Each term's exponents with its whole exact coefficient."""
        return tuple((exponents, self.scale * coefficient) for exponents, coefficient in self.terms)

    def laplacian(self) -> Polynomial:
        """∂²/∂x² + ∂²/∂y² + ∂²/∂z² of it, exact."""
        result: Terms = {}
        for exponents, coefficient in self.terms:
            for axis, n in enumerate(exponents):
                if n >= 2:
                    lower = (*exponents[:axis], n - 2, *exponents[axis + 1 :])
                    result[lower] = result.get(lower, 0) + coefficient * n * (n - 1)
        return _made(self.scale, result, self.variables)

    def text(self) -> str:
        """In Unicode: √5/2 (2y² − x² − z²)."""
        return _TEXT.product(self.scale.text(), (self,))

    def latex(self) -> str:
        r"""In LaTeX: \frac{\sqrt{5}}{2}\left(2y^{2}-x^{2}-z^{2}\right)."""
        return _LATEX.product(self.scale.latex(), (self,))

    def python(self) -> str:
        """A Python expression in its variables and `math`."""
        pieces = []
        for exponents, coefficient in self.terms:
            powers = [name if n == 1 else f"{name}**{n}" for name, n in zip(self.variables, exponents, strict=True) if n]
            pieces.append(" * ".join([str(coefficient), *powers] if coefficient != 1 or not powers else powers))
        return f"{self.scale.python()} * ({' + '.join(pieces)})".replace("+ -", "- ") if pieces else "0"


@dataclass(frozen=True)
class Factored:
    """The same as a product: scale × polar part in y and r² × azimuthal part in x and z. Far shorter at high degree."""

    scale: Surd
    polar: Polynomial
    azimuth: Polynomial

    def text(self) -> str:
        """In Unicode: √42/4 x (5y² − r²)."""
        return _TEXT.product(self.scale.text(), (self.azimuth, self.polar))

    def latex(self) -> str:
        r"""In LaTeX: \frac{\sqrt{42}}{4}\,x\left(5y^{2}-r^{2}\right)."""
        return _LATEX.product(self.scale.latex(), (self.azimuth, self.polar))


@lru_cache(maxsize=2048)
def harmonic(l: int, m: int, normalization: Normalization = "component") -> Polynomial:
    """Yˡₘ as a polynomial in x, y, z."""
    factored = harmonic_factored(l, m, normalization)
    polar: Terms = {}
    for (j, rr), coefficient in factored.polar.terms:  # rr: the power of r, even
        for (a, b, c), count in _power_of_square(rr // 2):
            place = (a, j + b, c)
            polar[place] = polar.get(place, 0) + coefficient * count
    result: Terms = {}
    for (i, k), factor in factored.azimuth.terms:
        for (a, b, c), coefficient in polar.items():
            place = (a + i, b, c + k)
            result[place] = result.get(place, 0) + factor * coefficient
    return _made(factored.scale, result, ("x", "y", "z"))


@lru_cache(maxsize=2048)
def harmonic_factored(l: int, m: int, normalization: Normalization = "component") -> Factored:
    """Yˡₘ as a product."""
    n = abs(m)
    if n > check_degree(l):
        raise UserError(f"The order {m} does not belong to the degree {l}.", f"Choose m from {-l} to {l}.")
    polar: Terms = {}
    for k in range((l - n) // 2 + 1):
        falling = math.factorial(l - 2 * k) // math.factorial(l - 2 * k - n)
        polar[(l - 2 * k - n, 2 * k)] = (-1) ** k * math.comb(l, k) * math.comb(2 * l - 2 * k, l) * falling
    azimuth: Terms = {}
    for k in range(n % 2 if m < 0 else 0, n + 1):
        power = n - k  # of z; i^k comes with x^k, real for even k
        if k % 2 == (1 if m < 0 else 0):
            azimuth[(k, power)] = (-1) ** (k // 2) * math.comb(n, k)
    square = Fraction((2 if n else 1) * (2 * l + 1) * math.factorial(l - n), math.factorial(l + n)) / 4**l
    if normalization == "norm":
        square /= 2 * l + 1
    elif normalization == "integral":
        square /= 4
    elif normalization != "component":
        raise UserError(f"“{normalization}” is no normalisation of harmonics.", "Choose integral, component or norm.")
    one = Surd(Fraction(1))
    polar_part, azimuth_part = _made(one, polar, ("y", "r")), _made(one, azimuth, ("x", "z"))
    scale = Surd.root(square, per_pi=normalization == "integral") * polar_part.scale.ratio * azimuth_part.scale.ratio
    return Factored(
        scale, Polynomial(one, polar_part.terms, polar_part.variables), Polynomial(one, azimuth_part.terms, azimuth_part.variables)
    )


@lru_cache(maxsize=64)
def _power_of_square(n: int) -> tuple[tuple[Exponents, int], ...]:
    """(x² + y² + z²)ⁿ by the multinomial theorem."""
    return tuple(((2 * a, 2 * b, 2 * (n - a - b)), math.comb(n, a) * math.comb(n - a, b)) for a in range(n + 1) for b in range(n - a + 1))


def _made(scale: Surd, terms: Terms, variables: tuple[str, ...]) -> Polynomial:
    """A polynomial in its unique form: zero terms dropped, the common factor moved into the scale, sorted."""
    kept = sorted(((exponents, c) for exponents, c in terms.items() if c), reverse=True)
    common = reduce(math.gcd, (c for _, c in kept), 0) or 1
    return Polynomial(scale * common if kept else Surd(), tuple((exponents, c // common) for exponents, c in kept), variables)


@dataclass(frozen=True)
class _Script:
    """How formulas are spelled: a power, the minus, the space around signs, brackets, what stands between two factors."""

    power: str
    minus: str
    space: str
    opening: str
    closing: str
    between: str

    def name(self, variable: str, n: int) -> str:
        number = str(n).translate(_SUPERSCRIPT) if self.power == "{}" else str(n)
        return variable if n == 1 else variable + self.power.replace("{}", number, 1)

    def total(self, polynomial: Polynomial) -> str:
        """The terms joined by signs, opened by the first positive one, so that no sum begins with a minus where it need not."""
        terms = list(polynomial.terms)
        first = next((i for i, (_, c) in enumerate(terms) if c > 0), 0)
        terms.insert(0, terms.pop(first)) if terms else None
        written = ""
        for exponents, c in terms:
            name = "".join(self.name(v, n) for v, n in zip(polynomial.variables, exponents, strict=True) if n)
            number = str(abs(c)) if abs(c) != 1 or not name else ""
            sign = self.minus if c < 0 else "+"
            written += f"{self.space}{sign}{self.space}{number}{name}" if written else f"{sign if c < 0 else ''}{number}{name}"
        return written or "0"

    def product(self, scale: str, polynomials: tuple[Polynomial, ...]) -> str:
        """scale × polynomials, brackets only where they are needed."""
        if any(p.is_zero for p in polynomials):
            return "0"
        sums = [(self.total(p), len(p.terms) > 1) for p in polynomials]
        if not any(long for _, long in sums):
            sums = [("".join(sorted("".join(text for text, _ in sums if text != "1"))), False)] if len(sums) > 1 else sums
        factors = [(text, long) for text, long in sums if text not in ("", "1")]
        written = "" if scale == "1" and factors else scale
        alone = not written and len(factors) == 1
        for text, long in factors:
            gap = "" if not written or (long and not self.between.isspace()) else self.between
            written += gap + (f"{self.opening}{text}{self.closing}" if long and not alone else text)
        return written


_TEXT = _Script("{}", "−", " ", "(", ")", " ")
_LATEX = _Script("^{{}}", "-", "", r"\left(", r"\right)", r"\,")

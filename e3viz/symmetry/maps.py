"""Maps between typed data: polynomials with a declared input and output type, and what is made of them by +, ∘ and ⊗.

A map f of type in → out is equivariant if f(D_in(g) x) = D_out(g) f(x) for all g of O(3). Sums, compositions and tensor products of
equivariant maps are equivariant: the types follow by rule, and `check.equivariance_error` shows that they are right.
Components of l = 1 are x, y, z, as in e3nn.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError
from e3viz.symmetry.check import EquivarianceError, equivariance_error, equivariant_part
from e3viz.symmetry.clebsch_gordan import clebsch_gordan
from e3viz.symmetry.irreps import Irrep, Irreps, IrrepsError
from e3viz.symmetry.map_formulas import FormulaError, Terms, parse

Real = NDArray[np.float64]
MOST_COMPONENTS = 200
MOST_EXACT = 28
"""The finest quadrature that an average is taken over; polynomials of a higher degree in g are averaged to its precision only."""
DEGREE = 12
"""Quadratures go up to twice the degree of a polynomial, but no further than this."""


@dataclass(frozen=True, eq=False)
class TypedMap:
    """f: in → out. text: how it was made; call: rows (k, dim in) → (k, dim out) in the precision of the rows; degree: of a polynomial, a
    guess for other maps; terms: of each component, None where it is no polynomial that was typed."""

    text: str
    inputs: Irreps
    outputs: Irreps
    call: Callable[[NDArray[Any]], NDArray[Any]]
    degree: int
    terms: tuple[Terms, ...] | None = None

    def __call__(self, x: NDArray[Any]) -> NDArray[Any]:
        """f of rows."""
        return self.call(np.asarray(x))

    @property
    def type(self) -> str:
        """in → out."""
        return f"{plain(self.inputs)} → {plain(self.outputs)}"

    @cached_property
    def samples(self) -> Real:
        """Inputs to measure at: some of normal size, the same for ever."""
        return np.random.default_rng(20).normal(size=(6, self.inputs.dim))

    def error(self, dtype: Any = np.float64) -> EquivarianceError:
        """Over all of O(3): a product quadrature, both parities."""
        return equivariance_error(self, self.inputs, self.outputs, self.samples, degree=min(2 * self.degree + 1, DEGREE), dtype=dtype)

    @property
    def exact_degree(self) -> int:
        """Of the quadrature of O(3) that averages a polynomial exactly: its degree in g, and that of the output."""
        return self.degree * self.inputs.l_max + self.outputs.l_max

    def repaired(self) -> TypedMap:
        """Its equivariant part: the average of D_out(g)⁻¹ f(D_in(g) x) over O(3)."""
        if self.terms is None:
            part = equivariant_part(self, self.inputs, self.outputs, degree=min(max(self.exact_degree, 8), MOST_EXACT))
            return TypedMap(f"average of {self.text}", self.inputs, self.outputs, part, self.degree)
        return _fitted(self)


def plain(irreps: Irreps) -> str:
    """Irreps as people write them: 0e + 2x1o."""
    return " + ".join(str(irrep) if copies == 1 else f"{copies}x{irrep}" for copies, irrep in irreps)


def variables(inputs: Irreps) -> list[str]:
    """What the components of the input are called: x, y, z of the only vector, x1, y1, z1, x2, … of several; s of the only scalar; t1 to
    t5 of the only l = 2; a1, a2, … of all there are otherwise."""
    blocks = list(inputs.blocks())
    counts = {l: sum(irrep.l == l for _, irrep in blocks) for l in (0, 1, 2)}
    met = dict.fromkeys(counts, 0)
    names: list[str] = []
    for start, irrep in blocks:
        l = irrep.l
        if l > 2:
            names += [f"a{start + k + 1}" for k in range(irrep.dim)]
            continue
        met[l] += 1
        number = str(met[l]) if counts[l] > 1 else ""
        if l == 1:
            names += [f"{axis}{number}" for axis in "xyz"]
        elif l == 0:
            names.append(f"s{number}")
        else:
            names += [f"{'t' if not number else 'tuvw'[(met[l] - 1) % 4]}{k}" for k in range(1, 6)]
    return names


def read_map(text: str) -> TypedMap:
    """A map as it is typed: `x^2 + y^2 + z^2 : 1o -> 0e`, or with several components between commas. Raises UserError that names the place."""
    formula, colon, kind = text.rpartition(":")
    if not colon:
        raise UserError("The map does not say from what to what it goes.", "Write for example x^2 + y^2 + z^2 : 1o -> 0e.")
    before, arrow, after = re.sub("→|⟶|=>", "->", kind).partition("->")
    if not arrow:
        raise UserError(f"“{kind.strip()}” is no type of a map.", "Write for example 1o -> 0e.")
    inputs, outputs = _typed(before, len(formula) + 1), _typed(after, len(text) - len(after))
    names = variables(inputs)
    parts = _split(formula)
    if len(parts) != outputs.dim:
        raise UserError(
            f"The formula has {len(parts)} component{'s' if len(parts) > 1 else ''}, and {outputs} has {outputs.dim}.",
            "Write as many formulas as the output has components, with commas between them.",
        )
    found = []
    for part, start in parts:
        try:
            found.append(parse(part, names))
        except FormulaError as error:
            low, high = error.span or (error.place, error.place + 1)
            raise FormulaError(error.message, error.hint, start + low, high - low) from None
    return polynomial_map(formula.strip(), inputs, outputs, tuple(found))


def _typed(text: str, start: int) -> Irreps:
    """One side of a map's type, which begins at a letter. Raises UserError that knows its letters."""
    try:
        irreps = Irreps.parse(text)
    except IrrepsError as error:
        raise IrrepsError(error.message, error.hint, start + error.start, start + error.stop) from None
    if not 1 <= irreps.dim <= MOST_COMPONENTS:
        refused = UserError(f"A map of {irreps.dim} components is not drawn here.", f"Choose 1 to {MOST_COMPONENTS}.")
        refused.span = start, start + len(text)
        raise refused
    return irreps


def polynomial_map(text: str, inputs: Irreps, outputs: Irreps, terms: tuple[Terms, ...]) -> TypedMap:
    """The map with these polynomials as its components."""
    degree = max((sum(m) for one in terms for m in one), default=0)
    monomials = sorted({m for one in terms for m in one})
    powers = np.array(monomials, dtype=int).reshape(len(monomials), inputs.dim)
    matrix = np.array([[float(one.get(m, 0)) for one in terms] for m in monomials]).reshape(len(monomials), len(terms))

    def call(x: NDArray[Any]) -> NDArray[Any]:
        table = np.ones((len(x), len(powers)), dtype=x.dtype)
        for k in range(powers.shape[1]):
            for p in np.unique(powers[:, k]):
                if p:
                    table[:, powers[:, k] == p] *= (x[:, k] ** p)[:, None]
        made: NDArray[Any] = table @ matrix.astype(x.dtype)
        return made

    return TypedMap(text, inputs, outputs, call, max(1, degree), terms)


def plus(f: TypedMap, g: TypedMap) -> TypedMap:
    """f + g. Raises UserError if their types differ."""
    if (str(f.inputs), str(f.outputs)) != (str(g.inputs), str(g.outputs)):
        raise UserError(f"f goes {f.type} and g goes {g.type}, so they have no sum.", "Both must have the same input and output type.")
    return TypedMap("f + g", f.inputs, f.outputs, lambda x: f(x) + g(x), max(f.degree, g.degree))


def after(f: TypedMap, g: TypedMap) -> TypedMap:
    """f ∘ g: first g, then f. Raises UserError if g's output is no input of f."""
    if str(g.outputs) != str(f.inputs):
        raise UserError(
            f"g gives {g.outputs}, and f takes {f.inputs}, so f ∘ g is nothing.", "The output type of g must be the input type of f."
        )
    return TypedMap("f ∘ g", g.inputs, f.outputs, lambda x: f(g(x)), min(f.degree * g.degree, DEGREE))


def times(f: TypedMap, g: TypedMap) -> TypedMap:
    """f ⊗ g, split into irreps by Clebsch–Gordan coefficients. Raises UserError if their input types differ or there are too many components."""
    if str(f.inputs) != str(g.inputs):
        raise UserError(f"f takes {f.inputs} and g takes {g.inputs}, so they have no product.", "Both must have the same input type.")
    if f.outputs.dim * g.outputs.dim > MOST_COMPONENTS:
        raise UserError(f"f ⊗ g has {f.outputs.dim * g.outputs.dim} components.", f"At most {MOST_COMPONENTS} are drawn.")
    pieces: list[tuple[Irrep, int, int, Irrep, Irrep]] = []
    for start, a in f.outputs.blocks():
        for begin, b in g.outputs.blocks():
            pieces += [(out, start, begin, a, b) for out in a * b]
    pieces.sort(key=lambda piece: piece[0])
    outputs = Irreps(tuple((1, piece[0]) for piece in pieces))

    def call(x: NDArray[Any]) -> NDArray[Any]:
        u, v = f(x), g(x)
        made = [
            np.einsum(
                "ki,kj,ijm->km", u[:, i : i + a.dim], v[:, j : j + b.dim],
                clebsch_gordan(a.l, b.l, out.l).astype(u.dtype) * np.sqrt(out.dim).astype(u.dtype),
            )
            for out, i, j, a, b in pieces
        ]  # fmt: skip
        return np.concatenate(made, axis=1)

    return TypedMap("f ⊗ g", f.inputs, outputs, call, f.degree + g.degree)


def behaves_as(f: TypedMap, tolerance: float = 1e-6) -> Irreps | None:
    """The output type with other parities under which f is equivariant, None if there is none (or the declared one is right)."""
    if f.error().broken_by(tolerance) != "inversion":
        return None
    made = []
    for start, declared in f.outputs.blocks():
        stop = start + declared.dim
        found = next((irrep for irrep in (declared, Irrep(declared.l, -declared.parity)) if _is(f, start, stop, irrep, tolerance)), None)
        if found is None:
            return None
        made.append((1, found))
    return Irreps(tuple(made))


def _is(f: TypedMap, start: int, stop: int, irrep: Irrep, tolerance: float) -> bool:
    """Whether some of the components of f transform as an irrep."""

    def part(x: NDArray[Any]) -> NDArray[Any]:
        return f(x)[:, start:stop]

    return TypedMap(f.text, f.inputs, Irreps(((1, irrep),)), part, f.degree).error().broken_by(tolerance) == "nothing"


def _fitted(f: TypedMap) -> TypedMap:
    """The equivariant part as a polynomial: fitted to its values, coefficients rounded to fractions where they are ones."""
    part = equivariant_part(f, f.inputs, f.outputs, degree=min(f.exact_degree, MOST_EXACT))
    degrees = sorted({sum(m) for one in f.terms or () for m in one})
    monomials = [m for d in degrees for m in _monomials(f.inputs.dim, d)]
    if not monomials or len(monomials) > 600:
        return TypedMap(f"average of {f.text}", f.inputs, f.outputs, part, f.degree)
    x = np.random.default_rng(4).normal(size=(2 * len(monomials) + 5, f.inputs.dim))
    table = np.stack([np.prod(x ** np.array(m), axis=1) for m in monomials], axis=1)
    coefficients = np.linalg.lstsq(table, part(x), rcond=None)[0]
    terms = tuple({m: _rounded(c) for m, c in zip(monomials, column, strict=True) if abs(c) > 1e-9} for column in coefficients.T)
    return polynomial_map("equivariant part", f.inputs, f.outputs, terms)


def _monomials(count: int, degree: int) -> list[tuple[int, ...]]:
    if count == 1:
        return [(degree,)]
    return [(first, *rest) for first in range(degree + 1) for rest in _monomials(count - 1, degree - first)]


def _rounded(value: float) -> Fraction:
    near = Fraction(float(value)).limit_denominator(720)
    return near if abs(float(near) - value) < 1e-8 else Fraction(float(value))


def formula_text(f: TypedMap) -> list[str]:
    """Its components as formulas; of a map that is no typed polynomial, what it was made of."""
    if f.terms is None:
        return [f.text]
    names = variables(f.inputs)
    return [_polynomial_text(one, names) for one in f.terms]


def _polynomial_text(terms: Terms, names: list[str]) -> str:
    if not terms:
        return "0"
    parts = []
    for monomial, c in sorted(terms.items(), key=lambda item: (-sum(item[0]), tuple(-p for p in item[0]))):
        body = " ".join(f"{name}{_power(p)}" for name, p in zip(names, monomial, strict=True) if p)
        size = abs(c)
        number = str(size) if size.denominator <= 720 else f"{float(size):.4g}"
        parts.append(("−" if c < 0 else "+", body if number == "1" and body else f"{number} {body}".strip()))
    sign, first = parts[0]
    return ("−" if sign == "−" else "") + first + "".join(f" {s} {p}" for s, p in parts[1:])


def _power(p: int) -> str:
    return "" if p == 1 else "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(c)] for c in str(p))


def _split(formula: str) -> list[tuple[str, int]]:
    """At the commas that stand in no brackets, each part with where it begins; brackets around the whole may be there."""
    bare, shift = formula.strip(), len(formula) - len(formula.lstrip())
    if bare.startswith("(") and bare.endswith(")") and _closes(bare) == len(bare) - 1 and "," in bare:
        bare, shift = bare[1:-1], shift + 1
    parts, depth, start = [], 0, 0
    for k, letter in enumerate(bare):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append((bare[start:k], shift + start))
            start = k + 1
    return [*parts, (bare[start:], shift + start)]


def _closes(text: str) -> int:
    depth = 0
    for k, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return k
    return -1

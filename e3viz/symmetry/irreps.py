"""Irreps of O(3) and direct sums of them, read and written in e3nn's notation.

An irrep is a degree l ≥ 0 and a parity p = ±1, written `1o` (odd, p = −1) or `1e` (even, p = +1); its dimension is 2l + 1 and the
inversion acts as p. Typed data are a direct sum with multiplicities, `3x0e + 4x1o`: three scalars, then four vectors. In memory the
copies of one irrep lie one after the other, the components of each copy together (e3nn's layout). Nothing here builds a matrix, so
that huge irreps cost nothing to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from e3viz.errors import UserError

DEGREE_LIMIT = 32
"""The largest degree l that the numerical parts (harmonics, D matrices, polynomials) accept; all are tested up to it."""

_TERM = re.compile(r"(?:([0-9]+)\s*x\s*)?([0-9]+)\s*([eoy])")
_NUMBER_DIGITS = 9
_TERM_LIMIT = 60
_TEXT_LIMIT = 20_000


class IrrepsError(UserError):
    """Text that is not irreps. `start` and `stop` say which characters are wrong, so that a field can underline them."""

    def __init__(self, message: str, hint: str, start: int, stop: int) -> None:
        super().__init__(message, hint)
        self.start = start
        self.stop = stop
        self.span = start, stop


@dataclass(frozen=True)
class Irrep:
    """One irrep of O(3): degree l ≥ 0 and parity, 1 for even or −1 for odd."""

    l: int
    parity: int

    def __post_init__(self) -> None:
        if self.l < 0 or self.parity not in (1, -1):
            raise UserError("An irrep has a degree of 0 or more and a parity of 1 or −1.", "Write for example 1o or 2e.")

    @property
    def dim(self) -> int:
        """2l + 1."""
        return 2 * self.l + 1

    @property
    def is_natural(self) -> bool:
        """Whether the parity is (−1)ˡ, as that of the spherical harmonics of a polar vector."""
        return self.parity == 1 - 2 * (self.l % 2)

    @property
    def name(self) -> str:
        """What people call it: scalar, vector, pseudovector, …"""
        return _NAMES.get(str(self), f"{'' if self.is_natural else 'pseudo-'}tensor of degree {self.l}")

    def __str__(self) -> str:
        return f"{self.l}{'e' if self.parity == 1 else 'o'}"

    def __lt__(self, other: Irrep) -> bool:
        return _order(self) < _order(other)

    def __mul__(self, other: Irrep) -> tuple[Irrep, ...]:
        """The irreps in the tensor product of two irreps: |l₁ − l₂| ≤ l ≤ l₁ + l₂, parity p₁p₂, each once."""
        parity = self.parity * other.parity
        return tuple(Irrep(l, parity) for l in range(abs(self.l - other.l), self.l + other.l + 1))

    @classmethod
    def parse(cls, text: str) -> Irrep:
        """The irrep written as `2e`, `1o`, or `3y` (natural parity)."""
        terms = tuple(Irreps.parse(text).terms)
        if len(terms) != 1 or terms[0][0] != 1:
            raise IrrepsError(f"“{text.strip()}” is not one irrep.", "Write one degree and one parity, for example 1o.", 0, len(text))
        return terms[0][1]


_NAMES = {
    "0e": "scalar",
    "0o": "pseudoscalar",
    "1o": "vector",
    "1e": "pseudovector",
    "2e": "traceless symmetric tensor",
    "2o": "traceless symmetric pseudotensor",
}


def _order(irrep: Irrep) -> tuple[int, int]:
    """e3nn's order: by degree, then odd before even."""
    return irrep.l, irrep.parity


@dataclass(frozen=True)
class Irreps:
    """A direct sum of irreps: (multiplicity, irrep) in the order in which they lie in memory; multiplicity 0 is allowed."""

    terms: tuple[tuple[int, Irrep], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Irreps:
        """Irreps written as `3x0e + 4x1o`. Raises IrrepsError with the place of the mistake and the nearest right form."""
        if len(text) > _TEXT_LIMIT:
            raise IrrepsError("This text is too long to be irreps.", f"Use at most {_TEXT_LIMIT} characters.", _TEXT_LIMIT, len(text))
        if not text.strip():
            return cls()
        terms, start = [], 0
        for piece in text.split("+"):
            terms.append(_parse_term(piece, start))
            start += len(piece) + 1
        return cls(tuple(terms))

    @classmethod
    def spherical_harmonics(cls, l_max: int, parity: int = -1) -> Irreps:
        """One irrep of each degree 0 … l_max with parity pˡ: the type of all Yˡ of a vector of the given parity."""
        return cls(tuple((1, Irrep(l, parity**l)) for l in range(l_max + 1)))

    @property
    def dim(self) -> int:
        """The number of components, Σ multiplicity (2l + 1)."""
        return sum(count * irrep.dim for count, irrep in self.terms)

    @property
    def count(self) -> int:
        """The number of irreps, Σ multiplicity."""
        return sum(count for count, _ in self.terms)

    @property
    def l_max(self) -> int:
        """The largest degree among irreps that occur; 0 if there are none."""
        return max((irrep.l for count, irrep in self.terms if count), default=0)

    def slices(self) -> tuple[slice, ...]:
        """For each term the components that belong to it."""
        found, start = [], 0
        for count, irrep in self.terms:
            found.append(slice(start, start + count * irrep.dim))
            start += count * irrep.dim
        return tuple(found)

    def blocks(self) -> Iterator[tuple[int, Irrep]]:
        """(first component, irrep) of each single copy, in memory order: the blocks of D(g). Lazy, since there may be millions."""
        start = 0
        for count, irrep in self.terms:
            for _ in range(count):
                yield start, irrep
                start += irrep.dim

    def simplify(self) -> Irreps:
        """Neighbouring terms of the same irrep joined and multiplicities of 0 dropped; the layout in memory stays the same."""
        joined: list[tuple[int, Irrep]] = []
        for count, irrep in self.terms:
            if count and joined and joined[-1][1] == irrep:
                joined[-1] = (joined[-1][0] + count, irrep)
            elif count:
                joined.append((count, irrep))
        return Irreps(tuple(joined))

    def sort(self) -> tuple[Irreps, tuple[int, ...]]:
        """Terms in e3nn's order, and where each sorted term stood before. The sort is stable."""
        before = sorted(range(len(self.terms)), key=lambda i: _order(self.terms[i][1]))
        return Irreps(tuple(self.terms[i] for i in before)), tuple(before)

    def regroup(self) -> Irreps:
        """Sorted and simplified: each irrep once."""
        return self.sort()[0].simplify()

    def multiplicity(self, irrep: Irrep) -> int:
        """How many copies of an irrep there are in all."""
        return sum(count for count, own in self.terms if own == irrep)

    def tensor_product(self, other: Irreps) -> Irreps:
        """The decomposition of the tensor product, sorted, each irrep once."""
        counts: dict[Irrep, int] = {}
        for count, irrep in self.terms:
            for other_count, other_irrep in other.terms:
                for product in irrep * other_irrep:
                    counts[product] = counts.get(product, 0) + count * other_count
        return Irreps(tuple((count, irrep) for irrep, count in counts.items())).regroup()

    def __add__(self, other: Irreps) -> Irreps:
        return Irreps(self.terms + other.terms)

    def __mul__(self, times: int) -> Irreps:
        return Irreps(self.terms * times)

    def __iter__(self) -> Iterator[tuple[int, Irrep]]:
        return iter(self.terms)

    def __len__(self) -> int:
        return len(self.terms)

    def __contains__(self, irrep: object) -> bool:
        return any(own == irrep and count for count, own in self.terms)

    def __str__(self) -> str:
        """e3nn's notation: `3x0e+4x1o`; the empty text for no terms."""
        return "+".join(f"{count}x{irrep}" for count, irrep in self.terms)


def as_irreps(what: str | Irreps | Irrep | Iterable[tuple[int, Irrep]]) -> Irreps:
    """Irreps from whatever names them: text, one irrep, or terms."""
    if isinstance(what, Irreps):
        return what
    if isinstance(what, str):
        return Irreps.parse(what)
    return Irreps(((1, what),)) if isinstance(what, Irrep) else Irreps(tuple(what))


def _parse_term(piece: str, start: int) -> tuple[int, Irrep]:
    term = piece.strip()
    match = _TERM.fullmatch(term) if len(term) <= _TERM_LIMIT else None  # patterns may take long on long text
    if match is None:
        raise _explained(term, start + len(piece) - len(piece.lstrip()))
    count, degree, parity = match.groups()
    if max(len(count or ""), len(degree)) > _NUMBER_DIGITS:
        raise IrrepsError("A number is too large for irreps.", f"Use at most {_NUMBER_DIGITS} digits.", start, start + len(piece))
    l = int(degree)
    sign = {"e": 1, "o": -1, "y": (-1) ** (l % 2)}[parity]
    return (1 if count is None else int(count)), Irrep(l, sign)


def _explained(term: str, start: int) -> IrrepsError:
    """What is wrong with one term, at its place, with the nearest right form."""
    stop = start + max(len(term), 1)
    shown = term if len(term) <= 24 else term[:23] + "…"
    for pattern, message, hint in _MISTAKES if len(term) <= _TERM_LIMIT else ():
        found = re.fullmatch(pattern, term, re.ASCII)
        if found:
            words = [word or "" for word in found.groups()]
            return IrrepsError(message.format(shown), hint.format(*words), start, stop)
    return IrrepsError(f"“{shown}” is no irrep.", "Write a multiplicity, x, a degree and a parity: 3x1o is three vectors.", start, stop)


_MISTAKES = (
    (r"", "A term is missing beside a +.", "Write irreps on both sides, for example 3x0e + 4x1o."),
    (r"(\d+)\s*x\s*(\d+)", "“{}” has no parity.", "Write {0}x{1}e (even) or {0}x{1}o (odd)."),
    (r"(\d+)", "“{}” has no parity.", "Write {0}e (even) or {0}o (odd)."),
    (r"(\d+)\s*x\s*([eoy])", "“{}” has no degree.", "Write for example {0}x1{1}."),
    (r"(\d+)\s*x", "“{}” names a multiplicity but no irrep.", "Write for example {0}x0e or {0}x1o."),
    (r"x\s*(\d+)\s*([eoy])", "“{}” has no multiplicity before the x.", "Write {0}{1} or 3x{0}{1}."),
    (r"([eoy])", "“{}” is a parity without a degree.", "Write for example 1{0}."),
    (r"(\d+)\s*[*×·X]\s*(\d+)\s*([eoyEOY]?)", "“{}” joins multiplicity and irrep by the wrong sign.", "Use a small x: {0}x{1}{2}."),
    (r"(\d+)\s+(\d+)\s*([eoy])", "“{}” has no x between multiplicity and degree.", "Write {0}x{1}{2}."),
    (r"(\d*x?\d+)\s*[EOY]", "“{}” has its parity in capitals.", "Write {0}e (even) or {0}o (odd)."),
    (r"(\d*x?\d+)\s*(?:p|g|\+1)", "“{}” has a parity that is not known.", "Write {0}e for even parity."),
    (r"(\d*x?\d+)\s*(?:m|u|-|-1)", "“{}” has a parity that is not known.", "Write {0}o for odd parity."),
    (r"(\d*x?\d+)\s*([A-Za-z])", "“{}” has a parity that is not known.", "Write {0}e (even) or {0}o (odd)."),
    (r"(.*)[-−]\s*\d+.*", "“{}” has a negative number.", "Multiplicities and degrees are 0 or more."),
    (r"(.*)\d*\.\d+.*", "“{}” has a number that is not whole.", "Multiplicities and degrees are whole numbers."),
    (
        r"(\d*x?\d+[eoy])[\s,;&|]+(\d*x?\d+[eoy]).*",
        "“{}” has terms that are not joined by a +.",
        "Write {0} + {1}.",
    ),
)


@dataclass(frozen=True)
class Completion:
    """One way to go on: the whole text as it would be, and what the new term means."""

    text: str
    meaning: str


def completions(text: str, l_max: int = 3) -> tuple[Completion, ...]:
    """How a person may finish the term that they are typing. Empty if the text before it is wrong or nothing fits."""
    head, plus, tail = text.rpartition("+")
    before = head + plus + (" " if plus and not tail.startswith(" ") else "")
    space = " " * tail.startswith(" ")
    typed = re.fullmatch(r"(?:([0-9]{1,9})\s*x\s*)?([0-9]{0,9})\s*([eoy]?)", tail.strip()) if len(tail) <= _TERM_LIMIT else None
    if typed is None:
        return ()
    try:
        Irreps.parse(head)
    except IrrepsError:
        return ()
    count, degree, parity = typed.groups()
    if parity:
        return (Completion(f"{text.rstrip()} + ", "and more"),)
    times = f"{count}x" if count else ""
    how_many = "" if count in (None, "1") else f"{count} × "
    degrees = [int(degree)] if degree else list(range(l_max + 1))
    natural_first = [Irrep(l, p) for l in degrees for p in ((-1) ** (l % 2), -((-1) ** (l % 2)))]
    found = [Completion(f"{before}{space}{times}{irrep}", how_many + irrep.name) for irrep in natural_first]
    if degree and not count:
        found += [Completion(f"{before}{space}{degree}x{irrep}", f"{degree} × {irrep.name}") for irrep in _COMMON]
    return tuple(found)


_COMMON = (Irrep(0, 1), Irrep(1, -1), Irrep(1, 1), Irrep(2, 1))

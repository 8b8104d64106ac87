"""Character tables of finite groups, computed from the multiplication table, exact, with the names chemists use.

The class sums commute; their common eigenvectors are the irreps' characters (W. Burnside 1911; J. D. Dixon, Numer. Math. 1967, 10, 446).
They are found in floating point and made exact: the eigenvalues of one element g of order n are n-th roots of unity, so each character is
Σ mₖ exp(2πik/n) with whole numbers mₖ, and rounding the mₖ leaves no error. Names are R. S. Mulliken's (J. Chem. Phys. 1955, 23, 1997):
A, B of dimension 1 (χ = 1 or −1 for the main axis), E 2, T 3, G 4, H 5; indices 1, 2 for χ = 1 or −1 under C₂′ or σᵥ, g and u under i, ′ and ″
under σₕ. Two irreps that are complex conjugates of each other are ¹E and ²E: together they are one irrep over the real numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest
from e3viz.symmetry.element import cos_degrees, sin_degrees
from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.mulliken import decisive, irrep_names
from e3viz.symmetry.operation_names import SUPERSCRIPTS
from e3viz.symmetry.surd import Surd

Complex = NDArray[np.complex128]
_PHI = (1.0 + 5.0**0.5) / 2.0


@dataclass(frozen=True, eq=False)
class CharacterTable:
    """values: (irreps, classes); names: Mulliken's, all different; spectra: for each irrep and class how often each eigenvalue
    exp(2πik/n), k = 0 … n−1, occurs, n the order of the elements of the class; root: ε in the texts is exp(2πi/root)."""

    group: FiniteGroup
    names: tuple[str, ...]
    values: Complex
    spectra: tuple[tuple[tuple[int, ...], ...], ...]
    root: int

    @cached_property
    def dims(self) -> NDArray[np.intp]:
        """The dimension of each irrep."""
        return np.array([sum(row[0]) for row in self.spectra], dtype=np.intp)

    @cached_property
    def sizes(self) -> NDArray[np.intp]:
        """How many elements each class has."""
        return np.array([len(c) for c in self.group.classes], dtype=np.intp)

    @cached_property
    def of_elements(self) -> Complex:
        """Each irrep's character of each element, (irreps, h)."""
        spread: Complex = self.values[:, self.group.class_of]
        return spread

    @cached_property
    def real_irreps(self) -> tuple[tuple[int, ...], ...]:
        """Irreps over the real numbers: one number each, or two that are complex conjugates."""
        found: list[tuple[int, ...]] = []
        for k, row in enumerate(self.values):
            other = int(np.abs(self.values - row.conj()).max(axis=1).argmin())
            if other >= k:
                found.append((k,) if other == k else (k, other))
        return tuple(found)

    @cached_property
    def real_names(self) -> tuple[str, ...]:
        """What the real irreps are called: E for the pair of ¹E and ²E."""
        return tuple(self.names[rows[0]].lstrip("¹²") for rows in self.real_irreps)

    def index(self, name: str) -> int:
        """The number of the irrep of that name; raises UserError with the nearest one."""
        if name not in self.names:
            raise UserError(f"The group {self.group.name} has no irrep “{name}”.", nearest(name, self.names))
        return self.names.index(name)

    def multiplicities(self, characters: NDArray[Any]) -> NDArray[np.intp]:
        """How often each irrep is in a representation with these characters of all elements (h,); raises ValueError if they are none."""
        exact = (self.of_elements.conj() @ np.asarray(characters)) / len(self.group)
        counts = np.rint(exact.real)
        if np.abs(exact - counts).max() > 1e-6 or counts.min() < 0:
            raise ValueError("these are not the characters of a representation")
        found: NDArray[np.intp] = counts.astype(np.intp)
        return found

    def orthogonality_error(self) -> float:
        """How far rows and columns are from orthogonal: Σ_g χ(g)* χ′(g) = h δ and Σ_irreps χ(C)* χ(C′) = h/|C| δ, divided by h."""
        h = len(self.group)
        rows = (self.values.conj() * self.sizes) @ self.values.T / h - np.eye(len(self.values))
        columns = (self.values.conj().T @ self.values) * self.sizes / h - np.eye(len(self.values))
        return float(max(np.abs(rows).max(), np.abs(columns).max()))

    def text(self, irrep: int, cls: int) -> str:
        """One character in exact form: −1, √2, φ, 2 cos 40°, i, −ε²; ε* is the conjugate of ε."""
        return character_text(self.spectra[irrep][cls], self.root)


def character_text(spectrum: tuple[int, ...], root: int) -> str:
    """Σ mₖ exp(2πik/n) in its shortest exact form, with ε = exp(2πi/root)."""
    value = _summed(spectrum)
    if abs(value.imag) > 1e-9:
        return _complex_text(value, root)
    real = value.real
    if abs(real - round(real)) < 1e-12:
        return f"{round(real)}".replace("-", "−")
    for text, number in (("φ", _PHI), ("−φ", -_PHI), ("1−φ", 1.0 - _PHI), ("φ−1", _PHI - 1.0)):
        if abs(real - number) < 1e-9:
            return text
    surd = Surd.near(real, most=16)
    if surd is not None:
        return surd.text()
    if abs(real) <= 2.0:
        return f"2 cos {float(np.degrees(np.arccos(real / 2.0))):.4g}°"
    return f"{real:.4f}".replace("-", "−")


def _complex_text(value: complex, root: int) -> str:
    """A multiple of ±i or of a power of ε, the second half of the powers as conjugates, so that pairs are seen."""
    size = abs(value)
    front = "" if abs(size - 1.0) < 1e-9 else f"{size:.4g}"
    if abs(value.real) < 1e-9:
        return f"{'−' if value.imag < 0 else ''}{front}i"
    for sign in (1.0, -1.0):
        power = float(np.angle(sign * value)) / (2.0 * np.pi) * root
        if abs(power - round(power)) < 1e-9:
            k = round(power)
            name = "ε" + (str(abs(k)).translate(SUPERSCRIPTS) if abs(k) > 1 else "") + ("*" if k < 0 else "")
            return f"{'−' if sign < 0 else ''}{front}{name}"
    return f"{value.real:.3f}{value.imag:+.3f}i".replace("-", "−")


def _summed(spectrum: tuple[int, ...]) -> complex:
    n = len(spectrum)
    real = sum(m * cos_degrees(360.0 * k / n) for k, m in enumerate(spectrum) if m)
    imaginary = sum(m * sin_degrees(360.0 * k / n) for k, m in enumerate(spectrum) if m)
    return complex(real, imaginary)


@lru_cache(maxsize=256)
def character_table(group: FiniteGroup) -> CharacterTable:
    """The character table of a group, its irreps in the usual order; made once."""
    rough = _common_eigenvectors(group)
    firsts = [members[0] for members in group.classes]
    spectra = [tuple(_spectrum(group, row[group.class_of], g) for g in firsts) for row in rough]
    values = np.array([[_summed(spectrum) for spectrum in row] for row in spectra])
    names, order = irrep_names(group, values)
    found = CharacterTable(group, tuple(names[k] for k in order), values[order], tuple(spectra[k] for k in order), decisive(group).fold)
    if found.orthogonality_error() > 1e-10 or int((found.dims**2).sum()) != len(group):
        raise ArithmeticError(f"the character table of {group.name} came out wrong")
    return found


def _common_eigenvectors(group: FiniteGroup) -> Complex:
    """(irreps, classes): characters in floating point, from the eigenvectors of a random combination of the class matrices."""
    classes, h = group.classes, len(group)
    count = len(classes)
    sizes = np.array([len(c) for c in classes], dtype=float)
    inverse_class = group.class_of[group.inverses[[c[0] for c in classes]]]
    constants = np.zeros((count, count, count))  # [i, j, k]: how often an element of class k is a product of one of i and one of j
    for k, members in enumerate(classes):
        left = group.class_of
        right = group.class_of[group.table[group.inverses, members[0]]]
        np.add.at(constants[:, :, k], (left, right), 1.0)
    rng = np.random.default_rng(1911)
    for _ in range(20):
        weights = rng.normal(size=count)
        # ω(Cᵢ) ω(Cⱼ) = Σₖ cᵢⱼₖ ω(Cₖ): the vectors ω are eigenvectors of Σᵢ wᵢ cᵢ
        eigenvalues, vectors = np.linalg.eig(np.einsum("i,ijk->jk", weights, constants))
        apart = np.abs(eigenvalues[:, None] - eigenvalues) + np.eye(count)
        if apart.min() > 1e-4 and np.abs(vectors[0]).min() > 1e-9:
            omega = (vectors / vectors[0]).T  # ω(C) = |C| χ(C) / χ(e)
            dims = np.sqrt(h / np.real((omega * omega[:, inverse_class] / sizes).sum(axis=1)))
            rough: Complex = omega * dims[:, None] / sizes
            return rough
    raise ArithmeticError(f"the class sums of {group.name} were not told apart")


def _spectrum(group: FiniteGroup, characters: Complex, g: int) -> tuple[int, ...]:
    """How often exp(2πik/n) is an eigenvalue of g: (1/n) Σⱼ χ(gʲ) exp(−2πijk/n)."""
    n = int(group.orders[g])
    powers, power = [], 0
    for _ in range(n):
        powers.append(characters[power])
        power = int(group.table[power, g])
    exact = np.fft.fft(powers) / n
    counts = np.rint(exact.real)
    if np.abs(exact - counts).max() > 1e-6 or counts.min() < 0:
        raise ArithmeticError(f"{group.names[g]} of {group.name} has no whole number of eigenvalues")
    return tuple(int(c) for c in counts)

"""What an audit says, as plain data that JSON holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.notation import format_element

TOLERANCES = {"float32": 1e-5, "float64": 1e-12}
"""Largest relative error that rounding explains, for sums over some hundred neighbours."""


@dataclass(frozen=True)
class Worst:
    """Where an error is largest: frame (its number among those audited), g, and atom (−1: of the whole structure)."""

    frame: int = 0
    g: Element = IDENTITY
    atom: int = -1


@dataclass(frozen=True)
class Finding:
    """One number. quantity: energy, forces, stress, or a layer's irrep such as “layer 2 · 1o”; layer, irrep: of a feature, else "";
    test: rotation, inversion, translation, permutation, images, slope, cutoff or conservation; error: the largest difference relative to
    the largest number of its kind; tolerance: what the precision (or the method of the test) allows."""

    quantity: str
    test: str
    error: float
    tolerance: float
    precision: str
    worst: Worst = Worst()
    layer: str = ""
    irrep: str = ""

    @property
    def passed(self) -> bool:
        """Whether the error is explained by rounding. An error that is no number is not."""
        return self.error <= self.tolerance


@dataclass(frozen=True)
class Audit:
    """All that was found. kind: of the potential; frames: how many structures were used; elements: how many g; seconds; verdicts: sentences
    that name a cause; notes: what could not be tested, and why."""

    kind: str
    frames: int
    elements: int
    seconds: float
    findings: tuple[Finding, ...]
    verdicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether every finding passed."""
        return all(one.passed for one in self.findings)

    def worst(self, test: str = "", precision: str = "") -> Finding | None:
        """The finding with the largest error in units of its tolerance, of one test and precision if named."""
        some = [f for f in self.findings if test in ("", f.test) and precision in ("", f.precision)]
        return max(some, key=lambda f: f.error / f.tolerance if f.error == f.error else float("inf"), default=None)

    def table(self) -> dict[str, Any]:
        """The same as values that JSON can hold."""
        said = asdict(self)
        said["passed"] = self.passed
        said["about"] = dict(self.about)
        for entry, one in zip(said["findings"], self.findings, strict=True):
            entry["passed"] = one.passed
            entry["worst"]["g"] = format_element(one.worst.g)
        return said

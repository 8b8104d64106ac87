"""The audit as a map: every energy, force and irrep of a layer against every test, in both precisions; a cell leads to its worst case."""

from __future__ import annotations

import math
from dataclasses import replace

from e3viz.labs.features.describe import audited
from e3viz.labs.features.state import State
from e3viz.labs.lab import Elsewhere
from e3viz.pictures.diagram import Box, Diagram, Pen, Shape, Text
from e3viz.potentials.audit import Audit
from e3viz.potentials.audit.findings import Finding

CELL, HIGH, NAMES, HEAD = 74.0, 26.0, 120.0, 54.0
GOOD, FAIR, BAD = "#cfeadd", "#e4efc8", ("#f6c7bd", "#ef9f90", "#e06a5f")
INK = "#14181f"


def diagram(state: State) -> Diagram:
    """Both precisions side by side. Computes the audit if need be, with progress."""
    if state.audited < 0:
        words = "Press “Audit on this frame” in the tab Audit: every symmetry, slope and limit is tested, in some seconds."
        return Diagram(760.0, 300.0, (Text(380.0, 150.0, words, 13.0, "muted", "middle"),))
    said = audited(state)
    shapes: list[Shape] = []
    x = 0.0
    for precision in dict.fromkeys(one.precision for one in said.findings):
        own = [(number, one) for number, one in enumerate(said.findings) if one.precision == precision]
        tests = list(dict.fromkeys(one.test for _, one in own))
        quantities = list(dict.fromkeys(one.quantity for one in said.findings))
        shapes.append(Text(x + NAMES, 14.0, precision, 14.0, "ink", bold=True))
        for column, test in enumerate(tests):
            shapes.append(Text(x + NAMES + (column + 0.5) * CELL, HEAD - 10.0, test, 11.0, "muted", "middle"))
        for row, quantity in enumerate(quantities):
            shapes.append(Text(x + NAMES - 8.0, HEAD + (row + 0.65) * HIGH, quantity, 12.0, "ink", "end"))
        for number, one in own:
            left, top = x + NAMES + tests.index(one.test) * CELL, HEAD + quantities.index(one.quantity) * HIGH
            shapes += _cell(left, top, number, one)
        x += NAMES + len(tests) * CELL + 30.0
    high = HEAD + len({one.quantity for one in said.findings}) * HIGH
    return Diagram(max(x - 30.0, 200.0), high + 34.0, (*shapes, *_legend(said, high + 24.0)))


def _cell(left: float, top: float, number: int, one: Finding) -> list[Shape]:
    tip = f"{one.quantity} under {one.test}: {one.error:.1e}, allowed {one.tolerance:.0e}. Click for the worst case."
    name = f"finding {number}"
    return [
        Box(left + 1.0, top + 1.0, CELL - 2.0, HIGH - 2.0, _colour(one), Pen(""), 4.0, name=name, tip=tip),
        Text(left + CELL / 2.0, top + HIGH * 0.65, "0" if one.error == 0.0 else f"{one.error:.0e}", 11.0, INK, "middle", name=name),
    ]


def _colour(one: Finding) -> str:
    """Green as far as the error is explained by rounding, redder by decades beyond."""
    if one.error != one.error:
        return BAD[-1]
    decades = math.log10(max(one.error, 1e-18) / one.tolerance)
    if decades <= 0.0:
        return GOOD if decades < -1.0 else FAIR
    return BAD[min(len(BAD) - 1, int(decades / 2.0))]


def _legend(said: Audit, y: float) -> list[Shape]:
    failed = sum(not one.passed for one in said.findings)
    words = (
        "every number is explained by rounding"
        if said.passed
        else f"{failed} of {len(said.findings)} numbers are not explained by rounding"
    )
    return [Text(NAMES, y, f"{words}; {'; '.join(said.verdicts)}" if said.verdicts else words, 12.0, "good" if said.passed else "bad")]


def worst_case(state: State, number: int) -> Elsewhere | None:
    """The frame, g and atom at which a finding is largest, with the features of its layer on view."""
    findings = audited(state).findings
    if not 0 <= number < len(findings):
        return None
    one = findings[number]
    digits = "".join(sign for sign in one.layer if sign.isdigit())
    shown = replace(state, view="features", frame=state.audited, atom=max(0, one.worst.atom))
    shown = replace(shown, layer=int(digits), channel=0, irrep=one.irrep or shown.irrep) if digits else shown
    fields = {name: getattr(shown, name) for name in ("view", "frame", "atom", "layer", "channel", "irrep")}
    return Elsewhere("features", fields=fields, g=one.worst.g)

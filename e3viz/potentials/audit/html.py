"""The report of an audit as one HTML file that needs nothing else: verdict, heat map of layers against tests, every number."""

from __future__ import annotations

import html
import json
import math
from datetime import UTC, datetime
from pathlib import Path

from e3viz.files import replacing
from e3viz.potentials.audit.findings import Audit, Finding
from e3viz.symmetry.notation import format_element

TESTS = ("rotation", "inversion", "translation", "permutation", "images", "slope", "cutoff", "conservation")
MEANING = {
    "rotation": "every rotation of an exact quadrature of SO(3)",
    "inversion": "the inversion, alone and with rotations",
    "translation": "shifts of some 10 Å",
    "permutation": "atoms listed in another order",
    "images": "atoms listed in other cells, and the cell doubled",
    "slope": "forces and stress beside differences of the energy",
    "cutoff": "an atom that crosses the cutoff",
    "conservation": "total energy in a short run without thermostat",
}
STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --muted: #5b6475; --line: #dfe3ea; --page: #ffffff; --good: #1d7a55; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --muted: #9aa3b5; --line: #313847; --page: #161a22; --good: #57c79a; --bad: #ff8a80; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); max-width: 62rem; margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
p.muted, td.muted, th { color: var(--muted); } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); font-weight: 400; }
td.cell { text-align: center; color: #14181f; border: 2px solid var(--page); border-radius: 4px; } td.number { text-align: right; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
code { font-size: .9em; }
"""


def write(audit: Audit, path: Path, title: str) -> None:
    """Write the report: HTML, or JSON where the suffix is `.json`; beside, then renamed. Raises FileError."""
    text = json.dumps(audit.table(), indent=1, ensure_ascii=False) if path.suffix.lower() == ".json" else page(audit, title)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def page(audit: Audit, title: str) -> str:
    """The report as HTML."""
    word, tone = ("passed", "good") if audit.passed else ("failed", "bad")
    failed = sum(not one.passed for one in audit.findings)
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Audit of {_(title)}</title><style>{STYLE}</style>",
        f"<h1>Audit of {_(title)}: <span class='{tone}'>{word}</span></h1>",
        f"<p class='muted'>{_(audit.kind)}, {audit.frames} structures, {audit.elements} rotations, {len(audit.findings)} numbers, {failed} "
        f"above their tolerance; {audit.seconds:.1f} s; {when}.</p>",
    ]
    if audit.verdicts:
        parts += ["<h2>What is wrong</h2><ul>", *(f"<li class='bad'>{_(text)}</li>" for text in audit.verdicts), "</ul>"]
    if audit.notes:
        parts += ["<h2>What was not tested</h2><ul>", *(f"<li>{_(text)}</li>" for text in audit.notes), "</ul>"]
    for precision in dict.fromkeys(one.precision for one in audit.findings):
        parts += [f"<h2>Relative errors in {precision}</h2>", _heat_map([f for f in audit.findings if f.precision == precision])]
    parts += ["<h2>The tests</h2><table>", *(f"<tr><th>{test}</th><td>{_(MEANING[test])}</td></tr>" for test in TESTS), "</table>"]
    parts += ["<h2>Where each error is largest</h2>", _numbers(audit)]
    about = ", ".join(f"{name} {value}" for name, value in audit.about.items())
    parts.append(f"<p class='muted'>An error is the largest difference relative to the largest number of its kind. {_(about)}.</p></html>")
    return "\n".join(parts)


def _heat_map(findings: list[Finding]) -> str:
    tests = [test for test in TESTS if any(f.test == test for f in findings)]
    known = {(f.quantity, f.test): f for f in findings}
    rows = ["<table><tr><th></th>", *(f"<th>{test}</th>" for test in tests), "</tr>"]
    for quantity in dict.fromkeys(f.quantity for f in findings):
        cells = []
        for test in tests:
            one = known.get((quantity, test))
            cells.append("<td></td>" if one is None else f"<td class='cell' style='background:{_colour(one)}'>{_short(one.error)}</td>")
        rows.append(f"<tr><td>{_(quantity)}</td>{''.join(cells)}</tr>")
    return "".join([*rows, "</table>"])


def _colour(one: Finding) -> str:
    """Green as far as the error is explained, red beyond, deeper by decades."""
    if one.error != one.error:
        return "#e06a5f"
    decades = math.log10(max(one.error, 1e-18) / one.tolerance)
    if decades <= 0:
        return "#cfeadd" if decades < -1 else "#e4efc8"
    return f"hsl(8 75% {max(58, 86 - 5 * decades):.0f}%)"


def _numbers(audit: Audit) -> str:
    rows = ["<table><tr><th>quantity</th><th>test</th><th>precision</th><th>error</th><th>tolerance</th><th>worst at</th><th></th></tr>"]
    for one in sorted(audit.findings, key=lambda f: -(f.error / f.tolerance if f.error == f.error else math.inf)):
        atom = f", atom {one.worst.atom}" if one.worst.atom >= 0 else ""
        g = "" if one.worst.g.is_identity else f", g: {format_element(one.worst.g)}"
        said = "<span class='good'>passed</span>" if one.passed else "<span class='bad'>failed</span>"
        rows.append(
            f"<tr><td>{_(one.quantity)}</td><td>{one.test}</td><td>{one.precision}</td><td class='number'>{one.error:.2e}</td>"
            f"<td class='number'>{one.tolerance:.0e}</td><td class='muted'>frame {one.worst.frame}{atom}{_(g)}</td><td>{said}</td></tr>"
        )
    return "".join([*rows, "</table>"])


def _short(error: float) -> str:
    return "0" if error == 0.0 else f"{error:.0e}"


def _(text: object) -> str:
    return html.escape(str(text))

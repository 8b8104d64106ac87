"""A study as one HTML file that needs nothing else: its figures, tables and settings, and how to repeat it."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from e3viz.errors import UserError
from e3viz.files import replacing
from e3viz.labs.data_efficiency.describe import chart
from e3viz.labs.data_efficiency.source import notes, plan_of, references, rows_of, rule_said, study_of
from e3viz.labs.data_efficiency.state import QUANTITIES, State
from e3viz.pictures import paper, svg
from e3viz.pictures.style import LIGHT
from e3viz.symmetry.element import Element
from e3viz.toml import toml_text
from e3viz.training.choosing import choices
from e3viz.training.learning_curves import LearningCurve, comparison, learning_curves, needed, power_law
from e3viz.training.study import Plan
from e3viz.training.study_table import Row

FIGURES = (
    ("force MAE", "training structures"), ("energy MAE", "training structures"), ("force MAE", "CPU time"), ("force MAE", "parameters"),
)  # fmt: skip
SIZE = (720.0, 440.0)
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c2230; max-width: 64rem; margin: 2.5rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.5rem; margin-bottom: .2rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; } .muted { color: #667085; }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; } figcaption { color: #667085; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } th, td { padding: .25rem .8rem .25rem 0; border-bottom: 1px solid #e1e5ec; }
th { text-align: left; font-weight: 600; } td { text-align: right; } td:first-child { text-align: left; }
pre { background: #f4f6fa; padding: .8rem 1rem; border-radius: 8px; overflow-x: auto; } .wide { overflow-x: auto; }
"""


def save(state: State, g: Element, path: Path) -> None:
    """Write the report of the study on view. Raises UserError if nothing has ended yet or the name is no HTML file's."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"A report is not written as “{path.suffix}”.", f"Call it {path.stem}.html.")
    text = page(state)
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")


def page(state: State) -> str:
    """The report as HTML."""
    rows = rows_of(state)
    if not rows:
        raise UserError("No run of this study has ended yet, so there is nothing to report.", "Start it, or wait for its first runs.")
    plan = plan_of(state)
    title = plan.title if plan is not None else Path(state.study).stem
    rule = f"Rule: {rule_said(plan)}." if plan is not None else ""
    when = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    parts = [
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{_(title)}</title><style>{STYLE}</style>",
        f"<h1>{_(title)}</h1><p class='muted'>{len(rows)} runs; written {when}. {_(rule)}</p>",
        *(f"<p class='muted'>{_(note)}</p>" for note in notes(state)),
        *_figures(state, rows), *_answers(state, rows), *_means(rows), *_choices(state), *_holes(state), *_all_runs(rows), *_repeat(plan, rows),
    ]  # fmt: skip
    return "\n".join(parts) + "</html>"


def _figures(state: State, rows: Sequence[Row]) -> Iterable[str]:
    yield "<h2>Learning curves</h2>"
    for quantity, against in FIGURES:
        if against == "parameters" and len({row.parameters for row in rows}) < 2:
            continue
        shown = replace(state, quantity=quantity, against=against, fits=against == "training structures", hidden=())
        drawing = svg.write(paper.draw(chart(shown), LIGHT, SIZE), LIGHT)
        said = "lines: means over seeds; dashed: fitted power laws" if against == "training structures" else "lines: means over seeds"
        published = references(shown, QUANTITIES[quantity][2]) if shown.published and against == "training structures" else []
        sources = " ".join(dict.fromkeys(one.source for one in published))
        crosses = f"; crosses: published values. {sources}" if published else ""
        yield f"<figure>{drawing[drawing.index('<svg') :]}<figcaption>{_(f'{quantity} against {against}; {said}{crosses}')}</figcaption></figure>"


def _answers(state: State, rows: Sequence[Row]) -> Iterable[str]:
    yield "<h2>Exponents, and the data needed</h2>"
    curves = learning_curves(list(rows), "force_mae", "n_train")
    head = ("potential", "exponent of the force MAE", "95 % interval", f"structures for {state.target:g} meV/Å")
    yield _table(head, [_answer(curve, state.target) for curve in curves])
    yield "".join(f"<p>{_(text)}</p>" for text in comparison(curves, state.target))


def _answer(curve: LearningCurve, target: float) -> tuple[str, ...]:
    law, one = power_law(curve.x, curve.y), needed(curve, target)
    size = "not with more data" if math.isinf(one.size) else f"{'some ' if one.beyond else ''}{one.size:,.0f}"
    if law is None:
        return curve.title, "–", "–", size
    return curve.title, f"−{law.exponent:.3f}", "–" if math.isnan(law.margin) else f"± {law.margin:.3f}", size


def _means(rows: Sequence[Row]) -> Iterable[str]:
    for quantity, (column, unit, _known) in QUANTITIES.items():
        curves = learning_curves(list(rows), column, "n_train")
        sizes = sorted({float(n) for curve in curves for n in curve.sizes})
        lines = []
        for curve in curves:
            known = dict(zip(map(float, curve.sizes), zip(curve.means, curve.low, curve.high, strict=True), strict=True))
            cells = [f"{known[n][0]:.1f} ({known[n][1]:.1f} to {known[n][2]:.1f})" if n in known else "–" for n in sizes]
            lines.append((curve.title, *cells))
        yield f"<h2>{_(quantity)}, {_(unit)}</h2><div class='wide'>"
        yield _table(("potential", *(f"N = {n:g}" for n in sizes)), lines) + "</div>"


def _choices(state: State) -> Iterable[str]:
    study = study_of(state)
    found = choices(study.folder) if study is not None else []
    if found:
        lines = [
            (one.learner, ", ".join(f"{name} = {value}" for name, value in one.settings.items()),
             "failed" if math.isnan(one.error) else f"{1e3 * one.error:.1f}", "chosen" if one.chosen else "")
            for one in found
        ]  # fmt: skip
        yield "<h2>Settings chosen on validation data</h2>" + _table(("potential", "settings", "validation error × 1000", ""), lines)


def _holes(state: State) -> Iterable[str]:
    study = study_of(state)
    failed = study.failed() if study is not None else []
    if failed:
        yield "<h2>Runs that failed</h2>" + _table(("run", "why"), [(cell.name, sentence) for cell, sentence in failed])


def _all_runs(rows: Sequence[Row]) -> Iterable[str]:
    head = ("potential", "N", "seed", "force MAE", "force RMSE", "energy MAE", "energy RMSE", "epochs", "CPU s", "parameters")
    lines = [
        (row.title, str(row.n_train), str(row.seed), f"{row.force_mae:.2f}", f"{row.force_rmse:.2f}", f"{row.energy_mae:.2f}",
         f"{row.energy_rmse:.2f}", str(row.epochs), f"{row.cpu_seconds:.0f}", f"{row.parameters:,}")
        for row in rows
    ]  # fmt: skip
    yield f"<h2>Every run</h2><p class='muted'>Forces in meV/Å, energies of whole structures in meV.</p><div class='wide'>{_table(head, lines)}</div>"


def _repeat(plan: Plan | None, rows: Sequence[Row]) -> Iterable[str]:
    yield "<h2>To repeat it</h2>"
    if plan is not None:
        yield f"<p>Write this as <code>study.toml</code> and type <code>e3viz study study.toml</code>.</p><pre>{_(toml_text(plan.table()))}</pre>"
    said = "; ".join(dict.fromkeys(row.versions for row in rows))
    data = ", ".join(dict.fromkeys(row.data_hash for row in rows))
    yield f"<p class='muted'>Versions: {_(said)}. Hash of the data: {_(data)}.</p>"


def _table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    body = "".join("<tr>" + "".join(f"<td>{_(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return "<table><tr>" + "".join(f"<th>{_(name)}</th>" for name in head) + f"</tr>{body}</table>"


def _(text: str) -> str:
    return html.escape(text)

"""Curves, cards, exponents and the data needed, published values, and a script that fits the same."""

from __future__ import annotations

import math

import numpy as np

from e3viz.atoms.structure import FloatArray
from e3viz.labs.data_efficiency.live import run_cards, short
from e3viz.labs.data_efficiency.source import (
    chosen_row,
    colour_of,
    notes,
    path_of,
    plan_of,
    references,
    rows_of,
    rule_said,
    study_of,
)
from e3viz.labs.data_efficiency.state import AGAINST, CURVES, PRESETS, QUANTITIES, REFERENCES, STUDY, State
from e3viz.labs.lab import Card, Fact, Table, Told
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Points, Rule
from e3viz.pictures.diagram import Diagram, Text
from e3viz.pictures.sheet import Panel, Sheet
from e3viz.symmetry.element import Element
from e3viz.training.choosing import choices
from e3viz.training.learning_curves import LearningCurve, comparison, learning_curves, needed, power_law
from e3viz.training.pursuing import under_way
from e3viz.training.study import Study

ROOM = 0.34
"""Of the width of the sizes: what the names of the curves take at their right."""


def curves_of(state: State) -> list[LearningCurve]:
    """All learning curves of the study, hidden ones too."""
    return learning_curves(rows_of(state), QUANTITIES[state.quantity][0], AGAINST[state.against][0])


def shown(state: State) -> list[LearningCurve]:
    """Those that are drawn."""
    return [curve for curve in curves_of(state) if curve.name not in state.hidden]


def pictures(state: State, g: Element) -> Sheet:
    """The learning curves."""
    plan = plan_of(state)
    title = "" if plan is None else plan.title if plan.title.endswith("?") else f"{plan.title}."
    rule = f"{title} Rule: {plan.rule.rule}. " if plan is not None else ""
    every = curves_of(state)
    if not every:
        words = Diagram(600.0, 360.0, (Text(300.0, 170.0, _nothing_yet(state), 15.0, "muted", "middle"),))
        return Sheet((Panel("curves", words),), "Data efficiency", rule)
    seeds = len({row.seed for curve in every for row in curve.rows})
    lines = f"Mean of {seeds} seeds, and smallest to largest" if seeds > 1 else "One seed"
    said = f"{rule}{lines}" + ("; crosses: published." if _crosses(state) else ".")
    return Sheet((Panel("curves", chart(state)),), "Data efficiency", said)


def _nothing_yet(state: State) -> str:
    if state.study in PRESETS:
        return "This study has not been run here: start it in the tab Study."
    folder = path_of(state)
    return "The first runs are under way." if under_way(folder) else "No run of this study has ended yet: start it in the tab Study."


def _crosses(state: State) -> bool:
    return bool(state.published and references(state, QUANTITIES[state.quantity][2]))


def chart(state: State) -> Chart:
    """Errors against structures, time or parameters."""
    column, unit, what = QUANTITIES[state.quantity]
    names = [curve.name for curve in curves_of(state)]
    plots: list[Plot] = []
    holes = _holes(state)
    for curve in shown(state):
        colour = colour_of(curve.name, names)
        x, y, least, most = _with_gaps(curve, holes.get(curve.name, []))
        band = (least, most) if len(curve.rows) > len(curve.sizes) else None
        plots.append(Curve(x, y, colour, 2.0, band=band, label=curve.title, name=curve.name))
        if state.runs:
            plots.append(Points(curve.x, curve.y, colour, size=5.0, name=f"runs {curve.name}"))
        law = power_law(curve.x, curve.y) if state.fits and state.against == "training structures" else None
        if law is not None:
            ends = np.array([curve.sizes.min(), curve.sizes.max()])
            plots.append(Curve(ends, np.array([law.at(x) for x in ends]), colour, 1.2, dashed=True))
    if state.published and state.against == "training structures":
        found = references(state, what)
        if found:
            plots.append(
                Points(
                    np.array([r.size for r in found]), np.array([r.error for r in found]), "ink", mark="cross", size=9.0, name="published"
                )
            )
    row = chosen_row(state)
    if row is not None and row.potential not in state.hidden:
        here, error = float(getattr(row, AGAINST[state.against][0])), float(getattr(row, column))
        plots.append(Points(np.array([here]), np.array([error]), "ink", mark="ring", size=13.0, name="chosen"))
    if state.target > 0.0:
        plots.append(Rule(y=state.target, dashed=True, movable=True, text="target", name="target"))
    label = "energy" if column.startswith("energy") else "force"
    kind = "RMSE" if column.endswith("rmse") else "MAE"
    sizes = sorted({float(x) for curve in shown(state) for x in curve.sizes}) if state.against == "training structures" else []
    ticks = tuple((x, f"{x:g}") for x in sizes)
    named = len(sizes) > 1  # against time or parameters curves end anywhere, one above the other
    span = sizes[-1] / sizes[0] if named else 1.0
    low, high = (sizes[0] / span**0.04, sizes[-1] * span**ROOM) if named else (None, None)
    return Chart(
        tuple(plots),
        Axis(AGAINST[state.against][1], log=True, low=low, high=high, ticks=ticks),
        Axis(f"{label} {kind} on held-out structures, {unit}", log=True),
        ends=named,
    )


def _holes(state: State) -> dict[str, list[float]]:
    """Sizes at which a potential failed; only against sizes is there a place to leave open."""
    study = study_of(state)
    if study is None or state.against != "training structures":
        return {}
    found: dict[str, list[float]] = {}
    for cell, _ in study.failed():
        found.setdefault(cell.learner.name, []).append(float(cell.size))
    return found


def _with_gaps(curve: LearningCurve, failed: list[float]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Sizes, means and spread, with NaN where every seed failed: the line is broken there."""
    missing = np.array([size for size in dict.fromkeys(failed) if size not in curve.sizes], dtype=float)
    if not len(missing):
        return curve.sizes, curve.means, curve.low, curve.high  # in the order of N, also against time
    unknown = np.full(len(missing), np.nan)
    order = np.argsort(np.concatenate([curve.sizes, missing]), kind="stable")
    x = np.concatenate([curve.sizes, missing])[order]
    y, low, high = (np.concatenate([values, unknown])[order] for values in (curve.means, curve.low, curve.high))
    return x, y, low, high


def facts(state: State, g: Element) -> list[Told]:
    """Everything the inspector says."""
    every = curves_of(state)
    names = [curve.name for curve in every]
    plan = plan_of(state)
    unit = QUANTITIES[state.quantity][1]
    found = _run(state)
    for curve in every:
        planned = len(plan.sizes) * len(plan.seeds) if plan is not None else len(curve.rows)
        last = f"{short(float(curve.means[-1]))} {unit}"
        text = f"{len(curve.rows)} of {planned} runs · N = {int(min(r.n_train for r in curve.rows))} to {int(max(r.n_train for r in curve.rows))}"
        found.append(
            Card(curve.name, curve.title, last, text, len(curve.rows) / max(1, planned), colour_of(curve.name, names), (), "Click to hide or show.",
                 CURVES, selected=curve.name not in state.hidden)
        )  # fmt: skip
    found += _exponents(state, every)
    found += _target(state, shown(state))
    found += _study(state, every)
    found += _references(state)
    return found


def _exponents(state: State, every: list[LearningCurve]) -> list[Told]:
    if state.against != "training structures":
        return []
    said: list[Told] = []
    for curve in every:
        law = power_law(curve.x, curve.y)
        if law is not None:
            margin = "" if math.isnan(law.margin) else f" ± {law.margin:.2f}"
            said.append(
                Fact(
                    curve.title,
                    f"−{law.exponent:.2f}{margin}",
                    "Error ∝ N to this power, over all sizes; 95 % interval.",
                    CURVES,
                    "Fitted exponent",
                )
            )
    return said


def _target(state: State, curves: list[LearningCurve]) -> list[Told]:
    if state.target <= 0.0 or state.against != "training structures":
        return []
    section = f"Data for {state.target:g} {QUANTITIES[state.quantity][1]}"
    said: list[Told] = []
    for curve in curves:
        one = needed(curve, state.target)
        text = "not with more data" if math.isinf(one.size) else f"{'some ' if one.beyond else ''}{one.size:,.0f}"
        said.append(Fact(curve.title, text, "Structures; “some” where the curve was continued beyond its sizes.", CURVES, section))
    words = " ".join(comparison(curves, state.target))
    return [*said, Fact("In words", words, tab=CURVES, section=section)] if words else said


def _run(state: State) -> list[Told]:
    row = chosen_row(state)
    if row is None:
        return []
    section = f"{row.title}, N = {row.n_train}, seed {row.seed}"
    values = (
        ("Force MAE, RMSE", f"{row.force_mae:.1f}, {row.force_rmse:.1f} meV/Å"),
        ("Energy MAE, RMSE", f"{row.energy_mae:.1f}, {row.energy_rmse:.1f} meV"),
        ("Epochs", f"{row.epochs:,}"),
        ("CPU time", f"{row.cpu_seconds:.0f} s"),
        ("Parameters", f"{row.parameters:,}"),
        ("Test structures", str(row.n_test)),
    )
    return [Fact(label, value, tab=CURVES, section=section) for label, value in values]


def _study(state: State, every: list[LearningCurve]) -> list[Told]:
    study = study_of(state)
    plan = plan_of(state)
    found: list[Told] = [*run_cards(study)] if study is not None else []
    found.append(Fact("From", path_of(state).name, str(path_of(state)), STUDY))
    if plan is not None:
        found += [Fact("Rule", rule_said(plan), tab=STUDY), Fact("Data", ", ".join(plan.files), tab=STUDY)]
    found += [Fact("As run", note, tab=STUDY) for note in notes(state)]
    if study is not None:
        cells = list(study.plan.cells())
        found += [
            Fact("Runs", f"{len(cells) - len(study.missing())} of {len(cells)}", tab=STUDY, status=True),
            Fact("Now", "under way" if under_way(study.folder) else "nobody works on it", tab=STUDY, status=True),
            *_chosen(study),
            *(Fact(cell.name, sentence, tab=STUDY, section="Failed: holes in the curves") for cell, sentence in study.failed()),
        ]
    rows = rows_of(state)
    if rows:
        found.append(Fact("Versions", rows[0].versions, tab=STUDY))
    table = tuple((curve.title, str(int(n)), f"{m:.1f}", f"{low:.1f}", f"{high:.1f}") for curve in every
                  for n, m, low, high in zip(curve.sizes, curve.means, curve.low, curve.high, strict=True))  # fmt: skip
    return [
        *found,
        Table("means", f"{state.quantity}, {QUANTITIES[state.quantity][1]}", ("potential", "N", "mean", "low", "high"), table, STUDY),
    ]


def _chosen(study: Study) -> list[Told]:
    """Candidates and their validation errors."""
    found = choices(study.folder)
    if not found:
        return []
    rows = tuple(
        (one.learner, ", ".join(f"{name} = {value}" for name, value in one.settings.items()),
         "failed" if math.isnan(one.error) else f"{1e3 * one.error:.1f}", "✓" if one.chosen else "")
        for one in found
    )  # fmt: skip
    return [Table("choices", "Chosen on validation data", ("learner", "settings", "error × 1000", "chosen"), rows, STUDY)]


def _references(state: State) -> list[Told]:
    found = references(state, QUANTITIES[state.quantity][2]) if state.published else []
    if not found:
        words = "Published values are drawn for the same data and quantity alone: those of revised MD17, or of your own table."
        return [Fact("None drawn", words, tab=REFERENCES)]
    rows = tuple((one.method, str(one.size), f"{one.error:g}") for one in sorted(found, key=lambda r: (r.size, r.error)))
    said: list[Told] = [Table("published", "Published", ("method", "N", QUANTITIES[state.quantity][1]), rows, REFERENCES)]
    return said + [Fact("Source", text, tab=REFERENCES) for text in dict.fromkeys(one.source for one in found)]


def code(state: State, g: Element) -> str:
    """A script that fits the power laws from the table, with NumPy and SciPy."""
    column = QUANTITIES[state.quantity][0]
    rows = [(row.potential, row.n_train, row.seed, round(getattr(row, column), 4)) for row in rows_of(state)]
    return f'''"""Learning curves, {state.quantity} in {QUANTITIES[state.quantity][1]}: means over seeds and fitted power laws."""

import numpy as np
from scipy.stats import t

rows = {rows!r}  # potential, training structures, seed, error

for potential in dict.fromkeys(row[0] for row in rows):
    n, e = np.array([(row[1], row[3]) for row in rows if row[0] == potential]).T
    u, v = np.log(n), np.log(e)
    slope, level = np.polyfit(u, v, 1)
    away = v - level - slope * u
    margin = t.ppf(0.975, len(n) - 2) * np.sqrt(away @ away / (len(n) - 2) / ((u - u.mean()) ** 2).sum())
    print(potential, {{int(size): round(e[n == size].mean(), 2) for size in np.unique(n)}}, f"exponent {{slope:.3f}} +- {{margin:.3f}}")
'''

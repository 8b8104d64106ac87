"""The runs of a study that are under way, as cards: how far each is, its best error so far, and the time it still takes."""

from __future__ import annotations

from e3viz.labs.data_efficiency.source import colour_of
from e3viz.labs.data_efficiency.state import STUDY
from e3viz.labs.lab import Card
from e3viz.training.run import Status
from e3viz.training.study import Plan, Study

RUN = "run "
"""Before the name of a run's card; a curve's card is called as the curve."""
SHOWN = 12
"""Cards at most."""


def run_cards(study: Study) -> list[Card]:
    """One per run under way, in the order of the plan."""
    names = [learner.name for learner in study.plan.learners]
    found = []
    for cell in study.plan.cells():
        status = study.run(cell).status()
        if status.state not in ("preparing", "running", "paused"):
            continue
        found.append(
            Card(
                RUN + cell.name, f"{cell.learner.title} · {cell.size} · seed {cell.seed}", _error(status), _text(status, study.plan),
                _fraction(status, study.plan), colour_of(cell.learner.name, names), (), "Click for its curves, in the Training lab.", STUDY,
                "Under way",
            )
        )  # fmt: skip
    return found[:SHOWN]


def _error(status: Status) -> str:
    if status.best_score is None or not status.monitor.startswith("forces"):
        return ""
    return f"{short(1e3 * status.best_score)} meV/Å"


def short(error: float) -> str:
    """Three digits, and no powers of ten."""
    return f"{error:,.0f}" if error >= 100.0 else f"{error:.3g}"


def _fraction(status: Status, plan: Plan) -> float | None:
    """Of its CPU time; a run that ends when it has converged does not know how far it is."""
    return min(1.0, status.cpu_seconds / plan.rule.seconds) if plan.rule.rule == "equal compute" else None


def _text(status: Status, plan: Plan) -> str:
    done = f"{status.state}, epoch {status.epoch:,}"
    share = _fraction(status, plan)
    if not share:
        return done
    left = round(status.seconds * (1.0 - share) / share)
    return f"{done} · {left // 60}:{left % 60:02d} left"

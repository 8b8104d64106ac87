"""Learning on paper: the loss falling step by step, and how what was found compares with what was hidden."""

from __future__ import annotations

import numpy as np

from e3viz.errors import UserError
from e3viz.labs.tensor_product.state import HIDDEN, STEPS, State, product_of
from e3viz.labs.tensor_product.values import descent, learned, samples, the_lesson
from e3viz.pictures.chart import Axis, Chart, Curve, Plot, Points, Rule
from e3viz.pictures.diagram import Diagram, Shape, Text
from e3viz.symmetry.path_values import evaluate

FLOOR = 1e-16
MOST_POINTS = 600


def loss_chart(state: State) -> Chart:
    """The loss of all steps, those still to come pale, and the least loss that these paths allow."""
    losses = np.maximum(descent(state).losses, FLOOR)
    steps, now = np.arange(len(losses), dtype=float), min(state.step, STEPS)
    least = least_loss(state)
    plots: list[Plot] = [Curve(steps, losses, "faint", 1.2, pale=True), Curve(steps[: now + 1], losses[: now + 1], "accent", 2.2)]
    plots.append(Points(steps[now : now + 1], losses[now : now + 1], "accent", size=8.0))
    if least > 1e-9 * losses[0]:
        plots.append(Rule(y=least, colour="muted", text="least possible", dashed=True))
    plots.append(Rule(x=float(now), colour="accent", movable=True, name="step"))
    low = max(0.3 * float(losses.min()), 1e-14)
    return Chart(tuple(plots), Axis("step", low=0.0, high=float(STEPS)), Axis("loss", log=True, low=low), legend=False)


def least_loss(state: State) -> float:
    """The loss that no weights of these paths go below."""
    what = the_lesson(state)
    return what.loss(what.best())


def comparison_chart(state: State) -> Chart:
    """Found against hidden weights, or predicted against wanted components, with the diagonal where they agree."""
    if state.target == HIDDEN:
        across = np.random.default_rng([state.seed, 9]).normal(size=product_of(state).weight_count)
        up, labels = learned(state), ("hidden weight", "weight found")
    else:
        across, up = predictions(state)
        labels = ("wanted", "predicted")
    across, up = across[:MOST_POINTS], up[:MOST_POINTS]
    most = 1.1 * max(float(np.abs(across).max(initial=0.0)), 1e-9)
    line = np.array([-most, most])
    plots = (Curve(line, line, "line", 1.2), Points(across, np.clip(up, -1.6 * most, 1.6 * most), "accent", size=4.0))
    return Chart(plots, Axis(labels[0], low=-most, high=most), Axis(labels[1], low=-1.2 * most, high=1.2 * most), legend=False)


def predictions(state: State) -> tuple[np.ndarray, np.ndarray]:
    """(wanted, predicted) of all components that the target has, at the samples."""
    product = product_of(state)
    found = samples(product, state.target, state.samples, state.seed)
    made = evaluate(product, learned(state), found.x, found.y)
    used = np.abs(found.wanted).max(axis=0) > 0.0
    return found.wanted[:, used].ravel(), made[:, used].ravel()


def note(error: UserError) -> Diagram:
    """A sentence in the place of a chart that cannot be drawn."""
    lines = [error.message, *([error.hint] if error.hint else [])]
    words: list[Shape] = []
    y = 60.0
    for line in lines:
        for part in _wrapped(line):
            words.append(Text(150.0, y, part, 13.0, "muted", "middle"))
            y += 20.0
    return Diagram(300.0, 200.0, tuple(words))


def _wrapped(text: str, width: int = 40) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) + 1 > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines

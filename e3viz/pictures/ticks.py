"""Where an axis of numbers is marked and how the marks are written: round steps, plain numbers also on logarithmic axes."""

from __future__ import annotations

import math

Ticks = tuple[tuple[float, str], ...]


def linear(low: float, high: float, most: int, *, whole: bool = False) -> Ticks:
    """At most about `most` marks at multiples of 1, 2, 2.5 or 5 times a power of ten; at whole numbers alone where those are asked for."""
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return ((low, plain(low)),) if math.isfinite(low) else ()
    rough = max(span / max(1, most), 1.0 if whole else 0.0)
    power = 10.0 ** math.floor(math.log10(rough))
    round_steps = (1.0, 2.0, 5.0, 10.0) if whole else (1.0, 2.0, 2.5, 5.0, 10.0)
    step = next(s * power for s in round_steps if s * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    values = [k * step for k in range(first, last + 1)]
    return tuple((v, text) for v, text in zip(values, _written(values, step), strict=True))


def logarithmic(low: float, high: float, most: int) -> Ticks:
    """Marks between two positive numbers at 1, 2, 5 or 1, 3 or 1 times powers of ten, whichever is the finest that fits."""
    if not (low > 0 and math.isfinite(high) and high >= low):
        return ()
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for digits in ((1, 2, 5), (1, 3), (1,)):
        values = [d * 10.0**k for k in range(first, last + 1) for d in digits if low * (1 - 1e-9) <= d * 10.0**k <= high * (1 + 1e-9)]
        if len(values) <= most:
            break
    if len(values) < 2:
        return linear(low, high, most)
    every = math.ceil(len(values) / max(2, most)) if len(values) > most else 1
    return tuple((v, plain(v)) for v in values[::every])


def plain(value: float) -> str:
    """A number as a person writes it: 1,000, 0.05, −3, or 2×10^{−7} where it is very large or small."""
    if value == 0:
        return "0"
    size = abs(value)
    if 1e-4 <= size < 1e6:
        text = f"{value:,.10f}".rstrip("0").rstrip(".") if size < 1000 else f"{value:,.2f}".rstrip("0").rstrip(".")
        return text.replace("-", "−")
    power = math.floor(math.log10(size) + 1e-12)
    front = f"{value / 10.0**power:.3g}".replace("-", "−")
    raised = f"10^{{{power}}}".replace("-", "−")
    return raised if front == "1" else f"−{raised}" if front == "−1" else f"{front}×{raised}"


def _written(values: list[float], step: float) -> list[str]:
    """All with as many decimals as the step has; by powers of ten if they are very large or small."""
    largest = max((abs(v) for v in values), default=0.0)
    if largest >= 1e6 or 0 < largest < 1e-3:
        return [plain(v) for v in values]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    decimals += 1 if round(step * 10**decimals, 6) != round(step * 10**decimals) else 0
    texts = [f"{v:,.{decimals}f}" for v in values]
    return ["0" if float(t.replace(",", "")) == 0 else t.replace("-", "−") for t in texts]

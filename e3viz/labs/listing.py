"""The labs and the settings of each, as plain values and as lines for a terminal: the answer of `e3viz labs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from e3viz import labs


def all_labs() -> list[dict[str, str]]:
    """Name, title, section and summary of every lab; none of them is loaded."""
    return [{"name": e.name, "title": e.title, "section": e.section, "summary": e.summary} for e in labs.LABS]


def settings(name: str) -> list[dict[str, Any]]:
    """What `--set` may change in a lab: name, what it does, default, unit, and the choices or limits that hold by default."""
    from e3viz.labs.fields import knobs, to_json

    state = labs.load(name).State()
    defaults = to_json(state)
    found = []
    for field, knob in knobs(state).items():
        low, high = knob.limits(state)
        limits = {"low": low, "high": high} if low is not None or high is not None else {}
        choices = {"choices": knob.options(state)} if knob.choices is not None else {}
        found.append({"name": field, "tip": knob.tip, "default": defaults[field], "unit": knob.unit, **limits, **choices})
    return found


def labs_text() -> str:
    """The labs in aligned lines."""
    return aligned([(lab["name"], lab["summary"]) for lab in all_labs()])


def settings_text(name: str) -> str:
    """The settings of a lab in aligned lines."""
    return aligned([(s["name"], f"{s['tip']} {_values(s)}".strip()) for s in settings(name)])


def aligned(rows: Sequence[tuple[str, str]]) -> str:
    """Lines whose second column begins at the same place."""
    width = max((len(name) for name, _ in rows), default=0) + 2
    return "\n".join(f"{name:<{width}}{text}" for name, text in rows)


def _values(setting: dict[str, Any]) -> str:
    if setting.get("choices"):
        return f"({', '.join(setting['choices'])})"
    unit = f" {setting['unit']}" if setting["unit"] else ""
    low, high = setting.get("low"), setting.get("high")
    if low is not None and high is not None:
        return f"({low:g} to {high:g}{unit})"
    if low is not None or high is not None:
        return f"(at least {low:g}{unit})" if low is not None else f"(at most {high:g}{unit})"
    return "(on, off)" if isinstance(setting["default"], bool) else ""

"""Fields of a state: what each is called, what it does, in which unit, and which values it takes.

A state is a frozen dataclass whose fields are made with `knob(...)`. From that description come the inspector's form, the
command line's `--set`, the words of undo and the session file, so a field is described once.

Values are bool, int, float, str, or (nested) tuples of these, so that a state can be compared, hashed and written as JSON.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from e3viz.errors import UserError, nearest

KEY = "e3viz"
Choices = Sequence[str] | Callable[[Any], Sequence[str]]
Limit = float | Callable[[Any], float] | None


@dataclass(frozen=True)
class Row:
    """One slider of a field of kind `sliders`: its name in the field's value, its label (colour: its hue) and what it shows now."""

    name: str
    label: str
    value: float
    low: float
    high: float
    colour: str = ""
    tip: str = ""


def with_row(values: tuple[tuple[str, float], ...], name: str, number: float) -> tuple[tuple[str, float], ...]:
    """The value of a field of kind `sliders` after one of them moved."""
    kept = tuple((n, v) for n, v in values if n != name)
    return tuple(sorted((*kept, (name, float(number)))))


@dataclass(frozen=True)
class Knob:
    """How a field is shown and checked.

    kind: how it is edited: switch (bool), number, slider, choice, text, long (several lines), vector, file, folder, data, irreps,
    formula, table (tuple of rows), sliders (tuple of (name, number), one slider for each of `rows`), or hidden (only by picking,
    or by --set). low, high, step: limits of numbers; may ask the state.
    choices: allowed values; may ask the state. when: shown only if it holds. playable: a player runs through its values.
    zero: what a number of 0 is called, such as “automatic”. newest: a value of a playable field that stands for the highest, whatever that
    will be; names: what people call its values from 0 on (rising numbers, such as the epochs that were recorded). tab, section: where in
    the inspector. tip: one sentence: what it does and in which unit. columns: headings of a table.
    """

    label: str
    tip: str
    kind: str
    unit: str = ""
    tab: str = "Show"
    section: str = ""
    low: Limit = None
    high: Limit = None
    step: float | None = None
    choices: Choices | None = None
    when: Callable[[Any], bool] | None = None
    playable: bool = False
    colour: str = ""
    columns: tuple[str, ...] = ()
    rows: Callable[[Any], Sequence[Row]] | None = None
    zero: str = ""
    newest: int | None = None
    names: Callable[[Any], Sequence[int]] | None = None

    def limits(self, state: Any) -> tuple[float | None, float | None]:
        """Lowest and highest value in this state."""
        low = self.low(state) if callable(self.low) else self.low
        high = self.high(state) if callable(self.high) else self.high
        return low, high

    def options(self, state: Any) -> list[str] | None:
        """The allowed values in this state, or None if anything goes."""
        if self.choices is None:
            return None
        return list(self.choices(state) if callable(self.choices) else self.choices)


def knob(default: Any, label: str, tip: str, *, kind: str = "", **more: Any) -> Any:
    """A dataclass field with its description; kind follows from the default if not given (see `Knob`)."""
    if not kind:
        if more.get("choices") is not None:
            kind = "choice"
        elif isinstance(default, bool):
            kind = "switch"
        elif isinstance(default, int | float):
            kind = "number"
        elif isinstance(default, tuple):
            kind = "vector"
        else:
            kind = "text"
    return dataclasses.field(default=default, metadata={KEY: Knob(label, tip, kind, **more)})


def knobs(state_or_type: Any) -> dict[str, Knob]:
    """Field name → its description, in order, for every field made with `knob`."""
    return {f.name: f.metadata[KEY] for f in dataclasses.fields(state_or_type) if KEY in f.metadata}


def hints(state_type: type) -> dict[str, Any]:
    """Field name → its type."""
    return typing.get_type_hints(state_type)


def change(state: Any, **values: Any) -> Any:
    """The state with some fields replaced, each checked against its type, limits and choices; raises UserError naming the field."""
    known = knobs(state)
    types_ = hints(type(state))
    checked = {}
    for name, value in values.items():
        if name not in types_:
            raise UserError(f"There is no setting “{name}” here.", nearest(name, known))
        checked[name] = coerce(value, types_[name], known[name].label if name in known else name)
    new = dataclasses.replace(state, **checked)
    for name in checked:
        if name in known:
            _check(new, name, known[name])
    return new


def _check(state: Any, name: str, spec: Knob) -> None:
    value = getattr(state, name)
    options = spec.options(state)
    if options is not None and isinstance(value, str) and value not in options:
        raise UserError(f"“{value}” is not a choice for {spec.label.lower()} ({name}).", nearest(value, options))
    low, high = spec.limits(state)
    for number in value if isinstance(value, tuple) else (value,):
        if isinstance(number, bool) or not isinstance(number, int | float) or number == spec.newest:
            continue
        if (low is not None and number < low) or (high is not None and number > high):
            raise UserError(f"{spec.label} ({name}) is {number:g}.", _range_text(low, high, spec.unit))


def _range_text(low: float | None, high: float | None, unit: str) -> str:
    tail = f" {unit}" if unit else ""
    if low is not None and high is not None:
        return f"It goes from {low:g} to {high:g}{tail}."
    return f"It is at least {low:g}{tail}." if low is not None else f"It is at most {high:g}{tail}."


def coerce(value: Any, wanted: Any, label: str) -> Any:
    """`value` (a Python value, JSON, or text typed by a person) as the type `wanted`; raises UserError naming `label`."""
    origin, args = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        if value is None or (isinstance(value, str) and value.strip().lower() in ("", "none")):
            return None
        return coerce(value, next(a for a in args if a is not type(None)), label)
    if wanted is bool:
        return _bool(value, label)
    if wanted in (int, float):
        return _number(value, wanted, label)
    if wanted is str:
        if not isinstance(value, str):
            raise UserError(f"{label} is a text, not {value!r}.")
        return value
    if origin is tuple:
        return _tuple(value, args, label)
    raise TypeError(f"states hold no {wanted}")


def _bool(value: Any, label: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word in ("true", "yes", "on", "1"):
        return True
    if word in ("false", "no", "off", "0"):
        return False
    raise UserError(f"{label} is either on or off, not “{value}”.")


def _number(value: Any, wanted: type, label: str) -> Any:
    if isinstance(value, str):
        try:
            value = float(value.strip().replace("−", "-"))
        except ValueError:
            raise UserError(f"{label} is a number, not “{value}”.") from None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UserError(f"{label} is a finite number, not {value!r}.")
    if wanted is int:
        if value != int(value):
            raise UserError(f"{label} is a whole number, not {value:g}.")
        return int(value)
    return float(value)


def _tuple(value: Any, args: tuple[Any, ...], label: str) -> tuple[Any, ...]:
    if isinstance(value, str):
        value = value.replace(";", ",").replace("×", ",").split(",") if any(c in value for c in ",;×") else value.split()
        value = [v.strip() for v in value if v.strip()]
    if not isinstance(value, Sequence):
        value = list(value) if hasattr(value, "__iter__") else [value]
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(coerce(v, args[0], label) for v in value)
    if len(value) != len(args):
        raise UserError(f"{label} has {len(args)} entries, not {len(value)}.")
    return tuple(coerce(v, a, label) for v, a in zip(value, args, strict=True))


def describe(old: Any, new: Any) -> str:
    """What changed from one state to the next, in words: “supercell 2×2×1”. Empty if nothing did."""
    specs = knobs(new)
    changed = [f.name for f in dataclasses.fields(new) if getattr(old, f.name) != getattr(new, f.name)]
    shown = [n for n in changed if n in specs and specs[n].kind != "hidden"] or [n for n in changed if n in specs]
    if not changed:
        return ""
    if not shown or len(shown) > 2:
        return f"{len(changed)} settings"
    return ", ".join(_words(specs[n], getattr(new, n)) for n in shown)


def _words(spec: Knob, value: Any) -> str:
    label = spec.label[:1].lower() + spec.label[1:]
    if isinstance(value, bool):
        return f"{label} {'on' if value else 'off'}"
    if isinstance(value, tuple):
        plain = all(isinstance(v, int) for v in value) and len(value) == 3
        return f"{label} {'×'.join(map(str, value))}" if plain else label
    if isinstance(value, float):
        return f"{label} {value:.4g}{' ' + spec.unit if spec.unit else ''}"
    text = str(value)
    return f"{label} {text if len(text) <= 32 else '…' + text[-30:]}".rstrip()


def to_json(state: Any) -> dict[str, Any]:
    """The state as JSON values (tuples as lists)."""
    return {f.name: _plain(getattr(state, f.name)) for f in dataclasses.fields(state)}


def _plain(value: Any) -> Any:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def from_json(state_type: type, values: Mapping[str, Any]) -> Any:
    """The state written by `to_json`; fields it lacks keep their defaults; raises UserError for unknown fields and wrong values.

    Choices and limits that depend on a file are not checked here (the file may be gone): the lab's pictures say so when drawn.
    """
    if not isinstance(values, Mapping):
        raise UserError("A state is a table of settings.", 'Write for example {"frame": 3}.')
    types_ = hints(state_type)
    made = {}
    for name, value in values.items():
        if name not in types_:
            raise UserError(f"There is no setting “{name}” here.", nearest(name, types_))
        made[name] = coerce(value, types_[name], name)
    return state_type(**made)

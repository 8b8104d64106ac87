"""Settings of a potential: a frozen dataclass of plain values, checked when they come from a file or from a person.

Each field carries metadata `says` (a phrase for a form) and may carry `low`, `high` or `choices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, field, fields
from typing import Any

from e3viz.errors import UserError, nearest


def setting(default: Any, says: str, **limits: Any) -> Any:
    """A field with its default and a phrase that says what it is. limits: `low`, `high` (both included) or `choices`."""
    return field(default=default, metadata={"says": says, **limits})


def read(settings: type, given: Mapping[str, Any], owner: str) -> Any:
    """An instance of `settings` from plain values; lists become tuples and whole numbers floats where the default is one.

    Raises UserError that names the setting, what is wrong with it and what would be right.
    """
    known = {one.name: one for one in fields(settings)}
    for name in given:
        if name not in known:
            raise UserError(f"{owner} has no setting “{name}”.", nearest(name, list(known)))
    return settings(**{name: _checked(known[name], value, owner) for name, value in given.items()})


def plain(settings: Any) -> dict[str, Any]:
    """The settings as values that TOML and JSON can hold."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(settings).items()}


def _checked(one: Field[Any], value: Any, owner: str) -> Any:
    default, limits = one.default, one.metadata
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(default, tuple) and isinstance(value, list):
        value = tuple(value)
    if type(value) is not type(default):
        raise UserError(
            f"{owner}: {one.name} = {value!r} is not {_ARTICLE.get(type(default), 'of the right kind')}.", f"For example {default!r}."
        )
    if "choices" in limits and value not in limits["choices"]:
        raise UserError(f"{owner}: {one.name} = {value!r} is not a choice.", nearest(str(value), [str(c) for c in limits["choices"]]))
    low, high = limits.get("low", float("-inf")), limits.get("high", float("inf"))
    if isinstance(value, int | float) and not low <= value <= high:
        raise UserError(f"{owner}: {one.name} = {value} is out of range.", f"It may be {low:g} to {high:g}.")
    return value


_ARTICLE = {int: "a whole number", float: "a number", bool: "true or false", str: "a word", tuple: "a list"}

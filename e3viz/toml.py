"""TOML (https://toml.io/en/v1.0.0): what the standard library reads, it does not write. Text, numbers, truth, lists and tables."""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from e3viz.errors import FileError
from e3viz.files import replacing

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def read_toml(path: Path) -> dict[str, Any]:
    """Raises FileError with the line where it goes wrong."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path.name} is not valid TOML: {str(error)[:1].lower()}{str(error)[1:]}.", "Text stands in quotes.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path.name} is no text.", "Right would be TOML in UTF-8.") from error
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def write_toml(table: Mapping[str, Any], path: Path) -> None:
    """In place of what was there, whole or not at all."""
    with replacing(path) as beside:
        beside.write_text(toml_text(table), encoding="utf-8")


def toml_text(table: Mapping[str, Any], name: str = "") -> str:
    """Plain entries first, then the tables inside."""
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not isinstance(value, Mapping)]
    blocks = ["\n".join([f"[{name}]", *lines] if name else lines)] if lines or name else []
    for key, value in table.items():
        if isinstance(value, Mapping):
            blocks.append(toml_text(value, f"{name}.{_key(key)}" if name else _key(key)).rstrip("\n"))
    return "\n\n".join(blocks) + "\n"


def value_of(word: str) -> Any:
    """A value as it is typed on a command line: TOML, or else the text itself."""
    try:
        return tomllib.loads(f"x = {word}")["x"]
    except (tomllib.TOMLDecodeError, KeyError):
        return {"on": True, "off": False, "yes": True, "no": False}.get(word, word)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ("nan" if math.isnan(value) else "inf" if value > 0 else "-inf")
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return _text(str(value))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

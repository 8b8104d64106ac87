"""The comment line of extended XYZ: `key=value key="several values" flag`, with values of numbers, logicals, text, or arrays of them.

The grammar is that of https://github.com/libAtoms/extxyz. Nine numbers of Lattice, stress and virial are a matrix in Fortran's order.
Plain XYZ allows any text there, so nothing in a comment is ever an error except a Lattice or a Properties that cannot be meant.
"""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np

_QUOTED = r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|\{[^{}]*\}'
_PAIR = re.compile(rf"({_QUOTED}|[^\s=\"'{{}}]+)(?:\s*=\s*({_QUOTED}|\[(?:[^\[\]]|\[[^\[\]]*\])*\]|[^\s\"'{{}}\[]\S*|))?", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LOGICAL = {"T": True, "F": False, "true": True, "false": False, "True": True, "False": False, "TRUE": True, "FALSE": False}
_NUMERIC = re.compile(r"[-+.\d]|nan|inf", re.IGNORECASE)
_MATRICES = {"Lattice", "stress", "virial"}


def parse_comment(line: str) -> dict[str, Any]:
    """Everything the line says, in order. A bare word is a flag that is true."""
    found: dict[str, Any] = {}
    for key, value in _PAIR.findall(line):
        name = _unquoted(key)
        found[name] = _value(_unquoted(value), bracketed=value.startswith("[")) if value else True
        if name in _MATRICES and isinstance(found[name], np.ndarray) and found[name].size == 9:
            entries = found[name]
            found[name] = entries.reshape(3, 3).astype(float) if entries.ndim == 2 else entries.reshape(3, 3, order="F").astype(float)
    return found


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] in "\"'{" and text[-1] in "\"'}":
        return _ESCAPE.sub(r"\1", text[1:-1])
    return text


def _value(text: str, bracketed: bool) -> Any:
    if text.startswith("_JSON "):
        bracketed, text = True, text[6:]
    if bracketed:
        try:
            return _array(json.loads(text))
        except (ValueError, RecursionError):
            text = text.strip("[]")
    words = text.replace(",", " ").split()
    if not words:
        return text
    if _NUMERIC.match(words[0]):
        return _numbers(words, text)
    if all(word in _LOGICAL for word in words):
        return _LOGICAL[words[0]] if len(words) == 1 else np.array([_LOGICAL[word] for word in words])
    return text


def _numbers(words: list[str], text: str) -> Any:
    for kind in (int, float):
        try:
            values = [kind(word) for word in words]
        except ValueError:
            continue
        if kind is int and any(abs(value) >= 1 << 62 for value in values):
            continue
        return values[0] if len(values) == 1 else np.array(values)
    return text


def _array(value: Any) -> Any:
    """Nested lists of numbers as an array; anything else as it is."""
    if not isinstance(value, list):
        return value
    try:
        entries = np.array(value)
    except (ValueError, OverflowError):
        return value
    return entries if entries.dtype.kind in "ifb" else value

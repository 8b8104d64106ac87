"""What a click is, and the modifier keys of an event by name: the same for every kind of view."""

from __future__ import annotations

from PySide6.QtCore import Qt

CLICK = 4.0
"""Pixels that the pointer may move between press and release of a click."""


def keys_of(modifiers: Qt.KeyboardModifier) -> frozenset[str]:
    """shift, ctrl and alt, as far as they are held."""
    flags = Qt.KeyboardModifier
    names = {flags.ShiftModifier: "shift", flags.ControlModifier: "ctrl", flags.AltModifier: "alt"}
    return frozenset(name for flag, name in names.items() if modifiers & flag)

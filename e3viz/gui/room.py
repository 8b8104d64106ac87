"""Rows that fit any width: where there is little room they leave out what can be reached otherwise, the least needed first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLayout, QWidget


def give_way(row: QLayout, width: int, spared: Sequence[QWidget]) -> None:
    """Show all of a row's widgets that fit a width, leaving out from `spared` in its order as many as must be."""
    for widget in spared:
        widget.setVisible(True)
    for widget in spared:
        row.activate()
        if row.minimumSize().width() <= width:
            return
        widget.setVisible(False)

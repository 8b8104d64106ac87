"""What a person can do, said once: `Command`. Menus, palette, tool bar, shortcut sheet and tests are made from one list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

Keys = str | QKeySequence.StandardKey


@dataclass(frozen=True)
class Command:
    """name: stable, kebab-case; title: in menus; tip: a sentence; do: what happens; menu: where it stands ("" for nowhere); keys: its
    shortcuts; checked: for switches, whether it is on; enabled: whether it can be done now."""

    name: str
    title: str
    tip: str
    do: Callable[[], Any]
    menu: str = ""
    keys: tuple[Keys, ...] = ()
    checked: Callable[[], bool] | None = None
    enabled: Callable[[], bool] | None = None

    def action(self, parent: QWidget) -> QAction:
        """The command as a QAction of a window."""
        action = QAction(self.title, parent)
        action.setObjectName(f"command.{self.name}")
        action.setToolTip(self.tip)
        action.setStatusTip(self.tip)
        action.setShortcuts(self.sequences())
        action.setCheckable(self.checked is not None)
        action.triggered.connect(lambda _checked=False: self.do())
        return action

    def sequences(self) -> list[QKeySequence]:
        """Its shortcuts on this platform."""
        found: list[QKeySequence] = []
        for keys in self.keys:
            found += [QKeySequence(keys)] if isinstance(keys, str) else QKeySequence.keyBindings(keys)
        return [s for i, s in enumerate(found) if not s.isEmpty() and s not in found[:i]]

    def keys_text(self) -> str:
        """Its first shortcut as people read it."""
        sequences = self.sequences()
        return sequences[0].toString(QKeySequence.SequenceFormat.NativeText) if sequences else ""


def refresh(actions: dict[str, QAction], commands: list[Command]) -> None:
    """Bring the actions up to date with what can be done and what is on."""
    for command in commands:
        action = actions.get(command.name)
        if action is None:
            continue
        if command.enabled is not None:
            action.setEnabled(command.enabled())
        if command.checked is not None:
            action.setChecked(command.checked())

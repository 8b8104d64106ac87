"""Where keys go: round the parts of the window, and past a text field that has nothing to undo."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

Key = QKeySequence.StandardKey


class FieldKeys(QObject):
    """Watches the field that has the focus, and only that one: a filter over the whole program would see every event."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if isinstance(old, QLineEdit):
            old.removeEventFilter(self)
        if isinstance(new, QLineEdit):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Refuse to override undo and redo on behalf of a field that cannot do either."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and isinstance(watched, QLineEdit):
            idle_undo = event.matches(Key.Undo) and not watched.isUndoAvailable()
            idle_redo = event.matches(Key.Redo) and not watched.isRedoAvailable()
            if idle_undo or idle_redo:
                event.ignore()
                return True
        return super().eventFilter(watched, event)


def go_round(parts: Sequence[QWidget], by: int) -> None:
    """Take the keys from the part of the window that has them to the next or previous one that wants them."""
    focus = QApplication.focusWidget()
    now = next((i for i, part in enumerate(parts) if focus is not None and part.isAncestorOf(focus)), -1 if by > 0 else 0)
    for step in range(1, len(parts) + 1):
        part = parts[(now + by * step) % len(parts)]
        for child in part.findChildren(QWidget):
            if child.isVisibleTo(part) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
                child.setFocus(Qt.FocusReason.TabFocusReason)
                return

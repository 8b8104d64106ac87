"""Keys that a text field would keep to itself: Ctrl+Z belongs to the program where the field has nothing to undo."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
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

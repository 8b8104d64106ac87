"""What an action wants to know or to hear confirmed before it is done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QPlainTextEdit, QWidget

from e3viz.labs.lab import Action


def answered(action: Action, parent: QWidget, do: Callable[[Callable[[Any], Any]], None]) -> None:
    """Call `do(apply)` with what the action does to a state, at once or when its question has been answered; not if it is refused."""
    if action.chooses:
        _choose(action, parent, do)
    elif action.asks:
        _ask(action, parent, do)
    elif action.careful:
        _confirm(action, parent, do)
    else:
        do(action.apply)


def _ask(action: Action, parent: QWidget, do: Callable[[Callable[[Any], Any]], None]) -> None:
    dialog = QInputDialog(parent)
    dialog.setObjectName("question")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(action.title.rstrip("…"))
    dialog.setLabelText(action.asks)
    dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput, action.long)
    if action.long:
        dialog.resize(460, 460)
    dialog.setTextValue(action.given)
    dialog.textValueSelected.connect(lambda text: do(lambda state: action.apply(state, text)))
    dialog.open()
    if action.long:
        for editor in dialog.findChildren(QPlainTextEdit):  # nothing is selected: one letter typed must not replace all of it
            editor.moveCursor(QTextCursor.MoveOperation.Start)


def _choose(action: Action, parent: QWidget, do: Callable[[Callable[[Any], Any]], None]) -> None:
    dialog = QFileDialog(parent, action.title.rstrip("…"), "", f"{action.chooses};;All files (*)")
    dialog.setObjectName("question")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda names: do(lambda state: action.apply(state, [Path(name) for name in names])))
    dialog.open()


def _confirm(action: Action, parent: QWidget, do: Callable[[Callable[[Any], Any]], None]) -> None:
    box = QMessageBox(QMessageBox.Icon.Question, action.title.rstrip("…"), action.careful, parent=parent)
    box.setObjectName("question")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    yes = box.addButton(action.title.rstrip("…"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton("Keep it", QMessageBox.ButtonRole.RejectRole)
    yes.clicked.connect(lambda: do(action.apply))
    box.open()

"""Defects: an exception that nobody expected becomes a report that can be copied, and the program goes on."""

from __future__ import annotations

import platform
import sys
import traceback
from types import TracebackType

from PySide6 import __version__ as qt_version
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from e3viz import __version__

MOST = 20
"""Reports kept in one window: a defect in a timer comes again and again."""


def trace_text(error: BaseException) -> str:
    """How an exception came about."""
    return "".join(traceback.format_exception(error))


def system_text() -> str:
    """What the program runs on, in a line."""
    return f"e3viz {__version__}, Python {platform.python_version()}, Qt {qt_version}, {platform.platform()}"


class Report(QDialog):
    """Shows what went wrong, newest first. It is not modal: the program can be used while it is open."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("report")
        self.setWindowTitle("Something in e3viz went wrong")
        self.resize(720, 460)
        self._traces: list[str] = []
        self._count = 0
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._shown = QPlainTextEdit()
        self._shown.setReadOnly(True)
        self._shown.setTabChangesFocus(True)
        self._shown.setProperty("look", "code")
        self._shown.setObjectName("report.text")
        self._shown.setAccessibleName("Report")
        self._shown.setToolTip("What happened, for whoever mends it.")
        buttons = QDialogButtonBox()
        copy, close = QPushButton("Copy report"), QPushButton("Close")
        for button, do, tip in ((copy, self._copy, "Copy the report to the clipboard."), (close, self.close, "Close this report.")):
            button.setObjectName(f"report.{button.text().split()[0].lower()}")
            button.setAccessibleName(button.text())
            button.setToolTip(tip)
            button.clicked.connect(do)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(close, QDialogButtonBox.ButtonRole.RejectRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        for widget in (self._label, self._shown, buttons):
            column.addWidget(widget)

    @property
    def text(self) -> str:
        """What would be copied."""
        return self._shown.toPlainText()

    def add(self, error: BaseException) -> None:
        """Tell of another defect; the same one again is only counted."""
        self._count += 1
        trace = trace_text(error)
        if trace not in self._traces:
            self._traces = [trace, *self._traces][:MOST]
        times = "" if self._count == 1 else f" It happened {self._count} times."
        self._label.setText(f"This is a defect of e3viz, not a mistake of yours. You can go on; what was on view is unchanged.{times}")
        self._shown.setPlainText("\n\n".join([system_text(), *self._traces]))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


class Watch:
    """Catches what nobody caught, and shows it in one report, so that a defect in a timer does not bury the screen."""

    def __init__(self, window: QWidget) -> None:
        self._window: QWidget | None = window
        self.open: Report | None = None
        self._before = sys.excepthook
        sys.excepthook = self._caught

    def show(self, error: BaseException) -> None:
        """Show a report, or add to the one that is open."""
        print(f"{system_text()}\n\n{trace_text(error)}", file=sys.stderr)
        if self._window is None:
            return
        if self.open is None or not self.open.isVisible():
            self._drop()
            self.open = Report(self._window)
        self.open.add(error)
        self.open.show()

    def close(self) -> None:
        """Stop watching."""
        sys.excepthook = self._before
        self._drop()
        self._window = None

    def _drop(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open.deleteLater()
            self.open = None

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before(kind, error, trace)
        else:
            self.show(error)

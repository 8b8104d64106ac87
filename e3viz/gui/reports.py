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


def report_text(error: BaseException) -> str:
    """What a defect report says."""
    trace = "".join(traceback.format_exception(error))
    system = f"e3viz {__version__}, Python {platform.python_version()}, Qt {qt_version}, {platform.platform()}"
    return f"{system}\n\n{trace}"


class Report(QDialog):
    """Shows one report. It is not modal: the program can be used while it is open."""

    def __init__(self, error: BaseException, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("report")
        self.setWindowTitle("Something in e3viz went wrong")
        self.resize(720, 460)
        self.text = report_text(error)
        label = QLabel("This is a defect of e3viz, not a mistake of yours. You can go on; what was on view is unchanged.")
        label.setWordWrap(True)
        shown = QPlainTextEdit(self.text)
        shown.setReadOnly(True)
        shown.setProperty("look", "code")
        shown.setObjectName("report.text")
        shown.setAccessibleName("Report")
        shown.setToolTip("What happened, for whoever mends it.")
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
        for widget in (label, shown, buttons):
            column.addWidget(widget)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


class Watch:
    """Catches what nobody caught, and shows it: one report at a time, so that a defect in a timer does not bury the screen."""

    def __init__(self, window: QWidget) -> None:
        self._window: QWidget | None = window
        self.open: Report | None = None
        self._before = sys.excepthook
        sys.excepthook = self._caught

    def show(self, error: BaseException) -> None:
        """Show a report, unless one is open."""
        print(report_text(error), file=sys.stderr)
        if self._window is None or (self.open is not None and self.open.isVisible()):
            return
        self.open = Report(error, self._window)
        self.open.show()

    def close(self) -> None:
        """Stop watching."""
        sys.excepthook = self._before
        if self.open is not None:
            self.open.close()
            self.open = None
        self._window = None

    def _caught(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before(kind, error, trace)
        else:
            self.show(error)

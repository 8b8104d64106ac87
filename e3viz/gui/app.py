"""Starting the window."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from PySide6.QtGui import QIcon, QSurfaceFormat
from PySide6.QtWidgets import QApplication

from e3viz.errors import UserError
from e3viz.gui.main_window import MainWindow
from e3viz.gui.settings import Settings
from e3viz.gui.theme import ThemeState, load_fonts
from e3viz.labs.session import Session, load
from e3viz.resources import FOLDER


def application() -> QApplication:
    """The QApplication, set up once: surface format before the first window, fonts, name, one thread for numerics."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    format_ = QSurfaceFormat()
    format_.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    format_.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    format_.setVersion(3, 2)
    format_.setAlphaBufferSize(8)
    format_.setDepthBufferSize(8)
    format_.setSamples(0)
    QSurfaceFormat.setDefaultFormat(format_)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("e3viz")
    app.setApplicationDisplayName("")
    app.setDesktopFileName("e3viz")
    app.setStyle("Fusion")
    app.setWindowIcon(QIcon(str(FOLDER / "icons" / "e3viz.svg")))
    load_fonts()
    Collector(app)
    return app


class Collector(QObject):
    """Collects Python's garbage on the GUI thread only.

    Garbage that holds a widget, collected by chance in a worker thread, would delete the widget there, and Qt aborts (“timers cannot
    be started from another thread” is the mild form). So automatic collection is off and a timer does it here.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._collect)
        self._timer.start(500)

    def _collect(self) -> None:
        for generation, (count, most) in reversed(list(enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)))):
            if most and count > most:
                gc.collect(generation)
                return


def make_window(settings: Settings | None = None, session: Session | None = None, *, waiting: bool = False) -> MainWindow:
    """A window, not yet shown. waiting: it draws nothing before a file is opened."""
    application()
    settings = settings or Settings()
    return MainWindow(settings, ThemeState(settings.theme), session, waiting=waiting)


def main(files: Sequence[Path] = (), lab: str = "", session: Path | None = None, *, first_picture: bool = False) -> int:
    """Open the window and run until it is closed. first_picture: quit as soon as the first picture is drawn and the window answers,
    and print a line of JSON with the time since the process began (for the benchmark of the start)."""
    app = application()
    problem: UserError | None = None
    start = Session(lab=lab) if lab else Session()
    if session is not None:
        try:
            start = load(session)
        except UserError as error:
            problem = error
    window = make_window(session=start, waiting=bool(files))
    geometry = window.settings.geometry
    if geometry is not None:
        window.restoreGeometry(geometry)
    window.show()
    if files:
        window.opening.open(list(files), first=True)
    window.offer_restore()
    if problem is not None:
        window.show_error(problem)
    if first_picture:
        window.drawn.connect(lambda: QTimer.singleShot(0, window, lambda: _report_start(window)))
    ears = Signals(window)
    status = app.exec()
    ears.close()
    window.close()
    return status


class Signals(QObject):
    """Closes the window when the system or Ctrl+C in the terminal ends the program, so that nothing looks like a crash afterwards.

    Python runs its handlers between two of its own instructions, and there are none while Qt waits: a socket wakes it up.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._ours, theirs = socket.socketpair()
        self._theirs = theirs
        for end in (self._ours, theirs):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._handlers = {name: signal.signal(name, lambda *_: None) for name in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(window.close)

    def close(self) -> None:
        """Leave signals as they were."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for name, handler in self._handlers.items():
            signal.signal(name, handler)
        self._ours.close()
        self._theirs.close()


def _report_start(window: MainWindow) -> None:
    import json
    import time

    ticks = float(Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()[19]) / os.sysconf("SC_CLK_TCK")
    heavy = [name for name in ("torch", "e3nn", "matplotlib") if name in sys.modules]
    print(json.dumps({"seconds": time.clock_gettime(time.CLOCK_BOOTTIME) - ticks, "heavy": heavy}), flush=True)
    window.close()

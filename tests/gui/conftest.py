"""One application for all tests of the window, on whatever display there is; without one they are skipped."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def app() -> Any:
    """The application, with the bundled fonts and the light theme."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        pytest.skip("there is no display (scripts/test brings one)")
    from e3viz.gui import theme
    from e3viz.gui.app import application as start

    application = start()
    application.setQuitOnLastWindowClosed(False)
    application.setPalette(theme.palette(theme.LIGHT))
    application.setStyleSheet(theme.style_sheet(theme.LIGHT))
    return application


@pytest.fixture
def until(app: Any) -> Callable[..., None]:
    """until(condition): let events happen until it holds; fails after some seconds."""

    def wait(condition: Callable[[], bool], seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            app.processEvents()
            time.sleep(0.002)

    return wait


@pytest.fixture
def show(app: Any, until: Callable[..., None]) -> Iterator[Callable[..., Any]]:
    """show(widget, width, height): on the screen, and gone with all it holds after the test."""
    from PySide6.QtCore import QCoreApplication, QEvent

    shown = []

    def put(widget: Any, width: int = 400, height: int = 300) -> Any:
        widget.resize(width, height)
        widget.show()
        shown.append(widget)
        widget.activateWindow()
        until(
            lambda: (
                widget.isVisible() and widget.windowHandle() is not None and widget.windowHandle().isExposed() and widget.isActiveWindow()
            )
        )
        app.processEvents()
        return widget

    yield put
    for widget in shown:
        close = getattr(widget, "close_view", None) or getattr(widget, "close_views", None)
        if close is not None:
            close()
        widget.close()
        widget.deleteLater()
    shown.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.processEvents()
    gc.collect()

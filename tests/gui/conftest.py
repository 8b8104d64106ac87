"""One application for all tests of the window, on whatever display there is; without one they are skipped.

A test that passed must have left nothing behind: no VTK object, no thread, process or timer that goes on, no window.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
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


@pytest.fixture
def make(app: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, until: Callable[..., None]) -> Iterator[Callable[..., Any]]:
    """make(): a shown window with settings of its own that has drawn its first picture."""
    from e3viz.gui.app import make_window

    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    windows: list[Any] = []

    def made(session: Any = None, *, wait: bool = True, waiting: bool = False) -> Any:
        window = make_window(session=session, waiting=waiting)
        window.theme.choose("light")
        drawn: list[int] = []
        window.drawn.connect(lambda: drawn.append(1))
        windows.append(window)
        window.resize(1280, 800)
        window.show()
        if wait:
            until(lambda: bool(drawn) and not window.worker.busy())
            assert window.worker.wait_idle()
        return window

    yield made
    for window in windows:
        window.close()
        window.deleteLater()
    windows.clear()


@pytest.fixture
def window(make: Callable[..., Any]) -> Any:
    """A shown window that has drawn its first picture."""
    return make()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember how the test itself went, for `nothing_left`."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


PASSED = pytest.StashKey[bool]()
ALIVE = pytest.StashKey[Any]()


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, app: Any) -> Iterator[None]:
    """After a test that passed (a failed one keeps its frames alive), look for what it left behind."""
    kept = request.config.stash
    before = kept.get(ALIVE, None) or _alive(app)
    kept[ALIVE] = None
    yield
    if not request.node.stash.get(PASSED, False):
        return
    request.node.funcargs.clear()  # pytest keeps the values of fixtures until the very end
    after = _alive(app)
    left = {
        kind: sorted(f"{type(o).__name__} {name}" for key, (o, name) in found.items() if key not in before[kind])
        for kind, found in after.items()
    }
    assert not any(left.values()), left
    kept[ALIVE] = after  # what the next test finds


def _alive(app: Any) -> dict[str, dict[int, tuple[Any, str]]]:
    """What is there after all events and all garbage are gone, by kind."""
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from shiboken6 import isValid
    from vtkmodules.vtkCommonCore import vtkObjectBase

    for _ in range(2):
        app.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    everything = gc.get_objects()  # asked for their type: isinstance would ask objects of other libraries for their __class__
    timers = [o for o in everything if issubclass(type(o), QTimer) and isValid(o) and o.isActive()]
    return {
        "VTK": {id(o): (o, "") for o in everything if issubclass(type(o), vtkObjectBase)},
        "threads": {id(o): (o, o.name) for o in threading.enumerate()},
        "processes": {id(o): (o, o.name) for o in multiprocessing.active_children()},
        "timers": {id(o): (o, str(o.parent())) for o in timers},
        "windows": {id(o): (o, o.objectName()) for o in app.topLevelWidgets() if isValid(o)},
    }

"""The tour: the real window visits every lab in light and dark, and saves a picture of itself each time.

It has settings of its own, so that it neither shows nor changes what a person has chosen.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage

from e3viz import labs
from e3viz.errors import FileError
from e3viz.gui.app import make_window
from e3viz.gui.grabbing import grab
from e3viz.gui.main_window import MainWindow
from e3viz.gui.panels import Canvas
from e3viz.labs.session import Session

SIZE = (1440, 900)
PATIENCE = 60.0
QUIET = 12
"""Rounds of the event loop with nothing to do after which a window is taken to be at rest."""


def tour(out: Path, files: Sequence[Path] = (), size: tuple[int, int] = SIZE) -> int:
    """Visit every lab; one PNG of the whole window for each lab and theme in `out`. 0 if every picture was really drawn, else 1."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The folder {out} cannot be made: {error.strerror}.", "Name a folder that you may write to.") from None
    with _settings_of_its_own():
        window = make_window(session=Session(lab=labs.LABS[0].name))
        window.resize(*size)
        window.show()
        try:
            failed = [path for path in _pictures(window, out, files) if path is not None]
        finally:
            window.close()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return 1 if failed else 0


def _pictures(window: MainWindow, out: Path, files: Sequence[Path]) -> Iterator[Path | None]:
    """Save them one by one; those that were not drawn are named, for the others None is."""
    for name, number, state in _stops():
        window.show_lab(name)
        if state is not None:
            window.store.set_state(state, "tour", name)
        if files and labs.load(name).open_file is not None:
            window.opening.open(list(files))
        for theme in ("light", "dark"):
            window.theme.choose(theme)
            path = out / f"{name}{f'-{number}' if number > 1 else ''}-{theme}.png"
            problem = _settle(window) or _save(window, path)
            print(f"{path}: {problem}" if problem else path, flush=True)
            yield path if problem else None


def _stops() -> Iterator[tuple[str, int, Any]]:
    for entry in labs.LABS:
        for number, state in enumerate(labs.load(entry.name).tour or (None,), start=1):
            yield entry.name, number, state


def _settle(window: MainWindow) -> str:
    """Wait until the newest state is on the screen and no work is left; what is wrong, or ""."""
    end = time.monotonic() + PATIENCE
    quiet = 0
    while quiet < QUIET:
        if time.monotonic() > end:
            return f"nothing was drawn within {PATIENCE:.0f} s"
        QCoreApplication.processEvents()
        quiet = 0 if window.worker.busy() else quiet + 1
        time.sleep(0.015)
    if window.watch.open is not None:
        return "a defect was reported"
    return window.banner.text  # what the tour shows gives no reason for a message


def _save(window: MainWindow, path: Path) -> str:
    """Save the window; what is wrong with the picture, or ""."""
    image = grab(window)
    if not image.save(str(path)):
        return "the picture could not be written"
    canvas = window.page.findChild(Canvas)
    views = [*window.page.views()]
    if canvas is None or not _varied(grab(canvas)) or not all(_varied(view.grab_image()) for view in views) or not _varied(image):
        return "nothing was drawn"
    return ""


@contextmanager
def _settings_of_its_own() -> Iterator[None]:
    before = os.environ.get("E3VIZ_HOME")
    with tempfile.TemporaryDirectory(prefix="e3viz-tour-") as home:
        os.environ["E3VIZ_HOME"] = home
        try:
            yield
        finally:
            if before is None:
                del os.environ["E3VIZ_HOME"]
            else:
                os.environ["E3VIZ_HOME"] = before


def _varied(image: QImage) -> bool:
    """Whether there is more than one flat colour in a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    if image.isNull():
        return False
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)[:, : image.width() * 4].reshape(-1, 4)[:, :3]
    common = np.bincount((pixels.astype(np.int64) @ [1, 256, 65536]) % 65521).max()
    return bool(common < 0.9995 * len(pixels))

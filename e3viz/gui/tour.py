"""The tour: the real window visits every lab in light and dark, and saves a picture of itself each time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from e3viz import labs
from e3viz.errors import FileError
from e3viz.gui.app import make_window
from e3viz.gui.main_window import MainWindow
from e3viz.labs.session import Session

SIZE = (1440, 900)
PATIENCE = 60.0


def tour(out: Path, files: Sequence[Path] = (), size: tuple[int, int] = SIZE) -> int:
    """Visit every lab; one PNG of the whole window for each lab and theme in `out`. 0 if every picture was really drawn, else 1."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"The folder {out} cannot be made: {error.strerror}.", "Name a folder that you may write to.") from None
    window = make_window(session=Session(lab=labs.LABS[0].name))
    window.resize(*size)
    window.show()
    blank = []
    try:
        for entry in labs.LABS:
            lab = labs.load(entry.name)
            for number, state in enumerate(lab.tour or (None,)):
                if state is not None:
                    window.store.set_state(state, "tour", entry.name)
                window.show_lab(entry.name)
                if files and lab.open_file is not None:
                    window.opening.open([files[0]])
                for theme in ("light", "dark"):
                    window.theme.choose(theme)
                    path = out / f"{entry.name}{f'-{number + 1}' if number else ''}-{theme}.png"
                    good = _settle(window) and _save(window, path)
                    print(f"{path}{'' if good else ': nothing was drawn'}")
                    blank += [] if good else [path]
    finally:
        window.close()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    return 1 if blank else 0


def _settle(window: MainWindow) -> bool:
    """Wait until the newest state is on the screen and no work is left; False if that takes too long."""
    end = time.monotonic() + PATIENCE
    quiet = 0
    while time.monotonic() < end and quiet < 12:
        QCoreApplication.processEvents()
        quiet = 0 if window.worker.busy() else quiet + 1
        time.sleep(0.015)
    return quiet >= 12


def _save(window: MainWindow, path: Path) -> bool:
    image = grab(window)
    views = window.page.views()
    drawn = all(_varied(view.grab_image()) for view in views) and _varied(image)
    return bool(image.save(str(path))) and drawn


def grab(window: QWidget) -> QImage:
    """The whole window as pixels, its 3D views included: they are read from their own framebuffers and painted where they are seen."""
    from e3viz.gui.view3d import View3D

    image = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for view in window.findChildren(View3D):
        if not view.isVisible():
            continue
        corner = view.mapTo(window, view.rect().topLeft())
        painter.drawImage(corner, view.grab_image())
        for sibling in view.parentWidget().children():  # what lies over the view, such as its legend
            if (
                isinstance(sibling, QWidget)
                and sibling is not view
                and sibling.isVisible()
                and sibling.geometry().intersects(view.geometry())
            ):
                sibling.render(painter, sibling.mapTo(window, sibling.rect().topLeft()))
    painter.end()
    return image


def _varied(image: QImage) -> bool:
    """Whether there is more than one flat colour in a picture."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    if image.isNull():
        return False
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)[:, : image.width() * 4].reshape(-1, 4)[:, :3]
    common = np.bincount((pixels.astype(np.int64) @ [1, 256, 65536]) % 65521).max()
    return bool(common < 0.9995 * len(pixels))

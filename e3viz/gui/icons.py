"""Line icons from `resources/icons`, drawn in the colours of the theme and sharp at any density."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from e3viz.pictures.style import Theme
from e3viz.resources import FOLDER

SIDE = 18
DENSITIES = (1.0, 1.5, 2.0, 3.0)


def icon(name: str, theme: Theme) -> QIcon:
    """An icon by name: muted, in the accent colour where its button is on, faint where it is disabled; empty if there is no such file."""
    made = QIcon()
    path = FOLDER / "icons" / f"{name}.svg"
    if not path.exists():
        return made
    source = path.read_text(encoding="utf-8")
    for mode, state, colour in (
        (QIcon.Mode.Normal, QIcon.State.Off, theme.muted),
        (QIcon.Mode.Normal, QIcon.State.On, theme.accent),
        (QIcon.Mode.Disabled, QIcon.State.Off, theme.line),
    ):
        renderer = QSvgRenderer(source.replace("currentColor", colour).encode())
        for density in DENSITIES:
            made.addPixmap(_drawn(renderer, density), mode, state)
    return made


def _drawn(renderer: QSvgRenderer, density: float) -> QPixmap:
    pixmap = QPixmap(round(SIDE * density), round(SIDE * density))
    pixmap.setDevicePixelRatio(density)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, SIDE, SIDE))
    painter.end()
    return pixmap

"""What stands on the screen as pixels, 3D views included.

A QOpenGLWidget that was not painted yet at its present size may come out black in `QWidget.grab`, so every 3D view is read from its own
framebuffer, and what lies over it, such as its legend, is painted anew.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from e3viz.gui.view3d import View3D


def grab(widget: QWidget) -> QImage:
    """A widget with all it holds, in device pixels."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for view in widget.findChildren(View3D):
        if not view.isVisible():
            continue
        picture = view.grab_image()
        picture.setDevicePixelRatio(image.devicePixelRatio())
        painter.drawImage(_corner(view, widget), picture)
        for other in view.parentWidget().children():
            if isinstance(other, QWidget) and other is not view and other.isVisible() and other.geometry().intersects(view.geometry()):
                other.render(painter, _corner(other, widget))
    painter.end()
    return image


def _corner(inner: QWidget, outer: QWidget) -> QPoint:
    return inner.mapTo(outer, QPoint(0, 0))

"""What stands on the screen as pixels, 3D views included.

A QOpenGLWidget that was not painted yet at its present size may come out black in `QWidget.grab`, so every 3D view is read from its own
framebuffer, and what lies over it, such as its legend, is painted anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect
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
        for over in _over(view, widget):
            over.render(painter, _corner(over, widget), over.rect(), QWidget.RenderFlag.DrawChildren)
    painter.end()
    return image


def _over(view: QWidget, widget: QWidget) -> Iterator[QWidget]:
    """What lies over a view: later siblings of it, and of what holds it, that share some of its place."""
    place = QRect(_corner(view, widget), view.size())
    node = view
    while node is not widget:
        siblings = node.parentWidget().children()
        for other in siblings[siblings.index(node) + 1 :]:
            if isinstance(other, QWidget) and other.isVisible() and QRect(_corner(other, widget), other.size()).intersects(place):
                yield other
        node = node.parentWidget()


def _corner(inner: QWidget, outer: QWidget) -> QPoint:
    return inner.mapTo(outer, QPoint(0, 0))

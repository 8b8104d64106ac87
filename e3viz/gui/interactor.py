"""pyvistaqt's OpenGL widget, without the rest of pyvistaqt.

A person would wait for all that comes with it: `pyvistaqt/__init__.py` imports PyVista's plotting and with it matplotlib (0.7 s),
`pyvistaqt/_vtk.py` PyVista's core (0.3 s), and QtPy adapts hundreds of Qt's methods (0.1 s). The widget itself (`pyvistaqt.rwi`) needs two
classes of VTK and some of Qt, so it is imported while bare modules stand in for these three.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

from PySide6 import QtCore, QtGui, QtOpenGLWidgets, QtWidgets
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor


def _widget_class() -> Any:
    if "pyvistaqt" in sys.modules:
        return importlib.import_module("pyvistaqt.rwi").QVTKRenderWindowInteractor
    spec = importlib.util.find_spec("pyvistaqt")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("pyvistaqt is not installed")
    package = _stand_in("pyvistaqt")
    package.__path__ = list(spec.submodule_search_locations)
    _stand_in(
        "pyvistaqt._vtk",
        VTK_BACKEND="vtkmodules",
        vtkGenericOpenGLRenderWindow=vtkGenericOpenGLRenderWindow,
        vtkGenericRenderWindowInteractor=vtkGenericRenderWindowInteractor,
    )
    if "qtpy" not in sys.modules:
        _stand_in("qtpy")
        sys.modules.update(
            {f"qtpy.{module.__name__.removeprefix('PySide6.')}": module for module in (QtCore, QtGui, QtOpenGLWidgets, QtWidgets)}
        )
    try:
        return importlib.import_module("pyvistaqt.rwi").QVTKRenderWindowInteractor
    finally:
        for name in [name for name in sys.modules if name in _standing or name.startswith(tuple(f"{s}." for s in _standing))]:
            del sys.modules[name]


_standing: list[str] = []


def _stand_in(name: str, **contents: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(contents)
    sys.modules[name] = module
    _standing.append(name)
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, module)
    return module


QVTKRenderWindowInteractor = _widget_class()

"""pyvistaqt's OpenGL widget, without the rest of pyvistaqt.

`pyvistaqt/__init__.py` imports PyVista's plotting and with it matplotlib, `pyvistaqt/_vtk.py` PyVista's core: together more than a
second that a person would wait for the window. The widget itself (`pyvistaqt.rwi`) needs two classes of VTK and neither of these, so it
is imported while bare modules stand in for the two.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any

from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow
from vtkmodules.vtkRenderingUI import vtkGenericRenderWindowInteractor


def _widget_class() -> Any:
    if "pyvistaqt" in sys.modules:
        return importlib.import_module("pyvistaqt.rwi").QVTKRenderWindowInteractor
    spec = importlib.util.find_spec("pyvistaqt")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("pyvistaqt is not installed")
    package = types.ModuleType("pyvistaqt")
    package.__path__ = list(spec.submodule_search_locations)
    vtk = types.ModuleType("pyvistaqt._vtk")
    vars(vtk).update(
        VTK_BACKEND="vtkmodules",
        vtkGenericOpenGLRenderWindow=vtkGenericOpenGLRenderWindow,
        vtkGenericRenderWindowInteractor=vtkGenericRenderWindowInteractor,
    )
    vars(package)["_vtk"] = vtk
    sys.modules.update({"pyvistaqt": package, "pyvistaqt._vtk": vtk})
    try:
        return importlib.import_module("pyvistaqt.rwi").QVTKRenderWindowInteractor
    finally:
        for name in [n for n in sys.modules if n == "pyvistaqt" or n.startswith("pyvistaqt.")]:
            del sys.modules[name]


QVTKRenderWindowInteractor = _widget_class()

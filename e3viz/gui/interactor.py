"""pyvistaqt's OpenGL widget, without the rest of pyvistaqt.

`pyvistaqt/__init__.py` imports PyVista's plotting and with it matplotlib, a second that a person would wait for the window. The
widget itself (`pyvistaqt.rwi`) needs neither, so it is imported while a bare module stands in for the package.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any


def _widget_class() -> Any:
    if "pyvistaqt" in sys.modules:
        return importlib.import_module("pyvistaqt.rwi").QVTKRenderWindowInteractor
    spec = importlib.util.find_spec("pyvistaqt")
    if spec is None or spec.submodule_search_locations is None:
        raise ImportError("pyvistaqt is not installed")
    stand_in = types.ModuleType("pyvistaqt")
    stand_in.__path__ = list(spec.submodule_search_locations)
    sys.modules["pyvistaqt"] = stand_in
    try:
        return importlib.import_module("pyvistaqt.rwi").QVTKRenderWindowInteractor
    finally:
        for name in [n for n in sys.modules if n == "pyvistaqt" or n.startswith("pyvistaqt.")]:
            del sys.modules[name]


QVTKRenderWindowInteractor = _widget_class()

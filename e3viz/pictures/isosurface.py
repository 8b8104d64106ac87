"""Isosurfaces of a field on a grid, by VTK's flying edges (Schroeder, Maynard & Geveci, IEEE LDAV 2015)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def isosurface(
    values: NDArray[Any], level: float, origin: NDArray[Any], axes: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points (n, 3) and triangles (m, 3) of the surface where a field takes a value.

    values (nx, ny, nz); origin (3,) of point (0, 0, 0); axes (3, 3): steps from point to point as rows.
    """
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

    if min(values.shape) < 2 or not values.min() < level < values.max():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    image = vtkImageData()
    image.SetDimensions(*values.shape)
    field = numpy_to_vtk(np.ascontiguousarray(values, dtype=np.float64).ravel(order="F"), deep=True)
    image.GetPointData().SetScalars(field)
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    surface = edges.GetOutput()
    if not surface.GetNumberOfPoints():
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    steps = vtk_to_numpy(surface.GetPoints().GetData()).astype(np.float64)
    faces = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    return steps @ np.asarray(axes, dtype=float) + np.asarray(origin, dtype=float), faces

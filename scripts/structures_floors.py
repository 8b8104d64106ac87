"""What no change of ours can go below: shown by bench_structures.py beside figures that are not reached.

`digits`: seconds for the numbers of a LAMMPS dump alone, by the quickest parser there is for Python, from a text already made JSON; reading
the file, finding its lines and making arrays of the columns come on top. `bare`: ms for a picture of single points by nothing but VTK; what
counts is the memory this takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

SIZE = (800, 600)
PIECE = 4000  # lines parsed at once, as many as fit in the cache


def digits(count: int, path: str) -> float:
    import simdjson

    lines = Path(path).read_bytes().split(b"ITEM: ATOMS id type x y z\n")[1].splitlines()[:count]
    texts = [b"[" + b",".join(lines[at : at + PIECE]).replace(b" ", b",") + b"]" for at in range(0, len(lines), PIECE)]
    parser = simdjson.Parser()
    for text in texts[:3]:
        parser.parse(text).as_buffer(of_type="d")
    begin = time.perf_counter()
    for text in texts:
        parser.parse(text).as_buffer(of_type="d")
    return time.perf_counter() - begin


def bare(count: int, path: str) -> float:
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (it draws)
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow

    points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
    for number in range(count):
        points.InsertNextPoint(number % 10, number // 10 % 10, number // 100)
        cells.InsertNextCell(1)
        cells.InsertCellPoint(number)
    data.SetPoints(points)
    data.SetVerts(cells)
    mapper, actor, renderer, window = vtkPolyDataMapper(), vtkActor(), vtkRenderer(), vtkRenderWindow()
    mapper.SetInputData(data)
    actor.SetMapper(mapper)
    renderer.AddActor(actor)
    window.AddRenderer(renderer)
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(*SIZE)
    begin = time.perf_counter()
    window.Render()
    return (time.perf_counter() - begin) * 1e3


FLOORS: dict[str, Callable[[int, str], float]] = {"digits": digits, "bare": bare}

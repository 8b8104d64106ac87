#!/usr/bin/env python3
"""Films beside PyVista's own movie loop: the pyramid of harmonics, l ≤ 4, turning with its coefficients, 1280 × 720 at 30 frames a second.

The peer draws the same surfaces (same points, faces and colours, smooth shading, PyVista's defaults otherwise) with `open_movie` and
`write_frame`, computing new points for every frame as we do. Both write H.264 through the same ffmpeg. Each runs in a process of its own,
in turn; times are wall-clock ms per frame, memory is the most that was resident.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import bench_common as bench

SIZE = (1280, 720)


def ours(frames: int, path: Path) -> float:
    """Seconds that our film of so many frames takes."""
    from e3viz import labs
    from e3viz.export.animation import AnimationOptions, film
    from e3viz.export.figure import FigureOptions
    from e3viz.export.routes import Route, along
    from e3viz.symmetry.element import IDENTITY

    lab = labs.load("harmonics")
    at = along(Route("film", "turn"), lab, lab.State(l_max=4, beside=False, ghost=False), IDENTITY)
    options = AnimationOptions(FigureOptions(*SIZE, title=False, legend=False), fps=30, seconds=frames / 30)
    begin = time.perf_counter()
    film(lab, at, path, options)
    return time.perf_counter() - begin


def surfaces():
    """frame t → points (n, 3) and colours, with faces (m, 3), of the same pyramid."""
    import numpy as np

    from e3viz import labs
    from e3viz.export.routes import Route, along
    from e3viz.symmetry.element import IDENTITY

    lab = labs.load("harmonics")
    at = along(Route("film", "turn"), lab, lab.State(l_max=4, beside=False, ghost=False), IDENTITY)

    def meshes(t: float):
        moment = at(t)
        surface = next(iter(lab.pictures(moment.state, moment.g).panels[0].picture.actors.values()))
        return np.asarray(surface.points), np.asarray(surface.faces), np.asarray(surface.colours)

    return meshes


def peer(frames: int, path: Path, *, movie: bool = True) -> float:
    """Seconds that PyVista takes for the film, or for drawing its frames alone."""
    import numpy as np
    import pyvista

    meshes = surfaces()
    points, faces, colours = meshes(0.0)
    mesh = pyvista.PolyData(points, np.hstack([np.full((len(faces), 1), 3), faces]).ravel())
    mesh["colours"] = colours
    begin = time.perf_counter()
    plotter = pyvista.Plotter(off_screen=True, window_size=SIZE)
    plotter.add_mesh(mesh, scalars="colours", rgb=True, smooth_shading=False)
    if movie:
        plotter.open_movie(str(path), framerate=30, macro_block_size=2)
    plotter.show(auto_close=False, interactive=False)
    begin = time.perf_counter() if not movie else begin
    for k in range(frames):
        if movie:
            mesh.points, _, mesh["colours"] = meshes(k / frames)
            plotter.write_frame()
        else:
            plotter.camera.azimuth += 360.0 / frames
            plotter.render()
            plotter.screenshot(return_img=True)
    plotter.close()
    return time.perf_counter() - begin


def apart(side: str, frames: int) -> tuple[float, float]:
    """Seconds and MB of one side in a process of its own."""
    words = [sys.executable, __file__, "--side", side, str(frames)]
    clean = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=clean)
    seconds, megabytes = done.stdout.split()[-2:]
    return float(seconds), float(megabytes)


def side(name: str, frames: int) -> None:
    import resource

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "film.mp4"
        seconds = ours(frames, path) if name == "ours" else peer(frames, path, movie=name == "movie")
    print(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0)


def results(quick: bool):
    frames, times = (60, 1) if quick else (300, 3)
    mine, theirs = bench.in_turn(lambda: apart("ours", frames)[0], lambda: apart("movie", frames)[0], times, warm=0)
    yield bench.Result.at_most(f"film of {frames} frames, ms per frame", 1e3 * mine / frames, 1e3 * theirs / frames, 1.0)
    frame = 1e3 * apart("frames", frames)[0] / frames
    yield bench.Result.below("a frame of the film beyond one off-screen PyVista frame, ms", 1e3 * mine / frames - frame, 10.0)
    short, long = apart("ours", frames // 2)[1], apart("ours", 2 * frames)[1]
    yield bench.Result.below(f"memory of {2 * frames} frames beside {frames // 2}, ratio", long / short, 1.05)


def main() -> int:
    if "--side" in sys.argv:
        side(sys.argv[2], int(sys.argv[3]))
        return 0
    asked = bench.arguments(__doc__ or "")
    bench.set_up("pyvista", "imageio")
    return bench.write(list(results(asked.quick)), as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Opening, turning, playing and bonding many atoms, beside OVITO (OpenGL, antialiasing level 1), ASE and PyVista's sphere glyphs.

All sides see the same atoms in the same cell, with the same radius, camera and picture size, and read each picture back. Every measurement
is a process of its own, sides take turns, and the medians are kept. OVITO is held at 3.15, the last with an OpenGL renderer.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bench_common as bench
import numpy as np
from structures_floors import FLOORS

SIZE = (800, 600)
RADIUS = 0.8  # Å
SPACING = 2.7  # Å, mean distance of atoms
SYMBOLS = ("Si", "O", "H")
NUMBERS = (14, 8, 1)


def cell_length(count: int) -> float:
    return SPACING * count ** (1 / 3)


def atoms(count: int, frame: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Positions in Å and kinds (0 to 2); from frame to frame all atoms move."""
    rng = np.random.default_rng(count)
    places = rng.uniform(0.0, cell_length(count), (count, 3))
    return places + 0.2 * np.sin(frame + places[:, ::-1]), rng.integers(0, 3, count)


def written(folder: Path, kind: str, count: int, frames: int = 1) -> Path:
    path = folder / f"{count}-{frames}.{kind}"
    if path.exists():
        return path
    length = cell_length(count)
    with path.open("w") as out:
        for frame in range(frames):
            places, kinds = atoms(count, frame)
            if kind == "xyz":
                lattice = f"{length} 0 0 0 {length} 0 0 0 {length}"
                out.write(f'{count}\nLattice="{lattice}" Properties=species:S:1:pos:R:3 pbc="T T T"\n')
                names: Any = np.array(SYMBOLS)[kinds]
                out.writelines(f"{s} {x:.8f} {y:.8f} {z:.8f}\n" for s, (x, y, z) in zip(names, places.tolist(), strict=True))
            else:
                bounds = f"0.0 {length}\n" * 3
                out.write(f"ITEM: TIMESTEP\n{frame}\nITEM: NUMBER OF ATOMS\n{count}\nITEM: BOX BOUNDS pp pp pp\n{bounds}")
                out.write("ITEM: ATOMS id type x y z\n")
                rows = zip(range(1, count + 1), (kinds + 1).tolist(), places.tolist(), strict=True)
                out.writelines(f"{i} {t} {x:.8f} {y:.8f} {z:.8f}\n" for i, t, (x, y, z) in rows)
    return path


def seconds(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def opening(path: str, read: Callable[[str], Any]) -> float:
    """Seconds from a file to all its atoms and arrays, in a program that has read such a file before: imports do not count."""
    small = written(Path(path).parent, Path(path).suffix[1:], 1_000)
    read(str(small))
    return seconds(lambda: read(path))


def per_frame(draw: Callable[[int], Any], least: int = 3, limit: float = 3.0) -> float:
    """The median time of a picture in ms, after two that do not count."""
    draw(0), draw(1)
    times: list[float] = []
    while len(times) < least or (sum(times) < limit and len(times) < 40):
        times.append(seconds(lambda: draw(2 + len(times))))
    return statistics.median(times) * 1e3


def direction(turn: int) -> tuple[float, float, float]:
    """From the eye towards the atoms."""
    return float(np.sin(0.1 * turn)), float(np.cos(0.1 * turn)), -0.2


# ---- ours -------------------------------------------------------------------------------------------------------------------------


class Ours:
    def __init__(self, count: int) -> None:
        from e3viz.pictures import offscreen
        from e3viz.pictures.stage import Stage

        self._shot = offscreen._shot
        self.window = offscreen._window(*SIZE)
        self.stage = Stage(self.window, smooth=False)
        self.count = count
        self._radii = np.full(count, RADIUS)
        self._colours = np.array([[240, 200, 160], [255, 13, 13], [255, 255, 255]], dtype=np.uint8)[atoms(count)[1]]

    def show(self, places: np.ndarray) -> None:
        from e3viz.pictures.scene import Scene, Spheres
        from e3viz.pictures.style import LIGHT

        self.stage.show(Scene({"atoms": Spheres(places, self._radii, self._colours)}), LIGHT)

    def turn(self, turn: int) -> Any:
        from e3viz.pictures.scene import Camera

        x, y, z = direction(turn)
        length = cell_length(self.count)
        self.stage.set_camera(Camera((-x, -y, -z), focal=(length / 2,) * 3, height=1.8 * length, parallel=True))
        return self._shot(self.window)


def ours(what: str, count: int, path: str) -> float:
    if what in FLOORS:
        return FLOORS[what](count, path)
    if what == "open":
        from e3viz.atoms.reading import load

        return opening(path, lambda name: load(name)[0])
    if what == "bonds":
        return our_bonds(count)
    side = Ours(count)
    if what == "play":
        from e3viz.atoms.reading import load

        trajectory = load(path)
        trajectory.wait()
        moving: list[float] = []
        for frame in range(len(trajectory)):
            moving.append(seconds(lambda frame=frame: (side.show(trajectory[frame].positions), side.turn(0))))
        return statistics.median(moving[1:]) * 1e3
    side.show(atoms(count)[0])
    if what == "drag":
        side.turn(0)
        side.stage.hurry(True)
    return per_frame(side.turn)


def our_bonds(count: int) -> float:
    """Diamond, a little shaken, with each half bond a stick: from positions to pixels, in a program that already draws."""
    from e3viz.atoms.bonds import bond_pieces, find_bonds
    from e3viz.atoms.structure import Structure
    from e3viz.pictures.scene import Camera, Scene, Sticks
    from e3viz.pictures.style import LIGHT

    def diamond(repeats: int) -> Structure:
        corners = np.array([[0, 0, 0], [0, 2, 2], [2, 0, 2], [2, 2, 0]])
        basis = np.concatenate([corners, corners + 1]) / 4
        cells = np.stack(np.meshgrid(*[np.arange(repeats)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
        places = (cells[:, None] + basis).reshape(-1, 3) * 3.567
        places = places + np.random.default_rng(1).normal(scale=0.02, size=places.shape)
        return Structure(np.full(len(places), 6, dtype=np.int32), places, np.eye(3) * 3.567 * repeats, (True, True, True))

    side = Ours(1)

    def draw(structure: Structure) -> None:
        pieces = bond_pieces(structure, find_bonds(structure))
        colours = np.full((len(pieces), 3), 120, dtype=np.uint8)
        side.stage.show(Scene({"bonds": Sticks(pieces.starts, pieces.ends, 0.12, colours)}), LIGHT)
        side.stage.set_camera(Camera(parallel=True))
        side._shot(side.window)

    draw(diamond(3))
    large = diamond(round((count / 8) ** (1 / 3)))
    return seconds(lambda: draw(large))


# ---- peers ------------------------------------------------------------------------------------------------------------------------


def ovito(what: str, count: int, path: str) -> float:
    warnings.filterwarnings("ignore", message=".*OVITO.*PyPI.*")
    from ovito.data import DataCollection
    from ovito.io import import_file
    from ovito.pipeline import Pipeline, StaticSource
    from ovito.vis import OpenGLRenderer, Viewport

    if what == "open":
        return opening(path, lambda name: import_file(name).compute())
    if what == "play":
        pipeline = import_file(path)
        particles = pipeline.compute().particles
        pipeline.add_to_scene()
    else:
        data = DataCollection()
        data.create_cell(np.column_stack([np.eye(3) * cell_length(count), np.zeros(3)]), pbc=(True, True, True))
        particles = data.create_particles(count=count)
        places, kinds = atoms(count)
        particles.create_property("Position", data=places)
        particles.create_property("Color", data=np.array([[0.94, 0.78, 0.63], [1, 0.05, 0.05], [1, 1, 1]])[kinds])
        data.cell.vis.enabled = False
        pipeline = Pipeline(source=StaticSource(data=data))
        pipeline.add_to_scene()
    if what == "play":
        # Sizes of the types a file brings would differ from ours
        def same_size(frame: int, data: Any) -> None:
            data.cell_.vis.enabled = False
            data.particles_.create_property("Radius", data=np.full(count, RADIUS))

        pipeline.modifiers.append(same_size)
    else:
        particles.vis.radius = RADIUS
    length = cell_length(count)
    view = Viewport(type=Viewport.Type.Ortho, camera_pos=(length / 2,) * 3, camera_dir=direction(0), fov=0.9 * length)
    renderer = OpenGLRenderer(antialiasing_level=1)

    def draw(turn: int, frame: int = 0) -> bytes:
        view.camera_dir = direction(turn)
        picture = view.render_image(size=SIZE, renderer=renderer, frame=frame)  # it must outlive its bits
        return bytes(picture.constBits())

    if what == "play":
        moving = [seconds(lambda frame=frame: draw(0, frame)) for frame in range(pipeline.num_frames)]
        return statistics.median(moving[1:]) * 1e3
    return per_frame(draw)


def glyphs(what: str, count: int, path: str) -> float:
    import pyvista

    mesh = pyvista.PolyData(atoms(count)[0])
    ball = pyvista.Sphere(radius=RADIUS, theta_resolution=12, phi_resolution=12)
    plotter = pyvista.Plotter(off_screen=True, window_size=SIZE)
    plotter.add_mesh(mesh.glyph(geom=ball, scale=False, orient=False))
    length = cell_length(count)
    middle = np.full(3, length / 2)

    def draw(turn: int) -> Any:
        plotter.camera_position = [tuple(middle - 3 * length * np.array(direction(turn))), tuple(middle), (0, 0, 1)]
        plotter.camera.parallel_projection = True
        plotter.camera.parallel_scale = 0.9 * length
        plotter.reset_camera_clipping_range()
        plotter.render()
        return plotter.screenshot(return_img=True)

    plotter.show(auto_close=False)
    return per_frame(draw, least=2)


def ase(what: str, count: int, path: str) -> float:
    from ase.io import read

    return opening(path, lambda name: read(name, format="extxyz" if name.endswith("xyz") else "lammps-dump-text"))


SIDES = {"ours": ours, "ovito": ovito, "glyphs": glyphs, "ase": ase}


def highest_memory() -> float:
    """Of this process so far, in MB; NaN where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("VmHWM")), float("nan"))


# ---- the whole --------------------------------------------------------------------------------------------------------------------


class Turns:
    """Runs sides in processes of their own, and remembers that one cannot run here."""

    def __init__(self) -> None:
        self.broken: set[str] = set()
        self.memory: dict[tuple[str, str, int], float] = {}

    def once(self, side: str, what: str, count: int, path: str = "") -> float:
        call = [sys.executable, __file__, "--side", side, what, str(count), path]
        done = subprocess.run(call, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{side} could not {what} {count} atoms: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}")
        spent, memory = json.loads(done.stdout.splitlines()[-1])
        self.memory[side, what, count] = max(memory, self.memory.get((side, what, count), 0.0))
        return float(spent)

    def both(self, peer: str, what: str, count: int, path: str = "", times: int = 3) -> tuple[float, float | None]:
        other = None
        if peer not in self.broken:
            try:
                self.once(peer, what, count, path)
                other = lambda: self.once(peer, what, count, path)  # noqa: E731
            except RuntimeError as error:
                bench.say(str(error))
                self.broken.add(peer)
        return bench.in_turn(lambda: self.once("ours", what, count, path), other, times, warm=0)


def measure(folder: Path, *, quick: bool) -> list[bench.Result]:
    turns, results = Turns(), []
    times = 1 if quick else 3
    sizes = [1_000, 10_000, 100_000] + ([] if quick else [1_000_000])
    faster = {10_000: 1.0, 100_000: 1 / 1.5, 1_000_000: 0.5}
    for kind, name in (("xyz", "extended XYZ"), ("dump", "LAMMPS dump")):
        for count in sizes[2:]:
            path = str(written(folder, kind, count))
            for peer, ratio in (("ase", 1 / 8), ("ovito", 1.5)):
                mine, theirs = turns.both(peer, "open", count, path, times)
                results.append(bench.Result.at_most(f"open {name}, {count:.0e} atoms, {peer}, s", mine, theirs, ratio))
                if kind == "dump" and peer == "ase":
                    floor = turns.once("ours", "digits", count, path)
                    results.append(bench.Result.at_most(f"  its digits alone, by simdjson, {count:.0e} atoms, {peer}, s", floor, theirs))
    for count in sizes:
        mine, theirs = turns.both("ovito", "turn", count, times=times)
        results.append(bench.Result.at_most(f"turn {count:.0e} atoms, ovito, ms", mine, theirs, faster.get(count)))
        memory = turns.memory["ours", "turn", count], turns.memory.get(("ovito", "turn", count))
        results.append(bench.Result.at_most(f"memory, turn {count:.0e} atoms, ovito, MB", *memory, 1.0))
        if count == sizes[0]:
            turns.once("ours", "bare", count)
            least = turns.memory["ours", "bare", count]
            results.append(bench.Result.at_most(f"  memory, a bare VTK window with {count:.0e} points, ovito, MB", least, memory[1]))
        if count == 10_000 or (count == 100_000 and not quick):  # a million balls of 264 triangles would not fit in memory
            mine, theirs = turns.both("glyphs", "turn", count, times=1)
            results.append(bench.Result.at_most(f"turn {count:.0e} atoms, glyphs, ms", mine, theirs, 0.1))
    for count in (1_000, 10_000, 20_000):
        spent = statistics.median(turns.once("ours", "drag", count) for _ in range(times))
        results.append(bench.Result.below(f"turn {count:.0e} atoms while dragging, ms", spent, 33.0))
    for count in sizes[1:3]:
        path = str(written(folder, "xyz", count, 4 if quick else 9))
        mine, theirs = turns.both("ovito", "play", count, path, times)
        results.append(bench.Result.at_most(f"play {count:.0e} atoms, ovito, ms", mine, theirs, 1.0))
    spent = statistics.median(turns.once("ours", "bonds", 100_000) for _ in range(times))
    results.append(bench.Result.below("find and draw the bonds of 1e+05 atoms, s", spent, 1.0))
    return results


def main() -> int:
    if sys.argv[1:2] == ["--side"]:
        side, what, count, path = sys.argv[2:6]
        spent = SIDES[side](what, int(count), path)
        print(json.dumps([spent, highest_memory()]), flush=True)
        os._exit(0)  # what a peer does on its way out is not measured
    options = bench.arguments(__doc__ or "")
    bench.set_up("ovito", "pyvista", "ase")
    with tempfile.TemporaryDirectory() as folder, bench.display():
        return bench.write(measure(Path(folder), quick=options.quick), as_json=options.json)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""The Features lab on a cell of 1,008 atoms, its audit, and its surfaces beside PyVista's: one mesh per atom, as one would write it.

Times are wall-clock and begin with a choice (a frame, a channel) and end when all of the lab's pictures are made and the scene is drawn
off-screen in software, 800 × 600. The model is the bundled NequIP of three layers, the cell 112 molecules of ethanol of the bundled data,
turned at random, on a lattice of 5.6 Å.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import bench_common as bench
import numpy as np

SIZE = (800, 600)
MOLECULES = 112
MODEL = "ethanol-nequip.e3p"


def crowd(folder: Path) -> Path:
    """A file with two frames of the cell."""
    from e3viz.atoms.reading import load
    from e3viz.resources import FOLDER
    from e3viz.symmetry.element import Element

    frames, random = load(FOLDER / "ethanol_pbe.extxyz"), np.random.default_rng(0)
    side = round(MOLECULES ** (1.0 / 3.0) + 0.49)
    places = np.stack(np.meshgrid(*[np.arange(side)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)[:MOLECULES] * 5.6
    path = folder / "crowd.xyz"
    with path.open("w") as out:
        for frame in range(2):
            out.write(
                f'{MOLECULES * 9}\nLattice="{5.6 * side} 0 0 0 {5.6 * side} 0 0 0 {5.6 * side}" Properties=species:S:1:pos:R:3 pbc="T T T"\n'
            )
            for k, place in enumerate(places):
                one = frames[10 * k + frame]
                turned = Element.random(random).act(one.positions - one.positions.mean(axis=0)) + place
                out.writelines(
                    f"{'HCO'[(1, 6, 8).index(int(z))]} {x:.6f} {y:.6f} {w:.6f}\n" for z, (x, y, w) in zip(one.numbers, turned, strict=True)
                )
    return path


class Drawing:
    """A stage as the window has one: what is there is drawn anew in place."""

    def __init__(self) -> None:
        from e3viz.pictures.offscreen import _window
        from e3viz.pictures.stage import Stage

        self._window = _window(*SIZE)
        self._stage, self._begun = Stage(self._window), False

    def of(self, state, lab) -> tuple[float, int]:
        """Seconds from the choice of a state to its picture, and the actors that hold its surfaces."""
        from e3viz.pictures.scene import Surface
        from e3viz.pictures.style import LIGHT
        from e3viz.symmetry.element import IDENTITY

        begin = time.perf_counter()
        scene = lab.pictures(state, IDENTITY).panel("features").picture
        self._stage.show(scene, LIGHT)
        if not self._begun:
            self._stage.set_camera(scene.camera)
            self._begun = True
        self._window.Render()
        return time.perf_counter() - begin, sum(isinstance(actor, Surface) for actor in scene.actors.values())


def by_glyphs(state) -> float:
    """Seconds for the surfaces of one channel, a PyVista mesh and actor for each atom."""
    import pyvista

    from e3viz.labs.features.scenes import wanted
    from e3viz.labs.features.source import layer, seen, signal
    from e3viz.symmetry.harmonics import spherical_harmonics
    from e3viz.symmetry.many_surfaces import points_for
    from e3viz.symmetry.surfaces import sphere_mesh

    now, one = seen(state), layer(state)
    coefficients = signal(one, state.channel, wanted(state, one))
    l_max = int(np.sqrt(coefficients.shape[1])) - 1
    mesh = sphere_mesh(points_for(len(coefficients)))
    faces = np.column_stack([np.full(len(mesh.faces), 3), mesh.faces])
    begin = time.perf_counter()
    plotter = pyvista.Plotter(off_screen=True, window_size=SIZE)
    basis = spherical_harmonics(l_max, mesh.points.astype(float))
    for centre, own in zip(now.structure.positions, coefficients, strict=True):
        values = basis @ own
        surface = pyvista.PolyData(centre + mesh.points * np.abs(values)[:, None], faces)
        plotter.add_mesh(surface, scalars=values, cmap="RdBu_r", show_scalar_bar=False, smooth_shading=True)
    plotter.show(auto_close=False)
    plotter.screenshot(return_img=True)
    plotter.close()
    return time.perf_counter() - begin


def results(quick: bool) -> list[bench.Result]:
    from e3viz import labs
    from e3viz.labs.features.source import seen
    from e3viz.potentials.audit import audit
    from e3viz.potentials.opening import open_potential
    from e3viz.resources import FOLDER

    lab = labs.load("features")
    with tempfile.TemporaryDirectory() as folder:
        state = replace(lab.State(), file=str(crowd(Path(folder))), layer=2)
        drawing = Drawing()
        drawing.of(state, lab)  # torch is imported and the model opened once
        choices, channels = [], []
        for turn in range(2 if quick else 5):
            seen.__globals__["_seen"].cache_clear()
            choices.append(drawing.of(replace(state, frame=turn % 2), lab)[0])
            channels.append(drawing.of(replace(state, frame=turn % 2, channel=turn + 1), lab))
            bench.say(f"choice {choices[-1]:.3f} s, channel {channels[-1][0]:.3f} s")
        others = [by_glyphs(replace(state, channel=k)) for k in range(1 if quick else 2)]
        lines = [
            bench.Result.below(
                "features of a 3-layer network on 1,008 atoms, from the choice to the picture, s", statistics.median(choices), 1.0
            ),
            bench.Result.below("another channel, s", statistics.median(seconds for seconds, _ in channels), 0.1),
            bench.Result.at_most(
                "another channel beside a PyVista mesh for each atom, s",
                statistics.median(s for s, _ in channels),
                statistics.median(others),
            ),
            bench.Result.below("actors that hold all surfaces", max(count for _, count in channels), 1),
        ]
    model = open_potential(FOLDER / "models" / MODEL)
    from e3viz.atoms.reading import load

    begin = time.perf_counter()
    said = audit(model, [load(FOLDER / "ethanol_pbe.extxyz")[0]])
    seconds = time.perf_counter() - begin
    tests = ("rotation", "inversion", "translation", "permutation")
    largest = {p: max(f.error for f in said.findings if f.precision == p and f.test in tests) for p in ("float32", "float64")}
    return [
        *lines,
        bench.Result.below("audit of the bundled model on one frame, s", seconds, 20.0),
        bench.Result.below("largest relative error of a symmetry, float32", largest["float32"], 1e-5),
        bench.Result.below("largest relative error of a symmetry, float64", largest["float64"], 1e-12),
    ]


def main() -> int:
    asked = bench.arguments(__doc__ or "")
    bench.set_up("pyvista")
    return bench.write(results(asked.quick), as_json=asked.json)


if __name__ == "__main__":
    sys.exit(main())

"""“Copy as Python”: a script with ASE and PyVista that draws what the Structures lab shows."""

from __future__ import annotations

from e3viz.labs.structures.prepare import frame_of
from e3viz.labs.structures.source import path_of, trajectory
from e3viz.labs.structures.state import State
from e3viz.symmetry.element import Element

HEAD = '''"""Made by e3viz: frame {frame} of {name}, drawn with ASE and PyVista."""
import numpy as np
import pyvista as pv
from ase.data import colors, covalent_radii
from ase.io import read
from ase.neighborlist import neighbor_list

atoms = read({path!r}, index={frame}{format})
'''
FORCES = "vectors = {source}  # {name}\n"
REPEAT = "atoms = atoms.repeat({supercell!r})\n"
MOVE = """
# The element g of E(3): x -> M x + t
M = np.array({matrix})
t = np.array({shift})
atoms.positions = atoms.positions @ M.T + t
atoms.cell = atoms.cell.array @ M.T
"""
MOVE_VECTORS = "vectors = vectors @ M.T\n"
DRAW_ATOMS = """
plotter = pv.Plotter()
for number in set(atoms.numbers):
    points = pv.PolyData(atoms.positions[atoms.numbers == number])
    radius = {scale:g} * covalent_radii[number]
    balls = points.glyph(geom=pv.Sphere(radius=radius, theta_resolution=32, phi_resolution=32), scale=False, orient=False)
    plotter.add_mesh(balls, color=colors.jmol_colors[number], smooth_shading=True)
"""
DRAW_BONDS = """
reach = {{}}
for a in set(atoms.numbers):
    for b in set(atoms.numbers):
        reach[int(a), int(b)] = {reach:g} * (covalent_radii[a] + covalent_radii[b])
i, vectors_ij = neighbor_list("iD", atoms, reach)
for start, step in zip(atoms.positions[i], vectors_ij):  # each bond is met from both ends: half of it each time
    plotter.add_mesh(pv.Tube(start, start + step / 2, radius={radius:g}), color="#b0b4bc")
"""
DRAW_ARROWS = """
arrows = pv.PolyData(atoms.positions)
arrows["vectors"] = vectors * {scale:g}
arrows["length"] = np.linalg.norm(arrows["vectors"], axis=1)
plotter.add_mesh(arrows.glyph(orient="vectors", scale="length", geom=pv.Arrow()), color="#2f55d4")
"""
DRAW_CELL = """
if atoms.cell.rank == 3:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    edges = [(a, b) for a in range(8) for b in range(a) if np.abs(corners[a] - corners[b]).sum() == 1]
    for a, b in edges:
        plotter.add_mesh(pv.Line(corners[a] @ atoms.cell.array{shift}, corners[b] @ atoms.cell.array{shift}), color="grey")
"""


LITERAL = '''"""Made by e3viz: an edited frame of {name}, drawn with ASE and PyVista."""
import numpy as np
import pyvista as pv
from ase import Atoms
from ase.data import colors, covalent_radii
from ase.neighborlist import neighbor_list

atoms = Atoms(
    numbers={numbers},
    positions={positions},
    cell={cell},
    pbc={pbc},
)
'''


def code(state: State, g: Element) -> str:
    """The script, for this state and g."""
    frames = trajectory(state.file)
    structure = frame_of(state)
    path = str(path_of(state.file).resolve())
    format_ = ', format="extxyz"' if frames.format == "extxyz" else ""
    name = path_of(state.file).name
    written_out = bool(state.edits.strip()) or state.cell_choice != "as in the file"
    if written_out:
        head = LITERAL.format(
            name=name, numbers=structure.numbers.tolist(), positions=structure.positions.tolist(), cell=structure.cell.tolist(),
            pbc=list(structure.pbc),
        )  # fmt: skip
    else:
        head = HEAD.format(frame=state.frame, name=name, path=path, format=format_)
    parts = [head]
    arrows = state.arrows in structure.arrays and structure.arrays[state.arrows].ndim == 2
    if arrows:
        source = "atoms.get_forces()" if state.arrows == "forces" else f"atoms.arrays[{state.arrows!r}]"
        if written_out:
            source = f"np.array({structure.arrays[state.arrows].tolist()})"
        parts.append(FORCES.format(source=source, name=state.arrows))
    if state.supercell != (1, 1, 1):
        parts.append(REPEAT.format(supercell=state.supercell))
        parts.append(f"vectors = np.tile(vectors, ({state.supercell[0] * state.supercell[1] * state.supercell[2]}, 1))\n" if arrows else "")
    if not g.is_identity:
        parts.append(MOVE.format(matrix=g.linear.tolist(), shift=list(g.translation)))
        parts.append(MOVE_VECTORS if arrows else "")
    parts.append(DRAW_ATOMS.format(scale=1.6 if state.style == "space filling" else 0.6 if state.style == "ball and stick" else 0.1))
    if state.bonds and state.style != "space filling":
        parts.append(DRAW_BONDS.format(reach=1.15, radius=0.16 if state.style == "ball and stick" else 0.035))
    if arrows:
        parts.append(DRAW_ARROWS.format(scale=state.arrow_scale))
    if state.cell and structure.cell.any():
        parts.append(DRAW_CELL.format(shift="" if g.is_identity else " + t"))
    parts.append("\nplotter.show()\n")
    return "".join(parts)

"""The Structures lab without a window."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.singlepoint import SinglePointCalculator
from ase.io import write

from e3viz.atoms.measure import measure
from e3viz.errors import FileError, UserError
from e3viz.labs.fields import change, knobs
from e3viz.labs.lab import Fact, Hit
from e3viz.labs.structures import LAB
from e3viz.labs.structures.actions import open_file
from e3viz.labs.structures.prepare import prepare, selection
from e3viz.labs.structures.state import State
from e3viz.labs.structures.symmetry import symmetry_of
from e3viz.pictures.chart import Chart
from e3viz.pictures.colourmaps import DIVERGING
from e3viz.pictures.scene import Arrows, Labels, Scene, Segments, Spheres, Sticks
from e3viz.symmetry.element import IDENTITY, Element

QUARTER = Element(axis=(0, 0, 1), angle=90.0)


def scene_of(state: State, g: Element = IDENTITY) -> Scene:
    picture = LAB.pictures(state, g).panel("structure").picture
    assert isinstance(picture, Scene)
    return picture


@pytest.fixture
def salt(tmp_path: Path) -> State:
    path = tmp_path / "rock salt.xyz"
    write(path, bulk("NaCl", "rocksalt", a=5.64, cubic=True), format="extxyz")
    return open_file(State(), path)


def test_first_picture_is_ethanol_with_its_forces() -> None:
    scene = scene_of(State())
    atoms, bonds, arrows = scene.actors["atoms"], scene.actors["bonds"], scene.actors["arrows"]
    assert isinstance(atoms, Spheres) and len(atoms.centres) == 9 and atoms.pickable
    assert isinstance(bonds, Sticks) and len(bonds.starts) == 16
    assert isinstance(arrows, Arrows) and len(arrows.vectors) == 9
    assert [key.text for key in scene.legend][:4] == ["H", "C", "O", "forces"]
    sheet = LAB.pictures(State(), IDENTITY)
    assert sheet.title == "C₂H₆O" and "9 atoms" in sheet.subtitle


def test_frames_share_what_does_not_change() -> None:
    first, second = scene_of(State()), scene_of(State(frame=1))
    assert first.actors["atoms"].colours is second.actors["atoms"].colours  # type: ignore[attr-defined]
    assert first.actors["atoms"].radii is second.actors["atoms"].radii  # type: ignore[attr-defined]


def test_g_moves_everything_and_leaves_a_ghost() -> None:
    g = Element(axis=(0, 0, 1), angle=90.0, inversion=True, translation=(1, 2, 3))
    before, after = scene_of(State()), scene_of(State(), g)
    np.testing.assert_allclose(after.actors["atoms"].centres, g.act(before.actors["atoms"].centres))  # type: ignore[attr-defined]
    np.testing.assert_allclose(after.actors["arrows"].vectors, before.actors["arrows"].vectors @ g.linear.T)  # type: ignore[attr-defined]
    np.testing.assert_allclose(after.actors["ghost atoms"].centres, before.actors["atoms"].centres)  # type: ignore[attr-defined]
    assert "ghost atoms" not in scene_of(State(ghost=False), g).actors
    check = LAB.check(State(), g)
    assert check is not None and 0 < check.error < 1e-13


def test_axial_vectors_do_not_flip(tmp_path: Path) -> None:
    atoms = Atoms("Fe2", [[0, 0, 0], [0, 0, 2]])
    atoms.arrays["magmoms"] = np.array([[0.0, 0.0, 2.0], [0.0, 1.0, 0.0]])
    write(tmp_path / "spins.xyz", atoms, format="extxyz")
    state = change(open_file(State(), tmp_path / "spins.xyz"), arrows="magmoms", arrow_scale=1.0)
    moved = scene_of(state, Element(inversion=True)).actors["arrows"]
    np.testing.assert_allclose(moved.vectors, atoms.arrays["magmoms"])  # type: ignore[attr-defined]


def test_styles() -> None:
    assert "bonds" not in scene_of(State(style="space filling")).actors
    filling, sticks = (scene_of(State(style=s)).actors["atoms"].radii for s in ("space filling", "ball and stick"))  # type: ignore[attr-defined]
    assert (filling > 2 * sticks).all()


def test_supercell_bonds_cell_and_labels(salt: State) -> None:
    assert salt.arrows == "none"
    scene = scene_of(change(salt, supercell=(2, 1, 1), labels="symbol"))
    assert len(scene.actors["atoms"].centres) == 45  # type: ignore[attr-defined]
    bare = scene_of(change(salt, supercell=(2, 1, 1), images=False))
    assert len(bare.actors["atoms"].centres) == 16  # type: ignore[attr-defined]
    assert isinstance(scene.actors["cell"], Segments)
    labels = scene.actors["labels"]
    assert isinstance(labels, Labels) and set(labels.texts) == {"Na", "Cl"}
    with pytest.raises(UserError, match="no lattice vector"):
        LAB.pictures(State(supercell=(2, 1, 1)), IDENTITY)


def test_colour_by_array_has_a_colour_bar() -> None:
    scene = scene_of(change(State(), colour_by="forces"))
    assert scene.colour_bar is not None and "eV/Å" in scene.colour_bar.label
    assert scene.colour_bar.low < scene.colour_bar.high


def test_a_range_of_colours_can_be_typed() -> None:
    forces = change(State(), colour_by="forces")
    plain, wide = scene_of(forces), scene_of(change(forces, colour_range="0 50"))
    assert wide.colour_bar is not None and (wide.colour_bar.low, wide.colour_bar.high) == (0.0, 50.0)
    assert (wide.actors["atoms"].colours != plain.actors["atoms"].colours).any()  # type: ignore[attr-defined]
    both = scene_of(change(forces, colour_range="-2 2"))
    assert both.colour_bar is not None and both.colour_bar.colours is DIVERGING
    assert scene_of(change(forces, colour_range="")).colour_bar == plain.colour_bar
    for wrong in ("1", "2 1", "1 1", "1 2 3", "nan 1", "a b"):
        with pytest.raises(UserError):
            change(forces, colour_range=wrong)


def test_frames_chart_and_seeking() -> None:
    chart = LAB.pictures(State(), IDENTITY).panel("frames")
    assert isinstance(chart.picture, Chart) and not chart.figure
    LAB.settle(State())
    settled = LAB.pictures(State(), IDENTITY).panel("frames").picture
    assert isinstance(settled, Chart)
    assert [plot.label for plot in settled.plots] == ["energy", "largest force", ""] and not LAB.settle(State())
    assert LAB.pick(State(), Hit("frames", position=(411.6, 0.0))).frame == 412  # type: ignore[union-attr]
    assert LAB.pick(State(), Hit("frames", position=(1e9, 0.0))).frame == 1196  # type: ignore[union-attr]


def test_picking_one_to_four_atoms() -> None:
    state = LAB.pick(State(), Hit("structure", "atoms", 2))
    assert state is not None and state.selected == (2,)
    for index in (0, 1, 5, 6):
        state = LAB.pick(state, Hit("structure", "atoms", index, keys=frozenset({"shift"})))
        assert state is not None
    assert state.selected == (0, 1, 5, 6)
    texts = [fact.section for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Fact)]
    assert any("C0 – C1 – H5 – H6" in text for text in texts)
    assert "selected" in scene_of(state).actors
    assert LAB.pick(state, Hit("structure")).selected == ()  # type: ignore[union-attr]


def test_a_click_on_an_image_selects_its_atom(salt: State) -> None:
    state = LAB.pick(salt, Hit("structure", "atoms", 20))
    assert state is not None and 0 <= state.selected[0] < 8


def test_hover_names_the_atom() -> None:
    assert LAB.hover(State(), Hit("structure", "atoms", 2)).startswith("O2")
    assert LAB.hover(State(), Hit("structure", "atoms", 99)) == ""


def test_facts_are_the_files_numbers() -> None:
    found = {fact.label: fact.value for fact in LAB.facts(State(), IDENTITY) if isinstance(fact, Fact)}
    assert found["Energy"] == "−4209.861 eV"
    assert found["Largest force"].endswith("eV/Å")


def test_unknown_frame_and_missing_file() -> None:
    with pytest.raises(UserError, match="frames 0 to 1196"):
        LAB.pictures(State(frame=5000), IDENTITY)
    with pytest.raises(FileError):
        LAB.pictures(State(file="/nowhere/at all.xyz"), IDENTITY)


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    write(path, molecule("H2O"))
    state = open_file(State(), path)
    assert len(scene_of(state).actors["atoms"].centres) == 3  # type: ignore[attr-defined]
    write(path, molecule("CH4"))
    assert len(scene_of(state).actors["atoms"].centres) == 5  # type: ignore[attr-defined]


@pytest.mark.slow
def test_code_runs_and_draws(tmp_path: Path, salt: State) -> None:
    atoms = bulk("Cu", cubic=True) * (2, 1, 1)
    atoms.calc = SinglePointCalculator(atoms, energy=-1.0, forces=np.ones((len(atoms), 3)))
    write(tmp_path / "cu.xyz", atoms)
    for number, state in enumerate((State(), salt, change(open_file(State(), tmp_path / "cu.xyz"), supercell=(2, 1, 1)))):
        script = LAB.code(state, QUARTER).replace("plotter.show()", f"plotter.screenshot({str(tmp_path / f'{number}.png')!r})")
        script = "import pyvista\npyvista.OFF_SCREEN = True\n" + script
        subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
        assert (tmp_path / f"{number}.png").stat().st_size > 5000


@pytest.mark.parametrize("sample", ["benzene", "quartz", "rocksalt"])
def test_every_operation_is_drawn_and_said(sample: str) -> None:
    state = open_sample(sample)
    operations = symmetry_of(state).operations  # type: ignore[union-attr]
    assert len(operations) > 5
    for number, operation in enumerate(operations):
        chosen = LAB.pick(state, Hit("table:operations", index=number))
        assert chosen is not None
        actors = {name for name in scene_of(chosen).actors if name.startswith("operation")}
        assert bool(actors) == (operation.kind not in ("identity", "translation")), operation.text
        said = {fact.label: fact.value for fact in LAB.facts(chosen, IDENTITY) if isinstance(fact, Fact)}
        assert said["Operation"] == operation.text and said["Atoms go"]


def test_select_hide_and_edit() -> None:
    state = change(State(), select="C", hide="H", edits="delete O\nmove 0 0.5 0 0\nadd N 0 0 3")
    scene = scene_of(state)
    assert len(scene.actors["atoms"].centres) == 3 and len(scene.actors["selected"].centres) == 2  # type: ignore[attr-defined]
    assert "arrows" not in scene.actors, "forces of another geometry are not these atoms' forces"
    with pytest.raises(UserError, match="Line 2"):
        LAB.pictures(change(State(), edits="centre\nfly away"), IDENTITY)
    with pytest.raises(UserError):
        LAB.pictures(change(State(), hide="z >"), IDENTITY)


def test_extras(tmp_path: Path) -> None:
    assert "polyhedra" in scene_of(change(open_sample("perovskite"), polyhedra="Ti")).actors
    atoms = molecule("H2O")
    atoms.arrays["shielding"] = np.random.default_rng(0).normal(size=(3, 9))
    write(tmp_path / "t.xyz", atoms, format="extxyz")
    state = change(open_file(State(), tmp_path / "t.xyz"), ellipsoids="shielding")
    assert len(scene_of(state).actors["ellipsoids"].points) % 3 == 0  # type: ignore[attr-defined]
    sizes = [scene_of(one).actors["atoms"].radii for one in (state, change(state, ellipsoids="none"))]  # type: ignore[attr-defined]
    assert (sizes[0] < sizes[1]).all(), "balls do not hide ellipsoids"
    kept = change(State(), kept=[[0, 1], [0, 1, 2]])
    assert scene_of(kept).actors["measured"].texts[0].endswith("Å")  # type: ignore[attr-defined]


def test_what_is_selected_is_measured_in_the_picture_the_tab_and_the_status_bar() -> None:
    state = change(State(), kept=[[0, 1]], selected=[0, 1, 2])
    texts = scene_of(state).actors["measured"].texts  # type: ignore[attr-defined]
    assert [text[-1] for text in texts] == ["Å", "°"]
    told = [fact for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Fact) and fact.tab == "Atoms"]
    assert [fact.status for fact in told] == [False, True]
    assert told[-1].value == texts[-1]
    assert len(scene_of(change(state, selected=[0, 1])).actors["measured"].texts) == 1  # type: ignore[attr-defined]


def test_isosurface_of_a_cube_file(tmp_path: Path) -> None:
    from ase.io.cube import write_cube

    grid = np.linspace(-3, 3, 24)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    with (tmp_path / "orbital.cube").open("w") as stream:
        atoms = Atoms("H", [[3, 3, 3]], cell=[6, 6, 6])
        write_cube(stream, atoms, data=x * np.exp(-(x**2 + y**2 + z**2)))
    state = open_file(State(), tmp_path / "orbital.cube")
    name = knobs(State)["volume"].options(state)[1]  # type: ignore[index]
    scene = scene_of(change(state, volume=name, isovalue=0.3))
    plus, minus = scene.actors["isosurface +"], scene.actors["isosurface −"]
    assert plus.points[:, 0].min() > 3.0 - 0.3 > minus.points[:, 0].max() - 0.6  # type: ignore[attr-defined]


def test_distributions_and_plots() -> None:
    sheet = LAB.pictures(change(State(), distribution="bond lengths, file"), IDENTITY)
    chart = sheet.panel("distribution").picture
    assert isinstance(chart, Chart) and len(chart.plots) >= 3
    assert chart.x.label == "distance, Å"


def test_saving_what_is_on_view(tmp_path: Path) -> None:
    from ase.io import read

    LAB.save_file(change(open_sample("diamond"), supercell=(2, 1, 1)), QUARTER, tmp_path / "d.cif")  # type: ignore[misc]
    assert len(read(tmp_path / "d.cif")) == 16
    LAB.save_file(change(open_sample("water"), edits="add He 0 0 3"), IDENTITY, tmp_path / "w.xyz")  # type: ignore[misc]
    assert read(tmp_path / "w.xyz").get_chemical_formula() == "H2HeO"


def open_sample(name: str) -> State:
    return next(action for action in LAB.actions if action.name == f"sample-{name}").apply(State())


def _done(name: str, state: State) -> State:
    after = next(action for action in LAB.actions if action.name == name).apply(state)
    assert isinstance(after, State)
    return after


def test_atoms_around_the_selection_without_an_expression() -> None:
    state = State(selected=(2,), around=1.7)
    structure = prepare(state).structure
    near = np.linalg.norm(structure.positions - structure.positions[2], axis=1) <= 1.7
    np.testing.assert_array_equal(selection(state, structure), near)
    assert selection(replace(state, selected=()), structure).sum() == 0
    left = len(prepare(_done("delete-selected", state)).structure)
    assert left == len(structure) - near.sum()
    both = _done("hide-selected", replace(state, select="H and not (index in 0:2)"))
    assert both.around == 0.0 and prepare(both).hidden.sum() > near.sum()


def test_deleting_keeps_measures_on_their_atoms() -> None:
    state = State(selected=(0,), kept=((1, 2), (0, 1)), bonds_added=((2, 5),))
    before = measure(prepare(state).structure, (1, 2))[-1]
    after = _done("delete-selected", state)
    assert after.kept == ((0, 1),) and after.bonds_added == ((1, 4),) and not after.selected
    assert measure(prepare(after).structure, (0, 1))[-1][1] == before[1]
    assert "measured" not in scene_of(replace(after, hide="index in 0")).actors


def test_edits_by_one_click_are_refused_before_they_are_written_down(salt: State) -> None:
    asking = {action.name: action for action in LAB.actions if action.asks}
    moved = asking["move-selected"].apply(replace(salt, supercell=(2, 1, 1), selected=(9,)), "0 0 0.25")
    np.testing.assert_allclose(prepare(moved).one.positions[1] - prepare(salt).one.positions[1], [0, 0, 0.25])
    assert asking["change-element"].apply(moved, "K").edits.splitlines()[-1] == "element 1 K"
    assert len(prepare(asking["add-atom"].apply(salt, "He 1 1 1")).one) == 9
    assert len(prepare(asking["repeat-cell"].apply(salt, "1 2 1")).one) == 16
    for name, answer in (("move-selected", "0 0"), ("change-element", "Qq"), ("strain", "one"), ("repeat-cell", "0 1 1")):
        with pytest.raises(UserError):
            asking[name].apply(moved, answer)


def test_measures_end_at_atoms_that_are_seen(salt: State) -> None:
    there = int(np.argmin(np.linalg.norm(prepare(salt).structure.positions - [2.82, 0, 0], axis=1)))
    across = scene_of(replace(salt, images=False, edits="move 0 -0.3 0 0", kept=((0, there),))).actors
    images = across["measured images"]
    assert isinstance(images, Spheres) and len(images.centres) == 1
    measured = across["measures"]
    assert isinstance(measured, Segments)
    np.testing.assert_allclose(images.centres[0], measured.ends[0], atol=1e-9)
    assert "measured images" not in scene_of(replace(State(), kept=((0, 1),))).actors

"""The Features lab on the bundled network: what is drawn turns with g, scalars stand still, clicks find atoms and layers, the audit passes."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from potentials.toys import E3NN

from e3viz import labs
from e3viz.atoms.edit import act
from e3viz.errors import UserError
from e3viz.labs.features import committee, describe, distance, errors, moving, source
from e3viz.labs.features.dissected import anatomy, worths
from e3viz.labs.features.scenes import force_sets
from e3viz.labs.features.source import seen
from e3viz.labs.features.state import ALL, State
from e3viz.labs.features.vanishing import allowed, site
from e3viz.labs.fields import change, knobs
from e3viz.labs.lab import Card, Elsewhere, Fact, Hit, Table
from e3viz.pictures.chart import Bars, Chart, Heat
from e3viz.pictures.scene import Scene, Surface
from e3viz.potentials.opening import open_potential
from e3viz.potentials.trusted import UntrustedError, trust
from e3viz.symmetry.element import IDENTITY, Element
from e3viz.symmetry.harmonics import spherical_harmonics
from e3viz.symmetry.many_surfaces import many_surfaces

LAB = labs.load("features")
PRODUCT = labs.load("tensor-product")
STATE = LAB.State()
G = Element((0.3, 0.5, 0.8), 78.0, True, (1.0, 0.0, 2.0))


def action(name: str):
    return next(one for one in LAB.actions if one.name == name)


def surface(state, g=IDENTITY) -> Surface:
    picture = LAB.pictures(state, g).panel("features").picture
    assert isinstance(picture, Scene)
    return picture.actors["features"]


def test_each_surface_is_its_signal_about_its_atom() -> None:
    coefficients = np.random.default_rng(1).normal(size=(3, 9))
    centres = np.array([[0.0, 0, 0], [5, 0, 0], [0, 5, 0]])
    made = many_surfaces(coefficients, centres, size=2.0, about=642)
    top = max(np.abs(made.values))
    for k in range(3):
        part = slice(k * made.each, (k + 1) * made.each)
        away = made.points[part] - centres[k]
        radius = np.linalg.norm(away, axis=1)
        assert np.allclose(radius, 2.0 * np.abs(made.values[part]) / top, atol=1e-5)
        wanted = spherical_harmonics(2, away) @ coefficients[k]
        far = radius > 1e-3
        assert np.allclose(made.values[part][far], wanted[far], atol=1e-3)
        inside = (made.normals[part] * away).sum(axis=1)[far]
        assert (inside > -1e-3).mean() > 0.99, "normals point outwards"
    assert made.faces.max() == len(made.points) - 1


def test_features_turn_with_g_and_scalars_stand_still() -> None:
    before, after = source.seen(STATE), source.seen(STATE, G)
    assert after.prediction.energy == pytest.approx(before.prediction.energy, abs=1e-4)
    assert np.allclose(after.prediction.forces, G.act_on_vectors(before.prediction.forces), atol=1e-4)
    errors = describe.errors(STATE, G)
    assert 0.0 < errors.largest < 1e-5
    check = LAB.check(STATE, G)
    assert check is not None and check.passed


def test_an_irrep_alone_and_all_together_are_drawn() -> None:
    every, vectors = surface(STATE), surface(replace(STATE, irrep="1o"))
    assert not np.allclose(every.points, vectors.points)
    number = source.structure(STATE).positions.shape[0]
    each = len(vectors.points) // number
    centre = source.structure(STATE).positions[0]
    away = vectors.points[:each] - centre
    assert np.abs(away.sum(axis=0)).max() < 1e-3 * each, "a vector's two lobes balance each other"


def test_layers_and_channels_have_their_limits() -> None:
    deep = len(source.layers(STATE)) - 1
    last = LAB.pick(STATE, Hit("power", position=(99.0, 0.0)))
    assert last.layer == deep
    assert LAB.pick(replace(STATE, irrep="2e"), Hit("power", position=(float(deep), 0.0))).irrep == ALL, "the last layer has no 2e"
    many = source.channels(STATE)
    following = next(action for action in LAB.actions if action.name == "next-channel")
    assert following.apply(replace(STATE, channel=many - 1)).channel == 0


def test_clicks_find_atoms_layers_and_channels() -> None:
    count = len(source.structure(STATE))
    each = len(surface(STATE).points) // count
    assert LAB.pick(STATE, Hit("features", "features", 3 * each + 5)).atom == 3
    assert LAB.pick(STATE, Hit("features", "atoms", 4)).atom == 4
    assert LAB.pick(STATE, Hit("layers", "layer 1", 10)).layer == 1
    assert LAB.pick(STATE, Hit("heat", position=(2.2, 1.9))).channel == 2
    worst = next(f for f in LAB.facts(STATE, IDENTITY) if isinstance(f, Table) and f.name == "worst")
    picked = LAB.pick(STATE, Hit("table:worst", "worst", 0))
    assert worst.rows[0][0].endswith(str(picked.atom))
    assert "eV" in LAB.hover(STATE, Hit("features", "atoms", 2))


def test_charts_hold_shares_and_lengths() -> None:
    sheet = LAB.pictures(STATE, IDENTITY)
    power, heat = sheet.panel("power").picture, sheet.panel("heat").picture
    assert isinstance(power, Chart) and isinstance(heat, Chart)
    total = sum(plot.heights for plot in power.plots if isinstance(plot, Bars))
    assert np.allclose(total, 1.0)
    assert isinstance(heat.plots[0], Heat) and heat.plots[0].numbers.shape == (9, source.channels(STATE))


def test_forces_predicted_reference_and_difference() -> None:
    now = source.seen(STATE)
    both = force_sets(replace(STATE, arrows="predicted and reference"), now)
    wrong = force_sets(replace(STATE, arrows="difference"), now)["difference"][0]
    assert np.allclose(both["predicted"][0] - both["reference"][0], wrong)
    assert np.abs(wrong).mean() < 0.2


def test_the_bundled_network_passes_its_audit() -> None:
    said = describe.audited(replace(STATE, audited=0))
    assert said.passed, [f for f in said.findings if not f.passed]
    assert {f.precision for f in said.findings} == {"float32", "float64"}


def test_a_file_that_is_no_model_and_a_name_that_is_none_are_sentences(tmp_path: Path) -> None:
    wrong = tmp_path / "model.e3p"
    wrong.write_bytes(b"no model")
    with pytest.raises(UserError) as refused:
        LAB.open_file(STATE, wrong)
    assert refused.value.message.endswith(".")
    with pytest.raises(UserError, match="No model called"):
        LAB.pictures(replace(STATE, model="bundled:ethanol-nequipp"), IDENTITY)


def test_an_invariant_network_carries_scalars_alone() -> None:
    schnet = replace(STATE, model="bundled:ethanol-schnet")
    assert LAB.pictures(schnet, G).panels
    assert {str(irrep) for one in source.layers(schnet) for irrep in source.blocks(one)} == {"0e"}
    check = LAB.check(schnet, G)
    assert check is not None and check.passed


def test_another_element_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "silane.xyz"
    path.write_text("1\n\nSi 0 0 0\n")
    with pytest.raises(UserError, match="does not know Si"):
        LAB.open_file(STATE, path)


def test_the_script_runs_and_says_the_same_energy(tmp_path: Path) -> None:
    path = tmp_path / "features.py"
    path.write_text(LAB.code(STATE, G))
    done = subprocess.run([sys.executable, "-W", "ignore", str(path)], capture_output=True, text=True, check=True)
    said = float(re.search(r"energy: (-?[\d.]+) eV", done.stdout)[1])
    assert said == pytest.approx(source.seen(STATE).prediction.energy, abs=1e-4)


# ---- the network taken apart ----------------------------------------------------------------------------------------------------------


def test_a_convolution_opens_in_the_tensor_product_lab_with_its_weights() -> None:
    there = LAB.pick(State(view="network"), Hit("network", "convolution 2"))
    assert isinstance(there, Elsewhere) and there.lab == "tensor-product"
    product = labs.load("tensor-product")
    state = change(product.State(), **there.fields)
    assert product.pictures(state, IDENTITY).panels
    weights = dict(state.weights)
    assert len(weights) == len(anatomy(State())[1].paths) and max(weights.values()) == pytest.approx(1.0)
    chosen = LAB.pick(State(view="network"), Hit("network", "layer 1"))
    assert isinstance(chosen, State) and (chosen.layer, chosen.view) == (1, "features")


def test_a_switch_changes_what_is_said_everywhere_and_back() -> None:
    state = State(view="switches")
    off = LAB.pick(state, Hit("switches", "switch 1"))
    assert isinstance(off, State) and off.off == ("messages of layer 2",)
    assert np.abs(seen(off).prediction.forces - seen(state).prediction.forces).max() > 0.05
    assert "without messages of layer 2" in LAB.pictures(off, IDENTITY).subtitle
    assert LAB.pick(off, Hit("switches", "switch 1")) == state
    before, found = worths(state)
    assert len(found) == 5 + sum(len(one.paths) for one in anatomy(state)) and all(one.error > before for one in found[:3])


def test_what_symmetry_forbids_is_found_to_vanish() -> None:
    benzene = next(action for action in LAB.actions if action.name == "benzene").apply(State())
    assert len(site(benzene).matrices) == 4  # a carbon of D6h lies on a C2 axis and two mirrors
    for g in (IDENTITY, Element((0.3, 0.5, 0.8), 78.0, True)):
        for number in range(1, 4):
            for one in allowed(benzene, number, g):
                assert one.found < 1e-4
                assert one.free == {0: 1, 1: 1, 2: 2}[one.irrep.l]
    ethanol = allowed(State(view="symmetry"), 2, IDENTITY)
    assert all(one.free == one.irrep.dim and not one.zero for one in ethanol)


def test_a_filter_in_space_turns_with_g_and_has_the_sign_of_the_harmonic() -> None:
    state = State(view="filters", path=5)
    scene_ = LAB.pictures(state, IDENTITY).panel("filter").picture
    turned = LAB.pictures(state, Element((0.0, 0.0, 1.0), 90.0)).panel("filter").picture
    assert {"positive", "negative"} <= set(scene_.actors)  # type: ignore[union-attr]
    one, other = (picture.actors["positive"].points for picture in (scene_, turned))  # type: ignore[union-attr]
    sizes = [np.sort(points.max(axis=0) - points.min(axis=0)) for points in (one, other)]
    assert np.allclose(sizes[0], sizes[1], atol=0.3)


@pytest.mark.parametrize("view", ["network", "filters", "switches"])
def test_a_model_without_paths_says_so(view: str) -> None:
    with pytest.raises(UserError, match="no paths"):
        LAB.pictures(State(model="bundled:ethanol-schnet", view=view, layer=1), IDENTITY)


def test_a_cell_of_the_audit_leads_to_its_worst_case() -> None:
    state = State(audited=0, view="audit", frame=3)
    sheet = LAB.pictures(state, IDENTITY)
    said = describe.audited(state)
    number = next(k for k, one in enumerate(said.findings) if one.layer == "layer 2" and one.test == "rotation")
    cells = {shape.name for shape in sheet.panel("audit").picture.shapes if shape.name}  # type: ignore[union-attr]
    assert cells == {f"finding {k}" for k in range(len(said.findings))}
    there = LAB.pick(state, Hit("audit", f"finding {number}"))
    assert isinstance(there, Elsewhere) and there.g == said.findings[number].worst.g
    shown = change(state, **there.fields)
    assert (shown.frame, shown.layer, shown.irrep, shown.view) == (0, 2, said.findings[number].irrep, "features")
    assert "Press" in str(LAB.pictures(State(view="audit"), IDENTITY).panel("audit").picture)


# ---- many frames, and motion ----------------------------------------------------------------------------------------------------------


def test_errors_over_many_frames_lead_to_their_frame_and_atom() -> None:
    state = State(view="errors", many=12)
    found = errors.predicted(state)
    assert len(found.frames) == 12 and np.isfinite(found.energies_known).all()
    direct = source.potential(state).predict([source.trajectory(state)[int(found.frames[5])]])[0]
    np.testing.assert_allclose(found.forces[found.owner == 5], direct.forces, atol=1e-5)
    point = 3 * 30 + 1
    there = LAB.pick(state, Hit("parity", "components", point))
    assert isinstance(there, State) and (there.frame, there.atom) == (int(found.frames[30 // 9]), 30 % 9)
    worst = errors.worst_frames(state)
    assert worst[0][1] == max(row[1] for row in worst)
    row = LAB.pick(state, Hit("table:frames", index=0))
    assert isinstance(row, State) and row.frame == worst[0][0]
    parity = LAB.pictures(replace(state, frame=int(found.frames[3]), atom=2), IDENTITY).panel("parity").picture
    assert isinstance(parity, Chart) and len(next(p for p in parity.plots if p.name == "chosen").x) == 3


def test_predictions_are_written_beside_references(tmp_path: Path) -> None:
    from e3viz.atoms.reading import load

    assert LAB.save_file is not None
    LAB.save_file(State(view="errors", many=3), IDENTITY, tmp_path / "said.extxyz")
    back = load(tmp_path / "said.extxyz")
    first = source.trajectory(State())[0]
    assert len(back) == 3 and np.allclose(back[0].arrays["forces"], first.arrays["forces"], atol=1e-6)
    assert np.abs(back[0].arrays["predicted_forces"] - back[0].arrays["forces"]).max() < 0.2
    LAB.save_file(State(view="motion", steps=5), IDENTITY, tmp_path / "moved.extxyz")
    assert len(load(tmp_path / "moved.extxyz")) == len(moving.motion(State(view="motion", steps=5)))


def test_a_motion_is_shown_moment_by_moment() -> None:
    state = State(view="motion", motion="scan", moment=7)
    picked = LAB.pick(state, Hit("energy", "moment", position=(60.0, 0.0)))
    assert isinstance(picked, State) and abs(moving.motion(picked).x[picked.moment] - 60.0) <= 4.0
    assert len(moving.references(state)[0]) > 100
    one, other = (LAB.pictures(s, IDENTITY).panel("moving").picture for s in (state, picked))
    assert not np.allclose(one.actors["atoms"].centres, other.actors["atoms"].centres)  # type: ignore[union-attr]
    for words in ("0 1 x", "0 1 2 8", "0"):
        with pytest.raises(UserError):
            LAB.pictures(replace(state, along=words), IDENTITY)
    film = LAB.films(State(view="motion", steps=10), IDENTITY)[0]
    assert film.name == "motion" and film.at(1.0)[0].moment == len(moving.motion(State(view="motion", steps=10))) - 1


def test_models_are_compared_and_their_spread_calibrated() -> None:
    state = State(view="errors", many=10, second="bundled:ethanol-schnet", also="spread of models")
    assert isinstance(LAB.pictures(state, IDENTITY).panel("calibration").picture, Chart)
    one, other = committee.each(state)
    apart, mean = committee.spread(state), committee.joint(state)
    np.testing.assert_allclose(apart**2, ((one.forces - other.forces) ** 2).sum(axis=1) / 2.0)
    np.testing.assert_allclose(mean.forces, (one.forces + other.forces) / 2.0)
    assert one.by_frame().mean() < other.by_frame().mean(), "the NequIP is the better of the two"
    said = LAB.facts(state, IDENTITY)
    facts = {fact.label: fact.value for fact in said if isinstance(fact, Fact)}
    assert -1.0 <= float(facts["Spread and error"]) <= 1.0 and float(facts["Error / spread"]) > 0.0
    cards = [card for card in said if isinstance(card, Card)]
    assert [card.title for card in cards] == ["ethanol-nequip", "ethanol-schnet"]
    assert committee.members(cards[1].actions[0].apply(state)) == (state.model,)
    there = LAB.pick(state, Hit("calibration", "atoms", 25))
    assert isinstance(there, State) and (there.frame, there.atom) == (int(one.frames[2]), 7)


def test_a_committee_of_three_has_the_standard_deviation_of_three(tmp_path: Path) -> None:
    again = tmp_path / "again.e3p"
    again.write_bytes(source.model_path(STATE.model).read_bytes())
    state = committee.joined(State(many=4, second="bundled:ethanol-schnet"), [again])
    assert committee.members(state) == ("bundled:ethanol-nequip", "bundled:ethanol-schnet", str(again))
    assert LAB.pictures(state, IDENTITY).panel("calibration")
    a, b, c = (said.forces for said in committee.each(state))
    assert np.array_equal(a, c)
    np.testing.assert_allclose(committee.spread(state), np.sqrt(np.stack([a, b, c]).var(axis=0, ddof=1).sum(axis=1)), atol=1e-12)
    with pytest.raises(UserError):
        committee.joined(state, [tmp_path / "none.e3p"])
    LAB.save_file(replace(state, frames="0 5"), IDENTITY, tmp_path / "said.extxyz")
    from e3viz.atoms.reading import load

    written, before = load(tmp_path / "said.extxyz"), source.trajectory(state)
    assert len(written) == 2 and np.allclose(written[1].arrays["forces"], before[5].arrays["forces"], atol=1e-6)
    assert np.allclose(written[1].arrays["forces_spread"], committee.spread(replace(state, frames="5")), atol=1e-6)


def test_colours_tell_errors_on_one_scale() -> None:
    state = State(view="errors", frames="0:40:4", colour="force error", frame=8)
    atoms = LAB.pictures(state, IDENTITY).panel("features").picture
    wrong = np.linalg.norm(seen(state).prediction.forces - seen(state).structure.arrays["forces"], axis=1)
    assert atoms.colour_bar.high == pytest.approx(wrong.max())
    dark = atoms.actors["atoms"].colours[np.argsort(wrong)].astype(int).sum(axis=1)
    assert dark[0] != dark[-1] and len(set(map(tuple, atoms.actors["atoms"].colours.tolist()))) > 3
    locked = LAB.pictures(replace(state, one_scale=True), IDENTITY).panel("features").picture
    assert locked.colour_bar.high == pytest.approx(errors.predicted(state).force_errors().max())
    for colour in ("predicted force", "reference force", "energy"):
        assert LAB.pictures(replace(state, colour=colour), IDENTITY).panel("features").picture.colour_bar is not None
    with pytest.raises(UserError, match="disagrees with nobody"):
        LAB.pictures(replace(state, colour="spread of models"), IDENTITY)
    spread = LAB.pictures(replace(state, colour="spread of models", second="bundled:ethanol-schnet"), G).panel("features").picture
    assert spread.colour_bar.label.startswith("spread")


def test_distance_to_training_data_is_nothing_for_it_and_grows_outside() -> None:
    inside = State(view="errors", frames="0 100 200", also="distance")
    known = distance.learned_from(inside)
    assert len(known) == 300 and all(frame < 800 for _, frame in known)
    own = replace(inside, frames=" ".join(str(frame) for _, frame in known[:3]))
    assert distance.distances(own).max() < 1e-5, "an atom of the training data is its own nearest neighbour"
    outside = distance.distances(replace(inside, frames="900:1197:60"))
    assert outside.min() > 0.01
    structure = seen(inside).structure
    stretched = replace(structure, positions=1.25 * structure.positions)
    model = source.potential(inside)
    here, there = (distance.invariants(model, one) for one in (structure, stretched))
    moved = distance.invariants(model, act(structure, G))
    assert np.allclose(here, moved, atol=1e-4), "invariants do not change under E(3)"
    assert np.abs(there - here).max() > 0.05
    chart = LAB.pictures(inside, IDENTITY).panel("distance").picture
    assert isinstance(chart, Chart)
    there_state = LAB.pick(inside, Hit("distance", "atoms", 10))
    assert (there_state.frame, there_state.atom) == (100, 1)


@pytest.mark.parametrize(("asked", "found"), [("0:10:4", [0, 4, 8]), ("7 3, 3", [3, 7]), ("-2:", [8, 9]), ("=3", [0, 4, 9])])
def test_frames_are_chosen_as_they_are_written(asked, found) -> None:
    assert errors.chosen_frames(asked, 10).tolist() == found


@pytest.mark.parametrize("asked", ["first", "3:1", "12", "1:2:3:4", "a:b"])
def test_frames_that_are_none_say_so(asked) -> None:
    with pytest.raises(UserError, match="names no frame"):
        errors.chosen_frames(asked, 10)


def test_many_components_are_thinned_to_where_they_are() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 200_000))
    shown, counts = errors.dense(x, y)
    assert counts.sum() == 200_000 and len(shown) == len(set(shown.tolist())) < errors.CELLS**2
    assert np.hypot(x[shown[-1]], y[shown[-1]]) < 0.8, "the fullest cell is in the middle"
    assert {int(np.argmax(x)), int(np.argmin(y))} <= set(shown.tolist()), "the farthest points are there"


def test_models_without_features_are_opened_on_their_errors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert LAB.open_file is not None
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    path = tmp_path / "pairs.toml"
    path.write_text('calculator = "ase.calculators.lj.LennardJones"\narguments = { sigma = 1.0, epsilon = 0.01, rc = 6.0 }\n')
    with pytest.raises(UntrustedError):
        LAB.open_file(State(), path)
    trust([path])
    state = replace(LAB.open_file(State(), path), many=3)
    assert state.view == "errors" and LAB.pictures(state, IDENTITY).panel("features").picture.actors  # type: ignore[union-attr]
    for name, knob in knobs(state).items():
        assert knob.options(state) is None or getattr(state, name) in knob.options(state)  # type: ignore[operator]
        knob.limits(state)
    assert any(isinstance(fact, Fact) and fact.value == "ase" for fact in LAB.facts(state, IDENTITY))
    assert [film.name for film in LAB.films(state, IDENTITY)] == ["turn"]
    motion = replace(state, view="motion", motion="NVE", steps=3)
    assert LAB.pictures(motion, IDENTITY).panel("moving").picture.actors  # type: ignore[union-attr]
    with pytest.raises(UserError, match="hands out no features"):
        LAB.pictures(replace(state, view="features"), IDENTITY)
    assert any(isinstance(fact, Fact) and fact.label == "No features" for fact in LAB.facts(state, IDENTITY))
    path.write_text('calculator = "ase.calculators.lj.LennardJones"\n')
    with pytest.raises(UntrustedError):
        LAB.open_file(State(), path)


def dragged(state, atom: int, way, g=IDENTITY):
    """The state after an atom is dragged in two steps, as the window reports them."""
    places = source.seen(state, g).structure.positions
    for step in (0.5, 0.5):
        start = places[atom]
        hit = Hit("features", "atoms", atom, tuple(start), end=Hit("features", position=tuple(start + step * np.asarray(way))), g=g)
        state = LAB.pick(state, hit)
        places = source.seen(state, g).structure.positions
    return state


@pytest.mark.parametrize("g", [IDENTITY, G])
def test_an_atom_follows_the_hand_and_the_model_answers(g) -> None:
    state = replace(STATE, view="by hand")
    way = np.array([0.02, -0.04, 0.03])
    after = dragged(state, 8, way, g)
    moved, before = seen(after, g), seen(state, g)
    assert np.allclose(moved.structure.positions[8], before.structure.positions[8] + way, atol=1e-5)
    assert np.array_equal(np.delete(moved.structure.positions, 8, 0), np.delete(before.structure.positions, 8, 0))
    assert "forces" not in moved.structure.arrays, "references of another structure say nothing here"
    work = -(before.prediction.forces[8] + moved.prediction.forces[8]) @ way / 2.0
    assert moved.prediction.energy - before.prediction.energy == pytest.approx(work, rel=0.05, abs=1.2e-3)
    assert LAB.pictures(after, g).panel("features").picture.actors["atoms"].slides
    assert LAB.check(after, g).passed
    assert after.moved != () and action("put-back").apply(after).moved == ()
    assert seen(replace(after, frame=1)).structure.arrays["forces"] is not None, "another frame is as the file has it"


def test_turning_the_molecule_leaves_the_energy_and_turns_the_forces() -> None:
    state = replace(STATE, view="by hand", hand="turns the molecule")
    after = dragged(state, 6, (1.0, 2.0, -1.5))
    one, other = seen(state), seen(after)
    assert other.prediction.energy == pytest.approx(one.prediction.energy, abs=2e-5)
    a, b = (now.structure.positions - now.structure.positions.mean(axis=0) for now in (one, other))
    turn = np.linalg.lstsq(a, b, rcond=None)[0].T
    assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-4)
    assert np.allclose(other.prediction.forces, one.prediction.forces @ turn.T, atol=1e-3)
    assert len(after.moved) == len(one.structure)


def test_a_side_of_a_bond_turns_and_rings_say_why_not(tmp_path) -> None:
    state = replace(STATE, view="by hand", hand="turns its side of a bond")
    after = dragged(state, 6, (0.3, 0.3, 0.3))
    assert {entry[0] for entry in after.moved} == {6, 7, 8}
    ring = replace(action("benzene").apply(state), view="by hand")
    with pytest.raises(UserError, match="No bond can turn"):
        dragged(ring, 0, (0.3, 0.0, 0.0))
    motion = moving.motion(replace(after, view="motion", steps=3))
    assert np.allclose(motion.positions[0], seen(after).structure.positions), "a relaxation begins where the hand left off"
    LAB.save_file(after, IDENTITY, tmp_path / "moved.extxyz")
    from e3viz.atoms.reading import load

    again = load(tmp_path / "moved.extxyz")[0]
    assert np.allclose(again.positions, seen(after).structure.positions, atol=1e-6)
    assert "predicted_forces" in again.arrays and "forces" not in again.arrays


def test_a_network_of_another_package_shows_its_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path / "home"))
    (tmp_path / "toy.py").write_text(E3NN)
    path = tmp_path / "toy.toml"
    path.write_text('calculator = "toy.Toy"\nelements = ["H", "C", "O"]\nr_max = 4.0\nprecision = "float32"\n')
    open_potential(path, trusting=True).close()
    state = LAB.State(view="network", model=str(path))
    shapes = LAB.pictures(state, IDENTITY).panels[0].picture.shapes
    words = [shape.text for shape in shapes if hasattr(shape, "text")]
    assert {"layers.0", "mix", "product", "4×1o", "8×0e", "TensorProduct, 3 paths", "40 weights"} <= set(words)
    assert LAB.pick(state, Hit("modules", "module 0")) is None, "a linear layer is no tensor product"
    there = LAB.pick(state, Hit("modules", "module 1"))
    made = PRODUCT.State(**there.fields)
    assert dict(made.weights) == pytest.approx({"0 0 0 uvu": 1 / 3, "0 1 1 uvu": 2 / 3, "1 1 2 uvu": 1.0})
    assert len(PRODUCT.pictures(made, IDENTITY).panels) > 0


def test_the_stress_of_a_crystal_is_set_beside_the_reference(tmp_path: Path) -> None:
    from ase.build import bulk
    from ase.calculators.emt import EMT
    from ase.io import write

    copper = bulk("Cu", cubic=True) * (2, 1, 1)
    copper.rattle(0.05, seed=1)
    copper.calc = EMT()
    copper.get_stress()
    copper.get_forces()
    write(tmp_path / "cu.extxyz", copper)
    (tmp_path / "emt.toml").write_text('calculator = "ase.calculators.emt.EMT"\nelements = ["Cu"]\nr_max = 4.0\nprecision = "float64"\n')
    open_potential(tmp_path / "emt.toml", trusting=True).close()
    state = State(view="errors", model=str(tmp_path / "emt.toml"), file=str(tmp_path / "cu.extxyz"))
    table = next(fact for fact in LAB.facts(state, IDENTITY) if isinstance(fact, Table) and fact.name == "stress")
    assert [row[0] for row in table.rows] == ["xx", "yy", "zz", "yz", "xz", "xy"]
    wanted = 1e3 * copper.get_stress()
    np.testing.assert_allclose([float(row[1].replace("−", "-")) for row in table.rows], wanted, atol=0.006)
    assert all(row[1] == row[2] and float(row[3].replace("−", "-")) == 0.0 for row in table.rows)

"""MTP: its basis by level, beside motep, its slope, its fit and its files."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz import task
from e3viz.atoms.structure import Structure
from e3viz.errors import FileError, UserError
from e3viz.potentials import kind
from e3viz.potentials.contract import Card, FitData
from e3viz.potentials.mlip import read_mtp, write_mtp
from e3viz.potentials.moment_pairs import RadialBasis
from e3viz.potentials.moment_program import MomentProgram
from e3viz.potentials.moments import moment_basis
from e3viz.potentials.mtp import MtpModel, MtpPotential, MtpSettings
from e3viz.potentials.mtp_fit import MtpFit
from e3viz.potentials.opening import open_potential
from e3viz.potentials.settings import plain


def cluster(seed: int, n: int = 7) -> Structure:
    random = np.random.default_rng(seed)
    return Structure(random.choice([6, 14], size=n).astype(np.int32), 1.5 * random.normal(size=(n, 3)))


def crystal(seed: int) -> Structure:
    random = np.random.default_rng(seed)
    cell = 4.4 * np.eye(3) + 0.2 * random.normal(size=(3, 3))
    return Structure(random.choice([6, 14], size=6).astype(np.int32), random.random((6, 3)) @ cell, cell, (True, True, True))


def made_up(level: int, seed: int = 0, radial: int = 4) -> MtpPotential:
    random = np.random.default_rng(seed)
    basis, span = moment_basis(level), RadialBasis(radial, 0.5, 4.0)
    functions = int(basis.basic[:, 0].max()) + 1
    model = MtpModel(
        basis, span, random.normal(size=(2, 2, functions, radial)), random.normal(size=2), random.normal(size=len(basis.scalars))
    )
    card = Card("mtp", (6, 14), 4.0, plain(MtpSettings(r_max=4.0, level=level, radial=radial)), {6: -1.0, 14: -2.0})
    return MtpPotential(card, model)


def values(level: int, directions: np.ndarray[Any, Any], weights: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Scalars of atoms with neighbours in these directions (n, m, 3) with weights (μ, n, m), by the steps one by one."""
    basis = moment_basis(level)
    v = np.zeros((basis.count, len(directions)))
    for row, (mu, x, y, z) in enumerate(basis.basic):
        v[row] = (weights[mu] * directions[..., 0] ** x * directions[..., 1] ** y * directions[..., 2] ** z).sum(axis=1)
    for a, b, factor, c in basis.times:
        v[c] += factor * v[a] * v[b]
    return v[basis.scalars].T


def test_the_first_scalars_are_those_of_the_definition() -> None:
    """Level 8: M00 and its powers, M10, |M01|², |M02|² and products (Shapeev 2016, section 3)."""
    random = np.random.default_rng(0)
    directions, weights = random.normal(size=(40, 5, 3)), random.random((2, 40, 5))
    m00, m10 = weights[0].sum(axis=1), weights[1].sum(axis=1)
    m01 = np.einsum("nm,nma->na", weights[0], directions)
    m02 = np.einsum("nm,nma,nmb->nab", weights[0], directions, directions)
    one, two = (m01**2).sum(axis=1), (m02**2).sum(axis=(1, 2))
    wanted = [m00, m00**2, m10, one, m00**3, two, m00**4, m00 * m10, m00 * one]
    mine = values(8, directions, weights)
    assert mine.shape[1] == len(wanted)
    for column in wanted:
        assert np.isclose(mine, column[:, None], rtol=1e-12).all(axis=0).sum() == 1


@pytest.mark.parametrize(("level", "scalars"), [(2, 1), (4, 2), (6, 5), (8, 9), (10, 17), (12, 32), (14, 61)])
def test_scalars_are_invariant_and_independent(level: int, scalars: int) -> None:
    random = np.random.default_rng(level)
    directions = random.normal(size=(3 * scalars + 20, 9, 3))
    directions /= np.linalg.norm(directions, axis=2)[..., None]
    weights = random.random((6, len(directions), 9))
    mine = values(level, directions, weights)
    assert mine.shape[1] == scalars
    turn, _ = np.linalg.qr(random.normal(size=(3, 3)))
    assert np.allclose(values(level, directions @ turn.T, weights), mine, rtol=1e-10)
    assert np.linalg.matrix_rank(mine / np.linalg.norm(mine, axis=0), tol=1e-9) == scalars


def test_the_scalars_of_lower_levels_come_first() -> None:
    random = np.random.default_rng(0)
    directions, weights = random.normal(size=(5, 6, 3)), random.random((4, 5, 6))
    low, high = (values(level, directions, weights) for level in (8, 16))
    assert np.allclose(high[:, : low.shape[1]], low, rtol=1e-12)


def test_high_levels_can_be_made() -> None:
    basis = moment_basis(20)
    assert len(basis.scalars) > 280 and basis.basic[:, 0].max() == 4
    known = np.arange(basis.count) < len(basis.basic)
    for a, b, _, c in basis.times:
        assert known[a] and known[b]
        known[c] = True
    assert known.all()


def test_derivatives_of_a_program() -> None:
    basis = moment_basis(12)
    program, random = MomentProgram(basis), np.random.default_rng(1)
    moments, weights = random.normal(size=(len(basis.basic), 3)), random.normal(size=len(basis.scalars))
    v = program.values(moments)
    jacobian = program.jacobian(v)
    assert np.allclose(np.einsum("k,nkb->bn", weights, jacobian), program.gradient(v, weights))
    step = random.normal(size=moments.shape)
    up, down = (program.values(moments + h * step)[basis.scalars] for h in (1e-5, -1e-5))
    assert np.allclose((up - down) / 2e-5, np.einsum("nkb,bn->kn", jacobian, step), rtol=1e-5, atol=1e-5)
    steps = np.stack([step, random.normal(size=step.shape)], axis=2)
    bent = program.curved(v, program.adjoint(v, weights), steps)
    for n in range(2):
        slopes = [program.gradient(program.values(moments + h * steps[..., n]), weights) for h in (1e-5, -1e-5)]
        assert np.allclose(bent[..., n], (slopes[0] - slopes[1]) / 2e-5, rtol=1e-5, atol=1e-5 * np.abs(bent).max())


@pytest.mark.parametrize("level", [8, 14])
def test_motep_says_the_same_of_a_file(level: int, tmp_path: Path) -> None:
    pytest.importorskip("motep", reason="motep is not installed")
    from ase import Atoms
    from motep.calculator import MTP
    from motep.io.mlip.mtp import read_mtp as read_by_motep

    potential = made_up(level)
    data = read_by_motep(write_mtp(potential, tmp_path / "one.mtp"))
    data.species = [6, 14]
    for structure in (cluster(1), crystal(2)):
        atoms = Atoms(structure.numbers, structure.positions, cell=structure.cell, pbc=structure.pbc, calculator=MTP(data, engine="cext"))
        said = potential.predict([structure])[0]
        assert atoms.get_potential_energy() == pytest.approx(said.energy, rel=1e-10)
        assert np.allclose(atoms.get_forces(), said.forces, rtol=1e-9, atol=1e-9 * np.abs(said.forces).max())


def test_files_give_the_same_numbers(tmp_path: Path) -> None:
    potential = made_up(12)
    for name in ("one.mtp", "two.almtp"):
        write_mtp(potential, tmp_path / name)
        back = open_potential(tmp_path / name)
        assert back.card.elements == (6, 14) and back.card.settings["level"] == 12
        for a, b in zip(back.predict([crystal(1), cluster(3)]), potential.predict([crystal(1), cluster(3)]), strict=True):
            assert a.energy == pytest.approx(b.energy, rel=1e-12) and np.allclose(a.forces, b.forces, rtol=1e-12)


def test_a_file_may_number_elements_in_any_order_and_carry_more_behind(tmp_path: Path) -> None:
    potential = made_up(6)
    text = write_mtp(potential, tmp_path / "one.mtp").read_text()
    turned = text.replace("potential_tag = C, Si", "potential_tag = Si, C").replace("min_dist", "min").replace("max_dist", "max")
    (tmp_path / "two.mtp").write_text(turned.replace("radial_basis_size", "size"))
    (tmp_path / "two.mtp").write_bytes((tmp_path / "two.mtp").read_bytes() + b"#MVS_v1.1\n\xff\xfe\x00")
    swapped = dataclasses.replace(cluster(4), numbers=(20 - cluster(4).numbers).astype(np.int32))
    ours, theirs = potential.predict([cluster(4)])[0], read_mtp(tmp_path / "two.mtp").predict([swapped])[0]
    assert np.allclose(ours.forces, theirs.forces, rtol=1e-12)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("MTP\n", "MTX\n", "no moment tensor potential"),
        ("potential_tag = C, Si", "potential_tag = ", "does not say which elements"),
        ("species_coeffs", "species_coefs", "lacks “species_coeffs”"),
        ("radial_basis_size = 4", "radial_basis_size = 5", "damaged"),
        ("alpha_moment_mapping = {", "alpha_moment_mapping = {900, ", "damaged"),
        ("alpha_index_times = {{", "alpha_index_times = {{800, 0, 1, 8}, {", "damaged"),
        ("RBChebyshev", "RBShapeev", "RBShapeev"),
        ("radial_basis_type", "magnetic_basis_type", "magnetic"),
    ],
)
def test_damaged_files_are_told(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = write_mtp(made_up(6), tmp_path / "one.mtp")
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(FileError, match=says):
        read_mtp(path)


def test_large_structures_are_predicted_a_few_atoms_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    potential = made_up(8)
    whole = potential.predict([crystal(3)])[0]
    monkeypatch.setattr("e3viz.potentials.mtp._ATOMS_AT_ONCE", 4)
    parts = potential.predict([crystal(3)])[0]
    assert whole.stress is not None and parts.stress is not None
    assert np.allclose(parts.energies, whole.energies, rtol=1e-12) and np.allclose(parts.forces, whole.forces, rtol=1e-10, atol=1e-12)
    assert np.allclose(parts.stress, whole.stress, rtol=1e-10, atol=1e-12)


def labelled(level: int = 6) -> list[Structure]:
    frames = [make(seed) for seed in range(5) for make in (cluster, crystal)]
    truth = made_up(level, 5)
    return [
        dataclasses.replace(
            s, values={"energy": p.energy, **({} if p.stress is None else {"stress": p.stress})}, arrays={"forces": p.forces}
        )
        for s, p in zip(frames, truth.predict(frames), strict=True)
    ]


def begin(**changes: Any) -> MtpFit:
    settings = MtpSettings(**{"r_max": 4.0, "r_min": 0.5, "level": 6, "radial": 4, "tolerance": 0.0, **changes})
    fit = kind("mtp").fit(settings, FitData(labelled(), [], {6: -1.0, 14: -2.0}, seed=1))
    assert isinstance(fit, MtpFit)
    return fit


def test_the_slope_at_the_best_linear_coefficients() -> None:
    fit = begin(stress_weight=10.0, ridge=0.0)
    point, random = fit._at(fit.radial), np.random.default_rng(0)
    for _ in range(3):
        step = random.normal(size=fit.radial.shape)
        up, down = (fit._at(fit.radial + h * step).loss for h in (1e-5, -1e-5))
        assert (up - down) / 2e-5 == pytest.approx(float((point.slope * step).sum()), rel=1e-5)


def test_derivatives_of_residuals_by_radial_coefficients() -> None:
    fit, random = begin(stress_weight=10.0), np.random.default_rng(0)
    batch, linear = fit.batches[0], random.normal(size=len(fit._at(fit.radial).linear))
    _, v = fit.rows.of(batch, fit.radial)
    bent = fit.rows.by_radial(batch, fit.radial, linear, v)
    step = random.normal(size=fit.radial.shape)
    up, down = (fit.rows.of(batch, fit.radial + h * step)[0] for h in (1e-5, -1e-5))
    for part, high, low in zip(bent, up, down, strict=True):
        numeric = (high - low)[:, :-1] @ linear / 2e-5
        assert np.allclose(part @ step.ravel(), numeric, rtol=1e-5, atol=1e-6 * np.abs(numeric).max())


def test_a_fit_finds_what_made_the_labels_when_it_knows_the_radial_functions() -> None:
    fit = begin()
    fit.radial = made_up(6, 5).model.radial
    assert fit.epoch()["loss"] < 1e-9


def test_steps_lower_the_loss() -> None:
    fit = begin(epochs=25)
    losses = []
    while not fit.done:
        losses.append(fit.epoch()["loss"])
    assert losses[-1] < 0.1 * losses[0] and all(b <= a for a, b in pairwise(losses))


def test_low_levels_come_first_and_a_fit_goes_on_within_them() -> None:
    whole, losses = begin(level=10, epochs=12), []
    while not whole.done:
        losses.append(whole.epoch()["loss"])
        if whole.epochs == 3:
            state, early = whole.state(), whole.potential()
    assert whole.rung == 1 and whole.rungs == [(8, 10), (10, 10)] and len(early.model.linear) == len(whole.potential().model.linear)
    assert early.predict([crystal(1)])[0].energy != whole.potential().predict([crystal(1)])[0].energy
    resumed = begin(level=10, epochs=12)
    resumed.restore(state)
    assert resumed.rung == 0 and np.array_equal(resumed.potential().model.linear, early.model.linear)
    while not resumed.done:
        resumed.epoch()
    assert np.array_equal(resumed.radial, whole.radial) and resumed.epochs == whole.epochs == 12
    forked = begin(level=10, epochs=1)  # has no lower levels: begins with the radial functions alone
    forked.restore(state)
    assert forked.point is None and np.array_equal(forked.radial, state["radial"]) and forked.epoch()["loss"] < losses[0]


def test_radial_functions_refined_on_some_structures_and_solved_on_all() -> None:
    fit = begin(epochs=4, refine_on=5)
    some = [fit.epoch() for _ in range(4)]
    state = fit.state()
    assert not fit.done and len(fit.epoch()) == 4 and fit.done
    assert fit.epochs == 5 and np.array_equal(fit.radial, state["radial"]) and some[-1]["loss"] < some[0]["loss"]
    resumed = begin(epochs=4, refine_on=5)
    resumed.restore(state)
    resumed.epoch()
    finished = begin(epochs=4, refine_on=5)
    finished.restore(fit.state())
    ours = [one.potential().predict([crystal(9)])[0].energy for one in (fit, resumed, finished)]
    assert ours[0] == ours[1] == ours[2] and finished.done
    assert sum(len(batch.cloud.sizes) for batch in finished.batches) == 10


def test_a_fit_refined_on_some_structures_finishes_with_steps_on_all() -> None:
    fit = begin(epochs=4, refine_on=5, finish=3)
    losses = []
    while not fit.done:
        losses.append(fit.epoch()["loss"])
        if fit.epochs == 6:
            state = fit.state()
    solved, *steps = losses[4:]
    assert len(steps) == 3 and steps[-1] < solved and fit.rungs[fit.rung] == (fit.settings.level, 10)
    resumed = begin(epochs=4, refine_on=5, finish=3)
    resumed.restore(state)
    while not resumed.done:
        resumed.epoch()
    assert np.array_equal(resumed.radial, fit.radial) and resumed.epochs == fit.epochs == 8


def test_a_fit_reports_and_can_be_stopped() -> None:
    heard: list[str] = []
    fit = begin()
    with pytest.raises(task.Cancelled), task.running(lambda _, text: heard.append(text), lambda: len(heard) > 0):
        fit.epoch()
    assert heard and fit.epochs == 0


def test_what_cannot_be_fitted_is_told() -> None:
    bare = FitData([cluster(0)], [], {})
    with pytest.raises(UserError, match="no labels"):
        MtpFit(MtpSettings(level=4), bare)
    with pytest.raises(UserError, match="r_min"):
        MtpFit(MtpSettings(level=4, r_min=6.0), FitData(labelled(), [], {}))
    with pytest.raises(UserError, match="nothing to fit"):
        MtpFit(MtpSettings(level=4), FitData([], [], {}))

"""The audit: a sound network passes in both precisions; each planted fault is found, and its cause is named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.potentials import kind
from e3viz.potentials.audit import Audit, audit
from e3viz.potentials.audit.findings import TOLERANCES, Finding
from e3viz.potentials.audit.html import page, write
from e3viz.potentials.contract import FitData, LayerFeatures, Prediction, settings_of

REFERENCES = {6: -3.0, 8: -2.0}


def molecule(seed: int) -> Structure:
    random = np.random.default_rng(seed)
    corners = 1.2 * np.array([[0, 0, 0], [1, 0.2, 0], [-0.4, 1, 0.3], [0.2, -0.5, 1], [1.2, 1, -0.6]])
    numbers = np.array([6, 8, 6, 6, 8], dtype=np.int32)
    forces, energy = random.normal(size=(5, 3)), float(random.normal()) + sum(REFERENCES[int(z)] for z in numbers)
    return Structure(numbers, corners + 0.1 * random.normal(size=(5, 3)), arrays={"forces": forces}, values={"energy": energy})


def crystal(seed: int) -> Structure:
    one = molecule(seed)
    return replace(one, cell=np.diag([4.4, 4.7, 4.2]) + 0.2, pbc=(True, True, True))


@cache
def network() -> Any:
    """Two layers with both parities, a few steps from their random start."""
    made = kind("nequip")
    given = {"r_max": 3.2, "layers": 3, "l_max": 2, "odd": True, "channels": 4, "radial_width": 8, "dtype": "float64", "batch": 2}
    fit = made.fit(settings_of(made, given), FitData([molecule(1), molecule(2)], [], REFERENCES, seed=3))
    fit.epoch()
    return fit.potential()


def faulty(**methods: Any) -> Any:
    """The network with some of its answers changed."""
    own = type(network())
    changed = type("Faulty", (own,), methods)
    made = object.__new__(changed)
    made.__dict__.update(network().__dict__)
    return made


def quick(potential: Any, structures: Sequence[Structure] = (), **more: Any) -> Audit:
    return audit(potential, structures or [molecule(5)], precisions=("float64",), dynamics=False, **more)


def with_features(change: Any) -> Any:
    return faulty(features=lambda self, structure: [change(layer) for layer in network().features(structure)])


@pytest.mark.parametrize("structure", [molecule(5), crystal(6)], ids=["molecule", "crystal"])
def test_a_sound_network_passes_in_both_precisions(structure: Structure) -> None:
    said = audit(network(), [structure])
    assert said.passed, [(f.quantity, f.test, f.precision, f.error) for f in said.findings if not f.passed]
    assert said.verdicts == ()
    tests = {f.test for f in said.findings}
    assert {"rotation", "inversion", "translation", "permutation", "slope", "cutoff", "conservation"} <= tests
    assert ("images" in tests) == any(structure.pbc)
    layers = {f.layer for f in said.findings if f.layer}
    assert layers == {"embedding", "layer 1", "layer 2", "layer 3"}
    irreps = {f.irrep for f in said.findings if f.layer == "layer 2"}
    assert irreps == {"0e", "1e", "1o", "2e", "2o"}
    for precision, tolerance in TOLERANCES.items():
        worst = max(f.error for f in said.findings if f.precision == precision and f.test in ("rotation", "inversion"))
        assert 0.0 < worst <= tolerance


def test_a_pseudovector_declared_a_vector_shows_under_inversion_only() -> None:
    def wrong(layer: LayerFeatures) -> LayerFeatures:
        return replace(layer, irreps=layer.irreps.replace("1e", "1o")) if layer.layer == "layer 2" else layer

    said = quick(with_features(wrong))
    failed = {(f.quantity, f.test) for f in said.findings if not f.passed}
    assert failed == {("layer 2 · 1o", "inversion")}
    mixed = " ".join(said.verdicts)
    assert "layer 2 · 1o" in mixed and "inversion" in mixed


def test_a_pseudovector_alone_is_named() -> None:
    def wrong(layer: LayerFeatures) -> LayerFeatures:
        if layer.layer != "layer 2":
            return layer
        place = next(p for (_, irrep), p in zip(*_parsed(layer.irreps), strict=True) if str(irrep) == "1e")
        return LayerFeatures(layer.layer, "4x1o", layer.values[:, place])

    said = quick(with_features(wrong))
    assert any("declared 1o" in text and "behaves as 1e" in text for text in said.verdicts)


def _parsed(text: str) -> Any:
    from e3viz.symmetry.irreps import Irreps

    irreps = Irreps.parse(text)
    return irreps, irreps.slices()


def _vectors(layer: LayerFeatures, change: Any) -> LayerFeatures:
    """The features with those of 1o of layer 1 changed."""
    if layer.layer != "layer 1":
        return layer
    values = layer.values.copy()
    for (_, irrep), place in zip(*_parsed(layer.irreps), strict=True):
        if str(irrep) == "1o":
            values[:, place] = change(values[:, place].reshape(len(values), -1, 3)).reshape(len(values), -1)
    return replace(layer, values=values)


def test_a_wrong_order_of_axes_is_named() -> None:
    said = quick(with_features(lambda layer: _vectors(layer, lambda v: v[..., [1, 2, 0]])))
    assert {f.quantity for f in said.findings if not f.passed} == {"layer 1 · 1o"}
    assert any("order y, z, x" in text for text in said.verdicts), said.verdicts


def test_a_constant_added_to_vectors_is_named() -> None:
    said = quick(with_features(lambda layer: _vectors(layer, lambda v: v + np.array([0.0, 0.1, 0.2]))))
    assert any("constant" in text and "layer 1 · 1o" in text for text in said.verdicts), said.verdicts


def _changed(change: Any) -> Any:
    def predict(self: Any, structures: Sequence[Structure]) -> list[Prediction]:
        return [change(one, said) for one, said in zip(structures, network().predict(structures), strict=True)]

    return faulty(predict=predict)


def test_forces_that_are_not_the_slope_are_named() -> None:
    said = quick(_changed(lambda one, said: replace(said, forces=1.01 * said.forces)))
    assert {(f.quantity, f.test) for f in said.findings if not f.passed} == {("forces", "slope")}
    assert said.verdicts == ("The forces are not the slope of the energy.",)


def test_dependence_on_the_order_of_atoms_is_named() -> None:
    def wrong(one: Structure, said: Prediction) -> Prediction:
        return replace(said, energy=said.energy + 0.1 * float(np.linalg.norm(one.positions[1] - one.positions[0])))

    said = quick(_changed(wrong))
    assert any("order in which atoms are listed" in text for text in said.verdicts)


def test_missing_images_are_named() -> None:
    def predict(self: Any, structures: Sequence[Structure]) -> list[Prediction]:
        bare = [replace(one, pbc=(False, False, False)) for one in structures]
        stress = [said.stress for said in network().predict(structures)]
        return [replace(said, stress=s) for said, s in zip(network().predict(bare), stress, strict=True)]

    said = quick(faulty(predict=predict), [crystal(6)])
    assert any("neighbours through the boundary are missed" in text for text in said.verdicts), said.verdicts


def test_wrong_forces_under_rotation_are_named() -> None:
    said = quick(_changed(lambda one, said: replace(said, forces=said.forces + np.array([0.0, 0.0, 0.3]))))
    assert any(text.startswith("Forces: a constant is added") for text in said.verdicts), said.verdicts


def test_an_unknown_element_and_no_structure_are_sentences() -> None:
    with pytest.raises(UserError, match="does not know"):
        audit(network(), [Structure(np.array([14], dtype=np.int32), np.zeros((1, 3)))])
    with pytest.raises(UserError, match="needs a structure"):
        audit(network(), [])


def test_the_report_is_one_file_with_every_number(tmp_path: Path) -> None:
    said = quick(_changed(lambda one, said: replace(said, forces=1.01 * said.forces)))
    text = page(said, "<ethanol>")
    assert "failed" in text and "&lt;ethanol&gt;" in text and "http" not in text
    assert text.count("<tr><td>") >= len(said.findings)
    write(said, tmp_path / "audit.json", "a")
    table = json.loads((tmp_path / "audit.json").read_text())
    assert table["passed"] is False and len(table["findings"]) == len(said.findings)
    write(said, tmp_path / "audit.html", "a")
    assert (tmp_path / "audit.html").read_text().startswith("<!doctype html>")


def test_no_number_is_no_pass() -> None:
    assert not Finding("energy", "rotation", float("nan"), 1.0, "float64").passed


def test_the_command_reports_and_its_status_says_whether_it_passed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from e3viz.cli import main
    from e3viz.potentials.saving import save

    save(network(), tmp_path / "net.e3p")
    (tmp_path / "one.xyz").write_text("3\n\nC 0 0 0\nO 1.2 0 0\nO -1.1 0.3 0\n")
    words = ["audit", str(tmp_path / "net.e3p"), str(tmp_path / "one.xyz")]
    assert main([*words, "--precision", "float64", "-o", str(tmp_path / "report.html")]) == 0
    assert "passed" in capsys.readouterr().out and (tmp_path / "report.html").stat().st_size > 2000
    assert main([*words, "--precision", "float64", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["passed"] is True
    assert main([*words, "--frames", "x"]) == 2
    assert main([*words, "-o", str(tmp_path / "report.pdf")]) == 1

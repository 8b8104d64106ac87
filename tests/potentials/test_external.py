"""Calculators of other programs in a process of their own, and only after a person's word."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk, molecule
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones

from e3viz.atoms.ase_atoms import from_ase
from e3viz.errors import FileError, UserError
from e3viz.potentials.opening import open_potential


def named(folder: Path, text: str) -> Path:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_emt_says_what_ase_says(tmp_path: Path) -> None:
    model = open_potential(named(tmp_path, 'calculator = "ase.calculators.emt.EMT"\nelements = ["Cu", "Al"]\ntrust = true\n'))
    atoms = bulk("Cu", cubic=True) * (2, 1, 1)
    atoms.rattle(0.1, seed=3)
    said = model.predict([from_ase(atoms), from_ase(atoms)])
    atoms.calc = EMT()
    assert said[0].energy == pytest.approx(atoms.get_potential_energy(), abs=1e-10)
    np.testing.assert_allclose(said[1].forces, atoms.get_forces(), atol=1e-10)
    np.testing.assert_allclose(said[0].stress, atoms.get_stress(voigt=False), atol=1e-10)
    np.testing.assert_allclose(said[0].energies.sum(), said[0].energy, atol=1e-8)
    with pytest.raises(UserError, match="does not know H"):
        model.predict([from_ase(molecule("H2O"))])
    model.close()


def test_arguments_reach_the_calculator(tmp_path: Path) -> None:
    text = 'calculator = "ase.calculators.lj.LennardJones"\narguments = { sigma = 2.2, epsilon = 0.4, rc = 7.0, smooth = true }\nr_max = 7.0\ntrust = true\n'
    model = open_potential(named(tmp_path, text))
    water = molecule("H2O")
    water.calc = LennardJones(sigma=2.2, epsilon=0.4, rc=7.0, smooth=True)
    assert model.predict([from_ase(water)])[0].energy == pytest.approx(water.get_potential_energy())
    model.close()


def test_nothing_is_imported_without_a_persons_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "burglar.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match="runs code of others"):
        open_potential(named(tmp_path, 'calculator = "burglar.Calculator"\n'))
    with pytest.raises(UserError, match="runs code of others"):
        open_potential(named(tmp_path, 'calculator = "burglar.Calculator"\ntrust = "yes"\n'))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("calculator = 3\n", "names no calculator"), ("", "names no calculator"), ('calculator = "EMT"\n', "names no calculator"),
        ('calculater = "a.b"\n', "means nothing here"), ('calculator = "a.b"\nelements = ["Xx"]\ntrust = true\n', "no element"), ("[", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises((UserError, FileError), match=words):
        open_potential(named(tmp_path, text))


def test_what_goes_wrong_over_there_is_a_sentence_here(tmp_path: Path) -> None:
    for text, words in (
        ('calculator = "no.such.Thing"\ntrust = true\n', "ModuleNotFoundError"),
        ('calculator = "ase.calculators.emt.EMT"\ntrust = true\n', "No EMT-potential"),
    ):
        model = open_potential(named(tmp_path, text))
        with pytest.raises(UserError, match=words):
            model.predict([from_ase(molecule("SiH4"))])
        model.close()


def test_a_process_that_dies_is_noticed_and_begun_anew(tmp_path: Path) -> None:
    model = open_potential(named(tmp_path, 'calculator = "ase.calculators.lj.LennardJones"\ntrust = true\n'))
    first = model.predict([from_ase(molecule("H2O"))])[0].energy
    os.kill(model._process.pid, 9)
    with pytest.raises(UserError, match="ended without an answer"):
        model.predict([from_ase(molecule("H2O"))])
    assert model.predict([from_ase(molecule("H2O"))])[0].energy == first
    model.close()

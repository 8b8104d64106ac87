"""Calculators of other programs in a process of their own, and only after a person's word."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk, molecule
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from potentials.toys import E3NN
from scipy.linalg import block_diag

from e3viz import task
from e3viz.atoms.ase_atoms import from_ase
from e3viz.atoms.edit import act
from e3viz.errors import FileError, UserError
from e3viz.potentials.audit import audit
from e3viz.potentials.external import External
from e3viz.potentials.modules import modules
from e3viz.potentials.opening import open_potential
from e3viz.potentials.trusted import UntrustedError, trust
from e3viz.symmetry.element import Element
from e3viz.symmetry.irreps import Irreps
from e3viz.symmetry.wigner import D


@pytest.fixture(autouse=True)
def a_person_of_their_own(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("E3VIZ_HOME", str(tmp_path_factory.mktemp("home")))


def trusted(path: Path) -> External:
    found = open_potential(path, trusting=True)
    assert isinstance(found, External)
    return found


def named(folder: Path, text: str) -> Path:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_emt_says_what_ase_says(tmp_path: Path) -> None:
    model = trusted(named(tmp_path, 'calculator = "ase.calculators.emt.EMT"\nelements = ["Cu", "Al"]\n'))
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
    text = (
        'calculator = "ase.calculators.lj.LennardJones"\narguments = { sigma = 2.2, epsilon = 0.4, rc = 7.0, smooth = true }\nr_max = 7.0\n'
    )
    model = trusted(named(tmp_path, text))
    water = molecule("H2O")
    water.calc = LennardJones(sigma=2.2, epsilon=0.4, rc=7.0, smooth=True)
    assert model.predict([from_ase(water)])[0].energy == pytest.approx(water.get_potential_energy())
    model.close()


def test_nothing_is_imported_without_a_persons_word(tmp_path: Path) -> None:
    (tmp_path / "burglar.py").write_text("open('broken in', 'w').close()\n")
    for text in ('calculator = "burglar.Calculator"\n', 'calculator = "os.system"\narguments = { command = "touch broken" }\n'):
        with pytest.raises(UntrustedError, match="only be loaded by running code") as told:
            open_potential(named(tmp_path, text))
        assert told.value.files == (tmp_path / "model.toml",)
    for ending in (".model", ".nequip.zip", ".ckpt", ".nequip.pth", ".nequip.pt2"):
        path = tmp_path / f"theirs{ending}"
        path.write_bytes(b"cos\nsystem\n(S'touch broken'\ntR.")
        with pytest.raises(UntrustedError):
            open_potential(path)
    assert not (tmp_path / "broken").exists() and not (tmp_path / "broken in").exists()
    with pytest.raises(UserError, match="means nothing here"):
        open_potential(named(tmp_path, 'calculator = "a.b"\ntrust = true\n'))  # a file cannot say yes to itself


def test_a_yes_is_for_these_contents_alone(tmp_path: Path) -> None:
    weights = tmp_path / "weights.bin"
    weights.write_bytes(b"1")
    path = named(tmp_path, 'calculator = "ase.calculators.lj.LennardJones"\narguments = { label = "weights.bin" }\n')
    with pytest.raises(UntrustedError) as told:
        open_potential(path)
    assert told.value.files == (path, weights)
    trust(told.value.files)
    open_potential(path)
    weights.write_bytes(b"2")
    with pytest.raises(UntrustedError):
        open_potential(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("calculator = 3\n", "names no calculator"), ("", "names no calculator"), ('calculator = "EMT"\n', "names no calculator"),
        ('calculater = "a.b"\n', "means nothing here"), ('calculator = "a.b"\nelements = ["Xx"]\n', "no element"), ("[", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises((UserError, FileError), match=words):
        trusted(named(tmp_path, text))


def test_what_goes_wrong_over_there_is_a_sentence_here(tmp_path: Path) -> None:
    for text, words in (
        ('calculator = "no.such.Thing"\n', "ModuleNotFoundError"),
        ('calculator = "ase.calculators.emt.EMT"\n', "No EMT-potential"),
    ):
        with pytest.raises(UserError, match=words):
            trusted(named(tmp_path, text)).predict([from_ase(molecule("SiH4"))])


def test_a_process_that_dies_is_noticed_and_begun_anew(tmp_path: Path) -> None:
    model = trusted(named(tmp_path, 'calculator = "ase.calculators.lj.LennardJones"\n'))
    first = model.predict([from_ase(molecule("H2O"))])[0].energy
    os.kill(model._process.pid, 9)
    with pytest.raises(UserError, match="ended without an answer"):
        model.predict([from_ase(molecule("H2O"))])
    assert model.predict([from_ase(molecule("H2O"))])[0].energy == first
    model.close()


def test_another_interpreter_and_a_calculator_that_prints(tmp_path: Path) -> None:
    (tmp_path / "chatty.py").write_text(
        "import sys\nfrom ase.calculators.lj import LennardJones\n\n\nclass Chatty(LennardJones):\n"
        "    def calculate(self, *a, **k):\n        print('x' * 100_000)\n        super().calculate(*a, **k)\n\n\n"
        "def make():\n    print('made with', sys.executable)\n    return Chatty()\n"
    )
    text = f'calculator = "chatty.make"\npython = "{sys.executable}"\nprecision = "float32"\n'
    model = trusted(named(tmp_path, text))
    water = molecule("H2O")
    water.calc = LennardJones()
    assert model.predict([from_ase(water)])[0].energy == pytest.approx(water.get_potential_energy())
    assert model.features(from_ase(water)) == [] and "no public way" in model.why
    assert model.to("float32") is model
    with pytest.raises(UserError, match="computes in float32"):
        model.to("float64")
    model.close()
    with pytest.raises(UserError, match="is no interpreter"):
        trusted(named(tmp_path, 'calculator = "chatty.make"\npython = "/no/such/python"\n'))


def test_a_calculator_that_hangs_is_cancelled(tmp_path: Path) -> None:
    (tmp_path / "sleepy.py").write_text("import time\n\n\ndef make():\n    time.sleep(60)\n")
    began = time.monotonic()

    stop = task.running(lambda done, text: None, lambda: time.monotonic() - began > 0.5)
    with stop, pytest.raises(task.Cancelled):
        trusted(named(tmp_path, 'calculator = "sleepy.make"\n'))
    assert time.monotonic() - began < 30.0


def test_what_it_says_last_is_passed_on(tmp_path: Path) -> None:
    (tmp_path / "dying.py").write_text(
        "import os, sys\n\n\ndef make():\n    sys.stderr.write('out of luck\\n')\n    sys.stderr.flush()\n    os._exit(3)\n"
    )
    with pytest.raises(UserError, match=r"ended without an answer \(out of luck\)"):
        trusted(named(tmp_path, 'calculator = "dying.make"\n'))


NEQUIP = """
import warnings

warnings.simplefilter("ignore")


def make(compiled=False):
    from nequip.data.transforms import ChemicalSpeciesToAtomTypeMapper, NeighborListTransform
    from nequip.integrations.ase import NequIPCalculator
    from nequip.model import NequIPGNNModel
    from nequip.utils.global_state import set_global_state

    set_global_state()
    names = ["H", "C", "O"]
    model = NequIPGNNModel(
        seed=0, model_dtype="float64", type_names=names, r_max=4.0, num_layers=3, l_max=2, parity=True, num_features=4, num_bessels=4,
        polynomial_cutoff_p=6, radial_mlp_depth=1, radial_mlp_width=8, avg_num_neighbors=8.0, per_type_energy_scales=1.0,
        per_type_energy_shifts={name: 0.0 for name in names},
    ).eval()
    return NequIPCalculator(model, "cpu", transforms=[ChemicalSpeciesToAtomTypeMapper(model_type_names=names), NeighborListTransform(r_max=4.0)])
"""


def test_layers_of_nequip_turn_with_g(tmp_path: Path) -> None:
    pytest.importorskip("nequip")
    (tmp_path / "tiny.py").write_text(NEQUIP)
    model = trusted(named(tmp_path, 'calculator = "tiny.make"\nelements = ["H", "C", "O"]\nr_max = 4.0\n'))
    ethanol, g = from_ase(molecule("CH3CH2OH")), Element((1.0, 2.0, 0.5), 50.0, True)
    before, after = model.features(ethanol), model.features(act(ethanol, g))
    assert [layer.layer for layer in before] == ["embedding", "interaction 1", "interaction 2", "interaction 3"]
    assert {str(irrep) for _, irrep in Irreps.parse(before[2].irreps)} == {"0e", "1e", "1o", "2e", "2o"}
    for one, other in zip(before, after, strict=True):
        turn = block_diag(*(D(irrep, g) for copies, irrep in Irreps.parse(one.irreps) for _ in range(copies)))
        assert np.abs(one.values).max() > 0.0
        np.testing.assert_allclose(other.values, one.values @ turn.T, atol=1e-12)
    said = audit(model, [ethanol], dynamics=False)
    assert said.passed and any(finding.quantity.startswith("interaction 2") for finding in said.findings)
    model.close()


def test_the_modules_of_an_e3nn_network_are_what_they_were_made_of(tmp_path: Path) -> None:
    (tmp_path / "toy.py").write_text(E3NN)
    model = trusted(named(tmp_path, 'calculator = "toy.Toy"\nelements = ["H", "O"]\nr_max = 4.0\nprecision = "float32"\n'))
    found = {one.name: one for one in modules(model, from_ase(molecule("H2O")))}
    assert list(found) == ["mix", "product", "gate", "own"] and {one.group for one in found.values()} == {"layers.0"}
    assert [found[name].parameters for name in found] == [32, 0, 0, 8] and str(found["gate"].after) == "4x0e+4x1o"
    product = found["product"].product
    assert product is not None and [path.mode for path in product.instructions] == ["uvu"] * 3
    from e3nn import o3

    steps = [(0, 0, 0, "uvu", True), (0, 1, 1, "uvu", True, 4.0), (1, 1, 2, "uvu", True)]
    theirs = o3.TensorProduct("4x0e+4x1o", "0e+1o", "4x0e+4x1o+4x0e", steps, path_normalization="path", compile_left_right=False)
    np.testing.assert_allclose(product.coefficients, [step.path_weight for step in theirs.instructions], rtol=1e-6)
    assert found["product"].strengths == pytest.approx((1.0, 2.0, 3.0)) and len(found["own"].strengths) == 1
    model.close()


def test_what_shows_no_modules_says_why(tmp_path: Path) -> None:
    water = from_ase(molecule("H2O"))
    model = trusted(named(tmp_path, 'calculator = "ase.calculators.lj.LennardJones"\n'))
    with pytest.raises(UserError, match="no network of PyTorch"):
        modules(model, water)
    model.close()
    (tmp_path / "plain.py").write_text(E3NN.replace("[Layer()]", "[torch.nn.Linear(1, 1)]"))
    model = trusted(named(tmp_path, 'calculator = "plain.Toy"\nelements = ["H", "O"]\nr_max = 4.0\nprecision = "float32"\n'))
    with pytest.raises(UserError, match="No module of e3nn"):
        modules(model, water)
    model.close()

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, graphene, molecule
from ase.spacegroup import crystal
from atoms.known_molecules import ALL

from e3viz.atoms.groups import describe
from e3viz.atoms.operations import permutation
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError
from e3viz.symmetry.point_groups import pretty

ORDERS = {"C60": 120, "CH4": 24, "SF6": 48, "T": 12, "Th": 24, "O": 24, "S8": 8, "D7h ring": 28, "C6H6": 24}


def of(atoms: Atoms) -> Structure:
    return Structure(atoms.numbers.astype(np.int32), atoms.positions.copy(), np.array(atoms.cell[:]), tuple(bool(p) for p in atoms.pbc))


def moved(atoms: Atoms, seed: int) -> Structure:
    """Turned, shifted and with its atoms in another order."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    order = rng.permutation(len(atoms))
    return Structure(atoms.numbers[order].astype(np.int32), atoms.positions[order] @ turn.T + rng.normal(size=3) * 5.0)


@pytest.mark.parametrize("name", ALL)
def test_point_groups_of_molecules_however_they_lie(name: str) -> None:
    atoms, group = ALL[name]
    for seed in range(2):
        structure = moved(atoms, seed)
        info = describe(structure)
        assert info.point_group == group
        assert len(info.operations) == ORDERS.get(name, len(info.operations))
        for operation in info.operations:
            np.testing.assert_array_equal(np.sort(permutation(structure, operation.element, 0.03)), np.arange(len(atoms)))
            if "∞" not in group and group != "Kh":
                assert operation.element.order() is not None


@pytest.mark.parametrize("name", ["CH4", "C6H6", "C2H6", "SF6", "NH3", "C3H4_D2d", "staggered ferrocene", "C60"])
def test_shaken_molecules_lose_their_group_but_it_is_named_as_near(name: str) -> None:
    atoms, group = ALL[name]
    structure = moved(atoms, 1)
    noise = np.random.default_rng(5).normal(0.0, 0.025, structure.positions.shape)
    info = describe(Structure(structure.numbers, structure.positions + noise), tolerance=1e-3)
    assert info.point_group in ("C1", "Cs")
    assert info.higher == group
    assert 0.01 < info.higher_within <= 0.3
    again = describe(Structure(structure.numbers, structure.positions + noise), tolerance=info.higher_within)
    assert again.point_group == group


def test_the_text_for_the_window() -> None:
    ethanol = molecule("CH3CH2OH")
    assert describe(of(ethanol)).text == "molecule, point group Cₛ"
    ethanol.positions[2] += [0.0, 0.0, 0.12]
    info = describe(of(ethanol))
    assert info.text.startswith("molecule, point group C₁ (Cₛ within 0.")
    assert [pretty(n) for n in ("C2v", "D3d", "Ih", "D∞h", "Td", "S4")] == ["C₂ᵥ", "D₃d", "Iₕ", "D∞h", "Td", "S₄"]


def test_labels_of_operations() -> None:
    methane = describe(of(molecule("CH4")))
    labels = [o.label for o in methane.operations]
    assert {label: labels.count(label) for label in sorted(set(labels))} == {"C₂": 3, "C₃": 4, "C₃²": 4, "E": 1, "S₄": 3, "S₄³": 3, "σ": 6}
    benzene = [o.label for o in describe(of(molecule("C6H6"))).operations]
    assert {"C₆", "C₆⁵", "C₃", "C₃²", "S₆", "S₆⁵", "S₃", "S₃⁵", "i"} <= set(benzene)
    assert benzene.count("σ") == benzene.count("C₂") == 7


@pytest.mark.parametrize("n", [7, 10, 12])
def test_shaken_antiprisms_have_an_exact_group(n: int) -> None:
    turn = 2.0 * np.pi * np.arange(n) / n
    rings = [
        np.stack([np.cos(turn + s * np.pi / (2 * n)), np.sin(turn + s * np.pi / (2 * n)), 0 * turn + 0.3 * s], axis=1) for s in (1, -1)
    ]
    shaken = np.concatenate(rings) * 3.0 + np.random.default_rng(n).normal(0.0, 0.01, (2 * n, 3))
    info = describe(Structure(np.full(2 * n, 6, np.int32), shaken), tolerance=0.1)
    assert info.point_group == f"D{n}d" and len(info.operations) == 4 * n
    matrices = np.array([o.element.linear for o in info.operations])
    for product in (matrices[:, None] @ matrices).reshape(-1, 3, 3):
        assert np.abs(matrices - product).max(axis=(1, 2)).min() < 1e-9
    labels = [o.label for o in info.operations]
    assert labels.count("σ") == n and all("(" not in label for label in labels)


def test_what_stays_in_place_under_an_operation() -> None:
    water = of(molecule("H2O"))
    for operation in describe(water).operations:
        np.testing.assert_allclose(operation.element.act(np.array(operation.point)), operation.point, atol=1e-9)
        if operation.kind == "mirror":
            along = np.asarray(operation.direction)
            np.testing.assert_allclose(operation.element.act_on_vectors(along), -along, atol=1e-9)
            assert "mirror plane with normal" in operation.text


def test_equivalent_atoms_and_site_symmetries() -> None:
    benzene = describe(of(molecule("C6H6")))
    assert benzene.equivalent.tolist() == [0] * 6 + [6] * 6
    assert set(benzene.site_symmetries) == {"C2v"}
    sulfur = describe(of(ALL["SF6"][0]))
    assert sulfur.site_symmetries[:2] == ("Oh", "C4v")
    line = describe(of(molecule("CO2")))
    assert line.site_symmetries == ("D∞h", "C∞v", "C∞v")


def test_sixty_atoms_take_a_moment_only() -> None:
    structure = moved(molecule("C60"), 0)
    describe(structure)
    began = time.perf_counter()
    assert describe(structure).text == "molecule, point group Iₕ"
    assert time.perf_counter() - began < 1.0  # 0.045 s on an idle core


def test_large_and_plain_molecules_are_no_trouble() -> None:
    rng = np.random.default_rng(0)
    gas = Structure(rng.choice([1, 6], 1500).astype(np.int32), rng.random((1500, 3)) * 40.0)
    assert describe(gas).point_group == "C1"
    with pytest.raises(UserError, match="atoms"):
        describe(Structure(np.ones(6000, np.int32), rng.random((6000, 3))))
    with pytest.raises(UserError, match="atoms"):
        describe(Structure(np.zeros(0, np.int32), np.zeros((0, 3))))
    with pytest.raises(UserError, match="tolerance"):
        describe(gas, tolerance=0.0)
    for n, group in ((100, "D100h"), (2000, None)):
        turn = np.arange(n) / n * 2.0 * np.pi
        ring = Structure(np.full(n, 6, np.int32), np.stack([np.cos(turn), np.sin(turn), 0.0 * turn], axis=1) * n * 0.23)
        if group:
            assert describe(ring).point_group == group
        else:
            with pytest.raises(UserError, match="alike"):
                describe(ring)
    with pytest.raises(UserError, match="far away"):
        describe(Structure(np.ones(3, np.int32), np.eye(3) * 1e300))
    with pytest.raises(UserError, match="finite"):
        describe(Structure(np.ones(2, np.int32), np.full((2, 3), np.nan)))


QUARTZ = crystal(["Si", "O"], [(0.4697, 0, 2 / 3), (0.4135, 0.2669, 0.7858)], spacegroup=154, cellpar=[4.916, 4.916, 5.4054, 90, 90, 120])
RUTILE = crystal(["Ti", "O"], [(0, 0, 0), (0.305, 0.305, 0)], spacegroup=136, cellpar=[4.594, 4.594, 2.958, 90, 90, 90])
PEROVSKITE = crystal(["Sr", "Ti", "O"], [(0, 0, 0), (0.5, 0.5, 0.5), (0.5, 0.5, 0)], spacegroup=221, cellpar=[3.905] * 3 + [90] * 3)
CRYSTALS = {
    "rock salt": (bulk("NaCl", "rocksalt", 5.64), "Fm-3m", 225, "Oh", 48, 1),
    "rock salt, cubic": (bulk("NaCl", "rocksalt", 5.64, cubic=True), "Fm-3m", 225, "Oh", 48, 4),
    "diamond": (bulk("C", cubic=True), "Fd-3m", 227, "Oh", 48, 4),
    "zinc blende": (bulk("ZnS", "zincblende", 5.41), "F-43m", 216, "Td", 24, 1),
    "zinc": (bulk("Zn"), "P6_3/mmc", 194, "D6h", 24, 1),
    "quartz": (QUARTZ, "P3_221", 154, "D3", 6, 1),
    "rutile": (RUTILE, "P4_2/mnm", 136, "D4h", 16, 1),
    "perovskite": (PEROVSKITE, "Pm-3m", 221, "Oh", 48, 1),
}


@pytest.mark.parametrize("name", CRYSTALS)
def test_space_groups_of_crystals(name: str) -> None:
    atoms, symbol, number, point_group, order, centring = CRYSTALS[name]
    structure = of(atoms)
    info = describe(structure)
    assert (info.kind, info.space_group, info.number, info.point_group) == ("crystal", symbol, number, point_group)
    assert (len(info.operations), info.centring) == (order, centring)
    assert len(info.wyckoffs) == len(info.site_symmetries) == len(atoms)
    for operation in info.operations:
        np.testing.assert_array_equal(np.sort(permutation(structure, operation.element, 1e-3)), np.arange(len(atoms)))
        fixed = operation.element.act(np.array(operation.point)) - operation.shift
        np.testing.assert_allclose(fixed, operation.point, atol=1e-6)


def test_labels_of_screws_and_glides() -> None:
    assert sorted(o.label for o in describe(of(QUARTZ)).operations) == ["1", "2", "2", "2", "3₂⁺", "3₂⁻"]
    mirrored = QUARTZ.copy()
    mirrored.set_scaled_positions(-mirrored.get_scaled_positions())
    other = describe(of(mirrored))
    assert other.space_group == "P3_121"
    assert {"3₁⁺", "3₁⁻"} <= {o.label for o in other.operations}
    zinc = {o.label for o in describe(of(bulk("Zn"))).operations}
    assert {"6₃⁺", "6₃⁻", "c", "m", "2₁", "6̄⁺", "1̄"} <= zinc
    assert {"4₁⁺", "4₃⁻", "d"} & {o.label for o in describe(of(bulk("Si"))).operations}


def test_layers_and_wires() -> None:
    assert describe(of(graphene(vacuum=4.0))).text == "layer group p6/mmm (80)"
    slab = describe(of(fcc111("Cu", (1, 1, 3), vacuum=6.0)))
    assert (slab.kind, slab.space_group, slab.point_group) == ("layer", "p-3m1", "D3d")
    chain = Atoms("C", [[0, 0, 0]], cell=[0, 0, 1.3], pbc=(False, False, True))
    assert describe(of(chain)).text == "wire, space group P4/mmm (123)"


def test_shaken_crystals_name_the_near_group() -> None:
    salt = bulk("NaCl", "rocksalt", 5.64, cubic=True)
    salt.rattle(0.02, seed=1)
    assert describe(of(salt)).text == "space group P1 (1, Fm−3m within 0.2 Å)"


def test_what_has_no_space_group_is_one_sentence() -> None:
    with pytest.raises(UserError, match="No space group"):
        describe(Structure(np.array([6, 6], np.int32), np.zeros((2, 3)), np.eye(3) * 3.0, (True, True, True)))
    with pytest.raises(UserError, match="no volume"):
        describe(Structure(np.array([6], np.int32), np.zeros((1, 3)), np.zeros((3, 3)), (True, True, True)))


def test_molecules_need_no_slow_imports() -> None:
    code = (
        "import sys, numpy as np; from e3viz.atoms.groups import describe; from e3viz.atoms.structure import Structure;"
        "describe(Structure(np.array([8, 1, 1]), np.array([[0, 0, 0.1], [0, 0.76, -0.5], [0, -0.76, -0.5]])));"
        "print([m for m in ('spglib', 'scipy', 'torch', 'ase') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_screw_axes_are_subscripts():
    from e3viz.atoms.space_groups import typeset

    assert typeset("P3_221") == "P3₂21" and typeset("Fm-3m") == "Fm−3m"

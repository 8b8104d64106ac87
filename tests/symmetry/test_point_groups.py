"""The groups by name: orders, names of subgroups, international symbols against spglib."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import spglib

from e3viz.errors import UserError
from e3viz.symmetry.element import Element
from e3viz.symmetry.point_groups import (
    CRYSTAL_SYSTEMS,
    CRYSTALLOGRAPHIC,
    NAMES,
    hermann_mauguin,
    plane_group,
    point_group,
    pretty,
    schoenflies,
    standard_name,
)

ORDERS = {"T": 12, "Td": 24, "Th": 24, "O": 24, "Oh": 48, "I": 60, "Ih": 120, "C1": 1, "Cs": 2, "Ci": 2}


@pytest.mark.parametrize("name", NAMES)
def test_orders_and_names(name: str) -> None:
    group = point_group(name)
    if name in ORDERS:
        assert len(group) == ORDERS[name]
    else:
        n = int("".join(c for c in name if c.isdigit()))
        assert len(group) == (n if name[0] == "S" else n * (2 if name[0] == "D" else 1) * (2 if name[-1] in "vhd" else 1))
    assert schoenflies(group.matrices) == name
    turn = Element((0.3, -0.5, 0.8), 77.0).linear
    assert schoenflies(turn @ group.matrices @ turn.T) == name


@pytest.mark.parametrize("name", CRYSTALLOGRAPHIC)
def test_international_symbols_against_spglib(name: str) -> None:
    """In a lattice that all its operations keep: cubic, or hexagonal for three- and six-fold axes along z."""
    group = point_group(name)
    hexagonal = CRYSTAL_SYSTEMS[name] in ("trigonal", "hexagonal")
    lattice = np.array([[1.0, 0.0, 0.0], [-0.5, np.sqrt(0.75), 0.0], [0.0, 0.0, 1.0]]).T if hexagonal else np.eye(3)
    whole = np.linalg.inv(lattice) @ group.matrices @ lattice
    assert np.abs(whole - np.rint(whole)).max() < 1e-12
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # spglib warns of its own change of error handling
        symbol = spglib.get_pointgroup(np.rint(whole).astype(int))[0].strip()
    assert symbol == CRYSTALLOGRAPHIC[name]
    assert hermann_mauguin(name).replace("−", "-") == CRYSTALLOGRAPHIC[name]


def test_names_as_people_write_them() -> None:
    assert standard_name("C_4v") == standard_name("4mm") == standard_name("C₄ᵥ") == "C4v"
    assert standard_name("-43m") == standard_name("−43m") == "Td"
    assert standard_name("C3i") == "S6" and standard_name("D1h") == "C2v"
    assert [pretty(n) for n in ("C2v", "D3d", "Oh", "S4", "D12h")] == ["C₂ᵥ", "D₃d", "Oₕ", "S₄", "D₁₂ₕ"]
    assert [hermann_mauguin(n) for n in ("D5h", "D4d", "C8v", "S8", "S10", "Ih")] == ["−10m2", "−82m", "8mm", "−8", "−5", "−5−3m"]
    assert len(CRYSTALLOGRAPHIC) == 32
    with pytest.raises(UserError, match="C13") as caught:
        point_group("C13")
    assert caught.value.hint
    with pytest.raises(UserError, match="13"):
        plane_group(13)


def test_elements_are_named_as_in_textbooks() -> None:
    assert point_group("D4").class_names == ("E", "2C₄", "C₂", "2C₂′", "2C₂″")
    assert point_group("Oh").class_names == ("E", "6C₄", "3C₂", "8C₃", "6C₂′", "i", "6S₄", "3σₕ", "8S₆", "6σd")
    assert point_group("Td").class_names == ("E", "3C₂", "8C₃", "6S₄", "6σd")
    assert point_group("T").class_names == ("E", "3C₂", "4C₃", "4C₃²")
    assert point_group("D2h").names == ("E", "C₂(z)", "C₂(x)", "C₂(y)", "i", "σ(xy)", "σ(yz)", "σ(xz)")
    assert point_group("C2v").names == ("E", "C₂", "σᵥ", "σᵥ′")
    assert point_group("Ih").class_names == ("E", "12C₅", "12C₅²", "20C₃", "15C₂", "i", "12S₁₀³", "12S₁₀", "20S₆", "15σ")
    assert point_group("C2v").operations[2].axis == (0.0, 1.0, 0.0)


def test_subgroups_of_the_cube_by_name() -> None:
    group = point_group("Oh")
    names = [schoenflies(group.matrices[list(s.members)]) for s in group.subgroups]
    assert len(names) == 33
    assert set(names) == set(CRYSTALLOGRAPHIC) - {"C6", "C3h", "C6h", "D6", "C6v", "D3h", "D6h"}

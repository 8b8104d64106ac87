"""Character tables: orthogonality for all groups, and tables printed in textbooks."""

from __future__ import annotations

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.characters import CharacterTable, character_table
from e3viz.symmetry.groups import FiniteGroup
from e3viz.symmetry.point_groups import LARGEST_N, NAMES, plane_group, point_group

ALL = [*(point_group(name) for name in NAMES), *(plane_group(n, m) for n in range(1, LARGEST_N + 1) for m in (False, True))]


def rows(table: CharacterTable) -> dict[str, list[str]]:
    return {name: [table.text(k, c) for c in range(len(table.group.classes))] for k, name in enumerate(table.names)}


@pytest.mark.parametrize("group", ALL, ids=lambda g: f"{g.name}-{len(g)}")
def test_orthogonality_dimensions_and_names(group: FiniteGroup) -> None:
    table = character_table(group)
    assert table.orthogonality_error() < 1e-14
    assert int((table.dims**2).sum()) == len(group) and len(table.names) == len(group.classes)
    assert len(set(table.names)) == len(table.names) and table.names[0].startswith("A")
    assert np.abs(table.values[0] - 1.0).max() == 0.0
    assert sorted(k for pair in table.real_irreps for k in pair) == list(range(len(table.names)))
    assert len(set(table.real_names)) == len(table.real_names)
    assert (table.multiplicities(len(group) * (np.arange(len(group)) == 0)) == table.dims).all()  # of the regular representation


@pytest.mark.parametrize("group", ALL, ids=lambda g: f"{g.name}-{len(g)}")
def test_products_of_one_dimensional_characters(group: FiniteGroup) -> None:
    """χ(g₁g₂) = χ(g₁)χ(g₂) where the dimension is 1: this fails for a table that is only orthogonal."""
    table = character_table(group)
    for row in table.of_elements[table.dims == 1]:
        assert np.abs(row[group.table] - row[:, None] * row).max() < 1e-12


def test_tables_of_textbooks() -> None:
    assert rows(character_table(point_group("C3v"))) == {"A₁": ["1", "1", "1"], "A₂": ["1", "1", "−1"], "E": ["2", "−1", "0"]}
    td = rows(character_table(point_group("Td")))  # E 3C₂ 8C₃ 6S₄ 6σd
    assert td["A₂"] == ["1", "1", "1", "−1", "−1"] and td["T₁"] == ["3", "−1", "0", "1", "−1"] and td["T₂"] == ["3", "−1", "0", "−1", "1"]
    icosahedral = rows(character_table(point_group("I")))  # E 12C₅ 12C₅² 20C₃ 15C₂
    assert icosahedral["T₁"] == ["3", "φ", "1−φ", "0", "−1"] and icosahedral["G"] == ["4", "−1", "−1", "1", "0"]
    assert rows(character_table(point_group("C4")))["¹E"] == ["1", "i", "−1", "−i"]
    assert rows(character_table(point_group("C3")))["²E"] == ["1", "ε*", "ε"]
    assert rows(character_table(point_group("C3h")))["¹E″"] == ["1", "ε", "ε*", "−1", "−ε", "−ε*"]
    assert rows(character_table(point_group("D4d")))["E₁"] == ["2", "0", "−2", "0", "√2", "−√2", "0"]
    assert rows(character_table(point_group("C7v")))["E₁"][1] == "2 cos 51.43°"
    d2h = rows(character_table(point_group("D2h")))  # E C₂(z) C₂(x) C₂(y) …
    assert [d2h[f"B{k}g"][1:4] for k in "₁₂₃"] == [["1", "−1", "−1"], ["−1", "−1", "1"], ["−1", "1", "−1"]]


@pytest.mark.parametrize(
    ("name", "irreps"),
    [
        ("C1", "A"), ("Cs", "A′ A″"), ("Ci", "Ag Au"), ("S4", "A B ¹E ²E"), ("T", "A ¹E ²E T"), ("O", "A₁ A₂ E T₁ T₂"),
        ("D6h", "A₁g A₂g B₁g B₂g E₁g E₂g A₁u A₂u B₁u B₂u E₁u E₂u"), ("D3h", "A₁′ A₂′ E′ A₁″ A₂″ E″"), ("D5d", "A₁g A₂g E₁g E₂g A₁u A₂u E₁u E₂u"),
        ("D6d", "A₁ A₂ B₁ B₂ E₁ E₂ E₃ E₄ E₅"), ("Ih", "Ag T₁g T₂g Gg Hg Au T₁u T₂u Gu Hu"), ("C4h", "Ag Bg ¹Eg ²Eg Au Bu ¹Eu ²Eu"),
        ("Th", "Ag ¹Eg ²Eg Tg Au ¹Eu ²Eu Tu"), ("C2v", "A₁ A₂ B₁ B₂"), ("C2h", "Ag Bg Au Bu"), ("S6", "Ag ¹Eg ²Eg Au ¹Eu ²Eu"),
    ],
)  # fmt: skip
def test_mulliken_names(name: str, irreps: str) -> None:
    assert character_table(point_group(name)).names == tuple(irreps.split())


def test_where_coordinates_belong() -> None:
    """x, y, z as in the last columns of printed tables."""
    for name, expected in {
        "C2v": "A₁ B₁ B₂", "C3v": "A₁ E", "D3h": "E′ A₂″", "Oh": "T₁u", "Td": "T₂", "Ih": "T₁u", "D2h": "B₁u B₂u B₃u", "D4h": "A₂u Eu", "C4": "A ¹E ²E",
    }.items():  # fmt: skip
        table = character_table(point_group(name))
        counts = table.multiplicities(np.trace(table.group.matrices, axis1=1, axis2=2))
        assert [n for n, count in zip(table.names, counts, strict=True) if count] == expected.split(), name


def test_wrong_questions() -> None:
    table = character_table(point_group("C3v"))
    with pytest.raises(UserError, match="no irrep"):
        table.index("T1")
    with pytest.raises(ValueError, match="characters"):
        table.multiplicities(np.arange(6.0))

from __future__ import annotations

import numpy as np
import pytest
from ase.build import bulk, molecule
from hypothesis import example, given
from hypothesis import strategies as st

from e3viz.atoms.expression import ExpressionError
from e3viz.atoms.quantities import quantities, quantity
from e3viz.atoms.select import select
from e3viz.atoms.structure import Structure
from e3viz.errors import UserError

ATOMS = molecule("CH3CH2OH")
RNG = np.random.default_rng(0)
FORCES = RNG.normal(size=(9, 3))
CHARGES = RNG.normal(size=9)
ETHANOL = Structure(
    ATOMS.numbers.astype(np.int32),
    ATOMS.positions,
    arrays={"forces": FORCES, "charges": CHARGES, "my charge": CHARGES, "tags": np.arange(9) % 3, "labels": np.array(list("abcdefghi"))},
)
X, Y, Z = ATOMS.positions.T
N = ATOMS.numbers
FORCE = np.linalg.norm(FORCES, axis=1)
INDEX = np.arange(9)

EXPRESSIONS = {
    "z > 0.5 and force > 1": (Z > 0.5) & (FORCE > 1),
    "element == C": N == 6,
    "element = c": N == 6,
    "element != H": N != 1,
    "element in C, O": (N == 6) | (N == 8),
    "C or O": (N == 6) | (N == 8),
    "not H": N != 1,
    "!H & x<=0": (N != 1) & (X <= 0),
    "index in 0:3": INDEX <= 3,
    "index in 1, 4:5, 7:": np.isin(INDEX, [1, 4, 5, 7, 8]),
    "index in :2": INDEX <= 2,
    "x in -0.5:0.5": (X >= -0.5) & (X <= 0.5),
    "all": N > 0,
    "none": N < 0,
    "not (C or index == 8)": ~((N == 6) | (INDEX == 8)),
    "-1 < x <= 1 < 2": (X > -1) & (X <= 1),
    "forces.x > 0": FORCES[:, 0] > 0,
    "abs(forces.z) >= 0.5": np.abs(FORCES[:, 2]) >= 0.5,
    "sqrt(x^2 + y^2 + z^2) < 1.2": np.sqrt(X**2 + Y**2 + Z**2) < 1.2,
    "(x + y) * 2 > 3 - z / 4": (X + Y) * 2 > 3 - Z / 4,
    "((x + y)) * 2 > 3": (X + Y) * 2 > 3,
    "-x^2 < -1": -(X**2) < -1,
    "index % 2 == 0 or z > 1e-1": (INDEX % 2 == 0) | (Z > 0.1),
    "charge > 0": CHARGES > 0,
    '"my charge" > 0 and tags == 1': (CHARGES > 0) & (INDEX % 3 == 1),
    "mass > 13": N > 6,
    "number ≥ 6": N >= 6,
    "neighbours = 4": N == 6,
    "bonded to O": np.isin(INDEX, [1, 3]),
    "x ≠ x": N < 0,
    "1 / (index - 1) > 0.4": np.isin(INDEX, [1, 2, 3]),
    "H OR (C AND NOT index in 0)": (N == 1) | (INDEX == 1),
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_expressions(expression: str) -> None:
    np.testing.assert_array_equal(select(ETHANOL, expression), EXPRESSIONS[expression])


def test_distance_from_a_selection() -> None:
    apart = np.linalg.norm(ATOMS.positions - ATOMS.positions[2], axis=1)
    np.testing.assert_array_equal(select(ETHANOL, "within 1.5 of O"), apart < 1.5)
    chosen = INDEX == 2
    np.testing.assert_array_equal(select(ETHANOL, "within 2.2 of selection and not selection", chosen), (apart < 2.2) & ~chosen)
    assert not select(ETHANOL, "within 3 of selection").any()
    salt = bulk("NaCl", "rocksalt", 5.64, cubic=True)
    crystal = Structure(salt.numbers.astype(np.int32), salt.positions, np.array(salt.cell[:]), (True, True, True))
    assert np.count_nonzero(select(crystal, "within 2.9 of index == 0")) == 4
    np.testing.assert_array_equal(select(crystal, "a < 0.25"), salt.get_scaled_positions()[:, 0] < 0.25)
    assert select(crystal, "metal").sum() == 4


MISTAKES = {
    "": 0,
    "z >": 3,
    "z": 1,
    "z > 5 and": 9,
    "z > 5 5": 6,
    "colour > 3": 0,
    "forces.w > 1": 6,
    "element == Qq": 11,
    "element C": 8,
    "within of O": 7,
    "within 3 O": 9,
    "(z > 5": 6,
    "z > 5)": 5,
    "index in": 8,
    "labels > 3": 0,
    "z > 5 $ x": 6,
    "charges.x > 0": 0,
    "import os": 0,
    "__class__ > 1": 0,
    "bonded O": 7,
    "1 2": 2,
}


@pytest.mark.parametrize("expression", MISTAKES)
def test_mistakes_point_at_their_column(expression: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        select(ETHANOL, expression)
    assert caught.value.column == MISTAKES[expression]
    assert caught.value.pointer.splitlines()[-1] == " " * caught.value.column + "^"
    assert caught.value.message.endswith(".")


def test_hints_name_the_nearest_word() -> None:
    with pytest.raises(ExpressionError, match=r"Did you mean “charges”\?"):
        select(ETHANOL, "charhes > 1")
    with pytest.raises(ExpressionError, match="“Qq” at column 12 is no chemical element"):
        select(ETHANOL, "element == Qq")


def test_depth_and_length_are_bounded() -> None:
    for text in ("(" * 5000 + "x", "not " * 400 + "C", "-" * 1500 + "x > 1", "abs(" * 300 + "x"):
        with pytest.raises(ExpressionError):
            select(ETHANOL, text)
    with pytest.raises(UserError, match="another structure"):
        select(ETHANOL, "selection", np.ones(3, dtype=bool))


WORDS = [
    "x",
    "z",
    "force",
    "forces",
    ".x",
    "element",
    "C",
    "O",
    "in",
    "==",
    "<",
    ">",
    "and",
    "or",
    "not",
    "(",
    ")",
    "1",
    "2.5",
    ":",
    ",",
    "-",
]
MORE = ["within", "of", "selection", "all", "+", "*", "/", "^", "abs", "sqrt", "index", "bonded", "to", "%", "'a'", "≤"]


@given(st.lists(st.sampled_from([*WORDS, *MORE]), max_size=14).map(" ".join) | st.text(max_size=25))
@example("1 / 0 > 2")
@example("9 ^ 9 ^ 9 ^ 9 > 1")
def test_any_text_gives_a_mask_or_a_sentence(text: str) -> None:
    try:
        mask = select(ETHANOL, text)
    except UserError as error:
        assert error.message
    else:
        assert mask.shape == (9,)
        assert mask.dtype == bool


def test_quantities_for_fields_and_colours() -> None:
    names = quantities(ETHANOL)
    assert {"x", "index", "charges", "forces", "forces.x", "tags"} <= set(names)
    for name in names:
        base, _, axis = name.partition(".")
        values = quantity(ETHANOL, base, axis)
        assert values is not None
        assert values.shape == (9,)
    assert quantity(ETHANOL, "labels") is None

from __future__ import annotations

import subprocess
import sys

import ase.data
import numpy as np
import pytest
from ase import Atoms

from e3viz.atoms import elements
from e3viz.errors import UserError


def test_the_tables_agree_with_ase() -> None:
    assert list(elements.SYMBOLS) == ase.data.chemical_symbols
    np.testing.assert_array_equal(elements.COVALENT_RADII[1:], ase.data.covalent_radii[1:])
    assert elements.COLOURS.shape == (119, 3)
    assert elements.COLOURS.dtype == np.uint8
    assert elements.VDW_RADII.shape == elements.COVALENT_RADII.shape == elements.IS_METAL.shape == (119,)
    assert (elements.VDW_RADII[:55] > elements.COVALENT_RADII[:55]).all()
    assert len(elements.NAMES) == 119


def test_every_element_has_a_place_in_the_order_of_formulas() -> None:
    assert sorted(elements.ELECTROPOSITIVITY) == list(range(119))


def test_the_elements_of_organic_molecules_are_easy_to_tell_apart() -> None:
    colours = elements.COLOURS[[1, 6, 7, 8, 16]].astype(float)
    apart = np.linalg.norm(colours[:, None] - colours[None], axis=-1)
    assert apart[np.triu_indices(5, 1)].min() > 80


@pytest.mark.parametrize(
    ("atoms", "text", "reduced"),
    [
        ("C2H5OH", "C₂H₆O", "C2H6O"),
        ("H3N", "NH₃", "NH3"),
        ("OH2", "H₂O", "H2O"),
        ("Cl4Na4", "Na₄Cl₄", "NaCl"),
        ("O3TiSr", "SrTiO₃", "SrTiO3"),
        ("C60", "C₆₀", "C"),
        ("ClH", "HCl", "HCl"),
        ("C2SiH8", "C₂H₈Si", "C2H8Si"),
        ("C8Si8", "Si₈C₈", "SiC"),
    ],
)
def test_formulas(atoms: str, text: str, reduced: str) -> None:
    numbers = Atoms(atoms).numbers
    assert elements.formula_unicode(numbers) == text
    assert elements.reduced_formula(numbers) == reduced


def test_formula_of_nothing_and_of_unknown_elements() -> None:
    assert elements.formula(np.zeros(0, int)) == ""
    assert elements.reduced_formula(np.zeros(0, int)) == ""
    assert elements.formula(np.array([0, 0])) == "X2"


def test_a_symbol_in_any_capitals() -> None:
    assert elements.atomic_number("fe") == elements.atomic_number("FE") == 26
    with pytest.raises(UserError, match=r"“Qq” is no chemical element"):
        elements.atomic_number("Qq")


def test_importing_the_tables_brings_neither_ase_nor_scipy() -> None:
    code = "import sys, e3viz.atoms.elements; print([m for m in ('ase', 'scipy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Cartesian tensors and irreps: equivariance, exact entries, and e3nn's ReducedTensorProducts as the oracle."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from e3viz.errors import UserError
from e3viz.symmetry.exact import exact_matrix
from e3viz.symmetry.irreps import Irrep
from e3viz.symmetry.tensors import PRESETS, TensorBasis, reduce_tensor, split_matrix
from e3viz.symmetry.voigt import from_voigt, to_voigt
from e3viz.symmetry.wigner import D

FORMULAS = (
    "i", "ij", "ij=ji", "ij=-ji", "ijk", "ijk=jik", "ijk=ikj", "ijk=jik=ikj", "ijk=-jik=-ikj", "ijkl=jikl=klij", "ijkl=jikl=ijlk", "ijkl=-jikl=-ijlk=klij",
)  # fmt: skip


@pytest.mark.parametrize("formula", [*FORMULAS, "", "ijklm=jiklm", "ijklmn=jiklmn=ijlkmn=ijklnm=klijmn=ijmnkl"])
@pytest.mark.parametrize("vector", [Irrep(1, -1), Irrep(1, 1)])
def test_equivariant_orthonormal_and_invertible(formula: str, vector: Irrep, orthogonal: np.ndarray, rng: np.random.Generator) -> None:
    basis = reduce_tensor(formula, vector)
    assert np.abs(basis.flat @ basis.flat.T - np.eye(basis.dim)).max() < 1e-14
    assert basis.irreps.dim == basis.dim and len(basis.couplings) == basis.irreps.count
    components = rng.normal(size=basis.dim)
    tensor = basis.to_tensor(components)
    assert basis.to_irreps(tensor) == pytest.approx(components, abs=1e-13)
    for order, sign in basis.formula.permutations:
        assert tensor == pytest.approx(sign * np.transpose(tensor, order), abs=1e-13)
    for g in orthogonal:
        turned = basis.to_irreps(basis.turned(tensor, g))
        assert np.abs(turned - D(basis.irreps, g) @ components).max() < 1e-12
    assert sum((part for _, part in basis.parts(tensor)), np.zeros(tensor.shape)) == pytest.approx(tensor, abs=1e-13)


@pytest.mark.parametrize("formula", FORMULAS)
def test_same_subspaces_as_e3nn(formula: str, o3: Any) -> None:
    ours = reduce_tensor(formula)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = o3.ReducedTensorProducts(formula, **dict.fromkeys(ours.formula.indices, "1o"))
    q = theirs.change_of_basis.numpy().reshape(-1, 3**ours.rank)
    assert ours.irreps.regroup() == type(ours.irreps).parse(str(theirs.irreps_out)).regroup()
    for _, irrep in ours.irreps:
        mine = np.concatenate([ours.flat[s] for s, (_, ir) in zip(ours.irreps.slices(), ours.irreps, strict=True) if ir == irrep])
        other = np.concatenate(
            [q[s] for s, mul_ir in zip(theirs.irreps_out.slices(), theirs.irreps_out, strict=True) if str(mul_ir.ir) == str(irrep)]
        )
        other = other / np.linalg.norm(other, axis=1, keepdims=True)
        assert np.abs(mine.T @ mine - other.T @ np.linalg.pinv(other.T)).max() < 1e-6  # the same span, whatever the mixture of copies


@pytest.mark.parametrize("formula", FORMULAS)
def test_entries_are_exact(formula: str) -> None:
    basis = reduce_tensor(formula)
    exact = basis.exact
    assert exact is not None
    assert np.abs(np.asarray(exact) - basis.flat).max() < 1e-14
    assert all(sum(entry.square() for entry in row) == 1 for row in exact.entries)  # orthonormal in exact arithmetic


def test_what_matrices_are_made_of() -> None:
    basis = reduce_tensor("ij")
    assert str(basis.irreps) == "1x0e+1x1e+1x2e"
    m = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 10.0]])
    parts = split_matrix(m)
    assert parts.trace + parts.antisymmetric + parts.traceless == pytest.approx(m)
    for own, (_, part) in zip((parts.trace, parts.antisymmetric, parts.traceless), basis.parts(m), strict=True):
        assert part == pytest.approx(own, abs=1e-14)
    cross = basis.to_irreps(m)[1:4]  # 1e is the axial vector of the antisymmetric part, up to its length and sign
    axial = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]])
    assert abs(cross @ axial) == pytest.approx(np.linalg.norm(cross) * np.linalg.norm(axial))
    assert reduce_tensor("ij=ji").exact.texts()[0] == ("√3/3", "0", "0", "0", "√3/3", "0", "0", "0", "√3/3")  # type: ignore[union-attr]


def test_presets() -> None:
    counts = {name: reduce_tensor(preset.formula) for name, preset in PRESETS.items()}
    expected = {
        "matrix": "1x0e+1x1e+1x2e", "stress": "1x0e+1x2e", "polarizability": "1x0e+1x2e", "born-charge": "1x0e+1x1e+1x2e", "moment-of-spin": "1x1e",
        "piezoelectric": "2x1o+1x2o+1x3o", "hyperpolarizability": "1x1o+1x3o", "elastic": "2x0e+2x2e+1x4e",
    }  # fmt: skip
    assert {name: str(basis.irreps) for name, basis in counts.items()} == expected


def test_voigt(rng: np.random.Generator) -> None:
    for shape, formula in (((6,), "ij=ji"), ((3, 6), "ijk=ikj"), ((6, 6), "ijkl=jikl=ijlk")):
        numbers = rng.normal(size=shape)
        tensor = from_voigt(numbers)
        assert to_voigt(tensor).tolist() == numbers.tolist()
        assert reduce_tensor(formula).symmetrised(tensor) == pytest.approx(tensor)
    assert from_voigt(np.arange(6.0)).tolist() == [[0, 5, 4], [5, 1, 3], [4, 3, 2]]
    for wrong, call in ((np.zeros(5), from_voigt), (np.zeros((2, 2)), to_voigt), (np.arange(9.0).reshape(3, 3), to_voigt)):
        with pytest.raises(UserError):
            call(wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("ij=ik", "same indices"), ("iijj", "twice"), ("ij=ji=", "empty"), ("-ij=ji", "begin"), ("ij=ji=-ji", "zero"), ("i=-i", "zero"),
        ("abcdefgh", "at most"), ("ij=JI", "same indices"), ("=ij", "begins"), ("ij;ji", "begin"),
    ],
)  # fmt: skip
def test_wrong_formulas(wrong: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        reduce_tensor(wrong)


def test_wrong_tensors() -> None:
    basis = reduce_tensor("ij=ji")
    calls: list[Callable[[], object]] = [
        lambda: basis.to_irreps(np.zeros((2, 3))), lambda: basis.to_irreps(np.full((3, 3), np.nan)), lambda: basis.to_tensor(np.zeros(5)),
        lambda: split_matrix(np.zeros((3, 4))), lambda: reduce_tensor("ij", Irrep(2, 1)),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(UserError):
            call()
    assert isinstance(basis, TensorBasis) and basis.to_irreps(np.zeros((4, 3, 3))).shape == (4, 6)


def test_numbers_without_an_exact_form() -> None:
    assert exact_matrix(np.array([[np.pi]])) is None
    assert exact_matrix(np.array([[np.sqrt(2.0) / 3.0, -0.25]])).texts() == (("√2/3", "−1/4"),)  # type: ignore[union-attr]

"""Irreps: e3nn reads what we write, the algebra agrees with it, and every mistake is named at its place."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from e3viz.errors import UserError
from e3viz.symmetry.irreps import Irrep, Irreps, IrrepsError, as_irreps, completions


@pytest.mark.parametrize("text", ["3x0e + 4x1o", "1o", "", "0x0e", " 2e+2e ", "1000x11o", "3x2y+1x3y", "1o+3x0o+0e+2x1e+0e", "12 x 2e"])
def test_reads_as_e3nn(o3, text):
    ours, theirs = Irreps.parse(text), o3.Irreps(text.replace(" x ", "x"))
    assert str(ours) == str(theirs)
    assert (ours.dim, ours.count) == (theirs.dim, theirs.num_irreps)
    assert list(ours.slices()) == list(theirs.slices())
    assert str(ours.sort()[0]) == str(theirs.sort().irreps)
    assert str(ours.simplify()) == str(theirs.simplify())
    assert str(ours.regroup()) == str(theirs.regroup())
    assert Irreps.parse(str(ours)) == ours


def test_tensor_products_as_e3nn(o3, rng):
    for _ in range(20):
        left, right = (
            Irreps(tuple((int(rng.integers(0, 4)), Irrep(int(rng.integers(0, 5)), int(rng.choice([-1, 1])))) for _ in range(3)))
            for _ in range(2)
        )
        theirs = o3.FullTensorProduct(str(left), str(right)).irreps_out.regroup() if left.dim and right.dim else o3.Irreps("")
        assert str(left.tensor_product(right)) == str(theirs)
        assert left.tensor_product(right).dim == left.dim * right.dim


def test_blocks_multiplicity_membership():
    typed = Irreps.parse("2x0e+1x1o+1x0e")
    assert [(start, str(irrep)) for start, irrep in typed.blocks()] == [(0, "0e"), (1, "0e"), (2, "1o"), (5, "0e")]
    assert typed.multiplicity(Irrep(0, 1)) == 3
    assert Irrep(1, -1) in typed and Irrep(1, 1) not in typed
    assert Irrep(2, 1) not in Irreps.parse("0x2e") and Irreps.parse("0x2e").l_max == 0
    assert str(Irreps.spherical_harmonics(2)) == "1x0e+1x1o+1x2e"
    assert as_irreps(Irrep(1, 1)) == as_irreps("1e") == as_irreps([(1, Irrep(1, 1))])
    assert str(typed + Irreps.parse("1e")) == "2x0e+1x1o+1x0e+1x1e"
    assert (typed * 2).dim == 2 * typed.dim
    assert Irrep.parse("3y") == Irrep(3, -1)


@pytest.mark.parametrize(
    ("text", "says", "hint", "place"),
    [
        ("3x1", "no parity", "3x1e", (0, 3)),
        ("3x0e + 4x1", "no parity", "4x1o", (7, 10)),
        ("3x0e + ", "missing beside a +", "both sides", (7, 8)),
        ("2", "no parity", "2e", (0, 1)),
        ("3*1o", "wrong sign", "3x1o", (0, 4)),
        ("3X1o", "wrong sign", "3x1o", (0, 4)),
        ("3 1o", "no x", "3x1o", (0, 4)),
        ("1O", "capitals", "1o", (0, 2)),
        ("2x1u", "not known", "2x1o", (0, 4)),
        ("2x1g", "not known", "2x1e", (0, 4)),
        ("1q", "not known", "1e", (0, 2)),
        ("x1o", "no multiplicity", "1o", (0, 3)),
        ("3x", "no irrep", "3x0e", (0, 2)),
        ("3xo", "no degree", "3x1o", (0, 3)),
        ("e", "without a degree", "1e", (0, 1)),
        ("-1x2e", "negative", "0 or more", (0, 5)),
        ("1.5e", "not whole", "whole numbers", (0, 4)),
        ("1o 2e", "not joined", "1o + 2e", (0, 5)),
        ("1o, 2e", "not joined", "1o + 2e", (0, 6)),
        ("hello", "no irrep", "3x1o", (0, 5)),
        ("1234567890x0e", "too large", "9 digits", (0, 13)),
    ],
)
def test_mistakes_are_named_at_their_place(text, says, hint, place):
    with pytest.raises(IrrepsError) as caught:
        Irreps.parse(text)
    assert says in caught.value.message or says in caught.value.hint
    assert hint in caught.value.hint
    assert (caught.value.start, caught.value.stop) == place
    assert isinstance(caught.value, UserError) and len(caught.value.message) < 120


@given(st.text(alphabet="0123456789xeoy+ .-*XEOYabc−\n\t", max_size=40) | st.text(max_size=30))
def test_any_text_is_read_or_explained(text):
    completions(text)
    try:
        typed = Irreps.parse(text)
    except IrrepsError as error:
        assert error.hint and 0 <= error.start < error.stop
    else:
        assert Irreps.parse(str(typed)) == typed


@pytest.mark.parametrize("text", ["1" * 19_000, "-" * 19_000, " " * 19_000 + "x", "1x" * 9_000, "1o+" * 6_000, "1." * 9_000, "x" * 30_000])
def test_long_text_is_answered_at_once(text):
    start = time.perf_counter()
    with pytest.raises(IrrepsError):
        Irreps.parse(text)
    completions(text)
    assert time.perf_counter() - start < 0.5


def test_hints_can_be_followed():
    """Where a hint gives a whole new term, that term can be read."""
    for text, right in (("3*1o", "3x1o"), ("3x1", "3x1e"), ("2x1u", "2x1o"), ("1o 2e", "1o + 2e")):
        with pytest.raises(IrrepsError) as caught:
            Irreps.parse(text)
        assert right in caught.value.hint
        assert Irreps.parse(right).dim


def test_huge_irreps_cost_nothing():
    start = time.perf_counter()
    typed = Irreps.parse("999999999x11o+1000x999999o")
    assert typed.dim == 999999999 * 23 + 1000 * 1999999
    assert next(typed.blocks()) == (0, Irrep(11, -1))
    assert typed.tensor_product(Irreps.parse("1o")).dim == 3 * typed.dim
    assert time.perf_counter() - start < 0.1


def test_completions_can_be_read():
    for text in ("", "3x", "3x1", "3x0e +", "3x0e + 2x1", "4", "1o"):
        found = completions(text)
        assert found
        for completion in found:
            assert Irreps.parse(completion.text.rstrip(" +")).dim >= 0
            assert completion.text.startswith(text.rstrip())
    assert [c.text for c in completions("3x1")] == ["3x1o", "3x1e"]
    assert completions("3x1")[0].meaning == "3 × vector"
    assert completions("3x1 + 2x") == () and completions("hello") == ()


def test_an_irrep_must_make_sense():
    with pytest.raises(UserError, match="degree of 0 or more"):
        Irrep(-1, 1)
    with pytest.raises(IrrepsError, match="not one irrep"):
        Irrep.parse("2x1o")
    assert [str(i) for i in Irrep(1, -1) * Irrep(2, 1)] == ["1o", "2o", "3o"]
    assert Irrep(0, 1).name == "scalar" and Irrep(4, 1).name == "tensor of degree 4" and "pseudo" in Irrep(4, -1).name
    assert np.array_equal(sorted([Irrep(1, 1), Irrep(0, 1), Irrep(1, -1)]), [Irrep(0, 1), Irrep(1, -1), Irrep(1, 1)])
